#include "io/random.h"

#include "base/must.h"

#include <sodium.h>

void
random_start(void)
{
	must(sodium_init() >= 0);
}

void
random_bytes(void *p, size_t n)
{
	randombytes_buf(p, n);
}

uint64_t
random_u64(void)
{
	uint64_t v;

	randombytes_buf(&v, sizeof v);
	return v;
}

uint32_t
random_below(uint32_t n)
{
	return randombytes_uniform(n);
}
