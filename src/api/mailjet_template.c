#include "api/mailjet_template.h"

#include "report/member.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* Properties that are kept as they came; what else they are without one. */
static const struct {
	const char *name;
	json_type type;
	const char *text;
	int number;
} kept[] = {
	{ "Author", JSON_STRING, "", 0 },
	{ "Categories", JSON_ARRAY, "", 0 },
	{ "Copyright", JSON_STRING, "", 0 },
	{ "Description", JSON_STRING, "", 0 },
	{ "EditMode", JSON_INTEGER, "", 2 },
	{ "IsStarred", JSON_TRUE, "", 0 },
	{ "IsTextPartGenerationEnabled", JSON_TRUE, "", 1 },
	{ "OwnerType", JSON_STRING, "apikey", 0 },
	{ "Presets", JSON_STRING, "", 0 },
	{ "Purposes", JSON_ARRAY, "", 0 },
};
#define NKEPT (sizeof kept / sizeof *kept)

static json_t *
default_of(size_t i)
{
	switch (kept[i].type) {
	case JSON_ARRAY:
		return json_array();
	case JSON_INTEGER:
		return json_integer(kept[i].number);
	case JSON_TRUE:
		return json_boolean(kept[i].number);
	default:
		return json_string(kept[i].text);
	}
}

static bool
texts_only(const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
	{
		if (!json_is_string(one))
			return false;
	}
	return true;
}

static bool
fits(size_t i, const json_t *j)
{
	if (kept[i].type == JSON_TRUE)
		return json_is_boolean(j);
	return json_typeof(j) == kept[i].type && (!json_is_array(j) || texts_only(j));
}

int
mailjet_template_keep(json_t *extra, const json_t *asked, const char **ret_name)
{
	for (size_t i = 0; i < NKEPT; i++) {
		const json_t *j = vendor_template_member(asked, kept[i].name);

		if (!j)
			continue;
		if (json_is_null(j)) {
			json_object_del(extra, kept[i].name);
			continue;
		}
		if (!fits(i, j)) {
			*ret_name = kept[i].name;
			return -EINVAL;
		}
		json_object_set(extra, kept[i].name, (json_t *)(uintptr_t)j);
	}
	return 0;
}

