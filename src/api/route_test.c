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
		{ "nothing of Postmark's triggers", "GET", "/triggers/tags", -ENOENT,
			API_POSTMARK, 0, "" },
		{ "nor of its servers", "GET", "/servers/7", -ENOENT, API_POSTMARK, 0, "" },
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

static const struct api_route *
route(const char *method, const char *path)
{
	static struct api_match m;
	struct arena a;

	arena_init(&a, 1u << 16);
	assert_int_equal(api_route_find(&a, str_z(method), str_z(path), &m), 0);
	arena_done(&a);
	return m.route;
}

/* What a role may do beyond its scopes, and where no account is needed. */
static void
test_roles(void **state)
{
	static const struct {
		const char *name, *method, *path;
		enum user_role role;
		bool may, platform, changes, reads_mail, opens;
	} table[] = {
		{ "template", "POST", "/v1/templates", USER_MARKETER, true, false, true, false,
			false },
		{ "the same", "POST", "/v1/templates", USER_VIEWER, false, false, true, false,
			false },
		{ "rendered", "POST", "/v1/templates/t/render", USER_MARKETER, true, false,
			false, true, false },
		{ "test mail", "POST", "/v1/templates/t/test", USER_MARKETER, true, false, true,
			true, false },
		{ "key", "POST", "/v1/keys", USER_MARKETER, false, false, true, false, true },
		{ "key", "POST", "/v1/keys", USER_ABUSE_OFFICER, false, false, true, false,
			true },
		{ "suspend", "POST", "/v1/accounts/a/suspend", USER_ABUSE_OFFICER, true, true,
			true, false, false },
		{ "accounts", "GET", "/v1/accounts", USER_ABUSE_OFFICER, true, true, false,
			false, false },
		{ "new account", "POST", "/v1/accounts", USER_ABUSE_OFFICER, false, true, true,
			false, false },
		{ "accounts", "GET", "/v1/accounts", USER_OWNER, false, true, false, false,
			false },
		{ "oneself", "PATCH", "/v1/users/usr_a", USER_VIEWER, true, true, true, false,
			false },
		{ "a user", "POST", "/v1/users", USER_VIEWER, false, true, true, false, true },
		{ "sessions", "GET", "/v1/sessions", USER_VIEWER, true, true, false, false,
			false },
		{ "audit", "GET", "/v1/audit", USER_VIEWER, false, true, false, false, false },
		{ "messages", "GET", "/v1/messages", USER_VIEWER, false, true, false, false,
			false },
		{ "source", "GET", "/v1/messages/m/source", USER_VIEWER, false, false, false,
			true, false },
		{ "values", "GET", "/v1/messages/m/values", USER_VIEWER, false, false, false,
			true, false },
		{ "a code", "POST", "/v1/session/code", USER_NONE, false, true, false, false,
			false },
		{ "one's own factor", "POST", "/v1/session/totp/off", USER_NONE, false, true,
			true, false, false },
		{ "another's", "DELETE", "/v1/users/usr_1/totp", USER_VIEWER, false, true, true,
			false, false },
		{ "sign in", "POST", "/v1/session", USER_NONE, false, true, false, false,
			false },
		{ "mail", "POST", "/v1/messages", USER_MARKETER, false, false, false, false,
			false },
		{ "rolled", "POST", "/v1/keys/k/roll", USER_VIEWER, false, false, true, false,
			true },
		{ "revoked", "DELETE", "/v1/keys/k", USER_VIEWER, false, false, true, false,
			false },
		{ "mail to a URL", "POST", "/v1/inbound", USER_VIEWER, false, false, true,
			false, true },
		{ "the same", "PATCH", "/v1/inbound/i", USER_VIEWER, false, false, true, false,
			true },
		{ "no more", "DELETE", "/v1/inbound/i", USER_VIEWER, false, false, true, false,
			false },
		{ "to its senders", "PATCH", "/v1/account/forward", USER_VIEWER, false, false,
			true, false, false },
		{ "Mailjet's", "POST", "/v3/REST/parseroute", USER_NONE, false, false, true,
			false, true },
		{ "metadata", "POST", "/v1/webhooks", USER_VIEWER, false, false, true, false,
			false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		const struct api_route *r = route(row->method, row->path);

		assert_int_equal(api_route_role(r, row->role), row->may);
		assert_int_equal(api_route_platform(r), row->platform);
		assert_int_equal(api_route_changes(r), row->changes);
		assert_int_equal(api_route_reads_mail(r), row->reads_mail);
		assert_int_equal(api_route_opens(r), row->opens);
	}
}

/* For these a user of the service says why. */
static void
test_opens(void **state)
{
	static const struct {
		const char *name, *method, *path;
		bool opens;
	} table[] = {
		{ "a user", "POST", "/v1/users", true },
		{ "a user changed", "PATCH", "/v1/users/usr_a", false },
		{ "a key", "POST", "/v1/keys", true },
		{ "another for it", "POST", "/v1/keys/fk_a/roll", true },
		{ "none for it", "DELETE", "/v1/keys/fk_a", false },
		{ "a place for mail", "POST", "/v1/inbound", true },
		{ "another place", "PATCH", "/v1/inbound/a", true },
		{ "none", "DELETE", "/v1/inbound/a", false },
		{ "the places", "GET", "/v1/inbound", false },
		{ "events", "POST", "/v1/webhooks", false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(api_route_opens(route(row->method, row->path)), row->opens);
}

TEST_MAIN(TEST(test_find), TEST(test_table), TEST(test_roles), TEST(test_opens))
