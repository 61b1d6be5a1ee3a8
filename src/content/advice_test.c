#include "content/advice.h"

#include "base/test.h"
#include "content/advice_tbl.h"

#include <jansson.h>

/* ---- each check, content and not */

#define OK_SUBJECT "Your order 1001 is on its way"
#define HTML(body) "<html><body style='background:#ffffff'>" body "</body></html>"
#define BUTTON(style, text)                                                                    \
	"<a href='https://shop.test/a' style='padding:12px;display:inline-block;" style        \
	"'>" text "</a>"
#define BLUE "background:#1a4fd6;color:#ffffff"
#define LONG_TEXT                                                                              \
	"<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor "   \
	"incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis.</p>"

enum { ANY, BROADCAST = 1, MADE = 2, FIELDS = 4 };

static const struct {
	const char *name;
	const char *id, *want; /* level; "": no item */
	const char *html;
	const char *subject, *from_name, *from, *reply_to, *text, *preheader;
	unsigned flags;
} table[] = {
	{ "no subject", "subject", "problem", .subject = " " },
	{ "short", "subject", "hint", .subject = "Hello" },
	{ "good", "subject", "good", .subject = OK_SUBJECT },
	{ "accents are characters", "subject", "good",
		.subject = "éééééééééééééééééééééééééééééééééééééééé" },
	{ "long", "subject", "hint",
		.subject = "123456789 123456789 123456789 123456789 123456789 123" },
	{ "cut", "subject", "warning",
		.subject = "123456789 123456789 123456789 123456789 123456789 123456789 "
			   "123456789 123" },
	{ "capitals", "subject_style", "warning", .subject = "BUY NOW, ALL CHEAP" },
	{ "an acronym", "subject_style", "good", .subject = "Votre TVA du mois" },
	{ "marks", "subject_style", "hint", .subject = "It is here!!" },
	{ "one mark", "subject_style", "good", .subject = "It is here!" },

	{ "no preheader", "preheader", "hint", .html = HTML("x") },
	{ "given", "preheader", "good",
		.preheader = "It leaves on Monday and arrives on Tuesday." },
	{ "hidden in the HTML", "preheader", "good",
		.html = HTML("<div style='display:none'>It leaves on Monday and arrives on "
			     "Tuesday.&nbsp;&zwnj;</div>x") },
	{ "hidden behind the text", "preheader", "hint",
		.html = HTML("x<div style='display:none'>It leaves on Monday and arrives on "
			     "Tuesday.</div>") },
	{ "the subject again", "preheader", "hint", .subject = OK_SUBJECT,
		.preheader = OK_SUBJECT },
	{ "short preheader", "preheader", "hint", .preheader = "It leaves." },
	{ "long preheader", "preheader", "hint",
		.preheader = "123456789 123456789 123456789 123456789 123456789 123456789 "
			     "123456789 123456789 123456789 123456789 123456789 123" },

	{ "no name", "sender_name", "hint", .from = "a@shop.test" },
	{ "an address", "sender_name", "hint", .from_name = "a@shop.test" },
	{ "long name", "sender_name", "hint",
		.from_name = "The customer service of the shop on the corner" },
	{ "a name", "sender_name", "good", .from_name = "The shop" },
	{ "free mail", "sender_address", "problem", .from = "shop@GMAIL.com" },
	{ "no reply", "sender_address", "warning", .from = "no-reply@shop.test" },
	{ "no reply in French", "sender_address", "warning",
		.from = "ne_pas_repondre@shop.test" },
	{ "an address that is read", "sender_address", "good", .from = "hello@shop.test" },
	{ "answers are read elsewhere", "sender_address", "hint", .from = "no-reply@shop.test",
		.reply_to = "No reply? Write us <hello@shop.test>" },
	{ "answers are not read", "sender_address", "warning", .from = "hello@shop.test",
		.reply_to = "Shop <noreply@shop.test>" },
	{ "a brand", "sender_brand", "problem", .from_name = "PayPal Service",
		.from = "a@shop.test" },
	{ "a brand in French", "sender_brand", "problem", .from_name = "Crédit Agricole",
		.from = "a@shop.test" },
	{ "a brand with a domain alike", "sender_brand", "problem", .from_name = "PayPal",
		.from = "a@paypal-secure.com" },
	{ "the brand itself", "sender_brand", "good", .from_name = "PayPal",
		.from = "service@mail.paypal.fr" },
	{ "a word that holds a brand", "sender_brand", "good", .from_name = "Pineapple Ltd",
		.from = "a@shop.test" },
	{ "another domain", "sender_brand", "warning", .from_name = "rival.com support",
		.from = "a@shop.test" },
	{ "its own domain", "sender_brand", "good", .from_name = "Shop.test",
		.from = "a@mail.shop.test" },

	{ "no text", "text", "warning", .html = HTML("x") },
	{ "made", "text", "good", .html = HTML("x"), .flags = MADE },
	{ "a stub", "text", "warning", .html = HTML(LONG_TEXT LONG_TEXT),
		.text = "Please read the HTML." },
	{ "a text", "text", "good", .html = HTML("Hello"), .text = "Hello" },
	{ "no HTML at all", "text", "", .text = "Hello" },

	{ "no alt", "alt", "warning", .html = HTML("<img src=a.png>") },
	{ "mere decoration", "alt", "good", .html = HTML("<img src=a.png alt=''>") },
	{ "a link without words", "alt", "warning",
		.html = HTML("<a href=https://x.test><img src=a.png alt=''></a>") },
	{ "a link with words", "alt", "good",
		.html = HTML("<a href=https://x.test><img src=a.png alt=''>Go</a>") },
	{ "alt", "alt", "good", .html = HTML("<img src=a.png alt='Logo'>") },
	{ "no picture", "alt", "", .html = HTML("x") },
	{ "no width", "image_size", "hint", .html = HTML("<img src=a.png alt=''>") },
	{ "a width", "image_size", "good", .html = HTML("<img src=a.png width=20>") },
	{ "written into the HTML", "image_size", "warning",
		.html = HTML("<img src='data:image/png;base64,AAAA' width=20>") },
	{ "only pictures", "image_share", "warning", .html = HTML("<img src=a.png>Go") },
	{ "pictures and text", "image_share", "good",
		.html = HTML("<img src=a.png>" LONG_TEXT) },
	{ "small", "html_size", "good", .html = HTML("x") },

	{ "http", "links_http", "warning", .html = HTML("<a href=http://x.test/>x</a>") },
	{ "https", "links_http", "good", .html = HTML("<a href=https://x.test/>x</a>") },
	{ "mail only", "links_http", "", .html = HTML("<a href=mailto:a@x.test>x</a>") },
	{ "shortener", "links_short", "problem",
		.html = HTML("<a href=https://bit.ly/3xyz>x</a>") },
	{ "shortener with www", "links_short", "problem",
		.html = HTML("<a href=https://www.tinyurl.com/3xyz>x</a>") },
	{ "like one", "links_short", "good",
		.html = HTML("<a href=https://orbit.ly/3xyz>x</a>") },
	{ "an address as host", "links_short", "problem",
		.html = HTML("<a href=https://192.0.2.1/x>x</a>") },
	{ "another domain in the text", "links_other", "problem",
		.html = HTML("<a href=https://evil.test/>www.bank.com</a>") },
	{ "another URL in the text", "links_other", "problem",
		.html = HTML("<a href=https://evil.test/>https://bank.com/login</a>") },
	{ "a host before the real one", "links_other", "problem",
		.html = HTML("<a href=https://bank.com@evil.test/>bank.com</a>") },
	{ "the same site", "links_other", "good",
		.html = HTML("<a href=https://www.bank.com/x>bank.com</a>") },
	{ "a domain behind words", "links_other", "problem",
		.html = HTML(
			"<a href=https://evil.test/>Votre compte sur (www.bank.com).</a>") },
	{ "its own domain behind words", "links_other", "good",
		.html = HTML("<a href=https://bank.com/x>Log in at www.bank.com, now</a>") },
	{ "its own domain and another", "links_other", "problem",
		.html = HTML("<a href=https://shop.test/>shop.test at bank.com/x</a>") },
	{ "not a domain", "links_other", "good",
		.html = HTML("<a href=https://x.test/>Node.js</a>") },
	{ "no URL", "links_dead", "warning", .html = HTML("<a href='#'>x</a>") },
	{ "relative", "links_dead", "warning", .html = HTML("<a href='/shop'>x</a>") },
	{ "script", "links_dead", "warning", .html = HTML("<a href='javascript:x()'>x</a>") },
	{ "filled in later", "links_dead", "good", .html = HTML("<a href='{{url}}'>x</a>") },
	{ "an anchor", "links_dead", "good", .html = HTML("<a href='#more'>x</a>") },
	{ "no links", "links_dead", "", .html = HTML("x") },

	{ "no way out", "unsubscribe", "problem", .html = HTML("x"), .flags = BROADCAST },
	{ "only the header", "unsubscribe", "warning", .html = HTML("x"),
		.flags = BROADCAST | FIELDS },
	{ "a way out", "unsubscribe", "good",
		.html = HTML("<a href=https://x.test/u>Se désinscrire</a>"),
		.flags = BROADCAST },
	{ "a way out by its URL", "unsubscribe", "good",
		.html = HTML("<a href=https://x.test/unsubscribe?1>here</a>"),
		.flags = BROADCAST },
	{ "not asked of a receipt", "unsubscribe", "", .html = HTML("x") },
	{ "French address", "postal_address", "good",
		.html = HTML("La Boutique, 12 rue des Lilas<br>75010 Paris"),
		.flags = BROADCAST },
	{ "American address", "postal_address", "good",
		.html = HTML("Shop Inc., 1 Main Street, Suite 4, Boston, MA 02110"),
		.flags = BROADCAST },
	{ "British address", "postal_address", "good",
		.html = HTML("Shop Ltd, 10 Fleet Street, London EC4Y 1AU"),
		.flags = BROADCAST },
	{ "no address", "postal_address", "warning",
		.html = HTML("Order 75010 is on its way, see the store."), .flags = BROADCAST },
	{ "a street alone", "postal_address", "warning",
		.html = HTML("Notre boutique de la rue des Lilas vous attend."),
		.flags = BROADCAST },

	{ "no button", "cta", "hint", .html = HTML("<a href=https://x.test>x</a>"),
		.flags = BROADCAST },
	{ "none wanted", "cta", "", .html = HTML("<a href=https://x.test>x</a>") },
	{ "a button", "cta", "good", .html = HTML(BUTTON(BLUE, "Discover")) },
	{ "bulletproof", "cta", "good",
		.html = HTML("<table><tr><td bgcolor='#1a4fd6'><a href='https://shop.test/' "
			     "style='color:#fff'>Discover</a></td></tr></table>") },
	{ "a coloured text with a link", "cta", "",
		.html = HTML("<div style='background:#eeeeff'>Read <a href=https://x.test>"
			     "more of it</a> here</div>") },
	{ "one main", "cta_main", "good",
		.html = HTML(BUTTON(BLUE, "Discover") "<p>text</p>" BUTTON(BLUE, "Again")) },
	{ "two main", "cta_main", "warning",
		.html = HTML(BUTTON(BLUE, "Discover") "<a href=https://shop.test/b style='" BLUE
						      "'>Buy</a>") },
	{ "imperative", "cta_verb", "good", .html = HTML(BUTTON(BLUE, "Découvrez le guide")) },
	{ "first person", "cta_verb", "good", .html = HTML(BUTTON(BLUE, "J’en profite")) },
	{ "infinitive", "cta_verb", "hint", .html = HTML(BUTTON(BLUE, "Découvrir le guide")) },
	{ "no verb", "cta_verb", "hint", .html = HTML(BUTTON(BLUE, "Our guide")) },
	{ "weak", "cta_verb", "warning", .html = HTML(BUTTON(BLUE, "Click here »")) },
	{ "short label", "cta_length", "good", .html = HTML(BUTTON(BLUE, "Get my guide")) },
	{ "long label", "cta_length", "hint",
		.html = HTML(BUTTON(BLUE, "Get the guide of all the gardens of France")) },
	{ "good contrast", "cta_label_contrast", "good", .html = HTML(BUTTON(BLUE, "Get")) },
	{ "low contrast", "cta_label_contrast", "warning",
		.html = HTML(BUTTON("background:#ff0000;color:#ffffff", "Get")) },
	{ "bad contrast", "cta_label_contrast", "problem",
		.html = HTML(BUTTON("background:#ffcc00;color:#ffffff", "Get")) },
	{ "of a span inside", "cta_label_contrast", "problem",
		.html = HTML(BUTTON(BLUE, "<span style='color:#2255cc'>Get</span>")) },
	{ "of an outline", "cta_label_contrast", "problem",
		.html = HTML("<a href=https://shop.test/ style='padding:9px;border:1px solid "
			     "#ffcc00;color:#ffcc00'>Get</a>") },
	{ "stands out", "cta_contrast", "good", .html = HTML(BUTTON(BLUE, "Get")) },
	{ "pale", "cta_contrast", "warning",
		.html = HTML(BUTTON("background:#eeeeee;color:#000", "Get")) },
	{ "suits", "cta_colour", "good",
		.html = HTML("<div style='background:#1a4fd6'>x</div>" BUTTON(
			"background:#b35900;color:#fff", "Get")) },
	{ "clashes", "cta_colour", "hint",
		.html = HTML("<div style='background:#ff0000'>x y</div>" BUTTON(
			"background:#808000;color:#fff", "Get")) },
	{ "lighter", "cta_secondary", "good",
		.html = HTML(BUTTON(BLUE, "Get") "<a href=https://shop.test/b "
						 "style='padding:9px;border:1px solid #1a4fd6'>"
						 "More</a>") },
	{ "as heavy", "cta_secondary", "hint",
		.html = HTML(BUTTON(BLUE, "Get") "<a href=https://shop.test/b "
						 "style='background:#000000;color:#fff'>More"
						 "</a>") },
	{ "alone", "cta_secondary", "", .html = HTML(BUTTON(BLUE, "Get")) },
	{ "no layout", "cta_place", "", .html = HTML(BUTTON(BLUE, "Get")) },

	{ "a reason to act", "urgency", "good", .html = HTML("Offre limitée !") },
	{ "too many", "urgency", "warning",
		.html = HTML("Vite, offre limitée, plus que 2 jours, dernières heures") },
	{ "none in an offer", "urgency", "hint", .html = HTML("x"), .flags = BROADCAST },
	{ "none in a receipt", "urgency", "", .html = HTML("x") },
	{ "in the subject", "urgency", "good", .subject = "Last chance" },
	{ "pressure", "pressure", "warning", .html = HTML("Your account will be suspended.") },
	{ "no pressure", "pressure", "good", .html = HTML("Your order is here.") },
};

