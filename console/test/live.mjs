/*
 * The console of a running service, signed in by the link that `facteur demo` prints: every screen is the service's own.
 * Sends a message by the API, sees it delivered, opens it and a template's preview; no screen may show an error, no call fail.
 *   node test/live.mjs LINK [SHOTS]     SHOTS: a folder for one picture of each screen
 */
import { mkdirSync } from "node:fs";
import { launch, open_page } from "./browser.mjs";

const SCREENS = ["", "activity", "domains", "keys", "webhooks", "suppressions", "templates", "people", "audit", "me"];
const PATIENCE = { timeout: 20000 };
const [link, shots] = process.argv.slice(2);
const origin = new URL(link).origin;
const browser = await launch();
const { page, wrong } = await open_page(browser, origin, { sign_in: false });
const failed = [];
/* Pages of help that were linked: the service has each of them. */
const helps = new Set();
/* Who is not signed in yet is told so. */
page.on("response", (r) => r.status() >= 400 && !(r.status() === 401 && r.url().endsWith("/v1/session")) && failed.push(`${r.status()} ${r.request().method()} ${r.url()}`));

async function settled(name) {
	await page.locator("main h1").first().waitFor(PATIENCE);
	await page.waitForLoadState("networkidle", PATIENCE);
	for (const href of await page.locator('a[href^="/help/"]').evaluateAll((all) => all.map((a) => a.getAttribute("href")))) helps.add(href);
	for (const alert of await page.locator("main [role=alert]").allInnerTexts()) if (alert.trim()) failed.push(`${name}: ${alert.trim()}`);
	if (!shots) return;
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: `${shots}/${name}.png` });
}

async function call(path, body) {
	return page.evaluate(
		async ([at, json]) => {
			const me = await (await fetch("/v1/session")).json();
			const headers = { "Content-Type": "application/json", "X-CSRF-Token": me.csrf, ...(me.account ? { "X-Facteur-Account": me.account.name } : {}) };
			const r = await fetch(at, { method: "POST", headers, body: JSON.stringify(json) });
			return [r.status, await r.json()];
		},
		[path, body],
	);
}

try {
	await page.goto(link);
	await settled("signed-in");
	const [status, made] = await call("/v1/messages", { from: "shop@demo.test", to: ["live@example.org"], subject: "Seen live <b>", text: "Hello", html: "<p>Hello</p>" });
	if (status !== 202 && status !== 200 && status !== 201) failed.push(`send: ${status} ${JSON.stringify(made)}`);
	for (const screen of SCREENS) {
		await page.goto(`${origin}/console/${screen}`);
		await settled(screen || "home");
	}
	const streamed = page.waitForResponse((r) => r.url().endsWith("/v1/messages/stream") && r.status() === 200, PATIENCE);
	await page.goto(`${origin}/console/activity?live=1`);
	await page.locator("main").getByText("Seen live <b>").first().waitFor(PATIENCE);
	await streamed;
	await call("/v1/messages", { from: "shop@demo.test", to: ["stream@example.org"], subject: "Streamed", text: "Hello" });
	await page.locator("tr", { hasText: "stream@example.org" }).locator(".badge", { hasText: "Delivered" }).waitFor(PATIENCE);
	await page.getByRole("link", { name: "live@example.org" }).first().click(PATIENCE);
	await page.waitForURL(/msg_|messages\/|rcp_/, PATIENCE);
	await page.locator("main").getByText(/Delivered/).first().waitFor(PATIENCE);
	await settled("message");
	for (const href of helps) if (!(await page.request.get(origin + href)).ok()) failed.push(`${href}: no such page`);
	if (!helps.size) failed.push("no help was linked");
} catch (e) {
	failed.push(e.message);
}
await browser.close();
for (const line of [...wrong, ...failed]) console.log(line);
console.log(`${SCREENS.length + 1} screens, ${wrong.length + failed.length} mistakes`);
process.exit(wrong.length + failed.length ? 1 : 0);
