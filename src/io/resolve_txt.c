/* TXT, NS and PTR records: asked for once in a while, so without the cache. */
#include "io/resolve_inner.h"

#include "base/mem.h"

#include <ares.h>
#include <netdb.h>
#include <stdio.h>

#define DNS_NS  2
#define DNS_PTR 12
#define DNS_TXT 16
#define AA      0x04 /* RFC 1035 4.1.1: bit of octet 2 */

/* Adds the records of a packet to t, their texts to b; c-ares' status. */
typedef int read_fn(struct resolve_texts *t, struct buf *b, struct str packet);

struct asked {
	void (*fn)(void *ctx, const struct resolve_texts *t);
	void *ctx;
	read_fn *read;
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

static int
read_txt(struct resolve_texts *t, struct buf *b, struct str packet)
{
	struct ares_txt_ext *list = NULL;
	int err =
		ares_parse_txt_reply_ext((const unsigned char *)packet.p, (int)packet.n, &list);

	take(t, b, list);
	if (list)
		ares_free_data(list);
	return err;
}

static int
read_ns(struct resolve_texts *t, struct buf *b, struct str packet)
{
	struct hostent *h = NULL;
	int err = ares_parse_ns_reply((const unsigned char *)packet.p, (int)packet.n, &h);

	for (size_t i = 0; h && h->h_aliases[i] && t->n < RESOLVE_TEXTS_MAX; i++) {
		t->at[t->n++] = (struct str){ NULL, b->n };
		(void)buf_put_z(b, h->h_aliases[i]);
	}
	if (h)
		ares_free_hostent(h);
	return err;
}

/* The address is only for the answer of c-ares, which nobody reads. */
static int
read_ptr(struct resolve_texts *t, struct buf *b, struct str packet)
{
	static const unsigned char any[4];
	struct hostent *h = NULL;
	int err = ares_parse_ptr_reply(
		(const unsigned char *)packet.p, (int)packet.n, any, sizeof any, AF_INET, &h);

	for (size_t i = 0; h && h->h_aliases[i] && t->n < RESOLVE_TEXTS_MAX; i++) {
		t->at[t->n++] = (struct str){ NULL, b->n };
		(void)buf_put_z(b, h->h_aliases[i]);
	}
	if (h)
		ares_free_hostent(h);
	return err;
}

/* Octets 6 and 7 count the answers: without a text of its own, one is an alias to elsewhere. */
static bool
is_authoritative(const struct resolve_texts *t, struct str packet)
{
	return packet.n >= 12 && (packet.p[2] & AA) &&
	       (t->n > 0 || (packet.p[6] == 0 && packet.p[7] == 0));
}

static void
on_packet(void *ctx, enum resolve_rc rc, struct str packet, const char *why)
{
	struct asked q = *(struct asked *)ctx;
	struct resolve_texts *t = MEM_NEW(t);
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
		err = q.read(t, &b, packet);
		if (err == ARES_ENODATA)
			t->status = RESOLVE_NO_HOST;
		else if (err != ARES_SUCCESS) {
			t->status = RESOLVE_FAILED;
			t->why = "the DNS server's answer is damaged";
		}
		place(t, &b);
	}
	t->authoritative = t->status != RESOLVE_FAILED && is_authoritative(t, packet);
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

static void
ask(struct resolver *r, struct str name, uint16_t type, struct asked what)
{
	struct asked *q;
	char z[256];

	if (name.n == 0 || str_find(name, '\0') < name.n || str_copy_z(z, 254, name) < 0 ||
		!r->channel) {
		answer_without_dns(what, RESOLVE_NO_DOMAIN, "not a domain name");
		return;
	}
	q = MEM_NEW(q);
	*q = what;
	resolve_open_ask(r, z, type, on_packet, q);
}

void
resolve_txt(struct resolver *r, struct str name,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx)
{
	ask(r, name, DNS_TXT, (struct asked){ fn, ctx, read_txt });
}

void
resolve_ns(struct resolver *r, struct str name,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx)
{
	ask(r, name, DNS_NS, (struct asked){ fn, ctx, read_ns });
}

/* RFC 1035 3.5, RFC 3596 2.5 */
static void
reverse_name(char dst[80], const struct net_addr *a)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *b = a->u.in6.sin6_addr.s6_addr;
	size_t n = 0;

	if (a->u.sa.sa_family == AF_INET) {
		b = (const uint8_t *)&a->u.in4.sin_addr;
		snprintf(dst, 80, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
		return;
	}
	for (int i = 15; i >= 0; i--) {
		dst[n++] = hex[b[i] & 15];
		dst[n++] = '.';
		dst[n++] = hex[b[i] >> 4];
		dst[n++] = '.';
	}
	snprintf(dst + n, 80 - n, "ip6.arpa");
}

void
resolve_ptr(struct resolver *r, const struct net_addr *a,
	void (*fn)(void *ctx, const struct resolve_texts *t), void *ctx)
{
	char name[80];

	reverse_name(name, a);
	ask(r, str_z(name), DNS_PTR, (struct asked){ fn, ctx, read_ptr });
}
