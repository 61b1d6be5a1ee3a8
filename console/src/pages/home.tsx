import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ApiError, type Page, ask, get } from "../api";
import { language, number, percent, words } from "../i18n";
import { may } from "../session";
import type { Counts, Domain, Key, Queue, Recipient, Webhook } from "../types";
import { ErrorBox, Head, Skeleton, Wide, Badge } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { Sandbox, sandbox_of } from "../ui/sandbox";
import { say } from "../ui/toast";
import { MessageTable } from "./message_table";

const WARN = 0.0008;
const LIMIT = 0.001;
const HOUR = 3_600_000;

interface Seen {
	hours: Counts[];
	month: Counts;
	latest: Recipient[];
	keys: number;
	domains: Domain[];
	webhooks: number;
	queue: Queue["totals"] | null; /* null: it is not told just now */
}

function midnight(days_ago: number): Date {
	const d = new Date();
	d.setUTCHours(0, 0, 0, 0);
	d.setUTCDate(d.getUTCDate() - days_ago);
	return d;
}

async function read(signal: AbortSignal): Promise<Seen> {
	const [hours, month, latest, keys, domains, webhooks, queue] = await Promise.all([
		get<Page<Counts>>("/v1/stats", { by: "hour", since: midnight(7).toISOString() }, signal),
		get<Page<Counts>>("/v1/stats", { by: "all", since: "720h" }, signal),
		get<Page<Recipient>>("/v1/messages", { limit: 6 }, signal),
		get<Page<Key>>("/v1/keys", { limit: 1 }, signal),
		get<Page<Domain>>("/v1/domains", { limit: 50 }, signal),
		get<Page<Webhook>>("/v1/webhooks", {}, signal),
		/* It loads after a start, and few such questions are answered at once. */
		get<Queue>("/v1/queue", {}, signal).then((q) => q.totals, (e: unknown) => {
			if (e instanceof ApiError && e.status === 503) return null;
			throw e;
		}),
	]);
	return {
		hours: hours.data, month: month.data[0] ?? {}, latest: latest.data, keys: keys.data.length,
		domains: domains.data, webhooks: webhooks.data.length, queue,
	};
}

type Counted = "accepted" | "delivered" | "deferred" | "bounced" | "complained";

function sum(hours: Counts[], what: Counted, from: number, to: number): number {
	return hours.reduce((n, h) => {
		const at = Date.parse(h.from ?? "");
		return at >= from && at < to ? n + (h[what] ?? 0) : n;
	}, 0);
}

function Stat({ label, now, before }: { label: string; now: number; before: number }): JSX.Element {
	const w = words().home;
	const change = before === 0 ? null : (now - before) / before;
	const told = before === 0 ? (now === 0 ? "" : w.none_before) : change === 0 ? w.same : w.change((now > before ? "+" : "−") + percent(Math.abs(change ?? 0), 0));
	return (
		<div class="card stat">
			<div class="muted">{label}</div>
			<div class="value">{number(now)}</div>
			<div class="small muted">{told}</div>
		</div>
	);
}

function Queued({ queue }: { queue: Seen["queue"] }): JSX.Element | null {
	const w = words().home;
	if (!queue) return null;
	return (
		<div class="card stat">
			<div class="muted">{w.queued}</div>
			<div class="value"><a href="/console/queue">{number(queue.queued + queue.active)}</a></div>
			<div class="small muted">{queue.held > 0 ? w.held(number(queue.held)) : w.now}</div>
		</div>
	);
}

function Today({ hours, queue }: { hours: Counts[]; queue: Seen["queue"] }): JSX.Element {
	const w = words();
	const from = midnight(0).getTime();
	const week = 7 * 24 * HOUR;
	/* The hour under way is compared with the whole one of last week: a little in disfavour of today, for an hour. */
	const now = Math.floor(Date.now() / HOUR) * HOUR + HOUR;
	const rows: [Counted, string][] = [["accepted", w.states.accepted], ["delivered", w.states.delivered], ["deferred", w.states.deferred], ["bounced", w.states.bounced], ["complained", w.home.complaints]];
	return (
		<section aria-labelledby="today">
			<h2 id="today">
				{w.home.today} <span class="muted small">{w.home.since}</span>
			</h2>
			<div class="grid">
				{rows.map(([what, label]) => (
					<Stat key={what} label={label} now={sum(hours, what, from, now)} before={sum(hours, what, from - week, now - week)} />
				))}
				<Queued queue={queue} />
			</div>
		</section>
	);
}

interface Hour {
	at: number;
	accepted: number;
	bounced: number;
}

