/*
 * Calls of the HTTP API: who calls, the body against the memory ceiling, the dialect that reads
 * it and answers. What becomes of the messages is edge_send's.
 */
#include "role/edge_api.h"

#include "api/credential.h"
#include "api/mailgun_send.h"
#include "api/mailjet_send.h"
#include "api/mailjet_v3_send.h"
#include "api/native_resend.h"
#include "api/native_send.h"
#include "api/postmark_answer.h"
#include "api/rest.h"
#include "api/sendgrid_send.h"
#include "base/mem.h"
#include "base/must.h"
#include "content/unsub_page.h"
#include "io/random.h"
#include "wire/http_answer.h"

#include <errno.h>
#include <sodium.h>

#define DROP_MAX     (64u << 10) /* of the body of a call that is refused */
#define DELAY_MAX_US (10 * EDGE_SECOND)
#define BODY_US      (30 * EDGE_SECOND)

#define RETRY_STOPPING_S 60
#define RETRY_BUSY_S     10
#define RETRY_SESSION_S  5

/* ---- life ---- */

static void
world_make(struct edge_call *k)
{
	struct edge *e = k->edge;

	memcpy(k->world.uuid_key, e->env->keys.ids, UUID_KEY_SIZE);
	snprintf(k->base_url, sizeof k->base_url, "https://%.*s", STR_ARG(e->config->hostname));
	(void)uuid_write(k->request_id, k->world.uuid_key, random_u64() >> 11);
	k->world.base_url = str_z(k->base_url);
	k->world.request_id = str_z(k->request_id);
	k->world.now = loop_wall(e->loop);
}

/* Of a call of the API; a template by SMTP has no fields of HTTP. */
static void
language_take(struct edge_call *k)
{
	struct str languages = http_in_field(&k->conn->http->in, "accept-language");

	k->world.french = languages.p && unsub_page_lang(languages) == UNSUB_PAGE_FR;
}

struct edge_call *
edge_call_new(struct edge_conn *c)
{
	struct edge_call *k = MEM_NEW(k);

	k->edge = c->edge;
	k->conn = c;
	(void)str_copy_z(k->client, sizeof k->client, str_z(c->client));
	list_init(&k->link);
	list_push(&c->edge->calls, &k->link);
	arena_init(&k->arena, EDGE_CALL_ARENA);
	arena_init(&k->letter, EDGE_CALL_ARENA);
	buf_init(&k->body, 0);
	buf_init(&k->bytes, 0);
	k->why = STR_NONE;
	k->raw = STR_NONE;
	world_make(k);
	api_send_init(&k->send, &k->arena);
	return k;
}

bool
edge_call_busy(const struct edge_call *k)
{
	return k->working || k->commits > 0;
}

void
edge_call_free(struct edge_call *k)
{
	must(!edge_call_busy(k));
	edge_send_free(k);
	edge_seat_leave(k->edge, &k->seat);
	edge_version_drop(&k->version);
	edge_contact_drop(k);
	api_send_done(&k->send);
	(void)edge_call_charge(k, 0);
	list_del(&k->link);
	buf_done(&k->body);
	buf_done(&k->bytes);
	arena_done(&k->arena);
	arena_done(&k->letter);
	mem_wipe(&k->auth, sizeof k->auth);
	mem_free(k);
}

void
edge_call_leave(struct edge_call *k)
{
	edge_stream_leave(k);
	k->conn = NULL;
	if (k->working && pool_take_back(k->edge->pool, &k->job))
		k->working = false;
	if (!edge_call_busy(k))
		edge_call_free(k);
}

bool
edge_call_charge(struct edge_call *k, uint64_t bytes)
{
	struct edge *e = k->edge;

	if (bytes > k->charge &&
		e->memory + (bytes - k->charge) > e->config->limits.memory_bytes)
		return false;
	e->memory += bytes - k->charge;
	k->charge = bytes;
	return true;
}

/* ---- work that takes long ---- */

static void
on_worked(void *ctx)
{
	struct edge_call *k = ctx;

	k->working = false;
	if (k->conn)
		k->then(k);
	else
		edge_call_free(k);
}

