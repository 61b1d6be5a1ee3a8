/*
 * must(cond): states an invariant of ours and stops the process when it does not hold.
 * Stays on in production. Never used on bytes from outside: those get an answer.
 */
#ifndef BASE_MUST_H
#define BASE_MUST_H

_Noreturn void must_fail(const char *cond, const char *file, int line);

#define must(cond) ((cond) ? (void)0 : must_fail(#cond, __FILE__, __LINE__))

#endif
