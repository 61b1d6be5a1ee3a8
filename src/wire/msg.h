/*
 * Typed messages between roles, made from wire/msg_tbl.h. For each NAME of the table:
 *
 *   struct msg_NAME; enum MSG_NAME (its number)
 *   int msg_NAME_write(struct buf *b, const struct msg_NAME *m);            0 or -E2BIG
 *   int msg_NAME_read(struct arena *a, struct str bytes, struct msg_NAME *ret_m);
 *
 * read: 0 or -EBADMSG; texts are borrowed from bytes, lists live in the arena. Whatever read
 * takes, write gives back byte for byte (the fuzzer's law).
 */
#ifndef WIRE_MSG_H
#define WIRE_MSG_H

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/msg_tbl.h"
#include "wire/reply.h"

/* courier_hello.attempts: triples (attempt, slot, recipient id) of all attempts in hand and of
 * outcomes not yet acknowledged. outcome.error: errno of a failed connect, 0 none;
 * outcome.port: port of the last connect. */
/* STREAM_INBOUND: came in for an account's URL; nothing that it sends. STREAM_SINK: of a lane
 * alone, no message is of it (send/queue.h). */
enum stream_kind {
	STREAM_TRANSACTIONAL = 0,
	STREAM_BROADCAST = 1,
	STREAM_INBOUND = 2,
	STREAM_SINK = 3
};
/* VIA_FORWARD: what came back, sent on by the service itself. */
enum via { VIA_SMTP = 1, VIA_API, VIA_SENDMAIL, VIA_DSN, VIA_CLI, VIA_FORWARD };
enum find_what { FIND_INBOUND = 1, FIND_SENDER, FIND_GROUPS, FIND_STREAMS };
enum find_is {
	FIND_NOBODY,
	FIND_SOMEBODY,
	FIND_LATER /* too much is looked for */,
	FIND_BLOCKED /* whose address it is wants nothing from this sender */
};
enum template_is {
	TEMPLATE_IS_NONE,  /* no such template */
	TEMPLATE_IS_DRAFT, /* it has no published version */
	TEMPLATE_IS_KNOWN, /* still the one that the edge has */
	TEMPLATE_IS_HERE,
	TEMPLATE_IS_LATER /* the tables cannot be read */
};

enum web_is {
	WEB_IS_GONE, /* no such message, or its bytes are not kept any more */
	WEB_IS_HERE,
	WEB_IS_LATER /* too much is read just now, or the disk fails */
};

enum prove_is {
	PROVE_IS_NONE, /* no such code, or not any more */
	PROVE_IS_ASKED,
	PROVE_IS_PROVED,
	PROVE_IS_LATER /* the tables cannot be used */
};

enum contact_is {
	CONTACT_IS_NONE,
	CONTACT_IS_HERE,
	CONTACT_IS_LATER /* the tables cannot be read */
};

/* submit.flags, attempt.flags */
#define MAIL_8BIT      1u /* a byte > 127 in header or body */
#define MAIL_UTF8      2u /* came with SMTPUTF8 and needs it: an address or header is UTF-8 */
#define MAIL_BODY_HASH 4u /* body_hash is the relaxed DKIM hash of the body */
#define MAIL_DSN       8u /* our own report */
/* It goes though the suppression list has the address for that reason. */
#define MAIL_BYPASS_BOUNCE      16u
#define MAIL_BYPASS_COMPLAINT   32u
#define MAIL_BYPASS_UNSUBSCRIBE 64u  /* an unsubscribe, or an entry by hand */
#define MAIL_BYPASS_GROUP       128u /* what is for the message's group, whatever its reason */
#define MAIL_BYPASS             240u /* all of them */

/* attempt.tls */
enum door_tls { DOOR_TLS_MAY, DOOR_TLS_MUST, DOOR_TLS_NONE, DOOR_TLS_IMPLICIT };
/* wish.tls, attempt.need: over what its bytes may go, whatever the route says. */
enum tls_need {
	TLS_NEED_NONE,
	TLS_NEED_VERIFIED, /* TLS with a certificate of the server's name that we trust */
	TLS_NEED_ANY       /* TLS with any certificate */
};

/* wish.turn: whose turn it is among the mail of one account and stream to one place. 0: the
 * first to come is the first to go. */
#define TURN_LAST_FIRST 1u /* before what is there; of several the last to come goes first */
#define TURN_LOW        2u /* behind all that is not low */

/* signal.kind, where it is none of enum fact_kind: the recipient takes back his consent to
 * tracking. It is answered, and no fact. */
#define SIGNAL_STOP_TRACKING 255u

