/*
 * The messages of a call: may it use its senders, the messages written, durable, submitted, the
 * engine's word. A 2xx is for all recipients of a message, and where the dialect has it so for
 * all messages of the call (P1).
 */
#include "role/edge_api.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/random.h"
#include "send/accept.h"
#include "send/consent.h"
#include "send/idem.h"
#include "send/wish.h"

#include <errno.h>
#include <sodium.h>

#define RETRY_BUSY_S 10
#define RETRY_DISK_S 30

enum { STEP_SENDER, STEP_FROM, STEP_INACTIVE, STEPS };

static void domains(struct edge_call *k);
static void compose_next(struct edge_call *k);

void
edge_send_free(struct edge_call *k)
{
	for (size_t i = 0; i < k->nletters; i++)
		if (k->letters[i].body)
			extent_body_drop(&k->letters[i].body);
	for (size_t i = 0; i < k->ngroups; i++) {
		edge_ask_off(k->edge, &k->groups[i].ask);
		buf_done(&k->groups[i].ask.payload);
	}
	mem_free(k->letters);
	mem_free(k->groups);
	k->letters = NULL;
	k->groups = NULL;
	k->nletters = k->ngroups = 0;
}

static void
busy(struct edge_call *k, struct str why)
{
	k->retry_s = RETRY_BUSY_S;
	edge_call_refuse(k, 503, why);
}

/* ---- who may send as whom ---- */

static void
refuse_item(struct api_item *item, enum api_refusal why, struct str text)
{
	item->refusal = why;
	item->refusal_text = text;
}

/* One of a call that goes as a whole refuses all of it. */
static void
refuse_letter(struct edge_call *k, struct edge_letter *l, enum api_refusal why, struct str text)
{
	text = arena_str(&k->arena, text);
	if (!text.p)
		text = STR_NONE;
	refuse_item(l->item, why, text);
	for (size_t i = 0; k->send.together && i < k->send.n; i++)
		refuse_item(&k->send.items[i], why, text);
}

