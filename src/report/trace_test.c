#include "report/trace.h"

#include "base/test.h"
#include "base/utc.h"
#include "send/bounce.h"

#include <errno.h>
#include <jansson.h>

/* The rules have tests of their own: here a fixed judgement does. Weak: where the rules are
 * linked anyway, they win, and every test below holds with them too. */
__attribute__((weak)) const char *
bounce_class_name(enum bounce_class c)
{
	return c == CLASS_NONE ? "none" : "mailbox";
}

__attribute__((weak)) const char *
blame_name(enum blame b)
{
	static const char *const names[BLAMES] = { "none", "address", "content", "our_ip",
		"our_setup", "their_server", "network" };

	return names[b];
}

__attribute__((weak)) const char *
blame_words(enum blame b, bool french)
{
	(void)b;
	return french ? "l'adresse du destinataire" : "the recipient's address";
}

__attribute__((weak)) struct verdict
bounce_judge(uint8_t stage, const struct reply *r)
{
	(void)stage;
	(void)r;
	return (struct verdict){ .class = CLASS_MAILBOX,
		.blame = BLAME_ADDRESS,
		.permanent = true,
		.en = "The address does not exist.",
		.fr = "L'adresse n'existe pas.",
		.todo_en = "Remove it from your list.",
		.todo_fr = "Retirez-la de votre liste." };
}

#define AT INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */

static struct buf facts;
static struct ledger_row row;
static json_t *all;

static int
up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	buf_init(&facts, 65536);
	all = json_array();
	row = (struct ledger_row){ .rcpt = 42,
		.message = 40,
		.tenant = 1,
		.recipient = STR_LIT("alice@orange.fr"),
		.sender = STR_LIT("shop@example.test"),
		.message_id = STR_LIT("1@example.test"),
		.subject = STR_LIT("Bonjour"),
		.accepted = AT };
	return 0;
}

static int
down(void **state)
{
	(void)state;
	json_decref(all);
	buf_done(&facts);
	return 0;
}

static void
add(struct fact f)
{
	f.rcpt = row.rcpt;
	f.message = row.message;
	row.last = f.kind;
	row.updated = f.at;
	assert_int_equal(fact_write(&facts, &f), 0);
	row.facts = buf_str(&facts);
}

static void
add_accepted(void)
{
	add((struct fact){ .kind = FACT_ACCEPTED,
		.at = AT,
		.via = VIA_SMTP,
		.size = 99,
		.client = STR_LIT("192.0.2.9"),
		.recipient = row.recipient });
}

static struct fact
attempt(enum fact_kind kind, uint16_t number, struct reply reply)
{
	return (struct fact){ .kind = (uint8_t)kind,
		.number = number,
		.at = AT + 3 * UTC_SEC * number,
		.stage = STAGE_RCPT,
		.took_ms = 1500,
		.host = STR_LIT("mx.orange.fr"),
		.address = STR_LIT("192.0.2.1:25"),
		.tls = STR_LIT("TLSv1.3"),
		.reply = reply };
}

static json_t *
story(int want)
{
	json_array_clear(all);
	assert_int_equal(trace_json(&row, all), want);
	assert_int_equal(json_array_size(all), 1);
	return json_array_get(all, 0);
}

static const char *
text(const json_t *o, const char *name)
{
	const char *z = json_string_value(json_object_get(o, name));

	return z ? z : "(none)";
}

static void
assert_text(const json_t *s, bool french, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(trace_text(&b, s, french, false), 0);
	assert_str(buf_str(&b), want);
	buf_done(&b);
}

/* How the text begins. */
static void
assert_head(const json_t *s, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(trace_text(&b, s, false, false), 0);
	assert_str(str_head(buf_str(&b), strlen(want)), want);
	buf_done(&b);
}

static void
test_delivered(void **state)
{
	json_t *s, *e;

	(void)state;
	add_accepted();
	add(attempt(FACT_DELIVERED, 1, REPLY(250, 2, 0, 0, "Ok: queued as 4711\nbye\x1b[31m")));
	s = story(0);
	assert_string_equal(text(s, "state"), "delivered");
	assert_string_equal(text(s, "via"), "smtp");
	assert_string_equal(text(s, "site"), "orange.fr");
	assert_string_equal(text(json_object_get(s, "verdict"), "blame"), "none");
	assert_string_equal(text(json_object_get(s, "verdict"), "en"),
		"Delivered to alice@orange.fr: mx.orange.fr answered 250 after 3 s, over TLS.");
	e = json_array_get(json_object_get(s, "timeline"), 1);
	assert_string_equal(text(e, "event"), "delivered");
	assert_string_equal(text(e, "status"), "2.0.0");
	assert_string_equal(text(e, "stage"), "rcpt");
	assert_int_equal(json_integer_value(json_object_get(e, "code")), 250);
	assert_text(s, false,
		"Delivered to alice@orange.fr: mx.orange.fr answered 250 at 22:13:23 after 3 "
		"s, over TLS.\n"
		"  From        shop@example.test\n"
		"  To          alice@orange.fr\n"
		"  Subject     Bonjour\n"
		"  Id          42\n"
		"  Message-ID  1@example.test\n"
		"\n"
		"  2023-11-14 22:13:20 UTC  Accepted\n"
		"  2023-11-14 22:13:23 UTC  Delivered, attempt 1  mx.orange.fr, 192.0.2.1:25, "
		"TLSv1.3, "
		"rcpt, 1 s\n"
		"                250-2.0.0 Ok: queued as 4711\n"
		"                250 2.0.0 bye\\x1b[31m\n");
}

