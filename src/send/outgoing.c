#include "send/outgoing.h"

#include "base/map.h"
#include "base/text.h"
#include "content/compose_text.h"
#include "send/consent.h"
#include "wire/address.h"
#include "wire/header.h"

#include <errno.h>

#define NAME_BYTES  320u /* bytes of a display name */
#define HOUR_US     INT64_C(3600000000)
#define NO_INDEX    SIZE_MAX
#define ADDRESS_BAD "this is no e-mail address such as name@example.com"

/* ---- problems ---- */

static void
add(struct outgoing_problems *p, const struct outgoing_problem *one)
{
	if (p->n == OUTGOING_PROBLEMS)
		p->dropped++;
	else
		p->at[p->n++] = *one;
}

static void
say(struct outgoing_problems *p, enum outgoing_code code, enum outgoing_where where)
{
	add(p, &(struct outgoing_problem){
		       .code = code, .where = where, .index = NO_INDEX, .value = STR_NONE });
}

static void
say_max(struct outgoing_problems *p, enum outgoing_code code, enum outgoing_where where,
	uint64_t max)
{
	add(p, &(struct outgoing_problem){ .code = code,
		       .where = where,
		       .index = NO_INDEX,
		       .detail = max,
		       .value = STR_NONE });
}

/* ---- addresses ---- */

bool
outgoing_address_ok(struct str email)
{
	struct address parsed;

	return address_mailbox(email, ADDRESS_UTF8_OK, &parsed) == 0 && compose_clean(email);
}

static void
check_address(struct outgoing_problems *p, const struct outgoing_address *a,
	enum outgoing_where where, size_t index)
{
	struct outgoing_problem bad = { .code = OUTGOING_ADDRESS,
		.where = where,
		.index = index,
		.value = a->email,
		.why = ADDRESS_BAD };

	if (!outgoing_address_ok(a->email))
		add(p, &bad);
	bad.why = NULL;
	bad.value = a->name;
	bad.code = OUTGOING_LONG;
	bad.detail = NAME_BYTES;
	if (a->name.n > NAME_BYTES)
		add(p, &bad);
	bad.code = OUTGOING_VALUE;
	bad.detail = 0;
	bad.why = "a name holds control characters or bytes that are not UTF-8";
	if (!compose_clean(a->name))
		add(p, &bad);
}

static void
check_list(
	struct outgoing_problems *p, const struct outgoing_list *l, enum outgoing_where where)
{
	for (size_t i = 0; i < l->n; i++)
		check_address(p, &l->at[i], where, i);
}

static void
check_people(
	struct outgoing_problems *p, const struct outgoing *o, const struct outgoing_limits *l)
{
	size_t n = o->to.n + o->cc.n + o->bcc.n;

	if (o->from.email.n == 0)
		say(p, OUTGOING_MISSING, OUTGOING_FROM);
	else
		check_address(p, &o->from, OUTGOING_FROM, NO_INDEX);
	if (o->sender.email.n > 0)
		check_address(p, &o->sender, OUTGOING_SENDER, NO_INDEX);
	if (n == 0 || (l->needs_to && o->to.n == 0))
		say(p, OUTGOING_MISSING, OUTGOING_TO);
	if (n > l->recipients)
		say_max(p, OUTGOING_MANY, OUTGOING_TO, l->recipients);
	if (o->reply_to.n > OUTGOING_REPLY_MAX)
		say_max(p, OUTGOING_MANY, OUTGOING_REPLY_TO, OUTGOING_REPLY_MAX);
	check_list(p, &o->reply_to, OUTGOING_REPLY_TO);
	check_list(p, &o->to, OUTGOING_TO);
	check_list(p, &o->cc, OUTGOING_CC);
	check_list(p, &o->bcc, OUTGOING_BCC);
}

/* ---- fields, texts, files ---- */

/* What compose or the service writes, and what would steer it. */
static const char *const ours[] = { "from", "sender", "reply-to", "to", "cc", "bcc", "subject",
	"date", "mime-version", "content-type", "content-transfer-encoding",
	"content-disposition", "content-id", "return-path", "received", "dkim-signature",
	"resent-bcc", NULL };

static bool
named(struct str name, const char *const *list)
{
	for (; list && *list; list++)
		if (str_ieq_z(name, *list))
			return true;
	return false;
}

/* Fields that stand in a message once (RFC 5322 3.6) and that a client may give. */
static const char *const once[] = { "message-id", "in-reply-to", "references", NULL };

