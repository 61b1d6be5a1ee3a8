/*
 * JSON of inbound mail, written straight into a buffer: files may have megabytes. Part of
 * report/inbound*.c only. Errors stay in the buffer (`full`).
 */
#ifndef REPORT_INBOUND_PUT_H
#define REPORT_INBOUND_PUT_H

#include "base/buf.h"

struct inbound_put {
	struct buf *b;
	bool comma; /* something stands before in this object or list */
};

/* name NULL: in a list. */
void inbound_put_open(struct inbound_put *p, const char *name, char bracket);
void inbound_put_close(struct inbound_put *p, char bracket);
void inbound_put_text(struct inbound_put *p, const char *name, struct str s);
/* As above, null when s.p is NULL. */
void inbound_put_maybe(struct inbound_put *p, const char *name, struct str s);
void inbound_put_b64(struct inbound_put *p, const char *name, struct str bytes);
void inbound_put_number(struct inbound_put *p, const char *name, uint64_t n);
void inbound_put_bool(struct inbound_put *p, const char *name, bool v);
/* A name that is foreign. */
void inbound_put_name(struct inbound_put *p, struct str name);

#endif
