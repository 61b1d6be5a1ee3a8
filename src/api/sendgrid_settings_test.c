#include "api/sendgrid_scene.h"

#define TRACKING(more) "\"tracking_settings\":{" more "}"
#define TEXTS                                                                                  \
	"\"content\":[{\"type\":\"text/plain\",\"value\":\"t -x- "                             \
	"%o%\"},{\"type\":\"text/html\","                                                      \
	"\"value\":\"<p>-x-\"}]"
#define CALL(more)                                                                             \
	"{\"personalizations\":[{" TO ",\"substitutions\":{\"-x-\":\"[leave]\"}}]," FROM       \
	"," SUBJECT "," TEXTS "," more "}"

/* What they make of a message: "links pixel tags | text | html". */
static void
test_settings(void **state)
{
	static const struct {
		const char *name, *settings, *want;
	} table[] = {
		{ "none", CALL("\"x\":1"), "all   | t [leave] %o% | <p>[leave]" },
		{ "clicks in HTML", CALL(TRACKING("\"click_tracking\":{\"enable\":true}")),
			"html   | t [leave] %o% | <p>[leave]" },
		{ "and in text",
			CALL(TRACKING("\"click_tracking\":{\"enable\":true,\"enable_text\":"
				      "true}")),
			"all   | t [leave] %o% | <p>[leave]" },
		{ "the pixel's place",
			CALL(TRACKING("\"open_tracking\":{\"enable\":true,"
				      "\"substitution_tag\":\"%o%\"}")),
			"all %o%  | t [leave] %o% | <p>[leave]" },
		{ "analytics",
			CALL(TRACKING("\"ganalytics\":{\"enable\":true,\"utm_source\":\"a b\","
				      "\"utm_medium\":\"\",\"utm_campaign\":\"été&x\"}")),
			"all  utm_source=a%20b&utm_campaign=%C3%A9t%C3%A9%26x | t [leave] %o% "
			"| <p>[leave]" },
		{ "analytics off",
			CALL(TRACKING(
				"\"ganalytics\":{\"enable\":false,\"utm_source\":\"a\"}")),
			"all   | t [leave] %o% | <p>[leave]" },
		{ "a link to unsubscribe, and a footer before it",
			CALL(TRACKING(
				"\"subscription_tracking\":{\"enable\":true,\"text\":"
				"\"; <% here %>\",\"html\":\"<% here %>\"}") ","
									     "\"mail_"
									     "settings\":{"
									     "\"footer\":{"
									     "\"enable\":true,"
									     "\"text\":\"-x-\","
									     "\"html\":\"<hr>"
									     "\"}}"),
			"all   | t [leave] %o%[leave]; " OUTGOING_PAGE
			" page | <p>[leave]<hr><a href=\"" OUTGOING_PAGE "\">here</a> page" },
		{ "where a substitution put its mark",
			CALL(TRACKING("\"subscription_tracking\":{\"enable\":true,\"text\":"
				      "\"no\",\"substitution_tag\":\"[leave]\"}")),
			"all   | t " OUTGOING_PAGE " %o% page | <p>" OUTGOING_PAGE " page" },
	};
	static const char *const links[] = { [OUTGOING_LINKS_ALL] = "all",
		[OUTGOING_LINKS_HTML] = "html",
		[OUTGOING_LINKS_TEXT] = "text" };

	(void)state;
	TEST_EACH(row, table)
	{
		struct call c;
		struct buf got;

		start(&c, row->settings);
		assert_int_equal(c.send.errors.n, 0);
		composes(&c);
		const struct outgoing *o = &c.send.items[0].mail;
		buf_init(&got, 65536);
		buf_printf(&got, "%s %.*s %.*s | %.*s%s | %.*s%s", links[o->links],
			STR_ARG(o->pixel_mark), STR_ARG(o->url_tags), STR_ARG(o->text),
			o->own_page ? " page" : "", STR_ARG(o->html),
			o->own_page ? " page" : "");
		assert_str(buf_str(&got), row->want);
		assert_int_equal(o->unsubscribe == OUTGOING_ON, o->own_page);
		buf_done(&got);
		stop(&c);
	}
}

/* With a template they come behind what it makes. */
static void
test_template(void **state)
{
	struct call c;
	const struct outgoing_template *t;

	(void)state;
	start(&c,
		"{" ONE "," FROM ",\"template_id\":\"d-1\","
		"\"mail_settings\":{\"footer\":{\"enable\":true,\"html\":\"<hr>\"}}," TRACKING(
			"\"subscription_tracking\":{\"enable\":true,\"html\":\"h\"}") "}");
	assert_int_equal(c.send.errors.n, 0);
	t = c.send.items[0].template;
	assert_non_null(t->tail);
	assert_str(t->tail->html, "<hr>");
	assert_true(t->tail->leave);
	assert_str(t->tail->leave_html, "h");
	assert_int_equal(c.send.items[0].mail.html.n, 0);
	stop(&c);
}

TEST_MAIN(TEST(test_settings), TEST(test_template))
