/*
 * load: the sender of the load pair. K SMTP sessions, each with one message under way.
 *
 *   load -p PORT [-s SESSIONS] [-n MESSAGES] [-e SECONDS] [-c MESSAGES_PER_CONNECTION] [-z
 * BYTES]
 *        [-r MESSAGES_PER_SECOND] [-g CLASS] [-d DOMAINS] [-D DOMAINS_PER_TENANT]
 *        [-T] [-K FILE] [-f SENDER] [-B ADDRESSES] [-i]
 *
 *   -e  begins no message after so many seconds
 *   -r  begins messages at this pace; without it a session begins the next when one is answered
 *   -g  the class the sink counts them in, 0 to 3
 *   -d  recipients are u<N>@d<M>.test with M below this, in turn
 *   -D  with -K: a key sends to so many of them only; each session goes through them in turn
 *   -T  STARTTLS; no session is resumed
 *   -K  AUTH: "USER SECRET" on each line, the sessions take them in turn
 *   -B  comes from so many addresses of 127.0.1.0/24 and above
 *   -i  sends nothing: says how many sessions stand after EHLO and waits for standard input to
 * end
 *
 * One line of JSON at the end: messages accepted (a 250 after the dot), refused, unknown (the
 * connection broke after the dot), times, CPU of this process. The first refusal is on stderr.
 *
 *   CLOSED → CONNECT → BANNER → HELLO [→ STARTTLS → SHAKE → HELLO] [→ AUTH] → IDLE
 *   IDLE → ENVELOPE → DOT → IDLE → QUIT → CLOSED        ENVELOPE → RESET → IDLE
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGAIN_US   20000u
#define STUCK_US   5000000u
#define CONNECTING 64u

static bool
more(const struct load *l, uint64_t now)
{
	return l->idle || (l->next < l->messages && now < l->end_us);
}

static bool
due(const struct load *l, uint64_t now)
{
	return !l->rate || l->begin_us + l->next * 1000000 / l->rate <= now;
}

static bool
starting(enum state s)
{
	return s != CLOSED && s < IDLE;
}

/* The one place that assigns the state: two counts depend on it. */
static void
become(struct load *l, struct session *s, enum state state)
{
	l->connecting += (unsigned)starting(state) - (unsigned)starting(s->state);
	l->waiting += (unsigned)(state == CLOSED || state == IDLE) -
	              (unsigned)(s->state == CLOSED || s->state == IDLE);
	s->state = state;
}

static void
gone(struct load *l, struct session *s)
{
	if (s->state == DOT && s->pair.nout == 0 && s->pair.ntail == 0)
		l->unknown++;
	else if (s->state == ENVELOPE || s->state == DOT)
		l->refused++;
	if (s->state != QUIT)
		l->broken++;
	s->due_us = s->state == QUIT ? 0 : pair_mono_us() + AGAIN_US;
	pair_close(&s->pair);
	become(l, s, CLOSED);
}

