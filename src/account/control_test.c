#include "account/control.h"

#include "account/directory.h"
#include "base/buf.h"
#include "wire/dkim.h"

#include "account/control_scene.h"

#include <errno.h>

static const char *
text(const json_t *j, const char *name)
{
	const char *z = json_string_value(json_object_get(j, name));

	return z ? z : "(none)";
}

static void
add_account(const char *name)
{
	json_t *j = NULL;

	assert_int_equal(control_account_add(c, str_z(name), &j), 0);
	assert_string_equal(text(j, "account"), name);
	json_decref(j);
}

/* A key is replaced by one like it; the old one has its grace, and no more than it had. */
static void
test_roll(void **unused)
{
	struct control_key k = { .account = STR_LIT("shop"),
		.label = STR_LIT("till"),
		.stream = STREAM_BROADCAST,
		.networks = STR_LIT("192.0.2.0/24"),
		.scopes = STR_LIT("send,read") };
	json_t *old, *new_, *none, *list, *row;
	struct str name;
	size_t i;

	(void)unused;
	add_account("shop");
	add_account("other");
	assert_int_equal(control_key_add(c, &k, &old), 0);
	name = str_z(json_string_value(json_object_get(old, "key")));
	assert_int_equal(control_key_roll(c, STR_LIT("other"), name, 1, &none), -ENOENT);
	assert_int_equal(control_key_roll(c, STR_NONE, STR_LIT("fk_no"), 1, &none), -ENOENT);
	assert_int_equal(control_key_roll(c, STR_LIT("shop"), name, 3600000000, &new_), 0);
	assert_string_equal(json_string_value(json_object_get(new_, "replaces")), name.p);
	assert_string_not_equal(json_string_value(json_object_get(new_, "key")), name.p);
	assert_true(json_string_length(json_object_get(new_, "secret")) == 43);
	assert_int_equal(control_key_list(c, STR_LIT("shop"), &list), 0);
	assert_int_equal(json_array_size(list), 2);
	json_array_foreach(list, i, row)
	{
		bool is_old = str_eq_z(name, json_string_value(json_object_get(row, "key")));

		assert_int_equal(json_is_string(json_object_get(row, "expires")), is_old);
		assert_string_equal(json_string_value(json_object_get(row, "label")), "till");
		assert_string_equal(
			json_string_value(json_object_get(row, "stream")), "broadcast");
		assert_string_equal(
			json_string_value(json_object_get(row, "scopes")), "send,read");
	}
	json_decref(list);
	/* What is revoked has no successor. */
	assert_int_equal(control_key_revoke(c, name), 0);
	assert_int_equal(control_key_roll(c, STR_NONE, name, 1, &none), -ENOENT);
	json_decref(old);
	json_decref(new_);
}

static void
test_accounts(void **unused)
{
	static const struct {
		const char *name;
		int want;
	} table[] = { { "", -EINVAL }, { "Shop", -EINVAL }, { "a b", -EINVAL },
		{ "system", -EEXIST }, { "shop", -EEXIST },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			-EINVAL } };
	uint64_t version = control_version(c);
	json_t *j = NULL;

	(void)unused;
	add_account("shop");
	assert_int_equal(control_version(c), version + 1);
	TEST_EACH(row, table)
	{
		assert_int_equal(control_account_add(c, str_z(row->name), &j), row->want);
		assert_true(strlen(control_error(c)) > 20);
	}
	assert_int_equal(control_version(c), version + 1);
	add_account("club");
	assert_int_equal(control_account_state(c, STR_LIT("club"), STR_LIT("suspended")), 0);
	assert_int_equal(control_account_state(c, STR_LIT("club"), STR_LIT("gone")), -EINVAL);
	assert_int_equal(control_account_state(c, STR_LIT("none"), STR_LIT("ok")), -ENOENT);
	assert_int_equal(control_account_list(c, &j), 0);
	assert_int_equal(json_array_size(j), 2);
	assert_string_equal(text(json_array_get(j, 0), "account"), "club");
	assert_string_equal(text(json_array_get(j, 0), "state"), "suspended");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(j, 1), "id")), 1);
	json_decref(j);
}

