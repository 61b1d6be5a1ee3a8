/* For tests only: one recipient's story, and an event of each kind out of it. */
#ifndef REPORT_EVENT_SCENE_H
#define REPORT_EVENT_SCENE_H

#include "base/must.h"
#include "base/utc.h"
#include "report/event.h"

#include <jansson.h>

#define SCENE_AT INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

static const uint8_t scene_key[UUID_KEY_SIZE] = { 1, 2, 3 };
static struct arena scene_arena;
static struct buf scene_more; /* facts a test added */

static inline struct fact
scene_attempt(enum fact_kind kind, uint16_t number, struct reply reply)
{
	return (struct fact){ .kind = (uint8_t)kind,
		.number = number,
		.at = SCENE_AT + number * 3 * UTC_SEC,
		.stage = STAGE_RCPT,
		.took_ms = 1500,
		.host = STR_LIT("mx.orange.test"),
		.address = STR_LIT("192.0.2.1:25"),
		.tls = STR_LIT("TLSv1.3 TLS_AES_256_GCM_SHA384"),
		.next = kind == FACT_DEFERRED ? SCENE_AT + 5 * UTC_MIN : 0,
		.reply = reply };
}

/* The fact of that kind, as engine and edge would write it. */
static inline struct fact
scene_fact(enum fact_kind kind)
{
	struct fact f = { .kind = (uint8_t)kind, .number = 2, .at = SCENE_AT + 6 * UTC_SEC };

	switch (kind) {
	case FACT_ACCEPTED:
		f.number = 0;
		f.at = SCENE_AT;
		f.via = VIA_API;
		f.size = 2048;
		f.client = STR_LIT("198.51.100.7");
		f.about = STR_LIT("{\"custom_id\":\"order-7\",\"payload\":\"{\\\"cart\\\":7}\","
				  "\"campaign\":\"autumn\",\"tags\":[\"order\",\"fr\"],"
				  "\"metadata\":{\"customer\":\"4711\",\"event\":\"mine\"},"
				  "\"group\":\"42\"}");
		break;
	case FACT_DELIVERED:
	case FACT_RELAYED:
		f = scene_attempt(kind, 2, REPLY(250, 2, 0, 0, "Ok: queued as 4711"));
		f.stage = STAGE_DOT;
		break;
	case FACT_DEFERRED:
		f = scene_attempt(kind, 1, REPLY(451, 4, 7, 1, "Greylisted, try again later"));
		break;
	case FACT_BOUNCED:
		f = scene_attempt(kind, 2, REPLY(550, 5, 1, 1, "No such user"));
		break;
	case FACT_SUPPRESSED:
		f.stage = STAGE_LOCAL;
		f.reply = REPLY(550, 5, 7, 1, "On the suppression list: hard_bounce");
		break;
	case FACT_IN_DOUBT:
		f = scene_attempt(kind, 2, REPLY(0, 0, 0, 0, ""));
		f.stage = STAGE_DOT;
		break;
	case FACT_RETURNED:
		f.number = FACT_SIGNAL;
		f.at = SCENE_AT + UTC_HOUR;
		f.reply = REPLY(550, 5, 1, 1, "No such user");
		break;
	case FACT_OPENED:
	case FACT_CLICKED:
	case FACT_UNSUBSCRIBED:
	case FACT_COMPLAINED:
		f.number = FACT_SIGNAL;
		f.at = SCENE_AT + UTC_HOUR;
		if (kind == FACT_COMPLAINED)
			break;
		f.ip = STR_LIT("203.0.113.5");
		f.agent = STR_LIT("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0");
		if (kind == FACT_CLICKED)
			f.url = STR_LIT("https://shop.example/order/7?a=1&b=2");
		break;
	default:
		break;
	}
	return f;
}

static inline struct ledger_row
scene_row(void)
{
	return (struct ledger_row){ .rcpt = 4711,
		.message = 4710,
		.tenant = 3,
		.recipient = STR_LIT("alice@orange.test"),
		.sender = STR_LIT("shop@example.test"),
		.message_id = STR_LIT("1.abc@example.test"),
		.subject = STR_LIT("Votre commande n\xc2\xb0 7"),
		.accepted = SCENE_AT };
}

/* Another fact of the row; before scene_event. */
static inline void
scene_add(struct fact f)
{
	if (!scene_more.max)
		buf_init(&scene_more, 65536);
	must(fact_write(&scene_more, &f) == 0);
}

/* The row's facts when this one is the last. */
static inline void
scene_facts(struct buf *b, const struct fact *self)
{
	struct fact facts[] = { scene_fact(FACT_ACCEPTED), scene_fact(FACT_DEFERRED),
		scene_fact(FACT_DELIVERED), *self };
	/* A row has one fact of each number: the delivery is for signals alone. */
	bool signal = self->number == FACT_SIGNAL;

	buf_init(b, 1u << 20);
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		if ((signal || i != 2) && (i == 3 || facts[i].number != self->number))
			must(fact_write(b, &facts[i]) == 0);
	if (scene_more.n)
		must(buf_put(b, buf_str(&scene_more)) == 0);
}

static inline struct event
scene_event_of(const struct fact *self)
{
	struct ledger_row row = scene_row();
	struct event_source source = { &row, self, 1001, scene_key };
	struct event e;
	struct buf b;

	if (!scene_arena.max)
		arena_init(&scene_arena, 4u << 20);
	scene_facts(&b, self);
	row.facts = buf_str(&b);
	must(event_of(&scene_arena, &source, &e) == 0);
	buf_done(&b);
	return e;
}

static inline struct event
scene_event(enum fact_kind kind)
{
	struct fact f = scene_fact(kind);

	return scene_event_of(&f);
}

/* A failure as engine and rules would class it. */
static inline struct event
scene_failure(
	enum fact_kind kind, enum bounce_class class, enum blame blame, struct reply reply)
{
	struct fact f = scene_fact(kind);

	f.class = (uint8_t) class;
	f.blame = (uint8_t)blame;
	f.reply = reply;
	return scene_event_of(&f);
}

/* JSON with ' for ". */
static inline json_t *
scene_json(const char *text)
{
	char copy[4096];
	json_t *j;

	must(str_copy_z(copy, sizeof copy, str_z(text)) == 0);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	j = json_loads(copy, JSON_REJECT_DUPLICATES, NULL);
	must(j);
	return j;
}

/* Is got {members of common, members of want}, both with ' for "? want "": nothing at all. Says
 * where not; drops got. */
static inline bool
scene_same(json_t *got, const char *common, const char *want)
{
	json_t *all = *want ? scene_json(common) : NULL;
	json_t *own = *want ? scene_json(want) : NULL;
	char *text = got ? json_dumps(got, JSON_COMPACT) : NULL;
	bool same;

	if (all)
		must(json_object_update(all, own) == 0);
	same = all ? json_equal(got, all) : !got;
	if (!same)
		fprintf(stderr, "got  %s\nwant %s\n", text ? text : "nothing", want);
	free(text);
	json_decref(got);
	json_decref(all);
	json_decref(own);
	return same;
}

static inline void
scene_done(void)
{
	if (scene_arena.max)
		arena_done(&scene_arena);
	if (scene_more.max)
		buf_done(&scene_more);
	scene_arena = (struct arena){ 0 };
	scene_more = (struct buf){ 0 };
}

#endif
