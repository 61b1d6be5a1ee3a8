/* What a message was written from, as desk tells it: by itself and below a template's values.
 */
#include "role/desk_scene.h"

#include "ledger/ledger.h"
#include "wire/trailer.h"
#include "wire/typed_id.h"

#define AT   INT64_C(1790000000000000)
#define JSON "{\"vars\":{\"id\":7,\"name\":\"Ann\"},\"contact\":{\"email\":\"ann@b.test\"}}"

static struct extent_place place;

static void
on_placed(void *ctx, int err, struct extent_place p)
{
	(void)ctx;
	assert_int_equal(err, 0);
	place = p;
}

/* A message of tenant 1, with this behind its body, whose recipient is number + 1. */
static void
message(struct scene *s, uint64_t number, struct str tail, const char *about)
{
	struct fact f = { .rcpt = number + 1,
		.message = number,
		.tenant = 1,
		.kind = FACT_ACCEPTED,
		.at = AT,
		.recipient = STR_LIT("ann@b.test"),
		.sender = STR_LIT("shop@a.test"),
		.about = str_z(about) };
	struct flusher *flusher = flusher_new(s->loop, true);
	struct extent_writer *w;
	struct extent_reader *r;
	struct extent_body *b;
	struct ledger *l;

	assert_int_equal(extent_writer_open(s->paths.spool, 9, 1, flusher, &w), 0);
	b = extent_body_new(w);
	assert_int_equal(extent_body_add(b, STR_LIT("Subject: Order 7\r\n\r\nHello\r\n")), 0);
	if (tail.n)
		extent_body_tail(b, tail);
	extent_body_commit(&b, on_placed, NULL);
	turn(s);
	extent_writer_free(&w);
	flusher_free(&flusher);
	/* Whatever lies behind it, the body is whole. */
	r = extent_reader_new(s->paths.spool);
	assert_int_equal(extent_verify(r, &place), 0);
	extent_reader_free(&r);
	f.extent = place.extent;
	f.offset = place.offset;
	f.size = place.length;
	f.hash = place.hash;
	assert_int_equal(ledger_open(s->paths.ledger, s->loop, true, &l), 0);
	ledger_put(l, f.at, &f);
	turn(s);
	ledger_free(&l);
}

static void
scene_up(struct scene *s)
{
	struct buf b;

	scene_open(s);
	assert_int_equal(status_of(ask(s, "accounts.add", "{\"account\":\"shop\"}")), 200);
	assert_int_equal(status_of(ask(s, "accounts.add", "{\"account\":\"rival\"}")), 200);
	assert_int_equal(status_of(ask(s, "templates.add",
				 "{\"account\":\"shop\",\"name\":\"Order\",\"dialect\":"
				 "\"handlebars\",\"from\":{\"email\":\"a@shop.test\"},"
				 "\"subject\":\"Order {{id}}\",\"html\":"
				 "\"<p>{{name}} {{more}} {{unsubscribe_url}}</p>\"}")),
		200);
	assert_int_equal(status_of(ask(s, "testers.add",
				 "{\"account\":\"shop\",\"address\":\"me@shop.test\"}")),
		200);
	buf_init(&b, 2 * TRAILER_MAX);
	assert_int_equal(trailer_write(&b, 40, STR_LIT(JSON)), 0);
	message(s, 40, buf_str(&b), "{\"template\":\"tpl_x\"}");
	/* Another message's lie there; damaged; none; not of a template; no values at all. */
	message(s, 50, buf_str(&b), "{\"template\":\"tpl_x\"}");
	buf_clear(&b);
	assert_int_equal(trailer_write(&b, 60, STR_LIT(JSON)), 0);
	b.p[30] ^= 1;
	message(s, 60, buf_str(&b), "{\"template\":\"tpl_x\"}");
	message(s, 70, STR_NONE, "{\"template\":\"tpl_x\"}");
	message(s, 80, STR_NONE, "");
	buf_clear(&b);
	assert_int_equal(trailer_write(&b, 90, STR_LIT("[1]")), 0);
	message(s, 90, buf_str(&b), "{\"template\":\"tpl_x\"}");
	/* Of a message's own texts: no template has written it. */
	buf_clear(&b);
	assert_int_equal(trailer_write(&b, 100, STR_LIT(JSON)), 0);
	message(s, 100, buf_str(&b), "");
	buf_done(&b);
}

