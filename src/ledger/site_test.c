#include "ledger/site.h"

#include "base/test.h"
#include "ledger/site_tbl.h"

static void
test_of(void **state)
{
	static const struct {
		const char *name, *host, *site;
	} table[] = {
		{ "Google's", "ALT1.aspmx.l.google.com", "google.com" },
		{ "with the root's point", "aspmx2.googlemail.com.", "googlemail.com" },
		{ "Outlook.com", "outlook-com.olc.protection.outlook.com",
			"olc.protection.outlook.com" },
		{ "a firm at Microsoft", "firm-example.mail.protection.outlook.com",
			"mail.protection.outlook.com" },
		{ "the ending itself", "orange.fr", "orange.fr" },
		{ "no ending of a label", "mx.notgoogle.com", "notgoogle.com" },
		{ "a longer ending", "mx3.mail.yahoo.co.jp", "mail.yahoo.co.jp" },
		{ "unknown", "mx.shop.example", "shop.example" },
		{ "deep", "a.b.c.shop.example", "shop.example" },
		{ "of a country", "mx.shop.fr", "shop.fr" },
		{ "three labels", "mx1.shop.co.uk", "shop.co.uk" },
		{ "two of three", "com.au", "com.au" },
		{ "one label", "Hub", "hub" },
		{ "an address", "192.0.2.7", "192.0.2.7" },
		{ "a long address", "2001:db8::1", "2001:db8::1" },
		{ "points", "..", "." },
		{ "none", "", "" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str host = str_z(row->host);
		char text[SITE_TEXT];

		assert_str(site_of(text, host), row->site);
		/* The law: an end of the name, of any name. */
		for (size_t i = 0; i <= host.n; i++) {
			struct str s = site_of(text, str_from(host, i));
			bool root = host.n > i && host.p[host.n - 1] == '.';

			assert_true(str_iends(str_head(host, host.n - root), s));
		}
	}
}

/* They are found by halves. */
static void
test_order(void **state)
{
	static const char *const names[] = {
#define E(name, id) name,
		SITE_ENDINGS(E)
#undef E
	};
	char text[SITE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
		assert_str(site_of(text, str_z(names[i])), names[i]);
	}
}

static void
test_is(void **state)
{
	static const struct {
		const char *name, *asked, *site, *domain;
		bool is;
	} table[] = {
		{ "hosted there", "gmail", "google.com", "shop.example", true },
		{ "another name of it", "Google", "googlemail.com", "shop.example", true },
		{ "not sent yet", "gmail", "", "Gmail.com", true },
		{ "elsewhere", "gmail", "shop.example", "shop.example", false },
		{ "the servers", "google.com", "google.com", "shop.example", true },
		{ "the domain alone", "gmail.com", "google.com", "shop.example", false },
		{ "the recipient's domain", "GMAIL.com", "google.com", "gmail.com", true },
		{ "both of Microsoft's", "outlook.com", "mail.protection.outlook.com",
			"firm.example", true },
		{ "people, not firms", "outlook", "mail.protection.outlook.com", "firm.example",
			false },
		{ "firms", "office365", "mail.protection.outlook.com", "firm.example", true },
		{ "a part of a name", "oogle.com", "google.com", "shop.example", false },
		{ "no provider", "hub", "hub", "shop.example", true },
		{ "nothing known", "gmail", "", "shop.example", false },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(
		site_is(str_z(row->asked), str_z(row->site), str_z(row->domain)), row->is);
}

TEST_MAIN(cmocka_unit_test(test_of), cmocka_unit_test(test_order), cmocka_unit_test(test_is))
