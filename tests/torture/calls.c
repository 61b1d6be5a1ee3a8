/*
 * calls: K clients of the HTTP API that post numbered messages for ever (POST /v1/messages,
 * each with an Idempotency-Key) and write down what they were told, in the words of load. Ends
 * on SIGTERM once no call is under way (at most 5 s later).
 *
 *   calls -p PORT -l LOG [-h HOST] [-s CLIENTS] [-b FIRST] [-w WAIT_MS] [-z BYTES] [-d DOMAINS]
 *         [-f SENDER] -u USER -k SECRET
 *
 * A call whose connection broke once all of it was given is made again, the same bytes under
 * the same key, until its fate is known: so a message is "lost" only at the end of the run, and
 * more than one copy of it at the remote is as wrong as of any other. Lines of the log: sent N
 * RCPT…   all of it is about to be given to the kernel, for the first time again N        the
 * same once more ok N           202 no N CODE …    refused: nothing of it may be delivered gone
 * N         the connection broke before all of it was given: nothing may be delivered lost N
 * its fate was not known at the end
 *
 *   CLOSED → IDLE → ASKED → IDLE      ASKED → CLOSED → ASKED (again)
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
#define AGAIN_US     50000u
#define LEAVE_US     5000000u
#define CLIENTS_MAX  1000u
#define BODY_MAX     60000u
#define CALL_MAX     (2 * BODY_MAX + 2048)

enum state { CLOSED, IDLE, ASKED };

struct client {
	struct peer peer; /* first: epoll gives it back */
	enum state state;
	uint64_t due; /* mono: reconnect, or next call */
	uint64_t id;  /* call under way, 0 = none */
	bool unknown; /* an earlier try of it may have been taken */
	size_t ncall;
	char call[CALL_MAX]; /* head and body, as it is made each time */
};

struct calls {
	const char *host, *sender, *user, *secret;
	uint16_t port;
	unsigned nclients, domains;
	uint64_t wait_us, next, size, rng;
	int epoll, signals;
	uint64_t leave; /* mono when to end at the latest, 0 = not asked to */
	struct peer_log log;
	uint64_t ok, no, gone, lost, again;
	char auth[1024];
	char text[BODY_MAX + 256], json[CALL_MAX];
	struct client *client;
};

static uint64_t
random_below(struct calls *l, uint64_t n)
{
	l->rng ^= l->rng << 13;
	l->rng ^= l->rng >> 7;
	l->rng ^= l->rng << 17;
	return l->rng % n;
}

/* RFC 7617: user, colon, secret, in base64 (RFC 4648). */
static void
make_auth(struct calls *l)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char raw[515] = { 0 };
	size_t at = 0;
	int n = snprintf(raw, sizeof raw - 2, "%s:%s", l->user, l->secret);

	if (n < 0 || (size_t)n >= sizeof raw - 2)
		peer_die("user and secret are too long");
	for (int i = 0; i < n; i += 3) {
		unsigned v = (unsigned)(unsigned char)raw[i] << 16 |
		             (unsigned)(unsigned char)raw[i + 1] << 8 |
		             (unsigned char)raw[i + 2];

		l->auth[at++] = digits[v >> 18];
		l->auth[at++] = digits[v >> 12 & 63];
		l->auth[at++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		l->auth[at++] = i + 2 < n ? digits[v & 63] : '=';
	}
	l->auth[at] = 0;
}

/* ---- one call */

/* Lines of letters, some beginning with a dot; its sum lets the remote see a torn body. */
static size_t
make_text(struct calls *l, uint64_t *ret_sum)
{
	size_t want = (size_t)random_below(l, l->size) + 1, at = 0;

	while (at < want) {
		size_t len = (size_t)random_below(l, 70) + 1;

		if (random_below(l, 8) == 0)
			l->text[at++] = '.';
		for (size_t i = 0; i < len; i++)
			l->text[at++] = (char)('a' + random_below(l, 26));
		l->text[at++] = '\r';
		l->text[at++] = '\n';
	}
	*ret_sum = peer_sum(PEER_SUM_BEGIN, l->text, at);
	return at;
}

