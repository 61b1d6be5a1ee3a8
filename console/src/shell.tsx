/* The frame around every screen: navigation, search, account, language, appearance, keyboard. */
import type { ComponentChildren, JSX } from "preact";
import { useLocation } from "preact-iso";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Language, choose_language, language, words } from "./i18n";
import { may_leave } from "./leave";
import type { Words } from "./words/en";
import { remember, remembered } from "./remember";
import { choose_account, chosen_account, is_platform, may, session, sign_out } from "./session";
import { type Theme, set_theme, theme } from "./theme";
import FindAccount from "./pages/find_account";
import { ErrorBox } from "./ui/basics";
import { Calls } from "./ui/calls";
import { Dialog } from "./ui/dialog";
import { Check } from "./ui/form";
import { Toast } from "./ui/toast";

const PLACES = [
	["send", [["home", "/console/", "h"], ["activity", "/console/activity", "a"], ["queue", "/console/queue", "q"], ["sink", "/console/sink", "i"], ["templates", "/console/templates", "t"], ["suppressions", "/console/suppressions", "s"]]],
	["set_up", [["domains", "/console/domains", "d"], ["keys", "/console/keys", "k"], ["webhooks", "/console/webhooks", "w"], ["people", "/console/people", "p"], ["audit", "/console/audit", "l"]]],
] as const;
const OF_THE_SERVICE = [["accounts", "/console/accounts", "c"], ["health", "/console/health", "y"]] as const;

type Place = readonly [keyof Words["nav"], string, string];

function shown([name]: Place): boolean {
	if (name === "sink") return session.value?.sink === true;
	if (name === "health") return may("operate");
	if (name === "people") return may("people") || may("manage");
	return name === "audit" || name === "accounts" ? may(name) : true;
}

function places(): readonly (readonly ["send" | "set_up", readonly Place[]])[] {
	const [send, [group, own]] = PLACES;
	return [[send[0], send[1].filter(shown)], [group, [...own, ...OF_THE_SERVICE].filter(shown)]];
}

export function Brand(): JSX.Element {
	return (
		<a class="brand" href="/console/">
			<svg viewBox="0 0 32 32" aria-hidden="true">
				<rect width="32" height="32" rx="6" fill="#1F5FBF" />
				<path d="M6 10h20v13H6zM6 10l10 8 10-8" fill="none" stroke="#fff" stroke-width="2.4" stroke-linejoin="round" />
			</svg>
			Facteur
		</a>
	);
}

export function Looks(): JSX.Element {
	const w = words().shell;
	return (
		<>
			<label>
				<span class="visually-hidden">{w.language}</span>
				<select value={language.value} onChange={(e) => void choose_language(e.currentTarget.value as Language)}>
					<option value="en" lang="en">English</option>
					<option value="fr" lang="fr">Français</option>
				</select>
			</label>
			<label>
				<span class="visually-hidden">{w.theme}</span>
				<select value={theme.value} onChange={(e) => set_theme(e.currentTarget.value as Theme)}>
					<option value="auto">{w.auto}</option>
					<option value="light">{w.light}</option>
					<option value="dark">{w.dark}</option>
				</select>
			</label>
		</>
	);
}

/* open: of narrow screens, where one button shows the places and what the head has beside the search. */
function Rail({ open, set_open }: { open: boolean; set_open: (open: boolean) => void }): JSX.Element {
	const w = words();
	const { path } = useLocation();
	useEffect(() => set_open(false), [path]);
	const here = (href: string): boolean =>
		href === "/console/" ? path.replace(/\/$/, "") === "/console" : path.startsWith(href) || (href.endsWith("/activity") && path.startsWith("/console/m/"));
	return (
		<nav class="rail" aria-label={w.shell.navigation}>
			<div class="rail-in">
				<div class="rail-head">
					<Brand />
					<button type="button" class="menu-button" aria-expanded={open} onClick={() => set_open(!open)}>
						{w.shell.menu}
					</button>
				</div>
				<div class="places">
					{places().map(([group, own]) => (
						<div key={group}>
							<h2>{w.shell[group]}</h2>
							<ul>
								{own.map(([name, href]) => (
									<li key={name}>
										<a href={href} aria-current={here(href) ? "page" : undefined}>
											{w.nav[name]}
										</a>
									</li>
								))}
							</ul>
						</div>
					))}
				</div>
			</div>
		</nav>
	);
}

/* What a person types into the one search: an address, a Message-ID, an id, or words of a subject. */
export function search_of(text: string): string {
	const t = text.trim();
	const at = (name: string): string => `/console/activity?${name}=${encodeURIComponent(t)}`;
	if (/^(msg|rcp)_\w+$/.test(t)) return `/console/m/${t}`;
	if (/^<.*>$/.test(t)) return `/console/activity?message_id=${encodeURIComponent(t.slice(1, -1))}`;
	if (/^\S+@\S+$/.test(t)) return at("to");
	return at("subject");
}

