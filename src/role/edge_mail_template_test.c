/* Mail by SMTP that is written from templates. Engine and desk are played by the test. */
#include "role/edge_scene.h"

#include "account/control_template.h"
#include "io/channel.h"
#include "role/edge_api.h"

#define LOGIN "AUTH PLAIN AHUAcA==\r\n" /* u, p */
#define FROM  "From: a@shop.test\r\nSubject: hi\r\n"

static struct {
	struct channel *channel;
	enum template_is is;
	const char *stream, *html, *subject;
	bool deaf;
	struct msg_template last;
} desk;

static void
desk_says(void)
{
	struct msg_text texts[TEMPLATE_TEXTS - 1];
	struct msg_templated m = { .seq = desk.last.seq,
		.is = (uint8_t)desk.is,
		.id = 12,
		.version = 1,
		.ref = STR_LIT("tpl_twelve"),
		.name = STR_LIT("Order"),
		.texts = { texts, desk.is == TEMPLATE_IS_HERE ? TEMPLATE_TEXTS - 1 : 0 } };
	struct buf b;

	for (int i = 0; i < TEMPLATE_TEXTS - 1; i++)
		texts[i].bytes = STR_NONE;
	texts[TEMPLATE_DIALECT].bytes = STR_LIT("mailjet");
	texts[TEMPLATE_STREAM].bytes = str_z(desk.stream);
	texts[TEMPLATE_SUBJECT].bytes = str_z(desk.subject);
	texts[TEMPLATE_BODY_HTML].bytes = str_z(desk.html);
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(msg_templated_write(&b, &m), 0);
	channel_force(desk.channel, MSG_templated, buf_str(&b));
	buf_done(&b);
}

/* Everybody lives in Lyon. */
static void
desk_tells_contact(struct str payload)
{
	struct msg_contact q;
	struct msg_contacted m = { .is = CONTACT_IS_HERE,
		.values = STR_LIT("{\"city\":\"Lyon\"}") };
	struct buf b;

	assert_int_equal(msg_contact_read(NULL, payload, &q), 0);
	assert_str(q.address, "b0@else.test");
	m.seq = q.seq;
	buf_init(&b, 4096);
	assert_int_equal(msg_contacted_write(&b, &m), 0);
	channel_force(desk.channel, MSG_contacted, buf_str(&b));
	buf_done(&b);
}

static void
desk_hears(void *ctx, uint16_t type, struct str payload)
{
	(void)ctx;
	if (type == MSG_contact) {
		desk_tells_contact(payload);
		return;
	}
	assert_int_equal(type, MSG_template);
	assert_int_equal(msg_template_read(NULL, payload, &desk.last), 0);
	if (!desk.deaf)
		desk_says();
}

static void
desk_ends(void *ctx)
{
	(void)ctx;
	channel_free(&desk.channel);
}

static void
https(struct config *c)
{
	c->tracking.url = STR_LIT("https://t.test");
	c->tracking.consent_assumed = true;
}

static struct scene *
up_as(struct client *c, bool one)
{
	static const struct channel_calls calls = { desk_hears, desk_ends };
	struct scene *sc = scene_make(https, one);
	int fd[2];

	memset(&desk, 0, sizeof desk);
	desk.is = TEMPLATE_IS_HERE;
	desk.stream = "";
	desk.subject = "Order {{var:id}}";
	desk.html = "<p>Hello {{var:name}}, <a href=\"{{mj:unsub_link}}\">leave</a></p>";
	assert_int_equal(channel_pair(fd), 0);
	desk.channel = channel_new(sc->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, NULL);
	edge_desk_peer(sc->edge, fd[1]);
	client_open(sc, c, PORT_PLAIN);
	expect(c, "220 ");
	talk(c, "EHLO pc.test\r\n", "250 ");
	talk(c, LOGIN, "235 ");
	return sc;
}

static struct scene *
up(struct client *c)
{
	return up_as(c, true);
}

