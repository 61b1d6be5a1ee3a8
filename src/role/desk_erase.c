/*
 * Carries out the orders to forget a person (docs/decisions/0018), one after the other; a
 * restart begins the one at hand anew, since no part of it can be done twice.
 *
 *   asked ─▶ SUPPRESS ─▶ QUEUE ─▶ LEDGER ─▶ PAST ─▶ TABLES ─▶ swept
 *              └─ a message is under way ─▶ later, the next order first
 *
 * A domain that may be written in two ways (A-labels, U-labels) has QUEUE to TABLES twice: each
 * looks for one spelling.
 *
 *   asked by a hash alone ─▶ WHO (desk_erase_who.c) ─▶ asked, or nobody: done
 *
 *   swept, all of a round ─▶ JOURNAL ─▶ LOGS ─▶ done
 *
 * Long work is the engine's: it is asked again until it answers, and hears of no part twice.
 */
#include "role/desk_priv.h"

#include "account/control_erase.h"
#include "base/mem.h"
#include "base/must.h"
#include "people/erase.h"
#include "people/suppress_store.h"
#include "send/spool_suppress.h"
#include "wire/typed_id.h"

#include <errno.h>

#define AGAIN_US   1000000u  /* the engine is busy, or a courier still has it */
#define ROUND_US   10000000u /* orders that wait for a message under way */
#define LISTED     50u       /* suppressions turned into aliases at once */
#define SWEPT_MAX  1000u     /* orders done by one new generation */
#define BUSY_MAX   30u       /* seconds: then the next order comes first */
#define SETTLE_MAX 2u        /* answers that the engine owes to all of a round */

enum step {
	STEP_NONE,
	STEP_WHO,
	STEP_SUPPRESS,
	STEP_UNLIST,
	STEP_QUEUE,
	STEP_LEDGER,
	STEP_PAST,
	STEP_TABLES,
	STEP_JOURNAL,
	STEP_LOGS
};

struct desk_erase {
	struct desk *desk;
	struct desk_erase_who *who; /* of desk_erase_who.c; NULL: nobody is looked for */
	enum step step;
	bool asking;
	uint64_t rest_until; /* mono µs */
	unsigned tries;      /* of this step */
	int64_t last;        /* the order looked at before; 0: a round begins */
	bool waited;         /* one of this round has to wait */
	int64_t id;          /* the order at hand; 0: those of a round */
	/* Of those swept: the last that is served, how many, and since when (mono µs). */
	int64_t upto;
	size_t nswept;
	uint64_t settles;
	uint32_t tenant;
	char address[SUPPRESS_ADDRESS_SIZE];
	size_t address_n;
	char other[SUPPRESS_ADDRESS_SIZE]; /* its other spelling, while that is looked for */
	size_t other_n;
	json_t *found;
	size_t unlisted;                     /* rows that the next STEP_UNLIST takes out */
	struct suppress_change rows[LISTED]; /* without notes: they may say who he is */
};

static void go(struct desk_erase *x);

static struct str
address_of(const struct desk_erase *x)
{
	return str_of(x->address, x->address_n);
}

/* As it is looked for just now. */
static struct str
spelling_of(const struct desk_erase *x)
{
	return x->other_n ? str_of(x->other, x->other_n) : address_of(x);
}

static void
count(struct desk_erase *x, const char *what, json_int_t n)
{
	json_int_t before = json_integer_value(json_object_get(x->found, what));

	if (n > 0)
		json_object_set_new(x->found, what, json_integer(before + n));
}

