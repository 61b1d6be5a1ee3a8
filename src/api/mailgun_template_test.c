#include "api/mailgun_scene.h"
#include "send/outgoing_template.h"

#include <errno.h>

static const char vars_of_b[] = "&recipient-variables={\"b%40y.test\":{\"n\":\"A%26B\","
				"\"list\":[1]},\"c%40y.test\":{}}";

/* What is written for the first recipient from a template: "subject | html | text | about". */
static void
written(const char *body, const char *html, const char *want)
{
	struct scene sc;
	struct outgoing_source source = {
		.dialect = TEMPLATE_HANDLEBARS, .id = STR_LIT("tpl_1"), .name = STR_LIT("Order")
	};
	struct outgoing_mistake m;
	struct buf got;

	scene(&sc, body);
	assert_str(sc.s.errors.n ? sc.s.errors.at[0].text : STR_NONE, "");
	struct api_item *item = &sc.s.items[0];
	assert_non_null(item->template);
	assert_str(item->template->name, "Order");
	for (int i = 0; i < PREVIEW_PARTS; i++)
		source.texts[i] = STR_NONE;
	source.texts[PREVIEW_HTML] = str_z(html);
	assert_int_equal(outgoing_source_compile(&sc.a, &source, &m), 0);
	struct outgoing_writing how = {
		.want = item->template, .from = &source, .now = world.now
	};
	assert_int_equal(outgoing_template_write(&sc.a, &item->mail, &how, &m), 0);
	buf_init(&got, 65536);
	buf_printf(&got, "%.*s | %.*s | %.*s | %.*s", STR_ARG(item->mail.subject),
		STR_ARG(item->mail.html), STR_ARG(item->mail.text), STR_ARG(item->mail.about));
	assert_str(buf_str(&got), want);
	buf_done(&got);
	scene_done(&sc);
}

static void
test_values(void **state)
{
	static const struct {
		const char *name, *body, *html, *want;
	} table[] = {
		{ "which goes before",
			"&subject=s&v:a=1&v:b=1&v:c=1&h:X-Mailgun-Variables="
			"{\"b\":2,\"c\":2}&t:variables={\"c\":[3]}",
			"{{a}}{{b}}{{#each c}}{{this}}{{/each}}",
			"s | 123 | 123\n | "
			"{\"metadata\":{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\"}}" },
		{ "events give the header's back", "&h:X-Mailgun-Variables={\"a\":{\"b\":[1]}}",
			"{{a.b.length}}",
			" | 1 | 1\n | {\"metadata\":{\"a\":\"{\\\"b\\\":[1]}\"}}" },
		{ "the call's text stays", "&text=own&html=gone", "h", " | h | own | " },
		{ "but here it is made", "&text=own&t:text=yes", "h", " | h | h\n | " },
		{ "or not wanted", "&t:text=no", "h", " | h |  | " },
		{ "the page", "", "<a href=\"%unsubscribe_url%\">x</a>",
			" | <a href=\"" OUTGOING_PAGE "\">x</a> | x <" OUTGOING_PAGE ">\n | " },
		{ "marks of nobody stay", "&t:variables={\"a\":\"%25recipient.n%25\"}",
			"{{a}} %recipient.n%",
			" | %recipient.n% %recipient.n% | %recipient.n% %recipient.n%\n | " },
	};
	char body[1024];

	(void)state;
	TEST_EACH(row, table)
	{
		snprintf(body, sizeof body, "%s&template=Order%s", TO, row->body);
		written(body, row->html, row->want);
	}
}

static void
test_batch(void **state)
{
	static const struct {
		const char *name, *body, *html, *want;
	} table[] = {
		{ "in a value: the template escapes it",
			"&t:variables={\"a\":[\"%25recipient.n%25\"]}",
			"{{#each a}}{{this}}{{/each}}", " | A&amp;B | A&B\n | " },
		{ "in the template: as it is", "", "%recipient.n% %recipient.x%",
			" | A&B %recipient.x% | A&B %recipient.x%\n | " },
		{ "v:", "&v:a=%25recipient.n%25&subject=%25recipient.n%25", "{{a}}",
			"A&B | A&amp;B | A&B\n | {\"metadata\":{\"a\":\"A&B\"}}" },
		{ "a condition sees it", "&t:variables={\"a\":\"%25recipient.n%25\"}",
			"{{#equal a \"A&B\"}}yes{{/equal}}", " | yes | yes\n | " },
	};
	char body[1024];

	(void)state;
	TEST_EACH(row, table)
	{
		snprintf(body, sizeof body, "%s,c%%40y.test&template=Order%s%s", TO, row->body,
			vars_of_b);
		written(body, row->html, row->want);
	}
}

/* A short value that many marks make long is no reason to use up memory. */
static void
test_bomb(void **state)
{
	struct scene sc;
	struct outgoing_mistake m;
	struct buf body;

	(void)state;
	buf_init(&body, 1u << 20);
	buf_put_z(&body, TO "&template=Order&recipient-variables={\"b%40y.test\":{\"n\":\"");
	for (int i = 0; i < 4096; i++)
		buf_put_z(&body, "0123456789abcdef");
	buf_put_z(&body, "\"}}&t:variables={\"a\":\"");
	for (int i = 0; i < 100; i++)
		buf_put_z(&body, "%25recipient.n%25");
	buf_put_z(&body, "\"}");
	read_as(&sc, STR_LIT(URLENCODED), buf_str(&body));
	assert_int_equal(sc.err, 0);
	assert_int_equal(sc.s.errors.n, 0);
	struct outgoing_writing how = { .want = sc.s.items[0].template, .now = world.now };
	assert_int_equal(outgoing_template_write(&sc.a, &sc.s.items[0].mail, &how, &m), -E2BIG);
	buf_done(&body);
	scene_done(&sc);
}

TEST_MAIN(TEST(test_values), TEST(test_batch), TEST(test_bomb))
