#include "api/mailbox_list.h"

#include "base/text.h"
#include "wire/address.h"
#include "wire/header.h"

#include <errno.h>

#define NAME_MAX_ 4096u /* of a decoded name; outgoing_check has the limit that people see */

/* Where a reader of one byte after the other stands. */
struct scan {
	bool quoted, angle;
	unsigned comment; /* depth */
};

/* Moves behind byte *i; true: it is plain text, outside of quotes and comments. */
static bool
step(struct scan *s, struct str text, size_t *i)
{
	char c = text.p[(*i)++];
	bool inside = s->quoted || s->comment > 0;

	if (inside && c == '\\')
		(*i)++;
	else if (s->comment == 0 && c == '"')
		s->quoted = !s->quoted;
	else if (!s->quoted && c == '(')
		s->comment++;
	else if (s->comment > 0 && c == ')')
		s->comment--;
	else
		return !inside;
	return false;
}

/* The next mailbox of *rest, up to a comma of the list itself. *ret_name: bytes before its
 * '<', 0 when there is none. */
static struct str
next(struct str *rest, size_t *ret_name)
{
	struct scan s = { .quoted = false };
	struct str one = *rest;
	size_t i = 0;

	*ret_name = 0;
	while (i < one.n) {
		char c = one.p[i];

		if (!step(&s, one, &i))
			continue;
		if (c == ',' && !s.angle) {
			*rest = str_from(one, i);
			return str_head(one, i - 1);
		}
		if (c == '<' && !s.angle)
			*ret_name = i - 1;
		if (c == '<' || c == '>')
			s.angle = c == '<';
	}
	*rest = (struct str){ NULL, 0 };
	return one;
}

/* A phrase (RFC 5322 3.2.5) as people read it: one space between words; the spaces inside
 * quotes stay. */
static struct str
phrase(struct arena *a, struct str head)
{
	struct scan s = { .quoted = false };
	char *to = arena_alloc(a, head.n + 1);
	size_t n = 0, i = 0;
	bool quotes = false, gap = false;

	while (to && i < head.n) {
		bool was = s.quoted, hidden = s.comment > 0, plain;
		size_t at = i;
		char c = head.p[at];

		plain = step(&s, head, &i);
		quotes |= s.quoted;
		if (hidden || s.comment > 0 || (plain && (c == ' ' || c == '\t'))) {
			gap = true;
			continue;
		}
		if (was != s.quoted)
			continue;
		if (i - at == 2 && i <= head.n)
			c = head.p[at + 1];
		if (gap && n > 0)
			to[n++] = ' ';
		gap = false;
		to[n++] = c;
	}
	if (!to)
		return (struct str){ NULL, 0 };
	/* Inside quotes an encoded word is plain text (RFC 2047 5). */
	return quotes ? str_of(to, n) : header_decode(a, str_of(to, n), NAME_MAX_);
}

/* ---- addresses ---- */

struct found {
	struct arena *arena;
	struct str email;
	unsigned n;
};

static void
keep(void *ctx, struct address a)
{
	struct found *f = ctx;

	f->n++;
	f->email = arena_str(f->arena, a.text);
}

/* "A group: a@b;" is no mailbox, and ends with the one semicolon that a list may have. */
static bool
has_group(struct str one)
{
	struct scan s = { .quoted = false };

	for (size_t i = 0; i < one.n;) {
		char c = one.p[i];

		if (step(&s, one, &i) && c == ';')
			return true;
	}
	return false;
}

static int
mailbox(struct arena *a, struct str one, size_t name, struct outgoing_address *to)
{
	struct found f = { .arena = a };

	/* Exactly one: where this module and that one cut the text must be the same place. */
	if (address_list(one, keep, &f) < 0 || f.n != 1 || has_group(one))
		return -EINVAL;
	*to = (struct outgoing_address){ f.email, phrase(a, str_head(one, name)) };
	return to->email.p && to->name.p ? 0 : -E2BIG;
}

static bool
clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 32 && s.p[i] != '\t') || s.p[i] == 127)
			return false;
	return text_is_utf8(s);
}

static size_t
commas(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == ',';
	return n;
}

int
mailbox_list_read(struct arena *a, struct str text, size_t max, struct outgoing_list *ret_list,
	struct str *ret_bad)
{
	size_t room = commas(text) + 1, n = 0;
	struct outgoing_address *at;
	struct str rest = text;

	*ret_bad = text;
	if (!clean(text))
		return -EINVAL;
	at = arena_alloc(a, (room < max ? room : max) * sizeof *at);
	if (!at)
		return -E2BIG;
	while (rest.p) {
		size_t name;
		struct str raw = next(&rest, &name), one = str_trim(raw);
		int err;

		if (one.n == 0)
			continue;
		if (n == max)
			return -EOVERFLOW;
		name = name > 0 ? name - (size_t)(one.p - raw.p) : 0;
		*ret_bad = one;
		err = mailbox(a, one, name, &at[n++]);
		if (err)
			return err;
	}
	*ret_list = (struct outgoing_list){ at, n };
	return 0;
}
