/* What the fake server knows of the queue, the sink and the service itself. */
const MIN = 60_000;
const HOUR = 60 * MIN;
const ago = (ms) => new Date(Date.now() - ms).toISOString();

const NUMBERS = ["queued", "due", "active", "held", "quarantined"];
const none = () => ({ ...Object.fromEntries(NUMBERS.map((n) => [n, 0])), oldest: null, next: null });

function sum(rows) {
	const all = none();
	for (const r of rows) {
		for (const n of NUMBERS) all[n] += r[n];
		if (r.oldest && (!all.oldest || r.oldest < all.oldest)) all.oldest = r.oldest;
		if (r.next && (!all.next || r.next < all.next)) all.next = r.next;
	}
	return all;
}

export function seed_service(empty, evil) {
	const lane = (provider, domain, account, stream, more) => ({ provider, domain, account, stream, ...none(), oldest: ago(3 * HOUR), next: ago(-9 * MIN), ...more });
	return {
		lanes: empty ? [] : [
			lane("gmail.com", "gmail.com", "shop", "broadcast", { queued: 1204, due: 12, active: 20 }),
			lane("gmail.com", "corp.example", "bakery", "transactional", { queued: 3, oldest: ago(20 * MIN) }),
			lane("orange.test", "orange.test", "shop", "transactional", { queued: 41, held: 7 }),
			lane(evil, evil, "shop", "transactional", { held: 2, quarantined: 1, next: null }),
		],
		replies: { "gmail.com": `421 4.7.28 Our system has detected an unusual rate of mail ${evil}`, "orange.test": "451 4.7.1 Greylisted, try again" },
	};
}

const caught = (r, i) => ({ id: String(900 - i), at: r.accepted, client: "127.0.0.1:40000", helo: "mail.shop.example", from: i === 3 ? "" : "abfdmmhb7w5q7etw2u3g4itcddthcwydakeu44@bounce.shop.example", to: i === 1 ? [r.to, "b@example.org"] : [r.to],
	subject: r.subject, bytes: r.size, message_id: `<${r.message_id}>`, outcome: i === 2 ? "in_doubt" : "kept", recipient: r.id, account: i === 4 ? null : "shop" });
const advice = (evil) => [
	{ id: "signature", level: "good", seen: "Signed (DKIM) by shop.example, the domain of the sender.", why: "Large receivers refuse or filter mail without a DKIM signature, and DMARC only counts one of the domain that readers see.", fix: "" },
	{ id: "return_path", level: "hint", seen: "What comes back goes to other.example: not aligned with the sender's shop.example.", why: "DMARC counts SPF when they are aligned.", fix: "Nothing, as long as DKIM passes." },
	{ id: "links", level: "problem", seen: `The link ${evil} leads nowhere.`, why: "Readers get lost.", fix: "Mend it." },
];

const finding = (check, state, title, subject, found, todo) => ({ check, state, title, subject, code: check, found, why: "It matters.", todo });

