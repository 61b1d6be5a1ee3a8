#include "content/html_element.h"

#include "content/html_scan.h"

#define NAME_MAX 12u

struct row {
	const char *name;
	enum html_element what;
};

enum html_element
html_element(struct str name)
{
	/* Sorted. */
	static const struct row rows[] = { { "a", HTML_A }, { "address", HTML_BLOCK },
		{ "area", HTML_VOID }, { "article", HTML_BLOCK }, { "aside", HTML_BLOCK },
		{ "base", HTML_VOID }, { "blockquote", HTML_QUOTE }, { "body", HTML_BLOCK },
		{ "br", HTML_BR }, { "caption", HTML_CAPTION }, { "center", HTML_BLOCK },
		{ "col", HTML_VOID }, { "dd", HTML_DL_ITEM }, { "details", HTML_BLOCK },
		{ "dir", HTML_UL }, { "div", HTML_BLOCK }, { "dl", HTML_PARA },
		{ "dt", HTML_DL_ITEM }, { "embed", HTML_VOID }, { "fieldset", HTML_BLOCK },
		{ "figcaption", HTML_BLOCK }, { "figure", HTML_BLOCK },
		{ "footer", HTML_BLOCK }, { "form", HTML_BLOCK }, { "h1", HTML_PARA },
		{ "h2", HTML_PARA }, { "h3", HTML_PARA }, { "h4", HTML_PARA },
		{ "h5", HTML_PARA }, { "h6", HTML_PARA }, { "header", HTML_BLOCK },
		{ "hgroup", HTML_BLOCK }, { "hr", HTML_HR }, { "img", HTML_IMG },
		{ "input", HTML_VOID }, { "legend", HTML_BLOCK }, { "li", HTML_LI },
		{ "link", HTML_VOID }, { "listing", HTML_PRE }, { "main", HTML_BLOCK },
		{ "menu", HTML_UL }, { "meta", HTML_VOID }, { "nav", HTML_BLOCK },
		{ "ol", HTML_OL }, { "optgroup", HTML_BLOCK }, { "option", HTML_OPTION },
		{ "p", HTML_P }, { "param", HTML_VOID }, { "pre", HTML_PRE },
		{ "search", HTML_BLOCK }, { "section", HTML_BLOCK }, { "source", HTML_VOID },
		{ "summary", HTML_BLOCK }, { "table", HTML_TABLE }, { "tbody", HTML_ROWS },
		{ "td", HTML_CELL }, { "tfoot", HTML_ROWS }, { "th", HTML_CELL },
		{ "thead", HTML_ROWS }, { "tr", HTML_TR }, { "track", HTML_VOID },
		{ "ul", HTML_UL }, { "wbr", HTML_VOID } };
	size_t low = 0, high = sizeof rows / sizeof *rows;
	char lower[NAME_MAX];

	if (name.n > NAME_MAX)
		return HTML_INLINE;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(str_of(lower, name.n), str_z(rows[middle].name));

		if (order == 0)
			return rows[middle].what;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return HTML_INLINE;
}

struct html_ends
html_element_ends(enum html_element what)
{
	switch (what) {
	case HTML_INLINE:
	case HTML_VOID:
	case HTML_A:
	case HTML_BR:
	case HTML_IMG:
		return (struct html_ends){ 0, 0 };
	case HTML_LI:
	case HTML_DL_ITEM:
	case HTML_OPTION:
		return (struct html_ends){ HTML_BIT(what), HTML_FENCE_LIST };
	case HTML_CELL:
	case HTML_TR:
	case HTML_ROWS:
		return (struct html_ends){ HTML_BIT(what) | HTML_BIT(HTML_CAPTION),
			HTML_FENCE_TABLE };
	case HTML_CAPTION:
		return (struct html_ends){ HTML_BIT(HTML_ROWS) | HTML_BIT(HTML_CAPTION),
			HTML_FENCE_TABLE };
	default:
		return (struct html_ends){ HTML_BIT(HTML_P), HTML_FENCE_CELL };
	}
}

/* "0", "0px", "0.0em": nothing of it. */
static bool
is_zero(struct str value)
{
	size_t i = 0;

	while (i < value.n && (value.p[i] == '0' || value.p[i] == '.'))
		i++;
	return i > 0 && value.p[0] == '0' && (i == value.n || !ascii_digit(value.p[i]));
}

static struct str
css_value(struct str v)
{
	size_t important = str_find(v, '!');

	return str_trim_all(str_head(v, important));
}

bool
html_element_hides(struct str attribute, struct str value)
{
	bool clipped = false, flat = false;

	if (html_is(attribute, STR_LIT("hidden")))
		return true;
	if (!html_is(attribute, STR_LIT("style")))
		return false;
	while (value.p && value.n > 0) {
		struct str v = str_cut(&value, ';');
		struct str name = str_trim_all(str_cut(&v, ':'));

		v = v.p ? css_value(v) : STR_NONE;
		if ((html_is(name, STR_LIT("display")) && html_is(v, STR_LIT("none"))) ||
			(html_is(name, STR_LIT("visibility")) &&
				html_is(v, STR_LIT("hidden"))) ||
			(html_is(name, STR_LIT("opacity")) && is_zero(v)))
			return true;
		if (html_is(name, STR_LIT("overflow")))
			clipped = html_is(v, STR_LIT("hidden"));
		if (html_is(name, STR_LIT("max-height")) || html_is(name, STR_LIT("height")))
			flat = flat || is_zero(v);
	}
	return clipped && flat;
}
