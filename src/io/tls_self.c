#include "base/must.h"
#include "io/file.h"
#include "io/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#define LIFE_DAYS 397 /* the longest that clients accept of ordinary certificates */
#define LEFT_DAYS 30
#define DAY_SEC   86400L
#define CN_MAX    64 /* RFC 5280 ub-common-name; a longer name stands in the SAN alone */

static X509 *
read_cert(const char *file)
{
	FILE *f = fopen(file, "re");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	ERR_clear_error();
	return cert;
}

static EVP_PKEY *
read_key(const char *file)
{
	FILE *f = fopen(file, "re");
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	ERR_clear_error();
	return key;
}

/* Both files are there, belong together, name the host, and have days left. */
static bool
still_good(const char *cert_file, const char *key_file, const char *host)
{
	X509 *cert = read_cert(cert_file);
	EVP_PKEY *key = read_key(key_file);
	time_t limit = time(NULL) + LEFT_DAYS * DAY_SEC;
	bool good = cert && key && X509_check_private_key(cert, key) == 1 &&
	            X509_check_host(cert, host, 0, 0, NULL) == 1 &&
	            X509_cmp_time(X509_get0_notAfter(cert), &limit) > 0;

	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext && X509_add_ext(cert, ext, -1) == 1);
	X509_EXTENSION_free(ext);
}

static void
add_host(X509 *cert, const char *host)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	must(names && name && text && ASN1_STRING_set(text, host, -1) == 1);
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	must(sk_GENERAL_NAME_push(names, name) > 0);
	must(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) == 1);
	GENERAL_NAMES_free(names);
	if (strlen(host) <= CN_MAX)
		must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			     (const unsigned char *)host, -1, -1, 0) == 1);
	must(X509_set_issuer_name(cert, subject) == 1);
}

static X509 *
make_cert(EVP_PKEY *key, const char *host)
{
	X509 *cert = X509_new();
	uint64_t serial;

	must(cert && RAND_bytes((unsigned char *)&serial, sizeof serial) == 1);
	must(X509_set_version(cert, X509_VERSION_3) == 1);
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1);
	/* A day back: clients' clocks are not ours. */
	must(X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_SEC) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(cert), (LIFE_DAYS - 1) * DAY_SEC) != NULL);
	must(X509_set_pubkey(cert, key) == 1);
	add_host(cert, host);
	add_extension(cert, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(cert, NID_ext_key_usage, "serverAuth");
	must(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

static int
replace_from(const char *path, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	int rc = file_replace(path, str_of(p, (size_t)n), 0600);

	OPENSSL_cleanse(p, (size_t)n);
	return rc;
}

static int
write_pair(const char *cert_file, const char *key_file, const char *host)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *kb = BIO_new(BIO_s_mem()), *cb = BIO_new(BIO_s_mem());
	X509 *cert;
	int rc;

	must(key && kb && cb);
	cert = make_cert(key, host);
	must(PEM_write_bio_PKCS8PrivateKey(kb, key, NULL, NULL, 0, NULL, NULL) == 1);
	must(PEM_write_bio_X509(cb, cert) == 1);
	/* A stop between the two leaves a pair that does not match: made anew at next start. */
	rc = replace_from(key_file, kb);
	if (rc == 0)
		rc = replace_from(cert_file, cb);
	BIO_free(kb);
	BIO_free(cb);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

int
tls_self_signed(const char *dir, struct str hostname)
{
	char cert[PATH_MAX], key[PATH_MAX], host[256];
	int n = snprintf(cert, sizeof cert, "%s/self.pem", dir);

	if (n < 0 || (size_t)n >= sizeof cert)
		return -ENAMETOOLONG;
	snprintf(key, sizeof key, "%s/self.key", dir);
	if (hostname.n == 0 || str_find(hostname, '\0') < hostname.n ||
		str_copy_z(host, sizeof host, hostname) < 0)
		return -EINVAL;
	if (still_good(cert, key, host))
		return 0;
	return write_pair(cert, key, host);
}