void
edge_call_work(struct edge_call *k, void (*work)(void *ctx), void (*then)(struct edge_call *k))
{
	if (!k->threaded && k->body.n <= EDGE_CALL_INLINE &&
		k->weight <= 2 * EDGE_CALL_INLINE) {
		work(k);
		then(k);
		return;
	}
	k->then = then;
	k->working = true;
	k->work_began = loop_mono(k->edge->loop);
	/* An account's slow work delays its own. */
	k->job = (struct pool_job){
		.work = work, .done = on_worked, .ctx = k, .owner = k->id.tenant
	};
	list_init(&k->job.link);
	pool_add(k->edge->pool, &k->job);
}

/* Who waits too long for the thread hears of it. */
void
edge_call_second(struct edge *e)
{
	uint64_t now = loop_mono(e->loop);

	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (!k->working || !k->conn || now - k->work_began <= EDGE_ASK_US ||
			!pool_take_back(e->pool, &k->job))
			continue;
		k->working = false;
		k->retry_s = RETRY_BUSY_S;
		if (k->written_mail)
			k->told(k, TEMPLATE_IS_LATER);
		else
			edge_call_refuse(
				k, 503, STR_LIT("The service is busy; try again in a moment."));
	}
}

/* ---- the answer ---- */

static enum postmark_call
postmark_call(enum api_op op)
{
	return op == API_SEND_BATCH       ? POSTMARK_BATCH
	       : op == API_SEND_TEMPLATE  ? POSTMARK_TEMPLATE
	       : op == API_SEND_TEMPLATES ? POSTMARK_TEMPLATES
	                                  : POSTMARK_EMAIL;
}

static bool
is_v3(const struct edge_call *k)
{
	return k->match.route && k->match.route->op == API_SEND_V3;
}

static void
say_refusal(struct edge_call *k, int status, struct str why, struct api_answer *a)
{
	/* The calls that send have shapes and codes of their own. */
	if (!k->match.route || API_IS_DESK(k->match.route->op)) {
		rest_refuse(k->match.dialect, status, why, &k->world, a);
		return;
	}
	switch (k->match.dialect) {
	case API_MAILJET:
		if (is_v3(k))
			mailjet_v3_send_refuse(status, &k->world, a);
		else
			mailjet_send_refuse(status, &k->world, a);
		break;
	case API_SENDGRID:
		sendgrid_send_refuse(status, &k->world, a);
		break;
	case API_POSTMARK:
		postmark_answer_refuse(status, &k->world, a);
		break;
	case API_MAILGUN:
		mailgun_send_refuse(status, &k->world, a);
		break;
	case API_NATIVE:
		native_problem(status, why, NULL, &k->world, a);
		break;
	}
}

static void
say_result(struct edge_call *k, struct api_answer *a)
{
	struct str id = k->nletters ? k->letters[0].message_id : STR_NONE;

	switch (k->match.dialect) {
	case API_MAILJET:
		if (is_v3(k))
			mailjet_v3_send_answer(&k->send, &k->world, a);
		else
			mailjet_send_answer(&k->send, &k->world, a);
		break;
	case API_SENDGRID:
		sendgrid_send_answer(&k->send, &k->world, a);
		break;
	case API_POSTMARK:
		postmark_answer(&k->send, postmark_call(k->match.route->op), &k->world, a);
		break;
	case API_MAILGUN:
		mailgun_send_answer(&k->send, &k->world, id, a);
		break;
	case API_NATIVE:
		native_send_answer(&k->send, &k->world, a);
		break;
	}
}

/* Fields beside those of every answer; fields: room for FIELDS_MAX. */
#define FIELDS_MAX (9 + EDGE_SESSION_FIELDS + API_FIELDS_MAX)

static size_t
answer_fields(
	struct edge_call *k, struct api_answer *a, struct http_field *fields, char retry[12])
{
	size_t n = 0;

