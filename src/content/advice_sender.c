/* Name and address of the sender. */
#include "content/advice_domain_tbl.h"
#include "content/advice_priv.h"
#include "wire/fold.h"

#define NAME_LONG  35u /* characters */
#define NAME_BYTES 200u

static void
name(struct advice_work *w)
{
	struct str s = str_trim(w->m->from_name);
	size_t n = advice_chars(s);

	if (n == 0)
		advice_say(w, ADVICE_NAME_NONE, STR_NONE, STR_NONE);
	else if (str_find(s, '@') < s.n)
		advice_say(w, ADVICE_NAME_ADDRESS, s, STR_NONE);
	else if (n > NAME_LONG)
		advice_say_n(w, ADVICE_NAME_LONG, n, STR_NONE);
	else
		advice_say(w, ADVICE_NAME_FINE, s, STR_NONE);
}

static bool
is_free(struct str domain)
{
	static const char *const domains[] = {
#define D(domain) domain,
		ADVICE_FREE_MAIL(D)
#undef D
	};

	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++)
		if (str_ieq_z(domain, domains[i]))
			return true;
	return false;
}

/* "no-reply", "ne_pas_repondre", "noreply+1". */
static bool
is_noreply(struct str local)
{
	static const char *const words[] = { "noreply", "donotreply", "nepasrepondre",
		"pasdereponse", "noresponse", "sansreponse" };
	char squeezed[64];
	size_t n = 0;

	for (size_t i = 0; i < local.n && n < sizeof squeezed; i++)
		if (ascii_alnum(local.p[i]))
			squeezed[n++] = ascii_lower(local.p[i]);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_find_str(str_of(squeezed, n), str_z(words[i])) < n)
			return true;
	return false;
}

/* The address of a mailbox: "Ann <a@b>" gives "a@b". */
static struct str
address_of(struct str mailbox)
{
	size_t at = str_rfind(mailbox, '<');

	if (at < mailbox.n)
		mailbox = str_from(mailbox, at + 1);
	return str_trim(str_head(mailbox, str_find(mailbox, '>')));
}

static bool
unread(struct str address)
{
	return is_noreply(str_head(address, str_rfind(address, '@')));
}

static void
address(struct advice_work *w, struct str domain)
{
	struct str s = w->m->from_address, reply = address_of(w->m->reply_to);

	if (is_free(domain))
		advice_say(w, ADVICE_ADDRESS_FREE, domain, STR_NONE);
	else if (reply.n > 0 && unread(reply))
		advice_say(w, ADVICE_ADDRESS_NOREPLY, reply, domain);
	else if (reply.n > 0 && unread(s))
		advice_say(w, ADVICE_ADDRESS_ELSEWHERE, s, reply);
	else if (unread(s))
		advice_say(w, ADVICE_ADDRESS_NOREPLY, s, domain);
	else
		advice_say(w, ADVICE_ADDRESS_FINE, s, STR_NONE);
}

/* As whole words. */
static bool
has_words(struct str text, struct str words)
{
	size_t at = str_find_str(text, words), end = at + words.n;

	return at < text.n && (at == 0 || !ascii_alnum(text.p[at - 1])) &&
	       (end == text.n || !ascii_alnum(text.p[end]));
}

/* The brand that the name claims and the domain is not; NULL: none. */
static const char *
brand(struct str folded, struct str domain)
{
	static const struct {
		const char *words, *label;
	} brands[] = {
#define B(words, label) { words, label },
		ADVICE_BRANDS(B)
#undef B
	};
	struct str site = advice_site(domain), label = str_head(site, str_find(site, '.'));

	for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
		if (has_words(folded, str_z(brands[i].words)) &&
			!str_ieq_z(label, brands[i].label) &&
			!str_ieq_z(label, brands[i].words))
			return brands[i].words;
	return NULL;
}

/* A domain in the name: "shop.example support". */
static struct str
domain_in(struct str folded)
{
	while (folded.p && folded.n > 0) {
		struct str word = str_cut(&folded, ' ');

		if (advice_names_domain(word))
			return word;
	}
	return STR_NONE;
}

void
advice_sender_check(struct advice_work *w)
{
	struct str s = w->m->from_address, domain = str_from(s, str_rfind(s, '@') + 1);
	struct str folded = fold(w->a, w->m->from_name, NAME_BYTES), other;
	const char *claimed;

	name(w);
	if (domain.n == 0)
		return;
	address(w, domain);
	if (folded.n == 0)
		return;
	claimed = brand(folded, domain);
	other = domain_in(folded);
	if (claimed)
		advice_say(w, ADVICE_BRAND_OTHER, str_z(claimed), domain);
	else if (other.n > 0 && !str_ieq(advice_site(other), advice_site(domain)))
		advice_say(w, ADVICE_BRAND_DOMAIN, other, domain);
	else
		advice_say(w, ADVICE_BRAND_FINE, STR_NONE, STR_NONE);
}
