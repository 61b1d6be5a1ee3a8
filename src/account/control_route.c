#include "account/control_own.h"

#include "base/mem.h"
#include "wire/address.h"
#include "wire/url.h"

#include <errno.h>

#define URL_MAX   2000
#define ARENA_MAX 8192

static int
route_domain(struct control *c, struct arena *a, struct str domain, struct str *ret_domain)
{
	if (str_eq_z(domain, "*")) {
		*ret_domain = domain;
		return 0;
	}
	if (domain_ascii(a, domain, ret_domain))
		return control_own_fail(c, -EINVAL,
			"\"%.*s\" is neither a domain nor \"*\" for everything else.",
			STR_ARG(str_head(domain, 300)));
	return 0;
}

static int
put(struct control *c, struct str domain, struct str url)
{
	struct buf sealed, context;
	int err;

	buf_init(&sealed, URL_MAX * 2);
	buf_init(&context, URL_MAX);
	err = control_schema_route(&context, domain);
	err = err ? err : seal_close_for(&sealed, c->keys.box, buf_str(&context), url);
	if (!err)
		err = control_own_check(c,
			store_run(c->store,
				"INSERT INTO routes (domain, sealed) VALUES (?, ?)"
				" ON CONFLICT (domain) DO UPDATE SET sealed = excluded.sealed",
				NULL, NULL, "sb", domain, buf_str(&sealed)));
	buf_done(&sealed);
	buf_done(&context);
	return err;
}

int
control_route_add(struct control *c, struct str domain, struct str url)
{
	const char *why = "";
	struct url_route r;
	struct arena a;
	int err;

	arena_init(&a, ARENA_MAX);
	err = route_domain(c, &a, domain, &domain);
	if (!err && (url.n > URL_MAX || url_route_parse(&a, url, &r, &why)))
		err = control_own_fail(c, -EINVAL, "The route's URL is not usable: %s.",
			url.n > URL_MAX ? "it is too long" : why);
	err = err ? err : control_own_begin(c);
	if (!err)
		err = control_own_end(c, put(c, domain, url));
	arena_done(&a);
	return err;
}

struct listing {
	struct control *c;
	json_t *list;
};

/* smtp://user:***@host: what stands between the second colon and the last @. */
static int
put_masked(struct buf *b, struct str url)
{
	size_t scheme = str_find_str(url, STR_LIT("://")),
	       from = scheme < url.n ? scheme + 3 : 0;
	size_t at = str_rfind(url, '@');
	size_t colon = from + str_find(str_from(url, from), ':');

	if (at == url.n || colon > at)
		return buf_put(b, url);
	buf_put(b, str_head(url, colon + 1));
	buf_put_z(b, "***");
	return buf_put(b, str_from(url, at));
}

static int
route_row(void *ctx, struct store_row *r)
{
	struct listing *l = ctx;
	struct buf url, shown, context;

	buf_init(&url, URL_MAX * 2);
	buf_init(&shown, URL_MAX * 2);
	buf_init(&context, URL_MAX);
	control_schema_route(&context, store_text(r, 0));
	if (seal_open_for(&url, l->c->keys.box, buf_str(&context), store_blob(r, 1)))
		buf_put_z(&shown, "(sealed with another master key)");
	else
		put_masked(&shown, buf_str(&url));
	json_array_append_new(
		l->list, json_pack("{s:o, s:o}", "domain", control_own_text(store_text(r, 0)),
				 "url", control_own_text(buf_str(&shown))));
	if (url.p)
		mem_wipe(url.p, url.cap);
	buf_done(&url);
	buf_done(&shown);
	buf_done(&context);
	return 0;
}

int
control_route_list(struct control *c, struct json_t **ret_j)
{
	struct listing l = { c, json_array() };
	int err = store_run(c->store, "SELECT domain, sealed FROM routes ORDER BY domain",
		route_row, &l, "");

	if (err) {
		json_decref(l.list);
		return control_own_check(c, err);
	}
	*ret_j = l.list;
	return 0;
}

int
control_route_remove(struct control *c, struct str domain)
{
	struct arena a;
	int err;

	arena_init(&a, ARENA_MAX);
	err = route_domain(c, &a, domain, &domain);
	err = err ? err : control_own_begin(c);
	if (!err) {
		err = control_own_check(
			c, store_run(c->store, "DELETE FROM routes WHERE domain = ?", NULL,
				   NULL, "s", domain));
		if (!err && store_changes(c->store) == 0)
			err = control_own_fail(
				c, -ENOENT, "There is no route for %.*s.", STR_ARG(domain));
		err = control_own_end(c, err);
	}
	arena_done(&a);
	return err;
}
