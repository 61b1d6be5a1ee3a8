/*
 * The values a template is tried out with, in two views of one set: Normal, a form of what the template asks for, and
 * Expert, the same as JSON. What Normal cannot show it leaves as it is.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { words } from "../i18n";
import { read_json } from "../json_text";
import type { Json, JsonObject, Rendered, Variable } from "../types";
import { Check, Field, Input } from "../ui/form";
import { Tabs } from "../ui/tabs";
import { Wide } from "../ui/basics";

export interface ValueSet {
	vars: JsonObject;
	contact: JsonObject;
}

export function is_object(v: Json | undefined): v is JsonObject {
	return typeof v === "object" && v !== null && !Array.isArray(v);
}

/* A copy with name set; undefined takes it out, so that the template's own default counts again. */
function put(o: JsonObject, name: string, value: Json | undefined): JsonObject {
	const rest = Object.entries(o).filter(([k]) => k !== name);
	return Object.fromEntries(value === undefined ? rest : [...rest, [name, value]]);
}

function shown(v: Json | undefined): string {
	if (v === undefined || v === null) return "";
	return typeof v === "object" ? JSON.stringify(v) : String(v);
}

/* What was a number stays one. */
function typed(text: string, was: Json | undefined): Json | undefined {
	if (text === "") return undefined;
	return typeof was === "number" && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

const flat = (v: Variable): boolean => v.type === "scalar" || v.type === "condition";

interface OneProps {
	v: Variable;
	value: Json | undefined;
	set: (next: Json | undefined) => void;
}

function Scalar({ v, value, set }: OneProps): JSX.Element {
	const w = words().templates;
	const name = v.name ?? "";
	if (v.type === "condition" && (value === undefined || typeof value === "boolean"))
		return <Check checked={value === true} set={(on) => set(on)}><code>{name}</code> <span class="muted">{w.condition}</span></Check>;
	const hint = value !== undefined ? undefined : v.default !== undefined ? w.default_is(v.default) : w.missing;
	return <Input label={name} value={shown(value)} set={(t) => set(typed(t, value))} hint={hint} />;
}

function Group({ v, value, set }: OneProps): JSX.Element {
	const o = is_object(value) ? value : {};
	return (
		<fieldset class="card">
			<legend>{v.name}</legend>
			{(v.members ?? []).map((m) => <Scalar key={m.name} v={m} value={o[m.name ?? ""]} set={(next) => set(put(o, m.name ?? "", next))} />)}
		</fieldset>
	);
}

/* Rows of scalars or of flat objects. */
function List({ v, value, set }: OneProps): JSX.Element {
	const w = words().templates;
	const rows = Array.isArray(value) ? value : [];
	const columns = v.item?.type === "object" ? (v.item.members ?? []).map((m) => m.name ?? "") : [""];
	const change = (i: number, next: Json): void => set(rows.map((r, k) => (k === i ? next : r)));
	const cell = (row: Json, c: string): Json | undefined => (c === "" ? row : is_object(row) ? row[c] : undefined);
	return (
		<fieldset class="card">
			<legend>{v.name}</legend>
			<Wide label={v.name ?? ""}>
				<table>
					<thead>
						<tr>
							{columns.map((c) => <th key={c}>{c || v.name}</th>)}
							<th><span class="visually-hidden">{words().common.remove}</span></th>
						</tr>
					</thead>
					<tbody>
						{rows.map((row, i) => (
							<tr key={i}>
								{columns.map((c) => (
									<td key={c}>
										<input
											aria-label={`${c || v.name}, ${w.row(i + 1)}`}
											value={shown(cell(row, c))}
											onInput={(e) => {
												const next = typed(e.currentTarget.value, cell(row, c));
												change(i, c === "" ? next ?? "" : put(is_object(row) ? row : {}, c, next));
											}}
										/>
									</td>
								))}
								<td>
									<button type="button" aria-label={w.remove_row(i + 1)} onClick={() => set(rows.filter((_, k) => k !== i))}>×</button>
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Wide>
			<button type="button" onClick={() => set([...rows, columns[0] === "" ? "" : {}])}>{w.add_row}</button>
		</fieldset>
	);
}

function One(p: OneProps): JSX.Element {
	const w = words().templates;
	if (flat(p.v)) return <Scalar {...p} />;
	if (p.v.type === "object" && (p.v.members ?? []).every(flat)) return <Group {...p} />;
	const item = p.v.item;
	if (p.v.type === "list" && (!item || flat(item) || (item.type === "object" && (item.members ?? []).every(flat)))) return <List {...p} />;
	return <p class="note info">{w.needs_expert(p.v.name ?? "")}</p>;
}

function Normal({ variables, values, set }: { variables: Rendered["variables"]; values: ValueSet; set: (v: ValueSet) => void }): JSX.Element {
	const w = words().templates;
	if (!variables.vars.length && !variables.contact.length) return <p class="muted">{w.no_variables}</p>;
	return (
		<>
			{variables.vars.map((v) => <One key={v.name} v={v} value={values.vars[v.name ?? ""]} set={(next) => set({ ...values, vars: put(values.vars, v.name ?? "", next) })} />)}
			{variables.contact.length > 0 && (
				<fieldset>
					<legend>contact</legend>
					{variables.contact.map((v) => <One key={v.name} v={v} value={values.contact[v.name ?? ""]} set={(next) => set({ ...values, contact: put(values.contact, v.name ?? "", next) })} />)}
				</fieldset>
			)}
		</>
	);
}

/* With what is asked for and not there yet: as the template's sample has it. */
function filled(sample: Json | undefined, value: Json | undefined): Json {
	if (value === undefined) return sample ?? null;
	if (!is_object(sample) || !is_object(value)) return value;
	return Object.fromEntries([...new Set([...Object.keys(value), ...Object.keys(sample)])].map((k) => [k, filled(sample[k], value[k])]));
}

interface ValuesProps {
	rendered: Rendered | null;
	values: ValueSet;
	set: (v: ValueSet) => void;
	apply: () => void;
}

type Mode = "normal" | "expert";

export function ValuesEditor({ rendered, values, set, apply }: ValuesProps): JSX.Element {
	const w = words().templates;
	const [mode, set_mode] = useState<Mode>("normal");
	const [text, set_text] = useState("");
	const [wrong, set_wrong] = useState("");
	/* Expert's text is set anew whenever the set changed elsewhere. */
	const [text_of, set_text_of] = useState<ValueSet | null>(null);
	const show_text = (v: ValueSet): void => {
		set_text(JSON.stringify(v, null, 2));
		set_text_of(v);
		set_wrong("");
	};
	if (mode === "expert" && text_of !== values) show_text(values);
	const sample = rendered?.sample;
	const full = { vars: filled(sample?.vars, values.vars) as JsonObject, contact: filled(sample?.contact, values.contact) as JsonObject };
	const take = (next: string): void => {
		set_text(next);
		const read = read_json(next);
		if (!read.ok) return set_wrong(w.json_wrong(read.line, read.column, w.json_why[read.why]));
		const v = read.value;
		if (!is_object(v) || Object.keys(v).some((k) => k !== "vars" && k !== "contact") || [v["vars"] ?? {}, v["contact"] ?? {}].some((o) => !is_object(o)))
			return set_wrong(w.json_wrong(1, 1, w.json_object));
		const taken = { vars: (v["vars"] ?? {}) as JsonObject, contact: (v["contact"] ?? {}) as JsonObject };
		set_wrong("");
		set_text_of(taken);
		set(taken);
	};
	const choose = (next: Mode): void => {
		if (mode === "expert" && wrong) return; /* nothing is lost: the mistake is shown */
		if (next === "expert") show_text(values);
		set_mode(next);
	};
	return (
		<form
			onSubmit={(e) => {
				e.preventDefault();
				if (!wrong) apply();
			}}
		>
			<Tabs label={w.modes} tabs={[["normal", w.normal], ["expert", w.expert]]} chosen={mode} choose={choose}>
				{mode === "normal" ? (
					rendered && <Normal variables={rendered.variables} values={values} set={set} />
				) : (
					<>
						<Field label={w.json} hint={w.json_hint} wrong={wrong}>
							{(ids) => <textarea {...ids} class="code short" spellcheck={false} value={text} onInput={(e) => take(e.currentTarget.value)} />}
						</Field>
						{!wrong && JSON.stringify(full) !== JSON.stringify(values) && <button type="button" onClick={() => set(full)}>{w.add_missing}</button>}
					</>
				)}
			</Tabs>
			<button type="submit" disabled={wrong !== ""}>{w.update}</button>
		</form>
	);
}
