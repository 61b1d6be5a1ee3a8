#include "api/call.h"

#include "base/text.h"
#include "send/outgoing_text.h"

#include <errno.h>
#include <stdlib.h>

void
api_send_init(struct api_send *s, struct arena *a)
{
	*s = (struct api_send){ .arena = a };
}

void
api_send_done(struct api_send *s)
{
	json_decref(s->root);
	s->root = NULL;
}

int
api_send_read(const struct api_send *s, int err)
{
	return !err && s->lost ? -E2BIG : err;
}

int
api_send_items(struct api_send *s, size_t n)
{
	s->items = arena_alloc(s->arena, (n > 0 ? n : 1) * sizeof *s->items);
	s->n = s->items ? n : 0;
	return s->items ? 0 : -E2BIG;
}

void
api_answer_init(struct api_answer *a, int status, const char *type, size_t max)
{
	*a = (struct api_answer){ .status = status, .type = type, .message_id = STR_NONE };
	buf_init(&a->body, max);
}

static int
field(struct api_answer *a, const char *name, struct str value)
{
	if (!value.p || a->nfields == API_FIELDS_MAX)
		return -E2BIG;
	a->fields[a->nfields++] = (struct api_field){ name, value };
	return 0;
}

int
api_answer_rate(
	struct api_answer *a, struct arena *arena, const struct api_rate *rate, int64_t now)
{
	unsigned long long limit = rate->limit, left = rate->left;
	long long reset = (long long)(now / 1000000) + rate->reset_s;

	if (field(a, "X-RateLimit-Limit", arena_printf(arena, "%llu", limit)) < 0 ||
		field(a, "X-RateLimit-Remaining", arena_printf(arena, "%llu", left)) < 0 ||
		field(a, "X-RateLimit-Reset", arena_printf(arena, "%lld", reset)) < 0 ||
		field(a, "RateLimit-Policy",
			arena_printf(arena, "\"default\";q=%llu;w=%u", limit, rate->window_s)) <
			0 ||
		field(a, "RateLimit",
			arena_printf(arena, "\"default\";r=%llu;t=%u", left, rate->reset_s)) <
			0)
		return -E2BIG;
	return 0;
}

struct api_error *
api_error_add(struct api_send *s, struct api_errors *e)
{
	if (!e->at)
		e->at = arena_alloc(s->arena, API_ERRORS_MAX * sizeof *e->at);
	if (!e->at)
		s->lost = true;
	if (!e->at || e->n == API_ERRORS_MAX)
		return NULL;
	return &e->at[e->n++];
}

bool
api_bulk(const struct outgoing *o, size_t n)
{
	return n > 0 && outgoing_most(o) > API_COMPOSED_MAX / n;
}

bool
api_send_bulk(struct api_send *s)
{
	struct outgoing_text last = { 0 };
	uint64_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].errors.n == 0 && !s->items[i].mail.sandbox &&
			!s->items[i].template)
			outgoing_text_make(&last, s->arena, &s->items[i].mail);
	/* Each pass over a text adds at least its bytes, so this work is bounded as well. */
	for (size_t i = 0; i < s->n && n <= API_COMPOSED_MAX; i++)
		if (s->items[i].errors.n == 0)
			n += outgoing_most(&s->items[i].mail);
	return n > API_COMPOSED_MAX;
}

bool
api_longer(struct str s, size_t chars)
{
	size_t n = 0;

	for (size_t i = 0; s.p && i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n > chars;
}

struct str
api_base64(struct arena *a, struct str text, size_t max)
{
	struct str kept = { NULL, 0 };
	char *plain = NULL;
	struct buf b;
	size_t n = 0;

	if (text.n / 4 * 3 <= max + 2 + text.n / 16)
		plain = arena_alloc(a, text.n + 1);
	for (size_t i = 0; plain && i < text.n; i++)
		if (text.p[i] != '\r' && text.p[i] != '\n')
			plain[n++] = text.p[i];
	buf_init(&b, max);
	if (plain && text_b64_decode(&b, str_of(plain, n)) == 0)
		kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept;
}

void
api_about_init(struct api_about *about)
{
	/* A text too long is judged by outgoing_check, so it must fit here. */
	buf_init(&about->b, 8 * OUTGOING_ABOUT_MAX);
}

static void
member(struct api_about *about, const char *name)
{
	buf_printf(&about->b, "%c\"%s\":", about->b.n ? ',' : '{', name);
}

void
api_about_str(struct api_about *about, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	member(about, name);
	text_json(&about->b, value);
}

void
api_about_json(struct api_about *about, const char *name, const json_t *value)
{
	char *text;

	if ((!json_is_object(value) && !json_is_array(value)) ||
		json_object_size(value) + json_array_size(value) == 0)
		return;
	text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return;
	member(about, name);
	buf_put_z(&about->b, text);
	free(text);
}

static const char *const tls_words[] = {
	[TLS_NEED_NONE] = "", [TLS_NEED_VERIFIED] = "verified", [TLS_NEED_ANY] = "any"
};

void
api_about_tls(struct api_about *about, uint8_t need)
{
	api_about_str(about, "tls", str_z(tls_words[need <= TLS_NEED_ANY ? need : 0]));
}

uint8_t
api_about_tls_need(struct str word)
{
	for (unsigned i = TLS_NEED_VERIFIED; i <= TLS_NEED_ANY; i++)
		if (str_eq_z(word, tls_words[i]))
			return (uint8_t)i;
	return TLS_NEED_NONE;
}

struct str
api_about_done(struct api_about *about, struct arena *a)
{
	struct str kept;

	if (about->b.n)
		buf_put_c(&about->b, '}');
	kept = arena_str(a, buf_str(&about->b));
	buf_done(&about->b);
	return kept.p ? kept : STR_NONE;
}

size_t
api_groups(const json_t *list, uint32_t own, uint32_t ret[OUTGOING_GROUPS])
{
	size_t n = 0;

	if (own)
		ret[n++] = own;
	for (size_t i = 0; i < json_array_size(list) && n < OUTGOING_GROUPS; i++) {
		json_int_t v = json_integer_value(json_array_get(list, i));
		bool there = v <= 0 || v >= MSG_STREAM_NUMBERS;

		for (size_t k = 0; k < n; k++)
			there = there || ret[k] == v;
		if (!there)
			ret[n++] = (uint32_t)v;
	}
	return n > (own ? 1 : 0) ? n : 0;
}
