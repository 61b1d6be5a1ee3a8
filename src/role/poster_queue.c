/* Posts: taken, kept in turn by host, begun, answered. */
#include "base/mem.h"
#include "base/must.h"
#include "role/poster_priv.h"

#include <stdio.h>

/* A host holds n connections only while so many times n are free. */
#define FREE_SHARE 16u

static void
job_free(struct poster_job *j)
{
	fetch_cancel(&j->call);
	j->poster->bytes -= j->size;
	list_del(&j->link);
	arena_done(&j->arena);
	mem_free(j);
}

/* --- answers --- */

static void
refuse(struct poster_job *j, enum fetch_class class, const char *why)
{
	const struct msg_posted m = { .id = j->id,
		.class = (uint8_t) class,
		.address = STR_NONE,
		.why = str_z(why),
		.body = STR_NONE };

	poster_tell(j->poster, j->generation, &m);
	job_free(j);
}

void
poster_why(char dst[FETCH_WHY_MAX], struct str host, int status)
{
	static const struct {
		int from, to;
		const char *means;
	} table[] = {
		{ 200, 299, NULL },
		{ 300, 399,
			"it points elsewhere, and redirects are not followed: write the final "
			"address into the URL of the webhook" },
		{ 401, 401,
			"it wants other credentials: look at user and password in the URL" },
		{ 403, 403,
			"it does not let us in: look at its firewall and at what it checks" },
		{ 404, 404, "there is nothing at this path: look at the URL" },
		{ 405, 405, "it takes no POST at this path: look at the URL" },
		{ 408, 408, "it was too slow to read the request: their server" },
		{ 410, 410, "there is nothing at this path any more: remove the webhook" },
		{ 413, 413, "the post is too large for it: their server's limit" },
		{ 429, 429, "it wants fewer posts: their server's limit" },
		{ 400, 499,
			"it does not accept the post: their server says why in its answer" },
		{ 500, 599, "it failed: their server's log says why" },
	};

	dst[0] = '\0';
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (status < table[i].from || status > table[i].to)
			continue;
		if (table[i].means)
			snprintf(dst, FETCH_WHY_MAX, "%.*s answered %d: %s", STR_ARG(host),
				status, table[i].means);
		return;
	}
}

static void pump(struct poster *p);

static void
host_free_unused(struct poster *p, struct poster_host *h)
{
	if (h->busy > 0 || h->nwaiting > 0)
		return;
	must(map_del(&p->hosts, str_z(h->key)) == h);
	list_del(&h->link);
	mem_free(h->key);
	mem_free(h);
}

static void
on_answer(void *ctx, const struct fetch_answer *a)
{
	struct poster_job *j = ctx;
	struct poster *p = j->poster;
	struct poster_host *h = j->host;
	char why[FETCH_WHY_MAX];
	/* Behind the scheme's letter stands the host. */
	struct msg_posted m = { .id = j->id,
		.class = (uint8_t)a->class,
		.status = (uint16_t)a->status,
		.took_ms = (uint32_t)(a->took_us / 1000),
		.retry_after_s = a->retry_after_s,
		.address = str_z(a->address),
		.why = str_z(a->why),
		.body = a->body };

	if (a->class == FETCH_ANSWERED) {
		poster_why(why, str_from(str_z(h->key), 1), a->status);
		m.why = str_z(why);
	}
	j->call = NULL;
	p->in_flight--;
	h->busy--;
	poster_tell(p, j->generation, &m);
	job_free(j);
	host_free_unused(p, h);
	pump(p);
}

/* --- turns --- */

static bool
may_begin(const struct poster *p, const struct poster_host *h)
{
	unsigned left = POSTER_IN_FLIGHT - p->in_flight;

	return left > 0 && h->busy < POSTER_PER_HOST && h->busy * FREE_SHARE <= left;
}

static void
begin(struct poster *p, struct poster_host *h)
{
	struct poster_job *j = LIST_OF(list_pop(&h->waiting), struct poster_job, link);
	const struct fetch_request req = { .url = &j->url,
		.method = "POST",
		.fields = j->fields,
		.nfields = j->m.fields.n,
		.body = j->m.body,
		.total_us = (uint64_t)j->m.timeout_ms * 1000 };

	h->nwaiting--;
	p->nwaiting--;
	h->busy++;
	p->in_flight++;
	list_push(&p->jobs, &j->link);
	j->call = fetch_begin(p->fetch, &req, on_answer, j);
	/* fetch holds a copy. */
	arena_reset(&j->arena);
}

