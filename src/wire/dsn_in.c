#include "wire/dsn_in.h"

#include "wire/address.h"
#include "wire/dsn_in_priv.h"
#include "wire/header.h"

#define STATUS_PART_MAX 65536u

/* ---- values of fields ---- */

/* What stands behind "type;" (RFC 3464 2.1.2); all of it where the type is missing. */
static struct str
typed(struct str value)
{
	size_t semi = str_find(value, ';');

	for (size_t i = 0; i < semi; i++)
		if (!ascii_alnum(value.p[i]) && value.p[i] != '-' && value.p[i] != ' ')
			return str_trim(value);
	return semi == value.n ? str_trim(value) : str_trim(str_from(value, semi + 1));
}

/* A mailbox, or empty: a name without a domain says nothing to us. */
static struct str
mailbox(struct str value)
{
	struct str s = typed(value);
	struct address x;

	if (s.n > 1 && s.p[0] == '<' && str_find(s, '>') < s.n)
		s = str_head(str_from(s, 1), str_find(s, '>') - 1);
	s = str_trim(str_head(s, str_find(s, ' ')));
	return address_mailbox(s, ADDRESS_UTF8_OK, &x) == 0 ? s : STR_NONE;
}

static enum dsn_action
action_of(struct str value)
{
	static const struct {
		const char *word;
		enum dsn_action action;
	} table[] = { { "failed", DSN_FAILED }, { "failure", DSN_FAILED },
		{ "delayed", DSN_DELAYED }, { "delivered", DSN_DELIVERED },
		{ "relayed", DSN_RELAYED }, { "expanded", DSN_EXPANDED } };
	size_t n = 0;

	while (n < value.n && ascii_alnum(value.p[n]))
		n++;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_ieq_z(str_head(value, n), table[i].word))
			return table[i].action;
	return 0;
}

/* ---- the delivery-status part ---- */

struct status_reader {
	struct arena *a;
	struct dsn_in *d;
	struct dsn_in_recipient *to; /* NULL: the next field of a recipient begins one */
	struct dsn_code status;      /* of `to` */
	bool has_address, has_original;
};

static struct dsn_in_recipient *
begin(struct status_reader *r)
{
	if (r->to)
		return r->to;
	r->status = (struct dsn_code){ 0 };
	r->has_address = r->has_original = false;
	r->to = dsn_in_add(r->d, STR_NONE);
	return r->to;
}

/* The status is the word of the reporting server, the diagnostic that of the one it spoke to;
 * "5.0.0" says nothing. */
static void
end(struct status_reader *r)
{
	struct dsn_in_recipient *to = r->to;
	bool vague = r->status.subject == 0 && r->status.detail == 0;
	uint8_t class;

	r->to = NULL;
	if (!to)
		return;
	dsn_in_reply(r->a, to->diagnostic, &to->reply);
	if (r->status.class && (!to->reply.dsn.class || !vague))
		to->reply.dsn = r->status;
	class = to->reply.dsn.class;
	if (!to->action)
		to->action = class == 5   ? DSN_FAILED
		             : class == 4 ? DSN_DELAYED
		             : class == 2 ? DSN_DELIVERED
		                          : 0;
	/* Neither what happened nor to whom: nothing is known of this one. */
	if (!to->action)
		r->d->n--;
}

static void
take_status(struct status_reader *r, struct str value)
{
	size_t used;

	if (dsn_code_parse(value, &r->status, &used) < 0)
		r->status = (struct dsn_code){ 0 };
}

enum status_field {
	FIELD_FINAL,
	FIELD_ORIGINAL,
	FIELD_ACTION,
	FIELD_STATUS,
	FIELD_DIAGNOSTIC,
	FIELD_REMOTE,
	FIELDS
};

static void
take_recipient(struct status_reader *r, enum status_field f, struct str v)
{
	struct dsn_in_recipient *to;

	/* Some put two recipients into one group. */
	if ((f == FIELD_FINAL && r->has_address) || (f == FIELD_ORIGINAL && r->has_original))
		end(r);
	to = begin(r);
	if (!to)
		return;
	if (f == FIELD_FINAL) {
		to->address = mailbox(v);
		r->has_address = true;
	} else if (f == FIELD_ORIGINAL) {
		to->original = mailbox(v);
		r->has_original = true;
	} else if (f == FIELD_ACTION) {
		to->action = action_of(v);
	} else if (f == FIELD_STATUS) {
		take_status(r, v);
	} else if (f == FIELD_REMOTE) {
		to->remote_mta = typed(v);
	} else if (to->diagnostic.n == 0) {
		to->diagnostic = typed(v);
	}
}

static void
take_field(struct status_reader *r, const struct header_field *h)
{
	static const char *const names[FIELDS] = { "Final-Recipient", "Original-Recipient",
		"Action", "Status", "Diagnostic-Code", "Remote-MTA" };
	struct str v;

	for (size_t i = 0; i < FIELDS; i++)
		if (str_ieq_z(h->name, names[i])) {
			v = mime_in_line(r->a, h->value, DSN_IN_TEXT_MAX);
			take_recipient(r, (enum status_field)i, v);
			return;
		}
	if (str_ieq_z(h->name, "Original-Envelope-Id") && r->d->envid.n == 0)
		r->d->envid = mime_in_line(r->a, h->value, DSN_IN_TEXT_MAX);
	else if (str_ieq_z(h->name, "Reporting-MTA") && r->d->reporting_mta.n == 0)
		r->d->reporting_mta = typed(mime_in_line(r->a, h->value, DSN_IN_TEXT_MAX));
}