static struct str
given(const char *z)
{
	return z ? str_z(z) : STR_NONE;
}

static const struct advice_item *
item_of(const struct advice *advice, const char *id)
{
	for (size_t i = 0; i < advice->n; i++)
		if (strcmp(advice->items[i].id, id) == 0)
			return &advice->items[i];
	return NULL;
}

static void
test_table(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		const struct advice_mail m = { .subject = given(row->subject),
			.from_name = given(row->from_name),
			.from_address = given(row->from),
			.reply_to = given(row->reply_to),
			.html = given(row->html),
			.text = given(row->text),
			.preheader = given(row->preheader),
			.language = STR_NONE,
			.broadcast = row->flags & BROADCAST,
			.made_text = row->flags & MADE,
			.list_headers = row->flags & FIELDS };
		const struct advice_item *item;
		struct advice advice;
		struct arena a;

		arena_init(&a, ADVICE_ARENA);
		assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
		item = item_of(&advice, row->id);
		assert_string_equal(item ? advice_level_name(item->level) : "", row->want);
		arena_done(&a);
	}
}

static void
test_size(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		enum advice_level want;
	} rows[] = { { "just", ADVICE_HTML_MAX, ADVICE_HINT },
		{ "cut", ADVICE_HTML_MAX + 1, ADVICE_PROBLEM },
		{ "fine", 80000, ADVICE_GOOD } };
	struct advice advice;
	struct buf html;

	(void)state;
	buf_init(&html, 1u << 20);
	memset(buf_room(&html, ADVICE_HTML_MAX + 1), 'a', ADVICE_HTML_MAX + 1);
	buf_added(&html, ADVICE_HTML_MAX + 1);
	TEST_EACH(row, rows)
	{
		const struct advice_mail m = { .html = str_head(buf_str(&html), row->n) };
		struct arena a;

		arena_init(&a, ADVICE_ARENA);
		assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
		assert_int_equal(item_of(&advice, "html_size")->level, row->want);
		arena_done(&a);
	}
	buf_done(&html);
}