/* No file below the state folder may hold this text (T24). */
static void
assert_nowhere(const char *secret)
{
	static const char *const files[] = { "control.db", "control.db-wal", "control.db-shm" };
	char path[600], *bytes;

	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		FILE *f;
		size_t n;

		snprintf(path, sizeof path, "%s/%s", folder, files[i]);
		f = fopen(path, "rb");
		if (!f)
			continue;
		bytes = test_malloc(4u << 20);
		n = fread(bytes, 1, 4u << 20, f);
		assert_ptr_equal(memmem(bytes, n, secret, strlen(secret)), NULL);
		test_free(bytes);
		fclose(f);
	}
}

static void
test_keys(void **unused)
{
	struct control_key k = { .account = STR_LIT("shop"),
		.label = STR_LIT("tills"),
		.stream = STREAM_BROADCAST,
		.networks = STR_LIT("192.0.2.0/24,2001:db8::/32"),
		.expires = 1800000000000000 };
	const struct dir_key *dk;
	struct directory *d;
	uint8_t hash[32];
	json_t *j, *list;

	(void)unused;
	assert_int_equal(control_key_add(c, &k, &j), -ENOENT);
	add_account("shop");
	assert_int_equal(control_key_add(c, &k, &j), 0);
	assert_string_equal(text(j, "account"), "shop");
	assert_string_equal(text(j, "stream"), "broadcast");
	assert_string_equal(text(j, "expires"), "2027-01-15T08:00:00.000Z");
	assert_string_equal(text(json_object_get(j, "smtp"), "user"), text(j, "key"));
	assert_string_equal(text(json_object_get(j, "smtp"), "password"), text(j, "secret"));
	assert_true(str_starts(str_z(text(j, "sendgrid")), STR_LIT("SG.fk_live_")));
	assert_nowhere(text(j, "secret"));
	assert_nowhere(text(j, "postmark_token"));
	assert_int_equal(control_key_list(c, STR_NONE, &list), 0);
	assert_int_equal(json_array_size(list), 1);
	assert_null(json_object_get(json_array_get(list, 0), "secret"));
	json_decref(list);

	assert_int_equal(directory_load(folder, &keys, &d), 0);
	dk = directory_key(d, str_z(text(j, "key")));
	assert_non_null(dk);
	assert_int_equal(dk->tenant, 1);
	assert_true(dk->enabled && dk->scopes == SCOPE_SEND && !dk->plaintext);
	assert_int_equal(dk->expires, k.expires);
	assert_str(dk->networks, "192.0.2.0/24,2001:db8::/32");
	seal_hash(hash, keys.pepper, str_z(text(j, "secret")));
	assert_memory_equal(hash, dk->secret_hash, 32);
	seal_hash(hash, keys.pepper, str_z(text(j, "postmark_token")));
	assert_ptr_equal(directory_token(d, hash), dk);
	assert_int_equal(
		control_key_used(c, dk->id, 1700000000000000, STR_LIT("192.0.2.7")), 0);
	directory_free(&d);
	assert_int_equal(control_key_list(c, STR_LIT("shop"), &list), 0);
	assert_string_equal(text(json_array_get(list, 0), "last_client"), "192.0.2.7");
	json_decref(list);

	assert_int_equal(control_key_revoke(c, STR_LIT("fk_none")), -ENOENT);
	assert_int_equal(control_key_revoke(c, str_z(text(j, "key"))), 0);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_false(directory_key(d, str_z(text(j, "key")))->enabled);
	directory_free(&d);
	json_decref(j);
}

static void
test_key_checks(void **unused)
{
	static const struct {
		const char *name, *networks, *scopes;
		int want;
	} table[] = {
		{ "none", "", "", 0 },
		{ "one address", "192.0.2.1", "send", 0 },
		{ "too many bits", "192.0.2.0/33", "", -EINVAL },
		{ "no number", "192.0.2.0/", "", -EINVAL },
		{ "no address", "shop", "", -EINVAL },
		{ "an empty part", "192.0.2.1,,::1", "", -EINVAL },
		{ "scopes", "", "read,send", 0 },
		{ "unknown scope", "", "stats.read,send", -EINVAL },
		{ "capitals", "", "SEND", -EINVAL },
		{ "an empty scope", "", "send,,read", -EINVAL },
	};
	struct control_key k = { .account = STR_LIT("shop") };
	json_t *j;

	(void)unused;
	add_account("shop");
	TEST_EACH(row, table)
	{
		k.networks = str_z(row->networks);
		k.scopes = str_z(row->scopes);
		assert_int_equal(control_key_add(c, &k, &j), row->want);
		if (row->want == 0)
			json_decref(j);
	}
}

