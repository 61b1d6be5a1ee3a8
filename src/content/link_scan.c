#include "content/link_scan.h"

/* What an attribute is; texts are in the input. */
struct attr {
	struct str name, value;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* Most names differ from lit by their length already. */
static inline bool
is(struct str s, struct str lit)
{
	return s.n == lit.n && str_ieq(s, lit);
}

static bool
is_letter(char c)
{
	return ascii_alnum(c) && !ascii_digit(c);
}

/* Index of the first c from `from` on, or s->end. */
static size_t
find(const struct link_scan *s, size_t from, char c)
{
	return from + str_find(str_of(s->in.p + from, s->end - from), c);
}

static bool
starts(const struct link_scan *s, size_t from, const char *z)
{
	return str_istarts(str_of(s->in.p + from, s->end - from), str_z(z));
}

void
link_scan_init(struct link_scan *s, struct str html)
{
	*s = (struct link_scan){ .in = html, .end = html.n, .dead = html.n };
}

/* Nothing more is to be seen up to the end of what is being read. */
static void
stop(struct link_scan *s, size_t from)
{
	s->at = s->end;
	if (!s->conditional)
		s->dead = from;
}

/* ---- attributes (13.2.5.32 to 13.2.5.39) */

static void
value(struct link_scan *s, struct attr *a)
{
	size_t begin;

	while (s->at < s->end && is_space(s->in.p[s->at]))
		s->at++;
	begin = s->at;
	if (s->at == s->end)
		return;
	if (s->in.p[s->at] == '"' || s->in.p[s->at] == '\'') {
		s->at = find(s, begin + 1, s->in.p[begin]);
		a->value = str_of(s->in.p + begin + 1, s->at - begin - 1);
		s->at += s->at < s->end;
		return;
	}
	while (s->at < s->end && !is_space(s->in.p[s->at]) && s->in.p[s->at] != '>')
		s->at++;
	a->value = str_of(s->in.p + begin, s->at - begin);
}

enum found { FOUND, CLOSED, CUT };

/* The next attribute; CLOSED at the tag's '>', which is passed; CUT at the end of all: a tag
 * that the input cuts off is none (13.2.5, eof-in-tag). */
static enum found
attribute(struct link_scan *s, struct attr *ret_a)
{
	const char *p = s->in.p;
	size_t begin;

	while (s->at < s->end && (is_space(p[s->at]) || p[s->at] == '/'))
		s->at++;
	if (s->at == s->end)
		return CUT;
	if (p[s->at] == '>') {
		s->at++;
		return CLOSED;
	}
	begin = s->at++; /* a leading '=' belongs to the name */
	while (s->at < s->end && !is_space(p[s->at]) && p[s->at] != '/' && p[s->at] != '>' &&
		p[s->at] != '=')
		s->at++;
	*ret_a = (struct attr){ str_of(p + begin, s->at - begin), STR_NONE };
	while (s->at < s->end && is_space(p[s->at]))
		s->at++;
	if (s->at < s->end && p[s->at] == '=') {
		s->at++;
		value(s, ret_a);
	}
	return FOUND;
}

/* What the vendors we stand in for document (SendGrid, Mailgun, Postmark, Amazon SES). */
static bool
opts_out(const struct attr *a)
{
	return (is(a->name, STR_LIT("clicktracking")) && is(a->value, STR_LIT("off"))) ||
	       (is(a->name, STR_LIT("disable-tracking")) && is(a->value, STR_LIT("true"))) ||
	       is(a->name, STR_LIT("data-pm-no-track")) || is(a->name, STR_LIT("ses:no-track"));
}

/* From behind the tag's name to behind its '>'. The first href counts (13.2.5.33). */
static enum found
attributes(struct link_scan *s, struct link_tag *tag)
{
	struct attr a;
	enum found found;
	bool href = false;

	while ((found = attribute(s, &a)) == FOUND) {
		tag->opted_out = tag->opted_out || opts_out(&a);
		if (href || !is(a.name, STR_LIT("href")))
			continue;
		href = true;
		tag->n = a.value.n;
		tag->value = a.value.n > 0 ? (size_t)(a.value.p - s->in.p) : 0;
	}
	return found;
}

static enum found
skip_attributes(struct link_scan *s)
{
	struct attr a;
	enum found found;

	do
		found = attribute(s, &a);
	while (found == FOUND);
	return found;
}

/* ---- elements whose content is text (13.2.6.4.4, 13.2.6.4.7) */

static bool
is_text_element(struct str name)
{
	static const struct str names[] = { STR_LIT("style"), STR_LIT("title"),
		STR_LIT("script"), STR_LIT("textarea"), STR_LIT("xmp"), STR_LIT("iframe"),
		STR_LIT("noembed"), STR_LIT("noframes") };

	if (name.n < 3 || name.n > 8)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is(name, names[i]))
			return true;
	return false;
}

