/*
 * Tracking and unsubscribing in the edge: links and fields of the messages it composes, and the
 * requests that come for them (docs/reference/tracking.md).
 *
 *   /o/TOKEN/…  the pixel      /c/TOKEN/…  a link      /u/TOKEN/…  the unsubscribe page
 *   /w/TOKEN/…  the message as a page (edge_web.c)
 *   /p/CODE     "this address is mine" (edge_prove.c)
 *
 * What a token says is told to the engine as a signal. A pixel or link is answered without
 * waiting for it; the page says "unsubscribed" or "no longer recorded" when that is durable.
 */
#include "role/edge_api.h"

#include "base/mem.h"
#include "content/agent.h"
#include "content/unsub_page.h"
#include "ledger/fact.h"
#include "role/edge_prove.h"
#include "role/edge_tracker.h"
#include "role/edge_web.h"
#include "wire/http_answer.h"

#include <errno.h>
#include <limits.h>

#define TEXT_MAX   (64u << 20) /* of a rewritten part */
#define UNSUB_BODY 4096u
#define AGENT_MAX  400u

/* ---- composing ---- */

void
edge_track_account(struct edge_call *k)
{
	const struct edge_hosts_row row = edge_hosts_of(k->edge->hosts, k->id.tenant);

	k->track = row.track;
	k->track_url = row.url.n ? arena_str(&k->arena, row.url) : STR_NONE;
}

void
edge_track_default(const struct edge_call *k, struct outgoing *mail)
{
	edge_tracker_default(k->track, &mail->opens, &mail->clicks, &mail->links);
}

/* Does it get the fields that unsubscribe? */
static bool
unsubscribes(const struct edge_call *k, const struct api_item *item)
{
	const struct outgoing *o = &item->mail;

	if (o->unsubscribe != OUTGOING_DEFAULT)
		return o->unsubscribe == OUTGOING_ON;
	return (o->group && o->group < MSG_STREAM_NUMBERS) ||
	       edge_send_stream(k, item) == STREAM_BROADCAST;
}

bool
edge_track_wants(const struct edge_call *k, const struct api_item *item)
{
	const struct outgoing *o = &item->mail;

	return o->opens == OUTGOING_ON || o->clicks == OUTGOING_ON || o->own_page ||
	       unsubscribes(k, item);
}

static struct edge_tracker
tracker_of(const struct edge_call *k, const struct edge_letter *l)
{
	return (struct edge_tracker){ .config = k->edge->config,
		.box = k->working ? k->edge->track_thread : k->edge->track,
		.url = k->track_url,
		.token_key = k->edge->env->keys.token,
		.tenant = k->id.tenant,
		.stream = edge_send_stream(k, l->item),
		.group = l->item->mail.group,
		.groups = l->item->mail.groups,
		.ngroups = l->item->mail.ngroups,
		.message = l->message,
		.accepted = k->world.now,
		.consent = l->consent,
		.links = UINT_MAX };
}

static struct str
pixel_url(const struct edge_tracker *t, struct arena *a)
{
	struct str kept;
	struct buf b;

	buf_init(&b, 8192);
	(void)edge_tracker_pixel(t, &b);
	kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	return kept.p ? kept : STR_NONE;
}

int
edge_track_pixel_place(struct arena *a, struct outgoing *mail, struct str *url)
{
	const struct str mark = mail->pixel_mark;
	size_t at = str_find_str(mail->html, mark);
	struct str rest = str_from(mail->html, at + mark.n);
	struct buf out;
	int err = 0;

	mail->text = arena_replace(a, mail->text, mark, STR_NONE, TEXT_MAX);
	if (at == mail->html.n)
		return mail->text.p ? 0 : -E2BIG;
	buf_init(&out, TEXT_MAX);
	rest = arena_replace(a, rest, mark, STR_NONE, TEXT_MAX);
	buf_put(&out, str_head(mail->html, at));
	err = url->n ? link_pixel(&out, *url) : 0;
	buf_put(&out, rest);
	if (!err && rest.p && !out.full)
		mail->html = arena_str(a, buf_str(&out));
	else
		err = -E2BIG;
	*url = STR_NONE;
	buf_done(&out);
	return err || !mail->html.p || !mail->text.p ? -E2BIG : 0;
}

