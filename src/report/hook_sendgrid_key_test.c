#include "report/hook_sendgrid.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define PRIVATE                                                                                \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghZNf6tf15dqdM2JicwOVCjTelFCjN6WttVlv" \
	"JPnMfq+hRANCAAQ8PawHW1voC+OhQKOU6kpbjdv94T3lr66JuU106A+E6Zj6ZFNYwi7WXrQM61wVD+"       \
	"y9427qHNltP0XePjo9kycL"
#define PUBLIC                                                                                 \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPD2sB1tb6AvjoUCjlOpKW43b/"                        \
	"eE95a+uiblNdOgPhOmY+mRTWMIu1l60DOtcFQ/sveNu6hzZbT9F3j46PZMnCw=="
#define SIGNATURE                                                                              \
	"MEQCIG0o89p88Mwla8/"                                                                  \
	"8YJaoQNHo1m5QMnr9ou1VR7Zuzw84AiAgnPrnXk1NjKnkotnOIvaXdu3yhG3FU1hYa9MfEfnrkA=="
#define BODY "[{\"event\":\"delivered\"}]\r\n"
#define TIME "1700000100"

static struct buf b, der;

static int
up(void **state)
{
	(void)state;
	buf_init(&b, 4096);
	buf_init(&der, HOOK_SENDGRID_KEY_MAX);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	buf_done(&b);
	buf_done(&der);
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
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki.n);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	assert_true(key && ctx);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, time.p, time.n), 1);
	assert_int_equal(EVP_DigestVerifyUpdate(ctx, body.p, body.n), 1);
	good = EVP_DigestVerifyFinal(ctx, (const unsigned char *)sig.p, sig.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
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
	assert_int_equal(hook_sendgrid_key(&der), 0);
	assert_int_equal(hook_sendgrid_public(&b, buf_str(&der)), 0);
	assert_int_equal(
		hook_sendgrid_sign(&signature, buf_str(&der), STR_LIT(TIME), STR_NONE), 0);
	assert_true(verify(buf_str(&b), buf_str(&signature), STR_LIT(TIME), STR_NONE));
	assert_false(verify(STR_LIT(PUBLIC), buf_str(&signature), STR_LIT(TIME), STR_NONE));
	buf_done(&signature);
}

static void
test_no_key(void **state)
{
	EVP_PKEY *other = EVP_EC_gen("P-384");
	unsigned char *p = NULL;
	int n = i2d_PrivateKey(other, &p);
	struct buf small;

	(void)state;
	buf_init(&small, 10);
	assert_int_equal(hook_sendgrid_public(&b, STR_LIT("junk")), -EINVAL);
	assert_int_equal(hook_sendgrid_sign(&b, STR_NONE, STR_NONE, STR_NONE), -EINVAL);
	assert_int_equal(hook_sendgrid_public(&b, str_of(p, (size_t)n)), -EINVAL);
	assert_int_equal(hook_sendgrid_key(&small), -E2BIG);
	assert_int_equal(hook_sendgrid_key(&der), 0);
	assert_int_equal(hook_sendgrid_public(&small, buf_str(&der)), -E2BIG);
	assert_int_equal(hook_sendgrid_sign(&small, buf_str(&der), STR_NONE, STR_NONE), -E2BIG);
	buf_done(&small);
	OPENSSL_free(p);
	EVP_PKEY_free(other);
}

#define KEY_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(KEY_TEST(test_vector), KEY_TEST(test_new_key), KEY_TEST(test_no_key))
