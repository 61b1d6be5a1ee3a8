/* One endpoint: what it was told, what it answered, and telling it again. */
import type { JSX } from "preact";
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { duration, words } from "../i18n";
import { may } from "../session";
import type { DeadLetters, EventName, State, Webhook, WebhookPost } from "../types";
import { Badge, CopyLine, Empty, ErrorBox, Head, Note, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm, Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";
import { take_secret } from "./webhook_secret";
import { Failing, WebhookBadge } from "./webhooks";

interface Tested {
	result: string;
	status: number;
	took_ms: number;
	reason: string | null;
	body: string | null;
}

function PostRow({ p, again }: { p: WebhookPost; again: () => void }): JSX.Element {
	const w = words().webhooks;
	const ok = p.result === "answered" && p.status >= 200 && p.status < 300;
	return (
		<tr>
			<td><Time at={p.at} seconds /></td>
			<td>
				<Badge tone={ok ? "ok" : "bad"}>{p.result === "answered" ? p.status : w.results[p.result] ?? p.result}</Badge>
				{p.why && <div class="small break">{p.why}</div>}
			</td>
			<td class="num">{duration(p.took_ms)}</td>
			<td>
				<details>
					<summary>{w.number_events(p.events)} <code>{p.event.slice(0, 14)}…</code></summary>
					<h3>{w.request}</h3>
					<pre tabIndex={0} role="group" aria-label={`${w.request} ${p.number}`}>{p.request}</pre>
					<h3>{w.response}</h3>
					<pre tabIndex={0} role="group" aria-label={`${w.response} ${p.number}`}>{p.answer}</pre>
				</details>
			</td>
			<td>{may("manage") && <button type="button" onClick={again}>{w.replay}<span class="visually-hidden"> {p.number}</span></button>}</td>
		</tr>
	);
}

function Range({ close, send }: { close: () => void; send: (body: unknown) => Promise<void> }): JSX.Element {
	const all = words();
	const w = all.webhooks;
	const [from, set_from] = useState("");
	const [to, set_to] = useState("");
	const [wrong, set_wrong] = useState("");
	return (
		<Dialog title={w.replay_range} close={close}>
			<Form
				submit={async () => {
					set_wrong(from && to ? "" : w.range_needed);
					if (!from || !to) throw new Quiet();
					await send({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
					close();
				}}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.replay}</button>
					</>
				)}
			>
				<Input label={w.from} type="datetime-local" value={from} set={set_from} wrong={wrong} />
				<Input label={w.to} type="datetime-local" value={to} set={set_to} />
			</Form>
		</Dialog>
	);
}

function Posts({ id, replay, turn }: { id: string; replay: (body: unknown) => Promise<void>; turn: number }): JSX.Element {
	const all = words();
	const w = all.webhooks;
	const list = useLoad(async (signal) => get<Page<WebhookPost>>(`/v1/webhooks/${part(id)}/posts`, { limit: 50 }, signal), `${id} ${turn}`);
	const [error, set_error] = useState<unknown>(null);
	const act = (body: unknown): void => {
		set_error(null);
		replay(body).catch(set_error);
	};
	const more = (): void => {
		const was = list.data;
		if (!was?.next) return;
		get<Page<WebhookPost>>(`/v1/webhooks/${part(id)}/posts`, { limit: 50, cursor: was.next }).then(
			(page) => list.set({ ...page, data: [...was.data, ...page.data] }), set_error);
	};
	return (
		<>
			<h2>{w.posts}</h2>
			<ErrorBox error={list.error ?? error} retry={list.reload} />
			{list.data && !list.data.data.length && <Empty text={w.none_posted} />}
			{list.data && list.data.data.length > 0 && (
				<Wide label={w.posts_table}>
					<table>
						<thead>
							<tr>
								<th>{w.when}</th>
								<th>{w.answer}</th>
								<th class="num">{w.took}</th>
								<th>{w.event}</th>
								<th><span class="visually-hidden">{w.replay}</span></th>
							</tr>
						</thead>
						<tbody>
							{list.data.data.map((p) => <PostRow key={p.number} p={p} again={() => act({ event: p.event })} />)}
						</tbody>
					</table>
				</Wide>
			)}
			{list.data?.next && <button type="button" onClick={more}>{all.common.more}</button>}
		</>
	);
}

function Dead({ id, replay }: { id: string; replay: (body: unknown) => Promise<void> }): JSX.Element | null {
	const w = words().webhooks;
	const list = useLoad((signal) => get<Page<DeadLetters>>(`/v1/webhooks/${part(id)}/dead`, {}, signal), id);
	const [error, set_error] = useState<unknown>(null);
	if (!list.data?.data.length) return null;
	return (
		<Note tone="bad">
			<h2>{w.dead}</h2>
			<p>{w.dead_intro}</p>
			<ul>
				{list.data.data.slice(0, 10).map((d) => <li key={d.number}><Time at={d.behind} seconds /> – <Time at={d.upto} seconds /> · {d.why}</li>)}
			</ul>
			<ErrorBox error={error} />
			{may("manage") && <button type="button" onClick={() => replay({ dead: true }).then(list.reload, set_error)}>{w.replay_dead}</button>}
		</Note>
	);
}

