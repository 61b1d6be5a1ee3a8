/*
 * The poster's parts see each other through this header; nobody else includes it.
 */
#ifndef ROLE_POSTER_PRIV_H
#define ROLE_POSTER_PRIV_H

#include "base/arena.h"
#include "base/list.h"
#include "base/map.h"
#include "io/fetch.h"
#include "role/poster.h"

struct poster {
	struct loop *loop;
	const struct role_env *env;
	const struct config *config;
	struct config *own_config; /* after a reload */
	struct role_link *link;
	struct channel *desk;
	uint64_t generation; /* of desk's channel: whose ids these are */
	struct resolver *resolver;
	struct fetch *fetch;
	struct loop_timer second;
	bool draining;
	struct map hosts;
	struct link ready; /* hosts with something waiting, by turns */
	struct link jobs;  /* under way */
	unsigned in_flight, nwaiting;
	size_t bytes; /* of posts that wait or are under way */
};

struct poster_host {
	struct link link; /* ready */
	char *key;
	struct link waiting;
	unsigned nwaiting, busy;
};

struct poster_job {
	struct link link;
	struct poster *poster;
	struct poster_host *host;
	struct fetch_call *call;
	uint64_t id, generation;
	/* Until it is begun: */
	struct arena arena;
	struct msg_post m;
	struct url_web url;
	struct http_field *fields;
	/* Until it is answered: */
	size_t size; /* of poster->bytes */
};

/* Tells desk unless it is another one by now. */
void poster_tell(struct poster *p, uint64_t generation, const struct msg_posted *m);
/* Takes a post message; false when it is none. */
bool poster_take(struct poster *p, struct str payload);
/* Forgets what waits. */
void poster_queue_drop(struct poster *p);
/* Forgets what is under way too. */
void poster_queue_done(struct poster *p);
/* What a status other than 2xx means, a sentence about the host (P9). */
void poster_why(char dst[FETCH_WHY_MAX], struct str host, int status);

#endif
