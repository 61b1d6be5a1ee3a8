/* The calls that this screen made, to be copied: what the console does, a program can. */
import type { JSX } from "preact";
import { calls, curl } from "../api";
import { words } from "../i18n";
import { Copy } from "./basics";

export function Calls(): JSX.Element {
	const w = words().calls;
	return (
		<details class="more">
			<summary>{w.title}</summary>
			<div>
				<p class="muted">
					{w.intro} <a href="/docs/api">{w.reference}</a>
				</p>
				{calls.value.map((c) => (
					<div key={c.method + c.path} class="copyline field">
						<pre tabIndex={0} role="group" aria-label={`${c.method} ${c.path.split("?")[0]}`}>{curl(c)}</pre>
						<Copy text={curl(c)} label={`${c.method} ${c.path.split("?")[0]}`} />
					</div>
				))}
			</div>
		</details>
	);
}
