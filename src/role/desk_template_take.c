/* What questions about templates give: which one, which version, the texts. */
#include "role/desk_template_priv.h"

#include "wire/typed_id.h"

#include <errno.h>

const char *const desk_template_members[TEMPLATE_TEXTS] = { "dialect", "stream", "language",
	"layout", "subject", "email", "name", "reply_to", "preheader", "html", "text", "mjml" };

/* Bytes; a header line that is longer is no subject. */
static const size_t most[TEMPLATE_TEXTS] = {
	[TEMPLATE_DIALECT] = 20,
	[TEMPLATE_STREAM] = 20,
	[TEMPLATE_LANGUAGE] = 20,
	[TEMPLATE_LAYOUT] = 400,
	[TEMPLATE_SUBJECT] = 2000,
	[TEMPLATE_FROM_EMAIL] = 500,
	[TEMPLATE_FROM_NAME] = 500,
	[TEMPLATE_REPLY_TO] = 500,
	[TEMPLATE_PREHEADER] = 2000,
	[TEMPLATE_BODY_HTML] = TEMPLATE_CONTENT_BYTES,
	[TEMPLATE_BODY_TEXT] = TEMPLATE_CONTENT_BYTES,
	[TEMPLATE_BODY_MJML] = TEMPLATE_CONTENT_BYTES,
};

int
desk_template_owner(struct webhook_ask *a)
{
	return a->tenant == CONTROL_ANY
	               ? webhook_refuse(a, -EINVAL,
				 "Say whose template it is: \"account\" is missing.")
	               : 0;
}

int
desk_template_named(struct webhook_ask *a, struct str text, int64_t *ret_id)
{
	uint64_t id = 0;

	if (!str_starts(text, STR_LIT("tpl_")))
		return control_template_named(a->control, a->tenant, text, ret_id);
	if (typed_id_read(text, control_ids(a->control), "tpl", &id) < 0 || id == 0)
		return webhook_refuse(a, -ENOENT, "There is no such template.");
	*ret_id = (int64_t)id;
	return 0;
}

int
desk_template_find(struct webhook_ask *a, int64_t *ret_id)
{
	struct str text = desk_text(a->body, "template");
	int err = desk_template_owner(a);

	if (err)
		return err;
	if (text.n == 0)
		return webhook_refuse(a, -EINVAL, "\"template\" is missing: an id or a name.");
	return desk_template_named(a, text, ret_id);
}

int
desk_template_version(struct webhook_ask *a, int64_t *ret_version)
{
	const json_t *j = webhook_member(a, "version");
	struct str text = desk_text(a->body, "version");
	uint32_t number = 0;

	*ret_version = TEMPLATE_DRAFT;
	if (!j || json_is_null(j) || str_eq_z(text, "draft"))
		return 0;
	if (str_eq_z(text, "published"))
		*ret_version = TEMPLATE_PUBLISHED;
	else if (json_is_integer(j) && json_integer_value(j) > 0)
		*ret_version = json_integer_value(j);
	else if (str_u32(text, &number) == 0 && number > 0)
		*ret_version = number;
	else
		return webhook_refuse(a, -EINVAL,
			"\"version\" is \"draft\", \"published\" or the number of a version.");
	return 0;
}

/* ---- texts ---- */

static bool
is_plain(struct str s, bool lines)
{
	for (size_t i = 0; i < s.n; i++) {
		bool blank = s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r';

		if (((uint8_t)s.p[i] < 32 || s.p[i] == 127) && !(blank && lines))
			return false;
	}
	return true;
}

static int
take_text(struct webhook_ask *a, const json_t *of, enum template_text at, struct str *ret)
{
	const char *in = of == a->body ? "" : "from.", *name = desk_template_members[at];
	const json_t *j = json_object_get(of, name);
	struct str s = STR_NONE;

	if (!j)
		return 0;
	if (!json_is_string(j) && !json_is_null(j))
		return webhook_refuse(a, -EINVAL, "\"%s%s\" must be a text.", in, name);
	if (json_is_string(j))
		s = str_of(json_string_value(j), json_string_length(j));
	if (s.n > most[at])
		return webhook_refuse(
			a, -EINVAL, "\"%s%s\" has at most %zu bytes.", in, name, most[at]);
	if (!is_plain(s, TEMPLATE_IS_BODY(at)))
		return webhook_refuse(a, -EINVAL,
			TEMPLATE_IS_BODY(at) ? "\"%s%s\" holds control characters."
					     : "\"%s%s\" is one line of text.",
			in, name);
	*ret = s;
	return 0;
}

