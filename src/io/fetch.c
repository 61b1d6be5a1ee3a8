#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/fetch_inner.h"

#include <errno.h>
#include <stdio.h>

#define AGENT "Facteur/" FACTEUR_VERSION

const char *
fetch_class_name(unsigned c)
{
#define WORD(name, word, whose) word,
	static const char *const words[] = { FETCH_CLASSES(WORD) };

	return c < FETCH_CLASS_COUNT ? words[c] : "?";
}

/* --- the end of a call --- */

static void
call_free(struct fetch_call *c)
{
	resolve_cancel(c->fetch->resolver, c->resolving);
	fetch_conn_free(&c->conn);
	loop_timer_off(c->fetch->loop, &c->timer);
	loop_task_off(&c->tell);
	list_del(&c->link);
	/* A request may carry passwords and keys. */
	if (c->request.p)
		mem_wipe(c->request.p, c->request.n);
	buf_done(&c->request);
	buf_done(&c->body);
	arena_done(&c->arena);
	mem_free(c);
}

static void
on_tell(void *ctx)
{
	struct fetch_call *c = ctx;

	c->answer.took_us = loop_mono(c->fetch->loop) - c->began;
	c->fn(c->ctx, &c->answer);
	call_free(c);
}

/* From here on only fn is left to do; it may cancel others, not this one. */
static void
end(struct fetch_call *c, enum fetch_class class)
{
	c->stage = FETCH_TELLS;
	c->answer.class = class;
	loop_timer_off(c->fetch->loop, &c->timer);
	loop_task_post(c->fetch->loop, &c->tell);
}

void
fetch_fail(struct fetch_call *c, enum fetch_class class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->answer.why, sizeof c->answer.why, fmt, ap);
	va_end(ap);
	fetch_conn_free(&c->conn);
	end(c, class);
}

void
fetch_answered(struct fetch_call *c)
{
	struct fetch_conn *n = c->conn;
	const struct http_out *h = &n->http;
	struct str later = http_out_field(h, "retry-after");

	/* The connection may serve another call before this one is told. */
	(void)buf_put(&c->body, h->body);
	c->answer.status = h->status;
	c->answer.body = buf_str(&c->body);
	c->answer.body_bytes = h->body_bytes;
	if (later.p == NULL || str_u32(later, &c->answer.retry_after_s) < 0)
		c->answer.retry_after_s = 0;
	c->conn = NULL;
	fetch_conn_release(n);
	end(c, FETCH_ANSWERED);
}

/* --- time --- */

static void
on_timer(void *ctx)
{
	struct fetch_call *c = ctx;

	if (loop_mono(c->fetch->loop) < c->total_by && c->stage == FETCH_CONNECTS)
		fetch_conn_slow(c);
	else if (loop_mono(c->fetch->loop) < c->total_by)
		fetch_arm(c);
	else if (c->stage == FETCH_RESOLVES)
		fetch_fail(c, FETCH_TIMEOUT, "%.*s: DNS gave no answer in time",
			STR_ARG(c->url.host));
	else if (c->stage == FETCH_CONNECTS)
		fetch_fail(c, FETCH_TIMEOUT, "%.*s (%s) did not accept a connection in time",
			STR_ARG(c->url.host), c->answer.address);
	else
		fetch_fail(c, FETCH_TIMEOUT,
			"%.*s (%s) did not answer within %u s: their server should answer at "
			"once and work afterwards",
			STR_ARG(c->url.host), c->answer.address,
			(unsigned)((c->total_by - c->began) / 1000000));
}

void
fetch_arm(struct fetch_call *c)
{
	uint64_t now = loop_mono(c->fetch->loop), by = c->total_by;

	if (c->stage == FETCH_CONNECTS && c->try_by < by)
		by = c->try_by;
	loop_timer_in(c->fetch->loop, &c->timer, by > now ? by - now : 0);
}

/* --- the name --- */

