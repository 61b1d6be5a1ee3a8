#include "base/must.h"
#include "base/text.h"
#include "report/hook_sendgrid.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define PUBLIC_MAX    128
#define SIGNATURE_MAX 80

static EVP_PKEY *
key_read(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	char group[32];
	size_t n;

	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
		EVP_PKEY_get_group_name(key, group, sizeof group, &n) == 1 &&
		strcmp(group, SN_X9_62_prime256v1) == 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

int
hook_sendgrid_key(struct buf *b)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	PKCS8_PRIV_KEY_INFO *info = key ? EVP_PKEY2PKCS8(key) : NULL;
	unsigned char *der = NULL;
	int n, err;

	must(info);
	n = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	must(n > 0);
	err = buf_put(b, str_of(der, (size_t)n));
	OPENSSL_clear_free(der, (size_t)n);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
	return err;
}

int
hook_sendgrid_public(struct buf *b, struct str der)
{
	unsigned char space[PUBLIC_MAX], *p = space;
	EVP_PKEY *key = key_read(der);
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
hook_sendgrid_sign(struct buf *b, struct str der, struct str timestamp, struct str body)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t n = sizeof signature;
	EVP_PKEY *key = key_read(der);
	EVP_MD_CTX *ctx;

	if (!key)
		return -EINVAL;
	ctx = EVP_MD_CTX_new();
	must(ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	must(EVP_DigestSignUpdate(ctx, timestamp.p, timestamp.n) == 1);
	must(EVP_DigestSignUpdate(ctx, body.p, body.n) == 1);
	must(EVP_DigestSignFinal(ctx, signature, &n) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return text_b64(b, str_of(signature, n));
}
