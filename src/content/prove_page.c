#include "content/prove_page.h"

#include "content/escape.h"

#include <errno.h>

/* In the texts: %a the address, %n the account, %h the service. */
static const struct {
	const char *title, *text;
} words[2][PROVE_PAGE_STATES] = {
	[UNSUB_PAGE_EN] = {
		[PROVE_PAGE_ASK] = { "Is this your address?",
			"The account “%n” at %h wants to send mail to %a while it is being set "
			"up. If the address is yours and you want that, say so. If you did not "
			"expect this, close the page: nothing else is sent to you." },
		[PROVE_PAGE_DONE] = { "Thank you",
			"%a gets mail of the account “%n” at %h from now on." },
		[PROVE_PAGE_INVALID] = { "This link is not valid",
			"A part of it may be missing, or it is older than seven days, or a newer "
			"one was sent." },
		[PROVE_PAGE_LATER] = { "Please try again in a minute",
			"This cannot be recorded just now; nothing was changed." },
	},
	[UNSUB_PAGE_FR] = {
		[PROVE_PAGE_ASK] = { "Est-ce votre adresse ?",
			"Le compte « %n » de %h veut envoyer du courrier à %a pendant sa mise en "
			"service. Si l'adresse est la vôtre et que vous le voulez bien, "
			"dites-le. Sinon, fermez la page : rien d'autre ne vous est envoyé." },
		[PROVE_PAGE_DONE] = { "Merci",
			"%a reçoit désormais le courrier du compte « %n » de %h." },
		[PROVE_PAGE_INVALID] = { "Ce lien n'est pas valable",
			"Il en manque peut-être une partie, ou il a plus de sept jours, ou un "
			"autre a été envoyé depuis." },
		[PROVE_PAGE_LATER] = { "Réessayez dans une minute",
			"Ceci ne peut pas être enregistré pour le moment ; rien n'a été "
			"changé." },
	},
};

static const char *const buttons[2] = {
	[UNSUB_PAGE_EN] = "Yes, this is my address",
	[UNSUB_PAGE_FR] = "Oui, c'est mon adresse",
};

static const int statuses[PROVE_PAGE_STATES] = {
	[PROVE_PAGE_ASK] = 200,
	[PROVE_PAGE_DONE] = 200,
	[PROVE_PAGE_INVALID] = 404,
	[PROVE_PAGE_LATER] = 503,
};

int
prove_page_status(enum prove_page_state state)
{
	return statuses[state];
}

static void
put_text(struct buf *out, const struct prove_page *p, const char *text)
{
	struct str rest = str_z(text);

	while (rest.n > 0) {
		size_t n = str_find(rest, '%');

		buf_put(out, str_head(rest, n));
		rest = str_from(rest, n);
		if (rest.n < 2)
			return;
		escape_html(out, rest.p[1] == 'a'   ? p->address
				 : rest.p[1] == 'n' ? p->account
						    : p->host);
		rest = str_from(rest, 2);
	}
}

int
prove_page(struct buf *out, const struct prove_page *p)
{
	const char *title = words[p->lang][p->state].title;
	size_t before = out->n;

	buf_printf(out,
		"<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\">"
		"<meta name=\"robots\" content=\"noindex\">\n<title>%s</title>\n<style>"
		":root{color-scheme:light dark}"
		"body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif}"
		"main{max-width:32rem;margin:10vh auto;padding:0 1.25rem}"
		"h1{font-size:1.5rem;line-height:1.25}p{overflow-wrap:anywhere}"
		"button{font:inherit;padding:.5rem 1rem;cursor:pointer}</style></head>\n"
		"<body><main>\n<h1>%s</h1>\n<p>",
		unsub_page_lang_name(p->lang), title, title);
	put_text(out, p, words[p->lang][p->state].text);
	buf_put_z(out, "</p>\n");
	if (p->state == PROVE_PAGE_ASK) {
		buf_put_z(out, "<form method=\"post\" action=\"");
		escape_html(out, p->action);
		buf_printf(out, "\"><button>%s</button></form>\n", buttons[p->lang]);
	}
	buf_put_z(out, "</main></body></html>\n");
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
