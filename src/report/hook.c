#include "report/hook.h"

#include "base/must.h"
#include "base/utc.h"
#include "report/hook_mailgun.h"
#include "report/hook_mailjet.h"
#include "report/hook_postmark.h"
#include "report/hook_sendgrid.h"

#include <errno.h>
#include <jansson.h>

#define VALUES_MAX 1024u /* bytes of all fields */

static const struct format {
	const char *name;
	const char *(*word)(enum fact_kind k);
	json_t *(*write)(const struct event *e);
	bool array, needs_secret;
} formats[HOOK_FORMATS] = {
	[HOOK_NATIVE] = { "native", NULL, hook_native, false, true },
	[HOOK_MAILJET_1] = { "mailjet-1", hook_mailjet_word, hook_mailjet, false, false },
	[HOOK_MAILJET_2] = { "mailjet-2", hook_mailjet_word, hook_mailjet, true, false },
	[HOOK_SENDGRID] = { "sendgrid", hook_sendgrid_word, hook_sendgrid, true, false },
	[HOOK_POSTMARK] = { "postmark", hook_postmark_word, hook_postmark, false, false },
	[HOOK_MAILGUN] = { "mailgun", hook_mailgun_word, hook_mailgun, false, true },
};

_Static_assert(FACT_KINDS <= 32, "a set of kinds is 32 bits");

/* ---- names ---- */

const char *
hook_format_name(enum hook_format f)
{
	return (unsigned)f < HOOK_FORMATS ? formats[f].name : "?";
}

int
hook_format_of(struct str name, enum hook_format *ret_f)
{
	for (unsigned i = 0; i < HOOK_FORMATS; i++) {
		if (!str_eq_z(name, formats[i].name))
			continue;
		*ret_f = (enum hook_format)i;
		return 0;
	}
	return -EINVAL;
}

const char *
hook_word(enum hook_format f, enum fact_kind k)
{
	must((unsigned)f < HOOK_FORMATS);
	if ((unsigned)k == 0 || (unsigned)k >= FACT_KINDS || k == FACT_RELAYED)
		return NULL;
	return formats[f].word ? formats[f].word(k) : fact_name(k);
}

uint32_t
hook_kinds(enum hook_format f, struct str word)
{
	uint32_t kinds = 0;

	for (unsigned k = 1; k < FACT_KINDS; k++) {
		const char *name = hook_word(f, (enum fact_kind)k);

		if (name && (word.n == 0 || str_ieq_z(word, name)))
			kinds |= 1u << k;
	}
	return kinds;
}

bool
hook_wants(const struct hook_endpoint *e, const struct event *event)
{
	if (!(e->kinds >> event->kind & 1) || !hook_word(e->format, event->kind))
		return false;
	return !event->fact.robot || !e->people_only;
}

/* ---- body ---- */

/* One event as text: 0, -ENOENT when the endpoint hears nothing of it, -E2BIG. */
static int
event_write(struct buf *b, const struct hook_endpoint *e, const struct event *event)
{
	json_t *o = hook_wants(e, event) ? formats[e->format].write(event) : NULL;
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	int err = text ? buf_put_z(b, text) : -ENOENT;

	free(text);
	json_decref(o);
	return err;
}

static int
single(struct buf *b, const struct hook_endpoint *e, const struct event *event, int64_t now)
{
	json_t *signature;
	char *text;
	int err;

	if (e->format != HOOK_MAILGUN)
		return event_write(b, e, event);
	signature = hook_mailgun_signature(e->secrets[0], event, now / UTC_SEC);
	text = json_dumps(signature, JSON_COMPACT);
	buf_printf(b, "{\"signature\":%s,\"event-data\":", text ? text : "null");
	free(text);
	json_decref(signature);
	err = event_write(b, e, event);
	if (err)
		buf_clear(b);
	return err ? err : buf_put_c(b, '}');
}

static void
told(struct hook_post *p, const struct event *event)
{
	if (p->told++ == 0)
		memcpy(p->id, event->id, sizeof p->id);
}

static int
singles(struct hook_post *p, const struct hook_endpoint *e, const struct event *events,
	size_t n, int64_t now)
{
	int err = -ENOENT;

	while (err == -ENOENT && p->taken < n)
		err = single(&p->body, e, &events[p->taken++], now);
	if (err == 0)
		told(p, &events[p->taken - 1]);
	return err == -ENOENT ? 0 : err;
}

