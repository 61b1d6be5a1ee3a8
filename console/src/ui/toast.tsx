/* One line that says what was done; read out, goes by itself. */
import type { JSX } from "preact";
import { signal } from "@preact/signals";

const text = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(what: string): void {
	text.value = what;
	clearTimeout(timer);
	timer = setTimeout(() => (text.value = ""), 6000);
}

export function Toast(): JSX.Element {
	return (
		<div class="toast" role="status" aria-live="polite">
			{text.value}
		</div>
	);
}
