#include "api/help.h"

#include "api/problem_tbl.h"
#include "base/text.h"
#include "content/advice_tbl.h"
#include "content/caught_tbl.h"
#include "report/finding_tbl.h"
#include "report/reason.h"
#include "send/bounce_tbl.h"

#include <errno.h>

enum family { ADVICE, DOCTOR, PROBLEM, REASON, CAUSE, FAMILIES };

/* What a page says: a title with why it matters, then rows of what may be found. */
struct topic {
	enum family family;
	const char *word;
	const char *title[2], *why[2], *todo[2];
};
/* group: the word of its topic. */
struct row {
	enum family family;
	const char *group, *state;
	const char *found[2], *todo[2];
};

/* The check of an advice or of doctor, by its name in the table. */
#define R(check, id, why_en, why_fr) static const char ADVICE_ID_##check[] = id;
ADVICE_RULES(R)
CAUGHT_RULES(R)
#undef R
#define C(check, id, title_en, title_fr, why_en, why_fr)                                       \
	static const char DOCTOR_ID_##check[] = id;
FINDING_CHECKS(C)
#undef C

static const struct topic topics[] = {
#define R(check, id, why_en, why_fr)                                                           \
	{ ADVICE, ADVICE_ID_##check, { NULL, NULL }, { why_en, why_fr }, { "", "" } },
	ADVICE_RULES(R) CAUGHT_RULES(R)
#undef R
#define C(check, id, title_en, title_fr, why_en, why_fr)                                       \
	{ DOCTOR, DOCTOR_ID_##check, { title_en, title_fr }, { why_en, why_fr }, { "", "" } },
		FINDING_CHECKS(C)
#undef C
#define P(status, slug, title_en, title_fr, why_en, why_fr, todo_en, todo_fr)                  \
	{ PROBLEM, slug, { title_en, title_fr }, { why_en, why_fr }, { todo_en, todo_fr } },
			PROBLEMS(P)
#undef P
};

static const struct row rows[] = {
#define F(finding, check, level, seen_en, seen_fr, fix_en, fix_fr)                             \
	{ ADVICE, ADVICE_ID_##check, #level, { seen_en, seen_fr }, { fix_en, fix_fr } },
	ADVICE_FINDINGS(F) CAUGHT_FINDINGS(F)
#undef F
#define F(what, check, state, code, en, fr, todo_en, todo_fr)                                  \
	{ DOCTOR, DOCTOR_ID_##check, #state, { en, fr }, { todo_en, todo_fr } },
		FINDING_FINDINGS(F)
#undef F
};

/* Of bounces the class is a number. */
static const struct {
	enum bounce_class class;
	enum blame blame;
	const char *found[2], *todo[2];
} sayings[] = {
#define SAY(name, class, blame, rest_s, retry_s, en, fr, todo_en, todo_fr)                     \
	{ CLASS_##class, BLAME_##blame, { en, fr }, { todo_en, todo_fr } },
	BOUNCE_SAYINGS(SAY)
#undef SAY
};

static const char *const class_titles[CLASSES][2] = {
	[CLASS_MAILBOX] = { "The mailbox", "La boîte" },
	[CLASS_QUOTA] = { "A full mailbox", "Une boîte pleine" },
	[CLASS_POLICY] = { "A rule of the receiver", "Une règle du destinataire" },
	[CLASS_REPUTATION] = { "The reputation of the sending address",
		"La réputation de l'adresse d'envoi" },
	[CLASS_AUTH] = { "SPF, DKIM and DMARC", "SPF, DKIM et DMARC" },
	[CLASS_CONTENT] = { "The content of the message", "Le contenu du message" },
	[CLASS_SIZE] = { "The size of the message", "La taille du message" },
	[CLASS_GREYLIST] = { "Greylisting", "La liste grise" },
	[CLASS_RATE] = { "Too much at once", "Trop à la fois" },
	[CLASS_NETWORK] = { "The network", "Le réseau" },
	[CLASS_DNS] = { "The DNS", "Le DNS" },
	[CLASS_PROTOCOL] = { "The conversation with the server",
		"Le dialogue avec le serveur" },
	[CLASS_SERVER] = { "The receiving server", "Le serveur du destinataire" },
	[CLASS_OTHER] = { "Other reasons", "Autres raisons" },
	[CLASS_SANDBOX] = { "The mode sandbox", "Le mode sandbox" },
};

static const struct {
	enum fact_kind kind;
	const char *title[2];
} states[] = {
	{ FACT_ACCEPTED, { "Accepted", "Accepté" } },
	{ FACT_DEFERRED, { "Deferred", "Différé" } },
	{ FACT_BOUNCED, { "Bounced", "Rejeté" } },
	{ FACT_EXPIRED, { "Expired", "Abandonné" } },
	{ FACT_SUPPRESSED, { "Suppressed", "Écarté" } },
	{ FACT_IN_DOUBT, { "In doubt", "Incertain" } },
	{ FACT_HELD, { "Held", "Retenu" } },
	{ FACT_CANCELLED, { "Cancelled", "Annulé" } },
	{ FACT_QUARANTINED, { "Quarantined", "En quarantaine" } },
	{ FACT_RETURNED, { "Bounced later", "Rejeté après coup" } },
	{ FACT_OPENED, { "Opened (estimated)", "Ouvert (estimation)" } },
	{ FACT_CLICKED, { "Clicked", "Cliqué" } },
	{ FACT_UNSUBSCRIBED, { "Unsubscribed", "Désinscrit" } },
	{ FACT_COMPLAINED, { "Complaint", "Plainte" } },
};

static const struct {
	const char *prefix, *name[2];
} families[FAMILIES] = {
	[ADVICE] = { "advice-", { "Advice on a message", "Conseils sur un message" } },
	[DOCTOR] = { "doctor-", { "The installation (doctor)", "L'installation (doctor)" } },
	[PROBLEM] = { "problem-", { "Errors and limits", "Erreurs et limites" } },
	[REASON] = { "reason-", { "What became of a message", "Ce que devient un message" } },
	[CAUSE] = { "cause-",
		{ "Why mail is not delivered", "Pourquoi un message n'est pas remis" } },
};

static const struct {
	const char *help, *all, *todo, *found, *states, *whose, *causes, *other;
} words[2] = {
	{ "Help", "All pages of help", "What to do:", "What may be found", "State",
		"Whose problem", "Why: by class", "Français" },
	{ "Aide", "Toutes les pages d'aide", "Que faire :", "Ce qui peut être trouvé", "État",
		"À qui la faute", "Pourquoi : par classe", "English" },
};

/* ---- HTML */

/* %1 is what was found: another each time. */
static void
put(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (p[0] == '%' && p[1] >= '1' && p[1] <= '9') {
			buf_put_z(out, "…");
			p++;
		} else if (*p == '&') {
			buf_put_z(out, "&amp;");
		} else if (*p == '<') {
			buf_put_z(out, "&lt;");
		} else if (*p == '>') {
			buf_put_z(out, "&gt;");
		} else {
			buf_put_c(out, *p);
		}
	}
}

static void
put_in(struct buf *out, const char *tag, const char *text)
{
	if (!*text)
		return;
	buf_printf(out, "<%s>", tag);
	put(out, text);
	buf_printf(out, "</%.*s>\n", (int)str_find(str_z(tag), ' '), tag);
}

static void
put_todo(struct buf *out, const char *todo, bool fr)
{
	if (!*todo)
		return;
	buf_printf(out, "<p><strong>%s</strong> ", words[fr].todo);
	put(out, todo);
	buf_put_z(out, "</p>\n");
}

static void
put_link(struct buf *out, const char *prefix, const char *word, const char *title, bool fr)
{
	buf_printf(out, "<li><a href=\"/help/%s%s?lang=%s\">", prefix, word, fr ? "fr" : "en");
	put(out, title);
	buf_put_z(out, "</a></li>\n");
}

static void
page_begin(struct buf *out, struct str topic, const char *title, bool fr)
{
	buf_printf(out,
		"<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\"><title>",
		fr ? "fr" : "en");
	put(out, title);
	buf_put_z(out,
		" · Facteur</title><style>:root{color-scheme:light "
		"dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:0 "
		"auto;padding:1rem}h1{line-height:1.25}table{border-collapse:collapse;width:"
		"100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem "
		"0;border-top:1px solid #8888;overflow-wrap:anywhere}code{font-size:.9em}"
		"a{color:LinkText}</style></head><body>\n");
	buf_printf(out,
		"<nav><a href=\"/help/?lang=%s\">%s</a> · <a lang=\"%s\" hreflang=\"%s\" "
		"href=\"/help/%.*s?lang=%s\">%s</a></nav>\n<main><h1>",
		fr ? "fr" : "en", words[fr].all, fr ? "en" : "fr", fr ? "en" : "fr",
		STR_ARG(topic), fr ? "en" : "fr", words[fr].other);
	put(out, title);
	buf_put_z(out, "</h1>\n");
}

static int
page_end(struct buf *out)
{
	buf_put_z(out, "</main></body></html>\n");
	return out->full ? -E2BIG : 0;
}

static void
table_begin(struct buf *out, const char *first, bool fr)
{
	buf_printf(out, "<table><thead><tr><th>%s</th><th>%s</th></tr></thead><tbody>\n", first,
		words[fr].found);
}

/* What was found with what to do; before it a word that is the same everywhere. */
static void
table_row(struct buf *out, const char *first, const char *found, const char *todo)
{
	buf_put_z(out, "<tr><td>");
	put(out, first);
	buf_put_z(out, "</td><td>");
	put(out, found);
	if (*todo) {
		buf_put_z(out, "<br>");
		put_in(out, "strong", todo);
	}
	buf_put_z(out, "</td></tr>\n");
}

static void
table_end(struct buf *out)
{
	buf_put_z(out, "</tbody></table>\n");
}

/* ---- pages */

/* Levels and states as tables write them. */
static const char *
state_word(const char *state, bool fr)
{
	static const struct {
		const char *state, *words[2];
	} all[] = { { "GOOD", { "good", "bon" } }, { "HINT", { "hint", "piste" } },
		{ "WARNING", { "warning", "attention" } },
		{ "PROBLEM", { "problem", "problème" } }, { "OK", { "ok", "bon" } },
		{ "WARN", { "warning", "attention" } }, { "FAIL", { "failure", "échec" } },
		{ "UNKNOWN", { "unknown", "inconnu" } } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].state, state) == 0)
			return all[i].words[fr];
	return "";
}

static int
topic_page(struct buf *out, struct str name, const struct topic *t, bool fr)
{
	char title[120];
	bool any = false;

	/* Advice has no name but its id. */
	snprintf(title, sizeof title, "%s%s%s", families[t->family].name[fr], fr ? " : " : ": ",
		t->word);
	page_begin(out, name, t->title[fr] ? t->title[fr] : title, fr);
	put_in(out, "p", t->why[fr]);
	put_todo(out, t->todo[fr], fr);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];

		if (r->family != t->family || strcmp(r->group, t->word) != 0)
			continue;
		if (!any)
			table_begin(out, words[fr].states, fr);
		any = true;
		table_row(out, state_word(r->state, fr), r->found[fr], r->todo[fr]);
	}
	if (any)
		table_end(out);
	return page_end(out);
}