static void
test_places_and_files(void **state)
{
	static const struct {
		const char *name;
		int x, y;
		enum advice_level want;
	} rows[] = { { "fine", 200, 100, ADVICE_GOOD }, { "low", 200, 590, ADVICE_HINT },
		{ "aside", 10, 100, ADVICE_HINT } };
	const struct advice_file file = { STR_LIT("a.png"), 900 << 10 };
	struct str html = STR_LIT(BUTTON(BLUE, "Get") "<img src=a.png alt=x width=9>");
	struct advice advice;

	(void)state;
	TEST_EACH(row, rows)
	{
		const struct advice_place p = { 0, row->x, row->y, 200, 40 };
		const struct advice_mail m = {
			.html = html, .places = &p, .nplaces = 1, .files = &file, .nfiles = 1
		};
		struct arena a;

		arena_init(&a, ADVICE_ARENA);
		assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
		assert_int_equal(item_of(&advice, "cta_place")->level, row->want);
		assert_int_equal(item_of(&advice, "image_size")->level, ADVICE_WARNING);
		arena_done(&a);
	}
}

/* ---- pages that a careless reader would go through again and again */

static void
test_bombs(void **state)
{
	static const struct {
		const char *name, *begin, *repeat;
		size_t n;
	} bombs[] = {
		{ "items in no list", "<div>", "<li></li>", 200 },
		{ "rows in no table", "<div>", "<tr></tr>", 200 },
		{ "ends of nothing", "<div>", "</b>", 200 },
		{ "ends of paragraphs", "<div>", "</p>", 250 },
		{ "links", "<div>", "<a href=x class=btn>y", 200 },
		{ "comments", "", "<!-- ", 0 },
		{ "styles", "", "<i style='color:#123;padding:1px;background:url(x) red'>", 0 },
		{ "streets", "", "rue 1 st ", 0 },
		{ "marks", "<table><tr><th>a<tr>", "<td>", 0 },
	};
	struct advice advice;
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ADVICE_ARENA);
	buf_init(&b, 1u << 20);
	TEST_EACH(row, bombs)
	{
		struct advice_mail m = { .broadcast = true };
		clock_t begin = clock();

		buf_clear(&b);
		for (size_t i = 0; i < row->n; i++)
			buf_put_z(&b, row->begin);
		while (buf_put_z(&b, row->repeat) == 0)
			;
		m.html = buf_str(&b);
		arena_reset(&a);
		assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
		if (getenv("FACTEUR_TEST_TIMES"))
			fprintf(stderr, "%s: %ld us, arena %zu\n", row->name,
				(long)(clock() - begin) * 1000000 / CLOCKS_PER_SEC, a.used);
		assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	}
	buf_done(&b);
	arena_done(&a);
}

