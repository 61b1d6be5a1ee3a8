/* Hold, release, retry, drop: counted first, told with the number, done only when about so many are there. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api";
import { moment, number, words } from "../i18n";
import type { QueueChanged, QueueFilters } from "../types";
import { ErrorBox } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form } from "../ui/form";
import { say } from "../ui/toast";

export type Deed = "retry" | "hold" | "release" | "drop";
/* What is dropped in a number is dropped by a slip. */
const TYPED_FROM = 100;

export interface Target {
	title: string; /* what is touched: a provider, a lane, what the filters say */
	filters: QueueFilters;
	more: { service?: boolean; account?: string };
	deed: Deed;
}

function body_of(t: Target): Record<string, unknown> {
	const given = Object.fromEntries(Object.entries(t.filters).filter(([, v]) => v));
	return Object.keys(given).length ? given : { all: true };
}

export function path_of_deed(t: Target): string {
	return `/v1/queue/${t.deed}${t.more.service ? "?account=*" : ""}`;
}

export function QueueAct({ target, close, done }: { target: Target; close: () => void; done: () => void }): JSX.Element {
	const all = words();
	const w = all.queue;
	const deed = target.deed;
	const [counted, set_counted] = useState<QueueChanged | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const [typed, set_typed] = useState("");
	const count = (signal?: AbortSignal): void => {
		set_counted(null);
		set_error(null);
		ask<QueueChanged>("POST", path_of_deed(target), { ...body_of(target), count_only: true }, { signal, ...target.more }).then(set_counted, (e: unknown) => {
			if (!signal?.aborted) set_error(e);
		});
	};
	useEffect(() => {
		const stop = new AbortController();
		count(stop.signal);
		return () => stop.abort();
	}, []);
	const n = counted?.count ?? 0;
	const must_type = deed === "drop" && n >= TYPED_FROM;
	const submit = async (): Promise<void> => {
		try {
			const said = await ask<QueueChanged>("POST", path_of_deed(target), { ...body_of(target), expect: n }, target.more);
			say(w.done[deed](said.changed ?? 0));
			done();
		} catch (e) {
			/* There are more by now: the new number is told, and asked about. */
			if (e instanceof ApiError && e.status === 409) {
				set_typed("");
				count();
			}
			throw e;
		}
	};
	return (
		<Dialog title={w.deeds[deed]} close={close}>
			<ErrorBox error={error} retry={() => count()} />
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class={deed === "drop" || deed === "hold" ? "danger" : "primary"} disabled={busy || !n || (must_type && typed.replace(/\D/g, "") !== String(n))}>
							{counted ? w.verbs[deed](n) : w.deeds[deed]}
						</button>
					</>
				)}
			>
				<p class="break"><strong>{target.title}</strong></p>
				<p>{w.means[deed]}</p>
				<div role="status">
					{!counted && !error && <p class="muted">{w.counting}</p>}
					{counted && (
						<p>
							{n ? w.counted(n) : w.counted_none}{" "}
							{counted.oldest && w.oldest_of(moment(counted.oldest))}{" "}
							{counted.skipped > 0 && <span class="muted">{w.skipped(counted.skipped)}</span>}
						</p>
					)}
				</div>
				{must_type && (
					<label class="field">
						<span class="label">{all.common.type_to_confirm(number(n))}</span>
						<input value={typed} inputMode="numeric" autocomplete="off" onInput={(e) => set_typed(e.currentTarget.value)} />
					</label>
				)}
			</Form>
		</Dialog>
	);
}
