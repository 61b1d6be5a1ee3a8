#include "content/inline_css.h"

#include "content/css_rules.h"
#include "content/html_element.h"
#include "content/html_ref.h"
#include "content/html_scan.h"

#include <errno.h>

#define ARENA_MAX   ((size_t)16 << 20)
#define WORK_MAX    4000000u /* compounds compared, and the like: 20 ms */
#define DEPTH_MAX   256u     /* open elements */
#define MATCHES_MAX 256u     /* rules of one element */
#define STYLE_MAX   65536u   /* bytes of an attribute */

/* Bytes of the HTML that become others. */
struct edit {
	struct edit *next;
	size_t at, n;
	struct str text;
};

/* A sheet: where its element and its rules are. */
struct sheet {
	struct sheet *next;
	size_t tag, at, n, end;          /* '<'; the rules; behind "</style>", or 0 */
	struct css_rule *first, *behind; /* behind: the first one of the next sheet */
};

struct open {
	struct str name, tag; /* tag: from '<' to '>' */
	struct str id, class;
	enum html_element what;
};

struct job {
	struct arena *arena;
	struct str html;
	struct css_rules rules;
	struct sheet *sheets;
	struct edit *edits, **end;
	struct buf *text; /* of an attribute */
	struct open at[DEPTH_MAX];
	size_t n;
	struct css_selector *matches[MATCHES_MAX];
	size_t nmatches, work, added;
	bool over; /* a limit is passed */
};

static bool
work(struct job *j, size_t n)
{
	j->work += n;
	j->over = j->over || j->work > WORK_MAX;
	return !j->over;
}

/* ---- sheets */

/* Reads the attributes; false: it is none of those, or is not whole. *ret_from: where the
 * content begins. */
static bool
is_sheet(struct html_scan *s, size_t *ret_from)
{
	struct html_attr a;
	size_t at = s->at;
	bool ours = true;

	while (html_scan_attr(s, &a)) {
		if (html_is(a.name, STR_LIT("media")))
			ours = false;
		if (html_is(a.name, STR_LIT("type")) && a.value.n > 0 &&
			!html_is(a.value, STR_LIT("text/css")))
			ours = false;
		at = s->at;
	}
	if (!html_scan_close(s))
		return false;
	/* Blanks and '/' were left. */
	*ret_from = at + str_find(str_from(s->in, at), '>') + 1;
	return ours;
}

static int
sheets_read(struct job *j)
{
	struct sheet **end = &j->sheets, *last = NULL;
	struct html_scan s;
	struct html_token t;
	int err = 0;

	html_scan_init(&s, j->html, 0);
	while (!err && html_scan_next(&s, &t)) {
		struct sheet *one;
		size_t from;

		if (!html_is(t.text, STR_LIT("style")))
			continue;
		if (t.kind == HTML_END && last && html_scan_close(&s))
			last->end = s.at;
		last = NULL;
		if (t.kind != HTML_START || !is_sheet(&s, &from))
			continue;
		one = arena_alloc(j->arena, sizeof *one);
		if (!one)
			return -E2BIG;
		*one = (struct sheet){ .tag = t.at, .at = from, .n = s.at - from };
		err = css_rules_read(
			j->arena, &j->rules, str_of(j->html.p + from, one->n), &one->first);
		*end = last = one;
		end = &one->next;
	}
	/* Each once: there may be a great many without a rule. */
	for (struct sheet *one = j->sheets, *before = one; one; one = one->next)
		for (; one->first && before != one; before = before->next)
			before->behind = one->first;
	return err;
}

/* ---- open elements (13.2.6.4.7 and on, as far as it matters to selectors) */

static void
close_open(struct job *j, unsigned wanted, unsigned fence)
{
	for (size_t i = j->n; i-- > 0;) {
		if (wanted >> j->at[i].what & 1) {
			j->n = i;
			return;
		}
		if (fence >> j->at[i].what & 1)
			return;
	}
}

