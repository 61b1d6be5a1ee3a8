import type { JSX } from "preact";
import { language, words } from "../i18n";
import type { Recipient, Verdict } from "../types";
import { Empty, StateBadge, Time, Wide } from "../ui/basics";

export function sentence(v: Verdict): string {
	return language.value === "fr" ? v.fr : v.en;
}

export function todo(v: Verdict): string {
	return language.value === "fr" ? v.todo_fr : v.todo_en;
}

/* Of a kind of mail; a stream of the account's own is called as in calls. */
export function kind_name(stream: string): string {
	const w = words().activity;
	return ({ transactional: w.transactional, broadcast: w.broadcast, inbound: w.inbound } as Record<string, string>)[stream] ?? stream;
}

/* The newest first; each row opens its message. */
export function MessageTable({ rows, label, filtered }: { rows: Recipient[]; label: string; filtered?: boolean }): JSX.Element {
	const w = words().activity;
	if (!rows.length) {
		if (filtered) return <Empty text={w.none_found} />;
		return <Empty text={w.none} command={'facteur send --to you@example.org --subject "Bonjour" --text "1, 2, 3"'} />;
	}
	return (
		<Wide label={label}>
			<table>
				<thead>
					<tr>
						<th>{w.state}</th>
						<th>{w.to}</th>
						<th>{w.subject}</th>
						<th>{w.when}</th>
						<th>{w.why}</th>
					</tr>
				</thead>
				<tbody>
					{rows.map((r) => (
						<tr key={r.id}>
							<td>
								<StateBadge state={r.state} verdict={r.verdict} />
							</td>
							<td>
								<a class="cut short" href={`/console/m/${r.id}`} title={r.to}>
									{r.to}
								</a>
							</td>
							<td>
								<span class="cut short" title={r.subject}>
									{r.subject || w.no_subject}
								</span>
							</td>
							<td>
								<Time at={r.accepted} />
							</td>
							<td class="fill">
								<span class="cut muted" title={sentence(r.verdict)}>
									{sentence(r.verdict)}
								</span>
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Wide>
	);
}
