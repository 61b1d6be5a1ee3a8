/*
 * A campaign that each address of an account gets at most once (Mailjet's DeduplicateCampaign):
 * by what campaign and address are known. Who got it is remembered as calls of send/idem: the
 * key is the hash of (tenant, campaign, address), `first` the message that it is for. So no
 * name and no address is kept by it, and what holds of an account that fills the memory holds
 * here (ONCE_MAX, ONCE_LIFE).
 */
#ifndef SEND_ONCE_H
#define SEND_ONCE_H

#include "send/idem.h"

#define ONCE_SIZE 16u
#define ONCE_MAX  1000000u /* addresses of all campaigns and accounts */
#define ONCE_LIFE (30 * 86400 * INT64_C(1000000))

/* ret: ONCE_SIZE bytes for the campaign of this name. */
void once_campaign(char *ret, uint32_t tenant, struct str name);
/* ret_call: IDEM_SIZE bytes. campaign: of once_campaign. sink: of the mode sandbox, which
 * nobody got; remembered apart, lest mail that goes out later be passed over for it. 0, or
 * -EINVAL: the address is no mailbox. */
int once_call(
	char *ret_call, struct str campaign, struct str address, bool sink, uint64_t message);

/* What the fact of a recipient says who is passed over for it; is it such a reply? */
static inline struct reply
once_reply(void)
{
	return REPLY(554, 5, 7, 1, "Already got a message of this campaign");
}

static inline bool
once_said(const struct reply *r)
{
	return r->code == once_reply().code;
}

#endif
