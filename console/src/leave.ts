/*
 * Work on a screen that is not saved. What would take the screen away asks may_leave() first: links and the browser's
 * back here, shortcuts, search, account and sign-out where they are.
 */
import { useEffect } from "preact/hooks";
import { words } from "./i18n";

let dirty = false;
let here = "";

export function may_leave(): boolean {
	return !dirty || confirm(words().common.leave);
}

/* What the router would follow: see handleNav of preact-iso. */
function leads_away(e: MouseEvent): boolean {
	if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || e.button !== 0) return false;
	const link = e.composedPath().find((el): el is HTMLAnchorElement => el instanceof HTMLAnchorElement && el.href !== "");
	return link !== undefined && link.origin === location.origin && !link.download && !link.target && !/^#/.test(link.getAttribute("href") ?? "");
}

function click(e: MouseEvent): void {
	if (!dirty || !leads_away(e) || may_leave()) return;
	e.preventDefault();
	e.stopImmediatePropagation();
}

/* The address has changed by then; it is put back. */
function back(e: PopStateEvent): void {
	if (!dirty || location.pathname + location.search === here || may_leave()) return;
	e.stopImmediatePropagation();
	history.pushState(null, "", here);
}

/* Before the router's own, which come with the first screen. */
addEventListener("click", click, true);
addEventListener("popstate", back, true);
addEventListener("beforeunload", (e) => dirty && e.preventDefault());

export function useUnsaved(on: boolean): void {
	useEffect(() => {
		if (!on) return;
		dirty = true;
		here = location.pathname + location.search;
		return () => {
			dirty = false;
		};
	}, [on]);
}
