/* Where a job may go: never to ourselves, by which connection, and what it asks of it. */
#include "role/courier_priv.h"

#include "io/net.h"

static bool
listens_on(const struct config *cf, const struct net_addr *a)
{
	struct net_addr l;
	bool on = false;

	for (size_t i = 0; i < cf->nlisten && !on; i++)
		on = net_parse(cf->listen[i], 0, &l) == 0 && net_takes(&l, a);
	return on;
}

/* Port 25 of this machine may be another server's: only a port that we open is ourselves. */
static bool
is_us(const struct courier *c, const struct net_addr *a)
{
	const struct config_ports *lists[] = { &c->config->starttls, &c->config->plain };
	bool ours = false;

	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			ours = ours || lists[i]->port[k] == net_port(a);
	return ours && listens_on(c->config, a) && (net_is_loopback(a) || net_is_own(a));
}

bool
courier_way_is_us(struct courier_conn *n)
{
	const struct resolve_host *h = n->answer.hosts;

	for (size_t i = 0; i < n->answer.nhosts; i++)
		for (size_t k = 0; k < h[i].naddrs; k++)
			if (is_us(n->courier, &h[i].addrs[k])) {
				while (i > 0 && h[i - 1].preference == h[i].preference)
					i--;
				n->answer.nhosts = i;
				return i == 0;
			}
	return false;
}

static bool
same_door(const struct courier_conn *n)
{
	const struct msg_attempt *m = &n->job->m;

	return str_eq(n->door.host, m->host) && n->door.port == m->port &&
	       n->door.tls == m->tls && n->door.route == m->route &&
	       str_eq(n->door.source, m->source) && str_eq(n->door.user, m->user);
}

void
courier_way_begin(struct courier_conn *n)
{
	const struct msg_attempt *m = &n->job->m;

	n->door.host = arena_str(&n->arena, m->host);
	n->door.source = arena_str(&n->arena, m->source);
	n->door.user = arena_str(&n->arena, m->user);
	n->door.secret = arena_str(&n->arena, m->secret);
	n->door.port = m->port;
	n->door.tls = m->tls;
	n->door.route = m->route;
	n->need = m->need;
}

bool
courier_way_secure(const struct courier_conn *n)
{
	if (n->job->m.need == TLS_NEED_NONE)
		return true;
	return n->smtp.tls &&
	       (n->job->m.need == TLS_NEED_ANY || stream_tls_verified(n->stream));
}

bool
courier_way_fits(const struct courier_conn *n)
{
	return n->stream && n->smtp_on && n->smtp.state == SMTP_OUT_S_READY && same_door(n) &&
	       courier_way_secure(n);
}

/* Does the message ask for more than its route? */
static bool
asks_more(const struct courier_conn *n)
{
	return n->need && (n->door.tls == DOOR_TLS_MAY || n->door.tls == DOOR_TLS_NONE);
}

void
courier_way_judge(const struct courier_conn *n, uint8_t *stage, struct reply *r,
	char text[REPLY_TEXT_MAX + 1])
{
	const char *asked = n->need == TLS_NEED_ANY
	                            ? "This message may go only over TLS"
	                            : "This message may go only over TLS to a server whose "
	                              "certificate is verified";

	if (!asks_more(n) || r->code != 451 || r->dsn.subject != 7 || r->dsn.detail != 5)
		return;
	snprintf(text, REPLY_TEXT_MAX + 1, "%s: %.*s", asked,
		STR_ARG(str_head(r->text, REPLY_TEXT_MAX / 2)));
	*stage = STAGE_LOCAL;
	*r = REPLY(451, 4, 7, 30, "");
	r->text = str_z(text);
}
