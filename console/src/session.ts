/* Who is signed in, and for which account the calls are made. */
import { signal } from "@preact/signals";
import { ApiError, ask, calls, credentials } from "./api";
import { suggest_language } from "./i18n";
import { remember, remembered } from "./remember";

export interface AccountRef {
	id: number;
	name: string;
	mode?: string; /* live, sandbox */
}
/* Ports on which programs hand in mail. */
export interface Submission {
	starttls: number[];
	tls: number[];
	plain: number[];
}
export interface Session {
	user: { id: string | number; email: string; name: string; role: string; language: string; totp?: boolean };
	account: AccountRef | null; /* null: a person of the platform, who chooses one */
	accounts: AccountRef[];
	more?: boolean; /* there are other accounts than these */
	mode?: string; /* of the service: live, sandbox */
	sink?: boolean; /* what is delivered ends in a sink of the service */
	submission: Submission;
	language: string; /* of the service */
	totp_required?: boolean; /* nothing else before the second factor is on */
	csrf: string;
}

/* The password was right; a code is missing. */
export interface Half {
	second_factor: string;
	token: string;
	expires: string;
}

function half_of(answer: unknown): Half | null {
	return answer && typeof answer === "object" && "second_factor" in answer ? (answer as Half) : null;
}

export const session = signal<Session | null>(null);
export const chosen_account = signal<string>("");
/* It is over: its screen stays, with the sign-in over it. */
export const session_over = signal(false);
/* Counts the sessions of a page: what a lost one refused is read again by the next. */
export const session_turn = signal(0);
/* Why there is no session, when it is not a 401: shown beside the form. */
export const session_error = signal<unknown>(null);

function take(next: Session | null): void {
	if (!next || session_over.peek()) calls.value = [];
	if (session_over.peek()) session_turn.value++;
	session_over.value = false;
	const before = chosen_account.peek();
	credentials.csrf = next?.csrf ?? "";
	credentials.account = "";
	if (next && !next.account) {
		/* Of very many accounts only some are told. */
		const named = (name: string | null): string | undefined => (name && (next.more || next.accounts.some((a) => a.name === name)) ? name : undefined);
		choose_account(named(before) ?? named(remembered("account")) ?? next.accounts[0]?.name ?? "");
	} else chosen_account.value = next?.account?.name ?? "";
	session.value = next;
}

/* For people of the platform. */
export function choose_account(name: string): void {
	credentials.account = name;
	chosen_account.value = name;
	if (name) remember("account", name);
}

export type Right = "send" | "suppress" | "templates" | "manage" | "people" | "audit" | "accounts" | "operate" | "hold";

/* docs/reference/http-api.md, People. It hides what would be refused; the server decides. */
const RIGHTS: Record<string, readonly Right[]> = {
	viewer: [],
	marketer: ["send", "suppress", "templates"],
	developer: ["send", "suppress", "templates", "manage", "audit"],
	abuse_officer: ["suppress", "audit", "accounts", "hold"],
};

export function may(what: Right): boolean {
	const rights = RIGHTS[session.value?.user.role ?? ""];
	if (!rights) return is_platform() || (what !== "accounts" && what !== "operate");
	return rights.includes(what);
}

/* What a message says is its account's: others say why they read it. */
export function must_say_why(): boolean {
	return is_platform();
}

credentials.lost = (): void => {
	if (!session.peek()) return;
	calls.value = [];
	session_over.value = true;
};

/* What this page shows is another person's: it begins anew. */
function same_person(next: Session): boolean {
	const was = session.peek();
	if (!was || String(was.user.id) === String(next.user.id)) return true;
	location.reload();
	return false;
}

credentials.renewed = async (): Promise<boolean> => {
	try {
		const next = await ask<Session>("GET", "/v1/session");
		if (!same_person(next) || next.csrf === credentials.csrf) return false;
		take(next);
		return true;
	} catch (e) {
		if (e instanceof ApiError && e.status === 401) credentials.lost();
		return false;
	}
};

export async function load_session(): Promise<void> {
	session_error.value = null;
	try {
		await enter(await ask<Session>("GET", "/v1/session"));
	} catch (e) {
		const over = e instanceof ApiError && e.status === 401;
		if (session.peek() && !over) throw e;
		if (session.peek()) return credentials.lost();
		take(null);
		if (!over) session_error.value = e;
	}
}

async function enter(next: Session): Promise<void> {
	if (!same_person(next)) return;
	take(next);
	await suggest_language(next.user.language, next.language);
}

/* The answer of signing in may be the session or nothing: then it is asked for. Half: there is none before a code is given. */
export async function entered(answer: unknown): Promise<Half | null> {
	const half = half_of(answer);
	if (half) return half;
	if (answer && typeof answer === "object" && "user" in answer && "csrf" in answer) await enter(answer as Session);
	else await load_session();
	return null;
}

export async function give_code(token: string, code: string): Promise<void> {
	await entered(await ask<unknown>("POST", "/v1/session/code", { token, code }));
}

export async function sign_in(email: string, password: string): Promise<Half | null> {
	return entered(await ask<unknown>("POST", "/v1/session", { email, password }));
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
