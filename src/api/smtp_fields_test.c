#include "api/smtp_fields.h"

#include "base/test.h"
#include "wire/header.h"

#define NOW INT64_C(1795513883000000)

static const char *const switches[] = { "", "off", "on" };
static const char *const link_names[] = { "", " html", " text" };

/* "ABOUT opens:on clicks:off html at:N stream:1", or "554 5.6.0 text". */
static void
result(struct buf *b, const struct reply *no, const struct smtp_fields *f)
{
	if (no->code) {
		(void)reply_safe(b, no);
		return;
	}
	buf_put(b, f->about);
	if (f->opens)
		buf_printf(b, " opens:%s", switches[f->opens]);
	if (f->clicks)
		buf_printf(b, " clicks:%s%s", switches[f->clicks], link_names[f->links]);
	if (f->consent)
		buf_printf(b, " consent:%s", switches[f->consent]);
	if (f->send_at)
		buf_printf(b, " at:%lld", (long long)(f->send_at - NOW) / 1000000);
	if (f->turn)
		buf_printf(b, " turn:%u", f->turn);
	if (f->once.n)
		buf_printf(b, " once:%.*s", STR_ARG(f->once));
	if (f->group)
		buf_printf(b, " group:%u", (unsigned)f->group);
	if (f->subst.n)
		buf_printf(b, " %.*s", STR_ARG(f->subst));
	for (size_t i = 0; i < f->to.n; i++) {
		const struct outgoing_address *to = &f->to.at[i];

		buf_printf(b, " to:%.*s%s%.*s", STR_ARG(to->name), to->name.n ? " " : "",
			STR_ARG(to->email));
		if (f->each_at)
			buf_printf(b, "@%lld",
				f->each_at[i] ? (long long)(f->each_at[i] - NOW) / 1000000 : 0);
	}
	if (f->bypass)
		buf_printf(b, " bypass:%u", (unsigned)f->bypass);
	if (f->url_tags.n || f->pixel_mark.n)
		buf_printf(b, " tags:%.*s mark:%.*s", STR_ARG(f->url_tags),
			STR_ARG(f->pixel_mark));
	if (f->tail.text.n || f->tail.html.n)
		buf_printf(
			b, " footer:%.*s|%.*s", STR_ARG(f->tail.text), STR_ARG(f->tail.html));
	if (f->tail.leave)
		buf_printf(b, " leave:%.*s|%.*s|%.*s", STR_ARG(f->tail.leave_text),
			STR_ARG(f->tail.leave_html), STR_ARG(f->tail.leave_mark));
	if (f->own_stream.n)
		buf_printf(b, " own:%.*s", STR_ARG(f->own_stream));
	if (f->has_stream)
		buf_printf(b, " stream:%d", (int)f->stream);
	if (f->template.wanted)
		buf_printf(b, " template:%.*s%s%s%s%.*s", STR_ARG(f->template.id),
			f->template.language ? " language" : "",
			f->template.deliver ? " deliver" : "", f->template.vars.n ? " " : "",
			STR_ARG(f->template.vars));
	if (f->template.report.email.n)
		buf_printf(b, " report:%.*s <%.*s>", STR_ARG(f->template.report.name),
			STR_ARG(f->template.report.email));
	if (!f->any)
		buf_put_z(b, "none");
}

#define NO "554 5.6.0 "
#define TO_WRONG                                                                               \
	"X-SMTPAPI: \"to\" must be a list of e-mail addresses, such as \"Ann "                 \
	"<ann@example.com>\""

