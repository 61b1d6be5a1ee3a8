/*
 * The demo's shop: customers of demo_traffic_tbl.h, the day below, templates of
 * examples/templates. Orders, parcels and the newsletter go by HTTP, forgotten passwords by
 * SMTP.
 */
#include "cli/demo_traffic.h"

#include "base/text.h"
#include "base/utc.h"
#include "cli/demo_http.h"
#include "cli/intake.h"
#include "content/compose.h"
#include "io/random.h"
#include "role/sink_store.h"

#include <unistd.h>

#define KEY    "fk_test_demo"
#define SECRET "fs_test_demo"

#define SEND_US   (5u * 1000000u)  /* the pace: the day takes as long */
#define LATE_US   (12u * 1000000u) /* on a slow machine the rest is left out */
#define AGE_US    2300000u /* who opens within 2 s of a delivery is taken for a scanner */
#define READ_US   (15u * 1000000u) /* they fetch less than the whole day is calls */
#define ORDER_1   1001u
#define STEP      7u /* through the customers; has no factor in common with their number */
#define ADDR_SIZE 128

static const struct customer {
	const char *name, *local, *plays;
} customers[] = {
#define DEMO_CUSTOMER(name, local, plays) { name, local, plays },
#include "cli/demo_traffic_tbl.h"
#undef DEMO_CUSTOMER
};
#define NCUSTOMERS (sizeof customers / sizeof *customers)

/* Names that are nobody's (RFC 2606). */
static const char *const domains[] = { "courriel.example", "poste.example", "mail.example",
	"example.org", "example.net" };

enum kind { ORDER, PARCEL, PASSWORD, LETTER, KINDS };
static const struct {
	const char *tag, *template; /* folder of examples/templates */
} kinds[KINDS] = { [ORDER] = { "order", "order-confirmation" },
	[PARCEL] = { "parcel", "shipping-notice" },
	[PASSWORD] = { "password", NULL },
	[LETTER] = { "newsletter", "newsletter" } };

/* The newsletter is one call for each language, with a message for every customer. */
#define LETTERS ((unsigned)NCUSTOMERS / 2)
_Static_assert(NCUSTOMERS % 2 == 0, "as many French ones as English ones");
static const struct {
	enum kind kind;
	unsigned n;
} day[] = { { PASSWORD, 4 }, { ORDER, 20 }, { LETTER, 2 }, { ORDER, 20 }, { PARCEL, 20 },
	{ PASSWORD, 10 }, { PARCEL, 20 }, { ORDER, 32 }, { PARCEL, 14 }, { PASSWORD, 6 } };

struct traffic {
	struct demo *d;
	struct demo_http http;
	json_t *templates[2][KINDS];      /* {"name","vars"}; English, French */
	unsigned done[KINDS];             /* of each kind so far */
	unsigned sent, refused, left_out; /* messages */
	char why[POST_WHY_MAX];           /* of the last one refused */
};

/* ---- customers */

static bool
is_french(size_t customer)
{
	return customer % 2 == 0;
}

static const char *
address_of(size_t customer, char dst[ADDR_SIZE])
{
	const struct customer *c = &customers[customer];
	const char *domain = domains[customer / 2 % (sizeof domains / sizeof *domains)];

	snprintf(dst, ADDR_SIZE, "%s%s%s@%s", c->plays ? c->plays : "", c->plays ? "+" : "",
		c->local, domain);
	return dst;
}

bool
demo_traffic_trace(size_t i, char *dst, size_t size)
{
	static const char *const plays[] = { "hardbounce", "late", "complaint" };
	char address[ADDR_SIZE];

	for (size_t k = 0; i < sizeof plays / sizeof *plays && k < NCUSTOMERS; k++)
		if (customers[k].plays && str_eq_z(str_z(customers[k].plays), plays[i]))
			return str_copy_z(dst, size, str_z(address_of(k, address))) == 0;
	return false;
}

/* ---- templates */

static const struct demo_text *
text_of(bool french, const char *template, const char *file)
{
	char name[80];

	snprintf(name, sizeof name, "%s/%s/%s", french ? "fr" : "en", template, file);
	for (size_t i = 0; i < demo_ntexts; i++)
		if (str_eq_z(str_z(demo_texts[i].name), name))
			return &demo_texts[i];
	return NULL;
}

