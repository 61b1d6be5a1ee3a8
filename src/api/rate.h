/*
 * How often each key may call: a token bucket per key and class of calls, in a table of fixed
 * size. A bucket holds as many calls as the limit has in API_RATE_WINDOW seconds and fills
 * evenly. It is kept as the time at which it is full again (the generic cell rate algorithm),
 * so a full one needs no memory. Pure: time is a parameter.
 *
 * When more than API_RATE_KEYS are not full, or too many of them at one place of the table, the
 * one that is full soonest is forgotten, which is to say full.
 */
#ifndef API_RATE_H
#define API_RATE_H

#include "api/call.h"

#define API_RATE_WINDOW 60u   /* seconds */
#define API_RATE_KEYS   4096u /* power of two */

struct api_rates;
struct api_rates *api_rates_new(void);
void api_rates_free(struct api_rates **r);

/* One call of `id` (not 0), which may make `limit` (not 0) in a window; now: mono µs. false: it
 * may not be made, and ret_rate->retry_s says when one may be. *ret_rate is filled always. */
bool api_rates_take(struct api_rates *r, uint64_t id, unsigned limit, uint64_t now,
	struct api_rate *ret_rate);

#endif
