#include "api/mailgun_vars.h"

#include "wire/json_in.h"

#include <stdlib.h>

#define MARK      "%recipient"
#define NAME_MAX_ 250u

bool
mailgun_vars_in(struct str text)
{
	return str_find_str(text, STR_LIT(MARK)) < text.n;
}

const json_t *
mailgun_vars_of(const json_t *all, struct str email)
{
	const json_t *found = json_object_getn(all, email.p, email.n);
	const char *key;
	size_t len;
	json_t *value;

	if (found)
		return found;
	json_object_keylen_foreach((json_t *)(uintptr_t)all, key, len, value)
	{
		if (str_ieq(str_of(key, len), email))
			return value;
	}
	return NULL;
}

static void
value_write(struct buf *b, const json_t *value)
{
	char *text;

	if (json_is_string(value)) {
		buf_put(b, str_of(json_string_value(value), json_string_length(value)));
		return;
	}
	if (json_is_null(value))
		return;
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	buf_put_z(b, text ? text : "");
	free(text);
}

/* name: what stands between the percent signs behind "recipient". False: it stays. */
static bool
mark_write(struct buf *b, struct str name, const struct mailgun_vars *v)
{
	const json_t *value = NULL;

	if (str_starts(name, STR_LIT(".")))
		value = json_in_lookup(v->values, str_from(name, 1));
	if (value)
		value_write(b, value);
	else if (name.n == 0 || str_eq_z(name, ".email") || str_eq_z(name, "_email"))
		buf_put(b, v->who->email);
	else if (str_eq_z(name, ".name") || str_eq_z(name, "_name"))
		buf_put(b, v->who->name);
	else
		return false;
	return true;
}

struct str
mailgun_vars_expand(struct arena *a, struct str text, const struct mailgun_vars *v, size_t max)
{
	struct str kept = { NULL, 0 }, mark = STR_LIT(MARK);
	struct buf b;

	if (!mailgun_vars_in(text))
		return text;
	buf_init(&b, max);
	while (text.n > 0 && !b.full) {
		size_t hit = str_find_str(text, mark);
		struct str name = str_from(text, hit + mark.n);
		size_t end = str_find(str_head(name, NAME_MAX_), '%');

		buf_put(&b, str_head(text, hit));
		if (hit == text.n)
			break;
		if (end < name.n && end < NAME_MAX_ && mark_write(&b, str_head(name, end), v)) {
			text = str_from(name, end + 1);
		} else {
			buf_put(&b, mark);
			text = name;
		}
	}
	if (!b.full)
		kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}

struct str
mailgun_vars_page(struct arena *a, struct str text, size_t max)
{
	return arena_replace(
		a, text, STR_LIT("%unsubscribe_url%"), STR_LIT(OUTGOING_PAGE), max);
}
