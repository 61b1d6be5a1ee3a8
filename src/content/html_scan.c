#include "content/html_scan.h"

static bool
is_letter(char c)
{
	return ascii_alnum(c) && !ascii_digit(c);
}

/* Index of the first c from `from` on, or s->end. */
static size_t
find(const struct html_scan *s, size_t from, char c)
{
	return from + str_find(str_of(s->in.p + from, s->end - from), c);
}

static bool
starts(const struct html_scan *s, size_t from, const char *z)
{
	return str_istarts(str_of(s->in.p + from, s->end - from), str_z(z));
}

void
html_scan_init(struct html_scan *s, struct str html, unsigned flags)
{
	*s = (struct html_scan){
		.in = html, .end = html.n, .dead = html.n, .flags = flags, .name = STR_NONE
	};
}

/* Nothing more is to be seen up to the end of what is being read. */
static void
stop(struct html_scan *s, size_t from)
{
	s->at = s->end;
	if (!s->conditional)
		s->dead = from;
}

/* ---- attributes (13.2.5.32 to 13.2.5.39) */

static void
value(struct html_scan *s, struct html_attr *a)
{
	size_t begin;

	while (s->at < s->end && html_space(s->in.p[s->at]))
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
	while (s->at < s->end && !html_space(s->in.p[s->at]) && s->in.p[s->at] != '>')
		s->at++;
	a->value = str_of(s->in.p + begin, s->at - begin);
}

static bool is_text_element(struct str name);
static bool skip_text(struct html_scan *s);

/* The tag is read to its '>' or, without one, to the end of all: a tag that the input cuts off
 * is none (13.2.5, eof-in-tag). */
static void
tag_end(struct html_scan *s, bool whole)
{
	s->open = false;
	s->whole = whole && !(s->start && is_text_element(s->name) && !skip_text(s));
	if (!s->whole)
		stop(s, s->tag);
}

bool
html_scan_attr(struct html_scan *s, struct html_attr *ret_a)
{
	const char *p = s->in.p;
	size_t begin;

	if (!s->open)
		return false;
	while (s->at < s->end && (html_space(p[s->at]) || p[s->at] == '/'))
		s->at++;
	if (s->at == s->end || p[s->at] == '>') {
		bool whole = s->at < s->end;

		s->at += whole;
		tag_end(s, whole);
		return false;
	}
	begin = s->at++; /* a leading '=' belongs to the name */
	while (s->at < s->end && !html_space(p[s->at]) && p[s->at] != '/' && p[s->at] != '>' &&
		p[s->at] != '=')
		s->at++;
	*ret_a = (struct html_attr){ str_of(p + begin, s->at - begin), STR_NONE };
	while (s->at < s->end && html_space(p[s->at]))
		s->at++;
	if (s->at < s->end && p[s->at] == '=') {
		s->at++;
		value(s, ret_a);
	}
	return true;
}

bool
html_scan_close(struct html_scan *s)
{
	struct html_attr a;

	while (html_scan_attr(s, &a))
		;
	return s->whole;
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
		if (html_is(name, names[i]))
			return true;
	return false;
}

/* To the '<' of the end tag of the tag at work. False when there is none. */
static bool
skip_text(struct html_scan *s)
{
	struct str name = s->name;

	for (size_t i = find(s, s->at, '<'); i < s->end; i = find(s, i + 1, '<')) {
		struct str rest = str_of(s->in.p + i, s->end - i);

		if (rest.n < name.n + 3 || rest.p[1] != '/' ||
			!str_ieq(str_of(rest.p + 2, name.n), name))
			continue;
		if (html_space(rest.p[name.n + 2]) || rest.p[name.n + 2] == '/' ||
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
comment_end(const struct html_scan *s, size_t from)
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
comment(struct html_scan *s)
{
	size_t from = s->at, end = comment_end(s, from), open;

	if (end == 0) {
		stop(s, from);
		return;
	}
	s->at = end;
	if (!(s->flags & HTML_SCAN_MSO) || s->conditional || !starts(s, from + 4, "[if"))
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
declaration(struct html_scan *s)
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
name_of(struct html_scan *s)
{
	size_t begin = s->at;

	while (s->at < s->end && !html_space(s->in.p[s->at]) && s->in.p[s->at] != '/' &&
		s->in.p[s->at] != '>')
		s->at++;
	return str_of(s->in.p + begin, s->at - begin);
}

static bool
tag(struct html_scan *s, struct html_token *t, enum html_kind kind)
{
	s->tag = s->at;
	s->at += kind == HTML_START ? 1 : 2;
	s->open = true;
	s->start = kind == HTML_START;
	s->name = name_of(s);
	*t = (struct html_token){ kind, s->conditional, s->tag, s->name };
	return true;
}

/* From here to the next '<' from `next` on. */
static bool
text(struct html_scan *s, struct html_token *t, size_t next)
{
	size_t from = s->at;

	s->at = find(s, next, '<');
	*t = (struct html_token){ HTML_TEXT, s->conditional, from,
		str_of(s->in.p + from, s->at - from) };
	return s->flags & HTML_SCAN_TEXT;
}

/* At a '<': moves behind what it begins. True when that is of use. */
static bool
markup(struct html_scan *s, struct html_token *t)
{
	char next = s->at + 1 < s->end ? s->in.p[s->at + 1] : '\0';

	if (is_letter(next))
		return tag(s, t, HTML_START);
	if (next == '/' && s->at + 2 < s->end && is_letter(s->in.p[s->at + 2]))
		return tag(s, t, HTML_END);
	if (starts(s, s->at, "<!--"))
		comment(s);
	else if (next == '!' || next == '?' || (next == '/' && s->at + 2 < s->end))
		declaration(s);
	else
		return text(s, t, s->at + 1);
	return false;
}

bool
html_scan_next(struct html_scan *s, struct html_token *ret_t)
{
	if (s->open)
		(void)html_scan_close(s);
	for (;;) {
		if (s->at < s->end) {
			if (s->in.p[s->at] == '<' ? markup(s, ret_t) : text(s, ret_t, s->at))
				return true;
		} else if (s->conditional) {
			s->conditional = false;
			s->at = s->after;
			s->end = s->in.n;
		} else {
			return false;
		}
	}
}
