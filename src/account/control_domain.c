#include "account/control_own.h"

#include "base/mem.h"
#include "base/must.h"
#include "wire/address.h"
#include "wire/dkim.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define RSA_BITS     2048
#define DER_MAX      4096
#define ZONE_MAX     16384
#define TXT_STRING   255 /* RFC 1035 3.3.14: one string of a TXT record */
#define ZONE_TTL     3600
#define ARENA_MAX    4096
#define SELECTOR_RSA "fct1"
#define SELECTOR_ED  "fct1e"

struct pair {
	struct buf secret; /* PKCS #8 DER */
	struct buf record; /* DNS text */
};

static void
pair_done(struct pair *p)
{
	if (p->secret.p)
		mem_wipe(p->secret.p, p->secret.cap);
	buf_done(&p->secret);
	buf_done(&p->record);
}

static int
put_secret(struct buf *b, EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	uint8_t *der = NULL;
	int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	int err = n > 0 ? buf_put(b, str_of(der, (size_t)n)) : -EIO;

	if (n > 0)
		OPENSSL_clear_free(der, (size_t)n);
	PKCS8_PRIV_KEY_INFO_free(info);
	return err;
}

/* RSA publishes a SubjectPublicKeyInfo (RFC 6376 3.6.1), Ed25519 the bare key (RFC 8463 4). */
static int
put_record(struct buf *b, EVP_PKEY *key, enum dkim_algo algo)
{
	uint8_t *der = NULL, raw[32];
	size_t raw_n = sizeof raw;
	int n, err;

	if (algo == DKIM_ED25519_SHA256)
		return EVP_PKEY_get_raw_public_key(key, raw, &raw_n) == 1
		               ? dkim_record(b, algo, str_of(raw, raw_n))
		               : -EIO;
	n = i2d_PUBKEY(key, &der);
	err = n > 0 ? dkim_record(b, algo, str_of(der, (size_t)n)) : -EIO;
	OPENSSL_free(der);
	return err;
}

static int
make_pair(struct pair *p, enum dkim_algo algo)
{
	EVP_PKEY *key = algo == DKIM_RSA_SHA256 ? EVP_RSA_gen(RSA_BITS)
	                                        : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int err = key ? 0 : -EIO;

	buf_init(&p->secret, DER_MAX);
	buf_init(&p->record, DER_MAX);
	err = err ? err : put_secret(&p->secret, key);
	err = err ? err : put_record(&p->record, key, algo);
	EVP_PKEY_free(key);
	return err;
}

struct control_pairs {
	struct pair rsa, ed;
};

struct control_pairs *
control_pairs_make(void)
{
	struct control_pairs *p = MEM_NEW(p);

	if (make_pair(&p->rsa, DKIM_RSA_SHA256) < 0 ||
		make_pair(&p->ed, DKIM_ED25519_SHA256) < 0)
		control_pairs_free(&p);
	return p;
}

void
control_pairs_free(struct control_pairs **pp)
{
	struct control_pairs *p = *pp;

	*pp = NULL;
	if (!p)
		return;
	pair_done(&p->rsa);
	pair_done(&p->ed);
	mem_free(p);
}

void
control_pairs_give(struct control *c, struct control_pairs **p)
{
	control_pairs_free(&c->pairs);
	c->pairs = *p;
	*p = NULL;
}

/* domain as its row says it: A-labels, lower case. */
static int
ascii_of(struct control *c, struct arena *a, struct str domain, struct str *ret_ascii)
{
	struct str ascii;

	if (domain_ascii(a, domain, &ascii) || ascii.n == 0 || ascii.p[0] == '[' ||
		str_find(ascii, '.') == ascii.n)
		return control_own_fail(c, -EINVAL,
			"\"%.*s\" is not a domain like example.org.",
			STR_ARG(str_head(domain, 300)));
	*ret_ascii = ascii;
	return 0;
}

static int
add_signer(struct control *c, const struct control_owner *o, enum dkim_algo algo)
{
	struct str selector =
		algo == DKIM_RSA_SHA256 ? STR_LIT(SELECTOR_RSA) : STR_LIT(SELECTOR_ED);
	const struct pair *p = algo == DKIM_RSA_SHA256 ? &c->pairs->rsa : &c->pairs->ed;
	struct buf sealed, context;
	int err;

	buf_init(&sealed, DER_MAX);
	buf_init(&context, DER_MAX);
	err = control_schema_dkim(&context, (uint32_t)o->tenant, o->domain, selector);
	err = err ? err
	          : seal_close_for(
			    &sealed, c->keys.box, buf_str(&context), buf_str(&p->secret));
	if (err)
		control_own_fail(c, err, "The signing keys could not be made.");
	else
		err = control_own_check(
			c, store_run(c->store,
				   "INSERT INTO signers (tenant, domain_id, algo, selector, "
				   "sealed, record)"
				   " VALUES (?, ?, ?, ?, ?, ?)",
				   NULL, NULL, "iiisbs", o->tenant, o->id, (int64_t)algo,
				   selector, buf_str(&sealed), buf_str(&p->record)));
	buf_done(&sealed);
	buf_done(&context);
	return err;
}

