/* What an authenticator app does: RFC 6238 with HMAC-SHA-1, 6 digits, steps of 30 s. */
import { createHmac } from "node:crypto";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function base32(bytes) {
	let bits = "";
	for (const b of bytes) bits += b.toString(2).padStart(8, "0");
	return bits.match(/.{5}/g).map((five) => DIGITS[parseInt(five, 2)]).join("");
}

export function app_code(secret, step) {
	let bits = "";
	for (const c of secret) bits += DIGITS.indexOf(c).toString(2).padStart(5, "0");
	const key = Buffer.from(bits.match(/.{8}/g).map((eight) => parseInt(eight, 2)));
	const text = Buffer.alloc(8);
	text.writeBigUInt64BE(BigInt(step));
	const mac = createHmac("sha1", key).update(text).digest();
	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}
