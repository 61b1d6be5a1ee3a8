import { seed_service, service_routes } from "./seed_service.mjs";

/* What the fake server knows. Markup in every field that a remote or a tenant can set: window.pwned must stay undefined. */
export const EVIL = `<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>'"`;
const REMOTE = "http://192.0.2.66/leak";
const now = () => new Date().toISOString();
const ago = (ms) => new Date(Date.now() - ms).toISOString();
const MIN = 60_000;
const HOUR = 60 * MIN;

function verdict(state, to) {
	const v = {
		accepted: [`Accepted for ${to}: it waits for delivery.`, `Accepté pour ${to}\u202f: en attente de remise.`, "none", "none", "", ""],
		delivered: [`Delivered to ${to}: mx.orange.test answered 250 after 1.4 s, with TLSv1.3.`, `Remis à ${to}\u202f: mx.orange.test a répondu 250 après 1,4 s, en TLSv1.3.`, "none", "none", "", ""],
		deferred: [`Deferred: ${to}’s mailbox is full. Next try in 30 min.`, `Différé\u202f: la boîte de ${to} est pleine. Nouvel essai dans 30 min.`, "quota", "address", "The recipient has to make room; write again later.", "Le destinataire doit faire de la place\u202f; réécrivez plus tard."],
		bounced: [`The address ${to} does not exist.`, `L’adresse ${to} n’existe pas.`, "mailbox", "address", "Check its spelling, or take it off your lists.", "Vérifiez-la, ou retirez-la de vos listes."],
		suppressed: [`Not tried: ${to} is on the suppression list (hard bounce).`, `Pas essayé\u202f: ${to} est sur la liste de suppression (refus définitif).`, "none", "address", "", ""],
		complained: [`${to} reported the message as spam.`, `${to} a signalé le message comme spam.`, "none", "none", "", ""],
		in_doubt: [`The connection was lost after the message was sent: it may have arrived or not.`, `La connexion a été perdue après l’envoi\u202f: le message est peut-être arrivé.`, "network", "network", "Ask the recipient before you send it again.", "Demandez au destinataire avant de renvoyer."],
		opened: [`Opened by ${to}.`, `Ouvert par ${to}.`, "none", "none", "", ""],
	}[state];
	return { en: v[0], fr: v[1], class: v[2], blame: v[3], todo_en: v[4], todo_fr: v[5] };
}

function timeline(r) {
	const first = { at: r.accepted, event: "accepted" };
	const try_ = (event, attempt, code, status, reply, more = {}) => ({ at: r.updated, event, attempt, took_ms: 1422, host: "mx.orange.test", address: "192.0.2.25:25", tls: "TLSv1.3 TLS_AES_256_GCM_SHA384", stage: "rcpt", code, status, reply, ...more });
	if (r.state === "bounced") return [first, try_("deferred", 1, 451, "4.7.1", "Greylisted, try again", { at: r.accepted, next: r.updated }), try_("bounced", 2, 550, "5.1.1", `<${r.to}>: Recipient address rejected ${EVIL}`, { transcript: { text: `220 mx.orange.test ESMTP\nEHLO mail.shop.example\n250 mx.orange.test\nRCPT TO:<${r.to}>\n550 5.1.1 ${EVIL}` } })];
	if (r.state === "deferred") return [first, try_("deferred", 1, 452, "4.2.2", "Mailbox full", { next: new Date(Date.now() + 30 * MIN).toISOString() })];
	if (r.state === "delivered" || r.state === "opened") return [first, try_("delivered", 1, 250, "2.0.0", "Ok: queued as 4711"), ...(r.state === "opened" ? [{ at: r.updated, event: "opened" }] : [])];
	return r.state === "accepted" ? [first] : [first, { at: r.updated, event: r.state }];
}

function messages(n) {
	const people = ["alice@orange.test", "bob@example.org", `"${EVIL.replaceAll('"', "")}"@evil.test`, "zoë@bücher.example", "carl@free.test"];
	const states = ["delivered", "bounced", "deferred", "opened", "suppressed", "accepted", "complained", "in_doubt", "delivered", "delivered"];
	return Array.from({ length: n }, (_, i) => {
		const to = people[i % people.length], state = states[i % states.length];
		return { id: `rcp_${String(i).padStart(26, "a")}`, message: `msg_${String(i).padStart(26, "a")}`, message_id: `${i}.abc@mail.shop.example`, from: "hello@shop.example", to,
			subject: i % 7 === 2 ? EVIL : `Votre commande n° ${1000 + i}`, state, accepted: ago(i * 17 * MIN + 1000), updated: ago(i * 17 * MIN), stream: i % 5 === 1 ? "broadcast" : "transactional", ...(i % 5 === 1 ? { own_stream: "newsletters" } : {}), via: "api", size: 2048 + i, client: "192.0.2.7", attempts: 1, verdict: verdict(state, to) };
	});
}

