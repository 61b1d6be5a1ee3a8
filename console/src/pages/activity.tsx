/* Search. The filters are the query of the URL: a view can be kept and sent as a link. */
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { type Page, get, path_of } from "../api";
import { moment, words } from "../i18n";
import { session } from "../session";
import { STATES, type OwnStream, type Recipient } from "../types";
import { ErrorBox, Head, Note, Skeleton } from "../ui/basics";
import { Check, Input, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { LIMIT, type List, useLive } from "./activity_live";
import { Views } from "./activity_views";
import { MessageTable, kind_name } from "./message_table";

const FILTERS = ["to", "subject", "status", "since", "from", "provider", "tag", "stream", "template", "message_id"] as const;
type Filter = (typeof FILTERS)[number];
type Filters = Partial<Record<Filter, string>>;
const KINDS = ["transactional", "broadcast", "inbound"];
const MORE: readonly Filter[] = ["from", "provider", "tag", "stream", "template", "message_id"];

function filters_of(query: Record<string, string>): Filters {
	const out: Filters = {};
	for (const f of FILTERS) if (query[f]) out[f] = query[f];
	return out;
}

function label_of(f: Filter): string {
	const w = words().activity;
	const labels: Record<Filter, string> = {
		to: w.to, subject: w.subject, status: w.status, since: w.since, from: w.from, provider: w.provider, tag: w.tag,
		stream: w.stream, template: w.template, message_id: w.message_id,
	};
	return labels[f];
}

function shown(f: Filter, value: string): string {
	const w = words();
	if (f === "status") return value.split(",").map((s) => w.states[s as keyof typeof w.states] ?? s).join(", ");
	if (f === "since") return w.activity.times[value] ?? value;
	if (f === "stream") return kind_name(value);
	return value;
}

type Options = readonly (readonly [string, string])[];

/* A link may hold a value that the list does not offer: it stays the chosen one. */
function with_own(value: string | undefined, options: Options, text: (value: string) => string): Options {
	return !value || options.some(([v]) => v === value) ? options : [...options, [value, text(value)]];
}

function Chips({ filters, go }: { filters: Filters; go: (f: Filters) => void }): JSX.Element | null {
	const w = words().activity;
	const set = FILTERS.filter((f) => filters[f]);
	if (!set.length) return null;
	return (
		<div class="chips">
			{set.map((f) => (
				<span class="chip" key={f}>
					<span>{words().common.pair(label_of(f), shown(f, filters[f] ?? ""))}</span>
					<button type="button" aria-label={w.remove_filter(label_of(f))} onClick={() => go({ ...filters, [f]: undefined })}>
						×
					</button>
				</span>
			))}
			<button type="button" class="link" onClick={() => go({})}>
				{w.clear}
			</button>
		</div>
	);
}

function FilterForm({ filters, go }: { filters: Filters; go: (f: Filters) => void }): JSX.Element {
	const w = words();
	const a = w.activity;
	const [next, set_next] = useState<Filters>(filters);
	const key = JSON.stringify(filters);
	useEffect(() => set_next(filters), [key]);
	/* Archived ones too: their mail is still there. Without them the filter has the three kinds. */
	const own = useLoad((signal) => get<Page<OwnStream>>("/v1/streams", { archived: true }, signal), "streams");
	const streams: Options = [["", a.any], ...KINDS.map((k) => [k, kind_name(k)] as const), ...(own.data?.data ?? []).map((s) => [s.stream, s.name || s.stream] as const)];
	const put = (f: Filter) => (value: string): void => set_next({ ...next, [f]: value });
	const now = (f: Filter) => (value: string): void => go({ ...next, [f]: value });
	const text = (f: Filter): JSX.Element => <Input key={f} label={label_of(f)} value={next[f] ?? ""} set={put(f)} />;
	return (
		<form
			class="card"
			onSubmit={(e) => {
				e.preventDefault();
				go(next);
			}}
		>
			<div class="row">
				{text("to")}
				{text("subject")}
				<Select label={a.status} value={next.status ?? ""} set={now("status")} options={with_own(next.status, [["", a.any], ...STATES.map((s) => [s, w.states[s]] as const)], (v) => shown("status", v))} />
				<Select label={a.since} value={next.since ?? ""} set={now("since")} options={with_own(next.since, Object.entries(a.times), (v) => v)} />
			</div>
			<details class="field" open={MORE.some((f) => filters[f])}>
				<summary>{a.more_filters}</summary>
				<div class="row">
					{MORE.filter((f) => f !== "stream").map(text)}
					<Select label={a.stream} value={next.stream ?? ""} set={now("stream")} options={with_own(next.stream, streams, kind_name)} />
				</div>
			</details>
			<div class="actions">
				<button type="submit" class="primary">
					{a.apply}
				</button>
			</div>
		</form>
	);
}

export default function Activity(): JSX.Element {
	const w = words();
	const { query, route } = useLocation();
	const filters = filters_of(query);
	const live = query["live"] === "1";
	const go = (f: Filters, on = live): void => route(path_of("/console/activity", { ...f, live: on ? 1 : undefined }));
	const list = useLoad<List>(async (signal) => {
		const page = await get<Page<Recipient>>("/v1/messages", { ...filters, limit: LIMIT }, signal);
		return { rows: page.data, next: page.next, partial: page.partial === true };
	}, JSON.stringify(filters));
	const stale = useLive(live, filters, list.data, list.set);
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const more = async (): Promise<void> => {
		const was = list.data;
		if (!was?.next) return;
		set_busy(true);
		set_error(null);
		try {
			const page = await get<Page<Recipient>>("/v1/messages", { ...filters, limit: LIMIT, cursor: was.next });
			list.set({ rows: [...was.rows, ...page.data], next: page.next, partial: page.partial === true });
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	return (
		<>
			<Head title={w.activity.title}>
				<Check checked={live} set={(on) => go(filters, on)}>
					<span title={w.activity.live_on}>{w.activity.live}</span>
				</Check>
			</Head>
			<FilterForm filters={filters} go={go} />
			<Chips filters={filters} go={go} />
			<Views key={session.value?.user.id} filters={filters as Record<string, string>} known={FILTERS} />
			{stale && <Note tone="warn">{w.errors.stale(moment(stale, true))}</Note>}
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && <MessageTable rows={list.data.rows} label={w.activity.table} filtered={Object.keys(filters).length > 0} />}
			{list.data?.partial && <Note tone="warn">{w.common.partial}</Note>}
			<ErrorBox error={error} />
			{list.data?.next && (
				<button type="button" disabled={busy} onClick={() => void more()}>
					{w.common.more}
				</button>
			)}
		</>
	);
}
