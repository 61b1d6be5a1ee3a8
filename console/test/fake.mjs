/*
 * A small server that answers as docs/openapi.json says, for the console alone: sessions, an account with some mail, all
 * in memory. Serves dist/ as the program does: the same policies, the same fallback. What a remote or a tenant can set
 * holds markup that must never run.
 *   node test/fake.mjs [PORT]     sign in with demo@shop.example and "correct horse battery"
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { seed } from "./seed.mjs";
import { app_code, base32 } from "./totp.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "dist");
export const EMAIL = "demo@shop.example";
export const PASSWORD = "correct horse battery";
export const LINK = "7Q2FK9XD7Q2FK9XD7Q2FK9XD";
export const CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
export const FRAME_CSP = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts";
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };

const problem = (status, detail, extra = {}) => ({ status, body: { type: "/docs/api#x", title: "The request has mistakes", status, detail, request_id: "a8dc55e6-1240-8321-879c-e82d86f6d920", ...extra } });
const ok = (body, status = 200) => ({ status, body });
const page = (rows, q, limit = 50) => {
	const from = Number(q.get("cursor") ?? 0);
	const n = Math.min(Number(q.get("limit") ?? limit), 500);
	return ok({ data: rows.slice(from, from + n), next: from + n < rows.length ? String(from + n) : null, partial: false });
};

export function start(port = 0, options = {}) {
	const db = seed(options);
	const sessions = new Set();
	/* What a test may change under a page that is open. */
	const now = { csrf: "csrf-1", user: "usr_a" };
	const accounts = options.accounts ?? [{ id: 1, name: "shop" }, { id: 2, name: "bakery" }];
	/* The second factor: secret, whether it is on, the last step, recovery codes that are left. */
	const factor = { secret: null, on: false, step: 0, left: [], half: null };
	const recovery = () => ok({ recovery_codes: (factor.left = Array.from({ length: 10 }, () => base32(randomBytes(10)).toLowerCase().replace(/(.{4})(?=.)/g, "$1-"))) });
	const right = (code) => {
		const step = [-1, 0, 1].map((by) => Math.floor(Date.now() / 30000) + by).find((s) => s > factor.step && app_code(factor.secret, s) === code);
		if (step) factor.step = step;
		const spare = factor.left.indexOf(code);
		if (spare >= 0) factor.left.splice(spare, 1);
		return step !== undefined || spare >= 0;
	};
	const wrong_code = (status) => problem(status, "The code is wrong, or was used already: wait for the next one.");
	const his = (b) => b.password === PASSWORD;
	const me = () => ({ user: { id: now.user, email: EMAIL, name: "Ann <b>Demo</b>", role: options.role ?? "owner", language: options.language ?? "", totp: factor.on },
		totp_required: (options.totp_required ?? false) && !factor.on,
		account: options.platform ? null : { id: 1, name: "shop" }, accounts, more: options.more ?? false, sink: true, mode: options.mode ?? "live", csrf: now.csrf,
		submission: options.submission ?? { starttls: [25, 80, 587, 588, 2525], tls: [465], plain: [] }, language: "en" });
	const signed = () => {
		const id = Math.random().toString(36).slice(2);
		sessions.add(id);
		return { ...ok(me()), cookie: `facteur=${id}; Path=/; HttpOnly; SameSite=Strict` };
	};

	const begun = () => (factor.on ? ok({ second_factor: "totp", token: (factor.half = "half"), expires: new Date(Date.now() + 300000).toISOString() }, 202) : signed());

	const routes = [
		["POST", /^\/v1\/session$/, (m, q, b) => (b.email === EMAIL && b.password === PASSWORD ? begun() : problem(401, "Address or password is wrong."))],
		["GET", /^\/v1\/session$/, (m, q, b, who) => (who ? ok(me()) : problem(401, "Nobody is signed in."))],
		["DELETE", /^\/v1\/session$/, (m, q, b, who) => (sessions.delete(who) ? { status: 204 } : problem(401, "Nobody is signed in."))],
		["POST", /^\/v1\/session\/link$/, (m, q, b) => b.token !== LINK ? problem(410, "This link was used already.") : b.password || b.enter ? begun() : ok({ email: EMAIL, name: "", kind: options.link ?? "invite" })],
		["POST", /^\/v1\/session\/code$/, (m, q, b) => {
			if (b.token !== factor.half) return problem(410, "This sign-in took too long, or too many codes were wrong: begin again with the password.");
			if (!right(b.code)) return wrong_code(401);
			factor.half = null;
			return signed();
		}],
		["GET", /^\/v1\/session\/totp$/, () => ok({ on: factor.on, since: factor.on ? new Date().toISOString() : null, recovery_codes: factor.left.length, required: options.totp_required ?? false })],
		["POST", /^\/v1\/session\/totp$/, (m, q, b) => {
			if (!his(b)) return problem(403, '"password" is wrong.');
			factor.secret = base32(randomBytes(20));
			return ok({ secret: factor.secret, uri: `otpauth://totp/Facteur:${encodeURIComponent(EMAIL)}?secret=${factor.secret}&issuer=Facteur&algorithm=SHA1&digits=6&period=30`, expires: new Date().toISOString() }, 201);
		}],
		["POST", /^\/v1\/session\/totp\/confirm$/, (m, q, b) => {
			if (!right(b.code)) return wrong_code(403);
			factor.on = db.users[0].totp = true;
			return recovery();
		}],
		["POST", /^\/v1\/session\/totp\/recovery$/, (m, q, b) => (his(b) && right(b.code) ? recovery() : wrong_code(403))],
		["POST", /^\/v1\/session\/totp\/off$/, (m, q, b) => {
			if (!his(b) || !right(b.code)) return wrong_code(403);
			Object.assign(factor, { on: false, secret: null, step: 0, left: [] });
			db.users[0].totp = false;
			return { status: 204 };
		}],
		...db.routes({ ok, problem, page }),
	];

	const api = (req, res, url, text) => {
		const cookie = /facteur=(\w+)/.exec(req.headers.cookie ?? "")?.[1];
		const who = sessions.has(cookie) ? cookie : null;
		const open = /^\/v1\/session(\/link|\/code)?$/.test(url.pathname);
		const account = req.headers["x-facteur-account"];
		/* What needs no account; what needs a reason of somebody of the service. */
		const wide = open || /^\/v1\/(accounts|users|sessions?|me|audit|queue|sink|status|doctor|alerts)\b/.test(url.pathname);
		const opens = /^GET \/v1\/messages\/[^/]+\/(source|values)$|^GET \/v1\/sink\/|^POST \/v1\/keys(\/[^/]+\/roll)?$|^POST \/v1\/users\/(?!usr_s)[^/]+\/link$/.test(`${req.method} ${url.pathname}`) || (account && `${req.method} ${url.pathname}` === "POST /v1/users");
		const reason = decodeURIComponent(req.headers["x-facteur-reason"] ?? "");
		if (reason) db.calls.push(["reason", reason]);
		let answer = null;
		if (!who && !open) answer = problem(401, "Sign in first.");
		else if (who && req.method !== "GET" && !(open && req.method === "POST") && req.headers["x-csrf-token"] !== now.csrf) answer = problem(403, "The CSRF token is wrong.");
		else if (who && options.platform && !wide && !account) answer = problem(422, "Name an account: X-Facteur-Account.");
		else if (who && options.platform && opens && reason.length < 10) answer = problem(403, "Say why in X-Facteur-Reason.");
		else {
			const found = routes.find(([method, path]) => method === req.method && path.test(decodeURI(url.pathname)));
			let body = {};
			if (text) body = JSON.parse(text);
			answer = found ? found[2](found[1].exec(url.pathname).slice(1).map(decodeURIComponent), url.searchParams, body, who, account) : problem(404, "There is no such address: " + url.pathname);
		}
		if (answer.stream) {
			res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
			return answer.stream(res);
		}
		const headers = { "Cache-Control": "no-store" };
		if (answer.cookie) headers["Set-Cookie"] = answer.cookie;
		const raw = answer.raw !== undefined;
		headers["Content-Type"] = raw ? answer.type : answer.status >= 400 ? "application/problem+json" : "application/json";
		setTimeout(() => {
			res.writeHead(answer.status, headers);
			res.end(raw ? answer.raw : answer.body === undefined ? undefined : JSON.stringify(answer.body));
		}, options.delay ?? 0);
	};

	const file = (res, pathname) => {
		let name = normalize(pathname.slice("/console/".length)) || "index.html";
		if (name === "." || name.startsWith("..")) name = "index.html";
		let bytes;
		try {
			bytes = readFileSync(join(dist, name));
		} catch {
			if (name.startsWith("assets/")) { res.writeHead(404); return res.end(); }
			name = "index.html";
			bytes = readFileSync(join(dist, name));
		}
		const type = TYPES[name.split(".").pop()] ?? "application/octet-stream";
		res.writeHead(200, { "Content-Type": type, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": name === "frame.html" ? FRAME_CSP : CSP });
		res.end(bytes);
	};

	const server = createServer((req, res) => {
		const url = new URL(req.url, "http://localhost");
		let text = "";
		req.on("data", (d) => (text += d));
		req.on("end", () => {
			try {
				if (url.pathname === "/console") { res.writeHead(308, { Location: "/console/" }); return res.end(); }
				if (url.pathname.startsWith("/console/")) return file(res, url.pathname);
				if (url.pathname.startsWith("/help/")) return res.end("help");
				if (url.pathname.startsWith("/v1/")) return api(req, res, url, text);
				res.writeHead(404);
				res.end();
			} catch (e) {
				res.writeHead(500);
				res.end(String(e.stack));
			}
		});
	});
	return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve({ server, db, sessions, now, origin: `http://127.0.0.1:${server.address().port}` })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const { origin } = await start(Number(process.argv[2] ?? 8025));
	console.log(`${origin}/console/  ${EMAIL}  ${PASSWORD}\n${origin}/console/#/welcome/${LINK}`);
}
