/* Sets of values that are kept with the template, and those of a mail that was sent. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, get, part } from "../api";
import { words } from "../i18n";
import type { JsonObject, Values } from "../types";
import { ErrorBox } from "../ui/basics";
import { Form, Input, Quiet, Select } from "../ui/form";
import { useReason } from "../ui/reason";
import { say } from "../ui/toast";
import type { ValueSet } from "./template_values";

interface SetsProps {
	id: string;
	sets: Values[];
	chosen: string;
	values: ValueSet;
	use: (v: ValueSet, name: string) => void;
	reload: () => void;
}

export function Sets({ id, sets, chosen, values, use, reload }: SetsProps): JSX.Element {
	const w = words().templates;
	const [error, set_error] = useState<unknown>(null);
	const pick = (name: string): void => {
		const found = sets.find((s) => s.name === name);
		if (found) use({ vars: found.vars, contact: found.contact }, name);
		else use(values, "");
	};
	const remove = async (): Promise<void> => {
		set_error(null);
		try {
			await ask("DELETE", `/v1/templates/${part(id)}/values/${part(chosen)}`);
			use(values, "");
			reload();
		} catch (e) {
			set_error(e);
		}
	};
	return (
		<>
			<div class="row">
				<Select label={w.values} value={chosen} set={pick} options={[["", w.unsaved_set], ...sets.map((s) => [s.name, s.name] as const)]} />
				{chosen && <button type="button" onClick={() => void remove()}>{w.remove_set}</button>}
			</div>
			<br />
			<ErrorBox error={error} />
		</>
	);
}

export function KeepSet({ id, values, chosen, kept }: { id: string; values: ValueSet; chosen: string; kept: (name: string) => void }): JSX.Element {
	const w = words().templates;
	const [name, set_name] = useState(chosen);
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		const given = name.trim() || chosen;
		set_wrong(given ? "" : w.set_name_needed);
		if (!given) throw new Quiet();
		await ask("POST", `/v1/templates/${part(id)}/values`, { name: given, vars: values.vars, contact: values.contact });
		say(w.set_saved);
		kept(given);
	};
	return (
		<Form submit={submit} buttons={(busy) => <button type="submit" disabled={busy}>{words().common.save}</button>}>
			<Input label={w.set_name} value={name} set={set_name} wrong={wrong} maxLength={100} placeholder={chosen} />
		</Form>
	);
}

export function PastMessage({ use }: { use: (v: ValueSet) => void }): JSX.Element {
	const w = words().templates;
	const [id, set_id] = useState("");
	const [wrong, set_wrong] = useState("");
	const why = useReason(words().message.reason);
	const submit = async (): Promise<void> => {
		const ok = /^(msg|rcp)_\w+$/.test(id.trim());
		set_wrong(ok ? "" : w.message_hint);
		if (!ok) throw new Quiet();
		const found = await get<{ vars: JsonObject; contact: JsonObject }>(`/v1/messages/${part(id.trim())}/values`, {}, undefined, { reason: why.take() });
		use({ vars: found.vars, contact: found.contact });
	};
	return (
		<Form submit={submit} buttons={(busy) => <button type="submit" disabled={busy}>{w.load_values}</button>}>
			<Input label={w.message_values} hint={w.message_hint} value={id} set={set_id} wrong={wrong} mono />
			{why.field}
		</Form>
	);
}
