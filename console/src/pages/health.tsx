/* The service itself, for who runs it: how it is now, what its checks find, and where the rest is. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get } from "../api";
import { duration, language, number, words } from "../i18n";
import { may } from "../session";
import type { Alert, Finding, Report, Status } from "../types";
import { Badge, ErrorBox, Head, Note, Skeleton, Time, type Tone, Wide } from "../ui/basics";
import { useLoad } from "../ui/load";
import { Sandbox } from "../ui/sandbox";

const TONES: Record<Finding["state"], Tone> = { ok: "ok", unknown: "plain", warn: "warn", fail: "bad" };
const ORDER: Finding["state"][] = ["fail", "warn", "unknown"];

function Now({ s }: { s: Status }): JSX.Element {
	const w = words().health;
	return (
		<section class="card" aria-labelledby="now">
			<h2 id="now">{w.now}</h2>
			<p>
				<Badge tone={s.ready ? "ok" : "bad"}>{s.ready ? w.ready : w.not_ready}</Badge> {s.reason}
			</p>
			<dl class="facts">
				<dt>{w.version}</dt>
				<dd>Facteur {s.version}, {s.hostname}</dd>
				<dt>{w.uptime}</dt>
				<dd>{duration(s.uptime_s * 1000)}</dd>
				{s.queue && (
					<>
						<dt>{words().nav.queue}</dt>
						<dd>
							<a href="/console/queue">{words().queue.waiting_n(s.queue.queued + s.queue.active)}</a>
							{s.queue.held > 0 && `, ${words().queue.held_n(s.queue.held)}`}
							{s.queue.quarantined > 0 && `, ${words().queue.quarantined_n(s.queue.quarantined)}`}
						</dd>
					</>
				)}
				{s.conservation && (
					<>
						<dt>{w.accounted}</dt>
						<dd>{s.conservation.drift === 0 ? w.no_drift : <Badge tone="bad">{w.drift(number(s.conservation.drift))}</Badge>}</dd>
					</>
				)}
				{s.port25 && (
					<>
						<dt>{w.port25}</dt>
						<dd><Badge tone={s.port25.state === "open" ? "ok" : s.port25.state === "blocked" ? "bad" : "plain"}>{w.ports[s.port25.state]}</Badge></dd>
					</>
				)}
				<dt>{w.kept}</dt>
				<dd>{w.keep(duration(s.keep.content_s * 1000), duration(s.keep.transcripts_s * 1000), duration(s.keep.events_s * 1000), s.keep.statistics_s === null ? "" : duration(s.keep.statistics_s * 1000))}</dd>
				<dt>{words().nav.webhooks}</dt>
				<dd>{w.endpoints(s.webhooks.endpoints)}{s.webhooks.failing > 0 && <> <Badge tone="warn">{w.failing(s.webhooks.failing)}</Badge></>}</dd>
			</dl>
			{s.warnings.map((text) => <Note key={text} tone="warn"><p>{text}</p></Note>)}
		</section>
	);
}

function Processes({ s }: { s: Status }): JSX.Element {
	const w = words().health;
	return (
		<section class="card">
			<h2>{w.processes}</h2>
			<Wide label={w.processes}>
				<table>
					<thead>
						<tr>
							<th>{w.role}</th>
							<th>{w.does}</th>
							<th class="num">PID</th>
							<th>{w.state}</th>
						</tr>
					</thead>
					<tbody>
						{s.roles.map((r) => (
							<tr key={`${r.role} ${r.number}`}>
								<td class="nowrap">{r.role}{r.number > 0 && ` ${r.number}`}</td>
								<td>{w.roles[r.role] ?? ""}</td>
								<td class="num">{r.pid}</td>
								<td><Badge tone={r.ready ? "ok" : "warn"}>{r.ready ? w.up : r.state}</Badge></td>
							</tr>
						))}
					</tbody>
				</table>
			</Wide>
		</section>
	);
}

function Row({ f }: { f: Finding }): JSX.Element {
	const w = words().health;
	return (
		<li>
			<Badge tone={TONES[f.state]}>{w.states[f.state]}</Badge>
			<div class="break">
				<strong>{f.title}{f.subject && f.subject !== f.title && ` · ${f.subject}`}</strong>
				<div>{f.found}</div>
				{f.todo && <div>{f.todo}</div>}
				{f.state !== "ok" && <div class="small muted">{f.why}</div>}
			</div>
		</li>
	);
}

function Checks({ r }: { r: Report }): JSX.Element {
	const w = words().health;
	const good = r.checks.filter((f) => f.state === "ok");
	const bad = ORDER.flatMap((state) => r.checks.filter((f) => f.state === state));
	return (
		<>
			<p class="badges">
				{r.counts.fail > 0 && <Badge tone="bad">{w.failed(r.counts.fail)}</Badge>}
				{r.counts.warn > 0 && <Badge tone="warn">{w.warned(r.counts.warn)}</Badge>}
				<Badge tone="ok">{w.good(r.counts.ok)}</Badge>
				<span class="muted small"><Time at={r.at} seconds /></span>
			</p>
			<ul class="list advice">{bad.map((f, i) => <Row key={i} f={f} />)}</ul>
			{good.length > 0 && (
				<details>
					<summary>{w.show_good}</summary>
					<ul class="list advice">{good.map((f, i) => <Row key={i} f={f} />)}</ul>
				</details>
			)}
		</>
	);
}

/* What is wrong and is told to the administrator by itself. */
function Alerts(): JSX.Element {
	const w = words().health;
	const list = useLoad((signal) => get<{ alerts: Alert[]; mail: string | null; webhook: boolean }>("/v1/alerts", {}, signal, { service: true }), `alerts ${language.value}`);
	return (
		<section class="card">
			<h2>{w.alerts}</h2>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !list.data.alerts.length && <p><Badge tone="ok">{w.no_alerts}</Badge></p>}
			{list.data && (
				<ul class="list advice">
					{list.data.alerts.map((a) => (
						<li key={`${a.code} ${a.subject}`}>
							<Badge tone={TONES[a.state]}>{w.states[a.state]}</Badge>
							<div class="break">
								<strong>{a.found ?? `${a.code} ${a.subject}`}</strong>
								{a.todo && <div>{a.todo}</div>}
								<div class="small muted"><Time at={a.since} /></div>
							</div>
						</li>
					))}
				</ul>
			)}
			{list.data && <p class="small muted">{list.data.mail ? w.told(list.data.mail) : w.told_nobody}</p>}
		</section>
	);
}

