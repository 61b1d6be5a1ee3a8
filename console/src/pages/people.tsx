/* Who may sign in. A new link is shown once and handed over by who made it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { language, words } from "../i18n";
import { chosen_account, is_platform, may, must_say_why, session } from "../session";
import type { User } from "../types";
import { Badge, CopyLine, Empty, ErrorBox, Head, Note, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm, Dialog } from "../ui/dialog";
import { Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { useReason } from "../ui/reason";
import { say } from "../ui/toast";

const ROLES = ["viewer", "marketer", "developer", "owner"];
const ROLES_OF_SERVICE = ["operator", "abuse_officer", "owner"];

/* Owners of the service are made and changed by owners of it. */
function roles_of(service: boolean): string[] {
	return service ? ROLES_OF_SERVICE.filter((r) => r !== "owner" || session.value?.user.role === "owner") : ROLES;
}

function may_do(r: string, service: boolean): string {
	const w = words().people;
	return (service && r === "owner" ? w.may_all : w.may[r]) ?? "";
}

function Invite({ service, close, made }: { service: boolean; close: () => void; made: (link: string) => void }): JSX.Element {
	const all = words();
	const w = all.people;
	const [email, set_email] = useState("");
	const [name, set_name] = useState("");
	const [role, set_role] = useState(service ? "operator" : "developer");
	const [lang, set_lang] = useState<string>(language.value);
	const [wrong, set_wrong] = useState("");
	const why = useReason(all.common.why, must_say_why() && !service);
	const submit = async (): Promise<void> => {
		set_wrong(email.includes("@") ? "" : all.sign_in.email_needed);
		if (!email.includes("@")) throw new Quiet();
		made((await ask<User>("POST", "/v1/users", { email: email.trim(), name: name.trim() || undefined, role, language: lang }, { service, reason: why.take() })).link ?? "");
	};
	return (
		<Dialog title={w.invite} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.invite}</button>
					</>
				)}
			>
				<Input label={w.email} type="email" value={email} set={set_email} wrong={wrong} autofocus />
				<Input label={w.name} value={name} set={set_name} />
				<Select label={w.role} value={role} set={set_role} options={roles_of(service).map((r) => [r, `${w.roles[r]} (${may_do(r, service)})`] as const)} />
				<Select label={w.language} value={lang} set={set_lang} options={[["en", "English"], ["fr", "Français"]]} />
				{why.field}
			</Form>
		</Dialog>
	);
}

function NewLink({ u, service, close, made }: { u: User; service: boolean; close: () => void; made: (link: string) => void }): JSX.Element {
	const w = words();
	const why = useReason(w.common.why, must_say_why() && !service);
	return (
		<Confirm title={w.people.new_link} verb={w.people.new_link} close={close} act={async () => made((await ask<{ link: string }>("POST", `/v1/users/${part(u.id)}/link`, {}, { service, reason: why.take() })).link)}>
			<p>{w.people.new_link_ask(u.email)}</p>
			{why.field}
		</Confirm>
	);
}

/* The way back of who lost the phone. */
function TotpOff({ u, service, close, done }: { u: User; service: boolean; close: () => void; done: () => void }): JSX.Element {
	const w = words();
	const why = useReason(w.common.why, must_say_why() && !service);
	return (
		<Confirm title={w.people.totp_off} verb={w.people.totp_off} close={close} act={async () => {
			await ask("DELETE", `/v1/users/${part(u.id)}/totp`, undefined, { service, reason: why.take() });
			done();
		}}>
			<p>{w.people.totp_ask(u.email)}</p>
			{why.field}
		</Confirm>
	);
}

interface RowProps {
	u: User;
	service: boolean;
	act: (what: Doing) => void;
	change: (u: User, to: object) => void;
}