/* Hosts by turns, one post each, until no host may begin another. */
static void
pump(struct poster *p)
{
	bool more = true;

	while (more) {
		more = false;
		LIST_EACH_SAFE(it, &p->ready)
		{
			struct poster_host *h = LIST_OF(it, struct poster_host, link);

			if (p->in_flight == POSTER_IN_FLIGHT)
				return;
			if (!may_begin(p, h))
				continue;
			begin(p, h);
			list_del(&h->link);
			if (h->nwaiting > 0)
				list_push(&p->ready, &h->link);
			more = true;
		}
	}
}

/* --- taking --- */

static struct poster_host *
host_of(struct poster *p, const struct url_web *u)
{
	char key[400];
	struct poster_host *h;

	snprintf(key, sizeof key, "%c%.*s", u->tls ? 's' : 'p', STR_ARG(u->field));
	h = map_get(&p->hosts, str_z(key));
	if (h)
		return h;
	h = MEM_NEW(h);
	h->key = str_dup_z(str_z(key));
	list_init(&h->link);
	list_init(&h->waiting);
	(void)map_put(&p->hosts, str_z(h->key), h);
	return h;
}

/* "Name: value" each; what they may hold is fetch's to say. */
static void
read_fields(struct poster_job *j)
{
	j->fields = arena_alloc(&j->arena, (j->m.fields.n + 1) * sizeof *j->fields);
	must(j->fields);
	for (size_t i = 0; i < j->m.fields.n; i++) {
		struct str line = j->m.fields.at[i].bytes;
		size_t colon = str_find(line, ':');

		j->fields[i] = (struct http_field){ str_head(line, colon),
			str_trim(str_from(line, colon + 1)) };
	}
}

static bool
too_much(const struct poster *p, const struct poster_host *h, size_t size)
{
	return p->draining || h->nwaiting >= POSTER_HOST_WAITING ||
	       p->nwaiting >= POSTER_WAITING || p->bytes + size > POSTER_BYTES;
}

static void
enqueue(struct poster_job *j, size_t size)
{
	struct poster *p = j->poster;
	struct poster_host *h = host_of(p, &j->url);

	if (too_much(p, h, size)) {
		refuse(j, FETCH_BUSY, "too many posts wait already: it is tried again later");
		host_free_unused(p, h);
		return;
	}
	j->host = h;
	list_push(&h->waiting, &j->link);
	h->nwaiting++;
	p->nwaiting++;
	j->size = size;
	p->bytes += size;
	if (list_alone(&h->link))
		list_push(&p->ready, &h->link);
	pump(p);
}

bool
poster_take(struct poster *p, struct str payload)
{
	struct poster_job *j = MEM_NEW(j);
	size_t size = payload.n;
	const char *why = NULL;

	j->poster = p;
	j->generation = p->generation;
	list_init(&j->link);
	arena_init(&j->arena, payload.n + (256u << 10));
	payload = arena_str(&j->arena, payload);
	if (payload.p == NULL || msg_post_read(&j->arena, payload, &j->m) < 0) {
		job_free(j);
		return false;
	}
	j->id = j->m.id;
	if (j->m.timeout_ms > POSTER_TIMEOUT_MS)
		j->m.timeout_ms = POSTER_TIMEOUT_MS;
	read_fields(j);
	if (url_web_parse(&j->arena, j->m.url, &j->url, &why) < 0)
		refuse(j, FETCH_URL, why);
	else
		enqueue(j, size);
	return true;
}

/* --- the end --- */

static void
drop_waiting(struct poster *p, struct poster_host *h)
{
	struct link *it;

	while ((it = list_pop(&h->waiting))) {
		struct poster_job *j = LIST_OF(it, struct poster_job, link);

		h->nwaiting--;
		p->nwaiting--;
		job_free(j);
	}
	list_del(&h->link);
	host_free_unused(p, h);
}

void
poster_queue_drop(struct poster *p)
{
	LIST_EACH_SAFE(it, &p->ready)
	drop_waiting(p, LIST_OF(it, struct poster_host, link));
}

void
poster_queue_done(struct poster *p)
{
	struct link *it;

	poster_queue_drop(p);
	while ((it = list_pop(&p->jobs))) {
		struct poster_job *j = LIST_OF(it, struct poster_job, link);
		struct poster_host *h = j->host;

		p->in_flight--;
		h->busy--;
		job_free(j);
		host_free_unused(p, h);
	}
}
