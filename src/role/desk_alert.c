/*
 * Alerts (report/alert): desk looks every half minute at what the engine says of itself, and
 * every ten minutes at what doctor says of certificates and the disk. What changed is told
 * once: in the log, by mail to the administrator, to a webhook. What was told stands in the
 * tables, so that a restart does not say it again.
 *
 *   on_second ─▶ ask status ─▶ see(…) ─▶ round ─▶ log, tables
 *                                              ├▶ mail: text waits ─▶ QUERY_NOTICE ─▶ engine
 *                                              └▶ posts wait ─▶ poster, one at a time
 *
 * Mail and posts that could not be handed over are tried again in the next round, for an hour.
 */
#include "role/desk_priv.h"

#include "account/control_alert.h"
#include "account/control_erase.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/utc.h"
#include "content/compose.h"
#include "report/alert.h"
#include "report/hook_native.h"
#include "role/doctor.h"
#include "wire/uuid.h"

#include <errno.h>
#include <stdio.h>

#define EVERY_S        30u
#define DOCTOR_EVERY_S 600u
#define DOCTOR_FIRST_S 60u
#define TEXT_MAX       (48u << 10) /* of a mail: what does not fit is counted */
#define POSTS_MAX      64u
#define KEEP_US        (UINT64_C(3600) * 1000000u) /* what could not be told */
#define OLDEST_S       900
#define WEBHOOK_LAG_S  600
#define SITES_MAX      100u
/* A site puts off more than this share of at least so many. */
#define DEFERRING_TOLD    50
#define DEFERRING_PERCENT 30
/* Complaints: of this many delivered at least, a share of more than 8 of 10,000. */
#define COMPLAINT_MIN       3
#define COMPLAINT_DELIVERED 500
#define COMPLAINT_PER_10000 8
#define HOURS               24u

/* An event for the webhook. */
struct pending {
	struct link link;
	json_t *json;
	uint64_t made; /* mono µs */
};

struct desk_alerts {
	struct desk *desk;
	struct alerts *watch;
	unsigned seconds;
	bool restored; /* the tables were read */
	bool asking;   /* the engine, its status */
	/* doctor: [0] English, [1] French; the second begins when the first is done */
	struct doctor *doctor;
	json_t *lines[2]; /* its checks that are no ok; NULL: not looked yet */
	json_t *first;    /* the English ones of the look under way */
	/* since the process began, by the hour */
	uint64_t delivered[HOURS], complaints[HOURS], delivered_seen, complaints_seen;
	int64_t hour;
	bool counted; /* once */
	/* to tell */
	struct buf mail;
	unsigned mail_n, left_out;
	bool mail_fail, mailing;
	uint64_t mail_made;
	struct link posts;
	unsigned nposts;
	uint64_t post; /* handle of the one under way; 0 */
	bool posting;  /* it is the first of them; false: it was given up meanwhile */
};

static bool
french(const struct desk_alerts *t)
{
	return str_eq_z(t->desk->config->language, "fr");
}

/* ---- telling: mail ---- */

static void
mail_forget(struct desk_alerts *t)
{
	buf_clear(&t->mail);
	t->mail_n = t->left_out = 0;
	t->mail_fail = false;
}

static void
on_mailed(struct desk_ask *a, int status, struct str json)
{
	struct desk_alerts *t = a->desk->alerts;

	(void)json;
	if (!t)
		return;
	t->mailing = false;
	if (status == 200)
		mail_forget(t);
}

static void
put_subject(struct buf *b, const struct desk_alerts *t)
{
	const char *word = t->mail_fail ? french(t) ? "panne" : "failure"
	                   : french(t)  ? "avis"
	                                : "notice";

	buf_printf(b,
		french(t) ? "[facteur %.*s] %s : %u changement%s"
			  : "[facteur %.*s] %s: %u change%s",
		STR_ARG(t->desk->config->hostname), word, t->mail_n, t->mail_n == 1 ? "" : "s");
}

