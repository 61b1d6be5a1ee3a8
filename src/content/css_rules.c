#include "content/css_rules.h"

#include "content/html_scan.h"

#include <errno.h>

#define DEPTH_MAX 32u

/* ---- bytes (CSS Syntax 3, 4.3 and 5.4) */

static bool
is_comment(struct str s, size_t at)
{
	return at + 1 < s.n && s.p[at] == '/' && s.p[at + 1] == '*';
}

static size_t
comment_end(struct str s, size_t at)
{
	size_t n = str_find_str(str_from(s, at + 2), STR_LIT("*/"));

	return at + 2 + n + 2 < s.n ? at + 2 + n + 2 : s.n;
}

/* Behind the string that begins here; a line end ends it as well. */
static size_t
string_end(struct str s, size_t at)
{
	char quote = s.p[at++];

	while (at < s.n && s.p[at] != quote && s.p[at] != '\n')
		at += s.p[at] == '\\' ? 2 : 1;
	return at < s.n ? at + 1 : s.n;
}

static char
closer(char c)
{
	return c == '(' ? ')' : c == '[' ? ']' : c == '{' ? '}' : '\0';
}

size_t
css_until(struct str s, size_t at, const char *stops)
{
	char open[DEPTH_MAX];
	size_t depth = 0;

	while (at < s.n) {
		char c = s.p[at];

		if (is_comment(s, at)) {
			at = comment_end(s, at);
			continue;
		}
		if (depth == 0 && c && strchr(stops, c))
			return at;
		if (c == '"' || c == '\'') {
			at = string_end(s, at);
			continue;
		}
		if (closer(c) && depth == DEPTH_MAX)
			return s.n;
		if (closer(c))
			open[depth++] = closer(c);
		else if (depth > 0 && c == open[depth - 1])
			depth--;
		at += c == '\\' ? 2 : 1;
	}
	return s.n;
}

/* To what begins a rule. */
static size_t
skip_blank(struct str s, size_t at)
{
	while (at < s.n) {
		struct str rest = str_from(s, at);

		if (html_space(s.p[at]))
			at++;
		else if (is_comment(s, at))
			at = comment_end(s, at);
		else if (str_starts(rest, STR_LIT("<!--")))
			at += 4;
		else if (str_starts(rest, STR_LIT("-->")))
			at += 3;
		else
			break;
	}
	return at;
}

static bool
is_word(char c)
{
	return ascii_alnum(c) || c == '-' || c == '_' || (unsigned char)c > 127;
}

static size_t
word(struct str s, size_t at)
{
	size_t n = at;

	while (n < s.n && is_word(s.p[n]))
		n++;
	/* A name does not begin with a digit. */
	return n > at && !ascii_digit(s.p[at]) ? n - at : 0;
}

/* ---- declarations */

/* A copy without comments, each run of blanks one blank, strings as they are. -EINVAL: there is
 * what no declaration has, or what readers do not agree on. */
static int
clean(struct arena *a, struct str s, struct str *ret)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (!p)
		return -E2BIG;
	for (size_t at = 0; at < s.n;) {
		char c = s.p[at];

		if (html_space(c) || is_comment(s, at)) {
			at = is_comment(s, at) ? comment_end(s, at) : at + 1;
			if (n > 0 && p[n - 1] != ' ')
				p[n++] = ' ';
			continue;
		}
		if ((unsigned char)c < ' ' || c == 127 || strchr("{}@\\<", c))
			return -EINVAL;
		if (c == '"' || c == '\'') {
			size_t end = string_end(s, at);

			for (; at < end; at++) {
				if ((unsigned char)s.p[at] < ' ' || s.p[at] == '\\')
					return -EINVAL;
				p[n++] = s.p[at];
			}
			continue;
		}
		p[n++] = c;
		at++;
	}
	*ret = str_of(p, n);
	return 0;
}

/* Takes "!important" off. -EINVAL: another word stands there. */
static int
importance(struct css_declaration *d)
{
	size_t at = css_until(d->value, 0, "!");

	if (at == d->value.n)
		return 0;
	if (!str_ieq_z(str_trim_all(str_from(d->value, at + 1)), "important"))
		return -EINVAL;
	d->important = true;
	d->value = str_trim_all(str_head(d->value, at));
	return 0;
}