static json_t *
json_of(bool french, const char *template, const char *file)
{
	const struct demo_text *t = text_of(french, template, file);

	return t ? json_loadb(t->bytes, t->n, 0, NULL) : NULL;
}

/* 0 when the service did it. */
static int
ask(const struct traffic *t, const char *verb, const json_t *body)
{
	json_t *answer = NULL;
	int status = client_call(t->d->c->paths.control_sock, verb, body, &answer);

	json_decref(answer);
	return status == 200 ? 0 : -1;
}

/* The example's values are a set of the template: its preview begins with them. */
static int
keep_values(const struct traffic *t, const json_t *template, const json_t *example)
{
	json_t *set = json_pack("{s:s,s:O,s:s,s:O}", "account", "demo", "template", template,
		"name", "example", "vars", json_object_get(example, "vars"));
	int err = set ? ask(t, "templates.values_set", set) : -1;

	json_decref(set);
	return err;
}

/* Stores and publishes it, and keeps its name and the example's values. */
static int
publish(struct traffic *t, bool french, enum kind kind)
{
	const char *folder = kinds[kind].template;
	const struct demo_text *html = text_of(french, folder, "body.html");
	json_t *put = json_of(french, folder, "template.json"),
	       *values = json_of(french, folder, "values.json"), *name, *ready;
	int err;

	name = json_object_get(put, "name");
	ready = json_pack("{s:s,s:O}", "account", "demo", "template", name);
	json_object_set_new(put, "account", json_string("demo"));
	json_object_set_new(put, "html", html ? json_stringn(html->bytes, html->n) : NULL);
	t->templates[french][kind] = json_pack("{s:O,s:O}", "name", name, "vars",
		json_object_get(json_object_get(values, "example"), "vars"));
	err = ask(t, "templates.put", put);
	err = err ? err : keep_values(t, name, json_object_get(values, "example"));
	err = err ? err : ask(t, "templates.publish", ready);
	json_decref(put);
	json_decref(values);
	json_decref(ready);
	return t->templates[french][kind] ? err : -1;
}

static int
publish_all(struct traffic *t)
{
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (int french = 0; kinds[kind].template && french < 2; french++)
			if (publish(t, french, kind) < 0)
				return cli_fail(t->d->c, EX_SOFTWARE,
					"the template %s could not be stored",
					kinds[kind].template);
	return 0;
}

/* ---- by HTTP */

/* number: of the order. New reference. */
static json_t *
message(const struct traffic *t, enum kind kind, size_t customer, unsigned number)
{
	bool french = is_french(customer), letter = kind == LETTER;
	const json_t *template = t->templates[french][kind];
	json_t *vars = json_deep_copy(json_object_get(template, "vars"));
	char address[ADDR_SIZE], order[16];

	snprintf(order, sizeof order, "%u", number);
	json_object_set_new(vars, "first_name", json_string(customers[customer].name));
	if (!letter)
		json_object_set_new(
			json_object_get(vars, "order"), "number", json_string(order));
	return json_pack("{s:s, s:{s:s, s:s}, s:O, s:o, s:[s, s], s:s, s:b, s:b}", "from",
		french ? "Boutique <bonjour@demo.test>" : "Shop <hello@demo.test>", "to",
		"email", address_of(customer, address), "name", customers[customer].name,
		"template", json_object_get(template, "name"), "variables", vars, "tags",
		DEMO_TRAFFIC_TAG, kinds[kind].tag, "stream",
		letter ? "broadcast" : "transactional", "track_opens", 1, "track_clicks", 1);
}

/* Takes body: n messages. */
static void
by_http(struct traffic *t, json_t *body, unsigned n)
{
	char *text = json_dumps(body, JSON_COMPACT);
	char url[128];
	int status;

	snprintf(url, sizeof url, "http://" KEY ":" SECRET "@127.0.0.1:%u/v1/messages",
		t->d->http);
	status = demo_http_call(
		&t->http, "POST", url, "application/json", str_z(text ? text : "{}"));
	free(text); /* jansson's own allocation */
	json_decref(body);
	if (status / 100 == 2) {
		t->sent += n;
		return;
	}
	t->refused += n;
	snprintf(t->why, sizeof t->why, "HTTP %d %s %.*s", status, t->http.why,
		STR_ARG(str_head(buf_str(&t->http.body), 300)));
}

