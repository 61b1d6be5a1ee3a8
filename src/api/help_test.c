/* Each page of help in both languages: it says what its table says, and nothing is broken. */
#include "api/help.h"

#include "api/problem_tbl.h"
#include "base/test.h"
#include "content/advice_tbl.h"
#include "content/caught_tbl.h"
#include "report/finding_tbl.h"
#include "send/bounce_tbl.h"

#include <errno.h>

static struct buf page;

static bool
has(const char *text)
{
	return str_find_str(buf_str(&page), str_z(text)) < page.n;
}

static void
open_page(const char *topic, bool french)
{
	buf_clear(&page);
	assert_int_equal(help_page(&page, str_z(topic), french), 0);
	assert_true(has(french ? "<html lang=\"fr\">" : "<html lang=\"en\">"));
	assert_true(has("</html>"));
}

static unsigned
times(const char *text)
{
	struct str rest = buf_str(&page), part = str_z(text);
	unsigned n = 0;

	for (size_t at; (at = str_find_str(rest, part)) < rest.n; n++)
		rest = str_from(rest, at + part.n);
	return n;
}

/* Nothing but its own tags, each of them closed; no placeholder of a table. */
static int
check(void *ctx, struct str topic)
{
	static const char *const tags[] = { "p", "h1", "h2", "ul", "li", "table", "tr", "td",
		"th", "strong", "main", "nav", "body" };
	char open[16], close[16], name[100];

	assert_int_equal(str_copy_z(name, sizeof name, topic), 0);
	for (int french = 0; french < 2; french++) {
		open_page(name, french);
		for (size_t i = 0; i < TEST_COUNT(tags); i++) {
			snprintf(open, sizeof open, "<%s>", tags[i]);
			snprintf(close, sizeof close, "</%s>", tags[i]);
			assert_int_equal(times(open), times(close));
		}
		for (int c = '1'; c <= '3'; c++)
			assert_false(has((char[]){ '%', (char)c, '\0' }));
		/* Each state has a word. */
		assert_false(has("<td></td>"));
		assert_int_equal(times("<h1>"), 1);
		assert_true(page.n < 40000);
	}
	++*(unsigned *)ctx;
	return 0;
}

static void
test_pages(void **state)
{
	unsigned n = 0;

	(void)state;
	assert_int_equal(help_each(check, &n), 0);
	assert_true(n > 70);
	/* All of them stand in the list. */
	for (int french = 0; french < 2; french++) {
		open_page("", french);
		assert_int_equal(times("<li><a href=\"/help/"), n);
	}
}

static void
test_says(void **state)
{
	static const struct {
		const char *name;
		const char *en, *fr;
	} table[] = {
#define R(check, id, why_en, why_fr) { "advice-" id, why_en, why_fr },
		ADVICE_RULES(R) CAUGHT_RULES(R)
#undef R
#define C(check, id, title_en, title_fr, why_en, why_fr) { "doctor-" id, why_en, why_fr },
			FINDING_CHECKS(C)
#undef C
#define P(status, slug, title_en, title_fr, why_en, why_fr, todo_en, todo_fr)                  \
	{ "problem-" slug, todo_en, todo_fr },
				PROBLEMS(P)
#undef P
					{ "advice-subject", "There is no subject.",
						"Il n'y a pas d'objet." },
		{ "advice-subject", "The subject has … characters.",
			"L'objet a … caractères." },
		{ "advice-signature", "Signed (DKIM) by …, but sent from ….",
			"Signé (DKIM) par …, mais envoyé de …." },
		{ "doctor-port", "Listens on ….", "Écoute sur …." },
		{ "cause-mailbox", "The address does not exist.", "L’adresse n’existe pas." },
		{ "cause-mailbox", "the recipient’s address", "l’adresse du destinataire" },
		{ "reason-suppressed", "Suppressed: not tried for …", "pas d'essai pour …" },
		{ "reason-in_doubt", "Ask the recipient before", "Demandez au destinataire" },
		{ "reason-bounced", "Bounced for …: refused for good.", "refus définitif." },
		{ "reason-bounced", "cause-greylist?lang=en", "cause-greylist?lang=fr" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		for (int french = 0; french < 2; french++) {
			open_page(row->name, french);
			/* What HTML writes otherwise is in few of them. */
			if (strpbrk(french ? row->fr : row->en, "<>&") ||
				has(french ? row->fr : row->en))
				continue;
			fail_msg("%s: no \"%s\" in %.*s", row->name, french ? row->fr : row->en,
				STR_ARG(buf_str(&page)));
		}
	}
}

static void
test_nothing(void **state)
{
	static const char *const none[] = { "x", "advice-", "advice-none", "doctor",
		"cause-none", "reason-delivered2", "advice-subject/", "Advice-subject",
		"problem-" };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(none); i++) {
		buf_clear(&page);
		assert_int_equal(help_page(&page, str_z(none[i]), false), -ENOENT);
		assert_int_equal(page.n, 0);
	}
}

static int
up(void **state)
{
	(void)state;
	buf_init(&page, HELP_PAGE_MAX);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	buf_done(&page);
	return 0;
}

#define HELP_TEST(fn) cmocka_unit_test_setup_teardown(fn, up, down)
TEST_MAIN(HELP_TEST(test_pages), HELP_TEST(test_says), HELP_TEST(test_nothing))
