/* For people of the service: all accounts, a new one, suspending and restoring. */
import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { words } from "../i18n";
import { choose_account, load_session, may } from "../session";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm, Dialog } from "../ui/dialog";
import { Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";

interface Account {
	account: string;
	id: number;
	state: "ok" | "suspended";
	created: string;
}

function Add({ close, done }: { close: () => void; done: () => void }): JSX.Element {
	const all = words();
	const w = all.accounts;
	const [name, set_name] = useState("");
	const [wrong, set_wrong] = useState("");
	return (
		<Dialog title={w.add} close={close}>
			<Form
				submit={async () => {
					set_wrong(name.trim() ? "" : w.name_needed);
					if (!name.trim()) throw new Quiet();
					await ask("POST", "/v1/accounts", { account: name.trim() });
					await load_session();
					choose_account(name.trim());
					say(w.added);
					done();
				}}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.add}</button>
					</>
				)}
			>
				<Input label={w.name} hint={w.name_hint} value={name} set={set_name} wrong={wrong} autofocus />
			</Form>
		</Dialog>
	);
}

type Doing = { what: "add" } | { what: "suspend" | "restore"; account: string } | null;

export default function Accounts(): JSX.Element {
	const w = words().accounts;
	const { route } = useLocation();
	const list = useLoad((signal) => get<Page<Account>>("/v1/accounts", {}, signal), "accounts");
	const [doing, set_doing] = useState<Doing>(null);
	const close = (): void => set_doing(null);
	const rows = list.data?.data ?? [];
	const open = (name: string): void => {
		choose_account(name);
		route("/console/activity");
	};
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("operate") && <button type="button" class="primary" onClick={() => set_doing({ what: "add" })}>{w.add}</button>}
			</Head>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} command="facteur accounts add NAME" />}
			{rows.length > 0 && (
				<Wide label={w.title}>
					<table>
						<thead>
							<tr>
								<th>{w.name}</th>
								<th>{w.state}</th>
								<th>{w.created}</th>
								<th><span class="visually-hidden">{w.suspend}</span></th>
							</tr>
						</thead>
						<tbody>
							{rows.map((a) => (
								<tr key={a.id}>
									<td class="break"><button type="button" class="link" onClick={() => open(a.account)}>{a.account}</button></td>
									<td>{a.state === "ok" ? <Badge tone="ok">{w.ok}</Badge> : <Badge tone="bad">{w.suspended}</Badge>}</td>
									<td><Time at={a.created} /></td>
									<td>
										{a.state === "ok"
											? <button type="button" class="danger" onClick={() => set_doing({ what: "suspend", account: a.account })}>{w.suspend}<span class="visually-hidden"> {a.account}</span></button>
											: <button type="button" onClick={() => set_doing({ what: "restore", account: a.account })}>{w.restore}<span class="visually-hidden"> {a.account}</span></button>}
									</td>
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			)}
			{doing?.what === "add" && <Add close={close} done={() => { close(); list.reload(); }} />}
			{(doing?.what === "suspend" || doing?.what === "restore") && (
				<Confirm title={w[doing.what]} verb={w[doing.what]} typed={doing.what === "suspend" ? doing.account : undefined} close={close} act={async () => {
					await ask("POST", `/v1/accounts/${part(doing.account)}/${doing.what}`);
					say(doing.what === "suspend" ? w.suspended_now : w.restored_now);
					list.reload();
				}}>
					<p>{doing.what === "suspend" ? w.suspend_ask(doing.account) : w.restore_ask(doing.account)}</p>
				</Confirm>
			)}
		</>
	);
}
