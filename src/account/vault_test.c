#include "account/vault.h"

#include "base/test.h"
#include "io/random.h"

#include <errno.h>

#define PASS STR_LIT("correct horse battery")

static void
seal_sample(struct buf *b)
{
	struct vault_out *v;

	assert_int_equal(vault_out_new(PASS, b, &v), 0);
	assert_int_equal(b->n, VAULT_HEAD);
	vault_out_put(v, b, STR_LIT("first "), false);
	vault_out_put(v, b, STR_LIT(""), false);
	vault_out_put(v, b, STR_LIT("second"), true);
	vault_out_free(&v);
}

static int
open_all(struct str s, struct str pass, size_t step, struct buf *out)
{
	struct vault_in *v = vault_in_new(pass);
	int got = 0;

	while (s.n && got >= 0) {
		struct str piece = str_head(s, step);

		s = str_from(s, piece.n);
		while ((got = vault_in_next(v, &piece, out)) == 1)
			;
	}
	got = got < 0 ? got : vault_in_finish(v);
	vault_in_free(&v);
	return got;
}

/* Each opening makes a key: seconds of work, so few rows. */
static void
test_vault(void **state)
{
	const struct {
		const char *name;
		size_t cut;  /* bytes kept; 0 all */
		size_t flip; /* byte changed; 0 none */
		struct str pass;
		size_t step;
		int want;
	} table[] = {
		{ "byte by byte", 0, 0, PASS, 1, 0 },
		{ "another passphrase", 0, 0, STR_LIT("correct horse batterx"), SIZE_MAX,
			-EACCES },
		{ "a later one", 0, VAULT_HEAD + 27 + 21 + 8, PASS, SIZE_MAX, -EBADMSG },
		{ "its end is gone", VAULT_HEAD + 27 + 21, 0, PASS, SIZE_MAX, -ENODATA },
		{ "wants all memory", 0, 24 + 7, PASS, SIZE_MAX, -E2BIG },
	};
	struct buf b, out, c;

	(void)state;
	random_start();
	buf_init(&b, 4096);
	buf_init(&c, 4096);
	buf_init(&out, VAULT_PIECE * 2);
	seal_sample(&b);
	TEST_EACH(row, table)
	{
		buf_clear(&c);
		buf_clear(&out);
		assert_int_equal(
			buf_put(&c, row->cut ? str_head(buf_str(&b), row->cut) : buf_str(&b)),
			0);
		if (row->flip)
			c.p[row->flip] ^= 1;
		assert_int_equal(open_all(buf_str(&c), row->pass, row->step, &out), row->want);
		if (row->want == 0)
			assert_true(str_eq_z(buf_str(&out), "first second"));
	}
	buf_done(&out);
	buf_done(&c);
	buf_done(&b);
}

TEST_MAIN(cmocka_unit_test(test_vault))