	if (k->rate.limit)
		(void)api_answer_rate(a, &k->arena, &k->rate, loop_wall(k->edge->loop));
	fields[n++] = (struct http_field){ STR_LIT("X-Request-Id"), k->world.request_id };
	if (k->match.dialect == API_MAILJET)
		fields[n++] = (struct http_field){ STR_LIT("X-Mj-Request-Guid"),
			k->world.request_id };
	if (a->message_id.n)
		fields[n++] = (struct http_field){ STR_LIT("X-Message-Id"), a->message_id };
	if (k->replayed && k->replayed == k->ngroups)
		fields[n++] =
			(struct http_field){ STR_LIT("Idempotent-Replayed"), STR_LIT("true") };
	if (k->retry_s) {
		snprintf(retry, 12, "%u", k->retry_s);
		fields[n++] = (struct http_field){ STR_LIT("Retry-After"), str_z(retry) };
	}
	if (a->status == 401 && k->match.dialect == API_NATIVE)
		fields[n++] = (struct http_field){ STR_LIT("WWW-Authenticate"),
			edge_session_page(k) ? STR_LIT("Session realm=\"Facteur\"")
					     : STR_LIT("Basic realm=\"Facteur\"") };
	/* Sentences in answers of the native API are in the language of the caller. */
	if (k->match.dialect == API_NATIVE)
		fields[n++] =
			(struct http_field){ STR_LIT("Vary"), STR_LIT("Accept-Language") };
	if (a->status >= 400 && k->match.dialect == API_NATIVE)
		fields[n++] = (struct http_field){ STR_LIT("Content-Language"),
			k->world.french ? STR_LIT("fr") : STR_LIT("en") };
	n += edge_session_fields(k, fields + n);
	if (a->status == 405 && k->match.allow.n)
		fields[n++] = (struct http_field){ STR_LIT("Allow"), k->match.allow };
	for (size_t i = 0; i < a->nfields; i++)
		fields[n++] =
			(struct http_field){ str_z(a->fields[i].name), a->fields[i].value };
	return n;
}

/* k is gone behind it. */
static void
answer(struct edge_call *k, struct api_answer *a)
{
	struct http_field fields[FIELDS_MAX];
	char retry[12];
	struct edge_conn *c = k->conn;
	struct http_answer h = { .status = a->status,
		.type = a->type,
		.body = buf_str(&a->body),
		.fields = fields };

	h.nfields = answer_fields(k, a, fields, retry);
	c->http->call = NULL;
	edge_http_say(c, &h);
	buf_done(&a->body);
	k->conn = NULL;
	edge_call_free(k);
	edge_http_next(c);
}

void
edge_call_open(struct edge_call *k, const char *type)
{
	struct http_field fields[FIELDS_MAX + 2];
	struct api_answer a = { .status = 200, .type = type };
	struct http_answer h = { .status = a.status, .type = a.type, .fields = fields };
	char retry[12];

	h.nfields = answer_fields(k, &a, fields, retry);
	if (!k->who.user)
		fields[h.nfields++] =
			(struct http_field){ STR_LIT("Cache-Control"), STR_LIT("no-store") };
	/* Of proxies that gather what they pass on. */
	fields[h.nfields++] =
		(struct http_field){ STR_LIT("X-Accel-Buffering"), STR_LIT("no") };
	edge_http_open(k->conn, &h);
}

void
edge_call_answer(struct edge_call *k)
{
	struct api_answer a = { 0 };

	say_result(k, &a);
	answer(k, &a);
}

void
edge_call_refuse(struct edge_call *k, int status, struct str why)
{
	struct api_answer a = { 0 };

	k->world.why = why;
	say_refusal(k, status, why, &a);
	answer(k, &a);
}

void
edge_call_said(struct edge_call *k, unsigned status, struct str type, struct str body)
{
	struct str kept = arena_printf(&k->arena, "%.*s", STR_ARG(type));
	struct api_answer a = { .status = (int)status, .type = kept.p ? kept.p : "text/plain" };

	buf_init(&a.body, CHANNEL_PAYLOAD_MAX);
	buf_put(&a.body, body);
	answer(k, &a);
}

void
edge_call_abandon(struct edge_call *k)
{
	struct log_line ll;

	if (edge_log(k->conn, "no-answer-from-engine", &ll)) {
		log_z(&ll, "request", k->request_id);
		log_end(&ll);
	}
	edge_conn_end(k->conn);
}

/* ---- reading ---- */

