/* Status for people, metrics for Prometheus (names: conventions §2.4), the watchdog, P2's
 * check. */
#include "role/engine_priv.h"

#include "base/must.h"
#include "base/utc.h"
#include "report/member.h"

#include <inttypes.h>
#include <jansson.h>

static const char *
port25_words(enum port25_state s)
{
	switch (s) {
	case PORT25_OPEN:
		return "Outgoing port 25 is open.";
	case PORT25_BLOCKED:
		return "This network blocks outgoing port 25. Nothing is bounced; send another "
		       "way "
		       "with: facteur routes add '*' smtp://user:password@host:587";
	default:
		return "Not known yet: no delivery to port 25 was tried.";
	}
}

static const char *
port25_name(enum port25_state s)
{
	return s == PORT25_OPEN ? "open" : s == PORT25_BLOCKED ? "blocked" : "unknown";
}

/* Left: counted at acceptance. Right: final states as they happened plus a recount of what
 * lives. */
static int64_t
drift(struct engine *e)
{
	uint64_t live[RCPT_STATES], right = 0;

	queue_recount(e->queue, live);
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		right += rcpt_final((enum rcpt_state)i) ? e->totals.final[i] : live[i];
	/* During a load both sides are counted from the start on. */
	return (int64_t)(e->totals.accepted + engine_load_ahead(e) - right);
}

void
engine_conservation(struct engine *e)
{
	int64_t d = drift(e);
	struct log_line ll;

	if (d == e->stats.drift)
		return;
	e->stats.drift = d;
	ll = log_op(e->log, d ? LOG_ERROR : LOG_INFO, "conservation");
	log_num(&ll, "drift", d);
	log_z(&ll, "means",
		d ? "accepted mail and the sum of its states differ: report this"
		  : "accepted mail and the sum of its states agree again");
	log_end(&ll);
}

struct doors {
	struct engine *engine;
	json_t *list;
};

static bool
is_stuck(const struct engine *e, const struct queue_door_state *d)
{
	return d->still_us > ENGINE_WATCHDOG_US && e->port25.state != PORT25_BLOCKED;
}

static void
door_json(void *ctx, const struct queue_door_state *d)
{
	struct doors *x = ctx;
	uint64_t now = loop_mono(x->engine->loop);

	if (json_array_size(x->list) >= 200)
		return;
	json_array_append_new(x->list,
		json_pack("{s:s%,s:I,s:I,s:I,s:i,s:i,s:I,s:I,s:b,s:I,s:I}", "site",
			d->key->site.p, d->key->site.n, "due", (json_int_t)d->due, "waiting",
			(json_int_t)d->waiting, "active", (json_int_t)d->active, "connections",
			(int)d->connections, "learned_connections", (int)d->learned, "oldest_s",
			(json_int_t)(d->oldest_us / 1000000), "resting_s",
			(json_int_t)(d->resting_until > now ? (d->resting_until - now) / 1000000
							    : 0),
			"stuck", is_stuck(x->engine, d), "told", (json_int_t)d->told, "put_off",
			(json_int_t)d->put_off));
}

static json_t *
queue_json(struct engine *e)
{
	uint64_t live[RCPT_STATES];
	json_t *j = json_object();

	queue_counts(e->queue, live);
	live[RCPT_HELD] -= e->poisoned;
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++) {
		uint64_t n = rcpt_final((enum rcpt_state)i) ? e->totals.final[i] : live[i];

		/* In memory they are held; to people that is quarantine. */
		n += i == RCPT_QUARANTINED ? e->poisoned : 0;
		json_object_set_new(
			j, rcpt_state_name((enum rcpt_state)i), json_integer((json_int_t)n));
	}
	return j;
}

/* null, or why nothing leaves. */
static json_t *
paused_json(const struct engine *e)
{
	char since[UTC_TEXT_SIZE];

	if (!e->pause.on)
		return json_null();
	return json_pack("{s:b,s:o,s:s}", "restored", e->pause.restored, "since",
		e->pause.since ? json_string(utc_rfc3339(since, e->pause.since)) : json_null(),
		"words", engine_pause_words(e));
}

