/* Law: a route that was read, written again with everything escaped, reads as the same route.
 */
#include "base/buf.h"
#include "base/must.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_printf(b, "%%%02x", (unsigned char)s.p[i]);
}

static void
write_route(struct buf *b, const struct url_route *r)
{
	static const char *const tls[] = { "may", "must", "none" };
	bool v6 = str_find(r->host, ':') < r->host.n;

	buf_put_z(b, r->implicit_tls ? "smtps://" : "smtp://");
	if (r->user.n > 0) {
		put_escaped(b, r->user);
		buf_put_c(b, ':');
		put_escaped(b, r->secret);
		buf_put_c(b, '@');
	}
	buf_put_z(b, v6 ? "[" : "");
	buf_put(b, r->host);
	buf_printf(b, "%s:%u?tls=%s", v6 ? "]" : "", (unsigned)r->port, tls[r->tls]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_of(data, size), host;
	struct url_route one, two;
	const char *why = NULL;
	struct arena a;
	struct buf b;
	uint16_t port;

	if (url_host_port(text, &host, &port) == 0)
		must(port > 0 && host.n < size);
	arena_init(&a, 1u << 20);
	buf_init(&b, 8u << 10);
	if (url_route_parse(&a, text, &one, &why) == 0) {
		write_route(&b, &one);
		must(url_route_parse(&a, buf_str(&b), &two, &why) == 0);
		must(str_eq(one.host, two.host) && one.port == two.port && one.tls == two.tls);
		must(str_eq(one.user, two.user) && str_eq(one.secret, two.secret));
		must(one.implicit_tls == two.implicit_tls);
	} else {
		must(why);
	}
	buf_done(&b);
	arena_done(&a);
	return 0;
}
