/* The bytes of a mail, read only when asked for: opening somebody's mail is a decision. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { get_bytes, part } from "../api";
import { bytes as size_of, words } from "../i18n";
import type { Mail } from "../mime";
import { save } from "../save";
import { must_say_why } from "../session";
import { ErrorBox } from "../ui/basics";
import { Input } from "../ui/form";
import { MailFrame } from "../ui/frame";
import { Tabs } from "../ui/tabs";

const LONGEST_SHOWN = 3_145_728;
const LONGEST_TEXT = 200_000;
const SHORTEST_REASON = 10;

interface Shown {
	mail: Mail;
	source: string;
	cut: boolean;
}

type View = "html" | "text" | "headers" | "source";

function download(source: string, id: string): void {
	save(id + ".eml", "message/rfc822", Uint8Array.from(source, (c) => c.charCodeAt(0)));
}

function Panel({ shown, view }: { shown: Shown; view: View }): JSX.Element {
	const w = words().message;
	const [link, set_link] = useState("");
	if (view === "html") {
		if (shown.mail.html === null) return <p>{w.no_html}</p>;
		return (
			<>
				<p class="muted small">{w.remote}</p>
				<div class="frame-box">
					<MailFrame html={shown.mail.html} title={w.frame} link={set_link} />
				</div>
				<p role="status" class="break">{link && <>{w.link} <code>{link}</code></>}</p>
			</>
		);
	}
	const text = view === "text" ? shown.mail.text : view === "headers" ? shown.mail.headers : shown.source;
	if (text === null) return <p>{w.no_text}</p>;
	const cut = text.length > LONGEST_TEXT || (view === "source" && shown.cut);
	return (
		<>
			{cut && <p class="muted">{w.cut}</p>}
			<div class="field">
				<pre tabIndex={0} role="group" aria-label={w[view]}>{text.slice(0, LONGEST_TEXT)}</pre>
			</div>
		</>
	);
}

export function MessageContent({ id }: { id: string }): JSX.Element {
	const w = words().message;
	const [shown, set_shown] = useState<Shown | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const [busy, set_busy] = useState(false);
	const [view, set_view] = useState<View>("html");
	const [reason, set_reason] = useState("");
	const open = async (): Promise<void> => {
		set_busy(true);
		set_error(null);
		try {
			const [{ read_mail, read_head }, raw] = await Promise.all([import("../mime"), get_bytes(`/v1/messages/${part(id)}/source`, must_say_why() ? reason : undefined)]);
			let mail: Mail;
			try {
				mail = read_mail(raw);
			} catch (e) {
				mail = read_head(raw);
				set_error(e);
			}
			let source = "";
			for (let i = 0; i < raw.length; i += 8192) source += String.fromCharCode(...raw.subarray(i, i + 8192));
			set_view(mail.html === null ? "text" : "html");
			set_shown({ mail, source, cut: raw.length >= LONGEST_SHOWN });
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	return (
		<section class="card">
			<h2>{w.views}</h2>
			<ErrorBox error={error} />
			{!shown && must_say_why() && <Input label={w.reason} hint={w.reason_hint} value={reason} set={set_reason} maxLength={500} />}
			{!shown && (
				<button type="button" disabled={busy || (must_say_why() && [...reason.trim()].length < SHORTEST_REASON)} onClick={() => void open()}>
					{w.show}
				</button>
			)}
			{shown && (
				<>
					<Tabs label={w.views} tabs={[["html", w.html], ["text", w.text], ["headers", w.headers], ["source", w.source]]} chosen={view} choose={set_view}>
						<Panel shown={shown} view={view} />
					</Tabs>
					{shown.mail.attachments.length > 0 && (
						<>
							<h3>{w.attachments}</h3>
							<ul>
								{shown.mail.attachments.map((a, i) => (
									<li key={i} class="break">
										{a.name} <span class="muted">({a.type}, {size_of(a.size)})</span>
									</li>
								))}
							</ul>
						</>
					)}
					<button type="button" onClick={() => download(shown.source, id)}>
						{w.download}
					</button>
				</>
			)}
		</section>
	);
}
