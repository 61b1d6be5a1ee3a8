/* What desk tells edges of templates. The edge and the engine are played by the test. */
#include "account/control_own.h"
#include "account/control_template.h"
#include "api/sendgrid_template.h"
#include "role/desk_scene.h"
#include "wire/typed_id.h"

struct edge_side {
	struct channel *channel;
	struct arena arena;
	struct buf bytes;
	struct msg_templated m;
	unsigned n;
	unsigned here; /* of them */
};

static void
edge_hears(void *ctx, uint16_t type, struct str payload)
{
	struct edge_side *e = ctx;

	assert_int_equal(type, MSG_templated);
	arena_reset(&e->arena);
	buf_clear(&e->bytes);
	buf_put(&e->bytes, payload);
	assert_int_equal(msg_templated_read(&e->arena, buf_str(&e->bytes), &e->m), 0);
	e->n++;
	e->here += e->m.is == TEMPLATE_IS_HERE;
}

static void
edge_ends(void *ctx)
{
	struct edge_side *e = ctx;

	channel_free(&e->channel);
}

static void
edge_up(struct scene *s, struct edge_side *e)
{
	static const struct channel_calls calls = { edge_hears, edge_ends };
	int fd[2];

	memset(e, 0, sizeof *e);
	arena_init(&e->arena, 1u << 20);
	buf_init(&e->bytes, CHANNEL_PAYLOAD_MAX);
	assert_int_equal(channel_pair(fd), 0);
	e->channel = channel_new(s->loop, fd[0], CHANNEL_PAYLOAD_MAX, &calls, e);
	desk_edge_peer(s->desk, 1, fd[1]);
}

static void
edge_down(struct edge_side *e)
{
	channel_free(&e->channel);
	arena_done(&e->arena);
	buf_done(&e->bytes);
}

static void
edge_asks(struct scene *s, struct edge_side *e, const struct msg_template *m)
{
	unsigned before = e->n;
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(msg_template_write(&b, m), 0);
	channel_force(e->channel, MSG_template, buf_str(&b));
	buf_done(&b);
	for (int i = 0; i < 1000 && e->n == before; i++)
		loop_step(s->loop, 0);
	assert_int_equal(e->n, before + 1);
	assert_int_equal(e->m.seq, m->seq);
}

static int64_t
template_make(struct scene *s, const char *account, const char *name, bool publish)
{
	struct control *c = desk_control(s->desk);
	struct control_template t = { .name = str_z(name) };
	int64_t id, version;
	json_t *j = NULL;

	assert_non_null(c);
	(void)control_account_add(c, str_z(account), &j);
	json_decref(j);
	assert_int_equal(control_account_tenant(c, str_z(account), &t.tenant), 0);
	t.texts[TEMPLATE_DIALECT] = STR_LIT("mailjet");
	t.texts[TEMPLATE_SUBJECT] = STR_LIT("s");
	t.texts[TEMPLATE_BODY_HTML] = STR_LIT("<p>one</p>");
	t.texts[TEMPLATE_BODY_MJML] = STR_LIT("<mjml>");
	assert_int_equal(control_template_add(c, &t, &id), 0);
	if (publish)
		assert_int_equal(control_template_publish(c, t.tenant, id, 0, &version), 0);
	t.id = id;
	t.texts[TEMPLATE_BODY_HTML] = STR_LIT("<p>draft</p>");
	assert_int_equal(control_template_set(c, &t), 0);
	return id;
}

static void
test_names(void **state)
{
	struct scene s;
	struct edge_side e;
	char tpl[TYPED_ID_TEXT], dynamic[SENDGRID_TEMPLATE_ID];
	int64_t id, draft, foreign;

	(void)state;
	scene_open(&s);
	edge_up(&s, &e);
	id = template_make(&s, "shop", "Order", true);
	draft = template_make(&s, "shop", "Draft", false);
	foreign = template_make(&s, "rival", "Theirs", true);
	typed_id_write(tpl, control_ids(s.desk->control), "tpl", (uint64_t)id);
	sendgrid_template_id(dynamic, control_ids(s.desk->control), id);

	const struct {
		const char *name, *by;
		uint64_t number;
		enum template_is want;
	} table[] = {
		{ "name", "Order", 0, TEMPLATE_IS_HERE },
		{ "id", tpl, 0, TEMPLATE_IS_HERE },
		{ "SendGrid's id", dynamic, 0, TEMPLATE_IS_HERE },
		{ "number", "", (uint64_t)id, TEMPLATE_IS_HERE },
		{ "another name", "order", 0, TEMPLATE_IS_NONE },
		{ "a bad id", "tpl_qc4rqcl3v2m5r6j7w2e5xk3d4y", 0, TEMPLATE_IS_NONE },
		{ "a bad SendGrid id", "d-00000000000000000000000000000001", 0,
			TEMPLATE_IS_NONE },
		{ "no name", "", 0, TEMPLATE_IS_NONE },
		{ "a draft", "Draft", 0, TEMPLATE_IS_DRAFT },
		{ "a draft's number", "", (uint64_t)draft, TEMPLATE_IS_DRAFT },
		{ "another account's", "Theirs", 0, TEMPLATE_IS_NONE },
		{ "another account's number", "", (uint64_t)foreign, TEMPLATE_IS_NONE },
		{ "nobody's number", "", UINT64_MAX, TEMPLATE_IS_NONE },
	};

	TEST_EACH(row, table)
	{
		const struct msg_template m = {
			.seq = 5, .tenant = 1, .number = row->number, .name = str_z(row->by)
		};

		edge_asks(&s, &e, &m);
		assert_int_equal(e.m.is, row->want);
		if (e.m.is != TEMPLATE_IS_HERE)
			continue;
		assert_int_equal(e.m.id, id);
		assert_int_equal(e.m.version, 1);
		assert_str(e.m.ref, tpl);
		assert_str(e.m.name, "Order");
		assert_int_equal(e.m.texts.n, TEMPLATE_BODY_MJML);
		assert_str(e.m.texts.at[TEMPLATE_DIALECT].bytes, "mailjet");
		assert_str(e.m.texts.at[TEMPLATE_BODY_HTML].bytes, "<p>one</p>");
	}
	edge_down(&e);
	scene_close(&s);
}