static void
begin(struct load *l, struct session *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(l->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
			   from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		pair_die("socket: %s", strerror(errno));
	if (l->addresses) {
		from.sin_addr.s_addr = htonl(0x7f000101u + s->number % l->addresses);
		(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
		if (bind(fd, (struct sockaddr *)&from, sizeof from))
			pair_die("bind: %s", strerror(errno));
	}
	s->connect_us = pair_mono_us();
	if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
		close(fd);
		l->broken++;
		s->due_us = s->connect_us + AGAIN_US;
		return;
	}
	l->conns++;
	s->pipelining = false;
	s->left = l->per_conn;
	pair_take(&s->pair, l->epoll, fd, true);
	become(l, s, CONNECT);
}

/* RFC 4616: NUL user NUL secret, in base64 (RFC 4648). */
static void
log_on(struct load *l, struct session *s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char raw[KEY_MAX + 4] = { 0 }, text[600];
	const char *key = l->key[s->number % l->nkeys];
	size_t at = 0, end = 1 + strlen(key);

	memcpy(raw + 1, key, end - 1);
	*strchr(raw + 1, ' ') = 0;
	for (size_t i = 0; i < end; i += 3) {
		unsigned v = (unsigned)(unsigned char)raw[i] << 16 |
		             (unsigned)(unsigned char)raw[i + 1] << 8 |
		             (unsigned char)raw[i + 2];

		text[at++] = digits[v >> 18];
		text[at++] = digits[v >> 12 & 63];
		text[at++] = i + 1 < end ? digits[v >> 6 & 63] : '=';
		text[at++] = i + 2 < end ? digits[v & 63] : '=';
	}
	text[at] = 0;
	pair_put(&s->pair, "AUTH PLAIN %s\r\n", text);
	become(l, s, AUTH);
}

static unsigned
domain(const struct load *l, struct session *s)
{
	unsigned groups = l->domains / l->per_key;

	if (!l->nkeys)
		return (unsigned)(l->next % l->domains);
	return (unsigned)((s->turn++ + s->number) % l->per_key * groups +
			  s->number % l->nkeys % groups);
}

static void
envelope(struct load *l, struct session *s, uint64_t now)
{
	s->began_us = l->rate ? l->begin_us + l->next * 1000000 / l->rate : now;
	s->refused = 0;
	s->replies = 3;
	s->left--;
	if (!l->first_us)
		l->first_us = now;
	pair_put(&s->pair, "MAIL FROM:<%s>\r\nRCPT TO:<u%llu@d%u.test>\r\nDATA\r\n", l->sender,
		(unsigned long long)l->next, domain(l, s));
	s->id = l->next++;
	become(l, s, ENVELOPE);
}

static void
content(struct load *l, struct session *s)
{
	struct pair_conn *p = &s->pair;
	size_t before = p->nout, rest;
	unsigned long long id = s->id;

	pair_put(p,
		"X-Bench: %u %llu %llu\r\nFrom: <%s>\r\nTo: <u%llu@d.test>\r\n"
		"Subject: bench %llu\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
		"Message-ID: <%u.%llu.%llu@load.test>\r\nMIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=us-ascii\r\n\r\n",
		l->class, id, (unsigned long long)s->began_us, l->sender, id, id, l->class,
		(unsigned long long)l->begin_us, id);
	rest = l->bytes > p->nout - before ? l->bytes - (p->nout - before) : 0;
	/* Not between CR and LF: no bare LF is sent. */
	if (rest && l->body[l->bytes - rest] == '\n')
		rest++;
	pair_tail(p, l->body + l->bytes - rest, rest + l->nbody - l->bytes);
	s->dot_us = pair_mono_us();
	become(l, s, DOT);
}

/* A session that may go on: next message, QUIT, or waiting for its time. */
static void
next(struct load *l, struct session *s, uint64_t now)
{
	if (!more(l, now) || (!l->idle && !s->left)) {
		pair_put_text(&s->pair, "QUIT\r\n");
		become(l, s, QUIT);
	} else if (l->idle || !due(l, now)) {
		become(l, s, IDLE);
	} else {
		envelope(l, s, now);
	}
}

static void
note(struct load *l, struct session *s, unsigned code, const char *line)
{
	if (!s->refused)
		s->refused = code;
	if (!l->told)
		fprintf(stderr, "load: %s\n", line);
	l->told = true;
}

static void
in_envelope(struct load *l, struct session *s, unsigned code, const char *line)
{
	bool last = --s->replies == 0;

	if (code / 100 != 2 && !(last && code == 354))
		note(l, s, code, line);
	if (!last)
		return;
	if (code == 354) {
		/* A refused recipient is not accepted either, whatever DATA says. */
		content(l, s);
		return;
	}
	l->refused++;
	pair_put_text(&s->pair, "RSET\r\n");
	become(l, s, RESET);
}

static void
after_dot(struct load *l, struct session *s, unsigned code, const char *line)
{
	uint64_t now = pair_mono_us();

	if (code / 100 == 2 && !s->refused) {
		l->accepted++;
		l->last_us = now;
		pair_time(&l->dot, now - s->dot_us);
	} else {
		note(l, s, code, line);
		l->refused++;
	}
	next(l, s, now);
}

static void
hello(struct load *l, struct session *s)
{
	if (!s->pipelining)
		pair_die("load: the server does not offer PIPELINING");
	if (l->tls && !s->pair.tls) {
		pair_put_text(&s->pair, "STARTTLS\r\n");
		become(l, s, STARTTLS);
	} else if (l->nkeys) {
		log_on(l, s);
	} else {
		next(l, s, pair_mono_us());
	}
}

/* One final reply. 0, or -1: close. */
static int
on_reply(struct load *l, struct session *s, unsigned code, const char *line)
{
	bool good = code / 100 == 2;

	switch (s->state) {
	case BANNER:
		pair_time(&l->connect, pair_mono_us() - s->connect_us);
		/* fall through */
	case STARTTLS:
	case HELLO:
	case AUTH:
		if (!good) {
			note(l, s, code, line);
			return -1;
		}
		if (s->state == BANNER) {
			pair_put_text(&s->pair, "EHLO load.test\r\n");
			become(l, s, HELLO);
		} else if (s->state == STARTTLS) {
			become(l, s, SHAKE);
		} else if (s->state == HELLO) {
			hello(l, s);
		} else {
			next(l, s, pair_mono_us());
		}
		return 0;
	case ENVELOPE:
		in_envelope(l, s, code, line);
		return 0;
	case DOT:
		after_dot(l, s, code, line);
		return 0;
	case RESET:
		next(l, s, pair_mono_us());
		return 0;
	default:
		return -1; /* goodbye, or said without being asked: 421 */
	}
}

static int
shake(struct load *l, struct session *s)
{
	int n = pair_shake(&s->pair, &l->client);

	if (n == 1) {
		pair_put_text(&s->pair, "EHLO load.test\r\n");
		become(l, s, HELLO);
		return pair_flush(&s->pair);
	}
	return n;
}

static int
replies(struct load *l, struct session *s)
{
	char *line;

	while (s->state != SHAKE && (line = pair_line(&s->pair))) {
		char *end;
		unsigned long code = strtoul(line, &end, 10);

		if (end != line + 3)
			return -1;
		if (s->state == HELLO && !strcmp(line + 4, "PIPELINING"))
			s->pipelining = true;
		if (*end != '-' && on_reply(l, s, (unsigned)code, line))
			return -1;
	}
	return s->state == SHAKE ? shake(l, s) : pair_flush(&s->pair);
}

static int
on_event(struct load *l, struct session *s, uint32_t events)
{
	int got;

	if (s->state == CONNECT) {
		int err = 0;
		socklen_t n = sizeof err;

		(void)getsockopt(s->pair.fd, SOL_SOCKET, SO_ERROR, &err, &n);
		if (err)
			return -1;
		become(l, s, BANNER);
		return pair_flush(&s->pair);
	}
	if (s->state == SHAKE)
		return shake(l, s);
	if (events & EPOLLOUT && pair_flush(&s->pair))
		return -1;
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	/* What TLS has read ahead is not seen by epoll. */
	do {
		got = pair_fill(&s->pair);
		if (got < 0 || (got > 0 && replies(l, s)))
			return -1;
	} while (got > 0 && s->pair.tls && s->state != SHAKE);
	return 0;
}

/* Begins what is due, gives up what does not come about. False when nothing is under way and
 * nothing is to begin. */
static bool
tick(struct load *l, uint64_t now)
{
	bool on = more(l, now), busy = false;

	if (on && !l->waiting && !l->connecting)
		return true;
	for (unsigned i = 0; i < l->nsessions; i++) {
		struct session *s = &l->session[i];

		/* A full listen queue may drop our last ACK: we are connected, it is not. */
		if (starting(s->state) && now > s->connect_us + STUCK_US)
			gone(l, s);
		if (s->state == CLOSED && on && s->due_us <= now && l->connecting < CONNECTING)
			begin(l, s);
		if (s->state == IDLE && !l->idle && (!on || due(l, now))) {
			next(l, s, now);
			if (pair_flush(&s->pair))
				gone(l, s);
		}
		busy |= s->state >= ENVELOPE;
	}
	return on || busy;
}

static unsigned
standing(const struct load *l)
{
	unsigned n = 0;

	for (unsigned i = 0; i < l->nsessions; i++)
		n += l->session[i].state == IDLE;
	return n;
}

/* With -i: says so once all stand, and again when standard input ends. True: it has. */
static bool
idle(struct load *l, bool ended)
{
	if (!l->told && standing(l) == l->nsessions) {
		l->told = true;
		printf("{\"standing\":%u}\n", l->nsessions);
		fflush(stdout);
	}
	if (ended)
		printf("{\"standing\":%u,\"broken\":%llu}\n", standing(l),
			(unsigned long long)l->broken);
	return ended;
}

static void
run(struct load *l)
{
	struct epoll_event ev[256], in = { .events = EPOLLIN, .data.ptr = NULL };
	uint64_t now = pair_mono_us(), ticked = 0;

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0 || (l->idle && epoll_ctl(l->epoll, EPOLL_CTL_ADD, 0, &in)))
		pair_die("epoll: %s", strerror(errno));
	l->begin_us = now;
	l->end_us = now + (uint64_t)(l->seconds * 1e6);
	for (;;) {
		bool ended = false;
		int n;

		/* A look at all sessions costs: not after every event. */
		if (now - ticked >= 1000 || l->nsessions < 200) {
			ticked = now;
			if (!tick(l, now))
				return;
		}
		n = epoll_wait(l->epoll, ev, 256, l->waiting ? 1 : 100);
		for (int i = 0; i < n; i++) {
			struct session *s = ev[i].data.ptr;

			if (!s)
				ended = true;
			else if (s->pair.fd >= 0 && on_event(l, s, ev[i].events))
				gone(l, s);
		}
		if (l->idle && idle(l, ended))
			return;
		now = pair_mono_us();
	}
}

