/* Subject, sender and bodies of the draft. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { words } from "../i18n";
import type { Template, TemplateRow } from "../types";
import { CodeArea } from "../ui/code";
import { Input, Select } from "../ui/form";
import { Tabs } from "../ui/tabs";

export type Edit = Pick<Template, "subject" | "preheader" | "reply_to" | "html" | "text" | "stream" | "layout"> & { from: { email: string; name: string } };

export function edit_of(t: Template): Edit {
	return { subject: t.subject, preheader: t.preheader, reply_to: t.reply_to, html: t.html, text: t.text, stream: t.stream, layout: t.layout, from: { ...t.from } };
}

interface SourceProps {
	edit: Edit;
	set: (e: Edit) => void;
	part: "html" | "text";
	choose: (part: "html" | "text") => void;
	others: TemplateRow[];
}

export function Source({ edit, set, part, choose, others }: SourceProps): JSX.Element {
	const all = words();
	const w = all.templates;
	const [cursor, set_cursor] = useState("1:1");
	return (
		<>
			<Input label={w.subject} value={edit.subject} set={(subject) => set({ ...edit, subject })} />
			<details class="more">
				<summary>{w.details}</summary>
				<div>
					<Input label={w.preheader} hint={w.preheader_hint} value={edit.preheader} set={(preheader) => set({ ...edit, preheader })} />
					<div class="row">
						<Input label={w.from_name} value={edit.from.name} set={(name) => set({ ...edit, from: { ...edit.from, name } })} />
						<Input label={w.from_email} value={edit.from.email} set={(email) => set({ ...edit, from: { ...edit.from, email } })} />
					</div>
					<br />
					<Input label={w.reply_to} value={edit.reply_to} set={(reply_to) => set({ ...edit, reply_to })} />
					<div class="row">
						<Select label={w.stream} value={edit.stream || "transactional"} set={(stream) => set({ ...edit, stream })} options={[["transactional", all.activity.transactional], ["broadcast", all.activity.broadcast]]} />
						<Select label={w.layout} value={edit.layout ?? ""} set={(layout) => set({ ...edit, layout: layout || null })} options={[["", w.no_layout], ...others.map((o) => [o.name, o.name] as const)]} />
					</div>
				</div>
			</details>
			<Tabs label={w.source} tabs={[["html", w.html], ["text", w.text]]} chosen={part} choose={choose}>
				<CodeArea
					key={part}
					name={part}
					label={part === "html" ? w.html : w.text}
					is_html={part === "html"}
					value={part === "html" ? edit.html : edit.text}
					set={(text) => set({ ...edit, [part]: text })}
					moved={(line, column) => set_cursor(`${line}:${column}`)}
				/>
				{part === "text" && <p class="small muted">{w.text_hint}</p>}
			</Tabs>
			<p class="small muted mono" aria-hidden="true">{cursor}</p>
		</>
	);
}
