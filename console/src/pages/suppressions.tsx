import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { type Page, ask, get, get_bytes, part, path_of } from "../api";
import { number, words } from "../i18n";

import { save } from "../save";
import { may } from "../session";
import type { Suppression } from "../types";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm, Dialog } from "../ui/dialog";
import { Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";
import { ImportDialog } from "./suppressions_import";

const LIMIT = 50;
const STREAMS = ["all", "transactional", "broadcast", "tracking"];
const REASONS = ["hard_bounce", "complaint", "unsubscribe", "manual"];

function Add({ close, done }: { close: () => void; done: () => void }): JSX.Element {
	const all = words();
	const w = all.suppressions;
	const [address, set_address] = useState("");
	const [stream, set_stream] = useState("all");
	const [note, set_note] = useState("");
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		set_wrong(address.includes("@") ? "" : w.address_needed);
		if (!address.includes("@")) throw new Quiet();
		const said = await ask<{ changed: number }>("POST", "/v1/suppressions", { address: address.trim(), stream, note: note || undefined });
		say(said.changed ? w.added : w.already);
		done();
	};
	return (
		<Dialog title={w.add} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.add}</button>
					</>
				)}
			>
				<Input label={w.address} type="email" value={address} set={set_address} wrong={wrong} autofocus />
				<Select label={w.stream} value={stream} set={set_stream} options={STREAMS.map((s) => [s, w.streams[s] ?? s] as const)} />
				<Input label={w.note} hint={w.note_hint} value={note} set={set_note} maxLength={200} />
			</Form>
		</Dialog>
	);
}

interface Filters {
	search?: string;
	stream?: string;
	reason?: string;
	incident?: string;
}

function FilterForm({ filters, go }: { filters: Filters; go: (f: Filters) => void }): JSX.Element {
	const all = words();
	const w = all.suppressions;
	const [search, set_search] = useState(filters.search ?? "");
	useEffect(() => set_search(filters.search ?? ""), [filters.search]);
	return (
		<form
			class="card row"
			onSubmit={(e) => {
				e.preventDefault();
				go({ ...filters, search });
			}}
		>
			<Input label={w.search} value={search} set={set_search} />
			<Select label={w.reason} value={filters.reason ?? ""} set={(reason) => go({ ...filters, search, reason })} options={[["", w.any], ...REASONS.map((r) => [r, w.reasons[r] ?? r] as const)]} />
			<Select label={w.stream} value={filters.stream ?? ""} set={(stream) => go({ ...filters, search, stream })} options={[["", w.any], ...STREAMS.map((s) => [s, w.streams[s] ?? s] as const)]} />
			<button type="submit">{all.common.search}</button>
		</form>
	);
}

function Row({ s, remove, undo }: { s: Suppression; remove: () => void; undo: () => void }): JSX.Element {
	const w = words().suppressions;
	return (
		<tr>
			<td class="break address">{s.address}</td>
			<td><Badge tone={s.reason === "complaint" ? "bad" : s.reason === "hard_bounce" ? "warn" : "plain"}>{w.reasons[s.reason] ?? s.reason}</Badge></td>
			<td>{w.streams[s.stream] ?? s.stream}</td>
			<td><Time at={s.at} /></td>
			<td class="fill"><span class="cut" title={s.note}>{s.note}</span></td>
			<td>
				<span class="actions">
					{may("suppress") && <button type="button" onClick={remove}>{w.remove}<span class="visually-hidden"> {s.address}</span></button>}
					{may("suppress") && s.incident > 0 && <button type="button" onClick={undo}>{w.undo_short}<span class="visually-hidden"> {s.incident}</span></button>}
				</span>
			</td>
		</tr>
	);
}

/* The export comes in pieces; the last column of the last line leads to the next one. */
async function export_all(filters: Filters): Promise<string> {
	let text = "";
	let cursor = "";
	for (;;) {
		const piece = new TextDecoder().decode(await get_bytes(path_of("/v1/suppressions/export", { ...filters, cursor })));
		const lines = piece.split(/\r?\n/).filter((l) => l);
		if (lines.length < 2) return text || piece;
		text += (text ? lines.slice(1) : lines).join("\r\n") + "\r\n";
		const next = lines[lines.length - 1]?.split(",").pop()?.replaceAll('"', "") ?? "";
		if (!next || next === cursor) return text;
		cursor = next;
	}
}

