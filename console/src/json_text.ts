/*
 * JSON as a person types it: the value, or the place and kind of the first mistake, the same in every browser
 * (JSON.parse tells the place in words of its own, or not at all). RFC 8259; deeper than DEEPEST is refused.
 */
import type { Json, JsonObject } from "./types";

export type JsonWhy = "value" | "comma" | "colon" | "name" | "text" | "escape" | "number" | "end" | "deep" | "twice";
export type JsonRead = { ok: true; value: Json } | { ok: false; line: number; column: number; at: number; why: JsonWhy };

const DEEPEST = 60;

class Mistake extends Error {
	constructor(readonly at: number, readonly why: JsonWhy) {
		super(why);
	}
}

class Reader {
	private at = 0;
	constructor(private readonly text: string) {}

	all(): Json {
		const value = this.value(0);
		this.blank();
		if (this.at < this.text.length) throw new Mistake(this.at, "end");
		return value;
	}

	private blank(): void {
		while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at++;
	}

	private is(c: string): boolean {
		this.blank();
		if (this.text[this.at] !== c) return false;
		this.at++;
		return true;
	}

	private value(depth: number): Json {
		this.blank();
		if (depth > DEEPEST) throw new Mistake(this.at, "deep");
		const c = this.text[this.at] ?? "";
		if (c === "{") return this.object(depth);
		if (c === "[") return this.list(depth);
		if (c === '"') return this.string();
		if (c === "-" || (c >= "0" && c <= "9")) return this.number();
		for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
			if (!this.text.startsWith(word, this.at) || /\w/.test(this.text[this.at + word.length] ?? "")) continue;
			this.at += word.length;
			return value;
		}
		throw new Mistake(this.at, "value");
	}

	private object(depth: number): JsonObject {
		const out = new Map<string, Json>();
		this.at++;
		if (this.is("}")) return {};
		do {
			this.blank();
			const begin = this.at;
			if (this.text[this.at] !== '"') throw new Mistake(this.at, "name");
			const name = this.string();
			if (out.has(name)) throw new Mistake(begin, "twice");
			if (!this.is(":")) throw new Mistake(this.at, "colon");
			out.set(name, this.value(depth + 1));
		} while (this.is(","));
		if (!this.is("}")) throw new Mistake(this.at, "comma");
		return Object.fromEntries(out);
	}

	private list(depth: number): Json[] {
		const out: Json[] = [];
		this.at++;
		if (this.is("]")) return out;
		do out.push(this.value(depth + 1));
		while (this.is(","));
		if (!this.is("]")) throw new Mistake(this.at, "comma");
		return out;
	}

	private string(): string {
		const begin = this.at++;
		for (;;) {
			const c = this.text[this.at];
			if (c === undefined || c === "\n") throw new Mistake(begin, "text");
			if (c < " ") throw new Mistake(this.at, "escape");
			if (c === '"') break;
			if (c === "\\" && !/^\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(this.at, this.at + 6))) throw new Mistake(this.at, "escape");
			this.at += c === "\\" ? 2 : 1;
		}
		this.at++;
		return JSON.parse(this.text.slice(begin, this.at)) as string;
	}

	private number(): number {
		const m = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.text.slice(this.at, this.at + 400));
		if (!m || /[\w.]/.test(this.text[this.at + m[0].length] ?? "")) throw new Mistake(this.at, "number");
		this.at += m[0].length;
		return Number(m[0]);
	}
}

export function place(text: string, at: number): { line: number; column: number } {
	const before = text.slice(0, at).split("\n");
	return { line: before.length, column: [...(before[before.length - 1] ?? "")].length + 1 };
}

/* Where line and column (from 1, in characters) are. */
export function offset(text: string, line: number, column: number): number {
	const lines = text.split("\n");
	const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
	return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
}

export function read_json(text: string): JsonRead {
	try {
		return { ok: true, value: new Reader(text).all() };
	} catch (e) {
		if (!(e instanceof Mistake)) throw e;
		return { ok: false, ...place(text, e.at), at: e.at, why: e.why };
	}
}