static json_int_t
number(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

static void
rest(struct desk_erase *x, uint64_t us)
{
	x->rest_until = loop_mono(x->desk->loop) + us;
}

/* ---- the orders */

static void
say_erased(struct desk_erase *x, const struct control_erasure *e)
{
	char id[TYPED_ID_TEXT];
	struct log_line ll = log_op(x->desk->log, LOG_INFO, "erased");

	log_z(&ll, "erasure",
		typed_id_write(id, x->desk->env->keys.ids, "era", (uint64_t)e->id));
	log_num(&ll, "tenant", e->tenant);
	log_str(&ll, "hash", e->hash);
	log_end(&ll);
}

/* As it stands, so that it is shown. */
static void
write_down(struct desk_erase *x, enum erasure_state state)
{
	struct control *c = desk_control(x->desk);
	char *text = json_dumps(x->found, JSON_COMPACT);
	const struct control_erasure e = { .id = x->id, .state = state, .found = str_z(text) };

	must(text != NULL);
	if (c)
		(void)control_erasure_set(c, &e);
	free(text); /* jansson's own allocation */
}

static void
drop_order(struct desk_erase *x)
{
	json_decref(x->found);
	x->found = NULL;
	mem_wipe(x->address, sizeof x->address);
	mem_wipe(x->other, sizeof x->other);
	x->address_n = x->other_n = 0;
	x->id = 0;
	x->step = STEP_NONE;
}

static void
swept(struct desk_erase *x)
{
	write_down(x, ERASURE_SWEPT);
	drop_order(x);
}

/* Its turn comes again in the next round. */
static void
later(struct desk_erase *x)
{
	x->waited = true;
	write_down(x, ERASURE_ASKED);
	drop_order(x);
}

/* The engine, a table or the disk does not want just now. Others are not to wait for it. */
static void
failed(struct desk_erase *x)
{
	rest(x, AGAIN_US);
	if (++x->tries <= (x->id ? BUSY_MAX : SETTLE_MAX))
		return;
	if (x->id)
		later(x);
	x->step = STEP_NONE;
}

static int
take_order(void *ctx, const struct control_erasure *e)
{
	struct desk_erase *x = ctx;

	x->last = e->id;
	if (e->by_hash) {
		x->step = STEP_WHO;
		return 0;
	}
	/* One that does not unseal (another master key) can never be carried out: it stays, and
	 * is said to be late. */
	if (e->address.n == 0 || e->address.n > sizeof x->address)
		return 0;
	x->id = e->id;
	x->tenant = e->tenant;
	memcpy(x->address, e->address.p, e->address.n);
	x->address_n = e->address.n;
	x->found = json_loadb(e->found.p, e->found.n, 0, NULL);
	if (!json_is_object(x->found)) {
		json_decref(x->found);
		x->found = json_object();
	}
	json_object_del(x->found, "waiting");
	x->step = STEP_SUPPRESS;
	return 0;
}

static int
last_swept(void *ctx, const struct control_erasure *e)
{
	struct desk_erase *x = ctx;

	x->upto = e->id > x->upto ? e->id : x->upto;
	x->nswept++;
	x->step = STEP_JOURNAL;
	return 0;
}

/* The next order of the round; at its end what all of them need. */
static void
pick(struct desk_erase *x)
{
	struct control_erasure_query q = {
		.open = ERASURE_ASKED, .before = x->last, .limit = 1
	};
	struct control *c = desk_control(x->desk);
	struct arena a;
	int64_t before = x->last, upto = x->upto;
	size_t nswept = x->nswept;

	if (!c)
		return;
	arena_init(&a, 1u << 20);
	(void)control_erasure_each(c, &a, &q, take_order, x);
	if (x->last == before) {
		q = (struct control_erasure_query){ .open = ERASURE_SWEPT, .limit = SWEPT_MAX };
		x->last = x->upto = 0;
		x->nswept = 0;
		if (x->waited)
			rest(x, ROUND_US);
		x->waited = false;
		(void)control_erasure_each(c, &a, &q, last_swept, x);
		/* The same ones: a generation begun for them before is good for them. */
		if (x->upto != upto || x->nswept != nswept)
			x->settles = loop_mono(x->desk->loop);
	}
	arena_done(&a);
	x->tries = 0;
}

static int
take_done(void *ctx, const struct control_erasure *e)
{
	struct desk_erase *x = ctx;
	struct control_erasure end = *e;

	if (e->id > x->upto)
		return 0;
	end.state = ERASURE_DONE;
	if (control_erasure_set(x->desk->control, &end) == 0)
		say_erased(x, e);
	return 0;
}

static void
all_done(struct desk_erase *x)
{
	const struct control_erasure_query q = { .open = ERASURE_SWEPT, .limit = SWEPT_MAX };
	struct control *c = desk_control(x->desk);
	struct arena a;

	arena_init(&a, 1u << 20);
	if (c)
		(void)control_erasure_each(c, &a, &q, take_done, x);
	arena_done(&a);
	x->step = STEP_NONE;
}

/* ---- suppressions: what he said stays, under the alias */

static int
on_listed(void *ctx, const struct suppress_row *r)
{
	struct desk_erase *x = ctx;

	x->rows[x->unlisted] = r->c;
	x->rows[x->unlisted].note = STR_NONE;
	x->rows[x->unlisted++].address = STR_NONE;
	return 0;
}

/* false: they cannot be read just now. */
static bool
find_listed(struct desk_erase *x)
{
	const struct suppress_query q = { .tenant = x->tenant,
		.scope = SUPPRESS_EVERY_SCOPE,
		.address = address_of(x),
		.limit = LISTED };
	struct suppress_store *s = NULL;
	char file[700];
	int err;

	x->unlisted = 0;
	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, x->desk->env->paths->state);
	err = suppress_store_open(file, STORE_READ, &s);
	if (err == -ENOENT)
		return true;
	if (err == 0)
		err = suppress_store_find(s, &q, on_listed, x);
	suppress_store_free(&s);
	return err == 0;
}

