/* Progress of webhooks, the log of their posts and dead letters, into the control tables. */
#include "account/control_erase.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/fetch.h"
#include "role/desk_hook.h"

#define SAVE_AGAIN_US 1000000u

enum kind { NOTE_POST, NOTE_DEAD, NOTE_REPLAY };

struct desk_hook_note {
	struct link link;
	enum kind kind;
	struct webhook_post post;
	struct webhook_range range;
	size_t n;
	char bytes[]; /* of its texts */
};

/* ---- notes ---- */

static struct desk_hook_note *
note_new(struct desk_hook *h, enum kind kind, size_t bytes)
{
	struct desk_hook_note *e = mem_new(1, sizeof *e + bytes);

	e->kind = kind;
	e->n = bytes;
	list_init(&e->link);
	list_push(&h->desk->hooks->notes, &e->link);
	h->desk->hooks->notes_bytes += sizeof *e + bytes;
	return e;
}

static void
note_free(struct desk_hooks *all, struct desk_hook_note *e)
{
	all->notes_bytes -= sizeof *e + e->n;
	list_del(&e->link);
	mem_free(e);
}

static struct str
keep(char **at, struct str s)
{
	struct str copy = str_of(*at, s.n);

	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

void
desk_hook_note_post(struct desk_hook *h, const struct msg_posted *m)
{
	struct str event = str_z(h->first), result, why = m->why,
		   answer = str_head(m->body, WEBHOOK_ANSWER_KEPT);
	struct desk_hook_note *e;
	char *at;

	result = str_z(fetch_class_name(m->class));
	e = note_new(h, NOTE_POST, event.n + result.n + why.n + h->sent.n + answer.n);
	at = e->bytes;
	e->post = (struct webhook_post){
		.webhook = h->w.id,
		.tenant = h->w.tenant,
		.at = loop_wall(h->desk->loop),
		.event = keep(&at, event),
		.events = h->told,
		.status = m->status,
		.took_ms = m->took_ms,
		.result = keep(&at, result),
		.why = keep(&at, why),
		.request = keep(&at, buf_str(&h->sent)),
		.answer = keep(&at, answer),
	};
	if (h->desk->hooks->notes_bytes > DESK_HOOK_LOG_BYTES)
		desk_hooks_save(h->desk);
}

static struct webhook_range
range_of(const struct desk_hook *h)
{
	return (struct webhook_range){ .webhook = h->w.id,
		.tenant = h->w.tenant,
		.at = loop_wall(h->desk->loop),
		.why = STR_NONE };
}

void
desk_hook_note_dead(struct desk_hook *h, uint64_t upto, const char *why)
{
	struct desk_hook_note *e = note_new(h, NOTE_DEAD, strlen(why));
	char *at = e->bytes;

	e->range = range_of(h);
	e->range.behind = h->replaying ? h->replay.behind : h->w.seq;
	e->range.upto = upto;
	e->range.why = keep(&at, str_z(why));
}

void
desk_hook_note_replay(struct desk_hook *h)
{
	struct desk_hook_note *e = note_new(h, NOTE_REPLAY, 0);

	e->range = range_of(h);
	e->range.id = h->replay.id;
	e->range.behind = h->replay.behind;
	e->range.upto = h->replay.upto;
}

void
desk_hook_notes_drop(struct desk_hooks *all)
{
	while (!list_empty(&all->notes))
		note_free(all, LIST_OF(all->notes.next, struct desk_hook_note, link));
}

/* ---- writing ---- */

static int
write_note(struct control *c, const struct desk_hook_note *e)
{
	switch (e->kind) {
	case NOTE_POST: {
		struct webhook_post post = e->post;

		/* It may speak of somebody who is being forgotten just now. */
		if (control_erasure_quiet(c, post.tenant))
			post.request = post.answer = post.why = STR_NONE;
		return control_webhook_post(c, &post);
	}
	case NOTE_DEAD:
		return control_webhook_range_add(c, WEBHOOK_DEAD_LETTERS, &e->range);
	default:
		return control_webhook_range_moved(c, WEBHOOK_REPLAYS, &e->range);
	}
}

static int
write_hook(struct control *c, const struct desk_hook *h)
{
	int err = control_webhook_progress(c, &h->w);

	return err ? err : control_webhook_state(c, &h->w);
}

static int
write_all(struct desk *d, struct control *c)
{
	struct desk_hooks *all = d->hooks;
	int err = control_webhook_begin(c);

	if (err)
		return err;
	LIST_EACH(l, &all->all)
	{
		const struct desk_hook *h = LIST_OF(l, struct desk_hook, link);

		if (h->dirty && !err)
			err = write_hook(c, h);
	}
	LIST_EACH(l, &all->notes)
	{
		if (!err)
			err = write_note(c, LIST_OF(l, struct desk_hook_note, link));
	}
	LIST_EACH(l, &all->all)
	{
		const struct desk_hook *h = LIST_OF(l, struct desk_hook, link);

		if (h->logged >= DESK_HOOK_TRIM_EACH && !err)
			err = control_webhook_trim(c, h->w.id, loop_wall(d->loop));
	}
	return control_webhook_end(c, err);
}

/* Of the log only what fits stays, and how far replays have come is told again by what they do
 * next; what was given up, and which replay is over, is told nowhere else. */
static void
drop_some(struct desk_hooks *all)
{
	LIST_EACH_SAFE(l, &all->notes)
	{
		struct desk_hook_note *e = LIST_OF(l, struct desk_hook_note, link);

		if (all->notes_bytes <= DESK_HOOK_LOG_BYTES)
			return;
		if (e->kind == NOTE_POST ||
			(e->kind == NOTE_REPLAY && e->range.behind < e->range.upto))
			note_free(all, e);
	}
}

static bool
nothing_to_do(const struct desk_hooks *all)
{
	if (!list_empty(&all->notes))
		return false;
	LIST_EACH(l, &all->all)
	{
		if (LIST_OF(l, struct desk_hook, link)->dirty)
			return false;
	}
	return true;
}

/* False: the tables are not as they should be. */
static bool
save(struct desk *d)
{
	struct desk_hooks *all = d->hooks;
	struct control *c;

	if (!all || nothing_to_do(all))
		return true;
	c = desk_control(d);
	if (!c || write_all(d, c) < 0) {
		/* Next second; ids make doubles known. */
		drop_some(all);
		return false;
	}
	LIST_EACH(l, &all->all)
	{
		struct desk_hook *h = LIST_OF(l, struct desk_hook, link);

		h->dirty = false;
		if (h->logged >= DESK_HOOK_TRIM_EACH)
			h->logged = 0;
	}
	desk_hook_notes_drop(all);
	return true;
}

void
desk_hooks_save(struct desk *d)
{
	(void)save(d);
}

/* ---- replays ---- */

static int
on_replay(void *ctx, const struct webhook_range *r)
{
	struct desk_hook *h = ctx;

	h->replay = *r;
	h->replay.why = STR_NONE;
	return 0;
}

bool
desk_hook_next_replay(struct desk_hook *h)
{
	const struct webhook_page page = {
		.tenant = h->w.tenant, .webhook = h->w.id, .limit = 1
	};
	struct control *c = desk_control(h->desk);

	h->replay = (struct webhook_range){ 0 };
	/* What is over must be out of the tables first, or it would begin again. */
	if (!c || !save(h->desk)) {
		desk_hook_in(h, SAVE_AGAIN_US);
		return false;
	}
	(void)control_webhook_ranges(c, WEBHOOK_REPLAYS, &page, on_replay, h);
	h->replays = h->replay.id != 0;
	return h->replays;
}
