/*
 * The console of a running service, signed in by the link that `facteur demo` prints: every screen of its rail is the
 * service's own. Makes a key and sends by SMTP with it (nodemailer), sends by the API, sees both arrive without loading
 * again, opens one; is refused in French; no screen may show an error, no call fail, no page of help be missing.
 *   node test/live.mjs LINK [--smtp PORT] [SHOTS [OPERATOR]]
 *       SHOTS: a folder for one picture of each screen, of facteur demo --traffic; OPERATOR: the link of
 *       facteur users add EMAIL --role operator, for those of the service
 */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { launch, open_page } from "./browser.mjs";

const PATIENCE = { timeout: 20000 };
const args = process.argv.slice(2);
const at = args.indexOf("--smtp");
const smtp = at < 0 ? 0 : Number(args.splice(at, 2)[1]);
const [link, shots, operator] = args;
const origin = new URL(link).origin;
const browser = await launch();
const { page, wrong } = await open_page(browser, origin, { sign_in: false });
const failed = [];
/* Pages of help that were linked: the service has each of them. */
const helps = new Set();
let screens = 0, opened = 0;
/* Who is not signed in yet is told so. */
page.on("response", (r) => r.status() >= 400 && !(r.status() === 401 && r.url().endsWith("/v1/session")) && failed.push(`${r.status()} ${r.request().method()} ${r.url()}`));

/* Requests under way but the stream, which does not end. */
const open = new Set();
page.on("request", (r) => r.url().includes("/v1/messages/stream") || open.add(r));
for (const end of ["requestfinished", "requestfailed"]) page.on(end, (r) => open.delete(r));

