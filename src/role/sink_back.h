/*
 * What the sink sends back to the service about mail that it has taken: a bounce a while later
 * (RFC 3464, to the return path), or a complaint (RFC 5965, to fbl@ at the domain of the return
 * path). One connection each, in plain text, to one address: the service's own port. What
 * cannot be told now is tried again every wait_us, ten times.
 */
#ifndef ROLE_SINK_BACK_H
#define ROLE_SINK_BACK_H

#include "base/str.h"
#include "io/loop.h"
#include "io/net.h"

#define SINK_BACK_US  1000000u /* between the message and what comes back of it */
#define SINK_BACK_MAX 1000u    /* on their way; above it nothing comes back */

enum sink_back_kind { SINK_BACK_BOUNCE, SINK_BACK_COMPLAINT };

struct sink_back_mail {
	enum sink_back_kind kind;
	struct str path; /* the return path, without brackets; empty: nothing comes back */
	struct str to;   /* who had taken it */
	struct str head; /* its header block */
};

struct sink_back;
/* hostname is borrowed for its life. */
struct sink_back *sink_back_new(
	struct loop *l, const struct net_addr *to, struct str hostname, uint64_t wait_us);
void sink_back_free(struct sink_back **b);
/* Copies. */
void sink_back_later(struct sink_back *b, const struct sink_back_mail *m);

#endif