static void
read_call(void *ctx)
{
	struct edge_call *k = ctx;
	struct str body = buf_str(&k->body);
	enum api_op op = k->match.route->op;
	struct mailgun_call mg = { k->match.params[0], k->content_type, body };

	k->world.tenant = k->id.tenant;
	switch (k->match.dialect) {
	case API_MAILJET:
		k->err = is_v3(k) ? mailjet_v3_send_read(&k->send, body, &k->world)
		                  : mailjet_send_read(&k->send, body, &k->world);
		break;
	case API_SENDGRID:
		k->err = sendgrid_send_read(&k->send, body, &k->world);
		break;
	case API_POSTMARK:
		k->err = postmark_send_read(
			&k->send, postmark_call(op), body, k->test, &k->world);
		break;
	case API_MAILGUN:
		k->err = op == API_SEND_MIME
		                 ? mailgun_mime_read(&k->send, &mg, &k->world, &k->raw)
		                 : mailgun_send_read(&k->send, &mg, &k->world);
		break;
	case API_NATIVE:
		k->err = k->again ? native_resend_read(&k->send, body, &k->raw)
		                  : native_send_read(&k->send, body, &k->world);
		break;
	}
}

static void
was_read(struct edge_call *k)
{
	k->weight = 0;
	if (k->err)
		edge_call_refuse(k, 413, STR_LIT("This call is too long."));
	else if (k->send.errors.n > 0)
		edge_call_answer(k);
	else
		edge_send_start(k);
}

void
edge_call_mail(struct edge_call *k, struct str body, bool again)
{
	k->desk_seq = 0;
	k->again = again;
	json_decref(k->send.root);
	k->send.root = NULL;
	k->json = STR_NONE;
	buf_done(&k->body);
	buf_init(&k->body, CHANNEL_PAYLOAD_MAX);
	if (buf_put(&k->body, body) < 0 || !edge_call_charge(k, k->body.cap)) {
		k->retry_s = 10;
		edge_call_refuse(
			k, 503, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	stream_deadline(k->conn->stream, 2 * EDGE_ASK_US);
	k->world.now = loop_wall(k->edge->loop);
	edge_track_account(k);
	edge_call_work(k, read_call, was_read);
}

/* For desk: what it gets was written by us (P12). */
static void
read_json(void *ctx)
{
	struct edge_call *k = ctx;
	struct str text = buf_str(&k->body), why;
	char *again = NULL;
	struct json_in in;

	k->json = k->read_why = STR_NONE;
	if (str_trim_all(text).n == 0)
		return;
	json_in_init(&in, &k->arena);
	if (json_in_text(&in, text, &k->send.root, &why) < 0) {
		k->read_why = native_problem_json(&k->arena, why);
		if (!k->read_why.n)
			k->read_why = STR_LIT("This JSON cannot be read.");
		return;
	}
	again = json_dumps(k->send.root, JSON_COMPACT | JSON_ENCODE_ANY);
	if (again)
		k->json = arena_str(&k->arena, str_z(again));
	free(again); /* jansson's own allocation */
	if (!k->json.n)
		k->read_why = STR_LIT("This JSON cannot be read.");
}

static void
json_was_read(struct edge_call *k)
{
	if (k->read_why.n)
		edge_call_refuse(k, 400, k->read_why);
	else
		edge_desk_ask(k, k->json);
}

/* SHA-256 of the tenant and the client's key, and of the request: the key's text goes no
 * further. false: refused. */
static bool
key_begin(struct edge_call *k)
{
	const struct http_in *in = &k->conn->http->in;
	struct str key = http_in_field(in, "idempotency-key");
	crypto_hash_sha256_state h;

	if (!key.p)
		key = http_in_field(in, "x-idempotency-key");
	if (!key.p)
		return true;
	key = str_trim(key);
	if (key.n == 0 || key.n > EDGE_KEY_MAX) {
		edge_call_refuse(k, 400,
			STR_LIT("An Idempotency-Key has 1 to 255 characters; a UUID is a good "
				"one."));
		return false;
	}
	k->has_key = true;
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)&k->id.tenant, sizeof k->id.tenant);
	crypto_hash_sha256_update(&h, (const uint8_t *)key.p, key.n);
	crypto_hash_sha256_final(&h, k->key_hash);
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)in->path.p, in->path.n);
	crypto_hash_sha256_update(&h, (const uint8_t *)"", 1);
	crypto_hash_sha256_update(&h, (const uint8_t *)k->body.p, k->body.n);
	/* They decide how many ids a call takes: under others it is another request, since its
	 * answer is made again from its ids. */
	if (k->track)
		crypto_hash_sha256_update(&h, &k->track, sizeof k->track);
	crypto_hash_sha256_final(&h, k->body_hash);
	return true;
}

