#include "api/mailgun_scene.h"

#define NO_ADDRESS(param)                                                                      \
	"'" param "' parameter is not a valid address. please check documentation"
#define NO_CONTENT                                                                             \
	"Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified"

struct mistake {
	const char *name, *body, *want;
};

static void
first_error_is(const struct mistake *row)
{
	struct scene sc;

	scene(&sc, row->body);
	assert_str(sc.s.errors.n > 0 ? sc.s.errors.at[0].text : STR_NONE, row->want);
	assert_true(sc.s.together);
	if (sc.s.errors.n == 0)
		composes(&sc);
	scene_done(&sc);
}

static void
test_people(void **state)
{
	static const struct mistake table[] = {
		{ "fine", ONE, "" },
		{ "below the domain", "from=a%40mg.x.test&to=b%40y.test&text=t", "" },
		{ "nothing", "", "from parameter is missing" },
		{ "no to", FROM "&text=t", "to parameter is missing" },
		{ "empty to", FROM "&to=%20,&text=t", "to parameter is missing" },
		{ "only cc", FROM "&cc=b%40y.test&text=t", "to parameter is missing" },
		{ "no content", TO, NO_CONTENT },
		{ "empty content", TO "&text=&html=", NO_CONTENT },
		{ "bad from", "from=a&to=b%40y.test&text=t", NO_ADDRESS("from") },
		{ "two froms", "from=a%40x.test,b%40x.test&to=b%40y.test&text=t",
			NO_ADDRESS("from") },
		{ "bad to", FROM "&to=b%40y.test,c&text=t", NO_ADDRESS("to") },
		{ "two angles", FROM "&to=N+%3Cb%40y.test%3E+%3Cc%40y.test%3E&text=t",
			NO_ADDRESS("to") },
		{ "bad cc", ONE "&cc=c", NO_ADDRESS("cc") },
		{ "bad bcc", ONE "&bcc=%3C%3E", NO_ADDRESS("bcc") },
		{ "bad reply-to", ONE "&h:Reply-To=c", NO_ADDRESS("h:Reply-To") },
		{ "bad sender", ONE "&h:Sender=c", NO_ADDRESS("h:Sender") },
		{ "another domain", "from=a%40z.test&to=b%40y.test&text=t", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		first_error_is(row);
	}
}

static void
test_options(void **state)
{
	static const struct mistake table[] = {
		{ "template", TO "&template=hello", "" },
		{ "a template's sender", "to=b%40y.test&template=hello", "" },
		{ "variables", TO "&template=a&t:variables={\"a\":[1]}&t:text=no&t:version=v2",
			"" },
		{ "variables alone", ONE "&t:variables=[", "" },
		{ "no JSON", TO "&template=a&t:variables=[",
			"'t:variables' parameter is not a valid JSON" },
		{ "no object", TO "&template=a&t:variables=[]",
			"'t:variables' parameter is not a valid JSON" },
		{ "no header", ONE "&h:X-Mailgun-Variables=1",
			"'h:X-Mailgun-Variables' parameter is not a valid JSON" },
		{ "version", TO "&template=a&t:version=initial",
			"'t:version' parameter: versions of templates are numbers here, such "
			"as 3" },
		{ "version 0", TO "&template=a&t:version=0",
			"'t:version' parameter: versions of templates are numbers here, such "
			"as 3" },
		{ "t:text", TO "&template=a&t:text=x",
			"'t:text' parameter must be yes, no, true or false" },
		{ "t:x", TO "&template=a&t:x=1", "'t:x' parameter is not supported here" },
		{ "tags 10",
			ONE "&o:tag=1&o:tag=2&o:tag=3&o:tag=4&o:tag=5&o:tag=6&o:tag=7"
			    "&o:tag=8&o:tag=9&o:tag=10",
			"" },
		{ "tags 11",
			ONE "&o:tag=1&o:tag=2&o:tag=3&o:tag=4&o:tag=5&o:tag=6&o:tag=7"
			    "&o:tag=8&o:tag=9&o:tag=10&o:tag=11",
			"'o:tag' parameter: at most 10 tags" },
		{ "tag no UTF-8", ONE "&o:tag=%ff", "'o:tag' parameter must be UTF-8" },
		{ "date", ONE "&o:deliverytime=tomorrow",
			"'o:deliverytime' parameter is not a valid RFC 2822 date" },
		{ "3 days", ONE "&o:deliverytime=Fri, 27 Nov 2026 09:51:23 GMT", "" },
		{ "3 days and 1 s", ONE "&o:deliverytime=Fri, 27 Nov 2026 09:51:24 GMT",
			"'o:deliverytime' parameter is too far ahead; max is 3 days" },
		{ "testmode", ONE "&o:testmode=maybe",
			"'o:testmode' parameter must be yes, no, true or false" },
		{ "tracking", ONE "&o:tracking=maybe",
			"'o:tracking' parameter must be yes, no, true, false or htmlonly" },
		{ "clicks", ONE "&o:tracking-clicks=",
			"'o:tracking-clicks' parameter must be yes, no, true, false or "
			"htmlonly" },
		{ "dkim", ONE "&o:dkim=yes&o:require-tls=no&o:skip-verification=yes", "" },
		{ "no dkim", ONE "&o:dkim=no", "'o:dkim' parameter is not supported here" },
		{ "require tls", ONE "&o:require-tls=true&o:skip-verification=no", "" },
		{ "require tls, what", ONE "&o:require-tls=htmlonly",
			"'o:require-tls' parameter must be yes, no, true or false" },
		{ "skip, what", ONE "&o:skip-verification=",
			"'o:skip-verification' parameter must be yes, no, true or false" },
		{ "another option", ONE "&o:time-zone-localize=09:00",
			"'o:time-zone-localize' parameter is not supported here" },
		{ "a page", ONE "&html=%3Ca+href=%25unsubscribe_url%25%3E", "" },
		{ "a page in AMP", ONE "&amp-html=%3Ca+href=%25unsubscribe_url%25%3E",
			"'%unsubscribe_url%' in the message is not supported here" },
		{ "marks", ONE "&html=%3Ca+href=%25tag_unsubscribe_url%25%3E",
			"'%tag_unsubscribe_url%' in the message is not supported here" },
		{ "variables", ONE "&recipient-variables=%7B",
			"'recipient-variables' parameter is not a valid JSON" },
		{ "variables, a list", ONE "&recipient-variables=%5B%5D",
			"'recipient-variables' parameter is not a valid JSON" },
		{ "variables, no object in it",
			ONE "&recipient-variables=%7B%22b%40y.test%22:1%7D",
			"'recipient-variables' parameter is not a valid JSON" },
		{ "attachment", ONE "&attachment=x", "'attachment' parameter is not a file" },
		{ "inline", ONE "&inline=x", "'inline' parameter is not a file" },
		{ "reserved", ONE "&h:Bcc=e%40x.test",
			"'h:Bcc' parameter: this header cannot be set" },
		{ "header name", ONE "&h:X%3a=1",
			"'h:X:' parameter: a field's name may hold only printable ASCII "
			"without "
			"':'" },
		{ "header name not ASCII", ONE "&h:X-%c3%a9=1",
			"Header name must be pure ASCII: X-é" },
		{ "no header name", ONE "&h:=1",
			"'h:' parameter: a field's name may hold only printable ASCII without "
			"':'" },
		{ "message id", ONE "&h:Message-Id=%3Ca%40b%3E", "" },
		{ "bad message id", ONE "&h:Message-Id=a b",
			"'h:Message-Id' parameter must look like <name@example.com>" },
		{ "no metadata name", ONE "&v:=1",
			"'v:' parameter: its name and value must be UTF-8" },
		{ "metadata no UTF-8", ONE "&v:a=%ff",
			"'v:' parameter: its name and value must be UTF-8" },
		{ "what is unknown is passed over there too", ONE "&foo=1", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		first_error_is(row);
	}
}

/* Every text that ends in a header, with each end of a line that some reader knows in place of
 * the bar. */
static void
test_injection(void **state)
{
	static const struct {
		const char *name, *body;
	} table[] = {
		{ "from", "from=N|N+%3Ca%40x.test%3E&to=b%40y.test&text=t" },
		{ "from's address", "from=a|%40x.test&to=b%40y.test&text=t" },
		{ "to", FROM "&to=N|N+%3Cb%40y.test%3E&text=t" },
		{ "to's address", FROM "&to=b%40|y.test&text=t" },
		{ "cc", ONE "&cc=N|N+%3Cb%40y.test%3E" },
		{ "bcc", ONE "&bcc=N|N+%3Cb%40y.test%3E" },
		{ "reply-to", ONE "&h:Reply-To=N|N+%3Cb%40y.test%3E" },
		{ "sender", ONE "&h:Sender=N|N+%3Cb%40y.test%3E" },
		{ "subject", ONE "&subject=s|Bcc:+e%40x.test" },
		{ "header", ONE "&h:X-A=s|Bcc:+e%40x.test" },
		{ "header name", ONE "&h:X-A|B=1" },
		{ "message id", ONE "&h:Message-Id=%3Ca|b%40x.test%3E" },
		{ "metadata name", ONE "&v:a|b=1" },
		{ "variable",
			ONE "&subject=%25recipient.v%25&"
			    "recipient-variables={\"b%40y.test\":{\"v\":\"s\\u000ab\"}}" },
		{ "variable in a header",
			ONE "&h:X-A=%25recipient.v%25&"
			    "recipient-variables={\"b%40y.test\":{\"v\":\"s\\r\\nb\"}}" },
		{ "variable in reply-to",
			ONE "&h:Reply-To=%25recipient.v%25+%3Cr%40x.test%3E&"
			    "recipient-variables={\"b%40y.test\":{\"v\":\"s\\r\\nb\"}}" },
	};
	static const char *const ends[] = { "%0D%0A", "%0A", "%0D", "%00" };

	(void)state;
	TEST_EACH(row, table)
	{
		for (size_t i = 0; i < TEST_COUNT(ends); i++) {
			struct str rest = str_z(row->body), head = str_cut(&rest, '|');
			struct scene sc;
			struct buf body;

			buf_init(&body, 4096);
			buf_put(&body, head);
			buf_put_z(&body, rest.p ? ends[i] : "");
			buf_put(&body, rest);
			read_as(&sc, STR_LIT(URLENCODED), buf_str(&body));
			assert_int_equal(sc.err, 0);
			assert_int_not_equal(sc.s.errors.n, 0);
			buf_done(&body);
			scene_done(&sc);
		}
	}
}

static void
test_body(void **state)
{
	static const struct {
		const char *name, *type, *body, *want;
	} table[] = {
		{ "JSON", "application/json", "{}",
			"The request could not be read: the body must be multipart/form-data "
			"or "
			"application/x-www-form-urlencoded" },
		{ "no end", "multipart/form-data; boundary=B", PART("name=\"from\"", "a"),
			"The request could not be read: the form does not end with its "
			"boundary" },
		{ "no body", "", "", "from parameter is missing" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct scene sc;

		read_as(&sc, str_z(row->type), str_z(row->body));
		assert_int_equal(sc.err, 0);
		assert_str(sc.s.errors.at[0].text, row->want);
		scene_done(&sc);
	}
}

TEST_MAIN(TEST(test_people), TEST(test_options), TEST(test_injection), TEST(test_body))
