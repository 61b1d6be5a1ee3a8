/*
 * What a remote reply means: class, blame, what to do, in words (promise P9). The first rule
 * table (bounce_tbl.h), RFC 3463 codes behind it, basic codes last. Pure.
 */
#ifndef SEND_BOUNCE_H
#define SEND_BOUNCE_H

#include "wire/msg.h"

enum bounce_class {
	CLASS_NONE,
	CLASS_MAILBOX,
	CLASS_QUOTA,
	CLASS_POLICY,
	CLASS_REPUTATION,
	CLASS_AUTH,
	CLASS_CONTENT,
	CLASS_SIZE,
	CLASS_GREYLIST,
	CLASS_RATE,
	CLASS_NETWORK,
	CLASS_DNS,
	CLASS_PROTOCOL,
	CLASS_SERVER,
	CLASS_OTHER,
	CLASS_SANDBOX, /* delivered to the sink, in the mode sandbox */
	CLASSES
};
enum blame {
	BLAME_NONE,
	BLAME_ADDRESS,
	BLAME_CONTENT,
	BLAME_OUR_IP,
	BLAME_OUR_SETUP,
	BLAME_THEIR_SERVER,
	BLAME_NETWORK,
	BLAMES
};

const char *bounce_class_name(enum bounce_class c); /* "mailbox" … stable */
const char *blame_name(enum blame b); /* "address", "content", "our_ip", … stable */
const char *blame_words(enum blame b, bool french); /* "the recipient's address" */

struct verdict {
	enum bounce_class class;
	enum blame blame;
	bool permanent;      /* no use trying again: a 5xx, but not before MAIL */
	uint32_t rest_s;     /* the door should rest this long, 0 = no */
	uint32_t retry_s;    /* a better time for the retry than the schedule, 0 = schedule */
	const char *en, *fr; /* one plain sentence: what happened */
	const char *todo_en, *todo_fr; /* what to do, may be "" */
};

/* Judges one result (not for delivered ones). Code 0 at STAGE_DOT is "in doubt". Texts nobody
 * knows get a sentence that points to the reply, without invention. All texts are static,
 * never NULL. */
struct verdict bounce_judge(uint8_t stage, const struct reply *r);
/* Of what was delivered to the sink alone, in the mode sandbox. */
struct verdict bounce_sandbox(void);

#endif
