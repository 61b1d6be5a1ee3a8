import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { moment, number, words } from "../i18n";
import { may } from "../session";
import type { EventName, Webhook } from "../types";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Check, Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { keep_secret } from "./webhook_secret";

export const EVENTS: readonly EventName[] = ["accepted", "delivered", "deferred", "bounced", "expired", "suppressed", "in_doubt", "held",
	"released", "cancelled", "quarantined", "retried", "returned", "opened", "clicked", "unsubscribed", "complained"];

export function WebhookBadge({ h }: { h: Webhook }): JSX.Element {
	const tone = h.state === "dead" ? "bad" : h.state === "off" ? "plain" : h.failures > 0 ? "warn" : "ok";
	return <Badge tone={tone}>{words().webhooks.states[h.state] ?? h.state}</Badge>;
}

export function Failing({ h }: { h: Webhook }): JSX.Element | null {
	const w = words().webhooks;
	if (!h.failing_since) return null;
	return <div class="small">{w.failing(moment(h.failing_since), number(h.failures))}</div>;
}

function Add({ close }: { close: () => void }): JSX.Element {
	const all = words();
	const w = all.webhooks;
	const { route } = useLocation();
	const [url, set_url] = useState("");
	const [label, set_label] = useState("");
	const [format, set_format] = useState("native");
	const [every, set_every] = useState(true);
	const [events, set_events] = useState<string[]>(["delivered", "bounced", "complained"]);
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		const ok = /^https?:\/\/\S+$/.test(url.trim());
		set_wrong(ok ? "" : w.url_needed);
		if (!ok) throw new Quiet();
		const made = await ask<Webhook>("POST", "/v1/webhooks", { url: url.trim(), label: label || undefined, format, events: every ? undefined : events });
		if (made.secret) keep_secret(made.id, made.secret);
		route(`/console/webhooks/${made.id}`);
	};
	return (
		<Dialog title={w.add} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.add}</button>
					</>
				)}
			>
				<Input label={w.url} hint={w.url_hint} type="url" value={url} set={set_url} wrong={wrong} mono autofocus />
				<Input label={w.label} value={label} set={set_label} />
				<Select label={w.format} value={format} set={set_format} options={Object.entries(w.formats)} />
				<fieldset>
					<legend>{w.events}</legend>
					<Check checked={every} set={set_every}>{w.all_events}</Check>
					{!every && EVENTS.map((e) => (
						<Check key={e} checked={events.includes(e)} set={(on) => set_events(on ? [...events, e] : events.filter((x) => x !== e))}>
							{all.events[e]} <code>{e}</code>
						</Check>
					))}
				</fieldset>
			</Form>
		</Dialog>
	);
}

export default function Webhooks(): JSX.Element {
	const w = words().webhooks;
	const list = useLoad((signal) => get<Page<Webhook>>("/v1/webhooks", {}, signal), "webhooks");
	const [adding, set_adding] = useState(false);
	const rows = list.data?.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("manage") && <button type="button" class="primary" onClick={() => set_adding(true)}>{w.add}</button>}
			</Head>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} command="facteur webhooks add https://shop.example/facteur --account NAME" />}
			{rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{w.url}</th>
								<th>{w.label}</th>
								<th>{w.state}</th>
								<th>{w.format}</th>
								<th>{w.upto}</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((h) => (
								<tr key={h.id}>
									<td><a class="break" href={`/console/webhooks/${part(h.id)}`}>{h.url}</a></td>
									<td class="break">{h.label || "–"}</td>
									<td><WebhookBadge h={h} /><Failing h={h} /></td>
									<td>{w.formats[h.format] ?? h.format}</td>
									<td><Time at={h.position} /></td>
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			)}
			{adding && <Add close={() => set_adding(false)} />}
		</>
	);
}