/* On desk's thread. */
static struct str
ask_long(struct scene *s, const char *verb, const char *body)
{
	(void)ask(s, verb, body);
	for (int i = 0; i < 20000 && s->in.n == 0; i++)
		loop_step(s->loop, 1000);
	return buf_str(&s->in);
}

static const struct {
	const char *name, *verb, *body;
	int status;
	const char *want, *unwanted;
} table[] = {
	{ "values", "messages.values", "\"account\":\"shop\",\"message\":\"40\"", 200,
		"\"vars\":{\"id\":7,\"name\":\"Ann\"},\"contact\":{\"email\":\"ann@b.test\"},"
		"\"template\":\"tpl_x\"",
		NULL },
	{ "by its recipient", "messages.values", "\"account\":\"shop\",\"message\":\"41\"", 200,
		"\"id\":7", NULL },
	{ "of its own texts", "messages.values", "\"tenant\":1,\"message\":\"100\"", 200,
		"\"template\":null", NULL },
	{ "another account's", "messages.values", "\"account\":\"rival\",\"message\":\"40\"",
		404, "no such message", "Ann" },
	{ "everybody's", "messages.values", "\"tenant\":0,\"message\":\"40\"", 404,
		"no such message", "Ann" },
	{ "nobody's", "messages.values", "\"message\":\"40\"", 400, "account", "Ann" },
	{ "unknown", "messages.values", "\"account\":\"shop\",\"message\":\"4000\"", 404,
		"no such message", NULL },
	{ "no id", "messages.values", "\"account\":\"shop\",\"message\":\"msg_x\"", 400,
		"is the id of a message", NULL },
	{ "no message", "messages.values", "\"account\":\"shop\"", 400, "is missing", NULL },
	{ "another message's lie there", "messages.values",
		"\"account\":\"shop\",\"message\":\"50\"", 410, "are not kept", "Ann" },
	{ "damaged", "messages.values", "\"account\":\"shop\",\"message\":\"60\"", 410,
		"are not kept", NULL },
	{ "none", "messages.values", "\"account\":\"shop\",\"message\":\"70\"", 410,
		"are not kept", NULL },
	{ "no template", "messages.values", "\"account\":\"shop\",\"message\":\"80\"", 410,
		"not written from a template", NULL },
	{ "no object", "messages.values", "\"account\":\"shop\",\"message\":\"90\"", 410,
		"are not kept", NULL },

	{ "a template with them", "templates.render",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":\"40\"", 200,
		"\"html\":\"<p>Ann  #unsubscribe</p>\"", NULL },
	{ "its subject", "templates.render",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":\"40\"", 200,
		"\"subject\":\"Order 7\"", NULL },
	{ "what is given goes on top", "templates.render",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":\"40\",\"vars\":{"
		"\"name\":\"Bob\",\"more\":\"!\",\"unsubscribe_url\":\"/u\"}",
		200, "\"html\":\"<p>Bob ! /u</p>\"", "Ann" },
	{ "texts of the question, the contact's parts", "templates.render",
		"\"account\":\"shop\",\"dialect\":\"mailjet\",\"message\":\"41\",\"html\":"
		"\"{{var:id}} {{mj:contact.email}} {{mj:contact.local_part}} "
		"{{mj:contact.domain}}\"",
		200, "\"html\":\"7 ann@b.test ann b.test\"", NULL },
	{ "a test with them", "templates.test",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":\"40\"", 200,
		"\"subject\":\"Order 7\"", NULL },
	{ "a test with those of another account", "templates.test",
		"\"account\":\"rival\",\"template\":\"Order\",\"message\":\"40\"", 404, "",
		"Ann" },
	{ "of another account", "templates.render",
		"\"account\":\"rival\",\"html\":\"{{name}}\",\"message\":\"40\"", 400,
		"no such message", "Ann" },
	{ "values that are gone", "templates.render",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":\"70\"", 400,
		"are not kept", NULL },
	{ "two sources", "templates.render",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":\"40\",\"values\":"
		"\"a\"",
		400, "name one", NULL },
	{ "null", "templates.render",
		"\"account\":\"shop\",\"template\":\"Order\",\"message\":null", 200,
		"\"subject\":\"Order \"", NULL },
};

