/* What goes wrong around a screen: sessions that end or change, work not saved, hostile mail, answers that come too late. */
import { readFileSync } from "node:fs";
import { transformWithEsbuild } from "vite";
import { EMAIL, PASSWORD, start } from "./fake.mjs";
import { open_page, pwned } from "./browser.mjs";
import { words } from "./words.mjs";

const ORDER = "templates/tpl_qc4rqcl3v2m5r6j7w2e5xk3d4y";
const RCP = (n) => `m/rcp_${String(n).padStart(26, "a")}`;
const WHY = "Plainte n° 4711 d’un destinataire";
const yes = (locator) => locator.first().waitFor({ timeout: 20_000 }).then(() => true, () => false);
const gone = (locator) => locator.first().waitFor({ state: "detached", timeout: 20_000 }).then(() => true, () => false);
const button = (at, name) => at.getByRole("button", { name, exact: true });
const dialog = (page) => page.locator("dialog[open]");
const go = async (t, path) => {
	await t.page.goto(`${t.origin}/console/${path}`);
	await t.page.locator("h1").waitFor();
};
const shown_calls = (page) => page.locator("details.more pre").allTextContents().then((c) => c.join("\n"));

/* The template's editor with something typed at its end. */
async function typed(t, text) {
	if (!t.page.url().endsWith(ORDER)) await go(t, ORDER);
	await t.page.locator(".cm-content").click();
	await t.page.keyboard.press("Control+End");
	await t.page.keyboard.type(text);
}
const in_editor = (t, text) => yes(t.page.locator(".cm-content", { hasText: text }));

async function closing_tag(t) {
	await typed(t, "</p>gd?");
	t.ok("a closing tag can be typed", await in_editor(t, "</p>gd?") && t.page.url().endsWith(ORDER) && !(await dialog(t.page).count()));
}

async function secrets(t) {
	const { page, w } = t;
	await go(t, "me");
	await page.getByLabel(w.me.current).fill(PASSWORD);
	await page.getByLabel(w.welcome.password).fill("another long sentence");
	await button(page, w.me.change_password).click();
	await yes(page.getByText(w.me.password_saved));
	const told = await shown_calls(page);
	t.ok("no password among the calls", told.includes("/v1/sessions") && !told.includes(PASSWORD) && !told.includes("another long"), told);
	t.sessions.clear();
	await button(page, w.shell.sign_out).click();
	t.ok("signing out of a session that is over", await yes(page.getByLabel(w.sign_in.password)));
	await page.getByLabel(w.sign_in.email).fill(EMAIL);
	await page.getByLabel(w.sign_in.password).fill(PASSWORD);
	await page.keyboard.press("Enter");
	await page.locator("details.more").waitFor({ state: "attached" });
	t.ok("its calls went with it", !(await shown_calls(page)).includes("PATCH"));
	await page.route("**/v1/session", (r) => (r.request().method() === "DELETE" ? r.fulfill({ status: 503, json: { title: "Later" } }) : r.continue()));
	await button(page, w.shell.sign_out).click();
	t.ok("why signing out failed", await yes(page.getByRole("alert")));
	t.wrong.splice(0);
}

async function first_owner(t) {
	for (const path of ["", "keys"]) {
		await go(t, path);
		t.ok(`no account yet, ${path || "home"}: leads to one`, await yes(t.page.locator("main a[href='/console/accounts']")) && !(await t.page.getByRole("alert").count()));
	}
	await go(t, "people");
	t.ok("but people of the service are there", await yes(t.page.getByText("root@service.example")));
}
first_owner.options = { platform: true, accounts: [], lang: "en" };

async function session_ends(t) {
	const { page, w } = t;
	await typed(t, "unsaved");
	t.sessions.clear();
	/* The preview may have met it first, and the sign-in lie over the button. */
	await button(page, w.templates.save).dispatchEvent("click");
	await dialog(page).waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("Escape");
	t.ok("a lost session: the sign-in lies over the screen", await yes(dialog(page).getByLabel(w.sign_in.password)));
	await dialog(page).getByLabel(w.sign_in.password).fill(PASSWORD);
	await page.keyboard.press("Enter");
	t.ok("and goes", await gone(dialog(page)) && await in_editor(t, "unsaved"));
	await button(page, w.templates.save).click();
	t.ok("the work is saved then", await yes(page.getByText(w.templates.saved)) && t.db.templates[0].html.includes("unsaved"));
	await go(t, "me");
	await button(page, `${w.me.end} 198.51.100.7`).waitFor();
	t.sessions.clear();
	await button(page, `${w.me.end} 198.51.100.7`).click();
	t.ok("/v1/sessions is no /v1/session", await yes(dialog(page).getByLabel(w.sign_in.password)));
}

