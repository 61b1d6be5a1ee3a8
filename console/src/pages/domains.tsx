import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { words } from "../i18n";
import { may } from "../session";
import type { Domain } from "../types";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";

export function DomainBadge({ state }: { state: Domain["state"] }): JSX.Element {
	const tone = state === "verified" ? "ok" : state === "warning" ? "warn" : "info";
	return <Badge tone={tone}>{words().domains.states[state] ?? state}</Badge>;
}

function Add({ close }: { close: () => void }): JSX.Element {
	const w = words();
	const { route } = useLocation();
	const [name, set_name] = useState("");
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		const domain = name.trim().replace(/^.*@/, "");
		set_wrong(domain.includes(".") ? "" : w.domains.name_needed);
		if (!domain.includes(".")) throw new Quiet();
		const made = await ask<Domain>("POST", "/v1/domains", { domain });
		route(`/console/domains/${part(made.domain)}`);
	};
	return (
		<Dialog title={w.domains.add} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{w.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.domains.add}</button>
					</>
				)}
			>
				<Input label={w.domains.name} hint={w.domains.name_hint} value={name} set={set_name} wrong={wrong} placeholder="shop.example" autofocus />
			</Form>
		</Dialog>
	);
}

export default function Domains(): JSX.Element {
	const w = words().domains;
	const list = useLoad((signal) => get<Page<Domain>>("/v1/domains", {}, signal), "domains");
	const [adding, set_adding] = useState(false);
	const rows = list.data?.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("manage") && <button type="button" class="primary" onClick={() => set_adding(true)}>{w.add}</button>}
			</Head>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} command="facteur domains add shop.example --account NAME" />}
			{rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{w.name}</th>
								<th>{w.state}</th>
								<th>{w.since}</th>
								<th>{w.checked}</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((d) => (
								<tr key={d.domain}>
									<td><a href={`/console/domains/${part(d.domain)}`}>{d.domain}</a></td>
									<td><DomainBadge state={d.state} /></td>
									<td><Time at={d.since} /></td>
									<td><Time at={d.checked_at} /></td>
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
