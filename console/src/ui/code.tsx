/* A text area at once; the editor takes its place when its chunk is there. Where it cannot be had, the text area stays. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Editor } from "../editor";
import { place } from "../json_text";

interface CodeProps {
	name: string; /* of go_in */
	label: string;
	value: string;
	is_html: boolean;
	set: (value: string) => void;
	moved: (line: number, column: number) => void;
}

const goers = new Map<string, (at: number) => void>();

/* Puts the cursor there and the focus on it. */
export function go_in(name: string, at: number): void {
	goers.get(name)?.(at);
}

const LINE_PX = 18;

export function CodeArea(p: CodeProps): JSX.Element {
	const [ready, set_ready] = useState(false);
	const host = useRef<HTMLDivElement>(null);
	const area = useRef<HTMLTextAreaElement>(null);
	const editor = useRef<Editor | null>(null);
	const now = useRef(p);
	now.current = p;
	useEffect(() => {
		let gone = false;
		import("../editor").then(
			({ open_editor }) => {
				if (gone || !host.current) return;
				const had_focus = document.activeElement === area.current;
				const at = area.current?.selectionStart ?? 0;
				editor.current = open_editor({
					parent: host.current, value: now.current.value, label: p.label, is_html: p.is_html,
					changed: (v) => now.current.set(v), moved: (line, column) => now.current.moved(line, column),
				});
				set_ready(true);
				if (had_focus) editor.current.go(at);
			},
			() => undefined,
		);
		goers.set(p.name, (at) => {
			if (editor.current) return editor.current.go(at);
			const a = area.current;
			a?.focus();
			a?.setSelectionRange(at, at + 1);
			if (a) a.scrollTop = Math.max(0, (a.value.slice(0, at).split("\n").length - 4) * LINE_PX);
		});
		return () => {
			gone = true;
			editor.current?.close();
			editor.current = null;
			goers.delete(p.name);
		};
	}, []);
	useEffect(() => editor.current?.put(p.value), [p.value]);
	const track = (e: Event): void => {
		const a = e.currentTarget as HTMLTextAreaElement;
		const at = place(a.value, a.selectionStart);
		p.moved(at.line, at.column);
	};
	return (
		<div class="field">
			<div class="label">{p.label}</div>
			<div ref={host} hidden={!ready} />
			{!ready && (
				<textarea
					ref={area}
					aria-label={p.label}
					class="code"
					spellcheck={false}
					value={p.value}
					onInput={(e) => {
						track(e);
						p.set(e.currentTarget.value);
					}}
					onKeyUp={track}
					onClick={track}
				/>
			)}
		</div>
	);
}
