import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api";
import { words } from "../i18n";
import { load_session, session, session_error, sign_in } from "../session";
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

function SignInForm({ who }: { who: string }): JSX.Element {
	const w = words().sign_in;
	const [email, set_email] = useState(who);
	const [password, set_password] = useState("");
	const [wrong, set_wrong] = useState<{ email?: string; password?: string }>({});
	const [refused, set_refused] = useState(false);
	const submit = async (): Promise<void> => {
		const next = { email: email.trim() ? undefined : w.email_needed, password: password ? undefined : w.password_needed };
		set_wrong(next);
		set_refused(false);
		if (next.email || next.password) throw new Quiet();
		try {
			await sign_in(email.trim(), password);
		} catch (e) {
			if (!(e instanceof ApiError && e.status === 401)) throw e;
			set_refused(true);
			set_password("");
		}
	};
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
					{w.wrong}
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

