#include "account/control_inbound.h"

#include "account/control_own.h"
#include "base/mem.h"
#include "wire/address.h"

#include <errno.h>

#define SEALED_MAX 8192
#define LABELS_MAX 128

/* ---- addresses ---- */

int
control_inbound_address(struct arena *a, struct str text, struct str *ret_address)
{
	size_t at = str_rfind(text, '@');
	struct str local = at < text.n ? str_head(text, at) : STR_NONE;
	struct str domain = at < text.n ? str_from(text, at + 1) : text;
	struct address parsed;
	char *p;

	if (text.n == 0 || text.n > INBOUND_ADDRESS_MAX || domain_ascii(a, domain, &domain) ||
		domain.p[0] == '[' || str_find(domain, '.') == domain.n)
		return -EINVAL;
	/* "@domain" and "*@domain" are other ways to write the domain. */
	if (local.n == 0 || str_eq_z(local, "*")) {
		*ret_address = domain;
		return 0;
	}
	*ret_address = arena_printf(a, "%.*s@%.*s", STR_ARG(local), STR_ARG(domain));
	if (!ret_address->p || address_mailbox(*ret_address, 0, &parsed) < 0 ||
		local.p[0] == '"')
		return -EINVAL;
	p = (char *)(uintptr_t)ret_address->p;
	for (size_t i = 0; i < local.n; i++)
		p[i] = ascii_lower(p[i]);
	return 0;
}

static struct str
domain_of(struct str address)
{
	size_t at = str_rfind(address, '@');

	return at < address.n ? str_from(address, at + 1) : address;
}

static int
take_int(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* Whose is the nearest verified domain at or above this one? 0 = nobody's. */
static int64_t
owner(struct control *c, struct str domain)
{
	int64_t tenant = 0;

	for (unsigned i = 0; domain.n && !tenant && i < LABELS_MAX; i++) {
		(void)store_run(c->store,
			"SELECT tenant FROM domains WHERE domain = ? AND verified = 1",
			take_int, &tenant, "s", domain);
		domain = str_from(domain, str_find(domain, '.') + 1);
	}
	return tenant;
}

/* ---- sealing ---- */

static int
seal_one(struct control *c, const struct inbound *in, const char *what, struct str plain,
	struct buf *out)
{
	struct buf context;
	int err;

	buf_init(out, SEALED_MAX);
	buf_init(&context, 1000);
	err = control_schema_inbound(&context, in->tenant, in->address, what);
	if (!err && plain.n)
		err = seal_close_for(out, c->keys.box, buf_str(&context), plain);
	buf_done(&context);
	return err ? control_own_fail(c, err, "The URL could not be sealed.") : 0;
}

struct str
control_inbound_open(const struct seal_keys *keys, struct arena *a, const struct inbound *in,
	const char *what, struct str sealed)
{
	struct buf context, plain;
	struct str got = STR_NONE;

	if (sealed.n == 0)
		return got;
	buf_init(&context, 1000);
	buf_init(&plain, SEALED_MAX);
	if (control_schema_inbound(&context, in->tenant, in->address, what) == 0 &&
		seal_open_for(&plain, keys->box, buf_str(&context), sealed) == 0)
		got = arena_str(a, buf_str(&plain));
	if (plain.p)
		mem_wipe(plain.p, plain.cap);
	buf_done(&plain);
	buf_done(&context);
	return got.p ? got : STR_NONE;
}

/* ---- rows ---- */

static int
check(struct control *c, const struct inbound *in)
{
	int64_t known = 0, n = 0, same = 0;
	int err;

	if (in->url.n == 0 || in->url.n > WEBHOOK_URL_MAX)
		return control_own_fail(
			c, -EINVAL, "A URL has 1 to %u bytes.", WEBHOOK_URL_MAX);
	err = store_run(c->store, "SELECT 1 FROM accounts WHERE tenant = ?", take_int, &known,
		"i", (int64_t)in->tenant);
	err = err ? err
	          : store_run(c->store, "SELECT COUNT(*) FROM inbound WHERE tenant = ?",
			    take_int, &n, "i", (int64_t)in->tenant);
	err = err ? err
	          : store_run(c->store,
			    "SELECT COUNT(*) FROM inbound WHERE tenant = ? AND address = ?"
			    " AND id <> ?",
			    take_int, &same, "isi", (int64_t)in->tenant, in->address, in->id);
	if (err)
		return control_own_check(c, err);
	if (!known)
		return control_own_fail(c, -ENOENT, "There is no such account.");
	if (same)
		return control_own_fail(c, -EEXIST, "There is a URL for this address already.");
	if (in->id == 0 && n >= (int64_t)INBOUND_PER_TENANT)
		return control_own_fail(c, -EEXIST, "An account may have %u inbound addresses.",
			INBOUND_PER_TENANT);
	return 0;
}

static int
put(struct control *c, const struct inbound *in, struct str url, struct str secret)
{
	int err = check(c, in);

	if (err)
		return err;
	if (in->id)
		err = store_run(c->store,
			"UPDATE inbound SET address = ?, format = ?, spam_check = ?, ours = ?,"
			" url = ?, secret = ? WHERE id = ? AND tenant = ?",
			NULL, NULL, "ssiibbii", in->address, in->format,
			(int64_t)in->spam_check, (int64_t)in->ours, url, secret, in->id,
			(int64_t)in->tenant);
	else
		err = store_run(c->store,
			"INSERT INTO inbound (tenant, address, format, spam_check, ours, url,"
			" secret, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			NULL, NULL, "issiibbi", (int64_t)in->tenant, in->address, in->format,
			(int64_t)in->spam_check, (int64_t)in->ours, url, secret,
			clock_wall(&c->clock));
	err = control_own_check(c, err);
	if (!err && in->id && store_changes(c->store) == 0)
		err = control_own_fail(c, -ENOENT, "There is no such inbound address.");
	return err;
}

static int
write_row(struct control *c, const struct inbound *in, int64_t *ret_id)
{
	struct buf url, secret;
	int64_t id = 0;
	int err = seal_one(c, in, "url", in->url, &url);
	int also = seal_one(c, in, "secret", in->secret, &secret);

	err = err ? err : also;
	err = err ? err : control_own_begin(c);
	if (!err) {
		err = put(c, in, buf_str(&url), buf_str(&secret));
		id = store_last_id(c->store);
		err = control_own_end(c, err);
	}
	buf_done(&url);
	buf_done(&secret);
	if (!err && ret_id)
		*ret_id = id;
	return err;
}

int
control_inbound_add(struct control *c, const struct inbound *in, int64_t *ret_id)
{
	struct inbound fresh = *in;

	fresh.id = 0;
	return write_row(c, &fresh, ret_id);
}

int
control_inbound_update(struct control *c, const struct inbound *in)
{
	return write_row(c, in, NULL);
}

int
control_inbound_remove(struct control *c, uint32_t tenant, int64_t id)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_check(c, store_run(c->store,
					   "DELETE FROM inbound WHERE id = ? AND (? = ? OR "
					   "tenant = ?)",
					   NULL, NULL, "iiii", id, (int64_t)tenant,
					   (int64_t)CONTROL_ANY, (int64_t)tenant));
	if (!err && store_changes(c->store) == 0)
		err = control_own_fail(c, -ENOENT, "There is no such inbound address.");
	return control_own_end(c, err);
}

