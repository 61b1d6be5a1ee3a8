#include "account/control_own.h"

#include "account/scope.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>

#define LABEL_MAX    200
#define NETWORKS_MAX 2000
#define SCOPES_MAX   200

static bool
network_ok(struct str s)
{
	struct str rest = s, host = str_cut(&rest, '/');
	char z[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	uint32_t bits;
	bool four;

	if (str_copy_z(z, sizeof z, host))
		return false;
	four = inet_pton(AF_INET, z, bytes) == 1;
	if (!four && inet_pton(AF_INET6, z, bytes) != 1)
		return false;
	return !rest.p || (str_u32(rest, &bits) == 0 && bits <= (four ? 32u : 128u));
}

/* The first part that is not ok, or p = NULL. */
static struct str
first_bad(struct str list, bool (*ok)(struct str))
{
	struct str part;

	for (struct str rest = list; rest.n;) {
		part = str_cut(&rest, ',');
		if (!ok(part))
			return part;
	}
	return (struct str){ 0 };
}

/* A key that is rolled keeps scopes that an older version let in: they allow nothing, and
 * without any word it would be one that sends. */
static int
check(struct control *c, const struct control_key *k, bool scopes_are_old)
{
	struct str bad = first_bad(k->networks, network_ok);

	if (bad.p)
		return control_own_fail(c, -EINVAL,
			"\"%.*s\" is not a network like 192.0.2.0/24 or 2001:db8::/32.",
			STR_ARG(str_head(bad, 80)));
	bad = scopes_are_old ? (struct str){ 0 } : scope_unknown(k->scopes);
	if (bad.p)
		return control_own_fail(c, -EINVAL,
			"\"%.*s\" is not a scope. Scopes, separated by commas: " SCOPE_KNOWN
			".",
			STR_ARG(str_head(bad, 80)));
	if (k->label.n > LABEL_MAX || k->networks.n > NETWORKS_MAX || k->scopes.n > SCOPES_MAX)
		return control_own_fail(c, -EINVAL,
			"A key's label may have %d bytes, its networks %d, its scopes %d.",
			LABEL_MAX, NETWORKS_MAX, SCOPES_MAX);
	if (k->expires < 0)
		return control_own_fail(c, -EINVAL, "A key cannot expire before 1970.");
	return 0;
}

#define KEY_PUT                                                                                \
	"INSERT INTO keys (tenant, name, secret_hash, token_hash, label, stream, networks,"    \
	" expires, plaintext, scopes, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"       \
	" ON CONFLICT (name) DO UPDATE SET tenant = excluded.tenant,"                          \
	" secret_hash = excluded.secret_hash, token_hash = excluded.token_hash,"               \
	" label = excluded.label, stream = excluded.stream, networks = excluded.networks,"     \
	" expires = excluded.expires, plaintext = excluded.plaintext,"                         \
	" scopes = excluded.scopes, enabled = 1"

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* For one more key of the tenant. Of those that are over, the oldest goes when there are too
 * many: its mail keeps its number. */
static int
make_room(struct control *c, int64_t tenant, int64_t now)
{
	int64_t usable = 0, all = 0;
	int err = store_run(c->store,
		"SELECT COUNT(*) FROM keys WHERE tenant = ? AND enabled = 1"
		" AND (expires = 0 OR expires > ?)",
		take_int, &usable, "ii", tenant, now);

	if (!err)
		err = store_run(c->store, "SELECT COUNT(*) FROM keys WHERE tenant = ?",
			take_int, &all, "i", tenant);
	if (!err && usable >= CONTROL_KEYS_MAX)
		return control_own_fail(c, -EINVAL,
			"An account has at most %u keys in use: revoke one that is not used "
			"any more.",
			CONTROL_KEYS_MAX);
	if (!err && all >= CONTROL_KEYS_KEPT_MAX)
		err = store_run(c->store,
			"DELETE FROM keys WHERE id = (SELECT MIN(id) FROM keys WHERE tenant = ?"
			" AND (enabled = 0 OR (expires > 0 AND expires <= ?)))",
			NULL, NULL, "ii", tenant, now);
	if (!err && all >= CONTROL_KEYS_KEPT_MAX)
		err = store_run(c->store,
			"DELETE FROM limits WHERE tenant = ? AND key_id > 0"
			" AND key_id NOT IN (SELECT id FROM keys WHERE tenant = ?)",
			NULL, NULL, "ii", tenant, tenant);
	if (!err && all >= CONTROL_KEYS_KEPT_MAX)
		err = store_run(c->store,
			"DELETE FROM rolled_keys WHERE tenant = ?"
			" AND key_id NOT IN (SELECT id FROM keys WHERE tenant = ?)",
			NULL, NULL, "ii", tenant, tenant);
	return control_own_check(c, err);
}

static int
put(struct control *c, const struct control_key *k, const struct key_text *t, int64_t now)
{
	struct str scopes = k->scopes.n ? k->scopes : STR_LIT("send");
	uint8_t secret[32], token[32];
	int64_t tenant;
	int err = control_own_begin(c);

	if (err)
		return err;
	seal_hash(secret, c->keys.pepper, str_z(t->secret));
	seal_hash(token, c->keys.pepper, str_z(t->token));
	err = control_own_tenant(c, k->account, &tenant);
	if (!err)
		err = make_room(c, tenant, now);
	if (!err)
		err = control_own_check(
			c, store_run(c->store, KEY_PUT, NULL, NULL, "isbbsisiisi", tenant,
				   str_z(t->name), str_of(secret, 32), str_of(token, 32),
				   k->label, (int64_t)k->stream, k->networks, k->expires,
				   (int64_t)k->plaintext, scopes, now));
	if (err == -EEXIST)
		control_own_fail(c, err, "Another key has this secret.");
	control_own_about(c, str_z(err ? "" : t->name), err ? 0 : tenant);
	return control_own_end(c, err);
}

static const char *
stream_name(int64_t stream)
{
	return stream == STREAM_BROADCAST ? "broadcast" : "transactional";
}

static json_t *
key_json(struct store_row *r)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:b, s:o, s:b, s:o, s:o, s:o, s:o}",
		"key", control_own_text(store_text(r, 0)), "account",
		control_own_text(store_text(r, 1)), "label", control_own_text(store_text(r, 2)),
		"stream", stream_name(store_int(r, 3)), "networks",
		control_own_text(store_text(r, 4)), "expires",
		control_own_time(store_int(r, 5)), "plaintext", store_int(r, 6) != 0, "scopes",
		control_own_text(store_text(r, 7)), "enabled", store_int(r, 8) != 0, "created",
		control_own_time(store_int(r, 9)), "last_used",
		control_own_time(store_int(r, 10)), "last_client",
		control_own_text(store_text(r, 11)), "quota", control_own_quota(r, 13));
}

