/*
 * Layouts as vendors have them: what has one follows it at once, so it is tried with it before
 * anything is stored.
 */
#include "role/desk_template_priv.h"

#include <errno.h>

#define ONE_BYTES (4u << 20) /* a template at a time */

struct users {
	int64_t layout;
	int64_t *at;
	size_t n;
};

static int
on_published(void *ctx, const struct control_template *t)
{
	struct users *l = ctx;
	uint64_t layout = 0;

	if (l->n < TEMPLATE_PER_TENANT && str_u64(t->texts[TEMPLATE_LAYOUT], &layout) == 0 &&
		(int64_t)layout == l->layout)
		l->at[l->n++] = t->id;
	return 0;
}

/* Whose published versions have the layout. */
static int
find_users(struct webhook_ask *a, struct users *l)
{
	const struct template_query q = {
		.tenant = a->tenant, .version = TEMPLATE_PUBLISHED, .brief = true
	};
	struct arena brief;
	int err;

	l->n = 0;
	l->at = arena_alloc(&a->arena, TEMPLATE_PER_TENANT * sizeof *l->at);
	if (!l->at)
		return -EIO;
	arena_init(&brief, 16u << 20);
	err = control_template_each(a->control, &brief, &q, on_published, l);
	arena_done(&brief);
	return err;
}

static int
keep_one(void *ctx, const struct control_template *t)
{
	*(struct control_template *)ctx = *t;
	return 0;
}

/* Does this one compile in the layout? */
static int
try_one(struct webhook_ask *a, struct arena *one, int64_t id,
	const struct control_template *layout)
{
	const struct template_query q = { a->tenant, id, TEMPLATE_PUBLISHED, false };
	struct preview_mail m = { .layout_html = layout->texts[TEMPLATE_BODY_HTML],
		.layout_text = layout->texts[TEMPLATE_BODY_TEXT],
		.known = true };
	enum preview_part part = PREVIEW_SUBJECT;
	struct template_error error;
	struct control_template t = { .id = 0 };
	int err = control_template_each(a->control, one, &q, keep_one, &t);

	if (err)
		return err;
	if (!str_eq(t.texts[TEMPLATE_DIALECT], layout->texts[TEMPLATE_DIALECT]))
		return webhook_refuse(a, -EINVAL,
			"\"%.*s\" has this layout and is written in another language.",
			STR_ARG(str_head(t.name, 100)));
	(void)preview_dialect(t.texts[TEMPLATE_DIALECT], &m.dialect);
	for (int i = 0; i < PREVIEW_PARTS; i++)
		m.parts[i] = t.texts[TEMPLATE_SUBJECT + i];
	if (preview_check(&m, &part, &error) == 0)
		return 0;
	return webhook_refuse(a, -EINVAL,
		"\"%.*s\" has this layout, and a mistake with it: %s %u:%u: %s",
		STR_ARG(str_head(t.name, 100)), preview_part_name(part), error.line,
		error.column, error.why);
}

static int
try_all(struct webhook_ask *a, const struct control_template *layout, struct users *l)
{
	int err = find_users(a, l);
	struct arena one;

	arena_init(&one, ONE_BYTES);
	for (size_t i = 0; i < l->n && !err; i++) {
		err = try_one(a, &one, l->at[i], layout);
		arena_reset(&one);
	}
	arena_done(&one);
	return err;
}

/* ---- verbs ---- */

int
desk_template_try_layout(struct webhook_ask *a)
{
	struct str texts[TEMPLATE_TEXTS];
	struct control_template t;
	struct users l = { .n = 0 };
	int err = desk_template_find(a, &l.layout);

	err = err ? err : desk_template_content(a, texts);
	err = err ? err : desk_template_read(a, l.layout, TEMPLATE_DRAFT, &t);
	for (int i = TEMPLATE_BODY_HTML; i <= TEMPLATE_BODY_TEXT && !err; i++)
		if (texts[i].p)
			t.texts[i] = texts[i];
	err = err ? err : try_all(a, &t, &l);
	if (!err)
		a->got = json_pack("{s:I}", "templates", (json_int_t)l.n);
	return err;
}

int
desk_template_publish_layout(struct webhook_ask *a)
{
	struct users l = { .n = 0 };
	struct control_template t;
	bool tried = json_is_true(webhook_member(a, "tried"));
	int64_t version;
	int err = desk_template_find(a, &l.layout);

	err = err ? err : desk_template_check(a, l.layout);
	err = err ? err : desk_template_read(a, l.layout, TEMPLATE_DRAFT, &t);
	if (!err)
		err = tried ? find_users(a, &l) : try_all(a, &t, &l);
	/* An old one that stays is no reason to refuse a new one. */
	for (size_t i = 0; i < l.n && !err; i++)
		(void)control_template_prune(a->control, a->tenant, l.at[i]);
	err = err ? err
	          : control_template_publish_layout(a->control, a->tenant, l.layout, &version);
	return err ? err : desk_template_answer(a, l.layout, version);
}
