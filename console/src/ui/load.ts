/* What a screen reads: again when its key changes or reload() is called; an answer that comes too late is dropped. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api";
import { chosen_account, session_turn } from "../session";

export interface Loaded<T> {
	data: T | null;
	error: unknown;
	loading: boolean;
	reload: () => void;
	set: (next: T) => void;
}

export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, key: string): Loaded<T> {
	const [held, hold] = useState<{ key: string; data: T } | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const [loading, set_loading] = useState(true);
	const [turn, set_turn] = useState(0);
	const full_key = `${chosen_account.value} ${key}`;
	const now = useRef(full_key);
	now.current = full_key;
	/* What another filter or account answered is nothing here, however late it comes. */
	const set = (data: T): void => {
		if (now.current === full_key) hold({ key: full_key, data });
	};
	useEffect(() => {
		const stop = new AbortController();
		set_loading(true);
		read(stop.signal).then(
			(d) => {
				if (stop.signal.aborted) return;
				set(d);
				set_error(null);
				set_loading(false);
			},
			(e: unknown) => {
				if (stop.signal.aborted) return;
				set_error(e);
				set_loading(false);
			},
		);
		return () => stop.abort();
		/* read is made anew at each render; its key tells when it differs. */
	}, [full_key, turn]);
	useEffect(() => {
		if (error instanceof ApiError && error.status === 401) set_turn((t) => t + 1);
	}, [session_turn.value]);
	const reload = useCallback(() => set_turn((t) => t + 1), []);
	return { data: held?.key === full_key ? held.data : null, error, loading, reload, set };
}
