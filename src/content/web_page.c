#include "content/web_page.h"

#include <errno.h>

static const struct {
	const char *title, *text;
} words[2][WEB_PAGE_STATES] = {
	[UNSUB_PAGE_EN] = {
		[WEB_PAGE_INVALID] = { "This link is not valid",
			"A part of it may be missing. Open it again from the message." },
		[WEB_PAGE_GONE] = { "This message is no longer kept",
			"Messages can be read here for a short time only, and this one's is over. "
			"If you have the message, read it there." },
		[WEB_PAGE_LATER] = { "Please try again in a minute",
			"This message cannot be shown just now." },
		[WEB_PAGE_ODD] = { "This message cannot be shown here",
			"It is too long for a page, or signed or encrypted. If you have the "
			"message, read it there." },
	},
	[UNSUB_PAGE_FR] = {
		[WEB_PAGE_INVALID] = { "Ce lien n'est pas valable",
			"Il en manque peut-être une partie. Ouvrez-le de nouveau depuis le "
			"message." },
		[WEB_PAGE_GONE] = { "Ce message n'est plus conservé",
			"Un message ne peut être lu ici que pendant un temps limité, et celui-ci "
			"n'y est plus. Si vous avez le message, lisez-le là." },
		[WEB_PAGE_LATER] = { "Réessayez dans une minute",
			"Ce message ne peut pas être affiché pour le moment." },
		[WEB_PAGE_ODD] = { "Ce message ne peut pas être affiché ici",
			"Il est trop long pour une page, ou bien signé ou chiffré. Si vous avez le "
			"message, lisez-le là." },
	},
};

static const int statuses[WEB_PAGE_STATES] = {
	[WEB_PAGE_INVALID] = 404,
	[WEB_PAGE_GONE] = 410,
	[WEB_PAGE_LATER] = 503,
	[WEB_PAGE_ODD] = 404,
};

int
web_page_status(enum web_page_state state)
{
	return statuses[state];
}

int
web_page(struct buf *out, enum web_page_state state, enum unsub_page_lang lang)
{
	const char *title = words[lang][state].title;
	size_t before = out->n;

	buf_printf(out,
		"<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\">"
		"<meta name=\"robots\" content=\"noindex\">\n<title>%s</title>\n<style>"
		":root{color-scheme:light dark}"
		"body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif}"
		"main{max-width:32rem;margin:10vh auto;padding:0 1.25rem}"
		"h1{font-size:1.5rem;line-height:1.25}</style></head>\n<body><main>\n"
		"<h1>%s</h1>\n<p>%s</p>\n</main></body></html>\n",
		unsub_page_lang_name(lang), title, title, words[lang][state].text);
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
