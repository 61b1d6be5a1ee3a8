/*
 * Files that are part of the program, served without a key: GET /openapi.json, /docs/api, and
 * the console below /console/. tools/embed makes the table when building; nothing is read from
 * a disk.
 *
 * The console is one page with many addresses: whatever is asked for below /console/ and is no
 * file of it is answered with that page, but for /console/assets/, where a name that is not
 * there any more must not become a page.
 */
#ifndef ROLE_EDGE_STATIC_H
#define ROLE_EDGE_STATIC_H

#include "role/edge_priv.h"

/* The bytes of a file in one content coding, with the ETag that is theirs alone. */
struct edge_body {
	const char *etag; /* NULL: there is none in this coding */
	const char *bytes;
	size_t n;
};
struct edge_file {
	const char *path, *type, *policy; /* policy: Content-Security-Policy */
	bool lasting;                     /* its name changes with its content */
	bool page;                        /* of the console: asked for anew each time */
	struct edge_body as_is, gzip, br;
};
extern const struct edge_file edge_files[];
extern const size_t edge_nfiles;

/* NULL: there is none at this path. */
const struct edge_file *edge_static_find(struct str path);
/* The smallest of its bodies that a client with this Accept-Encoding takes (RFC 9110 12.5.3;
 * STR_NONE: as they are); *ret_coding is the name for Content-Encoding, NULL for none. */
const struct edge_body *edge_static_body(
	const struct edge_file *f, struct str accepted, const char **ret_coding);
/* Answers the request that ended, a GET or HEAD: 200, or 304 when the client has it already
 * (RFC 9110 13.1.2). */
void edge_static_answer(struct edge_conn *c, const struct edge_file *f);

#endif