static bool
given_before(const struct outgoing *o, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_ieq(o->fields[k].name, o->fields[i].name))
			return true;
	return false;
}

/* msg-id of RFC 5322 3.6.4, as far as clients need it. It is written as it is. */
static bool
message_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 32 || s.p[i] > 126 ||
			((s.p[i] == '<' || s.p[i] == '>') && i > 0 && i + 1 < s.n))
			return false;
	return s.n >= 5 && s.n <= 250 && s.p[0] == '<' && s.p[s.n - 1] == '>' &&
	       str_find(s, '@') < s.n;
}

static const char *
wrong_with_field(const struct outgoing *o, size_t i)
{
	const struct compose_header *f = &o->fields[i];
	const char *why = compose_wrong_field(f);

	if (why)
		return why;
	if (str_ieq_z(f->name, "message-id") && !message_id(f->value))
		return "a Message-ID looks like <name@example.com>";
	if (str_ieq_z(f->name, CONSENT_FIELD) &&
		consent_field(f->value, &(enum outgoing_switch){ OUTGOING_DEFAULT }) < 0)
		return CONSENT_WRONG;
	return named(f->name, once) && given_before(o, i) ? "this field is given twice" : NULL;
}

static void
check_fields(
	struct outgoing_problems *p, const struct outgoing *o, const struct outgoing_limits *l)
{
	if (o->nfields > OUTGOING_FIELDS_MAX)
		say_max(p, OUTGOING_MANY, OUTGOING_FIELDS, OUTGOING_FIELDS_MAX);
	for (size_t i = 0; i < o->nfields && i <= OUTGOING_FIELDS_MAX; i++) {
		struct outgoing_problem bad = { .code = OUTGOING_VALUE,
			.where = OUTGOING_FIELDS,
			.index = i,
			.value = o->fields[i].name,
			.why = wrong_with_field(o, i) };

		if (named(bad.value, ours) || named(bad.value, l->reserved)) {
			bad.code = OUTGOING_RESERVED;
			bad.why = NULL;
		}
		if (!bad.why && bad.code == OUTGOING_VALUE &&
			o->fields[i].value.n > OUTGOING_FIELD_BYTES) {
			bad.code = OUTGOING_LONG;
			bad.detail = OUTGOING_FIELD_BYTES;
			bad.why = "a field's value is longer than 32 KiB";
		}
		if (bad.why || bad.code == OUTGOING_RESERVED)
			add(p, &bad);
	}
}

static void
check_files(struct outgoing_problems *p, const struct outgoing *o)
{
	if (o->nfiles > OUTGOING_FILES_MAX)
		say_max(p, OUTGOING_MANY, OUTGOING_FILES, OUTGOING_FILES_MAX);
	for (size_t i = 0; i < o->nfiles && i <= OUTGOING_FILES_MAX; i++) {
		const char *why = compose_wrong_file(&o->files[i]);

		if (why)
			add(p, &(struct outgoing_problem){ .code = OUTGOING_VALUE,
				       .where = OUTGOING_FILES,
				       .index = i,
				       .value = o->files[i].name,
				       .why = why });
	}
}

static void
check_parts(struct outgoing_problems *p, const struct outgoing *o)
{
	if (o->nothers > OUTGOING_PARTS_MAX)
		say_max(p, OUTGOING_MANY, OUTGOING_CONTENT, OUTGOING_PARTS_MAX);
	for (size_t i = 0; i < o->nothers && i <= OUTGOING_PARTS_MAX; i++) {
		struct outgoing_problem bad = { .code = OUTGOING_VALUE,
			.where = OUTGOING_CONTENT,
			.index = i,
			.value = STR_NONE,
			.why = compose_wrong_part(&o->others[i]) };

		if (!bad.why && !text_is_utf8(o->others[i].text))
			bad.why = "a part's text holds bytes that are not UTF-8";
		if (bad.why)
			add(p, &bad);
	}
}

static uint64_t
bytes_of(const struct outgoing *o)
{
	uint64_t n = o->text.n + o->html.n;

	for (size_t i = 0; i < o->nothers; i++)
		n += o->others[i].text.n;
	for (size_t i = 0; i < o->nfiles; i++)
		n += o->files[i].bytes.n;
	return n;
}

