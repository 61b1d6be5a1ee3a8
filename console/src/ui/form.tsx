/* Fields with label, hint and error tied together; a form keeps what was typed and moves to the first wrong field. */
import type { ComponentChildren, JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { ErrorBox } from "./basics";

interface FieldProps {
	label: string;
	hint?: string;
	wrong?: string;
	children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}

export function Field({ label, hint, wrong, children }: FieldProps): JSX.Element {
	const id = useId();
	const by = [hint && id + "-h", wrong && id + "-w"].filter(Boolean).join(" ");
	return (
		<div class="field">
			<label for={id}>{label}</label>
			{children({ id, "aria-describedby": by || undefined, "aria-invalid": wrong ? true : undefined })}
			{hint && (
				<div class="hint" id={id + "-h"}>
					{hint}
				</div>
			)}
			{wrong && (
				<div class="wrong" id={id + "-w"}>
					{wrong}
				</div>
			)}
		</div>
	);
}

interface InputProps {
	label: string;
	hint?: string;
	wrong?: string;
	value: string;
	set: (value: string) => void;
	type?: "text" | "email" | "password" | "url" | "datetime-local";
	placeholder?: string;
	required?: boolean;
	autocomplete?: string;
	autofocus?: boolean;
	mono?: boolean;
	maxLength?: number;
	list?: string;
}

export function Input(p: InputProps): JSX.Element {
	return (
		<Field label={p.label} hint={p.hint} wrong={p.wrong}>
			{(ids) => (
				<input
					{...ids}
					class={p.mono ? "mono" : undefined}
					type={(p.type ?? "text") as "text"}
					value={p.value}
					placeholder={p.placeholder}
					required={p.required}
					autocomplete={p.autocomplete ?? "off"}
					maxLength={p.maxLength}
					list={p.list}
					ref={(el) => {
						if (p.autofocus && el && !el.dataset["seen"]) {
							el.dataset["seen"] = "1";
							el.focus();
						}
					}}
					spellcheck={false}
					onInput={(e) => p.set(e.currentTarget.value)}
				/>
			)}
		</Field>
	);
}

interface SelectProps {
	label: string;
	hint?: string;
	value: string;
	set: (value: string) => void;
	options: readonly (readonly [string, string])[];
}

export function Select(p: SelectProps): JSX.Element {
	return (
		<Field label={p.label} hint={p.hint}>
			{(ids) => (
				<select {...ids} value={p.value} onChange={(e) => p.set(e.currentTarget.value)}>
					{p.options.map(([value, text]) => (
						<option key={value} value={value} selected={value === p.value}>
							{text}
						</option>
					))}
				</select>
			)}
		</Field>
	);
}

interface CheckProps {
	checked: boolean;
	set: (on: boolean) => void;
	children: ComponentChildren;
}

export function Check(p: CheckProps): JSX.Element {
	return (
		<label class="check">
			<input type="checkbox" checked={p.checked} onChange={(e) => p.set(e.currentTarget.checked)} />
			<span>{p.children}</span>
		</label>
	);
}

/* Thrown by submit when the fields say already what is wrong. */
export class Quiet extends Error {}

interface FormProps {
	submit: () => Promise<void>;
	children: ComponentChildren;
	buttons: (busy: boolean) => ComponentChildren;
}

/* Shows what the server refused; one submit at a time. */
export function Form({ submit, children, buttons }: FormProps): JSX.Element {
	const [busy, set_busy] = useState(false);
	const [error, set_error] = useState<unknown>(null);
	const form = useRef<HTMLFormElement>(null);
	const send = async (e: Event): Promise<void> => {
		e.preventDefault();
		if (busy) return;
		set_busy(true);
		set_error(null);
		try {
			await submit();
		} catch (caught) {
			if (!(caught instanceof Quiet)) set_error(caught);
			requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
		} finally {
			set_busy(false);
		}
	};
	return (
		<form ref={form} onSubmit={send} noValidate>
			{children}
			<ErrorBox error={error} />
			<div class="actions">{buttons(busy)}</div>
		</form>
	);
}
