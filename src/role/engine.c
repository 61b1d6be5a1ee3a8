#include "role/engine_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"
#include "io/sandbox.h"
#include "ledger/ledger_feed.h"
#include "report/alert.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define SECOND 1000000u

void
engine_say(struct engine_peer *p, uint16_t type, struct buf *payload)
{
	must(!payload->full);
	if (p->channel)
		(void)channel_force(p->channel, type, buf_str(payload));
}

/* A disk that failed under the journal: nothing may be promised any more; the keeper starts a
 * new engine, which copies what it keeps into a new generation (P5). */
void
engine_fatal(struct engine *e, const char *what, int err)
{
	struct log_line ll = log_op(e->log, LOG_ERROR, "engine-stops");

	log_z(&ll, "what", what);
	log_z(&ll, "error", strerror(-err));
	log_end(&ll);
	log_flush(e->log);
	e->accepting = false;
	e->scheduling = false;
	_exit(70);
}

bool
engine_durable(struct engine *e, int err)
{
	if (err < 0 && !e->ending)
		engine_fatal(e, "the journal cannot be written", err);
	return err == 0;
}

static void
state_tell(struct engine *e, struct engine_peer *p)
{
	struct reply why = REPLY(250, 2, 0, 0, "Ok");

	/* With ports that are kept the edges say it, each to those who came too late. */
	if (e->draining && !e->env->ports_kept)
		why = REPLY(421, 4, 3, 2, "The service is stopping; try again in a minute");
	else if (!e->accepting)
		why = REPLY(421, 4, 3, 2, "The service is starting; try again in a moment");
	else if (e->disk_full)
		why = REPLY(452, 4, 3, 1,
			"The disk is nearly full; nothing was lost, try again later");
	ENGINE_TELL(p, edge_state, .accept = why.code == 250,
		.plain_keys = directory_plain_keys(e->dir), .reply = why);
}

void
engine_state_all(struct engine *e)
{
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		if (e->edges[i].up)
			state_tell(e, &e->edges[i]);
}

static void
tally(struct engine *e, struct engine_peer *p, const struct msg_tally *t)
{
	/* A gauge comes with all its labels at once. */
	for (size_t i = 0; i < t->counts.n; i++)
		if (t->counts.at[i].what < COUNT_WHAT)
			p->counts[t->counts.at[i].what] = 0;
	for (size_t i = 0; i < t->counts.n; i++) {
		const struct msg_count *c = &t->counts.at[i];

		if (c->what >= COUNT_WHAT)
			continue;
		if (c->what == COUNT_SESSIONS_NOW || c->what == COUNT_OUT_CONNECTIONS)
			p->counts[c->what] += c->value;
		else
			e->stats.what[c->what] += c->value;
		if (c->what == COUNT_REJECTED && c->label < 8)
			e->stats.rejected[c->label] += c->value;
		if (c->what == COUNT_RETURNED && c->label < RETURNED_KINDS * 2)
			e->stats.returned[c->label] += c->value;
	}
}

/* Reads msg_NAME or tells the sender off by closing its channel. */
#define TAKE(name)                                                                             \
	struct msg_##name m;                                                                   \
                                                                                               \
	ok = msg_##name##_read(&a, payload, &m) == 0;                                          \
	if (!ok)                                                                               \
	break

/* One hello for each channel, and nobody speaks for another: what is durable is known by the
 * boot of the edge that wrote it. */
static bool
edge_is_new(const struct engine *e, const struct engine_peer *p, uint64_t boot)
{
	if (p->up || boot == 0)
		return false;
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		if (e->edges[i].up && e->edges[i].boot == boot)
			return false;
	return true;
}