interface List {
	rows: Suppression[];
	next: string | null;
}
type Doing = { what: "add" | "import" } | { what: "remove" | "undo"; row: Suppression } | null;

export default function Suppressions(): JSX.Element {
	const all = words();
	const w = all.suppressions;
	const { query, route } = useLocation();
	const filters: Filters = { search: query["search"], stream: query["stream"], reason: query["reason"], incident: query["incident"] };
	const key = JSON.stringify(filters);
	const list = useLoad<List>(async (signal) => {
		const page = await get<Page<Suppression>>("/v1/suppressions", { ...filters, limit: LIMIT }, signal);
		return { rows: page.data, next: page.next };
	}, key);
	const [doing, set_doing] = useState<Doing>(null);
	const [error, set_error] = useState<unknown>(null);
	const close = (): void => set_doing(null);
	const [exporting, set_exporting] = useState(false);
	const keep = async (): Promise<void> => {
		set_exporting(true);
		set_error(null);
		try {
			save("suppressions.csv", "text/csv", await export_all(filters));
		} catch (e) {
			set_error(e);
		} finally {
			set_exporting(false);
		}
	};
	const more = async (): Promise<void> => {
		const was = list.data;
		if (!was?.next) return;
		try {
			const page = await get<Page<Suppression>>("/v1/suppressions", { ...filters, limit: LIMIT, cursor: was.next });
			list.set({ rows: [...was.rows, ...page.data], next: page.next });
		} catch (e) {
			set_error(e);
		}
	};
	const changed = (): void => {
		close();
		list.reload();
	};
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("suppress") && <button type="button" class="primary" onClick={() => set_doing({ what: "add" })}>{w.add}</button>}
				{may("suppress") && <button type="button" onClick={() => set_doing({ what: "import" })}>{w.import}</button>}
				<button type="button" disabled={exporting} onClick={() => void keep()}>{w.export}</button>
				{may("manage") && <a href="/console/suppressions/forget">{all.forget.title}</a>}
			</Head>
			<FilterForm filters={filters} go={(f) => route(path_of("/console/suppressions", { ...f }))} />
			<ErrorBox error={list.error} retry={list.reload} />
			<ErrorBox error={error} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !list.data.rows.length && <Empty text={Object.values(filters).some(Boolean) ? w.none_found : w.none} />}
			{list.data && list.data.rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{w.address}</th>
								<th>{w.reason}</th>
								<th>{w.stream}</th>
								<th>{w.since}</th>
								<th>{w.note}</th>
								<th><span class="visually-hidden">{w.remove}</span></th>
							</tr>
						</thead>
						<tbody>
							{list.data.rows.map((s) => (
								<Row key={`${s.address} ${s.stream} ${s.reason} ${s.group}`} s={s} remove={() => set_doing({ what: "remove", row: s })} undo={() => set_doing({ what: "undo", row: s })} />
							))}
						</tbody>
					</table>
				</Wide>
			)}
			{list.data?.next && <button type="button" onClick={() => void more()}>{all.common.more}</button>}
			{doing?.what === "add" && <Add close={close} done={changed} />}
			{doing?.what === "import" && <ImportDialog close={close} done={list.reload} />}
			{doing?.what === "remove" && <Remove s={doing.row} close={close} done={changed} />}
			{doing?.what === "undo" && (
				<Confirm
					title={w.undo(doing.row.incident)}
					verb={w.undo(doing.row.incident)}
					close={close}
					act={async () => {
						const said = await ask<{ changed: number }>("POST", "/v1/suppressions/undo", { incident: doing.row.incident });
						say(w.undone(number(said.changed)));
						changed();
					}}
				>
					<p>{w.undo_ask}</p>
				</Confirm>
			)}
		</>
	);
}

function Remove({ s, close, done }: { s: Suppression; close: () => void; done: () => void }): JSX.Element {
	const w = words().suppressions;
	return (
		<Confirm
			title={w.remove_title}
			verb={w.remove_title}
			close={close}
			act={async () => {
				await ask("DELETE", path_of(`/v1/suppressions/${part(s.address)}`, { stream: s.stream, reason: s.reason, group: s.group }));
				say(w.removed);
				done();
			}}
		>
			<p>{w.remove_ask(s.address)}</p>
			{s.reason === "complaint" && <p><strong>{w.remove_complaint}</strong></p>}
		</Confirm>
	);
}

