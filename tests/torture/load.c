/*
 * load: K SMTP sessions that submit numbered messages for ever and write down what they were
 * told. Ends on SIGTERM once no message is under way (at most 5 s later).
 *
 *   load -p PORT -l LOG [-h HOST] [-s SESSIONS] [-b FIRST] [-n MESSAGES] [-w WAIT_MS] [-z
 * BYTES]
 *        [-d DOMAINS] [-f SENDER] [-u USER -k SECRET] [-W FILE]
 *
 * Message N goes to u<N>@d<M>.test, every fourth also to a second domain. Lines of the log are
 * "WHAT MONO SIZE N …" (SIZE: of FILE at that time, for power cuts):
 *   sent N RCPT…   all of it is about to be given to the kernel
 *   ok N           250 after the dot
 *   no N CODE …    refused: nothing of it may be delivered
 *   gone N         the connection broke before all of it was given: nothing may be delivered
 *   lost N         it broke afterwards: it may be delivered or not
 *
 *   CLOSED → BANNER → HELLO [→ AUTH] → IDLE → ENVELOPE → DATA → DOT → IDLE
 *                                         ENVELOPE, DATA → RESET → IDLE
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECONNECT_US 20000u
#define LEAVE_US     5000000u
#define SESSIONS_MAX 2000u
#define BODY_MAX     200000u

enum state { CLOSED, BANNER, HELLO, AUTH, IDLE, ENVELOPE, DATA, DOT, RESET };

struct session {
	struct peer peer; /* first: epoll gives it back */
	enum state state;
	bool has_auth; /* offered */
	uint64_t due;  /* mono: reconnect, or next message */
	uint64_t id;   /* message under way */
	unsigned nrcpt;
	unsigned replies; /* still to come in ENVELOPE */
	unsigned code;    /* first refusal, 0 = none */
	char why[200];
	char rcpt[2][64];
};

struct load {
	const char *host, *sender, *user, *secret;
	uint16_t port;
	unsigned nsessions, domains;
	uint64_t wait_us, next, last, size, rng;
	int epoll, signals;
	uint64_t leave; /* mono when to end at the latest, 0 = not asked to */
	struct peer_log log;
	uint64_t ok, no, gone, lost;
	char auth[1024];
	char body[BODY_MAX + 256];
	struct session *session;
};

static uint64_t
random_below(struct load *l, uint64_t n)
{
	l->rng ^= l->rng << 13;
	l->rng ^= l->rng >> 7;
	l->rng ^= l->rng << 17;
	return l->rng % n;
}

/* RFC 4616: NUL user NUL secret, in base64 (RFC 4648). */
static void
make_auth(struct load *l)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char raw[512] = { 0 };
	size_t nu = strlen(l->user), ns = strlen(l->secret), n = nu + ns + 2, at = 0;

	if (n > sizeof raw)
		peer_die("user and secret are too long");
	memcpy(raw + 1, l->user, nu);
	memcpy(raw + 2 + nu, l->secret, ns);
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)raw[i] << 16 |
		             (i + 1 < n ? (unsigned)raw[i + 1] << 8 : 0) |
		             (i + 2 < n ? raw[i + 2] : 0u);

		l->auth[at++] = digits[v >> 18];
		l->auth[at++] = digits[v >> 12 & 63];
		l->auth[at++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		l->auth[at++] = i + 2 < n ? digits[v & 63] : '=';
	}
	l->auth[at] = 0;
}

static void
begin(struct load *l, struct session *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(l->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, l->host, &to.sin_addr) != 1)
		peer_die("no socket for %s: %s", l->host, strerror(errno));
	s->due = 0;
	s->has_auth = false;
	if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
		close(fd);
		s->due = peer_mono() + RECONNECT_US;
		return;
	}
	if (peer_take(&s->peer, l->epoll, fd) == 0)
		s->state = BANNER;
	else
		s->due = peer_mono() + RECONNECT_US;
}

/* The connection is no more: what became of the message under way? */
static void
broken(struct load *l, struct session *s)
{
	unsigned long long id = s->id;

	/* What waits in our own memory never left it: the dot was not given. */
	if (s->state == DOT && s->peer.nout == 0) {
		peer_log(&l->log, "lost", "%llu", id);
		l->lost++;
	} else if (s->state == ENVELOPE || s->state == DATA || s->state == DOT) {
		peer_log(&l->log, "gone", "%llu", id);
		l->gone++;
	}
	peer_close(&s->peer);
	s->state = CLOSED;
	s->due = peer_mono() + RECONNECT_US;
}

static void
refused(struct load *l, struct session *s)
{
	peer_log(&l->log, "no", "%llu %u %s", (unsigned long long)s->id, s->code, s->why);
	l->no++;
}

static void
idle(struct load *l, struct session *s)
{
	s->state = IDLE;
	s->due = peer_mono() + (l->wait_us ? random_below(l, 2 * l->wait_us) : 0);
}

