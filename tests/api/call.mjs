// For the programs beside it: the service's address and key, checks, and what must arrive.
//
//   await check('one message', async () => { … });        prints ok or FAIL, goes on
//   await refused('no subject', () => client.send(…), { statusCode: 422, code: 300, message: /…/ });
//   sent({ envelope, subject, … });                       for arrived.py
//     traced: false: other mail to the address did not arrive
//   done();
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';

export { assert };
export const env = process.env;
export const host = `127.0.0.1:${env.HTTP}`;
export const base = `http://${host}`;
// The SDKs of tests/interop: exact versions, one lock file for all tests.
export const require = createRequire(new URL('../interop/package.json', import.meta.url));

export const logo = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
// All byte values, so that no decoding on the way goes unnoticed.
export const invoice = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7) % 256));

let failed = 0;
const timeout = 120000;

export async function check(what, fn) {
	let timer;
	try {
		await Promise.race([fn(), new Promise((_, no) => {
			timer = setTimeout(() => no(new Error(`no answer in ${timeout} ms`)), timeout);
		})]);
		console.log(`ok    ${what}`);
	} catch (e) {
		failed++;
		console.log(`FAIL  ${what}`);
		console.log(String(e.stack ?? e).replace(/^/gm, '      '));
	} finally {
		clearTimeout(timer);
	}
}

// Every member of want: a RegExp, or the same value; names may be paths ('response.body.errors.0').
export function like(got, want) {
	for (const [path, value] of Object.entries(want)) {
		const at = path.split('.').reduce((o, name) => o?.[name], got);
		if (value instanceof RegExp) {
			assert.ok(at !== undefined && at !== null, `${path}: there is none`);
			assert.match(String(at), value, path);
		} else {
			assert.deepEqual(at, value, `${path}: ${JSON.stringify(at)}`);
		}
	}
}

// A busy machine makes the service say 503: nothing was taken, try again later.
const busy = (status, began) => status === 503 && Date.now() - began < timeout / 2;
const pause = () => new Promise((go) => setTimeout(go, 500));

async function patient(fn) {
	for (const began = Date.now(); ; await pause()) {
		try {
			return await fn();
		} catch (e) {
			if (!busy(e.statusCode ?? e.status ?? e.code, began))
				throw e;
		}
	}
}

export function refused(what, fn, want) {
	return check(`refused: ${what}`, async () => {
		let answer;
		try {
			answer = await patient(fn);
		} catch (e) {
			try {
				like(e, want);
			} catch (no) {
				no.message += `\n  of ${e}: ${JSON.stringify(e.response?.data ?? e.response?.body ?? { ...e })}`;
				throw no;
			}
			return;
		}
		assert.fail(`it was taken: ${JSON.stringify(answer?.body ?? answer)}`);
	});
}

// {envelope: [addresses], subject, from, to, cc, reply_to, text, html, headers: {}, hidden: [texts],
//  files: [{name, type, bytes, cid}], message_id}: one message at the sink. What is left out is not compared.
export function sent(mail) {
	const files = mail.files?.map(({ bytes, ...rest }) => ({ ...rest, base64: bytes.toString('base64') }));
	fs.appendFileSync(`${env.W}/sent.jsonl`, `${JSON.stringify({ ...mail, files })}\n`);
}

// A call without an SDK: {status, headers, text, json}.
export async function raw(method, path, { auth, headers, body } = {}, began = Date.now()) {
	const answer = await fetch(base + path, {
		method,
		headers: { ...(auth && { authorization: auth }), ...headers },
		body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
	});
	const text = await answer.text();
	if (busy(answer.status, began)) {
		await pause();
		return raw(method, path, { auth, headers, body }, began);
	}
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		// Not every answer is JSON.
	}
	return { status: answer.status, headers: answer.headers, text, json };
}

export const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export function done() {
	process.exit(failed ? 1 : 0);
}
