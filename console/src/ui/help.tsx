/* The page of help that the server has of a topic (src/api/help): beside what it explains, in a tab of its own, since work may be open here. */
import type { JSX } from "preact";
import { language, words } from "../i18n";

export type Topic = `${"advice" | "doctor" | "problem" | "reason" | "cause"}-${string}`;

export function Help({ topic, about }: { topic: Topic; about?: string }): JSX.Element {
	const w = words().common;
	return (
		<a class="small nowrap" href={`/help/${topic}?lang=${language.value}`} target="_blank" rel="noopener">
			{w.help}
			{about && <span class="visually-hidden"> {about}</span>}
		</a>
	);
}

/* The topic of a problem document; its type ends with its word. */
export function problem_topic(type: string | undefined): Topic | null {
	const word = /#([a-z-]+)$/.exec(type ?? "")?.[1];
	return word ? `problem-${word}` : null;
}
