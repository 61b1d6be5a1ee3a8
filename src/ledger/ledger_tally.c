#include "ledger/ledger_tally.h"

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utc.h"
#include "io/random.h"

#define VALUE_MAX FACT_ABOUT_ID_MAX

/* Compared as bytes: no holes. */
struct key {
	int64_t hour;
	uint32_t tenant;
	uint8_t what, stream, kind, sub;
};

struct counter {
	struct link link; /* in the order of their first fact: the same on every run */
	int64_t n, delay;
	size_t length;
	struct key key;
	char value[]; /* behind the key: both are the map's key */
};

struct ledger_tally {
	uint64_t seed;
	struct map counters;
	struct link all;
	struct nmap values; /* hash of (tenant, what, value) → 1 */
	struct nmap many;   /* tenant → number of its values */
};

static void
clear(struct ledger_tally *t)
{
	struct link *at;

	while ((at = list_pop(&t->all)))
		mem_free(LIST_OF(at, struct counter, link));
	map_done(&t->counters);
	map_init(&t->counters, t->seed);
}

struct ledger_tally *
ledger_tally_new(void)
{
	struct ledger_tally *t = MEM_NEW(t);

	t->seed = random_u64();
	map_init(&t->counters, t->seed);
	list_init(&t->all);
	nmap_init(&t->values);
	nmap_init(&t->many);
	return t;
}

void
ledger_tally_free(struct ledger_tally **pt)
{
	struct ledger_tally *t = *pt;

	if (!t)
		return;
	clear(t);
	map_done(&t->counters);
	nmap_done(&t->values);
	nmap_done(&t->many);
	mem_free(t);
	*pt = NULL;
}

/* May this value be counted by its name? */
static bool
known(struct ledger_tally *t, uint32_t tenant, uint8_t what, struct str value)
{
	uint64_t h = hash_bytes(t->seed ^ ((uint64_t)tenant << 8 | what), value), n = 0;

	h = h == 0 || h == UINT64_MAX ? 1 : h;
	if (nmap_get(&t->values, h, &n))
		return true;
	n = 0;
	(void)nmap_get(&t->many, (uint64_t)tenant + 1, &n);
	if (n >= LEDGER_VALUES_MAX)
		return false;
	nmap_put(&t->values, h, 1);
	nmap_put(&t->many, (uint64_t)tenant + 1, n + 1);
	return true;
}

static int
on_value(void *ctx, struct store_row *r)
{
	struct str value = store_text(r, 2);

	if (value.n)
		(void)known(ctx, (uint32_t)store_int(r, 1), (uint8_t)store_int(r, 0), value);
	return 0;
}

int
ledger_tally_load(struct ledger_tally *t, struct store *s)
{
	return store_run(s,
		"SELECT DISTINCT what, tenant, value FROM tally WHERE what BETWEEN 1 AND 3",
		on_value, t, "");
}

static void
bump(struct ledger_tally *t, struct key key, struct str value, int64_t delay)
{
	char bytes[sizeof key + VALUE_MAX];
	struct counter *c;

	value = str_head(value, VALUE_MAX);
	if (key.what != LEDGER_ALL && key.what != LEDGER_STREAM &&
		!known(t, key.tenant, key.what, value))
		value = STR_NONE;
	memcpy(bytes, &key, sizeof key);
	memcpy(bytes + sizeof key, value.p, value.n);
	c = map_get(&t->counters, str_of(bytes, sizeof key + value.n));
	if (!c) {
		c = mem_new(1, sizeof *c + value.n);
		c->length = value.n;
		c->key = key;
		memcpy(c->value, value.p, value.n);
		list_init(&c->link);
		list_push(&t->all, &c->link);
		(void)map_put(&t->counters, str_of(&c->key, sizeof key + value.n), c);
	}
	c->n++;
	c->delay += delay;
}

void
ledger_tally_add(struct ledger_tally *t, const struct fact *f, const struct ledger_keys *k)
{
	struct str tags = str_from(k->about.tags, 1);
	int64_t delay = k->accepted && f->at > k->accepted ? (f->at - k->accepted) / 1000 : 0;
	struct key key = { .hour = f->at / UTC_HOUR,
		.tenant = f->tenant,
		.stream = k->stream,
		.kind = f->kind,
		.sub = f->class };

	if (f->number == FACT_SIGNAL && f->kind != FACT_RETURNED)
		key.sub = f->robot ? LEDGER_ROBOT : k->first ? LEDGER_FIRST : LEDGER_AGAIN;
	bump(t, key, STR_NONE, delay);
	while (tags.n) {
		struct str one = str_cut(&tags, '\n');
		bool stream = one.n > 0 && one.p[0] == FACT_ABOUT_STREAM;

		key.what = stream ? LEDGER_STREAM : LEDGER_TAG;
		bump(t, key, stream ? str_from(one, 1) : one, delay);
	}
	key.what = LEDGER_CAMPAIGN;
	if (k->about.campaign.n)
		bump(t, key, k->about.campaign, delay);
	key.what = LEDGER_TEMPLATE;
	if (k->about.template.n)
		bump(t, key, k->about.template, delay);
}

static int
write_one(struct store *s, const struct counter *c, uint32_t tenant)
{
	const struct key *k = &c->key;

	return store_run(s,
		"INSERT INTO tally (what, tenant, value, hour, stream, kind, sub, n, delay)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (what, tenant, value, hour, stream, kind, sub)"
		" DO UPDATE SET n = tally.n + excluded.n, delay = tally.delay + excluded.delay",
		NULL, NULL, "iisiiiiii", (int64_t)k->what, (int64_t)tenant,
		str_of(c->value, c->length), k->hour, (int64_t)k->stream, (int64_t)k->kind,
		(int64_t)k->sub, c->n, c->delay);
}

int
ledger_tally_flush(struct ledger_tally *t, struct store *s)
{
	int err = 0;

	LIST_EACH(at, &t->all)
	{
		const struct counter *c = LIST_OF(at, struct counter, link);

		err = write_one(s, c, c->key.tenant);
		/* The sum of all, so that nobody adds up a thousand tenants. */
		if (!err && c->key.what == LEDGER_ALL && c->key.tenant)
			err = write_one(s, c, 0);
		if (err)
			return err;
	}
	clear(t);
	return 0;
}