static int
cause_page(struct buf *out, struct str name, enum bounce_class class, bool fr)
{
	page_begin(out, name, class_titles[class][fr], fr);
	table_begin(out, words[fr].whose, fr);
	for (size_t i = 0; i < sizeof sayings / sizeof *sayings; i++)
		if (sayings[i].class == class)
			table_row(out, blame_words(sayings[i].blame, fr), sayings[i].found[fr],
				sayings[i].todo[fr]);
	table_end(out);
	return page_end(out);
}

static void
cause_list(struct buf *out, bool fr)
{
	buf_put_z(out, "<ul>\n");
	for (int c = CLASS_NONE + 1; c < CLASSES; c++)
		put_link(out, families[CAUSE].prefix, bounce_class_name((enum bounce_class)c),
			class_titles[c][fr], fr);
	buf_put_z(out, "</ul>\n");
}

/* The sentence as it is told of a recipient, without the judgement of a reply. */
static int
reason_page(struct buf *out, struct str name, size_t at, bool fr)
{
	enum fact_kind state = states[at].kind;
	const struct ledger_row row = { .recipient = STR_LIT("…") };
	const struct fact f = { .kind = (uint8_t)state, .number = 1 };
	struct reason r = reason_of(state, &f);
	bool judged = r.cause_en != NULL;
	struct buf sentence;
	int err;

	r.cause_en = r.cause_fr = NULL;
	buf_init(&sentence, 4096);
	err = reason_sentence(&sentence, &r, &row, &f, fr);
	buf_put_c(&sentence, '\0');
	page_begin(out, name, states[at].title[fr], fr);
	if (!err)
		put_in(out, "p", sentence.p);
	buf_done(&sentence);
	if (judged) {
		put_in(out, "h2", words[fr].causes);
		cause_list(out, fr);
	} else {
		put_todo(out, fr ? r.todo_fr : r.todo_en, fr);
	}
	return err ? err : page_end(out);
}

