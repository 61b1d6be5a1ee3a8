/* Each sentence of the tables is found again with any values, and said in French with all that
 * its French names. That none of the sources is missing is checked by tools/french. */
#include "api/french.h"

#include "base/test.h"

#include <errno.h>
#include <string.h>

#define PART "string" /* a sentence of the tables, for values that must be one */

static const char *const texts[] = { "v1", "\"v2\": no, 5 %.", "v3%1", "v4", "v5", "v6", "v7" };

/* The form with values: texts (PART for the one that its French wants as a sentence), 11, 12 …
 * for numbers. */
static void
make_english(struct buf *b, const struct french_row *row, size_t plain)
{
	size_t n = 0;

	for (const char *p = row->english; *p; p++) {
		char part[4] = { '{', (char)('1' + n), '}', '\0' };

		if (p[0] != '%' || (p[1] != 's' && p[1] != 'u')) {
			buf_put_c(b, *p);
			continue;
		}
		if (*++p == 'u')
			buf_printf(b, "1%zu", n);
		else
			buf_put_z(b, strstr(row->french, part) ? PART
				     : plain                   ? "x"
							       : texts[n % TEST_COUNT(texts)]);
		n++;
	}
}

static void
make_french(struct buf *b, const struct french_row *row)
{
	const char *kinds[9];
	size_t n = 0;

	for (const char *p = row->english; *p; p++)
		if (p[0] == '%' && (p[1] == 's' || p[1] == 'u'))
			kinds[n++] = p + 1;
	for (const char *p = row->french; *p; p++) {
		size_t i = (size_t)(p[1] - '1');

		if (p[0] == '{' && i < n && p[2] == '}') {
			buf_put_z(b, "un texte");
			p += 2;
		} else if (p[0] == '%' && i < n && !(p[2] >= '0' && p[2] <= '9')) {
			if (*kinds[i] == 'u')
				buf_printf(b, "1%zu", i);
			else
				buf_put_z(b, "x");
			p++;
		} else {
			buf_put_c(b, *p);
		}
	}
}

static void
test_rows(void **state)
{
	const struct french_row *row;
	struct buf english, want, got;
	size_t i = 0;

	(void)state;
	buf_init(&english, 8192);
	buf_init(&want, 8192);
	buf_init(&got, 8192);
	for (; (row = french_row(i)); i++) {
		test_at(row->english);
		buf_clear(&english);
		buf_clear(&want);
		buf_clear(&got);
		make_english(&english, row, 1);
		make_french(&want, row);
		assert_int_equal(french_say(&got, buf_str(&english)), 0);
		if (!str_eq(buf_str(&got), buf_str(&want)))
			fail_msg("%.*s\n%.*s\n%.*s", STR_ARG(buf_str(&english)),
				STR_ARG(buf_str(&got)), STR_ARG(buf_str(&want)));
		/* Any bytes may be in a value: it is found all the same. */
		buf_clear(&english);
		buf_clear(&got);
		make_english(&english, row, 0);
		assert_int_equal(french_say(&got, buf_str(&english)), 0);
	}
	assert_true(i > 500);
	buf_done(&english);
	buf_done(&want);
	buf_done(&got);
}

static const struct {
	const char *name, *english, *french; /* NULL: stays as it is */
} cases[] = {
	{ "a whole sentence", "There is no such template.", "Ce modèle n'existe pas." },
	{ "nothing", "", NULL },
	{ "of nobody here", "Postmark's own words.", NULL },
	{ "more behind it", "There is no such template. Really.", NULL },
	{ "a number", "A template has at most 200 versions: make another one.",
		"Un modèle a au plus 200 versions : créez un autre modèle." },
	{ "no number where one is", "A template has at most many versions.", NULL },
	{ "a text", "There is no account \"shop\".", "Il n'y a pas de compte « shop »." },
	{ "an empty one", "There is no account \"\".", "Il n'y a pas de compte «  »." },
	{ "one with quotes", "There is no account \"a\". b\".",
		"Il n'y a pas de compte « a\". b »." },
	{ "one that looks like a place", "There is no account \"%2 {1}\".",
		"Il n'y a pas de compte « %2 {1} »." },
	{ "a sentence within", "The URL cannot be used: the URL is too long.",
		"L'URL ne peut être utilisée : l'URL est trop longue." },
	{ "an unknown one within: all of it stays", "The URL cannot be used: it is red.",
		NULL },
	{ "three deep", "html 3:4: (in the layout) No value for \"a\".",
		"html 3:4 : (dans la mise en page) Pas de valeur pour « a »." },
	{ "the form with more letters", "\"limit\" is a number from 1 to 1000.",
		"\"limit\" est un nombre de 1 à 1000." },
	{ "the one with fewer", "\"since\" is hour, day or all.",
		"\"since\" est hour, day ou all." },
	{ "an empty value for a part",
		"This key made more calls than its 60 a minute; the "
		"next may be made in 9 s.",
		"Cette clé a fait plus d'appels que les 60 permis par minute ; le prochain "
		"est possible dans 9 s." },
	{ "a part that is words",
		"Over quota: account shop may send to 5 recipients an hour "
		"and this has 6; send it in parts",
		"Quota dépassé : le compte shop peut écrire à 5 destinataires par heure et "
		"ceci en a 6 ; envoyez en plusieurs fois." },
	{ "a percent sign of its own", "an @ inside user or password is written %40",
		"un @ dans l'utilisateur ou le mot de passe s'écrit %40" },
};

static void
test_cases(void **state)
{
	struct buf got;

	(void)state;
	buf_init(&got, 4096);
	TEST_EACH(row, cases)
	{
		buf_clear(&got);
		buf_put_z(&got, "> ");
		assert_int_equal(
			french_say(&got, str_z(row->english)), row->french ? 0 : -ENOENT);
		assert_true(
			str_eq_z(str_from(buf_str(&got), 2), row->french ? row->french : ""));
	}
	buf_done(&got);
}

static void
test_answer(void **state)
{
	static const char english[] =
		"{\"why\":\"Not every process is ready.\",\"data\":[{\"why\":null},"
		"{\"why\":\"It took no event for 72 hours.\",\"message\":\"It is gone.\"}],"
		"\"errors\":[{\"row\":1,\"error\":\"This is no address.\"}],"
		"\"error\":\"It is gone.\",\"warnings\":[\"Not every process is ready.\",3]}";
	static const char french[] =
		"{\"why\":\"Tous les processus ne sont pas prêts.\",\"data\":[{\"why\":null},"
		"{\"why\":\"Il n'a pris aucun événement depuis 72 heures.\","
		"\"message\":\"It is gone.\"}],"
		"\"errors\":[{\"row\":1,\"error\":\"Ce n'est pas une adresse.\"}],"
		"\"error\":\"It is gone.\","
		"\"warnings\":[\"Tous les processus ne sont pas prêts.\",3]}";
	json_t *j = json_loads(english, 0, NULL), *want = json_loads(french, 0, NULL);

	(void)state;
	french_answer(j);
	assert_true(json_equal(j, want));
	french_answer(NULL);
	json_decref(j);
	json_decref(want);
}

TEST_MAIN(TEST(test_rows), TEST(test_cases), TEST(test_answer))
