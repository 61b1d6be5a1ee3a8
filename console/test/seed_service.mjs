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

export function service_routes(db, { ok, problem }) {
	const s = db.service;
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
		["POST", /^\/v1\/queue\/(hold|release|retry|drop)$/, (m, q, b, who, account) => change(m[0], b, account)],
	];
}
