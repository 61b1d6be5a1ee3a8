/*
 * Files that are part of the program, served without a key: GET /openapi.json, GET /docs/api.
 * tools/embed makes the table when building; nothing is read from a disk.
 */
#ifndef ROLE_EDGE_STATIC_H
#define ROLE_EDGE_STATIC_H

#include "role/edge_priv.h"

struct edge_file {
	const char *path, *type, *etag, *policy; /* policy: Content-Security-Policy */
	const char *body;
	size_t n;
};
extern const struct edge_file edge_files[];
extern const size_t edge_nfiles;

/* NULL: there is none at this path. */
const struct edge_file *edge_static_find(struct str path);
/* Answers the request that ended, a GET or HEAD: 200, or 304 when the client has it already
 * (RFC 9110 13.1.2). */
void edge_static_answer(struct edge_conn *c, const struct edge_file *f);

#endif