static int
declaration(struct arena *a, struct str text, struct css_declaration **ret)
{
	struct css_declaration *d = arena_alloc(a, sizeof *d);
	size_t colon = str_find(text, ':');

	if (!d)
		return -E2BIG;
	d->name = str_trim_all(str_head(text, colon));
	d->value = str_trim_all(str_from(text, colon + 1));
	if (colon == text.n || d->name.n == 0 || word(d->name, 0) != d->name.n ||
		importance(d) < 0 || d->value.n == 0)
		return -EINVAL;
	*ret = d;
	return 0;
}

int
css_declarations(struct arena *a, struct str block, struct css_declaration **ret, size_t *ret_n)
{
	struct css_declaration *first = NULL, **end = &first;
	struct str text;
	size_t n = 0;
	int err = clean(a, block, &text);

	for (size_t at = 0; !err && at < text.n; at++) {
		size_t stop = css_until(text, at, ";");
		struct str one = str_trim_all(str_of(text.p + at, stop - at));

		at = stop;
		if (one.n == 0)
			continue;
		err = declaration(a, one, end);
		if (!err) {
			end = &(*end)->next;
			n++;
		}
	}
	if (!err) {
		*ret = first;
		*ret_n = n;
	}
	return err;
}

/* ---- selectors (Selectors 4) */

/* "[name]", "[name=value]" at s.p[at]; bytes, 0: none that is known. */
static size_t
attribute(struct str s, size_t at, struct css_test *t)
{
	size_t end = css_until(s, at + 1, "]"), n;
	struct str in = str_trim_all(str_of(s.p + at + 1, end - at - 1));

	if (end == s.n)
		return 0;
	n = word(in, 0);
	t->name = str_head(in, n);
	/* What it says is another thing once rules are written into it. */
	if (str_ieq_z(t->name, "style"))
		return 0;
	t->kind = CSS_HAS;
	in = str_trim(str_from(in, n));
	if (n == 0 || (in.n > 0 && in.p[0] != '='))
		return 0;
	if (in.n > 0) {
		in = str_trim(str_from(in, 1));
		t->kind = CSS_IS;
		if (in.n >= 2 && (in.p[0] == '"' || in.p[0] == '\'') &&
			string_end(in, 0) == in.n && in.p[in.n - 1] == in.p[0])
			in = str_of(in.p + 1, in.n - 2);
		else if (word(in, 0) != in.n || in.n == 0)
			return 0;
		t->value = in;
	}
	return end + 1 - at;
}

/* One test of a compound at s.p[at]; bytes, 0: none that is known. */
static size_t
test(struct str s, size_t at, struct css_test *t, uint32_t *weight)
{
	size_t n;

	if (s.p[at] == '[') {
		*weight += 1u << 8;
		return attribute(s, at, t);
	}
	if (s.p[at] != '.' && s.p[at] != '#')
		return 0;
	t->kind = s.p[at] == '.' ? CSS_CLASS : CSS_ID;
	*weight += t->kind == CSS_CLASS ? 1u << 8 : 1u << 16;
	n = word(s, at + 1);
	t->name = str_of(s.p + at + 1, n);
	return n ? n + 1 : 0;
}

/* Moves *at behind a compound. 0, -EINVAL, -E2BIG. */
static int
compound(struct arena *a, struct str s, size_t *at, struct css_selector *sel)
{
	struct css_compound *c = &sel->at[sel->n++];
	struct css_test **end = &c->tests;
	size_t n = word(s, *at), begin = *at;

	c->type = str_of(s.p + *at, n);
	sel->weight += n > 0;
	*at += n;
	while (*at < s.n && strchr(".#[", s.p[*at])) {
		*end = arena_alloc(a, sizeof **end);
		if (!*end)
			return -E2BIG;
		n = test(s, *at, *end, &sel->weight);
		if (n == 0)
			return -EINVAL;
		*at += n;
		end = &(*end)->next;
	}
	return *at > begin ? 0 : -EINVAL;
}

/* 0; -EINVAL: not one of those that are known; -E2BIG: no room. */
static int
selector(struct arena *a, struct css_selector *sel)
{
	struct str s = sel->text;
	bool child = false;
	int err = 0;

	for (size_t at = 0; at < s.n && !err;) {
		size_t before = at;

		while (at < s.n && html_space(s.p[at]))
			at++;
		if (at < s.n && s.p[at] == '>' && sel->n > 0 && !child) {
			child = true;
			at++;
			continue;
		}
		/* Two of them touch: there was something unknown between. */
		if (sel->n == CSS_COMPOUNDS || (sel->n > 0 && before == at && !child))
			return -EINVAL;
		err = compound(a, s, &at, sel);
		if (!err)
			sel->at[sel->n - 1].child = child;
		child = false;
	}
	return err ? err : sel->n == 0 || child ? -EINVAL : 0;
}

