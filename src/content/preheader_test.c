#include "content/preheader.h"

#include "base/test.h"

#include <errno.h>

#define BLOCK                                                                                  \
	"<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;"    \
	"opacity:0;overflow:hidden;mso-hide:all\">A &lt;b&gt; &amp; c</div>"

static void
test_put(void **state)
{
	static const struct {
		const char *name, *before, *after;
	} table[] = {
		{ "a part of a page", "", "<p>x</p>" },
		{ "a body", "<html><body>", "<p>x</p></body></html>" },
		{ "in capitals, with attributes", "<HTML><BODY class=\"a>b\" bgcolor=red>",
			"x" },
		{ "a body in a comment", "<!-- <body> --><body>", "x" },
		{ "no body, but a head", "<html><head><title><body></title></head>", "x" },
		{ "a tag that never ends", "", "<body class=" },
		{ "nothing", "", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		char html[400], want[800];
		struct buf out;

		snprintf(html, sizeof html, "%s%s", row->before, row->after);
		snprintf(want, sizeof want, "%s" BLOCK "%s", row->before, row->after);
		buf_init(&out, 4096);
		assert_int_equal(preheader_put(&out, str_z(html), STR_LIT("A <b> & c")), 0);
		assert_str_eq(buf_str(&out), str_z(want));
		buf_done(&out);
	}
}

static void
test_full(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	assert_int_equal(preheader_put(&out, STR_LIT("<p>"), STR_LIT("x")), -E2BIG);
	buf_done(&out);
}

TEST_MAIN(TEST(test_put), TEST(test_full))
