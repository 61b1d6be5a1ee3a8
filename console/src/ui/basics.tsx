/* Small pieces that every screen is made of. Texts that come from elsewhere are children, so always escaped. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api";
import { moment, utc, words } from "../i18n";
import { Help, problem_topic } from "./help";
import type { RecordState, State } from "../types";

export type Tone = "ok" | "warn" | "bad" | "info" | "plain";

const SHAPES: Record<Tone, string> = {
	ok: "M2 6.5 5 9.5 10 3",
	warn: "M6 2v5M6 9.2v.8",
	bad: "M3 3l6 6M9 3l-6 6",
	info: "M6 5v5M6 2.2v.8",
	plain: "M2.5 6h7",
};

export function Icon({ tone }: { tone: Tone }): JSX.Element {
	return (
		<svg viewBox="0 0 12 12" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">
			<path d={SHAPES[tone]} />
		</svg>
	);
}

/* A state is a word, an icon and a colour. */
export function Badge({ tone, title, children }: { tone: Tone; title?: string; children: ComponentChildren }): JSX.Element {
	return (
		<span class={`badge ${tone}`} title={title}>
			<Icon tone={tone} />
			{children}
		</span>
	);
}

const TONES: Record<State, Tone> = {
	accepted: "info", delivered: "ok", deferred: "warn", bounced: "bad", expired: "bad", suppressed: "plain",
	in_doubt: "warn", held: "warn", cancelled: "plain", quarantined: "bad", opened: "ok", clicked: "ok",
	unsubscribed: "plain", complained: "bad",
};

export function state_tone(state: string): Tone {
	return TONES[state as State] ?? "plain";
}

/* verdict: what was delivered to the sandbox reached nobody. */
export function StateBadge({ state, verdict }: { state: State; verdict?: { class: string } }): JSX.Element {
	const w = words();
	if (state === "delivered" && verdict?.class === "sandbox") return <Badge tone="plain" title={w.sandbox.means}>{w.sandbox.state}</Badge>;
	return (
		<Badge tone={state_tone(state)} title={w.state_means[state]}>
			{w.states[state] ?? state}
		</Badge>
	);
}

const RECORD_TONES: Record<RecordState, Tone> = {
	found: "ok", missing: "bad", different: "bad", unknown: "warn", unchecked: "plain",
};

export function RecordBadge({ state }: { state: RecordState }): JSX.Element {
	return <Badge tone={RECORD_TONES[state]}>{words().record_states[state]}</Badge>;
}

export function Time({ at, seconds }: { at: string | null | undefined; seconds?: boolean }): JSX.Element {
	if (!at) return <span class="muted">{words().common.never}</span>;
	return (
		<time dateTime={at} title={utc(at)} class="nowrap">
			{moment(at, seconds)}
		</time>
	);
}

export function Copy({ text, label }: { text: string; label?: string }): JSX.Element {
	const w = words().common;
	const [done, set_done] = useState<"" | "yes" | "no">("");
	useEffect(() => {
		if (!done) return;
		const t = setTimeout(() => set_done(""), 2500);
		return () => clearTimeout(t);
	}, [done]);
	const copy = async (): Promise<void> => {
		try {
			await navigator.clipboard.writeText(text);
			set_done("yes");
		} catch {
			set_done("no");
		}
	};
	return (
		<button type="button" onClick={copy}>
			<span aria-live="polite">{done === "yes" ? w.copied : done === "no" ? w.not_copied : w.copy}</span>
			{label && <span class="visually-hidden"> {label}</span>}
		</button>
	);
}

/* A value that is pasted elsewhere. */
export function CopyLine({ text, label }: { text: string; label: string }): JSX.Element {
	return (
		<div class="copyline">
			<code>{text}</code>
			<Copy text={text} label={label} />
		</div>
	);
}

/* For tables: they scroll by themselves on narrow screens, also with the keyboard. */
export function Wide({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
	return (
		<div class="wide" role="region" aria-label={label} tabIndex={0}>
			{children}
		</div>
	);
}

export function Empty({ text, command, children }: { text: string; command?: string; children?: ComponentChildren }): JSX.Element {
	return (
		<div class="empty">
			<p>{text}</p>
			{children}
			{command && <pre>{command}</pre>}
		</div>
	);
}

/* After 200 ms only: what comes at once does not flicker. */
export function Skeleton(): JSX.Element | null {
	const [shown, show] = useState(false);
	useEffect(() => {
		const t = setTimeout(() => show(true), 200);
		return () => clearTimeout(t);
	}, []);
	if (!shown) return null;
	return (
		<div role="status">
			<span class="visually-hidden">{words().common.loading}</span>
			<div class="skeleton" />
			<div class="skeleton" />
			<div class="skeleton" />
		</div>
	);
}

function headline(e: ApiError): string {
	const w = words().errors;
	if (e.status === 0) return w.unreachable;
	if (e.status === 403) return w.forbidden;
	if (e.status === 404) return w.not_found;
	if (e.status === 429) return w.too_many;
	if (e.status >= 500) return w.server;
	return w.refused;
}

/* What happened, in our words and the server's, and the reference to quote. */
export function ErrorBox({ error, retry }: { error: unknown; retry?: () => void }): JSX.Element | null {
	if (!error) return null;
	const w = words().errors;
	const api = error instanceof ApiError ? error : null;
	const topic = problem_topic(api?.problem.type);
	return (
		<div class="note bad" role="alert">
			<p>
				<strong>{api ? headline(api) : w.program}</strong>
			</p>
			{api?.problem.detail ? <p>{api.problem.detail}</p> : api?.problem.title ? <p>{api.problem.title}</p> : null}
			{api?.problem.errors?.map((e) => (
				<p key={e.pointer}>
					<code>{e.pointer}</code> {e.message}
				</p>
			))}
			{!api && <p>{error instanceof Error ? error.message : String(error)}</p>}
			{api?.retry_after && <p>{w.retry_after(api.retry_after)}</p>}
			{api?.problem.request_id && (
				<p class="small muted">
					{w.reference} <code>{api.problem.request_id}</code>
				</p>
			)}
			{topic && (
				<p>
					<Help topic={topic} />
				</p>
			)}
			{retry && (
				<button type="button" onClick={retry}>
					{words().common.try_again}
				</button>
			)}
		</div>
	);
}

export function Note({ tone, children }: { tone: Tone; children: ComponentChildren }): JSX.Element {
	return <div class={`note ${tone}`}>{children}</div>;
}

/* The title of a screen and its one primary action. */
export function Head({ title, intro, children }: { title: ComponentChildren; intro?: string; children?: ComponentChildren }): JSX.Element {
	useEffect(() => {
		document.title = (typeof title === "string" ? title + " · " : "") + "Facteur";
	}, [title]);
	return (
		<div class="head">
			<h1>{title}</h1>
			{children && <div class="actions">{children}</div>}
			{intro && <p class="muted">{intro}</p>}
		</div>
	);
}
