/* What became of one message: the sentence first, then everything that was said and done. All of it is text of others. */
import type { JSX } from "preact";
import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { bytes, duration, words } from "../i18n";
import { may } from "../session";
import type { MessageEvent, RecipientStory, Suppression } from "../types";
import { ErrorBox, Head, Note, Skeleton, StateBadge, Time, Wide, state_tone } from "../ui/basics";
import { Confirm } from "../ui/dialog";
import { Help } from "../ui/help";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";
import { MessageContent } from "./message_content";
import { kind_name, sentence, todo } from "./message_table";

function Fact({ name, children }: { name: string; children: JSX.Element | string | number | undefined | null }): JSX.Element | null {
	if (children === undefined || children === null || children === "") return null;
	return (
		<>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</>
	);
}

function Attempt({ e }: { e: MessageEvent }): JSX.Element | null {
	const w = words().message;
	if (!e.host && !e.reply && e.took_ms === undefined && !e.next && !e.transcript) return null;
	return (
		<>
			<dl class="facts">
				<Fact name={w.server}>{e.host ? `${e.host}${e.address ? ` (${e.address})` : ""}` : e.address}</Fact>
				<Fact name={w.tls}>{e.host ? e.tls || w.no_tls : undefined}</Fact>
				<Fact name={w.took}>{e.took_ms === undefined ? undefined : duration(e.took_ms)}</Fact>
				<Fact name={w.stage}>{e.stage}</Fact>
				<Fact name={w.next_try}>{e.next ? <Time at={e.next} seconds /> : undefined}</Fact>
			</dl>
			{e.reply && (
				<>
					<h4 class="visually-hidden">{w.reply}</h4>
					<pre tabIndex={0} role="group" aria-label={w.reply}>
						{[e.code, e.status, e.reply].filter(Boolean).join(" ")}
					</pre>
				</>
			)}
			{e.transcript?.text && (
				<details>
					<summary>{w.transcript}</summary>
					<pre tabIndex={0} role="group" aria-label={w.transcript}>{e.transcript.text}</pre>
				</details>
			)}
		</>
	);
}

function Timeline({ events }: { events: MessageEvent[] }): JSX.Element {
	const w = words();
	return (
		<ol class="timeline">
			{events.map((e, i) => (
				<li key={i}>
					<span class={`dot ${state_tone(e.event)}`} />
					<h3>
						{w.events[e.event] ?? e.event}
						{e.attempt ? <span class="muted"> · {w.message.attempt(e.attempt)}</span> : null}
						<span class="when"> · <Time at={e.at} seconds /></span>
					</h3>
					<Attempt e={e} />
				</li>
			))}
		</ol>
	);
}

const STOPPED = ["suppressed", "bounced", "complained"];

/* What keeps mail from the address now; null: not known, or nobody may change it. */
function useStopped(r: RecipientStory): { rows: Suppression[] | null; reload: () => void } {
	const asks = STOPPED.includes(r.state) && may("suppress");
	const list = useLoad<Suppression[]>(async (signal) => (asks ? (await get<Page<Suppression>>("/v1/suppressions", { address: r.to }, signal)).data : []), `${r.id} ${asks}`);
	return { rows: list.data, reload: list.reload };
}

const EXPLAINED = ["accepted", "suppressed", "in_doubt", "held", "cancelled", "quarantined", "complained", "unsubscribed", "opened", "clicked"];
const WAITING = ["accepted", "deferred", "held"];
const FAILED = ["bounced", "expired", "suppressed", "cancelled", "in_doubt"];

function VerdictBox({ r, reload }: { r: RecipientStory; reload: () => void }): JSX.Element {
	const w = words();
	const [asking, set_asking] = useState<"" | "again" | "cancel" | "resend">("");
	const { route } = useLocation();
	const what = todo(r.verdict);
	const stopped = useStopped(r);
	return (
		<Note tone={state_tone(r.state)}>
			<p>
				<StateBadge state={r.state} verdict={r.verdict} />
			</p>
			<p class="verdict">{sentence(r.verdict)}</p>
			{r.verdict.blame !== "none" && (
				<p>
					{w.message.whose} <strong>{w.blames[r.verdict.blame] ?? r.verdict.blame}</strong>
				</p>
			)}
			{what && (
				<p>
					{w.message.todo} {what}
				</p>
			)}
			{r.verdict.class !== "none" ? <p><Help topic={`cause-${r.verdict.class}`} /></p> : EXPLAINED.includes(r.state) && <p><Help topic={`reason-${r.state}`} /></p>}
			<div class="actions">
				{stopped.rows !== null && stopped.rows.length > 0 && (
					<button type="button" onClick={() => set_asking("again")}>
						{w.message.again}
					</button>
				)}
				{WAITING.includes(r.state) && may("send") && (
					<button type="button" class="danger" onClick={() => set_asking("cancel")}>
						{w.message.cancel}
					</button>
				)}
				{FAILED.includes(r.state) && r.stream !== "inbound" && may("send") && (
					<button type="button" onClick={() => set_asking("resend")}>
						{w.message.resend}
					</button>
				)}
				<a href={`/console/activity?to=${encodeURIComponent(r.to)}`}>{w.message.same_recipient}</a>
			</div>
			{asking === "again" && (
				<Confirm
					title={w.message.again}
					verb={w.message.again}
					close={() => set_asking("")}
					act={async () => {
						await ask("DELETE", `/v1/suppressions/${part(r.to)}`);
						say(w.message.again_done);
						stopped.reload();
						reload();
					}}
				>
					<p>{w.message.again_ask(r.to)}</p>
					{stopped.rows?.some((s) => s.reason === "complaint") && <p><strong>{w.suppressions.remove_complaint}</strong></p>}
				</Confirm>
			)}
			{asking === "resend" && (
				<Confirm
					title={w.message.resend}
					verb={w.message.resend}
					close={() => set_asking("")}
					act={async () => {
						const made = await ask<{ data: { id: string }[] }>("POST", `/v1/messages/${part(r.id)}/resend`);
						say(w.message.resent);
						if (made.data[0]) route(`/console/m/${made.data[0].id}`);
					}}
				>
					<p>{w.message.resend_ask(r.to)}</p>
					{r.state === "in_doubt" && <p><strong>{w.message.resend_doubt}</strong></p>}
					{stopped.rows !== null && stopped.rows.length > 0 && <p>{w.message.resend_stopped}</p>}
				</Confirm>
			)}
			{asking === "cancel" && (
				<Confirm
					title={w.message.cancel}
					verb={w.message.cancel}
					close={() => set_asking("")}
					act={async () => {
						await ask("DELETE", `/v1/messages/${part(r.id)}`);
						say(w.message.cancelled);
						reload();
					}}
				>
					<p>{w.message.cancel_ask}</p>
				</Confirm>
			)}
		</Note>
	);
}

