#include "api/rest.h"

#include "api/mailgun_send.h"
#include "api/native_send.h"
#include "api/postmark_answer.h"
#include "api/sendgrid_error.h"
#include "api/sendgrid_send.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/utc.h"
#include "wire/form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (64u << 10)

/* ---- the query ---- */

struct str
rest_query(struct arena *a, struct str query, const char *name)
{
	while (query.n) {
		struct str value = str_cut(&query, '&'), key = str_cut(&value, '=');

		if (str_ieq_z(form_unescape(a, key, true), name))
			return form_unescape(a, value.p ? value : STR_NONE, true);
	}
	return (struct str){ NULL, 0 };
}

bool
rest_true(struct str s)
{
	return str_eq_z(s, "1") || str_ieq_z(s, "true") || str_ieq_z(s, "yes");
}

int
rest_when(struct str s, bool end, int64_t *ret_wall)
{
	char text[UTC_TEXT_SIZE + 16];
	uint64_t seconds;
	bool day = s.n == 10 && str_find(s, '-') == 4;
	bool bare = !day && s.n >= 19 && str_find(s, 'T') == 10 &&
	            str_find(str_from(s, 19), 'Z') + 19 == s.n &&
	            str_find(str_from(s, 19), '+') + 19 == s.n &&
	            str_find(str_from(s, 19), '-') + 19 == s.n;
	int err;

	if (s.n < 13 && str_u64(s, &seconds) == 0 && seconds <= INT64_MAX / UTC_SEC) {
		*ret_wall = (int64_t)seconds * UTC_SEC;
		return 0;
	}
	if (!day && !bare)
		return utc_parse(s, ret_wall);
	if (s.n > UTC_TEXT_SIZE)
		return -EINVAL;
	snprintf(text, sizeof text, "%.*s%s", STR_ARG(s), day ? "T00:00:00Z" : "Z");
	err = utc_parse(str_z(text), ret_wall);
	if (!err && day && end)
		*ret_wall += UTC_DAY;
	return err;
}

uint64_t
rest_number(struct str name)
{
	/* FNV-1a: not secret, and nobody gains from two names with one number. */
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)ascii_lower(name.p[i])) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 48) & ((UINT64_C(1) << 48) - 1);
	return h ? h : 1;
}

bool
rest_is(struct str asked, struct str name)
{
	uint64_t number;

	if (str_ieq(asked, name))
		return true;
	return str_u64(asked, &number) == 0 && number == rest_number(name);
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *
rest_names(const json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	const char **names = mem_new(n + 1, sizeof *names), *name;
	json_t *list = json_array(), *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) names[i++] = name;
	qsort(names, n, sizeof *names, by_bytes);
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(names[i]));
	mem_free(names);
	return list;
}

/* ---- refusals ---- */

static void
answer_init(struct api_answer *a, int status)
{
	api_answer_init(a, status, "application/json", ANSWER_MAX);
}

static void
mailjet(int status, struct str why, struct api_answer *ret_a)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 400, "Bad request" },
		{ 403, "Operation not allowed" },
		{ 404, "Object not found" },
		{ 405, "Method not allowed" },
		{ 413, "Request too large" },
		{ 429, "Too many requests" },
		{ 503, "The service is busy; try again later" },
	};

	answer_init(ret_a, status);
	/* Not a word on this one, as the vendor does. */
	if (status == 401)
		return;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status && why.n == 0)
			why = str_z(table[i].text);
	buf_put_z(&ret_a->body, "{\"ErrorInfo\":\"\",\"ErrorMessage\":");
	text_json(&ret_a->body, why.n ? why : STR_LIT("Internal error"));
	buf_printf(&ret_a->body, ",\"StatusCode\":%d}", status);
}

static void
sendgrid(int status, struct str why, const struct api_world *w, struct api_answer *ret_a)
{
	struct api_error e = { .status = status, .code = "", .text = why };

	/* For these the vendor has words. */
	if (why.n == 0 || status == 401 || status == 404 || status == 405 || status == 429) {
		sendgrid_send_refuse(status, w, ret_a);
		return;
	}
	answer_init(ret_a, status);
	sendgrid_error_write(&ret_a->body, &e, 1, w->request_id);
}

