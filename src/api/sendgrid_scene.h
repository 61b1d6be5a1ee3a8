/*
 * For tests only: calls of SendGrid's Mail Send put together from pieces, read, and their
 * mistakes as text.
 */
#ifndef API_SENDGRID_SCENE_H
#define API_SENDGRID_SCENE_H

#include "api/sendgrid_send.h"
#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

static const struct api_world world = { .now = INT64_C(1795513883000000),
	.uuid_key = { 1, 2, 3 },
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define TO      "\"to\":[{\"email\":\"b@y.test\"}]"
#define ONE     "\"personalizations\":[{" TO "}]"
#define FROM    "\"from\":{\"email\":\"a@x.test\"}"
#define SUBJECT "\"subject\":\"S\""
#define CONTENT "\"content\":[{\"type\":\"text/plain\",\"value\":\"x\"}]"
#define BASE    FROM "," SUBJECT "," CONTENT
/* A call that is fine but for what is said besides, and one with this in its personalization.
 */
#define WITH(more)  "{" ONE "," BASE "," more "}"
#define OWN(more)   "{\"personalizations\":[{" TO "," more "}]," BASE "}"
#define BAD_ADDRESS "Does not contain a valid address."

/* One call, from bytes to its struct. */
struct call {
	struct arena arena;
	struct api_send send;
};

static inline void
start(struct call *c, const char *body)
{
	arena_init(&c->arena, 16u << 20);
	api_send_init(&c->send, &c->arena);
	assert_int_equal(sendgrid_send_read(&c->send, str_z(body), &world), 0);
	assert_true(c->send.together);
}

static inline void
stop(struct call *c)
{
	api_send_done(&c->send);
	arena_done(&c->arena);
}

/* What was read without a mistake can be composed. */
static inline void
composes(struct call *c)
{
	const struct outgoing_stamp stamp = { STR_LIT("<1@x.test>"), STR_LIT("seed"),
		world.now };

	for (size_t i = 0; i < c->send.n && !c->send.errors.n; i++) {
		const char *why = NULL;
		struct buf b;

		buf_init(&b, 1u << 20);
		assert_int_equal(
			outgoing_compose(&c->arena, &c->send.items[i].mail, &stamp, &b, &why),
			0);
		assert_true(str_find_str(buf_str(&b), STR_LIT("\nBcc:")) == b.n);
		buf_done(&b);
	}
}

/* "field: message" of each error, one a line. */
static inline void
errors_are(const char *body, const char *want)
{
	struct call c;
	struct buf got;

	start(&c, body);
	buf_init(&got, 64u << 10);
	for (size_t i = 0; i < c.send.errors.n; i++) {
		const struct api_error *e = &c.send.errors.at[i];

		buf_printf(&got, "%s%.*s: %.*s", i ? "\n" : "",
			STR_ARG(e->nrelated ? e->related[0] : STR_LIT("-")), STR_ARG(e->text));
	}
	assert_str(buf_str(&got), want);
	buf_done(&got);
	composes(&c);
	stop(&c);
}

#endif
