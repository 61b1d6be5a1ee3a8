/* The mail as its reader would get it, what is wrong with it, and what could be better. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { words } from "../i18n";
import type { Advice, Note as Mistake, Rendered } from "../types";
import { Badge, type Tone } from "../ui/basics";
import { MailFrame } from "../ui/frame";
import { Help } from "../ui/help";
import { Seg } from "../ui/tabs";

type Width = "w360" | "w600" | "full";

export function Mistakes({ title, tone, notes, go }: { title: string; tone: Tone; notes: Mistake[]; go: (n: Mistake) => void }): JSX.Element | null {
	const w = words().templates;
	if (!notes.length) return null;
	return (
		<div class={`note ${tone}`}>
			<h3>{title}</h3>
			<ul class="list">
				{notes.map((n, i) => (
					<li key={i}>
						<span class="grow">{n.name ? w.no_value(n.name) : n.why}</span>
						<button type="button" class="link" onClick={() => go(n)}>{w.at(w.parts[n.part] ?? n.part, n.line, n.column)}</button>
					</li>
				))}
			</ul>
		</div>
	);
}

const TONES: Record<Advice["level"], Tone> = { good: "ok", hint: "info", warning: "warn", problem: "bad" };
const ORDER: Advice["level"][] = ["problem", "warning", "hint"];

function Card({ a }: { a: Advice }): JSX.Element {
	return (
		<li>
			<Badge tone={TONES[a.level]}>{words().templates.levels[a.level]}</Badge>
			<div class="break">
				<strong>{a.seen}</strong>
				{a.fix && <div>{a.fix}</div>}
				<div class="small muted">{a.why} <Help topic={`advice-${a.id}`} about={a.seen} /></div>
			</div>
		</li>
	);
}

export function AdviceCards({ advice }: { advice: Advice[] }): JSX.Element | null {
	const w = words().templates;
	if (!advice.length) return null;
	const good = advice.filter((a) => a.level === "good");
	return (
		<section class="card">
			<h2>{w.advice}</h2>
			<ul class="list advice">
				{ORDER.flatMap((level) => advice.filter((a) => a.level === level)).map((a) => <Card key={a.id} a={a} />)}
			</ul>
			{good.length > 0 && (
				<details>
					<summary>{w.good(good.length)}</summary>
					<ul class="list advice">{good.map((a) => <Card key={a.id} a={a} />)}</ul>
				</details>
			)}
		</section>
	);
}

function Inbox({ r }: { r: Rendered }): JSX.Element {
	const w = words();
	return (
		<div class="inbox" role="group" aria-label={w.templates.inbox}>
			<span class="small muted">{r.from_name || r.from_email}</span>
			<strong>{r.subject || w.activity.no_subject}</strong>
			<span class="small muted break">{r.preheader}</span>
		</div>
	);
}

export function Preview({ r }: { r: Rendered }): JSX.Element {
	const w = words().templates;
	const [width, set_width] = useState<Width>("full");
	const [look, set_look] = useState<"html" | "text">("html");
	const [dark, set_dark] = useState(false);
	const [images, set_images] = useState(true);
	const [link, set_link] = useState("");
	return (
		<div id="preview" tabIndex={-1}>
			<Inbox r={r} />
			<div class="actions">
				<Seg label={w.look} options={[["html", w.html_view], ["text", w.text_view]]} chosen={look} choose={set_look} />
				{look === "html" && (
					<>
						<Seg label={w.widths} options={[["w360", w.phone], ["w600", w.w600], ["full", w.full]]} chosen={width} choose={set_width} />
						<button type="button" aria-pressed={dark} onClick={() => set_dark(!dark)}>{w.night}</button>
						<button type="button" aria-pressed={images} onClick={() => set_images(!images)}>{w.images}</button>
					</>
				)}
			</div>
			<br />
			{look === "text" && r.text_made && <p class="small muted">{w.text_made}</p>}
			{look === "text" && <pre tabIndex={0} role="group" aria-label={w.text_view}>{r.text ?? w.cannot_render}</pre>}
			{look === "html" && r.html === null && <p class="note warn">{w.cannot_render}</p>}
			{look === "html" && r.html !== null && (
				<div class={`frame-box ${width} ${dark ? "night" : ""}`}>
					<MailFrame html={r.html} title={w.preview} dark={dark} images={images} link={set_link} />
				</div>
			)}
			<p role="status" class="break small">{link && <>{words().message.link} <code>{link}</code></>}</p>
		</div>
	);
}
