#include "wire/config_set.h"

#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"

#include <errno.h>

int
config_set_fail(struct config_set *r, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, sizeof r->error->text - 1);
	if (r->origin.n > 0)
		buf_printf(&b, "%.*s: ", STR_ARG(r->origin));
	va_start(ap, fmt);
	if (buf_vprintf(&b, fmt, ap) < 0)
		buf_put_z(&b, "the value is not allowed here");
	va_end(ap);
	*r->error = (struct config_error){ .line = r->line, .column = r->column };
	(void)str_copy_z(r->error->text, sizeof r->error->text, buf_str(&b));
	buf_done(&b);
	return -EINVAL;
}

#define CONFIG_WORD_SIZE 128

/* The wrong word as one may print it: cleaned, cut, in quotes. */
const char *
config_set_word(char dst[CONFIG_WORD_SIZE], struct str word)
{
	struct buf b;

	buf_init(&b, CONFIG_WORD_SIZE - 8);
	buf_put_c(&b, '"');
	if (text_safe(&b, str_head(word, 40)) < 0)
		buf_put_z(&b, "?");
	buf_put_z(&b, word.n > 40 ? "…\"" : "\"");
	(void)str_copy_z(dst, CONFIG_WORD_SIZE, buf_str(&b));
	buf_done(&b);
	return dst;
}

int
config_set_unknown(struct config_set *r, struct str prefix, struct str word)
{
	char safe[CONFIG_WORD_SIZE], plain[CONFIG_PATH_SIZE];
	struct str near = config_key_nearest(prefix, word);
	const struct config_key *other = config_key_elsewhere(word);
	struct buf b;
	int e;

	config_set_word(safe, word);
	if (near.n > 0)
		return config_set_fail(
			r, "unknown key %s; did you mean \"%.*s\"?", safe, STR_ARG(near));
	if (other)
		return config_set_fail(r, "unknown key %s; did you mean %s?", safe,
			config_key_plain(plain, other->path));
	buf_init(&b, 384);
	config_key_list(&b, prefix);
	e = config_set_fail(r, "unknown key %s; known here: %.*s", safe, STR_ARG(buf_str(&b)));
	buf_done(&b);
	return e;
}

static void *
at(void *base, size_t offset)
{
	return (char *)base + offset;
}

static size_t *
count_of(const struct config_key *k, void *base)
{
	return at(base, k->count_at);
}

void
config_set_clear(struct config_set *r, const struct config_key *k, void *base)
{
	size_t kept = 0;

	*count_of(k, base) = 0;
	for (size_t i = 0; i < r->nplaces; i++)
		if (r->places[i].key != k)
			r->places[kept++] = r->places[i];
	r->nplaces = kept;
}

static void
bound_text(char dst[UTC_TEXT_SIZE], enum config_kind kind, uint64_t v)
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	if (kind == CONFIG_KIND_SPAN || kind == CONFIG_KIND_EVER) {
		bool days = v % UTC_DAY == 0;

		snprintf(dst, UTC_TEXT_SIZE, "%llu%s",
			(unsigned long long)(v / (uint64_t)(days ? UTC_DAY : UTC_SEC)),
			days ? "d" : "s");
		return;
	}
	while (kind == CONFIG_KIND_SIZE && v >= 1024 && v % 1024 == 0 && unit < 4) {
		v /= 1024;
		unit++;
	}
	snprintf(dst, UTC_TEXT_SIZE, "%llu%s", (unsigned long long)v, units[unit]);
}

int
config_set_wrong(
	struct config_set *r, const struct config_key *k, const char *what, const char *why)
{
	char plain[CONFIG_PATH_SIZE];

	config_key_plain(plain, k->path);
	if (why)
		return config_set_fail(r, "%s: %s: %s", plain, what, why);
	if (k->cap > 0 && !config_value_is_entry(k->kind))
		return config_set_fail(r, "%s: %s is not right here: each entry is %s", plain,
			what, config_value_allowed(k->kind, false));
	return config_set_fail(
		r, "%s: %s is not %s", plain, what, config_value_allowed(k->kind, false));
}

static int
fail_range(struct config_set *r, const struct config_key *k, const char *word)
{
	char plain[CONFIG_PATH_SIZE], lo[UTC_TEXT_SIZE], hi[UTC_TEXT_SIZE];

	if (k->bounds.hi == 0)
		return config_set_wrong(r, k, word, NULL);
	bound_text(lo, k->kind, k->bounds.lo);
	bound_text(hi, k->kind, k->bounds.hi);
	return config_set_fail(r, "%s: %s is out of range: allowed is %s to %s",
		config_key_plain(plain, k->path), word, lo, hi);
}

static void
place_add(struct config_set *r, const struct config_key *k, unsigned port)
{
	must(r->nplaces < CONFIG_PLACES_MAX);
	r->places[r->nplaces++] = (struct config_place){ k, port, r->line, r->column };
}

