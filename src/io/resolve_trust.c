/* The resolver itself: does it answer, does it check, who is it. */
#include "io/resolve_inner.h"

#include "base/mem.h"
#include "io/random.h"

#include <ares.h>

#define DNS_SOA  6
#define CLASS_IN 1
#define AD       0x20 /* RFC 4035 3.1.6: bit of octet 3 */

struct asked {
	struct resolver *resolver;
	uint64_t at; /* mono */
	void (*fn)(void *ctx, const struct resolve_trust *t);
	void *ctx;
};

static void
on_packet(void *ctx, enum resolve_rc rc, struct str packet, const char *why)
{
	struct asked q = *(struct asked *)ctx;
	const struct resolve_trust t = {
		.status = rc == RESOLVE_RC_FAILED ? RESOLVE_FAILED : RESOLVE_OK,
		.why = why,
		.proved = rc == RESOLVE_RC_OK && packet.n >= 12 && (packet.p[3] & AD),
		.rtt_us = loop_mono(q.resolver->loop) - q.at,
	};

	mem_free(ctx);
	q.fn(q.ctx, &t);
}

static void
answer_without_dns(struct asked q, const char *why)
{
	q.fn(q.ctx, &(struct resolve_trust){ .status = RESOLVE_FAILED, .why = why });
}

/* By a query of its own: ares_query never asks for AD (RFC 6840 5.7). */
void
resolve_trust(
	struct resolver *r, void (*fn)(void *ctx, const struct resolve_trust *t), void *ctx)
{
	const struct asked what = { r, loop_mono(r->loop), fn, ctx };
	unsigned char *query = NULL;
	struct asked *q;
	int n = 0;

	if (!r->channel || ares_create_query(".", CLASS_IN, DNS_SOA, (uint16_t)random_u64(),
				   !r->direct, &query, &n, 0) != ARES_SUCCESS) {
		answer_without_dns(what, "there is no resolver");
		return;
	}
	query[3] |= AD;
	q = MEM_NEW(q);
	*q = what;
	resolve_open_send(r, str_of(query, (size_t)n), on_packet, q);
	ares_free_string(query);
}

void
resolver_servers(const struct resolver *r, struct buf *out)
{
	struct ares_addr_port_node *list = NULL;
	char text[NET_TEXT_MAX];
	struct net_addr a;

	if (!r->channel || ares_get_servers_ports(r->channel, &list) != ARES_SUCCESS)
		return;
	for (const struct ares_addr_port_node *s = list; s; s = s->next) {
		uint16_t port = s->udp_port > 0 ? (uint16_t)s->udp_port : 53;

		memset(&a, 0, sizeof a);
		a.u.sa.sa_family = (sa_family_t)s->family;
		if (s->family == AF_INET) {
			a.len = sizeof a.u.in4;
			a.u.in4.sin_addr = s->addr.addr4;
			a.u.in4.sin_port = htons(port);
		} else {
			a.len = sizeof a.u.in6;
			memcpy(&a.u.in6.sin6_addr, &s->addr.addr6, 16);
			a.u.in6.sin6_port = htons(port);
		}
		(void)buf_printf(out, "%s%s", s == list ? "" : ",", net_text_port(text, &a));
	}
	ares_free_data(list);
}
