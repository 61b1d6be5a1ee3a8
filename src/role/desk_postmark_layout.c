/* Postmark's layouts (docs/reference/http-api-vendors.md). */
#include "role/desk_postmark_template.h"

#include "base/buf.h"
#include "role/desk_template.h"

#include <errno.h>

#define ALIAS_MAX 80u /* characters that are made of a name */

static void
refuse(struct desk_conn *n, const char *code, struct str why)
{
	desk_api_refuse_code(n, 422, code, why);
}

/* ---- which are some ---- */

static int
on_bodies(void *ctx, const struct template_bodies *b)
{
	const struct control_template t = {
		.texts = { [TEMPLATE_BODY_HTML] = b->html, [TEMPLATE_BODY_TEXT] = b->text }
	};
	struct desk_postmark_layouts *l = ctx;

	if (l->n < TEMPLATE_PER_TENANT && postmark_template_is_layout(&t))
		l->at[l->n++] = b->id;
	return 0;
}

int
desk_postmark_layouts(struct desk_conn *n, struct desk_postmark_layouts *ret)
{
	const struct template_holding q = { .tenant = n->tenant,
		.dialect = STR_LIT(DESK_POSTMARK_DIALECT),
		.word = STR_LIT("@content") };
	struct control *c = desk_control(n->desk);

	ret->n = 0;
	ret->at = arena_alloc(&n->arena, TEMPLATE_PER_TENANT * sizeof *ret->at);
	return c && ret->at ? control_template_holding(c, &q, on_bodies, ret) : -EIO;
}

bool
desk_postmark_is_layout(const struct desk_postmark_layouts *l, int64_t id)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i] == id)
			return true;
	return false;
}

/* The one of this name, in any case; the one that is spelled so comes first. 0: none. */
static int64_t
named(const struct desk_vendor_templates *list, struct str name)
{
	int64_t id = 0;

	for (size_t i = 0; i < list->n; i++)
		if (str_ieq(list->at[i].name, name) && (!id || str_eq(list->at[i].name, name)))
			id = list->at[i].id;
	return id;
}

bool
desk_postmark_layout_named(struct desk_conn *n, int64_t *ret_id)
{
	struct str alias = vendor_template_text(n->asked, "LayoutTemplate");
	struct desk_vendor_templates list = { .n = 0 };
	struct control_template t;
	int err;

	*ret_id = 0;
	if (alias.n == 0)
		return true;
	err = desk_vendor_templates(n, DESK_POSTMARK_DIALECT, &list);
	err = err ? err
	          : desk_vendor_template_find(
			    n, DESK_POSTMARK_DIALECT, named(&list, alias), &t);
	if (!err && postmark_template_is_layout(&t))
		*ret_id = t.id;
	else if (!err || err == -ENOENT)
		desk_postmark_refuse(n, "1101",
			"The 'LayoutTemplate' associated with this request is not valid or was "
			"not found.");
	else
		desk_api_refuse(n, 503, STR_NONE);
	return *ret_id != 0;
}

/* ---- what the type allows ---- */

static const struct {
	const char *name, *to;
	enum template_text at;
} texts[] = { { "Subject", "subject", TEMPLATE_SUBJECT },
	{ "HtmlBody", "html", TEMPLATE_BODY_HTML },
	{ "TextBody", "text", TEMPLATE_BODY_TEXT } };
#define NTEXTS (sizeof texts / sizeof *texts)

/* Is the place where it belongs, in what is given? */
static bool
placed(struct desk_conn *n, bool layout)
{
	for (size_t i = 0; i < NTEXTS; i++) {
		struct str text = vendor_template_text(n->asked, texts[i].name);
		const char *why = postmark_template_misplaced(
			layout, TEMPLATE_IS_BODY(texts[i].at), text);

		if (why) {
			refuse(n, "1131",
				arena_printf(&n->arena, "%s ('%s').", why, texts[i].name));
			return false;
		}
	}
	return true;
}

/* Has it a body when this is written? */
static bool
filled(struct desk_conn *n, const struct control_template *was)
{
	size_t bytes = 0;

	for (size_t i = 1; i < NTEXTS; i++) {
		const json_t *j = desk_vendor_member(n, texts[i].name);

		bytes += json_is_string(j) ? json_string_length(j) : was->texts[texts[i].at].n;
	}
	return bytes > 0;
}

static bool
layout_rules(struct desk_conn *n, const struct desk_postmark_old *old)
{
	if (vendor_template_text(n->asked, "Subject").n)
		refuse(n, "1123", STR_LIT("A layout has no 'Subject'."));
	else if (vendor_template_text(n->asked, "LayoutTemplate").n)
		refuse(n, "1123", STR_LIT("A layout has no 'LayoutTemplate' itself."));
	else if (!filled(n, &old->t))
		refuse(n, "1120",
			STR_LIT("A required Template field is missing: 'HtmlBody' or "
				"'TextBody'."));
	else
		return true;
	return false;
}