static bool
edge_message(struct engine *e, struct engine_peer *p, uint16_t type, struct str payload)
{
	struct arena a;
	bool ok = true;

	arena_init(&a, CHANNEL_PAYLOAD_MAX * 4);
	switch (type) {
	case MSG_edge_hello: {
		TAKE(edge_hello);
		ok = edge_is_new(e, p, m.boot);
		if (!ok)
			break;
		p->boot = m.boot;
		engine_ids_new(p);
		p->up = true;
		/* Before the state: with it the edge begins to take mail. */
		engine_tracking_tell(e, p);
		engine_streams_tell(e, p);
		state_tell(e, p);
		engine_grant(e, p);
		break;
	}
	case MSG_grant: /* an edge that runs low asks with an empty grant */
		ok = p->up;
		if (ok)
			engine_grant(e, p);
		break;
	case MSG_submit:
		ok = p->up && engine_submit(e, p, payload);
		break;
	case MSG_signal: {
		TAKE(signal);
		ok = p->up && engine_signal(e, p, &m);
		break;
	}
	case MSG_submits:
		ok = p->up && engine_submits(e, p, payload);
		break;
	case MSG_auth: {
		TAKE(auth);
		engine_auth(e, p, &m);
		break;
	}
	case MSG_check: {
		TAKE(check);
		engine_check_domain(e, p, &m);
		break;
	}
	case MSG_enter: {
		TAKE(enter);
		ok = p->up;
		if (ok)
			engine_quota_enter(e, p, &m);
		break;
	}
	case MSG_open: {
		TAKE(open);
		ok = p->up;
		if (ok)
			engine_quota_hold(e, p->number, &m);
		break;
	}
	case MSG_screen: {
		TAKE(screen);
		ok = engine_suppress_screen(e, p, &m);
		break;
	}
	case MSG_find: {
		TAKE(find);
		ok = p->up && engine_find(e, p, &m);
		break;
	}
	case MSG_tally: {
		TAKE(tally);
		tally(e, p, &m);
		break;
	}
	case MSG_query: {
		TAKE(query);
		/* An edge may look (health, metrics), not touch. */
		ok = m.op == QUERY_METRICS || m.op == QUERY_READY;
		if (ok)
			engine_query(e, p, &m);
		break;
	}
	default:
		ok = false;
	}
	arena_done(&a);
	return ok;
}

static bool
courier_message(struct engine *e, struct engine_peer *p, uint16_t type, struct str payload)
{
	struct arena a;
	bool ok = true;

	if (e->load && type != MSG_tally)
		return engine_load_hold(e, p, type, payload);
	arena_init(&a, CHANNEL_PAYLOAD_MAX * 4);
	switch (type) {
	case MSG_courier_hello: {
		TAKE(courier_hello);
		ok = engine_courier_hello(e, p, &m);
		break;
	}
	case MSG_outcome: {
		TAKE(outcome);
		engine_outcome(e, p, &m);
		break;
	}
	case MSG_sign: {
		TAKE(sign);
		engine_sign(e, p, &m);
		break;
	}
	case MSG_dot: {
		TAKE(dot);
		engine_dot(e, p, m.attempt);
		break;
	}
	case MSG_tally: {
		TAKE(tally);
		tally(e, p, &m);
		break;
	}
	default:
		ok = false;
	}
	arena_done(&a);
	return ok;
}

static bool
desk_message(struct engine *e, struct engine_peer *p, uint16_t type, struct str payload)
{
	struct arena a;
	bool ok = type == MSG_query;

	arena_init(&a, CHANNEL_PAYLOAD_MAX);
	if (ok) {
		struct msg_query m;

		ok = msg_query_read(&a, payload, &m) == 0;
		if (ok)
			engine_query(e, p, &m);
	}
	arena_done(&a);
	return ok;
}

static void
peer_lost(struct engine_peer *p)
{
	struct engine *e = p->engine;

	channel_free(&p->channel);
	p->up = false;
	p->lost = loop_mono(e->loop) | 1;
	if (p->kind == ROLE_EDGE)
		engine_quota_gone(e, p->number);
	/* A courier's attempts stay in its hands until the keeper has reaped it (P6). */
	if (p->queued)
		queue_courier_pause(e->queue, (uint8_t)p->number);
}

static void
peer_bad(struct engine_peer *p)
{
	if (role_link_bad(p->engine->link, p->kind, p->number) == 0)
		p->lost = 0;
}

/* It lives without a channel to us: of no use to anybody, and nobody else would notice. */
static void
peers_check(struct engine *e)
{
	const struct {
		struct engine_peer *at;
		size_t n;
	} all[] = { { e->edges, ROLE_EDGES_MAX + 1 }, { e->couriers, ROLE_COURIERS_MAX + 1 },
		{ &e->desk, 1 } };

	for (size_t k = 0; k < sizeof all / sizeof *all; k++)
		for (size_t i = 0; i < all[k].n; i++)
			if (all[k].at[i].lost &&
				loop_mono(e->loop) - all[k].at[i].lost > ENGINE_LOST_US)
				peer_bad(&all[k].at[i]);
}

