/*
 * Every screen of the route table, and what opens on some of them, in light and dark, 1280 and 320 px wide: no finding of
 * axe-core, nothing wider than the page. One page for all: looks and widths change without loading again.
 *   node test/proof.mjs [NAME,…]
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launch, open_page, pwned, visit } from "./browser.mjs";
import { start } from "./fake.mjs";
import { SCREENS } from "./look.mjs";

const axe_source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/* What stands where depends on the width alone, colours on both: all rules at each width, those of colours in each look. */
const COLOURS = ["color-contrast", "link-in-text-block"];
const LOOKS = [["light", 1280, RULES], ["dark", 1280, COLOURS], ["dark", 320, RULES], ["light", 320, COLOURS]];

/* Further states of screens: look.mjs shows and judges them. */
const BY_HAND = ["home_empty", "home_sandbox", "key_made", "message_deferred", "suppression_add", "template_expert", "help"];

/* An example of what stands at a colon. A new route with one needs another. */
const EXAMPLES = { "/console/m/:id": `rcp_${"1".padStart(26, "a")}`, "/console/domains/:domain": "news.example",
	"/console/sink/:id": "900", "/console/templates/:id": "tpl_qc4rqcl3v2m5r6j7w2e5xk3d4y", "/console/webhooks/:id": "whk_n4xkqzv3yucfmttjzkuwao5wyq" };

/* Those that look.mjs opens in some state stand there; others as they are. */
function screens() {
	const source = readFileSync(new URL("../src/app.tsx", import.meta.url), "utf8");
	const routes = [...source.matchAll(/<Route path="([^"]+)"/g)].map((m) => m[1]);
	const all = Object.fromEntries(Object.entries(SCREENS).filter(([name]) => !BY_HAND.includes(name)));
	const covered = new Set(Object.values(all).map((s) => s.path.split("?")[0]));
	for (const route of routes) {
		if (route.includes(":") && !EXAMPLES[route]) throw new Error(`proof.mjs: give an example for ${route}`);
		const path = route.replace(/:\w+/, EXAMPLES[route]).slice("/console/".length);
		if (!covered.has(path)) all[path] = { path, platform: true };
	}
	return all;
}

/* What axe does not see: words torn into a column of letters, what is done with a row beyond the edge of a wide screen, and
 * a head that leaves no room for the screen. */
function cramped() {
	const found = [];
	for (const td of document.querySelectorAll("main td"))
		if (td.firstElementChild?.getClientRects().length > 6 && td.clientWidth < 100) found.push(`a column of letters: ${td.textContent.slice(0, 30)}`);
	const head = document.querySelector("main.page")?.getBoundingClientRect().top + scrollY;
	if (innerWidth < 760 && head > 140) found.push(`${head} px above the screen`);
	for (const box of document.querySelectorAll("main .wide"))
		if (innerWidth >= 1280 && box.scrollWidth > box.clientWidth + 1 && box.querySelector("td .actions")) found.push(`what is done with a row is cut off: ${box.getAttribute("aria-label")}`);
	return found;
}

async function findings(page, rules) {
	const found = await page.evaluate(async (rules) => {
		const r = await window.axe.run(document, { iframes: false, preload: false, resultTypes: ["violations"], runOnly: rules });
		return r.violations.map((v) => `axe ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | ")}`);
	}, rules);
	const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	if (over > 0) found.push(`${over} px wider than the page`);
	found.push(...(await page.evaluate(cramped)));
	return found;
}

const only = process.argv[2]?.split(",");
const servers = { full: await start(0, { few: true }), platform: await start(0, { few: true, platform: true }) };
const browser = await launch();
const open = async (kind, sign_in = true) => {
	const t = await open_page(browser, servers[kind].origin, { sign_in });
	/* Leaving what was typed is asked about. */
	t.page.on("dialog", (d) => d.accept());
	await t.page.goto(`${servers[kind].origin}/console/nowhere`);
	await t.page.evaluate(axe_source);
	await t.page.locator("h1").waitFor();
	return t;
};
const pages = { out: await open("full", false), full: await open("full", true), platform: await open("platform", true) };
let seen = 0, bad = 0;
for (const [name, s] of Object.entries(screens())) {
	if (only && !only.includes(name)) continue;
	const { page, wrong } = pages[s.sign_in === false ? "out" : s.platform ? "platform" : "full"];
	await page.emulateMedia({ colorScheme: LOOKS[0][0], reducedMotion: "reduce" });
	await page.setViewportSize({ width: LOOKS[0][1], height: 900 });
	if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
	if (s.sign_in === false) {
		await page.goto("about:blank");
		await page.goto(`${servers.full.origin}/console/${s.path}`);
		await page.evaluate(axe_source);
		await page.locator("h1").waitFor();
	} else await visit(page, s.path);
	await page.waitForFunction(() => !document.querySelector(".skeleton, [aria-busy=true]"));
	if (s.then) await s.then(page);
	for (const [theme, width, rules] of LOOKS) {
		await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
		await page.setViewportSize({ width, height: 900 });
		seen++;
		for (const line of [...(await findings(page, rules)), ...wrong.splice(0)]) {
			bad++;
			console.log(`FAIL  ${name} ${theme} ${width}: ${line.slice(0, 400)}`);
		}
	}
	const ran = await pwned(page);
	if (ran !== undefined) console.log(`FAIL  ${name}: markup ran: ${ran}`, bad++);
}
await browser.close();
for (const { server } of Object.values(servers)) server.close();
console.log(`${seen} looks, ${bad} mistakes`);
process.exit(bad || !seen ? 1 : 0);
