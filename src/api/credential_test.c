#include "api/credential.h"

#include "base/test.h"

#include <errno.h>

static void
test_read(void **state)
{
	static const struct {
		const char *name, *fields;
		int err;
		const char *user, *password;
		bool test;
	} table[] = {
		{ "none", "", -ENOENT, "", "", false },
		{ "basic", "Authorization: Basic a2V5OnNlYzpyZXQ=\r\n", 0, "key", "sec:ret",
			false },
		{ "any case", "authorization:  bASIC  a2V5OnM=\r\n", 0, "key", "s", false },
		{ "no colon", "Authorization: Basic a2V5\r\n", -EINVAL, "", "", false },
		{ "no base64", "Authorization: Basic a2V5O#M=\r\n", -EINVAL, "", "", false },
		{ "bearer", "Authorization: Bearer SG.key.secret\r\n", 0, "", "SG.key.secret",
			false },
		{ "a scheme alone", "Authorization: Bearer\r\n", -EINVAL, "", "", false },
		{ "another scheme", "Authorization: Digest x\r\n", -EINVAL, "", "", false },
		{ "token", "X-Postmark-Server-Token: 1-2-3\r\n", 0, "1-2-3", "1-2-3", false },
		{ "test token", "X-Postmark-Server-Token: POSTMARK_API_TEST\r\n", 0,
			"POSTMARK_API_TEST", "POSTMARK_API_TEST", true },
		{ "both", "Authorization: Bearer x\r\nX-Postmark-Server-Token: y\r\n", -EINVAL,
			"", "", false },
		{ "empty token", "X-Postmark-Server-Token:\r\n", -EINVAL, "", "", false },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_credential c;
		struct http_in h;
		struct arena a;
		struct buf b;

		arena_init(&a, 1u << 16);
		buf_init(&b, 4096);
		buf_printf(&b, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", row->fields);
		http_in_init(&h, 100);
		struct str in = buf_str(&b);
		assert_int_equal(http_in_feed(&h, &in), HTTP_IN_HEAD);
		assert_int_equal(api_credential_read(&a, &h, &c), row->err);
		if (!row->err) {
			assert_str(c.user, row->user);
			assert_str(c.password, row->password);
			assert_int_equal(c.test, row->test);
		}
		http_in_done(&h);
		buf_done(&b);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_read))