/* What the edge has is not told again. */
static void
test_known(void **state)
{
	struct scene s;
	struct edge_side e;
	struct msg_template m = { .seq = 1, .tenant = 1, .name = STR_LIT("Order") };
	int64_t version;

	(void)state;
	scene_open(&s);
	edge_up(&s, &e);
	m.known = (uint64_t)template_make(&s, "shop", "Order", true);
	m.version = 1;
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_KNOWN);
	assert_int_equal(e.m.id, m.known);
	assert_int_equal(e.m.version, 1);
	assert_int_equal(e.m.texts.n, 0);
	assert_int_equal(
		control_template_publish(s.desk->control, 1, (int64_t)m.known, 0, &version), 0);
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_HERE);
	assert_int_equal(e.m.version, 2);
	assert_str(e.m.texts.at[TEMPLATE_BODY_HTML].bytes, "<p>draft</p>");
	/* By its number, as long as it is there. */
	m.wanted = 1;
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_KNOWN);
	m.version = 2;
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_HERE);
	assert_int_equal(e.m.version, 1);
	assert_str(e.m.texts.at[TEMPLATE_BODY_HTML].bytes, "<p>one</p>");
	m.wanted = 3;
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_NONE);
	m.wanted = UINT64_MAX;
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_NONE);
	m.wanted = 0;
	assert_int_equal(control_template_remove(s.desk->control, 1, (int64_t)m.known), 0);
	edge_asks(&s, &e, &m);
	assert_int_equal(e.m.is, TEMPLATE_IS_NONE);
	edge_down(&e);
	scene_close(&s);
}

/* ---- layouts ---- */

#define HEAD "<body>"
#define FOOT "</body>"

/* A layout, published, and a template in it, likewise; both may be changed. */
struct pair {
	struct scene s;
	struct edge_side e;
	struct control_template layout, body;
	char number[24]; /* of the layout */
};

static void
publish(struct pair *p, const struct control_template *t)
{
	int64_t version;

	assert_int_equal(
		control_template_publish(p->s.desk->control, t->tenant, t->id, 0, &version), 0);
}

static void
rewrite(struct pair *p, struct control_template *t, struct str html, struct str text)
{
	t->texts[TEMPLATE_BODY_HTML] = html;
	t->texts[TEMPLATE_BODY_TEXT] = text;
	assert_int_equal(control_template_set(p->s.desk->control, t), 0);
}

static void
pair_up(struct pair *p)
{
	struct control *c;
	json_t *j = NULL;

	memset(p, 0, sizeof *p);
	scene_open(&p->s);
	edge_up(&p->s, &p->e);
	c = desk_control(p->s.desk);
	assert_non_null(c);
	assert_int_equal(control_account_add(c, STR_LIT("shop"), &j), 0);
	json_decref(j);
	p->layout.name = STR_LIT("Frame");
	p->body.name = STR_LIT("Order");
	p->layout.tenant = p->body.tenant = 1;
	p->layout.texts[TEMPLATE_DIALECT] = p->body.texts[TEMPLATE_DIALECT] =
		STR_LIT("handlebars");
	p->layout.texts[TEMPLATE_BODY_HTML] = STR_LIT(HEAD "{{{@content}}}" FOOT);
	p->layout.texts[TEMPLATE_BODY_TEXT] = STR_LIT("[{{{ @content }}}]");
	assert_int_equal(control_template_add(c, &p->layout, &p->layout.id), 0);
	publish(p, &p->layout);
	snprintf(p->number, sizeof p->number, "%lld", (long long)p->layout.id);
	p->body.texts[TEMPLATE_LAYOUT] = str_z(p->number);
	p->body.texts[TEMPLATE_BODY_HTML] = STR_LIT("<p>one</p>");
	assert_int_equal(control_template_add(c, &p->body, &p->body.id), 0);
	publish(p, &p->body);
}

static void
pair_down(struct pair *p)
{
	edge_down(&p->e);
	scene_close(&p->s);
}

