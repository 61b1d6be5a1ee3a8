/*
 * Opens every screen in both languages and looks and at two widths, writes pictures, and says what is wrong: findings of
 * axe-core, text that runs out of the page, errors.
 *   node test/look.mjs [--out FOLDER] [--only NAME[,NAME]] [--lang en,fr] [--theme light,dark] [--width 1280,375] [--no-axe]
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { LINK, PASSWORD, start } from "./fake.mjs";
import { launch, open_page, pwned } from "./browser.mjs";

const arg = (name, or) => {
	const i = process.argv.indexOf("--" + name);
	return i < 0 ? or : process.argv[i + 1];
};
const list = (name, or) => (arg(name, or) ?? "").split(",").filter(Boolean);
const axe_source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RCP = (n) => `rcp_${String(n).padStart(26, "a")}`;

export const SCREENS = {
	sign_in: { path: "", sign_in: false },
	welcome: { path: "#/welcome/" + LINK, sign_in: false },
	home: { path: "" },
	home_empty: { path: "", empty: true },
	activity: { path: "activity?status=bounced,delivered&since=24h" },
	message: { path: `m/${RCP(1)}`, then: (p) => p.locator("main button", { hasText: /Show the mail|Afficher le message/ }).click() },
	message_deferred: { path: `m/${RCP(2)}` },
	queue: { path: "queue", platform: true, then: (p) => p.locator("main details.more summary").nth(1).click() },
	sink: { path: "sink" },
	sink_mail: { path: "sink/900", then: (p) => p.locator("iframe").waitFor() },
	sink_why: { path: "sink/900", platform: true },
	sink_empty: { path: "sink", empty: true },
	health: { path: "health", platform: true, then: (p) => p.locator(".head .primary").click() },
	health_of_nobody: { path: "health" },
	queue_empty: { path: "queue", empty: true },
	queue_drop: { path: "queue", then: (p) => p.locator("main section.card button.danger").first().click() },
	domains: { path: "domains" },
	domain: { path: "domains/news.example" },
	keys: { path: "keys" },
	key_made: { path: "keys", then: async (p) => {
		await p.locator(".head .primary").click();
		await p.locator("dialog .primary").click();
		await p.locator(".secret").waitFor();
	} },
	suppressions: { path: "suppressions" },
	suppression_add: { path: "suppressions", then: (p) => p.locator(".head .primary").click() },
	forget: { path: "suppressions/forget" },
	forget_sure: { path: "suppressions/forget", then: async (p) => {
		await p.locator("main input[type=email]").fill("bob@example.org");
		await p.locator("main form .primary").click();
		await p.locator("dialog .danger").waitFor();
	} },
	home_sandbox: { path: "", sandbox: true },
	templates: { path: "templates" },
	template: { path: "templates/tpl_qc4rqcl3v2m5r6j7w2e5xk3d4y", then: (p) => p.locator("iframe").waitFor() },
	template_expert: { path: "templates/tpl_qc4rqcl3v2m5r6j7w2e5xk3d4y", then: async (p) => {
		await p.locator("iframe").waitFor();
		await p.getByRole("tab", { name: "Expert" }).click();
		await p.locator("textarea.short").fill('{\n  "vars": { "id": 1, }\n}');
	} },
	webhooks: { path: "webhooks" },
	webhook: { path: "webhooks/whk_n4xkqzv3yucfmttjzkuwao5wyq", then: (p) => p.locator(".head .primary").click() },
	people: { path: "people" },
	audit: { path: "audit" },
	me: { path: "me" },
	totp: { path: "me", then: async (p) => {
		/* Not that of a form beside it, which is there sooner. */
		await p.locator("main section.card:not(.two section) button.primary").first().click();
		await p.locator("dialog input[type=password]").fill(PASSWORD);
		await p.keyboard.press("Enter");
		await p.locator(".qr").waitFor();
	} },
	accounts: { path: "accounts", platform: true },
	help: { path: "", then: (p) => p.keyboard.press("?") },
	lost: { path: "nowhere" },
};

async function see(page) {
	return page.evaluate(async () => {
		const r = await window.axe.run(document, { iframes: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
		return r.violations.map((v) => `axe ${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? n.all[0]?.message ?? "")).join(" | ")}`);
	});
}

/* Nothing is on its way any more (networkidle never comes where a mail's frame is). */
async function settled(page) {
	await page.waitForTimeout(250);
	await page.waitForFunction(() => !document.querySelector(".skeleton"));
}

export async function look(browser, servers, name, { lang, theme, width, out, axe = true }) {
	const s = SCREENS[name];
	const { origin } = servers[["empty", "sandbox", "platform"].find((kind) => s[kind]) ?? "full"];
	const { context, page, wrong } = await open_page(browser, origin, { lang, theme, width, sign_in: s.sign_in !== false });
	await page.goto(`${origin}/console/${s.path}`);
	await page.locator("h1").waitFor();
	await settled(page);
	if (s.then) await s.then(page);
	await settled(page);
	const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	if (over > 0) wrong.push(`${over} px wider than the page`);
	if (await pwned(page)) wrong.push("markup ran: " + (await pwned(page)));
	if (axe) {
		await page.evaluate(axe_source);
		wrong.push(...(await see(page)));
	}
	if (out) await page.screenshot({ path: `${out}/${name}-${lang}-${theme}-${width}.png`, fullPage: true });
	await context.close();
	return wrong;
}

async function main() {
	const out = arg("out", "shots");
	const axe = !process.argv.includes("--no-axe");
	mkdirSync(out, { recursive: true });
	const servers = { full: await start(), empty: await start(0, { empty: true }), platform: await start(0, { platform: true }), sandbox: await start(0, { empty: true, platform: true, mode: "sandbox" }) };
	const browser = await launch();
	let bad = 0;
	for (const name of list("only", Object.keys(SCREENS).join(",")))
		for (const lang of list("lang", "en,fr"))
			for (const theme of list("theme", "light,dark"))
				for (const width of list("width", "1280,375").map(Number)) {
					const wrong = await look(browser, servers, name, { lang, theme, width, out, axe });
					bad += wrong.length;
					console.log(`${wrong.length ? "FAIL " : "ok   "} ${name} ${lang} ${theme} ${width}`);
					for (const w of wrong) console.log("      " + w.slice(0, 400));
				}
	await browser.close();
	for (const { server } of Object.values(servers)) server.close();
	process.exit(bad ? 1 : 0);
}

if (process.argv[1] && import.meta.url === new URL(process.argv[1], "file://").href) await main();