/* submitted.reply.code: the account has no such group, or stream of its own. An edge knows by
 * it what to say. */
#define MSG_NO_GROUP 553
/* Numbers from here on are those of streams, those before of groups. */
#define MSG_STREAM_NUMBERS UINT32_C(0x80000000)
/* stream.how */
#define MSG_STREAM_BROADCAST   1u
#define MSG_STREAM_ARCHIVED    2u
#define MSG_STREAM_UNSUBSCRIBE 4u /* its mail gets the fields that unsubscribe */

/* submitted.retry_s */
#define MSG_NEVER UINT32_MAX

/* extra.track */
#define TRACK_OPENS  1u
#define TRACK_CLICKS 2u
/* tracking.track: TRACK_OPENS and the parts in which links are rewritten. */
#define TRACK_HTML 4u
#define TRACK_TEXT 8u

/* tracking.part: rows come between a first and a last one, which may be the same; one without a
 * tenant is no row. */
#define TRACKING_FIRST 1u
#define TRACKING_LAST  2u

/* submitted.idem: what the Idempotency-Key of a call was to the engine. */
enum idem_kind {
	IDEM_NEW,     /* or there was none */
	IDEM_AGAIN,   /* it was sent before: ids from `first` on */
	IDEM_RUNNING, /* it is being sent now */
	IDEM_OTHER    /* it was sent with another body */
};

enum route_kind { ROUTE_MX = 1, ROUTE_HOST = 2, ROUTE_WEBHOOK = 3, ROUTE_SINK = 4 };

/* Where an attempt ended. */
enum stage {
	STAGE_DNS = 1,
	STAGE_CONNECT,
	STAGE_BANNER,
	STAGE_EHLO,
	STAGE_TLS,
	STAGE_AUTH,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_BODY,
	STAGE_DOT,
	STAGE_LOCAL,  /* our spool or our rules */
	STAGE_WEBHOOK /* the URL of an inbound address */
};

/* What the courier saw; the engine decides what it means. */
enum result {
	RESULT_DELIVERED = 1,
	RESULT_RELAYED /* delivered, next hop without DSN */,
	RESULT_DEFERRED,
	RESULT_BOUNCED,
	RESULT_IN_DOUBT,
	RESULT_DAMAGED /* body unreadable */
};

/* The engine's word, in the journal: accepted for the sink. It goes nowhere else, whatever the
 * mode is later. No edge says it. */
#define MSG_RCPT_SINK 16u
struct msg_rcpt {
	uint16_t index;     /* recipient's number in its message, from 0 */
	uint8_t notify;     /* enum dsn_notify bits; in the journal MSG_RCPT_SINK too */
	struct str address; /* local@domain, domain as given */
	struct str orcpt;
};
struct msg_rcpts {
	struct msg_rcpt *at;
	size_t n;
};

#define MSG_TEXTS_MAX 1000
struct msg_text {
	struct str bytes;
};
struct msg_texts {
	struct msg_text *at;
	size_t n;
};

struct msg_signer {
	uint8_t algo; /* enum dkim_algo */
	struct str domain, selector;
};
struct msg_signers {
	struct msg_signer *at;
	size_t n;
};

struct msg_result {
	uint16_t index;
	uint8_t result, stage;
	struct reply reply;
};
struct msg_results {
	struct msg_result *at;
	size_t n;
};

struct msg_count {
	uint16_t what; /* enum count_what of role/counts.h */
	uint16_t label;
	uint64_t value;
};
struct msg_counts {
	struct msg_count *at;
	size_t n;
};
#define MSG_U64S_MAX 500000 /* fills CHANNEL_PAYLOAD_MAX */
struct msg_u64s {
	uint64_t *at;
	size_t n;
};

#define MSG_C_u8      uint8_t
#define MSG_C_u16     uint16_t
#define MSG_C_u32     uint32_t
#define MSG_C_u64     uint64_t
#define MSG_C_i64     int64_t
#define MSG_C_str     struct str
#define MSG_C_text    struct str
#define MSG_C_tail    struct str /* the last field: when it is empty, nothing is written */
#define MSG_C_texts   struct msg_texts
#define MSG_C_reply   struct reply
#define MSG_C_rcpts   struct msg_rcpts
#define MSG_C_signers struct msg_signers
#define MSG_C_results struct msg_results
#define MSG_C_counts  struct msg_counts
#define MSG_C_u64s    struct msg_u64s
/* Arrays cannot be a plain type: wrapped. */
struct msg_raw32 {
	uint8_t b[32];
};
#define MSG_C_raw32 struct msg_raw32

