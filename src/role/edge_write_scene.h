/*
 * For the tests of mail that is written from templates: a desk with one template, on top of
 * edge_api_scene, whose engine plays its part too.
 */
#ifndef ROLE_EDGE_WRITE_SCENE_H
#define ROLE_EDGE_WRITE_SCENE_H

#include "account/control_template.h"
#include "role/edge_api_scene.h"

/* ---- desk */

static struct {
	struct scene *scene;
	struct channel *channel;
	unsigned asks;
	bool deaf;
	uint64_t version; /* of the template that there is */
	const char *html; /* of it */
	const char *dialect, *stream, *from;
	struct msg_template last; /* without its name */
	char name[300];
	unsigned contacts;   /* asked for */
	const char *contact; /* of ann@else.test; NULL: the tables cannot be read */
	uint64_t (*mono)(struct clock *c); /* the scene's */
} desk;

static inline void
desk_says(uint8_t is)
{
	struct msg_text texts[TEMPLATE_TEXTS - 1];
	struct msg_templated m = { .seq = desk.last.seq,
		.is = is,
		.id = 12,
		.version = desk.version,
		.ref = STR_LIT("tpl_twelve"),
		.name = STR_LIT("Order"),
		.texts = { texts, is == TEMPLATE_IS_HERE ? TEMPLATE_TEXTS - 1 : 0 } };
	struct buf b;

	for (int i = 0; i < TEMPLATE_TEXTS - 1; i++)
		texts[i].bytes = STR_NONE;
	texts[TEMPLATE_DIALECT].bytes = str_z(desk.dialect);
	texts[TEMPLATE_STREAM].bytes = str_z(desk.stream);
	texts[TEMPLATE_FROM_EMAIL].bytes = str_z(desk.from);
	texts[TEMPLATE_SUBJECT].bytes = STR_LIT("Order 7");
	texts[TEMPLATE_BODY_HTML].bytes = str_z(desk.html);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_templated_write(&b, &m), 0);
	channel_force(desk.channel, MSG_templated, buf_str(&b));
	buf_done(&b);
}

/* There is one template: "Order" or number 12, of tenant 7. */
static inline void
desk_answers(void)
{
	bool there = desk.last.tenant == 7 &&
	             (desk.last.number == 12 || strcmp(desk.name, "Order") == 0);

	if (!there)
		desk_says(TEMPLATE_IS_NONE);
	else if (desk.version == 0)
		desk_says(TEMPLATE_IS_DRAFT);
	else if (desk.last.known == 12 && desk.last.version == desk.version)
		desk_says(TEMPLATE_IS_KNOWN);
	else
		desk_says(TEMPLATE_IS_HERE);
}

static inline void
desk_tells_contact(struct str payload)
{
	struct msg_contact q;
	struct msg_contacted m = { .values = STR_NONE };
	struct buf b;

	assert_int_equal(msg_contact_read(NULL, payload, &q), 0);
	assert_int_equal(q.tenant, 7);
	desk.contacts++;
	m.seq = q.seq;
	m.is = !desk.contact                          ? CONTACT_IS_LATER
	       : str_eq_z(q.address, "ann@else.test") ? CONTACT_IS_HERE
	                                              : CONTACT_IS_NONE;
	if (m.is == CONTACT_IS_HERE)
		m.values = str_z(desk.contact);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_contacted_write(&b, &m), 0);
	if (!desk.deaf)
		channel_force(desk.channel, MSG_contacted, buf_str(&b));
	buf_done(&b);
}

static inline void
desk_hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	if (type == MSG_contact) {
		desk_tells_contact(payload);
		return;
	}
	assert_int_equal(type, MSG_template);
	assert_int_equal(msg_template_read(NULL, payload, &desk.last), 0);
	(void)str_copy_z(desk.name, sizeof desk.name, desk.last.name);
	desk.asks++;
	if (!desk.deaf)
		desk_answers();
}

static inline void
desk_ends(void *ctx)
{
	(void)ctx;
	channel_free(&desk.channel);
}

static inline void
desk_comes(struct scene *sc)
{
	static const struct channel_calls calls = { desk_hears, desk_ends };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	desk.channel = channel_new(sc->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, NULL);
	edge_desk_peer(sc->edge, fd[1]);
}

static inline void
wait_asks(struct scene *sc, unsigned n)
{
	for (int i = 0; i < 20000 && desk.asks < n; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(desk.asks, n);
}

static inline struct scene *
up(bool one)
{
	struct scene *sc = scene_make(NULL, one);

	memset(&desk, 0, sizeof desk);
	desk.scene = sc;
	desk.version = 1;
	desk.html = "<p>Hello {{name}}</p>";
	desk.dialect = "handlebars";
	desk.stream = "";
	desk.from = "";
	desk.contact = "{\"city\":\"Lyon\",\"name\":\"Ann\"}";
	desk_comes(sc);
	return sc;
}

static inline void
down(struct scene *sc)
{
	expect_idle(sc);
	channel_free(&desk.channel);
	scene_free(sc);
}

static inline void
changed(struct scene *sc)
{
	ENGINE_SAYS(sc, changed, .version = 1);
	steps(sc, 5);
}

/* ---- calls */

#define PEOPLE "\"from\":\"a@shop.test\",\"to\":\"b@else.test\""
#define ORDER                                                                                  \
	"{" PEOPLE ",\"template\":\"Order\",\"variables\":{\"name\":\"A&B\"},\"tags\":[\"t\"]" \
	"}"

static inline void
expect_mail(struct scene *sc, size_t i, const char *inside)
{
	char text[16384];
	struct str all = stored(sc, &sc->letters[i], text, sizeof text);

	if (holds(all, inside))
		return;
	fprintf(stderr, "no \"%s\" in %.*s\n", inside, STR_ARG(all));
	fail();
}

static inline uint64_t
later(struct clock *c)
{
	(void)c;
	return clock_mono(&(struct clock){ .mono = desk.mono }) + EDGE_ASK_US + 1;
}

/* A second that comes after everybody has waited too long. */
static inline void
late_second(struct scene *sc)
{
	desk.mono = sc->clock.mono;
	sc->clock.mono = later;
	edge_desk_second(sc->edge);
	sc->clock.mono = desk.mono;
}

#endif
