/* Small choices kept in this browser. Storage may be forbidden: then they last as long as the page. */
const page = new Map<string, string>();

export function remembered(name: string): string | null {
	try {
		return localStorage.getItem("facteur." + name) ?? page.get(name) ?? null;
	} catch {
		return page.get(name) ?? null;
	}
}

export function remember(name: string, value: string): void {
	page.set(name, value);
	try {
		localStorage.setItem("facteur." + name, value);
	} catch {
		/* as the head says */
	}
}

export function forget(name: string): void {
	page.delete(name);
	try {
		localStorage.removeItem("facteur." + name);
	} catch {
		/* as the head says */
	}
}
