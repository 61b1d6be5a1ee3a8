#include "ledger/site.h"

#include "ledger/site_tbl.h"

static const struct site {
	const char *names, *domains, *endings;
} sites[] = {
#define ROW(names, domains, endings) { names, domains, endings },
	SITE_TABLE(ROW)
#undef ROW
};
#define SITES (sizeof sites / sizeof sites[0])

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

/* Is name this one, or below it? */
static bool
below(struct str name, struct str above)
{
	return str_iends(name, above) &&
	       (name.n == above.n || name.p[name.n - above.n - 1] == '.');
}

/* The longest ending that is known, or nothing. */
static struct str
known(struct str host)
{
	struct str best = STR_NONE;

	for (size_t i = 0; i < SITES; i++) {
		struct str rest = str_z(sites[i].endings);

		while (rest.n) {
			struct str one = str_cut(&rest, ' ');

			if (one.n > best.n && below(host, one))
				best = one;
		}
	}
	return best;
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
	/* An IPv6 address, or longer than any name. */
	if (host.n >= SITE_TEXT || str_find(host, ':') < host.n) {
		name = str_head(host, SITE_TEXT - 1);
	} else {
		name = known(host);
		name = name.n ? name : registered(host);
	}
	for (size_t i = 0; i < name.n; i++)
		dst[i] = ascii_lower(name.p[i]);
	return str_of(dst, name.n);
}

bool
site_is(struct str asked, struct str site, struct str domain)
{
	/* A name has no point: most questions need no look at the table. */
	for (size_t i = 0; i < SITES && str_find(asked, '.') == asked.n; i++) {
		struct str rest = str_z(sites[i].endings);

		if (!holds(sites[i].names, asked))
			continue;
		while (rest.n)
			if (str_ieq(str_cut(&rest, ' '), site))
				return true;
		return holds(sites[i].domains, domain);
	}
	return str_ieq(domain, asked) || below(site, asked);
}