/* Is every address one that may be connected to? False after fetch_fail. */
static bool
guard(struct fetch_call *c, const struct resolve_host *h)
{
	for (size_t i = 0; i < h->naddrs && !c->fetch->private_ok; i++) {
		const char *what = net_not_public(&h->addrs[i]);
		char text[NET_TEXT_MAX];

		if (what == NULL)
			continue;
		fetch_fail(c, FETCH_ADDRESS,
			"%.*s is %s%s%s: webhooks go only to hosts of the public Internet",
			STR_ARG(c->url.host),
			c->url.literal ? "" : net_text(text, &h->addrs[i]),
			c->url.literal ? "" : ", ", what);
		return false;
	}
	return true;
}

static void
addresses(struct fetch_call *c, const struct resolve_host *h)
{
	if (!guard(c, h))
		return;
	memcpy(c->addrs, h->addrs, sizeof c->addrs);
	c->naddrs = h->naddrs;
	c->stage = FETCH_CONNECTS;
	c->connect_by = loop_mono(c->fetch->loop) + FETCH_CONNECT_US;
	fetch_conn_take(c);
}

static void
on_resolved(void *ctx, const struct resolve_answer *a)
{
	struct fetch_call *c = ctx;

	c->resolving = 0;
	if (a->status == RESOLVE_OK && a->nhosts > 0 && a->hosts[0].naddrs > 0)
		addresses(c, &a->hosts[0]);
	else if (a->status == RESOLVE_FAILED || a->status == RESOLVE_LOOP)
		fetch_fail(c, FETCH_DNS, "DNS could not tell the address of %.*s: %s",
			STR_ARG(c->url.host), a->why);
	else
		fetch_fail(c, FETCH_NAME,
			"the host %.*s does not exist in DNS, or has no address: look at the "
			"URL",
			STR_ARG(c->url.host));
}

/* RFC 6761 6.3: never asked of DNS. */
static bool
is_localhost(struct str host)
{
	return str_eq_z(host, "localhost") || str_ends(host, STR_LIT(".localhost"));
}

static void
resolve(struct fetch_call *c)
{
	struct resolve_host own = { .naddrs = 1 };
	uint64_t handle;

	if (is_localhost(c->url.host)) {
		must(net_parse(STR_LIT("127.0.0.1"), c->url.port, &own.addrs[0]) == 0);
		addresses(c, &own);
		return;
	}
	handle = resolve_host(c->fetch->resolver, c->url.host, c->url.port, on_resolved, c);
	if (handle)
		c->resolving = handle;
}

/* --- the beginning --- */

static bool
has_field(const struct fetch_request *req, const char *name)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (str_ieq_z(req->fields[i].name, name))
			return true;
	return false;
}

/* RFC 7617. */
static struct str
basic(struct arena *a, const struct url_web *u)
{
	struct str pair = arena_printf(a, "%.*s:%.*s", STR_ARG(u->user), STR_ARG(u->secret));
	struct str value;
	struct buf b;

	buf_init(&b, 2 * URL_WEB_MAX + 16);
	buf_put_z(&b, "Basic ");
	text_b64(&b, pair);
	value = arena_str(a, buf_str(&b));
	buf_done(&b);
	return value;
}

static int
write_request(struct fetch_call *c, const struct fetch_request *req)
{
	struct http_field *f = mem_new(req->nfields + 3, sizeof *f);
	struct http_out_request r = { .method = str_z(req->method),
		.target = c->url.target,
		.host = c->url.field,
		.fields = f,
		.body = req->body };
	int e;

	if (!has_field(req, "User-Agent"))
		f[r.nfields++] = (struct http_field){ STR_LIT("User-Agent"), STR_LIT(AGENT) };
	if (!has_field(req, "Accept"))
		f[r.nfields++] = (struct http_field){ STR_LIT("Accept"), STR_LIT("*/*") };
	if (c->url.basic && !has_field(req, "Authorization"))
		f[r.nfields++] = (struct http_field){ STR_LIT("Authorization"),
			basic(&c->arena, &c->url) };
	if (req->nfields > 0)
		memcpy(f + r.nfields, req->fields, req->nfields * sizeof *f);
	r.nfields += req->nfields;
	e = http_out_write(&c->request, &r);
	mem_free(f);
	return e;
}