static const struct {
	const char *name, *fields, *want;
} headers[] = {
	{ "none", "Subject: x\r\nX-Mail: y\r\n", "none" },
	/* Mailjet */
	{ "texts",
		"X-MJ-CustomID: id 1\r\nx-mj-eventpayload: {\"a\":1}\r\n"
		"X-MJ-MonitoringCategory: c\r\nX-Mailjet-Campaign: sale\r\n",
		"{\"custom_id\":\"id 1\",\"payload\":\"{\\\"a\\\":1}\",\"campaign\":"
		"\"sale\",\"category\":\"c\"}" },
	{ "encoded and folded", "X-MJ-CustomID: =?UTF-8?B?w6k=?=\r\n b\r\n",
		"{\"custom_id\":\"é b\"}" },
	{ "the first counts", "X-MJ-CustomID: 1\r\nX-MJ-CustomID: 2\r\n",
		"{\"custom_id\":\"1\"}" },
	{ "tracking", "X-Mailjet-TrackOpen: 0\r\nX-Mailjet-TrackClick: 1\r\n",
		" opens:off clicks:on" },
	{ "consent", "X-Facteur-Consent: yes\r\n", " consent:on" },
	{ "no consent, folded", "x-facteur-consent:\r\n NO\r\n", " consent:off" },
	{ "consent twice", "X-Facteur-Consent: yes\r\nX-Facteur-Consent: no\r\n",
		" consent:off" },
	{ "wrong consent", "X-Facteur-Consent: 1\r\n", NO "X-Facteur-Consent is yes or no" },
	{ "wrong tracking", "X-Mailjet-TrackOpen: 2\r\n",
		NO "X-Mailjet-TrackOpen must be 0 or 1" },
	{ "dropped",
		"X-Mailjet-Prio: 2\r\nX-Mailjet-Segmentation: 1\r\nX-MJ-WorkflowID: "
		"1\r\n"
		"X-MJ-MID: 1\r\nX-MJ-TemplateErrorDeliver: deliver\r\n"
		"X-MJ-TemplateID: 0\r\nX-MJ-TemplateLanguage: 0\r\nX-MJ-Vars: {}\r\n"
		"X-Mailjet-DeduplicateCampaign: 0\r\n",
		"" },
	{ "template", "X-MJ-TemplateID: 12\r\nX-MJ-TemplateID: 13\r\n", " template:12" },
	{ "template's options",
		"X-MJ-TemplateID: =?utf-8?q?Caf=C3=A9?=\r\nX-MJ-TemplateLanguage: 1\r\n"
		"X-MJ-TemplateErrorDeliver: deliver\r\nX-MJ-TemplateErrorReporting: "
		"a@b.test\r\nX-MJ-Vars: {\"a\":\r\n [1]}\r\n",
		" template:Café language deliver {\"a\": [1]} report: <a@b.test>" },
	{ "reports to a name",
		"X-MJ-TemplateLanguage: 1\r\nX-MJ-TemplateErrorReporting: \"D. Ev\"\r\n "
		"<d@b.test>\r\n",
		" template: language report:D. Ev <d@b.test>" },
	{ "reports to nobody", "X-MJ-TemplateLanguage: 1\r\nX-MJ-TemplateErrorReporting:\r\n",
		" template: language" },
	{ "reports of no template", "X-MJ-TemplateErrorReporting: dev\r\n", "" },
	{ "reports to no address",
		"X-MJ-TemplateLanguage: 1\r\nX-MJ-TemplateErrorReporting: dev\r\n",
		NO "X-MJ-TemplateErrorReporting must be one e-mail address" },
	{ "reports to two",
		"X-MJ-TemplateLanguage: 1\r\nX-MJ-TemplateErrorReporting: a@b.test, "
		"c@d.test\r\n",
		NO "X-MJ-TemplateErrorReporting must be one e-mail address" },
	{ "language", "X-MJ-TemplateLanguage: True\r\n", " template: language" },
	{ "variables", "X-MJ-Vars: {\"a\":\"b\"}\r\n", " template: {\"a\":\"b\"}" },
	{ "no variables", "X-MJ-Vars: [1]\r\n",
		NO "X-MJ-Vars is no JSON object of at most 32 KiB" },
	{ "low", "X-Mailjet-Prio: 0\r\n", " turn:2" },
	{ "low, the last first", "X-Mailjet-Prio: 1\r\nX-Mailjet-Prio: 3\r\n", " turn:3" },
	{ "the default first", "X-Mailjet-Prio: 2\r\nX-Mailjet-Prio: 3\r\n", "" },
	{ "the last first", "x-mailjet-prio:\r\n 3\r\n", " turn:1" },
	{ "no priority", "X-Mailjet-Prio: 4\r\n", NO "X-Mailjet-Prio must be 0, 1, 2 or 3" },
	{ "high priority", "X-Mailjet-Prio: 10\r\n", NO "X-Mailjet-Prio must be 0, 1, 2 or 3" },
	{ "deduplicate", "X-Mailjet-DeduplicateCampaign: y\r\nX-Mailjet-Campaign: spring\r\n",
		"{\"campaign\":\"spring\"} once:spring" },
	{ "deduplicate what", "X-Mailjet-DeduplicateCampaign: y\r\n",
		NO "X-Mailjet-DeduplicateCampaign: this needs X-Mailjet-Campaign" },
	/* SendGrid */
	{ "all of it",
		"X-SMTPAPI: {\"category\": [\"a\", \"b\"],\r\n \"unique_args\": "
		"{\"k\": "
		"\"v\", \"n\": 1, \"t\": true},\r\n\t\"filters\": {\"clicktrack\": "
		"{\"settings\": {\"enable\": 1}}, \"opentrack\": {\"settings\": "
		"{\"enable\": "
		"\"0\"}}, \"footer\": {\"settings\": {\"enable\": 0}}, \"dkim\": "
		"{\"settings\": {\"enable\": 1}}}, \"send_at\": 1795513943, "
		"\"asm_group_id\": 5, \"asm_groups_to_display\": [5, 6], \"to\": [], "
		"\"sub\": {}}\r\n",
		"{\"tags\":[\"a\",\"b\"],\"metadata\":{\"k\":\"v\",\"n\":\"1\",\"t\":"
		"\"true\"},\"group\":\"5\",\"groups\":[5,6]} opens:off "
		"clicks:on "
		"at:60 group:5" },
	{ "no group", "X-SMTPAPI: {\"asm_group_id\":0}\r\n",
		NO "X-SMTPAPI: there is no group of this number" },
	{ "a large group", "X-SMTPAPI: {\"asm_group_id\":4294967296}\r\n",
		NO "X-SMTPAPI: there is no group of this number" },
	{ "a group by name", "X-SMTPAPI: {\"asm_group_id\":\"News\"}\r\n",
		NO "X-SMTPAPI: \"asm_group_id\" must be a number" },
	{ "one category", "x-smtpapi: {\"category\":\"a\"}\r\n", "{\"tags\":[\"a\"]}" },
	{ "past", "X-SMTPAPI: {\"send_at\":1}\r\n", "" },
	{ "late", "X-SMTPAPI: {\"send_at\":1795773084}\r\n",
		NO "X-SMTPAPI: \"send_at\" is more than 72 hours ahead" },
	{ "not so late", "X-SMTPAPI: {\"send_at\":1795773083}\r\n", " at:259200" },
	{ "no number", "X-SMTPAPI: {\"send_at\":\"x\"}\r\n",
		NO "X-SMTPAPI: \"send_at\" must be a number of seconds" },
	{ "huge", "X-SMTPAPI: {\"send_at\":9223372036854775807}\r\n",
		NO "X-SMTPAPI: \"send_at\" is more than 72 hours ahead" },
	{ "no JSON", "X-SMTPAPI: {\"category\"\r\n", NO "X-SMTPAPI is no JSON object" },
	{ "no object", "X-SMTPAPI: [1]\r\n", NO "X-SMTPAPI is no JSON object" },
	{ "empty", "X-SMTPAPI:\r\n", NO "X-SMTPAPI is no JSON object" },
	{ "merge",
		"X-SMTPAPI: {\"to\":[\"e@z.test\",\"Ann <f@z.test>\"],\"sub\":{\"-a-\":"
		"[\"b\",\"c\"]},\"section\":{\"-d-\":\"x\"},\"send_each_at\":[1795513943,"
		"5]}\r\n",
		" {\"sub\":{\"-a-\":[\"b\",\"c\"]},\"section\":{\"-d-\":\"x\"}} to:e@z.test@60 "
		"to:Ann f@z.test@0" },
	{ "merge to one", "X-SMTPAPI: {\"to\":\"e@z.test\",\"sub\":{\"-a-\":[\"b\"]}}\r\n",
		" {\"sub\":{\"-a-\":[\"b\"]},\"section\":{}} to:e@z.test" },
	{ "merge to nobody",
		"X-SMTPAPI: {\"to\":[],\"send_each_at\":[],\"sub\":{\"-a-\":[\"b\"]}}\r\n",
		" {\"sub\":{\"-a-\":\"b\"},\"section\":{}}" },
	{ "merge to no address", "X-SMTPAPI: {\"to\":[\"e@z.test\",\"f\"]}\r\n", NO TO_WRONG },
	{ "merge to two in one", "X-SMTPAPI: {\"to\":[\"e@z.test,f@z.test\"]}\r\n",
		NO TO_WRONG },
	{ "merge to a number", "X-SMTPAPI: {\"to\":[5]}\r\n", NO TO_WRONG },
	{ "merge to an object", "X-SMTPAPI: {\"to\":{\"e@z.test\":1}}\r\n", NO TO_WRONG },
	{ "merge, few texts",
		"X-SMTPAPI: {\"to\":[\"e@z.test\",\"f@z.test\"],\"sub\":{\"-a-\":[\"b\"]}}"
		"\r\n",
		NO "X-SMTPAPI: \"sub\" must have a list for each tag, with a text for each "
		   "address "
		   "of \"to\"" },
	{ "merge, a text that is none",
		"X-SMTPAPI: {\"to\":[\"e@z.test\"],\"sub\":{\"-a-\":[1]}}\r\n",
		NO "X-SMTPAPI: \"sub\" must have a list for each tag, with a text for each "
		   "address "
		   "of \"to\"" },
	{ "times of nobody", "X-SMTPAPI: {\"send_each_at\":[1795513943]}\r\n",
		NO "X-SMTPAPI: \"send_each_at\" must be a list with a time for each address of "
		   "\"to\"" },
	{ "times of some",
		"X-SMTPAPI: {\"to\":[\"e@z.test\",\"f@z.test\"],\"send_each_at\":[1]}\r\n",
		NO "X-SMTPAPI: \"send_each_at\" must be a list with a time for each address of "
		   "\"to\"" },
	{ "a time that is none",
		"X-SMTPAPI: {\"to\":[\"e@z.test\"],\"send_each_at\":[\"now\"]}\r\n",
		NO "X-SMTPAPI: \"send_each_at\" must hold numbers of seconds" },
	{ "a time too far ahead",
		"X-SMTPAPI: {\"to\":[\"e@z.test\"],\"send_each_at\":[1799999999]}\r\n",
		NO "X-SMTPAPI: \"send_each_at\": a time is more than 72 hours ahead" },
	{ "both times",
		"X-SMTPAPI: {\"to\":[\"e@z.test\"],\"send_at\":1795513943,\"send_each_at\":"
		"[1795513943]}\r\n",
		NO "X-SMTPAPI: \"send_at\" and \"send_each_at\" cannot be given together" },
	{ "sub",
		"X-SMTPAPI: {\"sub\":{\"-a-\":[\"b\"],\"-c-\":\"-d-\"},\"section\":"
		"{\"-d-\":\"x\\r\\ny\"}}\r\n",
		" {\"sub\":{\"-a-\":\"b\",\"-c-\":\"-d-\"},\"section\":{\"-d-\":\"x\\r\\ny\"}"
		"}" },
	{ "sub of two", "X-SMTPAPI: {\"sub\":{\"-a-\":[\"b\",\"c\"]}}\r\n",
		NO "X-SMTPAPI: \"sub\" must have one text for each tag, that of the message's "
		   "only recipient" },
	{ "sub of another type", "X-SMTPAPI: {\"sub\":[1]}\r\n",
		NO "X-SMTPAPI: \"sub\" must have one text for each tag, that of the message's "
		   "only recipient" },
	{ "section of another type", "X-SMTPAPI: {\"section\":{\"-a-\":{}}}\r\n",
		NO "X-SMTPAPI: \"section\" must have a text for each tag" },
	{ "sub that is a number", "X-SMTPAPI: {\"sub\":5}\r\n",
		NO "X-SMTPAPI: \"sub\" must have one text for each tag, that of the "
		   "message's only recipient" },
	{ "section that is true", "X-SMTPAPI: {\"section\":true}\r\n",
		NO "X-SMTPAPI: \"section\" must have a text for each tag" },
	{ "batch that is a number", "X-SMTPAPI: {\"batch_id\":7}\r\n",
		NO "X-SMTPAPI: \"batch_id\" must be a text" },
	{ "none of them", "X-SMTPAPI: {\"sub\":null,\"section\":\"\",\"batch_id\":null}\r\n",
		"" },
	{ "empty ones", "X-SMTPAPI: {\"sub\":[],\"section\":{}}\r\n", "" },
	{ "batch", "X-SMTPAPI: {\"batch_id\":\"b7\"}\r\nX-MJ-CustomID: x\r\n",
		"{\"custom_id\":\"b7\"}" },
	{ "batch of another type", "X-SMTPAPI: {\"batch_id\":[7]}\r\n",
		NO "X-SMTPAPI: \"batch_id\" must be a text" },
	{ "filter",
		"X-SMTPAPI: "
		"{\"filters\":{\"template\":{\"settings\":{\"enable\":true}}}}\r\n",
		NO "X-SMTPAPI: of \"filters\" only clicktrack, opentrack, subscriptiontrack, "
		   "ganalytics, footer and bypass_* are available here" },
	{ "what comes into the texts",
		"X-SMTPAPI: {\"filters\":{\"footer\":{\"settings\":{\"enable\":1,"
		"\"text/plain\":\"f\",\"text/html\":\"<f>\"}},\r\n"
		" \"subscriptiontrack\":{\"settings\":{\"enable\":1,\"text/plain\":"
		"\"<% a %>\",\"text/html\":\"<% b %>\",\"replace\":\"[u]\"}}}}\r\n",
		" footer:f|<f> leave:<% a %>|<% b %>|[u]" },
	{ "what comes into links, and the image",
		"X-SMTPAPI: {\"filters\":{\"ganalytics\":{\"settings\":{\"enable\":\"1\","
		"\"utm_source\":\"a b\",\"utm_campaign\":\"c\"}},\r\n \"opentrack\":"
		"{\"settings\":{\"enable\":1,\"replace\":\"%o%\"}},\"clicktrack\":"
		"{\"settings\":{\"enable\":1,\"enable_text\":false}}}}\r\n",
		" opens:on clicks:on html tags:utm_source=a%20b&utm_campaign=c mark:%o%" },
	{ "those that are off",
		"X-SMTPAPI: {\"filters\":{\"ganalytics\":{\"settings\":{\"enable\":0,"
		"\"utm_source\":\"a\"}},\r\n \"opentrack\":{\"settings\":{\"enable\":0,"
		"\"replace\":\"%o%\"}},\"subscriptiontrack\":{\"settings\":{\"enable\":0}},"
		"\"footer\":{\"settings\":{\"text/plain\":\"f\"}},\r\n"
		" \"bypass_list_management\":{\"settings\":{\"enable\":0}}}}\r\n",
		" opens:off" },
	{ "who left it, too",
		"X-SMTPAPI: {\"filters\":{\"bypass_bounce_management\":{\"settings\":"
		"{\"enable\":1}}}}\r\n",
		" bypass:16" },
	{ "filters of another type", "X-SMTPAPI: {\"filters\":[]}\r\n",
		NO "X-SMTPAPI: \"filters\" must be an object" },
	{ "category of another type", "X-SMTPAPI: {\"category\":[1]}\r\n",
		NO "X-SMTPAPI: \"category\" must be a text, or a list of texts" },
	{ "arguments of another type", "X-SMTPAPI: {\"unique_args\":{\"a\":{}}}\r\n",
		NO "X-SMTPAPI: \"unique_args\" must hold texts" },
	{ "a control character", "X-SMTPAPI: {\"category\":\"a\\r\\nBcc: e@z.test\"}\r\n",
		"{\"tags\":[\"a\\r\\nBcc: e@z.test\"]}" },
	/* Postmark */
	{ "postmark",
		"X-PM-Tag: welcome\r\nX-PM-Metadata-Color: blue\r\nX-PM-Metadata-id: "
		"7\r\n"
		"X-PM-Message-Stream: broadcast\r\nX-PM-Track-Opens: true\r\n"
		"X-PM-Track-Links: HtmlOnly\r\nX-PM-KeepID: true\r\n",
		"{\"tags\":[\"welcome\"],\"metadata\":{\"Color\":\"blue\",\"id\":\"7\"}"
		"} "
		"opens:on clicks:on html stream:1" },
	{ "the other spelling", "X-PM-TrackOpens: false\r\nX-PM-TrackLinks: None\r\n",
		" opens:off clicks:off" },
	{ "outbound", "X-PM-Message-Stream: outbound\r\n", " stream:0" },
	{ "no stream", "X-PM-Message-Stream: inbound\r\n",
		NO "X-PM-Message-Stream: there is no such stream to send by (outbound, "
		   "broadcast, or the name of one of your own)" },
	{ "a stream of the account's own", "X-PM-Message-Stream: news\r\n",
		"{\"stream\":\"news\"} own:news stream:0" },
	{ "two of them: the first counts",
		"X-PM-Message-Stream: broadcast\r\nX-PM-Message-Stream: news\r\n",
		" stream:1" },
	{ "no name of a stream", "X-PM-Message-Stream: News\r\n",
		NO "X-PM-Message-Stream: there is no such stream to send by (outbound, "
		   "broadcast, or the name of one of your own)" },
	{ "one and a group", "X-SMTPAPI: {\"asm_group_id\":5}\r\nX-PM-Message-Stream: news\r\n",
		NO "X-PM-Message-Stream: a stream of your own is left like a group: it cannot "
		   "be with asm_group_id" },
	{ "links", "X-PM-Track-Links: yes\r\n",
		NO "X-PM-Track-Links must be None, HtmlAndText, HtmlOnly or TextOnly" },
	{ "together", "X-SMTPAPI: {\"category\":\"a\"}\r\nX-PM-Tag: b\r\n",
		"{\"tags\":[\"a\",\"b\"]}" },
};