/* ---- rules */

/* Can it be cut into selectors that mean the same when some of them are left out? */
static bool
is_plain(struct str prelude)
{
	for (size_t at = 0; at < prelude.n; at++) {
		char c = prelude.p[at];

		if (c != '"' && c != '\'')
			continue;
		size_t end = string_end(prelude, at);

		if (end < at + 2 || prelude.p[end - 1] != c)
			return false;
		at = end - 1;
	}
	return str_find(prelude, '\\') == prelude.n &&
	       str_find_str(prelude, STR_LIT("/*")) == prelude.n &&
	       str_find(prelude, '<') == prelude.n && str_find(prelude, '}') == prelude.n;
}

/* Those of the list, known or not; *ret_known: how many are. */
static int
selectors(struct arena *a, struct css_rule *rule, struct str prelude, size_t *ret_known)
{
	struct css_selector **end = &rule->selectors;

	*ret_known = 0;
	for (size_t at = 0; at <= prelude.n; at++) {
		size_t comma = css_until(prelude, at, ",");
		struct css_selector *sel = arena_alloc(a, sizeof *sel);
		int err;

		if (!sel || rule->nselectors == CSS_SELECTORS)
			return -E2BIG;
		sel->rule = rule;
		sel->text = str_trim_all(str_of(prelude.p + at, comma - at));
		err = selector(a, sel);
		if (err == -E2BIG)
			return err;
		/* One that is wrong makes the whole rule wrong; one that is empty is. */
		if (sel->text.n == 0)
			return -EINVAL;
		sel->known = err == 0;
		*ret_known += sel->known;
		*end = sel;
		end = &sel->next;
		rule->nselectors++;
		at = comma;
	}
	return 0;
}

static int
add(struct css_rules *r, struct css_rule *rule, size_t declared)
{
	struct css_selector *last = rule->selectors;

	while (last->next)
		last = last->next;
	r->nselectors += rule->nselectors;
	r->ndeclarations += declared;
	if (r->nselectors > CSS_SELECTORS || r->ndeclarations > CSS_DECLARED)
		return -E2BIG;
	rule->order = r->nrules++;
	if (r->last)
		r->last->next = rule;
	else
		r->first = rule;
	r->last = rule;
	if (r->last_selector)
		r->last_selector->next = rule->selectors;
	else
		r->selectors = rule->selectors;
	r->last_selector = last;
	return 0;
}

/* The rule of these bytes, where it has a selector that is known. 0 or -E2BIG. */
static int
rule_read(struct arena *a, struct css_rules *r, struct str sheet, struct css_rule *rule)
{
	struct str prelude = str_of(sheet.p + rule->at, rule->block - rule->at),
		   block = str_of(sheet.p + rule->block + 1, rule->n - prelude.n - 2);
	size_t known = 0, declared = 0;
	int err;

	if (!is_plain(prelude))
		return 0;
	err = selectors(a, rule, prelude, &known);
	if (!err && known > 0)
		err = css_declarations(a, block, &rule->declarations, &declared);
	if (err || known == 0)
		return err == -EINVAL ? 0 : err;
	for (const struct css_declaration *d = rule->declarations; d; d = d->next)
		rule->important = rule->important || d->important;
	return add(r, rule, declared);
}

int
css_rules_read(
	struct arena *a, struct css_rules *r, struct str sheet, struct css_rule **ret_first)
{
	struct css_rule *before = r->last;
	int err = 0;

	for (size_t at = skip_blank(sheet, 0); at < sheet.n && !err;
		at = skip_blank(sheet, at)) {
		bool directive = sheet.p[at] == '@';
		size_t open = css_until(sheet, at, directive ? ";{" : "{"), end = open;
		struct css_rule *rule;

		if (open < sheet.n && sheet.p[open] == '{')
			end = css_until(sheet, open + 1, "}");
		/* What does not end is nobody's. */
		if (end >= sheet.n)
			break;
		if (!directive) {
			rule = arena_alloc(a, sizeof *rule);
			if (!rule)
				return -E2BIG;
			rule->at = at;
			rule->block = open;
			rule->n = end + 1 - at;
			err = rule_read(a, r, sheet, rule);
		}
		at = end + 1;
	}
	*ret_first = before ? before->next : r->first;
	return err;
}
