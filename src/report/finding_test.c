#include "base/test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "report/finding.h"

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* Every finding and every reason in both languages: all said, no mark left, code unique. */
static void
test_wording(void **state)
{
	(void)state;
	for (int french = 0; french < 2; french++)
		for (size_t i = 0; i < FINDING_WHATS; i++) {
			struct findings *f = findings_new(french);
			json_t *j, *row;

			finding_add(f, &(struct finding){ .what = (enum finding_what)i,
					       .subject = STR_LIT("x.test"),
					       .args = { "ONE", "TWO", "THREE" } });
			j = findings_json(f);
			row = json_array_get(json_object_get(j, "checks"), 0);
			assert_true(text(row, "found")[0] && text(row, "why")[0]);
			assert_null(strstr(text(row, "found"), "%1"));
			assert_true((strcmp(text(row, "state"), "ok") == 0) ||
				    text(row, "todo")[0] ||
				    strcmp(text(row, "state"), "unknown") == 0);
			json_decref(j);
			findings_free(&f);
		}
}

static void
test_codes_differ(void **state)
{
	static const char *const codes[] = {
#define F(what, check, state, code, en, fr, todo_en, todo_fr) code,
		FINDING_FINDINGS(F)
#undef F
#define S(skip, state, code, en, fr, todo_en, todo_fr) code,
			FINDING_SKIPS(S)
#undef S
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(codes); i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(codes[i], codes[k]);
}

static void
test_report(void **state)
{
	struct findings *f = findings_new(false);
	json_t *j, *rows, *row;

	(void)state;
	finding_skip(f, FINDING_CHECK_MX, STR_LIT("a.test"), FINDING_SKIP_NO_DNS, NULL);
	j = findings_json(f);
	assert_string_equal(text(j, "state"), "ok");
	json_decref(j);
	finding_add(f, &(struct finding){ .what = FINDING_SPF_MISSING,
			       .subject = STR_LIT("b.test"),
			       .args = { "b.test", "mail.test" },
			       .soft = true });
	j = findings_json(f);
	assert_string_equal(text(j, "state"), "warn");
	assert_int_equal(json_integer_value(json_object_get(j, "exit")), 1);
	json_decref(j);
	/* What strangers wrote reaches no terminal as it is. */
	finding_add(f, &(struct finding){ .what = FINDING_PTR_UNCONFIRMED,
			       .subject = STR_LIT("\x1b[31m"),
			       .args = { "\x1b]0;x\a\xff", "100%1" } });
	j = findings_json(f);
	assert_string_equal(text(j, "state"), "fail");
	assert_int_equal(json_integer_value(json_object_get(j, "exit")), 2);
	rows = json_object_get(j, "checks");
	assert_int_equal(json_array_size(rows), 3);
	row = json_array_get(rows, 0);
	assert_string_equal(text(row, "check"), "ptr");
	assert_string_equal(text(row, "subject"), "\\x1b[31m");
	assert_null(strchr(text(row, "found"), '\x1b'));
	assert_non_null(strstr(text(row, "found"), "\\x1b]0;x\\x07\\xff"));
	assert_non_null(strstr(text(row, "todo"), "100%1"));
	assert_string_equal(text(json_array_get(rows, 1), "todo"),
		"Publish: b.test TXT \"v=spf1 a:mail.test ~all\"");
	assert_string_equal(text(json_array_get(rows, 2), "code"), "no_dns");
	/* Not in the order of answers. */
	finding_add(f, &(struct finding){ .what = FINDING_PTR_MISSING,
			       .subject = STR_LIT("192.0.2.1"),
			       .args = { "mail.test" } });
	json_decref(j);
	j = findings_json(f);
	row = json_array_get(json_object_get(j, "checks"), 0);
	assert_string_equal(text(row, "subject"), "192.0.2.1");
	row = json_object_get(j, "counts");
	assert_int_equal(json_integer_value(json_object_get(row, "unknown")), 1);
	json_decref(j);
	findings_free(&f);
}

/* A bounded list: the rest is counted. */
static void
test_many(void **state)
{
	struct findings *f = findings_new(true);
	json_t *j;

	(void)state;
	for (size_t i = 0; i < FINDINGS_MAX + 10; i++)
		finding_add(f, &(struct finding){ .what = FINDING_MX_MISSING,
				       .subject = STR_LIT("x.test") });
	j = findings_json(f);
	assert_int_equal(json_array_size(json_object_get(j, "checks")), FINDINGS_MAX);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(j, "counts"), "fail")),
		FINDINGS_MAX + 10);
	json_decref(j);
	findings_free(&f);
}

static void
test_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < FINDING_CHECKS_N; i++)
		assert_int_equal(
			finding_check_of(str_z(finding_check_id((enum finding_check)i))), i);
	assert_int_equal(finding_check_of(STR_LIT("dkmi")), FINDING_CHECKS_N);
}

/* docs/reference/doctor.md names every check and every code. */
static void
test_documented(void **state)
{
	static const char *const words[] = {
#define C(check, id, title_en, title_fr, why_en, why_fr) id,
		FINDING_CHECKS(C)
#undef C
#define F(what, check, state, code, en, fr, todo_en, todo_fr) code,
			FINDING_FINDINGS(F)
#undef F
#define S(skip, state, code, en, fr, todo_en, todo_fr) code,
				FINDING_SKIPS(S)
#undef S
	};
	const char *root = getenv("FACTEUR_SOURCE");
	char path[512], word[80];
	struct buf b;
	FILE *f;
	int c;

	(void)state;
	if (!root)
		skip();
	snprintf(path, sizeof path, "%s/docs/reference/doctor.md", root);
	f = fopen(path, "re");
	assert_non_null(f);
	buf_init(&b, 1u << 20);
	while ((c = fgetc(f)) != EOF)
		(void)buf_put_c(&b, (char)c);
	(void)fclose(f);
	for (size_t i = 0; i < TEST_COUNT(words); i++) {
		snprintf(word, sizeof word, "`%s`", words[i]);
		test_at(words[i]);
		assert_true(str_find_str(buf_str(&b), str_z(word)) < b.n);
	}
	test_at(NULL);
	buf_done(&b);
}

TEST_MAIN(TEST(test_wording), TEST(test_codes_differ), TEST(test_report), TEST(test_many),
	TEST(test_checks), TEST(test_documented))