async function leaving(t) {
	const { page, w } = t;
	const asked = [];
	let answer = false;
	page.on("dialog", (d) => {
		asked.push(d.message());
		return answer ? d.accept() : d.dismiss();
	});
	await typed(t, "unsaved");
	await page.getByRole("link", { name: w.nav.domains }).click();
	t.ok("a click in the rail asks first", asked.length === 1 && await in_editor(t, "unsaved") && page.url().endsWith(ORDER));
	await page.getByRole("combobox", { name: w.shell.account, exact: true }).selectOption("bakery");
	t.ok("so does another account", asked.length === 2 && await in_editor(t, "unsaved") && await page.getByRole("combobox", { name: w.shell.account, exact: true }).inputValue() === "shop");
	await page.evaluate(() => history.back());
	for (let i = 0; i < 40 && asked.length < 3; i++) await page.waitForTimeout(25);
	t.ok("so does the browser's back", asked.length === 3 && await in_editor(t, "unsaved"), `${asked.length} ${page.url()} ${await page.locator("main").innerText()}`.slice(0, 300));
	answer = true;
	await page.getByRole("link", { name: w.nav.domains }).click();
	t.ok("and it leaves", await yes(page.getByRole("heading", { name: w.domains.title })) && asked.length === 4);
}
leaving.options = { platform: true };
leaving.before = async (t) => {
	await go(t, "templates");
	await t.page.getByRole("link", { name: "Order" }).click();
	await t.page.locator(".cm-content").waitFor();
};

async function forbidden(t) {
	const { page, w } = t;
	const add = async (name) => {
		await button(page, w.domains.add).first().click();
		await dialog(page).getByLabel(w.domains.name).fill(name);
		await button(dialog(page), w.domains.add).click();
	};
	await go(t, "domains");
	await page.route("**/v1/domains", (r) => (r.request().method() === "POST" ? r.fulfill({ status: 403, json: { title: "No", detail: "Its owner is another one." } }) : r.continue()));
	await add("a.example");
	t.ok("a refusal is not blamed on the role", await yes(dialog(page).getByText("Its owner is another one.")) && await yes(dialog(page).getByText(w.errors.forbidden, { exact: true })) && !/role|rôle/i.test(w.errors.forbidden));
	await page.unroute("**/v1/domains");
	await go(t, "domains");
	t.now.csrf = "csrf-2";
	await add("b.example");
	t.ok("a new session in another tab: the change is made", await yes(page.getByText("fct1._domainkey.b.example")));
	await go(t, "domains");
	Object.assign(t.now, { csrf: "csrf-3", user: "usr_z" });
	const again = page.waitForEvent("load", { timeout: 20_000 }).then(() => true, () => false);
	await add("c.example");
	t.ok("somebody else there: the page begins anew", await again && !t.db.domains.some((d) => d.domain === "c.example"));
}

async function expert(t) {
	const { page, w } = t;
	await go(t, ORDER);
	await page.frameLocator("iframe").getByText("Merci, Ann").waitFor();
	await page.getByRole("tab", { name: w.templates.expert }).click();
	const json = page.getByLabel(w.templates.json, { exact: true });
	const before = JSON.parse(await json.inputValue());
	t.ok("Expert shows the values and no others", JSON.stringify(before.vars) === JSON.stringify(t.db.values[0].vars), JSON.stringify(before));
	await button(page, w.templates.add_missing).click();
	t.ok("and adds the missing ones when asked", "vip" in JSON.parse(await json.inputValue()).vars, await json.inputValue());
}

