#include "role/edge_tracker.h"

#include "content/unsub.h"
#include "wire/header.h"
#include "wire/token.h"

#include <errno.h>

#define URL_MAX 8192u
#define DAY_US  (86400 * INT64_C(1000000))

/* Does he agree to be recorded? */
static bool
agrees(const struct edge_tracker *t)
{
	return t->consent == OUTGOING_ON ||
	       (t->consent == OUTGOING_DEFAULT && t->config->tracking.consent_assumed);
}

void
edge_tracker_default(uint8_t track, enum outgoing_switch *opens, enum outgoing_switch *clicks,
	enum outgoing_links *links)
{
	if (*opens == OUTGOING_DEFAULT && (track & TRACK_OPENS))
		*opens = OUTGOING_ON;
	if (*clicks != OUTGOING_DEFAULT || !(track & (TRACK_HTML | TRACK_TEXT)))
		return;
	*clicks = OUTGOING_ON;
	*links = !(track & TRACK_TEXT)   ? OUTGOING_LINKS_HTML
	         : !(track & TRACK_HTML) ? OUTGOING_LINKS_TEXT
	                                 : OUTGOING_LINKS_ALL;
}

static struct track_token
token_of(const struct edge_tracker *t, enum track_token_kind kind, struct str text)
{
	return (struct track_token){ .kind = (uint8_t)kind,
		.flags = agrees(t) ? TRACK_TOKEN_CONSENT : 0,
		.stream = t->stream,
		.tenant = t->tenant,
		.accepted = (uint32_t)(t->accepted / 1000000),
		.message = t->message,
		.text = text,
		.group = kind == TRACK_TOKEN_UNSUBSCRIBE || kind == TRACK_TOKEN_CHOICE
		                 ? t->group
		                 : 0 };
}

/* Of his page. room: for its text, a buffer of TRACK_TOKEN_TEXT_MAX. */
static struct track_token
leave_of(const struct edge_tracker *t, struct str address, struct buf *room)
{
	buf_init(room, TRACK_TOKEN_TEXT_MAX);
	if (t->ngroups == 0 ||
		track_token_choice_write(room, t->groups, t->ngroups, address) < 0)
		return token_of(t, TRACK_TOKEN_UNSUBSCRIBE, address);
	return token_of(t, TRACK_TOKEN_CHOICE, buf_str(room));
}

/* base/WORD/TOKEN/END */
static int
put_url(struct buf *out, const struct edge_tracker *t, const char *word,
	const struct track_token *token)
{
	int err;

	if (t->url.n > 0) {
		buf_put(out, t->url);
	} else if (t->config->tracking.url.n > 0) {
		buf_put(out, t->config->tracking.url);
	} else {
		buf_put_z(out, "https://");
		buf_put(out, t->config->hostname);
	}
	buf_put_c(out, '/');
	buf_put_z(out, word);
	buf_put_c(out, '/');
	err = track_token_write(out, t->box, token);
	buf_put_z(out, token->kind == TRACK_TOKEN_OPEN ? "/p.gif" : "/x");
	return err ? err : out->full ? -E2BIG : 0;
}

static bool
is_page(const struct edge_tracker *t, struct str url)
{
	for (int i = 0; t->pages && i < OUTGOING_PAGES; i++)
		if (t->pages[i].n > 0 && str_starts(url, t->pages[i]))
			return true;
	return false;
}

int
edge_tracker_link(void *ctx, const struct link_spot *link, struct buf *out)
{
	struct edge_tracker *t = ctx;
	const struct track_token token = token_of(t, TRACK_TOKEN_CLICK, link->url);
	int err;

	/* Not yet what it will be, whatever stands around it; or it is that already. */
	if (str_find_str(link->url, STR_LIT(OUTGOING_PAGES_AT)) < link->url.n ||
		is_page(t, link->url))
		return LINK_KEEP;
	err = t->links > 0 ? put_url(out, t, "c", &token) : -E2BIG;

	t->links -= t->links > 0;
	return err == -EINVAL ? LINK_KEEP : err ? err : LINK_MADE;
}

int
edge_tracker_pixel(const struct edge_tracker *t, struct buf *out)
{
	const struct track_token token = token_of(t, TRACK_TOKEN_OPEN, STR_NONE);

	return put_url(out, t, "o", &token);
}

int
edge_tracker_page(const struct edge_tracker *t, struct str address, struct buf *out)
{
	struct buf room;
	const struct track_token token = leave_of(t, address, &room);
	int err = put_url(out, t, "u", &token);

	buf_done(&room);
	return err;
}

static bool
has_mark(const struct str *text, struct str mark)
{
	return str_find_str(*text, mark) < text->n;
}

/* The message as a page: he himself sees it as he got it, others without what is his alone. */
static int
put_web(const struct edge_tracker *t, bool shared, struct buf *out)
{
	struct track_token token = token_of(t, TRACK_TOKEN_WEB, STR_NONE);

	token.flags |= shared ? TRACK_TOKEN_SHARED : 0;
	return put_url(out, t, "w", &token);
}

