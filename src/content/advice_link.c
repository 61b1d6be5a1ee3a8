/* Links: where they lead, and whether they say so. */
#include "content/advice_domain_tbl.h"
#include "content/advice_priv.h"
#include "wire/fold.h"

/* ---- hosts */

struct str
advice_host(struct arena *a, struct str url)
{
	size_t n = str_find_str(url, STR_LIT("://"));
	struct str host;

	if (n == url.n)
		return STR_NONE;
	host = str_from(url, n + 3);
	for (n = 0; n < host.n && !memchr("/?#\\", host.p[n], 4); n++)
		;
	host = str_head(host, n);
	n = str_rfind(host, '@');
	host = n < host.n ? str_from(host, n + 1) : host;
	if (host.n == 0 || host.p[0] != '[')
		host = str_head(host, str_find(host, ':'));
	return fold(a, host, 253);
}

struct str
advice_site(struct str host)
{
	static const char *const second[] = { "co", "com", "org", "net", "gov", "gouv", "ac",
		"asso", "edu" };
	size_t last, before, more;

	last = str_rfind(host, '.');
	if (last == host.n)
		return host;
	before = str_rfind(str_head(host, last), '.');
	if (before == last)
		return host;
	for (size_t i = 0; i < sizeof second / sizeof *second; i++)
		if (host.n - last == 3 &&
			str_ieq_z(str_of(host.p + before + 1, last - before - 1), second[i])) {
			more = str_rfind(str_head(host, before), '.');
			return more == before ? host : str_from(host, more + 1);
		}
	return str_from(host, before + 1);
}

bool
advice_names_domain(struct str host)
{
	static const char *const endings[] = {
#define D(domain) domain,
		ADVICE_ENDINGS(D)
#undef D
	};
	size_t dot = str_rfind(host, '.');

	if (dot == 0 || dot == host.n || host.p[0] == '.')
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (!ascii_alnum(host.p[i]) && host.p[i] != '.' && host.p[i] != '-')
			return false;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_ieq_z(str_from(host, dot + 1), endings[i]))
			return true;
	return false;
}

static bool
is_web(struct str href)
{
	return str_istarts(href, STR_LIT("http://")) || str_istarts(href, STR_LIT("https://"));
}

static bool
is_number(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!ascii_digit(host.p[i]) && host.p[i] != '.')
			return host.p[0] == '[';
	return host.n > 0;
}

static bool
is_shortener(struct str host)
{
	static const char *const hosts[] = {
#define D(domain) domain,
		ADVICE_SHORTENERS(D)
#undef D
	};

	if (str_istarts(host, STR_LIT("www.")))
		host = str_from(host, 4);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (str_ieq_z(host, hosts[i]))
			return true;
	return false;
}

/* Without signs at its ends: "(bank.com)," is "bank.com". */
static struct str
bare(struct str word)
{
	while (word.n > 0 && !ascii_alnum(word.p[0]))
		word = str_from(word, 1);
	while (word.n > 0 && !ascii_alnum(word.p[word.n - 1]))
		word.n--;
	return word;
}

/* The first domain in a link's text that is not of the link's site; empty: there is none. */
static struct str
other_host(struct advice_work *w, struct str text, struct str host)
{
	struct str rest = fold(w->a, text, 300), site = advice_site(host);

	while (rest.p && rest.n > 0) {
		struct str word = bare(str_cut(&rest, ' '));

		if (is_web(word))
			word = advice_host(w->a, word);
		else
			word = str_head(word, str_find(word, '/'));
		if (advice_names_domain(word) && !str_ieq(advice_site(word), site))
			return word;
	}
	return STR_NONE;
}

/* Nothing a mail program can open. What is filled in later ({{…}}, [[…]], %…%) is not judged.
 */
static bool
is_dead(struct str href)
{
	size_t colon = str_find(href, ':');

	if (str_starts(href, STR_LIT("{{")) || str_starts(href, STR_LIT("[[")) ||
		str_starts(href, STR_LIT("{%")) || str_starts(href, STR_LIT("%")))
		return false;
	if (href.n > 1 && href.p[0] == '#')
		return false;
	if (colon == href.n || str_istarts(href, STR_LIT("javascript:")))
		return true;
	for (size_t i = 0; i < colon; i++)
		if (!ascii_alnum(href.p[i]) && !memchr("+-.", href.p[i], 3))
			return true;
	return is_web(href) && href.n <= sizeof "https://" - 1;
}

/* ---- what is said */

struct found {
	size_t web, http, shorts, dead;
	struct str first_http, first_short, first_dead, number;
	struct str text, host; /* of the first that names another domain */
};

static void
look(struct advice_work *w, const struct advice_link *l, struct found *f)
{
	struct str host, other;

	if (is_dead(l->href)) {
		if (f->dead++ == 0)
			f->first_dead = l->href;
		return;
	}
	if (!is_web(l->href))
		return;
	f->web++;
	host = advice_host(w->a, l->href);
	if (str_istarts(l->href, STR_LIT("http://")) && f->http++ == 0)
		f->first_http = l->href;
	if (is_shortener(host) && f->shorts++ == 0)
		f->first_short = l->href;
	if (is_number(host))
		f->number = host;
	other = other_host(w, l->text, host);
	if (f->host.n == 0 && other.n > 0) {
		f->text = other;
		f->host = host;
	}
}

void
advice_link_check(struct advice_work *w)
{
	struct found f = { .text = STR_NONE };
	size_t n = w->page.nlinks;

	for (size_t i = 0; i < n; i++)
		look(w, &w->page.links[i], &f);
	if (n == 0)
		return;
	if (f.http > 0)
		advice_say_n(w, ADVICE_HTTP_SOME, f.http, f.first_http);
	else if (f.web > 0)
		advice_say_n(w, ADVICE_HTTP_NONE, f.web, STR_NONE);
	if (f.shorts > 0)
		advice_say_n(w, ADVICE_SHORT_SOME, f.shorts, f.first_short);
	else if (f.number.n > 0)
		advice_say(w, ADVICE_SHORT_ADDRESS, f.number, STR_NONE);
	else
		advice_say(w, ADVICE_SHORT_NONE, STR_NONE, STR_NONE);
	if (f.host.n > 0)
		advice_say(w, ADVICE_OTHER_SOME, f.text, f.host);
	else
		advice_say(w, ADVICE_OTHER_NONE, STR_NONE, STR_NONE);
	if (f.dead > 0)
		advice_say_n(w, ADVICE_DEAD_SOME, f.dead, f.first_dead);
	else
		advice_say_n(w, ADVICE_DEAD_NONE, n, STR_NONE);
}