function TestResult({ t }: { t: Tested }): JSX.Element {
	const w = words().webhooks;
	const ok = t.result === "answered" && t.status >= 200 && t.status < 300;
	return (
		<div class={`note ${ok ? "ok" : "bad"}`} role="status">
			<p>{t.result === "answered" ? w.test_ok(t.status, duration(t.took_ms)) : `${w.test_bad} ${w.results[t.result] ?? t.result}`}</p>
			{t.reason && <p>{t.reason}</p>}
			{t.body && <pre tabIndex={0} role="group" aria-label={w.response}>{t.body}</pre>}
		</div>
	);
}

export default function WebhookPage(): JSX.Element {
	const all = words();
	const w = all.webhooks;
	const { route } = useLocation();
	const id = useRoute().params["id"] ?? "";
	const path = `/v1/webhooks/${part(id)}`;
	const hook = useLoad((signal) => get<Webhook>(path, {}, signal), id);
	const [secret, set_secret] = useState(() => take_secret(id));
	const [tested, set_tested] = useState<Tested | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const [asking, set_asking] = useState<"" | "roll" | "remove" | "range">("");
	const [busy, set_busy] = useState(false);
	const [turn, set_turn] = useState(0);
	const act = async (what: () => Promise<void>): Promise<void> => {
		set_busy(true);
		set_error(null);
		try {
			await what();
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	const replay = async (body: unknown): Promise<void> => {
		await ask("POST", `${path}/replay`, body);
		say(w.replayed);
		set_turn(turn + 1);
	};
	const h = hook.data;
	const close = (): void => set_asking("");
	return (
		<>
			<Head title={h?.label || h?.url || w.title}>
				{may("manage") && <button type="button" class="primary" disabled={busy || !h} onClick={() => void act(async () => set_tested(await ask<Tested>("POST", `${path}/test`)))}>{w.test}</button>}
			</Head>
			<ErrorBox error={hook.error} retry={hook.reload} />
			<ErrorBox error={error} />
			{!h && !hook.error && <Skeleton />}
			{secret && (
				<Note tone="warn">
					<p><strong>{w.secret}</strong></p>
					<p>{w.secret_once}</p>
					<CopyLine text={secret} label={w.secret} />
				</Note>
			)}
			{tested && <TestResult t={tested} />}
			{h && (
				<>
					<section class="card">
						<dl class="facts">
							<dt>{w.state}</dt>
							<dd><WebhookBadge h={h} /> {h.why}<Failing h={h} /></dd>
							<dt>{w.url}</dt>
							<dd><code>{h.url}</code></dd>
							<dt>{w.format}</dt>
							<dd>{w.formats[h.format] ?? h.format}</dd>
							<dt>{w.events}</dt>
							<dd>{h.events.length ? h.events.map((e) => all.states[e as State] ?? all.events[e as EventName] ?? e).join(", ") : w.all_events}</dd>
							<dt>{w.upto}</dt>
							<dd><Time at={h.position} seconds /></dd>
						</dl>
						{may("manage") && <div class="actions">
							{h.state === "on"
								? <button type="button" disabled={busy} onClick={() => void act(async () => hook.set(await ask<Webhook>("PATCH", path, { state: "off" })))}>{w.off}</button>
								: <button type="button" disabled={busy} onClick={() => void act(async () => { await ask("POST", `${path}/resume`); hook.reload(); })}>{w.on}</button>}
							<button type="button" onClick={() => set_asking("range")}>{w.replay_range}</button>
							<button type="button" onClick={() => set_asking("roll")}>{w.roll}</button>
							<button type="button" class="danger" onClick={() => set_asking("remove")}>{w.remove}</button>
						</div>}
					</section>
					<Dead id={id} replay={replay} />
					<Posts id={id} replay={replay} turn={turn} />
				</>
			)}
			{asking === "range" && <Range close={close} send={replay} />}
			{asking === "roll" && (
				<Confirm title={w.roll} verb={w.roll} close={close} act={async () => {
					set_secret((await ask<Webhook>("POST", `${path}/roll`)).secret ?? "");
					say(w.rolled);
					hook.reload();
				}}>
					<p>{w.roll_ask}</p>
				</Confirm>
			)}
			{asking === "remove" && (
				<Confirm title={w.remove} verb={w.remove} close={close} act={async () => {
					await ask("DELETE", path);
					say(w.removed);
					route("/console/webhooks");
				}}>
					<p>{w.remove_ask}</p>
				</Confirm>
			)}
		</>
	);
}
