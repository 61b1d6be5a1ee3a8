#include "wire/msg.h"

#include "base/must.h"

#include <errno.h>

#define LIST_MAX 16384

/* Fixed-size fields. */

static int
put_u8(struct buf *b, const uint8_t *v)
{
	return wr_u8(b, *v);
}

static int
put_u16(struct buf *b, const uint16_t *v)
{
	return wr_u16(b, *v);
}

static int
put_u32(struct buf *b, const uint32_t *v)
{
	return wr_u32(b, *v);
}

static int
put_u64(struct buf *b, const uint64_t *v)
{
	return wr_u64(b, *v);
}

static int
put_i64(struct buf *b, const int64_t *v)
{
	return wr_u64(b, (uint64_t)*v);
}

static int
put_str(struct buf *b, const struct str *v)
{
	return wr_str(b, *v);
}

static int
put_text(struct buf *b, const struct str *v)
{
	return wr_text(b, *v);
}

static int
put_tail(struct buf *b, const struct str *v)
{
	return v->n ? wr_text(b, *v) : 0;
}

static int
put_raw32(struct buf *b, const struct msg_raw32 *v)
{
	return buf_put(b, str_of(v->b, sizeof v->b));
}

static int
put_reply(struct buf *b, const struct reply *v)
{
	wr_u16(b, v->code);
	wr_u8(b, v->dsn.class);
	wr_u16(b, v->dsn.subject);
	wr_u16(b, v->dsn.detail);
	return wr_str(b, v->text);
}

static void
get_u8(struct rd *r, struct arena *a, uint8_t *v)
{
	(void)a;
	*v = rd_u8(r);
}

static void
get_u16(struct rd *r, struct arena *a, uint16_t *v)
{
	(void)a;
	*v = rd_u16(r);
}

static void
get_u32(struct rd *r, struct arena *a, uint32_t *v)
{
	(void)a;
	*v = rd_u32(r);
}

static void
get_u64(struct rd *r, struct arena *a, uint64_t *v)
{
	(void)a;
	*v = rd_u64(r);
}

static void
get_i64(struct rd *r, struct arena *a, int64_t *v)
{
	(void)a;
	*v = (int64_t)rd_u64(r);
}

static void
get_str(struct rd *r, struct arena *a, struct str *v)
{
	(void)a;
	*v = rd_str(r);
}

static void
get_text(struct rd *r, struct arena *a, struct str *v)
{
	(void)a;
	*v = rd_text(r);
}

static void
get_tail(struct rd *r, struct arena *a, struct str *v)
{
	(void)a;
	if (r->n == 0)
		return;
	*v = rd_text(r);
	/* One message has one spelling. */
	r->bad |= v->n == 0;
}

static void
get_raw32(struct rd *r, struct arena *a, struct msg_raw32 *v)
{
	struct str s = rd_raw(r, sizeof v->b);

	(void)a;
	if (s.n == sizeof v->b)
		memcpy(v->b, s.p, sizeof v->b);
}

static void
get_reply(struct rd *r, struct arena *a, struct reply *v)
{
	(void)a;
	v->code = rd_u16(r);
	v->dsn.class = rd_u8(r);
	v->dsn.subject = rd_u16(r);
	v->dsn.detail = rd_u16(r);
	v->text = rd_str(r);
}

/* Lists: a u16 count, then the elements; their fields as tables too. */

#define FIELDS_rcpts(F)   F(u16, index) F(u8, notify) F(str, address) F(str, orcpt)
#define FIELDS_texts(F)   F(text, bytes)
#define FIELDS_signers(F) F(u8, algo) F(str, domain) F(str, selector)
#define FIELDS_results(F) F(u16, index) F(u8, result) F(u8, stage) F(reply, reply)
#define FIELDS_counts(F)  F(u16, what) F(u16, label) F(u64, value)

#define PUT_ELEMENT(type, name) put_##type(b, &v->at[i].name);
#define GET_ELEMENT(type, name) get_##type(r, a, &v->at[i].name);

/* smallest = the fewest bytes an element takes, so that a count cannot ask for more memory
 * than the message could fill. */
#define LIST_FUNCTIONS(list, smallest)                                                         \
	static int put_##list(struct buf *b, const struct msg_##list *v)                       \
	{                                                                                      \
		must(v->n <= LIST_MAX);                                                        \
		wr_u16(b, (uint16_t)v->n);                                                     \
		for (size_t i = 0; i < v->n; i++) {                                            \
			FIELDS_##list(PUT_ELEMENT)                                             \
		}                                                                              \
		return b->full ? -E2BIG : 0;                                                   \
	}                                                                                      \
	static void get_##list(struct rd *r, struct arena *a, struct msg_##list *v)            \
	{                                                                                      \
		size_t n = rd_u16(r);                                                          \
                                                                                               \
		v->n = 0;                                                                      \
		v->at = NULL;                                                                  \
		if (n == 0)                                                                    \
			return;                                                                \
		if (n > LIST_MAX || n * (smallest) > r->n ||                                   \
			(v->at = arena_alloc(a, n * sizeof *v->at)) == NULL) {                 \
			r->bad = true;                                                         \
			return;                                                                \
		}                                                                              \
		for (size_t i = 0; i < n; i++) {                                               \
			FIELDS_##list(GET_ELEMENT)                                             \
		}                                                                              \
		v->n = n;                                                                      \
	}

LIST_FUNCTIONS(rcpts, 7)
LIST_FUNCTIONS(texts, 4)
LIST_FUNCTIONS(signers, 5)
LIST_FUNCTIONS(results, 13)
LIST_FUNCTIONS(counts, 12)

static int
put_u64s(struct buf *b, const struct msg_u64s *v)
{
	must(v->n <= MSG_U64S_MAX);
	wr_u32(b, (uint32_t)v->n);
	for (size_t i = 0; i < v->n; i++)
		wr_u64(b, v->at[i]);
	return b->full ? -E2BIG : 0;
}

static void
get_u64s(struct rd *r, struct arena *a, struct msg_u64s *v)
{
	size_t n = rd_u32(r);

	v->n = 0;
	v->at = NULL;
	if (n == 0)
		return;
	if (n > MSG_U64S_MAX || n * 8 > r->n ||
		(v->at = arena_alloc(a, n * sizeof *v->at)) == NULL) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		v->at[i] = rd_u64(r);
	v->n = n;
}

#define PUT_FIELD(type, name) put_##type(b, &m->name);
#define GET_FIELD(type, name) get_##type(&r, a, &m->name);

#define FUNCTIONS(no, name, ex)                                                                \
	int msg_##name##_write(struct buf *b, const struct msg_##name *m)                      \
	{                                                                                      \
		MSG_FIELDS_##name(PUT_FIELD) return b->full ? -E2BIG : 0;                      \
	}                                                                                      \
	int msg_##name##_read(struct arena *a, struct str bytes, struct msg_##name *ret_m)     \
	{                                                                                      \
		struct msg_##name out = { 0 }, *m = &out;                                      \
		struct rd r = rd_of(bytes);                                                    \
                                                                                               \
		MSG_FIELDS_##name(GET_FIELD) if (!rd_end(&r)) return -EBADMSG;                 \
		*ret_m = out;                                                                  \
		return 0;                                                                      \
	}

MSG_TABLE(FUNCTIONS)

#define NAME_CASE(no, name, ex)                                                                \
	case no:                                                                               \
		return #name;

const char *
msg_name(uint16_t type)
{
	switch (type) {
		MSG_TABLE(NAME_CASE)
	default:
		return "?";
	}
}
