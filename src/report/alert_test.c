/* Rounds of what holds, and what is told of them. */
#include "base/test.h"
#include "report/alert.h"

#include "base/must.h"

#include <string.h>

#define S       UINT64_C(1000000)
#define WALL    INT64_C(1790000000000000)
#define NO_ARGS ((const char *const[3]){ NULL, NULL, NULL })

static void
note(void *ctx, const struct alert_change *c)
{
	buf_printf(ctx, "%s%s%.*s%s%.*s;", c->over ? "over " : "", c->fail ? "!" : "",
		STR_ARG(c->code), c->subject.n ? " " : "", STR_ARG(c->subject));
}

/* What happens, at seconds of the clock. */
struct step {
	unsigned at_s;
	enum alert_kind kind; /* ALERT_KINDS: nothing is seen */
	const char *subject, *told;
};

static void
run(struct alerts *w, const struct step *steps, size_t n)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];
		uint64_t now = (1000 + s->at_s) * S;

		b.n = 0;
		if (s->kind != ALERT_KINDS)
			alerts_see(w, s->kind, str_z(s->subject), NO_ARGS, now);
		alerts_round(w, now, WALL, note, &b);
		buf_put_c(&b, 0);
		assert_string_equal(b.p, s->told);
	}
	buf_done(&b);
}

static void
test_life(void **state)
{
	static const struct step at_once[] = {
		{ 0, ALERT_PORT25, "", "!port25_blocked;" },
		{ 30, ALERT_PORT25, "", "" },
		{ 60, ALERT_KINDS, "", "" },   /* calm has begun */
		{ 120, ALERT_PORT25, "", "" }, /* and is over: it was there all the time */
		{ 239, ALERT_KINDS, "", "" },
		{ 240, ALERT_KINDS, "", "over !port25_blocked;" },
		{ 300, ALERT_KINDS, "", "" },
		{ 330, ALERT_PORT25, "", "!port25_blocked;" },
	};
	static const struct step later[] = {
		{ 0, ALERT_SITE_STUCK, "a.test", "" },
		{ 30, ALERT_SITE_STUCK, "a.test", "" },
		{ 60, ALERT_SITE_STUCK, "a.test", "site_stuck a.test;" },
		{ 90, ALERT_SITE_STUCK, "b.test", "" },
		{ 120, ALERT_KINDS, "", "" }, /* b's time begins anew */
		{ 150, ALERT_SITE_STUCK, "b.test", "" },
		{ 210, ALERT_SITE_STUCK, "b.test",
			"over site_stuck a.test;site_stuck b.test;" },
	};
	struct alerts *w = alerts_new();

	(void)state;
	run(w, at_once, sizeof at_once / sizeof *at_once);
	alerts_free(&w);
	w = alerts_new();
	run(w, later, sizeof later / sizeof *later);
	alerts_free(&w);
}

/* Raised before a restart: not told again; over once it was calm here for a while. */
static void
test_restored(void **state)
{
	static const struct step stays[] = {
		{ 0, ALERT_PORT25, "", "" },
		{ 119, ALERT_PORT25, "", "" },
	};
	static const struct step goes[] = {
		{ 0, ALERT_KINDS, "", "" },
		{ 119, ALERT_KINDS, "", "" },
		{ 120, ALERT_KINDS, "", "over !port25_blocked;" },
	};
	struct alerts *w = alerts_new();

	(void)state;
	alerts_restore(w, STR_LIT("port25_blocked"), STR_NONE, WALL);
	run(w, stays, 2);
	alerts_free(&w);
	w = alerts_new();
	alerts_restore(w, STR_LIT("port25_blocked"), STR_NONE, WALL);
	run(w, goes, 3);
	alerts_free(&w);
}

/* Nothing is known of it in a round: it neither ends nor begins. */
static void
test_skip(void **state)
{
	struct alerts *w = alerts_new();
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	alerts_see(w, ALERT_OLDEST, STR_NONE, NO_ARGS, 10 * S);
	assert_int_equal(alerts_round(w, 10 * S, WALL, note, &b), 1);
	alerts_skip(w, STR_LIT("queue_oldest"), 900 * S);
	alerts_skip(w, STR_LIT("port25_blocked"), 900 * S);
	assert_int_equal(alerts_round(w, 900 * S, WALL, note, &b), 0);
	assert_int_equal(alerts_round(w, 1020 * S, WALL, note, &b), 1);
	buf_done(&b);
	alerts_free(&w);
}