/* The HTML and the text with their links; what does not fit is sent as it is. t NULL: of
 * nobody alone, so that there is nothing to count. */
static int
rewrite(struct edge_tracker *t, struct arena *a, struct outgoing *mail)
{
	bool clicks = t && mail->clicks == OUTGOING_ON;
	struct buf out, alone;
	struct link_plan plan = { .ctx = t,
		.tags = mail->url_tags.n ? mail->url_tags : STR_NONE,
		.apart = STR_LIT(OUTGOING_PAGES_AT),
		.pixel = t && mail->opens == OUTGOING_ON ? pixel_url(t, a) : STR_NONE,
		.alone = &alone };

	if (mail->pixel_mark.n && edge_track_pixel_place(a, mail, &plan.pixel) < 0)
		return -E2BIG;
	buf_init(&out, TEXT_MAX);
	buf_init(&alone, LINK_ALONE_MAX);
	plan.make = clicks && mail->links != OUTGOING_LINKS_TEXT ? edge_tracker_link : NULL;
	if (mail->html.n && link_html(&out, mail->html, &plan, NULL) == 0)
		mail->html = arena_str(a, buf_str(&out));
	buf_clear(&out);
	plan.make = clicks && mail->links != OUTGOING_LINKS_HTML ? edge_tracker_link : NULL;
	if (mail->text.n && (plan.make || plan.tags.n) &&
		link_text(&out, mail->text, &plan, NULL) == 0)
		mail->text = arena_str(a, buf_str(&out));
	buf_done(&out);
	buf_done(&alone);
	return mail->html.p && mail->text.p ? 0 : -E2BIG;
}

static bool
has_field(const struct outgoing *mail, const char *name)
{
	for (size_t i = 0; i < mail->nfields; i++)
		if (str_ieq_z(mail->fields[i].name, name))
			return true;
	return false;
}

/* The sender's own field stays alone. */
static int
unsubscribe(const struct edge_tracker *t, struct arena *a, struct str address,
	struct outgoing *mail)
{
	struct compose_header *fields;
	struct buf value;
	bool click;
	int err;

	if (has_field(mail, UNSUB_FIELD) || has_field(mail, UNSUB_POST))
		return 0;
	buf_init(&value, 8192);
	err = edge_tracker_unsubscribe(t, address, &value, &click);
	if (!err) {
		fields = arena_alloc(a, (mail->nfields + 2) * sizeof *fields);
		if (fields && mail->nfields)
			memcpy(fields, mail->fields, mail->nfields * sizeof *fields);
		err = fields ? 0 : -E2BIG;
	}
	if (!err) {
		fields[mail->nfields] = (struct compose_header){ STR_LIT(UNSUB_FIELD),
			arena_str(a, buf_str(&value)) };
		fields[mail->nfields + 1] =
			(struct compose_header){ STR_LIT(UNSUB_POST), STR_LIT(UNSUB_POST_VAL) };
		mail->fields = fields;
		mail->nfields += click ? 2 : 1;
	}
	buf_done(&value);
	return err == -EINVAL ? 0 : err;
}

int
edge_track_compose(struct edge_call *k, const struct edge_letter *l, struct outgoing *mail)
{
	struct edge_tracker_texts texts = { &mail->html, &mail->text, TEXT_MAX };
	struct edge_tracker t = tracker_of(k, l);
	int err = 0;

	if (!edge_track_wants(k, l->item) || l->rcpts.n != 1)
		return mail->url_tags.n + mail->pixel_mark.n ? rewrite(NULL, &k->letter, mail)
		                                             : 0;
	if (unsubscribes(k, l->item))
		err = unsubscribe(&t, &k->letter, l->rcpts.at[0].address, mail);
	err = err ? err : rewrite(&t, &k->letter, mail);
	if (!err && mail->own_page)
		err = edge_tracker_pages(&t, &k->letter, l->rcpts.at[0].address, &texts, NULL);
	return err;
}

