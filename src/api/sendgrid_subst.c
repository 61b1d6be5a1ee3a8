#include "api/sendgrid_subst.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

static const struct sendgrid_tags none;

static unsigned char
first_byte(const struct sendgrid_tag *t)
{
	return (unsigned char)t->name.p[0];
}

static int
order(const void *a, const void *b)
{
	const struct sendgrid_tag *x = a, *y = b;

	if (first_byte(x) != first_byte(y))
		return first_byte(x) < first_byte(y) ? -1 : 1;
	if (x->name.n != y->name.n)
		return x->name.n > y->name.n ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static void
index_tags(struct sendgrid_tags *t)
{
	size_t k = 0;

	if (t->n > 1)
		qsort(t->at, t->n, sizeof *t->at, order);
	for (unsigned c = 0; c < 256; c++) {
		t->first[c] = (uint32_t)k;
		while (k < t->n && first_byte(&t->at[k]) == c)
			k++;
	}
	t->first[256] = (uint32_t)k;
}

static int
read_tags(struct arena *a, const json_t *object, struct sendgrid_tags *ret)
{
	size_t n = json_object_size(object);
	const char *key;
	json_t *value;

	*ret = (struct sendgrid_tags){ .at = arena_alloc(a, (n + 1) * sizeof *ret->at) };
	if (!ret->at)
		return -E2BIG;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		/* An empty tag would stand everywhere. */
		if (*key && json_is_string(value))
			ret->at[ret->n++] = (struct sendgrid_tag){ str_z(key),
				str_of(json_string_value(value), json_string_length(value)) };
	}
	index_tags(ret);
	return 0;
}

static const struct sendgrid_tag *
find(const struct sendgrid_tags *t, struct str rest, int64_t *work)
{
	unsigned c = (unsigned char)rest.p[0];

	for (size_t k = t->first[c]; k < t->first[c + 1]; k++) {
		*work -= 1 + (int64_t)(t->at[k].name.n / 16);
		if (str_starts(rest, t->at[k].name))
			return &t->at[k];
	}
	return NULL;
}

static int
replace(struct sendgrid_subst *s, struct str *text, const struct sendgrid_tags *one,
	const struct sendgrid_tags *two)
{
	struct str in = *text, made;
	size_t i = 0, done = 0;
	struct buf out;

	buf_init(&out, s->max);
	*s->work -= (int64_t)in.n;
	while (i < in.n && *s->work >= 0 && !out.full) {
		const struct sendgrid_tag *t = find(one, str_from(in, i), s->work);

		t = t ? t : find(two, str_from(in, i), s->work);
		if (!t) {
			i++;
			continue;
		}
		buf_put(&out, str_of(in.p + done, i - done));
		buf_put(&out, t->value);
		*s->work -= (int64_t)t->value.n;
		i += t->name.n;
		done = i;
	}
	if (done > 0)
		buf_put(&out, str_from(in, done));
	bool over = *s->work < 0 || out.full;
	made = done > 0 && !over ? arena_str(s->arena, buf_str(&out)) : in;
	buf_done(&out);
	if (over)
		return -EOVERFLOW;
	if (done > 0 && !made.p)
		return -E2BIG;
	*text = made;
	return 0;
}

int
sendgrid_subst_init(
	struct sendgrid_subst *s, struct arena *a, const json_t *sections, int64_t *work)
{
	*s = (struct sendgrid_subst){ .arena = a, .work = work, .max = SENDGRID_SUBST_MAX };
	return read_tags(a, sections, &s->sections);
}

int
sendgrid_subst_next(
	const struct sendgrid_subst *s, const json_t *subst, struct sendgrid_subst *ret)
{
	struct sendgrid_tags *sections = &ret->sections;
	int err;

	*ret = *s;
	err = read_tags(s->arena, subst, &ret->subst);
	if (err || s->sections.n == 0)
		return err;
	sections->at = arena_alloc(s->arena, sections->n * sizeof *sections->at);
	if (!sections->at)
		return -E2BIG;
	memcpy(sections->at, s->sections.at, sections->n * sizeof *sections->at);
	for (size_t i = 0; i < sections->n && !err; i++)
		err = replace(ret, &sections->at[i].value, &ret->subst, &none);
	for (size_t i = 0; i < ret->subst.n && !err; i++)
		err = replace(ret, &ret->subst.at[i].value, sections, &none);
	return err;
}

int
sendgrid_subst_text(struct sendgrid_subst *s, struct str *text)
{
	if (s->subst.n + s->sections.n == 0)
		return 0;
	return replace(s, text, &s->subst, &s->sections);
}
