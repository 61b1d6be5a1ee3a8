/* What waits, where and why; of the account, or of the whole service for its people. */
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { get, path_of } from "../api";
import { number, words } from "../i18n";
import { chosen_account, is_platform, may } from "../session";
import type { Queue, QueueCounts, QueueFilters, QueueLane, QueueProvider } from "../types";
import { Badge, Empty, ErrorBox, Head, Note, Skeleton, Time, Wide } from "../ui/basics";
import { Input, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { type Deed, QueueAct, type Target } from "./queue_act";
import { QueueRows } from "./queue_rows";

const SHOWN = 20;
const FIELDS = ["provider", "domain", "sender", "to", "state", "stream", "older"] as const;

function Counts({ c }: { c: QueueCounts }): JSX.Element {
	const all = words();
	const w = all.queue;
	return (
		<div class="badges">
			<Badge tone={c.queued ? "info" : "plain"}>{w.waiting_n(c.queued)}</Badge>
			{c.active > 0 && <Badge tone="info">{w.active_n(c.active)}</Badge>}
			{c.held > 0 && <Badge tone="warn">{w.held_n(c.held)}</Badge>}
			{c.quarantined > 0 && <Badge tone="bad">{w.quarantined_n(c.quarantined)}</Badge>}
		</div>
	);
}

function Tile({ label, children }: { label: string; children: string }): JSX.Element {
	return (
		<div class="card stat">
			<div class="muted">{label}</div>
			<div class="value">{children}</div>
		</div>
	);
}

function Totals({ t }: { t: QueueCounts }): JSX.Element {
	const w = words().queue;
	return (
		<div class="grid tight">
			<Tile label={w.queued}>{number(t.queued)}</Tile>
			<Tile label={w.active}>{number(t.active)}</Tile>
			<Tile label={w.held}>{number(t.held)}</Tile>
			{t.quarantined > 0 && <Tile label={w.quarantined}>{number(t.quarantined)}</Tile>}
			{t.oldest && (
				<div class="card stat">
					<div class="muted">{w.oldest}</div>
					<strong><Time at={t.oldest} /></strong>
				</div>
			)}
		</div>
	);
}

function Door({ p }: { p: QueueProvider }): JSX.Element | null {
	const w = words().queue;
	const d = p.door;
	if (!d) return null;
	return (
		<>
			<dt>{w.connections}</dt>
			<dd>
				{w.connections_of(d.connections, d.connections_max)}, {d.rate === null ? w.no_rate : w.rate(d.rate)}
				{d.stuck && <> <Badge tone="bad">{w.stuck}</Badge></>}
			</dd>
			{d.resting_until && (
				<>
					<dt>{w.rests}</dt>
					<dd><Time at={d.resting_until} seconds /></dd>
				</>
			)}
		</>
	);
}

const may_hold = (): boolean => may("manage") || may("hold");

function Deeds({ c, act, what }: { c: QueueCounts; act: (deed: Deed) => void; what: string }): JSX.Element | null {
	const w = words().queue;
	const one = (deed: Deed, on: number): JSX.Element | null =>
		on ? <button type="button" key={deed} class={deed === "drop" ? "danger" : undefined} onClick={() => act(deed)}>{w.deeds[deed]}<span class="visually-hidden"> {what}</span></button> : null;
	if (!may_hold()) return null;
	return (
		<div class="actions wrap">
			{may("manage") && one("retry", c.queued)}
			{one("hold", c.queued)}
			{one("release", c.held + c.quarantined)}
			{may("manage") && one("drop", c.queued + c.held + c.quarantined)}
		</div>
	);
}

function Lanes({ p, act }: { p: QueueProvider; act: (deed: Deed, lane: QueueLane) => void }): JSX.Element {
	const all = words();
	const w = all.queue;
	return (
		<details class="more">
			<summary>{w.lanes(p.lanes.length)}</summary>
			<div>
				<Wide label={w.lanes_of(p.provider)}>
					<table>
						<thead>
							<tr>
								<th>{w.domain}</th>
								{is_platform() && <th>{all.shell.account}</th>}
								<th>{w.stream}</th>
								<th>{w.state}</th>
								<th>{w.oldest}</th>
								<th>{w.next}</th>
								{may_hold() && <th><span class="visually-hidden">{w.act}</span></th>}
							</tr>
						</thead>
						<tbody>
							{p.lanes.map((l) => (
								<tr key={`${l.account} ${l.domain} ${l.stream}`}>
									<td class="break">{l.domain}</td>
									{is_platform() && <td>{l.account ?? "–"}</td>}
									<td>{all.activity[l.stream]}</td>
									<td><Counts c={l} /></td>
									<td><Time at={l.oldest} /></td>
									<td>{l.next ? <Time at={l.next} /> : "–"}</td>
									{may_hold() && <td><Deeds c={l} act={(deed) => act(deed, l)} what={l.domain} /></td>}
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			</div>
		</details>
	);
}

function Provider({ p, filters, whole, act }: { p: QueueProvider; filters: QueueFilters; whole: boolean; act: (t: Target) => void }): JSX.Element {
	const all = words();
	const w = all.queue;
	const here = { ...filters, provider: p.provider };
	return (
		<section class="card" aria-label={p.provider}>
			<h3 class="break">{p.provider}</h3>
			<Counts c={p} />
			<br />
			<dl class="facts">
				<dt>{w.oldest}</dt>
				<dd><Time at={p.oldest} /></dd>
				<dt>{w.next}</dt>
				<dd>{p.due > 0 ? w.due_n(p.due) : p.next ? <Time at={p.next} seconds /> : "–"}</dd>
				<Door p={p} />
				<dt>{w.last_reply}</dt>
				<dd>
					{p.last_reply ? (
						<>
							<code>{p.last_reply.reply}</code> <span class="muted small">{all.states[p.last_reply.event]}, <Time at={p.last_reply.at} /></span>
						</>
					) : <span class="muted">{w.no_reply}</span>}
				</dd>
			</dl>
			<Deeds c={p} what={p.provider} act={(deed) => act({ title: p.provider, filters: here, more: { service: whole }, deed })} />
			<br />
			<Lanes
				p={p}
				act={(deed, l) => act({
					title: w.lane(l.domain, all.activity[l.stream], whole ? (l.account ?? "–") : ""),
					filters: { ...here, domain: l.domain, stream: l.stream },
					more: whole && l.account ? { account: l.account } : { service: whole },
					deed,
				})}
			/>
			<QueueRows filters={here} service={whole} label={w.recipients_of(p.provider)} />
		</section>
	);
}

function FilterForm({ filters, go }: { filters: QueueFilters; go: (f: QueueFilters) => void }): JSX.Element {
	const all = words();
	const w = all.queue;
	const [f, set_f] = useState(filters);
	const put = (name: keyof QueueFilters) => (value: string): void => set_f({ ...f, [name]: value });
	return (
		<details class="more" open={Object.values(filters).some(Boolean)}>
			<summary>{w.filters}</summary>
			<div>
				<form
					onSubmit={(e) => {
						e.preventDefault();
						go(f);
					}}
				>
					<div class="grid">
						<Input label={w.domain} value={f.domain ?? ""} set={put("domain")} />
						<Input label={w.sender} value={f.sender ?? ""} set={put("sender")} />
						<Input label={w.to} value={f.to ?? ""} set={put("to")} />
						<Input label={w.provider} value={f.provider ?? ""} set={put("provider")} />
						<Select label={w.state} value={f.state ?? ""} set={put("state")} options={[["", all.activity.any], ["queued", w.queued], ["active", w.active], ["held", w.held], ["quarantined", w.quarantined]]} />
						<Select label={w.stream} value={f.stream ?? ""} set={put("stream")} options={[["", all.activity.any], ["transactional", all.activity.transactional], ["broadcast", all.activity.broadcast], ["inbound", all.activity.inbound]]} />
						<Select label={w.older} value={f.older ?? ""} set={put("older")} options={[["", all.activity.any], ["30m", w.ages.m30], ["1h", w.ages.h1], ["4h", w.ages.h4], ["24h", w.ages.h24]]} />
					</div>
					<div class="actions">
						<button type="submit">{all.activity.apply}</button>
						<button type="button" onClick={() => go({})}>{all.activity.clear}</button>
					</div>
				</form>
			</div>
		</details>
	);
}

export default function QueueScreen(): JSX.Element {
	const all = words();
	const w = all.queue;
	const { query, route } = useLocation();
	const filters = Object.fromEntries(FIELDS.map((k) => [k, query[k] || undefined])) as QueueFilters;
	const whole = is_platform() && query["of"] !== "account";
	const list = useLoad((signal) => get<Queue>("/v1/queue", { ...filters, account: whole ? "*" : undefined }, signal, { service: whole }), JSON.stringify([filters, whole]));
	const [target, set_target] = useState<Target | null>(null);
	const [shown, show] = useState(SHOWN);
	const filtered = Object.values(filters).some(Boolean);
	const go = (f: QueueFilters, of = query["of"]): void => route(path_of("/console/queue", { ...f, of }));
	const q = list.data;
	const act = (deed: Deed): void => set_target({ title: filtered ? w.by_filters : whole ? w.all_service : w.all_account, filters, more: { service: whole }, deed });
	return (
		<>
			<Head title={w.title} intro={whole ? w.intro_service : w.intro}>
				{may("manage") && <button type="button" class="primary" disabled={!q?.totals.queued} onClick={() => act("retry")}>{w.deeds.retry}</button>}
				<button type="button" disabled={list.loading} onClick={list.reload}>{w.refresh}</button>
			</Head>
			{is_platform() && (
				<p class="seg" role="group" aria-label={w.whose}>
					<button type="button" aria-pressed={whole} onClick={() => go(filters, undefined)}>{w.whole}</button>
					<button type="button" aria-pressed={!whole} disabled={!chosen_account.value} onClick={() => go(filters, "account")}>{chosen_account.value || w.one}</button>
				</p>
			)}
			<FilterForm key={JSON.stringify(filters)} filters={filters} go={(f) => go(f)} />
			<ErrorBox error={list.error} retry={list.reload} />
			{!q && !list.error && <Skeleton />}
			{q && <Totals t={q.totals} />}
			{q && !q.data.length && <Empty text={filtered ? w.none_found : w.none} command="facteur queue list" />}
			{q && q.data.length > 0 && (
				<>
					<h2>{w.providers}</h2>
					{filtered && <Deeds c={q.totals} what={w.by_filters} act={act} />}
					{q.data.slice(0, shown).map((p) => <Provider key={p.provider} p={p} filters={filters} whole={whole} act={set_target} />)}
					{q.data.length > shown && <button type="button" onClick={() => show(shown + SHOWN)}>{all.common.more}</button>}
					{q.others > 0 && <Note tone="info">{w.others(q.others)}</Note>}
				</>
			)}
			{target && (
				<QueueAct
					target={target}
					close={() => set_target(null)}
					done={() => {
						set_target(null);
						list.reload();
					}}
				/>
			)}
		</>
	);
}