static void
check_content(
	struct outgoing_problems *p, const struct outgoing *o, const struct outgoing_limits *l)
{
	if (o->subject.n == 0 && l->needs_subject)
		say(p, OUTGOING_MISSING, OUTGOING_SUBJECT);
	if (l->subject && o->subject.n > l->subject)
		say_max(p, OUTGOING_LONG, OUTGOING_SUBJECT, l->subject);
	if (!compose_clean(o->subject))
		say(p, OUTGOING_VALUE, OUTGOING_SUBJECT);
	if (o->text.n + o->html.n + o->nothers == 0)
		say(p, OUTGOING_MISSING, OUTGOING_CONTENT);
	if (!text_is_utf8(o->text) || !text_is_utf8(o->html))
		say(p, OUTGOING_VALUE, OUTGOING_CONTENT);
	if (bytes_of(o) > l->bytes)
		say_max(p, OUTGOING_LONG, OUTGOING_WHOLE, l->bytes);
	if (o->about.n > OUTGOING_ABOUT_MAX)
		say_max(p, OUTGOING_LONG, OUTGOING_ABOUT, OUTGOING_ABOUT_MAX);
}

bool
outgoing_check(const struct outgoing *o, const struct outgoing_limits *l, int64_t now,
	struct outgoing_problems *p)
{
	size_t before = p->n + p->dropped;

	check_people(p, o, l);
	check_content(p, o, l);
	check_parts(p, o);
	check_files(p, o);
	check_fields(p, o, l);
	if (o->send_at > now && o->send_at - now > l->ahead)
		say_max(p, OUTGOING_LATE, OUTGOING_SEND_AT, (uint64_t)(l->ahead / HOUR_US));
	return p->n + p->dropped == before;
}

/* ---- envelope ---- */

/* local@domain with the domain in lower case: what makes two addresses one. */
static struct str
same_key(struct arena *a, struct str email)
{
	struct str key = arena_str(a, email);
	size_t at = str_rfind(email, '@');

	if (key.p)
		for (size_t i = at; i < key.n; i++)
			((char *)(uintptr_t)key.p)[i] = ascii_lower(key.p[i]);
	return key;
}

struct envelope {
	struct arena *arena;
	struct map seen; /* key → its msg_rcpt */
	struct msg_rcpts rcpts;
	uint16_t *of;
	size_t n;
};

static int
take(struct envelope *e, const struct outgoing_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct str key = same_key(e->arena, l->at[i].email);
		struct msg_rcpt *r = key.p ? map_get(&e->seen, key) : NULL;

		if (!key.p)
			return -E2BIG;
		if (!r) {
			r = &e->rcpts.at[e->rcpts.n];
			*r = (struct msg_rcpt){ .index = (uint16_t)e->rcpts.n++,
				.address = l->at[i].email,
				.orcpt = STR_NONE };
			map_put(&e->seen, key, r);
		}
		e->of[e->n++] = r->index;
	}
	return 0;
}

int
outgoing_rcpts(
	struct arena *a, const struct outgoing *o, struct msg_rcpts *ret_r, uint16_t **ret_of)
{
	const struct outgoing_list *lists[] = { &o->to, &o->cc, &o->bcc };
	struct envelope e = { .arena = a };
	size_t n = o->to.n + o->cc.n + o->bcc.n;
	int err = 0;

	if (n > UINT16_MAX)
		return -E2BIG;
	e.rcpts.at = arena_alloc(a, (n + 1) * sizeof *e.rcpts.at);
	e.of = arena_alloc(a, (n + 1) * sizeof *e.of);
	if (!e.rcpts.at || !e.of)
		return -E2BIG;
	map_init(&e.seen, 0);
	for (size_t i = 0; i < 3 && !err; i++)
		err = take(&e, lists[i]);
	map_done(&e.seen);
	if (err)
		return err;
	*ret_r = e.rcpts;
	if (ret_of)
		*ret_of = e.of;
	return 0;
}

/* ---- MIME ---- */

/* A mailbox list as compose reads it: names quoted, so that no name is an address. */
static struct str
mailboxes(struct arena *a, const struct outgoing_address *at, size_t n)
{
	struct str kept;
	struct buf b;

	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < n; i++) {
		const struct outgoing_address *m = &at[i];

		buf_put_z(&b, i > 0 ? ", " : "");
		if (m->name.n > 0)
			buf_put_c(&b, '"');
		for (size_t k = 0; k < m->name.n; k++) {
			if (m->name.p[k] == '"' || m->name.p[k] == '\\')
				buf_put_c(&b, '\\');
			buf_put_c(&b, m->name.p[k]);
		}
		buf_put_z(&b, m->name.n > 0 ? "\" <" : "");
		buf_put(&b, m->email);
		buf_put_z(&b, m->name.n > 0 ? ">" : "");
	}
	kept = b.full ? (struct str){ NULL, 0 } : arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}

