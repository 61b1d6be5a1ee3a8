#include "api/sendgrid_template.h"

#include "report/member.h"

#include <errno.h>
#include <string.h>

#define FACE_BITS 16

/* ---- ids ---- */

const char *
sendgrid_template_id(
	char dst[SENDGRID_TEMPLATE_ID], const uint8_t key[UUID_KEY_SIZE], int64_t number)
{
	memcpy(dst, "d-", 2);
	typed_id_hex(dst + 2, key, "tpl", (uint64_t)number);
	return dst;
}

int64_t
sendgrid_template_number(struct str id, const uint8_t key[UUID_KEY_SIZE])
{
	uint64_t number = 0;

	if (!str_istarts(id, STR_LIT("d-")) ||
		typed_id_unhex(str_from(id, 2), key, "tpl", &number) < 0)
		return 0;
	return (int64_t)number;
}

/* Behind which digits a UUID has its hyphens. */
static bool
is_cut(size_t digits)
{
	return digits == 8 || digits == 12 || digits == 16 || digits == 20;
}

const char *
sendgrid_version_id(char dst[SENDGRID_VERSION_ID], const uint8_t key[UUID_KEY_SIZE],
	const struct template_face *f)
{
	char hex[TYPED_ID_HEX];
	size_t n = 0;

	typed_id_hex(hex, key, "tplv", (uint64_t)f->template << FACE_BITS | (uint64_t)f->face);
	for (size_t i = 0; i < TYPED_ID_HEX; i++) {
		if (is_cut(i))
			dst[n++] = '-';
		dst[n++] = hex[i];
	}
	return dst;
}

int64_t
sendgrid_version_face(struct str id, const uint8_t key[UUID_KEY_SIZE], int64_t template)
{
	char hex[TYPED_ID_HEX];
	uint64_t number = 0;
	size_t n = 0;

	if (id.n != SENDGRID_VERSION_ID - 1)
		return 0;
	for (size_t i = 0; i < id.n; i++) {
		bool hyphen = is_cut(n) && (i == 0 || id.p[i - 1] != '-');

		if (hyphen != (id.p[i] == '-'))
			return 0;
		if (!hyphen && n < sizeof hex)
			hex[n++] = id.p[i];
	}
	if (typed_id_unhex(str_of(hex, n), key, "tplv", &number) < 0 ||
		(int64_t)(number >> FACE_BITS) != template)
		return 0;
	return (int64_t)(number & ((1u << FACE_BITS) - 1));
}

/* ---- as JSON ---- */

json_t *
sendgrid_template_json(
	const struct control_template *t, const uint8_t key[UUID_KEY_SIZE], json_t *versions)
{
	char id[SENDGRID_TEMPLATE_ID];
	json_t *extra = vendor_template_extra(t->extra);
	json_t *o = json_pack("{s:s, s:o, s:s, s:o, s:o}", "id",
		sendgrid_template_id(id, key, t->id), "name",
		member_of(vendor_template_name(t, extra)), "generation", "dynamic",
		"updated_at", vendor_template_time(t->updated), "versions", versions);

	json_decref(extra);
	return o;
}

static const struct {
	const char *name, *otherwise; /* NULL: a boolean, true */
	bool with_bodies;
} kept[] = {
	{ "generate_plain_content", NULL, false },
	{ "editor", "code", false },
	{ "test_data", "", true },
};
#define NKEPT (sizeof kept / sizeof *kept)

static json_t *
default_of(size_t i)
{
	return kept[i].otherwise ? json_string(kept[i].otherwise) : json_true();
}

static json_t *
name_of(const struct template_face *f)
{
	return f->name.n ? member_of(f->name)
	                 : json_sprintf("Version %lld", (long long)f->version);
}

json_t *
sendgrid_version_json(const struct template_face *f, const struct sendgrid_version_view *view)
{
	char id[SENDGRID_VERSION_ID], of[SENDGRID_TEMPLATE_ID];
	json_t *extra = vendor_template_extra(f->extra);
	json_t *o = json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:s}", "id",
		sendgrid_version_id(id, view->key, f), "template_id",
		sendgrid_template_id(of, view->key, f->template), "active",
		f->version == view->published, "name", name_of(f), "subject",
		member_of(f->subject), "updated_at", vendor_template_time(f->updated),
		"thumbnail_url", "");

	for (size_t i = 0; i < NKEPT; i++) {
		json_t *j = json_object_get(extra, kept[i].name);

		if (!kept[i].with_bodies || view->bodies)
			json_object_set_new(
				o, kept[i].name, j ? json_incref(j) : default_of(i));
	}
	if (view->bodies) {
		json_object_set_new(o, "html_content", member_of(f->html));
		json_object_set_new(o, "plain_content", member_of(f->text));
	}
	json_decref(extra);
	return o;
}

/* ---- what is asked ---- */

int
sendgrid_version_take(
	json_t *content, json_t *extra, const json_t *asked, const char **ret_name)
{
	static const struct {
		const char *from, *to;
	} texts[] = { { "subject", "subject" }, { "html_content", "html" },
		{ "plain_content", "text" } };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		json_t *j = json_object_get(asked, texts[i].from);

		*ret_name = texts[i].from;
		if (!j || json_is_null(j))
			continue;
		if (!json_is_string(j))
			return -EINVAL;
		json_object_set(content, texts[i].to, j);
	}
	for (size_t i = 0; i < NKEPT; i++) {
		json_t *j = json_object_get(asked, kept[i].name);

		*ret_name = kept[i].name;
		if (!j || json_is_null(j))
			continue;
		if (kept[i].otherwise ? !json_is_string(j) : !json_is_boolean(j))
			return -EINVAL;
		json_object_set(extra, kept[i].name, j);
	}
	return 0;
}
