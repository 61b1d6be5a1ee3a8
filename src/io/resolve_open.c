#include "base/mem.h"
#include "base/must.h"
#include "io/resolve_inner.h"

#include <ares.h>

#define TIMEOUT_MS 2000
#define TRIES      3
#define BRIEF_MS   1000
#define BRIEF      2    /* tries */
#define TC         0x02 /* RFC 1035 4.1.1: bits of octets 2 and 3 */
#define RCODE      0x0f
#define NXDOMAIN   3
#define TICK_US    UINT64_C(100000)
#define EDNS_BYTES 1232 /* fits every path (DNS flag day 2020) */
#define CLASS_IN   1

struct sock {
	struct link link;
	struct resolver *resolver;
	struct loop_fd *watch;
	int fd;
};

struct question {
	struct resolver *resolver;
	void (*fn)(void *ctx, enum resolve_rc rc, struct str packet, const char *why);
	void *ctx;
};

static void
on_ready(void *ctx, unsigned what)
{
	struct sock *s = ctx;
	struct resolver *r = s->resolver;
	int fd = s->fd;

	/* s may go inside. */
	ares_process_fd(r->channel, what & LOOP_READ ? fd : ARES_SOCKET_BAD,
		what & LOOP_WRITE ? fd : ARES_SOCKET_BAD);
}

static void
on_socket(void *ctx, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = ctx;
	unsigned want = (readable ? LOOP_READ : 0) | (writable ? LOOP_WRITE : 0);
	struct sock *s = NULL;

	LIST_EACH(it, &r->socks)
	if (LIST_OF(it, struct sock, link)->fd == fd)
		s = LIST_OF(it, struct sock, link);
	if (!s && !want)
		return;
	if (!s) {
		s = MEM_NEW(s);
		s->resolver = r;
		s->fd = fd;
		s->watch = loop_fd_new(r->loop, fd, want, on_ready, s);
		list_push(&r->socks, &s->link);
	} else if (want) {
		loop_fd_want(s->watch, want);
	} else {
		loop_fd_free(&s->watch);
		list_del(&s->link);
		mem_free(s);
	}
}

/* Time-outs are looked for at a fixed pace: ares_timeout would walk every question each time.
 */
static void
on_tick(void *ctx)
{
	struct resolver *r = ctx;

	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (r->asked > 0)
		loop_timer_in(r->loop, &r->tick, TICK_US);
}

static const char *
why_text(int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		return "the DNS server did not answer in time";
	case ARES_ESERVFAIL:
		return "the DNS server failed (SERVFAIL)";
	case ARES_EREFUSED:
		return "the DNS server refused the question";
	case ARES_ECONNREFUSED:
		return "no DNS server gave a usable answer (none reached, or SERVFAIL)";
	default:
		return ares_strerror(status);
	}
}

/* c-ares takes an answer without records for "there is none", also when the server said another
 * error, or cut the answer over TCP too. NULL: it means what it seems. */
static const char *
no_word(struct str packet)
{
	if (packet.n < 12)
		return NULL;
	if (packet.p[2] & TC)
		return "the DNS server cut its answer, also over TCP";
	if ((packet.p[3] & RCODE) != 0 && (packet.p[3] & RCODE) != NXDOMAIN)
		return "the DNS server gave an error nobody knows";
	return NULL;
}

static void
on_answer(void *ctx, int status, int timeouts, unsigned char *p, int n)
{
	struct question q = *(struct question *)ctx;
	struct str packet = p && n > 0 ? str_of(p, (size_t)n) : STR_NONE;

	(void)timeouts;
	mem_free(ctx);
	q.resolver->asked--;
	if (q.resolver->closing) {
		mem_free(q.ctx);
		return;
	}
	if ((status == ARES_SUCCESS || status == ARES_ENODATA) && no_word(packet))
		q.fn(q.ctx, RESOLVE_RC_FAILED, packet, no_word(packet));
	else if (status == ARES_SUCCESS)
		q.fn(q.ctx, RESOLVE_RC_OK, packet, "");
	else if (status == ARES_ENODATA)
		q.fn(q.ctx, RESOLVE_RC_EMPTY, packet, "");
	else if (status == ARES_ENOTFOUND)
		q.fn(q.ctx, RESOLVE_RC_NXDOMAIN, packet, "");
	else
		q.fn(q.ctx, RESOLVE_RC_FAILED, packet, why_text(status));
}

void
resolve_open_ask(struct resolver *r, const char *name, uint16_t type,
	void (*fn)(void *ctx, enum resolve_rc rc, struct str packet, const char *why),
	void *ctx)
{
	struct question *q = MEM_NEW(q);

	*q = (struct question){ r, fn, ctx };
	r->asked++;
	if (!timer_pending(&r->tick.timer))
		loop_timer_in(r->loop, &r->tick, TICK_US);
	ares_query(r->channel, name, CLASS_IN, type, on_answer, q);
}

void
resolve_open_send(struct resolver *r, struct str query,
	void (*fn)(void *ctx, enum resolve_rc rc, struct str packet, const char *why),
	void *ctx)
{
	struct question *q = MEM_NEW(q);

	*q = (struct question){ r, fn, ctx };
	r->asked++;
	if (!timer_pending(&r->tick.timer))
		loop_timer_in(r->loop, &r->tick, TICK_US);
	ares_send(r->channel, (const unsigned char *)query.p, (int)query.n, on_answer, q);
}

void
resolve_open(struct resolver *r, struct str servers)
{
	char none[1] = "", *domains[1] = { none }, lookups[2] = "b";
	struct ares_options o = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.ednspsz = EDNS_BYTES,
		.domains = domains,
		.lookups = lookups,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = r,
	};
	char *list;

	if (r->brief) {
		o.timeout = BRIEF_MS;
		o.tries = BRIEF;
	}
	if (r->direct)
		o.flags |= ARES_FLAG_NORECURSE;
	must(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS);
	must(ares_init_options(&r->channel, &o,
		     ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
			     ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB) ==
		ARES_SUCCESS);
	loop_timer_init(&r->tick, on_tick, r);
	if (servers.n == 0)
		return;
	list = str_dup_z(servers);
	/* The configuration checked the form; what c-ares cannot read leaves the system's. */
	(void)ares_set_servers_ports_csv(r->channel, list);
	mem_free(list);
}

void
resolve_close(struct resolver *r)
{
	if (!r->channel)
		return;
	loop_timer_off(r->loop, &r->tick);
	ares_destroy(r->channel);
	ares_library_cleanup();
	must(list_empty(&r->socks));
}
