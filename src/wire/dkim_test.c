#include "base/test.h"
#include "wire/dkim_naive.h"

#include <errno.h>

static void
hash_cut(struct str s, size_t step, uint8_t ret_hash[DKIM_HASH_SIZE])
{
	struct dkim_body d;

	dkim_body_init(&d);
	for (; s.n; s = str_from(s, step))
		dkim_body_feed(&d, str_head(s, step));
	dkim_body_end(&d, ret_hash);
	dkim_body_done(&d);
}

static void
check_body(struct str body, struct str canonical)
{
	uint8_t want[DKIM_HASH_SIZE], got[DKIM_HASH_SIZE];

	naive_sha256(canonical, want);
	naive_body(body, got);
	assert_memory_equal(got, want, sizeof got);
	for (size_t step = 1; step <= body.n + 1; step++) {
		hash_cut(body, step, got);
		assert_memory_equal(got, want, sizeof got);
	}
}

static void
bodies(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} table[] = {
		{ "empty", "", "" },
		{ "one empty line", "\r\n", "" },
		{ "empty lines", "\r\n\r\n\r\n", "" },
		{ "white lines", " \r\n\t\r\n", "" },
		{ "only white space", " \t", "" },
		{ "plain", "a\r\n", "a\r\n" },
		{ "no final CRLF", "a", "a\r\n" },
		{ "no final CRLF, white space", "a \t", "a\r\n" },
		{ "trailing lines", "a\r\n\r\n \r\n\r\n", "a\r\n" },
		{ "leading lines", "\r\n\r\na\r\n", "\r\n\r\na\r\n" },
		{ "runs", "  a \t\tb  c\td \r\n\te\r\n", " a b c d\r\n e\r\n" },
		{ "empty line with white space inside", "a\r\n  \r\nb\r\n", "a\r\n\r\nb\r\n" },
		{ "lone CR", "a\rb \r c\r\r\n", "a\rb \r c\r\r\n" },
		{ "lone CR at the end", "a\r", "a\r\r\n" },
		{ "lone LF", "a\nb \n\r\n", "a\nb \n\r\n" },
		{ "8 bit", "\xc3\xa9 \xff\r\n", "\xc3\xa9 \xff\r\n" },
		{ "RFC 6376 3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n" },
	};

	(void)state;
	TEST_EACH(row, table)
	check_body(str_z(row->in), str_z(row->want));
	test_row = NULL;
	check_body(STR_LIT("a\0 \0 b"), STR_LIT("a\0 \0 b\r\n"));
}

/* Every kind of white space at every place of the steps that are taken at once. */
static void
mixed(void **state)
{
	static const char bytes[] = "abcdefgh .,-    \t\r\n\r\n";
	uint8_t want[DKIM_HASH_SIZE], got[DKIM_HASH_SIZE];
	char text[150];
	uint64_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t n = round % sizeof text, kinds = round % 3 ? sizeof bytes - 1 : 10;

		for (size_t i = 0; i < n; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			text[i] = bytes[(seed >> 40) % kinds];
		}
		naive_body(str_of(text, n), want);
		hash_cut(str_of(text, n), 1 + round % 40, got);
		assert_memory_equal(got, want, sizeof got);
		hash_cut(str_of(text, n), n + 1, got);
		assert_memory_equal(got, want, sizeof got);
	}
}

/* More than the block that is hashed at once, with every kind of join at its edges. */
static void
large(void **state)
{
	uint8_t want[DKIM_HASH_SIZE], got[DKIM_HASH_SIZE];
	struct buf b;

	(void)state;
	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < 40000; i++)
		buf_put_z(&b, i % 7 == 0 ? "  \r\n" : i % 5 == 0 ? "\t x" : "abcdefgh ");
	for (unsigned i = 0; i < 20000; i++)
		buf_put_z(&b, "0123456789abcdef");
	naive_body(buf_str(&b), want);
	for (size_t step = 1; step < 300000; step = step * 3 + 1) {
		hash_cut(buf_str(&b), step, got);
		assert_memory_equal(got, want, sizeof got);
	}
	buf_done(&b);
}

