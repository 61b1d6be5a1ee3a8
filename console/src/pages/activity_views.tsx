/* Filters kept under a name, for who is signed in: they are with the service, so that they are there on another machine. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, get, path_of } from "../api";
import { words } from "../i18n";
import { forget, remembered } from "../remember";
import { session } from "../session";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";

const VIEWS_MAX = 50;
const NAME_MAX = 64;
const PATH = "/v1/me/views";
const OWN = { service: true };

type Filters = Record<string, string>;
interface View {
	name: string;
	query: string;
}
interface List {
	data: View[];
}

const query_of = (filters: Filters): string => path_of("", filters).slice(1);

/* What another version kept may have filters that are none now. */
function filters_of(query: string, known: readonly string[]): Filters {
	return Object.fromEntries([...new URLSearchParams(query)].filter(([k, x]) => known.includes(k) && x));
}

/* Of what is there now, not of what this page saw: another one may have changed it. */
async function replace(to: (now: View[]) => View[]): Promise<List> {
	const { data } = await get<List>(PATH, {}, undefined, OWN);
	return ask<List>("PUT", PATH, { views: to(data) }, OWN);
}

/* Until they were with the service, views were in the browser: those are taken over once. */
const place = (): string => `views.${session.value?.user.id ?? ""}`;

function kept_here(): View[] {
	try {
		const list = JSON.parse(remembered(place()) ?? "[]") as unknown;
		if (!Array.isArray(list)) return [];
		return list
			.filter((v): v is { name: string; filters: Filters } => typeof v === "object" && v !== null && typeof v.name === "string" && v.name && typeof v.filters === "object" && v.filters !== null)
			.map((v) => ({ name: v.name, query: query_of(Object.fromEntries(Object.entries(v.filters).filter(([, x]) => typeof x === "string"))) }));
	} catch {
		return [];
	}
}

async function read(signal: AbortSignal): Promise<View[]> {
	const { data } = await get<List>(PATH, {}, signal, OWN);
	const here = kept_here().filter((v) => !data.some((d) => d.name === v.name));
	if (!here.length) return data;
	try {
		const taken = await replace((now) => [...now, ...here.filter((v) => !now.some((d) => d.name === v.name))].slice(0, VIEWS_MAX));
		forget(place());
		return taken.data;
	} catch {
		/* Another time: they are still here. */
		return data;
	}
}

function Save({ filters, views, change, close }: { filters: Filters; views: View[]; change: (to: (v: View[]) => View[]) => Promise<void>; close: () => void }): JSX.Element {
	const w = words();
	const [name, set_name] = useState("");
	const [wrong, set_wrong] = useState("");
	return (
		<Dialog title={w.activity.save_view} close={close}>
			<Form
				submit={async () => {
					const called = name.trim();
					const others = views.filter((v) => v.name !== called);
					const why = !called ? w.activity.view_needed : others.length >= VIEWS_MAX ? w.activity.views_full(VIEWS_MAX) : "";
					set_wrong(why);
					if (why) throw new Quiet();
					await change((now) => [...now.filter((v) => v.name !== called), { name: called, query: query_of(filters) }]);
					say(w.activity.view_saved);
					close();
				}}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>
							{w.common.cancel}
						</button>
						<button type="submit" class="primary" disabled={busy}>
							{w.activity.save_view}
						</button>
					</>
				)}
			>
				<Input label={w.activity.view_name} hint={w.activity.view_hint} value={name} set={set_name} wrong={wrong} maxLength={NAME_MAX} autofocus />
			</Form>
		</Dialog>
	);
}

export function Views({ filters, known }: { filters: Filters; known: readonly string[] }): JSX.Element | null {
	const w = words().activity;
	const list = useLoad(read, "views");
	const [saving, set_saving] = useState(false);
	const views = list.data ?? [];
	const change = async (to: (v: View[]) => View[]): Promise<void> => list.set((await replace(to)).data);
	const remove = (name: string): void => {
		change((now) => now.filter((v) => v.name !== name)).catch((e: unknown) => say(e instanceof Error ? e.message : String(e)));
	};
	const now = path_of("/console/activity", filters);
	const some = Object.keys(filters).length > 0;
	if (!views.length && !some) return null;
	return (
		<nav class="chips" aria-label={w.views}>
			{views.map((v) => {
				const to = path_of("/console/activity", filters_of(v.query, known));
				return (
					<span class="chip" key={v.name}>
						<a href={to} aria-current={to === now ? "page" : undefined}>
							{v.name}
						</a>
						<button type="button" aria-label={w.remove_view(v.name)} onClick={() => remove(v.name)}>
							×
						</button>
					</span>
				);
			})}
			{some && (
				<button type="button" class="link" onClick={() => set_saving(true)}>
					{w.save_view}
				</button>
			)}
			{saving && <Save filters={filters} views={views} change={change} close={() => set_saving(false)} />}
		</nav>
	);
}
