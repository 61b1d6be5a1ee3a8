/*
 * The queue told apart by lane (tenant × stream × domain), for desk: how many stand where,
 * since when, and what the site said last. One walk over the records, in slices
 * (engine_query.c); what changes between two slices may be told as it was or as it is.
 *
 * Last words are kept per tenant and site, since a reply may name whom it is about: an account
 * reads only what was said to mail of its own. They are in memory alone: after a start there
 * are none until the next attempt.
 */
#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "report/member.h"

#include <jansson.h>

#define LANES_MAX  1000
#define TEXTS_MAX  (200u << 10) /* bytes of names: escaped they may be six times as long */
#define SAID_MAX   4096u        /* then they are forgotten, and learned anew */
#define SAID_TEXT  300u
#define MINUTE_MAX 1000000u

struct said {
	int64_t at;    /* wall µs */
	uint64_t site; /* hash of its name */
	uint32_t tenant;
	uint8_t kind;
	char text[SAID_TEXT];
};

struct counted {
	uint64_t due, waiting, active, held, quarantined;
	int64_t oldest; /* wall µs of the first acceptance, 0 none */
	int64_t next;   /* of the first try that is waited for */
};

struct lane {
	struct str domain;
	uint32_t tenant, site;
	uint8_t stream;
	struct counted n;
};

struct site {
	struct str name;
	const struct said *said;
	unsigned connections, most, rate;
	uint64_t resting_until; /* mono µs */
	bool door, unlimited, stuck;
};

struct engine_lanes {
	struct engine *engine;
	struct arena texts;
	size_t bytes;
	struct lane *lane;
	struct site *site;
	uint32_t nlanes, nsites;
	struct nmap by_lane, by_site; /* hash → index + 1 */
	struct counted all;
	uint64_t others; /* recipients of lanes that found no room */
};

/* ---- what was said last */

static uint64_t
name_key(const struct engine *e, uint64_t salt, struct str name)
{
	uint64_t h = hash_bytes(e->env->boot ^ salt * UINT64_C(0x9e3779b97f4a7c15), name);

	return h == 0 || h == UINT64_MAX ? 1 : h;
}

static void
forget(struct engine *e)
{
	size_t pos = 0;
	uint64_t key, value;

	while (nmap_next(&e->said, &pos, &key, &value))
		mem_free((void *)(uintptr_t)value);
	nmap_done(&e->said);
	e->nsaid = 0;
}

void
engine_said_free(struct engine *e)
{
	forget(e);
}

static struct said *
said_of(const struct engine *e, uint32_t tenant, struct str site)
{
	uint64_t value;
	struct said *s;

	if (!nmap_get(&e->said, name_key(e, (uint64_t)tenant + 1, site), &value))
		return NULL;
	s = (struct said *)(uintptr_t)value;
	return s->tenant == tenant ? s : NULL;
}

static struct said *
said_new(struct engine *e, uint32_t tenant, struct str site)
{
	struct said *s = MEM_NEW(s);

	if (e->nsaid >= SAID_MAX) {
		forget(e);
		nmap_init(&e->said);
	}
	s->tenant = tenant;
	s->site = name_key(e, 0, site);
	nmap_put(&e->said, name_key(e, (uint64_t)tenant + 1, site), (uint64_t)(uintptr_t)s);
	e->nsaid++;
	return s;
}

void
engine_said(struct engine *e, const struct q_rcpt *r, const struct fact *f)
{
	const struct q_door *door;
	struct str site;
	struct said *s;
	struct buf b;

	if ((f->kind != FACT_DELIVERED && f->kind != FACT_DEFERRED &&
		    f->kind != FACT_BOUNCED) ||
		(f->reply.code == 0 && f->reply.text.n == 0))
		return;
	queue_told(e->queue, r, f->kind == FACT_DEFERRED, loop_mono(e->loop));
	(void)queue_way(e->queue, r, &door);
	site = queue_door_key(door)->site;
	s = said_of(e, f->tenant, site);
	if (!s)
		s = said_new(e, f->tenant, site);
	s->at = f->at;
	s->kind = f->kind;
	/* No more of it is read than is kept. */
	struct reply said = f->reply;

	said.text = str_head(said.text, SAID_TEXT);
	buf_init(&b, 16 + 8 * SAID_TEXT);
	(void)reply_safe(&b, &said);
	(void)str_copy_z(s->text, sizeof s->text,
		str_head(buf_str(&b), b.n < SAID_TEXT ? b.n : SAID_TEXT - 1));
	buf_done(&b);
}

