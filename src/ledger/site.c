#include "ledger/site.h"

#include "ledger/site_tbl.h"

enum provider {
#define P(id, names, domains) PROVIDER_##id,
	SITE_PROVIDERS(P)
#undef P
		PROVIDERS
};
static const struct {
	const char *names, *domains;
} providers[PROVIDERS] = {
#define P(id, names, domains) [PROVIDER_##id] = { names, domains },
	SITE_PROVIDERS(P)
#undef P
};
static const struct ending {
	struct str name;
	enum provider provider;
} endings[] = {
#define E(name, id) { STR_LIT(name), PROVIDER_##id },
	SITE_ENDINGS(E)
#undef E
};
#define ENDINGS (sizeof endings / sizeof endings[0])

/* Under these, names of countries are registered with three labels. No list of all registries
 * (libpsl): what it gets wrong is a name that is one label too long or too short, and asked for
 * as it is shown. */
#define SECOND "co com net org gov edu ac ne or go ltd plc gob gouv asso nom"

static bool
holds(const char *list, struct str word)
{
	struct str rest = str_z(list);

	while (rest.n)
		if (str_ieq(str_cut(&rest, ' '), word))
			return true;
	return false;
}

static const struct ending *
ending_of(struct str name)
{
	size_t low = 0, high = ENDINGS;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order = str_cmp(endings[at].name, name);

		if (order == 0)
			return &endings[at];
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return NULL;
}

/* The longest ending that is known, or nothing. */
static struct str
known(struct str host)
{
	while (host.n) {
		if (ending_of(host))
			return host;
		host = str_from(host, str_find(host, '.') + 1);
	}
	return host;
}

/* The last label, which `rest` loses with the point before it. */
static struct str
last_label(struct str *rest)
{
	size_t at = str_rfind(*rest, '.');
	struct str label = at < rest->n ? str_from(*rest, at + 1) : *rest;

	*rest = at < rest->n ? str_head(*rest, at) : STR_NONE;
	return label;
}

static struct str
registered(struct str host)
{
	struct str rest = host, top = last_label(&rest), second = last_label(&rest);
	size_t n = top.n + 1 + second.n;

	if (top.n == 0 || ascii_digit(top.p[0]) || second.n == 0)
		return host;
	if (top.n == 2 && rest.n && holds(SECOND, second))
		n += 1 + last_label(&rest).n;
	return str_from(host, host.n - n);
}

struct str
site_of(char dst[SITE_TEXT], struct str host)
{
	struct str name;

	if (host.n && host.p[host.n - 1] == '.')
		host = str_head(host, host.n - 1);
	host = str_head(host, SITE_TEXT);
	for (size_t i = 0; i < host.n; i++)
		dst[i] = ascii_lower(host.p[i]);
	host = str_of(dst, host.n);
	/* An IPv6 address, or longer than any name. */
	if (host.n == SITE_TEXT || str_find(host, ':') < host.n)
		return host;
	name = known(host);
	return name.n ? name : registered(host);
}

/* Is name this one, or below it? */
static bool
below(struct str name, struct str above)
{
	return str_iends(name, above) &&
	       (name.n == above.n || name.p[name.n - above.n - 1] == '.');
}

bool
site_is(struct str asked, struct str site, struct str domain)
{
	/* A name has no point: most questions need no look at the table. */
	for (size_t i = 0; i < PROVIDERS && str_find(asked, '.') == asked.n; i++) {
		const struct ending *e;

		if (!holds(providers[i].names, asked))
			continue;
		e = ending_of(site);
		return (e && e->provider == (enum provider)i) ||
		       holds(providers[i].domains, domain);
	}
	return str_ieq(domain, asked) || below(site, asked);
}