#define MSG_FIELD_(type, name)  MSG_C_##type name;
#define MSG_ENUM_(no, name, ex) MSG_##name = no,
#define MSG_DECL_(no, name, ex)                                                                \
	struct msg_##name {                                                                    \
		MSG_FIELDS_##name(MSG_FIELD_)                                                  \
	};                                                                                     \
	int msg_##name##_write(struct buf *b, const struct msg_##name *m);                     \
	int msg_##name##_read(struct arena *a, struct str bytes, struct msg_##name *ret_m);

enum msg_type { MSG_TABLE(MSG_ENUM_) MSG_TYPES };
MSG_TABLE(MSG_DECL_)

/* "submit", "outcome" …; "?" for no type. */
const char *msg_name(uint16_t type);

/* auth.tls: how the secret came. AUTH_PLAIN is good only for keys made with --plaintext;
 * edge_state .plain_keys says whether there are any. */
enum auth_way { AUTH_PLAIN = 0, AUTH_TLS = 1, AUTH_PLAIN_PORT = 2 };

/* auth.api: the caller may need other scopes than SCOPE_SEND; authed.scopes tells them. */
#define SCOPE_SEND     1u
#define SCOPE_READ     2u
#define SCOPE_MANAGE   4u
#define SCOPE_SUPPRESS 8u
#define SCOPE_OPERATE  16u /* of all accounts: only the operator makes such keys */
#define SCOPE_ALL      31u

/* query.op */
enum query_op {
	QUERY_STATUS = 1,
	QUERY_METRICS,
	QUERY_QUEUE_LIST,
	QUERY_QUEUE_SHOW,
	QUERY_HOLD,
	QUERY_RELEASE,
	QUERY_RETRY,
	QUERY_DROP,
	QUERY_COUNT /* how many a filter takes */,
	QUERY_ROUTES_CHANGED,
	QUERY_CONTROL_CHANGED,
	QUERY_CANCEL,
	QUERY_READY,
	QUERY_KEYS_USED,
	QUERY_LEDGER /* answered when the ledger has what was accepted so far */,
	QUERY_SUPPRESS_ADD /* text: changes as send/spool_suppress encodes them */,
	QUERY_SUPPRESS_REMOVE /* the same */,
	QUERY_SUPPRESS_UNDO /* id: the incident; tenant, 0 any */,
	QUERY_SUPPRESS_GROUP /* id: a group of tenant: nothing is suppressed for it any more */,
	QUERY_USE /* tenant, id: of which key, 0 the account: what is used of its quota */,
	QUERY_WEBHOOKS /* desk tells for the metrics: after = lag in s, limit = failing ones */,
	QUERY_LANES /* the queue told apart by lane */,
	QUERY_FOLLOW /* somebody follows tenant's mail: its facts go to the feed too */,
	/* Mail of the service itself. address: who gets it; domain: its Message-ID; sender: its
	 * subject; text: the message with its header. 200 once it is accepted: durable. */
	QUERY_NOTICE,
	QUERY_ALERTS /* desk tells for the metrics: text = lines "code number" */,
	QUERY_PAUSE,
	QUERY_RESUME,
	QUERY_BACKUP /* after: the hold, 0 a new one; limit: enum query_backup */,
	/* Parts of an erasure (docs/decisions/0018); each may be asked again, whatever came of
	 * it. Of tenant, address by suppress_address. */
	QUERY_ERASE_QUEUE /* what waits for him is dropped; skipped: in a courier's hands */,
	QUERY_ERASE_PAST /* bodies, transcripts, rows of the ledger, lines of the log */,
	QUERY_ERASE_JOURNAL /* a new generation, begun since after (mono µs); no older one */,
	QUERY_ERASE_LOGS /* the databases' logs are emptied */
};
/* What a backup still needs. */
enum query_backup { BACKUP_NEEDS_NOTHING, BACKUP_NEEDS_BODIES, BACKUP_NEEDS_ALL };

/* One attempt slot in memory shared by a courier and the engine (promise P3): written by the
 * courier before the bytes leave, read by the engine after the courier's death. */
struct phase_slot {
	_Atomic uint64_t attempt;
	_Atomic uint32_t phase; /* enum smtp_out_phase; PHASE_REPLY: code of the reply << 8 */
	/* Of a courier's slot 0: the slot that its code is at work on, + 1; 0 none. Whose crash
	 * it is. */
	_Atomic uint32_t hand;
	/* Bit i: recipient i of the attempt was accepted by RCPT; set before PHASE_DOT. */
	_Atomic uint64_t accepted[2];
};
/* A `signed` for a signer of this number: the engine knows nothing of the attempt. */
#define SIGNER_NONE     255
#define PHASE_SLOTS_MAX 4096

#endif