function source(r) {
	return [`From: Shop <${r.from}>`, `To: ${r.to}`, `Subject: ${r.subject}`, `Message-ID: <${r.message_id}>`, "MIME-Version: 1.0", 'Content-Type: multipart/alternative; boundary="b1"', "",
		"--b1", "Content-Type: text/plain; charset=utf-8", "", "Bonjour, merci pour votre commande.", "--b1", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
		`<html><head><style>h1{color:#1F5FBF}</style><meta http-equiv=3D"refresh" content=3D"0;url=3D${REMOTE}/meta"><link rel=3D"stylesheet" href=3D"${REMOTE}/css"></head><body><h1>Bonjour</h1><p style=3D"background:#eef">Merci pour votre commande n=C2=B0 1001. <a href=3D"https://shop.example/o/1001">La suivre</a></p>`,
		`<img src=3D"${REMOTE}/img"><img src=3Dx onerror=3D"parent.pwned=3D3;window.pwned=3D3"><script>parent.pwned=3D4</script><iframe src=3D"${REMOTE}/frame"></iframe>`,
		`<form action=3D"${REMOTE}/form"><input autofocus onfocus=3D"parent.pwned=3D5"></form><svg onload=3D"parent.pwned=3D6"></svg><div style=3D"background:url(${REMOTE}/bg)">fin</div></body></html>`, "--b1--", ""].join("\r\n");
}

function record(purpose, name, value, state, more = {}) {
	return { purpose, name, type: "TXT", value, state, asked: "authoritative", ...more };
}

function domain(name, state) {
	const good = state === "verified";
	return { domain: name, account: "shop", state, since: ago(50 * HOUR), why: state === "warning" ? `The record ${name} is another one now.` : null, verified: state !== "pending", verified_at: good ? ago(50 * HOUR) : null, checked_at: state === "pending" ? null : ago(HOUR), created: ago(60 * HOUR),
		records: [
			record("dkim", `fct1._domainkey.${name}`, "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA".repeat(8), good ? "found" : "missing"),
			record("dkim", `fct1e._domainkey.${name}`, "v=DKIM1; k=ed25519; p=b+fQ1A+RzCnkduHoz/SZNF0QpEaLDo2O9RJd6eY1/lw=", good ? "found" : "missing"),
			record("dmarc", `_dmarc.${name}`, "v=DMARC1; p=none", good ? "found" : "unknown", good ? {} : { why: "ns1.example does not answer." }),
			record("spf", name, "v=spf1 a:mail.shop.example ~all", good ? "found" : "different", good ? {} : { found: `v=spf1 ${EVIL} -all`, why: "Another SPF record is there." }),
		], zone: `fct1e._domainkey.${name}. 3600 IN TXT ( "v=DKIM1; k=ed25519; p=b+fQ1A" )\n_dmarc.${name}. 3600 IN TXT ( "v=DMARC1; p=none" )\n` };
}

const html = `<!DOCTYPE html>
<html>
<body style="margin:0;padding:24px;font-family:Arial">
<h1 style="color:#1F5FBF">Merci, {{name}}</h1>
{{#each rows}}<p>{{title}} : {{price}}</p>{{/each}}
<a href="https://shop.example/o/{{id}}" style="background:#1F5FBF;color:#fff;padding:12px 20px">Suivre ma commande</a>
<img src="http://192.0.2.66/leak/t.png" alt="">
</body>
</html>
`;

function template(id, name, more = {}) {
	return { id, number: 1, name, version: null, published: null, versions: 0, changed: false, from: { email: "hello@shop.example", name: "Boutique" }, created: ago(90 * HOUR), updated: ago(3 * HOUR), dialect: "handlebars", stream: "transactional", language: "fr", layout: null, layout_version: null, subject: "Votre commande {{id}}", reply_to: "", preheader: "Elle part demain.", html, text: "", mjml: "", ...more };
}

const scalar = (name, line = 1) => ({ name, type: "scalar", part: "html", line, column: 4 });
const VARIABLES = { vars: [{ ...scalar("id"), part: "subject" }, scalar("name"), { name: "rows", type: "list", part: "html", line: 5, column: 1, item: { type: "object", part: "html", line: 5, column: 1, members: [scalar("title", 5), scalar("price", 5)] } },
	{ name: "vip", type: "condition", part: "html", line: 6, column: 1 }, { name: "deep", type: "object", part: "html", line: 7, column: 1, members: [{ name: "a", type: "object", part: "html", line: 7, column: 1, members: [scalar("b")] }] }], contact: [{ ...scalar("city"), default: "Lyon" }], mj: [] };