struct listing {
	struct control *c;
	struct control_paging paging;
	json_t *list, *records;
	struct buf zone;
	struct str domain;
	struct str found; /* of the records that are not in the list yet */
};

static const char *
found_word(char letter)
{
	return letter == CONTROL_FOUND       ? "found"
	       : letter == CONTROL_MISSING   ? "missing"
	       : letter == CONTROL_DIFFERENT ? "different"
	                                     : NULL;
}

/* One record for the answer and for the zone file, where a long text is cut into strings. */
static void
add_record(struct listing *l, const char *purpose, struct str prefix, struct str value)
{
	char name[600];
	int n = snprintf(name, sizeof name, "%.*s%.*s", STR_ARG(prefix), STR_ARG(l->domain));

	must(n > 0 && (size_t)n < sizeof name);
	json_array_append_new(
		l->records, json_pack("{s:s, s:s, s:s, s:o, s:s*}", "purpose", purpose, "name",
				    name, "type", "TXT", "value", control_own_text(value),
				    "state", l->found.n ? found_word(l->found.p[0]) : NULL));
	l->found = str_from(l->found, l->found.n ? 1 : 0);
	buf_printf(&l->zone, "%s. %d IN TXT (", name, ZONE_TTL);
	for (struct str rest = value; rest.n; rest = str_from(rest, TXT_STRING))
		buf_printf(&l->zone, " \"%.*s\"", STR_ARG(str_head(rest, TXT_STRING)));
	buf_put_z(&l->zone, " )\n");
}

static int
signer_row(void *ctx, struct store_row *r)
{
	struct str selector = store_text(r, 0);
	char prefix[200];
	int n = snprintf(prefix, sizeof prefix, "%.*s._domainkey.", STR_ARG(selector));

	must(n > 0 && (size_t)n < sizeof prefix);
	add_record(ctx, "dkim", str_z(prefix), store_text(r, 1));
	return 0;
}

/* The record that a warning is about: one that was there, or else the first that is not. */
static const json_t *
lost_one(const json_t *records, int64_t seen)
{
	const json_t *record, *any = NULL;
	size_t i;

	json_array_foreach(records, i, record)
	{
		const char *state = json_string_value(json_object_get(record, "state"));

		if (!state || strcmp(state, "found") == 0)
			continue;
		if (seen >> i & 1)
			return record;
		any = any ? any : record;
	}
	return any;
}

/* The row's state in a word, with the sentence that a warning has. */
static const char *
state_word(struct store_row *r, const struct listing *l, char *why, size_t size)
{
	const json_t *lost =
		store_int(r, 7) != 0 ? lost_one(l->records, store_int(r, 9)) : NULL;
	const char *found = json_string_value(json_object_get(lost, "state"));

	why[0] = '\0';
	if (store_int(r, 3) == 0)
		return "pending";
	if (lost)
		snprintf(why, size, "The DNS has %s at %s: publish the record again.",
			strcmp(found, "missing") == 0 ? "no such record any more"
						      : "another value than this account's",
			json_string_value(json_object_get(lost, "name")));
	return store_int(r, 7) != 0 ? "warning" : "verified";
}

static json_t *
domain_json(struct listing *l, struct store_row *r)
{
	char why[700];
	const char *state = state_word(r, l, why, sizeof why);

	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "domain",
		control_own_text(l->domain), "account", control_own_text(store_text(r, 2)),
		"state", state, "since", control_own_time(store_int(r, 8)), "why",
		why[0] ? json_string(why) : json_null(), "verified", store_int(r, 3) != 0,
		"verified_at", control_own_time(store_int(r, 4)), "checked_at",
		control_own_time(store_int(r, 10)), "created",
		control_own_time(store_int(r, 5)), "records", l->records, "zone",
		control_own_text(buf_str(&l->zone)));
}

static int
domain_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	char spf[300];
	int err;

	if (!control_own_take(&l->paging, "%.*s/%.*s", STR_ARG(store_text(r, 1)),
		    STR_ARG(store_text(r, 2))))
		return 0;
	l->records = json_array();
	l->domain = store_text(r, 1);
	l->found = store_text(r, 6);
	buf_clear(&l->zone);
	err = store_run(l->c->store,
		"SELECT selector, record FROM signers WHERE domain_id = ? ORDER BY algo",
		signer_row, l, "i", store_int(r, 0));
	add_record(l, "dmarc", STR_LIT("_dmarc."), STR_LIT("v=DMARC1; p=none"));
	snprintf(spf, sizeof spf, l->c->hostname[0] ? "v=spf1 a:%s ~all" : "v=spf1 mx%s ~all",
		l->c->hostname);
	add_record(l, "spf", STR_NONE, str_z(spf));
	json_array_append_new(l->list, domain_json(l, r));
	return err;
}