static void
on_checked(void *ctx, const void *m)
{
	struct edge_call *k = ((struct edge_conn *)ctx)->http->call;
	const struct msg_checked *a = m;
	struct edge_letter *l = &k->letters[k->at];

	if (!a) {
		busy(k, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	if (a->ok)
		edge_domain_learn(k->edge, k->id.tenant,
			k->step == STEP_SENDER ? l->domain : l->from_domain);
	else
		refuse_letter(k, l, API_SENDER, a->reply.text);
	if (a->ok)
		k->step++;
	else
		k->step = STEPS;
	domains(k);
}

/* true: known to be fine; else it is asked. */
static bool
domain_ok(struct edge_call *k, struct str domain)
{
	struct edge_conn *c = k->conn;
	struct msg_check q = { 0, k->id.tenant, domain };

	if (k->id.any_domain || k->test || domain.n == 0 ||
		edge_domain_known(k->edge, k->id.tenant, domain))
		return true;
	q.seq = edge_seq(k->edge);
	buf_clear(&c->ask.payload);
	msg_check_write(&c->ask.payload, &q);
	c->ask.done = on_checked;
	edge_ask(k->edge, &c->ask, MSG_check, q.seq);
	return false;
}

/* ---- whom the dialect tells of at once ---- */

/* The recipients of the letter's message, which all its letters together have. fn NULL: only
 * their number. */
static size_t
rcpts_of(const struct edge_call *k, void (*fn)(void *ctx, size_t i, struct str address),
	void *ctx)
{
	const struct api_item *item = k->letters[k->at].item;
	size_t n = 0;

	for (size_t l = k->at; l < k->nletters && k->letters[l].item == item; l++)
		for (size_t i = 0; i < k->letters[l].rcpts.n; i++, n++)
			if (fn)
				fn(ctx, n, k->letters[l].rcpts.at[i].address);
	return n;
}

struct inactive {
	struct str listed; /* of the answer */
	struct str *at;
	size_t n;
};

static void
keep_listed(void *ctx, size_t i, struct str address)
{
	struct inactive *x = ctx;

	if (x->listed.p[i] == '1')
		x->at[x->n++] = address;
}

static void
on_screened(void *ctx, const void *m)
{
	struct edge_call *k = ((struct edge_conn *)ctx)->http->call;
	const struct msg_screened *a = m;
	struct edge_letter *l = &k->letters[k->at];
	size_t n = rcpts_of(k, NULL, NULL);
	struct inactive x = { .n = 0 };

	x.at = arena_alloc(&k->arena, n * sizeof *x.at);
	if (!a || a->listed.n != n || !x.at) {
		busy(k, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	x.listed = a->listed;
	(void)rcpts_of(k, keep_listed, &x);
	l->item->inactive = x.at;
	l->item->ninactive = x.n;
	if (x.n == n)
		refuse_letter(k, l, API_INACTIVE, STR_NONE);
	k->step = STEPS;
	domains(k);
}

static void
put_asked(void *ctx, size_t i, struct str address)
{
	struct msg_text *at = ctx;

	at[i].bytes = address;
}

/* true: nothing to ask. Postmark's clients hear of recipients on the suppression list from the
 * answer; with the others they are set aside when the message is taken, and events tell. */
static bool
screened(struct edge_call *k, const struct edge_letter *l)
{
	struct edge_conn *c = k->conn;
	size_t n = rcpts_of(k, NULL, NULL);
	struct msg_screen q = { .tenant = k->id.tenant };

	/* Once for all letters of a message. */
	if (k->match.dialect != API_POSTMARK || k->test || l->item->mail.sandbox ||
		n > MSG_TEXTS_MAX || (k->at > 0 && k->letters[k->at - 1].item == l->item))
		return true;
	q.seq = edge_seq(k->edge);
	q.stream = edge_send_stream(k, l->item);
	q.group = l->item->mail.group;
	q.addresses.at = arena_alloc(&k->arena, n * sizeof *q.addresses.at);
	q.addresses.n = q.addresses.at ? n : 0;
	if (q.addresses.at)
		(void)rcpts_of(k, put_asked, q.addresses.at);
	buf_clear(&c->ask.payload);
	msg_screen_write(&c->ask.payload, &q);
	c->ask.done = on_screened;
	edge_ask(k->edge, &c->ask, MSG_screen, q.seq);
	return false;
}

static bool
goes(const struct edge_letter *l)
{
	return l->item->refusal == API_TAKEN;
}

/* The letters that are refused fall out; ids for the others. */
static void
number(struct edge_call *k)
{
	uint64_t n = 0, id;
	size_t kept = 0;

	for (size_t i = 0; i < k->nletters; i++)
		if (goes(&k->letters[i]) && !k->test && !k->letters[i].item->mail.sandbox)
			k->letters[kept++] = k->letters[i];
	k->nletters = kept;
	for (size_t i = 0; i < kept; i++)
		n += 1 + k->letters[i].rcpts.n;
	if (kept == 0) {
		edge_call_answer(k);
		return;
	}
	id = edge_ids(k->edge, n);
	if (id == 0) {
		busy(k, STR_LIT("The service is starting; try again in a moment."));
		return;
	}
	for (size_t i = 0; i < kept; i++) {
		k->letters[i].message = id;
		if (i == 0 || k->letters[i - 1].item != k->letters[i].item)
			k->letters[i].item->message = id;
		id += 1 + k->letters[i].rcpts.n;
	}
	k->at = 0;
	compose_next(k);
}

/* false: the engine was asked. */
static bool
step_ok(struct edge_call *k, const struct edge_letter *l)
{
	if (k->step == STEP_INACTIVE)
		return screened(k, l);
	return domain_ok(k, k->step == STEP_SENDER ? l->domain : l->from_domain);
}

static void
domains(struct edge_call *k)
{
	for (; k->at < k->nletters; k->at++, k->step = STEP_SENDER) {
		struct edge_letter *l = &k->letters[k->at];

		for (; k->step < STEPS && goes(l); k->step++)
			if (!step_ok(k, l))
				return;
	}
	number(k);
}

/* ---- the messages, written ---- */

/* As the message will have it: what came whole keeps its own, or gets what accept_rewrite
 * writes. */
static struct str
message_id(struct edge_call *k, const struct edge_letter *l)
{
	struct str id;

	if (k->raw.n) {
		id = k->facts.message_id.n ? k->facts.message_id
		                           : arena_printf(&k->arena, "<%llu@%.*s>",
						     (unsigned long long)l->item->message,
						     STR_ARG(k->edge->config->hostname));
		return id.p ? id : STR_NONE;
	}
	id = arena_printf(&k->arena, "<%llu.%.8s@%.*s>", (unsigned long long)l->item->message,
		k->request_id, STR_ARG(k->edge->config->hostname));

	return id.p ? id : STR_NONE;
}

/* What came whole, with what a submission server adds and what its form asks for. */
static void
compose_raw(struct edge_call *k, const struct edge_letter *l)
{
	size_t head = accept_header_end(k->raw, 0), n;
	struct str block = str_head(k->raw, head ? head : k->raw.n);
	struct accept_trace t = { .client = str_z(k->client),
		.http = true,
		.hostname = k->edge->config->hostname,
		.id = l->item->message,
		.now = k->world.now,
		.drop = consent_drop };
	struct buf more;

	buf_init(&more, 8192);
	k->err = edge_track_fields(k, l, block, &more);
	t.more = buf_str(&more);
	if (!k->err)
		k->err = accept_rewrite(&k->bytes, block, &t, &n);
	if (!k->err)
		k->err = buf_put(&k->bytes, str_from(k->raw, block.n));
	if (!k->err)
		k->err = edge_track_raw(k, l);
	buf_done(&more);
}

/* On a thread, maybe. */
static void
compose(void *ctx)
{
	struct edge_call *k = ctx;
	struct edge_letter *l = &k->letters[k->at];
	struct outgoing_stamp stamp = { .message_id = l->message_id,
		.seed = str_of(k->request_id, 8),
		.date = k->world.now };
	struct outgoing mail = l->item->mail;

	if (k->raw.n) {
		compose_raw(k, l);
		return;
	}
	k->err = edge_track_compose(k, l, &mail);
	if (!k->err)
		k->err =
			outgoing_compose(&k->letter, &mail, &stamp, &k->bytes, &k->compose_why);
	/* Its copies of the texts would add up to as many as there are recipients. */
	arena_reset(&k->letter);
}

/* The body, its DKIM hash, how long its header is. */
static int
letter_store(struct edge_letter *l, struct str bytes)
{
	size_t end = accept_header_end(bytes, 0);
	struct dkim_body hash;
	int err;

	l->header_length = (uint32_t)(end ? end : bytes.n);
	l->eight_bit = !text_is_ascii(bytes);
	dkim_body_init(&hash);
	dkim_body_feed(&hash, str_from(bytes, l->header_length));
	dkim_body_end(&hash, l->body_hash);
	l->body = extent_body_new(l->call->edge->writer);
	err = extent_body_add(l->body, bytes);
	if (err)
		extent_body_drop(&l->body);
	else
		edge_write_values(l);
	return err;
}

static void
disk_failed(struct edge_call *k, int err)
{
	edge_disk_tell(k->edge, err);
	k->retry_s = RETRY_DISK_S;
	edge_call_refuse(k, err == -ENOSPC || err == -EDQUOT ? 507 : 503,
		STR_LIT("The message could not be stored: nothing was sent. Try again later."));
}

static void commit(struct edge_call *k);

static void
composed(struct edge_call *k)
{
	struct edge_letter *l = &k->letters[k->at];
	int err;

	if (k->err == -EINVAL) {
		edge_call_refuse(k, 400, str_z(k->compose_why ? k->compose_why : "?"));
		return;
	}
	k->total += k->bytes.n;
	if (k->err || k->total > EDGE_CALL_BYTES) {
		edge_call_refuse(k, 413,
			STR_LIT("The messages of this call are longer than 64 MiB together: "
				"send "
				"fewer in one call."));
		return;
	}
	err = letter_store(l, buf_str(&k->bytes));
	buf_done(&k->bytes);
	if (err) {
		disk_failed(k, err);
		return;
	}
	if (!edge_call_charge(k, k->body.cap + k->written + k->kept + k->total)) {
		busy(k, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	k->at++;
	compose_next(k);
}

static void
compose_next(struct edge_call *k)
{
	struct edge_letter *l;

	if (k->at == k->nletters) {
		commit(k);
		return;
	}
	l = &k->letters[k->at];
	l->message_id = message_id(k, l);
	k->err = 0;
	buf_init(&k->bytes, EDGE_CALL_BYTES + (1u << 20));
	edge_call_work(k, compose, composed);
}

/* ---- durable ---- */

static void submit(struct edge_call *k);

static void
on_durable(void *ctx, int err, struct extent_place place)
{
	struct edge_letter *l = ctx;
	struct edge_call *k = l->call;

	l->place = place;
	if (err && !k->err)
		k->err = err;
	if (--k->commits > 0)
		return;
	edge_disk_tell(k->edge, k->err);
	if (!k->conn)
		edge_call_free(k); /* nothing was promised, the space is unused */
	else if (k->err)
		disk_failed(k, k->err);
	else
		submit(k);
}

static void
commit(struct edge_call *k)
{
	k->err = 0;
	k->commits = k->nletters;
	for (size_t i = 0; i < k->nletters; i++)
		extent_body_commit(&k->letters[i].body, on_durable, &k->letters[i]);
}

/* ---- submitted ---- */

uint8_t
edge_send_stream(const struct edge_call *k, const struct api_item *item)
{
	bool broadcast =
		item->mail.stream == STREAM_BROADCAST || k->id.stream == STREAM_BROADCAST;

	return broadcast ? STREAM_BROADCAST : STREAM_TRANSACTIONAL;
}

/* What only mail of the API has, as the submit carries it. */
static struct str
extra_of(struct edge_call *k, const struct edge_letter *l, struct str idem)
{
	const struct outgoing *o = &l->item->mail;
	unsigned track = (o->opens == OUTGOING_ON ? TRACK_OPENS : 0) |
	                 (o->clicks == OUTGOING_ON ? TRACK_CLICKS : 0);
	struct msg_extra x = { .not_before = o->send_at > k->world.now ? o->send_at : 0,
		.first = l->message != l->item->message ? l->item->message : 0,
		.track = (uint8_t)track,
		.idem = idem,
		.about = o->about };
	char once[ONCE_SIZE];
	const struct wish w = { .group = o->group,
		.tls = o->tls,
		.turn = o->turn,
		.once = str_of(once, o->once.n ? sizeof once : 0) };
	char text[WISH_ROOM];
	struct buf more = { text, 0, sizeof text, sizeof text, false };
	struct str kept;
	struct buf b;

	once_campaign(once, k->id.tenant, o->once);
	wish_write(&more, &w);
	x.more = buf_str(&more);
	if (!x.not_before && !x.first && !x.track && !x.idem.n && !x.about.n && !x.more.n)
		return STR_NONE;
	buf_init(&b, 1u << 16);
	msg_extra_write(&b, &x);
	kept = arena_str(&k->arena, buf_str(&b));
	buf_done(&b);
	return kept;
}

static struct msg_submit
submit_of(struct edge_call *k, const struct edge_letter *l, uint64_t seq, struct str idem)
{
	const struct outgoing *o = &l->item->mail;
	struct edge *e = k->edge;
	struct msg_submit q = { .seq = seq,
		.boot = e->env->boot,
		.message = l->message,
		.key = k->id.key,
		.tenant = k->id.tenant,
		.stream = edge_send_stream(k, l->item),
		.via = VIA_API,
		.flags = (uint8_t)(MAIL_BODY_HASH | (l->eight_bit ? MAIL_8BIT : 0) | o->bypass),
		.accepted = k->world.now, /* as in its tokens */
		.extent = l->place.extent,
		.length = l->place.length,
		.offset = l->place.offset,
		.hash = l->place.hash,
		.header_length = l->header_length,
		.sender = o->from.email,
		.from_domain = l->from_domain,
		.message_id = l->message_id,
		.subject =
			str_head(k->raw.n ? k->facts.subject : o->subject, ACCEPT_SUBJECT_MAX),
		.helo = STR_NONE,
		.client = str_z(k->client),
		.envid = STR_NONE,
		.rcpts = l->rcpts,
		.extra = extra_of(k, l, idem) };

	memcpy(q.body_hash.b, l->body_hash, sizeof l->body_hash);
	return q;
}

/* The key's words for a group: those of the call, and where in it the group stands, whatever
 * of the others goes this time. */
static struct str
idem_of(struct edge_call *k, const struct edge_group *g)
{
	crypto_hash_sha256_state h;
	uint8_t key[32];
	size_t number = (size_t)(k->letters[g->first].item - k->send.items);
	char *call = k->has_key ? arena_alloc(&k->arena, IDEM_SIZE) : NULL;

	if (!call)
		return STR_NONE;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, k->key_hash, sizeof k->key_hash);
	crypto_hash_sha256_update(&h, (const uint8_t *)&number, sizeof number);
	crypto_hash_sha256_final(&h, key);
	idem_call(call, key, k->body_hash, k->letters[g->first].message);
	return str_of(call, IDEM_SIZE);
}

static void
taken(struct edge_call *k, const struct edge_group *g, const struct msg_submitted *a)
{
	uint64_t id = a->first;

	if (a->idem == IDEM_RUNNING || a->idem == IDEM_OTHER)
		k->idem = a->idem;
	k->replayed += a->idem == IDEM_AGAIN;
	edge_full_learn(k->edge, &k->id, a);
	for (size_t i = g->first; i < g->first + g->n; i++) {
		struct edge_letter *l = &k->letters[i];

		if (a->reply.code / 100 != 2) {
			enum api_refusal why =
				a->retry_s                 ? API_QUOTA
				: a->reply.code / 100 == 4 ? API_BUSY
				: a->reply.code == MSG_NO_GROUP
					? l->item->mail.own_stream.n ? API_ARCHIVED : API_GROUP
					: API_SUSPENDED;

			l->item->message = 0;
			if (why == API_BUSY)
				k->retry_s = RETRY_BUSY_S;
			if (a->retry_s != MSG_NEVER && a->retry_s > k->retry_s)
				k->retry_s = a->retry_s;
			refuse_letter(k, l, why, a->reply.text);
		} else if (a->idem == IDEM_AGAIN) {
			if (i == g->first || k->letters[i - 1].item != l->item)
				l->item->message = id;
			id += 1 + l->rcpts.n;
		}
	}
}

static void
on_submitted(void *ctx, const void *m)
{
	struct edge_group *g = ctx;
	struct edge_call *k = g->call;

	k->asks--;
	if (m)
		taken(k, g, m);
	else
		k->unknown = true;
	if (k->asks > 0)
		return;
	if (k->unknown)
		edge_call_abandon(k);
	else if (k->idem == IDEM_RUNNING)
		edge_call_refuse(k, 409,
			STR_LIT("A call with this Idempotency-Key is being worked on: ask "
				"again in "
				"a moment."));
	else if (k->idem == IDEM_OTHER)
		edge_call_refuse(k, 422,
			STR_LIT("This Idempotency-Key was used for another request: a new "
				"request "
				"needs a new key."));
	else
		edge_call_answer(k);
}

static bool
group_write(struct edge_call *k, struct edge_group *g, uint64_t seq)
{
	struct msg_text *texts = arena_alloc(&k->arena, g->n * sizeof *texts);
	struct str idem = idem_of(k, g);
	struct msg_submits m = { { texts, g->n } };
	struct buf b;
	bool ok = texts != NULL;

	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	for (size_t i = 0; ok && i < g->n; i++) {
		struct msg_submit q = submit_of(
			k, &k->letters[g->first + i], seq, i + 1 == g->n ? idem : STR_NONE);

		buf_clear(&b);
		ok = q.extra.p && msg_submit_write(&b, &q) == 0;
		texts[i].bytes = arena_str(&k->arena, buf_str(&b));
		ok = ok && texts[i].bytes.p;
	}
	buf_done(&b);
	if (!ok)
		return false;
	buf_init(&g->ask.payload, CHANNEL_PAYLOAD_MAX);
	return msg_submits_write(&g->ask.payload, &m) == 0;
}

/* All letters of the call, or those of one message of it. */
static void
groups_make(struct edge_call *k)
{
	k->groups = mem_new(k->nletters, sizeof *k->groups);
	for (size_t i = 0; i < k->nletters; i++) {
		struct edge_group *g = &k->groups[k->ngroups];

		if (i > 0 &&
			(k->send.together || k->letters[i].item == k->letters[i - 1].item)) {
			g[-1].n++;
			continue;
		}
		*g = (struct edge_group){ .call = k, .first = i, .n = 1 };
		list_init(&g->ask.link);
		g->ask.ctx = g;
		g->ask.done = on_submitted;
		k->ngroups++;
	}
}

static void
submit(struct edge_call *k)
{
	struct edge *e = k->edge;

	groups_make(k);
	for (size_t i = 0; i < k->ngroups; i++) {
		uint64_t seq = edge_seq(e);

		if (!group_write(k, &k->groups[i], seq)) {
			k->ngroups = i + 1;
			edge_call_refuse(k, 413,
				STR_LIT("This call has too many recipients and data: send "
					"fewer "
					"messages in one call."));
			return;
		}
		k->groups[i].ask.seq = seq;
	}
	k->asks = k->ngroups;
	/* Nobody is told before all are written: an answer may come at once. */
	for (size_t i = 0; i < k->ngroups; i++) {
		uint64_t seq = k->groups[i].ask.seq;

		k->groups[i].ask.seq = 0;
		edge_ask(e, &k->groups[i].ask, MSG_submits, seq);
	}
}

/* ---- begin ---- */

static struct str
domain_of(struct edge_call *k, struct str email)
{
	struct address a;
	struct str domain = STR_NONE;
	struct reply r;

	if (email.n == 0 || address_mailbox(email, ADDRESS_UTF8_OK, &a) < 0)
		return STR_NONE;
	r = accept_sender(&k->arena, &a, k->id.any_domain, &domain);
	return r.code == 0 ? domain : STR_NONE;
}

static struct edge_letter *
letter_new(struct edge_call *k, struct api_item *item)
{
	struct edge_letter *l;

	/* Nobody points at them before all are made. */
	if (k->nletters == k->letters_cap) {
		k->letters_cap = k->letters_cap ? k->letters_cap * 2 : 8;
		k->letters = mem_grow(k->letters, k->letters_cap, sizeof *k->letters);
	}
	l = &k->letters[k->nletters++];
	*l = (struct edge_letter){ .call = k, .item = item };
	return l;
}

/* One letter for all recipients, or one for each, when what it says is made for him. */
static bool
letters_make(struct edge_call *k, struct api_item *item)
{
	struct str from = domain_of(k, item->mail.from.email);
	struct str sender =
		k->raw.n ? k->facts.sender_domain : domain_of(k, item->mail.sender.email);
	struct msg_rcpts all;
	bool each;

	if (outgoing_rcpts(&k->arena, &item->mail, &all, &item->of) < 0 || all.n == 0)
		return false;
	each = all.n > 1 && edge_track_wants(k, item);
	item->step = each ? 2 : 1;
	k->weight += outgoing_weight(&item->mail) * (each ? all.n : 1);
	for (size_t i = 0; i < (each ? all.n : 1); i++) {
		struct edge_letter *l = letter_new(k, item);

		l->from_domain = from;
		l->domain = sender;
		l->consent = consent_of(&item->mail, item->of, i);
		l->rcpts = each ? (struct msg_rcpts){ &all.at[i], 1 } : all;
		if (each)
			all.at[i].index = 0;
	}
	return true;
}

/* A message that came whole is judged like one by SMTP. */
static bool
raw_ok(struct edge_call *k)
{
	const struct accept_rules rules = { k->edge->config->limits.hops,
		k->id.any_domain || k->test };
	size_t head = accept_header_end(k->raw, 0);
	struct reply r = accept_header(
		&k->arena, str_head(k->raw, head ? head : k->raw.n), &rules, &k->facts);

	if (r.code)
		edge_call_refuse(k, 400, r.text);
	return r.code == 0;
}

void
edge_send_start(struct edge_call *k)
{
	struct edge *e = k->edge;
	struct reply state = edge_state_reply(e);

	if (!e->writer || state.code ||
		(e->channel && channel_unsent(e->channel) > EDGE_UNSENT_MAX)) {
		busy(k, state.code ? state.text
				   : STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	if ((!k->raw.n || raw_ok(k)) && edge_own_find(k))
		edge_write_start(k);
}

void
edge_send_letters(struct edge_call *k)
{
	for (size_t i = 0; i < k->send.n; i++) {
		struct api_item *item = &k->send.items[i];

		if (item->errors.n > 0 || item->refusal != API_TAKEN)
			continue;
		edge_track_default(k, &item->mail);
		if (!letters_make(k, item)) {
			edge_call_refuse(k, 413, STR_LIT("This call is too long."));
			return;
		}
	}
	k->at = 0;
	k->step = STEP_SENDER;
	domains(k);
}
