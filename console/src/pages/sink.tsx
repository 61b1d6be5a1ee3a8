/* What a demo or a lab would have delivered: the sink caught it. */
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, get, part, path_of } from "../api";
import { bytes, words } from "../i18n";
import { chosen_account, is_platform } from "../session";
import type { SinkRow } from "../types";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { useLoad } from "../ui/load";

const LIMIT = 50;
/* A page may be empty while there is more: so many are asked for in a row. */
const EMPTY_PAGES = 10;

function Recipients({ to }: { to: string[] }): JSX.Element {
	return <>{to[0] ?? "–"}{to.length > 1 && <span class="muted"> +{to.length - 1}</span>}</>;
}

export default function Sink(): JSX.Element {
	const all = words();
	const w = all.sink;
	const { query, route } = useLocation();
	const search = query["search"] ?? "";
	const whole = is_platform() && query["of"] === "all";
	const [text, set_text] = useState(search);
	const [error, set_error] = useState<unknown>(null);
	const read = async (cursor: string | null, signal?: AbortSignal): Promise<Page<SinkRow>> => {
		let page: Page<SinkRow> = { data: [], next: cursor };
		for (let i = 0; i < EMPTY_PAGES && !page.data.length && (i === 0 || page.next); i++)
			page = await get<Page<SinkRow>>("/v1/sink", { search, limit: LIMIT, cursor: page.next, account: whole ? "*" : undefined }, signal, { service: whole });
		return page;
	};
	const list = useLoad((signal) => read(null, signal), JSON.stringify([search, whole]));
	const more = (): void => {
		const was = list.data;
		if (was?.next) read(was.next).then((page) => list.set({ ...page, data: [...was.data, ...page.data] }), set_error);
	};
	const go = (next: Record<string, string | undefined>): void => route(path_of("/console/sink", { search, of: query["of"], ...next }));
	const href = (r: SinkRow): string => path_of(`/console/sink/${part(r.id)}`, { of: whole ? (r.account ?? "*") : undefined });
	const rows = list.data?.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				<button type="button" disabled={list.loading} onClick={list.reload}>{all.queue.refresh}</button>
			</Head>
			{is_platform() && (
				<p class="seg" role="group" aria-label={all.queue.whose}>
					<button type="button" aria-pressed={!whole} onClick={() => go({ of: undefined })}>{chosen_account.value || all.queue.one}</button>
					<button type="button" aria-pressed={whole} onClick={() => go({ of: "all" })}>{all.queue.whole}</button>
				</p>
			)}
			<form
				class="actions"
				onSubmit={(e) => {
					e.preventDefault();
					go({ search: text.trim() || undefined });
				}}
			>
				<label>
					<span class="visually-hidden">{w.search}</span>
					<input type="search" placeholder={w.search} value={text} onInput={(e) => set_text(e.currentTarget.value)} />
				</label>
				<button type="submit">{all.common.search}</button>
			</form>
			<br />
			<ErrorBox error={list.error ?? error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={search ? w.none_found : w.none} command='facteur send --to ann@example.org --subject "Hello" --text "Hello"' />}
			{rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{all.activity.to}</th>
								<th>{all.activity.subject}</th>
								<th>{w.when}</th>
								<th class="num">{all.message.size}</th>
								{whole && <th>{all.shell.account}</th>}
							</tr>
						</thead>
						<tbody>
							{rows.map((r) => (
								<tr key={`${r.id} ${r.at}`}>
									<td class="break"><a href={href(r)}><Recipients to={r.to} /></a></td>
									<td class="fill">
										<span class="cut">{r.subject || all.activity.no_subject}</span>
										{r.outcome === "in_doubt" && <Badge tone="warn">{all.states.in_doubt}</Badge>}
									</td>
									<td><Time at={r.at} seconds /></td>
									<td class="num nowrap">{bytes(r.bytes)}</td>
									{whole && <td>{r.account ?? w.nobody}</td>}
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
