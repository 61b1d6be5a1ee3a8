#include "ledger/ledger_match.h"

#include "ledger/fact_about.h"
#include "ledger/ledger_day.h"
#include "ledger/site.h"
#include "wire/msg.h"

struct str
ledger_match_any_at(struct str address)
{
	if (address.n > 2 && str_starts(address, STR_LIT("*@")))
		return str_from(address, 2);
	return (struct str){ NULL, 0 };
}

static struct str
domain_of(struct str address)
{
	return str_from(address, str_rfind(address, '@') + 1);
}

static bool
is_address(struct str have, struct str want)
{
	struct str domain = ledger_match_any_at(want);

	if (want.n == 0)
		return true;
	return domain.p ? str_ieq(domain_of(have), domain) : str_ieq(have, want);
}

static bool
holds_word(struct str text, struct str word)
{
	for (size_t i = 0; i + word.n <= text.n; i++)
		if (ascii_lower(text.p[i]) == ascii_lower(word.p[0]) &&
			str_ieq(str_of(text.p + i, word.n), word))
			return true;
	return false;
}

static bool
holds_words(struct str text, struct str words)
{
	while (words.n) {
		struct str word = str_cut(&words, ' ');

		if (word.n && !holds_word(text, word))
			return false;
	}
	return true;
}

static bool
is_state(uint32_t states, const struct ledger_row *r)
{
	return states == 0 || states >> r->last & 1 ||
	       (states >> FACT_OPENED & 1 && r->opens) ||
	       (states >> FACT_CLICKED & 1 && r->clicks) ||
	       (states >> FACT_UNSUBSCRIBED & 1 && r->unsubscribed) ||
	       (states >> FACT_COMPLAINED & 1 && r->complained);
}

static bool
same(struct str have, struct str want)
{
	return want.n == 0 || str_eq(have, want);
}

static bool
is_stream(const struct ledger_search *q, const struct ledger_row *r)
{
	if (q->no_own_stream)
		return fact_about_stream(r->tags).n == 0;
	return q->own_stream.n == 0 || str_eq(fact_about_stream(r->tags), q->own_stream);
}

/* Numbers and short texts go first. */
bool
ledger_match(const struct ledger_search *q, const struct ledger_row *r)
{
	return (q->tenant == 0 || r->tenant == q->tenant) &&
	       (q->id == 0 || r->rcpt == q->id || r->message == q->id) &&
	       (q->streams == 0 ? r->stream != STREAM_INBOUND
				: r->stream < 32 && q->streams >> r->stream & 1) &&
	       is_state(q->states, r) && same(r->campaign, q->campaign) &&
	       same(r->template, q->template) && same(r->custom_id, q->custom_id) &&
	       (q->tag.n == 0 || fact_about_has(r->tags, q->tag)) && is_stream(q, r) &&
	       same(r->message_id, ledger_day_bare_id(q->message_id)) &&
	       (q->provider.n == 0 || site_is(q->provider, r->site, domain_of(r->recipient))) &&
	       is_address(r->recipient, q->to) && is_address(r->sender, q->from) &&
	       holds_words(r->subject, q->subject);
}
