/*
 * Inside the frame: takes a mail's HTML from the console and shows it. DOMParser makes elements whose scripts never run;
 * the policy of this document forbids inline handlers and every load but pictures in data:. What could navigate or post
 * is taken out; a click on a link is told to the console instead of followed.
 */
interface Order {
	html: string;
	dark: boolean;
	images: boolean;
}

const OUT = "script,iframe,frame,frameset,object,embed,applet,base,link,meta,form>input[type=image],portal,noscript,template";

function clean(root: ParentNode, images: boolean): void {
	for (const el of root.querySelectorAll(OUT)) el.remove();
	for (const el of root.querySelectorAll("*")) {
		for (const a of [...el.attributes]) {
			const name = a.name.toLowerCase();
			if (name.startsWith("on") || ["action", "formaction", "ping", "target", "srcset", "autofocus", "http-equiv"].includes(name))
				el.removeAttribute(a.name);
		}
	}
	for (const img of root.querySelectorAll("img"))
		if (!images || !/^data:image\//i.test(img.getAttribute("src") ?? "")) img.removeAttribute("src");
}

function show(order: Order): void {
	const doc = new DOMParser().parseFromString(order.html, "text/html");
	clean(doc, order.images);
	const styles = [...doc.head.querySelectorAll("style")].map((s) => document.importNode(s, true));
	document.head.querySelectorAll("style").forEach((s) => s.remove());
	document.head.append(...styles);
	const body = document.importNode(doc.body, true);
	document.documentElement.style.colorScheme = order.dark ? "dark" : "light";
	document.body.replaceWith(body);
}

addEventListener("message", (e: MessageEvent) => {
	if (e.source === parent && e.data && typeof (e.data as Order).html === "string") show(e.data as Order);
});

addEventListener(
	"click",
	(e) => {
		const link = e.target instanceof Element ? e.target.closest("a,area") : null;
		if (!link) return;
		e.preventDefault();
		parent.postMessage({ link: link.getAttribute("href") ?? "" }, "*");
	},
	true,
);
addEventListener("submit", (e) => e.preventDefault(), true);
addEventListener("auxclick", (e) => e.preventDefault(), true);

parent.postMessage({ ready: true }, "*");
export {};
