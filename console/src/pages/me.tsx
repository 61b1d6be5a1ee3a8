/* One's own name, language, password and sessions. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { type Language, choose_language, language, words } from "../i18n";
import { load_session, session } from "../session";
import { Badge, ErrorBox, Head, Note, Skeleton, Time, Wide } from "../ui/basics";
import { Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";
import { SecondFactor } from "./totp";

const SHORTEST = 12;

interface Own {
	id: string;
	created: string;
	last_seen: string;
	from: string;
	agent: string;
	current: boolean;
}

function Person({ path }: { path: string }): JSX.Element {
	const all = words();
	const w = all.me;
	const [name, set_name] = useState(session.value?.user.name ?? "");
	const [lang, set_lang] = useState<string>(session.value?.user.language || language.value);
	return (
		<section class="card">
			<h2>{w.person}</h2>
			<Form
				submit={async () => {
					await ask("PATCH", path, { name: name.trim(), language: lang });
					await choose_language(lang as Language);
					await load_session();
					say(words().me.saved);
				}}
				buttons={(busy) => <button type="submit" class="primary" disabled={busy}>{all.common.save}</button>}
			>
				<p class="mono break">{session.value?.user.email}</p>
				<Input label={all.welcome.name} value={name} set={set_name} autocomplete="name" maxLength={100} />
				<Select label={all.shell.language} hint={w.language_hint} value={lang} set={set_lang} options={[["en", "English"], ["fr", "Français"]]} />
			</Form>
		</section>
	);
}

function Password({ path, changed }: { path: string; changed: () => void }): JSX.Element {
	const all = words();
	const w = all.me;
	const [now, set_now] = useState("");
	const [next, set_next] = useState("");
	const [wrong, set_wrong] = useState<{ now?: string; next?: string }>({});
	const submit = async (): Promise<void> => {
		const faults = { now: now ? undefined : all.sign_in.password_needed, next: [...next].length >= SHORTEST ? undefined : all.welcome.short };
		set_wrong(faults);
		if (faults.now || faults.next) throw new Quiet();
		await ask("PATCH", path, { password: next, current_password: now });
		set_now("");
		set_next("");
		say(w.password_saved);
		changed();
	};
	return (
		<section class="card">
			<h2>{all.sign_in.password}</h2>
			<Form submit={submit} buttons={(busy) => <button type="submit" disabled={busy}>{w.change_password}</button>}>
				<input type="hidden" autocomplete="username" value={session.value?.user.email} />
				<Input label={w.current} type="password" value={now} set={set_now} wrong={wrong.now} autocomplete="current-password" />
				<Input label={all.welcome.password} hint={all.welcome.password_hint} type="password" value={next} set={set_next} wrong={wrong.next} autocomplete="new-password" />
			</Form>
		</section>
	);
}

function Sessions({ turn }: { turn: number }): JSX.Element {
	const w = words().me;
	const list = useLoad((signal) => get<Page<Own>>("/v1/sessions", {}, signal), `sessions ${turn}`);
	const [error, set_error] = useState<unknown>(null);
	const end = (id: string): void => {
		set_error(null);
		ask("DELETE", `/v1/sessions/${part(id)}`).then(() => {
			say(w.ended);
			list.reload();
		}, set_error);
	};
	return (
		<section>
			<h2>{w.sessions}</h2>
			<ErrorBox error={list.error ?? error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && (
				<Wide label={w.sessions}>
					<table>
						<thead>
							<tr>
								<th>{w.browser}</th>
								<th>{w.from}</th>
								<th>{w.begun}</th>
								<th>{w.seen}</th>
								<th><span class="visually-hidden">{w.end}</span></th>
							</tr>
						</thead>
						<tbody>
							{list.data.data.map((s) => (
								<tr key={s.id}>
									<td class="break">{s.agent}</td>
									<td class="mono">{s.from}</td>
									<td><Time at={s.created} /></td>
									<td><Time at={s.last_seen} /></td>
									<td>{s.current ? <Badge tone="ok">{w.this_one}</Badge> : <button type="button" onClick={() => end(s.id)}>{w.end}<span class="visually-hidden"> {s.from}</span></button>}</td>
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			)}
		</section>
	);
}

export default function Me(): JSX.Element {
	const w = words().me;
	const path = `/v1/users/${part(String(session.value?.user.id ?? ""))}`;
	const [turn, set_turn] = useState(0);
	return (
		<>
			<Head title={w.title} />
			{session.value?.totp_required && <Note tone="warn">{words().totp.required}</Note>}
			<SecondFactor changed={() => set_turn(turn + 1)} />
			<div class="two">
				<Person path={path} />
				<Password path={path} changed={() => set_turn(turn + 1)} />
			</div>
			<Sessions turn={turn} />
		</>
	);
}