static void
test_demo_key(void **unused)
{
	struct control_key k = {
		.account = STR_LIT("shop"), .plaintext = true, .scopes = STR_LIT("read")
	};
	struct directory *d;

	(void)unused;
	add_account("shop");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(control_key_put(c, &k, STR_LIT("fk_test_demo"),
					 STR_LIT("fs_test_demo")),
			0);
		assert_int_equal(directory_load(folder, &keys, &d), 0);
		assert_true(directory_key(d, STR_LIT("fk_test_demo"))->plaintext);
		assert_int_equal(directory_key(d, STR_LIT("fk_test_demo"))->scopes, SCOPE_READ);
		directory_free(&d);
	}
	assert_int_equal(control_key_put(c, &k, STR_NONE, STR_LIT("x")), -EINVAL);
}

static void
check_records(json_t *j)
{
	static const char *const want[][3] = {
		{ "dkim", "fct1._domainkey.xn--bcher-kva.test", "v=DKIM1; k=rsa; p=MIIBIjAN" },
		{ "dkim", "fct1e._domainkey.xn--bcher-kva.test", "v=DKIM1; k=ed25519; p=" },
		{ "dmarc", "_dmarc.xn--bcher-kva.test", "v=DMARC1; p=none" },
		{ "spf", "xn--bcher-kva.test", "v=spf1 a:mail.test ~all" },
	};
	json_t *records = json_object_get(j, "records");
	struct str zone = str_z(text(j, "zone")), line;
	unsigned lines = 0;

	assert_int_equal(json_array_size(records), TEST_COUNT(want));
	for (size_t i = 0; i < TEST_COUNT(want); i++) {
		json_t *r = json_array_get(records, i);

		assert_string_equal(text(r, "purpose"), want[i][0]);
		assert_string_equal(text(r, "name"), want[i][1]);
		assert_true(str_starts(str_z(text(r, "value")), str_z(want[i][2])));
	}
	while (zone.n) {
		line = str_cut(&zone, '\n');
		lines++;
		/* The strings of a record lie between every second pair of quotes. */
		str_cut(&line, '"');
		while (line.p) {
			struct str part = str_cut(&line, '"');

			assert_true(part.n > 0 && part.n <= 255);
			str_cut(&line, '"');
		}
	}
	assert_int_equal(lines, TEST_COUNT(want));
}

static void
test_domains(void **unused)
{
	const struct dir_domain *dom;
	struct seal_keys other = keys;
	struct directory *d;
	json_t *j;

	(void)unused;
	add_account("shop");
	add_account("club");
	control_hostname(c, STR_LIT("mail.test"));
	assert_int_equal(
		control_domain_add(c, STR_LIT("shop"), STR_LIT("localhost"), &j), -EINVAL);
	assert_int_equal(
		control_domain_add(c, STR_LIT("none"), STR_LIT("a.test"), &j), -ENOENT);
	assert_int_equal(control_domain_add(c, STR_LIT("shop"), STR_LIT("Bücher.test"), &j), 0);
	assert_string_equal(text(j, "domain"), "xn--bcher-kva.test");
	assert_true(json_is_false(json_object_get(j, "verified")));
	check_records(j);
	json_decref(j);
	assert_int_equal(
		control_domain_add(c, STR_LIT("shop"), STR_LIT("XN--bcher-kva.test"), &j),
		-EEXIST);
	assert_int_equal(
		control_domain_add(c, STR_LIT("club"), STR_LIT("xn--bcher-kva.test"), &j), 0);
	json_decref(j);
	assert_int_equal(control_domain_verified(
				 c, STR_LIT("club"), STR_LIT("xn--bcher-kva.test"), true),
		0);
	assert_int_equal(control_domain_verified(
				 c, STR_LIT("shop"), STR_LIT("xn--bcher-kva.test"), true),
		-EEXIST);
	assert_int_equal(
		control_domain_verified(c, STR_LIT("shop"), STR_LIT("b.test"), true), -ENOENT);

	assert_int_equal(directory_load(folder, &keys, &d), 0);
	dom = directory_domain(d, 2, STR_LIT("XN--BCHER-KVA.test"));
	assert_non_null(dom);
	assert_true(dom->verified);
	assert_int_equal(dom->nsigners, 2);
	assert_int_equal(dom->signers[0].algo, DKIM_RSA_SHA256);
	assert_int_equal(EVP_PKEY_get_bits(dom->signers[0].key), 2048);
	assert_str(dom->signers[1].selector, "fct1e");
	assert_true(EVP_PKEY_is_a(dom->signers[1].key, "ED25519"));
	assert_false(directory_domain(d, 1, STR_LIT("xn--bcher-kva.test"))->verified);
	assert_null(directory_domain(d, 3, STR_LIT("xn--bcher-kva.test")));
	assert_null(directory_domain(d, 1, STR_LIT("a.test")));
	assert_int_equal(directory_unreadable(d), 0);
	directory_free(&d);
	/* With another master key nothing opens, and that is told. */
	other.box[0] ^= 1;
	assert_int_equal(directory_load(folder, &other, &d), 0);
	assert_int_equal(directory_unreadable(d), 4);
	assert_int_equal(directory_domain(d, 2, STR_LIT("xn--bcher-kva.test"))->nsigners, 0);
	directory_free(&d);

	assert_int_equal(
		control_domain_remove(c, STR_LIT("club"), STR_LIT("xn--bcher-kva.test")), 0);
	assert_int_equal(
		control_domain_remove(c, STR_LIT("club"), STR_LIT("xn--bcher-kva.test")),
		-ENOENT);
	assert_int_equal(control_domain_list(c, STR_NONE, &j), 0);
	assert_int_equal(json_array_size(j), 1);
	json_decref(j);
}

