/*
 * Functions nobody may call: each has a safe equal in base/. Included before every source
 * file by the build.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* glibc makes alloca a macro, and a macro cannot be poisoned. */
#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok strtok_r
#pragma GCC poison atoi atol atoll
#pragma GCC poison gmtime localtime asctime ctime alloca gets system popen tmpnam mktemp

#endif