/* Encoded words: 12 bytes and a fold around 42 or more, in base64. */
static uint64_t
header_most(struct str value)
{
	return 64 + 2 * (uint64_t)value.n;
}

static uint64_t
people_most(const struct outgoing_list *l)
{
	uint64_t n = 64;

	for (size_t i = 0; i < l->n; i++)
		n += l->at[i].email.n + header_most(l->at[i].name);
	return n;
}

static uint64_t
file_most(const struct compose_file *f)
{
	/* Base64 in lines of 76; the name by RFC 2231: three for one, in lines of 70. */
	return f->bytes.n + f->bytes.n / 3 + f->bytes.n / 28 + 5 * (uint64_t)f->name.n +
	       f->type.n + f->content_id.n;
}

#define PART_MOST  512u  /* boundary and fields of a part */
#define FRAME_MOST 4096u /* Date, Message-ID …, three multiparts */

uint64_t
outgoing_most(const struct outgoing *o)
{
	const struct outgoing_list *lists[] = { &o->reply_to, &o->to, &o->cc };
	uint64_t n = FRAME_MOST + header_most(o->subject);

	n += o->from.email.n + header_most(o->from.name);
	n += o->sender.email.n + header_most(o->sender.name);
	for (size_t i = 0; i < 3; i++)
		n += people_most(lists[i]);
	for (size_t i = 0; i < o->nfields; i++)
		n += o->fields[i].name.n + header_most(o->fields[i].value);
	for (size_t i = 0; i < o->nfiles; i++)
		n += PART_MOST + file_most(&o->files[i]);
	for (size_t i = 0; i < o->nothers; i++)
		n += PART_MOST + o->others[i].type.n +
		     compose_text_leaf_most(o->others[i].text);
	return n + compose_text_leaf_most(o->text) + compose_text_leaf_most(o->html);
}

/* All but those that steer the service. 0 or -E2BIG. */
static int
sent_fields(struct arena *a, const struct outgoing *o, struct compose *c)
{
	struct compose_header *at;

	c->headers = o->fields;
	c->nheaders = o->nfields;
	for (size_t i = 0; i < o->nfields; i++)
		c->nheaders -= str_ieq_z(o->fields[i].name, CONSENT_FIELD);
	if (c->nheaders == o->nfields)
		return 0;
	at = arena_alloc(a, (c->nheaders + 1) * sizeof *at);
	if (!at)
		return -E2BIG;
	c->headers = at;
	for (size_t i = 0; i < o->nfields; i++)
		if (!str_ieq_z(o->fields[i].name, CONSENT_FIELD))
			*at++ = o->fields[i];
	return 0;
}

int
outgoing_compose(struct arena *a, const struct outgoing *o, const struct outgoing_stamp *s,
	struct buf *out, const char **ret_why)
{
	struct compose c = { .from = mailboxes(a, &o->from, 1),
		.sender = mailboxes(a, &o->sender, o->sender.email.n > 0),
		.reply_to = mailboxes(a, o->reply_to.at, o->reply_to.n),
		.to = mailboxes(a, o->to.at, o->to.n),
		.cc = mailboxes(a, o->cc.at, o->cc.n),
		.subject = o->subject,
		.text = o->text,
		.html = o->html,
		.message_id = s->message_id,
		.date = s->date,
		.seed = s->seed,
		.files = o->files,
		.nfiles = o->nfiles,
		.others = o->others,
		.nothers = o->nothers };

	if (!c.from.p || !c.sender.p || !c.reply_to.p || !c.to.p || !c.cc.p ||
		sent_fields(a, o, &c) < 0)
		return -E2BIG;
	/* RFC 5322 3.6.3 lets a message go to Bcc alone; some servers want to see a To. */
	if (c.to.n + c.cc.n == 0)
		c.to = STR_LIT("undisclosed-recipients:;");
	return compose_write(out, &c, ret_why);
}

uint64_t
outgoing_weight(const struct outgoing *o)
{
	uint64_t n = o->text.n + o->html.n;

	for (size_t i = 0; i < o->nfiles; i++)
		n += o->files[i].bytes.n;
	return n;
}
