/* Light, dark or as the system says; remembered in this browser. */
import { signal } from "@preact/signals";
import { remember, remembered } from "./remember";

export type Theme = "auto" | "light" | "dark";
export const theme = signal<Theme>("auto");

export function set_theme(next: Theme): void {
	theme.value = next;
	if (next === "auto") document.documentElement.removeAttribute("data-theme");
	else document.documentElement.setAttribute("data-theme", next);
	remember("theme", next);
}

export function start_theme(): void {
	const was = remembered("theme");
	if (was === "light" || was === "dark") set_theme(was);
}