static void
down(struct scene *sc, struct client *c)
{
	client_close(c);
	channel_free(&desk.channel);
	scene_free(sc);
}

#define U10   "uuuuuuuu\r\n"
#define U100  U10 U10 U10 U10 U10 U10 U10 U10 U10 U10
#define U1000 U100 U100 U100 U100 U100 U100 U100 U100 U100 U100

static const struct {
	const char *name, *mail, *reply; /* with its fields, without the dot */
	const char *inside, *without;    /* of what is stored; NULL: nothing is */
} table[] = {
	{ "a stored one, no body",
		"X-MJ-TemplateID: 12\r\nX-MJ-TemplateLanguage: 1\r\n"
		"X-MJ-Vars: {\"name\":\"Ann\",\"id\":7}\r\nFrom: a@shop.test\r\n\r\n",
		"250 ", "Subject: Order 7\r\n", "X-MJ-" },
	{ "its texts",
		"X-MJ-TemplateID: Order\r\nX-MJ-TemplateLanguage: 1\r\n"
		"X-MJ-Vars: {\"name\":\"Ann\"}\r\n" FROM "\r\nold\r\n",
		"250 ", "<p>Hello Ann, <a href=\"https://t.test/u/", "old" },
	{ "the message as a page, and who tells others of it",
		"X-MJ-TemplateLanguage: 1\r\nX-Mailjet-TrackClick: 1\r\n" FROM
		"\r\n{{mj:permalink}} {{mj:share_facebook}} {{mj:share_twitter}}\r\n",
		"250 ", "https://t.test/w/", "/c/" },
	{ "own texts",
		"X-MJ-TemplateLanguage: true\r\nX-MJ-Vars: {\"n\":\"A\"}\r\n"
		"From: \"Caf {{var:n}}\" <a@shop.test>\r\n"
		"Subject: For {{var:n}}\r\n\r\n{% if var:n == \"A\" %}yes{% endif %} "
		"{{mj:contact.email}}\r\n",
		"250 ", "\r\n\r\nyes b0@else.test\r\n", "{{" },
	{ "own texts of a contact",
		"X-MJ-TemplateLanguage: 1\r\n" FROM "\r\nin {{data:city}}\r\n", "250 ",
		"\r\n\r\nin Lyon\r\n", "{{" },
	{ "own texts of a contact, encoded",
		"X-MJ-TemplateLanguage: 1\r\n" FROM "MIME-Version: 1.0\r\n"
		"Content-Transfer-Encoding: BASE64\r\n\r\naW4ge3tkYXRhOmNpdHl9fQ==\r\n",
		"250 ", "\r\n\r\nin Lyon", "{{" },
	{ "own texts keep their number",
		"X-MJ-TemplateLanguage: 1\r\n" FROM "MIME-Version: 1.0\r\nContent-Type: "
		"text/html\r\n\r\n<b>{{var:n:\"x\"}}</b>\r\n",
		"250 ", "Content-Type: text/html; charset=utf-8\r\n", "multipart" },
	{ "tags alone", "X-MJ-Vars: {\"n\":\"A\"}\r\n" FROM "\r\n[[var:n]] {{var:n}}\r\n",
		"250 ", "\r\n\r\nA {{var:n}}\r\n", NULL },
	{ "a mistake", "X-MJ-TemplateLanguage: 1\r\n" FROM "\r\nx\r\n{{var:n}}\r\n",
		"554 5.6.0 X-MJ-TemplateLanguage: text 2:3: No value for", NULL, NULL },
	{ "a mistake that quotes more than ASCII",
		"X-MJ-TemplateLanguage: 1\r\n" FROM "MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
		"\r\n{{\303\251}}\r\n",
		"554 5.6.0 X-MJ-TemplateLanguage: text 1:3: Unknown identifier: ??", NULL,
		NULL },
	{ "delivered all the same",
		"X-MJ-TemplateLanguage: 1\r\nX-MJ-TemplateErrorDeliver: deliver\r\n" FROM
		"\r\n{{var:n}}\r\n",
		"250 ", "\r\n\r\n{{var:n}}\r\n", NULL },
	{ "signed",
		"X-MJ-TemplateID: 12\r\n" FROM
		"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
		"554 5.6.0 The message is signed or encrypted", NULL, NULL },
	{ "a footer, and a link to unsubscribe",
		"X-SMTPAPI: "
		"{\"filters\":{\"footer\":{\"settings\":{\"enable\":1,\"text/plain\":"
		"\" foot\"}},\"subscriptiontrack\":{\"settings\":{\"enable\":1,\"text/plain\":"
		"\" <% out %>\"}}}}\r\n" FROM "\r\nmy words {{var:n}}\r\n",
		"250 ", "my words {{var:n}}\r\n foot https://t.test/u/", "SMTPAPI" },
	{ "it has List-Unsubscribe then",
		"X-SMTPAPI: {\"filters\":{\"subscriptiontrack\":{\"settings\":{\"enable\":1,"
		"\"replace\":\"[u]\"}}}}\r\n" FROM "\r\nsee [u] now\r\n",
		"250 ", "List-Unsubscribe: <https://t.test/u/", "[u]" },
	{ "links get words, and ours does not",
		"X-SMTPAPI: {\"filters\":{\"ganalytics\":{\"settings\":{\"enable\":1,"
		"\"utm_source\":\"s\"}},\"subscriptiontrack\":{\"settings\":{\"enable\":1,"
		"\"replace\":\"[u]\"}}}}\r\n" FROM "\r\nhttp://a.test/b [u] end\r\n",
		"250 ", "http://a.test/b?utm_source=s https://t.test/u/", "x?utm" },
	{ "words alone",
		"X-SMTPAPI: {\"filters\":{\"ganalytics\":{\"settings\":{\"enable\":1,"
		"\"utm_source\":\"s\"}}}}\r\n" FROM "\r\nhttp://a.test/b\r\n",
		"250 ", "http://a.test/b?utm_source=s\r\n", "t.test" },
	{ "the image in its place",
		"X-SMTPAPI: {\"filters\":{\"opentrack\":{\"settings\":{\"enable\":1,"
		"\"replace\":\"%o%\"}}}}\r\n" FROM
		"MIME-Version: 1.0\r\nContent-Type: text/html"
		"\r\n\r\n<p>a%o%b%o%</p>\r\n",
		"250 ", "<p>a<img src=\"https://t.test/o/", "%o%" },
	{ "tags in subject and texts",
		"X-SMTPAPI: {\"sub\":{\"-n-\":[\"Ann\\r\\nBcc: e@z.test\"],\"-s-\":[\"[s]\"]},"
		"\"section\":{\"[s]\":\"long text\"}}\r\nFrom: a@shop.test\r\nSubject: For "
		"-n-\r\n"
		"\r\nDear -n-, -s-\r\n",
		"250 ", "Subject: For Ann  Bcc: e@z.test\r\n", "\r\nBcc: e@z.test\r\nSubject" },
	{ "sections of tags",
		"X-SMTPAPI: {\"sub\":{\"-n-\":[\"Ann\"],\"-s-\":[\"[s]\"]},"
		"\"section\":{\"[s]\":\"for -n-\"}}\r\n" FROM "\r\nDear -n-, -s-!\r\n",
		"250 ", "\r\n\r\nDear Ann, for Ann!\r\n", "-n-" },
	{ "a mark of one byte makes no long text of a short one",
		"X-SMTPAPI: {\"filters\":{\"subscriptiontrack\":{\"settings\":{\"enable\":1,"
		"\"replace\":\"u\"}}}}\r\n" FROM "\r\n" U1000 U1000 U1000 U1000 "\r\n",
		"554 5.6.0 What the template makes of this message is too long", NULL, NULL },
	{ "a signed one has no footer",
		"X-SMTPAPI: "
		"{\"filters\":{\"footer\":{\"settings\":{\"enable\":1,\"text/plain\":"
		"\"f\"}}}}\r\n" FROM
		"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
		"554 5.6.0 The message is signed or encrypted", NULL, NULL },
	{ "variables that are none", "X-MJ-Vars: 7\r\n" FROM "\r\nx\r\n",
		"554 5.6.0 X-MJ-Vars is no JSON object", NULL, NULL },
};