/* What ends by itself when this begins. */
static void
close_implied(struct job *j, enum html_element what)
{
	struct html_ends e = html_element_ends(what);

	if (e.wanted)
		close_open(j, e.wanted, e.fence);
	if (what == HTML_ROWS || what == HTML_CAPTION)
		close_open(j, HTML_BIT(HTML_TR), HTML_FENCE_TABLE);
}

static void
close_named(struct job *j, struct str name)
{
	bool table = html_element(name) == HTML_TABLE;

	for (size_t i = j->n; i-- > 0 && work(j, 1);) {
		if (str_ieq(j->at[i].name, name)) {
			j->n = i;
			return;
		}
		/* Nothing inside of a cell ends what is around it. */
		if (!table && j->at[i].what == HTML_TABLE)
			return;
	}
}

static bool
is_void(enum html_element what)
{
	return what == HTML_VOID || what == HTML_BR || what == HTML_HR || what == HTML_IMG;
}

/* ---- matching */

static bool
has_class(struct str classes, struct str name)
{
	for (size_t at = 0; at < classes.n;) {
		size_t n = 0;

		while (at < classes.n && html_space(classes.p[at]))
			at++;
		while (at + n < classes.n && !html_space(classes.p[at + n]))
			n++;
		if (str_eq(str_of(classes.p + at, n), name))
			return true;
		at += n;
	}
	return false;
}

static bool
has_attribute(struct job *j, const struct open *o, const struct css_test *t)
{
	struct html_scan s;
	struct html_token token;
	struct html_attr a;

	if (!work(j, 1 + o->tag.n / 16))
		return false;
	html_scan_init(&s, o->tag, 0);
	if (!html_scan_next(&s, &token))
		return false;
	while (html_scan_attr(&s, &a))
		if (str_ieq(a.name, t->name))
			return t->kind == CSS_HAS || str_eq(a.value, t->value);
	return false;
}

static bool
is_compound(struct job *j, const struct open *o, const struct css_compound *c)
{
	if (!work(j, 1) || (c->type.n > 0 && !str_ieq(c->type, o->name)))
		return false;
	for (const struct css_test *t = c->tests; t; t = t->next) {
		bool yes;

		if (t->kind == CSS_CLASS)
			yes = work(j, o->class.n / 16) && has_class(o->class, t->name);
		else if (t->kind == CSS_ID)
			yes = o->id.n > 0 && str_eq(o->id, t->name);
		else
			yes = has_attribute(j, o, t);
		if (!yes)
			return false;
	}
	return true;
}

/* Does compound i match the open element `at`, and do those before it match others around it?
 */
static bool
is_match(struct job *j, const struct css_selector *sel, size_t i, size_t at)
{
	/* A row is a table's grandchild, whether its body is written or not. */
	bool implied = j->at[at].what == HTML_TR && at > 0 && j->at[at - 1].what == HTML_TABLE;

	if (!is_compound(j, &j->at[at], &sel->at[i]))
		return false;
	if (i == 0)
		return true;
	if (sel->at[i].child)
		return at > 0 && !implied && is_match(j, sel, i - 1, at - 1);
	while (at-- > 0 && !j->over)
		if (is_match(j, sel, i - 1, at))
			return true;
	return false;
}

static bool
before(const struct css_selector *a, const struct css_selector *b)
{
	return a->weight != b->weight ? a->weight < b->weight : a->rule->order < b->rule->order;
}

