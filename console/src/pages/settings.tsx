import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, get } from "../api";
import { words } from "../i18n";
import type { Domain, NewKey } from "../types";
import { Copy, Wide } from "../ui/basics";
import { useLoad } from "../ui/load";
import { Tabs } from "../ui/tabs";
import { CLIENTS, port_tests } from "./clients";

const PORTS = [["587", "STARTTLS", "p587"], ["465", "TLS", "p465"], ["2525", "STARTTLS", "p2525"], ["25", "STARTTLS", "p25"]] as const;

function Ports({ host }: { host: string }): JSX.Element {
	const w = words().keys;
	return (
		<section class="card">
			<h2>{w.ports}</h2>
			<Wide label={w.ports}>
				<table>
					<thead>
						<tr>
							<th>{w.port}</th>
							<th>{w.encryption}</th>
							<th>{w.choose}</th>
						</tr>
					</thead>
					<tbody>
						{PORTS.map(([port, how, why]) => (
							<tr key={port}>
								<td class="mono">{port}</td>
								<td>{how}</td>
								<td>{w.port_why[why]}</td>
							</tr>
						))}
					</tbody>
				</table>
			</Wide>
			<p class="small muted">{w.port_note}</p>
			<h3>{w.test_ports}</h3>
			<div class="copyline">
				<pre tabIndex={0} role="group" aria-label={w.test_ports}>{port_tests(host)}</pre>
				<Copy text={port_tests(host)} label={w.test_ports} />
			</div>
		</section>
	);
}

/* fresh: the key made on this page, whose secret is known for as long as it stays open. */
export function Settings({ fresh }: { fresh: NewKey | null }): JSX.Element {
	const w = words().keys;
	const names = CLIENTS.map(([n]) => [n, n] as const);
	const [client, set_client] = useState<string>(CLIENTS[0]?.[0] ?? "");
	const domains = useLoad((signal) => get<Page<Domain>>("/v1/domains", { limit: 50 }, signal), "settings");
	const own = domains.data?.data.find((d) => d.verified)?.domain ?? "shop.example";
	const text = CLIENTS.find(([n]) => n === client)?.[1]({
		host: location.hostname, origin: location.origin, from: `hello@${own}`,
		user: fresh?.smtp.user ?? "YOUR_KEY", password: fresh?.smtp.password ?? "YOUR_SECRET",
	}) ?? "";
	return (
		<>
			<section class="card">
				<h2>{w.settings}</h2>
				<p class="muted">{fresh ? w.settings_filled : w.settings_intro}</p>
				<Tabs label={w.client} tabs={names} chosen={client} choose={set_client}>
					<div class="copyline">
						<pre tabIndex={0} role="group" aria-label={client}>{text}</pre>
						<Copy text={text} label={client} />
					</div>
				</Tabs>
			</section>
			<Ports host={location.hostname} />
		</>
	);
}