async function reasons(t) {
	const { page, w } = t;
	const given = () => t.db.calls.filter(([what]) => what === "reason").map(([, r]) => r);
	await go(t, RCP(1));
	await page.getByLabel(w.message.reason).fill(`  ${WHY} `);
	await button(page, w.message.show).click();
	t.ok("a reason arrives letter by letter", await yes(page.frameLocator("iframe").getByText("Bonjour")) && given()[0] === WHY, given()[0]);
	await go(t, "keys");
	await button(page, w.keys.make).click();
	await button(dialog(page), w.keys.make).click();
	await page.keyboard.press("Escape");
	await button(page, w.keys.ask_server).click();
	t.ok("the server's ports, as it sees them", await yes(page.locator("tr", { hasText: "465" }).getByText(/nothing listens/)), await page.locator("main").innerText());
	await button(page, w.keys.make).click();
	await button(dialog(page), w.keys.make).click();
	t.ok("a key of an account: why", await yes(dialog(page).getByText(w.common.why_needed)));
	await dialog(page).getByLabel(w.common.why).fill(WHY);
	await button(dialog(page), w.keys.make).click();
	t.ok("and it is made", await yes(page.locator(".secret")) && given().length === 2);
	await page.getByRole("combobox", { name: w.shell.account, exact: true }).selectOption("bakery");
	t.ok("another account: its secret goes", await gone(page.locator(".secret")));
	await page.getByRole("combobox", { name: w.shell.account, exact: true }).selectOption("shop");
	await page.locator("tbody").getByRole("button", { name: w.keys.roll }).first().click();
	await dialog(page).getByLabel(w.common.why).fill(WHY);
	await button(dialog(page), w.keys.roll).click();
	t.ok("a key is renewed", await yes(page.locator(".secret")) && given().length === 3);
	await go(t, "people");
	await button(page, w.people.invite).click();
	await dialog(page).getByLabel(w.people.email).fill("x@shop.example");
	await dialog(page).getByLabel(w.common.why).fill(WHY);
	await button(dialog(page), w.people.invite).click();
	t.ok("a person of an account", await yes(page.getByText("/console/#/welcome/AIms")) && given().length === 4);
	await page.locator("tr", { hasText: "bob@" }).getByRole("button", { name: w.people.new_link }).click();
	await dialog(page).getByLabel(w.common.why).fill(WHY);
	await button(dialog(page), w.people.new_link).click();
	t.ok("a link of one", await gone(dialog(page)) && given().length === 5);
	await page.getByLabel(w.people.of, { exact: true }).selectOption({ label: w.people.of_service });
	t.ok("people of the service are others", await yes(page.getByText("root@service.example")) && !(await page.getByText("bob@shop.example").count()));
	await button(page, w.people.invite).click();
	await dialog(page).getByLabel(w.people.email).fill("op@service.example");
	await dialog(page).getByLabel(w.people.role).selectOption("operator");
	await button(dialog(page), w.people.invite).click();
	t.ok("and need no reason", await yes(page.getByText("/console/#/welcome/AIms")) && t.db.users.at(-1).role === "operator" && given().length === 5);
	await go(t, ORDER);
	await page.locator("summary", { hasText: w.templates.message_values }).click();
	await page.getByLabel(w.templates.message_values, { exact: true }).fill("msg_7");
	await page.getByLabel(w.message.reason).fill(WHY);
	await button(page, w.templates.load_values).click();
	t.ok("the values of a mail", await yes(page.frameLocator("iframe").getByText("Merci, Past")) && given().length === 6);
}
reasons.options = { platform: true };

async function late(t) {
	const { page, w } = t;
	let release;
	const held = new Promise((r) => (release = r));
	await go(t, "suppressions");
	await button(page, w.common.more).waitFor();
	await page.route("**/v1/suppressions?*cursor=*", async (r) => {
		await held;
		await r.continue();
	});
	await button(page, w.common.more).click();
	await page.getByLabel(w.suppressions.reason).selectOption("complaint");
	await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 15);
	const answered = page.waitForResponse(/cursor=/);
	release();
	await (await answered).finished();
	await page.waitForTimeout(100);
	t.ok("rows of another filter stay away", (await page.locator("tbody tr").count()) === 15, String(await page.locator("tbody tr").count()));
}

const CLOBBER = `<style>p{color:red}</style><form name="body"><input name="attributes"><input name="remove"><input name="closest"><input name="getAttribute"></form><img name="querySelectorAll"><img name="head"><img name="importNode"><img name="documentElement"><p>still shown</p>`;

async function clobber(t) {
	const { page } = t;
	t.db.templates[0].html = CLOBBER;
	await go(t, ORDER);
	const mail = page.frameLocator("iframe");
	t.ok("names of a mail's elements do not stand in for ours", await yes(mail.getByText("still shown")));
	await page.locator(".cm-content").click();
	await page.keyboard.press("Control+End");
	await page.keyboard.type("<b>twice</b>");
	t.ok("nor when it is shown again", await yes(mail.getByText("twice")));
}

async function module_of(name) {
	const { code } = await transformWithEsbuild(readFileSync(new URL(`../src/${name}.ts`, import.meta.url), "utf8"), `${name}.ts`, { loader: "ts" });
	return import("data:text/javascript;base64," + Buffer.from(code).toString("base64"));
}