/* To the '<' of the end tag of that name. False when there is none. */
static bool
skip_text(struct link_scan *s, struct str name)
{
	for (size_t i = find(s, s->at, '<'); i < s->end; i = find(s, i + 1, '<')) {
		struct str rest = str_of(s->in.p + i, s->end - i);

		if (rest.n < name.n + 3 || rest.p[1] != '/' ||
			!str_ieq(str_of(rest.p + 2, name.n), name))
			continue;
		if (is_space(rest.p[name.n + 2]) || rest.p[name.n + 2] == '/' ||
			rest.p[name.n + 2] == '>') {
			s->at = i;
			return true;
		}
	}
	return false;
}

/* ---- what starts with '<' */

/* Behind the comment whose "<!--" is at `from`, or 0 (13.2.5.41 to 13.2.5.52). */
static size_t
comment_end(const struct link_scan *s, size_t from)
{
	const char *p = s->in.p;

	for (size_t i = find(s, from + 4, '>'); i < s->end; i = find(s, i + 1, '>')) {
		if (p[i - 1] == '-' && p[i - 2] == '-')
			return i + 1;
		if (i >= from + 7 && p[i - 1] == '!' && p[i - 2] == '-' && p[i - 3] == '-')
			return i + 1;
	}
	return 0;
}

static void
comment(struct link_scan *s)
{
	size_t from = s->at, end = comment_end(s, from), open;

	if (end == 0) {
		stop(s, from);
		return;
	}
	s->at = end;
	if (s->conditional || !starts(s, from + 4, "[if"))
		return;
	open = from + str_find_str(str_of(s->in.p + from, end - from), STR_LIT("]>"));
	if (open == end)
		return;
	s->conditional = true;
	s->after = end;
	s->at = open + 2;
	/* Where "-->" starts; behind <![if]> it may have begun before (<!--[if !mso]><!-->). */
	s->end = end - 3 > s->at ? end - 3 : s->at;
}

/* <!DOCTYPE …>, <!…>, <?…>, </…>: to the first '>' (13.2.5.41, bogus comment). */
static void
declaration(struct link_scan *s)
{
	size_t from = s->at;

	s->at = find(s, from, '>');
	if (s->at == s->end)
		stop(s, from);
	else
		s->at++;
}

/* Moves behind the name, which starts at s->at. */
static struct str
name_of(struct link_scan *s)
{
	size_t begin = s->at;

	while (s->at < s->end && !is_space(s->in.p[s->at]) && s->in.p[s->at] != '/' &&
		s->in.p[s->at] != '>')
		s->at++;
	return str_of(s->in.p + begin, s->at - begin);
}

static bool
end_tag(struct link_scan *s, struct link_tag *tag)
{
	struct str name;

	s->at += 2;
	name = name_of(s);
	if (skip_attributes(s) == CUT) {
		stop(s, tag->at);
		return false;
	}
	tag->body_end = !s->conditional && is(name, STR_LIT("body"));
	return tag->body_end;
}

static bool
bears_links(const struct link_scan *s, struct str name)
{
	if (is(name, STR_LIT("a")) || is(name, STR_LIT("area")))
		return true;
	return s->conditional && str_istarts(name, STR_LIT("v:"));
}

static bool
start_tag(struct link_scan *s, struct link_tag *tag)
{
	struct str name;
	enum found found;

	s->at++;
	name = name_of(s);
	found = bears_links(s, name) ? attributes(s, tag) : skip_attributes(s);
	if (found == CUT || (is_text_element(name) && !skip_text(s, name))) {
		stop(s, tag->at);
		return false;
	}
	tag->conditional = s->conditional;
	return tag->n > 0;
}

/* At a '<': moves behind what it begins. True when that is of use. */
static bool
markup(struct link_scan *s, struct link_tag *tag)
{
	char next = s->at + 1 < s->end ? s->in.p[s->at + 1] : '\0';

	*tag = (struct link_tag){ .at = s->at };
	if (is_letter(next))
		return start_tag(s, tag);
	if (next == '/' && s->at + 2 < s->end && is_letter(s->in.p[s->at + 2]))
		return end_tag(s, tag);
	if (starts(s, s->at, "<!--"))
		comment(s);
	else if (next == '!' || next == '?' || (next == '/' && s->at + 2 < s->end))
		declaration(s);
	else
		s->at++;
	return false;
}

bool
link_scan_next(struct link_scan *s, struct link_tag *ret_tag)
{
	struct link_tag tag;

	for (;;) {
		s->at = find(s, s->at, '<');
		if (s->at < s->end) {
			if (markup(s, &tag)) {
				*ret_tag = tag;
				return true;
			}
		} else if (s->conditional) {
			s->conditional = false;
			s->at = s->after;
			s->end = s->in.n;
		} else {
			return false;
		}
	}
}
