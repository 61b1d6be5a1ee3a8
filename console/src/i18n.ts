/*
 * Words in two languages, each a chunk of its own: words/en.ts is the shape, words/fr.ts has the same keys (the type
 * checker says so). Choice: the person's, then the browser's, then the configuration's.
 */
import { signal } from "@preact/signals";
import type { Words } from "./words/en";
import { remember, remembered } from "./remember";

export type Language = "en" | "fr";
export const language = signal<Language>("en");
const loaded = signal<Words | null>(null);
let of_browser: Language | undefined;

/* The words in use. start_words() comes before the first call. */
export function words(): Words {
	if (!loaded.value) throw new Error("no words yet");
	return loaded.value;
}

function known(tag: string | null | undefined): Language | null {
	const two = (tag ?? "").slice(0, 2).toLowerCase();
	return two === "fr" || two === "en" ? two : null;
}

async function use(next: Language): Promise<void> {
	const found = next === "fr" ? (await import("./words/fr")).fr : (await import("./words/en")).en;
	language.value = next;
	loaded.value = found;
	document.documentElement.lang = next;
}

export async function start_words(): Promise<void> {
	of_browser = navigator.languages.map(known).find((l) => l !== null) ?? undefined;
	await use(known(remembered("language")) ?? of_browser ?? "en");
}

/* The person's own choice. */
export async function choose_language(next: Language): Promise<void> {
	remember("language", next);
	await use(next);
}

/* What the server knows of the person, and what it speaks itself; her choice in this browser goes before. */
export async function suggest_language(person: string | null | undefined, service?: string): Promise<void> {
	const next = known(person) ?? (of_browser ? null : known(service));
	if (next && !remembered("language") && next !== language.value) await use(next);
}

function locale(): string {
	return language.value === "fr" ? "fr-FR" : "en-GB";
}

export function number(n: number, digits = 0): string {
	return n.toLocaleString(locale(), { maximumFractionDigits: digits });
}

export function percent(part: number, digits = 2): string {
	const n = (part * 100).toLocaleString(locale(), { maximumFractionDigits: digits });
	return language.value === "fr" ? n + "\u202f%" : n + "%";
}

function clock(d: Date, seconds: boolean): string {
	const p = (n: number): string => String(n).padStart(2, "0");
	if (language.value === "fr") return `${d.getHours()} h ${p(d.getMinutes())}` + (seconds ? ` min ${p(d.getSeconds())} s` : "");
	return `${p(d.getHours())}:${p(d.getMinutes())}` + (seconds ? `:${p(d.getSeconds())}` : "");
}

/* In the reader's zone; the year only when it is another one. */
export function moment(at: string, seconds = false): string {
	const d = new Date(at);
	if (Number.isNaN(d.getTime())) return at;
	const now = new Date();
	if (d.toDateString() === now.toDateString()) return clock(d, seconds);
	const year = d.getFullYear() === now.getFullYear() ? undefined : "numeric";
	const day = d.toLocaleDateString(locale(), { day: "numeric", month: "short", year });
	return `${day}${language.value === "fr" ? " à " : ", "}${clock(d, seconds)}`;
}

export function utc(at: string): string {
	return at.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

export function duration(ms: number): string {
	if (ms < 1000) return `${number(ms)} ms`;
	if (ms < 60_000) return `${number(ms / 1000, 1)} s`;
	if (ms < 3_600_000) return `${number(ms / 60_000, 1)} min`;
	return ms < 172_800_000 ? `${number(ms / 3_600_000, 1)} h` : `${number(ms / 86_400_000, 1)} ${language.value === "fr" ? "j" : "d"}`;
}

export function bytes(n: number): string {
	const [k, m] = language.value === "fr" ? ["ko", "Mo"] : ["kB", "MB"];
	if (n < 1000) return language.value === "fr" ? `${number(n)} octets` : `${number(n)} bytes`;
	return n < 1_000_000 ? `${number(n / 1000, 1)} ${k}` : `${number(n / 1_000_000, 1)} ${m}`;
}
