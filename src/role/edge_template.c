#include "role/edge_template.h"

#include "account/control_template.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/random.h"
#include "role/edge_api.h"

#include <errno.h>

/* The texts of an answer: all but the last one of a version. */
#define TEXTS (TEMPLATE_TEXTS - 1)

_Static_assert(TEMPLATE_BODY_MJML == TEXTS, "the last text is not sent");
_Static_assert(TEMPLATE_SUBJECT + PREVIEW_PREHEADER == TEMPLATE_PREHEADER, "order of texts");
_Static_assert(TEMPLATE_SUBJECT + PREVIEW_TEXT == TEMPLATE_BODY_TEXT, "order of texts");

/* Once compiled nothing of it changes. The loop counts refs, the thread compiles. */
struct edge_version {
	size_t refs;
	uint64_t id, number;
	bool broadcast, reads_contact;
	struct arena arena;
	struct {
		struct outgoing_source source;
		struct arena arena; /* of what it compiles to */
		bool tried;
		int err;
		struct outgoing_mistake mistake;
	} as[2];              /* as it is; with its tags alone */
	_Atomic size_t bytes; /* of the arenas, for the loop */
	size_t counted;       /* of them, when the room was last looked at */
};

struct edge_named {
	struct link link;             /* used longest ago first */
	struct edge_version *version; /* NULL: it was only asked for */
	bool fresh;                   /* nothing changed since it was told */
	uint64_t seq;                 /* of the open question; 0: none */
	uint64_t changes;             /* before it was asked */
	uint64_t asked;               /* mono µs */
	uint32_t tenant;
	uint64_t number, wanted; /* as in outgoing_template */
	size_t n;
	char key[]; /* tenant, number, wanted, name */
};

struct edge_templates {
	struct edge *edge;
	struct map by_key;
	struct link all;
	size_t n;
	uint64_t seq, changes;
};

/* ---- versions ---- */

void
edge_version_drop(struct edge_version **pv)
{
	struct edge_version *v = *pv;

	*pv = NULL;
	if (!v || --v->refs > 0)
		return;
	for (int i = 0; i < 2; i++)
		arena_done(&v->as[i].arena);
	arena_done(&v->arena);
	mem_free(v);
}

bool
edge_version_broadcast(const struct edge_version *v)
{
	return v->broadcast;
}

bool
edge_version_reads_contact(const struct edge_version *v)
{
	return v->reads_contact;
}

struct str
edge_version_id(const struct edge_version *v)
{
	return v->as[0].source.id;
}

struct edge_version_facts
edge_version_facts(const struct edge_version *v)
{
	const struct outgoing_source *s = &v->as[0].source;
	struct str from = str_trim_all(s->texts[PREVIEW_FROM_EMAIL]);

	return (struct edge_version_facts){ .id = s->id,
		.name = s->name,
		.from = outgoing_address_ok(from) ? from : STR_NONE,
		.template = v->id,
		.version = v->number };
}

static struct edge_version *
version_new(const struct msg_templated *m)
{
	const struct msg_text *texts = m->texts.at;
	struct edge_version *v;
	struct outgoing_source s = { .dialect = TEMPLATE_HANDLEBARS };

	if (m->texts.n != TEXTS ||
		preview_dialect(texts[TEMPLATE_DIALECT].bytes, &s.dialect) < 0)
		return NULL;
	v = MEM_NEW(v);
	v->refs = 1;
	v->id = m->id;
	v->number = m->version;
	v->broadcast = str_eq_z(texts[TEMPLATE_STREAM].bytes, "broadcast");
	arena_init(&v->arena, CHANNEL_PAYLOAD_MAX + 65536);
	for (int i = 0; i < 2; i++)
		arena_init(&v->as[i].arena, OUTGOING_TEMPLATE_ARENA);
	s.id = arena_keep(&v->arena, m->ref);
	s.name = arena_keep(&v->arena, m->name);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		s.texts[i] = arena_keep(&v->arena, texts[TEMPLATE_SUBJECT + i].bytes);
	for (int i = 0; i < PREVIEW_PARTS && !v->reads_contact; i++)
		v->reads_contact = outgoing_template_reads_contact(s.dialect, s.texts[i]);
	v->as[0].source = v->as[1].source = s;
	if (s.dialect == TEMPLATE_MAILJET)
		v->as[1].source.dialect = TEMPLATE_MAILJET_TAGS;
	v->bytes = v->counted = v->arena.used;
	return v;
}

int
edge_version_source(struct edge_version *v, bool tags, const struct outgoing_source **ret_s,
	struct outgoing_mistake *ret_m)
{
	/* In the other dialects there is no such thing. */
	size_t i = tags && v->as[1].source.dialect == TEMPLATE_MAILJET_TAGS;