/* What an edge that has nothing is told of it. */
static void
expect_texts(
	struct pair *p, const struct control_template *t, const char *html, const char *text)
{
	const struct msg_template m = { .seq = 5, .tenant = 1, .name = t->name };

	edge_asks(&p->s, &p->e, &m);
	assert_int_equal(p->e.m.is, TEMPLATE_IS_HERE);
	assert_str(p->e.m.texts.at[TEMPLATE_BODY_HTML].bytes, html);
	assert_str(p->e.m.texts.at[TEMPLATE_BODY_TEXT].bytes, text);
}

static void
test_layout(void **state)
{
	struct pair p;
	struct msg_template m = { .seq = 5, .tenant = 1, .name = STR_LIT("Order") };

	(void)state;
	pair_up(&p);
	/* A part that the body lacks has no frame either. */
	expect_texts(&p, &p.body, HEAD "<p>one</p>" FOOT, "");
	/* Mail from the layout itself: nothing goes into its place. */
	expect_texts(&p, &p.layout, HEAD FOOT, "[]");
	/* The layout is published again: no version changes. */
	rewrite(&p, &p.layout, STR_LIT("<main>{{{@content}}}</main>"),
		STR_LIT("({{{@content}}})"));
	publish(&p, &p.layout);
	expect_texts(&p, &p.body, HEAD "<p>one</p>" FOOT, "");
	m.known = (uint64_t)p.body.id;
	m.version = 1;
	edge_asks(&p.s, &p.e, &m);
	assert_int_equal(p.e.m.is, TEMPLATE_IS_KNOWN);
	/* The same draft in it is another version. */
	publish(&p, &p.body);
	edge_asks(&p.s, &p.e, &m);
	assert_int_equal(p.e.m.is, TEMPLATE_IS_HERE);
	assert_int_equal(p.e.m.version, 2);
	expect_texts(&p, &p.body, "<main><p>one</p></main>", "");
	rewrite(&p, &p.body, STR_LIT("<p>two</p>"), STR_LIT("two"));
	publish(&p, &p.body);
	expect_texts(&p, &p.body, "<main><p>two</p></main>", "(two)");
	/* Back to the first one, in the frame of then. */
	{
		int64_t version;

		assert_int_equal(
			control_template_publish(p.s.desk->control, 1, p.body.id, 1, &version),
			0);
	}
	expect_texts(&p, &p.body, HEAD "<p>one</p>" FOOT, "");
	pair_down(&p);
}

/* As long as texts may be, in a layout as long: an answer. More answers than are read: short
 * ones. What no limit lets in: a short one. */
static void
test_long(void **state)
{
	static char frame[TEMPLATE_CONTENT_BYTES], inside[TEMPLATE_CONTENT_BYTES];
	const size_t room = 40; /* for the other texts */
	const struct msg_template m = { .seq = 6, .tenant = 1, .name = STR_LIT("Order") };
	struct str html = str_of(inside, sizeof inside - room);
	unsigned before;
	struct buf b;
	struct pair p;

	(void)state;
	pair_up(&p);
	memset(frame, 'f', sizeof frame);
	memset(inside, 'i', sizeof inside);
	memcpy(frame + 1000, "{{{@content}}}", 14);
	rewrite(&p, &p.layout, str_of(frame, sizeof frame - room), STR_LIT(""));
	publish(&p, &p.layout);
	rewrite(&p, &p.body, html, STR_LIT(""));
	publish(&p, &p.body);
	edge_asks(&p.s, &p.e, &m);
	assert_int_equal(p.e.m.is, TEMPLATE_IS_HERE);
	assert_int_equal(p.e.m.texts.at[TEMPLATE_BODY_HTML].bytes.n,
		2 * (TEMPLATE_CONTENT_BYTES - room) - 14);

	buf_init(&b, 65536);
	assert_int_equal(msg_template_write(&b, &m), 0);
	before = p.e.n;
	p.e.here = 0;
	for (int i = 0; i < 20; i++)
		channel_force(p.e.channel, MSG_template, buf_str(&b));
	buf_done(&b);
	for (int i = 0; i < 100000 && p.e.n < before + 20; i++)
		loop_step(p.s.loop, 0);
	assert_int_equal(p.e.n, before + 20);
	assert_true(p.e.here > 0 && p.e.here <= 10);
	assert_int_equal(p.e.m.is, TEMPLATE_IS_LATER);
	edge_asks(&p.s, &p.e, &m);
	assert_int_equal(p.e.m.is, TEMPLATE_IS_HERE);

	assert_int_equal(store_run(p.s.desk->control->store,
				 "UPDATE template_versions SET html ="
				 " html || html || html || html || html, layout_html = ''",
				 NULL, NULL, ""),
		0);
	edge_asks(&p.s, &p.e, &m);
	assert_int_equal(p.e.m.is, TEMPLATE_IS_LATER);
	assert_int_equal(p.e.m.texts.n, 0);
	pair_down(&p);
}

TEST_MAIN(TEST(test_names), TEST(test_known), TEST(test_layout), TEST(test_long))
