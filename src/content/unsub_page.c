#include "content/unsub_page.h"

#include "base/text.h"

#include <errno.h>

#define SHOWN_MAX 200u /* bytes of a sender's name or an address */

/* ---- languages */

/* "0.8" in thousandths; 1000 without one, 0 for what is no weight (RFC 9110 12.4.2). */
static unsigned
weight(struct str params)
{
	size_t at = str_find(params, '=');
	struct str v = str_trim(str_from(params, at + 1));
	unsigned q, unit = 1000;

	if (at == params.n)
		return 1000;
	if (v.n == 0 || v.n > 5 || (v.p[0] != '0' && v.p[0] != '1') ||
		(v.n > 1 && v.p[1] != '.'))
		return 0;
	q = v.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < v.n; i++) {
		unit /= 10;
		if (!ascii_digit(v.p[i]))
			return 0;
		q += (unsigned)(v.p[i] - '0') * unit;
	}
	return q > 1000 ? 0 : q;
}

enum unsub_page_lang
unsub_page_lang(struct str accept_language)
{
	struct str rest = str_head(accept_language, 1000);
	unsigned best = 0;
	enum unsub_page_lang lang = UNSUB_PAGE_EN;

	while (rest.p && rest.n > 0) {
		struct str item = str_cut(&rest, ',');
		size_t semicolon = str_find(item, ';');
		struct str tag = str_trim(str_head(item, semicolon));
		unsigned q = weight(str_from(item, semicolon + 1));
		bool fr, en;

		tag = str_head(tag, str_find(tag, '-'));
		fr = str_ieq_z(tag, "fr");
		en = str_ieq_z(tag, "en");
		if (q > best && (fr || en)) {
			best = q;
			lang = fr ? UNSUB_PAGE_FR : UNSUB_PAGE_EN;
		}
	}
	return lang;
}

const char *
unsub_page_lang_name(enum unsub_page_lang lang)
{
	return lang == UNSUB_PAGE_FR ? "fr" : "en";
}

/* ---- texts */

/* %s: the sender, %a: the address with its preposition. */
struct words {
	const char *title, *text, *note;
};

static const struct words all[2][UNSUB_STATES] = {
	[UNSUB_PAGE_EN] = {
		[UNSUB_ASK] = { "Unsubscribe?", "%s will send no more such messages %a.",
			"Nothing happens until you press the button." },
		[UNSUB_DONE] = { "You are unsubscribed",
			"%s will send no more such messages %a.",
			"A message that is already on its way may still arrive. You may close "
			"this page." },
		[UNSUB_INVALID] = { "This link is not valid",
			"A part of it may be missing. Open it again from the message, or "
			"answer the message and ask to be unsubscribed.",
			"Nothing was changed." },
		[UNSUB_STOP] = { "No longer recorded",
			"%s no longer learns which messages %a are opened and which links are "
			"clicked.",
			"This holds for messages you have already, too: their links still work. "
			"You are not unsubscribed. You may close this page." },
		[UNSUB_CHOSEN] = { "Your choice is kept",
			"%s will send no more messages of the kinds you ticked %a.",
			"A message that is already on its way may still arrive. You may close "
			"this page." },
	},
	[UNSUB_PAGE_FR] = {
		[UNSUB_ASK] = { "Se désinscrire ?",
			"%s n'enverra plus de messages de ce type %a.",
			"Rien n'est fait tant que vous n'appuyez pas sur le bouton." },
		[UNSUB_DONE] = { "Désinscription faite",
			"%s n'enverra plus de messages de ce type %a.",
			"Un message déjà en route peut encore arriver. Vous pouvez fermer cette "
			"page." },
		[UNSUB_INVALID] = { "Ce lien n'est pas valable",
			"Il en manque peut-être une partie. Ouvrez-le de nouveau depuis le "
			"message, ou répondez au message en demandant la désinscription.",
			"Rien n'a été changé." },
		[UNSUB_STOP] = { "Suivi arrêté",
			"%s ne saura plus quels messages envoyés %a sont ouverts, ni quels liens "
			"sont suivis.",
			"Cela vaut aussi pour les messages déjà reçus : leurs liens fonctionnent "
			"toujours. Vous n'êtes pas désinscrit. Vous pouvez fermer cette page." },
		[UNSUB_CHOSEN] = { "Votre choix est enregistré",
			"%s n'enverra plus les types de messages que vous avez cochés %a.",
			"Un message déjà en route peut encore arriver. Vous pouvez fermer cette "
			"page." },
	},
};

/* What is asked where the mail has groups to choose from. */
static const struct words choose[2] = {
	[UNSUB_PAGE_EN] = { "Which messages do you want?",
		"%s will no longer send %a what you tick. All else stays as it is.",
		"Nothing happens until you press a button." },
	[UNSUB_PAGE_FR] = { "Quels messages souhaitez-vous ?",
		"%s n'enverra plus %a ce que vous cochez. Le reste ne change pas.",
		"Rien n'est fait tant que vous n'appuyez pas sur un bouton." },
};

static const struct {
	const char *sender, *to, *nowhere, *button, *stop, *leave;
} parts[2] = {
	[UNSUB_PAGE_EN] = { "The sender", "to ", "to you", "Unsubscribe",
		"Stop recording my opens and clicks", "No longer send what is ticked" },
	[UNSUB_PAGE_FR] = { "L'expéditeur", "à l'adresse ", "à votre adresse", "Me désinscrire",
		"Ne plus suivre mes ouvertures et mes clics",
		"Ne plus envoyer ce qui est coché" },
};

/* ---- HTML */