static void
test_verbs(void **state)
{
	struct scene s;

	(void)state;
	scene_up(&s);
	TEST_EACH(row, table)
	{
		char body[1000];
		struct str got;

		snprintf(body, sizeof body, "{%s}", row->body);
		got = ask_long(&s, row->verb, body);
		if (!has(got, row->want) || (row->unwanted && has(got, row->unwanted)))
			print_message("%s: %.*s\n", row->name, STR_ARG(got));
		assert_int_equal(status_of(got), row->status);
		assert_true(has(got, row->want));
		assert_false(row->unwanted && has(got, row->unwanted));
	}
	scene_close(&s);
}

/* The bytes are gone, and their values with them. The message's own id works as its number. */
static void
test_gone(void **state)
{
	char id[TYPED_ID_TEXT], body[200];
	struct scene s;

	(void)state;
	scene_up(&s);
	typed_id_write(id, control_ids(s.desk->control), "msg", 100);
	snprintf(body, sizeof body, "{\"account\":\"shop\",\"message\":\"%s\"}", id);
	assert_true(has(ask_long(&s, "messages.values", body), "\"id\":7"));
	assert_int_equal(extent_remove(s.paths.spool, place.extent), 0);
	assert_int_equal(status_of(ask_long(&s, "messages.values", body)), 410);
	scene_close(&s);
}

/* Who was given an id a moment ago: the ledger is made to write what it has first. */
static void
test_behind(void **state)
{
	struct scene s;

	(void)state;
	scene_up(&s);
	buf_clear(&s.asked);
	(void)ask_long(&s, "messages.values", "{\"account\":\"shop\",\"message\":\"40\"}");
	assert_int_equal(s.asked.n, 0);
	(void)ask_long(&s, "messages.values", "{\"account\":\"shop\",\"message\":\"4000\"}");
	assert_true(s.asked.n > 0);
	/* The asker leaves meanwhile. */
	s.silent = true;
	(void)ask(&s, "messages.values", "{\"account\":\"shop\",\"message\":\"4000\"}");
	scene_close(&s);
}

/* ---- what an edge shows as a page (desk_web.c) */

struct page {
	struct channel *channel;
	unsigned n;
	int is;
	char bytes[200];
};

static void
page_hears(void *ctx, uint16_t type, struct str payload)
{
	struct page *p = ctx;
	struct msg_webbed m;

	assert_int_equal(type, MSG_webbed);
	assert_int_equal(msg_webbed_read(NULL, payload, &m), 0);
	assert_int_equal(m.seq, 9);
	assert_int_equal(m.whole, m.is == WEB_IS_HERE);
	p->is = m.is;
	assert_int_equal(str_copy_z(p->bytes, sizeof p->bytes, m.bytes), 0);
	p->n++;
}

static void
page_ends(void *ctx)
{
	channel_free(&((struct page *)ctx)->channel);
}

static void
page_ask(struct scene *s, struct page *p, uint32_t tenant, uint64_t rcpt)
{
	const struct msg_web m = { .seq = 9, .tenant = tenant, .rcpt = rcpt };
	unsigned before = p->n;
	struct buf b;

	buf_init(&b, 64);
	assert_int_equal(msg_web_write(&b, &m), 0);
	channel_force(p->channel, MSG_web, buf_str(&b));
	buf_done(&b);
	for (int i = 0; i < 20000 && p->n == before; i++)
		loop_step(s->loop, 1000);
	assert_int_equal(p->n, before + 1);
}

static void
page_up(struct scene *s, struct page *p)
{
	static const struct channel_calls calls = { page_hears, page_ends };
	int fd[2];

	assert_int_equal(channel_pair(fd), 0);
	p->channel = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, p);
	desk_edge_peer(s->desk, 1, fd[1]);
}

/* ---- what an edge writes mail with (desk_contact_ask.c) */

static struct {
	struct channel *channel;
	unsigned n;
	int is;
	char values[200];
} reader;