/* One value into base: replaces, or appends to a list. */
int
config_set_value(struct config_set *r, const struct config_key *k, void *base, struct str text)
{
	char word[CONFIG_WORD_SIZE], plain[CONFIG_PATH_SIZE];
	size_t *count = k->cap > 0 ? count_of(k, base) : NULL;
	void *to = at(base, k->at);
	const struct config_rule rule = { k->kind, k->bounds };
	const char *why = NULL;
	int e;

	if (count && *count >= k->cap)
		return config_set_fail(r, "%s: more than %zu entries",
			config_key_plain(plain, k->path), k->cap);
	if (count)
		to = at(to, *count * config_value_size(k->kind));
	if (text.n == 0) {
		if (!count && k->def && !*k->def) {
			*(struct str *)to = STR_NONE;
			return 0;
		}
		return config_set_fail(r, "%s: a value is missing: write %s",
			config_key_plain(plain, k->path), config_value_allowed(k->kind, false));
	}
	e = config_value_set(&rule, &r->c->arena, text, to, &why);
	if (e == -ERANGE)
		return fail_range(r, k, config_set_word(word, text));
	if (e < 0)
		return config_set_wrong(r, k, config_set_word(word, text), why);
	if (count && k->kind == CONFIG_KIND_PORT)
		place_add(r, k, *(uint16_t *)to);
	if (count)
		++*count;
	return 0;
}

struct str
config_set_prefix(char dst[CONFIG_PATH_SIZE], const struct config_key *list)
{
	int n = snprintf(dst, CONFIG_PATH_SIZE, "%s[].", list->path);

	must(n > 0 && n < CONFIG_PATH_SIZE);
	return str_of(dst, (size_t)n);
}

/* The n-th field of a list's entries, or NULL. */
const struct config_key *
config_set_field(const struct config_key *list, size_t n)
{
	char prefix[CONFIG_PATH_SIZE];
	struct str p = config_set_prefix(prefix, list);
	const struct config_key *k = config_key_section(p);

	k += n;
	return k < config_keys + CONFIG_KEYS && str_starts(str_z(k->path), p) ? k : NULL;
}

/* A new entry with its defaults; it counts only after config_set_end. */
int
config_set_begin(
	struct config_set *r, const struct config_key *list, struct config_level *ret_l)
{
	char plain[CONFIG_PATH_SIZE];
	size_t n = *count_of(list, r->c);
	const struct config_key *k;

	if (n >= list->cap)
		return config_set_fail(r, "%s: more than %zu entries",
			config_key_plain(plain, list->path), list->cap);
	*ret_l = (struct config_level){ .base = at(r->c,
						list->at + n * config_value_size(list->kind)) };
	config_set_prefix(ret_l->prefix, list);
	memset(ret_l->base, 0, config_value_size(list->kind));
	for (size_t i = 0; (k = config_set_field(list, i)); i++)
		if (k->def)
			must(config_set_value(r, k, ret_l->base, str_z(k->def)) == 0);
	return 0;
}

/* Every kind of entry begins with the text that names it: it is there once. */
int
config_set_end(
	struct config_set *r, const struct config_key *list, const struct config_level *l)
{
	char plain[CONFIG_PATH_SIZE], word[CONFIG_WORD_SIZE];
	size_t *count = count_of(list, r->c), size = config_value_size(list->kind);
	const struct config_key *k;
	struct str name;

	must(l->base != NULL);
	name = *(struct str *)l->base;

	for (size_t i = 0; (k = config_set_field(list, i)); i++)
		if (!k->def && !l->seen[k - config_keys])
			return config_set_fail(r, "%s: \"%.*s\" is missing: write %s",
				config_key_plain(plain, list->path),
				STR_ARG(config_key_part(k, str_z(l->prefix))),
				config_value_allowed(k->kind, false));
	for (size_t i = 0; i < *count; i++)
		if (str_eq(name, *(struct str *)at(r->c, list->at + i * size)))
			return config_set_fail(r, "%s: %s is there twice",
				config_key_plain(plain, list->path),
				config_set_word(word, name));
	++*count;
	return 0;
}

/* "first=second" or "first" */
int
config_set_entry(struct config_set *r, const struct config_key *list, struct str text)
{
	const struct config_key *first = config_set_field(list, 0),
				*second = config_set_field(list, 1);
	struct config_level l = { 0 };
	struct str rest = text, name = str_cut(&rest, '=');
	int e = config_set_begin(r, list, &l);

	if (e == 0)
		e = config_set_value(r, first, l.base, str_trim(name));
	l.seen[first - config_keys] = true;
	if (e == 0 && rest.p) {
		e = config_set_value(r, second, l.base, str_trim(rest));
		l.seen[second - config_keys] = true;
	}
	return e == 0 ? config_set_end(r, list, &l) : e;
}

int
config_set_text(struct config_set *r, const struct config_key *k, struct str text)
{
	int e = 0;

	if (k->cap == 0)
		return config_set_value(r, k, r->c, text);
	config_set_clear(r, k, r->c);
	/* People write lists as in the file, too. */
	text = str_trim(text);
	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		text = str_trim(str_head(str_from(text, 1), text.n - 2));
	while (e == 0 && text.n > 0) {
		struct str part = str_trim(str_cut(&text, ','));

		e = config_value_is_entry(k->kind) ? config_set_entry(r, k, part)
		                                   : config_set_value(r, k, r->c, part);
	}
	return e;
}
