/* Whoever asks to be forgotten: what there is of the address is counted before anything is done, and orders are followed until they are. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Page, ask, get } from "../api";
import { number, words } from "../i18n";
import { may } from "../session";
import type { Erasure, ErasureCount } from "../types";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";

const LIMIT = 50;
/* Most are done within seconds; one that waits for others takes longer. */
const AGAIN_MS = 2000;
const LATER_MS = 30_000;
const SOON_MS = 60_000;
/* The count stops there. */
const MANY = 10_000;

interface Asked {
	address: string;
	reason: string;
}
interface Counted extends Asked {
	found: ErasureCount;
}

function Ask({ counted }: { counted: (c: Counted) => void }): JSX.Element {
	const w = words().forget;
	const [address, set_address] = useState("");
	const [reason, set_reason] = useState("");
	const [wrong, set_wrong] = useState<{ address?: string; reason?: string }>({});
	const submit = async (): Promise<void> => {
		const asked = { address: address.trim(), reason: reason.trim() };
		const next = {
			address: asked.address.includes("@") ? undefined : words().suppressions.address_needed,
			/* The order is kept; the address is not. */
			reason: asked.address && asked.reason.toLowerCase().includes(asked.address.toLowerCase()) ? w.reason_names : undefined,
		};
		set_wrong(next);
		if (next.address || next.reason) throw new Quiet();
		counted({ ...asked, found: await ask<ErasureCount>("POST", "/v1/erasures", { address: asked.address, dry_run: true }) });
	};
	return (
		<section class="card">
			<Form submit={submit} buttons={(busy) => <button type="submit" class="primary" disabled={busy}>{w.look}</button>}>
				<Input label={w.address} type="email" value={address} set={set_address} wrong={wrong.address} />
				<Input label={w.reason} hint={w.reason_hint} value={reason} set={set_reason} wrong={wrong.reason} maxLength={200} />
			</Form>
		</section>
	);
}

function Sure({ c, close, done }: { c: Counted; close: () => void; done: () => void }): JSX.Element {
	const w = words().forget;
	const f = c.found;
	const nothing = !f.messages && !f.queued && !f.suppressions && !f.contact;
	return (
		<Confirm
			title={w.title}
			verb={w.verb}
			typed={c.address}
			close={close}
			act={async () => {
				await ask<Erasure>("POST", "/v1/erasures", { address: c.address, ...(c.reason ? { reason: c.reason } : {}) });
				say(w.begun);
				done();
			}}
		>
			<p class="break">{w.there_is(c.address)}</p>
			<dl class="facts">
				<dt>{w.kinds["messages"]}</dt>
				<dd>{f.messages >= MANY ? w.at_least(number(MANY)) : number(f.messages)}</dd>
				<dt>{words().home.queued}</dt>
				<dd>{number(f.queued)}</dd>
				<dt>{words().suppressions.title}</dt>
				<dd>{number(f.suppressions)}</dd>
				<dt>{w.contact}</dt>
				<dd>{f.contact ? words().common.yes : words().common.no}</dd>
			</dl>
			{nothing && <p>{w.nothing}</p>}
			<p><strong>{w.for_good}</strong> {w.stays}</p>
		</Confirm>
	);
}

function State({ e }: { e: Erasure }): JSX.Element {
	const w = words().forget;
	if (e.state === "done") return <Badge tone="ok">{w.states.done}</Badge>;
	return <Badge tone={e.late ? "bad" : "info"}>{e.late ? w.late : w.states[e.state]}</Badge>;
}

function found_of(e: Erasure): string {
	const w = words();
	return Object.entries(e.found).filter(([, n]) => n > 0).map(([k, n]) => w.common.pair(w.forget.kinds[k] ?? k, number(n))).join(" · ");
}

function Orders({ rows }: { rows: Erasure[] }): JSX.Element {
	const w = words().forget;
	return (
		<Wide label={w.table}>
			<table>
				<thead>
					<tr>
						<th>{w.state}</th>
						<th>{w.asked}</th>
						<th>{w.done}</th>
						<th>{w.found}</th>
						<th>{w.order}</th>
					</tr>
				</thead>
				<tbody>
					{rows.map((e) => (
						<tr key={e.id}>
							<td><State e={e} /></td>
							<td><Time at={e.asked} /></td>
							<td>{e.done ? <Time at={e.done} /> : "–"}</td>
							<td class="fill">{found_of(e)}</td>
							<td>
								<span class="cut short" title={e.reason}>{e.reason}</span>
								<code class="small nowrap">{e.id}</code>
								<br />
								<code class="small nowrap muted">{e.hash}</code>
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Wide>
	);
}

interface List {
	rows: Erasure[];
	next: string | null;
}

function Forget(): JSX.Element {
	const all = words();
	const w = all.forget;
	const [counted, set_counted] = useState<Counted | null>(null);
	const [forms, set_forms] = useState(0); /* an empty form after each order */
	const [error, set_error] = useState<unknown>(null);
	const list = useLoad<List>(async (signal) => {
		const page = await get<Page<Erasure>>("/v1/erasures", { limit: LIMIT }, signal);
		return { rows: page.data, next: page.next };
	}, "erasures");
	const rows = list.data?.rows ?? [];
	useEffect(() => {
		const open = rows.filter((e) => e.state !== "done");
		/* Of further pages nothing is asked again. */
		if (!open.length || rows.length > LIMIT || list.error) return;
		const soon = open.some((e) => Date.now() - Date.parse(e.asked) < SOON_MS);
		const t = setTimeout(list.reload, soon ? AGAIN_MS : LATER_MS);
		return () => clearTimeout(t);
	}, [list.data, list.error]);
	const more = async (): Promise<void> => {
		if (!list.data?.next) return;
		try {
			const page = await get<Page<Erasure>>("/v1/erasures", { limit: LIMIT, cursor: list.data.next });
			list.set({ rows: [...rows, ...page.data], next: page.next });
		} catch (e) {
			set_error(e);
		}
	};
	return (
		<>
			<Ask key={forms} counted={set_counted} />
			<h2>{w.table}</h2>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && (rows.length ? <Orders rows={rows} /> : <Empty text={w.none} />)}
			<ErrorBox error={error} />
			{list.data?.next && <button type="button" onClick={() => void more()}>{all.common.more}</button>}
			{counted && (
				<Sure
					c={counted}
					close={() => set_counted(null)}
					done={() => {
						set_forms(forms + 1);
						list.reload();
					}}
				/>
			)}
		</>
	);
}

export default function ForgetPage(): JSX.Element {
	const w = words();
	return (
		<>
			<Head title={w.forget.title} intro={w.forget.intro}>
				<a href="/console/suppressions">{w.suppressions.title}</a>
			</Head>
			{may("manage") ? <Forget /> : <Empty text={w.forget.not_yours} />}
		</>
	);
}