void
rest_refuse_code(int status, const char *code, struct str why, struct api_answer *ret_a)
{
	answer_init(ret_a, status);
	buf_printf(&ret_a->body, "{\"ErrorCode\":%s,\"Message\":", code);
	text_json(&ret_a->body, why);
	buf_put_c(&ret_a->body, '}');
}

static void
postmark(int status, struct str why, const struct api_world *w, struct api_answer *ret_a)
{
	if (why.n == 0 || status == 401 || status == 503)
		postmark_answer_refuse(status, w, ret_a);
	else if (status == 403)
		rest_refuse_code(401, "10", why, ret_a);
	else if (status == 400 || status == 409)
		/* Each mistake of a request is a 422. */
		rest_refuse_code(422, "700", why, ret_a);
	else
		rest_refuse_code(status,
			status == 404   ? "404"
			: status == 429 ? "429"
					: "500",
			why, ret_a);
}

static void
mailgun(int status, struct str why, const struct api_world *w, struct api_answer *ret_a)
{
	if (why.n == 0 || status == 401) {
		mailgun_send_refuse(status, w, ret_a);
		return;
	}
	answer_init(ret_a, status);
	buf_put_z(&ret_a->body, "{\"message\":");
	text_json(&ret_a->body, why);
	buf_put_c(&ret_a->body, '}');
}

void
rest_refuse(enum api_dialect d, int status, struct str why, const struct api_world *w,
	struct api_answer *ret_a)
{
	switch (d) {
	case API_MAILJET:
		mailjet(status, why, ret_a);
		break;
	case API_SENDGRID:
		sendgrid(status, why, w, ret_a);
		break;
	case API_POSTMARK:
		postmark(status, why, w, ret_a);
		break;
	case API_MAILGUN:
		mailgun(status, why, w, ret_a);
		break;
	case API_NATIVE:
	default:
		native_problem(status, why, NULL, w, ret_a);
		break;
	}
}

/* ---- a recipient ---- */

static void
count_signal(struct rest_mail *m, const struct fact *f)
{
	if (f->robot)
		return;
	m->opens += f->kind == FACT_OPENED;
	m->clicks += f->kind == FACT_CLICKED;
	m->unsubscribed |= f->kind == FACT_UNSUBSCRIBED;
	m->complained |= f->kind == FACT_COMPLAINED;
}

int
rest_mail_of(struct arena *a, const struct ledger_row *row, const uint8_t key[UUID_KEY_SIZE],
	struct rest_mail *ret_m)
{
	struct rest_mail m = { .state = reason_state(row->last), .updated = row->accepted };
	struct fact f, told = { .kind = (uint8_t)m.state, .at = row->accepted };
	struct event_source source = { row, &told, 0, key };
	struct rd r = rd_of(row->facts);
	int err;

	while (r.n && fact_read(&r, &f) == 0) {
		count_signal(&m, &f);
		if (f.at > m.updated)
			m.updated = f.at;
		if (reason_state(f.kind) == m.state)
			told = f;
	}
	err = event_of(a, &source, &m.last);
	if (!err)
		*ret_m = m;
	return err;
}

void
rest_mail_done(struct rest_mail *m)
{
	event_done(&m->last);
}

int
rest_events(struct arena *a, const struct ledger_row *row, const uint8_t key[UUID_KEY_SIZE],
	int (*fn)(void *ctx, const struct event *e), void *ctx)
{
	struct fact f;
	struct event_source source = { row, &f, 0, key };
	struct rd r = rd_of(row->facts);
	struct event e;
	unsigned n = 0;
	int err = 0;

	while (!err && n++ < REST_EVENTS_MAX && r.n && fact_read(&r, &f) == 0) {
		err = event_of(a, &source, &e);
		if (err)
			break;
		err = fn(ctx, &e);
		event_done(&e);
	}
	return err;
}