#define KEY_COLUMNS                                                                            \
	"SELECT k.name, a.name, k.label, k.stream, k.networks, k.expires, k.plaintext,"        \
	" k.scopes, k.enabled, k.created, k.last_used, k.last_client, "                        \
	"k.id," CONTROL_QUOTA_COLUMNS " FROM keys k JOIN accounts a ON a.tenant = k.tenant"    \
	" LEFT JOIN limits l ON l.tenant = k.tenant AND l.key_id = k.id "

static int
key_one(void *ctx, struct store_row *r)
{
	*(json_t **)ctx = key_json(r);
	return 0;
}

static int
add(struct control *c, const struct control_key *k, json_t **ret_j)
{
	json_t *j = NULL, *shown;
	struct key_text t;
	int err;

	key_make(&t);
	err = put(c, k, &t, clock_wall(&c->clock));
	if (!err)
		err = control_own_check(c, store_run(c->store, KEY_COLUMNS "WHERE k.name = ?",
						   key_one, &j, "s", str_z(t.name)));
	if (!err) {
		shown = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "secret", t.secret,
			"sendgrid", t.sendgrid, "postmark_token", t.token, "smtp", "user",
			t.name, "password", t.secret);
		json_object_update_new(j, shown);
		*ret_j = j;
	}
	mem_wipe(&t, sizeof t);
	return err;
}

int
control_key_add(struct control *c, const struct control_key *k, struct json_t **ret_j)
{
	int err = check(c, k, false);

	return err ? err : add(c, k, ret_j);
}

int
control_key_put(
	struct control *c, const struct control_key *k, struct str name, struct str secret)
{
	struct key_text t = { 0 };
	int err;

	/* The name goes into SendGrid's spelling too. */
	if (!name.n || name.n > KEY_NAME_MAX - 5 || str_copy_z(t.name, sizeof t.name, name) ||
		str_copy_z(t.secret, sizeof t.secret, secret))
		return control_own_fail(
			c, -EINVAL, "The key's name or secret is empty or too long.");
	key_spellings(&t);
	err = check(c, k, false);
	err = err ? err : put(c, k, &t, clock_wall(&c->clock));
	mem_wipe(&t, sizeof t);
	return err;
}

struct listing {
	struct control_paging paging;
	json_t *list;
};

static int
key_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;

	if (control_own_take(&l->paging, "%.*s/%lld", STR_ARG(store_text(r, 1)),
		    (long long)store_int(r, 12)))
		json_array_append_new(l->list, key_json(r));
	return 0;
}

int
control_key_page(
	struct control *c, struct str account, struct control_page *p, struct json_t **ret_j)
{
	struct listing l = { .paging = { .page = p } };
	struct str name, number;
	uint64_t id = 0;
	int64_t tenant = 0;
	int err = account.n ? control_own_tenant(c, account, &tenant) : 0;

	p->next[0] = '\0';
	err = err ? err : control_own_cursor(c, p, &name, &number);
	if (!err && number.n && (str_u64(number, &id) < 0 || id > INT64_MAX))
		err = control_own_fail(
			c, -EINVAL, "This cursor is not the \"next\" of a page.");
	if (err)
		return err;
	l.list = json_array();
	err = control_own_check(
		c, store_run(c->store,
			   KEY_COLUMNS "WHERE ? IN (0, k.tenant)"
				       " AND (a.name > ? OR (a.name = ? AND k.id > ?))"
				       " ORDER BY a.name, k.id LIMIT ?",
			   key_row, &l, "issii", tenant, name, name, (int64_t)id,
			   (int64_t)p->limit + 1));
	if (err) {
		json_decref(l.list);
		return err;
	}
	*ret_j = l.list;
	return 0;
}