function hour_name(at: number): string {
	const h = new Date(at).getHours();
	return language.value === "fr" ? `${h} h` : `${String(h).padStart(2, "0")}:00`;
}

function Bars({ rows }: { rows: Hour[] }): JSX.Element {
	const top = Math.max(1, ...rows.map((r) => r.accepted));
	const w = words().home;
	const total = (k: "accepted" | "bounced"): string => number(rows.reduce((n, r) => n + r[k], 0));
	const y = (n: number): number => 120 - (n / top) * 104;
	return (
		<svg class="chart" viewBox="0 0 480 150" role="img" aria-label={w.chart(total("accepted"), total("bounced"))}>
			<text x="0" y="12">{number(top)}</text>
			<line class="axis" x1="0" x2="480" y1="16" y2="16" />
			<line class="axis" x1="0" x2="480" y1="120" y2="120" />
			{rows.map((r, i) => (
				<g key={r.at}>
					<rect class="b1" x={i * 20 + 2} width="16" y={y(r.accepted)} height={120 - y(r.accepted)} />
					<rect class="b6" x={i * 20 + 2} width="16" y={y(r.bounced)} height={120 - y(r.bounced)} />
					{i % 4 === 0 && <text x={i * 20 + 2} y="138">{hour_name(r.at)}</text>}
				</g>
			))}
		</svg>
	);
}

