/*
 * The poster: a process that posts webhooks for desk. It has no database, no key, no spool: a
 * post message carries all it needs. What it parses (answers, certificates, DNS) is hostile.
 *
 *   desk ── post ─▶ host's queue ─▶ io/fetch ─▶ posted ─▶ desk
 *
 * A host (scheme, name, port) has at most POSTER_PER_HOST connections, and fewer when few are
 * left for all: it may hold n only while 16 n are free, so that slow hosts never take the last
 * ones from the others. What a host may keep waiting is bounded too; beyond that, and beyond
 * what all may, the answer is "busy" at once: desk keeps the event and comes again. Desk counts
 * what it gave and had no answer to, so that it waits before POSTER_BYTES are reached. Of
 * tenants nothing is known here: that none takes all places is desk's work
 * (desk_hook_tenant.c).
 *
 * Nothing is repeated here. When desk goes, what waits is forgotten and what is under way ends
 * untold: desk's next process posts again what has no answer (at least once).
 */
#ifndef ROLE_POSTER_H
#define ROLE_POSTER_H

#include "role/role.h"

#define POSTER_PER_HOST     8u
#define POSTER_IN_FLIGHT    256u
#define POSTER_HOST_WAITING 64u
#define POSTER_WAITING      4096u
#define POSTER_BYTES        (64u << 20) /* of posts that wait or are under way */
#define POSTER_TIMEOUT_MS   60000u      /* the longest that a post may ask for */

struct poster;
struct poster *poster_new(struct loop *l, const struct role_env *env);
void poster_free(struct poster **p);
/* A channel to desk; fd is taken. */
void poster_peer(struct poster *p, int desk_fd);
int poster_main(const struct role_env *env);

#endif