/* A long text is one too, and 300 links and pictures with the longest URLs have room. */
static void
test_long(void **state)
{
	struct advice_mail m = { .broadcast = true };
	struct advice advice;
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, ADVICE_ARENA);
	buf_init(&b, 2u << 20);
	buf_put_z(&b, "<img src=a width=1 alt=''>");
	for (size_t i = 0; i < 20000; i++)
		buf_put_z(&b, "Some words. ");
	m.html = buf_str(&b);
	assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
	assert_int_equal(item_of(&advice, "image_share")->level, ADVICE_GOOD);
	for (size_t i = 0; i < 300; i++) {
		buf_put_z(&b, "<a href='https://");
		for (size_t k = 0; k < 2000; k++)
			buf_put_c(&b, (char)('a' + (i + k) % 26));
		buf_put_z(&b, "'>http://a http://b http://c <img alt=x src='");
		for (size_t k = 0; k < 2000; k++)
			buf_put_c(&b, 'x');
		buf_put_z(&b, "'></a>");
	}
	m.html = buf_str(&b);
	assert_false(b.full);
	arena_reset(&a);
	assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
	buf_done(&b);
	arena_done(&a);
}

/* ---- words and JSON */

/* One of them, and several. */
static void
test_how_many(void **state)
{
	static const struct {
		const char *html, *en, *fr;
	} cases[] = {
		{ "<a href='http://a.test/'>a</a>", "1 link is http: http://a.test/",
			"1 lien est en http : http://a.test/" },
		{ "<a href='http://a.test/'>a</a><a href='http://b.test/'>b</a>",
			"2 links are http, the first: http://a.test/",
			"2 liens sont en http, le premier : http://a.test/" },
		{ "<a href='https://a.test/'>a</a>", "The link to the web is https.",
			"Le lien vers le web est en https." },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 2 * ADVICE_ARENA);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct advice_mail m = { .html = str_z(cases[i].html) };
		struct advice en, fr;

		assert_int_equal(advice_make(&a, &m, ADVICE_EN, &en), 0);
		assert_int_equal(advice_make(&a, &m, ADVICE_FR, &fr), 0);
		assert_str(item_of(&en, "links_http")->seen, cases[i].en);
		assert_str(item_of(&fr, "links_http")->seen, cases[i].fr);
		arena_reset(&a);
	}
	arena_done(&a);
}