void
engine_message(struct engine_peer *p, uint16_t type, struct str payload)
{
	bool ok;

	if (p->kind == ROLE_EDGE)
		ok = edge_message(p->engine, p, type, payload);
	else if (p->kind == ROLE_COURIER)
		ok = courier_message(p->engine, p, type, payload);
	else
		ok = desk_message(p->engine, p, type, payload);
	if (!ok) {
		struct log_line ll = log_op(p->engine->log, LOG_ERROR, "bad-message");

		log_z(&ll, "from", role_name(p->kind));
		log_num(&ll, "number", p->number);
		log_z(&ll, "type", msg_name(type));
		log_end(&ll);
		peer_lost(p);
		peer_bad(p);
	}
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	engine_message(ctx, type, payload);
}

static void
on_peer_gone(void *ctx)
{
	peer_lost(ctx);
}

void
engine_peer(struct engine *e, enum role_kind kind, unsigned number, int fd)
{
	static const struct channel_calls calls = { on_message, on_peer_gone };
	struct engine_peer *p = NULL;

	if (kind == ROLE_EDGE && number >= 1 && number <= ROLE_EDGES_MAX)
		p = &e->edges[number];
	else if (kind == ROLE_COURIER && number >= 1 && number <= ROLE_COURIERS_MAX)
		p = &e->couriers[number];
	else if (kind == ROLE_DESK)
		p = &e->desk;
	if (p == NULL) {
		close(fd);
		return;
	}
	channel_free(&p->channel);
	p->engine = e;
	p->kind = kind;
	p->number = number;
	/* The sessions of the one before it. */
	if (kind == ROLE_EDGE)
		engine_quota_gone(e, number);
	p->up = false;
	p->lost = 0;
	p->channel = channel_new(e->loop, fd, CHANNEL_PAYLOAD_MAX * 4, &calls, p);
	if (kind == ROLE_DESK)
		p->up = true;
}

void
engine_gone(struct engine *e, enum role_kind kind, unsigned number)
{
	if (kind == ROLE_COURIER && number >= 1 && number <= ROLE_COURIERS_MAX && e->load)
		engine_load_hold_gone(e, number);
	else if (kind == ROLE_COURIER && number >= 1 && number <= ROLE_COURIERS_MAX)
		engine_courier_gone(e, number);
	else if (kind == ROLE_EDGE && number >= 1 && number <= ROLE_EDGES_MAX)
		memset(e->edges[number].counts, 0, sizeof e->edges[number].counts);
}

/* What a start needed for its first minutes. */
static void
start_forget(struct engine *e)
{
	if (e->load || (!e->builder && !e->index) ||
		loop_mono(e->loop) - e->began <= ENGINE_KNOWN_US)
		return;
	spool_builder_free(&e->builder);
	spool_index_free(&e->index);
	mem_trim();
}

static void
on_second(void *ctx)
{
	struct engine *e = ctx;

	engine_clock_watch(e);
	engine_quota_second(e);
	/* Before that a courier may be delivering what seems to wait here. */
	if (e->scheduling && !e->pause.on)
		engine_sweep(e);
	peers_check(e);
	engine_disk_check(e);
	engine_compact_tick(e);
	engine_watchdog(e);
	if (e->reports_more && e->reports_waiting + e->reports_in_flight == 0)
		engine_reports_owed(e);
	engine_scheduling_check(e);
	start_forget(e);
	buf_done(&e->live_record);
	extent_reader_trim(e->reader);
	log_flush(e->log);
	loop_timer_in(e->loop, &e->second, SECOND);
}

static void
on_minute(void *ctx)
{
	struct engine *e = ctx;
	size_t fed;

	engine_extents_tick(e);
	engine_conservation(e);
	engine_settle(e);
	engine_follows_tick(e);
	if (engine_may_purge(e) && !engine_backup_holds_journal(e)) {
		ledger_purge(e->ledger, loop_wall(e->loop),
			(struct ledger_keep){
				e->config->keep_events_us, e->config->keep_statistics_us });
		/* Also what all endpoints have: it may be asked for again. */
		(void)directory_fed(e->dir, &fed);
		if (fed || e->followed)
			ledger_feed_purge(
				e->ledger, 0, loop_wall(e->loop), ENGINE_FEED_KEEP_US);
	}
	loop_timer_in(e->loop, &e->minute, 60 * SECOND);
}

static void
on_drain(void *ctx)
{
	struct engine *e = ctx;

	e->draining = true;
	engine_state_all(e);
}