/* Of a tenant, 0: any; that one, id 0: any. */
static int
list(struct control *c, const struct control_owner *of, struct control_page *p,
	json_t **ret_list)
{
	struct listing l = { .c = c, .paging = { .page = p } };
	struct str domain, account;
	int err;

	p->next[0] = '\0';
	err = control_own_cursor(c, p, &domain, &account);
	if (err)
		return err;
	l.list = json_array();
	buf_init(&l.zone, ZONE_MAX);
	err = control_own_check(c,
		store_run(c->store,
			"SELECT d.id, d.domain, a.name, d.verified, d.verified_at, d.created,"
			" d.found, d.warned, d.since, d.seen, d.checked"
			" FROM domains d JOIN accounts a ON a.tenant = d.tenant"
			" WHERE ? IN (0, d.tenant) AND ? IN (0, d.id)"
			" AND (d.domain > ? OR (d.domain = ? AND a.name > ?))"
			" ORDER BY d.domain, a.name LIMIT ?",
			domain_row, &l, "iisssi", of->tenant, of->id, domain, domain, account,
			(int64_t)p->limit + 1));
	buf_done(&l.zone);
	if (err) {
		json_decref(l.list);
		return err;
	}
	*ret_list = l.list;
	return 0;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
has_room(struct control *c, int64_t tenant)
{
	int64_t n = 0;
	int err = control_own_check(
		c, store_run(c->store, "SELECT COUNT(*) FROM domains WHERE tenant = ?",
			   take_int, &n, "i", tenant));

	if (!err && n >= CONTROL_DOMAINS_MAX)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u domains: remove one that it does not send "
			"from any more.",
			CONTROL_DOMAINS_MAX);
	return err;
}

static int
add(struct control *c, struct str account, struct control_owner *o)
{
	int err = control_own_tenant(c, account, &o->tenant);
	int64_t now;

	err = err ? err : has_room(c, o->tenant);
	if (err)
		return err;
	now = clock_wall(&c->clock);
	err = store_run(c->store,
		"INSERT INTO domains (tenant, domain, created, since, due)"
		" VALUES (?, ?, ?, ?, ?)",
		NULL, NULL, "isiii", o->tenant, o->domain, now, now,
		control_own_due(now, CONTROL_PENDING_US));
	if (err == -EEXIST)
		return control_own_fail(c, err,
			"The account \"%.*s\" has the domain %.*s already.", STR_ARG(account),
			STR_ARG(o->domain));
	if (err)
		return control_own_check(c, err);
	o->id = store_last_id(c->store);
	err = add_signer(c, o, DKIM_RSA_SHA256);
	return err ? err : add_signer(c, o, DKIM_ED25519_SHA256);
}

int
control_domain_add(
	struct control *c, struct str account, struct str domain, struct json_t **ret_j)
{
	struct control_owner o = { 0 };
	struct arena a;
	int err;

	arena_init(&a, ARENA_MAX);
	err = ascii_of(c, &a, domain, &o.domain);
	if (!err && !c->pairs && (c->pairs = control_pairs_make()) == NULL)
		err = control_own_fail(c, -EIO, "The signing keys could not be made.");
	err = err ? err : control_own_begin(c);
	if (!err)
		err = control_own_end(c, add(c, account, &o));
	/* One pair for one domain, whatever came of it. */
	control_pairs_free(&c->pairs);
	if (!err)
		err = control_own_domain_row(c, &o, ret_j);
	arena_done(&a);
	return err;
}

int
control_own_domain_row(struct control *c, const struct control_owner *o, json_t **ret_j)
{
	struct control_page one = { .limit = 1 };
	json_t *all;
	int err = list(c, o, &one, &all);

	if (err)
		return err;
	*ret_j = json_incref(json_array_get(all, 0));
	json_decref(all);
	return 0;
}

int
control_domain_page(
	struct control *c, struct str account, struct control_page *p, struct json_t **ret_j)
{
	struct control_owner of = { 0 };
	int err = account.n ? control_own_tenant(c, account, &of.tenant) : 0;

	return err ? err : list(c, &of, p, ret_j);
}

int
control_domain_list(struct control *c, struct str account, struct json_t **ret_j)
{
	struct control_page all = { .limit = CONTROL_ALL };

	return control_domain_page(c, account, &all, ret_j);
}

int
control_own_domain(
	struct control *c, struct arena *a, struct str account, struct control_owner *o)
{
	int err = control_own_tenant(c, account, &o->tenant);
	struct str asked = o->domain;

	err = err ? err : ascii_of(c, a, asked, &o->domain);
	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   "SELECT id FROM domains WHERE tenant = ? AND domain = ?",
				   take_int, &o->id, "is", o->tenant, o->domain));
	if (!err && !o->id)
		err = control_own_fail(c, -ENOENT, "The account \"%.*s\" has no domain %.*s.",
			STR_ARG(account), STR_ARG(o->domain));
	return err;
}

int
control_domain_remove(struct control *c, struct str account, struct str domain)
{
	struct control_owner o = { .domain = domain };
	struct arena a;
	int err = control_own_begin(c);

	if (err)
		return err;
	arena_init(&a, ARENA_MAX);
	err = control_own_domain(c, &a, account, &o);
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM signers WHERE domain_id = ?", NULL,
				   NULL, "i", o.id));
	if (!err)
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM domains WHERE id = ?", NULL, NULL,
				   "i", o.id));
	arena_done(&a);
	return control_own_end(c, err);
}
