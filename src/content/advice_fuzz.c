/*
 * Laws: any message gets advice; the same twice; in both languages the same checks and levels;
 * each check speaks once; the JSON is UTF-8.
 * The first byte chooses options, the rest is HTML and, cut at NULs, the other fields.
 */
#include "content/advice.h"

#include "base/must.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_items(const struct advice *advice)
{
	for (size_t i = 0; i < advice->n; i++) {
		const struct advice_item *item = &advice->items[i];

		must(item->seen.n > 0 && item->why.n > 0);
		must((item->level == ADVICE_GOOD) == (item->fix.n == 0));
		for (size_t k = 0; k < i; k++)
			must(advice->items[k].id != item->id);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned options = n ? data[0] : 0;
	struct str rest = { (const char *)data + (n > 0), n - (n > 0) };
	struct advice_mail m = { .broadcast = options & 1,
		.made_text = options & 2,
		.list_headers = options & 4,
		.language = options & 8 ? STR_LIT("fr") : STR_NONE };
	struct advice one, two;
	struct arena a, b;
	struct buf json, again;

	m.html = str_cut(&rest, '\0');
	m.subject = rest.p ? str_cut(&rest, '\0') : STR_NONE;
	m.from_address = rest.p ? str_cut(&rest, '\0') : STR_NONE;
	m.from_name = rest.p ? str_cut(&rest, '\0') : STR_NONE;
	m.text = rest.p ? rest : STR_NONE;
	arena_init(&a, ADVICE_ARENA);
	arena_init(&b, ADVICE_ARENA);
	buf_init(&json, 1u << 20);
	buf_init(&again, 1u << 20);
	must(advice_make(&a, &m, ADVICE_EN, &one) == 0);
	must(advice_json(&json, &one) == 0);
	must(text_is_utf8(buf_str(&json)));
	check_items(&one);
	must(advice_make(&b, &m, ADVICE_EN, &two) == 0);
	must(advice_json(&again, &two) == 0);
	must(str_eq(buf_str(&json), buf_str(&again)));
	arena_reset(&b);
	must(advice_make(&b, &m, ADVICE_FR, &two) == 0);
	check_items(&two);
	must(one.n == two.n);
	for (size_t i = 0; i < one.n; i++)
		must(one.items[i].id == two.items[i].id &&
			one.items[i].level == two.items[i].level);
	buf_done(&json);
	buf_done(&again);
	arena_done(&a);
	arena_done(&b);
	return 0;
}
