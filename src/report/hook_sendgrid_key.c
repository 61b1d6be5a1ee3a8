#include "base/must.h"
#include "base/text.h"
#include "report/hook_sendgrid.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#define PRIVATE       32u /* the scalar, highest byte first */
#define POINT         65u /* the public key, uncompressed (SEC 1, 2.3.3) */
#define PUBLIC_MAX    128
#define SIGNATURE_MAX 80

_Static_assert(PRIVATE + POINT == HOOK_SENDGRID_KEY_SIZE, "the key is these two");

/* OpenSSL's reading of DER costs ten times a signature; this does not. */
static EVP_PKEY *
key_of(const BIGNUM *private, const char *point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	must(build && ctx);
	must(OSSL_PARAM_BLD_push_utf8_string(
		     build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1);
	must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, private) == 1);
	must(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, POINT) ==
		1);
	params = OSSL_PARAM_BLD_to_param(build);
	must(params && EVP_PKEY_fromdata_init(ctx) == 1);
	if (EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
key_read(struct str bytes)
{
	BIGNUM *private;
	EVP_PKEY *key = NULL;

	if (bytes.n != HOOK_SENDGRID_KEY_SIZE)
		return NULL;
	private = BN_secure_new();
	must(private && BN_bin2bn((const unsigned char *)bytes.p, PRIVATE, private));
	if (!BN_is_zero(private))
		key = key_of(private, bytes.p + PRIVATE);
	BN_clear_free(private);
	return key;
}

void
hook_sendgrid_key(uint8_t ret_key[HOOK_SENDGRID_KEY_SIZE])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIGNUM *private = NULL;
	size_t n;

	must(key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &private) == 1);
	must(BN_bn2binpad(private, ret_key, PRIVATE) == PRIVATE);
	must(EVP_PKEY_get_octet_string_param(
		     key, OSSL_PKEY_PARAM_PUB_KEY, ret_key + PRIVATE, POINT, &n) == 1 &&
		n == POINT);
	BN_clear_free(private);
	EVP_PKEY_free(key);
}

int
hook_sendgrid_public(struct buf *b, struct str bytes)
{
	unsigned char space[PUBLIC_MAX], *p = space;
	EVP_PKEY *key = key_read(bytes);
	int n, err = -EINVAL;

	if (!key)
		return err;
	n = i2d_PUBKEY(key, NULL);
	if (n > 0 && n <= PUBLIC_MAX && i2d_PUBKEY(key, &p) == n)
		err = text_b64(b, str_of(space, (size_t)n));
	EVP_PKEY_free(key);
	return err;
}

int
hook_sendgrid_sign(struct buf *b, struct str bytes, struct str timestamp, struct str body)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t n = sizeof signature;
	EVP_PKEY *key = key_read(bytes);
	int err = -EINVAL;
	EVP_MD_CTX *ctx;

	if (!key)
		return err;
	ctx = EVP_MD_CTX_new();
	must(ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	must(EVP_DigestSignUpdate(ctx, timestamp.p, timestamp.n) == 1);
	must(EVP_DigestSignUpdate(ctx, body.p, body.n) == 1);
	if (EVP_DigestSignFinal(ctx, signature, &n) == 1)
		err = text_b64(b, str_of(signature, n));
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return err;
}
