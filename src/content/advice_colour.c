#include "content/advice_colour.h"

#include "content/advice_colour_tbl.h"

#include <stdio.h>

#define LABEL_MIN 450u /* WCAG 1.4.3 */
#define SHAPE_MIN 300u /* WCAG 1.4.11 */
#define GREY_MOST 12   /* percent of saturation */
#define NAME_MAX  24u

static struct advice_colour
of_number(uint32_t v)
{
	return (struct advice_colour){ (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v,
		true };
}

/* ---- reading */

static struct advice_colour
named(struct str name)
{
	static const struct {
		const char *name;
		uint32_t value;
	} names[] = {
#define C(name, value) { name, value },
		ADVICE_COLOUR_TABLE(C)
#undef C
	};
	size_t low = 0, high = sizeof names / sizeof *names;
	char lower[NAME_MAX];

	if (name.n > sizeof lower)
		return (struct advice_colour){ 0 };
	for (size_t i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(str_of(lower, name.n), str_z(names[middle].name));

		if (order == 0)
			return of_number(names[middle].value);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (struct advice_colour){ 0 };
}

/* Behind the '#'. */
static struct advice_colour
hex(struct str s)
{
	uint32_t v = 0, alpha = 15;

	if (s.n != 3 && s.n != 4 && s.n != 6 && s.n != 8)
		return (struct advice_colour){ 0 };
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);
		uint32_t digit = ascii_digit(c)         ? (uint32_t)(c - '0')
		                 : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
		                                        : 99;

		if (digit == 99)
			return (struct advice_colour){ 0 };
		if ((s.n == 4 && i == 3) || (s.n == 8 && i >= 6)) {
			if (i != 7)
				alpha = digit;
			continue;
		}
		v = v << 4 | digit;
		if (s.n <= 4)
			v = v << 4 | digit;
	}
	return alpha >= 8 ? of_number(v) : (struct advice_colour){ 0 };
}

/* The next number of a function's arguments in hundredths; false: none. */
static bool
number(struct str *s, long *ret_v, bool *ret_percent)
{
	long v = 0, unit = 100;
	size_t i = 0;
	bool point = false, any = false;

	while (i < s->n && !ascii_digit(s->p[i]) && s->p[i] != '.')
		i++;
	for (; i < s->n && (ascii_digit(s->p[i]) || (s->p[i] == '.' && !point)); i++) {
		if (s->p[i] == '.') {
			point = true;
			continue;
		}
		any = true;
		if (point)
			unit /= 10;
		if (point)
			v += (s->p[i] - '0') * unit;
		else if (v < 1000000)
			v = v * 10 + (s->p[i] - '0') * 100;
	}
	*ret_percent = i < s->n && s->p[i] == '%';
	*s = str_from(*s, i);
	*ret_v = v;
	return any;
}

static uint8_t
channel(long hundredths, bool percent)
{
	long v = percent ? hundredths * 255 / 10000 : hundredths / 100;

	return (uint8_t)(v > 255 ? 255 : v);
}

/* "rgb(1 2 3 / 50%)", with commas too; the same of hsl. */
static struct advice_colour
function(struct str s)
{
	bool is_rgb = str_istarts(s, STR_LIT("rgb")), percent[4] = { 0 };
	long v[4] = { 0, 0, 0, 100 };
	size_t n = 0;

	s = str_head(s, str_find(s, ')'));
	s = str_from(s, str_find(s, '('));
	while (n < 4 && number(&s, &v[n], &percent[n]))
		n++;
	if (n < 3 || (n == 4 && v[3] < (percent[3] ? 5000 : 50)))
		return (struct advice_colour){ 0 };
	if (is_rgb)
		return (struct advice_colour){ channel(v[0], percent[0]),
			channel(v[1], percent[1]), channel(v[2], percent[2]), true };
	return advice_colour_of_hsl((struct advice_hsl){
		(int)(v[0] / 100 % 360), (int)(v[1] / 100), (int)(v[2] / 100) });
}

struct advice_colour
advice_colour_read(struct str css)
{
	struct advice_colour c = { 0 };

	while (css.n > 0 && !c.known) {
		size_t n = 0;

		css = str_trim_all(css);
		if (str_istarts(css, STR_LIT("rgb")) || str_istarts(css, STR_LIT("hsl")))
			return function(css);
		if (str_istarts(css, STR_LIT("url(")))
			n = str_find(css, ')');
		while (n < css.n && css.p[n] != ' ' && css.p[n] != '(' && css.p[n] != ',')
			n++;
		/* "fff" without its '#' is read so in old attributes. */
		c = css.n > 0 && css.p[0] == '#' ? hex(str_of(css.p + 1, n ? n - 1 : 0))
		                                 : named(str_head(css, n));
		css = str_from(css, n + 1);
	}
	return c;
}

void
advice_colour_write(struct advice_colour c, char ret_text[ADVICE_COLOUR_TEXT])
{
	snprintf(ret_text, ADVICE_COLOUR_TEXT, "#%02x%02x%02x", c.r, c.g, c.b);
}