function Search(): JSX.Element {
	const w = words().shell;
	const { route } = useLocation();
	const [text, set_text] = useState("");
	return (
		<form
			role="search"
			onSubmit={(e) => {
				e.preventDefault();
				if (text.trim() && may_leave()) route(search_of(text));
			}}
		>
			<label>
				<span class="visually-hidden">{w.search}</span>
				<input
					id="search"
					type="search"
					placeholder={w.search_hint}
					value={text}
					aria-keyshortcuts="/"
					onInput={(e) => set_text(e.currentTarget.value)}
				/>
			</label>
		</form>
	);
}

/* No account is called so. */
const MORE = "?";

function Account(): JSX.Element | null {
	const w = words().shell;
	const s = session.value;
	const [finding, set_finding] = useState(false);
	if (!s) return null;
	if (!is_platform()) return <span class="muted">{s.account?.name}</span>;
	const choose = (e: Event & { currentTarget: HTMLSelectElement }): void => {
		const name = e.currentTarget.value;
		if (name === MORE) set_finding(true);
		else if (may_leave()) return choose_account(name);
		e.currentTarget.value = chosen_account.value;
	};
	const beyond = s.more && !s.accounts.some((a) => a.name === chosen_account.value);
	if (!s.accounts.length) return <span class="muted">{w.no_account}</span>;
	return (
		<>
			<label>
				<span class="visually-hidden">{w.account}</span>
				<select value={chosen_account.value} onChange={choose}>
					{beyond && <option value={chosen_account.value} selected>{chosen_account.value}</option>}
					{s.accounts.map((a) => (
						<option key={a.id} value={a.name} selected={a.name === chosen_account.value}>
							{a.name}
						</option>
					))}
					{s.more && <option value={MORE}>{w.more_accounts}</option>}
				</select>
			</label>
			{finding && (
				<FindAccount
					close={() => set_finding(false)}
					choose={(name) => {
						set_finding(false);
						if (may_leave()) choose_account(name);
					}}
				/>
			)}
		</>
	);
}

function typing(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}

/* Single keys can be switched off (WCAG 2.1.4). Answers whether the list is to be shown. */
function useShortcuts(show_list: () => void): void {
	const { route } = useLocation();
	const after_g = useRef(0);
	useEffect(() => {
		const press = (e: KeyboardEvent): void => {
			if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || document.querySelector("dialog[open]")) return;
			/* Outside of a shadow root, which the editor is, e.target is its host. */
			if (typing(e.composedPath()[0] ?? null) || remembered("shortcuts") === "off") return;
			const place = places().flatMap(([, p]) => [...p]).find(([, , k]) => k === e.key);
			if (after_g.current > Date.now() - 1500 && place) {
				if (may_leave()) route(place[1]);
			} else if (e.key === "/") document.getElementById("search")?.focus();
			else if (e.key === "?") show_list();
			else {
				after_g.current = e.key === "g" ? Date.now() : 0;
				return;
			}
			after_g.current = 0;
			e.preventDefault();
		};
		addEventListener("keydown", press);
		return () => removeEventListener("keydown", press);
	}, [route]);
}

function Shortcuts({ close }: { close: () => void }): JSX.Element {
	const w = words();
	const [on, set_on] = useState(remembered("shortcuts") !== "off");
	return (
		<Dialog title={w.shell.shortcuts} close={close}>
			<div class="key-list">
				<kbd>/</kbd>
				<span>{w.shell.keys.search}</span>
				{places().flatMap(([, p]) => [...p]).map(([name, , key]) => [
					<kbd key={key}>g {key}</kbd>,
					<span key={name}>{w.shell.keys.go(w.nav[name])}</span>,
				])}
				<kbd>?</kbd>
				<span>{w.shell.keys.list}</span>
				<kbd>Esc</kbd>
				<span>{w.shell.keys.close}</span>
			</div>
			<Check
				checked={on}
				set={(next) => {
					remember("shortcuts", next ? "on" : "off");
					set_on(next);
				}}
			>
				{w.shell.shortcuts_off}
			</Check>
			<div class="actions">
				<button type="button" onClick={close}>
					{w.common.close}
				</button>
			</div>
		</Dialog>
	);
}

export function Shell({ children }: { children: ComponentChildren }): JSX.Element {
	const w = words().shell;
	const [list, set_list] = useState(false);
	const [menu, set_menu] = useState(false);
	const [stays, set_stays] = useState<unknown>(null);
	const leave = (): void => {
		set_stays(null);
		if (may_leave()) sign_out().catch(set_stays);
	};
	useShortcuts(() => set_list(true));
	return (
		<>
			<a class="skip" href="#content">{w.skip}</a>
			<div class="shell" data-menu={menu}>
				<Rail open={menu} set_open={set_menu} />
				<div class="main">
					<header class="top">
						<Search />
						<div class="end">
							<Account />
							<Looks />
							<button type="button" onClick={() => set_list(true)}>
								{w.help}
							</button>
							<a href="/console/me">{session.value?.user.name || session.value?.user.email}</a>
							<button type="button" onClick={leave}>
								{w.sign_out}
							</button>
						</div>
					</header>
					<main class="page" id="content" tabIndex={-1}>
						<ErrorBox error={stays} />
						{children}
					</main>
					<footer class="foot">
						<Calls />
					</footer>
				</div>
			</div>
			{list && <Shortcuts close={() => set_list(false)} />}
			<Toast />
		</>
	);
}
