/* A pasted list goes in hundreds, since that is what a call takes; refused lines are told with their number. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api";
import { number, words } from "../i18n";
import { Note } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Field, Form, Quiet } from "../ui/form";

const ROWS_OF_A_CALL = 100;
const MOST_ROWS = 5000;

interface Line {
	number: number;
	row: { address: string; reason?: string };
}
interface Said {
	changed: number;
	same: number;
	errors: { row: number; error: string }[];
}

/* As an export writes it: with a ' before what a spreadsheet would take for a formula. */
const FORMULA = /^'(?=[ ']*[=+\-@\t])/;

function lines_of(text: string): Line[] {
	return text
		.split(/\r?\n/)
		.map((l, i) => {
			const [address = "", reason] = l.split(/[,;\t]/).map((s) => s.trim().replace(/^"|"$/g, "").replace(FORMULA, ""));
			return { number: i + 1, row: reason ? { address, reason } : { address } };
		})
		.filter((l) => l.row.address && !l.row.address.startsWith("#"));
}

export function ImportDialog({ close, done }: { close: () => void; done: () => void }): JSX.Element {
	const all = words();
	const w = all.suppressions;
	const [text, set_text] = useState("");
	const [wrong, set_wrong] = useState("");
	const [result, set_result] = useState<{ changed: number; same: number; errors: { line: number; error: string }[] } | null>(null);
	const submit = async (): Promise<void> => {
		const lines = lines_of(text);
		const bad = lines.length === 0 || lines.length > MOST_ROWS;
		set_wrong(bad ? w.rows_hint : "");
		if (bad) throw new Quiet();
		const total = { changed: 0, same: 0, errors: [] as { line: number; error: string }[] };
		for (let i = 0; i < lines.length; i += ROWS_OF_A_CALL) {
			const some = lines.slice(i, i + ROWS_OF_A_CALL);
			const said = await ask<Said>("POST", "/v1/suppressions/import", { rows: some.map((l) => l.row) });
			total.changed += said.changed;
			total.same += said.same;
			for (const e of said.errors) total.errors.push({ line: some[e.row]?.number ?? 0, error: e.error });
		}
		set_result(total);
		done();
	};
	return (
		<Dialog title={w.import_title} close={close}>
			<Form
				submit={submit}
				buttons={(busy) => (
					<>
						<button type="button" onClick={close}>{result ? all.common.close : all.common.cancel}</button>
						<button type="submit" class="primary" disabled={busy}>{w.import}</button>
					</>
				)}
			>
				<Field label={w.rows} hint={w.rows_hint} wrong={wrong}>
					{(ids) => <textarea {...ids} class="code short" value={text} spellcheck={false} onInput={(e) => set_text(e.currentTarget.value)} />}
				</Field>
				{result && (
					<Note tone={result.errors.length ? "warn" : "ok"}>
						<p role="status">{w.imported(number(result.changed), number(result.same))}</p>
						{result.errors.length > 0 && <p>{w.refused}</p>}
						{result.errors.slice(0, 20).map((e) => <p key={e.line}>{w.line(e.line)} {e.error}</p>)}
					</Note>
				)}
			</Form>
		</Dialog>
	);
}
