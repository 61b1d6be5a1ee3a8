#include "api/mailgun_vars.h"

#include "base/test.h"

static void
test_expand(void **state)
{
	static const struct {
		const char *name, *want; /* want NULL: too long */
	} table[] = {
		{ "", "" },
		{ "plain 100%", "plain 100%" },
		{ "%recipient.a%", "A" },
		{ "<%recipient.a%%recipient.a%>", "<AA>" },
		{ "%recipient.a% %recipient.a", "A %recipient.a" },
		{ "%recipient%", "b@y.test" },
		{ "%recipient.email% %recipient_email%", "b@y.test b@y.test" },
		{ "%recipient.name%/%recipient_name%", "Bob/Bob" },
		{ "%recipient_fname%", "%recipient_fname%" },
		{ "%recipients%", "%recipients%" },
		{ "%recipient.none%", "%recipient.none%" },
		{ "%recipient.%", "%recipient.%" },
		{ "%recipient.x %recipient.a%", "%recipient.x A" },
		{ "%recipient.empty%.", "." },
		{ "%recipient.null%.", "." },
		{ "%recipient.int% %recipient.real% %recipient.bool%", "1 1.5 false" },
		{ "%recipient.o% %recipient.o.k%", "{\"k\":[1]} [1]" },
		{ "%recipient.o.k.z%", "%recipient.o.k.z%" },
		{ "%recipient.d.t% %recipient.v:id%", "dotted V" },
		{ "%recipient.again%", "%recipient.a%" },
		{ "%recipient.html%", "<b>&" },
		{ "0123456789012345678901234567890%recipient.a%",
			"0123456789012345678901234567890A" },
		{ "01234567890123456789012345678901%recipient.a%", NULL },
	};
	static const struct outgoing_address bob = { { "b@y.test", 8 }, { "Bob", 3 } };
	json_t *values = json_loads("{\"a\":\"A\",\"empty\":\"\",\"null\":null,\"int\":1,"
				    "\"real\":1.5,\"bool\":false,\"o\":{\"k\":[1]},"
				    "\"d.t\":\"dotted\",\"v:id\":\"V\","
				    "\"again\":\"%recipient.a%\",\"html\":\"<b>&\"}",
		0, NULL);
	struct mailgun_vars v = { &bob, values };

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct str got;

		arena_init(&a, 4096);
		got = mailgun_vars_expand(&a, str_z(row->name), &v, 32);
		assert_int_equal(got.p != NULL, row->want != NULL);
		if (row->want)
			assert_str(got, row->want);
		arena_done(&a);
	}
	json_decref(values);
}

static void
test_of(void **state)
{
	json_t *all = json_loads("{\"b@y.test\":{},\"B@y.test\":{\"x\":1}}", 0, NULL);

	(void)state;
	assert_int_equal(json_object_size(mailgun_vars_of(all, STR_LIT("b@y.test"))), 0);
	assert_int_equal(json_object_size(mailgun_vars_of(all, STR_LIT("B@y.test"))), 1);
	assert_non_null(mailgun_vars_of(all, STR_LIT("b@Y.TEST")));
	assert_null(mailgun_vars_of(all, STR_LIT("c@y.test")));
	json_decref(all);
}

TEST_MAIN(TEST(test_expand), TEST(test_of))
