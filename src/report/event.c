#include "report/event.h"

#include <errno.h>
#include <jansson.h>

#define SENTENCE_MAX 16384
#define ID_END       (UINT64_C(1) << 53)

/* ---- out of the row ---- */

static bool
is_before(const struct fact *f, const struct fact *self)
{
	if (f->number == FACT_SIGNAL || self->number == FACT_SIGNAL)
		return f->at < self->at;
	return f->number < self->number;
}

/* What the row's other facts add: the acceptance, attempts before this one, and for an expiry
 * the last of them. */
static void
walk(struct event *e, const struct event_source *source, struct fact *told)
{
	struct rd r = rd_of(source->row->facts);
	const struct fact *self = source->fact;
	struct fact f;

	e->attempt = reason_is_attempt(self);
	e->first = (self->kind == FACT_OPENED || self->kind == FACT_CLICKED) && !self->robot;
	while (r.n && fact_read(&r, &f) == 0) {
		if (f.kind == FACT_ACCEPTED) {
			e->stream = f.stream;
			e->via = f.via;
			e->size = f.size;
			told->about = f.about;
		}
		if (!is_before(&f, self))
			continue;
		if (f.kind == self->kind && !f.robot)
			e->first = false;
		if (!reason_is_attempt(&f))
			continue;
		e->attempt++;
		if (self->kind == FACT_EXPIRED && !reason_is_attempt(self)) {
			told->reply = f.reply;
			told->stage = f.stage;
			told->class = f.class;
			told->blame = f.blame;
			told->host = f.host;
			told->address = f.address;
			told->tls = f.tls;
		}
	}
}

/* ---- copies ---- */

static int
copy(struct arena *a, struct str *s)
{
	if (s->n == 0) {
		*s = STR_NONE;
		return 0;
	}
	*s = arena_str(a, *s);
	return s->p ? 0 : -E2BIG;
}

static int
copy_all(struct arena *a, struct event *e)
{
	struct fact *f = &e->fact;
	struct str *texts[] = { &e->recipient, &e->sender, &e->subject, &e->internet_id,
		&f->host, &f->address, &f->tls, &f->reply.text, &f->recipient, &f->sender,
		&f->message_id, &f->subject, &f->client, &f->about, &f->ip, &f->agent,
		&f->url };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (copy(a, texts[i]))
			return -E2BIG;
	return 0;
}

static int
sentence(struct arena *a, const struct event *e, const struct event_source *source, bool french,
	struct str *ret_text)
{
	struct buf b;
	int err;

	buf_init(&b, SENTENCE_MAX);
	err = reason_sentence(&b, &e->reason, source->row, &e->fact, french);
	*ret_text = err ? STR_NONE : buf_str(&b);
	err = err ? err : copy(a, ret_text);
	buf_done(&b);
	return err;
}

static void
ids_write(struct event *e, const struct event_source *source)
{
	const struct event_id id = { source->seq, e->rcpt, e->fact.number };

	event_id_write(e->id, source->key, &id);
	typed_id_write(e->rcpt_id, source->key, "rcp", e->rcpt);
	typed_id_write(e->message_id, source->key, "msg", e->message);
	uuid_write(e->rcpt_uuid, source->key, e->rcpt);
	uuid_write(e->message_uuid, source->key, e->message);
	uuid_write(e->first_uuid, source->key, e->message + 1);
}

/* FACT_UNSUBSCRIBED has no target; its url says which group of the page's was left
 * (role/edge_track.c). */
static void
left_of(struct event *e)
{
	const struct str prefix = STR_LIT("group:");

	if (e->kind == FACT_UNSUBSCRIBED && str_starts(e->fact.url, prefix) &&
		str_u32(str_from(e->fact.url, prefix.n), &e->left) == 0)
		e->fact.url = STR_NONE;
}

