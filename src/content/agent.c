#include "content/agent.h"

#include "base/must.h"
#include "content/agent_tbl.h"

#define LOOK_AT 512u /* bytes of a User-Agent */

enum where { ANYWHERE, START, ALL, END, WORD };
enum which { ANY, CLICKS };

static const struct row {
	struct str text;
	enum where where;
	enum agent_kind kind;
	enum which which;
	const char *who;
} rows[] = {
#define ROW(text, where, kind, which, who) { STR_LIT(text), where, AGENT_##kind, which, who },
	AGENT_TABLE(ROW)
#undef ROW
};

static bool
has_word(struct str s, struct str text)
{
	size_t at;

	while ((at = str_find_str(s, text)) < s.n) {
		s = str_from(s, at + text.n);
		if (s.n == 0 || !ascii_alnum(s.p[0]))
			return true;
	}
	return false;
}

static bool
fits(struct str s, const struct row *row)
{
	switch (row->where) {
	case START:
		return str_starts(s, row->text);
	case ALL:
		return str_eq(s, row->text);
	case END:
		return str_ends(s, row->text);
	case WORD:
		return has_word(s, row->text);
	case ANYWHERE:
		break;
	}
	return str_find_str(s, row->text) < s.n;
}

static const struct row *
row_of(struct str agent, bool click)
{
	char low[LOOK_AT];
	struct str s = str_head(str_trim(agent), LOOK_AT);

	for (size_t i = 0; i < s.n; i++)
		low[i] = ascii_lower(s.p[i]);
	s.p = low;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((rows[i].which == ANY || click) && fits(s, &rows[i]))
			return &rows[i];
	return NULL;
}

/* What the request says beside its agent. */
static enum agent_kind
by_request(const struct agent_request *r, const char **who)
{
	if (!str_eq_z(r->method, "GET")) {
		*who = "asked without GET";
		return AGENT_SCANNER;
	}
	if (str_trim(r->purpose).n > 0) {
		*who = "said it fetches ahead";
		return AGENT_PREFETCH;
	}
	if (str_trim(r->agent).n == 0) {
		*who = "no User-Agent";
		return AGENT_SCANNER;
	}
	return AGENT_PERSON;
}

enum agent_kind
agent_of(const struct agent_request *r, const char **ret_who)
{
	const char *who = "";
	enum agent_kind kind = by_request(r, &who);
	const struct row *row = kind == AGENT_PERSON ? row_of(r->agent, r->click) : NULL;

	if (row && row->kind != AGENT_PERSON) {
		/* Whoever reads clicks with a browser: a proxy that asks for a link looks at
		 * it. */
		kind = row->kind == AGENT_PROXY && r->click ? AGENT_PREVIEW : row->kind;
		who = row->who;
	}
	if (!agent_is_machine(kind) && r->age != AGENT_AGE_UNKNOWN && r->age < AGENT_SOON_US) {
		kind = AGENT_SCANNER;
		who = r->age < 0 ? "before the message" : "within two seconds of the message";
	}
	if (ret_who)
		*ret_who = who;
	return kind;
}

const char *
agent_name(enum agent_kind k)
{
	static const char *const names[] = { "person", "proxy", "prefetch", "scanner",
		"preview", "crawler" };

	return k < sizeof names / sizeof *names ? names[k] : "?";
}

/* The hits within the window that begins with hit `first`; *ret_links: how many different. */
static uint64_t
window(const struct agent_hit *hits, size_t n, size_t first, unsigned *ret_links)
{
	uint64_t mask = 0;
	unsigned links = 0;

	for (size_t i = 0; i < n; i++) {
		bool known = false;

		if (hits[i].at < hits[first].at || hits[i].at - hits[first].at > AGENT_SOON_US)
			continue;
		for (size_t k = 0; k < i; k++)
			known = known || (mask >> k & 1 && hits[k].link == hits[i].link);
		links += !known;
		mask |= UINT64_C(1) << i;
	}
	*ret_links = links;
	return mask;
}

uint64_t
agent_burst(const struct agent_hit *hits, size_t n)
{
	uint64_t burst = 0, mask;
	unsigned seen;

	must(n <= AGENT_HITS_MAX);
	for (size_t i = 0; i < n; i++) {
		mask = window(hits, n, i, &seen);
		if (seen >= AGENT_BURST)
			burst |= mask;
	}
	return burst;
}