bool
advice_colour_same(struct advice_colour a, struct advice_colour b)
{
	return a.known && b.known && a.r == b.r && a.g == b.g && a.b == b.b;
}

/* ---- contrast */

static uint32_t
light(struct advice_colour c)
{
	static const uint64_t of[256] = { ADVICE_COLOUR_LIGHT };

	return (uint32_t)((of[c.r] * 2126u + of[c.g] * 7152u + of[c.b] * 722u) / 10000u);
}

unsigned
advice_colour_contrast(struct advice_colour a, struct advice_colour b)
{
	uint32_t one = light(a) + 50000, two = light(b) + 50000;

	return (unsigned)(one > two ? one * 100ull / two : two * 100ull / one);
}

struct advice_colour
advice_colour_label(struct advice_colour on)
{
	struct advice_colour white = of_number(0xffffff), black = of_number(0);

	return advice_colour_contrast(on, white) >= LABEL_MIN ||
	                       advice_colour_contrast(on, white) >=
	                               advice_colour_contrast(on, black)
	               ? white
	               : black;
}

/* ---- hues */

struct advice_hsl
advice_colour_hsl(struct advice_colour c)
{
	int most = c.r > c.g ? (c.r > c.b ? c.r : c.b) : (c.g > c.b ? c.g : c.b);
	int least = c.r < c.g ? (c.r < c.b ? c.r : c.b) : (c.g < c.b ? c.g : c.b);
	int d = most - least, sum = most + least, h;

	if (d == 0)
		return (struct advice_hsl){ 0, 0, sum * 100 / 510 };
	if (most == c.r)
		h = 60 * (c.g - c.b) / d;
	else if (most == c.g)
		h = 120 + 60 * (c.b - c.r) / d;
	else
		h = 240 + 60 * (c.r - c.g) / d;
	return (struct advice_hsl){ (h + 360) % 360, d * 100 / (sum <= 255 ? sum : 510 - sum),
		sum * 100 / 510 };
}

/* All in thousandths. */
static uint8_t
hsl_channel(int low, int high, int degrees)
{
	int h = (degrees + 360) % 360, v;

	if (h < 60)
		v = low + (high - low) * h / 60;
	else if (h < 180)
		v = high;
	else if (h < 240)
		v = low + (high - low) * (240 - h) / 60;
	else
		v = low;
	return (uint8_t)((v * 255 + 500) / 1000);
}

struct advice_colour
advice_colour_of_hsl(struct advice_hsl c)
{
	int s = (c.s > 100 ? 100 : c.s) * 10, l = (c.l > 100 ? 100 : c.l) * 10;
	int high = l < 500 ? l * (1000 + s) / 1000 : l + s - l * s / 1000;
	int low = 2 * l - high;

	return (struct advice_colour){ hsl_channel(low, high, c.h + 120),
		hsl_channel(low, high, c.h), hsl_channel(low, high, c.h - 120), true };
}

bool
advice_colour_is_grey(struct advice_colour c)
{
	struct advice_hsl h = advice_colour_hsl(c);

	return !c.known || h.s <= GREY_MOST || h.l <= 8 || h.l >= 95;
}

int
advice_colour_apart(struct advice_colour a, struct advice_colour b)
{
	int d = advice_colour_hsl(a).h - advice_colour_hsl(b).h;

	d = (d + 360) % 360;
	return d > 180 ? 360 - d : d;
}

bool
advice_colour_suits(struct advice_colour a, struct advice_colour b)
{
	int apart = advice_colour_apart(a, b);

	return advice_colour_is_grey(a) || advice_colour_is_grey(b) || apart <= 30 ||
	       apart >= 110;
}

/* Of this hue, the lightness nearest to the middle that is read well; else the best. */
static struct advice_colour
strong(int h, int s, struct advice_colour page)
{
	static const int levels[] = { 45, 40, 50, 35, 55, 30, 60, 25, 70, 80 };
	struct advice_colour best = { 0 };
	unsigned most = 0;

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		struct advice_colour c =
			advice_colour_of_hsl((struct advice_hsl){ h, s, levels[i] });
		unsigned label = advice_colour_contrast(c, advice_colour_label(c));
		unsigned shape = advice_colour_contrast(c, page);

		if (label >= LABEL_MIN && shape >= SHAPE_MIN)
			return c;
		if (shape > most) {
			most = shape;
			best = c;
		}
	}
	return best;
}

size_t
advice_colour_palette(struct advice_colour chief, struct advice_colour page,
	struct advice_colour ret_c[ADVICE_COLOUR_PALETTE])
{
	static const int turns[ADVICE_COLOUR_PALETTE] = { 180, 150, 210, 120, 0 };
	struct advice_hsl of = advice_colour_hsl(chief);

	for (size_t i = 0; i < ADVICE_COLOUR_PALETTE; i++)
		ret_c[i] = strong((of.h + turns[i]) % 360, of.s > 60 ? of.s : 60, page);
	return ADVICE_COLOUR_PALETTE;
}
