import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, get } from "../api";
import { words } from "../i18n";
import type { Deed } from "../types";
import { Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { useLoad } from "../ui/load";

const LIMIT = 50;

export default function Audit(): JSX.Element {
	const all = words();
	const w = all.audit;
	const list = useLoad((signal) => get<Page<Deed>>("/v1/audit", { limit: LIMIT }, signal), "audit");
	const [error, set_error] = useState<unknown>(null);
	const more = (): void => {
		const was = list.data;
		if (!was?.next) return;
		get<Page<Deed>>("/v1/audit", { limit: LIMIT, cursor: was.next }).then((page) => list.set({ ...page, data: [...was.data, ...page.data] }), set_error);
	};
	const rows = list.data?.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro} />
			<ErrorBox error={list.error ?? error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} />}
			{rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{w.when}</th>
								<th>{w.who}</th>
								<th>{w.what}</th>
								<th>{w.on}</th>
								<th>{w.from}</th>
								<th>{w.reason}</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((d) => (
								<tr key={d.id}>
									<td><Time at={d.at} seconds /></td>
									<td class="break">{d.who.name} <span class="small muted">{w.kinds[d.who.kind] ?? d.who.kind}</span></td>
									<td><code>{d.what}</code></td>
									<td class="break">{d.on}</td>
									<td class="mono">{d.from}</td>
									<td class="break">{d.reason}</td>
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			)}
			{list.data?.next && <button type="button" onClick={more}>{all.common.more}</button>}
		</>
	);
}