static int
index_page(struct buf *out, bool fr)
{
	page_begin(out, STR_NONE, words[fr].help, fr);
	for (unsigned f = 0; f < FAMILIES; f++) {
		put_in(out, "h2", families[f].name[fr]);
		if (f == CAUSE) {
			cause_list(out, fr);
			continue;
		}
		buf_put_z(out, "<ul>\n");
		for (size_t i = 0; f != REASON && i < sizeof topics / sizeof *topics; i++)
			if (topics[i].family == f)
				put_link(out, families[f].prefix, topics[i].word,
					topics[i].title[fr] ? topics[i].title[fr]
							    : topics[i].word,
					fr);
		for (size_t i = 0; f == REASON && i < sizeof states / sizeof *states; i++)
			put_link(out, families[f].prefix, fact_name(states[i].kind),
				states[i].title[fr], fr);
		buf_put_z(out, "</ul>\n");
	}
	return page_end(out);
}

/* ---- which */

static bool
is_of(struct str topic, enum family f, const char *word)
{
	struct str prefix = str_z(families[f].prefix);

	return str_starts(topic, prefix) && str_eq_z(str_from(topic, prefix.n), word);
}

int
help_page(struct buf *out, struct str topic, bool french)
{
	if (topic.n == 0)
		return index_page(out, french);
	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
		if (is_of(topic, topics[i].family, topics[i].word))
			return topic_page(out, topic, &topics[i], french);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (is_of(topic, REASON, fact_name(states[i].kind)))
			return reason_page(out, topic, i, french);
	for (int c = CLASS_NONE + 1; c < CLASSES; c++)
		if (is_of(topic, CAUSE, bounce_class_name((enum bounce_class)c)))
			return cause_page(out, topic, (enum bounce_class)c, french);
	return -ENOENT;
}

static int
tell(enum family f, const char *word, int (*fn)(void *ctx, struct str topic), void *ctx)
{
	char text[80];

	snprintf(text, sizeof text, "%s%s", families[f].prefix, word);
	return fn(ctx, str_z(text));
}

int
help_each(int (*fn)(void *ctx, struct str topic), void *ctx)
{
	int told = 0;

	for (size_t i = 0; i < sizeof topics / sizeof *topics && !told; i++)
		told = tell(topics[i].family, topics[i].word, fn, ctx);
	for (size_t i = 0; i < sizeof states / sizeof *states && !told; i++)
		told = tell(REASON, fact_name(states[i].kind), fn, ctx);
	for (int c = CLASS_NONE + 1; c < CLASSES && !told; c++)
		told = tell(CAUSE, bounce_class_name((enum bounce_class)c), fn, ctx);
	return told;
}