void
edge_api_end(struct edge_conn *c)
{
	struct edge_call *k = c->http->call;
	struct str type = http_in_field(&c->http->in, "content-type");

	c->http->waits = true;
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
	/* A body may take its time. */
	k->world.now = loop_wall(c->edge->loop);
	/* The client, and what it sent, may be gone while a thread reads. */
	k->content_type = arena_str(&k->arena, type.p ? type : STR_NONE);
	if (k->refused) {
		edge_call_refuse(k, k->refused, k->why);
		return;
	}
	if (API_IS_DESK(k->match.route->op)) {
		edge_call_work(k, read_json, json_was_read);
		return;
	}
	edge_track_account(k);
	/* Vendors' calls make many messages of one text while they are read. */
	if (k->match.route->dialect != API_NATIVE)
		k->weight = 16 * (uint64_t)k->body.n;
	if (key_begin(k))
		edge_call_work(k, read_call, was_read);
}

/* ---- the body ---- */

static void
over(struct edge_call *k, int status, struct str why)
{
	/* The rest of the body is not waited for. */
	k->conn->http->keep_alive = false;
	edge_call_refuse(k, status, why);
}

bool
edge_api_bytes(struct edge_conn *c, struct str bytes)
{
	struct edge_call *k = c->http->call;
	const struct config *cf = c->edge->config;
	uint64_t now = loop_mono(c->edge->loop), age = now - k->began;

	if (k->refused)
		return true;
	if (buf_put(&k->body, bytes) < 0) {
		over(k, 413, STR_LIT("This request is too long."));
		return false;
	}
	if (!edge_call_charge(k, k->body.cap)) {
		k->retry_s = 10;
		over(k, 503, STR_LIT("The service is busy; try again in a moment."));
		return false;
	}
	if (age > EDGE_RATE_US && k->body.n / (age / EDGE_SECOND) < cf->limits.min_rate) {
		over(k, 408, STR_LIT("The request came too slowly."));
		return false;
	}
	edge_conn_active(c, BODY_US);
	return true;
}

/* What was wrong is told behind the body, when it is short enough to wait for. */
void
edge_call_refuse_head(struct edge_call *k, int status, struct str why)
{
	struct edge_conn *c = k->conn;
	const struct http_in *in = &c->http->in;

	k->refused = status;
	k->why = why;
	if (in->expect_continue || in->length > DROP_MAX) {
		over(k, status, why);
		return;
	}
	c->http->waits = false;
	http_in_go(&c->http->in, DROP_MAX);
	edge_http_run(c);
}

static void
read_body(struct edge_call *k)
{
	struct edge_conn *c = k->conn;
	const struct http_in *in = &c->http->in;

	/* A body that is too long is not asked for: http_in_go refuses it. */
	if (in->expect_continue &&
		(in->length == UINT64_MAX || in->length <= k->match.route->body_max))
		stream_write(c->stream, STR_LIT("HTTP/1.1 100 Continue\r\n\r\n"));
	k->began = loop_mono(k->edge->loop);
	buf_init(&k->body, k->match.route->body_max);
	c->http->waits = false;
	http_in_go(&c->http->in, k->match.route->body_max);
	edge_http_run(c);
}

static void
on_entered(void *ctx, const void *answer)
{
	struct edge_call *k = ((struct edge_conn *)ctx)->http->call;
	const struct msg_entered *m = answer;

	if (edge_seat_entered(k->edge, &k->seat, m)) {
		read_body(k);
		return;
	}
	k->retry_s = m ? RETRY_SESSION_S : RETRY_BUSY_S;
	k->why = m ? arena_str(&k->arena, m->reply.text)
	           : STR_LIT("The service is busy; try again in a moment.");
	edge_call_refuse_head(k, m ? 429 : 503, k->why.p ? k->why : STR_NONE);
}

void
edge_call_enter(struct edge_call *k)
{
	struct edge_conn *c = k->conn;
	struct str why;

	if (!edge_rate_take(k, &why)) {
		edge_call_refuse_head(k, 429, why);
		return;
	}
	if (!edge_session_may(k))
		return;
	if (k->edge->draining) {
		k->retry_s = RETRY_STOPPING_S;
		edge_call_refuse_head(
			k, 503, STR_LIT("The service is stopping; try again in a minute."));
		return;
	}
	if (API_IS_DESK(k->match.route->op)) {
		read_body(k);
		return;
	}
	why = edge_full(k->edge, &k->id, &k->retry_s);
	if (why.p) {
		why = arena_str(&k->arena, why);
		edge_call_refuse_head(k, 429, why.p ? why : STR_NONE);
	} else if (edge_seat_take(c, &k->seat, &k->id, on_entered)) {
		read_body(k);
	}
}

