#include "report/hook.h"

#include "base/test.h"
#include "report/event_scene.h"
#include "report/hook_mailgun.h"
#include "report/hook_mailjet.h"
#include "report/hook_native.h"
#include "report/hook_postmark.h"
#include "report/hook_sendgrid.h"
#include "send/once.h"

#include <errno.h>

#define NOW    (SCENE_AT + UTC_DAY)
#define SECRET STR_LIT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

static struct hook_endpoint
endpoint(enum hook_format f)
{
	return (struct hook_endpoint){ .format = f,
		.kinds = hook_kinds(f, STR_NONE),
		.url = STR_LIT("https://shop.example/hook?a=1"),
		.secrets = { f == HOOK_SENDGRID ? STR_NONE : SECRET, STR_NONE } };
}

static struct str
field(const struct hook_post *p, const char *name)
{
	for (size_t i = 0; i < p->nfields; i++)
		if (strcmp(p->fields[i].name, name) == 0)
			return p->fields[i].value;
	return STR_NONE;
}

static json_t *
body(const struct hook_post *p)
{
	json_t *j = json_loadb(p->body.p, p->body.n, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(j);
	return j;
}

/* Set aside because he got the campaign already: nobody is on a list, in no vendor's words. */
static void
test_again(void **state)
{
	static const char sentence[] =
		"Suppressed: not tried for alice@orange.test, because this "
		"address already got a message of this campaign.";
	static const struct {
		const char *name;
		json_t *(*fn)(const struct event *e);
		const char *member, *want;
	} table[] = {
		{ "native", hook_native, "data.verdict.en", sentence },
		{ "mailjet", hook_mailjet, "error", "duplicate in campaign" },
		{ "sendgrid", hook_sendgrid, "reason", sentence },
		{ "mailgun", hook_mailgun, "reason", "generic" },
		{ "postmark", hook_postmark, "Details",
			"554 5.7.1 Already got a message of this campaign" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct fact f = scene_fact(FACT_SUPPRESSED);
		struct event e;
		json_t *o, *at;
		struct str rest = str_z(row->member);

		f.reply = once_reply();
		e = scene_event_of(&f);
		e.via = VIA_SMTP;
		at = o = row->fn(&e);
		assert_non_null(o);
		while (rest.n) {
			struct str name = str_cut(&rest, '.');

			at = json_object_getn(at, name.p, name.n);
		}
		assert_string_equal(json_string_value(at), row->want);
		assert_false(json_is_true(json_object_get(o, "Inactive")));
		json_decref(o);
		event_done(&e);
		scene_done();
	}
}

static void
test_names(void **state)
{
	enum hook_format f;

	(void)state;
	for (unsigned i = 0; i < HOOK_FORMATS; i++) {
		assert_int_equal(
			hook_format_of(str_z(hook_format_name((enum hook_format)i)), &f), 0);
		assert_int_equal(f, i);
	}
	assert_int_equal(hook_format_of(STR_LIT("mailjet"), &f), -EINVAL);
	assert_string_equal(hook_format_name(HOOK_FORMATS), "?");
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *name;
		enum hook_format format;
		const char *word;
		uint32_t kinds;
	} table[] = {
		{ "native", HOOK_NATIVE, "bounced", 1u << FACT_BOUNCED },
		{ "native, relay is delivered", HOOK_NATIVE, "relayed", 0 },
		{ "Mailjet", HOOK_MAILJET_1, "bounce",
			1u << FACT_BOUNCED | 1u << FACT_EXPIRED | 1u << FACT_RETURNED },
		{ "SendGrid", HOOK_SENDGRID, "processed", 1u << FACT_ACCEPTED },
		{ "Postmark, any case", HOOK_POSTMARK, "spamcomplaint", 1u << FACT_COMPLAINED },
		{ "Mailgun", HOOK_MAILGUN, "opened", 1u << FACT_OPENED },
		{ "unknown", HOOK_MAILJET_2, "opened", 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	assert_int_equal(hook_kinds(row->format, str_z(row->word)), row->kinds);
	assert_int_equal(hook_kinds(HOOK_NATIVE, STR_NONE),
		(1u << FACT_KINDS) - 2 - (1u << FACT_RELAYED));
	assert_null(hook_word(HOOK_NATIVE, (enum fact_kind)0));
	assert_null(hook_word(HOOK_SENDGRID, FACT_KINDS));
}

/* What each format makes of five events of which it wants some. */
static void
test_grouping(void **state)
{
	static const struct {
		const char *name;
		enum hook_format format;
		uint32_t kinds;
		size_t taken, told; /* of the first post */
		bool array;
	} table[] = {
		{ "native", HOOK_NATIVE, ~0u, 1, 1, false },
		{ "native, the rest is passed over", HOOK_NATIVE, 1u << FACT_CLICKED, 4, 1,
			false },
		{ "none is wanted", HOOK_NATIVE, 1u << FACT_HELD, 5, 0, false },
		{ "Mailjet has no accepted", HOOK_MAILJET_1, ~0u, 2, 1, false },
		{ "Mailjet, grouped", HOOK_MAILJET_2, ~0u, 5, 4, true },
		{ "SendGrid", HOOK_SENDGRID, ~0u, 5, 5, true },
		{ "SendGrid, none", HOOK_SENDGRID, 0, 5, 0, false },
		{ "Postmark", HOOK_POSTMARK, ~0u, 2, 1, false },
		{ "Mailgun", HOOK_MAILGUN, ~0u, 1, 1, false },
	};
	static const enum fact_kind kinds[] = { FACT_ACCEPTED, FACT_DELIVERED, FACT_OPENED,
		FACT_CLICKED, FACT_COMPLAINED };
	struct event events[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		events[i] = scene_event(kinds[i]);
	TEST_EACH(row, table)
	{
		struct hook_endpoint e = endpoint(row->format);
		struct hook_post p;
		json_t *j;

		e.kinds = row->kinds;
		assert_int_equal(hook_write(&e, events, 5, NOW, &p), 0);
		assert_int_equal(p.taken, row->taken);
		assert_int_equal(p.told, row->told);
		assert_int_equal(p.body.n > 0, row->told > 0);
		if (row->told) {
			j = body(&p);
			assert_int_equal(json_is_array(j), row->array);
			assert_true(!row->array || json_array_size(j) == row->told);
			json_decref(j);
			assert_str(field(&p, "Content-Type"), "application/json");
		}
		if (row->told && row->format == HOOK_MAILJET_2)
			assert_string_equal(p.id, events[1].id);
		hook_post_done(&p);
	}
	for (size_t i = 0; i < 5; i++)
		event_done(&events[i]);
	scene_done();
}

/* An array ends at its limits; every event is in one of the posts, none in two. */
static void
test_limits(void **state)
{
	static const struct {
		const char *name;
		size_t n, reply, least_posts;
	} table[] = { { "many", 1201, 10, 3 }, { "long", 400, 4000, 3 } };
	struct hook_endpoint e = endpoint(HOOK_SENDGRID);

	(void)state;
	TEST_EACH(row, table)
	{
		struct event *events = calloc(row->n, sizeof *events), one;
		char text[4000];
		struct fact f = scene_fact(FACT_BOUNCED);
		size_t told = 0, posts = 0;

		assert_non_null(events);
		memset(text, 'x', sizeof text);
		f.reply.text = str_of(text, row->reply);
		one = scene_event_of(&f);
		for (size_t i = 0; i < row->n; i++)
			events[i] = one;
		while (told < row->n) {
			struct hook_post p;
			json_t *j;

			assert_int_equal(
				hook_write(&e, events + told, row->n - told, NOW, &p), 0);
			assert_true(p.told > 0 && p.told == p.taken);
			assert_true(p.told <= HOOK_EVENTS_MAX && p.body.n <= HOOK_ARRAY_MAX);
			j = body(&p);
			assert_int_equal(json_array_size(j), p.told);
			json_decref(j);
			told += p.told;
			posts++;
			hook_post_done(&p);
		}
		assert_int_equal(told, row->n);
		assert_true(posts >= row->least_posts);
		free(events);
		event_done(&one);
		scene_done();
	}
}

static void
test_signed(void **state)
{
	struct event e = scene_event(FACT_DELIVERED);
	struct hook_endpoint to = endpoint(HOOK_NATIVE);
	struct hook_post p, again;
	struct hook_signed what;
	struct buf want;
	uint8_t key[HOOK_SENDGRID_KEY_SIZE];

	(void)state;
	to.secrets[1] = STR_LIT("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_int_equal(hook_write(&to, &e, 1, NOW, &p), 0);
	assert_str(field(&p, "webhook-id"), e.id);
	assert_str(field(&p, "webhook-timestamp"), "1700086400");
	what = (struct hook_signed){ str_z(e.id), 1700086400, buf_str(&p.body) };
	buf_init(&want, 4096);
	assert_int_equal(hook_native_sign(&want, to.secrets, &what), 0);
	assert_str_eq(field(&p, "webhook-signature"), buf_str(&want));
	/* Another attempt: the same body and id, another time. */
	assert_int_equal(hook_write(&to, &e, 1, NOW + UTC_HOUR, &again), 0);
	assert_str_eq(buf_str(&again.body), buf_str(&p.body));
	assert_str(field(&again, "webhook-id"), e.id);
	assert_str(field(&again, "webhook-timestamp"), "1700090000");
	hook_post_done(&again);
	hook_post_done(&p);
	/* Formats whose receivers know no signature have one when a secret is set. */
	to = endpoint(HOOK_POSTMARK);
	assert_int_equal(hook_write(&to, &e, 1, NOW, &p), 0);
	assert_true(field(&p, "webhook-signature").n > 0);
	hook_post_done(&p);
	to.secrets[0] = STR_NONE;
	assert_int_equal(hook_write(&to, &e, 1, NOW, &p), 0);
	assert_int_equal(p.nfields, 1);
	hook_post_done(&p);
	/* SendGrid's. */
	hook_sendgrid_key(key);
	to = endpoint(HOOK_SENDGRID);
	assert_int_equal(hook_write(&to, &e, 1, NOW, &p), 0);
	assert_int_equal(p.nfields, 1);
	hook_post_done(&p);
	to.key = str_of(key, sizeof key);
	assert_int_equal(hook_write(&to, &e, 1, NOW, &p), 0);
	assert_str(field(&p, "X-Twilio-Email-Event-Webhook-Timestamp"), "1700086400");
	assert_true(field(&p, "X-Twilio-Email-Event-Webhook-Signature").n > 90);
	hook_post_done(&p);
	buf_done(&want);
	event_done(&e);
	scene_done();
}

static void
test_mailgun_body(void **state)
{
	struct event e = scene_event(FACT_DELIVERED);
	struct hook_endpoint to = endpoint(HOOK_MAILGUN);
	struct hook_post p;
	json_t *j;

	(void)state;
	to.secrets[0] = STR_LIT("key-1");
	assert_int_equal(hook_write(&to, &e, 1, NOW, &p), 0);
	j = body(&p);
	assert_int_equal(json_object_size(j), 2);
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(j, "signature"), "timestamp")),
		"1700086400");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(j, "event-data"), "event")),
		"delivered");
	json_decref(j);
	hook_post_done(&p);
	event_done(&e);
	scene_done();
}