static void
log_again(struct engine *e)
{
	int err = log_reopen(e->log);

	if (err == 0)
		return;
	struct log_line ll = log_op(e->log, LOG_ERROR, "log-not-opened");

	log_z(&ll, "error", strerror(-err));
	log_z(&ll, "means", "the old file goes on, also where it was moved to");
	log_end(&ll);
}

static void
on_reload(void *ctx, struct str yaml)
{
	struct engine *e = ctx;
	struct config *c = MEM_NEW(c);
	struct config_error err;

	if (config_parse(c, e->config->file, yaml, environ, &err) < 0) {
		mem_free(c);
		return;
	}
	if (e->own_config) {
		config_done(e->own_config);
		mem_free(e->own_config);
	}
	e->own_config = c;
	e->config = c;
	log_again(e);
	log_style(e->log, str_eq_z(c->log.format, "json"), c->log.mask);
	queue_one_by_one(e->queue, config_paths(c));
	engine_routes_make(e);
	engine_directory_reload(e);
}

static void
on_link_peer(void *ctx, enum role_kind kind, unsigned number, int fd)
{
	engine_peer(ctx, kind, number, fd);
}

static void
on_link_gone(void *ctx, enum role_kind kind, unsigned number, bool outside)
{
	struct engine *e = ctx;

	e->outside = outside;
	engine_gone(e, kind, number);
	e->outside = false;
}

static int
engine_open(struct engine *e)
{
	const struct role_paths *p = e->env->paths;
	bool one = e->env->one;
	uint64_t newest;
	int err;

	e->flusher = flusher_new(e->loop, one);
	e->pool = pool_new(e->loop, 2, one);
	e->reader = extent_reader_new(p->spool);
	err = ledger_open(p->ledger, e->loop, one, &e->ledger);
	if (err < 0)
		return err;
	err = directory_load(p->state, &e->env->keys, &e->dir);
	if (err < 0)
		return err;
	engine_warn_plain_keys(e);
	engine_routes_make(e);
	/* What stands in the feed gets old there, though nobody followed or was told since. */
	(void)ledger_feed_newest(p->ledger, NULL, 0, NULL, &newest);
	e->followed = newest > 0;
	/* Before the journal is told again: what a crash kept from the feed comes into it. */
	engine_feed(e);
	err = extent_writer_open(p->spool, 0, e->env->boot, e->flusher, &e->writer);
	err = err < 0 ? err : engine_suppress_open(e);
	if (err < 0)
		return err;
	return engine_recover(e);
}

struct engine *
engine_new(struct loop *l, const struct role_env *env)
{
	static const struct role_link_calls calls = { .peer = on_link_peer,
		.gone = on_link_gone,
		.drain = on_drain,
		.reload = on_reload };
	struct engine *e = MEM_NEW(e);
	int err;

	e->loop = l;
	e->env = env;
	e->config = env->config;
	buf_init(&e->alerts, CHANNEL_PAYLOAD_MAX);
	alerts_counts_none(&e->alerts);
	e->log = env->log;
	e->began = loop_mono(l);
	e->compact.min = ENGINE_COMPACT_MIN;
	e->carry.min = ENGINE_CARRY_MIN;
	list_init(&e->doubts);
	list_init(&e->ledger_asks);
	list_init(&e->meant);
	list_init(&e->findings);
	list_init(&e->held_submits);
	list_init(&e->flying_submits);
	nmap_init(&e->old_ids);
	list_init(&e->suspects);
	list_init(&e->unsigned_);
	loop_timer_init(&e->sign_timer, engine_sign_begin, e);
	loop_timer_init(&e->suspect_timer, engine_sign_suspect, e);
	list_init(&e->reports);
	list_init(&e->by_hand);
	nmap_init(&e->extents);
	nmap_init(&e->inbound);
	nmap_init(&e->used);
	nmap_init(&e->said);
	nmap_init(&e->dots);
	port25_init(&e->port25);
	e->guard = guard_new(random_u64());
	engine_quota_open(e);
	loop_task_init(&e->pump, engine_pump, e);
	loop_timer_init(&e->pump_timer, engine_pump, e);
	loop_timer_init(&e->second, on_second, e);
	loop_timer_init(&e->compact_timer, engine_on_compact, e);
	loop_timer_init(&e->carry.timer, engine_on_carry, e);
	loop_timer_init(&e->minute, on_minute, e);
	if (env->link_fd >= 0)
		e->link = role_link_new(l, env->link_fd, &calls, e);
	err = engine_open(e);
	if (err < 0)
		engine_fatal(e, "the state folder cannot be used", err);
	loop_timer_in(l, &e->second, SECOND);
	loop_timer_in(l, &e->minute, 60 * SECOND);
	return e;
}