static void
test_routes(void **unused)
{
	struct directory *d;
	const struct config_route *r;
	json_t *j;
	size_t n;

	(void)unused;
	assert_int_equal(control_route_add(c, STR_LIT("*"),
				 STR_LIT("smtp://me:s3cr:et@relay.test:587?tls=must")),
		0);
	assert_int_equal(
		control_route_add(c, STR_LIT("Example.test"), STR_LIT("smtp://a.test")), 0);
	assert_int_equal(
		control_route_add(c, STR_LIT("example.test"), STR_LIT("smtp://[::1]:26")), 0);
	assert_int_equal(
		control_route_add(c, STR_LIT("a b"), STR_LIT("smtp://a.test")), -EINVAL);
	assert_int_equal(control_route_add(c, STR_LIT("*"), STR_LIT("http://a.test")), -EINVAL);
	assert_nowhere("s3cr:et");
	assert_int_equal(control_route_list(c, &j), 0);
	assert_int_equal(json_array_size(j), 2);
	assert_string_equal(
		text(json_array_get(j, 0), "url"), "smtp://me:***@relay.test:587?tls=must");
	assert_string_equal(text(json_array_get(j, 1), "url"), "smtp://[::1]:26");
	json_decref(j);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	r = directory_routes(d, &n);
	assert_int_equal(n, 2);
	assert_str(r[0].url, "smtp://me:s3cr:et@relay.test:587?tls=must");
	assert_str(r[1].domain, "example.test");
	directory_free(&d);
	assert_int_equal(control_route_remove(c, STR_LIT("*")), 0);
	assert_int_equal(control_route_remove(c, STR_LIT("*")), -ENOENT);
}

static void
test_directory(void **unused)
{
	struct directory *d;
	size_t n;

	(void)unused;
	assert_int_equal(directory_load("/nowhere/at/all", &keys, &d), 0);
	assert_int_equal(directory_version(d), 0);
	assert_null(directory_key(d, STR_LIT("x")));
	assert_null(directory_tenant(d, 1));
	assert_str(directory_tenant(d, 0)->name, "system");
	directory_routes(d, &n);
	assert_int_equal(n, 0);
	directory_free(&d);
	add_account("shop");
	assert_int_equal(control_account_state(c, STR_LIT("shop"), STR_LIT("suspended")), 0);
	assert_int_equal(directory_load(folder, &keys, &d), 0);
	assert_int_equal(directory_version(d), control_version(c));
	assert_true(directory_tenant_named(d, STR_LIT("shop"))->suspended);
	assert_int_equal(directory_tenant(d, 1)->id, 1);
	directory_free(&d);
}

#define DB_TEST(fn) cmocka_unit_test_setup_teardown(fn, tables_up, tables_down)

TEST_MAIN(DB_TEST(test_accounts), DB_TEST(test_keys), DB_TEST(test_key_checks),
	DB_TEST(test_roll), DB_TEST(test_demo_key), DB_TEST(test_domains), DB_TEST(test_routes),
	DB_TEST(test_directory))
