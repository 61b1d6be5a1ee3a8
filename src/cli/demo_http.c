#include "cli/demo_http.h"

#define CALL_US (5u * 1000000u)
/* A browser's, since it is people who are played (docs/reference/tracking.md, robots). */
#define AGENT "Mozilla/5.0 (X11; Linux x86_64) Facteur-demo/1.0"

void
demo_http_init(struct demo_http *h)
{
	*h = (struct demo_http){ 0 };
	clock_real(&h->clock);
	h->loop = loop_new(&h->clock);
	h->resolver = resolver_fake(h->loop);
	h->fetch = fetch_new(h->loop, h->resolver, true);
	buf_init(&h->body, FETCH_BODY_KEPT);
}

void
demo_http_done(struct demo_http *h)
{
	fetch_free(&h->fetch);
	resolver_free(&h->resolver);
	loop_free(&h->loop);
	buf_done(&h->body);
}

static void
on_answer(void *ctx, const struct fetch_answer *a)
{
	struct demo_http *h = ctx;

	h->status = a->class == FETCH_ANSWERED ? a->status : 0;
	(void)buf_put(&h->body, a->body);
	snprintf(h->why, sizeof h->why, "%s", a->why);
	loop_stop(h->loop);
}

int
demo_http_call(struct demo_http *h, const char *method, const char *url, const char *type,
	struct str body)
{
	const struct http_field fields[] = { { STR_LIT("User-Agent"), STR_LIT(AGENT) },
		{ STR_LIT("Content-Type"), str_z(type) } };
	const char *why = "";
	struct url_web u;
	struct arena a;

	arena_init(&a, 16384);
	buf_clear(&h->body);
	h->status = 0;
	h->why[0] = '\0';
	if (url_web_parse(&a, str_z(url), &u, &why) < 0) {
		snprintf(h->why, sizeof h->why, "%s", why);
	} else {
		const struct fetch_request req = { .url = &u,
			.method = method,
			.fields = fields,
			.nfields = *type ? 2 : 1,
			.body = body,
			.total_us = CALL_US };

		(void)fetch_begin(h->fetch, &req, on_answer, h);
		loop_run(h->loop);
	}
	arena_done(&a);
	return h->status;
}