static void
copy_url(struct fetch_call *c, const struct url_web *u)
{
	struct arena *a = &c->arena;

	c->url = *u;
	c->url.host = arena_str(a, u->host);
	c->url.field = arena_str(a, u->field);
	c->url.target = arena_str(a, u->target);
	c->url.user = arena_str(a, u->user);
	c->url.secret = arena_str(a, u->secret);
}

static void
start(struct fetch_call *c, const struct fetch_request *req)
{
	int e = write_request(c, req);

	if (e == -E2BIG)
		fetch_fail(c, FETCH_URL, "the request is larger than %u MiB",
			FETCH_REQUEST_MAX >> 20);
	else if (e < 0)
		fetch_fail(c, FETCH_URL,
			"a header field of the webhook cannot be sent: its name is no name, "
			"its "
			"value holds a control character, or it is one that HTTP itself sets");
	else
		resolve(c);
}

struct fetch_call *
fetch_begin(struct fetch *f, const struct fetch_request *req, fetch_fn *fn, void *ctx)
{
	struct fetch_call *c = MEM_NEW(c);

	c->fetch = f;
	c->fn = fn;
	c->ctx = ctx;
	c->stage = FETCH_RESOLVES;
	c->answer.body = STR_NONE;
	c->to_head = strcmp(req->method, "HEAD") == 0;
	arena_init(&c->arena, 32u << 10);
	buf_init(&c->request, FETCH_REQUEST_MAX);
	buf_init(&c->body, FETCH_BODY_KEPT);
	loop_timer_init(&c->timer, on_timer, c);
	loop_task_init(&c->tell, on_tell, c);
	list_push(&f->calls, &c->link);
	c->began = loop_mono(f->loop);
	c->total_by = c->began + (req->total_us ? req->total_us : FETCH_TOTAL_US);
	copy_url(c, req->url);
	fetch_arm(c);
	start(c, req);
	return c;
}

void
fetch_cancel(struct fetch_call **c)
{
	if (*c)
		call_free(*c);
	*c = NULL;
}

/* --- the client --- */

struct fetch *
fetch_new(struct loop *l, struct resolver *r, bool private_ok)
{
	struct fetch *f = MEM_NEW(f);

	f->loop = l;
	f->resolver = r;
	f->private_ok = private_ok;
	list_init(&f->calls);
	list_init(&f->idle);
	return f;
}

static void
drop_idle(struct fetch *f)
{
	LIST_EACH_SAFE(it, &f->idle)
	{
		struct fetch_conn *n = LIST_OF(it, struct fetch_conn, link);

		fetch_conn_free(&n);
	}
}

void
fetch_free(struct fetch **pf)
{
	struct fetch *f = *pf;

	*pf = NULL;
	if (f == NULL)
		return;
	LIST_EACH_SAFE(it, &f->calls)
	call_free(LIST_OF(it, struct fetch_call, link));
	drop_idle(f);
	tls_client_free(&f->tls);
	mem_free(f);
}

void
fetch_reset(struct fetch *f, struct resolver *r, bool private_ok)
{
	struct resolver *old = f->resolver;

	drop_idle(f);
	tls_client_free(&f->tls);
	f->resolver = r;
	f->private_ok = private_ok;
	LIST_EACH_SAFE(it, &f->calls)
	{
		struct fetch_call *c = LIST_OF(it, struct fetch_call, link);

		if (c->resolving == 0)
			continue;
		resolve_cancel(old, c->resolving);
		c->resolving = 0;
		resolve(c);
	}
}

size_t
fetch_idle(const struct fetch *f)
{
	return f->nidle;
}