bool
desk_postmark_layout_rules(
	struct desk_conn *n, struct desk_vendor_change *x, struct desk_postmark_old *old)
{
	struct str type = vendor_template_text(n->asked, "TemplateType");
	bool was = old->t.id && postmark_template_is_layout(&old->t);

	old->layout = type.n ? str_ieq_z(type, "Layout") : was;
	if (old->t.id && old->layout != was) {
		refuse(n, "1123", STR_LIT("The 'TemplateType' of a template does not change."));
		return false;
	}
	if ((old->layout && !layout_rules(n, old)) || !placed(n, old->layout))
		return false;
	x->lays = json_is_string(desk_vendor_member(n, "LayoutTemplate"));
	return desk_postmark_layout_named(n, &x->layout);
}

/* ---- what has one ---- */

bool
desk_postmark_layout_try(struct desk_conn *n, const struct desk_vendor_change *x,
	const struct desk_postmark_old *old)
{
	struct desk_control_answer a;
	json_t *body;

	if (!old->layout || !x->id)
		return true;
	body = desk_vendor_template_question(n, x->id);
	for (size_t i = 1; i < NTEXTS; i++)
		if (json_object_get(x->content, texts[i].to))
			json_object_set(
				body, texts[i].to, json_object_get(x->content, texts[i].to));
	a = desk_template_do(desk_control(n->desk), STR_LIT("templates.try_layout"), body,
		loop_wall(n->desk->loop));
	json_decref(body);
	if (a.status == 400)
		refuse(n, "1122", arena_keep(&n->arena, desk_text(a.json, "error")));
	else if (a.status != 200)
		desk_api_refuse(n, 503, STR_NONE);
	json_decref(a.json);
	return a.status == 200;
}

void
desk_postmark_layout_publish(
	struct desk_conn *n, const struct desk_vendor_change *x, desk_api_shape *shape)
{
	json_t *body = desk_vendor_template_question(n, x->id);

	/* By desk_postmark_layout_try, and nothing has changed since. */
	json_object_set_new(body, "tried", json_true());
	/* An old one that stays is no reason to refuse a new one. */
	(void)control_template_prune(desk_control(n->desk), n->tenant, x->id);
	desk_api_ask(n, "templates.publish_layout", body, shape);
}

bool
desk_postmark_layout_unused(struct desk_conn *n, int64_t id)
{
	struct desk_vendor_templates list = { .n = 0 };
	int err = desk_vendor_templates(n, NULL, &list);
	bool used = false;

	for (size_t i = 0; !err && i < list.n && !used; i++) {
		uint64_t layout = 0;

		used = str_u64(list.at[i].texts[TEMPLATE_LAYOUT], &layout) == 0 &&
		       (int64_t)layout == id;
	}
	if (err)
		desk_api_refuse(n, 503, STR_NONE);
	else if (used)
		desk_postmark_refuse(n, "1130",
			"The layout template cannot be deleted because it has dependent "
			"templates using it.");
	return !err && !used;
}

/* ---- an alias ---- */

/* "Main frame (2026)" → "main-frame-2026". */
static void
write_alias(struct buf *b, struct str name)
{
	bool gap = false;

	if (name.n == 0 || !ascii_alnum(name.p[0]) || ascii_digit(name.p[0])) {
		buf_put_z(b, "layout");
		gap = true;
	}
	for (size_t i = 0; i < name.n && b->n < ALIAS_MAX; i++) {
		char ch = ascii_lower(name.p[i]);

		if (!ascii_alnum(ch)) {
			gap = b->n > 0;
			continue;
		}
		if (gap)
			buf_put_z(b, "-");
		gap = false;
		buf_put(b, str_of(&ch, 1));
	}
}

struct str
desk_postmark_alias(struct desk_conn *n, struct str name, int64_t id)
{
	struct control *c = desk_control(n->desk);
	struct str head, alias;
	struct buf b;

	buf_init(&b, ALIAS_MAX + 16);
	write_alias(&b, name);
	head = alias = arena_str(&n->arena, buf_str(&b));
	buf_done(&b);
	for (unsigned i = 2; c && alias.p && i < TEMPLATE_PER_TENANT + 2; i++) {
		int64_t other = 0;

		if (control_template_named(c, n->tenant, alias, &other) < 0 || other == id)
			break;
		alias = arena_printf(&n->arena, "%.*s-%u", STR_ARG(head), i);
	}
	return alias;
}
