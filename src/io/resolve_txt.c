/* TXT records: asked by people once in a while, so without the cache. */
#include "io/resolve_inner.h"

#include "base/mem.h"

#include <ares.h>

#define DNS_TXT 16

struct asked {
	void (*fn)(void *ctx, const struct resolve_texts *t);
	void *ctx;
};

/* RFC 1035 3.3.14: a record is a list of strings; DKIM and the like join them (RFC
 * 6376 3.6.2.2).
 */
static void
take(struct resolve_texts *t, struct buf *b, const struct ares_txt_ext *list)
{
	for (const struct ares_txt_ext *x = list; x; x = x->next) {
		if (x->record_start) {
			if (t->n == RESOLVE_TEXTS_MAX)
				return;
			t->at[t->n++] = (struct str){ NULL, b->n };
		}
		if (t->n > 0)
			(void)buf_put(b, str_of(x->txt, x->length));
	}
}

/* The buffer moved while it grew: only now the texts have their place. */
static void
place(struct resolve_texts *t, const struct buf *b)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t from = t->at[i].n, to = i + 1 < t->n ? t->at[i + 1].n : b->n;

		t->at[i] = str_of(buf_str(b).p + from, to - from);
	}
}

static void
on_txt(void *ctx, enum resolve_rc rc, struct str packet, const char *why)
{
	struct asked q = *(struct asked *)ctx;
	struct resolve_texts *t = MEM_NEW(t);
	struct ares_txt_ext *list = NULL;
	struct buf b;
	int err;

	mem_free(ctx);
	buf_init(&b, 65536);
	t->status = rc == RESOLVE_RC_OK         ? RESOLVE_OK
	            : rc == RESOLVE_RC_EMPTY    ? RESOLVE_NO_HOST
	            : rc == RESOLVE_RC_NXDOMAIN ? RESOLVE_NO_DOMAIN
	                                        : RESOLVE_FAILED;
	t->why = why;
	if (rc == RESOLVE_RC_OK) {
		err = ares_parse_txt_reply_ext(
			(const unsigned char *)packet.p, (int)packet.n, &list);
		if (err == ARES_ENODATA)
			t->status = RESOLVE_NO_HOST;
		else if (err != ARES_SUCCESS) {
			t->status = RESOLVE_FAILED;
			t->why = "the DNS server's answer is damaged";
		}
		take(t, &b, list);
		place(t, &b);
		if (list)
			ares_free_data(list);
	}
	q.fn(q.ctx, t);
	buf_done(&b);
	mem_free(t);
}

static void
answer_without_dns(struct asked q, enum resolve_status status, const char *why)
{
	struct resolve_texts *t = MEM_NEW(t);

	t->status = status;
	t->why = why;
	q.fn(q.ctx, t);
	mem_free(t);
}

void
resolve_txt(struct resolver *r, struct str name,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx)
{
	struct asked *q;
	char z[256];

	if (name.n == 0 || str_find(name, '\0') < name.n || str_copy_z(z, 254, name) < 0 ||
		!r->channel) {
		answer_without_dns(
			(struct asked){ fn, ctx }, RESOLVE_NO_DOMAIN, "not a domain name");
		return;
	}
	q = MEM_NEW(q);
	*q = (struct asked){ fn, ctx };
	resolve_open_ask(r, z, DNS_TXT, on_txt, q);
}