async function pictures(t) {
	const { read_mail } = await module_of("mime");
	const part = (head, body) => `--b\r\n${head}\r\n\r\n${body}\r\n`;
	const mail = (html, size) => read_mail(new TextEncoder().encode('Content-Type: multipart/related; boundary="b"\r\n\r\n' + part("Content-Type: text/html", html)
		+ part("Content-Type: image/png\r\nContent-ID: <a>", "x".repeat(size)) + part("Content-Type: image/png\r\nContent-ID: <a@b>", "y") + "--b--\r\n"));
	const one = mail('<img src="cid:a"><img src=cid:a@b><img src="cid:none">', 3);
	t.ok("pictures of a mail by their names", one.html.includes('"data:image/png;base64,eHh4"') && one.html.includes("src=data:image/png;base64,eQ=") && one.html.includes("cid:none"), one.html);
	const many = mail("cid:a ".repeat(100_000), 100_000);
	t.ok("a picture named 100,000 times stays small", many.html.length < 32e6, String(many.html.length));
}
pictures.no_page = true;

async function unreadable(t) {
	const { page, w } = t;
	await page.route("**/assets/mime-*.js", async (r) => r.fulfill({ contentType: "text/javascript", body: (await (await fetch(r.request().url())).text()).replace(/"text\/plain"/g, "null.none") }));
	await go(t, RCP(1));
	await button(page, w.message.show).click();
	await page.getByRole("tab", { name: w.message.source }).click();
	t.ok("a mail that cannot be read: its source is there", await yes(page.getByText("Content-Transfer-Encoding: quoted-printable")));
	await page.getByRole("tab", { name: w.message.headers }).click();
	t.ok("and its headers", await yes(page.getByText("MIME-Version: 1.0")) && !(await page.getByText("Content-Transfer-Encoding").count()));
}

async function allowed_again(t) {
	const { page, w } = t;
	t.db.suppressions.push({ ...t.db.suppressions[0], address: "bob@example.org", reason: "hard_bounce" });
	await go(t, RCP(1));
	await button(page, w.message.again).click();
	await button(dialog(page), w.message.again).click();
	t.ok("a bounced address is allowed again", await yes(page.getByText(w.message.again_done)) && !t.db.suppressions.some((s) => s.address === "bob@example.org"));
	t.ok("which is offered no more", await gone(button(page, w.message.again)));
}

async function viewer(t) {
	const { page, w } = t;
	await go(t, "domains");
	await page.locator("tbody tr").first().waitFor();
	t.ok("who may only read is offered no change", !(await button(page, w.domains.add).count()) && !(await page.getByRole("link", { name: w.nav.people }).count()) && await yes(page.getByRole("link", { name: w.nav.activity })));
	await go(t, "keys");
	await page.locator("tbody tr").first().waitFor();
	t.ok("nor of keys", !(await button(page, w.keys.make).count()) && !(await page.locator("tbody button").count()));
	await go(t, "suppressions");
	await page.locator("tbody tr").first().waitFor();
	t.ok("nor may forget anybody", !(await page.getByRole("link", { name: w.forget.title }).count()));
	await go(t, "suppressions/forget");
	t.ok("and is told who may", await yes(page.getByText(w.forget.not_yours)) && !(await button(page, w.forget.look).count()));
}
viewer.options = { role: "viewer" };

async function hello(t) {
	const { page, w } = t;
	await go(t, "templates");
	await button(page, w.templates.make).click();
	await dialog(page).getByLabel(w.templates.name).fill("New");
	await button(dialog(page), w.templates.make).click();
	await page.waitForURL(/tpl_new/);
	t.ok("a new template greets in one's language", t.db.templates.at(-1).html.includes(t.lang === "fr" ? "Bonjour" : "Hello"));
}
hello.options = { lang: "en" };

export const HARD = [closing_tag, secrets, first_owner, session_ends, leaving, forbidden, late, expert, reasons, allowed_again, viewer, hello, pictures, unreadable, clobber];

/* One after the other, each with a server and a page of its own. */
export async function hard(browser, flows, lang, ok) {
	for (const flow of flows) {
		const options = flow.options ?? {};
		const speaks = options.lang ?? lang;
		const said = (what, good, more) => ok(`${speaks} ${what}`, good, more);
		const fake = await start(0, { ...options, language: speaks });
		const t = { ...fake, lang: speaks, w: await words(speaks), ok: said };
		try {
			if (!flow.no_page) {
				Object.assign(t, await open_page(browser, fake.origin, { lang: speaks, height: 700 }));
				t.page.setDefaultTimeout(20_000);
				await flow.before?.(t);
			}
			await flow(t);
			if (!flow.no_page) {
				const ran = await pwned(t.page);
				ok(`${speaks} ${flow.name}: clean`, ran === undefined && !t.wrong.length, `${ran} ${t.wrong.join(" | ")}`);
			}
		} catch (e) {
			said(flow.name, false, String(e.message).slice(0, 400));
		}
		await t.context?.close();
		fake.server.close();
	}
}
