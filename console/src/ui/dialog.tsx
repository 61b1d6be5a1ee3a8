/* The browser's own modal dialog: it keeps the focus inside, Esc closes it, the focus goes back. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { words } from "../i18n";
import { Form } from "./form";

interface DialogProps {
	title: string;
	close: () => void;
	children: ComponentChildren;
}

export function Dialog({ title, close, children }: DialogProps): JSX.Element {
	const box = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const before = document.activeElement;
		const shown = box.current;
		if (shown && !shown.open) shown.showModal();
		return () => {
			shown?.close();
			if (before instanceof HTMLElement && before.isConnected) before.focus();
		};
	}, []);
	return (
		<dialog
			ref={box}
			aria-labelledby={id}
			onCancel={(e) => {
				e.preventDefault();
				close();
			}}
			/* A second Esc is not asked about. */
			onClose={(e) => e.currentTarget.isConnected && close()}
		>
			<div class="in">
				<h2 id={id}>{title}</h2>
				{children}
			</div>
		</dialog>
	);
}

interface ConfirmProps {
	title: string;
	verb: string; /* what the button does: "Revoke the key" */
	close: () => void;
	act: () => Promise<void>;
	typed?: string; /* must be typed before the button works */
	children: ComponentChildren; /* what will happen */
}

export function Confirm(p: ConfirmProps): JSX.Element {
	const [text, set_text] = useState("");
	const w = words().common;
	return (
		<Dialog title={p.title} close={p.close}>
			<Form
				submit={async () => {
					await p.act();
					p.close();
				}}
				buttons={(busy) => (
					<>
						<button type="button" onClick={p.close}>
							{w.cancel}
						</button>
						<button type="submit" class="danger" disabled={busy || (p.typed !== undefined && text !== p.typed)}>
							{p.verb}
						</button>
					</>
				)}
			>
				{p.children}
				{p.typed !== undefined && (
					<label class="field">
						<span class="label">{w.type_to_confirm(p.typed)}</span>
						<input value={text} autocomplete="off" onInput={(e) => set_text(e.currentTarget.value)} />
					</label>
				)}
			</Form>
		</Dialog>
	);
}
