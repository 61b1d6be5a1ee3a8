#include "report/hook_sendgrid.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define PRIVATE                                                                                \
	"hZNf6tf15dqdM2JicwOVCjTelFCjN6WttVlvJPnMfq8EPD2sB1tb6AvjoUCjlOpKW43b/"                \
	"eE95a+uiblNdOgPhOmY+mRTWMIu1l60DOtcFQ/sveNu6hzZbT9F3j46PZMnCw=="
#define PUBLIC                                                                                 \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPD2sB1tb6AvjoUCjlOpKW43b/"                        \
	"eE95a+uiblNdOgPhOmY+mRTWMIu1l60DOtcFQ/sveNu6hzZbT9F3j46PZMnCw=="
#define SIGNATURE                                                                              \
	"MEQCIG0o89p88Mwla8/"                                                                  \
	"8YJaoQNHo1m5QMnr9ou1VR7Zuzw84AiAgnPrnXk1NjKnkotnOIvaXdu3yhG3FU1hYa9MfEfnrkA=="
#define BODY "[{\"event\":\"delivered\"}]\r\n"
#define TIME "1700000100"

static struct buf b;
static uint8_t key[HOOK_SENDGRID_KEY_SIZE];

static int
up(void **state)
{
	(void)state;
	buf_init(&b, 4096);

	return 0;
}

static int
down(void **state)
{
	(void)state;
	buf_done(&b);
	return 0;
}

static struct buf
plain(struct str text)
{
	struct buf raw;

	buf_init(&raw, 4096);
	assert_int_equal(text_b64_decode(&raw, text), 0);
	return raw;
}

/* As a receiver does: the public key as shown, the fields as sent. */
static bool
verify(struct str public, struct str signature, struct str time, struct str body)
{
	struct buf spki = plain(public), sig = plain(signature);
	const unsigned char *p = (const unsigned char *)spki.p;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)spki.n);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	assert_true(pkey && ctx);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, time.p, time.n), 1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, body.p, body.n), 1);
	good = EVP_DigestVerifyFinal(ctx, (const unsigned char *)sig.p, sig.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	buf_done(&spki);
	buf_done(&sig);
	return good;
}

/* A key and a signature that were made once, and checked by `openssl dgst` then. */
static void
test_vector(void **state)
{
	struct buf private = plain(STR_LIT(PRIVATE));

	(void)state;
	assert_int_equal(hook_sendgrid_public(&b, buf_str(&private)), 0);
	assert_str(buf_str(&b), PUBLIC);
	assert_true(verify(STR_LIT(PUBLIC), STR_LIT(SIGNATURE), STR_LIT(TIME), STR_LIT(BODY)));
	buf_clear(&b);
	assert_int_equal(
		hook_sendgrid_sign(&b, buf_str(&private), STR_LIT(TIME), STR_LIT(BODY)), 0);
	assert_true(verify(STR_LIT(PUBLIC), buf_str(&b), STR_LIT(TIME), STR_LIT(BODY)));
	assert_false(
		verify(STR_LIT(PUBLIC), buf_str(&b), STR_LIT("1700000101"), STR_LIT(BODY)));
	assert_false(verify(STR_LIT(PUBLIC), buf_str(&b), STR_LIT(TIME), STR_LIT(BODY " ")));
	buf_done(&private);
}

static void
test_new_key(void **state)
{
	struct buf signature;

	(void)state;
	buf_init(&signature, 4096);
	hook_sendgrid_key(key);
	assert_int_equal(hook_sendgrid_public(&b, str_of(key, sizeof key)), 0);
	assert_int_equal(hook_sendgrid_sign(
				 &signature, str_of(key, sizeof key), STR_LIT(TIME), STR_NONE),
		0);
	assert_true(verify(buf_str(&b), buf_str(&signature), STR_LIT(TIME), STR_NONE));
	assert_false(verify(STR_LIT(PUBLIC), buf_str(&signature), STR_LIT(TIME), STR_NONE));
	buf_done(&signature);
}

static void
test_no_key(void **state)
{
	struct buf small;

	(void)state;
	buf_init(&small, 10);
	hook_sendgrid_key(key);
	assert_int_equal(hook_sendgrid_public(&b, STR_LIT("junk")), -EINVAL);
	assert_int_equal(hook_sendgrid_sign(&b, STR_NONE, STR_NONE, STR_NONE), -EINVAL);
	assert_int_equal(hook_sendgrid_public(&small, str_of(key, sizeof key)), -E2BIG);
	assert_int_equal(
		hook_sendgrid_sign(&small, str_of(key, sizeof key), STR_NONE, STR_NONE),
		-E2BIG);
	/* A point that is on no curve. */
	key[40] ^= 1;
	assert_int_equal(hook_sendgrid_public(&b, str_of(key, sizeof key)), -EINVAL);
	assert_int_equal(
		hook_sendgrid_sign(&b, str_of(key, sizeof key), STR_NONE, STR_NONE), -EINVAL);
	memset(key, 0, 32);
	key[40] ^= 1;
	assert_int_equal(
		hook_sendgrid_sign(&b, str_of(key, sizeof key), STR_NONE, STR_NONE), -EINVAL);
	assert_int_equal(b.n, 0);
	buf_done(&small);
}

#define KEY_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(KEY_TEST(test_vector), KEY_TEST(test_new_key), KEY_TEST(test_no_key))
