/* One of very many accounts, by a part of its name. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Page, get } from "../api";
import { words } from "../i18n";
import { ErrorBox } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { useLoad } from "../ui/load";

const SHOWN = 20;

export default function FindAccount({ close, choose }: { close: () => void; choose: (name: string) => void }): JSX.Element {
	const all = words();
	const w = all.shell;
	const [text, set_text] = useState("");
	const [search, set_search] = useState("");
	const list = useLoad((signal) => get<Page<{ account: string }>>("/v1/accounts", { search, limit: SHOWN }, signal, { service: true }), `accounts ${search}`);
	const rows = list.data?.data ?? [];
	return (
		<Dialog title={w.find_account} close={close}>
			<form
				class="actions"
				role="search"
				onSubmit={(e) => {
					e.preventDefault();
					set_search(text.trim());
				}}
			>
				<label class="grow">
					<span class="visually-hidden">{w.account_part}</span>
					<input type="search" placeholder={w.account_part} value={text} onInput={(e) => set_text(e.currentTarget.value)} />
				</label>
				<button type="submit">{all.common.search}</button>
			</form>
			<ErrorBox error={list.error} retry={list.reload} />
			<div role="status">{list.data && !rows.length && <p>{w.no_such_account}</p>}</div>
			<ul class="list">
				{rows.map((a) => (
					<li key={a.account}>
						<button type="button" class="link" onClick={() => choose(a.account)}>{a.account}</button>
					</li>
				))}
			</ul>
			<div class="actions">
				<button type="button" onClick={close}>{all.common.close}</button>
			</div>
		</Dialog>
	);
}