static void
letters(struct traffic *t, bool french)
{
	json_t *list = json_array();
	unsigned n = 0;

	for (size_t i = 0; i < NCUSTOMERS; i++)
		if (is_french(i) == french && ++n)
			json_array_append_new(list, message(t, LETTER, i, 0));
	by_http(t, json_pack("{s:o}", "messages", list), n);
}

/* ---- by SMTP */

static int
write_password(struct traffic *t, bool french, const char *to, struct buf *out)
{
	const struct compose_header tags = { STR_LIT("X-SMTPAPI"),
		STR_LIT("{\"category\": [\"" DEMO_TRAFFIC_TAG "\", \"password\"]}") };
	char id[INTAKE_NAME_MAX], seed[] = "day";
	const char *why = "";
	const struct compose m = {
		.from = french ? STR_LIT("Boutique <compte@demo.test>")
		               : STR_LIT("Shop <account@demo.test>"),
		.to = str_z(to),
		.subject = french ? STR_LIT("Votre nouveau mot de passe")
		                  : STR_LIT("Your new password"),
		.text = french ? STR_LIT("Choisissez-le dans l'heure : "
					 "https://shop.example/mot-de-passe/1\n")
		               : STR_LIT("Choose it within one hour: "
					 "https://shop.example/password/1\n"),
		.message_id = str_z(intake_message_id(t->d->c, id)),
		.date = clock_wall(&t->http.clock),
		.seed = str_z(seed),
		.headers = &tags,
		.nheaders = 1,
	};

	return compose_write(out, &m, &why);
}

static void
by_smtp(struct traffic *t, size_t customer)
{
	const struct post_conf to = { .host = "127.0.0.1",
		.port = t->d->starttls,
		.tls = SMTP_OUT_TLS_MUST,
		.user = STR_LIT(KEY),
		.secret = STR_LIT(SECRET),
		.hostname = STR_LIT("shop.demo.test") };
	bool french = is_french(customer);
	char address[ADDR_SIZE];
	struct smtp_out_rcpt rcpt = { .address = str_z(address_of(customer, address)) };
	struct smtp_out_mail mail = { .from = french ? STR_LIT("compte@demo.test")
		                                     : STR_LIT("account@demo.test"),
		.rcpts = &rcpt,
		.n = 1 };
	struct post_result r = { .why = "too big" };
	struct arena arena;
	struct buf b;

	buf_init(&b, 65536);
	arena_init(&arena, 65536);
	if (write_password(t, french, address, &b) == 0)
		post_send(&to, &mail, buf_str(&b), &arena, &r);
	t->sent += r.accepted;
	t->refused += !r.accepted;
	if (!r.accepted)
		snprintf(t->why, sizeof t->why, "SMTP %s%.*s", r.why,
			STR_ARG(str_head(rcpt.reply.text, 300)));
	buf_done(&b);
	arena_done(&arena);
}

/* ---- the day */

static void
send_one(struct traffic *t, enum kind kind)
{
	unsigned k = t->done[kind]++;
	size_t customer = (k * STEP + (kind == PASSWORD)) % NCUSTOMERS;

	if (kind == PASSWORD)
		by_smtp(t, customer);
	else if (kind == LETTER)
		letters(t, k % 2 == 0);
	else
		by_http(t, message(t, kind, customer, ORDER_1 + k), 1);
}

static void
send_day(struct traffic *t)
{
	uint64_t start = clock_mono(&t->http.clock);
	unsigned total = 0, k = 0;
	bool late = false;

	for (size_t i = 0; i < sizeof day / sizeof *day; i++)
		total += day[i].n;
	for (size_t i = 0; i < sizeof day / sizeof *day; i++)
		for (unsigned n = 0; n < day[i].n; n++, k++) {
			uint64_t now = clock_mono(&t->http.clock),
				 due = start + (uint64_t)k * SEND_US / total;

			late = late || now - start > LATE_US;
			if (late) {
				t->left_out += day[i].kind == LETTER ? LETTERS : 1;
				continue;
			}
			if (due > now)
				usleep((unsigned)(due - now));
			send_one(t, day[i].kind);
		}
}