static void
envelope(struct load *l, struct session *s)
{
	unsigned d = (unsigned)random_below(l, l->domains);

	s->id = l->next++;
	s->nrcpt = s->id % 4 == 3 && l->domains > 1 ? 2 : 1;
	s->replies = 1 + s->nrcpt;
	s->code = 0;
	s->due = 0;
	s->state = ENVELOPE;
	peer_put(&s->peer, "MAIL FROM:<%s>\r\n", l->sender);
	for (unsigned i = 0; i < s->nrcpt; i++) {
		snprintf(s->rcpt[i], sizeof s->rcpt[i], "u%llu@d%u.test",
			(unsigned long long)s->id, (d + i) % l->domains);
		peer_put(&s->peer, "RCPT TO:<%s>\r\n", s->rcpt[i]);
	}
}

/* Lines of letters, some beginning with a dot; its sum lets the remote see a torn body. */
static size_t
make_body(struct load *l, uint64_t *ret_sum)
{
	size_t want = (size_t)random_below(l, l->size) + 1, at = 0;

	while (at < want) {
		size_t len = (size_t)random_below(l, 76);

		if (random_below(l, 8) == 0)
			l->body[at++] = '.';
		for (size_t i = 0; i < len; i++)
			l->body[at++] = (char)('a' + random_below(l, 26));
		l->body[at++] = '\r';
		l->body[at++] = '\n';
	}
	*ret_sum = peer_sum(PEER_SUM_BEGIN, l->body, at);
	return at;
}

static void
message(struct load *l, struct session *s)
{
	uint64_t sum;
	size_t n = make_body(l, &sum), line = 0;

	peer_put(&s->peer,
		"From: <%s>\r\nTo: <%s>\r\nSubject: torture %llu\r\n"
		"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <%llu@load.test>\r\n"
		"X-Torture-Id: %llu\r\nX-Torture-Sum: %016llx\r\n\r\n",
		l->sender, s->rcpt[0], (unsigned long long)s->id, (unsigned long long)s->id,
		(unsigned long long)s->id, (unsigned long long)sum);
	while (line < n) {
		const char *end = memchr(l->body + line, '\n', n - line);
		size_t len = (size_t)(end - (l->body + line)) + 1;

		if (l->body[line] == '.')
			peer_put_bytes(&s->peer, ".", 1);
		peer_put_bytes(&s->peer, l->body + line, len);
		line += len;
	}
	peer_put_bytes(&s->peer, ".\r\n", 3);
	peer_log(&l->log, "sent", "%llu %s%s%s", (unsigned long long)s->id, s->rcpt[0],
		s->nrcpt > 1 ? " " : "", s->nrcpt > 1 ? s->rcpt[1] : "");
	s->state = DOT;
}

static void
note_refusal(struct session *s, unsigned code, const char *text)
{
	if (s->code)
		return;
	s->code = code;
	snprintf(s->why, sizeof s->why, "%.*s", (int)sizeof s->why - 1, text);
}

static void
after_dot(struct load *l, struct session *s, unsigned code, const char *text)
{
	if (code / 100 == 2) {
		peer_log(&l->log, "ok", "%llu", (unsigned long long)s->id);
		l->ok++;
	} else {
		note_refusal(s, code, text);
		refused(l, s);
	}
	idle(l, s);
}

static void
in_envelope(struct load *l, struct session *s)
{
	if (--s->replies)
		return;
	if (s->code) {
		refused(l, s);
		peer_put(&s->peer, "RSET\r\n");
		s->state = RESET;
		return;
	}
	peer_put(&s->peer, "DATA\r\n");
	s->state = DATA;
}

/* One final reply line. 0, or -1: close. */
static int
on_reply(struct load *l, struct session *s, unsigned code, const char *text)
{
	bool good = code / 100 == 2 || (s->state == DATA && code == 354);

	switch (s->state) {
	case BANNER:
		peer_put(&s->peer, "EHLO load.test\r\n");
		s->state = HELLO;
		return good ? 0 : -1;
	case HELLO:
		if (good && s->has_auth && l->user) {
			peer_put(&s->peer, "AUTH PLAIN %s\r\n", l->auth);
			s->state = AUTH;
			return 0;
		}
		idle(l, s);
		return good ? 0 : -1;
	case AUTH:
		idle(l, s);
		return good ? 0 : -1;
	case ENVELOPE:
		if (!good)
			note_refusal(s, code, text);
		in_envelope(l, s);
		/* 421: it closes; what was refused is written down already. */
		return 0;
	case DATA:
		if (good) {
			message(l, s);
			return 0;
		}
		note_refusal(s, code, text);
		refused(l, s);
		peer_put(&s->peer, "RSET\r\n");
		s->state = RESET;
		return 0;
	case DOT:
		after_dot(l, s, code, text);
		return 0;
	case RESET:
		idle(l, s);
		return 0;
	default:
		return -1; /* said without being asked: 421 */
	}
}

