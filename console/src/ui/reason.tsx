/* Why somebody of the service reads or opens what is an account's: asked where the server wants it, and nobody else. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { words } from "../i18n";
import { must_say_why } from "../session";
import { Input, Quiet } from "./form";

const SHORTEST = 10;

export interface Reason {
	field: JSX.Element | null;
	/* For the call; tells at the field when it is too short, and stops the form. */
	take: () => string | undefined;
}

export function useReason(label: string, asked = must_say_why()): Reason {
	const w = words();
	const [reason, set_reason] = useState("");
	const [wrong, set_wrong] = useState("");
	if (!asked) return { field: null, take: () => undefined };
	return {
		field: <Input label={label} hint={w.message.reason_hint} value={reason} set={set_reason} wrong={wrong} maxLength={500} />,
		take: () => {
			const short = [...reason.trim()].length < SHORTEST;
			set_wrong(short ? w.common.why_needed : "");
			if (short) throw new Quiet();
			return reason;
		},
	};
}
