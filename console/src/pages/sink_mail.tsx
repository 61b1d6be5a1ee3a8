/* One message that the sink caught: as its reader would see it, and what could be better. */
import type { JSX } from "preact";
import { useLocation, useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { type More, get, get_bytes, part } from "../api";
import { bytes, words } from "../i18n";
import { type Mail, read_head, read_mail } from "../mime";
import { save } from "../save";
import { must_say_why } from "../session";
import type { SinkMail } from "../types";
import { ErrorBox, Head, Skeleton, Time } from "../ui/basics";
import { Form } from "../ui/form";
import { MailFrame } from "../ui/frame";
import { useReason } from "../ui/reason";
import { Seg, Tabs } from "../ui/tabs";
import { AdviceCards } from "./template_preview";

const LONGEST = 3_145_727; /* of one answer; the rest is not shown */
const LONGEST_TEXT = 200_000;

interface Shown {
	row: SinkMail;
	mail: Mail;
	source: string;
}
type View = "html" | "text" | "headers" | "source";
type Width = "w360" | "w600" | "full";

async function read(id: string, more: More): Promise<Shown> {
	const path = `/v1/sink/${part(id)}`;
	const row = await get<SinkMail>(path, {}, undefined, more);
	const raw = await get_bytes(row.bytes > LONGEST ? `${path}/source?offset=0&limit=${LONGEST}` : `${path}/source`, more.reason, more);
	let mail: Mail;
	try {
		mail = read_mail(raw);
	} catch {
		mail = read_head(raw);
	}
	let source = "";
	for (let i = 0; i < raw.length; i += 8192) source += String.fromCharCode(...raw.subarray(i, i + 8192));
	return { row, mail, source };
}

function Facts({ row }: { row: SinkMail }): JSX.Element {
	const all = words();
	const w = all.sink;
	return (
		<dl class="facts">
			<dt>{all.message.to}</dt>
			<dd>{row.to.join(", ")}</dd>
			<dt>{w.envelope}</dt>
			<dd>{row.from || "<>"}</dd>
			<dt>{w.when}</dt>
			<dd><Time at={row.at} seconds /></dd>
			<dt>{all.message.size}</dt>
			<dd>{bytes(row.bytes)}</dd>
			{row.stream && (
				<>
					<dt>{all.message.stream}</dt>
					<dd>{all.activity[row.stream]}</dd>
				</>
			)}
			<dt>{all.message.message_id}</dt>
			<dd class="mono">{row.message_id || "–"}</dd>
			{row.recipient && (
				<>
					<dt>{all.message.timeline}</dt>
					<dd><a href={`/console/m/${part(row.recipient)}`}>{w.story}</a></dd>
				</>
			)}
		</dl>
	);
}

function Reader({ shown, id }: { shown: Shown; id: string }): JSX.Element {
	const all = words();
	const w = all.message;
	const t = all.templates;
	const [view, set_view] = useState<View>(shown.mail.html === null ? "text" : "html");
	const [width, set_width] = useState<Width>("full");
	const [dark, set_dark] = useState(false);
	const [link, set_link] = useState("");
	const text = view === "text" ? shown.mail.text : view === "headers" ? shown.mail.headers : shown.source;
	return (
		<section class="card">
			<h2>{w.views}</h2>
			<Tabs label={w.views} tabs={[["html", w.html], ["text", w.text], ["headers", w.headers], ["source", w.source]]} chosen={view} choose={set_view}>
				{view === "html" && shown.mail.html === null && <p>{w.no_html}</p>}
				{view === "html" && shown.mail.html !== null && (
					<>
						<div class="actions">
							<Seg label={t.widths} options={[["w360", t.phone], ["w600", t.w600], ["full", t.full]]} chosen={width} choose={set_width} />
							<button type="button" aria-pressed={dark} onClick={() => set_dark(!dark)}>{t.night}</button>
						</div>
						<p class="muted small">{w.remote}</p>
						<div class={`frame-box ${width} ${dark ? "night" : ""}`}>
							<MailFrame html={shown.mail.html} title={w.frame} dark={dark} link={set_link} />
						</div>
						<p role="status" class="break">{link && <>{w.link} <code>{link}</code></>}</p>
					</>
				)}
				{view !== "html" && text === null && <p>{w.no_text}</p>}
				{view !== "html" && text !== null && (
					<>
						{text.length > LONGEST_TEXT && <p class="muted">{w.cut}</p>}
						<div class="field">
							<pre tabIndex={0} role="group" aria-label={w[view]}>{text.slice(0, LONGEST_TEXT)}</pre>
						</div>
					</>
				)}
			</Tabs>
			{shown.mail.attachments.length > 0 && (
				<>
					<h3>{w.attachments}</h3>
					<ul>
						{shown.mail.attachments.map((a, i) => (
							<li key={i} class="break">
								{a.name} <span class="muted">({a.type}, {bytes(a.size)})</span>
							</li>
						))}
					</ul>
				</>
			)}
			<button type="button" onClick={() => save(`${id}.eml`, "message/rfc822", Uint8Array.from(shown.source, (c) => c.charCodeAt(0)))}>
				{w.download}
			</button>
		</section>
	);
}

export default function SinkMailScreen(): JSX.Element {
	const all = words();
	const w = all.sink;
	const id = useRoute().params["id"] ?? "";
	const { query } = useLocation();
	const of = query["of"];
	const [shown, set_shown] = useState<Shown | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const reason = useReason(all.message.reason);
	const more = (why?: string): More => ({ reason: why, ...(of === "*" ? { service: true } : of ? { account: of } : {}) });
	const open = (): void => {
		set_error(null);
		read(id, more()).then(set_shown, set_error);
	};
	/* Whose own mail it is sees it at once; others say why first. */
	useEffect(() => {
		if (!must_say_why()) open();
	}, [id]);
	return (
		<>
			<Head title={shown?.row.subject || w.message}>
				<a class="button" href="/console/sink">{w.back}</a>
			</Head>
			<ErrorBox error={error} retry={must_say_why() ? undefined : open} />
			{!shown && !error && !must_say_why() && <Skeleton />}
			{!shown && must_say_why() && (
				<Form
					submit={async () => {
						set_error(null);
						set_shown(await read(id, more(reason.take())));
					}}
					buttons={(busy) => <button type="submit" class="primary" disabled={busy}>{all.message.show}</button>}
				>
					{reason.field}
				</Form>
			)}
			{shown && (
				<>
					<Facts row={shown.row} />
					<Reader shown={shown} id={`sink-${id}`} />
					<AdviceCards advice={shown.row.advice} />
				</>
			)}
		</>
	);
}