static void
on_input(struct load *l, struct session *s)
{
	int gone = peer_fill(&s->peer);
	size_t used;
	char *line;

	while (s->peer.fd >= 0 && (line = peer_line(&s->peer, &used))) {
		char *end;
		unsigned long code = strtoul(line, &end, 10);

		if (end != line + 3) {
			broken(l, s);
			return;
		}
		if (s->state == HELLO && !strncmp(line + 4, "AUTH ", 5))
			s->has_auth = true;
		if (*end != '-' && on_reply(l, s, (unsigned)code, line)) {
			broken(l, s);
			return;
		}
		peer_eat(&s->peer, used);
	}
	if (gone || peer_flush(&s->peer))
		broken(l, s);
}

/* False when there is nothing more to do. */
static bool
tick(struct load *l)
{
	uint64_t now = peer_mono();
	bool more = !l->leave && l->next < l->last, busy = false;

	for (unsigned i = 0; i < l->nsessions; i++) {
		struct session *s = &l->session[i];

		if (s->state == CLOSED && more && s->due <= now)
			begin(l, s);
		if (s->state == IDLE && more && s->due <= now) {
			envelope(l, s);
			if (peer_flush(&s->peer))
				broken(l, s);
			more = !l->leave && l->next < l->last;
		}
		busy |= s->state == ENVELOPE || s->state == DATA || s->state == DOT;
	}
	return (more || busy) && (!l->leave || now < l->leave);
}

static void
run(struct load *l)
{
	struct epoll_event ev[128], sig = { .events = EPOLLIN, .data.ptr = NULL };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->signals, &sig))
		peer_die("epoll: %s", strerror(errno));
	while (tick(l)) {
		int n = epoll_wait(l->epoll, ev, 128, l->leave ? 20 : 2);

		for (int i = 0; i < n; i++) {
			struct session *s = ev[i].data.ptr;

			if (!s) {
				struct signalfd_siginfo si;

				l->leave = peer_mono() + LEAVE_US;
				(void)!read(l->signals, &si, sizeof si);
			} else if (s->peer.fd >= 0) {
				on_input(l, s);
			}
		}
	}
	for (unsigned i = 0; i < l->nsessions; i++)
		if (l->session[i].state != CLOSED)
			broken(l, &l->session[i]);
}

static const char *
options(struct load *l, int argc, char **argv, const char **ret_sizes)
{
	const char *log = NULL;
	int o;

	while ((o = getopt(argc, argv, "p:l:h:s:b:n:w:z:d:f:u:k:W:")) >= 0)
		switch (o) {
		case 'p':
			l->port = (uint16_t)peer_number(optarg, 1, 65535);
			break;
		case 'l':
			log = optarg;
			break;
		case 'h':
			l->host = optarg;
			break;
		case 's':
			l->nsessions = (unsigned)peer_number(optarg, 1, SESSIONS_MAX);
			break;
		case 'b':
			l->next = peer_number(optarg, 0, 1u << 30);
			break;
		case 'n':
			l->last = peer_number(optarg, 1, 1u << 30);
			break;
		case 'w':
			l->wait_us = peer_number(optarg, 0, 3600000) * 1000;
			break;
		case 'z':
			l->size = peer_number(optarg, 1, BODY_MAX / 2);
			break;
		case 'd':
			l->domains = (unsigned)peer_number(optarg, 1, 1000000);
			break;
		case 'f':
			l->sender = optarg;
			break;
		case 'u':
			l->user = optarg;
			break;
		case 'k':
			l->secret = optarg;
			break;
		case 'W':
			*ret_sizes = optarg;
			break;
		default:
			exit(64);
		}
	return log;
}

int
main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof *l);
	const char *log, *sizes = NULL;

	if (!l)
		return 71;
	*l = (struct load){ .host = "127.0.0.1",
		.sender = "load@example.test",
		.nsessions = 10,
		.domains = 7,
		.size = 4096,
		.last = UINT64_MAX };
	l->rng = peer_mono() | 1;
	log = options(l, argc, argv, &sizes);
	if (!log || !l->port || !l->user != !l->secret)
		peer_die("usage: see the head of load.c");
	if (l->last != UINT64_MAX)
		l->last += l->next;
	if (l->user)
		make_auth(l);
	peer_log_open(&l->log, log, sizes);
	l->session = calloc(l->nsessions, sizeof *l->session);
	if (!l->session)
		return 71;
	for (unsigned i = 0; i < l->nsessions; i++)
		l->session[i].peer.fd = -1;
	run(l);
	printf("ok %llu no %llu gone %llu lost %llu\n", (unsigned long long)l->ok,
		(unsigned long long)l->no, (unsigned long long)l->gone,
		(unsigned long long)l->lost);
	free(l->session);
	free(l);
	return 0;
}