/* The message, in b. */
static int
compose(struct buf *b, const struct desk_alerts *t, struct str subject, struct str id)
{
	static const struct compose_header automatic = { { "Auto-Submitted", 14 },
		{ "auto-generated", 14 } };
	const struct config *cf = t->desk->config;
	const char *why;
	struct buf from, text;
	int err;

	buf_init(&from, 400);
	buf_init(&text, TEXT_MAX + 1024);
	buf_printf(&from, "Facteur <postmaster@%.*s>", STR_ARG(cf->hostname));
	buf_put(&text, buf_str(&t->mail));
	if (t->left_out)
		buf_printf(&text,
			french(t) ? "… et %u autres : facteur alerts\n"
				  : "… and %u more: facteur alerts\n",
			t->left_out);
	buf_printf(&text, french(t) ? "Ce qui est en cours maintenant : facteur alerts\n"
				    : "What holds now: facteur alerts\n");
	const struct compose c = { .from = buf_str(&from),
		.to = cf->admin,
		.subject = subject,
		.text = buf_str(&text),
		.message_id = id,
		.date = loop_wall(t->desk->loop),
		.seed = STR_LIT("alert"),
		.headers = &automatic,
		.nheaders = 1 };

	err = compose_write(b, &c, &why);
	buf_done(&from);
	buf_done(&text);
	return err;
}

static void
mail_send(struct desk_alerts *t)
{
	struct desk *d = t->desk;
	struct buf message, subject;
	char id[330];
	int n;

	if (t->mail_n == 0 || t->mailing)
		return;
	if (!d->config->alerts.mail || d->config->admin.n == 0 ||
		loop_mono(d->loop) - t->mail_made > KEEP_US) {
		mail_forget(t);
		return;
	}
	buf_init(&message, 2 * TEXT_MAX + 8192);
	buf_init(&subject, 512);
	put_subject(&subject, t);
	n = snprintf(id, sizeof id, "<%llu.alert@%.*s>", (unsigned long long)++d->seq,
		STR_ARG(d->config->hostname));
	if (compose(&message, t, buf_str(&subject), str_of(id, (size_t)n)) == 0) {
		t->mailing = true;
		desk_ask_engine(d, NULL,
			&(struct msg_query){ .op = QUERY_NOTICE,
				.address = d->config->admin,
				.domain = str_of(id, (size_t)n),
				.sender = buf_str(&subject),
				.text = buf_str(&message) },
			on_mailed, NULL);
	} else {
		mail_forget(t);
	}
	buf_done(&message);
	buf_done(&subject);
}

static void
mail_add(struct desk_alerts *t, const struct alert_change *c)
{
	struct buf one;

	if (t->mail_n == 0)
		t->mail_made = loop_mono(t->desk->loop);
	t->mail_n++;
	t->mail_fail = t->mail_fail || (c->fail && !c->over);
	buf_init(&one, 8192);
	alert_change_text(&one, c, french(t));
	if (one.full || buf_put(&t->mail, buf_str(&one)) < 0)
		t->left_out++;
	buf_done(&one);
}

/* ---- telling: webhook ---- */

/* Of the first one, always. */
static void
pending_free(struct desk_alerts *t, struct pending *p)
{
	t->posting = false;
	list_del(&p->link);
	json_decref(p->json);
	mem_free(p);
	t->nposts--;
}

static void posts_send(struct desk_alerts *t);

static void
on_posted(void *ctx, const struct msg_posted *m)
{
	struct desk_alerts *t = ctx;
	struct log_line ll;

	t->post = 0;
	if (list_empty(&t->posts))
		return;
	if (m && m->status >= 200 && m->status < 300) {
		/* Else it was dropped for others, which wait still. */
		if (t->posting)
			pending_free(t, LIST_OF(t->posts.next, struct pending, link));
		posts_send(t);
		return;
	}
	if (!m)
		return;
	ll = log_op(t->desk->log, LOG_WARN, "alert-not-posted");
	log_num(&ll, "status", m->status);
	log_str(&ll, "why", m->why);
	log_z(&ll, "means",
		"alerts.webhook did not take it; it is tried again each half minute, for an "
		"hour");
	log_end(&ll);
}

static int
put_fields(const struct desk_alerts *t, struct str id, struct str body, struct buf *at,
	struct buf *signature)
{
	const struct str secrets[HOOK_SECRETS_MAX] = { t->desk->config->alerts.secret,
		STR_NONE };
	const struct hook_signed what = { id, loop_wall(t->desk->loop) / UTC_SEC, body };