static void
test_read(void **state)
{
	(void)state;
	TEST_EACH(row, headers)
	{
		struct smtp_fields f;
		struct reply no;
		struct arena a;
		struct buf block, got;

		arena_init(&a, 1u << 20);
		buf_init(&block, 1u << 16);
		buf_init(&got, 1u << 16);
		buf_printf(&block, "From: a@x.test\r\n%s\r\n", row->fields);
		no = smtp_fields_read(&a, buf_str(&block), NOW, &f);
		result(&got, &no, &f);
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		buf_done(&block);
		arena_done(&a);
	}
}

static void
test_limits(void **state)
{
	static const struct {
		const char *name, *before, *after;
		size_t n;
	} table[] = {
		{ "campaign", "X-Mailjet-Campaign: ", "", 255 },
		{ "tag", "X-PM-Tag: ", "", 1000 },
		{ "analytics",
			"X-SMTPAPI: {\"filters\":{\"ganalytics\":{\"settings\":"
			"{\"enable\":1,\"utm_source\":\"",
			"\"}}}}", 1024 - sizeof "utm_source=" + 1 },
		{ "category", "X-SMTPAPI: {\"category\":\"", "\"}", 255 },
		{ "about", "X-MJ-EventPayload: ", "",
			OUTGOING_ABOUT_MAX - sizeof "{\"payload\":\"\"}" + 1 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		for (size_t over = 0; over < 2; over++) {
			struct smtp_fields f;
			struct arena a;
			struct buf block;

			arena_init(&a, 1u << 20);
			buf_init(&block, 1u << 16);
			buf_put_z(&block, row->before);
			for (size_t i = 0; i < row->n + over; i++)
				buf_put_c(&block, 'x');
			buf_printf(&block, "%s\r\n\r\n", row->after);
			assert_int_equal(smtp_fields_read(&a, buf_str(&block), NOW, &f).code,
				over ? 554 : 0);
			buf_done(&block);
			arena_done(&a);
		}
	}
}

static void
test_drop(void **state)
{
	struct header_add add = { .drop = smtp_fields_drop };
	struct buf out;

	(void)state;
	buf_init(&out, 1u << 16);
	assert_int_equal(
		header_rewrite(&out,
			STR_LIT("Date: x\r\nX-MJ-CustomID: 1\r\nX-SMTPAPI: {}\r\n "
				"x\r\nMessage-ID: "
				"y\r\nX-PM-Tag: t\r\nX-Mailjet-Prio: 1\r\nX-Mailer: z\r\n\r\n"),
			&add),
		0);
	assert_str(buf_str(&out), "Date: x\r\nMessage-ID: y\r\nX-Mailer: z\r\n\r\n");
	buf_done(&out);
}

TEST_MAIN(TEST(test_read), TEST(test_limits), TEST(test_drop))
