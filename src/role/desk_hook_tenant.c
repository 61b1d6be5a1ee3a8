/* What the endpoints of one tenant share: what is new for them, and their share of the poster.
 */
#include "base/mem.h"
#include "base/must.h"
#include "role/desk_hook.h"

/* A post whose endpoint is gone, or begins anew: its place is taken until the poster answers,
 * so that nobody gets more places by removing endpoints. */
struct left {
	struct link link; /* tenant->left */
	struct desk_hook_tenant *tenant;
	size_t bytes;
};

/* 0 is no key of an nmap. */
static uint64_t
key_of(uint32_t number)
{
	return (uint64_t)number + 1;
}

struct desk_hook_tenant *
desk_hook_tenant_find(const struct desk_hooks *all, uint32_t number)
{
	uint64_t at;

	if (!nmap_get(&all->tenants, key_of(number), &at))
		return NULL;
	return (struct desk_hook_tenant *)(uintptr_t)at;
}

void
desk_hook_tenant_join(struct desk_hook *h, uint32_t number)
{
	struct desk_hooks *all = h->desk->hooks;
	struct desk_hook_tenant *t = desk_hook_tenant_find(all, number);

	must(!h->tenant);
	if (!t) {
		t = MEM_NEW(t);
		t->number = number;
		t->all = all;
		list_init(&t->link);
		list_init(&t->hooks);
		list_init(&t->waiting);
		list_init(&t->left);
		list_push(&all->by_tenant, &t->link);
		nmap_put(&all->tenants, key_of(number), (uint64_t)(uintptr_t)t);
		all->unknown++;
	} else if (list_empty(&t->hooks) && t->known) {
		/* Only a post was left of it: nobody may have asked the feed since. */
		t->known = false;
		all->unknown++;
	}
	h->tenant = t;
	list_push(&t->hooks, &h->mate);
}

static void
free_unused(struct desk_hook_tenant *t)
{
	struct desk_hooks *all = t->all;

	if (!list_empty(&t->hooks) || t->posts > 0)
		return;
	all->unknown -= !t->known;
	nmap_del(&all->tenants, key_of(t->number));
	list_del(&t->link);
	mem_free(t);
}

void
desk_hook_tenant_leave(struct desk_hook *h)
{
	struct desk_hook_tenant *t = h->tenant;

	must(!h->post);
	list_del(&h->turn);
	desk_hook_unplace(h);
	h->tenant = NULL;
	list_del(&h->mate);
	free_unused(t);
}

void
desk_hook_tenants_drop(struct desk_hooks *all)
{
	while (!list_empty(&all->by_tenant)) {
		struct link *l = all->by_tenant.next;
		struct desk_hook_tenant *t = LIST_OF(l, struct desk_hook_tenant, link);

		while ((l = list_pop(&t->left)) != NULL)
			mem_free(LIST_OF(l, struct left, link));
		t->posts = 0;
		free_unused(t);
	}
	nmap_done(&all->tenants);
}

/* ---- places: posts that the poster has, or gets at once ---- */

static bool
has_room(const struct desk_hook_tenant *t)
{
	return t->posts < DESK_HOOK_TENANT_POSTS &&
	       t->bytes + HOOK_BODY_MAX <= DESK_HOOK_TENANT_BYTES;
}

/* How long its post is is known when it is written. */
static void
give_place(struct desk_hook *h)
{
	h->placed = true;
	h->bytes = HOOK_BODY_MAX;
	h->tenant->bytes += h->bytes;
	h->tenant->posts++;
}

bool
desk_hook_place(struct desk_hook *h)
{
	struct desk_hook_tenant *t = h->tenant;

	if (h->placed)
		return true;
	if (!list_alone(&h->turn))
		return false;
	if (!has_room(t) || !list_empty(&t->waiting)) {
		list_push(&t->waiting, &h->turn);
		return false;
	}
	give_place(h);
	return true;
}