function Row({ u, service, act, change }: RowProps): JSX.Element {
	const w = words().people;
	const own = u.email === session.value?.user.email || !may("people") || (service && u.role === "owner" && session.value?.user.role !== "owner");
	const whom = <span class="visually-hidden"> {u.email}</span>;
	return (
		<tr>
			<td class="break">{u.name && <div>{u.name}</div>}<span class="muted">{u.email}</span></td>
			<td>
				{own ? w.roles[u.role] ?? u.role : (
					<select aria-label={`${w.role} ${u.email}`} value={u.role} onChange={(e) => change(u, { role: e.currentTarget.value })}>
						{[...new Set([...roles_of(service), u.role])].map((r) => <option key={r} value={r} selected={r === u.role}>{w.roles[r] ?? r}</option>)}
					</select>
				)}
			</td>
			<td>{!u.enabled ? <Badge tone="plain">{w.off}</Badge> : u.pending ? <Badge tone="info">{w.pending}</Badge> : <Badge tone="ok">{w.on}</Badge>}{u.totp && <> <Badge tone="plain">{w.totp}</Badge></>}</td>
			<td><Time at={u.last_seen} /></td>
			<td>
				{!own && (
					<span class="actions">
						<button type="button" onClick={() => act({ what: "link", user: u })}>{w.new_link}{whom}</button>
						{u.totp && <button type="button" onClick={() => act({ what: "totp", user: u })}>{w.totp_off}{whom}</button>}
						<button type="button" onClick={() => change(u, { enabled: !u.enabled })}>{u.enabled ? w.switch_off : w.switch_on}{whom}</button>
						<button type="button" class="danger" onClick={() => act({ what: "remove", user: u })}>{w.remove}{whom}</button>
					</span>
				)}
			</td>
		</tr>
	);
}

type Doing = { what: "link" | "remove" | "totp"; user: User } | { what: "invite" } | null;

export default function People(): JSX.Element {
	const w = words().people;
	const [chosen, choose] = useState(false);
	const service = is_platform() && (chosen || !chosen_account.value);
	/* Without an account the list has everybody. */
	const list = useLoad(async (signal) => {
		const all: User[] = [];
		for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
			const page = await get<Page<User>>("/v1/users", { cursor }, signal, { service });
			all.push(...page.data);
			cursor = page.next ?? undefined;
		}
		return service ? all.filter((u) => u.account === null) : all;
	}, `people ${service}`);
	const [doing, set_doing] = useState<Doing>(null);
	const [link, set_link] = useState("");
	const [error, set_error] = useState<unknown>(null);
	const close = (): void => set_doing(null);
	const made = (l: string): void => {
		set_link(l);
		close();
		list.reload();
		scrollTo(0, 0);
	};
	const change = (u: User, to: object): void => {
		set_error(null);
		ask("PATCH", `/v1/users/${part(u.id)}`, to, { service }).then(() => say(w.changed), set_error).finally(list.reload);
	};
	const rows = list.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("people") && <button type="button" class="primary" onClick={() => set_doing({ what: "invite" })}>{w.invite}</button>}
			</Head>
			{is_platform() && chosen_account.value && (
				<Select label={w.of} value={chosen ? "service" : ""} set={(v) => choose(v === "service")} options={[["", chosen_account.value], ["service", w.of_service]]} />
			)}
			{link && (
				<Note tone="warn">
					<h2>{w.link_title}</h2>
					<p>{w.link_once}</p>
					<div class="field"><CopyLine text={link} label={w.link_title} /></div>
					<button type="button" onClick={() => set_link("")}>{w.done}</button>
				</Note>
			)}
			<ErrorBox error={list.error ?? error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} />}
			{rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{w.name}</th>
								<th>{w.role}</th>
								<th>{w.state}</th>
								<th>{w.seen}</th>
								<th><span class="visually-hidden">{w.remove}</span></th>
							</tr>
						</thead>
						<tbody>{rows.map((u) => <Row key={u.id} u={u} service={service} act={set_doing} change={change} />)}</tbody>
					</table>
				</Wide>
			)}
			{doing?.what === "invite" && <Invite service={service} close={close} made={made} />}
			{doing?.what === "link" && (
				<NewLink u={doing.user} service={service} close={close} made={made} />
			)}
			{doing?.what === "totp" && (
				<TotpOff u={doing.user} service={service} close={close} done={() => {
					say(w.changed);
					list.reload();
				}} />
			)}
			{doing?.what === "remove" && (
				<Confirm title={w.remove} verb={w.remove} close={close} act={async () => {
					await ask("DELETE", `/v1/users/${part(doing.user.id)}`, undefined, { service });
					say(w.removed);
					list.reload();
				}}>
					<p>{w.remove_ask(doing.user.email)}</p>
				</Confirm>
			)}
		</>
	);
}
