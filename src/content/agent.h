/*
 * Was it a person? Of one request for a pixel or a link, by what it says of itself and when it
 * came; and of several for the same recipient, by how fast they came. Robots are counted apart,
 * never dropped: their links lead on as anybody's. A guess by nature: what nothing speaks
 * against is taken for a person.
 */
#ifndef CONTENT_AGENT_H
#define CONTENT_AGENT_H

#include "base/str.h"

#define AGENT_AGE_UNKNOWN INT64_MIN
#define AGENT_SOON_US     INT64_C(2000000)
#define AGENT_BURST       4u /* links in AGENT_SOON_US */
#define AGENT_HITS_MAX    64u

enum agent_kind {
	AGENT_PERSON,
	AGENT_PROXY, /* a mailbox provider, because a person reads */
	/* machines */
	AGENT_PREFETCH, /* fetched ahead, read or not */
	AGENT_SCANNER,  /* looks for malware */
	AGENT_PREVIEW,  /* shows a link that somebody passed on */
	AGENT_CRAWLER   /* all other programs */
};

struct agent_request {
	struct str method;
	struct str agent;   /* User-Agent; empty = none was sent */
	struct str purpose; /* Sec-Purpose, Purpose, X-Purpose or X-Moz; empty = none */
	bool click;         /* a link, not a pixel */
	/* µs since the message was accepted, at least as long as since the delivery; below 0:
	 * before it; or AGENT_AGE_UNKNOWN */
	int64_t age;
};

/* *ret_who (or NULL): static text, whom or why; "" for a person. */
enum agent_kind agent_of(const struct agent_request *r, const char **ret_who);
const char *agent_name(enum agent_kind k); /* "person", "proxy" … stable */

static inline bool
agent_is_machine(enum agent_kind k)
{
	return k > AGENT_PROXY;
}

struct agent_hit {
	int64_t at;    /* µs */
	uint32_t link; /* which of the message's links */
};

/*
 * Of n clicks of one recipient, in any order, at most AGENT_HITS_MAX: bit i is set when hit i
 * belongs to a burst: within AGENT_SOON_US of its first one, AGENT_BURST different links were
 * asked for. Nobody reads that fast. Called again when a hit is added, it may set bits of
 * earlier ones.
 */
uint64_t agent_burst(const struct agent_hit *hits, size_t n);

#endif