/* ---- a walk */

struct engine_lanes *
engine_lanes_new(struct engine *e)
{
	struct engine_lanes *l = MEM_NEW(l);

	l->engine = e;
	l->lane = mem_new(LANES_MAX, sizeof *l->lane);
	l->site = mem_new(LANES_MAX, sizeof *l->site);
	arena_init(&l->texts, 2 * TEXTS_MAX);
	nmap_init(&l->by_lane);
	nmap_init(&l->by_site);
	return l;
}

void
engine_lanes_free(struct engine_lanes **pl)
{
	struct engine_lanes *l = *pl;

	if (!l)
		return;
	nmap_done(&l->by_lane);
	nmap_done(&l->by_site);
	arena_done(&l->texts);
	mem_free(l->lane);
	mem_free(l->site);
	mem_free(l);
	*pl = NULL;
}

/* Its number + 1; 0: there is no room for another. */
static uint32_t
site_of(struct engine_lanes *l, struct str name)
{
	uint64_t key = name_key(l->engine, 0, name), at;

	if (nmap_get(&l->by_site, key, &at))
		return (uint32_t)at;
	if (l->nsites == LANES_MAX || l->bytes + name.n > TEXTS_MAX)
		return 0;
	l->bytes += name.n;
	l->site[l->nsites].name = arena_str(&l->texts, name);
	nmap_put(&l->by_site, key, ++l->nsites);
	return l->nsites;
}

/* NULL: there is no room for another. */
static struct lane *
lane_of(struct engine_lanes *l, const struct q_message *m, const struct q_rcpt *r)
{
	const struct q_door *door;
	struct str domain = queue_way(l->engine->queue, r, &door);
	uint64_t salt = (((uint64_t)m->tenant + 1) << 2 | m->stream) << 1 | r->sink, at;
	uint64_t key = name_key(l->engine, salt, domain);
	struct lane *x;
	uint32_t site;

	if (nmap_get(&l->by_lane, key, &at)) {
		x = &l->lane[at - 1];
		return x->tenant == m->tenant && x->stream == m->stream &&
		                       str_eq(x->domain, domain)
		               ? x
		               : NULL;
	}
	if (l->nlanes == LANES_MAX || l->bytes + domain.n > TEXTS_MAX)
		return NULL;
	site = site_of(l, queue_door_key(door)->site);
	if (!site)
		return NULL;
	x = &l->lane[l->nlanes++];
	nmap_put(&l->by_lane, key, l->nlanes);
	l->bytes += domain.n;
	*x = (struct lane){ .domain = arena_str(&l->texts, domain),
		.tenant = m->tenant,
		.site = site - 1,
		.stream = m->stream };
	return x;
}

static void
add(struct counted *n, const struct engine *e, const struct q_message *m,
	const struct q_rcpt *r)
{
	int64_t next;

	if (n->oldest == 0 || m->accepted < n->oldest)
		n->oldest = m->accepted;
	if (r->state == RCPT_ACTIVE)
		n->active++;
	else if (r->state == RCPT_HELD && engine_is_poison(r))
		n->quarantined++;
	else if (r->state == RCPT_HELD)
		n->held++;
	else if (r->state == RCPT_QUEUED && r->due)
		n->due++;
	else if (r->state == RCPT_QUEUED) {
		n->waiting++;
		next = engine_wall_of(e, r->timer.at);
		if (n->next == 0 || next < n->next)
			n->next = next;
	}
}

