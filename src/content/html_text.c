#include "content/html_text.h"

#include "content/html_element.h"
#include "content/html_flow.h"
#include "content/html_ref.h"
#include "content/html_scan.h"
#include "content/html_table.h"
#include "content/html_text_link.h"

#include <errno.h>

#define DEPTH_MAX 256u /* open elements; those beyond only begin lines */
#define RULE      "------------------------------"

/* An open element, and what to go back to when it ends. */
struct open {
	struct str name;
	enum html_element what;
	uint32_t number; /* of the next item of an <ol>; cells of a <tr> */
	uint8_t prefix;  /* bytes it added to lines */
	bool hides;
	bool pre, data, cell; /* as they were outside */
};

struct job {
	struct html_scan s;
	struct html_flow f;
	struct html_text_link link;
	struct buf kinds; /* of tables */
	size_t tables;    /* seen */
	struct buf value; /* of an attribute */
	struct open at[DEPTH_MAX];
	size_t n, over;
	unsigned hidden; /* open elements that hide */
	unsigned lists;  /* open ones */
	bool data, cell; /* inside a data table; inside a cell of it */
	bool eat;        /* the line end right behind <pre> */
};

/* ---- text */

static bool
is_odd_space(uint32_t point)
{
	return (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
	       point == 0x205f || point == 0x3000;
}

static void
character(struct job *j, uint32_t point)
{
	if (point == '\r' && j->f.pre)
		return;
	if (point < 0x80 && html_space((char)point)) {
		if (j->f.pre && point == '\n' && !j->eat)
			html_flow_newline(&j->f);
		else if (point != '\n' || !j->f.pre)
			html_flow_space(&j->f);
	} else if (is_odd_space(point)) {
		html_flow_space(&j->f);
	} else if (point >= 0x20 && (point < 0x7f || point >= 0xa0)) {
		html_flow_char(&j->f, point);
		html_text_link_char(&j->link, point);
	}
	j->eat = false;
}

/* Bytes of printable ASCII without spaces and references at the start. */
static size_t
ascii_run(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != '&')
		n++;
	return n;
}

static void
text(struct job *j, struct str s)
{
	if (j->hidden)
		return;
	while (s.n > 0) {
		size_t n = ascii_run(s);
		uint32_t point;

		if (n > 0) {
			html_flow_ascii(&j->f, str_head(s, n));
			html_text_link_ascii(&j->link, str_head(s, n));
			j->eat = false;
		} else {
			if (s.p[0] == '&')
				n = html_ref_read(s, false, &point);
			if (n == 0)
				n = html_ref_char(s, &point);
			character(j, point);
		}
		s = str_from(s, n);
	}
}

/* ---- breaks */

static void
lines(struct job *j, unsigned n)
{
	if (j->hidden)
		return;
	if (j->cell)
		html_flow_space(&j->f);
	else
		html_flow_break(&j->f, n);
}

/* Before and behind an element. Lists in lists are close; so are rows of data. */
static void
around(struct job *j, enum html_element what)
{
	switch (what) {
	case HTML_BLOCK:
	case HTML_LI:
	case HTML_DL_ITEM:
	case HTML_OPTION:
		lines(j, 1);
		break;
	case HTML_TR:
	case HTML_ROWS:
		lines(j, j->data ? 1 : 2);
		break;
	case HTML_CELL:
		if (!j->data)
			lines(j, 1);
		break;
	case HTML_UL:
	case HTML_OL:
		lines(j, j->lists > 1 ? 1 : 2);
		break;
	case HTML_PARA:
	case HTML_P:
	case HTML_HR:
	case HTML_PRE:
	case HTML_QUOTE:
	case HTML_TABLE:
	case HTML_CAPTION:
		lines(j, 2);
		break;
	default:
		break;
	}
}

/* ---- open elements */

static void
pop(struct job *j)
{
	struct open *o = &j->at[j->n - 1];

	j->cell = o->cell;
	around(j, o->what);
	if (o->what == HTML_UL || o->what == HTML_OL)
		j->lists--;
	html_flow_pop(&j->f, o->prefix);
	j->f.pre = o->pre;
	j->data = o->data;
	j->hidden -= o->hides;
	j->n--;
}

