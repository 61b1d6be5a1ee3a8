/*
 * The system calls a role may make (seccomp). A list of what is allowed; anything else gives
 * EPERM.
 */
#ifndef IO_SANDBOX_CALLS_H
#define IO_SANDBOX_CALLS_H

#include "io/sandbox.h"

/* Is this a build with sanitizers, which make calls of their own? */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_CHECKED 1
#endif
#endif
#ifndef SANDBOX_CHECKED
#define SANDBOX_CHECKED 0
#endif

/* 0 or -errno. Needs no_new_privs. */
int sandbox_calls_enter(const struct sandbox *s);

#endif