function Certificates(): JSX.Element {
	const w = words().health;
	const list = useLoad((signal) => get<Report>("/v1/doctor", { only: "certificate" }, signal, { service: true }), `certificates ${language.value}`);
	return (
		<section class="card">
			<h2>{w.certificates}</h2>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !list.data.checks.length && <p class="muted">{w.no_certificate}</p>}
			{list.data && <ul class="list advice">{list.data.checks.map((f, i) => <Row key={i} f={f} />)}</ul>}
		</section>
	);
}

function Elsewhere(): JSX.Element {
	const all = words();
	const w = all.health;
	const places = [["people", "/console/people", w.people], ["accounts", "/console/accounts", w.accounts], ["audit", "/console/audit", w.audit]] as const;
	return (
		<section class="card">
			<h2>{w.elsewhere}</h2>
			<ul class="list">
				{places.map(([name, href, what]) => (
					<li key={name}>
						<span class="grow"><a href={href}>{all.nav[name]}</a> <span class="muted">{what}</span></span>
					</li>
				))}
				<li><span class="grow"><a href="/metrics">/metrics</a> <span class="muted">{w.metrics}</span></span></li>
				<li><span class="grow"><code>facteur check-config --explain</code> <span class="muted">{w.config}</span></span></li>
			</ul>
		</section>
	);
}

export default function Health(): JSX.Element {
	const all = words();
	const w = all.health;
	const status = useLoad((signal) => get<Status>("/v1/status", {}, signal, { service: true }), `status ${language.value}`);
	const [report, set_report] = useState<Report | null>(null);
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const run = async (): Promise<void> => {
		set_busy(true);
		set_error(null);
		try {
			set_report(await get<Report>("/v1/doctor", {}, undefined, { service: true }));
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	if (!may("operate"))
		return (
			<>
				<Head title={w.title} />
				<Note tone="info"><p>{w.operators}</p></Note>
			</>
		);
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				<button type="button" class="primary" disabled={busy} onClick={() => void run()}>{busy ? w.running : w.run}</button>
				<button type="button" disabled={status.loading} onClick={status.reload}>{all.queue.refresh}</button>
			</Head>
			<Sandbox health fails={report && report.counts.fail} />
			<ErrorBox error={status.error} retry={status.reload} />
			{!status.data && !status.error && <Skeleton />}
			{(report || busy || error !== null) && (
				<section class="card" aria-labelledby="checks">
					<h2 id="checks">{w.checks}</h2>
					<div role="status">{busy && <p class="muted">{w.takes}</p>}</div>
					<ErrorBox error={error} retry={() => void run()} />
					{report && !busy && <Checks r={report} />}
				</section>
			)}
			{status.data && (
				<>
					<Now s={status.data} />
					<Alerts />
					<Certificates />
					<Processes s={status.data} />
				</>
			)}
			<Elsewhere />
		</>
	);
}
