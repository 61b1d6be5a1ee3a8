import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { words } from "../i18n";
import { may } from "../session";
import type { Key, NewKey } from "../types";
import { Badge, CopyLine, Empty, ErrorBox, Head, Note, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm, Dialog } from "../ui/dialog";
import { Check, Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { useReason } from "../ui/reason";
import { say } from "../ui/toast";
import { Settings } from "./settings";

const SCOPES = ["send", "read", "manage", "suppress"] as const;

function Make({ close, made }: { close: () => void; made: (k: NewKey) => void }): JSX.Element {
	const all = words();
	const w = all.keys;
	const [label, set_label] = useState("");
	const [scopes, set_scopes] = useState<string[]>(["send"]);
	const [stream, set_stream] = useState("transactional");
	const [networks, set_networks] = useState("");
	const [expires, set_expires] = useState("");
	const [wrong, set_wrong] = useState(false);
	const why = useReason(all.common.why);
	const submit = async (): Promise<void> => {
		set_wrong(!scopes.length);
		if (!scopes.length) throw new Quiet();
		made(await ask<NewKey>("POST", "/v1/keys", {
			label, scopes: scopes.join(","), stream, networks: networks.trim() || undefined, expires: expires.trim() || undefined,
		}, { reason: why.take() }));
	};
	return (
		<Dialog title={w.make} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.make}</button>
					</>
				)}
			>
				<Input label={w.label} hint={w.label_hint} value={label} set={set_label} autofocus />
				<fieldset>
					<legend>{w.scopes}</legend>
					{SCOPES.map((s) => (
						<Check key={s} checked={scopes.includes(s)} set={(on) => set_scopes(on ? [...scopes, s] : scopes.filter((x) => x !== s))}>
							<code>{s}</code> {w.scope[s]}
						</Check>
					))}
					{wrong && <p class="wrong" role="alert">{w.scopes_needed}</p>}
				</fieldset>
				<Select label={w.stream} value={stream} set={set_stream} options={[["transactional", all.activity.transactional], ["broadcast", all.activity.broadcast]]} />
				<Input label={w.networks} hint={w.networks_hint} value={networks} set={set_networks} mono />
				<Input label={w.expires} hint={w.expires_hint} value={expires} set={set_expires} mono />
				{why.field}
			</Form>
		</Dialog>
	);
}

function Roll({ k, close, made }: { k: Key; close: () => void; made: (k: NewKey) => void }): JSX.Element {
	const all = words();
	const w = all.keys;
	const [grace, set_grace] = useState("24h");
	const why = useReason(all.common.why);
	return (
		<Dialog title={w.roll_title} close={close}>
			<Form
				submit={async () => made(await ask<NewKey>("POST", `/v1/keys/${part(k.key)}/roll`, { grace }, { reason: why.take() }))}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.roll}</button>
					</>
				)}
			>
				<p>{w.roll_ask}</p>
				<Select label={w.grace} value={grace} set={set_grace} options={[["1h", "1 h"], ["24h", "24 h"], ["168h", "7 × 24 h"]]} />
				{why.field}
			</Form>
		</Dialog>
	);
}

/* Kept in the memory of this page only. */
function Once({ k, done }: { k: NewKey; done: () => void }): JSX.Element {
	const w = words().keys;
	const rows: [string, string][] = [[w.user, k.smtp.user], [w.password, k.smtp.password], [w.postmark, k.postmark_token], [w.sendgrid, k.sendgrid]];
	return (
		<Note tone="warn">
			<h2>{w.new_key}</h2>
			<p><strong>{w.once}</strong></p>
			<dl class="facts secret">
				{rows.filter(([, v]) => v).map(([name, value]) => (
					<>
						<dt key={name + "t"}>{name}</dt>
						<dd key={name}><CopyLine text={value} label={name} /></dd>
					</>
				))}
			</dl>
			<button type="button" onClick={done}>{w.stored}</button>
		</Note>
	);
}

function state_of(k: Key): JSX.Element {
	const w = words().keys;
	if (!k.enabled) return <Badge tone="plain">{w.off}</Badge>;
	if (k.expires && Date.parse(k.expires) < Date.now()) return <Badge tone="plain">{w.over}</Badge>;
	return <Badge tone="ok">{w.on}</Badge>;
}

interface TableProps {
	rows: Key[];
	revoke: (k: Key) => void;
	roll: (k: Key) => void;
}

function KeyTable({ rows, revoke, roll }: TableProps): JSX.Element {
	const w = words().keys;
	return (
		<Wide label={w.table}>
			<table>
				<thead>
					<tr>
						<th>{w.label}</th>
						<th>{w.key}</th>
						<th>{w.scopes}</th>
						<th>{w.state}</th>
						<th>{w.used}</th>
						<th><span class="visually-hidden">{w.revoke}</span></th>
					</tr>
				</thead>
				<tbody>
					{rows.map((k) => (
						<tr key={k.key}>
							<td class="break">{k.label || "–"}</td>
							<td><code class="nowrap">{k.key.slice(0, 16)}…</code></td>
							<td>{k.scopes}</td>
							<td>{state_of(k)}</td>
							<td>
								<Time at={k.last_used} />
								{k.last_client && <div class="small muted">{w.last_from(k.last_client)}</div>}
							</td>
							<td>
								{k.enabled && may("manage") && (
									<span class="actions">
										<button type="button" onClick={() => roll(k)}>{w.roll}<span class="visually-hidden"> {k.label || k.key}</span></button>
										<button type="button" class="danger" onClick={() => revoke(k)}>{w.revoke}<span class="visually-hidden"> {k.label || k.key}</span></button>
									</span>
								)}
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Wide>
	);
}

type Doing = { what: "make" } | { what: "revoke" | "roll"; key: Key } | null;

export default function Keys(): JSX.Element {
	const w = words().keys;
	const list = useLoad((signal) => get<Page<Key>>("/v1/keys", {}, signal), "keys");
	const [doing, set_doing] = useState<Doing>(null);
	const [fresh, set_fresh] = useState<NewKey | null>(null);
	const made = (k: NewKey): void => {
		set_fresh(k);
		set_doing(null);
		list.reload();
		scrollTo(0, 0);
	};
	const rows = list.data?.data ?? [];
	const close = (): void => set_doing(null);
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("manage") && <button type="button" class="primary" onClick={() => set_doing({ what: "make" })}>{w.make}</button>}
			</Head>
			{fresh && <Once k={fresh} done={() => set_fresh(null)} />}
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} command="facteur keys add --account NAME" />}
			{rows.length > 0 && <KeyTable rows={[...rows].reverse()} revoke={(key) => set_doing({ what: "revoke", key })} roll={(key) => set_doing({ what: "roll", key })} />}
			<Settings fresh={fresh} />
			{doing?.what === "make" && <Make close={close} made={made} />}
			{doing?.what === "roll" && <Roll k={doing.key} close={close} made={made} />}
			{doing?.what === "revoke" && (
				<Confirm
					title={w.revoke_title}
					verb={w.revoke}
					close={close}
					act={async () => {
						await ask("DELETE", `/v1/keys/${part(doing.key.key)}`);
						say(w.revoked);
						list.reload();
					}}
				>
					<p>{w.revoke_ask(doing.key.label || doing.key.key)}</p>
				</Confirm>
			)}
		</>
	);
}