static int
put_page(const struct edge_tracker *t, enum outgoing_page page, struct str address,
	struct buf *out)
{
	struct buf ours;
	int err;

	buf_init(&ours, URL_MAX);
	err = page == OUTGOING_PAGE_LEAVE ? edge_tracker_page(t, address, &ours)
	                                  : put_web(t, page >= OUTGOING_PAGE_SHARE, &ours);
	err = err ? err : outgoing_page_url(out, page, buf_str(&ours));
	buf_done(&ours);
	return err;
}

int
edge_tracker_pages(const struct edge_tracker *t, struct arena *a, struct str address,
	struct edge_tracker_texts *texts, struct str *ret)
{
	struct str *const all[] = { texts->html, texts->text };
	struct str mark, with;
	struct buf url;
	int err = 0;

	buf_init(&url, 4 * URL_MAX);
	for (int page = 0; page < OUTGOING_PAGES && !err; page++) {
		mark = outgoing_page_mark((enum outgoing_page)page);
		with = STR_NONE;
		if (has_mark(all[0], mark) || has_mark(all[1], mark)) {
			buf_clear(&url);
			err = put_page(t, (enum outgoing_page)page, address, &url);
			with = arena_keep(a, buf_str(&url));
		}
		for (int i = 0; i < 2 && !err && with.n > 0; i++) {
			*all[i] = arena_replace(a, *all[i], mark, with, texts->max);
			err = all[i]->p ? 0 : -E2BIG;
		}
		if (ret)
			ret[page] = with;
	}
	buf_done(&url);
	return err;
}

/* unsubscribe+TOKEN@ of ours; out stays empty without a bounce_domain. */
static void
put_leave(struct buf *out, const struct edge_tracker *t)
{
	const struct token token = { .kind = TOKEN_UNSUBSCRIBE,
		.stream = t->stream,
		.day = (uint16_t)(t->accepted / DAY_US),
		.tenant = t->tenant,
		.message = t->message };
	char text[TOKEN_TEXT_MAX];

	if (t->config->bounce_domain.n == 0)
		return;
	token_write(text, t->token_key, 0, &token);
	buf_printf(out, "unsubscribe+%s@%.*s", text, STR_ARG(t->config->bounce_domain));
}

int
edge_tracker_unsubscribe(
	const struct edge_tracker *t, struct str address, struct buf *out, bool *ret_click)
{
	struct buf url, leave, room;
	const struct track_token token = leave_of(t, address, &room);
	int err;

	buf_init(&url, URL_MAX);
	buf_init(&leave, URL_MAX);
	put_leave(&leave, t);
	err = put_url(&url, t, "u", &token);
	if (!err)
		err = unsub_value(out, buf_str(&url), buf_str(&leave));
	*ret_click = err == 0;
	if (err == -EINVAL && leave.n)
		err = unsub_value(out, STR_NONE, buf_str(&leave));
	buf_done(&url);
	buf_done(&leave);
	buf_done(&room);
	return err;
}

int
edge_tracker_fields(const struct edge_tracker *t, struct str address, struct buf *out)
{
	size_t before = out->n;
	bool click;
	int err;

	buf_put_z(out, UNSUB_FIELD ": ");
	err = edge_tracker_unsubscribe(t, address, out, &click);
	buf_put_z(out, click ? "\r\n" UNSUB_POST ": " UNSUB_POST_VAL "\r\n" : "\r\n");
	if (!err && out->full)
		err = -E2BIG;
	if (err)
		buf_cut(out, before);
	return err == -EINVAL ? 0 : err;
}

bool
edge_tracker_may_add(struct str block)
{
	struct header_field f;
	int more;

	while ((more = header_next(&block, &f)) != 0)
		if (more > 0 &&
			(str_ieq_z(f.name, UNSUB_FIELD) || str_ieq_z(f.name, UNSUB_POST)))
			return false;
	return true;
}

int
edge_tracker_mime(const struct edge_tracker *t, const struct edge_tracked *want,
	struct str message, struct buf *out, struct track_mime_result *ret_r)
{
	struct edge_tracker self = *t;
	struct buf pixel;
	int err = 0;

	buf_init(&pixel, URL_MAX);
	if (want->opens)
		err = edge_tracker_pixel(t, &pixel);
	const struct track_mime_plan plan = { .make = want->clicks ? edge_tracker_link : NULL,
		.ctx = &self,
		.tags = want->tags.n ? want->tags : STR_NONE,
		.apart = t->pages ? t->pages[OUTGOING_PAGE_LEAVE] : STR_NONE,
		.pixel = buf_str(&pixel),
		.html = want->clicks && want->links != OUTGOING_LINKS_TEXT,
		.text = want->clicks && want->links != OUTGOING_LINKS_HTML };
	if (!err)
		err = track_mime(out, message, &plan, ret_r);
	buf_done(&pixel);
	return err;
}
