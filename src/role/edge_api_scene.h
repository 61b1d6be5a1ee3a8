/*
 * For the tests of the HTTP API in the edge: a client of HTTP, on top of edge_scene.
 */
#ifndef ROLE_EDGE_API_SCENE_H
#define ROLE_EDGE_API_SCENE_H

#include "role/edge_scene.h"

#include "role/edge_api.h"

#define HOST   "Host: api.test\r\n"
#define SECRET "sekret-7f3a91"
/* me:SECRET */
#define KEY    "Authorization: Basic bWU6c2VrcmV0LTdmM2E5MQ==\r\n"
#define BEARER "Authorization: Bearer SG.aaaa." SECRET "\r\n"
#define TOKEN  "X-Postmark-Server-Token: " SECRET "-token\r\n"
#define JSON   "Content-Type: application/json\r\n"
#define FORM   "Content-Type: multipart/form-data; boundary=cut\r\n"
#define NATIVE "/v1/messages"
#define ONE                                                                                    \
	"{\"from\":\"a@shop.test\",\"to\":\"b@else.test\",\"subject\":\"hi\",\"text\":"        \
	"\"Hello.\"}"
#define FIELD(name) "--cut\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"

struct answer {
	int status;
	char head[4096], body[16384];
};

/* ---- a client of HTTP */

/* The whole answer, when it is there. */
static inline bool
answer_read(struct client *c, struct answer *a)
{
	struct str in = stream_input(c->s), head;
	size_t end = str_find_str(in, STR_LIT("\r\n\r\n")), n = 0;
	const char *length;

	if (end == in.n)
		return false;
	head = str_head(in, end + 4);
	assert_true(head.n < sizeof a->head);
	(void)str_copy_z(a->head, sizeof a->head, head);
	assert_int_equal(strncmp(a->head, "HTTP/1.1 ", 9), 0);
	a->status = (int)strtol(a->head + 9, NULL, 10);
	length = strstr(a->head, "\r\nContent-Length: ");
	if (length && !c->head)
		n = strtoul(length + 18, NULL, 10);
	if (in.n < head.n + n)
		return false;
	assert_true(n < sizeof a->body);
	(void)str_copy_z(a->body, sizeof a->body, str_head(str_from(in, head.n), n));
	stream_eat(c->s, head.n + n);
	return true;
}

static inline struct answer *
hear_at(struct client *c, int line)
{
	static struct answer a;

	for (int i = 0; i < 20000; i++) {
		if (answer_read(c, &a)) {
			/* Whoever asks, an answer gives no secret back. */
			assert_null(strstr(a.head, SECRET));
			assert_null(strstr(a.body, SECRET));
			assert_null(strstr(a.body, "c2VrcmV0"));
			return &a;
		}
		if (c->eof)
			break;
		loop_step(c->scene->loop, 1000);
	}
	fprintf(stderr, "line %d: no answer%s\n", line, c->eof ? ", it closed" : "");
	fail();
	return NULL;
}
#define hear(c) hear_at((c), __LINE__)

static inline void
expect_status_at(const struct answer *a, int status, const char *inside, int line)
{
	if (a->status == status && strstr(a->body, inside))
		return;
	fprintf(stderr, "line %d: want %d with %s, got %s%s\n", line, status, inside, a->head,
		a->body);
	fail();
}
#define expect_status(a, status, inside) expect_status_at((a), (status), (inside), __LINE__)

static inline void
post(struct client *c, const char *path, const char *fields, const char *body)
{
	char head[2000];

	snprintf(head, sizeof head, "POST %s HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n",
		path, fields, strlen(body));
	say(c, head);
	say(c, body);
}

/* A call on a connection of its own. */
static inline const struct answer *
call(struct scene *sc, const char *path, const char *fields, const char *body)
{
	const struct answer *a;
	struct client c;

	client_open(sc, &c, PORT_HTTP);
	post(&c, path, fields, body);
	a = hear(&c);
	client_close(&c);
	return a;
}

static inline void
expect_idle(struct scene *sc)
{
	for (int i = 0; i < 2000 && !list_empty(&sc->edge->calls); i++)
		loop_step(sc->loop, 1000);
	assert_true(list_empty(&sc->edge->calls));
	assert_true(list_empty(&sc->edge->asks));
	assert_int_equal(sc->edge->memory, 0);
	assert_int_equal(sc->edge->nconns, 0);
}

static inline struct edge_call *
the_call(struct scene *sc)
{
	for (int i = 0; i < 2000 && list_empty(&sc->edge->calls); i++)
		loop_step(sc->loop, 1000);
	assert_false(list_empty(&sc->edge->calls));
	return LIST_OF(sc->edge->calls.next, struct edge_call, link);
}

static inline void
wait_calls(struct scene *sc, unsigned n)
{
	for (int i = 0; i < 20000 && sc->calls < n; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->calls, n);
}

static inline struct msg_extra
extra_of(const struct msg_submit *m)
{
	struct msg_extra x = { 0 };

	if (m->extra.n)
		assert_int_equal(msg_extra_read(NULL, m->extra, &x), 0);
	return x;
}

#endif