	if (!v->as[i].tried) {
		v->as[i].tried = true;
		v->as[i].err = outgoing_source_compile(
			&v->as[i].arena, &v->as[i].source, &v->as[i].mistake);
	}
	*ret_s = &v->as[i].source;
	*ret_m = v->as[i].mistake;
	return v->as[i].err;
}

void
edge_version_rest(struct edge_version *v)
{
	for (int i = 0; i < 2; i++) {
		if (v->as[i].arena.used <= EDGE_TEMPLATE_COMPILED && !v->as[i].err)
			continue;
		arena_done(&v->as[i].arena);
		memset(v->as[i].source.parts, 0, sizeof v->as[i].source.parts);
		/* A mistake stays one. */
		v->as[i].tried = v->as[i].err != 0;
	}
	v->bytes = v->arena.used + v->as[0].arena.used + v->as[1].arena.used;
}

size_t
edge_version_due(const struct edge_version *v)
{
	return v->refs <= 2 ? v->bytes : 0;
}

/* ---- what is kept ---- */

static struct str
key_of(const struct edge_named *n)
{
	return str_of(n->key, n->n);
}

static void
forget(struct edge_templates *t, struct edge_named *n)
{
	(void)map_del(&t->by_key, key_of(n));
	list_del(&n->link);
	t->n--;
	edge_version_drop(&n->version);
	mem_free(n);
}

/* Bytes of a key. */
static struct str
key_write(struct buf *b, uint32_t tenant, const struct outgoing_template *want)
{
	buf_put(b, str_of(&tenant, sizeof tenant));
	buf_put(b, str_of(&want->number, sizeof want->number));
	buf_put(b, str_of(&want->version, sizeof want->version));
	buf_put(b, want->name);
	return buf_str(b);
}

static struct edge_named *
named_new(struct edge_templates *t, uint32_t tenant, const struct outgoing_template *want,
	struct str key)
{
	struct edge_named *n = mem_new(1, sizeof *n + key.n);

	n->tenant = tenant;
	n->number = want->number;
	n->wanted = want->version;
	n->n = key.n;
	memcpy(n->key, key.p, key.n);
	list_init(&n->link);
	list_push(&t->all, &n->link);
	map_put(&t->by_key, key_of(n), n);
	t->n++;
	return n;
}

/* What desk does not know, and then what is too much. Not while calls are told: they may still
 * be looking at it. */
static void
trim(struct edge_templates *t)
{
	size_t bytes = 0;

	LIST_EACH_SAFE(l, &t->all)
	{
		struct edge_named *n = LIST_OF(l, struct edge_named, link);

		if (n->version)
			bytes += n->version->bytes;
		else if (n->seq == 0)
			forget(t, n);
	}
	LIST_EACH_SAFE(l, &t->all)
	{
		struct edge_named *n = LIST_OF(l, struct edge_named, link);

		if (t->n <= EDGE_TEMPLATES && bytes <= EDGE_TEMPLATES_BYTES)
			return;
		if (n->seq || !n->version)
			continue;
		bytes -= n->version->bytes;
		forget(t, n);
	}
}

void
edge_version_wrote(struct edge_templates *t, struct edge_version **pv)
{
	struct edge_version *v = *pv;
	bool grew = v && v->counted != v->bytes;

	if (grew)
		v->counted = v->bytes;
	edge_version_drop(pv);
	if (grew)
		trim(t);
}

struct edge_templates *
edge_templates_new(struct edge *e)
{
	struct edge_templates *t = MEM_NEW(t);

	t->edge = e;
	list_init(&t->all);
	map_init(&t->by_key, random_u64());
	return t;
}

void
edge_templates_free(struct edge_templates **pt)
{
	struct edge_templates *t = *pt;

	if (!t)
		return;
	*pt = NULL;
	while (!list_empty(&t->all))
		forget(t, LIST_OF(t->all.next, struct edge_named, link));
	map_done(&t->by_key);
	mem_free(t);
}

void
edge_templates_stale(struct edge_templates *t)
{
	t->changes++;
	LIST_EACH(l, &t->all)
	LIST_OF(l, struct edge_named, link)->fresh = false;
}

/* ---- questions ---- */

/* false: desk cannot be asked. */
static bool
ask(struct edge_templates *t, struct edge_named *n)
{
	struct edge *e = t->edge;
	const size_t head = sizeof n->tenant + sizeof n->number + sizeof n->wanted;
	struct msg_template m = { .tenant = n->tenant,
		.number = n->number,
		.name = str_from(key_of(n), head),
		.wanted = n->wanted,
		.known = n->version ? n->version->id : 0,
		.version = n->version ? n->version->number : 0 };
	struct buf b;

	if (!e->desk || channel_unsent(e->desk) > EDGE_UNSENT_MAX)
		return false;
	m.seq = n->seq = ++t->seq;
	n->changes = t->changes;
	n->asked = loop_mono(e->loop);
	buf_init(&b, 65536);
	must(msg_template_write(&b, &m) == 0);
	(void)channel_force(e->desk, MSG_template, buf_str(&b));
	buf_done(&b);
	return true;
}

