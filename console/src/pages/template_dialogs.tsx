import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { words } from "../i18n";
import type { Template, TemplateRow, Tester } from "../types";
import { Badge, ErrorBox, Skeleton, Time } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Check, Form, Input, Quiet } from "../ui/form";
import { useLoad } from "../ui/load";
import { say } from "../ui/toast";
import type { ValueSet } from "./template_values";

interface TestProps {
	id: string;
	values: ValueSet;
	unsaved: boolean;
	close: () => void;
}

function AddTester({ done }: { done: (address: string) => void }): JSX.Element {
	const w = words();
	const [address, set_address] = useState("");
	const [wrong, set_wrong] = useState("");
	return (
		<Form
			submit={async () => {
				set_wrong(address.includes("@") ? "" : w.suppressions.address_needed);
				if (!address.includes("@")) throw new Quiet();
				await ask("POST", "/v1/testers", { address: address.trim() });
				done(address.trim());
				set_address("");
			}}
			buttons={(busy) => <button type="submit" disabled={busy}>{w.templates.tester}</button>}
		>
			<Input label={w.templates.tester} type="email" value={address} set={set_address} wrong={wrong} />
		</Form>
	);
}

export function TestDialog({ id, values, unsaved, close }: TestProps): JSX.Element {
	const all = words();
	const w = all.templates;
	const testers = useLoad((signal) => get<Page<Tester>>("/v1/testers", {}, signal), "testers");
	const [off, set_off] = useState<string[]>([]);
	const rows = testers.data?.data ?? [];
	const to = rows.map((t) => t.address).filter((a) => !off.includes(a));
	return (
		<Dialog title={w.test_title} close={close}>
			<ErrorBox error={testers.error} retry={testers.reload} />
			{!testers.data && !testers.error && <Skeleton />}
			{testers.data && !rows.length && <p>{w.no_testers}</p>}
			<Form
				submit={async () => {
					await ask("POST", `/v1/templates/${part(id)}/test`, { to, vars: values.vars, contact: values.contact });
					say(w.test_sent);
					close();
				}}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy || !to.length || unsaved}>{w.test}</button>
					</>
				)}
			>
				<p>{unsaved ? <strong>{w.save_first}</strong> : w.test_ask}</p>
				{rows.length > 0 && (
					<fieldset>
						<legend>{w.testers}</legend>
						{rows.map((t) => (
							<Check key={t.address} checked={!off.includes(t.address)} set={(on) => set_off(on ? off.filter((a) => a !== t.address) : [...off, t.address])}>
								{t.name ? `${t.name} ` : ""}<span class="break">{t.address}</span>
							</Check>
						))}
					</fieldset>
				)}
			</Form>
			<hr />
			<AddTester done={testers.reload} />
		</Dialog>
	);
}

export function VersionsDialog({ t, close, changed }: { t: Template; close: () => void; changed: (t: Template) => void }): JSX.Element {
	const all = words();
	const w = all.templates;
	const list = useLoad((signal) => get<Page<TemplateRow>>(`/v1/templates/${part(t.id)}/versions`, {}, signal), t.id);
	const [error, set_error] = useState<unknown>(null);
	const back = async (version: number): Promise<void> => {
		set_error(null);
		try {
			await ask("POST", `/v1/templates/${part(t.id)}/publish`, { version });
			say(w.published_done(version));
			changed(await get<Template>(`/v1/templates/${part(t.id)}`));
			close();
		} catch (e) {
			set_error(e);
		}
	};
	return (
		<Dialog title={w.versions} close={close}>
			<ErrorBox error={list.error ?? error} />
			{list.data && !list.data.data.length && <p>{w.none_published}</p>}
			<ul class="list">
				{(list.data?.data ?? []).map((v) => (
					<li key={v.version}>
						<span class="grow">
							<strong>{w.version(v.version ?? 0)}</strong> <Time at={v.created} />
						</span>
						{v.version === t.published
							? <Badge tone="ok">{w.in_force}</Badge>
							: <button type="button" onClick={() => void back(v.version ?? 0)}>{w.roll_back}<span class="visually-hidden"> {v.version}</span></button>}
					</li>
				))}
			</ul>
			<div class="actions">
				<button type="button" onClick={close}>{all.common.close}</button>
			</div>
		</Dialog>
	);
}
