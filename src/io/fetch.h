/*
 * HTTP requests to hosts that a tenant named (webhooks): one request a call, on streams of the
 * loop, connections kept for the next call to the same host, port and address.
 *
 * The guard (SSRF): the name is resolved once; unless private_ok, one address that is not of
 * the public Internet refuses the whole host; the connection goes to an address that was
 * checked, and never is the name asked for again. No redirect is followed. https is verified
 * against the system's roots and the host name; there is no way around that.
 *
 *   RESOLVE -> CONNECT (address after address; or a connection that was kept) -> ANSWER -> told
 *
 * A connection that was kept and dies before a byte of the answer came is replaced once by a
 * new one: closing idle connections is everybody's right (RFC 9112 9.3.1). What is posted
 * carries an id for that reason.
 */
#ifndef IO_FETCH_H
#define IO_FETCH_H

#include "io/resolve.h"
#include "wire/http_out.h"
#include "wire/url_web.h"

#define FETCH_CONNECT_US  (10u * 1000000u) /* TCP and TLS, all addresses together */
#define FETCH_TOTAL_US    (30u * 1000000u) /* from begin to the last byte */
#define FETCH_IDLE_US     (15u * 1000000u) /* a kept connection without a call */
#define FETCH_IDLE_MAX    256u
#define FETCH_PER_HOST    8u          /* kept for one host, port and address */
#define FETCH_BODY_KEPT   4096u       /* of an answer */
#define FETCH_REQUEST_MAX (32u << 20) /* head and body */
#define FETCH_WHY_MAX     640u

/* C(NAME, word, whose problem it is). The numbers stand in `posted` messages: only add. */
#define FETCH_CLASSES(C)                                                                       \
	C(ANSWERED, "answered", "see the status")                                              \
	C(URL, "url", "the URL or a field: who set the webhook up")                            \
	C(ADDRESS, "address", "the URL: its host is not public")                               \
	C(NAME, "name", "the URL: its host does not exist")                                    \
	C(DNS, "dns", "their DNS, or the network")                                             \
	C(CONNECT, "connect", "their server, or the network")                                  \
	C(TLS, "tls", "their certificate or TLS")                                              \
	C(TIMEOUT, "timeout", "their server: too slow")                                        \
	C(PROTOCOL, "protocol", "their server: no HTTP/1.1")                                   \
	C(OURS, "ours", "this machine")                                                        \
	C(BUSY, "busy", "too much waits for this host already")

#define FETCH_CLASS_(name, word, whose) FETCH_##name,
enum fetch_class { FETCH_CLASSES(FETCH_CLASS_) FETCH_CLASS_COUNT };
/* "answered", "tls" …; "?" for none. */
const char *fetch_class_name(unsigned c);

struct fetch_answer {
	enum fetch_class class;
	int status;             /* 200..599 when ANSWERED, else 0 */
	struct str body;        /* its first FETCH_BODY_KEPT bytes */
	uint64_t body_bytes;    /* all of them */
	uint32_t retry_after_s; /* as their Retry-After says in seconds; 0: it does not */
	uint64_t took_us;
	char address[NET_TEXT_MAX]; /* with port; "" when it came to no connection */
	char why[FETCH_WHY_MAX];    /* a sentence (P9); "" when ANSWERED */
};

struct fetch_request {
	const struct url_web *url;
	const char *method;              /* "POST" */
	const struct http_field *fields; /* without Host and framing; Authorization is made
	                                    from the URL unless it is here */
	size_t nfields;
	struct str body;
	uint64_t total_us; /* 0: FETCH_TOTAL_US */
};

struct fetch;
struct fetch_call;
typedef void fetch_fn(void *ctx, const struct fetch_answer *a);

/* The resolver is borrowed. The system's roots are read by the first https call. */
struct fetch *fetch_new(struct loop *l, struct resolver *r, bool private_ok);
/* Calls under way are forgotten: their fn is not called. Not inside a fn. */
void fetch_free(struct fetch **f);
/* Another resolver, another rule; the old resolver may go afterwards. Kept connections are
 * closed, roots are read again; calls that still ask for a name ask anew. */
void fetch_reset(struct fetch *f, struct resolver *r, bool private_ok);

/* Everything is copied. fn is called once, from the loop, never inside a function of fetch; it
 * may begin and cancel calls. The call and the answer are gone when it returns. */
struct fetch_call *fetch_begin(
	struct fetch *f, const struct fetch_request *req, fetch_fn *fn, void *ctx);
/* fn is not called. */
void fetch_cancel(struct fetch_call **c);
/* Connections kept without a call. */
size_t fetch_idle(const struct fetch *f);

#endif