static void
result(const struct load *l)
{
	printf("{\"accepted\":%llu,\"refused\":%llu,\"unknown\":%llu,\"broken\":%llu,"
	       "\"connections\":%llu,"
	       "\"first_us\":%llu,\"last_us\":%llu,\"cpu_s\":%.3f,",
		(unsigned long long)l->accepted, (unsigned long long)l->refused,
		(unsigned long long)l->unknown, (unsigned long long)l->broken,
		(unsigned long long)l->conns, (unsigned long long)l->first_us,
		(unsigned long long)l->last_us, pair_cpu_s());
	pair_times_json(stdout, "dot", &l->dot);
	printf(",");
	pair_times_json(stdout, "connect", &l->connect);
	printf("}\n");
}

int
main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof *l);

	if (!l)
		return 71;
	signal(SIGPIPE, SIG_IGN);
	*l = (struct load){ .nsessions = 20,
		.messages = UINT64_MAX,
		.seconds = 86400,
		.per_conn = 50,
		.bytes = 4096,
		.domains = 100,
		.sender = "load@bench.test" };
	load_options(l, argc, argv);
	pair_files();
	l->session = calloc(l->nsessions, sizeof *l->session);
	if (!l->session)
		return 71;
	l->waiting = l->nsessions;
	for (unsigned i = 0; i < l->nsessions; i++) {
		l->session[i].pair.fd = -1;
		l->session[i].number = i;
	}
	run(l);
	if (!l->idle)
		result(l);
	for (unsigned i = 0; i < l->nsessions; i++)
		pair_close(&l->session[i].pair);
	pair_tls_done(&l->client);
	free(l->session);
	free(l->body);
	free(l->key);
	free(l);
	return 0;
}
