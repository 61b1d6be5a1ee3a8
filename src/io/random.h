/*
 * Random bytes of the kernel (libsodium). Never fails after random_start.
 */
#ifndef IO_RANDOM_H
#define IO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Once per process, before any other call. Stops the process when there is no randomness. */
void random_start(void);
void random_bytes(void *p, size_t n);
uint64_t random_u64(void);
/* Even in 0..n-1. */
uint32_t random_below(uint32_t n);

#endif
