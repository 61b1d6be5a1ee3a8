#include "send/queue_priv.h"

#include "base/must.h"

struct letterhead_key {
	uint64_t key;
	struct str sender, from_domain;
};

static uint64_t
domain_hash_of(const struct queue *q, struct str domain)
{
	return hash_bytes(q->seed, domain);
}

static uint64_t
domain_hash(const struct queue *q, const void *record)
{
	const struct q_domain *d = record;

	return domain_hash_of(q, str_of(d->text, d->n));
}

static bool
domain_is(const struct queue *q, const void *record, const void *key)
{
	const struct q_domain *d = record;

	(void)q;
	return str_eq(str_of(d->text, d->n), *(const struct str *)key);
}

static uint64_t
letterhead_hash_of(const struct queue *q, const struct letterhead_key *k)
{
	return hash_bytes(hash_bytes(q->seed ^ k->key, k->sender), k->from_domain);
}

static uint64_t
letterhead_hash(const struct queue *q, const void *record)
{
	const struct q_letterhead *h = record;

	return letterhead_hash_of(
		q, &(struct letterhead_key){ h->key, str_of(h->text, h->sender_n),
			   str_of(h->text + h->from_at, h->from_n) });
}

static bool
letterhead_is(const struct queue *q, const void *record, const void *key)
{
	const struct q_letterhead *h = record;
	const struct letterhead_key *k = key;

	(void)q;
	return h->key == k->key && str_eq(str_of(h->text, h->sender_n), k->sender) &&
	       str_eq(str_of(h->text + h->from_at, h->from_n), k->from_domain);
}

void
queue_text_init(struct queue *q)
{
	static const struct queue_index_kind domains = { domain_hash, domain_is },
					     letterheads = { letterhead_hash, letterhead_is };

	scrap_init(&q->texts);
	queue_index_init(&q->by_domain, q, &q->domains, &domains);
	queue_index_init(&q->by_letterhead, q, &q->letterheads, &letterheads);
}

/* The byte before a text: its size in steps, 0 when it is the heap's. */
char *
queue_text_new(struct queue *q, size_t n)
{
	size_t size = n + 1, steps = (size + SCRAP_STEP - 1) / SCRAP_STEP;
	char *p = scrap_new(&q->texts, size);

	_Static_assert(SCRAP_MAX / SCRAP_STEP <= UINT8_MAX, "the size fits in a byte");
	*p = (char)(size > SCRAP_MAX ? 0 : steps);
	return p + 1;
}

void
queue_text_free(struct queue *q, char *text)
{
	unsigned steps = (unsigned char)text[-1];

	scrap_free(&q->texts, text - 1, steps ? steps * SCRAP_STEP : SCRAP_MAX + 1);
}

uint32_t
queue_domain_find(const struct queue *q, struct str domain)
{
	return queue_index_find(&q->by_domain, domain_hash_of(q, domain), &domain);
}

uint32_t
queue_domain_ref(struct queue *q, struct str domain)
{
	uint32_t self = queue_domain_find(q, domain);
	struct q_domain *d;

	if (!self) {
		d = slab_new(&q->domains, &self);
		must(d != NULL);
		d->n = (uint16_t)domain.n;
		d->text = queue_text_new(q, domain.n);
		if (domain.n)
			memcpy(d->text, domain.p, domain.n);
		queue_index_add(&q->by_domain, self);
	}
	d = slab_at(&q->domains, self);
	d->refs++;
	return self;
}

void
queue_domain_unref(struct queue *q, uint32_t self)
{
	struct q_domain *d = slab_at(&q->domains, self);

	if (--d->refs)
		return;
	queue_index_del(&q->by_domain, self);
	queue_text_free(q, d->text);
	slab_free(&q->domains, self);
}

static struct q_letterhead *
letterhead_new(struct queue *q, const struct letterhead_key *k)
{
	uint32_t self;
	struct q_letterhead *h = slab_new(&q->letterheads, &self);
	/* The From domain is mostly the end of the sender's address: then it is kept once. */
	bool shared = str_ends(k->sender, k->from_domain);

	must(h != NULL);
	h->self = self;
	h->key = k->key;
	h->sender_n = (uint16_t)k->sender.n;
	h->from_n = (uint16_t)k->from_domain.n;
	h->from_at = (uint16_t)(shared ? k->sender.n - k->from_domain.n : k->sender.n);
	h->text = queue_text_new(q, k->sender.n + (shared ? 0 : k->from_domain.n));
	if (k->sender.n)
		memcpy(h->text, k->sender.p, k->sender.n);
	if (k->from_domain.n)
		memcpy(h->text + h->from_at, k->from_domain.p, k->from_domain.n);
	queue_index_add(&q->by_letterhead, self);
	return h;
}

struct q_letterhead *
queue_letterhead_ref(struct queue *q, uint64_t key, struct str sender, struct str from_domain)
{
	const struct letterhead_key k = { key, sender, from_domain };
	uint32_t self = queue_index_find(&q->by_letterhead, letterhead_hash_of(q, &k), &k);
	struct q_letterhead *h;

	h = self ? slab_at(&q->letterheads, self) : letterhead_new(q, &k);
	h->refs++;
	return h;
}

void
queue_letterhead_unref(struct queue *q, struct q_letterhead *h)
{
	if (--h->refs)
		return;
	queue_index_del(&q->by_letterhead, h->self);
	queue_text_free(q, h->text);
	slab_free(&q->letterheads, h->self);
}