/* Of a rule's selectors the heaviest one counts. */
static void
keep_match(struct job *j, struct css_selector *sel)
{
	size_t at = 0;

	sel->used = true;
	for (size_t i = 0; i < j->nmatches && work(j, 1); i++) {
		if (j->matches[i]->rule != sel->rule)
			continue;
		if (!before(j->matches[i], sel))
			return;
		memmove(j->matches + i, j->matches + i + 1,
			(--j->nmatches - i) * sizeof *j->matches);
		break;
	}
	if (j->nmatches == MATCHES_MAX) {
		j->over = true;
		return;
	}
	for (at = j->nmatches; at > 0 && before(sel, j->matches[at - 1]); at--)
		j->matches[at] = j->matches[at - 1];
	j->matches[at] = sel;
	j->nmatches++;
}

/* ---- a style attribute */

struct style {
	char quote;
	struct str value;            /* as it is written */
	struct css_declaration *own; /* what it says */
	bool ends;                   /* with a ';', or it is empty */
	size_t at, n;                /* bytes that become the attribute; n 0: it is new */
};

static bool
declares(struct job *j, const struct css_declaration *list, struct str name, bool important)
{
	for (; list && work(j, 1); list = list->next)
		if (list->important == important && str_ieq(list->name, name))
			return true;
	return false;
}

/* Does something else decide what d says? */
static bool
is_beaten(struct job *j, const struct style *st, size_t match, const struct css_declaration *d)
{
	if (declares(j, st->own, d->name, true))
		return true;
	if (!d->important && declares(j, st->own, d->name, false))
		return true;
	for (size_t i = 0; i < j->nmatches && !j->over; i++) {
		const struct css_rule *other = j->matches[i]->rule;

		if (i > match && declares(j, other->declarations, d->name, d->important))
			return true;
		if (!d->important && other->important &&
			declares(j, other->declarations, d->name, true))
			return true;
	}
	return false;
}

/* Text of a sheet as a value between these quotes. */
static void
put_value(struct buf *out, struct str s, char quote)
{
	bool turns = quote == '"' && str_find(s, '\'') == s.n;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '&')
			buf_put_z(out, "&amp;");
		else if (c == '"' && turns)
			buf_put_c(out, '\'');
		else if (c == quote)
			buf_put_z(out, quote == '"' ? "&quot;" : "&#39;");
		else
			buf_put_c(out, c);
	}
}

/* Those of the matched rules that are, or are not, important and that nothing beats. */
static void
put_declarations(struct job *j, const struct style *st, bool important)
{
	for (size_t i = 0; i < j->nmatches; i++) {
		const struct css_declaration *d = j->matches[i]->rule->declarations;

		for (; d && !j->over; d = d->next) {
			if (d->important != important || is_beaten(j, st, i, d))
				continue;
			if (j->text->n > 0 && j->text->p[j->text->n - 1] != ';')
				buf_put_c(j->text, ';');
			put_value(j->text, d->name, st->quote);
			buf_put_c(j->text, ':');
			put_value(j->text, d->value, st->quote);
		}
	}
}

static void
add_edit(struct job *j, const struct style *st)
{
	struct edit *e = arena_alloc(j->arena, sizeof *e);
	struct buf *b = j->text;
	struct str body = arena_str(j->arena, buf_str(b));
	struct str whole = arena_printf(j->arena, "%sstyle=%c%.*s%c", st->n ? "" : " ",
		st->quote, STR_ARG(body), st->quote);

	j->added += whole.n > st->n ? whole.n - st->n : 0;
	if (!e || !body.p || !whole.p || b->full || j->added > INLINE_CSS_ADDS) {
		j->over = true;
		return;
	}
	*e = (struct edit){ .at = st->at, .n = st->n, .text = whole };
	*j->end = e;
	j->end = &e->next;
}

/* What the attribute says already. What cannot be read has no part in the cascade, and stays.
 */
static void
read_own(struct job *j, struct style *st)
{
	struct str value;
	size_t n = 0;

	buf_clear(j->text);
	(void)html_ref_decode(j->text, st->value);
	value = arena_keep(j->arena, str_trim_all(buf_str(j->text)));
	st->ends = value.n == 0 || value.p[value.n - 1] == ';';
	if (j->text->full || css_declarations(j->arena, value, &st->own, &n) == -E2BIG)
		j->over = true;
}