/* en-US → en_US, as Mailjet writes locales. */
static json_t *
locale_of(struct str language)
{
	char text[32];

	if (language.n == 0 || language.n >= sizeof text)
		return json_string("en_US");
	for (size_t i = 0; i < language.n; i++)
		text[i] = language.p[i];
	text[language.n] = '\0';
	for (char *c = text; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return json_string(text);
}

json_t *
mailjet_template_row(const struct control_template *t, uint32_t tenant)
{
	json_t *extra = vendor_template_extra(t->extra);
	json_t *o = json_pack("{s:I, s:o, s:o, s:I, s:[]}", "ID", (json_int_t)t->id, "Locale",
		locale_of(t->texts[TEMPLATE_LANGUAGE]), "Name",
		member_of(vendor_template_name(t, extra)), "OwnerId", (json_int_t)tenant,
		"Previews");

	for (size_t i = 0; i < NKEPT; i++) {
		json_t *j = json_object_get(extra, kept[i].name);

		json_object_set_new(o, kept[i].name, j ? json_incref(j) : default_of(i));
	}
	json_decref(extra);
	return o;
}

/* ---- detailcontent ---- */

static json_t *
from_json(struct str name, struct str email)
{
	if (name.n == 0)
		return member_of(email);
	return json_pack("s%++%+", name.p, name.n, " <", email.p, email.n, ">");
}

static void
set_if(json_t *o, const char *name, struct str s)
{
	if (s.n)
		json_object_set_new(o, name, member_of(s));
}

/* An object as it came; a text otherwise. */
static json_t *
mjml_json(struct str s)
{
	json_t *j = s.n && s.p[0] == '{' ? json_loadb(s.p, s.n, 0, NULL) : NULL;

	return j ? j : member_of(s);
}

json_t *
mailjet_template_content(const struct control_template *t)
{
	json_t *extra = vendor_template_extra(t->extra), *headers;
	const json_t *more = json_object_get(extra, "Headers");
	struct str name = t->texts[TEMPLATE_FROM_NAME], email = t->texts[TEMPLATE_FROM_EMAIL];

	headers = json_is_object(more) ? json_copy((json_t *)(uintptr_t)more) : json_object();
	if (name.n + email.n)
		json_object_set_new(headers, "From", from_json(name, email));
	set_if(headers, "Subject", t->texts[TEMPLATE_SUBJECT]);
	set_if(headers, "Reply-to", t->texts[TEMPLATE_REPLY_TO]);
	json_decref(extra);
	return json_pack("{s:o, s:o, s:o, s:o}", "Headers", headers, "Html-part",
		member_of(t->texts[TEMPLATE_BODY_HTML]), "MJMLContent",
		mjml_json(t->texts[TEMPLATE_BODY_MJML]), "Text-part",
		member_of(t->texts[TEMPLATE_BODY_TEXT]));
}

void
mailjet_template_from(struct str from, struct str *ret_name, struct str *ret_email)
{
	size_t open;

	from = str_trim(from);
	open = str_rfind(from, '<');
	*ret_name = STR_NONE;
	*ret_email = from;
	if (open == from.n || from.p[from.n - 1] != '>')
		return;
	*ret_name = str_trim(str_head(from, open));
	*ret_email = str_trim(str_of(from.p + open + 1, from.n - open - 2));
	if (ret_name->n > 1 && ret_name->p[0] == '"' && ret_name->p[ret_name->n - 1] == '"')
		*ret_name = str_of(ret_name->p + 1, ret_name->n - 2);
}

static bool
is_text(const json_t *j)
{
	return !j || json_is_null(j) || json_is_string(j);
}

/* Into content's name; absent: only when all are meant. */
static int
take_text(json_t *content, const json_t *asked, const char *from, const char *to, bool all)
{
	const json_t *j = vendor_template_member(asked, from);

	if (!is_text(j))
		return -EINVAL;
	if (j || all)
		json_object_set_new(content, to, member_of(vendor_template_text(asked, from)));
	return 0;
}

static int
take_mjml(json_t *content, const json_t *asked, bool all)
{
	const json_t *j = vendor_template_member(asked, "MJMLContent");
	char *text;

	if (!json_is_object(j))
		return take_text(content, asked, "MJMLContent", "mjml", all);
	text = json_dumps(j, JSON_COMPACT);
	json_object_set_new(content, "mjml", json_string(text ? text : ""));
	free(text); /* jansson's own allocation */
	return 0;
}

static bool
is_ours(const char *name)
{
	static const char *const ours[] = { "From", "Subject", "Reply-To", "ReplyTo",
		"SenderName", "SenderEmail" };

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

/* The fields that no part of a template has: only kept. */
static void
keep_fields(json_t *extra, const json_t *headers, bool all)
{
	json_t *more = json_object_get(extra, "Headers"), *v;
	const char *name;

	more = all || !json_is_object(more) ? json_object() : json_copy(more);
	json_object_foreach((json_t *)(uintptr_t)headers, name, v)
	{
		if (!is_ours(name))
			json_object_set(more, name, v);
	}
	if (json_object_size(more))
		json_object_set(extra, "Headers", more);
	else
		json_object_del(extra, "Headers");
	json_decref(more);
}

static void
take_from(json_t *content, const json_t *headers, bool all)
{
	struct str name = vendor_template_text(headers, "SenderName");
	struct str email = vendor_template_text(headers, "SenderEmail");
	struct str from = vendor_template_text(headers, "From");

	if (from.n)
		mailjet_template_from(from, &name, &email);
	if (all || name.n + email.n || vendor_template_member(headers, "From"))
		json_object_set_new(content, "from",
			json_pack("{s:o, s:o}", "name", member_of(name), "email",
				member_of(email)));
}

static int
take_headers(json_t *content, json_t *extra, const json_t *headers, bool all)
{
	const char *reply = vendor_template_member(headers, "ReplyTo") ? "ReplyTo" : "Reply-To";
	const char *name;
	json_t *v;
	int err;

	json_object_foreach((json_t *)(uintptr_t)headers, name, v)
	{
		if (!is_text(v))
			return -EINVAL;
	}
	err = take_text(content, headers, "Subject", "subject", all);
	err = err ? err : take_text(content, headers, reply, "reply_to", all);
	take_from(content, headers, all);
	keep_fields(extra, headers, all);
	return err;
}

int
mailjet_template_take(
	json_t *content, json_t *extra, const json_t *asked, bool all, const char **ret_name)
{
	const json_t *headers = vendor_template_member(asked, "Headers");
	int err = take_text(content, asked, "Html-part", "html", all);

	*ret_name = "Html-part";
	if (err)
		return err;
	*ret_name = "Text-part";
	err = take_text(content, asked, "Text-part", "text", all);
	if (err)
		return err;
	*ret_name = "MJMLContent";
	err = take_mjml(content, asked, all);
	if (err)
		return err;
	*ret_name = "Headers";
	if (headers && !json_is_object(headers) && !json_is_null(headers))
		return -EINVAL;
	return headers || all ? take_headers(content, extra, headers, all) : 0;
}