/* ---- questions to the engine */

static void on_answer(struct desk_ask *a, int status, struct str json);

static void
ask(struct desk_erase *x, const struct msg_query *q)
{
	x->asking = true;
	desk_ask_engine(x->desk, NULL, q, on_answer, NULL);
}

static void
ask_op(struct desk_erase *x, enum query_op op)
{
	const struct msg_query q = { .op = (uint16_t)op,
		.tenant = x->tenant,
		.address = spelling_of(x),
		.after = x->settles };

	ask(x, &q);
}

static void
ask_changes(struct desk_erase *x, enum query_op op)
{
	struct msg_query q = { .op = (uint16_t)op };
	char alias[ERASE_ALIAS_SIZE];
	struct str to = op == QUERY_SUPPRESS_REMOVE
	                        ? address_of(x)
	                        : erase_alias(alias, x->desk->env->keys.erase, x->tenant,
					  address_of(x));
	struct buf b;

	buf_init(&b, LISTED * SPOOL_SUPPRESS_BYTES + 2);
	for (size_t i = 0; i < x->unlisted; i++) {
		x->rows[i].remove = op == QUERY_SUPPRESS_REMOVE;
		x->rows[i].address = to;
	}
	must(spool_suppress_write(&b, &(struct spool_suppress){ x->rows, x->unlisted }) == 0);
	q.text = buf_str(&b);
	ask(x, &q);
	buf_done(&b);
}

/* ---- what the control tables and the sink have */

static bool
tables(struct desk_erase *x)
{
	struct control *c = desk_control(x->desk);
	const struct control_erasing e = { x->tenant, spelling_of(x), erase_mask };
	struct control_erased n;

	/* What desk knows of posts is in the tables first. */
	desk_hooks_save(x->desk);
	if (!c || control_erase(c, &e, &n) < 0)
		return false;
	count(x, "contacts", n.contacts);
	count(x, "testers", n.testers);
	count(x, "marks", n.marks);
	count(x, "webhook_posts", n.posts);
	count(x, "audit", n.audit);
	count(x, "template_values", n.values);
	count(x, "views", n.views);
	return true;
}

/* ---- the steps */

static void
on_past(struct desk_erase *x, const json_t *j)
{
	json_int_t waiting = number(j, "waiting") + number(j, "soon");

	count(x, "messages", number(j, "rows"));
	count(x, "bodies", number(j, "bodies"));
	count(x, "transcripts", number(j, "transcripts"));
	count(x, "log_places", number(j, "log"));
	if (number(j, "logs_failed"))
		json_object_set_new(
			x->found, "logs_failed", json_integer(number(j, "logs_failed")));
	if (json_is_true(json_object_get(j, "more")))
		return;
	/* What was said in an attempt is written within a second. */
	if (number(j, "soon") && ++x->tries <= BUSY_MAX) {
		rest(x, AGAIN_US);
		return;
	}
	x->step = STEP_TABLES;
	count(x, "waiting", waiting);
}

static void
on_queue(struct desk_erase *x, const json_t *j)
{
	count(x, "queued", number(j, "changed"));
	if (number(j, "skipped") == 0) {
		x->step = STEP_LEDGER;
		x->tries = 0;
		return;
	}
	/* In a courier's hands: an attempt takes a moment, or some minutes. */
	rest(x, AGAIN_US);
	if (++x->tries > BUSY_MAX)
		later(x);
}

