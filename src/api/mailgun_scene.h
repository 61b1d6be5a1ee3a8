/*
 * For tests of Mailgun's messages API: a call that was read.
 */
#ifndef API_MAILGUN_SCENE_H
#define API_MAILGUN_SCENE_H

#include "api/mailgun_send.h"
#include "base/test.h"

/* 2026-11-24T09:51:23Z */
static const struct api_world world = { .now = INT64_C(1795513883000000),
	.base_url = { "https://mail.test", 17 },
	.request_id = { "req-1", 5 } };

#define URLENCODED "application/x-www-form-urlencoded"
#define FROM       "from=a%40x.test"
#define TO         FROM "&to=b%40y.test"
#define ONE        TO "&text=t"
struct scene {
	struct arena a;
	struct api_send s;
	int err;
};

static inline void
read_as(struct scene *sc, struct str type, struct str body)
{
	struct mailgun_call c = { STR_LIT("x.test"), type, body };

	arena_init(&sc->a, 64u << 20);
	api_send_init(&sc->s, &sc->a);
	sc->err = mailgun_send_read(&sc->s, &c, &world);
}

static inline void
scene(struct scene *sc, const char *body)
{
	read_as(sc, STR_LIT(URLENCODED), str_z(body));
	assert_int_equal(sc->err, 0);
}

static inline void
scene_done(struct scene *sc)
{
	api_send_done(&sc->s);
	arena_done(&sc->a);
}

/* What was read without a mistake can be composed. */
static inline void
composes(struct scene *sc)
{
	struct outgoing_stamp stamp = { STR_LIT("<m@x.test>"), STR_LIT("seed"), world.now };

	assert_int_equal(sc->s.errors.n, 0);
	for (size_t i = 0; i < sc->s.n; i++) {
		const char *why = "";
		struct buf out;

		buf_init(&out, 1u << 20);
		assert_int_equal(
			outgoing_compose(&sc->a, &sc->s.items[i].mail, &stamp, &out, &why), 0);
		buf_done(&out);
	}
}

#define PART(head, body) "--B\r\nContent-Disposition: form-data; " head "\r\n\r\n" body "\r\n"
#define TYPE(head, type, body)                                                                 \
	"--B\r\nContent-Disposition: form-data; " head "\r\nContent-Type: " type               \
	"\r\n\r\n" body "\r\n"

#endif
