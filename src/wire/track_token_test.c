#include "wire/track_token.h"

#include "base/test.h"

#include <errno.h>

#define SHOP "https://shop.example/?a=1&b=2#c"

static const struct track_token_key keys[] = { { 7, { 1, 2, 3, [31] = 9 } },
	{ 6, { 4, 5, 6, [31] = 9 } }, { 7, { 4, 5, 6, [31] = 9 } } };

static const struct {
	const char *name;
	struct track_token t;
} tokens[] = {
	{ "open", { .kind = TRACK_TOKEN_OPEN } },
	{ "open with consent",
		{ TRACK_TOKEN_OPEN, TRACK_TOKEN_CONSENT, 1, 2, 3, 4, 5, STR_NONE, 0 } },
	{ "click", { TRACK_TOKEN_CLICK, 0, 1, 2, 3, 4, 5, STR_LIT(SHOP), 0 } },
	{ "unsubscribe",
		{ TRACK_TOKEN_UNSUBSCRIBE, 1, 1, 2, 3, 4, 5, STR_LIT("a@b.example"), 0 } },
	{ "of a group",
		{ TRACK_TOKEN_UNSUBSCRIBE, 1, 1, 2, 3, 4, 5, STR_LIT("a@b.example"), 7 } },
	{ "with groups",
		{ TRACK_TOKEN_CHOICE, 1, 1, 2, 3, 4, 5, STR_LIT("\2\0\0\0\7\0\0\1\0a@b"), 7 } },
	{ "page", { .kind = TRACK_TOKEN_WEB, .flags = TRACK_TOKEN_SHARED } },
	{ "largest", { TRACK_TOKEN_UNSUBSCRIBE, 15, UINT8_MAX, UINT16_MAX, UINT32_MAX,
			     UINT32_MAX, (UINT64_C(1) << 53) - 1, STR_LIT("x"), UINT32_MAX } },
};

/* A box of the keys from `first` on. */
static struct track_token_box *
box(size_t first, size_t n)
{
	return track_token_box_new(keys + first, n);
}

static bool
same(const struct track_token *a, const struct track_token *b)
{
	return a->kind == b->kind && a->flags == b->flags && a->stream == b->stream &&
	       a->index == b->index && a->tenant == b->tenant && a->accepted == b->accepted &&
	       a->message == b->message && str_eq(a->text, b->text) && a->group == b->group;
}

static int
read_is(const struct track_token_box *b, struct str text, const struct track_token *want)
{
	struct track_token t = { 0 };
	struct buf scratch;
	int r;

	buf_init(&scratch, TRACK_TOKEN_ROOM);
	r = track_token_read(b, text, &scratch, &t);
	if (r == 0 && want)
		assert_true(same(&t, want));
	buf_done(&scratch);
	return r;
}

static void
round_trip(void **state)
{
	struct track_token_box *b = box(0, 2), *again = box(0, 1);
	struct buf one, two;

	(void)state;
	buf_init(&one, TRACK_TOKEN_ROOM);
	buf_init(&two, TRACK_TOKEN_ROOM);
	TEST_EACH(row, tokens)
	{
		buf_clear(&one);
		buf_clear(&two);
		assert_int_equal(track_token_write(&one, b, &row->t), 0);
		assert_int_equal(track_token_write(&two, again, &row->t), 0);
		assert_str_eq(buf_str(&one), buf_str(&two));
		size_t more = row->t.text.n + (row->t.group ? 4 : 0);

		assert_int_equal(one.n, (36 + more) * 4 / 3 + !!(more % 3));
		/* Nothing of it stands in clear. */
		assert_true(str_find_str(buf_str(&one), STR_LIT("example")) == one.n);
		assert_int_equal(read_is(b, buf_str(&one), &row->t), 0);
		assert_int_equal(read_is(again, buf_str(&one), &row->t), 0);
	}
	assert_int_equal(track_token_rcpt(&tokens[1].t), 5 + 1 + 2);
	buf_done(&one);
	buf_done(&two);
	track_token_box_free(&b);
	track_token_box_free(&again);
	assert_null(b);
}

/* The new key seals, the one before it still opens; a key unknown, or another of that id, not.
 */
static void
rotation(void **state)
{
	struct track_token_box *before = box(1, 1), *both = box(0, 2), *after = box(0, 1),
			       *other = box(2, 1);
	struct buf text;

	(void)state;
	buf_init(&text, TRACK_TOKEN_ROOM);
	assert_int_equal(track_token_write(&text, before, &tokens[2].t), 0);
	assert_int_equal(read_is(both, buf_str(&text), &tokens[2].t), 0);
	assert_int_equal(read_is(after, buf_str(&text), NULL), -EINVAL);
	buf_clear(&text);
	assert_int_equal(track_token_write(&text, both, &tokens[2].t), 0);
	assert_int_equal(read_is(after, buf_str(&text), &tokens[2].t), 0);
	assert_int_equal(read_is(before, buf_str(&text), NULL), -EINVAL);
	assert_int_equal(read_is(other, buf_str(&text), NULL), -EINVAL);
	buf_done(&text);
	track_token_box_free(&before);
	track_token_box_free(&both);
	track_token_box_free(&after);
	track_token_box_free(&other);
}