int
edge_track_fields(
	struct edge_call *k, const struct edge_letter *l, struct str block, struct buf *out)
{
	const struct edge_tracker t = tracker_of(k, l);

	if (!unsubscribes(k, l->item) || l->rcpts.n != 1 || !edge_tracker_may_add(block))
		return 0;
	return edge_tracker_fields(&t, l->rcpts.at[0].address, out);
}

int
edge_track_raw(struct edge_call *k, const struct edge_letter *l)
{
	const struct outgoing *o = &l->item->mail;
	const struct edge_tracker t = tracker_of(k, l);
	const struct edge_tracked want = { o->opens == OUTGOING_ON, o->clicks == OUTGOING_ON,
		o->links, STR_NONE };
	struct track_mime_result r;
	struct buf out;
	int err;

	if ((!want.opens && !want.clicks) || l->rcpts.n != 1)
		return 0;
	buf_init(&out, k->bytes.max);
	err = edge_tracker_mime(&t, &want, buf_str(&k->bytes), &out, &r);
	if (err) {
		buf_done(&out);
		return err;
	}
	buf_done(&k->bytes);
	k->bytes = out;
	return 0;
}

/* ---- requests ---- */

/* The transparent pixel of a GIF. */
static const char gif[] =
	"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0"
	"\x01\0\x01\0\0\x02\x02"
	"D\x01\0;";

static struct str
field(struct edge_conn *c, const char *name)
{
	struct str v = http_in_field(&c->http->in, name);

	return v.p ? v : STR_NONE;
}

/* What a browser says that fetches ahead, old ones too. */
static struct str
purpose(struct edge_conn *c)
{
	static const char *const names[] = { "sec-purpose", "purpose", "x-purpose", "x-moz" };
	struct str v = STR_NONE;

	for (size_t i = 0; i < sizeof names / sizeof *names && v.n == 0; i++)
		v = field(c, names[i]);
	return v;
}

