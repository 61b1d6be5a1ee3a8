/*
 * Calls of the public API with the session's cookie. Each screen shows what it called (calls below), as the curl that
 * does the same with a key. No secret enters these: calls of /v1/session and those with a password are left out.
 */
import { signal } from "@preact/signals";

export interface Problem {
	type?: string;
	title: string;
	status: number;
	detail?: string;
	errors?: { pointer: string; message: string }[];
	request_id?: string;
}

/* status 0: the server was not reached. */
export class ApiError extends Error {
	readonly status: number;
	readonly problem: Problem;
	readonly retry_after: string | null;
	constructor(problem: Problem, retry_after: string | null = null) {
		super(problem.detail ?? problem.title);
		this.status = problem.status;
		this.problem = problem;
		this.retry_after = retry_after;
	}
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export interface Call {
	method: Method;
	path: string; /* with its query */
	body?: unknown;
	reason?: string; /* why a person of the service reads or opens what is an account's */
	service?: boolean; /* of the service itself, whichever account is chosen */
	account?: string; /* of this one instead */
}
const CALLS_SHOWN = 6;
export const calls = signal<Call[]>([]);

/* Set by session.ts: api.ts knows nobody. */
export const credentials = {
	csrf: "", account: "", lost: (): void => {},
	/* After a 403: whether a change is worth another try, since the session is another one of the same person. */
	renewed: (): Promise<boolean> => Promise.resolve(false),
};

export type Query = Record<string, string | number | boolean | null | undefined>;

export function path_of(path: string, query: Query = {}): string {
	const q = new URLSearchParams();
	for (const [k, v] of Object.entries(query))
		if (v !== undefined && v !== null && v !== "") q.set(k, String(v));
	const text = q.toString();
	return text ? `${path}?${text}` : path;
}

/* One part of a path. */
export function part(text: string): string {
	return encodeURIComponent(text);
}

/* Not /v1/sessions: those are calls like others. */
function of_session(path: string): boolean {
	return /^\/v1\/session(\/link|\/code)?$/.test(path.split("?")[0] ?? "");
}

function note(call: Call): void {
	/* What is a person's own no key can ask. */
	if (/^\/v1\/session(\/|\?|$)/.test(call.path) || call.path.startsWith("/v1/me/") || (typeof call.body === "object" && call.body !== null && "password" in call.body)) return;
	const same = (c: Call): boolean => c.method === call.method && c.path.split("?")[0] === call.path.split("?")[0];
	calls.value = [call, ...calls.peek().filter((c) => !same(c))].slice(0, CALLS_SHOWN);
}

async function problem_of(r: Response): Promise<Problem> {
	try {
		const p = (await r.json()) as Problem;
		if (p && typeof p.title === "string") return { ...p, status: r.status };
	} catch {
		/* no problem document: a proxy's page, say */
	}
	return { title: `HTTP ${r.status}`, status: r.status };
}

async function fetch_it(call: Call, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
	/* Sentences of the service in the language of the page. */
	const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": document.documentElement.lang, ...more };
	if (call.method !== "GET") headers["X-CSRF-Token"] = credentials.csrf;
	const account = call.account ?? credentials.account;
	if (account && !call.service && !of_session(call.path)) headers["X-Facteur-Account"] = account;
	if (call.reason) headers["X-Facteur-Reason"] = encodeURIComponent(call.reason.trim());
	const init: RequestInit = { method: call.method, headers, credentials: "same-origin", cache: "no-store", signal };
	if (call.body !== undefined) {
		headers["Content-Type"] = "application/json";
		init.body = JSON.stringify(call.body);
	}
	try {
		return await fetch(call.path, init);
	} catch (e) {
		if (e instanceof DOMException && e.name === "AbortError") throw e;
		throw new ApiError({ title: "", status: 0 });
	}
}

async function answered(call: Call, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
	note(call);
	let r = await fetch_it(call, signal, more);
	if (r.status === 403 && call.method !== "GET" && !of_session(call.path) && (await credentials.renewed())) r = await fetch_it(call, signal);
	if (r.ok) return r;
	if (r.status === 401 && !of_session(call.path)) credentials.lost();
	throw new ApiError(await problem_of(r), r.headers.get("Retry-After"));
}

export interface More {
	signal?: AbortSignal;
	reason?: string;
	service?: boolean;
	account?: string;
}

export async function ask<T>(method: Method, path: string, body?: unknown, { signal, ...more }: More = {}): Promise<T> {
	const r = await answered({ method, path, body, ...more }, signal);
	if (r.status === 204) return undefined as T;
	return (await r.json()) as T;
}

export function get<T>(path: string, query?: Query, signal?: AbortSignal, more: More = {}): Promise<T> {
	return ask<T>("GET", path_of(path, query), undefined, { signal, ...more });
}

/* The bytes of an answer: mail need not be UTF-8. */
export async function get_bytes(path: string, reason?: string, { signal, ...more }: More = {}): Promise<Uint8Array> {
	const r = await answered({ method: "GET", path, ...more, reason }, signal);
	return new Uint8Array(await r.arrayBuffer());
}

/* An answer that goes on. last: id of the event heard last. */
export async function get_stream(path: string, last: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
	const r = await answered({ method: "GET", path }, signal, { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) });
	if (!r.body || !r.headers.get("Content-Type")?.startsWith("text/event-stream")) throw new ApiError({ title: "", status: 0 });
	return r.body;
}

export interface Page<T> {
	data: T[];
	next: string | null;
	partial?: boolean;
}

function quoted(text: string): string {
	return /^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replaceAll("'", `'\\''`) + "'";
}

/* The same call by a key. A key of a platform's person names the account in the query. */
export function curl(call: Call): string {
	let path = call.path;
	const account = call.account ?? credentials.account;
	if (account && !call.service) path += (path.includes("?") ? "&" : "?") + "account=" + encodeURIComponent(account);
	const words = ["curl", quoted(location.origin + path), "--user", "YOUR_KEY:YOUR_SECRET"];
	if (call.method !== "GET" && !(call.method === "POST" && call.body !== undefined)) words.splice(1, 0, "-X", call.method);
	let line = words.join(" ");
	if (call.body !== undefined) line += " \\\n  --json " + quoted(JSON.stringify(call.body, null, 2));
	return line;
}
