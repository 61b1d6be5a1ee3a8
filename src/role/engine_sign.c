/* Signing threads: only for an attempt this courier has, only with the keys of its tenant
 * (P12). */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "io/fault.h"
#include "wire/dkim.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#define SUSPECT_US  1000000u /* apart by more than a signature takes */
#define LOOK_US     50000u
#define PATIENCE_US 10000000u /* with a ledger that has much to do, since the start */

struct sign_job {
	struct pool_job job;
	struct engine *engine;
	unsigned courier;
	uint64_t boot, attempt, message;
	bool suspect;
	bool poison; /* test builds */
	uint8_t signer, algo;
	uint8_t digest[DKIM_HASH_SIZE];
	EVP_PKEY *key;
	unsigned char out[1024];
	size_t n; /* 0 = it could not be signed */
};

static void
sign_rsa(struct sign_job *j)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(j->key, NULL);
	size_t n = sizeof j->out;

	if (c && EVP_PKEY_sign_init(c) > 0 &&
		EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0 &&
		EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) > 0 &&
		EVP_PKEY_sign(c, j->out, &n, j->digest, sizeof j->digest) > 0)
		j->n = n;
	EVP_PKEY_CTX_free(c);
}

/* RFC 8463 3: PureEdDSA over the SHA-256 value. */
static void
sign_ed25519(struct sign_job *j)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = sizeof j->out;

	if (c && EVP_DigestSignInit(c, NULL, NULL, NULL, j->key) > 0 &&
		EVP_DigestSign(c, j->out, &n, j->digest, sizeof j->digest) > 0)
		j->n = n;
	EVP_MD_CTX_free(c);
}

static void
on_work(void *ctx)
{
	struct sign_job *j = ctx;
	unsigned mark = engine_mark(j->engine, j->message);

	if (j->poison)
		fault_die();
	if (j->algo == DKIM_RSA_SHA256)
		sign_rsa(j);
	else
		sign_ed25519(j);
	engine_unmark(j->engine, mark);
}

static void
on_done(void *ctx)
{
	struct sign_job *j = ctx;
	struct engine_peer *p = &j->engine->couriers[j->courier];

	if (p->up && p->boot == j->boot)
		ENGINE_TELL(p, signed, .attempt = j->attempt, .signer = j->signer,
			.signature = str_of(j->out, j->n));
	EVP_PKEY_free(j->key);
	mem_free(j);
}

static void
go(struct engine *e, struct sign_job *j)
{
	if (!j->suspect) {
		pool_add(e->pool, &j->job);
		return;
	}
	list_push(&e->suspects, &j->job.link);
	if (!timer_pending(&e->suspect_timer.timer))
		loop_timer_in(e->loop, &e->suspect_timer, SUSPECT_US);
}

void
engine_sign(struct engine *e, struct engine_peer *p, const struct msg_sign *s)
{
	struct q_attempt a;
	const struct q_message *m;
	const struct dir_domain *d = NULL;
	struct sign_job *j;

	if (!queue_attempt(e->queue, s->attempt, &a) || a.courier != p->number) {
		/* Of before a restart and not taken over: it must not go out a second time. */
		ENGINE_TELL(p, signed, .attempt = s->attempt, .signer = SIGNER_NONE);
		return;
	}
	m = queue_message_at(e->queue, a.message);
	d = directory_domain(e->dir, m->tenant, q_from_domain(m));
	if (d == NULL || s->signer >= d->nsigners) {
		/* Nothing to sign with (any more): the courier sends it as it is. */
		ENGINE_TELL(p, signed, .attempt = s->attempt, .signer = s->signer);
		return;
	}
	/* More than all slots can ask for: a courier that was broken into. */
	if (pool_waiting(e->pool) > 2u * ROLE_COURIERS_MAX * ROLE_SLOTS)
		return;
	j = MEM_NEW(j);
	j->engine = e;
	j->courier = p->number;
	j->boot = p->boot;
	j->attempt = s->attempt;
	j->message = m->id;
	j->poison = fault_poison("poison-sign@", q_sender(m));
	j->signer = s->signer;
	j->algo = d->signers[s->signer].algo;
	j->key = d->signers[s->signer].key;
	EVP_PKEY_up_ref(j->key);
	memcpy(j->digest, s->digest.b, sizeof j->digest);
	j->job = (struct pool_job){ .work = on_work, .done = on_done, .ctx = j };
	list_init(&j->job.link);
	j->suspect = engine_is_suspect(e, &a);
	if (e->accepting && !e->sign_wait) {
		go(e, j);
		return;
	}
	list_push(&e->unsigned_, &j->job.link);
	if (!timer_pending(&e->sign_timer.timer))
		loop_timer_in(e->loop, &e->sign_timer, LOOK_US);
}

/* Nothing is signed before the count of what the last signing did is durable and the ledger
 * knows of it: the next death may come at once. */
void
engine_sign_begin(void *ctx)
{
	struct engine *e = ctx;
	struct link *l;

	if (!e->accepting || e->suspects_told ||
		(ledger_waiting(e->ledger) > 0 &&
			loop_mono(e->loop) - e->began < PATIENCE_US)) {
		loop_timer_in(e->loop, &e->sign_timer, LOOK_US);
		return;
	}
	e->sign_wait = false;
	while ((l = list_pop(&e->unsigned_)) != NULL)
		go(e, LIST_OF(l, struct sign_job, job.link));
}

/* One that was in hand when the engine died is signed when no other of them is. */
void
engine_sign_suspect(void *ctx)
{
	struct engine *e = ctx;
	struct link *l = list_pop(&e->suspects);

	if (l)
		pool_add(e->pool, &LIST_OF(l, struct sign_job, job.link)->job);
	if (!list_empty(&e->suspects))
		loop_timer_in(e->loop, &e->suspect_timer, SUSPECT_US);
}

void
engine_sign_end(struct engine *e)
{
	struct link *l;

	loop_timer_off(e->loop, &e->suspect_timer);
	loop_timer_off(e->loop, &e->sign_timer);
	while ((l = list_pop(&e->suspects)) != NULL || (l = list_pop(&e->unsigned_)) != NULL) {
		struct sign_job *j = LIST_OF(l, struct sign_job, job.link);

		EVP_PKEY_free(j->key);
		mem_free(j);
	}
}