async function settled(name) {
	screens++;
	await page.locator("main h1").first().waitFor(PATIENCE);
	for (let quiet = 0; quiet < 3; quiet = open.size ? 0 : quiet + 1) await page.waitForTimeout(30);
	await page.waitForFunction(() => !document.querySelector(".skeleton"), undefined, PATIENCE);
	for (const href of await page.locator('a[href^="/help/"]').evaluateAll((all) => all.map((a) => a.getAttribute("href")))) helps.add(href);
	for (const alert of await page.locator("main [role=alert]").allInnerTexts()) if (alert.trim()) failed.push(`${name}: ${alert.trim()}`);
	if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
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

/* As the screen says it: user and password of the new key, into nodemailer. */
async function key_in_nodemailer() {
	await page.goto(`${origin}/console/keys`);
	await page.getByRole("button", { name: "Make a key", exact: true }).click(PATIENCE);
	await page.locator("dialog[open] .primary").click(PATIENCE);
	const values = page.locator(".secret code");
	await values.first().waitFor(PATIENCE);
	const [user, pass] = await values.allTextContents();
	const nodemailer = createRequire(new URL("../../tests/interop/package.json", import.meta.url))("nodemailer");
	await page.getByRole("tab", { name: "Nodemailer" }).click(PATIENCE);
	const shown = await page.getByRole("group", { name: "Nodemailer" }).textContent();
	if (!shown.includes(`host: "127.0.0.1", port: ${smtp}, secure: false`)) failed.push(`settings of another service: ${shown}`);
	const transport = nodemailer.createTransport({ host: "127.0.0.1", port: smtp, auth: { user, pass } });
	await transport.sendMail({ from: "shop@demo.test", to: "mailer@example.org", subject: "By nodemailer", text: "1, 2, 3" });
	transport.close();
}

/* What the service refuses, in the language of the page. */
async function refused_in_french() {
	await page.goto(`${origin}/console/keys`);
	await page.locator("select", { has: page.locator("option[value=fr]") }).first().selectOption("fr");
	await page.getByRole("button", { name: "Créer une clé", exact: true }).click(PATIENCE);
	await page.locator("dialog[open]").getByLabel("Depuis ces réseaux seulement").fill("home");
	const answer = page.waitForResponse((r) => r.url().includes("/v1/keys") && r.request().method() === "POST", PATIENCE);
	await page.locator("dialog[open] .primary").click(PATIENCE);
	if ((await (await answer).headerValue("content-language")) !== "fr") failed.push("the refusal does not say its language");
	await page.locator("dialog[open] [role=alert]").getByText("« home » n'est pas un réseau").waitFor(PATIENCE);
	const asked = failed.findIndex((line) => line.startsWith("422 POST"));
	if (asked >= 0) failed.splice(asked, 1);
}

/* Counted first; the order is followed until it is done. */
async function forgotten(address) {
	await page.goto(`${origin}/console/suppressions/forget`);
	await page.getByLabel("Address of the person").fill(address);
	await page.getByLabel("Reason", { exact: true }).fill("Letter of Monday");
	await page.getByRole("button", { name: "See what there is" }).click(PATIENCE);
	const dialog = page.locator("dialog[open]");
	if ((await dialog.locator("dd").first().textContent(PATIENCE)) === "0") failed.push(`nothing is kept of ${address}`);
	await dialog.locator("input").fill(address);
	await dialog.getByRole("button", { name: "Forget for good" }).click(PATIENCE);
	await page.locator("tr", { hasText: "era_" }).locator(".badge", { hasText: "Done" }).waitFor(PATIENCE);
	await settled("forget");
	await page.goBack();
}

/* What only the service's people see. */
async function of_the_service() {
	await page.context().clearCookies();
	await page.goto(`${origin}/console/`);
	await page.getByLabel("Password").waitFor(PATIENCE);
	await page.screenshot({ path: `${shots}/sign-in.png` });
	await page.goto("about:blank");
	await page.goto(operator);
	await page.getByLabel("Your name").fill("Root");
	await page.getByLabel("New password").fill("correct horse battery");
	await page.locator("form .primary").click(PATIENCE);
	await page.locator(".rail").waitFor(PATIENCE);
	for (const screen of ["accounts", "health"]) {
		await page.goto(`${origin}/console/${screen}`);
		await page.locator("main h1").waitFor(PATIENCE);
		if (screen === "health") await page.locator(".head .primary").click(PATIENCE);
		await settled(screen);
	}
}

const delivered = (to) => page.locator("tr", { hasText: to }).locator(".badge", { hasText: "Delivered" }).waitFor(PATIENCE);

try {
	if (shots) {
		mkdirSync(shots, { recursive: true });
		await page.setViewportSize({ width: 1200, height: 680 });
	}
	await page.goto(link);
	await settled("home");
	/* Nobody chose: the browser's language stays, in whatever the service speaks. */
	const me = await (await page.request.get(`${origin}/v1/session`)).json();
	if (me.user.language !== "" || me.language !== "en") failed.push(`languages: ${JSON.stringify(me)}`);
	const [status, made] = await call("/v1/messages", { from: "shop@demo.test", to: ["live@example.org"], subject: "Seen live <b>", text: "Hello", html: "<p>Hello</p>" });
	if (status !== 202) failed.push(`send: ${status} ${JSON.stringify(made)}`);
	const rail = await page.locator(".rail a[href^='/console/']").evaluateAll((all) => all.map((a) => a.getAttribute("href").slice("/console/".length)));
	for (const screen of [...new Set([...rail, "me"])].filter(Boolean)) {
		await page.goto(`${origin}/console/${screen}`);
		await settled(screen);
		/* Of what is listed, one. */
		const [one] = await page.locator(`main td a[href^='/console/${screen}/']`).evaluateAll((all) => all.map((a) => a.getAttribute("href")));
		if (!one) continue;
		opened++;
		await page.goto(origin + one);
		await settled(`${screen}-one`);
	}
	if (smtp) await key_in_nodemailer();
	const streamed = page.waitForResponse((r) => r.url().endsWith("/v1/messages/stream") && r.status() === 200, PATIENCE);
	await page.goto(`${origin}/console/activity?live=1`);
	await page.locator("main").getByText("Seen live <b>").first().waitFor(PATIENCE);
	if (smtp) await delivered("mailer@example.org");
	await streamed;
	await call("/v1/messages", { from: "shop@demo.test", to: ["stream@example.org"], subject: "Streamed", text: "Hello" });
	await delivered("stream@example.org");
	await forgotten("stream@example.org");
	await page.getByRole("link", { name: "live@example.org" }).first().click(PATIENCE);
	await page.waitForURL(/msg_|messages\/|rcp_/, PATIENCE);
	await page.locator("main").getByText(/Delivered/).first().waitFor(PATIENCE);
	/* For the picture one that says more: facteur demo --traffic has some. */
	if (shots) {
		await page.goto(`${origin}/console/activity?status=bounced`);
		await page.locator("main td a").first().click(PATIENCE);
		await page.locator(".verdict").waitFor(PATIENCE);
		await page.waitForTimeout(5000);
	}
	await settled("message");
	if (shots && operator) await of_the_service();
	if (!shots) await refused_in_french();
	for (const href of helps) if (!(await page.request.get(origin + href)).ok()) failed.push(`${href}: no such page`);
	if (!helps.size) failed.push("no help was linked");
	if (!opened) failed.push("of no list anything was opened");
} catch (e) {
	failed.push(e.message);
}
await browser.close();
for (const line of [...wrong, ...failed]) console.log(line);
console.log(`${screens} screens, ${wrong.length + failed.length} mistakes`);
process.exit(wrong.length + failed.length ? 1 : 0);
