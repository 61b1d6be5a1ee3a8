#include "content/advice_page.h"

#include "content/advice_style.h"
#include "content/html_element.h"
#include "content/html_ref.h"
#include "content/html_scan.h"
#include "content/html_text.h"

#include <errno.h>

#define DEPTH_MAX   200u
#define TEXT_MAX    (1u << 20)
#define LABEL_MAX   300u /* bytes of a link's text */
#define HREF_MAX    2000u
#define HIDDEN_MAX  300u
#define BUTTON_MOST 60u /* letters of a box that is one button */
#define NO_LINK     SIZE_MAX

/* An open element, with what it has of its parents. */
struct open {
	struct str name;
	enum html_element what;
	struct advice_colour back, fore;
	struct advice_colour around;               /* behind its own colour */
	bool box, hides;                           /* box: has a colour of its own */
	size_t letters, link_letters, links, link; /* of a box: inside it; the last link */
};

struct reader {
	struct html_scan s;
	struct advice_page *p;
	struct arena *a;
	struct open at[DEPTH_MAX];
	size_t n, over;
	unsigned hidden;
	size_t link; /* the one at work */
	size_t seen; /* letters that are shown */
	bool lost;
	struct buf label, hidden_text;
};

static const struct advice_colour white = { 255, 255, 255, true };
static const struct advice_colour black = { 0, 0, 0, true };
static const struct advice_colour link_blue = { 0, 0, 0xee, true };

static struct open *
top(struct reader *r)
{
	return &r->at[r->n - 1];
}

static void
tint(struct advice_page *p, struct advice_colour c, unsigned weight)
{
	if (!c.known)
		return;
	for (size_t i = 0; i < p->ntints; i++)
		if (advice_colour_same(p->tints[i].colour, c)) {
			p->tints[i].weight += weight;
			return;
		}
	if (p->ntints < ADVICE_TINTS_MAX)
		p->tints[p->ntints++] = (struct advice_tint){ c, weight };
}

/* ---- text */

static struct str
decoded(struct reader *r, struct str value, size_t max)
{
	struct str kept;
	struct buf b;

	buf_init(&b, max);
	(void)html_ref_decode(&b, str_head(value, max));
	kept = arena_str(r->a, str_trim(buf_str(&b)));
	buf_done(&b);
	r->lost = r->lost || !kept.p;
	return kept.p ? kept : STR_NONE;
}

/* White space collapsed, references decoded; as far as there is room. */
static void
add_text(struct buf *out, struct str s)
{
	while (s.n > 0 && out->n + 8 < out->max) {
		uint32_t point;
		size_t n = s.p[0] == '&' ? html_ref_read(s, false, &point) : 0;

		if (n == 0)
			n = html_ref_char(s, &point);
		s = str_from(s, n);
		if (point <= ' ' || point == 0xa0) {
			if (out->n > 0 && out->p[out->n - 1] != ' ')
				buf_put_c(out, ' ');
		} else if (point != 0x7f && (point < 0x80 || point >= 0xa0) && point != 0x34f &&
			   point != 0xad && (point < 0x200b || point > 0x200f) &&
			   point != 0xfeff) {
			html_ref_put(out, point);
		}
	}
}

static size_t
letters(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += !html_space(s.p[i]);
	return n;
}

static void
text(struct reader *r, struct str s)
{
	size_t n = letters(s);
	struct open *o = top(r);

	if (n == 0 && r->link == NO_LINK)
		return;
	if (r->hidden) {
		if (r->seen == 0)
			add_text(&r->hidden_text, s);
		return;
	}
	r->seen += n;
	o->letters += n;
	if (r->link == NO_LINK)
		return;
	if (n > 0 && letters(buf_str(&r->label)) == 0)
		r->p->links[r->link].fore = o->fore;
	o->link_letters += n;
	add_text(&r->label, s);
}

/* ---- links */

static void
link_end(struct reader *r)
{
	struct advice_link *l;
	struct str kept;

	if (r->link == NO_LINK)
		return;
	l = &r->p->links[r->link];
	kept = arena_str(r->a, str_trim(buf_str(&r->label)));
	r->lost = r->lost || !kept.p;
	l->text = kept.p ? kept : STR_NONE;
	buf_clear(&r->label);
	r->link = NO_LINK;
}