static void
mails(bool one)
{
	struct client c;
	struct scene *sc = up_as(&c, one);
	char text[16384];

	TEST_EACH(row, table)
	{
		unsigned before = sc->calls;
		struct str all;

		envelope(&c, 1);
		say(&c, row->mail);
		talk(&c, ".\r\n", row->reply);
		assert_int_equal(sc->calls, before + (row->inside != NULL));
		if (!row->inside)
			continue;
		all = stored(sc, &sc->letters[0], text, sizeof text);
		if (!holds(all, row->inside) || (row->without && holds(all, row->without))) {
			fprintf(stderr, "in %s: %.*s\n", row->name, STR_ARG(all));
			fail();
		}
		assert_false(holds(all, "unsubscribe.invalid"));
	}
	down(sc, &c);
}

static void
test_mails(void **state)
{
	(void)state;
	mails(true);
}

/* The same with the edge's thread. */
static void
test_thread(void **state)
{
	(void)state;
	mails(false);
}

#define ORDER                                                                                  \
	"X-MJ-TemplateID: 12\r\nX-MJ-TemplateLanguage: 1\r\nX-MJ-Vars: {\"name\":\"A\"}\r\n"   \
	"X-Mailjet-TrackClick: 1\r\n" FROM "\r\n"

static uint64_t
extra_first(const struct msg_submit *s)
{
	struct msg_extra x = { 0 };

	assert_int_equal(msg_extra_read(NULL, s->extra, &x), 0);
	return x.first;
}