/* ---- who calls ---- */

void
edge_api_timer(struct edge_conn *c)
{
	struct edge_call *k = c->http->call;

	if (k)
		edge_call_refuse_head(k, 401, k->why);
}

static void
on_authed(void *ctx, const void *m)
{
	struct edge_conn *c = ctx;
	struct edge_call *k = c->http->call;
	const struct msg_authed *a = m;
	char text[400];
	struct buf key = { text, 0, sizeof text, sizeof text, false };

	if (!a) {
		k->retry_s = 10;
		edge_call_refuse_head(
			k, 503, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	if (a->ok) {
		k->id = edge_auth_id(c, a);
		edge_auth_key(&key, k->way, c->client, &k->auth);
		edge_auth_learn(c->edge, buf_str(&key), &k->id);
		edge_call_enter(k);
		return;
	}
	edge_auth_failed(c, k->user, a);
	k->why = arena_str(&k->arena, a->reply.text);
	if (!k->why.p)
		k->why = STR_NONE;
	if (a->wait_ms > 0) {
		uint64_t wait = a->wait_ms * UINT64_C(1000);

		edge_conn_timer(c, EDGE_TIMER_REPLY, wait < DELAY_MAX_US ? wait : DELAY_MAX_US);
		return;
	}
	edge_call_refuse_head(k, 401, k->why);
}

static void
enter(struct edge_call *k, const struct api_credential *cred)
{
	struct edge_conn *c = k->conn;
	char text[400];
	struct buf key = { text, 0, sizeof text, sizeof text, false };

	k->test = cred->test;
	k->user = cred->user;
	if (k->test) {
		k->id = (struct edge_id){ .known = true, .any_domain = true };
		edge_call_enter(k);
		return;
	}
	/* Nobody else reads what stays on this machine; a proxy in front of us ends TLS. */
	k->way = edge_conn_private(c) ? AUTH_TLS : AUTH_PLAIN;
	edge_auth_spell(k->edge, cred->user, cred->password, &k->auth);
	edge_auth_key(&key, k->way, c->client, &k->auth);
	if (edge_auth_known(k->edge, buf_str(&key), &k->id))
		edge_call_enter(k);
	else
		edge_auth_ask(c, k->way, &k->auth, on_authed);
}

static void
begin(struct edge_call *k, int found)
{
	struct edge_conn *c = k->conn;
	struct api_credential cred;
	int err;

	if (found < 0) {
		edge_call_refuse_head(k, found == -ENOENT ? 404 : 405,
			found == -ENOENT ? STR_LIT("There is nothing at this address.")
					 : STR_LIT("This address does not take this method."));
		return;
	}
	if (edge_session_begin(k))
		return;
	err = api_credential_read(&k->arena, &c->http->in, &cred);
	if (err)
		edge_call_refuse_head(k, 401,
			STR_LIT("An API key is missing or cannot be read: send the key and its "
				"secret as user and password (Authorization: Basic …)."));
	else
		enter(k, &cred);
}

bool
edge_api_begin(struct edge_conn *c)
{
	struct http_in *in = &c->http->in;
	struct edge_call *k = edge_call_new(c);
	/* HEAD is GET without its content (RFC 9110 9.3.2). */
	struct str method = c->http->head ? STR_LIT("GET") : in->method;
	int found = api_route_find(&k->arena, method, in->path, &k->match);

	language_take(k);
	if ((found == -ENOENT && k->match.dialect == API_NATIVE &&
		    !str_starts(in->path, STR_LIT("/v1/"))) ||
		found == -E2BIG) {
		edge_call_free(k);
		return false;
	}
	c->http->call = k;
	c->http->waits = true;
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
	begin(k, found);
	return true;
}

bool
edge_api_bad(struct edge_conn *c)
{
	struct edge_call *k = c->http->call;
	const struct http_in *in = &c->http->in;

	if (!k)
		return false;
	over(k, k->refused ? k->refused : in->status,
		k->refused ? k->why
			   : str_z(in->why ? in->why : "This request cannot be read."));
	return true;
}