static void
test_languages(void **state)
{
	const struct advice_mail m = { .subject = STR_LIT("Hello"),
		.html = STR_LIT(HTML(BUTTON("background:#ffcc00;color:#ffffff", "Get"))) };
	struct advice en, fr;
	struct arena a;

	(void)state;
	arena_init(&a, 2 * ADVICE_ARENA);
	assert_int_equal(advice_make(&a, &m, ADVICE_EN, &en), 0);
	assert_int_equal(advice_make(&a, &m, ADVICE_FR, &fr), 0);
	assert_str(item_of(&en, "subject")->seen, "The subject has 5 characters.");
	assert_str(item_of(&fr, "subject")->seen, "L'objet a 5 caractères.");
	assert_str(item_of(&en, "cta_label_contrast")->seen,
		"The label's contrast is 1.5:1 (#ffffff / #ffcc00).");
	assert_str(item_of(&fr, "cta_label_contrast")->seen,
		"Le contraste du libellé est de 1,5:1 (#ffffff / #ffcc00).");
	assert_int_equal(en.n, fr.n);
	for (size_t i = 0; i < en.n; i++) {
		assert_string_equal(en.items[i].id, fr.items[i].id);
		assert_true(en.items[i].why.n > 0 && fr.items[i].why.n > 0);
		assert_int_equal(en.items[i].level == ADVICE_GOOD, en.items[i].fix.n == 0);
		assert_int_equal(fr.items[i].level == ADVICE_GOOD, fr.items[i].fix.n == 0);
	}
	arena_done(&a);
}

