#include "content/advice_colour.h"

#include "base/test.h"

static void
test_read(void **state)
{
	static const struct {
		const char *name, *want; /* want "": not known */
	} table[] = {
		{ "#fff", "#ffffff" },
		{ "#1A2b3C", "#1a2b3c" },
		{ "#abcf", "#aabbcc" },
		{ "#abc1", "" },
		{ "#aabbcc80", "#aabbcc" },
		{ "#aabbcc10", "" },
		{ "#ab", "" },
		{ "#ggg", "" },
		{ " Red ", "#ff0000" },
		{ "rebeccapurple", "#663399" },
		{ "rgb(1, 20, 255)", "#0114ff" },
		{ "rgb(100% 0% 50%)", "#ff007f" },
		{ "rgba(1,2,3,.9)", "#010203" },
		{ "rgba(1,2,3,0.1)", "" },
		{ "rgb(300,2,3)", "#ff0203" },
		{ "rgb(1,2)", "" },
		{ "hsl(120, 100%, 25%)", "#008000" },
		{ "hsl(0 100% 50%)", "#ff0000" },
		{ "url(https://x/#fff) #abc no-repeat", "#aabbcc" },
		{ "none", "" },
		{ "transparent", "" },
		{ "", "" },
		{ "linear-gradient(90deg, #111, #222)", "#111111" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct advice_colour c = advice_colour_read(str_z(row->name));
		char text[ADVICE_COLOUR_TEXT] = "";

		if (c.known)
			advice_colour_write(c, text);
		assert_string_equal(text, row->want);
	}
}

/* Ratios as published for these pairs. */
static void
test_contrast(void **state)
{
	static const struct {
		const char *name, *on;
		unsigned want;
	} table[] = {
		{ "black", "white", 2100 },
		{ "white", "white", 100 },
		{ "#777777", "#ffffff", 447 },
		{ "#767676", "#ffffff", 454 },
		{ "#ff0000", "#ffffff", 399 },
		{ "#0000ff", "#ffffff", 859 },
		{ "#ffffff", "#0000ff", 859 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		unsigned got = advice_colour_contrast(advice_colour_read(str_z(row->name)),
			advice_colour_read(str_z(row->on)));

		assert_in_range(got, row->want - 1, row->want + 1);
	}
}

static void
test_hues(void **state)
{
	static const struct {
		const char *name, *other;
		int apart;
		bool suits;
	} table[] = {
		{ "#ff0000", "#00ffff", 180, true },
		{ "#ff0000", "#ffff00", 60, false },
		{ "#ff0000", "#ff4000", 15, true },
		{ "#0000ff", "#ff0000", 120, true },
		{ "#333333", "#ffff00", 60, true },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct advice_colour a = advice_colour_read(str_z(row->name)),
				     b = advice_colour_read(str_z(row->other));

		assert_int_equal(advice_colour_apart(a, b), row->apart);
		assert_int_equal(advice_colour_apart(b, a), row->apart);
		assert_int_equal(advice_colour_suits(a, b), row->suits);
	}
}

/* There and back, but for what whole percents lose. */
static void
test_hsl(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 0x1000000; v += 70001) {
		struct advice_colour a = { (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v,
			true };
		struct advice_colour b = advice_colour_of_hsl(advice_colour_hsl(a));

		assert_in_range(b.r - a.r + 10, 0, 20);
		assert_in_range(b.g - a.g + 10, 0, 20);
		assert_in_range(b.b - a.b + 10, 0, 20);
	}
}

/* What is proposed keeps its own rules, for every hue on light and dark pages. */
static void
test_palette(void **state)
{
	static const char *const pages[] = { "#ffffff", "#f4f4f4", "#222222" };

	(void)state;
	for (size_t p = 0; p < TEST_COUNT(pages); p++)
		for (int h = 0; h < 360; h += 7) {
			struct advice_colour c[ADVICE_COLOUR_PALETTE],
				page = advice_colour_read(str_z(pages[p])),
				chief = advice_colour_of_hsl((struct advice_hsl){ h, 70, 40 });

			assert_int_equal(
				advice_colour_palette(chief, page, c), ADVICE_COLOUR_PALETTE);
			for (size_t i = 0; i < ADVICE_COLOUR_PALETTE; i++) {
				assert_true(advice_colour_contrast(c[i], page) >= 300);
				assert_true(advice_colour_contrast(
						    c[i], advice_colour_label(c[i])) >= 450);
				assert_true(advice_colour_suits(chief, c[i]));
			}
		}
}

TEST_MAIN(TEST(test_read), TEST(test_contrast), TEST(test_hues), TEST(test_hsl),
	TEST(test_palette))
