/* One's own second factor: turned on with an app, recovery codes shown once, turned off. */
import { encode } from "uqr";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, get } from "../api";
import { words } from "../i18n";
import { load_session, session } from "../session";
import { Badge, Copy, CopyLine, ErrorBox, Note, Skeleton, Time } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";

const PATH = "/v1/session/totp";

interface State {
	on: boolean;
	since: string | null;
	recovery_codes: number;
	required: boolean;
}
interface Secret {
	secret: string;
	uri: string;
	expires: string;
}
interface Codes {
	recovery_codes: string[];
}

/* Dark on light in each look: many apps read no other. The border of four is a part of it (ISO/IEC 18004). */
function Qr({ text }: { text: string }): JSX.Element {
	const { data, size } = encode(text, { ecc: "M", border: 4 });
	const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ""))).join("");
	return (
		<svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words().totp.picture} shape-rendering="crispEdges">
			<rect width={size} height={size} fill="#fff" />
			<path d={dark} fill="#000" />
		</svg>
	);
}

/* In groups, as people read it to each other. */
function grouped(secret: string): string {
	return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

function Code({ value, set, wrong, only_app }: { value: string; set: (v: string) => void; wrong: string; only_app?: boolean }): JSX.Element {
	const w = words().totp;
	return <Input label={only_app ? w.app_code : w.code} hint={only_app ? w.app_hint : w.code_hint} value={value} set={set} wrong={wrong} autocomplete="one-time-code" maxLength={64} mono />;
}

/* The password again, and a code where one is there already. */
function Ask({ title, verb, danger, with_code, close, act }: { title: string; verb: string; danger?: boolean; with_code: boolean; close: () => void; act: (body: object) => Promise<void> }): JSX.Element {
	const all = words();
	const [password, set_password] = useState("");
	const [code, set_code] = useState("");
	const [wrong, set_wrong] = useState({ password: "", code: "" });
	const submit = async (): Promise<void> => {
		const faults = { password: password ? "" : all.sign_in.password_needed, code: !with_code || code.trim() ? "" : all.totp.code_needed };
		set_wrong(faults);
		if (faults.password || faults.code) throw new Quiet();
		await act(with_code ? { password, code: code.trim() } : { password });
	};
	return (
		<Dialog title={title} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>{verb}</button>
					</>
				)}
			>
				<input type="hidden" autocomplete="username" value={session.value?.user.email} />
				<Input label={all.me.current} type="password" value={password} set={set_password} wrong={wrong.password} autocomplete="current-password" autofocus />
				{with_code && <Code value={code} set={set_code} wrong={wrong.code} />}
			</Form>
		</Dialog>
	);
}

function Enrol({ secret, done, cancel }: { secret: Secret; done: (codes: Codes) => void; cancel: () => void }): JSX.Element {
	const all = words();
	const w = all.totp;
	const [code, set_code] = useState("");
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		set_wrong(code.trim() ? "" : w.code_needed);
		if (!code.trim()) throw new Quiet();
		done(await ask<Codes>("POST", `${PATH}/confirm`, { code: code.trim() }));
	};
	return (
		<Form
			submit={submit}
			buttons={(busy) => (
				<>
					<button type="button" onClick={cancel}>{all.common.cancel}</button>
					<button type="submit" class="primary" disabled={busy}>{w.turn_on}</button>
				</>
			)}
		>
			<p>{w.scan}</p>
			<Qr text={secret.uri} />
			<p>{w.by_hand}</p>
			<div class="field"><CopyLine text={grouped(secret.secret)} label={w.by_hand} /></div>
			<p class="small"><a href={secret.uri}>{w.uri}</a></p>
			<p>{w.first}</p>
			<Code value={code} set={set_code} wrong={wrong} only_app />
		</Form>
	);
}

function Recovery({ codes, kept }: { codes: string[]; kept: () => void }): JSX.Element {
	const w = words().totp;
	return (
		<Note tone="warn">
			<h3>{w.codes}</h3>
			<p>{w.codes_once}</p>
			<ul class="codes">{codes.map((c) => <li key={c}><code>{c}</code></li>)}</ul>
			<div class="actions">
				<Copy text={codes.join("\n")} label={w.codes} />
				<button type="button" class="primary" onClick={kept}>{w.kept}</button>
			</div>
		</Note>
	);
}

type Doing = { what: "begin" | "renew" | "off" } | { what: "enrol"; secret: Secret } | { what: "codes"; codes: string[] } | null;

/* changed: sessions ended. */
export function SecondFactor({ changed }: { changed: () => void }): JSX.Element {
	const all = words();
	const w = all.totp;
	const state = useLoad((signal) => get<State>(PATH, {}, signal), "totp");
	const [doing, set_doing] = useState<Doing>(null);
	const close = (): void => set_doing(null);
	const show = (codes: Codes): void => set_doing({ what: "codes", codes: codes.recovery_codes });
	const now = state.data;
	return (
		<section class="card">
			<h2>{w.title}</h2>
			<p>{w.intro}</p>
			<ErrorBox error={state.error} retry={state.reload} />
			{!now && !state.error && <Skeleton />}
			{now && (
				<p>
					<Badge tone={now.on ? "ok" : "plain"}>{now.on ? w.on : w.off}</Badge>{" "}
					{now.on && <>{w.since} <Time at={now.since} />. {all.common.pair(w.left, String(now.recovery_codes))}.</>}
				</p>
			)}
			{doing?.what === "enrol" && (
				<Enrol secret={doing.secret} cancel={close} done={(codes) => {
					show(codes);
					say(w.is_on);
					state.reload();
					changed();
				}} />
			)}
			{/* The session is read again only now: where the factor is required this screen goes with it. */}
			{doing?.what === "codes" && (
				<Recovery codes={doing.codes} kept={() => {
					close();
					void load_session();
				}} />
			)}
			{now && (doing === null || doing.what === "begin" || doing.what === "renew" || doing.what === "off") && (
				<div class="actions">
					{!now.on && <button type="button" class="primary" onClick={() => set_doing({ what: "begin" })}>{w.turn_on}</button>}
					{now.on && <button type="button" onClick={() => set_doing({ what: "renew" })}>{w.renew}</button>}
					{now.on && <button type="button" class="danger" onClick={() => set_doing({ what: "off" })}>{w.turn_off}</button>}
				</div>
			)}
			{now?.on && <p class="small muted">{w.lost}</p>}
			{doing?.what === "begin" && (
				<Ask title={w.turn_on} verb={w.go_on} with_code={false} close={close} act={async (body) => set_doing({ what: "enrol", secret: await ask<Secret>("POST", PATH, body) })} />
			)}
			{doing?.what === "renew" && (
				<Ask title={w.renew} verb={w.renew} with_code close={close} act={async (body) => {
					show(await ask<Codes>("POST", `${PATH}/recovery`, body));
					say(w.renewed);
					state.reload();
				}} />
			)}
			{doing?.what === "off" && (
				<Ask title={w.turn_off} verb={w.turn_off} danger with_code close={close} act={async (body) => {
					await ask("POST", `${PATH}/off`, body);
					close();
					say(w.is_off);
					state.reload();
					await load_session();
				}} />
			)}
		</section>
	);
}
