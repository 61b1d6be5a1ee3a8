/*
 * The code editor of templates, a chunk of its own. It lives in a shadow root: CodeMirror writes its styles as a <style>
 * in a document, which our policy refuses, but as adopted style sheets in a shadow root.
 */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { Annotation, EditorState } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, MatchDecorator, ViewPlugin, type ViewUpdate, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

export interface EditorOptions {
	parent: HTMLElement;
	value: string;
	label: string;
	is_html: boolean;
	changed: (value: string) => void;
	moved: (line: number, column: number) => void; /* from 1, in characters */
}

export interface Editor {
	put: (value: string) => void; /* from elsewhere: not told to changed */
	go: (at: number) => void;
	close: () => void;
}

const look = EditorView.theme({
	"&": { border: "1px solid var(--line-strong)", borderRadius: "4px", backgroundColor: "var(--bg)", color: "var(--text)", fontSize: "13px" },
	"&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "2px" },
	".cm-scroller": { fontFamily: "var(--m)", lineHeight: "1.45", minHeight: "26rem", maxHeight: "70vh", overflow: "auto" },
	".cm-content": { caretColor: "var(--text)" },
	".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
	".cm-activeLine": { backgroundColor: "transparent", boxShadow: "inset 3px 0 0 var(--accent)" },
	".cm-tag-value": { backgroundColor: "var(--accent-soft)", borderRadius: "3px" },
	"&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--ok-soft)" },
	".cm-selectionBackground, ::selection": { backgroundColor: "var(--accent-soft)" },
});

const colours = HighlightStyle.define([
	{ tag: [t.tagName, t.angleBracket, t.keyword], color: "var(--c1)" },
	{ tag: [t.attributeName, t.propertyName], color: "var(--c4)" },
	{ tag: [t.attributeValue, t.string], color: "var(--c3)" },
	{ tag: [t.number, t.color, t.unit], color: "var(--c2)" },
	{ tag: [t.comment, t.documentMeta], color: "var(--muted)" },
]);

/* {{name}}, [[data:x]]: what values are put into. */
const finder = new MatchDecorator({ regexp: /\{\{\{?[^{}\n]*\}?\}\}|\{%[^{}\n]*%\}|\[\[[^[\]\n]*\]\]/g, decoration: Decoration.mark({ class: "cm-tag-value" }) });
const places = ViewPlugin.fromClass(
	class {
		found: DecorationSet;
		constructor(view: EditorView) {
			this.found = finder.createDeco(view);
		}
		update(u: ViewUpdate): void {
			this.found = finder.updateDeco(u, this.found);
		}
	},
	{ decorations: (p) => p.found },
);

const from_elsewhere = Annotation.define<boolean>();

export function open_editor(o: EditorOptions): Editor {
	const root = o.parent.shadowRoot ?? o.parent.attachShadow({ mode: "open" });
	const heard = EditorView.updateListener.of((u) => {
		if (u.docChanged && !u.transactions.some((tr) => tr.annotation(from_elsewhere))) o.changed(u.state.doc.toString());
		if (!u.selectionSet && !u.docChanged) return;
		const line = u.state.doc.lineAt(u.state.selection.main.head);
		o.moved(line.number, [...line.text.slice(0, u.state.selection.main.head - line.from)].length + 1);
	});
	const view = new EditorView({
		root,
		parent: root,
		state: EditorState.create({
			doc: o.value,
			extensions: [
				lineNumbers(), history(), highlightSpecialChars(), highlightActiveLine(), bracketMatching(), EditorView.lineWrapping,
				keymap.of([...defaultKeymap, ...historyKeymap]), /* Tab goes on to the next control (WCAG 2.1.2) */
				...(o.is_html ? [html({ autoCloseTags: false })] : []), syntaxHighlighting(colours), places, look, heard,
				EditorView.contentAttributes.of({ "aria-label": o.label, spellcheck: "false" }),
			],
		}),
	});
	return {
		put(value) {
			if (value === view.state.doc.toString()) return;
			view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, annotations: from_elsewhere.of(true) });
		},
		go(at) {
			const to = Math.min(at, view.state.doc.length);
			view.dispatch({ selection: { anchor: to, head: Math.min(to + 1, view.state.doc.length) }, effects: EditorView.scrollIntoView(to, { y: "center" }) });
			view.focus();
		},
		close() {
			view.destroy();
		},
	};
}