export function service_routes(db, { ok, problem, page }, source) {
	const s = db.service;
	const sink = () => db.messages.slice(0, 60).map(caught);
	const one = (id) => sink().find((r) => r.id === id);
	const fits = (f, account) => s.lanes.filter((l) => (!account || l.account === account) && ["provider", "domain", "stream"].every((k) => !f(k) || l[k] === f(k)) && (!f("state") || l[f("state")] > 0));
	const takes = { hold: ["queued"], release: ["held"], retry: ["queued"], drop: ["queued", "held", "quarantined"] };
	const provider = (name, lanes) => ({ provider: name, ...sum(lanes), last_reply: s.replies[name] ? { at: ago(MIN), event: "deferred", reply: s.replies[name] } : null,
		door: db.platform ? { connections: 3, connections_max: 20, rate: name === "gmail.com" ? 600 : null, resting_until: name === "orange.test" ? ago(-5 * MIN) : null, stuck: name === "gmail.com" } : null,
		lanes: lanes.map(({ provider: _, ...l }) => l) });
	const change = (what, b, account) => {
		const rows = fits((k) => b[k], account);
		const count = rows.reduce((n, l) => n + takes[what].reduce((m, k) => m + l[k], 0), 0);
		if (b.count_only) return ok({ count, skipped: rows.reduce((n, l) => n + l.active, 0), oldest: sum(rows).oldest });
		if (b.expect !== undefined && count > b.expect + 10) return problem(409, `There are ${count} recipients by now, ${b.expect} were expected: nothing was done.`);
		for (const l of rows) {
			const n = takes[what].reduce((m, k) => m + l[k], 0);
			for (const k of takes[what]) l[k] = 0;
			if (what === "hold") l.held += n;
			if (what === "release" || what === "retry") l.queued += n;
		}
		db.calls.push([`queue.${what}`, b]);
		return ok({ changed: count, skipped: 0 });
	};
	return [
		["GET", /^\/v1\/queue$/, (m, q, b, who, account) => {
			const rows = fits((k) => q.get(k), account);
			const names = [...new Set(rows.map((l) => l.provider))];
			return ok({ totals: sum(rows), data: names.map((n) => provider(n, rows.filter((l) => l.provider === n))), others: 0 });
		}],
		["GET", /^\/v1\/queue\/messages$/, (m, q) => (q.get("cursor") ? ok({ data: [{ id: "rcp_last", message: "msg_last", account: "shop", from: "", to: "last@gmail.com", state: "held", attempts: 0, size: 900, accepted: ago(HOUR), next: null, stream: "broadcast" }], next: null })
			: ok({ data: db.messages.slice(0, 3).map((r) => ({ id: r.id, message: r.message, account: "shop", from: r.from, to: r.to, state: "queued", attempts: 2, size: r.size, accepted: r.accepted, next: ago(-9 * MIN), stream: r.stream })), next: "3" }))],
		["GET", /^\/v1\/sink$/, (m, q) => page(sink().filter((r) => !q.get("search") || (r.subject + r.to).includes(q.get("search"))), q)],
		["GET", /^\/v1\/sink\/([^/]+)$/, (m) => (one(m[0]) ? ok({ ...one(m[0]), stream: "transactional", advice: advice(db.evil) }) : problem(404, "There is no such thing in this account."))],
		["GET", /^\/v1\/sink\/([^/]+)\/source$/, (m) => ({ status: 200, type: "message/rfc822", raw: source(db.messages[900 - Number(m[0])]) })],
		["GET", /^\/v1\/status$/, () => ok({ version: "0.1.0", hostname: "mail.shop.example", keep: { content_s: 604800, transcripts_s: 604800, events_s: 3888000, statistics_s: null }, ready: false, reason: "Not every process is ready.", engine: "running", uptime_s: 93_000, queue: { queued: 1248, active: 20, held: 9, quarantined: 1 }, conservation: { drift: 0 }, port25: { state: "open", words: "" }, webhooks: { endpoints: 3, failing: 1 }, warnings: ["No certificate is configured: a self-signed one is used."],
			roles: ["engine", "desk", "poster", "courier", "edge"].map((role, i) => ({ role, number: i > 2 ? 1 : 0, pid: 4711 + i, ready: role !== "courier", state: role === "courier" ? "starting" : "up" })) })],
		["GET", /^\/v1\/alerts$/, () => ok({ alerts: [{ code: "port25", subject: "", state: "fail", found: `Outgoing port 25 is blocked. ${db.evil}`, todo: "Ask your host.", since: ago(3 * HOUR) }], mail: "root@shop.example", webhook: false })],
		["GET", /^\/v1\/doctor$/, (m, q) => {
			const checks = [finding("port25", "fail", "port 25", "", `gmail-smtp-in.example did not answer ${db.evil}`, "Ask your host to open port 25."), finding("certificate", "warn", "certificate", "mail.shop.example", "It is for mail.shop.example and has 12 days left.", "Renew it."),
				finding("resolver", "unknown", "resolver", "", "It could not be looked at.", "Run it as root."), finding("disk", "ok", "disk", "/var/lib/facteur", "64.8 GiB free.", null),
				finding("port", "ok", "ports in", "587", "Listens on 127.0.0.1:587.", null), finding("port", "fail", "ports in", "465", "The service runs, but nothing listens on 127.0.0.1:465.", `Look at its log. ${db.evil}`)].filter((c) => !q.get("only") || q.get("only").split(",").includes(c.check));
			return ok({ state: "fail", exit: 2, counts: { ok: 1, unknown: 1, warn: 1, fail: 1 }, checks, version: "0.1.0", hostname: "mail.shop.example", at: ago(1000) });
		}],
		["POST", /^\/v1\/queue\/(hold|release|retry|drop)$/, (m, q, b, who, account) => change(m[0], b, account)],
	];
}
