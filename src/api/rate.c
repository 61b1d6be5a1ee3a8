#include "api/rate.h"

#include "base/mem.h"

#define WAYS      8u
#define SECOND_NS UINT64_C(1000000000)
#define WINDOW_NS (API_RATE_WINDOW * SECOND_NS)

struct bucket {
	uint64_t id;      /* 0: none */
	uint64_t full_at; /* mono ns */
};

struct api_rates {
	struct bucket at[API_RATE_KEYS];
};

struct api_rates *
api_rates_new(void)
{
	struct api_rates *r = MEM_NEW(r);

	return r;
}

void
api_rates_free(struct api_rates **rp)
{
	mem_free(*rp);
	*rp = NULL;
}

/* Fibonacci hashing: numbers of keys are the service's own and mostly neighbours. */
static struct bucket *
bucket_of(struct api_rates *r, uint64_t id)
{
	uint64_t set = (id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (API_RATE_KEYS / WAYS - 1);
	struct bucket *first = &r->at[set * WAYS], *least = first;

	for (struct bucket *b = first; b < first + WAYS; b++) {
		if (b->id == id)
			return b;
		if (b->full_at < least->full_at)
			least = b;
	}
	*least = (struct bucket){ .id = id };
	return least;
}

static unsigned
seconds_up(uint64_t ns)
{
	return (unsigned)((ns + SECOND_NS - 1) / SECOND_NS);
}

bool
api_rates_take(struct api_rates *r, uint64_t id, unsigned limit, uint64_t now,
	struct api_rate *ret_rate)
{
	struct bucket *b = bucket_of(r, id);
	uint64_t now_ns = now * 1000, one = WINDOW_NS / limit, all = one * limit;
	uint64_t used = b->full_at > now_ns ? b->full_at - now_ns : 0;
	bool may = used + one <= all;
	unsigned retry_s = may ? 0 : seconds_up(used + one - all);

	if (may) {
		used += one;
		b->full_at = now_ns + used;
	}
	*ret_rate = (struct api_rate){ .limit = limit,
		.left = used < all ? (all - used) / one : 0,
		.window_s = API_RATE_WINDOW,
		.reset_s = seconds_up(used),
		.retry_s = retry_s };
	return may;
}
