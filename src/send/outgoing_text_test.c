#include "send/outgoing_text.h"

#include "base/test.h"

static void
test_make(void **state)
{
	static const struct {
		const char *name, *text, *html;
		enum outgoing_switch auto_text;
		const char *want;
	} table[] = {
		{ "made", "", "<p>a <b>b</b></p>", OUTGOING_DEFAULT, "a b\n" },
		{ "asked for", "", "<p>a</p>", OUTGOING_ON, "a\n" },
		{ "not wanted", "", "<p>a</p>", OUTGOING_OFF, "" },
		{ "there is one", "x", "<p>a</p>", OUTGOING_DEFAULT, "x" },
		{ "a space is one", " ", "<p>a</p>", OUTGOING_DEFAULT, " " },
		{ "nothing to read", "", "<img src=x>", OUTGOING_DEFAULT, "" },
		{ "no HTML", "", "", OUTGOING_DEFAULT, "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct outgoing o = { .text = str_z(row->text),
			.html = str_z(row->html),
			.auto_text = row->auto_text };
		struct outgoing_text last = { 0 };
		struct arena a;

		arena_init(&a, 1000);
		outgoing_text_make(&last, &a, &o);
		assert_str(o.text, row->want);
		arena_done(&a);
	}
}

/* Messages of one HTML share their text. */
static void
test_shared(void **state)
{
	struct outgoing one = { .html = STR_LIT("<p>a</p>") }, two = one, other = one;
	struct outgoing_text last = { 0 };
	struct arena a;

	(void)state;
	other.html = STR_LIT("<p>b</p>");
	arena_init(&a, 1000);
	outgoing_text_make(&last, &a, &one);
	outgoing_text_make(&last, &a, &two);
	assert_ptr_equal(one.text.p, two.text.p);
	outgoing_text_make(&last, &a, &other);
	assert_str(other.text, "b\n");
	assert_str(one.text, "a\n");
	arena_done(&a);
}

/* Without room the message stays as it is. */
static void
test_room(void **state)
{
	struct outgoing o = { .html = STR_LIT("<p>abcdefghijklmnopqrstuvwxyz</p>") };
	struct outgoing_text last = { 0 };
	struct arena a;

	(void)state;
	arena_init(&a, 8);
	outgoing_text_make(&last, &a, &o);
	assert_int_equal(o.text.n, 0);
	arena_done(&a);
}

TEST_MAIN(TEST(test_make), TEST(test_shared), TEST(test_room))
