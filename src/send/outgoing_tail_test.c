#include "send/outgoing_tail.h"

#include "base/test.h"

#include <errno.h>

#define PAGE OUTGOING_PAGE
#define OURS "Unsubscribe / Se désinscrire"

static const struct {
	const char *name, *text, *html; /* of the message */
	struct {
		const char *text, *html;
		bool leave;
		const char *mark, *leave_text, *leave_html;
	} tail;
	const char *want; /* "text | html" */
} rows[] = {
	{ "nothing", "t", "<p>", { "", "", false, "", "", "" }, "t | <p>" },
	{ "a footer", "t", "<p>x</p></BODY></html>", { "-f", "<hr>", false, "", "", "" },
		"t-f | <p>x</p><hr></BODY></html>" },
	{ "no part, no footer", "", "<p>", { "-f", "", false, "", "", "" }, " | <p>" },
	{ "the last body's end", "", "</body>a</body>b", { "", "!", false, "", "", "" },
		" | </body>a!</body>b" },
	{ "our link", "t", "<p>", { "", "", true, "", "", "" },
		"t\n\n" OURS ": " PAGE "\n | <p><p><a href=\"" PAGE "\">" OURS "</a></p>" },
	{ "behind the footer", "t", "", { "-f", "", true, "", " <% x %>.", "" },
		"t-f " PAGE ". | " },
	{ "its words", "t", "<p></body>",
		{ "", "", true, "", " go: <% here %>", "<i><% <b>here</b> %></i>" },
		"t go: " PAGE " | <p><i><a href=\"" PAGE "\"><b>here</b></a></i></body>" },
	{ "no words", "", "<p>", { "", "", true, "", "", "<%%><% %>" },
		" | <p><a href=\"" PAGE "\">" OURS "</a><a href=\"" PAGE "\">" OURS "</a>" },
	{ "no link in it", "t", "<p>", { "", "", true, "", ".", "<b><%" },
		"t.\n\n" OURS ": " PAGE "\n | <p><b><%<p><a href=\"" PAGE "\">" OURS
		"</a></p>" },
	{ "at the mark", "t [x] [x]", "<a href=[x]>",
		{ "", "", true, "[x]", "<% no %>", "<% no %>" },
		"t " PAGE " " PAGE " | <a href=" PAGE ">" },
	{ "a mark in one part", "t", "<a href=[x]>", { "", "", true, "[x]", " <% %>", "" },
		"t " PAGE " | <a href=" PAGE ">" },
};

static void
test_put(void **state)
{
	(void)state;
	TEST_EACH(row, rows)
	{
		const struct outgoing_tail t = { str_z(row->tail.text), str_z(row->tail.html),
			row->tail.leave, str_z(row->tail.mark), str_z(row->tail.leave_text),
			str_z(row->tail.leave_html) };
		struct outgoing o = { .text = str_z(row->text), .html = str_z(row->html) };
		struct arena a;
		struct buf got;

		arena_init(&a, 1u << 20);
		buf_init(&got, 1u << 20);
		assert_int_equal(outgoing_tail_put(&a, &t, &o), 0);
		buf_printf(&got, "%.*s | %.*s", STR_ARG(o.text), STR_ARG(o.html));
		assert_str(buf_str(&got), row->want);
		assert_int_equal(o.own_page, row->tail.leave);
		buf_done(&got);
		arena_done(&a);
	}
}

static void
test_full(void **state)
{
	const struct outgoing_tail t = { .text = STR_LIT("f"), .leave = true };
	int err = -E2BIG;

	(void)state;
	for (size_t max = 0; max < 65536 && err; max += 16) {
		struct outgoing o = { .text = STR_LIT("t"), .html = STR_LIT("<p>") };
		struct arena a;

		arena_init(&a, max);
		err = outgoing_tail_put(&a, &t, &o);
		assert_true(err == 0 || err == -E2BIG);
		assert_non_null(o.text.p);
		assert_non_null(o.html.p);
		arena_done(&a);
	}
	assert_int_equal(err, 0);
}

TEST_MAIN(TEST(test_put), TEST(test_full))
