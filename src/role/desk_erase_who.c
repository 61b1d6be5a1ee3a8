/*
 * Whom erasures mean that were asked for by a hash alone (docs/decisions/0018): a state that
 * was restored from a backup has people again who were forgotten since. Every address that it
 * knows is hashed, on a thread: those of the ledger, of suppressions and of contacts.
 *
 *   orders by hash ─▶ thread: each address ─▶ hash ─▶ one of them? ─▶ its address into the
 * order └ none: the order is done, there is nothing
 */
#include "role/desk_priv.h"

#include "account/control_contact.h"
#include "account/control_erase.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "people/erase.h"
#include "people/suppress_store.h"

#include <errno.h>
#include <limits.h>

#define WANTED_MAX 1000u
#define PAGE       500u

struct wanted {
	int64_t id;
	uint32_t tenant;
	char hash[ERASE_HASH_SIZE], address[SUPPRESS_ADDRESS_SIZE];
	size_t address_n;
};

struct desk_erase_who {
	struct desk *desk;
	struct pool_job job;
	void (*done)(void *ctx, int err); /* NULL: forgotten */
	void *ctx;
	struct seal_keys keys;
	char state[PATH_MAX], ledger[PATH_MAX];
	struct wanted *at;
	size_t n;
	uint32_t tenant; /* whose addresses are read just now */
	int err;
};

static int
take_order(void *ctx, const struct control_erasure *e)
{
	struct desk_erase_who *w = ctx;

	if (e->by_hash && w->n < WANTED_MAX) {
		struct wanted *x = &w->at[w->n];

		x->id = e->id;
		x->tenant = e->tenant;
		if (str_copy_z(x->hash, sizeof x->hash, e->hash) == 0)
			w->n++;
	}
	return 0;
}

/* ---- on the thread */

static int
on_address(void *ctx, struct str address)
{
	struct desk_erase_who *w = ctx;
	char hash[ERASE_HASH_SIZE], room[SUPPRESS_ADDRESS_SIZE];
	struct str s;

	if (suppress_address(room, address, &s) < 0)
		return 0;
	erase_hash(hash, w->keys.erase, w->tenant, s);
	for (size_t i = 0; i < w->n; i++) {
		struct wanted *x = &w->at[i];

		if (x->tenant != w->tenant || x->address_n || !str_eq_z(str_z(hash), x->hash))
			continue;
		memcpy(x->address, s.p, s.n);
		x->address_n = s.n;
	}
	return 0;
}

struct page {
	struct desk_erase_who *who;
	int64_t last;
	size_t n;
};

static int
on_suppressed(void *ctx, const struct suppress_row *r)
{
	struct page *p = ctx;

	p->last = r->id;
	p->n++;
	return on_address(p->who, r->c.address);
}

static int
look_suppressions(struct desk_erase_who *w)
{
	struct page p = { .who = w, .n = PAGE };
	struct suppress_store *s = NULL;
	char file[PATH_MAX + 16];
	int err;

	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, w->state);
	err = suppress_store_open(file, STORE_READ, &s);
	if (err)
		return err == -ENOENT ? 0 : err;
	while (!err && p.n == PAGE) {
		const struct suppress_query q = { .tenant = w->tenant,
			.scope = SUPPRESS_EVERY_SCOPE,
			.after = p.last,
			.oldest_first = true,
			.limit = PAGE };

		p.n = 0;
		err = suppress_store_find(s, &q, on_suppressed, &p);
	}
	suppress_store_free(&s);
	return err;
}

struct contacts {
	struct desk_erase_who *who;
	char last[SUPPRESS_ADDRESS_SIZE];
	size_t last_n;
};

static int
on_contact(void *ctx, const struct control_contact *t)
{
	struct contacts *k = ctx;

	k->last_n = t->key.n < sizeof k->last ? t->key.n : sizeof k->last;
	memcpy(k->last, t->key.p, k->last_n);
	return on_address(k->who, t->key);
}

static int
look_contacts(struct desk_erase_who *w)
{
	struct contacts k = { .who = w };
	struct contact_query q = { .tenant = w->tenant, .limit = PAGE, .more = true };
	struct control *c = NULL;
	const char *why;
	int err = control_open_read(w->state, &w->keys, &c, &why);

	while (!err && q.more) {
		struct arena a;

		arena_init(&a, 64u << 20);
		q.after = str_of(k.last, k.last_n);
		err = control_contact_each(c, &a, &q, on_contact, &k);
		arena_done(&a);
	}
	control_free(&c);
	return err;
}

static void
look(void *ctx)
{
	struct desk_erase_who *w = ctx;

	for (size_t i = 0; i < w->n && !w->err; i++) {
		size_t before = 0;

		/* Each account once. */
		while (w->at[before].tenant != w->at[i].tenant)
			before++;
		if (before < i)
			continue;
		w->tenant = w->at[i].tenant;
		w->err = ledger_addresses(w->ledger, w->tenant, on_address, w);
		w->err = w->err ? w->err : look_suppressions(w);
		w->err = w->err ? w->err : look_contacts(w);
	}
}

/* ---- on the loop */

static void
write_one(struct control *c, const struct wanted *x)
{
	const struct control_erasure e = { .id = x->id,
		.tenant = x->tenant,
		.hash = str_z(x->hash),
		.address = str_of(x->address, x->address_n),
		.state = ERASURE_DONE,
		.found = STR_LIT("{}") };

	(void)(x->address_n ? control_erasure_resolved(c, &e) : control_erasure_set(c, &e));
}

static void
who_free(struct desk_erase_who *w)
{
	seal_wipe(&w->keys);
	mem_wipe(w->at, WANTED_MAX * sizeof *w->at);
	mem_free(w->at);
	mem_free(w);
}

static void
on_looked(void *ctx)
{
	struct desk_erase_who *w = ctx;
	struct control *c = w->done ? desk_control(w->desk) : NULL;

	for (size_t i = 0; c && i < w->n && !w->err; i++)
		write_one(c, &w->at[i]);
	if (w->done)
		w->done(w->ctx, w->err);
	who_free(w);
}

struct desk_erase_who *
desk_erase_who(struct desk *d, int64_t from, void (*done)(void *ctx, int err), void *ctx)
{
	const struct control_erasure_query q = {
		.open = ERASURE_ASKED, .before = from - 1, .limit = WANTED_MAX
	};
	struct desk_erase_who *w = MEM_NEW(w);
	struct control *c = desk_control(d);
	struct arena a;

	w->desk = d;
	w->done = done;
	w->ctx = ctx;
	w->keys = d->env->keys;
	(void)str_copy_z(w->state, sizeof w->state, str_z(d->env->paths->state));
	(void)str_copy_z(w->ledger, sizeof w->ledger, str_z(d->env->paths->ledger));
	w->at = mem_new(WANTED_MAX, sizeof *w->at);
	arena_init(&a, 4u << 20);
	if (c)
		w->err = control_erasure_each(c, &a, &q, take_order, w);
	arena_done(&a);
	w->job = (struct pool_job){ .work = look, .done = on_looked, .ctx = w };
	list_init(&w->job.link);
	pool_add(d->pool, &w->job);
	return w;
}

void
desk_erase_who_forget(struct desk_erase_who *w)
{
	if (w)
		w->done = NULL;
}
