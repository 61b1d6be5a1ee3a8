/*
 * Faults that test builds provoke on demand (FACTEUR_FAULTS, see io/file_fault.h for those of
 * the disk). Elsewhere nothing of it is compiled.
 *
 *   FACTEUR_FAULT_POISON=1      the process ends by abort() when it works on a message to
 *                               poison-courier@… or signs one from poison-sign@…; it hangs at
 * one to poison-hang@… FACTEUR_FAULT_CLOCK=FILE    the wall clock is that of the machine plus
 * the seconds that stand in FILE (read again each 100 ms at most)
 */
#ifndef IO_FAULT_H
#define IO_FAULT_H

#include "base/str.h"
#include "io/file_fault.h"

#ifdef FACTEUR_FAULTS
/* Does it begin with word, and are such faults asked for? */
bool fault_poison(const char *word, struct str address);
void fault_die(void) __attribute__((noreturn));
void fault_hang(void) __attribute__((noreturn));
/* What to add to the wall clock, µs. */
int64_t fault_clock_us(uint64_t mono);
#else
static inline bool
fault_poison(const char *word, struct str address)
{
	(void)word;
	(void)address;
	return false;
}

static inline void
fault_die(void)
{
}

static inline void
fault_hang(void)
{
}

static inline int64_t
fault_clock_us(uint64_t mono)
{
	(void)mono;
	return 0;
}
#endif

#endif