/* Each has a page of his own, which no click hides; the template makes it a broadcast. */
static void
test_each(void **state)
{
	struct client c;
	struct scene *sc = up(&c);
	uint64_t first;
	char text[2][16384];

	(void)state;
	desk.stream = "broadcast";
	envelope(&c, 2);
	say(&c, ORDER);
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, 2);
	for (size_t i = 0; i < 2; i++) {
		struct str all = stored(sc, &sc->letters[i], text[i], sizeof text[i]);

		assert_true(holds(all, "/u/"));
		assert_false(holds(all, "/c/"));
		assert_true(holds(all, "\r\nList-Unsubscribe: "));
		assert_int_equal(sc->letters[i].stream, STREAM_BROADCAST);
		assert_str(sc->letters[i].subject, "hi");
	}
	/* Words for links alone: each has a message of his own, too. */
	envelope(&c, 2);
	say(&c, "X-SMTPAPI: {\"filters\":{\"ganalytics\":{\"settings\":{\"enable\":1,"
		"\"utm_source\":\"s\"}}}}\r\n" FROM "\r\nhttp://a.test/b\r\n");
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, 2);
	assert_int_equal(sc->letters[1].message, sc->letters[0].message + 2);
	assert_int_equal(extra_first(&sc->letters[1]), sc->letters[0].message);
	first = sc->letters[0].message;
	envelope(&c, 1);
	say(&c, FROM "\r\nx\r\n");
	talk(&c, ".\r\n", "250 ");
	assert_true(sc->last.message >= first + 4);
	down(sc, &c);
}

static int64_t
extra_time(const struct msg_submit *s)
{
	struct msg_extra x = { 0 };

	if (s->extra.n)
		assert_int_equal(msg_extra_read(NULL, s->extra, &x), 0);
	return x.not_before;
}