static void
write_style(struct job *j, struct style *st)
{
	size_t normal;
	struct str value = st->value;

	if (st->n > 0)
		read_own(j, st);
	buf_clear(j->text);
	put_declarations(j, st, false);
	normal = j->text->n;
	if (normal > 0 && str_trim_all(value).n > 0)
		buf_put_c(j->text, ';');
	/* Between other quotes than it had none is in it, or it had none at all. */
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == st->quote)
			buf_put_z(j->text, "&quot;");
		else
			buf_put_c(j->text, value.p[i]);
	}
	if (!st->ends)
		buf_put_c(j->text, ';');
	normal = j->text->n;
	put_declarations(j, st, true);
	/* Nothing behind it: it is as it was. */
	if (j->text->n == normal && !st->ends)
		buf_cut(j->text, normal - 1);
	if (!str_eq(buf_str(j->text), value))
		add_edit(j, st);
}

/* ---- elements */

/* The attribute that counts is the first one. */
static void
read_attributes(struct html_scan *s, struct open *o, struct style *st)
{
	struct html_attr a;
	bool styled = false, named = false, classed = false;

	while (html_scan_attr(s, &a)) {
		const char *name_end = a.name.p + a.name.n;

		if (!named && html_is(a.name, STR_LIT("id"))) {
			named = true;
			o->id = a.value;
		} else if (!classed && html_is(a.name, STR_LIT("class"))) {
			classed = true;
			o->class = a.value;
		} else if (!styled && html_is(a.name, STR_LIT("style"))) {
			bool has = a.value.p >= name_end && a.value.p <= s->in.p + s->in.n;
			const char *end = has ? a.value.p + a.value.n : name_end;
			char quote = has && a.value.p > name_end ? a.value.p[-1] : '\0';

			styled = true;
			if (quote != '"' && quote != '\'')
				quote = '\0';
			st->quote = quote ? quote : '"';
			st->value = has ? a.value : STR_NONE;
			st->at = (size_t)(a.name.p - s->in.p);
			st->n = (size_t)(end - a.name.p) + (quote != '\0');
		}
	}
}

static bool
is_shown(struct str name)
{
	static const struct str names[] = { STR_LIT("head"), STR_LIT("title"), STR_LIT("meta"),
		STR_LIT("link"), STR_LIT("style"), STR_LIT("base"), STR_LIT("script") };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (html_is(name, names[i]))
			return false;
	return true;
}

static void
match(struct job *j, struct style *st)
{
	j->nmatches = 0;
	for (struct css_selector *sel = j->rules.selectors; sel && !j->over; sel = sel->next) {
		if (!sel->known)
			(void)work(j, 1); /* to pass it over */
		else if (is_match(j, sel, sel->n - 1, j->n - 1))
			keep_match(j, sel);
	}
	if (j->nmatches > 0 && !j->over)
		write_style(j, st);
}

static void
element(struct job *j, struct html_scan *s, const struct html_token *t)
{
	struct style st = { .quote = '"', .value = STR_NONE, .ends = true };
	struct open o = { .name = t->text,
		.id = STR_NONE,
		.class = STR_NONE,
		.what = html_element(t->text) };
	bool shown = is_shown(t->text);

	st.at = (size_t)(t->text.p - j->html.p) + t->text.n;
	read_attributes(s, &o, &st);
	if (!html_scan_close(s))
		return;
	close_implied(j, o.what);
	if (j->n == DEPTH_MAX) {
		j->over = true;
		return;
	}
	/* The tag alone: behind it may be the text of a <title>. */
	o.tag = str_of(j->html.p + t->at, s->at - t->at);
	j->at[j->n++] = o;
	if (shown)
		match(j, &st);
	if (is_void(o.what))
		j->n--;
}