static void
say(struct edge_conn *c, int status, const char *type, struct str body, const char *location)
{
	const struct http_field fields[] = {
		{ STR_LIT("Cache-Control"), STR_LIT("no-store") },
		{ STR_LIT("Vary"), STR_LIT("Accept-Language") },
		{ STR_LIT("Referrer-Policy"), STR_LIT("no-referrer") },
		{ STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff") },
		{ STR_LIT("Content-Security-Policy"), STR_LIT(UNSUB_PAGE_CSP) },
	};
	struct http_answer a = { .status = status,
		.type = type,
		.location = location,
		.body = body,
		.fields = fields,
		.nfields = sizeof fields / sizeof *fields };

	edge_http_say(c, &a);
	edge_http_next(c);
}

/* Under an account's own host another one's is no token: it would lead to what a stranger wrote
 * in that account's name. */
bool
edge_track_token(struct edge_conn *c, enum track_token_kind kind, struct track_token *ret_t)
{
	struct str path = str_from(c->http->in.path, 3);

	return track_token_read(c->edge->track, str_head(path, str_find(path, '/')),
		       &c->edge->track_scratch, ret_t) == 0 &&
	       ret_t->kind == kind &&
	       edge_hosts_serves(c->edge->hosts, field(c, "host"), ret_t->tenant);
}

static struct msg_signal
signal_of(struct edge_conn *c, const struct track_token *t, enum fact_kind kind)
{
	int64_t now = loop_wall(c->edge->loop), accepted = (int64_t)t->accepted * 1000000;
	const struct agent_request r = { .method = c->http->in.method,
		.agent = field(c, "user-agent"),
		.purpose = purpose(c),
		.click = kind == FACT_CLICKED,
		.age = now - accepted };

	return (struct msg_signal){ .kind = (uint8_t)kind,
		.stream = t->stream,
		.tenant = t->tenant,
		.message = t->message,
		.rcpt = track_token_rcpt(t),
		.accepted = accepted,
		.at = now,
		.robot = agent_is_machine(agent_of(&r, NULL)),
		.ip = str_z(c->client),
		.agent = str_head(r.agent, AGENT_MAX),
		.url = t->text,
		.group = t->group };
}

static void
tell(struct edge_conn *c, const struct msg_signal *m)
{
	struct edge *e = c->edge;

	buf_clear(&e->ask_buf);
	if (!e->channel || !e->up || channel_unsent(e->channel) > EDGE_UNSENT_MAX ||
		msg_signal_write(&e->ask_buf, m) < 0 ||
		channel_force(e->channel, MSG_signal, buf_str(&e->ask_buf)) < 0)
		edge_count(e, COUNT_SIGNALS_LOST, 0);
}

static void
pixel(struct edge_conn *c)
{
	struct track_token t;

	if (edge_track_token(c, TRACK_TOKEN_OPEN, &t) && (t.flags & TRACK_TOKEN_CONSENT)) {
		const struct msg_signal m = signal_of(c, &t, FACT_OPENED);

		tell(c, &m);
	}
	/* A stranger's token shows as little as ours. */
	say(c, 200, "image/gif", str_of(gif, sizeof gif - 1), NULL);
}

static void
click(struct edge_conn *c)
{
	char url[TRACK_TOKEN_TEXT_MAX + 1];
	struct track_token t;

	if (!edge_track_token(c, TRACK_TOKEN_CLICK, &t)) {
		say(c, 404, NULL, STR_LIT("This link is not complete.\n"), NULL);
		return;
	}
	if (t.flags & TRACK_TOKEN_CONSENT) {
		const struct msg_signal m = signal_of(c, &t, FACT_CLICKED);

		tell(c, &m);
	}
	(void)str_copy_z(url, sizeof url, t.text);
	say(c, 302, NULL, STR_NONE, url);
}

/* ---- the page ---- */

#define GROUPS OUTGOING_GROUPS

_Static_assert(GROUPS <= TRACK_TOKEN_CHOICES, "a token holds them all");

/* The token of the page; its text is the address then. *ret_choice: what the engine is asked
 * by, empty where there is no choice. */
static bool
leaver(struct edge_conn *c, struct track_token *t, struct str *ret_choice)
{
	uint32_t groups[TRACK_TOKEN_CHOICES];

	*ret_choice = STR_NONE;
	if (edge_track_token(c, TRACK_TOKEN_UNSUBSCRIBE, t))
		return true;
	if (!edge_track_token(c, TRACK_TOKEN_CHOICE, t))
		return false;
	*ret_choice = t->text;
	(void)track_token_choice_read(*ret_choice, groups, &t->text);
	return true;
}

/* found: as MSG_found tells of groups; or empty. */
static void
page(struct edge_conn *c, enum unsub_state state, struct str address, struct str found)
{
	struct unsub_choice choices[GROUPS];
	struct unsub_page p = { .state = state,
		.lang = unsub_page_lang(field(c, "accept-language")),
		.sender = STR_NONE,
		.address = address,
		.action = c->http->in.path,
		.choices = choices };
	struct buf b;

	while (found.n > 0 && p.nchoices < GROUPS) {
		struct str name = str_cut(&found, '\n'), number = str_cut(&name, ' ');
		struct unsub_choice *one = &choices[p.nchoices];

		*one = (struct unsub_choice){ 0, name };
		p.nchoices += str_u32(number, &one->group) == 0;
	}
	buf_init(&b, 131072);
	(void)unsub_page(&b, &p);
	say(c, unsub_status(state), "text/html; charset=utf-8", buf_str(&b), NULL);
	buf_done(&b);
}

/* shows: he wanted to read the page; else something was to be recorded. */
static void
page_later(struct edge_conn *c, bool shows)
{
	static const char *const words[2][2] = {
		[UNSUB_PAGE_EN] = { "This could not be recorded now. Please try again in a "
				    "minute.\n",
			"This page cannot be shown now; nothing was changed. Please try again "
			"in a minute.\n" },
		[UNSUB_PAGE_FR] = { "Ceci n'a pas pu être enregistré. Réessayez dans une "
				    "minute.\n",
			"Cette page ne peut pas être affichée pour le moment ; rien n'a été "
			"changé. Réessayez dans une minute.\n" },
	};

	say(c, 503, NULL, str_z(words[unsub_page_lang(field(c, "accept-language"))][shows]),
		NULL);
}

static bool leave_next(struct edge_conn *c);

static void
on_unsubscribed(void *ctx, const void *m)
{
	struct edge_conn *c = ctx;
	struct edge_http *h = c->http;
	const struct msg_submitted *a = m;
	struct track_token t = { .text = STR_NONE };
	struct str choice;

	if (!a || a->reply.code / 100 != 2) {
		page_later(c, false);
		return;
	}
	if (h->track_chose && leave_next(c))
		return;
	(void)leaver(c, &t, &choice);
	page(c,
		h->track_chose   ? UNSUB_CHOSEN
		: h->track_stops ? UNSUB_STOP
				 : UNSUB_DONE,
		t.text, STR_NONE);
}

/* Tells the engine; the page follows when it is durable. group: as in the token, or one that
 * was chosen beside it. */
static void
leave(struct edge_conn *c, const struct track_token *t, uint8_t kind, uint32_t group)
{
	struct msg_signal m = signal_of(c, t, FACT_UNSUBSCRIBED);
	char text[24];

	m.kind = kind;
	m.seq = edge_seq(c->edge);
	m.url = STR_NONE;
	m.group = group;
	/* The fact says which he ticked (report/event.c); if that is gone by now, it is not
	 * the stream that he left (engine_suppress_signal). */
	if (c->http->track_chose) {
		snprintf(text, sizeof text, "group:%u", (unsigned)group);
		m.url = str_z(text);
	}
	/* Mail programs and providers ask in his name (RFC 8058 3.2): no robot's doing. */
	m.robot = false;
	m.address = t->text;
	buf_clear(&c->ask.payload);
	msg_signal_write(&c->ask.payload, &m);
	c->ask.done = on_unsubscribed;
	c->http->waits = true;
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
	edge_ask(c->edge, &c->ask, MSG_signal, m.seq);
}

/* One after the other. false: there is none any more. */
static bool
leave_next(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	struct track_token t;
	struct str choice;

	if (h->track_nleaves == 0 || !leaver(c, &t, &choice))
		return false;
	h->track_nleaves--;
	leave(c, &t, FACT_UNSUBSCRIBED, h->track_leaves[h->track_nleaves]);
	return true;
}

static struct unsub_request
request_of(struct edge_conn *c)
{
	return (struct unsub_request){ .method = c->http->in.method,
		.type = field(c, "content-type"),
		.body = buf_str(&c->http->track_body) };
}

/* Those that are ticked, that the account has and that the mail names. */
static void
choose(struct edge_conn *c, struct str found)
{
	struct edge_http *h = c->http;
	const struct unsub_request r = request_of(c);
	uint32_t ticked[GROUPS], group;
	size_t n = unsub_chosen(&r, ticked, GROUPS);

	h->track_nleaves = 0;
	while (found.n > 0 && h->track_nleaves < GROUPS) {
		struct str line = str_cut(&found, '\n'), number = str_cut(&line, ' ');

		if (str_u32(number, &group) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (ticked[i] == group) {
				h->track_leaves[h->track_nleaves++] = group;
				break;
			}
	}
}

static void
on_groups(void *ctx, const void *m)
{
	struct edge_conn *c = ctx;
	const struct msg_found *a = m;
	struct track_token t = { .text = STR_NONE };
	struct str choice, found = a ? a->address : STR_NONE;

	if (!a || a->is == FIND_LATER) {
		page_later(c, !c->http->track_chose);
		return;
	}
	if (c->http->track_chose)
		choose(c, found);
	if (c->http->track_chose && leave_next(c))
		return;
	/* Nothing was ticked, or all groups are gone: he is asked. */
	(void)leaver(c, &t, &choice);
	page(c, UNSUB_ASK, t.text, found);
}

static void
ask_groups(struct edge_conn *c, uint32_t tenant, struct str choice)
{
	const struct msg_find q = { .seq = edge_seq(c->edge),
		.what = FIND_GROUPS,
		.tenant = tenant,
		.address = choice };

	buf_clear(&c->ask.payload);
	msg_find_write(&c->ask.payload, &q);
	c->ask.done = on_groups;
	c->http->waits = true;
	stream_deadline(c->stream, 2 * EDGE_ASK_US);
	edge_ask(c->edge, &c->ask, MSG_find, q.seq);
}

static void
unsub(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	struct track_token t = { .text = STR_NONE };
	struct unsub_request r = request_of(c);
	struct str choice;
	enum unsub_state state;

	r.valid = leaver(c, &t, &choice);
	state = unsub_state(&r);
	h->track_stops = state == UNSUB_STOP;
	h->track_chose = state == UNSUB_CHOSEN;
	if (choice.n > 0 && (state == UNSUB_ASK || h->track_chose))
		ask_groups(c, t.tenant, choice);
	else if (state == UNSUB_DONE)
		leave(c, &t, FACT_UNSUBSCRIBED, t.group);
	else if (state == UNSUB_STOP)
		leave(c, &t, SIGNAL_STOP_TRACKING, t.group);
	else
		page(c, h->track_chose ? UNSUB_ASK : state, t.text, STR_NONE);
}

bool
edge_track_begin(struct edge_conn *c)
{
	struct edge_http *h = c->http;
	struct str path = h->in.path;
	char kind = path.n > 3 && path.p[0] == '/' && path.p[2] == '/' ? path.p[1] : '\0';

	if (kind != 'o' && kind != 'c' && kind != 'u' && kind != 'w' && kind != 'p')
		return false;
	h->track = kind;
	buf_done(&h->track_body);
	buf_init(&h->track_body, UNSUB_BODY);
	if (h->in.expect_continue)
		stream_write(c->stream, STR_LIT("HTTP/1.1 100 Continue\r\n\r\n"));
	http_in_go(&h->in, UNSUB_BODY);
	return true;
}

void
edge_track_end(struct edge_conn *c)
{
	char kind = c->http->track;

	c->http->track = '\0';
	if (kind == 'o')
		pixel(c);
	else if (kind == 'c')
		click(c);
	else if (kind == 'w')
		edge_web(c);
	else if (kind == 'p')
		edge_prove(c);
	else
		unsub(c);
}

/* ---- life ---- */

_Static_assert(SEAL_TRACK_KEYS == CONFIG_TRACKING_KEYS, "a key for each number");
_Static_assert(SEAL_TRACK_KEYS <= TRACK_TOKEN_KEYS, "a box holds them all");

/* The newest one first: it seals. */
void
edge_track_open(struct edge *e)
{
	struct track_token_key keys[TRACK_TOKEN_KEYS];
	size_t n = 0;

	for (unsigned id = e->config->tracking.key; id >= e->config->tracking.oldest_key;
		id--) {
		keys[n].id = (uint8_t)id;
		memcpy(keys[n++].bytes, e->env->keys.track[id - 1], TRACK_TOKEN_KEY);
	}
	e->track = track_token_box_new(keys, n);
	e->track_thread = track_token_box_new(keys, n);
	mem_wipe(keys, sizeof keys);
	buf_init(&e->track_scratch, TRACK_TOKEN_ROOM);
}

void
edge_track_close(struct edge *e)
{
	track_token_box_free(&e->track);
	track_token_box_free(&e->track_thread);
	buf_done(&e->track_scratch);
}