/* As many keys as there may be: each of them opens its own. */
static void
many(void **state)
{
	struct track_token_key all[TRACK_TOKEN_KEYS] = { 0 };
	struct track_token_box *full, *one;
	struct buf text;

	(void)state;
	buf_init(&text, TRACK_TOKEN_ROOM);
	for (unsigned i = 0; i < TRACK_TOKEN_KEYS; i++) {
		all[i].id = (uint8_t)(200 - i);
		all[i].bytes[0] = (uint8_t)i;
	}
	full = track_token_box_new(all, TRACK_TOKEN_KEYS);
	for (unsigned i = 0; i < TRACK_TOKEN_KEYS; i++) {
		one = track_token_box_new(&all[i], 1);
		buf_clear(&text);
		assert_int_equal(track_token_write(&text, one, &tokens[2].t), 0);
		assert_int_equal(read_is(full, buf_str(&text), &tokens[2].t), 0);
		track_token_box_free(&one);
	}
	buf_done(&text);
	track_token_box_free(&full);
}

/* Each character by each other one, each length but the right one. */
static void
flips(void **state)
{
	struct track_token_box *b = box(0, 2);
	struct buf text;

	(void)state;
	buf_init(&text, TRACK_TOKEN_ROOM);
	assert_int_equal(track_token_write(&text, b, &tokens[3].t), 0);
	for (size_t i = 0; i < text.n; i++) {
		char was = text.p[i];

		for (unsigned c = 0; c < 256; c++) {
			text.p[i] = (char)c;
			if (text.p[i] != was)
				assert_int_equal(read_is(b, buf_str(&text), NULL), -EINVAL);
		}
		text.p[i] = was;
	}
	for (size_t n = 0; n < text.n; n++)
		assert_int_equal(read_is(b, str_head(buf_str(&text), n), NULL), -EINVAL);
	assert_int_equal(read_is(b, buf_str(&text), &tokens[3].t), 0);
	buf_put_c(&text, 'A');
	assert_int_equal(read_is(b, buf_str(&text), NULL), -EINVAL);
	buf_done(&text);
	track_token_box_free(&b);
}

static const struct {
	const char *name;
	struct track_token t;
} refused[] = {
	{ "no kind", { .text = STR_LIT(SHOP) } },
	{ "unknown kind", { .kind = 6, .text = STR_LIT("a@b") } },
	{ "a page with a text", { .kind = TRACK_TOKEN_WEB, .text = STR_LIT("a@b") } },
	{ "no groups", { .kind = TRACK_TOKEN_CHOICE, .text = STR_LIT("\0a@b") } },
	{ "a group that is cut", { .kind = TRACK_TOKEN_CHOICE, .text = STR_LIT("\1\0\0\0") } },
	{ "groups of nobody", { .kind = TRACK_TOKEN_CHOICE, .text = STR_LIT("\1\0\0\0\7") } },
	{ "too many groups",
		{ .kind = TRACK_TOKEN_CHOICE,
			.text = STR_LIT(
				"\33a@"
				"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
				"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb") } },
	{ "an open with a text", { .kind = TRACK_TOKEN_OPEN, .text = STR_LIT("a") } },
	{ "nowhere", { .kind = TRACK_TOKEN_CLICK, .text = STR_NONE } },
	{ "another scheme", { .kind = TRACK_TOKEN_CLICK, .text = STR_LIT("javascript:a") } },
	{ "a host without a scheme",
		{ .kind = TRACK_TOKEN_CLICK, .text = STR_LIT("//evil/") } },
	{ "CRLF", { .kind = TRACK_TOKEN_CLICK, .text = STR_LIT("http://a/\r\nB: c") } },
	{ "a space", { .kind = TRACK_TOKEN_CLICK, .text = STR_LIT("http://a/ b") } },
	{ "NUL", { .kind = TRACK_TOKEN_CLICK, .text = STR_LIT("http://a/\0b") } },
	{ "not ASCII", { .kind = TRACK_TOKEN_CLICK, .text = STR_LIT("http://a/\xc3\xa9") } },
	{ "nobody", { .kind = TRACK_TOKEN_UNSUBSCRIBE } },
	{ "message of 54 bits",
		{ .kind = TRACK_TOKEN_OPEN, .message = UINT64_C(1) << 53, .text = STR_NONE } },
	{ "too many flags", { .kind = TRACK_TOKEN_OPEN, .flags = 32, .text = STR_NONE } },
};

static void
limits(void **state)
{
	static char url[TRACK_TOKEN_TEXT_MAX + 1] = "http://a/";
	struct track_token t = { .kind = TRACK_TOKEN_CLICK };
	struct track_token_box *b = box(0, 1);
	struct buf text;

	(void)state;
	buf_init(&text, TRACK_TOKEN_ROOM);
	TEST_EACH(row, refused)
	{
		assert_int_equal(track_token_write(&text, b, &row->t), -EINVAL);
		assert_int_equal(text.n, 0);
	}
	memset(url + 9, 'x', sizeof url - 9);
	t.text = str_of(url, sizeof url);
	assert_int_equal(track_token_write(&text, b, &t), -EINVAL);
	t.text.n--;
	assert_int_equal(track_token_write(&text, b, &t), 0);
	assert_int_equal(text.n, TRACK_TOKEN_MAX);
	assert_int_equal(read_is(b, buf_str(&text), &t), 0);
	assert_int_equal(track_token_write(&text, b, &t), -E2BIG);
	assert_int_equal(text.n, TRACK_TOKEN_MAX);
	buf_done(&text);
	track_token_box_free(&b);
}

TEST_MAIN(TEST(round_trip), TEST(rotation), TEST(many), TEST(flips), TEST(limits))
