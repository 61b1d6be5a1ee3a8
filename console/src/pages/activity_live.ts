/*
 * The list as it changes: by the stream of the same call; where there is none (too many are open, a proxy keeps it back, an
 * older server), it is asked again every 5 s. Nothing is read while the page is hidden.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Page, type Query, get, get_stream, path_of } from "../api";
import { words } from "../i18n";
import { chosen_account } from "../session";
import { EventReader, read_events, type ServerEvent } from "../stream";
import type { Recipient } from "../types";
import { say } from "../ui/toast";

export interface List {
	rows: Recipient[];
	next: string | null;
	partial: boolean;
}
export const LIMIT = 50;
const POLL_MS = 5000;
const STREAM_AGAIN_MS = 60_000;
const GATHER_MS = 300;
const ROWS_MAX = 500;

/* New rows come in front without moving the focus; rows that were there change in place. */
function merged(list: List, changed: Map<string, Recipient>, left: Set<string>): [List, number] {
	const known = new Set(list.rows.map((r) => r.id));
	const added = [...changed.values()].filter((r) => !known.has(r.id)).sort((a, b) => (a.accepted < b.accepted ? 1 : -1));
	const kept = list.rows.filter((r) => !left.has(r.id)).map((r) => changed.get(r.id) ?? r);
	return [{ ...list, rows: [...added, ...kept] }, added.length];
}

const shown = (): Promise<void> => (document.hidden ? new Promise((go) => document.addEventListener("visibilitychange", () => go(), { once: true })) : Promise.resolve());

export function useLive(on: boolean, filters: Query, list: List | null, set: (l: List) => void): string | null {
	const [stale, set_stale] = useState<string | null>(null);
	const current = useRef(list);
	current.current = list;
	const ready = list !== null;
	useEffect(() => {
		if (!on || !ready) return set_stale(null);
		let good = new Date().toISOString();
		const stop = new AbortController();
		const over = (): boolean => stop.signal.aborted;
		const wait = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));
		const put = (changed: Map<string, Recipient>, left: Set<string>): void => {
			if (over() || !current.current) return;
			const [next, added] = merged(current.current, changed, left);
			set(next);
			current.current = next;
			if (added) say(words().activity.new_rows(added));
			good = new Date().toISOString();
			set_stale(null);
		};
		/* False: it could not be read. */
		const look = async (): Promise<boolean> => {
			try {
				const page = await get<Page<Recipient>>("/v1/messages", { ...filters, limit: LIMIT }, stop.signal);
				if ((current.current?.rows.length ?? 0) > ROWS_MAX && !over()) set((current.current = { rows: page.data, next: page.next, partial: page.partial === true }));
				else put(new Map(page.data.map((r) => [r.id, r])), new Set());
				return true;
			} catch {
				if (!over()) set_stale(good);
				return false;
			}
		};
		let changed = new Map<string, Recipient>();
		let left = new Set<string>();
		let timer = 0;
		const flush = (): void => {
			timer = 0;
			if (changed.size + left.size) put(changed, left);
			changed = new Map();
			left = new Set();
			if ((current.current?.rows.length ?? 0) > ROWS_MAX) void look();
		};
		const heard = (e: ServerEvent): void => {
			if (e.event === "reset") return void look();
			const row = JSON.parse(e.data) as Recipient;
			changed.delete(row.id);
			left.delete(row.id);
			if (e.event === "left") left.add(row.id);
			else if (e.event === "message") changed.set(row.id, row);
			timer ||= window.setTimeout(flush, GATHER_MS);
		};
		const reader = new EventReader();
		/* False: there is no stream to be had. */
		const follow = async (): Promise<boolean> => {
			const hidden = new AbortController();
			const hide = (): void => void (document.hidden && hidden.abort());
			document.addEventListener("visibilitychange", hide);
			stop.signal.addEventListener("abort", () => hidden.abort(), { once: true });
			try {
				const body = await get_stream(path_of("/v1/messages/stream", filters), reader.id, hidden.signal);
				/* What happened between the list and the stream. */
				if (!reader.id) void look();
				else set_stale(null);
				await read_events(body, reader, heard);
				return true;
			} catch {
				return hidden.signal.aborted;
			} finally {
				document.removeEventListener("visibilitychange", hide);
			}
		};
		const live = async (): Promise<void> => {
			while (!over()) {
				await shown();
				if (over()) return;
				if (await follow()) {
					await wait(reader.retry_ms || 1000);
					continue;
				}
				/* A new stream begins where the list is then. */
				reader.id = "";
				for (const until = Date.now() + STREAM_AGAIN_MS; !over() && Date.now() < until; await wait(POLL_MS)) if (!document.hidden) await look();
			}
		};
		void live();
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [on, ready, chosen_account.value, JSON.stringify(filters)]);
	return stale;
}