static void
records_free(struct nmap *m)
{
	size_t pos = 0;
	uint64_t key, value;

	while (nmap_next(m, &pos, &key, &value))
		mem_free((void *)(uintptr_t)value);
	nmap_done(m);
}

/* What waited for something that will not come. */
static void
waiting_free(struct engine *e)
{
	struct link *l;

	while ((l = list_pop(&e->doubts)) != NULL)
		mem_free(LIST_OF(l, struct engine_doubt, link));
	engine_meant_drop(e);
	engine_findings_drop(e);
	engine_reports_drop(e);
	engine_hands_drop(e);
	engine_submits_drop(e);
	engine_compact_end(e);
	engine_settle_end(e);
	engine_ledger_asks_end(e);
}

void
engine_free(struct engine **pe)
{
	struct engine *e = *pe;

	if (e == NULL)
		return;
	loop_timer_off(e->loop, &e->second);
	loop_timer_off(e->loop, &e->minute);
	loop_timer_off(e->loop, &e->pump_timer);
	loop_timer_off(e->loop, &e->compact_timer);
	loop_timer_off(e->loop, &e->carry.timer);
	loop_task_off(&e->pump);
	for (unsigned i = 0; i <= ROLE_EDGES_MAX; i++) {
		channel_free(&e->edges[i].channel);
		engine_ids_drop(&e->edges[i]);
	}
	for (unsigned i = 0; i <= ROLE_COURIERS_MAX; i++)
		channel_free(&e->couriers[i].channel);
	channel_free(&e->desk.channel);
	engine_suppress_flush(e);
	e->ending = true;
	/* Reports on their way to the journal, then what waits there: answers come now, find
	 * no channels, and still look at the journal. */
	flusher_drain(e->flusher);
	struct journal *j = e->journal;

	journal_free(&j);
	e->journal = NULL;
	extent_writer_free(&e->writer);
	flusher_free(&e->flusher);
	engine_submits_uncount(e);
	engine_quota_close(e);
	engine_suppress_free(e);
	engine_sign_end(e);
	engine_erase_end(e);
	pool_free(&e->pool);
	ledger_free(&e->ledger);
	idem_free(&e->idem);
	idem_free(&e->once);
	engine_load_free(e);
	spool_builder_free(&e->builder);
	spool_index_free(&e->index);
	buf_done(&e->live_record);
	queue_free(&e->queue);
	routes_free(&e->routes);
	directory_free(&e->dir);
	guard_free(&e->guard);
	extent_reader_free(&e->reader);
	waiting_free(e);
	records_free(&e->extents);
	engine_inbound_free(e);
	engine_haste_free(e);
	records_free(&e->used);
	engine_said_free(e);
	nmap_done(&e->dots);
	nmap_done(&e->old_ids);
	buf_done(&e->alerts);
	role_link_free(&e->link);
	if (e->own_config) {
		config_done(e->own_config);
		mem_free(e->own_config);
	}
	mem_free(e);
	*pe = NULL;
}

/* A log.file outside of the state folder, moved away and opened again; NULL: there is none. */
static const char *
log_folder(const struct config *cf, char dst[PATH_MAX])
{
	size_t slash = str_rfind(cf->log.file, '/');
	struct str folder = slash < cf->log.file.n ? str_head(cf->log.file, slash ? slash : 1)
	                                           : STR_LIT(".");

	return cf->log.file.n && str_copy_z(dst, PATH_MAX, folder) == 0 ? dst : NULL;
}

int
engine_main(const struct role_env *env)
{
	const struct sandbox_path paths[] = {
		{ env->paths->state, true },
		{ "/usr/lib/ssl", false },
		{ "/etc/ssl", false },
	};
	char logs[PATH_MAX];
	const struct sandbox box = { .paths = paths,
		.npaths = sizeof paths / sizeof *paths,
		.logs = log_folder(env->config, logs) };
	struct loop *l = loop_new(env->clock);
	struct engine *e;
	int err = role_sandbox(env, &box);

	if (err < 0)
		return 77;
	e = engine_new(l, env);
	loop_run(l);
	engine_free(&e);
	loop_free(&l);
	return 0;
}
