#include "api/mailjet_vars.h"

#include "base/buf.h"
#include "wire/json_in.h"

#include <stdlib.h>

#define TAG_MAX 500u /* bytes between the brackets */

bool
mailjet_vars_in(struct str text)
{
	return str_find_str(text, STR_LIT("[[var:")) < text.n ||
	       str_find_str(text, STR_LIT("[[data:")) < text.n;
}

static bool
value_write(struct buf *b, const json_t *value)
{
	char *text;

	if (!value || json_is_object(value) || json_is_array(value) || json_is_null(value))
		return false;
	if (json_is_string(value)) {
		buf_put(b, str_of(json_string_value(value), json_string_length(value)));
		return true;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	buf_put_z(b, text ? text : "");
	free(text);
	return true;
}

struct tag {
	bool var; /* else data */
	struct str name, fallback;
};

/* What stands between the brackets. */
static bool
tag_read(struct str s, struct tag *ret_t)
{
	struct str kind = str_trim(str_cut(&s, ':')), name = str_trim(str_cut(&s, ':'));
	struct str fallback = str_trim(s.p ? s : STR_NONE);
	bool quoted =
		fallback.n >= 2 && fallback.p[0] == '"' && fallback.p[fallback.n - 1] == '"';

	if ((!str_eq_z(kind, "var") && !str_eq_z(kind, "data")) || name.n == 0 ||
		(s.p && !quoted))
		return false;
	*ret_t = (struct tag){ str_eq_z(kind, "var"), name,
		quoted ? str_of(fallback.p + 1, fallback.n - 2) : STR_NONE };
	return true;
}

static void
tag_write(struct buf *b, const struct tag *t, const struct mailjet_vars *v)
{
	if (t->var && (value_write(b, json_in_lookup(v->own, t->name)) ||
			      value_write(b, json_in_lookup(v->all, t->name))))
		return;
	buf_put(b, t->fallback);
}

/* Up to "]]". p NULL: there is none near, or another tag begins before it. */
static struct str
inside(struct str rest)
{
	for (size_t i = 0; i + 1 < rest.n && i < TAG_MAX; i++) {
		if (rest.p[i] == '[' && rest.p[i + 1] == '[')
			break;
		if (rest.p[i] == ']' && rest.p[i + 1] == ']')
			return str_head(rest, i);
	}
	return (struct str){ NULL, 0 };
}

struct str
mailjet_vars_expand(struct arena *a, struct str text, const struct mailjet_vars *v, size_t max)
{
	struct str kept = { NULL, 0 };
	struct buf b;

	if (!mailjet_vars_in(text))
		return text;
	buf_init(&b, max);
	while (text.n > 0 && !b.full) {
		size_t hit = str_find_str(text, STR_LIT("[["));
		struct str rest = str_from(text, hit + 2), found;
		struct tag t;

		buf_put(&b, str_head(text, hit));
		if (hit == text.n)
			break;
		found = inside(rest);
		if (found.p && tag_read(found, &t)) {
			tag_write(&b, &t, v);
			text = str_from(rest, found.n + 2);
		} else {
			buf_put_c(&b, '[');
			text = str_from(text, hit + 1);
		}
	}
	if (!b.full)
		kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}
