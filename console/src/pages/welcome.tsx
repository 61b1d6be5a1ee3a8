/* The one-time link. Its token stands behind # (never sent by the browser by itself), or in the path or query. */
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api";
import { choose_language, language, words, type Language } from "../i18n";
import { entered } from "../session";
import { ErrorBox, Head, Note, Skeleton } from "../ui/basics";
import { Form, Input, Quiet, Select } from "../ui/form";
import { Door } from "./sign_in";

const SHORTEST = 12;

function token_of(): string {
	const rest = location.pathname.replace(/^\/console\/welcome\/?/, "");
	return decodeURIComponent(location.hash.slice(1) || new URLSearchParams(location.search).get("token") || rest);
}

type Step = "asking" | "form" | "spent" | "none";

/* Answer of POST /v1/session/link {token}: whose link it is, or the session when no password is needed. */
interface Link {
	user?: { email?: string; name?: string };
	email?: string;
	name?: string;
	csrf?: string;
}

export function Welcome(): JSX.Element {
	const w = words();
	const { route } = useLocation();
	const [token] = useState(token_of);
	const [step, set_step] = useState<Step>(token ? "asking" : "none");
	const [error, set_error] = useState<unknown>(null);
	const [email, set_email] = useState("");
	const [name, set_name] = useState("");
	const [password, set_password] = useState("");
	const [wrong, set_wrong] = useState<{ name?: string; password?: string }>({});
	const open = (): void => {
		set_error(null);
		ask<Link | undefined>("POST", "/v1/session/link", { token }).then(
			async (a) => {
				if (a?.csrf) {
					await entered(a);
					route("/console/", true);
					return;
				}
				set_email(a?.email ?? a?.user?.email ?? "");
				set_name(a?.name ?? a?.user?.name ?? "");
				set_step("form");
			},
			(e: unknown) => {
				if (e instanceof ApiError && [401, 404, 410, 422].includes(e.status)) set_step("spent");
				else set_error(e);
			},
		);
	};
	useEffect(() => {
		if (!token) return;
		/* Out of the address line, the history and what others see over a shoulder. */
		history.replaceState(null, "", "/console/welcome");
		open();
	}, []);
	const submit = async (): Promise<void> => {
		const next = {
			name: name.trim() ? undefined : w.welcome.name_needed,
			password: [...password].length >= SHORTEST ? undefined : w.welcome.short,
		};
		set_wrong(next);
		if (next.name || next.password) throw new Quiet();
		await entered(await ask<unknown>("POST", "/v1/session/link", { token, password, name: name.trim(), language: language.value }));
		route("/console/", true);
	};
	return (
		<Door>
			<Head title={w.welcome.title} />
			<ErrorBox error={error} retry={open} />
			<>{step === "asking" && !error && <Skeleton />}</>
			<>
				{(step === "spent" || step === "none") && (
					<Note tone="bad">
						<p>{step === "spent" ? w.welcome.spent : w.welcome.no_token}</p>
						<a href="/console/">{w.welcome.to_sign_in}</a>
					</Note>
				)}
			</>
			<>
				{step === "form" && (
					<Form
						submit={submit}
						buttons={(busy) => (
							<button type="submit" class="primary" disabled={busy}>
								{w.welcome.submit}
							</button>
						)}
					>
						<p>{w.welcome.intro}</p>
						{email && <input type="hidden" autocomplete="username" value={email} />}
						{email && <p class="mono break">{email}</p>}
						<Input label={w.welcome.name} value={name} set={set_name} autocomplete="name" wrong={wrong.name} />
						<Input
							label={w.welcome.password}
							hint={w.welcome.password_hint}
							type="password"
							value={password}
							set={set_password}
							autocomplete="new-password"
							wrong={wrong.password}
						/>
						<Select
							label={w.shell.language}
							value={language.value}
							set={(l) => void choose_language(l as Language)}
							options={[["en", "English"], ["fr", "Français"]]}
						/>
					</Form>
				)}
			</>
		</Door>
	);
}
