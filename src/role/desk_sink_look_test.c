/* What is said of a captured message, by its headers and its envelope. */
#include "role/desk_sink.h"

#include "api/help.h"
#include "base/test.h"

#include <stdlib.h>

#define SIGNED(d) "DKIM-Signature: v=1; a=rsa-sha256;\r\n\td=" d "; s=x; b=abc\r\n"
#define FROM      "From: Shop <a@shop.example>\r\nTo: b@c.test\r\nSubject: Your order\r\n"
#define OUT       "List-Unsubscribe: <https://x.test/u>\r\n"
#define CLICK     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"

static const char *
level_of(const json_t *list, const char *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0)
			return json_string_value(json_object_get(row, "level"));
	}
	return "none";
}

/* Whatever is said has its page of help. */
static void
all_have_help(const json_t *list)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		struct buf page;
		char topic[80];

		snprintf(topic, sizeof topic, "advice-%s",
			json_string_value(json_object_get(row, "id")));
		buf_init(&page, HELP_PAGE_MAX);
		assert_int_equal(help_page(&page, str_z(topic), false), 0);
		buf_done(&page);
	}
	assert_true(i > 1);
}

static void
test_look(void **state)
{
	static const struct {
		const char *name, *message, *path;
		bool broadcast;
		const char *signature, *back, *unsubscribe;
	} table[] = {
		{ "all is well", SIGNED("shop.example") OUT CLICK FROM "\r\nHello\r\n",
			"t@bounce.shop.example", true, "good", "good", "good" },
		{ "signed above", SIGNED("example.com") "From: x@mail.example.com\r\n\r\nx\r\n",
			"t@example.com", false, "good", "good", "none" },
		{ "another signer", SIGNED("relay.test") FROM "\r\nx\r\n", "t@relay.test",
			false, "warning", "hint", "none" },
		{ "two, the second counts",
			SIGNED("relay.test") SIGNED("shop.example") FROM "\r\nx\r\n",
			"a@shop.example", false, "good", "good", "none" },
		{ "lines that are no field are none",
			SIGNED("relay.test") "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n" SIGNED(
				"shop.example") FROM "\r\nx\r\n",
			"a@shop.example", false, "good", "good", "none" },
		{ "no longer name that only ends so",
			SIGNED("evilshop.example") FROM "\r\nx\r\n", "a@evilshop.example",
			false, "warning", "hint", "none" },
		{ "not by a public suffix alone", SIGNED("example") FROM "\r\nx\r\n",
			"a@example", false, "warning", "hint", "none" },
		{ "not signed, no way out", FROM "\r\nx\r\n", "a@shop.example", true, "problem",
			"good", "problem" },
		{ "no one click", OUT FROM "\r\nx\r\n", "a@shop.example", false, "problem",
			"good", "warning" },
		{ "a report has no way back", FROM "\r\nx\r\n", "", false, "problem", "none",
			"none" },
		{ "no headers", "x", "", false, "problem", "none", "none" },
		{ "nothing", "", "", false, "problem", "none", "none" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		for (int french = 0; french <= 1; french++) {
			const struct desk_sink_mail m = { .message = str_z(row->message),
				.path = str_z(row->path),
				.bytes = strlen(row->message),
				.broadcast = row->broadcast };
			json_t *list = desk_sink_look(&m, french);

			assert_string_equal(level_of(list, "signature"), row->signature);
			assert_string_equal(level_of(list, "return_path"), row->back);
			assert_string_equal(
				level_of(list, "list_unsubscribe"), row->unsubscribe);
			assert_string_equal(level_of(list, "message_size"), "good");
			all_have_help(list);
			json_decref(list);
		}
	}
}

/* The domains stand where they belong. */
static void
test_seen(void **state)
{
	static const char *const seen[2][3] = {
		{ "Signed (DKIM) by relay.test, but sent from shop.example.",
			"What comes back goes to back.test: not aligned with the sender's "
			"shop.example.",
			"The message has 10485760 bytes." },
		{ "Signé (DKIM) par relay.test, mais envoyé de shop.example.",
			"Les retours vont à back.test : pas aligné avec shop.example de "
			"l'expéditeur.",
			"Le message fait 10485760 octets." },
	};
	const struct desk_sink_mail m = { .message = STR_LIT(
						  SIGNED("relay.test") FROM "\r\nHello\r\n"),
		.path = STR_LIT("t@back.test"),
		.bytes = UINT64_C(10) << 20 };

	(void)state;
	for (int french = 0; french <= 1; french++) {
		json_t *list = desk_sink_look(&m, french);

		for (size_t i = 0; i < TEST_COUNT(seen[0]); i++)
			assert_string_equal(json_string_value(json_object_get(
						    json_array_get(list, i), "seen")),
				seen[french][i]);
		json_decref(list);
	}
}

/* Foreign bytes become text, whatever they are. */
static void
test_foreign(void **state)
{
	const struct desk_sink_mail m = {
		.message =
			STR_LIT("DKIM-Signature: d=\xff\x00\x1b.test\r\nFrom: \xfe@\xfe.x\r\n"
				"Content-Type: multipart/mixed; boundary=\"\xff\"\r\n\r\n--"),
		.path = STR_LIT("\xff@\xff.y"),
		.bytes = UINT64_C(20) << 20
	};
	json_t *list = desk_sink_look(&m, false);
	char *text = json_dumps(list, 0);

	(void)state;
	assert_non_null(text);
	assert_string_equal(level_of(list, "signature"), "warning");
	assert_string_equal(level_of(list, "message_size"), "warning");
	free(text);
	json_decref(list);
}

TEST_MAIN(cmocka_unit_test(test_look), cmocka_unit_test(test_seen),
	cmocka_unit_test(test_foreign))
