/*
 * Mail of others, shown. The frame is a document with a policy of its own (frame.html: default-src 'none'), in a sandbox
 * with an origin of its own: what is in the mail runs nothing, loads nothing and reads nothing of the console.
 */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { words } from "../i18n";

export interface FrameLook {
	dark?: boolean;
	images?: boolean;
}

interface FrameProps extends FrameLook {
	html: string;
	title: string;
	link?: (url: string) => void;
}

export function MailFrame({ html, title, dark, images, link }: FrameProps): JSX.Element {
	const frame = useRef<HTMLIFrameElement>(null);
	const [ready, set_ready] = useState(0);
	/* Before the frame can be there: its first word must not be missed. */
	useLayoutEffect(() => {
		const hear = (e: MessageEvent): void => {
			if (e.source !== frame.current?.contentWindow || !e.data || typeof e.data !== "object") return;
			const said = e.data as { ready?: boolean; link?: unknown };
			if (said.ready) set_ready((n) => n + 1);
			if (typeof said.link === "string") link?.(said.link);
		};
		addEventListener("message", hear);
		return () => removeEventListener("message", hear);
	}, [link]);
	useEffect(() => {
		/* Its origin is opaque, so there is no name to send to but "*"; it is our own document. */
		if (ready) frame.current?.contentWindow?.postMessage({ html, dark: dark === true, images: images !== false, failed: words().message.not_shown }, "*");
	}, [ready, html, dark, images]);
	return <iframe ref={frame} title={title} sandbox="allow-scripts" src="/console/frame.html" referrerpolicy="no-referrer" />;
}
