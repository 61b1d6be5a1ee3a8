#include "content/unsub_page.h"

#include "base/test.h"
#include "base/text.h"

#include <errno.h>
#include <gumbo.h>

static const struct {
	const char *name, *accept;
	enum unsub_page_lang want;
} langs[] = {
	{ "none", "", UNSUB_PAGE_EN },
	{ "French", "fr", UNSUB_PAGE_FR },
	{ "French of France", "fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", UNSUB_PAGE_FR },
	{ "English first", "en-GB,en;q=0.9,fr;q=0.8", UNSUB_PAGE_EN },
	{ "by weight", "en;q=0.5, FR ; q=0.51", UNSUB_PAGE_FR },
	{ "equal: the first", "fr;q=0.5,en;q=0.5", UNSUB_PAGE_FR },
	{ "not wanted", "fr;q=0", UNSUB_PAGE_EN },
	{ "neither", "de,es;q=0.5,*;q=0.1", UNSUB_PAGE_EN },
	{ "another first", "de,fr;q=0.3", UNSUB_PAGE_FR },
	{ "another language of that letter", "fro", UNSUB_PAGE_EN },
	{ "no weight", "fr;q=x,en;q=0.1", UNSUB_PAGE_EN },
	{ "too large a weight", "fr;q=1.5,en;q=0.1", UNSUB_PAGE_EN },
	{ "noise", ",,;;=,fr;q,", UNSUB_PAGE_FR },
};

static void
language(void **state)
{
	(void)state;
	TEST_EACH(row, langs)
	assert_int_equal(unsub_page_lang(str_z(row->accept)), row->want);
	assert_string_equal(unsub_page_lang_name(UNSUB_PAGE_FR), "fr");
	assert_string_equal(unsub_page_lang_name(UNSUB_PAGE_EN), "en");
}

static const struct unsub_choice some[] = { { 7, STR_LIT("A<i>&\"") }, { 8, STR_LIT("Été") } };

static const struct {
	const char *name;
	struct unsub_page p;
	const char *has, *lacks;
} pages[] = {
	{ "ask",
		{ UNSUB_ASK, UNSUB_PAGE_EN, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_LIT("/u/x"), NULL, 0 },
		"<p><b>Shop</b> will send no more such messages to <b>a…@b.example</b>.</p>\n"
		"<form method=\"post\" action=\"/u/x\"><input type=\"hidden\" "
		"name=\"List-Unsubscribe\" value=\"One-Click\"><button "
		"type=\"submit\">Unsubscribe",
		"ana@" },
	{ "ask in French",
		{ UNSUB_ASK, UNSUB_PAGE_FR, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_LIT("/u/x"), NULL, 0 },
		"<html lang=\"fr\">", "Unsubscribe?" },
	{ "ask in French, text",
		{ UNSUB_ASK, UNSUB_PAGE_FR, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_LIT("/u/x"), NULL, 0 },
		"<p><b>Shop</b> n'enverra plus de messages de ce type à l'adresse "
		"<b>a…@b.example</b>.</p>",
		"%" },
	{ "ask, the other button",
		{ UNSUB_ASK, UNSUB_PAGE_EN, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_LIT("/u/x"), NULL, 0 },
		"<form method=\"post\" action=\"/u/x\"><input type=\"hidden\" "
		"name=\"Tracking\" value=\"Stop\"><button type=\"submit\">Stop recording my "
		"opens and clicks</button>",
		"ana@" },
	{ "ask, the other button in French",
		{ UNSUB_ASK, UNSUB_PAGE_FR, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_LIT("/u/x"), NULL, 0 },
		">Ne plus suivre mes ouvertures et mes clics</button>", "Stop recording" },
	{ "not recorded",
		{ UNSUB_STOP, UNSUB_PAGE_EN, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_NONE, NULL, 0 },
		"<p><b>Shop</b> no longer learns which messages to <b>a…@b.example</b> are "
		"opened",
		"<form" },
	{ "not recorded, in French",
		{ UNSUB_STOP, UNSUB_PAGE_FR, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_NONE, NULL, 0 },
		"<b>Shop</b> ne saura plus quels messages envoyés à l'adresse "
		"<b>a…@b.example</b> sont ouverts",
		"<form" },
	{ "done",
		{ UNSUB_DONE, UNSUB_PAGE_EN, STR_LIT("Shop"), STR_LIT("ana@b.example"),
			STR_NONE, NULL, 0 },
		"<h1>You are unsubscribed</h1>", "<form" },
	{ "done in French",
		{ UNSUB_DONE, UNSUB_PAGE_FR, STR_NONE, STR_NONE, STR_NONE, NULL, 0 },
		"<b>L&#39;expéditeur</b> n'enverra plus de messages de ce type à votre "
		"adresse.",
		"<form" },
	{ "invalid",
		{ UNSUB_INVALID, UNSUB_PAGE_EN, STR_LIT("Shop"), STR_NONE, STR_NONE, NULL, 0 },
		"<h1>This link is not valid</h1>", "<form" },
	{ "invalid in French",
		{ UNSUB_INVALID, UNSUB_PAGE_FR, STR_NONE, STR_NONE, STR_NONE, NULL, 0 },
		"<h1>Ce lien n'est pas valable</h1>", "<form" },
	{ "markup in all",
		{ UNSUB_ASK, UNSUB_PAGE_EN, STR_LIT("<script>a('b\")&"), STR_LIT("<a@\"><i>"),
			STR_LIT("/u/\"><script>"), NULL, 0 },
		"<b>&lt;script&gt;a(&#39;b&quot;)&amp;</b> will send no more such messages to "
		"<b>&lt;…@&quot;&gt;&lt;i&gt;</b>",
		"<script" },
	{ "markup in the path",
		{ UNSUB_ASK, UNSUB_PAGE_EN, STR_NONE, STR_NONE, STR_LIT("/u/\"><script>"), NULL,
			0 },
		"action=\"/u/&quot;&gt;&lt;script&gt;\"", "<script" },
	{ "control characters",
		{ UNSUB_DONE, UNSUB_PAGE_EN, STR_LIT("a\0b\x1b\nc"), STR_NONE, STR_NONE, NULL,
			0 },
		"<b>abc</b>", "\x1b" },
	{ "not UTF-8",
		{ UNSUB_DONE, UNSUB_PAGE_EN, STR_LIT("\xff"), STR_LIT("\xff@b"), STR_NONE, NULL,
			0 },
		"<b>The sender</b> will send no more such messages to you.", "\xff" },
	{ "letters of two bytes",
		{ UNSUB_DONE, UNSUB_PAGE_EN, STR_NONE, STR_LIT("éa@b.example"), STR_NONE, NULL,
			0 },
		"<b>é…@b.example</b>", "éa" },
	{ "a local part of one letter",
		{ UNSUB_DONE, UNSUB_PAGE_EN, STR_NONE, STR_LIT("a@b"), STR_NONE, NULL, 0 },
		"<b>a…@b</b>", "a@b" },
	{ "groups",
		{ UNSUB_ASK, UNSUB_PAGE_EN, STR_LIT("Shop"), STR_NONE, STR_LIT("/u/x"), some,
			2 },
		"<input type=\"hidden\" name=\"Groups\" value=\"Leave\">"
		"<label><input type=\"checkbox\" name=\"group\" value=\"7\"> "
		"A&lt;i&gt;&amp;&quot;</label>\n<label><input type=\"checkbox\" name=\"group\" "
		"value=\"8\"> "
		"Été</label>\n<button type=\"submit\">No longer send what is "
		"ticked",
		"One-Click" },
	{ "groups in French",
		{ UNSUB_ASK, UNSUB_PAGE_FR, STR_NONE, STR_NONE, STR_LIT("/u/x"), some, 2 },
		"<p><b>L&#39;expéditeur</b> n'enverra plus à votre adresse ce que vous cochez.",
		"tick" },
	{ "groups, chosen",
		{ UNSUB_CHOSEN, UNSUB_PAGE_EN, STR_NONE, STR_NONE, STR_LIT("/u/x"), some, 2 },
		"<h1>Your choice is kept</h1>", "<form" },
	{ "groups, chosen, in French",
		{ UNSUB_CHOSEN, UNSUB_PAGE_FR, STR_NONE, STR_NONE, STR_LIT("/u/x"), NULL, 0 },
		"<h1>Votre choix est enregistré</h1>", "<form" },
};