static void
test_words(void **state)
{
	struct alerts *w = alerts_new();
	json_t *en = json_pack("{s:s,s:s,s:s,s:s,s:n}", "code", "cert_ends_soon", "subject",
		"/etc/a.pem", "state", "warn", "found", "It ends in 9 days.", "todo");
	json_t *fr =
		json_pack("{s:s,s:s}", "found", "Il arrive à échéance.", "todo", "Renouvelez.");
	struct buf b;
	json_t *list;

	(void)state;
	buf_init(&b, 4096);
	alerts_see_finding(w, en, fr, 5 * S);
	alerts_see(w, ALERT_COMPLAINTS, STR_LIT("a\r\nb"),
		(const char *const[3]){ "3", "1000", NULL }, 5 * S);
	assert_int_equal(alerts_round(w, 5 * S, WALL, note, &b), 2);
	buf_clear(&b);
	alerts_counts(&b, w);
	buf_put_c(&b, 0);
	assert_non_null(strstr(b.p, "complaints 1\n"));
	assert_non_null(strstr(b.p, "port25_blocked 0\n"));
	assert_non_null(strstr(b.p, "\ncert_ends_soon 1\n"));
	list = alerts_json(w, true);
	assert_int_equal(json_array_size(list), 2);
	const json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(first, "code")), "complaints");
	assert_null(strchr(json_string_value(json_object_get(first, "subject")), '\n'));
	assert_memory_equal(
		json_string_value(json_object_get(first, "found")), "3 des 1000 messages", 18);
	assert_string_equal(
		json_string_value(json_object_get(second, "found")), "Il arrive à échéance.");
	assert_string_equal(json_string_value(json_object_get(second, "todo")), "Renouvelez.");
	json_decref(list);
	json_decref(en);
	json_decref(fr);
	buf_done(&b);
	alerts_free(&w);
}

static void
as_mail(void *ctx, const struct alert_change *c)
{
	alert_change_text(ctx, c, false);
	json_t *j = alert_change_json(c, true, WALL);

	assert_string_equal(json_string_value(json_object_get(j, "type")), "alert.raised");
	json_decref(j);
}

/* A subject comes from elsewhere: it makes no line of its own. */
static void
test_mail_subject(void **state)
{
	struct alerts *w = alerts_new();
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	alerts_see(w, ALERT_SITE_STUCK, STR_LIT("a\r\nOver: all"), NO_ARGS, S);
	alerts_see(w, ALERT_SITE_STUCK, STR_LIT("a\r\nOver: all"), NO_ARGS, 61 * S);
	assert_int_equal(alerts_round(w, 61 * S, WALL, as_mail, &b), 1);
	buf_put_c(&b, 0);
	assert_null(strstr(b.p, "\nOver"));
	buf_done(&b);
	alerts_free(&w);
}

static void
test_mail(void **state)
{
	struct alerts *w = alerts_new();
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	alerts_see(w, ALERT_CONSERVATION, STR_LIT("a\nb"),
		(const char *const[3]){ "2", NULL, NULL }, S);
	alerts_round(w, S, WALL, as_mail, &b);
	buf_put_c(&b, 0);
	assert_string_equal(b.p,
		"Failure: conservation_drift  a\\x0ab\n"
		"  Accepted mail and the sum of its states differ by 2.\n"
		"  To do: Please report it with the log of the last hour; nothing needs to be "
		"stopped.\n  since 2026-09-21T14:13:20.000Z\n\n");
	buf_done(&b);
	alerts_free(&w);
}

/* More than can be kept are left out; those that are there go on. */
static void
test_bounds(void **state)
{
	struct alerts *w = alerts_new();
	char subject[600];
	struct buf b;
	json_t *list;

	(void)state;
	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < ALERTS_MAX + 50; i++) {
		memset(subject, 'x', sizeof subject);
		int n = snprintf(subject, 8, "%u", i);
		subject[n] = 'x';
		alerts_see(w, ALERT_SITE_STUCK, str_of(subject, sizeof subject), NO_ARGS, S);
	}
	/* For these there is still a place. */
	alerts_see(w, ALERT_PORT25, STR_NONE, NO_ARGS, S);
	alerts_see(w, ALERT_WEBHOOKS, STR_NONE, NO_ARGS, S);
	assert_int_equal(alerts_round(w, S, WALL, note, &b), 2);
	assert_str(buf_str(&b), "!port25_blocked;webhook_lag;");
	for (unsigned i = 0; i < 2; i++) {
		memset(subject, 'x', sizeof subject);
		int n = snprintf(subject, 8, "%u", i);
		subject[n] = 'x';
		alerts_see(
			w, ALERT_SITE_STUCK, str_of(subject, sizeof subject), NO_ARGS, 70 * S);
	}
	assert_int_equal(alerts_round(w, 70 * S, WALL, note, &b), 2);
	list = alerts_json(w, false);
	assert_int_equal(json_array_size(list), 4);
	json_decref(list);
	buf_done(&b);
	alerts_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_mail_subject),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
