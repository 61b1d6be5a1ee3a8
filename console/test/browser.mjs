/* One Chromium, Debian's or that of CHROMIUM. Pages fail the test when something runs that must not, when the policy refuses
 * something of ours, or when a request leaves for elsewhere. */
import { accessSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { EMAIL, PASSWORD } from "./fake.mjs";

/* Where a mail is shown: the frame's document and its script. */
const frame_script = /src="([^"]+)"/.exec(readFileSync(new URL("../dist/frame.html", import.meta.url), "utf8"))[1];
const of_frame = (url) => ["/console/frame.html", frame_script].some((path) => url.endsWith(path));

export function executable() {
	for (const path of [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]) {
		if (!path) continue;
		try {
			accessSync(path);
			return path;
		} catch {
			/* the next one */
		}
	}
	return null;
}

export const launch = () => chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });

export async function open_page(browser, origin, { lang = "en", theme = "light", width = 1280, height = 900, sign_in = true } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, locale: lang === "fr" ? "fr-FR" : "en-GB", timezoneId: "Europe/Paris", colorScheme: theme, reducedMotion: "reduce" });
	if (sign_in) await context.request.post(`${origin}/v1/session`, { data: { email: EMAIL, password: PASSWORD } });
	const page = await context.newPage();
	const wrong = [];
	page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
	page.on("console", (m) => {
		/* Refusals that a mail provokes are the policy at work; those of ours are mistakes. */
		if (m.type() !== "error") return;
		if (/status of 4\d\d/.test(m.text())) return;
		if (of_frame(m.location().url) && /192\.0\.2\.66|sandboxed|Blocked script execution|inline event handler/.test(m.text())) return;
		/* Told without a place when a style asks; no policy but the frame's says so. */
		if (/"img-src data:"/.test(m.text())) return;
		wrong.push(`console: ${m.text()} (${m.location().url})`);
	});
	/* What the policy stops fails with "csp" and never leaves. */
	const outside = (r) => !r.url().startsWith(origin) && !/^(data|blob|about):/.test(r.url());
	page.on("requestfinished", (r) => outside(r) && wrong.push(`request: ${r.url()}`));
	page.on("requestfailed", (r) => outside(r) && r.failure()?.errorText !== "csp" && wrong.push(`request: ${r.url()} ${r.failure()?.errorText}`));
	return { context, page, wrong };
}

/* Where markup ran: in the page, or in a frame of it. */
export async function pwned(page) {
	for (const frame of page.frames()) {
		const ran = await frame.evaluate(() => window.pwned).catch(() => undefined); /* gone meanwhile */
		if (ran !== undefined) return `${frame.url()} ${ran}`;
	}
	return undefined;
}

const follow = (page, href) =>
	page.evaluate((to) => {
		const a = document.createElement("a");
		a.setAttribute("href", to);
		document.body.append(a);
		a.click();
		a.remove();
	}, href);

/* To another screen by a link, as people go: what is loaded stays loaded. The old screen is shown until the new one is there,
 * so it goes by way of none. Only for who is signed in. */
export async function visit(page, path) {
	await follow(page, "/console/nowhere");
	await page.waitForFunction(() => location.pathname === "/console/nowhere" && document.querySelector('main a[href="/console/"]'));
	if (path === "nowhere") return;
	await follow(page, `/console/${path}`);
	await page.waitForFunction((at) => location.pathname + location.search !== "/console/nowhere" && !document.querySelector('main a[href="/console/"]') && document.querySelector("main h1"), path);
}
