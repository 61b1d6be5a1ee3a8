/* What a screen reads: again when its key changes or reload() is called; an answer that comes too late is dropped. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { chosen_account } from "../session";

export interface Loaded<T> {
	data: T | null;
	error: unknown;
	loading: boolean;
	reload: () => void;
	set: (next: T) => void;
}

export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, key: string): Loaded<T> {
	const [data, set_data] = useState<T | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const [loading, set_loading] = useState(true);
	const [turn, set_turn] = useState(0);
	const full_key = `${chosen_account.value} ${key}`;
	const shown_key = useRef(full_key);
	useEffect(() => {
		const stop = new AbortController();
		set_loading(true);
		if (shown_key.current !== full_key) {
			shown_key.current = full_key;
			set_data(null);
		}
		read(stop.signal).then(
			(d) => {
				if (stop.signal.aborted) return;
				set_data(d);
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
	const reload = useCallback(() => set_turn((t) => t + 1), []);
	return { data, error, loading, reload, set: set_data };
}