/* No script, nothing from elsewhere: what may stand on the page. */
static void
walk(const GumboNode *node)
{
	if (node->type != GUMBO_NODE_ELEMENT)
		return;
	assert_true(node->v.element.tag != GUMBO_TAG_SCRIPT);
	for (unsigned i = 0; i < node->v.element.attributes.length; i++) {
		const GumboAttribute *a = node->v.element.attributes.data[i];

		assert_true(strncmp(a->name, "on", 2) != 0 && strcmp(a->name, "src") != 0 &&
			    strcmp(a->name, "href") != 0);
	}
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		walk(node->v.element.children.data[i]);
}

static void
page(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8000);
	TEST_EACH(row, pages)
	{
		GumboOutput *tree;

		buf_clear(&b);
		assert_int_equal(unsub_page(&b, &row->p), 0);
		assert_true(str_find_str(buf_str(&b), str_z(row->has)) < b.n);
		assert_true(str_find_str(buf_str(&b), str_z(row->lacks)) == b.n);
		assert_true(text_is_utf8(buf_str(&b)));
		tree = gumbo_parse_with_options(&kGumboDefaultOptions, b.p, b.n);
		assert_int_equal(tree->errors.length, 0);
		walk(tree->root);
		gumbo_destroy_output(&kGumboDefaultOptions, tree);
	}
	buf_done(&b);
}

static void
limits(void **state)
{
	static char name[2000];
	struct unsub_page p = { .state = UNSUB_DONE, .sender = str_of(name, sizeof name) };
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof name; i += 2)
		memcpy(name + i, "é", 2);
	name[1] = 'x';
	name[0] = 'x';
	memmove(name + 1, name + 2, sizeof name - 2);
	p.sender.n--;
	buf_init(&b, 8000);
	assert_int_equal(unsub_page(&b, &p), 0);
	assert_true(text_is_utf8(buf_str(&b)) && b.n < 3000);
	buf_done(&b);
	buf_init(&b, 100);
	buf_put_z(&b, "x");
	assert_int_equal(unsub_page(&b, &p), -E2BIG);
	assert_str(buf_str(&b), "x");
	buf_done(&b);
}

TEST_MAIN(TEST(language), TEST(page), TEST(limits))