/* To who waits longest: whoever is only ready comes behind. */
static void
give_places(struct desk_hook_tenant *t)
{
	struct link *l;

	while (has_room(t) && (l = list_pop(&t->waiting)) != NULL) {
		struct desk_hook *h = LIST_OF(l, struct desk_hook, turn);

		give_place(h);
		desk_hook_ready(h);
	}
}

void
desk_hook_placed(struct desk_hook *h, size_t bytes)
{
	must(h->placed && bytes <= h->bytes);
	h->tenant->bytes -= h->bytes - bytes;
	h->bytes = bytes;
	give_places(h->tenant);
}

static void
take_back(struct desk_hook_tenant *t, size_t bytes)
{
	must(t->posts > 0 && t->bytes >= bytes);
	t->posts--;
	t->bytes -= bytes;
	give_places(t);
}

void
desk_hook_unplace(struct desk_hook *h)
{
	if (!h->placed)
		return;
	h->placed = false;
	take_back(h->tenant, h->bytes);
}

static void
on_left(void *ctx, const struct msg_posted *m)
{
	struct left *w = ctx;
	struct desk_hook_tenant *t = w->tenant;

	(void)m;
	take_back(t, w->bytes);
	list_del(&w->link);
	mem_free(w);
	free_unused(t);
}

void
desk_hook_abandon(struct desk_hook *h)
{
	struct left *w;

	if (!h->post)
		return;
	must(h->placed);
	w = MEM_NEW(w);
	w->tenant = h->tenant;
	w->bytes = h->bytes;
	list_init(&w->link);
	list_push(&h->tenant->left, &w->link);
	desk_post_pass(h->desk, h->post, on_left, w);
	h->post = 0;
	h->placed = false;
}

/* ---- what is new ---- */

/* Asked about many at once: the feed is opened once. */
void
desk_hook_learn(struct desk *d)
{
	struct desk_hooks *all = d->hooks;
	uint32_t *numbers;
	uint64_t *newest, newest_of_all;
	size_t n = 0;

	if (all->unknown == 0)
		return;
	numbers = mem_new(all->unknown, sizeof *numbers);
	newest = mem_new(all->unknown, sizeof *newest);
	LIST_EACH(l, &all->by_tenant)
	{
		const struct desk_hook_tenant *t = LIST_OF(l, struct desk_hook_tenant, link);

		if (!t->known)
			numbers[n++] = t->number;
	}
	must(n == all->unknown);
	if (ledger_feed_newest(d->env->paths->ledger, numbers, n, newest, &newest_of_all) ==
		0) {
		if (!all->seen_known)
			all->seen = newest_of_all;
		all->seen_known = true;
		for (size_t i = 0; i < n; i++)
			desk_hook_news(desk_hook_tenant_find(all, numbers[i]), newest[i]);
	}
	mem_free(numbers);
	mem_free(newest);
}

void
desk_hook_news(struct desk_hook_tenant *t, uint64_t newest)
{
	uint64_t was = t->newest;

	t->all->unknown -= !t->known;
	t->known = true;
	if (newest <= was)
		return;
	t->newest = newest;
	LIST_EACH(l, &t->hooks)
	{
		struct desk_hook *h = LIST_OF(l, struct desk_hook, mate);

		/* One that has something waits already: for its answer, or its time. */
		if (h->w.seq < was || h->w.seq >= newest || h->post || !desk_hook_active(h))
			continue;
		if (desk_hook_is_array(h))
			desk_hook_in(h, DESK_HOOK_GROUP_US);
		else
			desk_hook_ready(h);
	}
}

bool
desk_hook_has_news(struct desk_hook *h)
{
	struct desk_hook_tenant *t = h->tenant;
	uint64_t newest, of_all;

	/* Unknown: as it was. */
	if (ledger_feed_newest(h->desk->env->paths->ledger, &t->number, 1, &newest, &of_all))
		return true;
	/* What is newer is told by the poll, to all endpoints. */
	if (newest < t->newest)
		t->newest = newest;
	return h->w.seq < newest;
}