/* The body of RFC 8463 A.3 and the empty one of RFC 6376 3.4.4. */
static void
published(void **state)
{
	static const struct {
		const char *name, *body, *hash;
	} table[] = {
		{ "RFC 8463",
			"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n",
			"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=" },
		{ "empty", "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		uint8_t hash[DKIM_HASH_SIZE];
		struct buf b;

		buf_init(&b, 64);
		hash_cut(str_z(row->body), 1000, hash);
		text_b64(&b, str_of(hash, sizeof hash));
		assert_str(buf_str(&b), row->hash);
		buf_done(&b);
	}
}

static const uint8_t body_hash[DKIM_HASH_SIZE] = { 1, 2, 3 };

static void
field_text(void **state)
{
	struct dkim_params p = { DKIM_RSA_SHA256, STR_LIT("example.org"), STR_LIT("s1"),
		1700000000, 1700600000, body_hash };
	uint8_t digest[DKIM_HASH_SIZE];
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(dkim_prepare(&b, STR_LIT("From: a\r\nTO: b\r\nTo: c\r\nX: d\r\n\r\n"),
				 &p, digest),
		0);
	assert_str(buf_str(&b),
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;\r\n"
		"\tq=dns/txt; t=1700000000; x=1700600000; h=From:From:To:To:To:Cc:Subject:\r\n"
		"\tDate:Message-ID:Reply-To:MIME-Version:Content-Type:\r\n"
		"\tContent-Transfer-Encoding:Content-ID:Content-Description:List-Unsubscribe:"
		"\r\n"
		"\tList-Unsubscribe-Post; bh=AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=");
	assert_int_equal(
		dkim_finish(&b, STR_LIT("0123456789012345678901234567890123456789")), 0);
	assert_true(str_ends(buf_str(&b),
		STR_LIT("AAA=; "
			"b=M\r\n\tDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OQ=="
			"\r\n")));
	buf_done(&b);
}

static void
digests(void **state)
{
	static const struct {
		const char *name, *in;
	} table[] = {
		{ "none", "\r\n" },
		{ "plain", "From: a\r\nSubject: b\r\n\r\n" },
		{ "twice", "From: a\r\nTo: one\r\nto: two\r\nTO: three\r\n\r\n" },
		{ "folded", "Subject :\r\n  a \t b \r\n\t\r\n c\t\r\nFrom:x\r\n\r\n" },
		{ "8 bit", "From: \xc3\xa9 \xff\r\n\r\n" },
		{ "empty value", "Subject:\r\nTo: \r\n\r\n" },
		{ "junk between", "From a Mon\r\nFrom: a\r\njunk\r\n more\r\nTo: b\r\n\r\n" },
		{ "no end", "From: a\r\nTo: b" },
	};
	struct dkim_params p = { DKIM_ED25519_SHA256,
		STR_LIT("a-name-of-some-length.and-another-label-of-some-length.and-a-third-"
			"one."
			"example.org"),
		STR_LIT("selector"), 1, 0, body_hash };

	(void)state;
	TEST_EACH(row, table)
	{
		uint8_t got[DKIM_HASH_SIZE], want[DKIM_HASH_SIZE];
		size_t start;
		struct buf b;

		buf_init(&b, 4096);
		buf_put_z(&b, "DKIM-Signature: another; h=From;\r\n");
		start = b.n;
		assert_int_equal(dkim_prepare(&b, str_z(row->in), &p, got), 0);
		naive_digest(str_from(buf_str(&b), start), str_z(row->in), want);
		assert_memory_equal(got, want, sizeof got);
		naive_columns(buf_str(&b));
		assert_true(str_find_str(buf_str(&b), STR_LIT("x=")) == b.n);
		assert_true(str_find_str(buf_str(&b), STR_LIT("l=")) == b.n);
		buf_done(&b);
		buf_init(&b, 200);
		assert_int_equal(dkim_prepare(&b, str_z(row->in), &p, got), -E2BIG);
		assert_int_equal(b.n, 0);
		buf_done(&b);
	}
}

static void
sign_verify(EVP_PKEY *key, const EVP_MD *md)
{
	struct dkim_params p = { md ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256,
		STR_LIT("example.org"), STR_LIT("s"), 1, 2, body_hash };
	uint8_t digest[DKIM_HASH_SIZE], sig[512];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = sizeof sig;
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(dkim_prepare(&b, STR_LIT("From: a\r\n\r\n"), &p, digest), 0);
	if (md) {
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);

		assert_int_equal(EVP_PKEY_sign_init(c), 1);
		assert_int_equal(EVP_PKEY_CTX_set_signature_md(c, md), 1);
		assert_int_equal(EVP_PKEY_sign(c, sig, &n, digest, sizeof digest), 1);
		EVP_PKEY_CTX_free(c);
	} else {
		assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key), 1);
		assert_int_equal(EVP_DigestSign(ctx, sig, &n, digest, sizeof digest), 1);
	}
	assert_int_equal(dkim_finish(&b, str_of(sig, n)), 0);
	naive_columns(buf_str(&b));
	assert_true(str_ends(buf_str(&b), STR_LIT("\r\n")));
	EVP_MD_CTX_free(ctx);
	buf_done(&b);
}

static void
signatures(void **state)
{
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048),
		 *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	(void)state;
	sign_verify(rsa, EVP_sha256());
	sign_verify(ed, NULL);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed);
}

static void
records(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(dkim_record(&b, DKIM_ED25519_SHA256, STR_LIT("12345")), 0);
	assert_str(buf_str(&b), "v=DKIM1; k=ed25519; p=MTIzNDU=");
	buf_clear(&b);
	assert_int_equal(dkim_record(&b, DKIM_RSA_SHA256, STR_LIT("1")), 0);
	assert_str(buf_str(&b), "v=DKIM1; k=rsa; p=MQ==");
	buf_done(&b);
}

TEST_MAIN(TEST(bodies), TEST(mixed), TEST(large), TEST(published), TEST(field_text),
	TEST(digests), TEST(signatures), TEST(records))
