#include "api/route.h"

#include "base/test.h"

#include <errno.h>

static void
test_find(void **state)
{
	static const struct {
		const char *name, *method, *path;
		int err;
		enum api_dialect dialect;
		int op;
		const char *param;
	} table[] = {
		{ "native", "POST", "/v1/messages", 0, API_NATIVE, API_SEND, "" },
		{ "mailjet", "POST", "/v3.1/send", 0, API_MAILJET, API_SEND, "" },
		{ "slash", "POST", "/v3.1/send/", 0, API_MAILJET, API_SEND, "" },
		{ "two slashes", "POST", "/v3.1/send//", -ENOENT, API_MAILJET, 0, "" },
		{ "case", "POST", "/EMAIL/withtemplate", 0, API_POSTMARK, API_SEND_TEMPLATE,
			"" },
		{ "mailgun", "POST", "/v3/m%2dg.x.test/messages", 0, API_MAILGUN, API_SEND,
			"m-g.x.test" },
		{ "mailgun mime", "POST", "/v3/x.test/messages.mime", 0, API_MAILGUN,
			API_SEND_MIME, "x.test" },
		{ "nothing of Mailgun's", "GET", "/v3/x.test/nothing", -ENOENT, API_MAILGUN, 0,
			"" },
		{ "Mailjet's, any case", "GET", "/V3/rest/Message/7", 0, API_MAILJET,
			API_MJ_MESSAGE, "7" },
		{ "Postmark's, any case", "GET", "/Messages/Outbound/x/Details", 0,
			API_POSTMARK, API_PM_MESSAGE, "x" },
		{ "Mailjet's content", "PUT", "/v3/REST/template/7/detailcontent", 0,
			API_MAILJET, API_MJ_CONTENT_CHANGE, "7" },
		{ "SendGrid's version", "POST", "/v3/templates/d-7/versions/8/activate", 0,
			API_SENDGRID, API_SG_VERSION_ACTIVATE, "d-7" },
		{ "Postmark's validation", "POST", "/templates/validate/", 0, API_POSTMARK,
			API_PM_TEMPLATE_VALIDATE, "" },
		{ "Postmark's template of that name", "GET", "/templates/validate", 0,
			API_POSTMARK, API_PM_TEMPLATE, "validate" },
		{ "no layouts of Postmark's", "GET", "/templates/7/layout", -ENOENT,
			API_POSTMARK, 0, "" },
		{ "Postmark's inbound", "PUT", "/messages/inbound/x/retry", 0, API_POSTMARK,
			API_PM_INBOUND_RETRY, "x" },
		{ "nothing of Postmark's", "GET", "/messages/inbound/x", -ENOENT, API_POSTMARK,
			0, "" },
		{ "no dot", "POST", "/v3/xtest/messages", -ENOENT, API_SENDGRID, 0, "" },
		{ "sendgrid", "POST", "/v3/mail/send", 0, API_SENDGRID, API_SEND, "" },
		{ "prefix", "POST", "/sendgrid/v3/mail/send", 0, API_SENDGRID, API_SEND, "" },
		{ "another's prefix", "POST", "/mailjet/v3/mail/send", -ENOENT, API_MAILJET, 0,
			"" },
		{ "half a prefix", "POST", "/mailjetx/v3.1/send", -ENOENT, API_NATIVE, 0, "" },
		{ "prefix alone", "POST", "/postmark", -ENOENT, API_POSTMARK, 0, "" },
		{ "method", "GET", "/v3.1/send", -EOPNOTSUPP, API_MAILJET, 0, "" },
		{ "longer", "POST", "/v1/messages/1/2", -ENOENT, API_NATIVE, 0, "" },
		{ "id", "DELETE", "/v1/messages/msg_1", 0, API_NATIVE, API_MESSAGE_CANCEL,
			"msg_1" },
		{ "id, method", "POST", "/v1/messages/msg_1", -EOPNOTSUPP, API_NATIVE, 0, "" },
		{ "shorter", "POST", "/v1", -ENOENT, API_NATIVE, 0, "" },
		{ "root", "GET", "/", -ENOENT, API_NATIVE, 0, "" },
		{ "nothing", "GET", "", -ENOENT, API_NATIVE, 0, "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_match m;
		struct arena a;

		arena_init(&a, 1u << 16);
		assert_int_equal(
			api_route_find(&a, str_z(row->method), str_z(row->path), &m), row->err);
		assert_int_equal(m.dialect, row->dialect);
		assert_int_equal(m.route ? (int)m.route->op : 0, row->op);
		if (*row->param)
			assert_str(m.params[0], row->param);
		assert_int_equal(row->err == -EOPNOTSUPP, !m.route && m.allow.n > 0);
		if (str_eq_z(m.allow, "GET, DELETE"))
			assert_string_equal(row->name, "id, method");
		arena_done(&a);
	}
}

/* No path is answered by two routes of one method. */
static void
test_table(void **state)
{
	size_t n;
	const struct api_route *r = api_routes(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(r[i].body_max > 0);
		for (size_t k = i + 1; k < n; k++)
			assert_false(str_eq_z(str_z(r[i].method), r[k].method) &&
				     str_ieq_z(str_z(r[i].pattern), r[k].pattern));
	}
}

TEST_MAIN(TEST(test_find), TEST(test_table))