static void
test_json(void **state)
{
	const struct advice_mail m = { .subject = STR_LIT(OK_SUBJECT),
		.from_name = STR_LIT("The \"shop\" 🎁"),
		.from_address = STR_LIT("a@shop.test") };
	static const char *const keys[] = { "id", "level", "seen", "why", "fix" };
	struct advice advice;
	struct arena a;
	struct buf out;
	json_t *list, *item;
	size_t i;

	(void)state;
	arena_init(&a, ADVICE_ARENA);
	buf_init(&out, 1u << 20);
	assert_int_equal(advice_make(&a, &m, ADVICE_EN, &advice), 0);
	assert_int_equal(advice_json(&out, &advice), 0);
	list = json_loadb(out.p, out.n, 0, NULL);
	assert_int_equal(json_array_size(list), advice.n);
	json_array_foreach(list, i, item)
	{
		assert_int_equal(json_object_size(item), TEST_COUNT(keys));
		for (size_t k = 0; k < TEST_COUNT(keys); k++)
			assert_true(json_is_string(json_object_get(item, keys[k])));
	}
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(list, 0), "id")), "subject");
	json_decref(list);
	buf_done(&out);
	arena_done(&a);
}

/* The page of the checks names each. */
static void
test_page(void **state)
{
	static const char *const ids[] = {
#define R(check, id, why_en, why_fr) id,
		ADVICE_RULES(R)
#undef R
	};
	const char *root = getenv("FACTEUR_SOURCE");
	char path[512];
	struct buf b;
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/docs/reference/advice.md", root ? root : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	buf_init(&b, 1 << 17);
	buf_added(&b, fread(buf_room(&b, 1 << 16), 1, 1 << 16, f));
	fclose(f);
	for (size_t i = 0; i < TEST_COUNT(ids); i++) {
		char code[64];

		test_at(ids[i]);
		snprintf(code, sizeof code, "`%s`", ids[i]);
		assert_true(str_find_str(buf_str(&b), str_z(code)) < b.n);
	}
	test_at(NULL);
	buf_done(&b);
}

TEST_MAIN(TEST(test_table), TEST(test_size), TEST(test_places_and_files), TEST(test_bombs),
	TEST(test_long), TEST(test_how_many), TEST(test_languages), TEST(test_json),
	TEST(test_page))