struct json_t *
engine_status_json(struct engine *e)
{
	struct doors doors = { e, json_array() };
	char began[UTC_TEXT_SIZE];
	int64_t up = (int64_t)(loop_mono(e->loop) - e->began);

	queue_doors(e->queue, loop_mono(e->loop), door_json, &doors);
	return json_pack("{s:s,s:b,s:b,s:b,s:b,s:b,s:s,s:o,s:{s:I,s:I,s:I},s:I,s:{s:s,s:s},"
			 "s:{s:I,s:I,s:I,s:b,s:b},s:I,s:i,s:o,s:{s:I,s:I},s:{s:I,s:I},s:o,"
			 "s:o}",
		"mode", config_sandboxed(e->config) ? "sandbox" : "live", "ready",
		e->accepting && !e->draining && !e->disk_full, "accepting",
		e->accepting && !e->disk_full, "delivering", e->scheduling && !e->pause.on,
		"disk_full", e->disk_full, "plaintext_keys", directory_plain_keys(e->dir),
		"since", utc_rfc3339(began, loop_wall(e->loop) - up), "queue", queue_json(e),
		"conservation", "accepted", (json_int_t)e->totals.accepted,
		"accepted_by_system", (json_int_t)e->totals.accepted_system, "drift",
		(json_int_t)drift(e), "oldest_due_s",
		(json_int_t)(queue_oldest_due(e->queue, loop_mono(e->loop)) / 1000000),
		"port25", "state", port25_name(e->port25.state), "words",
		port25_words(e->port25.state), "journal", "generation",
		(json_int_t)journal_generation(e->journal), "bytes",
		(json_int_t)journal_bytes(e->journal), "damaged",
		(json_int_t)(e->replay.damaged + e->replay_bad), "unreadable",
		e->replay.unreadable, "broken", journal_broken(e->journal), "ledger_lag",
		(json_int_t)ledger_waiting(e->ledger), "loaded_percent",
		(int)engine_loaded_percent(e), "doors", doors.list, "suppressions", "addresses",
		(json_int_t)engine_suppress_count(e), "unwritten",
		(json_int_t)engine_suppress_waiting(e), "since_start", "delivered",
		(json_int_t)e->stats.results[RCPT_DELIVERED], "complaints",
		(json_int_t)e->stats.returned[RETURNED_COMPLAINT * 2 + 1], "paused",
		paused_json(e), "quotas", engine_quota_status(e));
}

/* A due lane without progress, or mail that is neither here nor there, is said once per change.
 */
void
engine_watchdog(struct engine *e)
{
	struct log_line ll;
	uint64_t stuck = 0;

	if (port25_tick(&e->port25, loop_mono(e->loop))) {
		ll = log_op(e->log, LOG_WARN, "port-25");
		log_z(&ll, "state", port25_name(e->port25.state));
		log_z(&ll, "means", port25_words(e->port25.state));
		log_end(&ll);
	}
	if (!e->scheduling || e->pause.on)
		return;
	if (e->port25.state != PORT25_BLOCKED)
		stuck = queue_still(e->queue, loop_mono(e->loop), ENGINE_WATCHDOG_US);
	if (stuck != e->stats.stuck_alarms) {
		ll = log_op(e->log, stuck ? LOG_ERROR : LOG_INFO, "stuck-doors");
		log_num(&ll, "n", (int64_t)stuck);
		log_z(&ll, "means",
			stuck ? "mail is due there and nothing moved for a minute"
			      : "everything due moves again");
		log_end(&ll);
		e->stats.stuck_alarms = stuck;
	}
}

