/* Settings of programs with the port that was chosen, and how to find out which ports get through. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, get } from "../api";
import { language, words } from "../i18n";
import { may, session } from "../session";
import type { Domain, Finding, NewKey } from "../types";
import { Badge, Copy, ErrorBox, type Tone, Wide } from "../ui/basics";
import { Help } from "../ui/help";
import { useLoad } from "../ui/load";
import { Tabs } from "../ui/tabs";
import { CLIENTS, type Port, all_ports_test, port_test, ports_of } from "./clients";

function Line({ text, label }: { text: string; label: string }): JSX.Element {
	return (
		<div class="copyline">
			<pre tabIndex={0} role="group" aria-label={label}>{text}</pre>
			<Copy text={text} label={label} />
		</div>
	);
}

const TONES: Record<Finding["state"], Tone> = { ok: "ok", warn: "warn", fail: "bad", unknown: "plain" };

/* What the service sees of its own ports; a program may still stand behind a wall that lets none through. */
function useSeen(ports: Port[]): { of: (port: Port) => Finding | undefined; others: Finding[]; look: () => void; busy: boolean; error: unknown } {
	const [rows, set_rows] = useState<Finding[]>([]);
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const look = async (): Promise<void> => {
		set_busy(true);
		set_error(null);
		try {
			set_rows((await get<{ checks: Finding[] }>("/v1/doctor", { only: "port" })).checks);
		} catch (e) {
			set_error(e);
		} finally {
			set_busy(false);
		}
	};
	const others = rows.filter((f) => !ports.some((p) => p.number === f.subject));
	return { of: (port) => rows.find((f) => f.subject === port.number), others, look: () => void look(), busy, error };
}

function Ports({ host, ports, port, choose }: { host: string; ports: Port[]; port: Port; choose: (p: Port) => void }): JSX.Element {
	const w = words().keys;
	const seen = useSeen(ports);
	return (
		<section class="card">
			<h2>{w.ports}</h2>
			<p class="muted">{w.ports_intro}</p>
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
						{ports.map((p) => {
							const found = seen.of(p);
							return (
								<tr key={p.number}>
									<td>
										<label class="nowrap mono">
											<input type="radio" name="port" checked={p.number === port.number} onChange={() => choose(p)} /> {p.number}
										</label>
									</td>
									<td>{p.encryption}</td>
									<td>
										{p.encryption === "–" ? w.port_plain : (w.port_why[`p${p.number}`] ?? w.port_other)}
										{found && (
											<div class="small">
												<Badge tone={TONES[found.state]}>{found.found}</Badge> {found.todo}
											</div>
										)}
									</td>
								</tr>
							);
						})}
					</tbody>
				</table>
			</Wide>
			<p class="small muted">{w.port_note} <Help topic="doctor-port" about={w.ports} /></p>
			<h3>{w.test_port(port.number)}</h3>
			<p class="small muted">{w.test_port_why}</p>
			<Line text={port_test(host, port)} label={w.test_port(port.number)} />
			<h3>{w.test_ports}</h3>
			<Line text={all_ports_test(host)} label={w.test_ports} />
			{may("operate") && (
				<button type="button" disabled={seen.busy} onClick={seen.look}>
					{w.ask_server}
				</button>
			)}
			<ErrorBox error={seen.error} />
			{seen.others.map((f) => (
				<p key={f.subject} class="small">
					<Badge tone={TONES[f.state]}>{f.found}</Badge> {f.todo}
				</p>
			))}
		</section>
	);
}

/* fresh: the key made on this page, whose secret is known for as long as it stays open. */
export function Settings({ fresh }: { fresh: NewKey | null }): JSX.Element {
	const w = words().keys;
	const names = CLIENTS.map(([n]) => [n, n] as const);
	const [client, set_client] = useState<string>(CLIENTS[0]?.[0] ?? "");
	const ports = ports_of(session.value?.submission ?? { starttls: [], tls: [], plain: [] });
	const [chosen, set_chosen] = useState("");
	const port = ports.find((p) => p.number === chosen) ?? ports[0] ?? { number: "587", encryption: "STARTTLS" };
	const domains = useLoad((signal) => get<Page<Domain>>("/v1/domains", { limit: 50 }, signal), "settings");
	const own = domains.data?.data.find((d) => d.verified)?.domain ?? "shop.example";
	const text = CLIENTS.find(([n]) => n === client)?.[1]({
		host: location.hostname, port: Number(port.number), tls: port.encryption === "TLS", none: port.encryption === "–", origin: location.origin, from: `hello@${own}`,
		user: fresh?.smtp.user ?? "YOUR_KEY", password: fresh?.smtp.password ?? "YOUR_SECRET", french: language.value === "fr",
	}) ?? "";
	return (
		<>
			<section class="card">
				<h2>{w.settings}</h2>
				<p class="muted">{fresh ? w.settings_filled : w.settings_intro} {w.settings_port(port.number)}</p>
				<Tabs label={w.client} tabs={names} chosen={client} choose={set_client}>
					<Line text={text} label={client} />
				</Tabs>
			</section>
			<Ports host={location.hostname} ports={ports} port={port} choose={(p) => set_chosen(p.number)} />
		</>
	);
}
