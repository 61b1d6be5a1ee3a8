#include "api/french.h"

#include "api/french_account_tbl.h"
#include "api/french_desk_tbl.h"
#include "api/french_send_tbl.h"
#include "api/french_text_tbl.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define VALUES_MAX 9u
#define DEPTH_MAX  3u /* sentences within sentences */
#define WALK_MAX   6u /* objects and lists within an answer */

static const struct french_row rows[] = {
#define F(english, french) { english, french },
	FRENCH_ACCOUNT(F) FRENCH_DESK(F) FRENCH_SEND(F) FRENCH_TEXT(F)
#undef F
};
#define ROWS (sizeof rows / sizeof *rows)

const struct french_row *
french_row(size_t i)
{
	return i < ROWS ? &rows[i] : NULL;
}

/* ---- forms */

struct values {
	struct str at[VALUES_MAX];
	size_t n, own; /* own: bytes of the form that are no values */
};

static bool
is_value(const char *p, char kind)
{
	return p[0] == '%' && p[1] == kind;
}

/* Of the digits, with a sign, that s begins with. */
static size_t
number_length(struct str s)
{
	size_t sign = s.n > 0 && s.p[0] == '-', n = sign;

	while (n < s.n && ascii_digit(s.p[n]))
		n++;
	return n > sign ? n : 0;
}

/* Does s begin with what *p says up to its next text, or its end? Then *p is moved there. */
static bool
begins(const char **p, struct str s, struct values *v, size_t *ret_used)
{
	struct values got = *v;
	const char *form = *p;
	size_t used = 0;

	while (*form && !is_value(form, 's')) {
		if (is_value(form, 'u')) {
			size_t n = number_length(str_from(s, used));

			if (n == 0 || got.n == VALUES_MAX)
				return false;
			got.at[got.n++] = str_head(str_from(s, used), n);
			used += n;
			form += 2;
			continue;
		}
		if (used >= s.n || s.p[used] != *form)
			return false;
		used++;
		form++;
		got.own++;
	}
	*v = got;
	*p = form;
	*ret_used = used;
	return true;
}

/* Texts are as short as what is behind them allows; the last one reaches as far as it must. */
static bool
fits(const char *form, struct str s, struct values *ret_v)
{
	struct values v = { .n = 0 };
	size_t used;

	if (!begins(&form, s, &v, &used))
		return false;
	s = str_from(s, used);
	while (*form) {
		size_t text = v.n++, skip = 0;
		const char *behind = form + 2;

		if (text == VALUES_MAX)
			return false;
		for (;; skip++) {
			const char *at = behind;
			struct values got = v;

			if (skip > s.n)
				return false;
			if (!*behind && skip < s.n)
				continue;
			if (!begins(&at, str_from(s, skip), &got, &used) ||
				(!*at && skip + used < s.n))
				continue;
			v = got;
			form = at;
			break;
		}
		v.at[text] = str_head(s, skip);
		s = str_from(s, skip + used);
	}
	if (s.n > 0)
		return false;
	*ret_v = v;
	return true;
}

/* ---- saying */

static int say(struct buf *out, struct str english, unsigned depth);

/* The number of "%1" or "{1}" at p, its kind in *ret_kind; 0: there is none. "%40" is none. */
static size_t
place(const char *p, char *ret_kind)
{
	if ((p[0] != '%' && p[0] != '{') || p[1] < '1' || p[1] > '9')
		return 0;
	if (p[0] == '{' ? p[2] != '}' : ascii_digit(p[2]))
		return 0;
	*ret_kind = p[0];
	return (size_t)(p[1] - '0');
}

/* 0; -ENOENT: a value that must be a sentence is none we know; -E2BIG. */
static int
fill(struct buf *out, const char *french, const struct values *v, unsigned depth)
{
	char kind;
	int err = 0;

	while (!err && *french) {
		size_t i = place(french, &kind);

		if (i == 0 || i > v->n) {
			err = buf_put_c(out, *french++);
			continue;
		}
		french += kind == '{' ? 3 : 2;
		if (kind == '%' || v->at[i - 1].n == 0)
			err = buf_put(out, v->at[i - 1]);
		else
			err = say(out, v->at[i - 1], depth + 1);
	}
	return err < 0 ? err : 0;
}

static int
say(struct buf *out, struct str english, unsigned depth)
{
	struct values v;
	struct buf best, one;
	size_t own = 0;
	int err = -ENOENT;

	if (english.n == 0 || english.n > FRENCH_TEXT_MAX || depth > DEPTH_MAX)
		return -ENOENT;
	buf_init(&best, 2 * FRENCH_TEXT_MAX);
	buf_init(&one, 2 * FRENCH_TEXT_MAX);
	for (size_t i = 0; i < ROWS; i++) {
		const char *form = rows[i].english;

		if (*form != english.p[0] && *form != '%')
			continue;
		if (!fits(form, english, &v) || (err == 0 && v.own <= own))
			continue;
		buf_clear(&one);
		if (fill(&one, rows[i].french, &v, depth) < 0)
			continue;
		buf_clear(&best);
		err = buf_put(&best, buf_str(&one)) < 0 ? -E2BIG : 0;
		own = v.own;
	}
	if (err == 0)
		err = buf_put(out, buf_str(&best)) < 0 ? -E2BIG : 0;
	buf_done(&one);
	buf_done(&best);
	return err;
}

int
french_say(struct buf *out, struct str english)
{
	return say(out, english, 0);
}

json_t *
french_json(struct str english)
{
	struct buf b;
	json_t *j = NULL;

	buf_init(&b, 2 * FRENCH_TEXT_MAX);
	if (french_say(&b, english) == 0)
		j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j;
}

/* ---- answers */

static json_t *
of_text(const json_t *j)
{
	return json_is_string(j)
	               ? french_json(str_of(json_string_value(j), json_string_length(j)))
	               : NULL;
}

static void
member(json_t *object, const char *name)
{
	json_t *said = of_text(json_object_get(object, name));

	if (said)
		json_object_set_new(object, name, said);
}

static void
walk(json_t *j, bool errors, unsigned depth)
{
	static const char *const names[] = { "why", "reason", "words" };
	json_t *inner, *said;
	const char *name;
	size_t i;

	if (depth > WALK_MAX)
		return;
	json_array_foreach(j, i, inner) walk(inner, errors, depth + 1);
	if (!json_is_object(j))
		return;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		member(j, names[i]);
	if (errors) {
		member(j, "message");
		member(j, "error");
	}
	json_array_foreach(json_object_get(j, "warnings"), i, inner)
	{
		said = of_text(inner);
		if (said)
			json_array_set_new(json_object_get(j, "warnings"), i, said);
	}
	json_object_foreach(j, name, inner) if (json_is_object(inner) || json_is_array(inner))
		walk(inner, strcmp(name, "errors") == 0, depth + 1);
}

void
french_answer(json_t *j)
{
	walk(j, false, 0);
}
