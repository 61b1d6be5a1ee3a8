#include "send/returned.h"

#include "send/returned_token.h"
#include "wire/fold.h"

#define FIELD_MAX 500u

const char *
returned_kind_name(enum returned_kind k)
{
	static const char *const names[RETURNED_KINDS] = { "other", "bounce", "delay",
		"delivered", "complaint", "unsubscribe", "auto-reply" };

	return (unsigned)k < RETURNED_KINDS ? names[k] : "other";
}

const char *
returned_place_name(enum returned_place p)
{
	static const char *const names[RETURNED_PLACES] = { "path", "id", "field", "boundary",
		"link", "text" };

	return (unsigned)p < RETURNED_PLACES ? names[p] : "text";
}

/* ---- bounces ---- */

/* One that failed makes a bounce of the whole: the caller looks at each recipient. */
static enum returned_kind
kind_of_bounce(const struct dsn_in *d)
{
	enum returned_kind kind = RETURNED_DELIVERED;

	for (size_t i = 0; i < d->n; i++) {
		if (d->recipients[i].action == DSN_FAILED)
			return RETURNED_BOUNCE;
		if (d->recipients[i].action == DSN_DELAYED)
			kind = RETURNED_DELAY;
	}
	return kind;
}

/* What the rules for replies say of it. A report without a reply has at least a status, or an
 * action. */
static struct verdict
judge(const struct dsn_in_recipient *to)
{
	struct reply r = to->reply;

	if (r.code == 0 && r.dsn.class >= 4)
		r.code = (uint16_t)(r.dsn.class * 100 + 50);
	else if (r.code == 0)
		r.code = to->action == DSN_FAILED ? 550 : 450;
	/* Why it is late is the status; the words are about the report itself. */
	if (to->action == DSN_DELAYED && to->reply.code == 0 && r.dsn.detail)
		r.text = STR_NONE;
	return bounce_judge(STAGE_DOT, &r);
}

static void
judge_all(struct returned *r)
{
	for (size_t i = 0; i < r->bounce.n; i++) {
		enum dsn_action action = r->bounce.recipients[i].action;

		if (action == DSN_FAILED || action == DSN_DELAYED)
			r->verdicts[i] = judge(&r->bounce.recipients[i]);
	}
}

/* ---- the kind ---- */

static enum returned_kind
kind_of_complaint(enum arf_type type)
{
	switch (type) {
	case ARF_OPT_OUT:
		return RETURNED_UNSUBSCRIBE;
	case ARF_NOT_SPAM:
	case ARF_AUTH_FAILURE:
		return RETURNED_OTHER;
	default:
		return RETURNED_COMPLAINT;
	}
}

/* A person, or the mail program of one, says it to an address that is not for it. */
static bool
asks_to_leave(struct arena *a, struct str subject)
{
	static const char *const words[] = { "unsubscribe", "unsubscribe me", "remove",
		"remove me", "desinscription", "desinscrire", "se desinscrire", "desabonnement",
		"me desinscrire", "desabonner", "abmelden", "abmeldung", "austragen", "baja",
		"darse de baja", "cancellami", "disiscrivimi", "uitschrijven", "afmelden",
		"remover", "avregistrera", NULL };
	struct str s = str_trim(fold(a, subject, FIELD_MAX));

	while (str_starts(s, STR_LIT("re:")))
		s = str_trim(str_from(s, 3));
	for (size_t i = 0; words[i]; i++)
		if (str_eq_z(s, words[i]))
			return true;
	return str_starts(s, STR_LIT("unsubscribe ")) && s.n >= 50;
}

struct clues {
	struct returned *r;
	enum returned_at at;
	enum auto_reply automatic;
	bool sure;
	bool returned; /* it carries a message, or what looks like a token of one */
	bool leaves;   /* a mail program says that it unsubscribes */
};

static enum returned_kind
kind_of(struct arena *a, const struct clues *c)
{
	struct returned *r = c->r;
	bool answer = c->automatic != AUTO_NONE;

	if (r->complaint.form != ARF_NONE)
		return kind_of_complaint(r->complaint.type);
	if (r->bounce.form == DSN_IN_REPORT)
		return kind_of_bounce(&r->bounce);
	if (c->leaves)
		return RETURNED_UNSUBSCRIBE;
	if (answer && c->sure)
		return RETURNED_AUTO_REPLY;
	if (r->bounce.form == DSN_IN_TEXT)
		return kind_of_bounce(&r->bounce);
	/* Mail programs that unsubscribe for a person may say that they are automatic. */
	if (c->at == RETURNED_AT_UNSUBSCRIBE &&
		(c->automatic == AUTO_NONE || c->automatic == AUTO_ANSWER))
		return RETURNED_UNSUBSCRIBE;
	if (answer)
		return RETURNED_AUTO_REPLY;
	if (asks_to_leave(a, r->subject))
		return RETURNED_UNSUBSCRIBE;
	return c->at == RETURNED_AT_COMPLAINTS && c->returned ? RETURNED_COMPLAINT
	                                                      : RETURNED_OTHER;
}

void
returned_read(struct arena *a, const struct returned_mail *mail, struct returned *ret_r)
{
	struct mime_in *m = arena_alloc(a, sizeof *m);
	struct returned *r = ret_r;
	struct clues c = { .r = r, .at = mail->at };
	struct str human, v;

	memset(r, 0, sizeof *r);
	r->from = r->subject = STR_NONE;
	if (!m)
		return;
	mime_in_walk(a, mail->bytes, m);
	human = mime_in_human(a, m, DSN_IN_HUMAN_MAX);
	r->from = original_in_mailbox(a, mime_in_field(m->parts[0].head, "From"));
	v = mime_in_field(m->parts[0].head, "Subject");
	r->subject = v.p ? mime_in_line(a, v, FIELD_MAX) : STR_NONE;
	c.returned = original_in_find(a, m, human, &r->original);
	arf_read(a, m, &r->original, &r->complaint);
	dsn_in_read(a, m, &r->original, mail->null_sender, &r->bounce);
	/* Apple's, which also says Auto-Submitted: auto-replied. */
	c.leaves = mime_in_field(m->parts[0].head, "X-Apple-Unsubscribe").p != NULL;
	c.automatic = auto_reply_read(a, m, r->original.human, &c.sure);
	returned_tokens(a, m, r);
	c.returned |= r->n > 0;
	r->kind = kind_of(a, &c);
	if (r->kind == RETURNED_AUTO_REPLY)
		r->auto_reply = c.automatic;
	if (r->kind < RETURNED_BOUNCE || r->kind > RETURNED_DELIVERED) {
		r->bounce.form = DSN_IN_NONE;
		r->bounce.n = 0;
	}
	judge_all(r);
}