enum template_is
edge_template_find(
	struct edge_call *k, const struct outgoing_template *want, struct edge_version **ret_v)
{
	struct edge_templates *t = k->edge->templates;
	char text[512];
	struct buf b = { text, 0, sizeof text, sizeof text, false };
	struct str key = key_write(&b, k->id.tenant, want);
	struct edge_named *n;

	/* No name is so long. */
	if (b.full)
		return TEMPLATE_IS_NONE;
	n = map_get(&t->by_key, key);
	if (n && n->version && n->fresh) {
		list_del(&n->link);
		list_push(&t->all, &n->link);
		n->version->refs++;
		*ret_v = n->version;
		return TEMPLATE_IS_HERE;
	}
	if (!n)
		n = named_new(t, k->id.tenant, want, key);
	if (n->seq == 0 && !ask(t, n))
		return TEMPLATE_IS_LATER;
	k->template = n;
	k->began = loop_mono(k->edge->loop);
	return TEMPLATE_IS_KNOWN;
}

/* ---- answers ---- */

/* Those who wait for n go on. */
static void
tell(struct edge *e, const struct edge_named *n, enum template_is is)
{
	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->template != n || !k->conn)
			continue;
		k->template = NULL;
		k->told(k, is);
	}
}

static struct edge_named *
asked(struct edge_templates *t, uint64_t seq)
{
	LIST_EACH(l, &t->all)
	{
		struct edge_named *n = LIST_OF(l, struct edge_named, link);

		if (n->seq == seq && seq)
			return n;
	}
	return NULL;
}

static enum template_is
take(struct edge_named *n, const struct msg_templated *m)
{
	struct edge_version *v;

	if (m->is == TEMPLATE_IS_KNOWN && n->version && n->version->id == m->id &&
		n->version->number == m->version)
		return TEMPLATE_IS_HERE;
	if (m->is == TEMPLATE_IS_NONE || m->is == TEMPLATE_IS_DRAFT)
		return (enum template_is)m->is;
	if (m->is != TEMPLATE_IS_HERE)
		return TEMPLATE_IS_LATER;
	v = version_new(m);
	if (!v)
		return TEMPLATE_IS_LATER;
	edge_version_drop(&n->version);
	n->version = v;
	return TEMPLATE_IS_HERE;
}

void
edge_templates_answered(struct edge_templates *t, struct str payload)
{
	struct edge_named *n = NULL;
	struct msg_templated m;
	enum template_is is = TEMPLATE_IS_LATER;
	struct arena a;

	arena_init(&a, 65536);
	if (msg_templated_read(&a, payload, &m) == 0)
		n = asked(t, m.seq);
	if (n) {
		is = take(n, &m);
		n->seq = 0;
		n->fresh = is == TEMPLATE_IS_HERE && n->changes == t->changes;
		/* What was told may be over already: who asks after a change must hear of it.
		 */
		if (n->changes != t->changes && ask(t, n))
			n = NULL;
	}
	if (n) {
		if (is == TEMPLATE_IS_HERE && !n->fresh)
			is = TEMPLATE_IS_LATER;
		/* Nobody writes from what is there no more. */
		if (is == TEMPLATE_IS_NONE || is == TEMPLATE_IS_DRAFT)
			edge_version_drop(&n->version);
		tell(t->edge, n, is);
	}
	trim(t);
	arena_done(&a);
}

void
edge_templates_lost(struct edge_templates *t)
{
	struct edge *e = t->edge;

	LIST_EACH(l, &t->all)
	LIST_OF(l, struct edge_named, link)->seq = 0;
	/* A client that is told may ask for more at once: the list of them moves. */
	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (!k->template || !k->conn)
			continue;
		k->template = NULL;
		k->told(k, TEMPLATE_IS_LATER);
	}
	trim(t);
}

/* A question that was open for so long; NULL: none. */
static struct edge_named *
unanswered(struct edge_templates *t, uint64_t now)
{
	LIST_EACH(l, &t->all)
	{
		struct edge_named *n = LIST_OF(l, struct edge_named, link);

		if (n->seq && now - n->asked > EDGE_ASK_US)
			return n;
	}
	return NULL;
}

void
edge_templates_second(struct edge_templates *t)
{
	struct edge *e = t->edge;
	uint64_t now = loop_mono(e->loop);
	struct edge_named *n;

	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (!k->template || !k->conn || now - k->began <= EDGE_ASK_US)
			continue;
		k->template = NULL;
		k->told(k, TEMPLATE_IS_LATER);
	}
	/* No answer will come: the next one who wants it asks again. */
	while ((n = unanswered(t, now)) != NULL) {
		n->seq = 0;
		tell(e, n, TEMPLATE_IS_LATER);
	}
	trim(t);
}