static void
pop_to(struct job *j, size_t n)
{
	while (j->n > n)
		pop(j);
}

/* Looks up from the innermost element; what stands between the parts of a table is not to be
 * left from inside. SIZE_MAX: not there. */
static size_t
find_open(const struct job *j, unsigned wanted, unsigned fence)
{
	for (size_t i = j->n; i-- > 0;) {
		if (wanted >> j->at[i].what & 1)
			return i;
		if (fence >> j->at[i].what & 1)
			break;
	}
	return SIZE_MAX;
}

static void
close_open(struct job *j, unsigned wanted, unsigned fence)
{
	size_t i = find_open(j, wanted, fence);

	if (i != SIZE_MAX)
		pop_to(j, i);
}

/* What ends by itself when this begins (13.2.6.4.7 and on). */
static void
close_implied(struct job *j, enum html_element what)
{
	struct html_ends e = html_element_ends(what);

	if (what == HTML_ROWS || what == HTML_CAPTION)
		e.wanted |= HTML_BIT(HTML_TR);
	if (e.wanted)
		close_open(j, e.wanted, e.fence);
	if (what == HTML_LI || what == HTML_DL_ITEM)
		close_open(j, HTML_BIT(HTML_P), HTML_FENCE_CELL);
}

static void
list_mark(struct job *j, uint32_t value, struct open *o)
{
	size_t list = find_open(j, HTML_BIT(HTML_UL) | HTML_BIT(HTML_OL), HTML_FENCE_CELL);
	char mark[16] = "- ";

	if (j->hidden || j->cell)
		return;
	if (list != SIZE_MAX && j->at[list].what == HTML_OL) {
		if (value != UINT32_MAX)
			j->at[list].number = value;
		snprintf(mark, sizeof mark, "%u. ", j->at[list].number++);
	}
	o->prefix = (uint8_t)html_flow_push(&j->f, str_z(mark), false);
}

/* A cell behind another of its row. */
static void
cell_mark(struct job *j)
{
	size_t row = find_open(j, HTML_BIT(HTML_TR), HTML_FENCE_TABLE);

	if (j->data && !j->hidden && row != SIZE_MAX && j->at[row].number++ > 0)
		html_flow_mark(&j->f);
}

/* ---- tags */

struct facts {
	bool hides;
	uint32_t number;      /* start of <ol>, value of <li>; UINT32_MAX: none */
	struct str href, alt; /* p NULL: none */
};

static bool
read_attributes(struct job *j, struct facts *f)
{
	struct html_attr a;

	*f = (struct facts){ .number = UINT32_MAX };
	while (html_scan_attr(&j->s, &a)) {
		uint32_t v;

		f->hides = f->hides || html_element_hides(a.name, a.value);
		if (!f->href.p && html_is(a.name, STR_LIT("href")))
			f->href = a.value;
		else if (!f->alt.p && html_is(a.name, STR_LIT("alt")))
			f->alt = a.value;
		else if ((html_is(a.name, STR_LIT("start")) ||
				 html_is(a.name, STR_LIT("value"))) &&
			 str_u32(a.value, &v) == 0 && v < 1000000000)
			f->number = v;
	}
	return html_scan_close(&j->s);
}

static void
leaf(struct job *j, enum html_element what, const struct facts *f)
{
	if (j->hidden || f->hides)
		return;
	if (what == HTML_BR && j->cell)
		html_flow_space(&j->f);
	else if (what == HTML_BR)
		html_flow_newline(&j->f);
	else if (what == HTML_IMG && f->alt.p) {
		/* Its references are read like those of text, or nearly so. */
		text(j, f->alt);
	} else if (what == HTML_HR) {
		around(j, what);
		html_flow_ascii(&j->f, STR_LIT(RULE));
		around(j, what);
	}
}

static bool
is_data(struct job *j)
{
	size_t i = j->tables++;

	return i < j->kinds.n && j->kinds.p[i] == 1;
}