static size_t
put_json(struct calls *l, const struct client *c, char rcpt[2][64], unsigned nrcpt)
{
	uint64_t sum;
	size_t n = make_text(l, &sum), at;

	at = (size_t)snprintf(l->json, sizeof l->json,
		"{\"from\":\"%s\",\"to\":[\"%s\"%s%s%s],\"subject\":\"torture %llu\","
		"\"headers\":{\"X-Torture-Id\":\"%llu\",\"X-Torture-Sum\":\"%016llx\"},"
		"\"text\":\"",
		l->sender, rcpt[0], nrcpt > 1 ? ",\"" : "", nrcpt > 1 ? rcpt[1] : "",
		nrcpt > 1 ? "\"" : "", (unsigned long long)c->id, (unsigned long long)c->id,
		(unsigned long long)sum);
	for (size_t i = 0; i < n; i++) {
		if (l->text[i] == '\r' || l->text[i] == '\n') {
			l->json[at++] = '\\';
			l->json[at++] = l->text[i] == '\r' ? 'r' : 'n';
		} else {
			l->json[at++] = l->text[i];
		}
	}
	l->json[at++] = '"';
	l->json[at++] = '}';
	return at;
}

static void
make_call(struct calls *l, struct client *c, char rcpt[2][64], unsigned nrcpt)
{
	size_t n = put_json(l, c, rcpt, nrcpt);
	int head = snprintf(c->call, sizeof c->call,
		"POST /v1/messages HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\n"
		"Content-Type: application/json\r\nIdempotency-Key: torture-%llu\r\n"
		"Content-Length: %zu\r\n\r\n",
		l->host, l->auth, (unsigned long long)c->id, n);

	if (head < 0 || (size_t)head + n > sizeof c->call)
		peer_die("a call of more than %zu bytes", sizeof c->call);
	memcpy(c->call + head, l->json, n);
	c->ncall = (size_t)head + n;
}

static void
ask(struct calls *l, struct client *c)
{
	peer_put_bytes(&c->peer, c->call, c->ncall);
	if (c->unknown) {
		peer_log(&l->log, "again", "%llu", (unsigned long long)c->id);
		l->again++;
	}
	c->state = ASKED;
	c->due = 0;
}

static void
first(struct calls *l, struct client *c)
{
	unsigned d = (unsigned)random_below(l, l->domains), nrcpt;
	char rcpt[2][64];

	c->id = l->next++;
	c->unknown = false;
	nrcpt = c->id % 4 == 3 && l->domains > 1 ? 2 : 1;
	for (unsigned i = 0; i < nrcpt; i++)
		snprintf(rcpt[i], sizeof rcpt[i], "u%llu@d%u.test", (unsigned long long)c->id,
			(d + i) % l->domains);
	make_call(l, c, rcpt, nrcpt);
	peer_log(&l->log, "sent", "%llu %s%s%s", (unsigned long long)c->id, rcpt[0],
		nrcpt > 1 ? " " : "", nrcpt > 1 ? rcpt[1] : "");
	ask(l, c);
}

static void
over(struct calls *l, struct client *c)
{
	c->id = 0;
	c->unknown = false;
	c->due = peer_mono() + (l->wait_us ? random_below(l, 2 * l->wait_us) : 0);
}

/* ---- connections */

static void
begin(struct calls *l, struct client *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(l->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, l->host, &to.sin_addr) != 1)
		peer_die("no socket for %s: %s", l->host, strerror(errno));
	c->due = peer_mono() + RECONNECT_US;
	if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) {
		close(fd);
		return;
	}
	if (peer_take(&c->peer, l->epoll, fd) == 0) {
		c->state = IDLE;
		c->due = 0;
	}
}

/* The connection is no more: what became of the call under way? */
static void
broken(struct calls *l, struct client *c)
{
	/* What waits in our own memory never left it: it was not given. */
	if (c->state == ASKED && c->peer.nout > 0 && !c->unknown) {
		peer_log(&l->log, "gone", "%llu", (unsigned long long)c->id);
		l->gone++;
		c->id = 0;
	} else if (c->state == ASKED) {
		c->unknown = true;
	}
	peer_close(&c->peer);
	c->state = CLOSED;
	c->due = peer_mono() + RECONNECT_US;
}

/* 409: it is under way. Another refusal says nothing of the try before. */
static void
answered(struct calls *l, struct client *c, unsigned code, const char *text)
{
	c->state = IDLE;
	if (code / 100 == 2) {
		peer_log(&l->log, "ok", "%llu", (unsigned long long)c->id);
		l->ok++;
		over(l, c);
	} else if (c->unknown && (code == 409 || code == 429 || code >= 500)) {
		c->due = peer_mono() + AGAIN_US;
	} else {
		peer_log(
			&l->log, "no", "%llu %u %.150s", (unsigned long long)c->id, code, text);
		l->no++;
		over(l, c);
	}
}

/* The whole answer, when it is there: its bytes, 0 = not yet. */
static size_t
answer_length(const struct peer *p)
{
	const char *end = memmem(p->in, p->nin, "\r\n\r\n", 4), *length;
	size_t head, n = 0;

	if (!end)
		return 0;
	head = (size_t)(end - p->in) + 4;
	length = memmem(p->in, head, "\r\nContent-Length: ", 18);
	if (length)
		n = strtoul(length + 18, NULL, 10);
	return p->nin >= head + n ? head + n : 0;
}

