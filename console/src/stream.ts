/* Server-sent events of a call (WHATWG HTML 9.2), read by fetch: EventSource cannot say of which account. */

export interface ServerEvent {
	id: string;
	event: string;
	data: string;
}

/* Bytes as they come → events. */
export class EventReader {
	id = "";
	retry_ms = 0;
	#rest = "";
	#event = "";
	#data: string[] = [];
	readonly #decoder = new TextDecoder();

	#line(line: string, out: ServerEvent[]): void {
		if (!line) {
			if (this.#data.length) out.push({ id: this.id, event: this.#event || "message", data: this.#data.join("\n") });
			this.#event = "";
			this.#data = [];
			return;
		}
		const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
		if (name === "data") this.#data.push(value);
		else if (name === "event") this.#event = value;
		else if (name === "id") this.id = value;
		else if (name === "retry" && /^\d+$/.test(value)) this.retry_ms = Number(value);
	}

	feed(bytes: Uint8Array): ServerEvent[] {
		const out: ServerEvent[] = [];
		const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|[\r\n]/);
		this.#rest = lines.pop() ?? "";
		for (const line of lines) this.#line(line, out);
		return out;
	}
}

/* Three of the server's comments: without one the connection is dead, whatever the network says. */
const SILENCE_MS = 50_000;

/* Until it ends; reader.id goes on from the one before it. */
export async function read_events(body: ReadableStream<Uint8Array>, reader: EventReader, heard: (e: ServerEvent) => void): Promise<void> {
	const from = body.getReader();
	for (;;) {
		let timer = 0;
		const silent = new Promise<{ done: true; value: undefined }>((r) => (timer = window.setTimeout(() => r({ done: true, value: undefined }), SILENCE_MS)));
		const { done, value } = await Promise.race([from.read(), silent]);
		clearTimeout(timer);
		if (done || !value) {
			void from.cancel().catch(() => {});
			return;
		}
		for (const e of reader.feed(value)) heard(e);
	}
}