/* X-SMTPAPI's "to": its recipients in place of the envelope's, each a message of his own. */
static void
test_merge(void **state)
{
	static const struct {
		const char *name, *to, *subject, *field, *inside;
		int64_t at; /* seconds ahead */
	} want[] = {
		{ "first", "f@else.test", "For Ann",
			"\r\nTo: =?UTF-8?B?QW5uIMOE?= <f@else.test>\r\n",
			"\r\n\r\nHello dear Ann -x-\r\n", 3600 },
		{ "second", "g@else.test", "For Bob", "\r\nTo: g@else.test\r\n",
			"\r\n\r\nHello dear Bob -x-\r\n", 0 },
		{ "the first again", "f@else.test", "For \303\211va", "\r\nTo: f@else.test\r\n",
			"\r\n\r\nHello dear \303\211va -x-\r\n", 7200 },
	};
	struct client c;
	struct scene *sc = up(&c);
	int64_t now = loop_wall(sc->loop) / 1000000;
	char text[16384], fields[500];

	(void)state;
	snprintf(fields, sizeof fields,
		"X-SMTPAPI: {\"to\":[\"Ann \\u00c4 <f@else.test>\",\"g@else.test\","
		"\"f@else.test\"],\"sub\":{\"-n-\":[\"Ann\",\"Bob\",\"\\u00c9va\"]},\r\n "
		"\"section\":{\"-s-\":\"dear -n-\"},\"send_each_at\":[%lld,5,%lld]}\r\n",
		(long long)now + 3600, (long long)now + 7200);
	envelope(&c, 2);
	say(&c, fields);
	say(&c, "From: a@shop.test\r\nTo: all@else.test\r\nSubject: For -n-\r\n\r\nHello -s- "
		"-x-\r\n");
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, TEST_COUNT(want));
	TEST_EACH(row, want)
	{
		const struct msg_submit *l = &sc->letters[row - want];
		struct str all = stored(sc, l, text, sizeof text);

		assert_int_equal(l->rcpts.n, 1);
		assert_str(l->rcpts.at[0].address, row->to);
		assert_str(l->subject, row->subject);
		assert_int_equal(extra_time(l), row->at ? (now + row->at) * 1000000 : 0);
		assert_true(holds(all, row->field));
		assert_true(holds(all, row->inside));
		assert_false(holds(all, "all@else.test"));
		assert_false(holds(all, "X-SMTPAPI"));
	}
	assert_int_equal(extra_first(&sc->letters[2]), sc->letters[0].message);
	/* Nothing is filled in: the field To alone. */
	envelope(&c, 1);
	say(&c, "X-SMTPAPI: {\"to\":[\"g@else.test\"]}\r\n" FROM "\r\nx\r\n");
	talk(&c, ".\r\n", "250 ");
	assert_int_equal(sc->nletters, 1);
	assert_true(
		holds(stored(sc, sc->letters, text, sizeof text), "\r\nTo: g@else.test\r\n"));
	down(sc, &c);
}

static void
test_merge_refused(void **state)
{
	static const struct {
		const char *name, *mail, *reply;
	} rows[] = {
		{ "an address for nobody",
			"X-SMTPAPI: {\"to\":[\"g@else.test\",\"h@[127.0.0.1]\"]}\r\n" FROM
			"\r\nx\r\n",
			"554 5.1.3 X-SMTPAPI: to: mail cannot be sent to address number "
			"2" },
		{ "more than ASCII",
			"X-SMTPAPI: {\"to\":[\"\303\251@else.test\"]}\r\n" FROM "\r\nx\r\n",
			"554 5.1.3 X-SMTPAPI: to: mail cannot be sent to address number "
			"1" },
		{ "too many",
			"X-SMTPAPI: {\"to\":[\"a@else.test\",\"b@else.test\","
			"\"c@else.test\",\"d@else.test\"]}\r\n" FROM "\r\nx\r\n",
			"554 5.5.3 X-SMTPAPI: to has more addresses than" },
		{ "signed",
			"X-SMTPAPI: {\"to\":[\"g@else.test\"]}\r\n" FROM
			"Content-Type: application/pkcs7-mime\r\n\r\nx\r\n",
			"554 5.6.0 The message is signed or encrypted" },
	};
	struct client c;
	struct scene *sc = up(&c);

	(void)state;
	sc->config.limits.recipients = 3;
	TEST_EACH(row, rows)
	{
		envelope(&c, 1);
		say(&c, row->mail);
		talk(&c, ".\r\n", row->reply);
	}
	assert_int_equal(sc->calls, 0);
	client_close(&c);
	/* Who has not logged in names recipients by RCPT alone. */
	client_open(sc, &c, PORT_LOCAL);
	expect(&c, "220 ");
	talk(&c, "EHLO pc.test\r\n", "250 ");
	envelope(&c, 1);
	say(&c, "X-SMTPAPI: {\"to\":[\"g@else.test\"]}\r\n" FROM "\r\nx\r\n");
	talk(&c, ".\r\n", "554 5.7.0 X-SMTPAPI: to names recipients, which only who has");
	assert_int_equal(sc->submits, 0);
	down(sc, &c);
}

