/* Record by record: what to publish, what was found, whom we asked. */
import type { JSX } from "preact";
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { ask, get, part } from "../api";
import { words } from "../i18n";
import { save } from "../save";
import { may } from "../session";
import type { DnsRecord, Domain } from "../types";
import { Copy, CopyLine, ErrorBox, Head, Note, RecordBadge, Skeleton, Time } from "../ui/basics";
import { Confirm } from "../ui/dialog";
import { Help } from "../ui/help";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";
import { DomainBadge } from "./domains";

/* As most hosts' forms want it: without the zone's own name. */
function relative(name: string, domain: string): string {
	if (name === domain) return "@";
	return name.endsWith("." + domain) ? name.slice(0, -domain.length - 1) : name;
}

function Rec({ r, domain }: { r: DnsRecord; domain: string }): JSX.Element {
	const w = words().domains;
	const state = r.state ?? "unchecked";
	const short = relative(r.name, domain);
	return (
		<section class="card">
			<div class="head">
				<h3>{w.purpose[r.purpose] ?? r.purpose}</h3>
				<RecordBadge state={state} />
			</div>
			<dl class="facts">
				<dt>{w.type}</dt>
				<dd><code>{r.type}</code></dd>
				<dt>{w.host}</dt>
				<dd><CopyLine text={r.name} label={w.host} /></dd>
				{short !== r.name && (
					<>
						<dt>{w.relative}</dt>
						<dd><CopyLine text={short} label={w.relative} /></dd>
					</>
				)}
				<dt>{w.expected}</dt>
				<dd><CopyLine text={r.value} label={w.value} /></dd>
				{(state === "different" || r.found) && (
					<>
						<dt>{w.found}</dt>
						<dd><code>{r.found || w.nothing}</code></dd>
					</>
				)}
			</dl>
			{r.why && <p>{r.why}</p>}
			<p class="small muted">
				{r.asked && `${w.asked[r.asked] ?? r.asked} · `}
				<Help topic={`doctor-${r.purpose}`} about={r.purpose.toUpperCase()} />
			</p>
		</section>
	);
}

function Zone({ d }: { d: Domain }): JSX.Element {
	const w = words().domains;
	return (
		<details class="more">
			<summary>{w.zone}</summary>
			<div>
				<p class="muted">{w.zone_hint}</p>
				<div class="field">
					<pre tabIndex={0} role="group" aria-label={w.zone}>{d.zone}</pre>
				</div>
				<div class="actions">
					<Copy text={d.zone} label={w.zone} />
					<button type="button" onClick={() => save(d.domain + ".zone", "text/dns", d.zone)}>{w.download}</button>
				</div>
			</div>
		</details>
	);
}

function Standing({ d }: { d: Domain }): JSX.Element {
	const w = words().domains;
	const missing = d.records.filter((r) => r.state && r.state !== "found" && r.state !== "unchecked").length;
	const found = d.records.every((r) => r.state === "found");
	return (
		<Note tone={d.state === "verified" ? "ok" : d.state === "warning" ? "warn" : "info"}>
			<p>
				<DomainBadge state={d.state} /> <span class="muted">{w.since} <Time at={d.since} /></span>
			</p>
			<p>{d.why ?? (d.state === "pending" ? w.pending : w.verified)}</p>
			{(missing > 0 || found) && <p>{missing ? w.left(missing) : w.all_found}</p>}
			<p class="small muted">
				{d.checked_at ? <>{w.checked_at} <Time at={d.checked_at} seconds />. </> : w.not_yet} {missing > 0 && w.dns_time}
			</p>
		</Note>
	);
}

export default function DomainPage(): JSX.Element {
	const all = words();
	const w = all.domains;
	const { params } = useRoute();
	const { route } = useLocation();
	const name = params["domain"] ?? "";
	const d = useLoad((signal) => get<Domain>(`/v1/domains/${part(name)}`, {}, signal), name);
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const [removing, set_removing] = useState(false);
	const check = async (): Promise<void> => {
		set_busy(true);
		set_error(null);
		try {
			d.set(await ask<Domain>("POST", `/v1/domains/${part(name)}/verify`));
			say(w.checked_now);
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	return (
		<>
			<Head title={name}>
				{may("manage") && (
					<button type="button" class="primary" disabled={busy || !d.data} onClick={() => void check()}>
						{busy ? w.checking : w.check}
					</button>
				)}
			</Head>
			<ErrorBox error={d.error} retry={d.reload} />
			<ErrorBox error={error} />
			{!d.data && !d.error && <Skeleton />}
			{d.data && (
				<>
					<Standing d={d.data} />
					<h2>{w.records}</h2>
					{d.data.records.map((r) => <Rec key={r.name + r.value} r={r} domain={d.data?.domain ?? name} />)}
					<Zone d={d.data} />
					{may("manage") && <button type="button" class="danger" onClick={() => set_removing(true)}>{w.remove}</button>}
				</>
			)}
			{removing && (
				<Confirm
					title={w.remove}
					verb={w.remove}
					typed={name}
					close={() => set_removing(false)}
					act={async () => {
						await ask("DELETE", `/v1/domains/${part(name)}`);
						say(w.removed);
						route("/console/domains");
					}}
				>
					<p>{w.remove_ask(name)}</p>
				</Confirm>
			)}
		</>
	);
}