	buf_printf(at, "webhook-timestamp: %lld", (long long)what.second);
	buf_put_z(signature, "webhook-signature: ");
	return secrets[0].n ? hook_native_sign(signature, secrets, &what) : -ENOENT;
}

/* The oldest one. */
static void
posts_send(struct desk_alerts *t)
{
	struct desk *d = t->desk;
	char *text, id[64];
	struct buf at, signature;
	struct msg_text fields[4];
	size_t n = 0;

	while (!list_empty(&t->posts) &&
		(d->config->alerts.webhook.n == 0 ||
			loop_mono(d->loop) -
					LIST_OF(t->posts.next, struct pending, link)->made >
				KEEP_US))
		pending_free(t, LIST_OF(t->posts.next, struct pending, link));
	if (list_empty(&t->posts) || t->post)
		return;
	const struct pending *p = LIST_OF(t->posts.next, struct pending, link);

	text = json_dumps(p->json, JSON_COMPACT | JSON_PRESERVE_ORDER);
	must(text != NULL);
	snprintf(id, sizeof id, "webhook-id: %s",
		json_string_value(json_object_get(p->json, "id")));
	buf_init(&at, 64);
	buf_init(&signature, 256);
	fields[n++] = (struct msg_text){ STR_LIT("Content-Type: application/json") };
	fields[n++] = (struct msg_text){ str_z(id) };
	if (put_fields(t, str_from(str_z(id), 12), str_z(text), &at, &signature) == 0)
		fields[n++] = (struct msg_text){ buf_str(&signature) };
	fields[n++] = (struct msg_text){ buf_str(&at) };
	t->posting = true;
	t->post = desk_post(d,
		&(struct msg_post){ .url = d->config->alerts.webhook,
			.fields = { fields, n },
			.body = str_z(text) },
		on_posted, t);
	buf_done(&at);
	buf_done(&signature);
	free(text); /* jansson's own allocation */
}

static void
post_add(struct desk_alerts *t, const struct alert_change *c)
{
	struct pending *p;
	json_t *j;
	char id[40];

	if (t->desk->config->alerts.webhook.n == 0)
		return;
	if (t->nposts >= POSTS_MAX)
		pending_free(t, LIST_OF(t->posts.next, struct pending, link));
	j = alert_change_json(c, french(t), loop_wall(t->desk->loop));
	snprintf(id, sizeof id, "alr_%016llx", (unsigned long long)++t->desk->seq);
	json_object_set_new(j, "id", json_string(id));
	json_object_set_new(j, "hostname",
		json_stringn(t->desk->config->hostname.p, t->desk->config->hostname.n));
	p = MEM_NEW(p);
	p->json = j;
	p->made = loop_mono(t->desk->loop);
	list_init(&p->link);
	list_push(&t->posts, &p->link);
	t->nposts++;
}

/* ---- a round ---- */

static void
remember(struct desk_alerts *t, const struct alert_change *c)
{
	const struct control_alert a = { c->code, c->subject, c->since };
	struct control *control = desk_control(t->desk);
	int err = 0;

	if (control)
		err = c->over ? control_alert_remove(control, &a)
		              : control_alert_add(control, &a);
	if (control && !err)
		return;
	struct log_line ll = log_op(t->desk->log, LOG_WARN, "alert-not-kept");

	log_str(&ll, "code", c->code);
	log_z(&ll, "error", control ? control_error(control) : t->desk->control_why);
	log_z(&ll, "means", "after a restart it may be told again");
	log_end(&ll);
}

static void
on_change(void *ctx, const struct alert_change *c)
{
	struct desk_alerts *t = ctx;
	struct log_line ll = log_op(t->desk->log,
		c->over   ? LOG_INFO
		: c->fail ? LOG_ERROR
			  : LOG_WARN,
		c->over ? "alert-over" : "alert");
	const char *found = json_string_value(c->found[0]);

	log_str(&ll, "code", c->code);
	if (c->subject.n)
		log_str(&ll, "subject", c->subject);
	if (found)
		log_z(&ll, "means", found);
	log_end(&ll);
	remember(t, c);
	if (t->desk->config->alerts.mail && t->desk->config->admin.n)
		mail_add(t, c);
	post_add(t, c);
}

