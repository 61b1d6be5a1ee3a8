/* The recipients that wait at one place, read when asked for. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, get, part } from "../api";
import { number, words } from "../i18n";
import type { QueueFilters, QueueRow } from "../types";
import { ErrorBox, StateBadge, Time, Wide } from "../ui/basics";

const LIMIT = 50;
/* A page may be empty while there is more: so many are asked for in a row. */
const EMPTY_PAGES = 20;

export function QueueRows({ filters, service, label }: { filters: QueueFilters; service: boolean; label: string }): JSX.Element {
	const all = words();
	const w = all.queue;
	const [rows, set_rows] = useState<QueueRow[] | null>(null);
	const [next, set_next] = useState<string | null>(null);
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const read = async (): Promise<void> => {
		set_busy(true);
		set_error(null);
		try {
			let cursor = next;
			let found: QueueRow[] = [];
			for (let i = 0; i < EMPTY_PAGES && !found.length && (i === 0 || cursor); i++) {
				const page = await get<Page<QueueRow>>("/v1/queue/messages", { ...filters, limit: LIMIT, cursor, account: service ? "*" : undefined }, undefined, { service });
				found = page.data;
				cursor = page.next;
			}
			set_rows([...(rows ?? []), ...found]);
			set_next(cursor);
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	return (
		<details class="more" onToggle={(e) => e.currentTarget.open && !rows && !busy && void read()}>
			<summary>{w.recipients}</summary>
			<div>
				<ErrorBox error={error} retry={() => void read()} />
				{rows && !rows.length && <p class="muted">{w.none_now}</p>}
				{rows && rows.length > 0 && (
					<Wide label={label}>
						<table>
							<thead>
								<tr>
									<th>{all.activity.to}</th>
									<th>{all.activity.state}</th>
									<th class="num">{w.tries}</th>
									<th>{w.next}</th>
									<th>{all.activity.when}</th>
									<th>{all.activity.from}</th>
									{service && <th>{all.shell.account}</th>}
								</tr>
							</thead>
							<tbody>
								{rows.map((r) => (
									<tr key={r.id}>
										<td class="break"><a href={`/console/m/${part(r.id)}`}>{r.to}</a></td>
										<td>{r.state === "queued" || r.state === "active" ? w[r.state] : <StateBadge state={r.state} />}</td>
										<td class="num">{number(r.attempts)}</td>
										<td>{r.next ? <Time at={r.next} /> : "–"}</td>
										<td><Time at={r.accepted} /></td>
										<td class="break">{r.from || "<>"}</td>
										{service && <td>{r.account ?? "–"}</td>}
									</tr>
								))}
							</tbody>
						</table>
					</Wide>
				)}
				{next && <button type="button" disabled={busy} onClick={() => void read()}>{all.common.more}</button>}
			</div>
		</details>
	);
}
