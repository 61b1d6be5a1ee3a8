/* Who may sign in. A new link is shown once and handed over by who made it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { language, words } from "../i18n";
import { session } from "../session";
import type { User } from "../types";
import { Badge, CopyLine, Empty, ErrorBox, Head, Note, Skeleton, Time, Wide } from "../ui/basics";
import { Confirm, Dialog } from "../ui/dialog";
import { Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";

const ROLES = ["viewer", "marketer", "developer", "owner"];

function Invite({ close, made }: { close: () => void; made: (link: string) => void }): JSX.Element {
	const all = words();
	const w = all.people;
	const [email, set_email] = useState("");
	const [name, set_name] = useState("");
	const [role, set_role] = useState("developer");
	const [lang, set_lang] = useState<string>(language.value);
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		set_wrong(email.includes("@") ? "" : all.sign_in.email_needed);
		if (!email.includes("@")) throw new Quiet();
		made((await ask<User>("POST", "/v1/users", { email: email.trim(), name: name.trim() || undefined, role, language: lang })).link ?? "");
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
				<Select label={w.role} value={role} set={set_role} options={ROLES.map((r) => [r, `${w.roles[r]} (${w.may[r]})`] as const)} />
				<Select label={w.language} value={lang} set={set_lang} options={[["en", "English"], ["fr", "Français"]]} />
			</Form>
		</Dialog>
	);
}

interface RowProps {
	u: User;
	act: (what: Doing) => void;
	change: (u: User, to: object) => void;
}

function Row({ u, act, change }: RowProps): JSX.Element {
	const w = words().people;
	const self = u.email === session.value?.user.email;
	const whom = <span class="visually-hidden"> {u.email}</span>;
	return (
		<tr>
			<td class="break">{u.name && <div>{u.name}</div>}<span class="muted">{u.email}</span></td>
			<td>
				{self ? w.roles[u.role] ?? u.role : (
					<select aria-label={`${w.role} ${u.email}`} value={u.role} onChange={(e) => change(u, { role: e.currentTarget.value })}>
						{[...new Set([...ROLES, u.role])].map((r) => <option key={r} value={r} selected={r === u.role}>{w.roles[r] ?? r}</option>)}
					</select>
				)}
			</td>
			<td>{!u.enabled ? <Badge tone="plain">{w.off}</Badge> : u.pending ? <Badge tone="info">{w.pending}</Badge> : <Badge tone="ok">{w.on}</Badge>}</td>
			<td><Time at={u.last_seen} /></td>
			<td>
				{!self && (
					<span class="actions">
						<button type="button" onClick={() => act({ what: "link", user: u })}>{w.new_link}{whom}</button>
						<button type="button" onClick={() => change(u, { enabled: !u.enabled })}>{u.enabled ? w.switch_off : w.switch_on}{whom}</button>
						<button type="button" class="danger" onClick={() => act({ what: "remove", user: u })}>{w.remove}{whom}</button>
					</span>
				)}
			</td>
		</tr>
	);
}

type Doing = { what: "link" | "remove"; user: User } | { what: "invite" } | null;

export default function People(): JSX.Element {
	const w = words().people;
	const list = useLoad((signal) => get<Page<User>>("/v1/users", {}, signal), "people");
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
		ask("PATCH", `/v1/users/${part(u.id)}`, to).then(() => say(w.changed), set_error).finally(list.reload);
	};
	const rows = list.data?.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				<button type="button" class="primary" onClick={() => set_doing({ what: "invite" })}>{w.invite}</button>
			</Head>
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
						<tbody>{rows.map((u) => <Row key={u.id} u={u} act={set_doing} change={change} />)}</tbody>
					</table>
				</Wide>
			)}
			{doing?.what === "invite" && <Invite close={close} made={made} />}
			{doing?.what === "link" && (
				<Confirm title={w.new_link} verb={w.new_link} close={close} act={async () => made((await ask<{ link: string }>("POST", `/v1/users/${part(doing.user.id)}/link`, {})).link)}>
					<p>{w.new_link_ask(doing.user.email)}</p>
				</Confirm>
			)}
			{doing?.what === "remove" && (
				<Confirm title={w.remove} verb={w.remove} close={close} act={async () => {
					await ask("DELETE", `/v1/users/${part(doing.user.id)}`);
					say(w.removed);
					list.reload();
				}}>
					<p>{w.remove_ask(doing.user.email)}</p>
				</Confirm>
			)}
		</>
	);
}
