import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api";
import { words } from "../i18n";
import { load_session, session_error, sign_in } from "../session";
import { Brand, Looks } from "../shell";
import { ErrorBox, Head, Note } from "../ui/basics";
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

/* The address stays: who signs in goes on where the session ended. */
export function SignIn(): JSX.Element {
	const w = words().sign_in;
	const [email, set_email] = useState("");
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
	const fault = session_error.value;
	const absent = fault instanceof ApiError && fault.status === 404;
	return (
		<Door>
			<Head title={w.title} />
			<>{absent ? <Note tone="warn">{w.no_sessions}</Note> : <ErrorBox error={fault} retry={() => void load_session()} />}</>
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
				<Input label={w.email} type="email" value={email} set={set_email} autocomplete="username" wrong={wrong.email} autofocus />
				<Input label={w.password} type="password" value={password} set={set_password} autocomplete="current-password" wrong={wrong.password} />
			</Form>
			<p class="muted small">{w.forgot}</p>
		</Door>
	);
}