static void
link_begin(struct reader *r, size_t at, struct str href, const struct advice_style *s)
{
	const struct open *o = top(r);
	struct advice_link *l;

	link_end(r);
	if (r->p->nlinks == ADVICE_LINKS_MAX || r->hidden || s->hides)
		return;
	r->link = r->p->nlinks++;
	l = &r->p->links[r->link];
	*l = (struct advice_link){ .href = decoded(r, href, HREF_MAX),
		.text = STR_NONE,
		.at = at,
		.back = s->back.known ? s->back : o->back,
		.fore = s->fore.known ? s->fore : link_blue,
		.page = o->back };
	if (s->back.known && !advice_colour_same(s->back, o->back))
		l->shape = ADVICE_FILLED;
	else if ((s->padded && (s->blocky || s->border.known)) || s->buttonlike)
		l->shape = ADVICE_GHOST;
}

/* A box that holds one short link and nothing else is the button ("bulletproof"). */
static bool
is_button(struct reader *r, const struct open *o)
{
	struct advice_link *l;

	if (o->links != 1 || o->letters == 0 || o->letters != o->link_letters ||
		o->letters > BUTTON_MOST || advice_colour_same(o->back, o->around) ||
		html_is(o->name, STR_LIT("body")))
		return false;
	l = &r->p->links[o->link];
	if (l->picture)
		return false;
	if (l->shape != ADVICE_FILLED)
		l->back = o->back;
	l->shape = ADVICE_FILLED;
	l->page = o->around;
	return true;
}

/* ---- elements */

static void
pop(struct reader *r)
{
	struct open *o = top(r), *outer = r->n > 1 ? &r->at[r->n - 2] : NULL;

	if (o->box && !is_button(r, o))
		tint(r->p, o->back, 3);
	r->hidden -= o->hides;
	if (outer) {
		outer->letters += o->letters;
		outer->link_letters += o->link_letters;
		outer->links += o->links;
		outer->link = o->links ? o->link : outer->link;
		r->n--;
	}
}

static void
push(struct reader *r, const struct html_token *token, const struct advice_style *s, bool link)
{
	const struct open *o = top(r);

	if (r->n == DEPTH_MAX) {
		r->over++;
		return;
	}
	r->at[r->n] = (struct open){ .name = token->text,
		.what = html_element(token->text),
		.back = s->back.known ? s->back : o->back,
		.fore = s->fore.known ? s->fore
		        : link        ? link_blue
		                      : o->fore,
		.around = o->back,
		.box = s->back.known && !link,
		.hides = s->hides };
	r->n++;
	r->hidden += s->hides;
	if (link && r->link != NO_LINK) {
		top(r)->links = 1;
		top(r)->link = r->link;
	}
	if (s->fore.known && r->link == NO_LINK)
		tint(r->p, s->fore, 1);
}

static void
image(struct reader *r, struct str src, struct str alt, bool sized)
{
	struct advice_page *p = r->p;

	if (r->hidden || p->nimages == ADVICE_IMAGES_MAX)
		return;
	p->images[p->nimages++] = (struct advice_image){ .src = decoded(r, src, HREF_MAX),
		.alt = alt.p != NULL,
		.empty = letters(alt) == 0,
		.sized = sized,
		.linked = r->link != NO_LINK };
	if (r->link == NO_LINK)
		return;
	p->links[r->link].picture = true;
	add_text(&r->label, STR_LIT(" "));
	add_text(&r->label, alt);
}

/* <p>, <li> and the parts of tables that end by themselves. */
static void
close_implied(struct reader *r, enum html_element what)
{
	size_t i = r->n;

	if (what == HTML_P && top(r)->what == HTML_P) {
		pop(r);
		return;
	}
	if (what != HTML_CELL && what != HTML_TR && what != HTML_LI)
		return;
	while (i-- > 1) {
		enum html_element open = r->at[i].what;

		if (open == what) {
			while (r->n > i)
				pop(r);
			return;
		}
		if (open == HTML_TABLE || open == HTML_UL || open == HTML_OL)
			return;
	}
}

