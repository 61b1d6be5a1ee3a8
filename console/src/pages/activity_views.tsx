/* Filters kept under a name, in this browser, for who is signed in: the server has no place for what a person likes. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { path_of } from "../api";
import { words } from "../i18n";
import { remember, remembered } from "../remember";
import { session } from "../session";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { say } from "../ui/toast";

const VIEWS_MAX = 20;
const NAME_MAX = 60;

interface View {
	name: string;
	filters: Record<string, string>;
}

const place = (): string => `views.${session.value?.user.id ?? ""}`;

/* What a browser keeps may be of another version, or somebody's doing. */
function read(known: readonly string[]): View[] {
	try {
		const list = JSON.parse(remembered(place()) ?? "[]") as unknown;
		if (!Array.isArray(list)) return [];
		return list
			.filter((v): v is View => typeof v === "object" && v !== null && typeof v.name === "string" && typeof v.filters === "object" && v.filters !== null)
			.map((v) => ({ name: v.name, filters: Object.fromEntries(Object.entries(v.filters).filter(([k, x]) => known.includes(k) && typeof x === "string")) }))
			.slice(0, VIEWS_MAX);
	} catch {
		return [];
	}
}

function Save({ filters, views, set, close }: { filters: Record<string, string>; views: View[]; set: (v: View[]) => void; close: () => void }): JSX.Element {
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
					set([...others, { name: called, filters }]);
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

export function Views({ filters, known }: { filters: Record<string, string>; known: readonly string[] }): JSX.Element | null {
	const w = words().activity;
	const [views, set_views] = useState(() => read(known));
	const [saving, set_saving] = useState(false);
	const set = (next: View[]): void => {
		set_views(next);
		remember(place(), JSON.stringify(next));
	};
	const now = path_of("/console/activity", filters);
	const some = Object.keys(filters).length > 0;
	if (!views.length && !some) return null;
	return (
		<nav class="chips" aria-label={w.views}>
			{views.map((v) => {
				const to = path_of("/console/activity", v.filters);
				return (
					<span class="chip" key={v.name}>
						<a href={to} aria-current={to === now ? "page" : undefined}>
							{v.name}
						</a>
						<button type="button" aria-label={w.remove_view(v.name)} onClick={() => set(views.filter((x) => x.name !== v.name))}>
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
			{saving && <Save filters={filters} views={views} set={set} close={() => set_saving(false)} />}
		</nav>
	);
}