static void
answered(struct desk_erase *x, const json_t *j)
{
	switch (x->step) {
	case STEP_SUPPRESS:
		x->step = STEP_UNLIST;
		break;
	case STEP_UNLIST:
		count(x, "suppressions", (json_int_t)x->unlisted);
		x->step = STEP_SUPPRESS;
		break;
	case STEP_QUEUE:
		on_queue(x, j);
		break;
	case STEP_LEDGER:
		count(x, "sink", desk_sink_erase(x->desk, x->tenant, spelling_of(x)));
		x->step = STEP_PAST;
		break;
	case STEP_PAST:
		on_past(x, j);
		break;
	case STEP_JOURNAL:
		x->step = STEP_LOGS;
		break;
	case STEP_LOGS:
		all_done(x);
		break;
	default:
		break;
	}
}

static void
on_answer(struct desk_ask *a, int status, struct str json)
{
	struct desk_erase *x = a->desk->erase;
	json_t *j = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;

	if (x) {
		x->asking = false;
		if (json_is_object(j))
			answered(x, j);
		else
			failed(x);
		go(x);
	}
	json_decref(j);
}

/* Who is meant by hashes is known: the round begins anew. */
static void
on_who(void *ctx, int err)
{
	struct desk_erase *x = ctx;

	x->asking = false;
	x->who = NULL;
	x->step = STEP_NONE;
	/* What cannot be read now is looked for in the next round; others come first. */
	x->last = err ? x->last : 0;
	rest(x, AGAIN_US);
	go(x);
}

/* All is done of one spelling: is there another one? */
static bool
spell_again(struct desk_erase *x)
{
	struct str other;

	if (x->other_n || !suppress_address_unicode(x->other, address_of(x), &other))
		return false;
	x->other_n = other.n;
	x->tries = 0;
	x->step = STEP_QUEUE;
	return true;
}

/* Until a question is under way, or nothing is to be done. */
static void
step(struct desk_erase *x)
{
	switch (x->step) {
	case STEP_NONE:
		pick(x);
		if (x->step == STEP_NONE)
			rest(x, AGAIN_US);
		break;
	case STEP_WHO:
		x->asking = true;
		x->who = desk_erase_who(x->desk, x->last, on_who, x);
		break;
	case STEP_SUPPRESS:
		if (!find_listed(x))
			failed(x);
		else if (x->unlisted)
			ask_changes(x, QUERY_SUPPRESS_ADD);
		else
			x->step = STEP_QUEUE;
		break;
	case STEP_UNLIST:
		ask_changes(x, QUERY_SUPPRESS_REMOVE);
		break;
	case STEP_QUEUE:
		ask_op(x, QUERY_ERASE_QUEUE);
		break;
	case STEP_LEDGER:
		ask_op(x, QUERY_LEDGER);
		break;
	case STEP_PAST:
		ask_op(x, QUERY_ERASE_PAST);
		break;
	case STEP_TABLES:
		if (!tables(x))
			failed(x);
		else if (spell_again(x))
			break;
		else if (number(x->found, "waiting"))
			later(x);
		else
			swept(x);
		break;
	case STEP_JOURNAL:
		ask_op(x, QUERY_ERASE_JOURNAL);
		break;
	case STEP_LOGS:
	default:
		ask_op(x, QUERY_ERASE_LOGS);
		break;
	}
}

static void
go(struct desk_erase *x)
{
	while (!x->asking && x->desk->engine && loop_mono(x->desk->loop) >= x->rest_until)
		step(x);
}

void
desk_erase_second(struct desk *d)
{
	go(d->erase);
}

void
desk_erase_new(struct desk *d)
{
	d->erase = MEM_NEW(d->erase);
	d->erase->desk = d;
}

void
desk_erase_free(struct desk *d)
{
	struct desk_erase *x = d->erase;

	d->erase = NULL;
	if (!x)
		return;
	desk_erase_who_forget(x->who);
	json_decref(x->found);
	mem_wipe(x->address, sizeof x->address);
	mem_wipe(x->other, sizeof x->other);
	mem_free(x);
}
