import type { JSX } from "preact";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Page, ask, get, part } from "../api";
import { words } from "../i18n";
import { may } from "../session";
import type { Template, TemplateRow } from "../types";
import { Badge, Empty, ErrorBox, Head, Skeleton, Time, Wide } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Input, Quiet, Select } from "../ui/form";
import { useLoad } from "../ui/load";

export function TemplateBadges({ t }: { t: TemplateRow }): JSX.Element {
	const w = words().templates;
	return (
		<>
			{t.published === null ? <Badge tone="plain">{w.draft}</Badge> : <Badge tone="ok">{w.published(t.published)}</Badge>}{" "}
			{t.published !== null && t.changed && <Badge tone="info">{w.changed}</Badge>}
		</>
	);
}

/* A page that a first version can be made of, in the chosen language of tags. */
function first_html(dialect: string, title: string): string {
	const name = dialect === "mailjet" ? '{{var:name:""}}' : "{{name}}";
	return `<!DOCTYPE html>
<html>
<body style="margin:0;padding:24px;background:#ffffff;color:#1a212b;font-family:Arial,sans-serif">
<h1 style="font-size:22px">${title} ${name}</h1>
<p></p>
</body>
</html>
`;
}

function Make({ close }: { close: () => void }): JSX.Element {
	const all = words();
	const w = all.templates;
	const { route } = useLocation();
	const [name, set_name] = useState("");
	const [dialect, set_dialect] = useState("handlebars");
	const [wrong, set_wrong] = useState("");
	const submit = async (): Promise<void> => {
		set_wrong(name.trim() ? "" : w.name_needed);
		if (!name.trim()) throw new Quiet();
		const made = await ask<Template>("POST", "/v1/templates", { name: name.trim(), dialect, subject: name.trim(), html: first_html(dialect, w.hello) });
		route(`/console/templates/${part(made.id)}`);
	};
	return (
		<Dialog title={w.make} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.make}</button>
					</>
				)}
			>
				<Input label={w.name} hint={w.name_hint} value={name} set={set_name} wrong={wrong} maxLength={100} autofocus />
				<Select label={w.dialect} value={dialect} set={set_dialect} options={Object.entries(w.dialects)} />
			</Form>
		</Dialog>
	);
}

export default function Templates(): JSX.Element {
	const all = words();
	const w = all.templates;
	const list = useLoad((signal) => get<Page<TemplateRow>>("/v1/templates", {}, signal), "templates");
	const [making, set_making] = useState(false);
	const rows = list.data?.data ?? [];
	return (
		<>
			<Head title={w.title} intro={w.intro}>
				{may("templates") && <button type="button" class="primary" onClick={() => set_making(true)}>{w.make}</button>}
			</Head>
			<ErrorBox error={list.error} retry={list.reload} />
			{!list.data && !list.error && <Skeleton />}
			{list.data && !rows.length && <Empty text={w.none} command="facteur templates put DIR --account NAME" />}
			{rows.length > 0 && (
				<Wide label={w.table}>
					<table>
						<thead>
							<tr>
								<th>{w.name}</th>
								<th>{w.subject}</th>
								<th>{w.state}</th>
								<th>{w.updated}</th>
							</tr>
						</thead>
						<tbody>
							{rows.map((t) => (
								<tr key={t.id}>
									<td><a class="break" href={`/console/templates/${part(t.id)}`}>{t.name}</a></td>
									<td><span class="cut">{t.subject}</span></td>
									<td><TemplateBadges t={t} /></td>
									<td><Time at={t.updated} /></td>
								</tr>
							))}
						</tbody>
					</table>
				</Wide>
			)}
			{making && <Make close={() => set_making(false)} />}
		</>
	);
}