/* What people do later is in the timeline; the sentence of the delivery stays. */
static void
test_signal_behind(void **state)
{
	json_t *s;

	(void)state;
	add_accepted();
	add(attempt(FACT_DELIVERED, 1, REPLY(250, 2, 0, 0, "Ok")));
	add((struct fact){ .kind = FACT_OPENED,
		.number = FACT_SIGNAL,
		.at = AT + UTC_MIN,
		.ip = STR_LIT("192.0.2.7") });
	row.last = FACT_DELIVERED;
	s = story(0);
	assert_string_equal(text(json_object_get(s, "verdict"), "en"),
		"Delivered to alice@orange.fr: mx.orange.fr answered 250 after 3 s, over TLS.");
	assert_int_equal(json_array_size(json_object_get(s, "timeline")), 3);
	assert_head(s, "Delivered to alice@orange.fr: mx.orange.fr answered 250 at 22:13:23 ");
	row.last = FACT_OPENED;
	assert_string_equal(
		text(json_object_get(story(0), "verdict"), "en"), "Opened by alice@orange.fr.");
}

static void
test_failures(void **state)
{
	struct verdict v = bounce_judge(STAGE_RCPT, &REPLY(550, 5, 1, 1, "No such user"));
	struct buf b;
	json_t *s;

	(void)state;
	add_accepted();
	add(attempt(FACT_DEFERRED, 1, REPLY(451, 4, 7, 1, "Later")));
	s = story(0);
	assert_string_equal(text(s, "state"), "deferred");
	add(attempt(FACT_BOUNCED, 2, REPLY(550, 5, 1, 1, "No such user")));
	s = story(0);
	assert_string_equal(text(s, "state"), "bounced");
	assert_int_equal(json_integer_value(json_object_get(s, "attempts")), 2);
	assert_string_equal(text(json_object_get(s, "verdict"), "blame"), blame_name(v.blame));
	assert_string_equal(
		text(json_object_get(s, "verdict"), "class"), bounce_class_name(v.class));
	assert_string_equal(text(json_object_get(s, "verdict"), "todo_fr"), v.todo_fr);
	assert_non_null(strstr(text(json_object_get(s, "verdict"), "en"), v.en));
	buf_init(&b, 65536);
	assert_int_equal(trace_text(&b, s, true, true), 0);
	assert_true(str_starts(buf_str(&b),
		STR_LIT("\033[31mRejeté pour alice@orange.fr : refus définitif.")));
	assert_true(
		str_find_str(buf_str(&b), STR_LIT("\n  À           alice@orange.fr\n")) < b.n);
	assert_true(str_find_str(buf_str(&b), STR_LIT("  Cause       ")) < b.n);
	assert_true(str_find_str(buf_str(&b), STR_LIT("550 5.1.1 No such user\n")) < b.n);
	buf_done(&b);
	buf_init(&b, 100);
	assert_int_equal(trace_text(&b, s, true, true), -E2BIG);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

/* Every kind has its words, in both languages, and expiry speaks of the last attempt. */
static void
test_kinds(void **state)
{
	(void)state;
	for (unsigned k = FACT_ACCEPTED; k < FACT_KINDS; k++) {
		struct fact f = { .kind = (uint8_t)k, .at = AT, .number = (uint16_t)k };
		const json_t *verdict;
		struct buf b;

		buf_clear(&facts);
		add(attempt(FACT_DEFERRED, 1, REPLY(451, 4, 7, 1, "Later")));
		add(f);
		verdict = json_object_get(story(0), "verdict");
		assert_non_null(strstr(text(verdict, "en"), "alice@orange.fr"));
		assert_non_null(strstr(text(verdict, "fr"), "alice@orange.fr"));
		assert_null(strchr(text(verdict, "en"), '%'));
		buf_init(&b, 65536);
		assert_int_equal(trace_text(&b, json_array_get(all, 0), true, false), 0);
		assert_true(str_find(buf_str(&b), '?') == b.n);
		buf_done(&b);
	}
}

static void
test_damaged(void **state)
{
	json_t *s;

	(void)state;
	add_accepted();
	buf_put_z(&facts, "junk");
	row.facts = buf_str(&facts);
	row.subject = STR_LIT("\xff\xfe");
	s = story(-EBADMSG);
	assert_int_equal(json_array_size(json_object_get(s, "timeline")), 1);
	assert_string_equal(text(s, "subject"), "\\xff\\xfe");
	row.last = 77;
	buf_clear(&facts);
	row.facts = STR_NONE;
	assert_string_equal(text(story(0), "state"), "accepted");
}

#define ROW_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)

TEST_MAIN(ROW_TEST(test_delivered), ROW_TEST(test_signal_behind), ROW_TEST(test_failures),
	ROW_TEST(test_kinds), ROW_TEST(test_damaged))