function LastDay({ hours }: { hours: Counts[] }): JSX.Element {
	const w = words();
	const end = Math.floor(Date.now() / HOUR) * HOUR;
	const rows = Array.from({ length: 24 }, (_, i) => {
		const at = end - (23 - i) * HOUR;
		return { at, accepted: sum(hours, "accepted", at, at + HOUR), bounced: sum(hours, "bounced", at, at + HOUR) };
	});
	return (
		<section class="card">
			<h2>{w.home.last_day}</h2>
			<p class="small">
				<Badge tone="info">{w.states.accepted}</Badge> <Badge tone="bad">{w.states.bounced}</Badge>
			</p>
			<Bars rows={rows} />
			<details>
				<summary>{w.home.as_table}</summary>
				<Wide label={w.home.last_day}>
					<table>
						<thead>
							<tr>
								<th>{w.home.hour}</th>
								<th class="num">{w.states.accepted}</th>
								<th class="num">{w.states.bounced}</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((r) => (
								<tr key={r.at}>
									<td>{hour_name(r.at)}</td>
									<td class="num">{number(r.accepted)}</td>
									<td class="num">{number(r.bounced)}</td>
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			</details>
		</section>
	);
}

function Gauge({ month }: { month: Counts }): JSX.Element {
	const w = words().home;
	const delivered = month.delivered ?? 0;
	const complained = month.complained ?? 0;
	const rate = delivered ? complained / delivered : 0;
	const tone = rate >= LIMIT ? "bad" : rate >= WARN ? "warn" : "ok";
	const x = (r: number): number => Math.min(1, r / (LIMIT * 2)) * 400;
	const told = !delivered ? w.gauge_none : tone === "bad" ? w.gauge_warn : tone === "warn" ? w.gauge_near : w.gauge_ok;
	if (!delivered) {
		return (
			<section class="card">
				<h2>{w.gauge}</h2>
				<p class="muted">{told}</p>
			</section>
		);
	}
	return (
		<section class={`card gauge ${tone}`}>
			<h2>{w.gauge}</h2>
			<p>
				<Badge tone={tone}>{percent(rate, 3)}</Badge> <span class="muted">{w.gauge_of(number(complained), number(delivered))}</span>
			</p>
			<svg class="chart" viewBox="0 -2 400 40" role="img" aria-label={`${percent(rate, 3)}. ${told}`}>
				<rect class="track" x="0.5" y="0.5" width="399" height="13" rx="3" />
				<rect class="fill" x="1" y="1" width={Math.max(0, x(rate) - 2)} height="12" rx="3" />
				{[WARN, LIMIT].map((r, i) => (
					<g key={r}>
						<line class="mark" x1={x(r)} x2={x(r)} y1="-2" y2="18" />
						<text x={x(r) + (i ? 2 : -2)} y="31" text-anchor={i ? "start" : "end"}>{percent(r)}</text>
					</g>
				))}
			</svg>
			<p class="small muted">{told}</p>
		</section>
	);
}

interface Step {
	name: "key" | "domain" | "message" | "webhook" | "caught" | "live";
	done: boolean;
	href: string; /* "": the test message of this page */
}

function Checklist({ seen, send }: { seen: Seen; send: () => void }): JSX.Element | null {
	const w = words().home;
	const sandbox = sandbox_of();
	const sent = seen.latest.length > 0;
	const key: Step = { name: "key", done: seen.keys > 0, href: "/console/keys" };
	const domain: Step = { name: "domain", done: seen.domains.some((d) => d.verified), href: "/console/domains" };
	const message: Step = { name: "message", done: sent, href: "" };
	const webhook: Step = { name: "webhook", done: seen.webhooks > 0, href: "/console/webhooks" };
	/* The sandbox takes mail of any sender; what it caught is read before more is set up. */
	const caught: Step = { name: "caught", done: sent, href: sent ? "/console/sink" : "" };
	const live: Step = { name: "live", done: false, href: "/console/health" };
	const needed = sandbox ? [key, caught, domain] : [key, domain, message];
	const steps = [...needed, webhook, ...(sandbox === "service" && may("operate") ? [live] : [])];
	/* A webhook may be skipped. */
	if (!may("manage") || (needed.every((s) => s.done) && !steps.includes(live))) return null;
	return (
		<section class="card">
			<h2>{w.checklist}</h2>
			<ol class="list">
				{steps.map((s) => (
					<li key={s.name}>
						<Badge tone={s.done ? "ok" : "plain"}>{s.done ? w.done : w.todo}</Badge>
						<span class="grow">
							{s.href ? <a href={s.href}>{w.steps[s.name]}</a> : <button type="button" class="link" onClick={send}>{w.steps[s.name]}</button>}
							<span class="muted"> {w.steps[`${s.name}_why`]}</span>
						</span>
					</li>
				))}
			</ol>
		</section>
	);
}

function SendTest({ domains, close, done }: { domains: Domain[]; close: () => void; done: (id: string) => void }): JSX.Element {
	const w = words();
	const own = domains.find((d) => d.verified) ?? domains[0];
	const [from, set_from] = useState(own ? `test@${own.domain}` : "");
	const [to, set_to] = useState("");
	const [subject, set_subject] = useState(w.home.test_subject);
	const [text, set_text] = useState(w.home.test_text);
	const [wrong, set_wrong] = useState<{ from?: string; to?: string }>({});
	const submit = async (): Promise<void> => {
		const next = { from: from.includes("@") ? undefined : w.home.from_needed, to: to.includes("@") ? undefined : w.home.to_needed };
		set_wrong(next);
		if (next.from || next.to) throw new Quiet();
		const sent = await ask<{ data: { id: string }[] }>("POST", "/v1/messages", { from, to, subject, text });
		say(w.home.sent);
		done(sent.data[0]?.id ?? "");
	};
	return (
		<Dialog title={w.home.test_title} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{w.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.home.send}</button>
					</>
				)}
			>
				<Input label={w.home.from} value={from} set={set_from} wrong={wrong.from} list="own-domains" />
				<datalist id="own-domains">
					{domains.filter((d) => d.verified).map((d) => <option key={d.domain} value={`test@${d.domain}`} />)}
				</datalist>
				<Input label={w.home.to} type="email" value={to} set={set_to} wrong={wrong.to} autocomplete="email" autofocus />
				<Input label={w.home.subject} value={subject} set={set_subject} />
				<Input label={w.home.text} value={text} set={set_text} />
			</Form>
		</Dialog>
	);
}

export default function Home(): JSX.Element {
	const w = words();
	const { route } = useLocation();
	const seen = useLoad(read, "home");
	const [sending, set_sending] = useState(false);
	return (
		<>
			<Head title={w.home.title}>
				{may("send") && (
					<button type="button" class="primary" onClick={() => set_sending(true)} disabled={!seen.data}>
						{w.home.send_test}
					</button>
				)}
			</Head>
			<Sandbox />
			<ErrorBox error={seen.error} retry={seen.reload} />
			{!seen.data && !seen.error && <Skeleton />}
			{seen.data && (
				<>
					<Checklist seen={seen.data} send={() => set_sending(true)} />
					<Today hours={seen.data.hours} queue={seen.data.queue} />
					<br />
					<div class="two">
						<LastDay hours={seen.data.hours} />
						<Gauge month={seen.data.month} />
					</div>
					<h2>{w.home.latest}</h2>
					<MessageTable rows={seen.data.latest} label={w.home.latest} />
					<a href="/console/activity">{w.home.all_activity}</a>
				</>
			)}
			{sending && seen.data && (
				<SendTest domains={seen.data.domains} close={() => set_sending(false)} done={(id) => route(id ? `/console/m/${id}` : "/console/activity")} />
			)}
		</>
	);
}
