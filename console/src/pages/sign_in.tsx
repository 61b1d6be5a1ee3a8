import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api";
import { words } from "../i18n";
import { type Half, give_code, load_session, session, session_error, sign_in } from "../session";
import { Brand, Looks } from "../shell";
import { ErrorBox, Head, Note } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";

export function Door({ children }: { children: JSX.Element | JSX.Element[] }): JSX.Element {
	return (
		<>
			<header class="top">
				<Brand />
				<div class="end">
					<Looks />
				</div>
			</header>
			<main class="page narrow" id="content" tabIndex={-1}>
				{children}
			</main>
		</>
	);
}

/* The second step. over: it took too long, or too many codes were wrong. */
export function CodeForm({ half, over, done }: { half: Half; over: (late: boolean) => void; done?: () => void }): JSX.Element {
	const w = words().totp;
	const [code, set_code] = useState("");
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		set_wrong(code.trim() ? "" : w.code_needed);
		if (!code.trim()) throw new Quiet();
		try {
			await give_code(half.token, code.trim());
			done?.();
		} catch (e) {
			if (!(e instanceof ApiError) || (e.status !== 401 && e.status !== 410)) throw e;
			if (e.status === 410) return over(true);
			set_wrong(w.code_wrong);
			set_code("");
			throw new Quiet();
		}
	};
	return (
		<Form
			submit={submit}
			buttons={(busy) => (
				<>
					<button type="button" onClick={() => over(false)}>{w.again}</button>
					<button type="submit" class="primary" disabled={busy}>{w.go_on}</button>
				</>
			)}
		>
			<p>{w.asked}</p>
			<Input label={w.code} hint={w.code_hint} value={code} set={set_code} autocomplete="one-time-code" wrong={wrong} maxLength={64} autofocus mono />
		</Form>
	);
}

function SignInForm({ who }: { who: string }): JSX.Element {
	const w = words().sign_in;
	const [email, set_email] = useState(who);
	const [password, set_password] = useState("");
	const [wrong, set_wrong] = useState<{ email?: string; password?: string }>({});
	const [refused, set_refused] = useState("");
	const [half, set_half] = useState<Half | null>(null);
	const submit = async (): Promise<void> => {
		const next = { email: email.trim() ? undefined : w.email_needed, password: password ? undefined : w.password_needed };
		set_wrong(next);
		set_refused("");
		if (next.email || next.password) throw new Quiet();
		try {
			const next = await sign_in(email.trim(), password);
			if (!next) return;
			set_password("");
			set_half(next);
		} catch (e) {
			if (!(e instanceof ApiError && e.status === 401)) throw e;
			set_refused(w.wrong);
			set_password("");
		}
	};
	const over = (late: boolean): void => {
		set_half(null);
		set_refused(late ? words().totp.late : "");
	};
	if (half) return <CodeForm half={half} over={over} />;
	return (
		<Form
			submit={submit}
			buttons={(busy) => (
				<button type="submit" class="primary" disabled={busy}>
					{w.submit}
				</button>
			)}
		>
			{refused && (
				<div class="note bad" role="alert">
					{refused}
				</div>
			)}
			<Input label={w.email} type="email" value={email} set={set_email} autocomplete="username" wrong={wrong.email} autofocus={!who} />
			<Input label={w.password} type="password" value={password} set={set_password} autocomplete="current-password" wrong={wrong.password} autofocus={who !== ""} />
		</Form>
	);
}

/* Over a screen whose session ended: what is typed there stays. Another person gets a page of her own. */
export function SignInAgain(): JSX.Element {
	const w = words().sign_in;
	const [turn, set_turn] = useState(0);
	return (
		<Dialog key={turn} title={w.title} close={() => set_turn(turn + 1)}>
			<p>{w.over}</p>
			<SignInForm who={session.value?.user.email ?? ""} />
		</Dialog>
	);
}

/* The address stays: who signs in goes on where the session ended. */
export function SignIn(): JSX.Element {
	const w = words().sign_in;
	const fault = session_error.value;
	const absent = fault instanceof ApiError && fault.status === 404;
	return (
		<Door>
			<Head title={w.title} />
			<>{absent ? <Note tone="warn">{w.no_sessions}</Note> : <ErrorBox error={fault} retry={() => void load_session()} />}</>
			<SignInForm who="" />
			<p class="muted small">{w.forgot}</p>
		</Door>
	);
}