static int
on_restored(void *ctx, const struct control_alert *a)
{
	struct desk_alerts *t = ctx;

	alerts_restore(t->watch, a->code, a->subject, a->since);
	return 0;
}

static json_int_t
number(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

static void
see(struct desk_alerts *t, enum alert_kind kind, struct str subject, json_int_t a, json_int_t b)
{
	char text[2][24];

	snprintf(text[0], sizeof text[0], "%" JSON_INTEGER_FORMAT, a);
	snprintf(text[1], sizeof text[1], "%" JSON_INTEGER_FORMAT, b);
	alerts_see(t->watch, kind, subject, (const char *const[3]){ text[0], text[1], NULL },
		loop_mono(t->desk->loop));
}

/* What was added since the last look; an engine that restarted begins at 0. */
static uint64_t
more(uint64_t *seen, json_int_t now)
{
	uint64_t n = now > 0 ? (uint64_t)now : 0, added = n >= *seen ? n - *seen : n;

	*seen = n;
	return added;
}

/* Has the engine counted for more hours than are looked at? */
static bool
is_old(const struct desk_alerts *t, const json_t *status)
{
	int64_t since;

	return utc_parse(desk_text(status, "since"), &since) == 0 &&
	       loop_wall(t->desk->loop) - since > (int64_t)HOURS * 3600 * UTC_SEC;
}

static void
see_complaints(struct desk_alerts *t, const json_t *status)
{
	const json_t *since_start = json_object_get(status, "since_start");
	int64_t hour = loop_wall(t->desk->loop) / (3600 * UTC_SEC);
	uint64_t delivered = 0, complaints = 0;

	/* Desk alone restarted: of which hours that is nobody knows. */
	if (!t->counted && is_old(t, status)) {
		(void)more(&t->delivered_seen, number(since_start, "delivered"));
		(void)more(&t->complaints_seen, number(since_start, "complaints"));
	}
	t->counted = true;
	/* Hours between are empty; a clock that was set back begins anew. */
	if (hour < t->hour || hour - t->hour >= (int64_t)HOURS)
		t->hour = hour - (int64_t)HOURS;
	for (; t->hour < hour; t->hour++)
		t->delivered[(t->hour + 1) % HOURS] = t->complaints[(t->hour + 1) % HOURS] = 0;
	t->delivered[hour % HOURS] +=
		more(&t->delivered_seen, number(since_start, "delivered"));
	t->complaints[hour % HOURS] +=
		more(&t->complaints_seen, number(since_start, "complaints"));
	for (size_t i = 0; i < HOURS; i++) {
		delivered += t->delivered[i];
		complaints += t->complaints[i];
	}
	if (delivered >= COMPLAINT_DELIVERED && complaints >= COMPLAINT_MIN &&
		complaints * 10000 > delivered * COMPLAINT_PER_10000)
		see(t, ALERT_COMPLAINTS, STR_NONE, (json_int_t)complaints,
			(json_int_t)delivered);
}

static void
see_sites(struct desk_alerts *t, const json_t *doors)
{
	unsigned n = 0;
	json_t *row;
	size_t i;

	json_array_foreach(doors, i, row)
	{
		json_int_t told = number(row, "told"), put_off = number(row, "put_off");
		bool stuck = json_is_true(json_object_get(row, "stuck"));
		bool defers =
			told >= DEFERRING_TOLD && put_off * 100 > told * DEFERRING_PERCENT;

		if ((!stuck && !defers) || n++ >= SITES_MAX)
			continue;
		if (stuck)
			see(t, ALERT_SITE_STUCK, desk_text(row, "site"), number(row, "due"), 0);
		if (defers)
			see(t, ALERT_SITE_DEFERRING, desk_text(row, "site"), put_off, told);
	}
}

static void
see_engine(struct desk_alerts *t, const json_t *j)
{
	json_int_t oldest = number(j, "oldest_due_s");
	json_int_t drift = number(json_object_get(j, "conservation"), "drift");
	bool blocked = str_eq_z(desk_text(json_object_get(j, "port25"), "state"), "blocked");

	if (!json_is_true(json_object_get(j, "ready")))
		see(t, ALERT_ACCEPTANCE, STR_NONE, 0, 0);
	if (drift)
		see(t, ALERT_CONSERVATION, STR_NONE, drift, 0);
	if (blocked)
		see(t, ALERT_PORT25, STR_NONE, 0, 0);
	else if (oldest > OLDEST_S)
		see(t, ALERT_OLDEST, STR_NONE, oldest / 60, 0);
	see_sites(t, json_object_get(j, "doors"));
	see_complaints(t, j);
}

/* It restarts, or is busy for longer than a question waits: nothing else is known of it. */
static void
see_no_engine(struct desk_alerts *t)
{
	static const char *const unknown[] = { "conservation_drift", "queue_oldest",
		"port25_blocked", "site_stuck", "site_deferring", "complaints" };

	see(t, ALERT_ACCEPTANCE, STR_NONE, 0, 0);
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		alerts_skip(t->watch, str_z(unknown[i]), loop_mono(t->desk->loop));
}

static void
see_doctor(struct desk_alerts *t)
{
	json_t *en, *fr;
	size_t i;

	json_array_foreach(t->lines[0], i, en)
	{
		fr = json_array_get(t->lines[1], i);
		alerts_see_finding(t->watch, en, fr ? fr : en, loop_mono(t->desk->loop));
	}
}

static void
see_webhooks(struct desk_alerts *t)
{
	json_t *j = desk_hooks_json(t->desk);
	json_int_t lag = number(j, "lag_s");

	if (lag > WEBHOOK_LAG_S)
		see(t, ALERT_WEBHOOKS, STR_NONE, lag / 60, 0);
	json_decref(j);
}

static void
see_erasures(struct desk_alerts *t)
{
	struct control *c = desk_control(t->desk);
	unsigned late = 0;

	if (c && control_erasure_late(c, &late) == 0 && late)
		see(t, ALERT_ERASURES, STR_NONE, (json_int_t)late, 0);
}

static void
on_told(struct desk_ask *a, int status, struct str json)
{
	(void)a;
	(void)status;
	(void)json;
}

/* The engine, for the metrics. */
static void
tell_counts(struct desk_alerts *t)
{
	struct buf b;

	buf_init(&b, 16384);
	alerts_counts(&b, t->watch);
	desk_ask_engine(t->desk, NULL,
		&(struct msg_query){ .op = QUERY_ALERTS, .text = buf_str(&b) }, on_told, NULL);
	buf_done(&b);
}

static void
on_status(struct desk_ask *a, int status, struct str json)
{
	struct desk_alerts *t = a->desk->alerts;
	json_t *j = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;
	struct desk *d = a->desk;

	if (t) {
		t->asking = false;
		if (j)
			see_engine(t, j);
		else
			see_no_engine(t);
		see_webhooks(t);
		see_erasures(t);
		see_doctor(t);
		alerts_round(t->watch, loop_mono(d->loop), loop_wall(d->loop), on_change, t);
		mail_send(t);
		posts_send(t);
		tell_counts(t);
	}
	json_decref(j);
}

/* ---- doctor ---- */

static json_t *
not_ok(const json_t *report)
{
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(json_object_get(report, "checks"), i, row)
	{
		struct str state = desk_text(row, "state");

		if (str_eq_z(state, "warn") || str_eq_z(state, "fail"))
			json_array_append(list, row);
	}
	return list;
}

static void doctor_begin(struct desk_alerts *t, bool in_french);

static void
on_doctor(void *ctx, const json_t *report)
{
	struct desk_alerts *t = ctx;
	json_t *list = not_ok(report);

	doctor_free(&t->doctor);
	if (!t->first) {
		t->first = list;
		doctor_begin(t, true);
		return;
	}
	json_decref(t->lines[0]);
	json_decref(t->lines[1]);
	t->lines[0] = t->first;
	t->lines[1] = list;
	t->first = NULL;
}

/* What it looks at is of this machine and quick. */
static void
doctor_begin(struct desk_alerts *t, bool in_french)
{
	struct desk *d = t->desk;

	t->doctor = doctor_new(d->loop,
		&(struct doctor_conf){ .config = d->config,
			.paths = d->env->paths,
			.only = 1u << FINDING_CHECK_CERTIFICATE | 1u << FINDING_CHECK_DISK,
			.french = in_french,
			.inside = true },
		on_doctor, t);
}

/* ---- life ---- */

void
desk_alerts_new(struct desk *d)
{
	struct desk_alerts *t = MEM_NEW(t);

	t->desk = d;
	t->watch = alerts_new();
	list_init(&t->posts);
	buf_init(&t->mail, TEXT_MAX);
	d->alerts = t;
}

/* The configuration that doctor looks at goes. */
void
desk_alerts_reload(struct desk *d)
{
	doctor_free(&d->alerts->doctor);
	json_decref(d->alerts->first);
	d->alerts->first = NULL;
}

void
desk_alerts_free(struct desk *d)
{
	struct desk_alerts *t = d->alerts;

	d->alerts = NULL;
	if (!t)
		return;
	desk_post_cancel(d, t->post);
	doctor_free(&t->doctor);
	json_decref(t->first);
	json_decref(t->lines[0]);
	json_decref(t->lines[1]);
	while (!list_empty(&t->posts))
		pending_free(t, LIST_OF(t->posts.next, struct pending, link));
	buf_done(&t->mail);
	alerts_free(&t->watch);
	mem_free(t);
}

void
desk_alerts_second(struct desk *d)
{
	struct desk_alerts *t = d->alerts;
	struct control *c;

	t->seconds++;
	/* A lab has no certificate and need have none. */
	if (!d->config->lab.on && !t->doctor && t->seconds % DOCTOR_EVERY_S == DOCTOR_FIRST_S)
		doctor_begin(t, false);
	if (t->seconds % EVERY_S || t->asking)
		return;
	if (!t->restored && (c = desk_control(d)) != NULL)
		t->restored = control_alert_each(c, on_restored, t) == 0;
	t->asking = true;
	desk_ask_engine(d, NULL, &(struct msg_query){ .op = QUERY_STATUS }, on_status, NULL);
}

/* ---- verbs ---- */

json_t *
desk_alerts_json(struct desk *d, bool in_french)
{
	return alerts_json(d->alerts->watch, in_french);
}

/* {"lang"?} → {"alerts": […], "mail": the address or null, "webhook": is there one} */
void
desk_alerts_list(struct desk_conn *n, const json_t *body)
{
	const struct config *cf = n->desk->config;
	bool mail = cf->alerts.mail && cf->admin.n;

	desk_say(n, 200,
		json_pack("{s:o,s:o,s:b}", "alerts",
			desk_alerts_json(n->desk, str_eq_z(desk_text(body, "lang"), "fr")),
			"mail", mail ? json_stringn(cf->admin.p, cf->admin.n) : json_null(),
			"webhook", cf->alerts.webhook.n > 0));
}

/* A made-up change, to see that both ways work. */
void
desk_alerts_test(struct desk_conn *n, const json_t *body)
{
	struct desk_alerts *t = n->desk->alerts;
	const struct config *cf = n->desk->config;
	bool mail = cf->alerts.mail && cf->admin.n;
	json_t *words[2] = { json_string("This is a test: nothing is wrong."),
		json_string("Ceci est un essai : tout va bien.") };
	const struct alert_change c = { .over = true,
		.code = STR_LIT("test"),
		.since = loop_wall(n->desk->loop),
		.found = { words[0], words[1] },
		.todo = { json_null(), json_null() } };

	(void)body;
	if (t->mailing) {
		desk_fail(n, 503, "One is under way: try again in a moment.");
	} else if (!mail && cf->alerts.webhook.n == 0) {
		desk_fail(n, 409,
			"Nobody would get it: set admin, or alerts.webhook, in the "
			"configuration.");
	} else {
		if (mail)
			mail_add(t, &c);
		post_add(t, &c);
		mail_send(t);
		posts_send(t);
		desk_say(n, 200,
			json_pack("{s:o,s:b}", "mail",
				mail ? json_stringn(cf->admin.p, cf->admin.n) : json_null(),
				"webhook", cf->alerts.webhook.n > 0));
	}
	json_decref(words[0]);
	json_decref(words[1]);
}
