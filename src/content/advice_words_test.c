#include "content/advice_words.h"

#include "base/test.h"

static void
test_start(void **state)
{
	static const struct {
		const char *name;
		enum advice_start want;
	} table[] = {
		{ "Découvrez nos offres", ADVICE_ACTION },
		{ "DÉCOUVREZ", ADVICE_ACTION },
		{ "Profitez-en", ADVICE_ACTION },
		{ "Inscrivez-vous !", ADVICE_ACTION },
		{ "Rendez-vous sur le site", ADVICE_ACTION },
		{ "Rendez-vous", ADVICE_NO_VERB },
		{ "Chez nous", ADVICE_NO_VERB },
		{ "Nez rouge", ADVICE_NO_VERB },
		{ "Je m’abonne", ADVICE_ACTION },
		{ "J'en profite", ADVICE_ACTION },
		{ "M'inscrire", ADVICE_ACTION },
		{ "S'inscrire", ADVICE_INFINITIVE },
		{ "Découvrir la collection →", ADVICE_INFINITIVE },
		{ "Télécharge le guide", ADVICE_ACTION },
		{ "Choisis ta taille", ADVICE_ACTION },
		{ "Notre collection", ADVICE_NO_VERB },
		{ "Jeudi 5 juin", ADVICE_NO_VERB },
		{ "Get started", ADVICE_ACTION },
		{ "» Shop now", ADVICE_ACTION },
		{ "Shopping", ADVICE_NO_VERB },
		{ "I want it", ADVICE_ACTION },
		{ "Count me in!", ADVICE_ACTION },
		{ "Our collection", ADVICE_NO_VERB },
		{ "", ADVICE_NO_VERB },
	};
	struct advice_words w;
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 20);
	assert_int_equal(advice_words_init(&w, &a, ADVICE_WORDS_FR | ADVICE_WORDS_EN), 0);
	TEST_EACH(row, table)
	assert_int_equal(
		advice_words_start(&w, advice_words_label(&a, str_z(row->name))), row->want);
	arena_done(&a);
}

static void
test_languages(void **state)
{
	struct advice_words w;
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 20);
	assert_int_equal(advice_words_init(&w, &a, ADVICE_WORDS_EN), 0);
	assert_int_equal(advice_words_start(&w, STR_LIT("decouvrez")), ADVICE_NO_VERB);
	assert_int_equal(advice_words_start(&w, STR_LIT("get")), ADVICE_ACTION);
	assert_int_equal(advice_words_init(&w, &a, ADVICE_WORDS_FR), 0);
	assert_int_equal(advice_words_start(&w, STR_LIT("decouvrez")), ADVICE_ACTION);
	assert_int_equal(advice_words_start(&w, STR_LIT("get")), ADVICE_NO_VERB);
	arena_done(&a);
}

static void
test_weak(void **state)
{
	static const struct {
		const char *name;
		bool weak;
	} table[] = { { "Cliquez ici", true }, { "En savoir plus >", true },
		{ "Click here", true }, { "Learn more…", true },
		{ "Learn more about tea", false }, { "Découvrez", false } };
	struct advice_words w;
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 20);
	assert_int_equal(advice_words_init(&w, &a, ADVICE_WORDS_FR | ADVICE_WORDS_EN), 0);
	TEST_EACH(row, table)
	assert_int_equal(
		advice_words_is_weak(&w, advice_words_label(&a, str_z(row->name))), row->weak);
	arena_done(&a);
}

static void
test_count(void **state)
{
	static const struct {
		const char *name;
		size_t urgency, pressure;
	} table[] = { { "offre limitee : plus que 3 jours", 2, 0 },
		{ "vitesse et expiration", 0, 0 },
		{ "urgent: your account will be closed", 0, 2 }, { "24h", 1, 0 },
		{ "", 0, 0 } };
	struct advice_words w;
	struct str first;
	struct arena a;

	(void)state;
	arena_init(&a, 1u << 20);
	assert_int_equal(advice_words_init(&w, &a, ADVICE_WORDS_FR | ADVICE_WORDS_EN), 0);
	TEST_EACH(row, table)
	{
		size_t n = advice_words_count(&w, ADVICE_URGENCY, str_z(row->name), &first);

		assert_int_equal(n, row->urgency);
		assert_int_equal(
			advice_words_count(&w, ADVICE_PRESSURE, str_z(row->name), &first),
			row->pressure);
	}
	arena_done(&a);
}

TEST_MAIN(TEST(test_start), TEST(test_languages), TEST(test_weak), TEST(test_count))
