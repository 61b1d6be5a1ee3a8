#include "base/mem.h"

#include "base/must.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define MEM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEM_ASAN 1
#endif
#endif

#ifdef MEM_ASAN
#include <sanitizer/asan_interface.h>
#endif

void *
mem_new(size_t count, size_t size)
{
	/* calloc(0) may give NULL, which would look like the end of memory. */
	void *p = calloc(count ? count : 1, size ? size : 1);

	must(p != NULL);
	return p;
}

void *
mem_grow(void *p, size_t count, size_t size)
{
	size_t bytes;

	must(!__builtin_mul_overflow(count, size, &bytes));
	p = realloc(p, bytes ? bytes : 1);
	must(p != NULL);
	return p;
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_trim(void)
{
	(void)malloc_trim(0);
}

void
mem_wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}

void
mem_poison(const void *p, size_t n)
{
#ifdef MEM_ASAN
	__asan_poison_memory_region(p, n);
#else
	(void)p;
	(void)n;
#endif
}

void
mem_unpoison(const void *p, size_t n)
{
#ifdef MEM_ASAN
	__asan_unpoison_memory_region(p, n);
#else
	(void)p;
	(void)n;
#endif
}

bool
mem_poisoned(const void *p)
{
#ifdef MEM_ASAN
	return __asan_address_is_poisoned(p);
#else
	(void)p;
	return false;
#endif
}