static void
escape(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			buf_put_z(out, "&amp;");
			break;
		case '<':
			buf_put_z(out, "&lt;");
			break;
		case '>':
			buf_put_z(out, "&gt;");
			break;
		case '"':
			buf_put_z(out, "&quot;");
			break;
		case '\'':
			buf_put_z(out, "&#39;");
			break;
		default:
			/* Control characters have no place in HTML. */
			if ((unsigned char)s.p[i] >= ' ' && s.p[i] != 127)
				buf_put_c(out, s.p[i]);
		}
	}
}

/* Whole characters only. */
static struct str
shortened(struct str s)
{
	if (s.n <= SHOWN_MAX)
		return s;
	s.n = SHOWN_MAX;
	while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

/* The first character of the local part, and the domain. */
static void
masked(struct buf *out, struct str address)
{
	size_t at = str_rfind(address, '@'), first = 1;

	while (first < at && ((unsigned char)address.p[first] & 0xc0) == 0x80)
		first++;
	escape(out, str_head(address, first < at ? first : at));
	buf_put_z(out, "…");
	escape(out, shortened(str_from(address, at)));
}

static void
sentence(struct buf *out, const struct unsub_page *p, const char *text)
{
	bool sender = p->sender.n > 0 && text_is_utf8(p->sender);
	bool address = p->address.n > 0 && text_is_utf8(p->address);

	for (; *text; text++) {
		if (text[0] != '%') {
			buf_put_c(out, *text);
			continue;
		}
		text++;
		if (*text == 's') {
			buf_put_z(out, "<b>");
			escape(out,
				sender ? shortened(p->sender) : str_z(parts[p->lang].sender));
			buf_put_z(out, "</b>");
		} else if (address) {
			buf_put_z(out, parts[p->lang].to);
			buf_put_z(out, "<b>");
			masked(out, p->address);
			buf_put_z(out, "</b>");
		} else {
			buf_put_z(out, parts[p->lang].nowhere);
		}
	}
}

static void
form_open(struct buf *out, const struct unsub_page *p, const char *pair)
{
	buf_put_z(out, "<form method=\"post\" action=\"");
	escape(out, p->action);
	buf_put_z(out, "\"><input type=\"hidden\" ");
	buf_put_z(out, pair);
	buf_put_z(out, ">");
}

static void
form_close(struct buf *out, const char *text)
{
	buf_put_z(out, "<button type=\"submit\">");
	buf_put_z(out, text);
	buf_put_z(out, "</button></form>\n");
}

/* Not which were left already: the message may have been passed on. */
static void
choices(struct buf *out, const struct unsub_page *p)
{
	form_open(out, p, "name=\"" UNSUB_CHOICE "\" value=\"" UNSUB_LEAVE_VAL "\"");
	for (size_t i = 0; i < p->nchoices; i++) {
		const struct unsub_choice *c = &p->choices[i];

		buf_printf(out,
			"<label><input type=\"checkbox\" name=\"" UNSUB_GROUP
			"\" value=\"%u\"> ",
			(unsigned)c->group);
		escape(out, text_is_utf8(c->name) ? c->name : STR_NONE);
		buf_put_z(out, "</label>\n");
	}
	form_close(out, parts[p->lang].leave);
}

/* pair: name, quotes and value of what it sends. */
static void
button(struct buf *out, const struct unsub_page *p, const char *pair, const char *text)
{
	form_open(out, p, pair);
	form_close(out, text);
}

/* Readable at 320 pixels and in the dark; the button is large enough for a thumb. */
static const char style[] =
	":root{color-scheme:light dark}body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif}"
	"main{max-width:32rem;margin:10vh auto;padding:0 1.25rem;overflow-wrap:anywhere}"
	"form+form{margin-top:1rem}label{display:block;padding:.5rem 0}input[type=checkbox]{"
	"width:1.25rem;height:1.25rem;vertical-align:middle}h1{font-size:1.5rem;line-height:1."
	"25}small{display:block;"
	"margin-top:1.5rem}"
	"button{font:inherit;font-weight:600;padding:.75rem 1.5rem;min-height:3rem;"
	"border:2px solid;border-radius:.5rem;background:none;color:inherit;cursor:pointer}"
	"button:focus-visible{outline:3px solid;outline-offset:2px}";

int
unsub_page(struct buf *out, const struct unsub_page *p)
{
	const bool choice = p->state == UNSUB_ASK && p->nchoices > 0;
	const struct words *w = choice ? &choose[p->lang] : &all[p->lang][p->state];
	size_t before = out->n;

	buf_put_z(out, "<!DOCTYPE html>\n<html lang=\"");
	buf_put_z(out, unsub_page_lang_name(p->lang));
	buf_put_z(out, "\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width\">"
		       "<meta name=\"robots\" content=\"noindex\">"
		       "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	buf_put_z(out, w->title);
	buf_put_z(out, "</title>\n<style>");
	buf_put_z(out, style);
	buf_put_z(out, "</style></head>\n<body><main>\n<h1>");
	buf_put_z(out, w->title);
	buf_put_z(out, "</h1>\n<p>");
	sentence(out, p, w->text);
	buf_put_z(out, "</p>\n");
	if (choice)
		choices(out, p);
	if (p->state == UNSUB_ASK) {
		if (!choice)
			button(out, p, "name=\"" UNSUB_FIELD "\" value=\"" UNSUB_ONE_CLICK "\"",
				parts[p->lang].button);
		button(out, p, "name=\"" UNSUB_TRACKING "\" value=\"" UNSUB_STOP_VAL "\"",
			parts[p->lang].stop);
	}
	buf_put_z(out, "<small>");
	buf_put_z(out, w->note);
	buf_put_z(out, "</small>\n</main></body></html>\n");
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}