static void
test_people_only(void **state)
{
	struct fact f = scene_fact(FACT_OPENED);
	struct hook_endpoint e = endpoint(HOOK_NATIVE);
	struct event event;

	(void)state;
	f.robot = 1;
	event = scene_event_of(&f);
	assert_true(hook_wants(&e, &event));
	e.people_only = true;
	assert_false(hook_wants(&e, &event));
	event_done(&event);
	event = scene_event(FACT_RELAYED);
	assert_true(hook_wants(&e, &event));
	event_done(&event);
	scene_done();
}

static void
test_refused(void **state)
{
	static const struct {
		const char *name;
		enum hook_format format;
		const char *url, *secret, *key;
	} table[] = {
		{ "no URL", HOOK_NATIVE, "", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "" },
		{ "a field in the URL", HOOK_NATIVE, "https://a/\r\nX: y",
			"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "" },
		{ "a space", HOOK_POSTMARK, "https://a/ b", "", "" },
		{ "no ASCII", HOOK_POSTMARK, "https://\xc3\xa9.fr/", "", "" },
		{ "no secret", HOOK_NATIVE, "https://a/", "", "" },
		{ "a bad secret", HOOK_MAILJET_1, "https://a/", "secret", "" },
		{ "no signing key", HOOK_MAILGUN, "https://a/", "", "" },
		{ "a bad key", HOOK_SENDGRID, "https://a/", "", "junk" },
	};
	struct event event = scene_event(FACT_DELIVERED);

	(void)state;
	TEST_EACH(row, table)
	{
		struct hook_endpoint e = endpoint(row->format);
		struct hook_post p;

		e.url = str_z(row->url);
		e.secrets[0] = str_z(row->secret);
		e.key = str_z(row->key);
		assert_int_equal(hook_write(&e, &event, 1, NOW, &p), -EINVAL);
	}
	event_done(&event);
	scene_done();
}

TEST_MAIN(TEST(test_again), TEST(test_names), TEST(test_kinds), TEST(test_grouping),
	TEST(test_limits), TEST(test_signed), TEST(test_mailgun_body), TEST(test_people_only),
	TEST(test_refused))