/* ---- letters in turns of the loop */

#define MANY SMTP_FIELDS_TO_MAX

/* A merge for as many as it may have is begun, and not all of it is written. */
static void
merge_begins(struct scene *sc, struct client *c, unsigned lines)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	buf_put_z(&b, "X-SMTPAPI: {\"to\":[");
	for (unsigned i = 0; i < MANY; i++) {
		buf_put_z(&b, i ? ",\r\n \"p" : "\"p");
		buf_put_u64(&b, i);
		buf_put_z(&b, "@else.test\"");
	}
	buf_put_z(&b, "]}\r\n" FROM "\r\n");
	for (unsigned i = 0; i < lines; i++)
		buf_put_z(&b, U100);
	buf_put_z(&b, ".\r\n");
	buf_put_c(&b, '\0');
	envelope(c, 1);
	say(c, b.p);
	buf_done(&b);
	for (int i = 0; i < 20000 && list_empty(&sc->edge->letters); i++)
		loop_step(sc->loop, 1000);
	assert_false(list_empty(&sc->edge->letters));
}

/* So many letters are no reason to let others wait: they are served between them. */
static void
test_turns(void **state)
{
	struct client c, d;
	struct scene *sc = up(&c);
	size_t turns = 0, served = 0;

	(void)state;
	client_open(sc, &d, PORT_PLAIN);
	expect(&d, "220 ");
	merge_begins(sc, &c, 1);
	say(&d, "EHLO other.test\r\n");
	for (; !list_empty(&sc->edge->letters); turns++) {
		assert_int_equal(sc->calls, 0);
		loop_step(sc->loop, 1000);
		if (!served && stream_input(d.s).n > 0)
			served = turns;
	}
	assert_true(turns >= MANY / EDGE_LETTERS_TURN - 2);
	assert_true(served > 0 && served < turns);
	expect(&d, "250 ");
	expect(&c, "250 2.0.0 Ok: queued as ");
	assert_int_equal(sc->calls, 1);
	assert_int_equal(sc->nletters, MANY);
	assert_str(sc->letters[7].rcpts.at[0].address, "p7@else.test");
	assert_int_equal(sc->edge->memory, 0);
	/* Who stops the service waits for it. */
	merge_begins(sc, &c, 1);
	edge_drain(sc->edge);
	expect(&d, "421 4.3.2");
	expect(&c, "250 2.0.0 Ok: queued as ");
	assert_int_equal(sc->nletters, MANY);
	expect(&c, "421 4.3.2");
	client_close(&d);
	down(sc, &c);
}