/* Handlebars enough for the tests: {{x}} and {{#each}}. */
function fill(text, vars, part, missing) {
	const esc = (s) => String(s).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
	let out = text.replace(/\{\{#each (\w+)\}\}([^]*?)\{\{\/each\}\}/g, (_, n, body) => (Array.isArray(vars[n]) ? vars[n] : []).map((row) => body.replace(/\{\{(\w+)\}\}/g, (__, k) => esc(row[k] ?? ""))).join(""));
	return out.replace(/\{\{(\w+)\}\}/g, (_, n) => {
		if (vars[n] === undefined) missing.push({ part, line: 4, column: 35, why: `No value for "${n}".` });
		return esc(vars[n] ?? "");
	});
}

function advice(lang) {
	const fr = lang === "fr";
	const a = (id, level, seen, why, fix) => ({ id, level, seen, why, fix });
	return [
		a("subject", "good", fr ? "L’objet a 26 caractères." : "The subject has 26 characters.", fr ? "Un téléphone montre 30 à 50 caractères." : "Telephones show 30 to 50 characters of a subject.", ""),
		a("cta_contrast", "good", fr ? "Le bouton a un contraste de 6,1." : "The button has a contrast of 6.1.", "WCAG 2.2", ""),
		a("image_size", "hint", fr ? "Une image n’a pas de largeur." : "One picture has no width.", fr ? "Outlook l’affiche sinon dans sa taille d’origine." : "Outlook shows it in its own size otherwise.", fr ? "Ajoutez width=\"…\"." : "Add width=\"…\"."),
		a("links_http", "warning", fr ? "Une adresse commence par http:" : "One address begins with http:", fr ? "Les navigateurs avertissent." : "Browsers warn of it.", fr ? "Écrivez https:" : "Write https:"),
	];
}

function render(t, b) {
	const missing = [];
	const errors = [];
	const merged = { ...t, ...Object.fromEntries(Object.entries(b).filter(([, v]) => v !== null && v !== undefined)) };
	const vars = b.vars ?? {};
	if (/\{\{#if \w+\}\}(?![^]*\{\{\/if\}\})/.test(merged.html)) {
		const line = merged.html.slice(0, merged.html.indexOf("{{#if")).split("\n").length;
		errors.push({ part: "html", line, column: 1, why: `"if" is not closed` });
	}
	const out = errors.length ? null : fill(merged.html, vars, "html", missing);
	return { subject: fill(merged.subject, vars, "subject", missing), from_email: merged.from?.email ?? "", from_name: merged.from?.name ?? "", reply_to: "", preheader: merged.preheader, html: out, text: out ? out.replace(/<[^>]*>/g, "") : null, text_made: true,
		errors, warnings: missing, variables: VARIABLES, sample: { vars: { id: "", name: "", rows: [{ title: "", price: "" }], vip: false, deep: { a: { b: "" } } }, contact: { city: "" } }, advice: advice(b.lang), name: t.name, dialect: t.dialect, version: null };
}

export function seed(options = {}) {
	const empty = options.empty === true;
	/* few: enough to see each kind of row. */
	const rows = (n) => (options.few ? Math.min(n, 10) : n);
	const db = {
		calls: [],
		messages: empty ? [] : messages(rows(120)),
		domains: empty ? [] : [domain("shop.example", "verified"), domain("news.example", "pending"), domain("old.example", "warning")],
		keys: empty ? [] : [
			{ key: "fk_live_fbii5oxzphrs2c5rdgx2apwqtm", account: "shop", label: "web shop", stream: "transactional", networks: "192.0.2.0/24", expires: null, plaintext: false, scopes: "send,read", enabled: true, created: ago(900 * HOUR), last_used: ago(3 * MIN), last_client: "192.0.2.7" },
			{ key: "fk_live_abcdefoxzphrs2c5rdgx2apwqt", account: "shop", label: EVIL, stream: "broadcast", networks: "", expires: ago(HOUR), plaintext: false, scopes: "send", enabled: true, created: ago(800 * HOUR), last_used: null, last_client: "" }],
		suppressions: empty ? [] : Array.from({ length: rows(60) }, (_, i) => ({ address: i === 1 ? EVIL + "@evil.test" : `person${i}@example.org`, account: "shop", group: null, stream: i % 3 ? "all" : "broadcast", reason: ["hard_bounce", "complaint", "unsubscribe", "manual"][i % 4], message: 0, incident: i % 4 === 0 ? 7 : 0, at: ago(i * HOUR), note: i === 2 ? EVIL : "550 5.1.1 No such user" })),
		webhooks: empty ? [] : [hook("whk_idxpvcsl6pn2lq7gxk2fw5ngzm", "web shop"), hook("whk_n4xkqzv3yucfmttjzkuwao5wyq", EVIL, { state: "dead", why: "It failed for 24 hours.", failing_since: ago(26 * HOUR), failures: 2880, format: "mailjet-2" })],
		posts: [], templates: empty ? [] : [template("tpl_qc4rqcl3v2m5r6j7w2e5xk3d4y", "Order", { published: 2, versions: 2, changed: true }), template("tpl_b7m2k5xw3n6q4r2t7v5y3z6a2c", EVIL)],
		values: empty ? [] : [{ name: "ann", vars: { id: 1001, name: "Ann", rows: [{ title: "Tea", price: "4 €" }, { title: "Cups", price: "12 €" }] }, contact: { city: "Lyon" }, updated: ago(HOUR) }],
		accounts: [{ account: "shop", id: 1, state: "ok", created: ago(900 * HOUR) }, { account: "bakery", id: 2, state: "suspended", created: ago(90 * HOUR) }],
		views: [],
		own_streams: empty ? [] : [{ stream: "newsletters", account: "shop", name: EVIL, description: "", kind: "broadcast", unsubscribe: true, group: 2147483649, created: ago(90 * HOUR), updated: null, archived: null }],
		erasures: empty ? [] : [erasure("era_bbbbbbbbbbbbd2f47qoipkan7m", { reason: EVIL, asked: ago(30 * HOUR), late: true, found: { messages: 2, waiting: 1 } }),
			erasure("era_ccccccccccccd2f47qoipkan7m", { state: "done", reason: "Letter of Monday", asked: ago(90 * HOUR), done: ago(90 * HOUR - 4000), found: { messages: 12, bodies: 9, transcripts: 12, suppressions: 1 } })],
		users: [{ id: "usr_a", email: "demo@shop.example", name: "Ann <b>Demo</b>", role: "owner", language: "fr", account: "shop", enabled: true, pending: false, created: ago(900 * HOUR), last_seen: now() },
			{ id: "usr_b", email: "bob@shop.example", name: EVIL, role: "viewer", language: "en", account: "shop", enabled: true, pending: true, created: ago(HOUR), last_seen: null },
			{ id: "usr_s", email: "root@service.example", name: "Root", role: "operator", language: "en", account: null, enabled: true, pending: false, created: ago(HOUR), last_seen: null }],
		audit: Array.from({ length: rows(70) }, (_, i) => ({ id: `aud_${i}`, at: ago(i * HOUR), account: "shop", who: { kind: ["user", "key", "command"][i % 3], id: null, name: i === 1 ? EVIL : "ann@shop.example" }, from: "192.0.2.7", what: "domains.add", on: i === 2 ? EVIL : "shop.example", reason: i === 3 ? "Complaint 4711 of a recipient" : "" })),
		testers: empty ? [] : [{ address: "ann@example.org", name: "Ann", created: ago(HOUR) }],
	};
	db.platform = options.platform;
	db.service = seed_service(empty, EVIL);
	db.evil = EVIL;
	db.posts = db.webhooks.length ? [200, 503, 200].map((status, i) => ({ number: 17 - i, at: ago(i * MIN), event: "evt_idsuxbiyh3nabsgq3ykzmyg2n4rwmrjbq7nf4tq2", events: 1, status, took_ms: 31, result: "answered", why: status === 200 ? "" : "It answered 503.", request: `{"type":"message.delivered","subject":${JSON.stringify(EVIL)}}`, answer: EVIL })) : [];
	db.streams = [];
	/* What nothing but the stream tells. */
	db.tell = (event, data) => db.streams.forEach((res, i) => res.write(`id: ${Date.now() + i}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
	db.routes = (kit) => routes(db, kit);
	return db;
}

function erasure(id, more = {}) {
	return { id, account: "shop", hash: "467c41bbc9130cb46f841cd0e3d963ee", state: "pending", reason: "", asked: now(), done: null, late: false, found: {}, ...more };
}

function hook(id, label, more = {}) {
	return { id, label, url: "https://shop.example/facteur", format: "native", events: ["delivered", "bounced", "complained"], people_only: false, first_only: false, stream: null, event: null, is_backup: false, fields: [], signed: true, public_key: null, state: "on", why: null, created: ago(90 * HOUR), old_secret_until: null, position: ago(MIN), failing_since: null, failures: 0, ...more };
}

function stats(db, q) {
	const rows = [];
	const total = { accepted: 0, delivered: 0, bounced: 0, complained: 0, deferred: 0 };
	if (db.messages.length)
		for (let i = 0; i < 24 * 8; i++) {
			const at = new Date(Math.floor(Date.now() / HOUR) * HOUR - i * HOUR).toISOString();
			const n = 40 + Math.round(30 * Math.sin(i / 4)) + (i % 5) * 3;
			const row = { from: at, accepted: n, delivered: n - 3, bounced: i % 4, deferred: i % 3 };
			if (i % 60 === 5) row.complained = 4;
			rows.push(row);
			for (const k of Object.keys(total)) total[k] += row[k] ?? 0;
		}
	return { data: q.get("by") === "all" ? [total] : rows, next: null };
}

function routes(db, { ok, problem, page }) {
	const one = (list, k) => (m) => list().find((x) => x[k] === m[0]) ?? null;
	const found = (row) => (row ? ok(row) : problem(404, "There is no such thing in this account."));
	const drop = (list, k, id) => {
		const i = list.findIndex((x) => x[k] === id);
		if (i < 0) return problem(404, "There is no such thing in this account.");
		list.splice(i, 1);
		return { status: 204 };
	};
	const domain_of = one(() => db.domains, "domain"), hook_of = one(() => db.webhooks, "id");
	const template_of = (m) => db.templates.find((t) => t.id === m[0] || t.name === m[0]) ?? null;
	const filtered = (q) => db.messages.filter((r) => (!q.get("to") || r.to === q.get("to")) && (!q.get("status") || q.get("status").split(",").includes(r.state)) && (!q.get("subject") || r.subject.includes(q.get("subject"))) && (!q.get("stream") || r.stream === q.get("stream") || r.own_stream === q.get("stream")));
	const new_key = (b, more = {}) => {
		const key = { key: "fk_live_4jv5ydqvmtg6o7dkx5mbf2lnaq", account: "shop", label: b.label ?? "", stream: b.stream ?? "transactional", networks: b.networks ?? "", expires: null, plaintext: false, scopes: b.scopes ?? "send", enabled: true, created: now(), last_used: null, last_client: "" };
		db.keys.push(key);
		const secret = "xioppBlgRvFktVMtBePtnSRuRpMD2rs3W3aqT-8TGW8";
		return ok({ ...key, secret, sendgrid: `SG.${key.key}.${secret}`, postmark_token: "7f1eab51-6840-4fa0-9c62-1fb49af7316c", smtp: { user: key.key, password: secret }, ...more }, 201);
	};
	return [
		["GET", /^\/v1\/stats$/, (m, q) => ok(stats(db, q))],
		["GET", /^\/v1\/messages$/, (m, q) => page(filtered(q), q)],
		["GET", /^\/v1\/messages\/stream$/, () => ({ stream: (res) => {
			res.write(`:\nid: 1\n\n`);
			db.streams.push(res);
		} })],
		["GET", /^\/v1\/me\/views$/, () => ok({ data: db.views })],
		["PUT", /^\/v1\/me\/views$/, (m, q, b) => {
			if (b.views.length > 50 || b.views.some((v) => !v.name || v.query.length > 1024)) return problem(422, "These cannot be kept.");
			return ok({ data: (db.views = b.views) });
		}],
		["POST", /^\/v1\/messages$/, (m, q, b) => {
			if (/nobody/.test(b.from)) return problem(403, "The sender's domain is not verified in this account.");
			const n = db.messages.length + 1000;
			const r = { id: `rcp_new${n}`, message: `msg_new${n}`, message_id: `${n}@x`, from: b.from, to: b.to, subject: b.subject, state: "accepted", accepted: now(), updated: now(), stream: "transactional", via: "api", size: 300, client: "127.0.0.1", attempts: 0, verdict: verdict("accepted", b.to) };
			db.messages.unshift(r);
			return ok({ data: [{ id: r.message, recipients: [{ email: b.to, id: r.id }] }] }, 202);
		}],
		["GET", /^\/v1\/messages\/([^/]+)$/, (m) => {
			const r = db.messages.find((x) => x.id === m[0] || x.message === m[0]);
			return r ? ok({ data: [{ ...r, account: "shop", timeline: timeline(r) }], next: null }) : problem(404, "There is no such message in this account.");
		}],
		["GET", /^\/v1\/messages\/([^/]+)\/source$/, (m) => {
			const r = db.messages.find((x) => x.id === m[0] || x.message === m[0]);
			return r ? { status: 200, raw: source(r), type: "message/rfc822" } : problem(404, "There is no such message in this account.");
		}],
		["GET", /^\/v1\/messages\/([^/]+)\/values$/, (m) => (m[0].startsWith("msg_gone") ? problem(410, "Its values are not kept any more.") : ok({ vars: { id: 7, name: "Past" }, contact: {}, template: null }))],
		["POST", /^\/v1\/messages\/([^/]+)\/resend$/, (m) => {
			const r = db.messages.find((x) => x.id === m[0]);
			if (!r) return problem(404, "There is no such message in this account.");
			if (r.state === "suppressed") return problem(410, "The bytes of this message are not kept any more (keep.content): send it again from where it came.");
			db.messages.unshift({ ...r, id: "rcp_again", message: "msg_again", state: "accepted", accepted: now(), updated: now(), verdict: verdict("accepted", r.to) });
			return ok({ data: [{ id: "msg_again", recipients: [{ email: r.to, id: "rcp_again" }] }] }, 202);
		}],
		["DELETE", /^\/v1\/messages\/([^/]+)$/, (m) => {
			const r = db.messages.find((x) => x.id === m[0] || x.message === m[0]);
			if (r) r.state = "cancelled";
			return ok({ changed: 1 });
		}],
		["GET", /^\/v1\/domains$/, (m, q) => page(db.domains, q, 500)],
		["POST", /^\/v1\/domains$/, (m, q, b) => {
			if (db.domains.some((d) => d.domain === b.domain)) return problem(409, "The domain is there already.");
			db.domains.push(domain(b.domain, "pending"));
			return ok(db.domains.at(-1), 201);
		}],
		["GET", /^\/v1\/domains\/([^/]+)$/, (m) => found(domain_of(m))],
		["POST", /^\/v1\/domains\/([^/]+)\/verify$/, (m) => {
			const d = domain_of(m);
			if (d) Object.assign(d, domain(d.domain, "verified"), { checked_at: now() });
			return found(d);
		}],
		["DELETE", /^\/v1\/domains\/([^/]+)$/, (m) => drop(db.domains, "domain", m[0])],
		["GET", /^\/v1\/keys$/, (m, q) => page(db.keys, q, 1000)],
		["POST", /^\/v1\/keys$/, (m, q, b) => (b.networks === "home" ? problem(422, "“home” is no network such as 192.0.2.0/24.") : new_key(b))],
		["POST", /^\/v1\/keys\/([^/]+)\/roll$/, (m) => new_key({ label: "web shop" }, { replaces: m[0] })],
		["DELETE", /^\/v1\/keys\/([^/]+)$/, (m) => {
			const k = db.keys.find((x) => x.key === m[0]);
			if (k) k.enabled = false;
			return k ? { status: 204 } : problem(404, "There is no such key.");
		}],
		["GET", /^\/v1\/suppressions$/, (m, q) => page(db.suppressions.filter((s) => (!q.get("address") || s.address === q.get("address")) && (!q.get("search") || s.address.includes(q.get("search"))) && (!q.get("reason") || s.reason === q.get("reason")) && (!q.get("stream") || s.stream === q.get("stream"))), q)],
		["GET", /^\/v1\/suppressions\/export$/, (m, q) => ({ status: 200, type: "text/csv", raw: q.get("cursor") ? "address,cursor\r\n" : "address,cursor\r\n" + db.suppressions.map((s, i) => `${s.address.replaceAll(",", "")},${i + 1}`).join("\r\n") + "\r\n" })],
		["POST", /^\/v1\/suppressions$/, (m, q, b) => {
			db.suppressions.unshift({ address: b.address, account: "shop", group: null, stream: b.stream ?? "all", reason: "manual", message: 0, incident: 0, at: now(), note: b.note ?? "" });
			return ok({ changed: 1, same: 0, listed: true }, 201);
		}],
		["POST", /^\/v1\/suppressions\/import$/, (m, q, b) => {
			const errors = [];
			b.rows.forEach((r, row) => (r.address.includes("@") ? db.suppressions.unshift({ address: r.address, account: "shop", group: null, stream: "all", reason: r.reason ?? "manual", message: 0, incident: 9, at: now(), note: "" }) : errors.push({ row, error: "This is no address." })));
			return ok({ changed: b.rows.length - errors.length, same: 0, listed: true, errors });
		}],
		["POST", /^\/v1\/suppressions\/undo$/, (m, q, b) => {
			const before = db.suppressions.length;
			db.suppressions = db.suppressions.filter((s) => s.incident !== b.incident);
			return ok({ changed: before - db.suppressions.length });
		}],
		["DELETE", /^\/v1\/suppressions\/([^/]+)$/, (m) => drop(db.suppressions, "address", m[0])],
		["GET", /^\/v1\/streams$/, () => ok({ data: db.own_streams, next: null })],
		/* What was asked for is done when it is looked at again. */
		["GET", /^\/v1\/erasures$/, (m, q) => {
			const now_as = db.erasures.map((e) => ({ ...e }));
			for (const e of db.erasures) if (e.state !== "done" && !e.late) Object.assign(e, { state: "done", done: now(), found: { messages: 3, bodies: 2 } });
			return page(now_as, q);
		}],
		["POST", /^\/v1\/erasures$/, (m, q, b) => {
			if (b.dry_run) return ok({ dry_run: true, messages: db.messages.filter((r) => r.to === b.address).length, suppressions: 1, contact: true, queued: 0 });
			db.calls.push(["erase", b]);
			db.erasures.unshift(erasure("era_aaaaaaaaaaaad2f47qoipkan7m", { reason: b.reason ?? "" }));
			return ok(db.erasures[0], 202);
		}],
		["GET", /^\/v1\/webhooks$/, () => ok({ data: db.webhooks, next: null })],
		["POST", /^\/v1\/webhooks$/, (m, q, b) => {
			if (b.url.includes("127.0.0.1")) return problem(422, "The host must be public.");
			const h = hook("whk_new", b.label ?? "", { url: b.url, format: b.format });
			db.webhooks.push(h);
			return ok({ ...h, secret: "whsec_3vJ0h1Cq5mX0m4kZ2kM1rF7nQ4y8Yw9bq8o2a6s5dXE=" }, 201);
		}],
		["GET", /^\/v1\/webhooks\/([^/]+)$/, (m) => found(hook_of(m))],
		["PATCH", /^\/v1\/webhooks\/([^/]+)$/, (m, q, b) => found(Object.assign(hook_of(m), b))],
		["DELETE", /^\/v1\/webhooks\/([^/]+)$/, (m) => drop(db.webhooks, "id", m[0])],
		["GET", /^\/v1\/webhooks\/([^/]+)\/posts$/, (m, q) => page(db.posts, q)],
		["GET", /^\/v1\/webhooks\/([^/]+)\/dead$/, (m) => ok({ data: m[0].includes("n4x") ? [{ number: 1, at: ago(HOUR), behind: ago(3 * HOUR), upto: ago(2 * HOUR), why: `It answered 403. ${EVIL}` }] : [], next: null })],
		["POST", /^\/v1\/webhooks\/([^/]+)\/test$/, () => ok({ result: "answered", status: 200, took_ms: 31, address: "192.0.2.80:443", reason: "", body: EVIL })],
		["POST", /^\/v1\/webhooks\/([^/]+)\/replay$/, (m, q, b) => {
			db.calls.push(["replay", b]);
			db.posts.unshift({ ...db.posts[0], number: db.posts[0].number + 1, at: now() });
			return ok({ replay: true }, 202);
		}],
		["POST", /^\/v1\/webhooks\/([^/]+)\/roll$/, (m) => ok({ ...hook_of(m), secret: "whsec_cm9sbGVkcm9sbGVkcm9sbGVkcm9sbGVk" })],
		["POST", /^\/v1\/webhooks\/([^/]+)\/resume$/, (m) => found(Object.assign(hook_of(m), { state: "on", why: null }))],
		["GET", /^\/v1\/templates$/, () => ok({ data: db.templates, next: null })],
		["POST", /^\/v1\/templates$/, (m, q, b) => {
			if (db.templates.some((t) => t.name === b.name)) return problem(409, "The name is taken.");
			db.templates.push(template("tpl_new", b.name, b));
			return ok(db.templates.at(-1), 201);
		}],
		["GET", /^\/v1\/templates\/([^/]+)$/, (m) => found(template_of(m))],
		["PATCH", /^\/v1\/templates\/([^/]+)$/, (m, q, b) => found(Object.assign(template_of(m), b, { changed: true, updated: now() }))],
		["DELETE", /^\/v1\/templates\/([^/]+)$/, (m) => drop(db.templates, "id", m[0])],
		["GET", /^\/v1\/templates\/([^/]+)\/values$/, () => ok({ data: db.values, next: null })],
		["POST", /^\/v1\/templates\/([^/]+)\/values$/, (m, q, b) => {
			db.values = [...db.values.filter((v) => v.name !== b.name), { ...b, updated: now() }];
			return ok(db.values.at(-1));
		}],
		["DELETE", /^\/v1\/templates\/([^/]+)\/values\/([^/]+)$/, (m) => drop(db.values, "name", m[1])],
		["GET", /^\/v1\/templates\/([^/]+)\/versions$/, (m) => ok({ data: [2, 1].filter((v) => v <= template_of(m).versions).map((version) => ({ ...template_of(m), version })), next: null })],
		["POST", /^\/v1\/templates\/([^/]+)\/publish$/, (m, q, b) => {
			const t = template_of(m);
			const version = b.version ?? t.versions + 1;
			Object.assign(t, { published: version, versions: Math.max(t.versions, version), changed: false });
			return ok({ ...t, version });
		}],
		["POST", /^\/v1\/templates\/([^/]+)\/render$/, (m, q, b) => ok(render(template_of(m), b))],
		["POST", /^\/v1\/templates\/([^/]+)\/test$/, (m, q, b) => {
			db.calls.push(["test", b]);
			return ok({ data: [{ id: "msg_test", recipients: b.to.map((email) => ({ email, id: "rcp_test" })) }] }, 202);
		}],
		["GET", /^\/v1\/users$/, () => ok({ data: db.users, next: null })],
		["POST", /^\/v1\/users$/, (m, q, b) => {
			db.users.push({ id: "usr_new", account: "shop", enabled: true, pending: true, created: now(), last_seen: null, name: "", ...b });
			return ok({ ...db.users.at(-1), link: "https://mail.example.com/console/#/welcome/AImsi6m3sCjKs_WnDSEAEw", expires: now() }, 201);
		}],
		["PATCH", /^\/v1\/users\/([^/]+)$/, (m, q, b) => found(Object.assign(db.users.find((u) => u.id === m[0]) ?? {}, b))],
		["DELETE", /^\/v1\/users\/([^/]+)$/, (m) => drop(db.users, "id", m[0])],
		["DELETE", /^\/v1\/users\/([^/]+)\/totp$/, (m) => found(Object.assign(db.users.find((u) => u.id === m[0]) ?? {}, { totp: false }))],
		["POST", /^\/v1\/users\/([^/]+)\/link$/, () => ok({ link: "https://mail.example.com/console/#/welcome/AImsi6m3sCjKs_WnDSEAEw", expires: now(), kind: "reset", email: "" }, 201)],
		["GET", /^\/v1\/sessions$/, () => ok({ data: [{ id: "ses_a", created: ago(HOUR), last_seen: now(), from: "192.0.2.7", agent: "Mozilla/5.0", current: true }, { id: "ses_b", created: ago(9 * HOUR), last_seen: ago(HOUR), from: "198.51.100.7", agent: EVIL, current: false }] })],
		["DELETE", /^\/v1\/sessions\/([^/]+)$/, () => ({ status: 204 })],
		["GET", /^\/v1\/accounts$/, (m, q) => page(db.accounts.filter((a) => a.account.includes(q.get("search") ?? "")), q, 1000)],
		["POST", /^\/v1\/accounts$/, (m, q, b) => {
			db.accounts.push({ account: b.account, id: 9, state: "ok", created: now() });
			return ok(db.accounts.at(-1), 201);
		}],
		["POST", /^\/v1\/accounts\/([^/]+)\/(suspend|restore)$/, (m) => {
			const a = db.accounts.find((x) => x.account === m[0]);
			a.state = m[1] === "suspend" ? "suspended" : "ok";
			return ok(a);
		}],
		["GET", /^\/v1\/audit$/, (m, q) => page(db.audit, q)],
		["GET", /^\/v1\/audit\/verify$/, (m, q) => {
			const n = db.audit.length, whole = { ok: true, from: 1, upto: n, head: { seq: n, hash: "c0".repeat(32) }, removed: 3, redacted: 1, since: ago(30 * HOUR), adopted: 2, problem: null, noted: null, next: null, account: "shop" };
			if (!q.get("cursor")) return ok({ ...whole, ok: null, upto: 20, next: "20" });
			return ok(db.audit_broken ? { ...whole, ok: false, upto: 20, problem: { entry: 21, kind: "missing", text: "Entry 21 is missing." } } : whole);
		}],
		["GET", /^\/v1\/testers$/, () => ok({ data: db.testers, next: null })],
		["POST", /^\/v1\/testers$/, (m, q, b) => {
			db.testers.push({ address: b.address, name: b.name ?? "", created: now() });
			return ok(db.testers.at(-1), 201);
		}],
		...service_routes(db, { ok, problem, page }, source),
	];
}
