#include "content/advice_style.h"

#include "base/buf.h"
#include "content/html_element.h"
#include "content/html_ref.h"

#define STYLE_MAX 4096u /* bytes of an attribute that are read */

static bool
is_nothing(struct str v)
{
	return v.n == 0 || v.p[0] == '0' || html_is(v, STR_LIT("none")) ||
	       html_is(v, STR_LIT("auto")) || html_is(v, STR_LIT("inherit"));
}

static void
declaration(struct advice_style *s, struct str name, struct str v)
{
	struct advice_colour c;

	if (html_is(name, STR_LIT("background-color")) ||
		html_is(name, STR_LIT("background"))) {
		c = advice_colour_read(v);
		if (c.known)
			s->back = c;
	} else if (html_is(name, STR_LIT("color"))) {
		c = advice_colour_read(v);
		if (c.known)
			s->fore = c;
	} else if (html_is(name, STR_LIT("border")) || html_is(name, STR_LIT("border-color"))) {
		c = advice_colour_read(v);
		if (c.known && !is_nothing(v))
			s->border = c;
	} else if (str_istarts(name, STR_LIT("padding"))) {
		/* "0 12px" is some, "0" and "0px" are none. */
		s->padded = s->padded || !is_nothing(v) || str_find(v, ' ') < v.n;
	} else if (html_is(name, STR_LIT("display"))) {
		s->blocky = html_is(v, STR_LIT("block")) || html_is(v, STR_LIT("inline-block"));
	}
}

static void
declarations(struct advice_style *s, struct str value)
{
	while (value.p && value.n > 0) {
		struct str v = str_cut(&value, ';');
		struct str name = str_trim_all(str_cut(&v, ':'));

		if (v.p)
			declaration(s, name, str_trim_all(str_head(v, str_find(v, '!'))));
	}
}

/* "btn", "button-primary", "cta". */
static bool names_button(struct str class)
{
	static const struct str names[] = { STR_LIT("btn"), STR_LIT("button"), STR_LIT("cta") };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (size_t k = 0; k < class.n; k++)
			if (str_istarts(str_from(class, k), names[i]))
				return true;
	return false;
}

void
advice_style_add(struct advice_style *s, const struct html_attr *a)
{
	struct advice_colour c;
	struct buf plain;

	s->hides = s->hides || html_element_hides(a->name, a->value);
	if (html_is(a->name, STR_LIT("style"))) {
		buf_init(&plain, STYLE_MAX);
		(void)html_ref_decode(&plain, str_head(a->value, STYLE_MAX));
		declarations(s, buf_str(&plain));
		buf_done(&plain);
	} else if (html_is(a->name, STR_LIT("bgcolor")) && !s->back.known) {
		s->back = advice_colour_read(a->value);
	} else if (html_is(a->name, STR_LIT("color")) && !s->fore.known) {
		c = advice_colour_read(a->value);
		if (c.known)
			s->fore = c;
	} else if (html_is(a->name, STR_LIT("class"))) {
		s->buttonlike = names_button(str_head(a->value, 200));
	}
}