/* What begins with the element, once it is open. */
static void
enter(struct job *j, struct open *o, const struct facts *f)
{
	switch (o->what) {
	case HTML_PRE:
		j->f.pre = !j->cell;
		j->eat = true;
		break;
	case HTML_QUOTE:
		if (!j->hidden && !j->cell)
			o->prefix = (uint8_t)html_flow_push(&j->f, STR_LIT("> "), true);
		break;
	case HTML_OL:
		o->number = f->number == UINT32_MAX ? 1 : f->number;
		break;
	case HTML_LI:
		list_mark(j, f->number, o);
		break;
	case HTML_CELL:
		cell_mark(j);
		j->cell = j->data;
		break;
	default:
		break;
	}
}

static void
start(struct job *j, struct str name)
{
	enum html_element what = html_element(name);
	bool data = j->data;
	struct facts f;
	struct open *o;

	if (!read_attributes(j, &f))
		return;
	close_implied(j, what);
	if (what == HTML_TABLE) {
		lines(j, 2);
		data = j->data;
		j->data = is_data(j);
	}
	if (what == HTML_BR || what == HTML_HR || what == HTML_IMG || what == HTML_VOID) {
		leaf(j, what, &f);
		return;
	}
	if (what == HTML_A && !f.hides && !j->hidden && f.href.p)
		html_text_link_begin(&j->link, &j->f, f.href);
	if ((what == HTML_INLINE || what == HTML_A) && !f.hides && !j->hidden)
		return;
	j->lists += what == HTML_UL || what == HTML_OL;
	if (!f.hides)
		around(j, what);
	if (j->n == DEPTH_MAX) {
		j->over += what != HTML_INLINE && what != HTML_A;
		j->lists -= what == HTML_UL || what == HTML_OL;
		j->data = data;
		return;
	}
	o = &j->at[j->n++];
	*o = (struct open){ .name = name, .what = what, .hides = f.hides, .pre = j->f.pre };
	o->data = data;
	o->cell = j->cell;
	j->hidden += f.hides;
	enter(j, o, &f);
}

/* Does an end tag of the first stop at an open element of the second kind? */
static bool
is_fence(enum html_element end, enum html_element open)
{
	switch (end) {
	case HTML_INLINE:
	case HTML_A:
		return open != HTML_INLINE && open != HTML_A;
	case HTML_TABLE:
		return false;
	case HTML_CELL:
	case HTML_CAPTION:
	case HTML_TR:
	case HTML_ROWS:
		return open == HTML_TABLE;
	case HTML_LI:
		return HTML_FENCE_LIST >> open & 1;
	default:
		return HTML_FENCE_CELL >> open & 1;
	}
}

static void
end(struct job *j, struct str name)
{
	enum html_element what = html_element(name);

	if (!html_scan_close(&j->s))
		return;
	if (what == HTML_A && !j->hidden)
		html_text_link_end(&j->link, &j->f);
	if (j->over > 0 && what != HTML_INLINE && what != HTML_A) {
		j->over--;
		around(j, what);
		return;
	}
	for (size_t i = j->n; i-- > 0;) {
		if (j->at[i].name.n == name.n && str_ieq(j->at[i].name, name)) {
			pop_to(j, i);
			return;
		}
		if (is_fence(what, j->at[i].what))
			break;
	}
	/* </p> and </br> that end nothing make something (13.2.6.4.7). */
	if (what == HTML_P)
		around(j, what);
	else if (what == HTML_BR)
		leaf(j, what, &(struct facts){ 0 });
}

static void
walk(struct job *j, struct str html)
{
	struct html_token t;

	html_scan_init(&j->s, html, HTML_SCAN_TEXT);
	while (html_scan_next(&j->s, &t)) {
		if (t.kind == HTML_TEXT)
			text(j, t.text);
		else if (t.kind == HTML_START)
			start(j, t.text);
		else
			end(j, t.text);
	}
	html_text_link_end(&j->link, &j->f);
}

int
html_text(struct buf *out, struct str html, unsigned width)
{
	size_t before = out->n;
	struct job j = { 0 };
	int err;

	html_flow_init(&j.f, out, width);
	html_text_link_init(&j.link);
	buf_init(&j.kinds, HTML_TABLES_MAX);
	html_table_find(html, &j.kinds);
	walk(&j, html);
	err = html_flow_end(&j.f);
	if (err)
		buf_cut(out, before);
	buf_done(&j.kinds);
	html_text_link_done(&j.link);
	html_flow_done(&j.f);
	return err;
}
