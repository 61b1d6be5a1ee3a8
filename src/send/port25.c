#include "send/port25.h"

#include <errno.h>

#define SECOND    UINT64_C(1000000)
#define WINDOW_US (180 * SECOND) /* what is older says nothing */
#define SITES_MIN 3
#define WAIT_US   (45 * SECOND)

#define FAILED_MAX (sizeof((struct port25 *)0)->failed / sizeof((struct port25 *)0)->failed[0])

void
port25_init(struct port25 *p)
{
	*p = (struct port25){ .state = PORT25_UNKNOWN };
}

static bool
turn(struct port25 *p, enum port25_state s, uint64_t now)
{
	if (p->state == s)
		return false;
	p->state = s;
	p->since = now;
	return true;
}

/* A refusal is an answer from over there: packets pass. Anything else that is no connection
 * may be a firewall, ours or the provider's (EPERM and EACCES come from a local one). */
static bool
blocked_like(int err)
{
	return err == ETIMEDOUT || err == ENETUNREACH || err == EHOSTUNREACH || err == EPERM ||
	       err == EACCES || err == ENETDOWN;
}

static void
forget_old(struct port25 *p, uint64_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n; i++)
		if (now - p->failed[i].at < WINDOW_US)
			p->failed[n++] = p->failed[i];
	p->n = n;
	if (n == 0)
		p->first_failure = 0;
}

static void
add_failure(struct port25 *p, uint64_t site, uint64_t now)
{
	unsigned i = 0;

	forget_old(p, now);
	while (i < p->n && p->failed[i].site != site)
		i++;
	if (p->n == 0)
		p->first_failure = now;
	if (i == p->n && p->n < FAILED_MAX)
		p->n++;
	else if (i == FAILED_MAX)
		i = 0;
	p->failed[i].site = site;
	p->failed[i].at = now;
}

/* A connection in the window says that it is the sites that are down. */
static bool
judge(struct port25 *p, bool enough, uint64_t now)
{
	if (!enough || (p->last_success && now - p->last_success < WINDOW_US))
		return false;
	return turn(p, PORT25_BLOCKED, now);
}

bool
port25_saw(struct port25 *p, struct str site, bool connected, int err, uint64_t now)
{
	if (connected || err == ECONNREFUSED || err == ECONNRESET) {
		p->n = 0;
		p->first_failure = 0;
		p->last_success = now;
		return turn(p, PORT25_OPEN, now);
	}
	if (!blocked_like(err))
		return false;
	add_failure(p, hash_bytes(0, site), now);
	return judge(p, p->n >= SITES_MIN, now);
}

bool
port25_tick(struct port25 *p, uint64_t now)
{
	forget_old(p, now);
	return judge(
		p, p->n >= SITES_MIN || (p->n >= 2 && now - p->first_failure >= WAIT_US), now);
}