static int
take_from(struct webhook_ask *a, struct str texts[TEMPLATE_TEXTS])
{
	const json_t *from = webhook_member(a, "from");
	int err;

	if (!from)
		return 0;
	if (!json_is_object(from) && !json_is_null(from))
		return webhook_refuse(
			a, -EINVAL, "\"from\" is an object with \"email\" and \"name\".");
	texts[TEMPLATE_FROM_EMAIL] = texts[TEMPLATE_FROM_NAME] = STR_NONE;
	err = take_text(a, from, TEMPLATE_FROM_EMAIL, &texts[TEMPLATE_FROM_EMAIL]);
	return err ? err : take_text(a, from, TEMPLATE_FROM_NAME, &texts[TEMPLATE_FROM_NAME]);
}

static bool
is_language(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static int
check(struct webhook_ask *a, const struct str texts[TEMPLATE_TEXTS])
{
	enum template_dialect dialect;
	struct str stream = texts[TEMPLATE_STREAM];

	if (texts[TEMPLATE_DIALECT].p && preview_dialect(texts[TEMPLATE_DIALECT], &dialect) < 0)
		return webhook_refuse(
			a, -EINVAL, "\"dialect\" is handlebars, mailjet or mustachio.");
	if (stream.p && stream.n && !str_eq_z(stream, "transactional") &&
		!str_eq_z(stream, "broadcast"))
		return webhook_refuse(a, -EINVAL, "\"stream\" is transactional or broadcast.");
	if (texts[TEMPLATE_LANGUAGE].p && !is_language(texts[TEMPLATE_LANGUAGE]))
		return webhook_refuse(a, -EINVAL, "\"language\" is a tag such as fr or en-GB.");
	return 0;
}

static int
take_one(void *ctx, const struct control_template *t)
{
	*(struct control_template *)ctx = *t;
	return 0;
}

/* Its number in the place of its name or id. */
static int
take_layout(struct webhook_ask *a, struct str *text)
{
	struct template_query q = { .tenant = a->tenant, .brief = true };
	struct control_template t;
	int err;

	if (!text->p || text->n == 0)
		return 0;
	err = desk_template_named(a, *text, &q.id);
	err = err ? err : control_template_each(a->control, &a->arena, &q, take_one, &t);
	if (err == -ENOENT)
		return webhook_refuse(a, -EINVAL,
			"\"layout\" is the name or the id of a template: there is none "
			"of this account.");
	if (!err && t.texts[TEMPLATE_LAYOUT].n)
		return webhook_refuse(a, -EINVAL, "A layout has no layout itself.");
	*text = arena_printf(&a->arena, "%lld", (long long)q.id);
	return err || text->p ? err : -EIO;
}

int
desk_template_content(struct webhook_ask *a, struct str texts[TEMPLATE_TEXTS])
{
	int err = 0;

	for (int i = 0; i < TEMPLATE_TEXTS; i++) {
		texts[i] = (struct str){ NULL, 0 };
		if (!err && i != TEMPLATE_FROM_EMAIL && i != TEMPLATE_FROM_NAME)
			err = take_text(a, a->body, (enum template_text)i, &texts[i]);
	}
	err = err ? err : take_from(a, texts);
	err = err ? err : check(a, texts);
	return err ? err : take_layout(a, &texts[TEMPLATE_LAYOUT]);
}

int
desk_template_object(struct webhook_ask *a, const char *name, const json_t **ret)
{
	const json_t *j = webhook_member(a, name);

	*ret = json_is_object(j) ? j : NULL;
	if (j && !json_is_object(j) && !json_is_null(j))
		return webhook_refuse(a, -EINVAL, "\"%s\" must be an object.", name);
	return 0;
}

int
desk_template_message(struct webhook_ask *a, uint64_t *ret_id)
{
	const json_t *j = webhook_member(a, "message");
	struct str text = desk_text(a->body, "message");
	const uint8_t *key = control_ids(a->control);

	*ret_id = 0;
	if (!j || json_is_null(j))
		return 0;
	if (typed_id_read(text, key, "msg", ret_id) == 0 ||
		typed_id_read(text, key, "rcp", ret_id) == 0)
		return 0;
	if (str_u64(text, ret_id) == 0 && *ret_id > 0 && *ret_id <= INT64_MAX)
		return 0;
	return webhook_refuse(a, -EINVAL,
		"\"message\" is the id of a message (msg_…) or of a recipient (rcp_…).");
}
