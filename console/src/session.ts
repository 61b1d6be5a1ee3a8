/* Who is signed in, and for which account the calls are made. */
import { signal } from "@preact/signals";
import { ApiError, ask, calls, credentials } from "./api";
import { suggest_language } from "./i18n";
import { remember, remembered } from "./remember";

export interface AccountRef {
	id: number;
	name: string;
}
export interface Session {
	user: { id: string | number; email: string; name: string; role: string; language: string };
	account: AccountRef | null; /* null: a person of the platform, who chooses one */
	accounts: AccountRef[];
	csrf: string;
}

export const session = signal<Session | null>(null);
export const chosen_account = signal<string>("");
/* Why there is no session, when it is not a 401: shown beside the form. */
export const session_error = signal<unknown>(null);

function take(next: Session | null): void {
	if (!next) calls.value = [];
	credentials.csrf = next?.csrf ?? "";
	credentials.account = "";
	chosen_account.value = next?.account?.name ?? "";
	if (next && !next.account) {
		const was = remembered("account");
		choose_account(next.accounts.find((a) => a.name === was)?.name ?? next.accounts[0]?.name ?? "");
	}
	session.value = next;
}

/* For people of the platform. */
export function choose_account(name: string): void {
	credentials.account = name;
	chosen_account.value = name;
	if (name) remember("account", name);
}

/* What a message says is its account's: others say why they read it. */
export function must_say_why(): boolean {
	return is_platform();
}

credentials.lost = (): void => {
	if (session.peek()) take(null);
};

export async function load_session(): Promise<void> {
	session_error.value = null;
	try {
		await enter(await ask<Session>("GET", "/v1/session"));
	} catch (e) {
		take(null);
		if (!(e instanceof ApiError && e.status === 401)) session_error.value = e;
	}
}

async function enter(next: Session): Promise<void> {
	take(next);
	await suggest_language(next.user.language);
}

/* The answer of signing in may be the session or nothing: then it is asked for. */
export async function entered(answer: unknown): Promise<void> {
	if (answer && typeof answer === "object" && "user" in answer && "csrf" in answer) await enter(answer as Session);
	else await load_session();
}

export async function sign_in(email: string, password: string): Promise<void> {
	await entered(await ask<unknown>("POST", "/v1/session", { email, password }));
}

export async function sign_out(): Promise<void> {
	try {
		await ask<void>("DELETE", "/v1/session");
	} catch (e) {
		if (!(e instanceof ApiError && e.status === 401)) throw e;
	}
	take(null);
}

export function is_platform(): boolean {
	return session.value !== null && session.value.account === null;
}
