#include "content/link_scan.h"

void
link_scan_init(struct link_scan *s, struct str html)
{
	html_scan_init(&s->html, html, HTML_SCAN_MSO);
}

size_t
link_scan_dead(const struct link_scan *s)
{
	return s->html.dead;
}

/* What the vendors we stand in for document (SendGrid, Mailgun, Postmark, Amazon SES). */
static bool
opts_out(const struct html_attr *a)
{
	return (html_is(a->name, STR_LIT("clicktracking")) &&
		       html_is(a->value, STR_LIT("off"))) ||
	       (html_is(a->name, STR_LIT("disable-tracking")) &&
		       html_is(a->value, STR_LIT("true"))) ||
	       html_is(a->name, STR_LIT("data-pm-no-track")) ||
	       html_is(a->name, STR_LIT("ses:no-track"));
}

/* The first href counts (13.2.5.33). */
static void
attributes(struct html_scan *s, struct link_tag *tag)
{
	struct html_attr a;
	bool href = false;

	while (html_scan_attr(s, &a)) {
		tag->opted_out = tag->opted_out || opts_out(&a);
		if (href || !html_is(a.name, STR_LIT("href")))
			continue;
		href = true;
		tag->n = a.value.n;
		tag->value = a.value.n > 0 ? (size_t)(a.value.p - s->in.p) : 0;
	}
}

static bool
bears_links(const struct html_token *t)
{
	if (t->kind != HTML_START)
		return false;
	return html_is(t->text, STR_LIT("a")) || html_is(t->text, STR_LIT("area")) ||
	       (t->conditional && str_istarts(t->text, STR_LIT("v:")));
}

bool
link_scan_next(struct link_scan *s, struct link_tag *ret_tag)
{
	struct html_token t;

	while (html_scan_next(&s->html, &t)) {
		struct link_tag tag = { .at = t.at, .conditional = t.conditional };

		if (bears_links(&t)) {
			attributes(&s->html, &tag);
		} else if (t.kind == HTML_END && !t.conditional &&
			   html_is(t.text, STR_LIT("body"))) {
			tag.body_end = true;
		} else {
			continue;
		}
		if (html_scan_close(&s->html) && (tag.n > 0 || tag.body_end)) {
			*ret_tag = tag;
			return true;
		}
	}
	return false;
}
