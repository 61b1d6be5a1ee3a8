#include "io/tls.h"

#include "base/test.h"
#include "base/utc.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

static void
make(char cert[600], char key[600], const char *sub, const char *host)
{
	char dir[600];

	snprintf(dir, sizeof dir, "%.500s/%s", test_dir_path(), sub);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(tls_self_signed(dir, str_z(host)), 0);
	snprintf(cert, 600, "%.580s/self.pem", dir);
	snprintf(key, 600, "%.580s/self.key", dir);
}

/* The common name of the certificate a client with this SNI is shown. */
static void
shown(struct tls_server *srv, const char *sni, char ret_name[256])
{
	struct tls_client *cli = tls_client_new(false);
	SSL *c = tls_client_ssl(cli, sni), *s = tls_server_ssl(srv);
	BIO *cb, *sb;
	int done = 0;

	assert_int_equal(BIO_new_bio_pair(&cb, 0, &sb, 0), 1);
	SSL_set_bio(c, cb, cb);
	SSL_set_bio(s, sb, sb);
	for (int i = 0; i < 20 && done != 3; i++) {
		done |= SSL_do_handshake(c) == 1 ? 1 : 0;
		done |= SSL_do_handshake(s) == 1 ? 2 : 0;
	}
	assert_int_equal(done, 3);
	X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(c)),
		NID_commonName, ret_name, 256);
	SSL_free(c);
	SSL_free(s);
	tls_client_free(&cli);
}

static void
test_sni(void **state)
{
	static const struct {
		const char *name, *want;
	} table[] = {
		{ "mx.one.test", "mx.one.test" },
		{ "MX.TWO.test", "mx.two.test" },
		{ "a.wild.test", "*.wild.test" },
		{ "exact.wild.test", "exact.wild.test" },
		{ "a.b.wild.test", "mx.one.test" },
		{ "unknown.test", "mx.one.test" },
		{ "192.0.2.1", "mx.one.test" },
		{ "", "mx.one.test" },
	};
	static const char *const hosts[] = { "mx.one.test", "*.wild.test", "mx.two.test",
		"exact.wild.test" };
	char cert[4][600], key[4][600], sub[2] = "a", name[256], why[TLS_PAIR_WHY_MAX];
	struct tls_pair pairs[4];
	struct tls_server *srv = NULL;

	(void)state;
	test_dir();
	for (size_t i = 0; i < 4; i++, sub[0]++) {
		make(cert[i], key[i], sub, hosts[i]);
		pairs[i] = (struct tls_pair){ cert[i], key[i] };
	}
	assert_int_equal(tls_server_new(pairs, 4, &srv, why), 0);
	TEST_EACH(row, table)
	{
		shown(srv, row->name, name);
		assert_str(str_z(name), row->want);
	}
	tls_server_free(&srv);
	test_dir_done();
}

static void
test_bad_pairs(void **state)
{
	char cert[600], key[600], cert2[600], key2[600], why[TLS_PAIR_WHY_MAX];
	static const char deep[] =
		"/none/where/a/path/is/longer/than/what/an/error/of/two/hundred/"
		"bytes/would/show/of/it/and/so/would/leave/its/reader/without/"
		"the/one/part/that/tells/which/file/is/meant.pem";
	const struct {
		const char *name, *cert, *key, *want;
	} table[] = {
		{ "no file", "/nonexistent.pem", key,
			"certificate /nonexistent.pem: No such file or directory" },
		{ "a long name", deep, key, deep },
		{ "no key", cert, "/nonexistent.key",
			"key /nonexistent.key: No such file or directory" },
		{ "not a certificate", key, key, "no start line" },
		{ "another's key", cert, key2, "does not belong to certificate" },
	};
	struct tls_server *srv = NULL;

	(void)state;
	test_dir();
	make(cert, key, "a", "mx.test");
	make(cert2, key2, "b", "mx.test");
	TEST_EACH(row, table)
	{
		struct tls_pair pair = { row->cert, row->key };

		assert_int_equal(tls_server_new(&pair, 1, &srv, why), -EINVAL);
		if (str_find_str(str_z(why), str_z(row->want)) == strlen(why))
			fprintf(stderr, "said: %s\n", why);
		assert_true(str_find_str(str_z(why), str_z(row->want)) < strlen(why));
		assert_null(srv);
	}
	test_dir_done();
}

static void
test_self_signed(void **state)
{
	char cert[600], key[600], again[600];
	struct stat a, b;
	int64_t begin, wall = 0;
	int64_t days;

	(void)state;
	test_dir();
	make(cert, key, "a", "mx.test");
	assert_int_equal(stat(key, &a), 0);
	assert_int_equal(a.st_mode & 07777, 0600);
	assert_int_equal(tls_cert_span(cert, &begin, &wall), 0);
	assert_true(begin <= (int64_t)time(NULL) * UTC_SEC && begin < wall);
	assert_int_equal(tls_cert_own(cert), 1);
	assert_int_equal(tls_cert_own(key), -EINVAL);
	assert_int_equal(tls_cert_fits(cert, STR_LIT("MX.test")), 1);
	assert_int_equal(tls_cert_fits(cert, STR_LIT("other.test")), 0);
	assert_int_equal(tls_cert_fits(key, STR_LIT("mx.test")), -EINVAL);
	assert_int_equal(tls_cert_fits("/nonexistent", STR_LIT("mx.test")), -ENOENT);
	days = (wall - (int64_t)time(NULL) * UTC_SEC) / UTC_DAY;
	assert_true(days >= 394 && days <= 397);
	snprintf(again, sizeof again, "%.590s/a", test_dir_path());
	assert_int_equal(stat(cert, &a), 0);
	assert_int_equal(tls_self_signed(again, STR_LIT("mx.test")), 0);
	assert_int_equal(stat(cert, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino); /* kept */
	assert_int_equal(tls_self_signed(again, STR_LIT("other.test")), 0);
	assert_int_equal(stat(cert, &b), 0);
	assert_true(a.st_ino != b.st_ino || a.st_mtim.tv_nsec != b.st_mtim.tv_nsec);
	assert_int_equal(truncate(key, 10), 0);
	assert_int_equal(tls_self_signed(again, STR_LIT("other.test")), 0);
	assert_int_equal(stat(key, &a), 0);
	assert_true(a.st_size > 100); /* damaged: made anew */
	/* Longer than a common name may be. */
	assert_int_equal(
		tls_self_signed(
			again, STR_LIT("a123456789.a123456789.a123456789.a123456789.a123456789."
				       "a123456789.a123456789.test")),
		0);
	assert_int_equal(tls_self_signed(again, STR_NONE), -EINVAL);
	assert_int_equal(tls_self_signed("/nonexistent", STR_LIT("mx.test")), -ENOENT);
	assert_int_equal(tls_cert_span(key, &begin, &wall), -EINVAL);
	assert_int_equal(tls_cert_span("/nonexistent", &begin, &wall), -ENOENT);
	test_dir_done();
}

TEST_MAIN(TEST(test_sni), TEST(test_bad_pairs), TEST(test_self_signed))
