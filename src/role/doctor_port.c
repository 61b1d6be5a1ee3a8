/*
 * Connections: to the ports of the configuration on this machine, and to port 25 of other mail
 * servers. Of what they say only the first line is looked at.
 */
#include "role/doctor_priv.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

#define IN_US     UINT64_C(3000000)
#define OUT_US    UINT64_C(8000000)
#define BYE_US    UINT64_C(1000000)
#define PORTS_MAX 80u

struct doctor_try {
	struct link link;
	struct doctor *d;
	struct stream *stream;
	char where[NET_TEXT_MAX]; /* "127.0.0.1:25" */
	char host[256];           /* of the other mail server */
	uint64_t began;
};

static void
try_free(struct doctor_try *y)
{
	list_del(&y->link);
	stream_free(&y->stream);
	mem_free(y);
}

void
doctor_ports_end(struct doctor *d)
{
	while (!list_empty(&d->tries))
		try_free(LIST_OF(d->tries.next, struct doctor_try, link));
}

static struct doctor_try *
try_new(struct doctor *d, const struct net_addr *to)
{
	struct doctor_try *y = MEM_NEW(y);

	y->d = d;
	y->began = loop_mono(d->loop);
	net_text_port(y->where, to);
	list_init(&y->link);
	list_push(&d->tries, &y->link);
	return y;
}

static struct str
port_of(const char *where)
{
	return str_from(str_z(where), str_rfind(str_z(where), ':') + 1);
}

/* ---- in */

static void
in_judge(struct doctor_try *y, bool listens)
{
	struct doctor *d = y->d;
	struct str port = port_of(y->where);

	if (listens && !d->status && !d->conf.status_why)
		doctor_say(d, FINDING_PORT_TAKEN, port, DOCTOR_ARGS(y->where));
	else if (listens)
		doctor_say(d, FINDING_PORT_OPEN, port, DOCTOR_ARGS(y->where));
	else if (d->status)
		doctor_say(d, FINDING_PORT_CLOSED, port, DOCTOR_ARGS(y->where, d->hostname));
	else if (d->ports_said++ == 0)
		doctor_skip(d, FINDING_CHECK_PORT, STR_NONE,
			d->conf.status_why ? FINDING_SKIP_NO_RIGHT : FINDING_SKIP_NO_SERVICE,
			d->conf.status_why);
	try_free(y);
	doctor_shut(d, FINDING_CHECK_PORT);
}

static void
in_input(void *ctx)
{
	(void)ctx;
}

static void
in_event(void *ctx, enum stream_event e)
{
	if (e == STREAM_CONNECTED || e == STREAM_ERROR || e == STREAM_TIMEOUT)
		in_judge(ctx, e == STREAM_CONNECTED);
}

static const struct stream_calls in_calls = { in_input, in_event };

static void
in_try(struct doctor *d, uint16_t port)
{
	const struct config *cf = d->conf.config;
	struct str on = cf->nlisten ? cf->listen[0] : STR_LIT("127.0.0.1");
	struct doctor_try *y;
	struct net_addr to;

	/* Who listens everywhere listens on loopback. */
	if (str_eq_z(on, "0.0.0.0"))
		on = STR_LIT("127.0.0.1");
	else if (str_eq_z(on, "::"))
		on = STR_LIT("::1");
	if (net_parse(on, port, &to) < 0)
		return;
	y = try_new(d, &to);
	doctor_open(d, FINDING_CHECK_PORT);
	y->stream = stream_connect(d->loop, &to, NULL, &in_calls, y);
	stream_deadline(y->stream, IN_US);
}

void
doctor_ports(struct doctor *d)
{
	const struct config *cf = d->conf.config;
	const struct config_ports *const lists[] = { &cf->starttls, &cf->tls, &cf->plain,
		&cf->http_plain, &cf->http_tls };
	uint16_t done[PORTS_MAX];
	size_t n = 0;

	if (!doctor_wants(d, FINDING_CHECK_PORT))
		return;
	if (cf->starttls.n + cf->tls.n + cf->plain.n == 0)
		doctor_say(d, FINDING_PORT_NONE, STR_NONE, DOCTOR_ARGS(NULL));
	for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
		for (size_t i = 0; i < lists[k]->n && n < PORTS_MAX; i++) {
			size_t seen = 0;

			while (seen < n && done[seen] != lists[k]->port[i])
				seen++;
			if (seen < n)
				continue;
			done[n++] = lists[k]->port[i];
			in_try(d, lists[k]->port[i]);
		}
}

/* ---- out */

static void
out_judge(struct doctor *d)
{
	const char *host = d->out.host[0] ? d->out.host : "?";

	if (--d->out.open > 0 || d->out.answered)
		return;
	if (d->out.refused)
		doctor_say(d, FINDING_PORT25_REFUSED, STR_NONE, DOCTOR_ARGS(host, d->out.why));
	else if (d->out.tried)
		doctor_say(d, FINDING_PORT25_BLOCKED, STR_NONE, DOCTOR_ARGS(host));
	else
		doctor_skip(
			d, FINDING_CHECK_PORT25, STR_NONE, FINDING_SKIP_NO_ANSWER, d->out.why);
}