/* The status line and the begin of the body, for the log. */
static void
said(char *dst, size_t size, const char *answer, size_t n)
{
	const char *line = memmem(answer, n, "\r\n", 2),
		   *body = memmem(answer, n, "\r\n\r\n", 4);
	int got = snprintf(dst, size, "%.*s ", (int)(line - answer), answer);

	body += 4;
	if (got > 0 && (size_t)got < size)
		snprintf(dst + got, size - (size_t)got, "%.*s", (int)(answer + n - body), body);
	for (char *p = dst; *p; p++)
		*p = *p == '\r' || *p == '\n' ? ' ' : *p;
}

static void
on_input(struct calls *l, struct client *c)
{
	int gone = peer_fill(&c->peer);
	size_t n;

	while (c->peer.fd >= 0 && (n = answer_length(&c->peer)) > 0) {
		bool closes = memmem(c->peer.in, n, "\r\nConnection: close", 19) != NULL;
		char text[200];

		said(text, sizeof text, c->peer.in, n);
		if (strncmp(text, "HTTP/1.1 ", 9) != 0 || c->state != ASKED)
			peer_die("not an answer to a call: %s", text);
		answered(l, c, (unsigned)strtoul(text + 9, NULL, 10), text + 13);
		peer_eat(&c->peer, n);
		if (closes)
			gone = -1;
	}
	if (gone || peer_flush(&c->peer))
		broken(l, c);
}

/* False when there is nothing more to do. */
static bool
tick(struct calls *l)
{
	uint64_t now = peer_mono();
	bool more = !l->leave, busy = false;

	for (unsigned i = 0; i < l->nclients; i++) {
		struct client *c = &l->client[i];
		bool wanted = more || c->unknown;

		if (c->state == CLOSED && wanted && c->due <= now)
			begin(l, c);
		if (c->state == IDLE && wanted && c->due <= now) {
			if (c->unknown)
				ask(l, c);
			else
				first(l, c);
			if (peer_flush(&c->peer))
				broken(l, c);
		}
		busy |= c->state == ASKED || c->unknown;
	}
	return (more || busy) && (!l->leave || now < l->leave);
}

static void
run(struct calls *l)
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
			struct client *c = ev[i].data.ptr;

			if (!c) {
				struct signalfd_siginfo si;

				l->leave = peer_mono() + LEAVE_US;
				(void)!read(l->signals, &si, sizeof si);
			} else if (c->peer.fd >= 0) {
				on_input(l, c);
			}
		}
	}
	for (unsigned i = 0; i < l->nclients; i++) {
		struct client *c = &l->client[i];

		if (c->state != CLOSED)
			broken(l, c);
		if (c->unknown) {
			peer_log(&l->log, "lost", "%llu", (unsigned long long)c->id);
			l->lost++;
		}
	}
}

static const char *
options(struct calls *l, int argc, char **argv)
{
	const char *log = NULL;
	int o;

	while ((o = getopt(argc, argv, "p:l:h:s:b:w:z:d:f:u:k:")) >= 0)
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
			l->nclients = (unsigned)peer_number(optarg, 1, CLIENTS_MAX);
			break;
		case 'b':
			l->next = peer_number(optarg, 1, 1u << 30);
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
		default:
			exit(64);
		}
	return log;
}

int
main(int argc, char **argv)
{
	struct calls *l = calloc(1, sizeof *l);
	const char *log;

	if (!l)
		return 71;
	*l = (struct calls){ .host = "127.0.0.1",
		.sender = "load@example.test",
		.nclients = 4,
		.domains = 7,
		.size = 4096,
		.next = 1 };
	l->rng = peer_mono() | 1;
	log = options(l, argc, argv);
	if (!log || !l->port || !l->user || !l->secret)
		peer_die("usage: see the head of calls.c");
	make_auth(l);
	peer_log_open(&l->log, log, NULL);
	l->client = calloc(l->nclients, sizeof *l->client);
	if (!l->client)
		return 71;
	for (unsigned i = 0; i < l->nclients; i++)
		l->client[i].peer.fd = -1;
	run(l);
	printf("ok %llu no %llu gone %llu lost %llu again %llu\n", (unsigned long long)l->ok,
		(unsigned long long)l->no, (unsigned long long)l->gone,
		(unsigned long long)l->lost, (unsigned long long)l->again);
	free(l->client);
	free(l);
	return 0;
}