int
event_of(struct arena *a, const struct event_source *source, struct event *ret_e)
{
	const struct ledger_row *row = source->row;
	enum fact_kind kind = (enum fact_kind)source->fact->kind;
	struct event e = { .kind = kind == FACT_RELAYED ? FACT_DELIVERED : kind,
		.tenant = row->tenant,
		.message = row->message,
		.rcpt = row->rcpt,
		.fact = *source->fact,
		.recipient = row->recipient,
		.sender = row->sender,
		.subject = row->subject,
		.internet_id = row->message_id,
		.accepted = row->accepted };

	left_of(&e);
	if (row->rcpt >= ID_END || row->message >= ID_END - 1)
		return -EBADMSG;
	walk(&e, source, &e.fact);
	e.reason = reason_of(reason_state((uint8_t)e.kind), &e.fact);
	if (copy_all(a, &e) || sentence(a, &e, source, false, &e.en) ||
		sentence(a, &e, source, true, &e.fr))
		return -E2BIG;
	ids_write(&e, source);
	e.about = e.fact.about.n ? json_loadb(e.fact.about.p, e.fact.about.n, 0, NULL) : NULL;
	if (e.about && !json_is_object(e.about)) {
		json_decref(e.about);
		e.about = NULL;
	}
	*ret_e = e;
	return 0;
}

void
event_done(struct event *e)
{
	json_decref(e->about);
	e->about = NULL;
}

/* ---- what is given back ---- */

static struct str
text_of(const json_t *j)
{
	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

struct str
event_about(const struct event *e, const char *name)
{
	return text_of(json_object_get(e->about, name));
}

const struct json_t *
event_tags(const struct event *e)
{
	const json_t *tags = json_object_get(e->about, "tags");

	return json_array_size(tags) ? tags : NULL;
}

struct str
event_tag(const struct event *e)
{
	return text_of(json_array_get(event_tags(e), 0));
}

const struct json_t *
event_metadata(const struct event *e)
{
	const json_t *metadata = json_object_get(e->about, "metadata");

	return json_object_size(metadata) ? metadata : NULL;
}

struct str
event_own_stream(const struct event *e)
{
	return event_about(e, "stream");
}

int64_t
event_group(const struct event *e)
{
	uint64_t group;

	if (e->left)
		return e->left;
	/* As it was called before accounts had groups. */
	if (str_u64(event_about(e, "group"), &group) &&
		str_u64(event_about(e, "asm_group"), &group))
		return 0;
	if (group > INT64_MAX)
		return 0;
	return (int64_t)group;
}

/* ---- what it means ---- */

bool
event_is_hard(const struct event *e)
{
	if (e->kind != FACT_BOUNCED && e->kind != FACT_RETURNED)
		return false;
	return e->reason.permanent && e->reason.blame == BLAME_ADDRESS &&
	       (e->reason.class == CLASS_MAILBOX || e->reason.class == CLASS_DNS);
}

bool
event_suppresses(const struct event *e)
{
	return event_is_hard(e) && e->reason.class == CLASS_MAILBOX;
}

static bool
says(const struct event *e, struct str word)
{
	struct str text = e->fact.reply.text;

	return str_find_str(text, word) < text.n;
}

enum fact_kind
event_suppressor(const struct event *e)
{
	if (says(e, STR_LIT("unsubscri")))
		return FACT_UNSUBSCRIBED;
	if (says(e, STR_LIT("complain")) || says(e, STR_LIT("spam")))
		return FACT_COMPLAINED;
	return FACT_BOUNCED;
}

void
event_answer(struct buf *b, const struct event *e)
{
	const struct reply *r = &e->fact.reply;
	struct str text = r->text;
	size_t begin = b->n;

	if (r->code == 0 && text.n == 0) {
		buf_put(b, e->en);
		return;
	}
	if (r->code)
		buf_put_u64(b, r->code);
	if (r->dsn.class)
		buf_printf(b, "%s%u.%u.%u", b->n > begin ? " " : "", r->dsn.class,
			r->dsn.subject, r->dsn.detail);
	if (text.n && b->n > begin)
		buf_put_c(b, ' ');
	for (size_t i = 0; i < text.n; i++)
		buf_put_c(b, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
}