static void
read_status(struct arena *a, struct str text, struct dsn_in *d)
{
	struct status_reader r = { .a = a, .d = d };
	struct header_field h;
	int got;

	while (text.n > 0 && !d->cut) {
		while ((got = header_next(&text, &h)) != 0)
			if (got > 0)
				take_field(&r, &h);
		end(&r);
		text = str_from(text, 2);
	}
	end(&r);
}

struct dsn_in_recipient *
dsn_in_add(struct dsn_in *d, struct str address)
{
	struct dsn_in_recipient *to;

	for (size_t i = 0; address.n > 0 && i < d->n; i++)
		if (str_ieq(d->recipients[i].address, address))
			return &d->recipients[i];
	if (d->n == DSN_IN_RECIPIENTS) {
		d->cut = true;
		return NULL;
	}
	to = &d->recipients[d->n++];
	*to = (struct dsn_in_recipient){ 0, address, STR_NONE, STR_NONE, { 0, { 0 }, STR_NONE },
		STR_NONE };
	return to;
}

/* ---- both ---- */

static bool
is_status(const struct mime_in_part *p)
{
	return mime_in_is(p, "message/delivery-status") ||
	       mime_in_is(p, "message/global-delivery-status");
}

static bool
wants_diagnostic(const struct dsn_in_recipient *to)
{
	return to->diagnostic.n == 0 && (to->action == DSN_FAILED || to->action == DSN_DELAYED);
}

/* A report whose recipients have no diagnostic often has it in its words (Exchange 2003). */
static void
borrow_diagnostics(struct arena *a, const struct dsn_in_words *w, struct dsn_in *d)
{
	struct dsn_in *words;
	bool wanted = false, only;

	for (size_t i = 0; i < d->n; i++)
		wanted |= wants_diagnostic(&d->recipients[i]) || !d->recipients[i].address.n;
	words = wanted ? arena_alloc(a, sizeof *words) : NULL;
	if (!words)
		return;
	dsn_in_words(a, w, words);
	only = d->n == 1 && words->n == 1;
	/* X.400 and local names: the words may have the address (it is the only one there). */
	if (only && !d->recipients[0].address.n && !d->recipients[0].original.n)
		d->recipients[0].address = words->recipients[0].address;
	for (size_t i = 0; i < d->n; i++) {
		struct dsn_in_recipient *to = &d->recipients[i];

		for (size_t k = 0; k < words->n && wants_diagnostic(to); k++) {
			const struct dsn_in_recipient *from = &words->recipients[k];
			struct dsn_code dsn = to->reply.dsn;
			bool says = from->reply.code || from->reply.dsn.class;

			if (!str_ieq(from->address, to->address) && !(only && says))
				continue;
			/* Words beside a clear status may be anything, a disclaimer too. */
			if (!says && (dsn.subject || dsn.detail))
				continue;
			to->diagnostic = from->diagnostic;
			to->reply = from->reply;
			if (dsn.class && (dsn.subject || dsn.detail || !to->reply.dsn.class))
				to->reply.dsn = dsn;
		}
	}
}

static void
read_words(struct arena *a, const struct dsn_in_words *w, bool null_sender, struct dsn_in *d)
{
	unsigned score = dsn_in_score(a, w, null_sender);
	enum dsn_action action;

	if (score < DSN_IN_SCORE)
		return;
	dsn_in_words(a, w, d);
	/* Words without an address are believed when they are a server's. */
	if (d->n == 0)
		(void)dsn_in_add(d, STR_NONE);
	action = dsn_in_action(a, w);
	for (size_t i = 0; i < d->n; i++)
		d->recipients[i].action = action;
	d->form = DSN_IN_TEXT;
}

void
dsn_in_read(struct arena *a, const struct mime_in *m, const struct original_in *o,
	bool null_sender, struct dsn_in *ret_d)
{
	struct str head = m->parts[0].head;
	struct dsn_in_words w = { head, o->human,
		{ original_in_mailbox(a, mime_in_field(head, "From")),
			original_in_mailbox(a, mime_in_field(head, "To")), o->return_path } };

	*ret_d = (struct dsn_in){ .envid = STR_NONE, .reporting_mta = STR_NONE };
	for (size_t i = 0; i < m->n && ret_d->n == 0; i++)
		if (is_status(&m->parts[i]))
			read_status(a, mime_in_text(a, &m->parts[i], STATUS_PART_MAX), ret_d);
	if (ret_d->n > 0) {
		ret_d->form = DSN_IN_REPORT;
		borrow_diagnostics(a, &w, ret_d);
		return;
	}
	read_words(a, &w, null_sender, ret_d);
}
