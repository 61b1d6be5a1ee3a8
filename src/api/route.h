/*
 * The one table of HTTP calls: method, path, dialect, what it does, what it needs. Everything
 * else asks here: the edge (where a request goes, how long its body may be), the tests (each
 * route against foreign ids) and the documents. Pure.
 *
 * All dialects share host and port; a path may also begin with /mailjet, /sendgrid, /postmark
 * or /mailgun (SDKs that take a prefix), which then decides alone.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "base/arena.h"

#define API_PARAMS_MAX 3u

enum api_dialect { API_NATIVE = 1, API_MAILJET, API_SENDGRID, API_POSTMARK, API_MAILGUN };

enum api_op {
	API_SEND = 1,       /* the dialect's plain call */
	API_SEND_V3,        /* Mailjet's older one */
	API_SEND_BATCH,     /* Postmark */
	API_SEND_TEMPLATE,  /* Postmark */
	API_SEND_TEMPLATES, /* Postmark */
	API_SEND_MIME       /* Mailgun */
};

struct api_route {
	const char *method;
	const char *pattern; /* "/v3/{domain}/messages"; names in {} match one part */
	enum api_dialect dialect;
	enum api_op op;
	uint32_t body_max; /* bytes */
};

struct api_match {
	const struct api_route *route;     /* NULL: nothing answers this method here */
	enum api_dialect dialect;          /* also without a route: who says so */
	const char *allow;                 /* a method that is answered at this path, or NULL */
	struct str params[API_PARAMS_MAX]; /* of {}, percent-decoded, in the arena */
	size_t nparams;
};

/* path: as it came (wire/http_in). Always fills *ret_m: -ENOENT when there is no such path,
 * -EOPNOTSUPP when the path is there for another method, -E2BIG when the arena is full, else 0.
 * Paths are compared in any case, one slash at the end is passed over. */
int api_route_find(
	struct arena *a, struct str method, struct str path, struct api_match *ret_m);

/* All routes, for tests and documents. */
const struct api_route *api_routes(size_t *ret_n);

#endif