/* What the service counts of it. New reference, NULL without an answer. */
static json_t *
counts(struct traffic *t)
{
	char url[160];
	json_t *all, *one;

	snprintf(url, sizeof url,
		"http://" KEY ":" SECRET "@127.0.0.1:%u/v1/stats?by=all&tag=" DEMO_TRAFFIC_TAG,
		t->d->http);
	if (demo_http_call(&t->http, "GET", url, "", STR_NONE) != 200)
		return NULL;
	all = json_loadb(buf_str(&t->http.body).p, t->http.body.n, 0, NULL);
	one = json_incref(json_array_get(json_object_get(all, "data"), 0));
	json_decref(all);
	return one;
}

static void
put_counts(const struct cli *c, const json_t *o)
{
	static const struct {
		const char *member, *en, *fr;
	} rows[] = { { "delivered", "delivered", "remis" }, { "bounced", "bounced", "rejetés" },
		{ "suppressed", "suppressed: the address bounced or complained before",
			"écartés : l'adresse avait déjà rejeté ou s'était plainte" },
		{ "deferred", "times deferred: greylisting, full mailboxes, lost connections",
			"fois différé : listes grises, boîtes pleines, connexions perdues" },
		{ "complained", "complaints", "plaintes" },
		{ "opened", "opened, by readers whom the demo plays too",
			"ouverts, par des lecteurs que la démo joue aussi" },
		{ "clicked", "clicked", "cliqués" },
		{ "unsubscribed", "unsubscribed, by the mail's own link",
			"désinscrits, par le lien du message" } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (cli_number(o, rows[i].member))
			printf("  %5lld  %s\n", (long long)cli_number(o, rows[i].member),
				CLI_T(c, rows[i].en, rows[i].fr));
}

static void
say(const struct traffic *t, uint64_t took_us, json_t *o)
{
	const struct cli *c = t->d->c;

	if (c->json) {
		(void)cli_json(c, json_pack("{s:{s:i,s:i,s:i,s:I,s:s,s:o}}", "traffic", "sent",
					  (int)t->sent, "refused", (int)t->refused, "left_out",
					  (int)t->left_out, "took_ms",
					  (json_int_t)(took_us / 1000), "tag", DEMO_TRAFFIC_TAG,
					  "counts", o ? json_incref(o) : json_null()));
		return;
	}
	printf(CLI_T(c, "%u messages in %u seconds. So far, of all with the tag %s:\n",
		       "%u messages en %u secondes. Pour l'instant, de tout ce qui porte "
		       "l'étiquette %s :\n"),
		t->sent, (unsigned)(took_us / 1000000), DEMO_TRAFFIC_TAG);
	put_counts(c, o);
	if (t->left_out)
		printf(CLI_T(c, "The machine is slow: %u messages of the day were left out.\n",
			       "La machine est lente : %u messages de la journée manquent.\n"),
			t->left_out);
	if (t->refused) {
		printf(CLI_T(c, "%u were not taken; the last one: ",
			       "%u n'ont pas été pris ; le dernier : "),
			t->refused);
		cli_put(t->why);
	}
}

static void
run(struct traffic *t)
{
	uint64_t start = clock_mono(&t->http.clock);
	struct sink_store sink = { 0 };
	struct demo_readers r;
	json_t *o;

	(void)sink_store_open(&sink, t->d->c->paths.sink);
	send_day(t);
	usleep(AGE_US);
	demo_readers(t->d, &t->http, sink.last, clock_mono(&t->http.clock) + READ_US, &r);
	usleep(500000); /* the counts are written behind what happens */
	o = counts(t);
	say(t, clock_mono(&t->http.clock) - start, o);
	json_decref(o);
	fflush(stdout);
}

int
demo_traffic(struct demo *d)
{
	struct traffic t = { .d = d };
	int err;

	demo_http_init(&t.http);
	err = publish_all(&t);
	if (err == 0)
		run(&t);
	for (unsigned kind = 0; kind < KINDS; kind++)
		for (int french = 0; french < 2; french++)
			json_decref(t.templates[french][kind]);
	demo_http_done(&t.http);
	return err || t.refused ? 1 : 0;
}
