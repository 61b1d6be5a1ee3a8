/* Source on the left, the mail that it makes on the right, with values in Normal or Expert. */
import type { JSX } from "preact";
import { useLocation, useRoute } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { language, words } from "../i18n";
import { offset } from "../json_text";
import { useUnsaved } from "../leave";
import { may } from "../session";
import type { Note as Mistake, Rendered, Template, TemplateRow, Values } from "../types";
import { Badge, ErrorBox, Head, Skeleton } from "../ui/basics";
import { Confirm } from "../ui/dialog";
import { useLoad } from "../ui/load";
import { go_in } from "../ui/code";
import { say } from "../ui/toast";
import { TestDialog, VersionsDialog } from "./template_dialogs";
import { AdviceCards, Mistakes, Preview } from "./template_preview";
import { KeepSet, PastMessage, Sets } from "./template_sets";
import { type Edit, Source, edit_of } from "./template_source";
import { type ValueSet, ValuesEditor } from "./template_values";
import { TemplateBadges } from "./templates";

const REST_MS = 400;
const BESIDE_PX = 900; /* as in app.css */
const NOTHING: ValueSet = { vars: {}, contact: {} };

interface Read {
	template: Template;
	sets: Values[];
	others: TemplateRow[];
}

async function read(id: string, signal: AbortSignal): Promise<Read> {
	const [template, sets, others] = await Promise.all([
		get<Template>(`/v1/templates/${part(id)}`, { version: "draft" }, signal),
		get<Page<Values>>(`/v1/templates/${part(id)}/values`, {}, signal),
		get<Page<TemplateRow>>("/v1/templates", {}, signal),
	]);
	return { template, sets: sets.data, others: others.data.filter((o) => o.id !== template.id && o.dialect === template.dialect && !o.layout) };
}

interface Trial {
	rendered: Rendered | null;
	error: unknown;
	now: () => void;
}

/* Asks again when the source rested for a moment, at once when the values were applied. */
function useTrial(id: string, edit: Edit, applied: ValueSet): Trial {
	const [rendered, set_rendered] = useState<Rendered | null>(null);
	const [error, set_error] = useState<unknown>(null);
	const [turn, set_turn] = useState(0);
	const last_source = useRef("");
	const source = JSON.stringify(edit);
	useEffect(() => {
		const stop = new AbortController();
		const wait = last_source.current && last_source.current !== source ? REST_MS : 0;
		last_source.current = source;
		const timer = setTimeout(() => {
			const { stream: _, ...texts } = edit;
			ask<Rendered>("POST", `/v1/templates/${part(id)}/render`, { version: "draft", ...applied, ...texts, lang: language.value }, { signal: stop.signal }).then(
				(r) => {
					set_rendered(r);
					set_error(null);
				},
				(e: unknown) => {
					if (!stop.signal.aborted) set_error(e);
				},
			);
		}, wait);
		return () => {
			clearTimeout(timer);
			stop.abort();
		};
	}, [id, source, applied, turn, language.value]);
	return { rendered, error, now: () => set_turn((t) => t + 1) };
}

/* Puts the cursor where the mistake is. */
function go_to(n: Mistake, edit: Edit, choose: (p: "html" | "text") => void): void {
	if (n.part !== "html" && n.part !== "text") return;
	const name = n.part;
	choose(name);
	/* The tab's editor is there with the next picture. */
	requestAnimationFrame(() => requestAnimationFrame(() => go_in(name, offset(edit[name], n.line, n.column))));
}

type Asking = "" | "test" | "publish" | "versions" | "remove";

interface EditorProps extends Read {
	reload: () => void;
	changed: (t: Template) => void;
}

function Questions({ asking, close, t, edit_saved, applied, dirty, changed }: { asking: Asking; close: () => void; t: Template; edit_saved: () => Promise<Template>; applied: ValueSet; dirty: boolean; changed: (t: Template) => void }): JSX.Element | null {
	const w = words().templates;
	const { route } = useLocation();
	if (asking === "test") return <TestDialog id={t.id} values={applied} unsaved={dirty} close={close} />;
	if (asking === "versions") return <VersionsDialog t={t} close={close} changed={changed} />;
	if (asking === "publish") {
		return (
			<Confirm title={w.publish} verb={w.publish} close={close} act={async () => {
				await edit_saved();
				const published = await ask<Template>("POST", `/v1/templates/${part(t.id)}/publish`, {});
				say(w.published_done(published.published ?? 0));
				changed(await get<Template>(`/v1/templates/${part(t.id)}`));
			}}>
				<p>{w.publish_ask}</p>
			</Confirm>
		);
	}
	if (asking === "remove") {
		return (
			<Confirm title={w.remove} verb={w.remove} typed={t.name} close={close} act={async () => {
				await ask("DELETE", `/v1/templates/${part(t.id)}`);
				say(w.removed);
				route("/console/templates");
			}}>
				<p>{w.remove_ask(t.name)}</p>
			</Confirm>
		);
	}
	return null;
}

