import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, get } from "../api";
import { words } from "../i18n";
import { chosen_account } from "../session";
import type { Deed, Proof } from "../types";
import { Badge, Copy, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { useLoad } from "../ui/load";

const LIMIT = 50;

/* Is all of it there? Page by page, as an answer looks at a part of a long log. */
function Whole(): JSX.Element {
	const w = words().audit.whole;
	const account = chosen_account.value;
	const [proof, set_proof] = useState<{ of: string; is: Proof } | null>(null);
	const [redacted, set_redacted] = useState(0);
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const check = async (): Promise<void> => {
		set_busy(true);
		set_error(null);
		set_proof(null);
		try {
			let cursor: string | null = null;
			set_redacted(0);
			do {
				const p: Proof = await get<Proof>("/v1/audit/verify", { cursor });
				set_proof({ of: account, is: p });
				set_redacted((n) => n + p.redacted);
				cursor = p.ok === null ? p.next : null;
			} while (cursor && chosen_account.peek() === account);
		} catch (e) {
			set_error(e);
		}
		set_busy(false);
	};
	const p = proof?.of === account ? proof.is : null;
	const done = p && !busy;
	return (
		<section class="card">
			<p>{w.intro}</p>
			<button type="button" onClick={check} disabled={busy}>{busy ? w.checking : w.check}</button>
			<ErrorBox error={error} retry={check} />
			<div role="status">
				{p && busy && <p class="muted">{w.upto(p.upto)}</p>}
				{done && p.ok === true && <p><Badge tone="ok">{w.upto(p.upto)}</Badge> {p.account === null && w.service}</p>}
				{done && p.ok === false && <p><Badge tone="bad">{w.broken}</Badge> {p.problem && (w.kinds[p.problem.kind]?.(p.problem.entry) ?? p.problem.text)}</p>}
				{done && p.ok === null && <p class="muted">{w.begun}</p>}
			</div>
			{done && p.ok === true && p.since && (
				<p class="small muted">
					{w.since} <Time at={p.since} />. {p.adopted > 0 && w.adopted(p.adopted)} {!!p.removed && w.removed(p.removed)} {redacted > 0 && w.redacted(redacted)}
				</p>
			)}
			{done && p.ok !== null && p.head && p.head.seq > 0 && (
				<div class="copyline field">
					<span class="small">{w.note} <code class="break">{p.head.seq}:{p.head.hash}</code></span>
					<Copy text={`${p.head.seq}:${p.head.hash}`} label={w.note} />
				</div>
			)}
		</section>
	);
}

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
			<Whole />
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