/* What ends it in the middle ends all of it. */
static void
test_turns_end(void **state)
{
	static const struct {
		const char *name, *reply; /* NULL: the client leaves */
		unsigned lines;           /* of a hundred bytes */
		bool full;                /* there is no memory for more */
	} rows[] = {
		{ "he leaves", NULL, 1, false },
		{ "no memory", "452 4.3.1 The service is busy", 1, true },
		{ "too long together", "552 5.3.4 Too long for a template", 82, false },
	};
	struct client c;

	(void)state;
	TEST_EACH(row, rows)
	{
		struct scene *sc = up(&c);
		uint64_t room = sc->config.limits.memory_bytes;

		merge_begins(sc, &c, row->lines);
		if (row->full)
			sc->config.limits.memory_bytes = sc->edge->memory;
		if (row->reply)
			expect(&c, row->reply);
		else
			edge_conn_end(
				LIST_OF(sc->edge->calls.next, struct edge_call, link)->conn);
		assert_true(list_empty(&sc->edge->letters) && list_empty(&sc->edge->calls));
		assert_int_equal(sc->edge->memory, 0);
		steps(sc, 20);
		assert_int_equal(sc->calls + sc->submits, 0);
		sc->config.limits.memory_bytes = room;
		/* The service ends in the middle of the next one. */
		if (row->reply)
			merge_begins(sc, &c, 1);
		down(sc, &c);
	}
}

static void
test_no_version(void **state)
{
	static const struct {
		const char *name, *reply;
		enum template_is is;
	} rows[] = {
		{ "none", "554 5.6.0 X-MJ-TemplateID: there is no such template",
			TEMPLATE_IS_NONE },
		{ "draft", "554 5.6.0 X-MJ-TemplateID: this template was never published",
			TEMPLATE_IS_DRAFT },
		{ "later", "451 4.3.0 The templates cannot be read now", TEMPLATE_IS_LATER },
	};
	struct client c;
	struct scene *sc = up(&c);

	(void)state;
	TEST_EACH(row, rows)
	{
		desk.is = row->is;
		envelope(&c, 1);
		say(&c, ORDER);
		talk(&c, ".\r\n", row->reply);
	}
	channel_free(&desk.channel);
	for (int i = 0; i < 100 && sc->edge->desk; i++)
		loop_step(sc->loop, 1000);
	envelope(&c, 1);
	say(&c, ORDER);
	talk(&c, ".\r\n", "451 4.3.0 The templates cannot be read now");
	assert_int_equal(sc->calls, 0);
	/* And what needs no version goes on. */
	envelope(&c, 1);
	say(&c, "X-MJ-TemplateLanguage: 1\r\n" FROM "\r\n{{1 + 1}}\r\n");
	talk(&c, ".\r\n", "250 ");
	down(sc, &c);
}

