/*
 * Inside the frame: takes a mail's HTML from the console and shows it. DOMParser makes elements whose scripts never run;
 * the policy of this document forbids inline handlers and every load but pictures in data:. What could navigate or post
 * is taken out; a click on a link is told to the console instead of followed.
 *
 * A mail names its elements as it likes, and <form name="body"> or <input name="attributes"> stand then in place of a
 * document's or form's own body and attributes: these are reached by their prototypes only.
 */
interface Order {
	html: string;
	dark: boolean;
	images: boolean;
	failed: string; /* shown when the mail cannot be */
}

const OUT = "script,iframe,frame,frameset,object,embed,applet,base,link,meta,form>input[type=image],portal,noscript,template";

function getter<T extends object, V>(of: T, name: string): (o: T) => V {
	const get = Object.getOwnPropertyDescriptor(of, name)?.get as () => V;
	return (o) => get.call(o);
}

const body_of = getter<Document, HTMLElement>(Document.prototype, "body");
const head_of = getter<Document, HTMLHeadElement>(Document.prototype, "head");
const root_of = getter<Document, HTMLElement>(Document.prototype, "documentElement");
const attributes_of = getter<Element, NamedNodeMap>(Element.prototype, "attributes");
const style_of = getter<HTMLElement, CSSStyleDeclaration>(HTMLElement.prototype, "style");
const all = (doc: Document, selector: string): Element[] => [...Document.prototype.querySelectorAll.call(doc, selector)];
const remove = (el: Element): void => Element.prototype.remove.call(el);
const attribute = (el: Element, name: string): string | null => Element.prototype.getAttribute.call(el, name);
const without = (el: Element, name: string): void => Element.prototype.removeAttribute.call(el, name);
const ours = <T extends Node>(node: T): T => Document.prototype.importNode.call(document, node, true) as T;

function clean(doc: Document, images: boolean): void {
	for (const el of all(doc, OUT)) remove(el);
	for (const el of all(doc, "*")) {
		for (const a of [...attributes_of(el)]) {
			const name = a.name.toLowerCase();
			if (name.startsWith("on") || ["action", "formaction", "ping", "target", "srcset", "autofocus", "http-equiv"].includes(name))
				without(el, a.name);
		}
	}
	for (const img of all(doc, "img")) if (!images || !/^data:image\//i.test(attribute(img, "src") ?? "")) without(img, "src");
}

function show(order: Order): void {
	const doc = new DOMParser().parseFromString(order.html, "text/html");
	clean(doc, order.images);
	const styles = all(doc, "head style").map(ours);
	const body = ours(body_of(doc));
	all(document, "head style").forEach(remove);
	Element.prototype.append.call(head_of(document), ...styles);
	style_of(root_of(document)).colorScheme = order.dark ? "dark" : "light";
	Element.prototype.replaceWith.call(body_of(document), body);
}

function give_up(order: Order): void {
	const body = Document.prototype.createElement.call(document, "body");
	body.textContent = order.failed;
	Element.prototype.replaceWith.call(body_of(document), body);
}

addEventListener("message", (e: MessageEvent) => {
	if (e.source !== parent || !e.data || typeof (e.data as Order).html !== "string") return;
	try {
		show(e.data as Order);
	} catch {
		give_up(e.data as Order);
	}
});

addEventListener(
	"click",
	(e) => {
		const link = e.target instanceof Element ? Element.prototype.closest.call(e.target, "a,area") : null;
		if (!link) return;
		e.preventDefault();
		parent.postMessage({ link: attribute(link, "href") ?? "" }, "*");
	},
	true,
);
addEventListener("submit", (e) => e.preventDefault(), true);
addEventListener("auxclick", (e) => e.preventDefault(), true);

parent.postMessage({ ready: true }, "*");
export {};