/* An event that alone is over the limit of an array still goes, alone. */
static int
array(struct hook_post *p, const struct hook_endpoint *e, const struct event *events, size_t n)
{
	int err = 0;

	for (; p->taken < n && p->told < HOOK_EVENTS_MAX; p->taken++) {
		size_t begin = p->body.n;

		buf_put_c(&p->body, p->told ? ',' : '[');
		err = event_write(&p->body, e, &events[p->taken]);
		if (err || (p->told && p->body.n >= HOOK_ARRAY_MAX))
			buf_cut(&p->body, begin);
		if (err == -ENOENT)
			continue;
		if (err || p->body.n == begin)
			break;
		told(p, &events[p->taken]);
	}
	if (err == -E2BIG && p->told == 0)
		return err;
	return p->told ? buf_put_c(&p->body, ']') : 0;
}

/* ---- fields ---- */

/* The values lie behind each other in one buffer, which never moves. */
static void
field(struct hook_post *p, const char *name, size_t begin)
{
	must(p->nfields < HOOK_FIELDS_MAX);
	p->fields[p->nfields++] =
		(struct hook_field){ name, str_from(buf_str(&p->values), begin) };
}

static void
field_text(struct hook_post *p, const char *name, const char *value)
{
	size_t begin = p->values.n;

	must(buf_put_z(&p->values, value) == 0);
	field(p, name, begin);
}

static int
fields_standard(struct hook_post *p, const struct hook_endpoint *e, const char *second)
{
	struct hook_signed what = { .id = str_z(p->id), .body = buf_str(&p->body) };
	size_t begin;
	uint64_t v;
	int err;

	if (e->secrets[0].n == 0 && e->secrets[1].n == 0 && !formats[e->format].needs_secret)
		return 0;
	must(str_u64(str_z(second), &v) == 0);
	what.second = (int64_t)v;
	field_text(p, "webhook-id", p->id);
	field_text(p, "webhook-timestamp", second);
	begin = p->values.n;
	err = hook_native_sign(&p->values, e->secrets, &what);
	if (!err)
		field(p, "webhook-signature", begin);
	return err;
}

static int
fields_sendgrid(struct hook_post *p, const struct hook_endpoint *e, const char *second)
{
	size_t begin;
	int err;

	if (e->key.n == 0)
		return 0;
	field_text(p, "X-Twilio-Email-Event-Webhook-Timestamp", second);
	begin = p->values.n;
	err = hook_sendgrid_sign(&p->values, e->key, str_z(second), buf_str(&p->body));
	if (!err)
		field(p, "X-Twilio-Email-Event-Webhook-Signature", begin);
	return err;
}

static int
fields(struct hook_post *p, const struct hook_endpoint *e, int64_t now)
{
	char second[24];

	snprintf(second, sizeof second, "%llu", (unsigned long long)(now / UTC_SEC));
	must(buf_room(&p->values, VALUES_MAX));
	field_text(p, "Content-Type", "application/json");
	switch (e->format) {
	case HOOK_SENDGRID:
		return fields_sendgrid(p, e, second);
	case HOOK_MAILGUN:
		return 0;
	default:
		return fields_standard(p, e, second);
	}
}

/* ---- all of it ---- */

static bool
is_usable(const struct hook_endpoint *e)
{
	for (size_t i = 0; i < e->url.n; i++)
		if (e->url.p[i] <= ' ' || e->url.p[i] > '~')
			return false;
	return e->url.n > 0 && (e->format != HOOK_MAILGUN || e->secrets[0].n > 0);
}

int
hook_write(const struct hook_endpoint *e, const struct event *events, size_t n, int64_t now,
	struct hook_post *ret_post)
{
	struct hook_post p = { .url = e->url };
	int err;

	must((unsigned)e->format < HOOK_FORMATS && now >= 0);
	if (!is_usable(e))
		return -EINVAL;
	buf_init(&p.body, HOOK_BODY_MAX);
	buf_init(&p.values, VALUES_MAX);
	err = formats[e->format].array ? array(&p, e, events, n)
	                               : singles(&p, e, events, n, now);
	if (!err && p.told)
		err = fields(&p, e, now);
	if (err)
		hook_post_done(&p);
	else
		*ret_post = p;
	return err;
}

void
hook_post_done(struct hook_post *post)
{
	buf_done(&post->body);
	buf_done(&post->values);
	post->nfields = 0;
}