static void
elements(struct job *j)
{
	struct html_scan s;
	struct html_token t;

	html_scan_init(&s, j->html, 0);
	while (!j->over && html_scan_next(&s, &t)) {
		if (t.kind == HTML_START)
			element(j, &s, &t);
		else if (html_scan_close(&s))
			close_named(j, t.text);
	}
}

/* ---- what is left of a sheet */

/* A selector that was used is in the elements now. */
static bool
stays(const struct css_selector *sel)
{
	return !sel->known || !sel->used;
}

static size_t
staying(const struct css_rule *rule)
{
	const struct css_selector *sel = rule->selectors;
	size_t n = 0;

	for (size_t i = 0; i < rule->nselectors; i++, sel = sel->next)
		n += stays(sel);
	return n;
}

/* The selectors that stay, in place of all. */
static void
put_staying(struct buf *out, const struct css_rule *rule)
{
	const struct css_selector *sel = rule->selectors;
	size_t begin = out->n;

	for (size_t i = 0; i < rule->nselectors; i++, sel = sel->next) {
		if (!stays(sel))
			continue;
		if (out->n > begin)
			buf_put_c(out, ',');
		buf_put(out, sel->text);
	}
}

static bool
is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!html_space(s.p[i]))
			return false;
	return true;
}

/* Appends what is left of the rules; false: nothing changed. */
static bool
put_sheet(struct buf *out, struct job *j, const struct sheet *one)
{
	struct str css = str_of(j->html.p + one->at, one->n);
	size_t done = 0;
	bool changed = false;

	for (const struct css_rule *r = one->first; r && r != one->behind; r = r->next) {
		size_t left = staying(r), end = r->at + r->n;

		if (left == r->nselectors)
			continue;
		changed = true;
		buf_put(out, str_of(css.p + done, r->at - done));
		done = r->block;
		if (left > 0) {
			put_staying(out, r);
			continue;
		}
		while (end < css.n && html_space(css.p[end]))
			end++;
		done = end;
	}
	buf_put(out, str_from(css, done));
	return changed;
}

/* Appends the HTML up to the sheet and the sheet. */
static void
put_edits(struct job *j, struct buf *out, size_t *done, size_t upto)
{
	for (; j->edits && j->edits->at < upto; j->edits = j->edits->next) {
		buf_put(out, str_of(j->html.p + *done, j->edits->at - *done));
		buf_put(out, j->edits->text);
		*done = j->edits->at + j->edits->n;
	}
	buf_put(out, str_of(j->html.p + *done, upto - *done));
	*done = upto;
}

static void
write_html(struct job *j, struct buf *out)
{
	size_t done = 0;
	struct buf left;

	buf_init(&left, j->html.n + 1);
	for (const struct sheet *one = j->sheets; one; one = one->next) {
		buf_clear(&left);
		if (!put_sheet(&left, j, one))
			continue;
		if (one->end && is_blank(buf_str(&left))) {
			put_edits(j, out, &done, one->tag);
			done = one->end;
			continue;
		}
		put_edits(j, out, &done, one->at);
		buf_put(out, buf_str(&left));
		done = one->at + one->n;
	}
	put_edits(j, out, &done, j->html.n);
	buf_done(&left);
}

int
inline_css(struct buf *out, struct str html)
{
	struct job j = { .html = html };
	struct arena a;
	struct buf text;
	size_t before_n = out->n;

	arena_init(&a, ARENA_MAX);
	buf_init(&text, STYLE_MAX);
	j.arena = &a;
	j.text = &text;
	j.end = &j.edits;
	j.over = sheets_read(&j) < 0;
	if (!j.over && j.rules.first)
		elements(&j);
	if (j.over || !j.rules.first)
		buf_put(out, html);
	else
		write_html(&j, out);
	buf_done(&text);
	arena_done(&a);
	if (!out->full)
		return 0;
	buf_cut(out, before_n);
	return -E2BIG;
}