void
engine_lanes_count(struct engine_lanes *l, const struct q_message *m, const struct q_rcpt *r)
{
	struct lane *x;

	/* It is over, and stays only for its report. */
	if (rcpt_final((enum rcpt_state)r->state))
		return;
	x = lane_of(l, m, r);
	add(&l->all, l->engine, m, r);
	if (x)
		add(&x->n, l->engine, m, r);
	else
		l->others++;
}

/* ---- the answer */

static json_t *
counted_json(const struct counted *n)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "due", (json_int_t)n->due, "waiting",
		(json_int_t)n->waiting, "active", (json_int_t)n->active, "held",
		(json_int_t)n->held, "quarantined", (json_int_t)n->quarantined, "oldest",
		engine_json_time(n->oldest), "next", engine_json_time(n->next));
}

static void
see_door(void *ctx, const struct queue_door_state *d)
{
	struct engine_lanes *l = ctx;
	const struct door_limits *most = &d->key->limits;
	uint64_t at;
	struct site *s;

	if (!nmap_get(&l->by_site, name_key(l->engine, 0, d->key->site), &at))
		return;
	s = &l->site[at - 1];
	s->door = true;
	s->connections += d->connections;
	s->most += d->learned ? d->learned : most->connections;
	s->unlimited |= most->rate == 0;
	s->rate += most->rate < MINUTE_MAX ? most->rate : MINUTE_MAX;
	if (d->resting_until > s->resting_until)
		s->resting_until = d->resting_until;
	s->stuck |=
		d->still_us > ENGINE_WATCHDOG_US && l->engine->port25.state != PORT25_BLOCKED;
}

/* Of all tenants the latest. */
static void
see_said(struct engine_lanes *l)
{
	size_t pos = 0;
	uint64_t key, value, at;

	while (nmap_next(&l->engine->said, &pos, &key, &value)) {
		const struct said *s = (const struct said *)(uintptr_t)value;

		if (nmap_get(&l->by_site, s->site, &at) &&
			(!l->site[at - 1].said || l->site[at - 1].said->at < s->at))
			l->site[at - 1].said = s;
	}
}

static json_t *
site_json(const struct engine *e, const struct site *s, bool own)
{
	json_t *j = json_pack("{s:o}", "site", engine_json_str(s->name));

	if (s->said)
		json_object_set_new(j, "said",
			json_pack("{s:o,s:s,s:o}", "at", engine_json_time(s->said->at), "event",
				fact_name((enum fact_kind)s->said->kind), "reply",
				engine_json_str(str_z(s->said->text))));
	if (s->door && !own)
		json_object_set_new(j, "door",
			json_pack("{s:i,s:i,s:o,s:o,s:b}", "connections", (int)s->connections,
				"connections_max", (int)s->most, "rate",
				s->unlimited ? json_null() : json_integer(s->rate),
				"resting_until",
				engine_json_time(s->resting_until
							 ? engine_wall_of(e, s->resting_until)
							 : 0),
				"stuck", s->stuck));
	return j;
}

json_t *
engine_lanes_json(struct engine_lanes *l, uint32_t tenant, bool own)
{
	struct engine *e = l->engine;
	json_t *lanes = json_array(), *sites = json_array();

	if (!own)
		queue_doors(e->queue, loop_mono(e->loop), see_door, l);
	if (tenant == 0)
		see_said(l);
	for (uint32_t i = 0; i < l->nsites; i++) {
		if (tenant)
			l->site[i].said = said_of(e, tenant, l->site[i].name);
		json_array_append_new(sites, site_json(e, &l->site[i], own));
	}
	for (uint32_t i = 0; i < l->nlanes; i++) {
		const struct lane *x = &l->lane[i];
		json_t *row = counted_json(&x->n);

		json_object_set_new(row, "site", json_integer((json_int_t)x->site));
		json_object_set_new(row, "tenant", json_integer((json_int_t)x->tenant));
		json_object_set_new(row, "domain", engine_json_str(x->domain));
		json_object_set_new(row, "stream", json_string(member_stream(x->stream)));
		json_array_append_new(lanes, row);
	}
	return json_pack("{s:o,s:o,s:o,s:I}", "totals", counted_json(&l->all), "lanes", lanes,
		"sites", sites, "others", (json_int_t)l->others);
}
