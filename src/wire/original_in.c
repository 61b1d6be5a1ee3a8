#include "wire/original_in.h"

#include "wire/address.h"
#include "wire/header.h"

#define LINE_MAX_BYTES 1000u
#define FIELDS_MIN     3u /* in a row make a header block within a text … */
#define KNOWN_MIN      2u /* … when that many of them are fields that messages have */

static bool
is_known(struct str name)
{
	static const char *const names[] = { "Return-Path", "Received", "Message-ID", "From",
		"To", "Subject", "Date", "MIME-Version", "DKIM-Signature", "Reply-To",
		"List-Unsubscribe", "Content-Type", "X-Received" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq_z(name, names[i]))
			return true;
	return false;
}

/* Where a copy of a message begins in a text; s.n = nowhere. Each line is read once. */
static size_t
begin_in_text(struct str s)
{
	struct str rest = s;
	struct header_field f;

	while (rest.n > 0) {
		size_t at = s.n - rest.n;
		unsigned fields = 0, known = 0;
		int got;

		while ((got = header_next(&rest, &f)) == 1) {
			fields++;
			known += is_known(f.name);
		}
		if (fields >= FIELDS_MIN && known >= KNOWN_MIN)
			return at;
		if (got == 0)
			rest = str_from(rest, 2); /* the empty line */
	}
	return s.n;
}

struct first {
	struct arena *arena;
	struct str found;
};

static void
keep_first(void *ctx, struct address x)
{
	struct first *f = ctx;

	/* The text lives only as long as this call. */
	if (f->found.n == 0)
		f->found = arena_str(f->arena, x.text);
}

static struct str
in_brackets(struct str s)
{
	size_t open = str_find(s, '<');
	struct str inner = str_from(s, open + 1);

	if (open == s.n)
		return s;
	return str_head(inner, str_find(inner, '>'));
}

struct str
original_in_mailbox(struct arena *a, struct str value)
{
	struct first f = { a, STR_NONE };
	struct address x;
	struct str line;

	if (!value.p)
		return STR_NONE;
	line = mime_in_line(a, value, LINE_MAX_BYTES);
	/* What it gave before an error is as good as any; names in the field break many rules.
	 */
	(void)address_list(line, keep_first, &f);
	if (f.found.n == 0 && address_mailbox(in_brackets(line), ADDRESS_UTF8_OK, &x) == 0)
		return x.text;
	return f.found.p ? f.found : STR_NONE;
}

static struct str
field(struct arena *a, struct str head, const char *name)
{
	struct str v = mime_in_field(head, name);

	return v.p ? mime_in_line(a, v, LINE_MAX_BYTES) : STR_NONE;
}

static void
read_text(struct arena *a, struct str text, struct original_in *o)
{
	size_t n;

	while (str_starts(text, STR_LIT("\r\n")))
		text = str_from(text, 2);
	if (str_starts(text, STR_LIT("From ")) || str_starts(text, STR_LIT(">From ")))
		text = str_from(text, str_find(text, '\n') + 1);
	n = header_length(text);
	o->text = text;
	o->head = str_head(text, n > 0 ? n : text.n);
	o->message_id = in_brackets(field(a, o->head, "Message-ID"));
	o->return_path = in_brackets(field(a, o->head, "Return-Path"));
	o->subject = field(a, o->head, "Subject");
	o->from = original_in_mailbox(a, mime_in_field(o->head, "From"));
	o->to = original_in_mailbox(a, mime_in_field(o->head, "To"));
}

static bool
is_original(const struct mime_in_part *p)
{
	static const char *const types[] = { "message/rfc822", "text/rfc822-headers",
		"message/global", "message/global-headers", "message/rfc822-headers",
		"text/rfc822", "text/rfc822-header" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (mime_in_is(p, types[i]))
			return true;
	return false;
}

bool
original_in_find(
	struct arena *a, const struct mime_in *m, struct str human, struct original_in *ret_o)
{
	size_t at = begin_in_text(human);

	*ret_o = (struct original_in){ STR_NONE, STR_NONE, STR_NONE, STR_NONE, STR_NONE,
		STR_NONE, STR_NONE, str_head(human, at) };
	/* The message itself may say that it is one of these: then it is no report. */
	for (size_t i = 1; i < m->n; i++)
		if (is_original(&m->parts[i])) {
			read_text(a, mime_in_text(a, &m->parts[i], ORIGINAL_IN_MAX), ret_o);
			if (ret_o->text.n > 0)
				return true;
		}
	if (at == human.n)
		return false;
	read_text(a, str_from(human, at), ret_o);
	return true;
}
