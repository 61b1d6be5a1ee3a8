/*
 * Reads a mail's source enough to show it: headers, the first HTML and text part, names of attachments, pictures that
 * the HTML names by cid. Never fails: what is not understood is shown as it is. Depth and number of parts are bounded.
 */
export interface Mail {
	headers: string;
	html: string | null;
	text: string | null;
	attachments: { name: string; type: string; size: number }[];
}

const DEEPEST = 20;
const MOST_PARTS = 500;
const MOST_PICTURES = 30_000_000; /* characters: a mail may name one picture often */

/* One character a byte. */
function latin(bytes: Uint8Array): string {
	let out = "";
	for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192));
	return out;
}

function bytes_of(text: string): Uint8Array {
	return Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);
}

function decode(bytes: Uint8Array, charset: string): string {
	try {
		return new TextDecoder(charset || "utf-8").decode(bytes);
	} catch {
		return new TextDecoder("utf-8").decode(bytes);
	}
}

interface Part {
	head: string;
	body: string;
}

function split(raw: string): Part {
	const m = /\r?\n\r?\n/.exec(raw);
	if (/^\r?\n/.test(raw)) return { head: "", body: raw.replace(/^\r?\n/, "") };
	return m ? { head: raw.slice(0, m.index), body: raw.slice(m.index + m[0].length) } : { head: raw, body: "" };
}

function field(head: string, name: string): string {
	const m = new RegExp(`^${name}:((?:.*(?:\\r?\\n[ \\t].*)*))`, "im").exec(head);
	return (m?.[1] ?? "").replace(/\r?\n[ \t]+/g, " ").trim();
}

function param(value: string, name: string): string {
	const m = new RegExp(`;\\s*${name}\\*?\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(value);
	const text = m?.[1]?.replace(/\\(.)/g, "$1") ?? m?.[2] ?? "";
	const ext = /^[\w-]*'[\w-]*'(.*)$/.exec(text);
	if (!ext) return text;
	try {
		return decodeURIComponent(ext[1] ?? "");
	} catch {
		return text;
	}
}

function quoted(text: string, underscores: boolean): string {
	let t = text.replace(/=[ \t]*\r?\n/g, "");
	if (underscores) t = t.replaceAll("_", " ");
	return t.replace(/=([0-9a-f]{2})/gi, (_, h: string) => String.fromCharCode(parseInt(h, 16)));
}

function base64(text: string): string {
	try {
		return atob(text.replace(/[^A-Za-z0-9+/]/g, ""));
	} catch {
		return "";
	}
}

/* RFC 2047. */
export function header_text(value: string): string {
	return value
		.replace(/(\?=)\s+(=\?)/g, "$1$2")
		.replace(/=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?]*)\?=/gi, (_, charset: string, how: string, text: string) =>
			decode(bytes_of(how.toLowerCase() === "b" ? base64(text) : quoted(text, true)), charset));
}

function content(part: Part): string {
	const how = field(part.head, "Content-Transfer-Encoding").toLowerCase();
	if (how === "base64") return base64(part.body);
	return how === "quoted-printable" ? quoted(part.body, false) : part.body;
}

interface Walk {
	mail: Mail;
	pictures: Map<string, string>;
	parts: number;
}

function leaf(part: Part, type: string, value: string, walk: Walk): void {
	const disposition = field(part.head, "Content-Disposition");
	const name = header_text(param(disposition, "filename") || param(value, "name"));
	const attached = /^attachment/i.test(disposition) || name !== "";
	const body = content(part);
	if (!attached && type === "text/html" && walk.mail.html === null) walk.mail.html = decode(bytes_of(body), param(value, "charset"));
	else if (!attached && type === "text/plain" && walk.mail.text === null) walk.mail.text = decode(bytes_of(body), param(value, "charset"));
	else walk.mail.attachments.push({ name: name || type, type, size: body.length });
	const cid = field(part.head, "Content-ID").replace(/^<|>$/g, "");
	if (cid && /^image\/(png|jpeg|gif|webp)$/.test(type)) walk.pictures.set(cid, `data:${type};base64,${btoa(body)}`);
}

function step(raw: string, depth: number, walk: Walk): void {
	if (depth > DEEPEST || ++walk.parts > MOST_PARTS) return;
	const part = split(raw);
	const value = field(part.head, "Content-Type") || "text/plain";
	const type = (/^[\w.+-]+\/[\w.+-]+/.exec(value)?.[0] ?? "text/plain").toLowerCase();
	const boundary = param(value, "boundary");
	if (!type.startsWith("multipart/") || !boundary) return leaf(part, type, value, walk);
	const pieces = ("\n" + part.body).split("\n--" + boundary);
	for (const piece of pieces.slice(1)) {
		if (piece.startsWith("--")) return;
		step(piece.replace(/^[ \t]*\r?\n/, "").replace(/\r$/, ""), depth + 1, walk);
	}
}

function with_pictures(html: string, pictures: Map<string, string>): string {
	let left = MOST_PICTURES;
	return html.replace(/cid:([^\s"'<>()&]+)/gi, (whole, cid: string) => {
		const data = pictures.get(cid);
		if (!data || data.length > left) return whole;
		left -= data.length;
		return data;
	});
}

/* What there is of a mail that could not be read. */
export function read_head(bytes: Uint8Array): Mail {
	return { headers: decode(bytes_of(split(latin(bytes)).head), "utf-8"), html: null, text: null, attachments: [] };
}

export function read_mail(bytes: Uint8Array): Mail {
	const raw = latin(bytes);
	const walk: Walk = { mail: read_head(bytes), pictures: new Map(), parts: 0 };
	step(raw, 0, walk);
	if (walk.mail.html !== null) walk.mail.html = with_pictures(walk.mail.html, walk.pictures);
	return walk.mail;
}
