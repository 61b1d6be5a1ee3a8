#include "content/html_table.h"

#include "content/html_scan.h"

#define DEPTH_MAX 32u
#define SHORT     60u  /* bytes of a cell without a heading */
#define LONG      300u /* with one */
#define SPAN_MAX  100u

struct table {
	size_t index;
	unsigned rows, columns, most; /* columns: of the row at work */
	size_t cell, longest;         /* bytes of text */
	bool uneven, heads, nested, layout, rich;
};

struct finder {
	struct html_scan s;
	struct buf *kinds;
	struct table at[DEPTH_MAX];
	size_t n;    /* open ones */
	size_t over; /* open ones beyond */
};

static void
cell_end(struct table *t)
{
	if (t->cell > t->longest)
		t->longest = t->cell;
	t->cell = 0;
}

static void
row_end(struct table *t)
{
	cell_end(t);
	if (t->columns == 0)
		return;
	t->uneven = t->uneven || (t->rows > 0 && t->columns != t->most);
	if (t->columns > t->most)
		t->most = t->columns;
	t->rows++;
	t->columns = 0;
}

static bool
holds_data(const struct table *t)
{
	if (t->nested || t->layout || t->rows < 2 || t->most < 2)
		return false;
	if (t->heads)
		return t->longest <= LONG;
	return !t->uneven && !t->rich && t->longest <= SHORT;
}

static void
table_end(struct finder *f)
{
	struct table *t = &f->at[f->n - 1];

	row_end(t);
	f->kinds->p[t->index] = holds_data(t) ? 1 : 0;
	f->n--;
}

static void
table_begin(struct finder *f)
{
	struct table t = { .index = f->kinds->n };
	struct html_attr a;

	while (html_scan_attr(&f->s, &a))
		t.layout = t.layout || (html_is(a.name, STR_LIT("role")) &&
					       (html_is(a.value, STR_LIT("presentation")) ||
						       html_is(a.value, STR_LIT("none"))));
	if (!html_scan_close(&f->s))
		return;
	if (f->n > 0)
		f->at[f->n - 1].nested = true;
	if (buf_put_c(f->kinds, 0) < 0 || f->n == DEPTH_MAX)
		f->over++;
	else
		f->at[f->n++] = t;
}

static unsigned
span_of(struct html_scan *s)
{
	struct html_attr a;
	uint32_t v, span = 1;

	while (html_scan_attr(s, &a))
		if (html_is(a.name, STR_LIT("colspan")) && str_u32(a.value, &v) == 0 && v > 0)
			span = v < SPAN_MAX ? v : SPAN_MAX;
	return span;
}

static bool
is_rich(struct str name)
{
	static const struct str names[] = { STR_LIT("img"), STR_LIT("ul"), STR_LIT("ol"),
		STR_LIT("h1"), STR_LIT("h2"), STR_LIT("h3"), STR_LIT("hr"), STR_LIT("pre"),
		STR_LIT("button"), STR_LIT("blockquote") };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (html_is(name, names[i]))
			return true;
	return false;
}

static void
start(struct finder *f, struct str name)
{
	struct table *t;

	if (html_is(name, STR_LIT("table"))) {
		table_begin(f);
		return;
	}
	if (f->n == 0 || f->over > 0)
		return;
	t = &f->at[f->n - 1];
	if (html_is(name, STR_LIT("tr"))) {
		row_end(t);
	} else if (html_is(name, STR_LIT("td")) || html_is(name, STR_LIT("th"))) {
		cell_end(t);
		t->heads = t->heads || html_is(name, STR_LIT("th"));
		t->columns += span_of(&f->s);
	} else if (html_is(name, STR_LIT("caption"))) {
		t->heads = true;
	} else if (is_rich(name)) {
		t->rich = true;
	}
}

static void
end(struct finder *f, struct str name)
{
	if (!html_is(name, STR_LIT("table")) || !html_scan_close(&f->s))
		return;
	if (f->over > 0)
		f->over--;
	else if (f->n > 0)
		table_end(f);
}

static size_t
letters(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += !html_space(text.p[i]);
	return n;
}

void
html_table_find(struct str html, struct buf *kinds)
{
	struct finder f = { .kinds = kinds };
	struct html_token t;

	html_scan_init(&f.s, html, HTML_SCAN_TEXT);
	while (html_scan_next(&f.s, &t)) {
		if (t.kind == HTML_START)
			start(&f, t.text);
		else if (t.kind == HTML_END)
			end(&f, t.text);
		else if (f.n > 0 && f.over == 0)
			f.at[f.n - 1].cell += letters(t.text);
	}
	while (f.n > 0)
		table_end(&f);
}