function Editor({ template: t, sets, others, reload, changed }: EditorProps): JSX.Element {
	const all = words();
	const w = all.templates;
	const [edit, set_edit] = useState<Edit>(() => edit_of(t));
	const [source, set_source] = useState<"html" | "text">("html");
	const first = sets[0];
	const [chosen, set_chosen] = useState(first?.name ?? "");
	const [values, set_values] = useState<ValueSet>(first ? { vars: first.vars, contact: first.contact } : NOTHING);
	const [applied, set_applied] = useState(values);
	const [asking, set_asking] = useState<Asking>("");
	const [error, set_error] = useState<unknown>(null);
	const trial = useTrial(t.id, edit, applied);
	const dirty = JSON.stringify(edit) !== JSON.stringify(edit_of(t));
	useUnsaved(dirty);
	const save = async (): Promise<Template> => {
		if (!dirty) return t;
		const next = await ask<Template>("PATCH", `/v1/templates/${part(t.id)}`, edit);
		changed(next);
		return next;
	};
	const use = (v: ValueSet, name: string): void => {
		set_values(v);
		set_applied(v);
		set_chosen(name);
	};
	/* Where the preview is not beside the form, it is brought into sight. */
	const update = (): void => {
		set_applied({ ...values });
		if (innerWidth <= BESIDE_PX) document.getElementById("preview")?.scrollIntoView();
	};
	const show_mail = (): void => {
		set_applied({ ...values });
		document.getElementById("preview")?.focus();
		document.getElementById("preview")?.scrollIntoView({ block: "nearest" });
	};
	const go = (n: Mistake): void => go_to(n, edit, set_source);
	const r = trial.rendered;
	return (
		<>
			<Head title={t.name}>
				<TemplateBadges t={t} />
				{dirty && <Badge tone="warn">{w.unsaved}</Badge>}
				{may("templates") && <button type="button" class="primary" disabled={!dirty} onClick={() => { set_error(null); save().then(() => say(w.saved), set_error); }}>{w.save}</button>}
				{may("templates") && <button type="button" onClick={() => set_asking("publish")}>{w.publish}</button>}
				<button type="button" onClick={() => set_asking("versions")}>{w.versions}</button>
				{may("templates") && <button type="button" class="danger" onClick={() => set_asking("remove")}>{w.remove}</button>}
			</Head>
			<ErrorBox error={error} />
			<div class="editor">
				<section>
					<Source edit={edit} set={set_edit} part={source} choose={set_source} others={others} />
					{r && <Mistakes title={w.errors} tone="bad" notes={r.errors} go={go} />}
					{r && <Mistakes title={w.warnings} tone="warn" notes={r.warnings} go={go} />}
					<div class="card">
						<Sets id={t.id} sets={sets} chosen={chosen} values={values} use={use} reload={reload} />
						<ValuesEditor rendered={r} values={values} set={set_values} apply={update} />
						<br />
						<details>
							<summary>{w.set_name}</summary>
							<br />
							<KeepSet id={t.id} values={values} chosen={chosen} kept={(name) => { set_chosen(name); set_applied(values); reload(); }} />
						</details>
						<details>
							<summary>{w.message_values}</summary>
							<br />
							<PastMessage use={(v) => use(v, "")} />
						</details>
					</div>
				</section>
				<section class="sticky">
					<div class="head">
						<h2>{w.preview}</h2>
						<div class="actions">
							<button type="button" onClick={show_mail}>{w.show_mail}</button>
							{may("templates") && <button type="button" onClick={() => set_asking("test")}>{w.test}</button>}
						</div>
					</div>
					<ErrorBox error={trial.error} retry={trial.now} />
					{r ? <Preview r={r} /> : !trial.error && <Skeleton />}
				</section>
			</div>
			{r && <AdviceCards advice={r.advice} />}
			<Questions asking={asking} close={() => set_asking("")} t={t} edit_saved={save} applied={applied} dirty={dirty} changed={changed} />
		</>
	);
}

export default function TemplatePage(): JSX.Element {
	const id = useRoute().params["id"] ?? "";
	const read_it = useLoad((signal) => read(id, signal), id);
	const d = read_it.data;
	return (
		<>
			<ErrorBox error={read_it.error} retry={read_it.reload} />
			{!d && !read_it.error && <><Head title={words().templates.title} /><Skeleton /></>}
			{d && <Editor key={d.template.id} {...d} reload={read_it.reload} changed={(t) => read_it.set({ ...d, template: t })} />}
		</>
	);
}
