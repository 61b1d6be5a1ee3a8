/* Where mail does not go: the mode sandbox, of the service or of the account that is looked at. */
import type { JSX } from "preact";
import { words } from "../i18n";
import { chosen_account, may, session } from "../session";
import { Note } from "./basics";

/* Whose mode it is; "": mail goes out. */
export function sandbox_of(): "service" | "account" | "" {
	const s = session.value;
	if (s?.mode === "sandbox") return "service";
	return s?.accounts.find((a) => a.name === chosen_account.value)?.mode === "sandbox" ? "account" : "";
}

/* fails: what doctor found; null: it was not asked yet. health: on the page of the checks. */
export function Sandbox({ fails = null, health = false }: { fails?: number | null; health?: boolean }): JSX.Element | null {
	const w = words().sandbox;
	const whose = sandbox_of();
	const service = whose === "service";
	if (!whose || (health && !service)) return null;
	return (
		<Note tone={fails === 0 ? "ok" : "warn"}>
			<p><strong>{service ? w.service : w.account}</strong> {w.means} <a href="/console/sink">{w.sink}</a></p>
			{!service && <p>{w.account_leave} <code>facteur accounts mode {chosen_account.value} live</code></p>}
			{service && health && (
				<p>
					{fails === 0 ? w.ready : fails === null ? w.ask : w.fails(fails)} <code>facteur live</code>
				</p>
			)}
			{service && !health && may("operate") && <p><a href="/console/health">{w.look}</a></p>}
		</Note>
	);
}
