/*
 * Tags of Handlebars: where they begin and end, and the white space that goes with a block's
 * tag which has a line for itself (as handlebars.js does it).
 */
#include "content/template_hb.h"

#include <errno.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static char
char_at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : 0;
}

static int
unclosed(struct template_hb *h, size_t begin)
{
	return expr_fault(
		&h->b->fault, begin, -EINVAL, "The \"{{\" here is not closed by \"}}\".");
}

/* Is a word at i, and does it end there? */
static bool
word_at(struct str s, size_t i, struct str word)
{
	char c = char_at(s, i + word.n);

	return str_starts(str_from(s, i), word) && (!c || is_space(c) || c == '}' || c == '~');
}

/* What starts at begin ("{{"); pos is left behind the marks, where the name starts. */
int
template_hb_open(struct template_hb *h, size_t begin, struct template_hb_tag *ret_t)
{
	struct template_hb_tag t = { .begin = begin };
	char c;

	h->pos = begin + 2;
	t.left = char_at(h->in, h->pos) == '~';
	h->pos += t.left;
	c = char_at(h->in, h->pos);
	if (c == '{' && char_at(h->in, h->pos + 1) == '{')
		return expr_fault(&h->b->fault, begin, -EINVAL,
			"Raw blocks ({{{{…}}}}) are not in this language.");
	if (c && strchr("#^/!&{", c)) {
		t.kind = c;
		h->pos++;
	} else if (c == '>') {
		return expr_fault(&h->b->fault, begin, -EINVAL,
			"Partials ({{> …}}) are not in this language.");
	}
	if (!t.kind) {
		template_hb_blanks(h);
		if (word_at(h->in, h->pos, STR_LIT("else"))) {
			t.kind = 'e';
			h->pos += 4;
		}
	}
	c = char_at(h->in, h->pos);
	if (t.kind == '#' && (c == '*' || c == '>'))
		return expr_fault(&h->b->fault, begin, -EINVAL,
			"Decorators and partials are not in this language.");
	*ret_t = t;
	return 0;
}

/* The braces that end a tag. */
int
template_hb_close(struct template_hb *h, struct template_hb_tag *t)
{
	bool three = t->kind == '{';

	template_hb_blanks(h);
	if (three && char_at(h->in, h->pos) != '}')
		return unclosed(h, t->begin);
	h->pos += three;
	t->right = char_at(h->in, h->pos) == '~';
	h->pos += t->right;
	if (!str_starts(str_from(h->in, h->pos), STR_LIT("}}")))
		return unclosed(h, t->begin);
	h->pos += 2;
	t->end = h->pos;
	return 0;
}

/* The end of {{!-- … --}}: the byte behind "--", *ret_tilde: a "~" is there. SIZE_MAX: none. */
static size_t
dashes_end(struct str s, size_t i, bool *ret_tilde)
{
	for (; i + 3 < s.n; i++) {
		size_t k = i + 2;

		if (s.p[i] != '-' || s.p[i + 1] != '-')
			continue;
		*ret_tilde = s.p[k] == '~';
		k += *ret_tilde;
		if (char_at(s, k) == '}' && char_at(s, k + 1) == '}')
			return i + 2;
	}
	return SIZE_MAX;
}

int
template_hb_comment(struct template_hb *h, struct template_hb_tag *t)
{
	struct str rest = str_from(h->in, h->pos);
	size_t end;

	if (str_starts(rest, STR_LIT("--"))) {
		end = dashes_end(h->in, h->pos, &t->right);
		if (end == SIZE_MAX)
			return unclosed(h, t->begin);
		t->end = end + t->right + 2;
	} else {
		end = str_find_str(rest, STR_LIT("}}"));
		if (end >= rest.n)
			return unclosed(h, t->begin);
		t->right = end > 0 && rest.p[end - 1] == '~';
		t->end = h->pos + end + 2;
	}
	h->pos = t->end;
	return 0;
}

