/* Tabs by the pattern of WAI-ARIA: arrows move, one stop for Tab. */
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface TabsProps<T extends string> {
	label: string;
	tabs: readonly (readonly [T, string])[];
	chosen: T;
	choose: (tab: T) => void;
	children: ComponentChildren;
}

export function Tabs<T extends string>({ label, tabs, chosen, choose, children }: TabsProps<T>): JSX.Element {
	const id = useId();
	const move = (e: KeyboardEvent): void => {
		const at = tabs.findIndex(([t]) => t === chosen);
		const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[e.key];
		if (to === undefined) return;
		const next = tabs[(to + tabs.length) % tabs.length];
		if (!next) return;
		e.preventDefault();
		choose(next[0]);
		document.getElementById(`${id}-${next[0]}`)?.focus();
	};
	return (
		<div>
			<div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
				{tabs.map(([t, text]) => (
					<button
						key={t}
						id={`${id}-${t}`}
						type="button"
						role="tab"
						aria-selected={t === chosen}
						aria-controls={`${id}-panel`}
						tabIndex={t === chosen ? 0 : -1}
						onClick={() => choose(t)}
					>
						{text}
					</button>
				))}
			</div>
			<div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`}>
				{children}
			</div>
		</div>
	);
}

interface SegProps<T extends string> {
	label: string;
	options: readonly (readonly [T, string])[];
	chosen: T;
	choose: (option: T) => void;
}

export function Seg<T extends string>({ label, options, chosen, choose }: SegProps<T>): JSX.Element {
	return (
		<div class="seg" role="group" aria-label={label}>
			{options.map(([o, text]) => (
				<button key={o} type="button" aria-pressed={o === chosen} onClick={() => choose(o)}>
					{text}
				</button>
			))}
		</div>
	);
}
