/*
 * The console of a running service before it has sessions: everything is the service's own, files and API, but
 * /v1/session, which is answered here, and the key that each call is made with.
 *   node test/real.mjs http://127.0.0.1:8025 KEY:SECRET ACCOUNT [PORT]
 */
import { createServer, request } from "node:http";
import { fileURLToPath } from "node:url";

export function front(service, key, account, port = 0) {
	const target = new URL(service);
	const me = { user: { id: "usr_x", email: "demo@shop.example", name: "Demo", role: "owner", language: "" }, account: { id: 1, name: account }, accounts: [{ id: 1, name: account }], csrf: "x" };
	const server = createServer((req, res) => {
		if (req.url.startsWith("/v1/session")) {
			res.writeHead(200, { "Content-Type": "application/json" });
			return res.end(JSON.stringify(me));
		}
		const headers = { ...req.headers, host: target.host };
		delete headers["x-csrf-token"];
		if (req.url.startsWith("/v1/")) headers.authorization = "Basic " + Buffer.from(key).toString("base64");
		const out = request({ host: target.hostname, port: target.port, method: req.method, path: req.url, headers }, (r) => {
			res.writeHead(r.statusCode, r.headers);
			r.pipe(res);
		});
		out.on("error", (e) => res.writeHead(502).end(e.message));
		req.pipe(out);
	});
	return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const [service, key, account, port] = process.argv.slice(2);
	console.log((await front(service, key, account, Number(port ?? 8026))).origin + "/console/");
}