/* Who leaves while the version is asked for, or is rendered, takes all of it along. */
static void
test_leaves(void **state)
{
	struct client c;
	struct scene *sc = up(&c);

	(void)state;
	desk.deaf = true;
	envelope(&c, 1);
	say(&c, ORDER ".\r\n");
	for (int i = 0; i < 20000 && desk.last.seq == 0; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(desk.last.number, 12);
	assert_false(list_empty(&sc->edge->calls));
	edge_conn_end(LIST_OF(sc->edge->calls.next, struct edge_call, link)->conn);
	assert_true(list_empty(&sc->edge->calls));
	desk_says();
	for (int i = 0; i < 20; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->calls, 0);
	assert_int_equal(sc->edge->memory, 0);
	down(sc, &c);
}

/* So does who leaves while the thread is at work on it, once that is done. */
static void
test_leaves_work(void **state)
{
	struct client c;
	struct scene *sc = up_as(&c, false);
	struct edge_call *k = NULL;

	(void)state;
	desk.html =
		"{% for a in var:l %}{% for b in var:l %}{% for c in var:l %}{{c}}{% endfor %}"
		"{% endfor %}{% endfor %}";
	envelope(&c, 1);
	say(&c, "X-MJ-TemplateID: 12\r\nX-MJ-TemplateLanguage: 1\r\nX-MJ-Vars: "
		"{\"l\":[1,2,3,4,5,6,"
		"7,8,9,0,1,2,3,4,5,6,7,8,9,0]}\r\n" FROM "\r\n.\r\n");
	for (int i = 0; i < 20000 && !(k && k->working); i++) {
		loop_step(sc->loop, 1000);
		if (!list_empty(&sc->edge->calls))
			k = LIST_OF(sc->edge->calls.next, struct edge_call, link);
	}
	assert_true(k && k->working);
	edge_conn_end(k->conn);
	for (int i = 0; i < 20000 && !list_empty(&sc->edge->calls); i++)
		loop_step(sc->loop, 1000);
	assert_true(list_empty(&sc->edge->calls));
	assert_int_equal(sc->calls, 0);
	assert_int_equal(sc->edge->memory, 0);
	down(sc, &c);
}

/* Limits are answers, and nothing is sent without its template. */
/* A mistake is reported to whom the fields name; the reply waits for nothing. */
static void
test_report(void **state)
{
	struct client c;
	struct scene *sc = up(&c);
	struct extent_reader *r;
	struct extent_place p;
	char text[16384];

	(void)state;
	envelope(&c, 2);
	say(&c, "X-MJ-TemplateID: 12\r\nX-MJ-TemplateLanguage: 1\r\n"
		"X-MJ-TemplateErrorReporting: Dev <dev@shop.test>\r\n" FROM "\r\nold\r\n");
	talk(&c, ".\r\n", "554 5.6.0 X-MJ-TemplateID: html 1:");
	for (int i = 0; i < 20000 && sc->submits < 1; i++)
		loop_step(sc->loop, 1000);
	assert_int_equal(sc->submits, 1);
	assert_str(sc->last.sender, "a@shop.test");
	assert_int_equal(sc->last.rcpts.n, 1);
	assert_str(sc->last.rcpts.at[0].address, "dev@shop.test");
	r = extent_reader_new(sc->paths.spool);
	p = (struct extent_place){ sc->last.extent, sc->last.length, sc->last.offset,
		sc->last.hash };
	assert_true(p.length < sizeof text);
	assert_int_equal(extent_read(r, &p, 0, text, p.length), 0);
	extent_reader_free(&r);
	assert_true(holds(str_of(text, p.length), "Template: Order (tpl_twelve, number 12)"));
	assert_true(holds(str_of(text, p.length), "Subject: hi\r\n"));
	assert_true(holds(str_of(text, p.length), "To: b0@else.test, b1@else.test\r\n"));
	down(sc, &c);
}

static void
test_limits(void **state)
{
	struct client c;
	struct scene *sc = up(&c);
	struct buf b;

	(void)state;
	envelope(&c, 101);
	say(&c, ORDER);
	talk(&c, ".\r\n", "554 5.6.0 A message from a template, or with a footer");
	envelope(&c, 2);
	say(&c, "X-SMTPAPI: {\"sub\":{\"-n-\":[\"Ann\"]}}\r\n" FROM "\r\n-n-\r\n");
	talk(&c, ".\r\n", "554 5.6.0 X-SMTPAPI: sub and section are filled in for one");
	buf_init(&b, 2u << 20);
	for (size_t i = 0; i < (1u << 20) / 64; i++)
		buf_put_z(&b,
			"0123456789012345678901234567890123456789012345678901234567890123\r\n");
	buf_put_c(&b, '\0');
	envelope(&c, 1);
	say(&c, ORDER);
	say(&c, b.p);
	talk(&c, ".\r\n", "552 5.3.4 Too long for a template");
	assert_int_equal(sc->calls, 0);
	buf_done(&b);
	down(sc, &c);
}

TEST_MAIN(TEST(test_mails), TEST(test_thread), TEST(test_leaves_work), TEST(test_each),
	TEST(test_merge), TEST(test_merge_refused), TEST(test_turns), TEST(test_turns_end),
	TEST(test_no_version), TEST(test_leaves), TEST(test_report), TEST(test_limits))
