/* Laws: a URL that was read, written again, reads as the same; its host is a name or a plain
 * address; nothing it holds can end a line; what is shown has no password. */
#include "base/buf.h"
#include "base/must.h"
#include "wire/url_web.h"

#include <arpa/inet.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_printf(b, "%%%02x", (unsigned char)s.p[i]);
}

static void
check_line(struct str s)
{
	must(s.n > 0);
	for (size_t i = 0; i < s.n; i++)
		must((unsigned char)s.p[i] > 0x20 && (unsigned char)s.p[i] < 0x7f);
}

static void
check_host(const struct url_web *u)
{
	unsigned char bytes[16];
	struct in_addr old;
	char z[300];

	must(str_copy_z(z, sizeof z, u->host) == 0);
	if (u->literal)
		must(inet_pton(AF_INET, z, bytes) == 1 || inet_pton(AF_INET6, z, bytes) == 1);
	else
		must(inet_aton(z, &old) == 0);
}

static void
write_url(struct buf *b, const struct url_web *u)
{
	bool v6 = str_find(u->host, ':') < u->host.n;

	buf_put_z(b, u->tls ? "HTTPS://" : "http://");
	if (u->basic) {
		put_escaped(b, u->user);
		buf_put_c(b, ':');
		put_escaped(b, u->secret);
		buf_put_c(b, '@');
	}
	buf_put_z(b, v6 ? "[" : "");
	buf_put(b, u->host);
	buf_printf(b, "%s:%u", v6 ? "]" : "", (unsigned)u->port);
	buf_put(b, u->target);
}

static void
check(struct arena *a, const struct url_web *u)
{
	struct url_web two;
	const char *why = NULL;
	struct buf b;

	check_line(u->host);
	check_line(u->field);
	check_line(u->target);
	must(u->target.p[0] == '/' && u->port > 0);
	check_host(u);
	must(str_find(url_web_shown(a, u), '@') == url_web_shown(a, u).n ||
		str_find(u->target, '@') < u->target.n);
	buf_init(&b, 1u << 20);
	write_url(&b, u);
	if (b.n <= URL_WEB_MAX) {
		must(url_web_parse(a, buf_str(&b), &two, &why) == 0);
		must(str_eq(u->host, two.host) && u->port == two.port && u->tls == two.tls);
		must(str_eq(u->target, two.target) && str_eq(u->field, two.field));
		must(str_eq(u->user, two.user) && str_eq(u->secret, two.secret));
		must(u->basic == two.basic && u->literal == two.literal);
	}
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct url_web u;
	const char *why = NULL;
	struct arena a;

	arena_init(&a, 1u << 20);
	if (url_web_parse(&a, str_of(data, size), &u, &why) == 0)
		check(&a, &u);
	else
		must(why);
	arena_done(&a);
	return 0;
}