static void
reader_hears(void *ctx, uint16_t type, struct str payload)
{
	struct msg_contacted m;

	(void)ctx;
	assert_int_equal(type, MSG_contacted);
	assert_int_equal(msg_contacted_read(NULL, payload, &m), 0);
	assert_int_equal(m.seq, 9);
	reader.is = m.is;
	assert_int_equal(str_copy_z(reader.values, sizeof reader.values, m.values), 0);
	reader.n++;
}

static void
reader_ends(void *ctx)
{
	(void)ctx;
	channel_free(&reader.channel);
}

static void
test_contact(void **state)
{
	static const struct channel_calls calls = { reader_hears, reader_ends };
	static const struct {
		const char *name, *address;
		uint32_t tenant;
		enum contact_is is;
		const char *values;
	} rows[] = {
		{ "there", "Ann@B.test", 1, CONTACT_IS_HERE,
			"{\"city\":\"Lyon\",\"email\":\"ann@b.test\",\"name\":\"Ann\"}" },
		{ "another account's", "ann@b.test", 2, CONTACT_IS_NONE, "" },
		{ "unknown", "bob@b.test", 1, CONTACT_IS_NONE, "" },
		{ "no address", "bob", 1, CONTACT_IS_NONE, "" },
	};
	struct scene s;
	struct buf b;
	int fd[2];

	(void)state;
	scene_up(&s);
	assert_int_equal(status_of(ask(&s, "contacts.put",
				 "{\"account\":\"shop\",\"address\":\"ann@b.test\",\"name\":"
				 "\"Ann\",\"properties\":{\"city\":\"Lyon\"}}")),
		200);
	memset(&reader, 0, sizeof reader);
	assert_int_equal(channel_pair(fd), 0);
	reader.channel = channel_new(s.loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, NULL);
	desk_edge_peer(s.desk, 1, fd[1]);
	buf_init(&b, 4096);
	TEST_EACH(row, rows)
	{
		const struct msg_contact m = { 9, row->tenant, str_z(row->address) };
		unsigned before = reader.n;

		buf_clear(&b);
		assert_int_equal(msg_contact_write(&b, &m), 0);
		channel_force(reader.channel, MSG_contact, buf_str(&b));
		for (int i = 0; i < 20000 && reader.n == before; i++)
			loop_step(s.loop, 1000);
		assert_int_equal(reader.is, row->is);
		assert_string_equal(reader.values, row->values);
	}
	buf_done(&b);
	channel_free(&reader.channel);
	scene_close(&s);
}

static void
test_web(void **state)
{
	static const struct {
		const char *name;
		uint32_t tenant;
		uint64_t rcpt;
		enum web_is is;
	} rows[] = {
		{ "there", 1, 41, WEB_IS_HERE },
		{ "another account's", 2, 41, WEB_IS_GONE },
		{ "no account's", 99, 41, WEB_IS_GONE },
		{ "everybody's", 0, 41, WEB_IS_GONE },
		{ "unknown", 1, 4001, WEB_IS_GONE },
	};
	struct page p = { .n = 0 };
	struct scene s;

	(void)state;
	scene_up(&s);
	page_up(&s, &p);
	TEST_EACH(row, rows)
	{
		page_ask(&s, &p, row->tenant, row->rcpt);
		assert_int_equal(p.is, row->is);
		assert_string_equal(p.bytes,
			row->is == WEB_IS_HERE ? "Subject: Order 7\r\n\r\nHello\r\n" : "");
	}
	assert_int_equal(status_of(ask(&s, "accounts.suspend", "{\"account\":\"shop\"}")), 200);
	page_ask(&s, &p, 1, 41);
	assert_int_equal(p.is, WEB_IS_GONE);
	assert_int_equal(status_of(ask(&s, "accounts.restore", "{\"account\":\"shop\"}")), 200);
	page_ask(&s, &p, 1, 101);
	assert_int_equal(p.is, WEB_IS_HERE);
	assert_int_equal(extent_remove(s.paths.spool, place.extent), 0);
	page_ask(&s, &p, 1, 101);
	assert_int_equal(p.is, WEB_IS_GONE);
	channel_free(&p.channel);
	assert_int_equal(s.desk->nwebs, 0);
	scene_close(&s);
}

TEST_MAIN(TEST(test_contact), TEST(test_web), TEST(test_verbs), TEST(test_gone),
	TEST(test_behind))