int
control_key_list(struct control *c, struct str account, struct json_t **ret_j)
{
	struct control_page all = { .limit = CONTROL_ALL };

	return control_key_page(c, account, &all, ret_j);
}

int
control_key_show(struct control *c, struct str account, struct str name, struct json_t **ret_j)
{
	json_t *j = NULL;
	int64_t tenant = 0;
	int err = account.n ? control_own_tenant(c, account, &tenant) : 0;

	if (!err)
		err = control_own_check(
			c, store_run(c->store,
				   KEY_COLUMNS "WHERE k.name = ? AND ? IN (0, k.tenant)",
				   key_one, &j, "si", name, tenant));
	if (!err && !j)
		err = control_own_fail(
			c, -ENOENT, "There is no key \"%.*s\".", STR_ARG(str_head(name, 80)));
	if (!err)
		*ret_j = j;
	return err;
}

int
control_key_revoke(struct control *c, struct str name)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(
		c, store_run(c->store, "UPDATE keys SET enabled = 0 WHERE name = ?", NULL, NULL,
			   "s", name));
	if (!err && store_changes(c->store) == 0)
		err = control_own_fail(
			c, -ENOENT, "There is no key \"%.*s\".", STR_ARG(str_head(name, 80)));
	return control_own_end(c, err);
}

struct old_key {
	struct arena arena;
	struct control_key k;
	bool there;
};

static int
on_old(void *ctx, struct store_row *r)
{
	struct old_key *o = ctx;

	o->k = (struct control_key){ .account = arena_str(&o->arena, store_text(r, 0)),
		.label = arena_str(&o->arena, store_text(r, 1)),
		.stream = store_int(r, 2) == STREAM_BROADCAST ? STREAM_BROADCAST
		                                              : STREAM_TRANSACTIONAL,
		.networks = arena_str(&o->arena, store_text(r, 3)),
		.expires = store_int(r, 4),
		.plaintext = store_int(r, 5) != 0,
		.scopes = arena_str(&o->arena, store_text(r, 6)) };
	o->there = o->k.account.p && o->k.label.p && o->k.networks.p && o->k.scopes.p;
	return 0;
}

static int
old_ends(struct control *c, struct str name, struct str next, int64_t at)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_quota_copy(c, name, next);
	if (err)
		return control_own_end(c, err);
	err = control_own_check(c, store_run(c->store,
					   "UPDATE keys SET expires = ? WHERE name = ? AND "
					   "(expires = 0 OR expires > ?)",
					   NULL, NULL, "isi", at, name, at));
	return control_own_end(c, err);
}

int
control_key_roll(struct control *c, struct str account, struct str name, int64_t grace,
	struct json_t **ret_j)
{
	struct old_key o = { .there = false };
	json_t *j = NULL;
	int err;

	arena_init(&o.arena, 1u << 20);
	err = control_own_check(c,
		store_run(c->store,
			"SELECT a.name, k.label, k.stream, k.networks, k.expires, k.plaintext, "
			"k.scopes FROM keys k JOIN accounts a ON a.tenant = k.tenant "
			"WHERE k.name = ? AND k.enabled = 1 AND ? IN ('', a.name)",
			on_old, &o, "ss", name, account));
	if (!err && !o.there)
		err = control_own_fail(c, -ENOENT, "There is no key \"%.*s\" in use.",
			STR_ARG(str_head(name, 80)));
	/* First the new one: when the other step fails, both are good. */
	err = err ? err : check(c, &o.k, true);
	if (!err)
		err = add(c, &o.k, &j);
	if (!err)
		err = old_ends(c, name, str_z(json_string_value(json_object_get(j, "key"))),
			clock_wall(&c->clock) + grace);
	arena_done(&o.arena);
	if (err) {
		json_decref(j);
		return err;
	}
	json_object_set_new(j, "replaces", control_own_text(name));
	*ret_j = j;
	return 0;
}

int
control_key_used(struct control *c, uint64_t key, int64_t wall, struct str client)
{
	return control_own_check(
		c, store_run(c->store,
			   "UPDATE keys SET last_used = ?, last_client = ? WHERE id = ? AND "
			   "last_used <= ?",
			   NULL, NULL, "isii", wall, client, (int64_t)key, wall));
}

static int
on_good(void *ctx, struct store_row *r)
{
	*(bool *)ctx = store_int(r, 0) > 0;
	return 0;
}

int
control_key_good(struct control *c, uint64_t key)
{
	bool good = false;
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ? AND enabled = 1"
			   " AND (expires = 0 OR expires > ?))",
			   on_good, &good, "ii", (int64_t)key, clock_wall(&c->clock)));

	return err ? err : good ? 0 : -ENOENT;
}
