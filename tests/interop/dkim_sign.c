/*
 * Signs the message on stdin as the engine and a courier do together, for dkim.test:
 *	dkim_sign ALGO KEY.pem SELECTOR [ALGO KEY.pem SELECTOR] < message > signed
 * Each key's DNS record goes to the file KEY.pem.txt. Domain: example.org.
 */
#include "base/must.h"
#include "wire/dkim.h"
#include "wire/header.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <unistd.h>

static EVP_PKEY *
key_read(const char *file)
{
	FILE *f = fopen(file, "r");
	EVP_PKEY *key;

	must(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	must(key);
	fclose(f);
	return key;
}

static void
record_write_file(const char *file, enum dkim_algo algo, EVP_PKEY *key)
{
	unsigned char raw[32], *der = NULL;
	size_t n = sizeof raw;
	char name[512];
	struct buf b;
	FILE *f;

	buf_init(&b, 4096);
	if (algo == DKIM_RSA_SHA256) {
		int der_n = i2d_PUBKEY(key, &der);

		must(der_n > 0 && dkim_record(&b, algo, str_of(der, (size_t)der_n)) == 0);
		OPENSSL_free(der);
	} else {
		must(EVP_PKEY_get_raw_public_key(key, raw, &n) == 1);
		must(dkim_record(&b, algo, str_of(raw, n)) == 0);
	}
	snprintf(name, sizeof name, "%s.txt", file);
	f = fopen(name, "w");
	must(f && fwrite(b.p, 1, b.n, f) == b.n && fclose(f) == 0);
	buf_done(&b);
}

static size_t
sign(enum dkim_algo algo, EVP_PKEY *key, const uint8_t *digest, uint8_t sig[1024])
{
	size_t n = 1024;

	if (algo == DKIM_RSA_SHA256) {
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);

		must(c && EVP_PKEY_sign_init(c) == 1);
		must(EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1);
		must(EVP_PKEY_sign(c, sig, &n, digest, DKIM_HASH_SIZE) == 1);
		EVP_PKEY_CTX_free(c);
	} else {
		EVP_MD_CTX *c = EVP_MD_CTX_new();

		must(c && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1);
		must(EVP_DigestSign(c, sig, &n, digest, DKIM_HASH_SIZE) == 1);
		EVP_MD_CTX_free(c);
	}
	return n;
}

int
main(int argc, char **argv)
{
	uint8_t hash[DKIM_HASH_SIZE], digest[DKIM_HASH_SIZE], sig[1024];
	struct buf in, field;
	struct dkim_body d;
	struct str block, body;
	ssize_t n;

	buf_init(&in, 64u << 20);
	buf_init(&field, 65536);
	while ((n = read(0, buf_room(&in, 65536), 65536)) > 0)
		buf_added(&in, (size_t)n);
	block = str_head(buf_str(&in), header_length(buf_str(&in)));
	body = str_from(buf_str(&in), block.n);
	dkim_body_init(&d);
	dkim_body_feed(&d, body);
	dkim_body_end(&d, hash);
	for (int i = 1; i + 2 < argc; i += 3) {
		enum dkim_algo algo = *argv[i] == 'r' ? DKIM_RSA_SHA256 : DKIM_ED25519_SHA256;
		EVP_PKEY *key = key_read(argv[i + 1]);
		struct dkim_params p = { algo, STR_LIT("example.org"), str_z(argv[i + 2]),
			time(NULL), time(NULL) + 7 * 86400, hash };

		must(dkim_prepare(&field, block, &p, digest) == 0);
		must(dkim_finish(&field, str_of(sig, sign(algo, key, digest, sig))) == 0);
		record_write_file(argv[i + 1], algo, key);
		EVP_PKEY_free(key);
	}
	fwrite(field.p, 1, field.n, stdout);
	fwrite(in.p, 1, in.n, stdout);
	buf_done(&field);
	buf_done(&in);
	return 0;
}
