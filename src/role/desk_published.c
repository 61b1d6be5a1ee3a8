/* Edges ask for the published version of a template, or for one by its number, to write mail
 * from it. */
#include "role/desk_priv.h"

#include "account/control_template.h"
#include "api/sendgrid_template.h"
#include "base/must.h"
#include "content/layout.h"
#include "io/channel.h"
#include "wire/typed_id.h"

#include <errno.h>

#define ARENA_MAX (8u << 20)
/* To one edge and not read yet: above it, what would be long is asked for again by the client
 * (503). */
#define UNSENT_MAX (16u << 20)
#define TEXTS      (TEMPLATE_TEXTS - 1) /* mail is not written from MJML */

struct found {
	struct control *control;
	struct arena *arena;
	uint32_t tenant;
	int64_t id;
	struct control_template t;
};

/* 0: there is none. */
static int64_t
id_of(struct control *c, const struct msg_template *m)
{
	uint64_t id = 0;
	int64_t named = sendgrid_template_number(m->name, control_ids(c));

	if (m->number)
		return m->number <= INT64_MAX ? (int64_t)m->number : 0;
	if (named)
		return named;
	if (str_starts(m->name, STR_LIT("tpl_")))
		return typed_id_read(m->name, control_ids(c), "tpl", &id) == 0 ? (int64_t)id
		                                                               : 0;
	return control_template_named(c, m->tenant, m->name, &named) == 0 ? named : 0;
}

static int
keep(void *ctx, const struct control_template *t)
{
	((struct found *)ctx)->t = *t;
	return 0;
}

static int
read_version(struct found *f, int64_t version, bool brief)
{
	const struct template_query q = { f->tenant, f->id, version, brief };

	return control_template_each(f->control, f->arena, &q, keep, f);
}

/* Mail is written from one text: the version's, in its layout. */
static int
join_layout(struct found *f)
{
	const struct str layouts[] = { f->t.layout_html, f->t.layout_text };

	for (int i = 0; i < 2; i++) {
		struct str *body = &f->t.texts[TEMPLATE_BODY_HTML + i];

		if (body->n == 0)
			continue;
		*body = layout_whole(f->arena, layouts[i], *body);
		if (!body->p)
			return -ENOMEM;
	}
	return 0;
}

/* The version is in f->t when it is HERE. */
static enum template_is
look(struct found *f, const struct msg_template *m, const struct channel *to)
{
	int64_t version;
	int err;

	f->id = id_of(f->control, m);
	if (f->id == 0)
		return TEMPLATE_IS_NONE;
	err = read_version(f, TEMPLATE_DRAFT, true);
	if (err)
		return err == -ENOENT ? TEMPLATE_IS_NONE : TEMPLATE_IS_LATER;
	version = m->wanted ? (int64_t)m->wanted : f->t.published;
	if (version == 0)
		return TEMPLATE_IS_DRAFT;
	if (version < 0)
		return TEMPLATE_IS_NONE;
	/* Of a number: is it there yet? Old ones are dropped. */
	err = m->wanted ? read_version(f, version, true) : 0;
	if (err)
		return err == -ENOENT ? TEMPLATE_IS_NONE : TEMPLATE_IS_LATER;
	if ((uint64_t)f->id == m->known && (uint64_t)version == m->version) {
		f->t.version = version;
		return TEMPLATE_IS_KNOWN;
	}
	if (channel_unsent(to) > UNSENT_MAX || read_version(f, version, false) ||
		join_layout(f))
		return TEMPLATE_IS_LATER;
	return TEMPLATE_IS_HERE;
}

static void
say(struct desk_edge *to, const struct found *f, uint64_t seq, enum template_is is)
{
	char ref[TYPED_ID_TEXT] = "";
	struct msg_text texts[TEXTS];
	struct msg_templated m = { .seq = seq,
		.is = (uint8_t)is,
		.id = (uint64_t)f->id,
		.version = (uint64_t)f->t.version,
		.ref = STR_NONE,
		.name = STR_NONE,
		.texts = { texts, 0 } };
	struct buf b;

	if (is == TEMPLATE_IS_HERE) {
		typed_id_write(ref, control_ids(f->control), "tpl", m.id);
		m.ref = str_z(ref);
		m.name = f->t.name;
		m.texts.n = TEXTS;
		for (int i = 0; i < TEXTS; i++)
			texts[i].bytes = f->t.texts[i];
	}
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	if (msg_templated_write(&b, &m) < 0) {
		/* An edge waits for an answer: a short one always fits. */
		m = (struct msg_templated){ .seq = seq,
			.is = TEMPLATE_IS_LATER,
			.ref = STR_NONE,
			.name = STR_NONE,
			.texts = { texts, 0 } };
		buf_clear(&b);
		must(msg_templated_write(&b, &m) == 0);
	}
	(void)channel_force(to->channel, MSG_templated, buf_str(&b));
	buf_done(&b);
}

void
desk_published(struct desk_edge *from, struct str payload)
{
	struct control *c = desk_control(from->desk);
	enum template_is is = TEMPLATE_IS_LATER;
	struct msg_template m;
	struct arena a;
	struct found f = { .control = c, .arena = &a };

	/* No list is in it: nothing is taken of an arena. */
	if (!from->channel || msg_template_read(NULL, payload, &m) < 0)
		return;
	arena_init(&a, ARENA_MAX);
	f.tenant = m.tenant;
	if (c)
		is = look(&f, &m, from->channel);
	say(from, &f, m.seq, is);
	arena_done(&a);
}