struct tag {
	struct advice_style style;
	struct str href, src, alt; /* p NULL: none */
	bool sized;
};

static bool
read_tag(struct reader *r, struct tag *t)
{
	struct html_attr a;

	*t = (struct tag){ 0 };
	while (html_scan_attr(&r->s, &a)) {
		advice_style_add(&t->style, &a);
		if (!t->href.p && html_is(a.name, STR_LIT("href")))
			t->href = a.value;
		else if (!t->src.p && html_is(a.name, STR_LIT("src")))
			t->src = a.value;
		else if (!t->alt.p && html_is(a.name, STR_LIT("alt")))
			t->alt = a.value;
		else if (html_is(a.name, STR_LIT("width")))
			t->sized = true;
	}
	return html_scan_close(&r->s);
}

static void
start(struct reader *r, const struct html_token *token)
{
	enum html_element what = html_element(token->text);
	bool link;
	struct tag t;

	if (!read_tag(r, &t))
		return;
	close_implied(r, what);
	if (what == HTML_IMG && !t.style.hides)
		image(r, t.src.p ? t.src : STR_NONE, t.alt, t.sized);
	if (what == HTML_BR || what == HTML_HR)
		text(r, STR_LIT(" "));
	if (what == HTML_IMG || what == HTML_VOID || what == HTML_BR || what == HTML_HR)
		return;
	link = what == HTML_A && t.href.p;
	if (link)
		link_begin(r, token->at, t.href, &t.style);
	push(r, token, &t.style, link);
}

static void
end(struct reader *r, struct str name)
{
	if (!html_scan_close(&r->s))
		return;
	if (html_is(name, STR_LIT("a")) && !r->hidden)
		link_end(r);
	if (r->over > 0) {
		r->over--;
		return;
	}
	for (size_t i = r->n; i-- > 1;) {
		if (r->at[i].name.n != name.n || !str_ieq(r->at[i].name, name))
			continue;
		while (r->n > i)
			pop(r);
		return;
	}
}

static void
walk(struct reader *r, struct str html)
{
	struct html_token t;

	html_scan_init(&r->s, html, HTML_SCAN_TEXT);
	while (html_scan_next(&r->s, &t)) {
		if (t.kind == HTML_TEXT)
			text(r, t.text);
		else if (t.kind == HTML_START)
			start(r, &t);
		else
			end(r, t.text);
	}
	link_end(r);
	while (r->n > 1)
		pop(r);
}

static struct str
shown(struct reader *r, struct str html)
{
	struct str kept = STR_NONE;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	if (html_text(&b, html, HTML_TEXT_WIDTH) == 0)
		kept = arena_str(r->a, buf_str(&b));
	buf_done(&b);
	r->lost = r->lost || !kept.p;
	return kept.p ? kept : STR_NONE;
}

int
advice_page_read(struct advice_page *p, struct arena *a, struct str html)
{
	struct reader r = { .p = p, .a = a, .link = NO_LINK, .n = 1 };
	struct str kept;

	p->nlinks = p->nimages = p->ntints = 0;
	r.at[0] = (struct open){
		.name = STR_NONE, .what = HTML_INLINE, .back = white, .fore = black
	};
	buf_init(&r.label, LABEL_MAX);
	buf_init(&r.hidden_text, HIDDEN_MAX);
	walk(&r, html);
	p->text = shown(&r, html);
	kept = arena_str(a, str_trim(buf_str(&r.hidden_text)));
	p->hidden = kept.p ? kept : STR_NONE;
	buf_done(&r.label);
	buf_done(&r.hidden_text);
	return r.lost || !kept.p ? -E2BIG : 0;
}

struct advice_colour
advice_page_main(const struct advice_page *p)
{
	struct advice_tint best = { 0 };

	for (size_t i = 0; i < p->ntints; i++)
		if (!advice_colour_is_grey(p->tints[i].colour) &&
			p->tints[i].weight > best.weight)
			best = p->tints[i];
	return best.colour;
}