/* The first that answers is enough. */
static void
out_end(struct doctor_try *y, bool greeted, const char *why)
{
	struct doctor *d = y->d;
	char ms[24];

	snprintf(ms, sizeof ms, "%llu",
		(unsigned long long)(loop_mono(d->loop) - y->began) / 1000);
	if (greeted && !d->out.answered) {
		d->out.answered = true;
		doctor_say(d, FINDING_PORT25_OPEN, STR_NONE, DOCTOR_ARGS(y->host, ms));
	}
	if (greeted) {
		stream_write(y->stream, STR_LIT("QUIT\r\n"));
		stream_close_soft(&y->stream, BYE_US);
	} else if (why && !d->out.refused) {
		d->out.refused = true;
		(void)str_copy_z(d->out.why, sizeof d->out.why,
			str_head(str_z(why), sizeof d->out.why - 1));
		memcpy(d->out.host, y->host, sizeof d->out.host);
	} else if (!d->out.host[0]) {
		memcpy(d->out.host, y->host, sizeof d->out.host);
	}
	try_free(y);
	out_judge(d);
	doctor_shut(d, FINDING_CHECK_PORT25);
}

static void
out_input(void *ctx)
{
	struct doctor_try *y = ctx;
	struct str in = stream_input(y->stream);
	char line[120];

	if (str_find(in, '\n') == in.n && in.n < sizeof line)
		return;
	if (str_starts(in, STR_LIT("220"))) {
		out_end(y, true, NULL);
		return;
	}
	in = str_head(in, sizeof line - 1);
	(void)str_copy_z(line, sizeof line, str_trim_all(str_head(in, str_find(in, '\n'))));
	out_end(y, false, line);
}

static void
out_event(void *ctx, enum stream_event e)
{
	struct doctor_try *y = ctx;

	if (e == STREAM_CONNECTED)
		return;
	if (e == STREAM_EOF)
		out_end(y, false, "closed");
	else if (e == STREAM_TIMEOUT)
		out_end(y, false, NULL);
	else if (e == STREAM_ERROR && stream_errno(y->stream) == ETIMEDOUT)
		out_end(y, false, NULL);
	else if (e == STREAM_ERROR)
		out_end(y, false, stream_error(y->stream));
}

static const struct stream_calls out_calls = { out_input, out_event };

/* From where mail leaves, if the configuration says it. */
static const struct net_addr *
out_from(const struct doctor *d, const struct net_addr *to, struct net_addr *from)
{
	const struct config *cf = d->conf.config;

	for (size_t i = 0; i < cf->outbound.naddresses; i++)
		if (net_parse(cf->outbound.addresses[i], 0, from) == 0 &&
			from->u.sa.sa_family == to->u.sa.sa_family)
			return from;
	return NULL;
}

static const struct net_addr *
out_to(const struct doctor *d, const struct resolve_host *h)
{
	const struct config *cf = d->conf.config;

	for (size_t i = 0; i < h->naddrs; i++)
		if (h->addrs[i].u.sa.sa_family == AF_INET ? cf->outbound.ipv4
							  : cf->outbound.ipv6)
			return &h->addrs[i];
	return NULL;
}

static void
on_mx(void *ctx, const struct resolve_answer *a)
{
	struct doctor *d = ctx;
	const struct net_addr *to = a->nhosts ? out_to(d, &a->hosts[0]) : NULL;
	struct doctor_try *y;
	struct net_addr from;

	if (!to) {
		if (!d->out.why[0])
			(void)str_copy_z(d->out.why, sizeof d->out.why, str_z(a->why));
		out_judge(d);
		doctor_shut(d, FINDING_CHECK_PORT25);
		return;
	}
	d->out.tried = true;
	y = try_new(d, to);
	(void)str_copy_z(y->host, sizeof y->host, str_z(a->hosts[0].name));
	y->stream = stream_connect(d->loop, to, out_from(d, to, &from), &out_calls, y);
	stream_deadline(y->stream, OUT_US);
}

static void
judge_sources(struct doctor *d)
{
	const struct config *cf = d->conf.config;
	char text[NET_TEXT_MAX];
	struct net_addr a;

	for (size_t i = 0; i < cf->outbound.naddresses; i++)
		if (net_parse(cf->outbound.addresses[i], 0, &a) == 0 && !net_is_own(&a))
			doctor_say(d, FINDING_PORT25_SOURCE, STR_NONE,
				DOCTOR_ARGS(net_text(text, &a)));
}

void
doctor_port25(struct doctor *d)
{
	static const char *const usual[] = { "gmail.com", "outlook.com", "orange.fr" };
	const char *const *list = d->conf.outward ? &d->conf.outward : usual;
	size_t n = d->conf.outward ? 1 : sizeof usual / sizeof *usual;
	char lab[DOCTOR_TEXT_MAX];

	if (!doctor_wants(d, FINDING_CHECK_PORT25))
		return;
	judge_sources(d);
	if (d->conf.outward && strcmp(d->conf.outward, "none") == 0) {
		doctor_skip(d, FINDING_CHECK_PORT25, STR_NONE, FINDING_SKIP_NOT_ASKED, NULL);
		return;
	}
	if (!d->conf.outward && d->route[0]) {
		doctor_skip(d, FINDING_CHECK_PORT25, STR_NONE, FINDING_SKIP_ROUTE, d->route);
		return;
	}
	if (!d->conf.outward && d->conf.config->lab.deliver_to.n) {
		(void)str_copy_z(lab, sizeof lab, d->conf.config->lab.deliver_to);
		doctor_skip(d, FINDING_CHECK_PORT25, STR_NONE, FINDING_SKIP_LAB, lab);
		return;
	}
	d->out.open = (unsigned)n;
	for (size_t i = 0; i < n; i++)
		doctor_open(d, FINDING_CHECK_PORT25);
	for (size_t i = 0; i < n; i++)
		(void)resolve_mx(
			d->resolver, str_z(list[i]), d->conf.config->outbound.port, on_mx, d);
}