struct listing {
	struct control *c;
	struct arena *arena;
	int (*fn)(void *ctx, const struct inbound *in);
	void *ctx;
	size_t n;
};

static int
on_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	struct inbound in = {
		.id = store_int(r, 0),
		.tenant = (uint32_t)store_int(r, 1),
		.account = arena_keep(l->arena, store_text(r, 2)),
		.address = arena_keep(l->arena, store_text(r, 3)),
		.format = arena_keep(l->arena, store_text(r, 4)),
		.spam_check = store_int(r, 5) != 0,
		.ours = store_int(r, 6) != 0,
		.created = store_int(r, 9),
	};

	in.url = control_inbound_open(&l->c->keys, l->arena, &in, "url", store_blob(r, 7));
	in.secret =
		control_inbound_open(&l->c->keys, l->arena, &in, "secret", store_blob(r, 8));
	in.verified = in.ours || owner(l->c, domain_of(in.address)) == in.tenant;
	l->n++;
	return l->fn(l->ctx, &in);
}

int
control_inbound_each(struct control *c, struct arena *a, const struct webhook_query *q,
	int (*fn)(void *ctx, const struct inbound *in), void *ctx)
{
	struct listing l = { c, a, fn, ctx, 0 };
	int err = control_own_check(
		c, store_run(c->store,
			   "SELECT i.id, i.tenant, a.name, i.address, i.format, i.spam_check, "
			   "i.ours, i.url, i.secret, i.created"
			   " FROM inbound i JOIN accounts a ON a.tenant = i.tenant"
			   " WHERE (? = ? OR i.tenant = ?) AND ? IN (0, i.id) ORDER BY i.id",
			   on_row, &l, "iiii", (int64_t)q->tenant, (int64_t)CONTROL_ANY,
			   (int64_t)q->tenant, q->id));

	if (!err && q->id && l.n == 0)
		return control_own_fail(c, -ENOENT, "There is no such inbound address.");
	return err;
}

/* ---- what is forwarded ---- */

int
control_forward_set(struct control *c, uint32_t tenant, unsigned what)
{
	int err = control_own_begin(c);

	if (err)
		return err;
	return control_own_end(
		c, control_own_check(
			   c, store_run(c->store,
				      "INSERT INTO forwards (tenant, what) VALUES (?, ?)"
				      " ON CONFLICT (tenant) DO UPDATE SET what = "
				      "excluded.what",
				      NULL, NULL, "ii", (int64_t)tenant, (int64_t)what)));
}

int
control_forward_get(struct control *c, uint32_t tenant, unsigned *ret_what)
{
	int64_t what = 0;
	int err = control_own_check(
		c, store_run(c->store, "SELECT what FROM forwards WHERE tenant = ?", take_int,
			   &what, "i", (int64_t)tenant));

	if (!err)
		*ret_what = (unsigned)what;
	return err;
}
