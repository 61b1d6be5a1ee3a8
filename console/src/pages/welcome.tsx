/*
 * The one-time link: /console/#/welcome/TOKEN. What stands behind # is not sent by the browser by itself, so it is in no
 * log and no Referer.
 */
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api";
import { choose_language, language, words, type Language } from "../i18n";
import { type Half, entered } from "../session";
import { ErrorBox, Head, Note, Skeleton } from "../ui/basics";
import { Form, Input, Quiet, Select } from "../ui/form";
import { CodeForm, Door } from "./sign_in";

const SHORTEST = 12;

export function is_welcome(): boolean {
	return location.hash.startsWith("#/welcome");
}

function token_of(): string {
	return location.hash.replace(/^#\/welcome\/?/, "");
}

type Step = "asking" | "form" | "code" | "spent" | "none";

/* Whose link it is. kind: welcome (the first owner, whose e-mail may not be known), invite, reset; enter: it signs in
 * without a password. */
interface Link {
	email: string;
	name: string;
	kind: string;
}

export function Welcome({ done }: { done: () => void }): JSX.Element {
	const w = words();
	const { route } = useLocation();
	const [token] = useState(token_of);
	const [step, set_step] = useState<Step>(token ? "asking" : "none");
	const [error, set_error] = useState<unknown>(null);
	const [email, set_email] = useState("");
	const [known, set_known] = useState(true);
	const [name, set_name] = useState("");
	const [password, set_password] = useState("");
	const [wrong, set_wrong] = useState<{ email?: string; name?: string; password?: string }>({});
	const [half, set_half] = useState<Half | null>(null);
	const inside = (): void => {
		route("/console/", true);
		done();
	};
	const enter = async (more: object): Promise<void> => {
		const next = await entered(await ask<unknown>("POST", "/v1/session/link", { token, ...more }));
		if (!next) return inside();
		set_half(next);
		set_step("code");
	};
	const open = (): void => {
		set_error(null);
		ask<Link>("POST", "/v1/session/link", { token })
			.then(async (a) => {
				if (a.kind === "enter") return enter({ enter: true });
				set_email(a.email);
				set_known(a.email !== "");
				set_name(a.name);
				set_step("form");
			})
			.catch((e: unknown) => {
				if (e instanceof ApiError && [401, 404, 410, 422].includes(e.status)) set_step("spent");
				else set_error(e);
			});
	};
	useEffect(() => {
		if (!token) return;
		/* Out of the address line, the history and what others see over a shoulder. */
		history.replaceState(null, "", "/console/#/welcome");
		open();
	}, []);
	const submit = async (): Promise<void> => {
		const next = {
			email: email.includes("@") ? undefined : w.sign_in.email_needed,
			name: name.trim() ? undefined : w.welcome.name_needed,
			password: [...password].length >= SHORTEST ? undefined : w.welcome.short,
		};
		set_wrong(next);
		if (next.email || next.name || next.password) throw new Quiet();
		await enter({ password, name: name.trim(), language: language.value, email: known ? undefined : email.trim() });
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
						<button type="button" onClick={() => location.assign("/console/")}>{w.welcome.to_sign_in}</button>
					</Note>
				)}
			</>
			{/* The password is set: who comes too late signs in with it. */}
			<>{step === "code" && half && <CodeForm half={half} done={inside} over={() => location.assign("/console/")} />}</>
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
						{known ? <p class="mono break">{email}</p> : <Input label={w.sign_in.email} type="email" value={email} set={set_email} autocomplete="username" wrong={wrong.email} />}
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