function Facts({ r }: { r: RecipientStory }): JSX.Element {
	const w = words();
	const m = w.message;
	return (
		<dl class="facts">
			<Fact name={m.to}>{r.to}</Fact>
			<Fact name={m.from}>{r.from}</Fact>
			<Fact name={m.accepted}>{<Time at={r.accepted} seconds />}</Fact>
			<Fact name={m.attempts}>{r.attempts}</Fact>
			<Fact name={m.stream}>{r.own_stream ? <><a href={`/console/activity?stream=${encodeURIComponent(r.own_stream)}`}>{r.own_stream}</a> ({kind_name(r.stream ?? "")})</> : kind_name(r.stream ?? "")}</Fact>
			<Fact name={m.via}>{r.via}</Fact>
			<Fact name={m.client}>{r.client}</Fact>
			<Fact name={m.size}>{r.size === undefined ? undefined : bytes(r.size)}</Fact>
			<Fact name={m.id}>{<code>{r.id}</code>}</Fact>
			<Fact name={m.message_id}>{<code>{r.message_id}</code>}</Fact>
		</dl>
	);
}

function Others({ rows, chosen, choose }: { rows: RecipientStory[]; chosen: string; choose: (id: string) => void }): JSX.Element | null {
	const w = words().message;
	if (rows.length < 2) return null;
	return (
		<section>
			<h2>{w.recipients}</h2>
			<Wide label={w.recipients}>
				<table>
					<tbody>
						{rows.map((r) => (
							<tr key={r.id}>
								<td>
									<StateBadge state={r.state} verdict={r.verdict} />
								</td>
								<td>
									<button type="button" class="link" aria-pressed={r.id === chosen} onClick={() => choose(r.id)}>
										{r.to}
									</button>
								</td>
								<td class="muted">{sentence(r.verdict)}</td>
							</tr>
						))}
					</tbody>
				</table>
			</Wide>
		</section>
	);
}

export default function Message(): JSX.Element {
	const w = words();
	const { params } = useRoute();
	const id = params["id"] ?? "";
	const story = useLoad((signal) => get<Page<RecipientStory>>(`/v1/messages/${part(id)}`, {}, signal), id);
	const [chosen, choose] = useState("");
	const [error, set_error] = useState<unknown>(null);
	const rows = story.data?.data ?? [];
	const r = rows.find((one) => one.id === chosen) ?? rows[0];
	const more = async (): Promise<void> => {
		const was = story.data;
		if (!was?.next) return;
		try {
			const page = await get<Page<RecipientStory>>(`/v1/messages/${part(id)}`, { cursor: was.next });
			story.set({ ...page, data: [...was.data, ...page.data] });
		} catch (e) {
			set_error(e);
		}
	};
	return (
		<>
			<Head title={r ? r.subject || w.activity.no_subject : w.message.title} />
			<ErrorBox error={story.error} retry={story.reload} />
			{!story.data && !story.error && <Skeleton />}
			<Others rows={rows} chosen={r?.id ?? ""} choose={choose} />
			{story.data?.next && (
				<button type="button" onClick={() => void more()}>
					{w.message.more_recipients}
				</button>
			)}
			<ErrorBox error={error} />
			{r && (
				<div key={r.id}>
					<VerdictBox r={r} reload={story.reload} />
					<div class="two">
						<section class="card">
							<h2>{w.message.timeline}</h2>
							<Timeline events={r.timeline ?? []} />
						</section>
						<section class="card">
							<h2>{w.message.title}</h2>
							<Facts r={r} />
						</section>
					</div>
					<MessageContent id={r.message || r.id} />
				</div>
			)}
		</>
	);
}
