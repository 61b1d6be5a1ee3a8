/* A secret on its way from the answer that had it to the screen that shows it once. In memory, taken once. */
const kept = new Map<string, string>();

export function keep_secret(id: string, secret: string): void {
	kept.set(id, secret);
}

export function take_secret(id: string): string {
	const secret = kept.get(id) ?? "";
	kept.delete(id);
	return secret;
}
