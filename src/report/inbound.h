/*
 * Mail that came in for an account, as the request that posts it: the mail in the format that
 * its endpoint understands (docs/reference/inbound.md). Pure. The courier adds what io/fetch
 * adds: Host, User-Agent, lengths, basic authentication of the URL.
 */
#ifndef REPORT_INBOUND_H
#define REPORT_INBOUND_H

#include "base/arena.h"
#include "base/buf.h"

enum inbound_format {
	INBOUND_NATIVE,
	INBOUND_MAILJET,
	INBOUND_SENDGRID,     /* fields of a form */
	INBOUND_SENDGRID_RAW, /* the mail itself is one field of it */
	INBOUND_POSTMARK,
	INBOUND_FORMATS
};

const char *inbound_format_name(enum inbound_format f); /* "native", "mailjet" … stable */
/* 0 or -EINVAL. */
int inbound_format_of(struct str name, enum inbound_format *ret_f);

struct inbound_letter {
	enum inbound_format format;
	struct str bytes; /* as it is stored: header with our Received first, body */
	struct str sender, recipient; /* envelope; sender may be empty */
	struct str id;                /* the same at each attempt; letters and digits */
	struct str secret;            /* whsec_…, or empty: not signed */
	int64_t now;                  /* wall µs of this attempt */
};

/* Longer ones are refused: io/fetch would not send them with their head (FETCH_REQUEST_MAX). */
#define INBOUND_BODY_MAX    (31u << 20)
#define INBOUND_POST_FIELDS 4u
struct inbound_post {
	struct {
		const char *name; /* static */
		struct str value; /* in values */
	} fields[INBOUND_POST_FIELDS];
	size_t nfields;
	struct buf body, values;
};

/* 0; -EINVAL: the secret is unusable; -E2BIG. After an error there is nothing to free. */
int inbound_write(const struct inbound_letter *l, struct inbound_post *ret_p);
void inbound_post_done(struct inbound_post *p);

/* Postmark's MessageID of a recipient: a UUID of version 8 made of his number (RFC 9562 5.8).
 */
#define INBOUND_POSTMARK_ID 40
const char *inbound_postmark_id(char dst[INBOUND_POSTMARK_ID], uint64_t rcpt);
/* 0, or -EINVAL: it is none of ours. */
int inbound_postmark_id_read(struct str id, uint64_t *ret_rcpt);
/* MailboxHash: what stands between the first + and the @. */
struct str inbound_postmark_hash(struct str address);

#endif