static void
metric(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
metrics_accepted(struct engine *e, struct buf *b)
{
	static const char *const via[] = { NULL, "smtp", "api", "sendmail", "report", "cli",
		"forward" };

	metric(b, "facteur_messages_accepted_total", "counter", "Messages accepted.");
	for (size_t v = 1; v < sizeof via / sizeof *via; v++)
		for (uint8_t s = 0; s < 3; s++)
			buf_printf(b,
				"facteur_messages_accepted_total{via=\"%s\",stream=\"%s\"} "
				"%" PRIu64 "\n",
				via[v], member_stream(s), e->stats.via[v][s]);
	static const char *const reason[] = { NULL, "auth", "quota", "suppressed", "policy",
		"size", "syntax" };

	metric(b, "facteur_messages_rejected_total", "counter",
		"Messages refused at the door.");
	for (size_t r = 1; r < sizeof reason / sizeof *reason; r++)
		buf_printf(b,
			"facteur_messages_rejected_total{via=\"smtp\",reason=\"%s\"} %" PRIu64
			"\n",
			reason[r], e->stats.rejected[r]);
}

static void
metrics_returned(struct engine *e, struct buf *b)
{
	metric(b, "facteur_returned_total", "counter", "Mails that came back.");
	for (size_t i = 0; i < RETURNED_KINDS * 2u; i++)
		buf_printf(b,
			"facteur_returned_total{kind=\"%s\",matched=\"%s\"} %" PRIu64 "\n",
			returned_kind_name((enum returned_kind)(i / 2)), i & 1 ? "yes" : "no",
			e->stats.returned[i]);
}

static void
metrics_deliveries(struct engine *e, struct buf *b)
{
	static const double le[] = { .05, .1, .25, .5, 1, 2.5, 5, 15, 60, 300, 3600 };
	uint64_t sum = 0;

	metric(b, "facteur_deliveries_total", "counter", "Results of delivery attempts.");
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		if (i == RCPT_QUEUED || rcpt_final((enum rcpt_state)i))
			buf_printf(b,
				"facteur_deliveries_total{provider=\"all\",result=\"%s\"} "
				"%" PRIu64 "\n",
				i == RCPT_QUEUED ? "deferred"
						 : rcpt_state_name((enum rcpt_state)i),
				e->stats.results[i]);
	metric(b, "facteur_bounces_total", "counter", "Refusals by class.");
	for (int i = CLASS_MAILBOX; i < CLASS_SANDBOX; i++)
		buf_printf(b,
			"facteur_bounces_total{provider=\"all\",class=\"%s\"} %" PRIu64 "\n",
			bounce_class_name((enum bounce_class)i), e->stats.class[i]);
	metric(b, "facteur_sandboxed_total", "counter",
		"Recipients delivered to the sink alone, in the mode sandbox.");
	buf_printf(b, "facteur_sandboxed_total %" PRIu64 "\n", e->stats.class[CLASS_SANDBOX]);
	metric(b, "facteur_time_to_deliver_seconds", "histogram",
		"From acceptance to the remote's 250.");
	for (size_t i = 0; i < sizeof le / sizeof *le; i++) {
		sum += e->stats.delivered_bucket[i];
		buf_printf(b, "facteur_time_to_deliver_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
			le[i], sum);
	}
	buf_printf(b,
		"facteur_time_to_deliver_seconds_bucket{le=\"+Inf\"} %" PRIu64
		"\nfacteur_time_to_deliver_seconds_sum %.6f\n"
		"facteur_time_to_deliver_seconds_count %" PRIu64 "\n",
		e->stats.delivered_n, (double)e->stats.delivered_us_sum / 1e6,
		e->stats.delivered_n);
}

static void
metrics_queue(struct engine *e, struct buf *b)
{
	uint64_t live[RCPT_STATES], out = 0, in = 0;

	queue_counts(e->queue, live);
	live[RCPT_HELD] -= e->poisoned;
	metric(b, "facteur_queue_messages", "gauge", "Recipients in the queue.");
	for (int i = RCPT_QUEUED; i <= RCPT_HELD; i++)
		buf_printf(b, "facteur_queue_messages{state=\"%s\"} %" PRIu64 "\n",
			rcpt_state_name((enum rcpt_state)i), live[i]);
	buf_printf(
		b, "facteur_queue_messages{state=\"quarantined\"} %" PRIu64 "\n", e->poisoned);
	metric(b, "facteur_queue_oldest_seconds", "gauge", "Age of the oldest due recipient.");
	buf_printf(b, "facteur_queue_oldest_seconds %.3f\n",
		(double)queue_oldest_due(e->queue, loop_mono(e->loop)) / 1e6);
	for (unsigned i = 1; i <= ROLE_COURIERS_MAX; i++)
		out += e->couriers[i].counts[COUNT_OUT_CONNECTIONS];
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		in += e->edges[i].counts[COUNT_SESSIONS_NOW];
	metric(b, "facteur_smtp_sessions", "gauge", "Open SMTP sessions of clients.");
	buf_printf(b, "facteur_smtp_sessions %" PRIu64 "\n", in);
	metric(b, "facteur_smtp_outbound_connections", "gauge",
		"Open connections to other servers.");
	buf_printf(b, "facteur_smtp_outbound_connections %" PRIu64 "\n", out);
	metric(b, "facteur_smtp_outbound_turned_away_total", "counter",
		"Connections that other servers did not take.");
	buf_printf(b, "facteur_smtp_outbound_turned_away_total %" PRIu64 "\n",
		e->stats.turned_away);
	metric(b, "facteur_smtp_command_errors_total", "counter", "Commands refused.");
	buf_printf(b, "facteur_smtp_command_errors_total %" PRIu64 "\n",
		e->stats.what[COUNT_COMMAND_ERRORS]);
	metric(b, "facteur_signals_dropped_total", "counter",
		"Opens and clicks that were not recorded.");
	buf_printf(b, "facteur_signals_dropped_total %" PRIu64 "\n",
		e->stats.signals_dropped + e->stats.what[COUNT_SIGNALS_LOST] +
			ledger_signals_dropped(e->ledger));
	metric(b, "facteur_signals_withdrawn_total", "counter",
		"Opens and clicks not recorded: the recipient took back his consent.");
	buf_printf(b, "facteur_signals_withdrawn_total %" PRIu64 "\n", e->stats.withdrawn);
	metric(b, "facteur_template_reports_dropped_total", "counter",
		"Reports of templates' mistakes that could not be sent.");
	buf_printf(b, "facteur_template_reports_dropped_total %" PRIu64 "\n",
		e->stats.what[COUNT_REPORTS_LOST]);
	metric(b, "facteur_auth_failures_total", "counter", "Failed authentications.");
	buf_printf(b, "facteur_auth_failures_total %" PRIu64 "\n",
		e->stats.what[COUNT_AUTH_FAILURES]);
}

static void
metrics_alerts(struct engine *e, struct buf *b)
{
	struct str rest = buf_str(&e->alerts);

	metric(b, "facteur_alerts", "gauge", "Alerts that hold now, by code.");
	while (rest.n) {
		struct str number = str_cut(&rest, '\n'), code = str_cut(&number, ' ');

		buf_printf(b, "facteur_alerts{code=\"%.*s\"} %.*s\n", STR_ARG(code),
			STR_ARG(number));
	}
}

void
engine_metrics(struct engine *e, struct buf *b)
{
	metric(b, "facteur_build_info", "gauge", "Version of the program.");
	buf_printf(b, "facteur_build_info{version=\"%s\"} 1\n", FACTEUR_VERSION);
	metrics_accepted(e, b);
	metrics_deliveries(e, b);
	metrics_returned(e, b);
	metrics_queue(e, b);
	metric(b, "facteur_storage_bytes", "gauge", "Size of what is kept.");
	buf_printf(b,
		"facteur_storage_bytes{kind=\"journal\"} %" PRIu64
		"\nfacteur_storage_bytes{kind=\"extents\"} %" PRIu64 "\n",
		journal_bytes(e->journal), e->spool_bytes);
	metric(b, "facteur_carried_bodies_total", "counter",
		"Bodies copied out of old extents.");
	buf_printf(b, "facteur_carried_bodies_total %" PRIu64 "\n", e->carry.bodies);
	metric(b, "facteur_carried_bytes_total", "counter",
		"Bytes of bodies copied out of old extents.");
	buf_printf(b, "facteur_carried_bytes_total %" PRIu64 "\n", e->carry.bytes);
	metric(b, "facteur_carry_damaged_total", "counter",
		"Damaged bodies found while copying; their messages are in quarantine.");
	buf_printf(b, "facteur_carry_damaged_total %" PRIu64 "\n", e->carry.damaged);
	metric(b, "facteur_webhook_lag_seconds", "gauge",
		"Age of the oldest event that waits for an endpoint.");
	buf_printf(
		b, "facteur_webhook_lag_seconds %llu\n", (unsigned long long)e->webhook_lag_s);
	metric(b, "facteur_webhooks_failing", "gauge",
		"Endpoints that did not take the last post.");
	buf_printf(
		b, "facteur_webhooks_failing %llu\n", (unsigned long long)e->webhooks_failing);
	metrics_alerts(e, b);
	metric(b, "facteur_loaded_percent", "gauge",
		"How much of the queue is loaded after a start.");
	buf_printf(b, "facteur_loaded_percent %u\n", engine_loaded_percent(e));
	metric(b, "facteur_queue_paused", "gauge", "1 while nothing is sent, until resumed.");
	buf_printf(b, "facteur_queue_paused %d\n", e->pause.on);
	metric(b, "facteur_ledger_lag_facts", "gauge", "Facts not yet in the ledger.");
	buf_printf(b, "facteur_ledger_lag_facts %zu\n", ledger_waiting(e->ledger));
	metric(b, "facteur_suppressed_addresses", "gauge",
		"Addresses that a tenant must not write to.");
	buf_printf(b, "facteur_suppressed_addresses %zu\n", engine_suppress_count(e));
	metric(b, "facteur_suppressions_unwritten", "gauge",
		"Changes of suppressions that the table does not have yet.");
	buf_printf(b, "facteur_suppressions_unwritten %zu\n", engine_suppress_waiting(e));
	engine_quota_metrics(e, b);
	metric(b, "facteur_conservation_drift", "gauge",
		"Accepted minus all states; must be 0.");
	buf_printf(b, "facteur_conservation_drift %" PRId64 "\n", drift(e));
	metric(b, "facteur_port25_blocked", "gauge",
		"1 when the network blocks outgoing port 25.");
	buf_printf(b, "facteur_port25_blocked %d\n", e->port25.state == PORT25_BLOCKED);
}
