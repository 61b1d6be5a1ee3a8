/*
 * What people do in the console, in English on a wide light page and in French on a narrow dark one, against fake.mjs.
 * On every screen: nothing of a remote's markup runs, no request leaves, no finding of axe-core, nothing wider than the page.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { EMAIL, LINK, PASSWORD, start } from "./fake.mjs";
import { executable, launch, open_page, pwned, visit } from "./browser.mjs";
import { HARD, hard } from "./hard.mjs";
import { app_code } from "./totp.mjs";
import { words } from "./words.mjs";

const axe_source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/* --short: each flow in one language, and what LEFT_OUT says. --only=NAME,…: those of hard.mjs (hard: all). */
const short = process.argv.includes("--short");
const LEFT_OUT = ["axe-core and the width of pages", "the other language of each flow", "platform", "entering", "required"];
const failed = [];

function ok(what, good, more = "") {
	const line = `${good ? "ok   " : "FAIL "} ${what}${good || !more ? "" : ": " + more}`;
	if (!good) failed.push(line);
	console.log(line);
}

async function clean(t, name) {
	const { page, wrong } = t;
	if (short) {
		const ran = await pwned(page);
		return ok(`${t.lang} ${name}: clean`, ran === undefined && !wrong.length, `${ran} ${wrong.splice(0).join(" | ")}`);
	}
	await page.waitForFunction(() => !document.querySelector(".skeleton"));
	if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axe_source);
	const found = await page.evaluate(async () => {
		const r = await window.axe.run(document, { iframes: false, resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
		return r.violations.map((v) => `${v.id} ${v.nodes[0]?.target.join(" ")}`);
	});
	const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	if (over > 0) found.push(`${over} px too wide`);
	const ran = await pwned(page);
	if (ran !== undefined) found.push("markup ran: " + ran);
	found.push(...wrong.splice(0));
	ok(`${t.lang} ${name}: clean`, found.length === 0, found.join(" | ").slice(0, 600));
}

const button = (t, name) => t.page.getByRole("button", { name, exact: true });
const go = async (t, path) => {
	if (!path.includes("#") && (await t.page.locator(".rail").count()) && !(await dialog(t).count())) return visit(t.page, path);
	await t.page.goto(`${t.origin}/console/${path}`);
	await t.page.locator("h1").waitFor();
};
const seen = (locator) => locator.first().waitFor({ timeout: 20_000 }).then(() => true, () => false);
const dialog = (t) => t.page.locator("dialog[open]");

/* On narrow screens the menu has it. */
async function leave(t) {
	const menu = button(t, t.w.shell.menu);
	await t.page.locator(".rail").waitFor();
	if (await menu.isVisible()) await menu.click();
	await button(t, t.w.shell.sign_out).click();
}

async function signing(t) {
	const { page, w } = t;
	await go(t, "suppressions?search=person1");
	await clean(t, "sign-in");
	await button(t, w.sign_in.submit).click();
	ok(`${t.lang} empty form: told at the field`, await seen(page.getByText(w.sign_in.email_needed)));
	await page.getByLabel(w.sign_in.email).fill(EMAIL);
	await page.getByLabel(w.sign_in.password).fill("wrong");
	await button(t, w.sign_in.submit).click();
	ok(`${t.lang} wrong password: told`, await seen(page.getByText(w.sign_in.wrong)));
	await page.getByLabel(w.sign_in.password).fill(PASSWORD);
	await page.keyboard.press("Enter");
	ok(`${t.lang} signed in, where it was going`, await seen(page.getByRole("heading", { name: w.suppressions.title })) && page.url().endsWith("search=person1"));
	await leave(t);
	ok(`${t.lang} signed out`, await seen(page.getByLabel(w.sign_in.password)));
	t.wrong.splice(0);
}

async function welcoming(t) {
	const { page, w } = t;
	await go(t, "#/welcome/used");
	ok(`${t.lang} a used link: told`, await seen(page.getByText(w.welcome.spent)));
	await page.goto("about:blank");
	await go(t, "#/welcome/" + LINK);
	await page.getByLabel(w.welcome.name).fill("Ann");
	ok(`${t.lang} the link's secret left the address`, !page.url().includes(LINK));
	await page.getByLabel(w.welcome.password).fill("short");
	await button(t, w.welcome.submit).click();
	ok(`${t.lang} short password: told`, await seen(page.getByText(w.welcome.short)));
	await clean(t, "welcome");
	await page.getByLabel(w.welcome.password).fill(PASSWORD);
	await button(t, w.welcome.submit).click();
	ok(`${t.lang} welcome leads in`, await seen(page.getByRole("heading", { name: w.home.title, exact: true })));
}

async function sending(t) {
	const { page, w } = t;
	await go(t, "");
	await clean(t, "home");
	await button(t, w.home.send_test).click();
	await dialog(t).getByLabel(w.home.to, { exact: true }).fill("new@example.org");
	await button(t, w.home.send).click();
	ok(`${t.lang} a test message opens its page`, await seen(page.getByText("new@example.org")) && page.url().includes("/console/m/"));
	await page.locator("details.more > summary").last().click();
	const curl = await page.locator("details.more pre").allTextContents();
	ok(`${t.lang} its calls are shown as curl`, curl.some((c) => c.startsWith("curl ") && c.includes("/v1/messages/msg_new")), curl.join("\n"));
}

async function queueing(t) {
	const { page, w } = t;
	await go(t, "queue");
	const gmail = page.getByRole("region", { name: "gmail.com", exact: true });
	ok(`${t.lang} what waits, and what was said`, await seen(gmail.getByText(/421 4\.7\.28/)) && (await seen(gmail.getByText(w.queue.waiting_n(1207)))));
	await gmail.locator("summary").first().click();
	await gmail.locator("tr", { hasText: "corp.example" }).getByRole("button", { name: new RegExp(`^${w.queue.deeds.hold}`) }).click();
	ok(`${t.lang} counted before it is held`, await seen(dialog(t).getByText(w.queue.counted(3))));
	await button(t, w.queue.verbs.hold(3)).click();
	ok(`${t.lang} a lane is held`, await seen(page.getByText(w.queue.done.hold(3))) && (await seen(gmail.getByText(w.queue.held_n(3)))));
	await gmail.getByRole("button", { name: new RegExp(`^${w.queue.deeds.drop}.*gmail`) }).first().click();
	const drop = button(t, w.queue.verbs.drop(1207));
	ok(`${t.lang} many are not dropped by a slip`, await seen(drop) && (await drop.isDisabled()));
	await dialog(t).locator("input").fill("1207");
	await drop.click();
	ok(`${t.lang} dropped, with the number that was told`, await seen(page.getByText(w.queue.done.drop(1207))) && JSON.stringify(t.db.calls.at(-1)) === '["queue.drop",{"provider":"gmail.com","expect":1207}]', JSON.stringify(t.db.calls.at(-1)));
	const rows = page.getByRole("region", { name: "orange.test", exact: true });
	await rows.locator("summary").last().click();
	await rows.getByRole("button", { name: w.common.more }).click();
	ok(`${t.lang} its recipients, page by page`, await seen(rows.getByText("last@gmail.com")));
	await clean(t, "queue");
}

async function catching(t) {
	const { page, w } = t;
	await go(t, "sink");
	ok(`${t.lang} caught mail, what was in doubt too`, await seen(page.getByText(w.states.in_doubt)));
	await page.getByRole("link", { name: "alice@orange.test" }).first().click();
	ok(`${t.lang} it is read at once, with advice`, await seen(page.getByText(/shop\.example/).first()) && (await seen(page.getByText(w.templates.levels.problem))));
	const mail = page.frameLocator("iframe");
	ok(`${t.lang} as its reader would see it`, await seen(mail.getByRole("heading", { name: "Bonjour" })));
	await button(t, w.templates.phone).click();
	ok(`${t.lang} on a phone`, await seen(page.locator(".frame-box.w360")));
	await clean(t, "sink");
	await page.getByRole("tab", { name: w.message.source }).click();
	ok(`${t.lang} its source`, await seen(page.locator("pre").getByText(/^From: Shop/)));
	await clean(t, "caught message");
}

async function following(t) {
	const { page, w } = t;
	await go(t, "activity?live=1");
	await clean(t, "activity");
	const rows = page.locator("tbody tr");
	const before = await rows.count();
	await button(t, w.common.more).click();
	await page.waitForFunction((n) => document.querySelectorAll("tbody tr").length > n, before);
	ok(`${t.lang} load more`, (await rows.count()) > before);
	while (!t.db.streams.length) await page.waitForTimeout(20);
	const row = { ...t.db.messages[0], id: "rcp_live", to: "live@example.org" };
	t.db.tell("message", row);
	const live = page.locator("tr", { hasText: "live@example.org" });
	ok(`${t.lang} a new message appears by itself`, await seen(live));
	t.db.tell("message", { ...row, state: "bounced" });
	ok(`${t.lang} and changes in its place`, await seen(live.getByText(w.states.bounced)) && (await live.count()) === 1);
	t.db.tell("left", { id: row.id });
	ok(`${t.lang} and goes when it fits no more`, await live.waitFor({ state: "detached", timeout: 20_000 }).then(() => true, () => false));
	await page.locator("#search").fill("bob@example.org");
	await page.keyboard.press("Enter");
	await page.waitForURL(/to=bob/);
	await button(t, w.activity.save_view).click();
	await dialog(t).getByRole("button", { name: w.activity.save_view }).click();
	ok(`${t.lang} a view without a name: told`, await seen(dialog(t).getByText(w.activity.view_needed)));
	await dialog(t).getByLabel(w.activity.view_name).fill("Bob <b>");
	await page.keyboard.press("Enter");
	const views = page.getByRole("navigation", { name: w.activity.views });
	await button(t, w.activity.clear).click();
	await page.waitForURL(/activity(\?live=1)?$/);
	/* As another browser has it; and what this one had kept before goes to the service. */
	await page.evaluate((id) => localStorage.setItem(`facteur.views.${id}`, JSON.stringify([{ name: "Old", filters: { status: "bounced" } }])), "usr_a");
	await page.reload();
	ok(`${t.lang} views of the browser go to the service`, await seen(views.getByRole("link", { name: "Old" })) && t.db.views.map((v) => `${v.name}?${v.query}`).join() === "Bob <b>?to=bob%40example.org,Old?status=bounced" && (await page.evaluate((id) => localStorage.getItem(`facteur.views.${id}`), "usr_a")) === null);
	await views.getByRole("button", { name: w.activity.remove_view("Old") }).click();
	await views.getByRole("link", { name: "Old" }).waitFor({ state: "detached" });
	ok(`${t.lang} a view is removed`, t.db.views.length === 1);
	await views.getByRole("link", { name: "Bob <b>" }).click();
	ok(`${t.lang} a saved view is its filters again`, await page.waitForURL(/to=bob/).then(() => true, () => false));
	await page.getByRole("link", { name: "bob@example.org" }).first().waitFor();
	await page.getByRole("link", { name: "bob@example.org" }).first().click();
	ok(`${t.lang} why it bounced, in one sentence`, await seen(page.locator(".verdict")) && (await seen(page.getByText(w.blames.address))));
	await page.getByRole("link", { name: "newsletters" }).click();
	await page.locator(".chip", { hasText: "newsletters" }).waitFor();
	ok(`${t.lang} its own stream is a filter`, (await page.getByRole("combobox", { name: w.activity.stream }).inputValue()) === "newsletters" && (await page.locator("tbody tr").count()) > 0);
	await page.goBack();
	await page.locator(".verdict").waitFor();
	ok(`${t.lang} what that means has a page`, (await page.getByRole("link", { name: w.common.help }).first().getAttribute("href")) === `/help/cause-mailbox?lang=${t.lang}`);
	await button(t, w.message.show).click();
	const mail = page.frameLocator("iframe");
	ok(`${t.lang} the mail is shown`, await seen(mail.getByRole("heading", { name: "Bonjour" })));
	await mail.getByRole("link").first().click();
	ok(`${t.lang} its link is told, not followed`, await seen(page.getByText("https://shop.example/o/1001")) && page.frames().length === 2);
	await page.getByRole("tab", { name: w.message.source }).click();
	ok(`${t.lang} its source is text`, await seen(page.getByText("Content-Transfer-Encoding: quoted-printable")));
	await clean(t, "message");
	await button(t, w.message.resend).click();
	await dialog(t).getByRole("button", { name: w.message.resend }).click();
	ok(`${t.lang} sent again: the new message is shown`, await page.waitForURL(/m\/msg_again/).then(() => true, () => false) && (await seen(page.locator(".badge", { hasText: w.states.accepted }))));
}

async function domains(t) {
	const { page, w } = t;
	await go(t, "domains");
	await button(t, w.domains.add).first().click();
	await dialog(t).getByLabel(w.domains.name).fill("ann@fresh.example");
	await dialog(t).getByRole("button", { name: w.domains.add }).click();
	ok(`${t.lang} a new domain: its records`, await seen(page.getByText("fct1._domainkey.fresh.example")));
	await clean(t, "domain");
	await button(t, w.domains.check).click();
	ok(`${t.lang} checked: all found`, await seen(page.getByText(w.domains.all_found)));
}

async function keys(t) {
	const { page, w } = t;
	await go(t, "keys");
	await button(t, w.keys.make).click();
	await dialog(t).getByLabel(w.keys.networks).fill("home");
	await dialog(t).getByRole("button", { name: w.keys.make }).click();
	ok(`${t.lang} a refusal is told, the form kept`, await seen(dialog(t).getByRole("alert")) && (await dialog(t).getByLabel(w.keys.networks).inputValue()) === "home");
	await dialog(t).getByLabel(w.keys.networks).fill("");
	await dialog(t).getByRole("button", { name: w.keys.make }).click();
	ok(`${t.lang} the secret is shown`, await seen(page.locator(".secret").getByText("xioppBlg").first()));
	await clean(t, "key made");
	await page.getByRole("tab", { name: "Exim" }).click();
	const settings = page.getByRole("group", { name: "Exim" });
	ok(`${t.lang} settings have the new key`, (await settings.textContent()).includes("^fk_live_4jv5ydqvmtg6o7dkx5mbf2lnaq^xioppBlg"));
	await page.getByRole("radio", { name: "465" }).check();
	const text = await settings.textContent();
	ok(`${t.lang} settings follow the port`, text.includes("::465") && text.includes("protocol = smtps") && (await page.getByText("-connect 127.0.0.1:465 -quiet").count()) === 1, text);
	await page.reload();
	await page.locator("tbody tr").first().waitFor();
	ok(`${t.lang} and only once`, (await page.getByText("xioppBlg").count()) === 0);
}

async function suppressing(t) {
	const { page, w } = t;
	await go(t, "suppressions");
	await button(t, w.suppressions.add).click();
	await dialog(t).getByLabel(w.suppressions.address).fill("late@example.org");
	await dialog(t).getByRole("button", { name: w.suppressions.add }).click();
	const row = page.locator("tr", { hasText: "late@example.org" });
	ok(`${t.lang} suppressed`, await seen(row));
	await clean(t, "suppressions");
	await row.getByRole("button").first().click();
	await dialog(t).getByRole("button", { name: w.suppressions.remove_title }).click();
	await row.waitFor({ state: "detached" });
	ok(`${t.lang} and not any more`, true);
	// Lines of an export: without the ' that keeps a spreadsheet from reckoning.
	await button(t, w.suppressions.import).click();
	await dialog(t).getByLabel(w.suppressions.rows).fill("'+plus@example.org,complaint\n\"''=1@example.org\"");
	await dialog(t).getByRole("button", { name: w.suppressions.import }).click();
	ok(`${t.lang} a list imported`, await seen(dialog(t).getByRole("status")) && await seen(page.getByText(/^\+plus@example\.org$/).first()) && await seen(page.getByText(/^'=1@example\.org$/).first()));
	await dialog(t).getByRole("button", { name: w.common.close }).click();
}

async function forgetting(t) {
	const { page, w, db } = t;
	await go(t, "suppressions");
	await page.getByRole("link", { name: w.forget.title }).click();
	await page.getByLabel(w.forget.address).fill("bob@example.org");
	await page.getByLabel(w.forget.reason, { exact: true }).fill("Bob@example.org wrote");
	await button(t, w.forget.look).click();
	ok(`${t.lang} a reason that names the person: told`, await seen(page.getByText(w.forget.reason_names)));
	await page.getByLabel(w.forget.reason, { exact: true }).fill("Letter 12");
	await page.keyboard.press("Enter");
	const there = db.messages.filter((r) => r.to === "bob@example.org").length;
	ok(`${t.lang} what there is comes first`, await seen(dialog(t).locator("dd").getByText(String(there), { exact: true })) && !db.calls.some(([what]) => what === "erase"));
	const verb = button(t, w.forget.verb);
	ok(`${t.lang} nobody is forgotten by a slip`, await verb.isDisabled());
	await clean(t, "forgetting, counted");
	await dialog(t).getByLabel(w.common.type_to_confirm("bob@example.org")).fill("bob@example.org");
	await verb.click();
	const row = page.locator("tr", { hasText: "era_aaaa" });
	ok(`${t.lang} the order is followed until it is done`, await seen(row.getByText(w.forget.states.done)) && JSON.stringify(db.calls.at(-1)) === '["erase",{"address":"bob@example.org","reason":"Letter 12"}]', JSON.stringify(db.calls.at(-1)));
	ok(`${t.lang} one that is late says so`, await seen(page.locator("tr", { hasText: "era_bbbb" }).getByText(w.forget.late)));
	await clean(t, "forget a person");
	await page.locator("details.more > summary").last().click();
	ok(`${t.lang} as curl`, (await page.locator("details.more pre").allTextContents()).some((c) => c.includes("/v1/erasures --user") && c.includes('"reason": "Letter 12"')));
}

async function templates(t) {
	const { page, w, db } = t;
	await go(t, "templates");
	await clean(t, "templates");
	await page.getByRole("link", { name: "Order" }).click();
	const mail = page.frameLocator("iframe");
	ok(`${t.lang} preview with the stored values`, await seen(mail.getByText("Merci, Ann")));
	await page.getByLabel("name", { exact: true }).fill("Zoë");
	await button(t, w.templates.update).click();
	ok(`${t.lang} Normal changes the preview`, await seen(mail.getByText("Merci, Zoë")));
	await page.getByRole("tab", { name: w.templates.expert }).click();
	const json = page.getByLabel(w.templates.json, { exact: true });
	ok(`${t.lang} Expert has the same values`, (await json.inputValue()).includes('"name": "Zoë"'));
	await json.fill('{"vars": {"id": 7,\n "name" "Bob"}}');
	ok(`${t.lang} a mistake has its place`, await seen(page.getByText(w.templates.json_wrong(2, 9, w.templates.json_why.colon))));
	await json.fill('{"vars": {"id": 7,\n "name": "Bob"}}');
	await button(t, w.templates.update).click();
	ok(`${t.lang} Expert changes the preview`, await seen(mail.getByText("Merci, Bob")));
	await page.locator("summary", { hasText: w.templates.set_name }).click();
	await page.getByLabel(w.templates.set_name).fill("bob");
	await button(t, w.common.save).click();
	ok(`${t.lang} values are kept`, await seen(page.getByText(w.templates.set_saved)) && db.values.some((v) => v.name === "bob" && v.vars.name === "Bob"));
	/* As a person does: at once, the browser itself would write styles into what it edits. */
	const source = { fill: async (text) => {
		await page.locator(".cm-content").click();
		await page.keyboard.press("Control+A");
		await page.keyboard.press("Delete");
		for (const [i, line] of text.split("\n").entries()) {
			if (i) await page.keyboard.press("Enter");
			await page.keyboard.insertText(line);
		}
	} };
	await source.fill("<p>{{name}}</p>\n{{#if vip}}");
	ok(`${t.lang} a mistake of the template has its place`, await seen(page.getByRole("button", { name: w.templates.at("html", 2, 1) })));
	await source.fill("<h1>Bonjour {{name}}</h1>");
	ok(`${t.lang} the source changes the preview`, await seen(mail.getByText("Bonjour Bob")));
	await clean(t, "template");
	await button(t, w.templates.save).click();
	await button(t, w.templates.test).click();
	await dialog(t).getByRole("button", { name: w.templates.test }).click();
	await dialog(t).waitFor({ state: "detached" });
	const sent = db.calls.find(([what]) => what === "test")?.[1];
	ok(`${t.lang} the test went out with these values`, sent?.vars.name === "Bob" && sent.to[0] === "ann@example.org");
	await button(t, w.templates.publish).click();
	await dialog(t).getByRole("button", { name: w.templates.publish }).click();
	ok(`${t.lang} published`, await seen(page.getByText(w.templates.published(3))));
}

async function webhooks(t) {
	const { page, w, db } = t;
	await go(t, "webhooks");
	await clean(t, "webhooks");
	await page.getByRole("link").filter({ hasText: "shop.example/facteur" }).first().click();
	const rows = page.locator("tbody tr");
	await rows.first().waitFor();
	await rows.first().getByRole("button").click();
	ok(`${t.lang} posted again`, await seen(page.getByText(w.webhooks.replayed)) && db.calls.some(([what]) => what === "replay"));
	await clean(t, "webhook");
}

async function people(t) {
	const { page, w, db } = t;
	await go(t, "people");
	await button(t, w.people.invite).click();
	await dialog(t).getByLabel(w.people.email).fill("carl@shop.example");
	await dialog(t).getByRole("button", { name: w.people.invite }).click();
	ok(`${t.lang} an invitation's link is shown`, await seen(page.getByText("/console/#/welcome/AIms")));
	await page.getByLabel(`${w.people.role} bob@shop.example`).selectOption("developer");
	ok(`${t.lang} a role is changed`, await seen(page.getByText(w.people.changed)) && db.users[1].role === "developer");
	await clean(t, "people");
	await go(t, "me");
	await page.getByLabel(w.me.current).fill(PASSWORD);
	await page.getByLabel(w.welcome.password).fill("another long sentence");
	await button(t, w.me.change_password).click();
	ok(`${t.lang} the password is changed`, await seen(page.getByText(w.me.password_saved)) && db.users[0].password === "another long sentence");
	await clean(t, "me");
	await go(t, "audit");
	ok(`${t.lang} the audit log`, await seen(page.getByText("domains.add")));
	await button(t, w.audit.whole.check).click();
	ok(`${t.lang} it is whole`, await seen(page.getByText(w.audit.whole.upto(db.audit.length))) && await seen(page.getByText("c0c0c0c0")));
	await clean(t, "audit");
	db.audit_broken = true;
	await button(t, w.audit.whole.check).click();
	ok(`${t.lang} or not`, await seen(page.getByText(w.audit.whole.kinds.missing(21))));
	db.audit_broken = false;
	await clean(t, "audit");
}

/* On, out, in by code, in by recovery code, off. Each code is good once: the sign-in takes the next one. */
async function second_factor(t) {
	const { page, w } = t;
	const now = () => Math.floor(Date.now() / 30000);
	const password = (in_) => in_.getByLabel(w.me.current, { exact: true });
	const leave_and_come = async () => {
		await leave(t);
		await page.getByLabel(w.sign_in.email).fill(EMAIL);
		await page.getByLabel(w.sign_in.password).fill(PASSWORD);
		await page.keyboard.press("Enter");
	};
	const give = async (code) => {
		await page.getByLabel(w.totp.code, { exact: true }).fill(code);
		await page.keyboard.press("Enter");
	};
	await go(t, "me");
	await button(t, w.totp.turn_on).click();
	await password(dialog(t)).fill(PASSWORD);
	await page.keyboard.press("Enter");
	ok(`${t.lang} the secret's picture`, await seen(page.getByRole("img", { name: w.totp.picture })));
	await clean(t, "turning the second factor on");
	const secret = (await page.locator(".copyline code").first().textContent()).replaceAll(" ", "");
	await page.getByLabel(w.totp.app_code).fill(app_code(secret, now()));
	await page.keyboard.press("Enter");
	await page.locator(".codes li").first().waitFor();
	const codes = await page.locator(".codes li").allTextContents();
	ok(`${t.lang} ten recovery codes, once`, codes.length === 10 && new Set(codes).size === 10, codes.join(" "));
	await clean(t, "recovery codes");
	await button(t, w.totp.kept).click();
	await leave_and_come();
	ok(`${t.lang} a code is asked for`, await seen(page.getByText(w.totp.asked)));
	await clean(t, "the code");
	await give("000 0000");
	ok(`${t.lang} a wrong one: told at the field`, await seen(page.locator(".wrong", { hasText: w.totp.code_wrong })));
	await give(app_code(secret, now() + 1));
	ok(`${t.lang} the right one leads in, where it was going`, await seen(page.getByRole("heading", { name: w.me.title })));
	await leave_and_come();
	await give(codes[0]);
	ok(`${t.lang} so does a recovery code`, await seen(page.getByText(w.totp.left)) && await seen(page.getByText(new RegExp(`${w.totp.left}.*9`))));
	await button(t, w.totp.turn_off).click();
	await password(dialog(t)).fill(PASSWORD);
	await dialog(t).getByLabel(w.totp.code, { exact: true }).fill(codes[1]);
	await page.keyboard.press("Enter");
	ok(`${t.lang} it is off`, await seen(page.getByText(w.totp.is_off)) && await seen(button(t, w.totp.turn_on)));
	await leave_and_come();
	ok(`${t.lang} and the password is enough`, await seen(page.getByRole("heading", { name: w.me.title })));
	t.wrong.splice(0);
}

/* Where it is required nothing else is there before. */
async function required(browser) {
	const fake = await start(0, { totp_required: true });
	const { context, page } = await open_page(browser, fake.origin);
	const w = await words("en");
	await page.goto(`${fake.origin}/console/keys`);
	ok("a required second factor: it is asked for", await seen(page.getByText(w.totp.required)));
	await page.getByRole("button", { name: w.totp.turn_on, exact: true }).click();
	await page.locator("dialog[open]").getByLabel(w.me.current, { exact: true }).fill(PASSWORD);
	await page.keyboard.press("Enter");
	const secret = (await page.locator(".copyline code").first().textContent()).replaceAll(" ", "");
	await page.getByLabel(w.totp.app_code).fill(app_code(secret, Math.floor(Date.now() / 30000)));
	await page.keyboard.press("Enter");
	await page.getByRole("button", { name: w.totp.kept, exact: true }).click();
	ok("and what was wanted comes behind it", await seen(page.getByRole("heading", { name: w.keys.title, exact: true })));
	await context.close();
	fake.server.close();
}

/* Where Tab leads, up to the end of the page: what cannot be seen there. null: there is no end. */
async function unseen_stops(page) {
	const bad = [];
	for (let i = 0; i < 120; i++) {
		const at = await page.evaluate(() => {
			const e = document.activeElement;
			if (!e || e === document.body) return null;
			const box = e.getBoundingClientRect(), look = getComputedStyle(e);
			const ring = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0;
			const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
			return { first: e.classList.contains("skip"), name: `${e.tagName} ${(e.textContent || e.id).trim().slice(0, 40)}`, ring, inside };
		});
		if (!at || (at.first && i > 0)) return bad;
		if (!at.ring || !at.inside) bad.push(`${at.name}${at.ring ? "" : ", no ring"}${at.inside ? "" : ", out of sight"}`);
		await page.keyboard.press("Tab");
	}
	return null;
}

/* To the next thing of this name. */
async function tab_to(page, name) {
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate((n) => (document.activeElement?.textContent ?? "").trim() === n, name)) return true;
	}
	return false;
}

async function keyboard(t) {
	const { page, w } = t;
	await page.goto(`${t.origin}/console/`);
	await page.locator("h1").waitFor();
	await page.keyboard.press("Tab");
	ok(`${t.lang} the first stop leads to the content`, await page.evaluate(() => document.activeElement?.classList.contains("skip")));
	const unseen = await unseen_stops(page);
	ok(`${t.lang} each stop of Tab can be seen, and they end`, unseen?.length === 0, unseen ? unseen.join(" | ") : "no end");
	await page.evaluate(() => document.activeElement?.blur());
	await page.keyboard.press("g");
	await page.keyboard.press("k");
	await page.getByRole("heading", { name: w.keys.title }).waitFor();
	ok(`${t.lang} by keys alone: a button is reached`, await tab_to(page, w.keys.make));
	await page.keyboard.press("Enter");
	await dialog(t).waitFor();
	await page.keyboard.type("by keyboard");
	await page.keyboard.press("Enter");
	ok(`${t.lang} a key is made`, await seen(page.locator(".secret")) && t.db.keys.at(-1).label === "by keyboard");
	await page.evaluate(() => document.activeElement?.blur());
	await page.keyboard.press("g");
	await page.keyboard.press("d");
	ok(`${t.lang} g d: domains`, await seen(page.getByRole("heading", { name: w.domains.title })));
	await page.keyboard.press("/");
	ok(`${t.lang} /: search`, await page.evaluate(() => document.activeElement?.id === "search"));
	await page.evaluate(() => document.activeElement?.blur());
	await page.keyboard.press("?");
	ok(`${t.lang} ?: the list`, await seen(dialog(t)));
	await page.keyboard.press("Escape");
	await dialog(t).waitFor({ state: "detached" });
	ok(`${t.lang} Esc closes it`, true);
}

/* For who runs the service: how it is, whose queue, and one account of very many. */
async function service(browser) {
	const fake = await start(0, { platform: true, more: true, mode: "sandbox" });
	fake.db.accounts.push({ account: "zebra-1407", id: 1407, state: "ok", created: new Date().toISOString() });
	const { context, page, wrong } = await open_page(browser, fake.origin);
	const t = { page, wrong, lang: "en" };
	page.setDefaultTimeout(30_000);
	await page.goto(`${fake.origin}/console/health`);
	ok("the service is not ready, and why", await seen(page.getByText("Not every process is ready.")) && (await seen(page.getByText("12 days left"))));
	ok("it is in the sandbox, and what ends that", await seen(page.getByText("Sandbox: nothing is sent.")) && (await seen(page.getByText("Run the checks. When none fails"))));
	await page.getByRole("button", { name: "Run checks" }).click();
	ok("not while a check fails", await seen(page.getByText("Mend what fails (")));
	ok("its checks: what failed comes first, with what to do", await seen(page.locator("ul.advice li").first().getByText("Ask your host to open port 25.")));
	await clean(t, "health");
	await page.getByRole("combobox", { name: "Account" }).selectOption({ label: "Another account…" });
	await page.locator("dialog[open]").getByRole("searchbox").fill("1407");
	await page.locator("dialog[open]").getByRole("button", { name: "Search" }).click();
	await page.getByRole("button", { name: "zebra-1407" }).click();
	ok("an account beyond the list is found", (await page.getByRole("combobox", { name: "Account" }).inputValue()) === "zebra-1407");
	await page.goto(`${fake.origin}/console/`);
	ok("home says that nothing is sent", await seen(page.getByRole("link", { name: "What is missing to go live" })));
	ok("and what comes next", await seen(page.getByRole("link", { name: "Let mail out" })) && (await page.getByRole("link", { name: "Send a message and read it in the sink" }).getAttribute("href")) === "/console/sink");
	await clean(t, "home in the sandbox");
	await page.goto(`${fake.origin}/console/queue`);
	const gmail = page.getByRole("region", { name: "gmail.com", exact: true });
	ok("it is kept, and the queue is the whole service's, with its doors", await seen(gmail.getByText("3 of at most 20")) && (await page.getByRole("combobox", { name: "Account" }).inputValue()) === "zebra-1407");
	await clean(t, "queue of the service");
	await context.close();
	fake.server.close();
}

async function platform(browser) {
	const fake = await start(0, { platform: true, language: "fr" });
	const { context, page } = await open_page(browser, fake.origin);
	page.setDefaultTimeout(30_000);
	await page.goto(`${fake.origin}/console/domains`);
	ok("the account's language goes before the browser's", await seen(page.getByRole("heading", { name: "Domaines" })));
	ok("a person of the platform chooses an account", await seen(page.getByRole("combobox", { name: "Compte" })) && (await seen(page.locator("tbody tr"))));
	await page.locator("details.more > summary").last().click();
	await page.goto(`${fake.origin}/console/accounts`);
	await page.getByRole("button", { name: "Suspendre shop" }).click();
	const sure = page.locator("dialog[open]");
	ok("suspending wants the name typed", await sure.getByRole("button", { name: "Suspendre" }).isDisabled());
	await sure.getByRole("textbox").fill("shop");
	await sure.getByRole("button", { name: "Suspendre" }).click();
	ok("and suspends", await seen(page.getByRole("button", { name: "Rétablir shop" })));
	await page.goto(`${fake.origin}/console/m/rcp_${"1".padStart(26, "a")}`);
	await page.getByLabel("Pourquoi vous le lisez").fill("Plainte 4711 d’un destinataire");
	await page.getByRole("button", { name: "Afficher le message" }).click();
	ok("whoever reads an account's mail says why", await seen(page.frameLocator("iframe").getByText("Bonjour")));
	await page.locator("details.more > summary").last().click();
	ok("and the curl names it", (await page.locator("details.more pre").first().textContent()).includes("account=shop"));
	await context.close();
	fake.server.close();
}

async function entering(browser) {
	const fake = await start(0, { link: "enter" });
	const { context, page } = await open_page(browser, fake.origin, { sign_in: false });
	await page.goto(`${fake.origin}/console/#/welcome/${LINK}`);
	ok("the demo's link signs in by itself", await seen(page.getByRole("heading", { name: "Home", exact: true })) && !page.url().includes(LINK));
	await context.close();
	fake.server.close();
}

async function all(browser, lang, look) {
	const fake = await start();
	const t = { ...(await open_page(browser, fake.origin, { lang, sign_in: false, ...look })), origin: fake.origin, db: fake.db, lang, w: await words(lang) };
	t.page.setDefaultTimeout(30_000);
	const enter = (one) => one.context.request.post(`${one.origin}/v1/session`, { data: { email: EMAIL, password: PASSWORD } });
	const some = { en: [signing, enter, following, queueing, catching, keys, domains, suppressing, forgetting, webhooks, people, keyboard], fr: [welcoming, sending, templates, second_factor] };
	for (const flow of short ? some[lang] : [signing, welcoming, sending, following, queueing, catching, domains, keys, suppressing, forgetting, templates, webhooks, second_factor, people, keyboard]) {
		try {
			await flow(t);
		} catch (e) {
			ok(`${lang} ${flow.name}`, false, String(e.message).slice(0, 400) + "\n" + (await t.page.locator("body").innerText()).slice(0, 500));
		}
	}
	await t.context.close();
	fake.server.close();
}

if (!executable()) {
	console.log("no Chromium (apt install chromium)");
	process.exit(77);
}
const browser = await launch();
const alone = (flow) => flow(browser).catch((e) => ok(flow.name, false, String(e.message).slice(0, 400)));
const only = /^--only=(.*)/.exec(process.argv.at(-1))?.[1].split(",");
const half = (k) => HARD.filter((f, i) => (short ? i % 2 === k : true));
if (only) await hard(browser, HARD.filter((f) => only[0] === "hard" || only.includes(f.name)), "fr", ok);
else await Promise.all([hard(browser, half(0), "en", ok), hard(browser, half(1), "fr", ok), alone(service), all(browser, "en", {}), all(browser, "fr", { theme: "dark", width: 320 }), ...(short ? [] : [alone(platform), alone(entering), alone(required)])]);
await browser.close();
if (short) console.log(`left out by --short: ${LEFT_OUT.join("; ")}`);
/* Again at the end, where a long log is read first. */
for (const line of failed) console.log(line);
process.exit(failed.length ? 1 : 0);
