#include "api/mailgun_rest.h"

#include "api/rest_scene.h"
#include "base/test.h"

#include <errno.h>

#define BIT(kind) (UINT32_C(1) << (kind))

static void
test_kinds(void **state)
{
	static const struct {
		const char *name, *words;
		uint32_t kinds, states;
	} table[] = {
		{ "none", "", 0, 0 },
		{ "accepted", "accepted", BIT(FACT_ACCEPTED), 0 },
		{ "opened or clicked", "opened OR clicked",
			BIT(FACT_OPENED) | BIT(FACT_CLICKED),
			BIT(FACT_OPENED) | BIT(FACT_CLICKED) },
		{ "failed", "failed",
			BIT(FACT_DEFERRED) | BIT(FACT_BOUNCED) | BIT(FACT_EXPIRED) |
				BIT(FACT_RETURNED) | BIT(FACT_SUPPRESSED) |
				BIT(FACT_QUARANTINED),
			0 },
		{ "unknown", "opened OR x", 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(mailgun_rest_kinds(str_z(row->words)), row->kinds);
		assert_int_equal(mailgun_rest_states(row->kinds), row->states);
	}
}

static void
test_page(void **state)
{
	static const struct {
		const char *name, *page;
		int err;
	} table[] = {
		{ "no cursor", "Jg", 0 },
		{ "no base64", "%%", -EINVAL },
		{ "no &", "YQ", -EINVAL },
		{ "nothing", "", -EINVAL },
	};
	struct str cursor, query, page;
	struct arena a;

	(void)state;
	arena_init(&a, 65536);
	TEST_EACH(row, table)
	assert_int_equal(
		mailgun_rest_page_read(&a, str_z(row->page), &cursor, &query), row->err);
	page = mailgun_rest_page(&a, STR_LIT("abc"), STR_LIT("a=1&b=2"));
	assert_int_equal(mailgun_rest_page_read(&a, page, &cursor, &query), 0);
	assert_str(cursor, "abc");
	assert_str(query, "a=1&b=2");
	arena_done(&a);
}

static void
test_domain(void **state)
{
	json_t *domain = scene_json(
		"{'domain':'x.test','verified':true,'created':'2026-11-24T09:51:23.123Z',"
		"'records':[{'purpose':'dkim','name':'s.x','value':'k'},{'purpose':'spf',"
		"'name':'x.test','value':'v','state':'missing'}]}");

	(void)state;
	assert_true(rest_scene_is(mailgun_rest_records(domain),
		"{'domain':{'id':'x.test','name':'x.test','created_at':'Tue, 24 Nov 2026 "
		"09:51:23 +0000','state':'active','type':'custom','spam_action':'disabled',"
		"'wildcard':false,'is_disabled':false,'require_tls':false,"
		"'skip_verification':false},'receiving_dns_records':[],"
		"'sending_dns_records':[{'record_type':'TXT','valid':'valid','name':'s.x',"
		"'value':'k','is_active':true,'cached':[]},{'record_type':'TXT','valid':"
		"'invalid','name':'x.test','value':'v','is_active':false,'cached':[]}]}"));
	json_decref(domain);
}

TEST_MAIN(TEST(test_kinds), TEST(test_page), TEST(test_domain))