/* Does a line end before byte i, with nothing but white space since? */
static bool
line_before(struct str s, size_t i)
{
	while (i > 0 && s.p[i - 1] != '\n' && is_space(s.p[i - 1]))
		i--;
	return i > 0 && s.p[i - 1] == '\n';
}

/* … or begin behind it? The end of the template counts as one. */
static bool
line_behind(struct str s, size_t i)
{
	while (i < s.n && s.p[i] != '\n' && is_space(s.p[i]))
		i++;
	return i == s.n || s.p[i] == '\n';
}

/* Is there nothing but white space before byte i? */
static bool
at_start(struct str s, size_t i)
{
	while (i > 0 && is_space(s.p[i - 1]))
		i--;
	return i == 0;
}

/* The block at work without those that {{else if}} opened in it. */
struct open_block *
template_hb_base(struct template_builder *b)
{
	struct open_block *top = template_top(b);

	while (top->chained)
		top--;
	return top;
}

/* "^" alone is "else". */
bool
template_hb_is_else(struct template_hb *h, const struct template_hb_tag *t)
{
	char c;

	template_hb_blanks(h);
	c = char_at(h->in, h->pos);
	return t->kind == 'e' || (t->kind == '^' && (c == '}' || c == '~'));
}

/*
 * Has the tag a line for itself? At the end of a block with {{else if}} handlebars.js looks at
 * the text behind the first of these, and does not take the indentation (*ret_indent).
 */
static bool
alone(struct template_hb *h, const struct template_hb_tag *t, bool *ret_indent)
{
	struct open_block *base = template_hb_base(h->b);
	bool before = line_before(h->in, t->begin);

	*ret_indent = true;
	if (base->chain == CHAIN_FIRST && (t->kind == '/' || template_hb_is_else(h, t))) {
		base->chain = CHAIN_LATER;
		base->chain_line = before;
	}
	if (t->kind == '/' && base->chain) {
		*ret_indent = false;
		before = base->chain_line;
	} else {
		before |= at_start(h->in, t->begin);
	}
	return before && line_behind(h->in, t->end);
}

static bool
is_indent(char c)
{
	return c == ' ' || c == '\t';
}

/* The text before a tag, without what the tag takes of it; *from then stands behind the tag and
 * what it takes there. */
int
template_hb_before(struct template_hb *h, const struct template_hb_tag *t, size_t *from)
{
	struct str s = h->in;
	bool indent = false;
	bool line = t->kind && t->kind != '&' && t->kind != '{' && alone(h, t, &indent);
	size_t begin = *from, end = t->begin > begin ? t->begin : begin, behind = t->end;

	while (end > begin &&
		(t->left ? is_space(s.p[end - 1]) : indent && line && is_indent(s.p[end - 1])))
		end--;
	while (behind < s.n &&
		(t->right ? is_space(s.p[behind]) : line && is_indent(s.p[behind])))
		behind++;
	if (line && !t->right) {
		behind += char_at(s, behind) == '\r';
		behind += char_at(s, behind) == '\n';
	}
	*from = behind;
	return template_add_text(h->b, begin, str_of(s.p + begin, end - begin));
}

/* The end of a tag: the first "}}" outside of quotes and brackets. */
static size_t
find_end(struct str s, size_t i)
{
	for (; i < s.n; i++) {
		char c = s.p[i] == '[' ? ']' : s.p[i];

		if (c == '}')
			return i;
		if (c != '"' && c != '\'' && c != ']')
			continue;
		for (i++; i < s.n && s.p[i] != c; i++)
			i += s.p[i] == '\\' && c != ']' && char_at(s, i + 1) == c;
	}
	return s.n;
}

/* Where the tag ends and whether it says "~" there, so that its line can be looked at. */
int
template_hb_measure(struct template_hb *h, struct template_hb_tag *t)
{
	size_t begin = h->pos;
	int rc;

	h->pos = find_end(h->in, begin);
	if (h->pos > begin && h->pos < h->in.n && h->in.p[h->pos - 1] == '~' && t->kind != '{')
		h->pos--;
	rc = template_hb_close(h, t);
	if (!rc)
		h->pos = begin;
	return rc;
}
