/*
 * A call of the HTTP API in the edge, from its head to its answer. Private to edge_api.c (who
 * calls, the body, the dialect), edge_write.c (messages from templates), edge_send.c (messages
 * durable, submitted) and edge_desk.c (what desk answers).
 *
 *   head ─▶ AUTH ─▶ BODY ─▶ READ ─▶ WRITE ─▶ DOMAINS ─▶ COMPOSE ─▶ STORE ─▶ SUBMIT ─▶ answer
 *     └────────────────┴───────┴───────┴────────┴──────────┴─────────┴──▶ refused: answer
 *
 * The client may leave at any time (conn NULL): a call whose bodies are under way ends by
 * itself, and nothing was promised. READ and COMPOSE of a long body run on a thread of the
 * edge, WRITE always; all else on the loop.
 */
#ifndef ROLE_EDGE_API_H
#define ROLE_EDGE_API_H

#include "api/call.h"
#include "api/route.h"
#include "io/pool.h"
#include "role/edge_priv.h"
#include "role/edge_template.h"
#include "send/accept.h"

#define EDGE_CALL_ARENA  (256u << 20) /* texts, decoded files */
#define EDGE_CALL_INLINE (256u << 10) /* body bytes; longer ones are read on a thread */
#define EDGE_CALL_BYTES  (64u << 20)  /* of all messages of a call, composed */
#define EDGE_CALL_KEPT   (32u << 20) /* of values, as JSON and behind bodies; of more none is */
#define EDGE_KEY_MAX     255u        /* Idempotency-Key */

/* A message of the call: one body, one submit. */
struct edge_letter {
	struct edge_call *call;
	struct api_item *item;
	uint64_t message;
	struct msg_rcpts rcpts;
	enum outgoing_switch consent;               /* of its only recipient, to tracking */
	struct str domain, from_domain, message_id; /* of the sender; of From */
	struct extent_body *body;                   /* until it is committed */
	struct extent_place place;
	uint32_t header_length;
	uint8_t body_hash[32];
	bool eight_bit;
};

/* Letters that are taken or refused as one. */
struct edge_group {
	struct edge_call *call;
	struct edge_ask ask;
	size_t first, n; /* of the letters */
};

/* Who is signed in. user 0: nobody, a key calls. */
struct edge_who {
	uint64_t user;
	enum user_role role;
	bool platform; /* he is of no account */
	uint8_t hash[32];
};

struct edge_call {
	struct link link;
	struct edge *edge;
	struct edge_conn *conn; /* NULL: it left */
	struct arena arena;
	struct arena letter; /* of the letter at hand: what is made for its recipient */
	struct buf body;
	struct api_match match;
	struct api_world world;
	char request_id[UUID_TEXT], base_url[300];
	char client[NET_TEXT_MAX];
	struct str user;      /* as it said, for the log */
	struct edge_who who;  /* signed in */
	uint64_t session_seq; /* it waits for desk to say who that is; 0 = no */
	struct str session;   /* of the answer: a session's token, "-" that it ended */
	bool test;            /* Postmark's token for tests */
	struct edge_id id;
	struct edge_seat seat;
	struct edge_auth auth;
	enum auth_way way;
	int refused; /* HTTP status of a call that is answered without being read; 0 = none */
	struct str why;
	uint32_t retry_s;       /* Retry-After, 0 = none */
	struct api_rate rate;   /* of its key; limit 0: it has none */
	uint64_t charge, began; /* bytes of memory; mono µs of the body's begin */

	uint8_t track;        /* the account's defaults: TRACK_… as of msg_tracking */
	struct str track_url; /* where its links begin; empty: the service's own */

	bool has_key;
	uint8_t key_hash[32], body_hash[32];
	uint8_t idem; /* enum idem_kind, of the first group that was no new one */

	uint64_t desk_seq;           /* it waits for desk; 0 = no */
	uint64_t stream_seq;         /* its answer is under way (edge_stream.c); 0 = no */
	uint32_t stream_bytes;       /* of it that did not leave yet */
	struct edge_named *template; /* it waits for this one; NULL = no */
	uint64_t contact_seq;        /* it waits for a contact; 0 = no */
	json_t *contact;             /* of the item at hand, owned; NULL: none is known */
	bool contact_known;          /* desk was asked for it */
	void (*told)(struct edge_call *k, enum template_is is); /* who waits: edge_write_told */
	struct edge_written *written_mail; /* of edge_mail_template.c: it is mail by SMTP */
	struct edge_version *version;      /* of the item at hand, held; NULL: none */
	struct outgoing_mistake mistake;
	uint64_t written; /* bytes of texts made of templates */
	uint64_t kept;    /* bytes of their values, and of these behind bodies */
	bool threaded;    /* its work is done on the thread, however short the call */
	struct str json;  /* for desk */
	struct str read_why;

	struct api_send send;
	bool read; /* send is there */
	struct str content_type;
	struct str raw;            /* Mailgun's .mime, or sent again: the message as it came */
	bool again;                /* the body is of API_RESEND_TYPE */
	struct accept_facts facts; /* of it */
	int err;                   /* of the job */
	bool composed;
	struct buf bytes; /* of the letter at hand */
	const char *compose_why;
	struct pool_job job;
	void (*then)(struct edge_call *k); /* on the loop, behind the job */
	bool working;                      /* a job is on its thread, or waits for it */
	uint64_t work_began, write_began;  /* mono µs: of the job; of WRITE */
	struct edge_letter *letters;
	size_t nletters, letters_cap, at;
	unsigned step;
	uint64_t weight; /* bytes of texts and files of all letters, before they are written */
	uint64_t total;  /* bytes composed */
	size_t commits;  /* under way */
	struct edge_group *groups;
	size_t ngroups, asks, replayed; /* replayed: groups that went by an earlier call */
	bool unknown;                   /* the fate of a group is */
};

/* ---- edge_api.c ---- */
/* The call is over; an answer is written when the client is still there. */
void edge_call_answer(struct edge_call *k);
/* The same without having been read: its dialect says it. why: static or in the arena. */
void edge_call_refuse(struct edge_call *k, int status, struct str why);
/* Desk's answer is mail (API_MAIL_TYPE; again: API_RESEND_TYPE): it is sent, and the answer of
 * that is the call's. */
void edge_call_mail(struct edge_call *k, struct str body, bool again);
/* Desk's answer. */
void edge_call_said(struct edge_call *k, unsigned status, struct str type, struct str body);
/* Runs work on a thread when the body or what is made of it is long, else at once, and then
 * `then`. */
void edge_call_work(
	struct edge_call *k, void (*work)(void *ctx), void (*then)(struct edge_call *k));
/* Once a second. */
void edge_call_second(struct edge *e);
/* Bytes of memory it holds, for the ceiling (P8). false: there is no room for them. */
bool edge_call_charge(struct edge_call *k, uint64_t bytes);
/* Closes the connection without an answer: what became of the call is not known (P4). */
void edge_call_abandon(struct edge_call *k);
/* Does it wait for a thread or the disk? Then it cannot be freed yet. */
bool edge_call_busy(const struct edge_call *k);
void edge_call_free(struct edge_call *k);
/* One of c, who leaves it by edge_call_leave or before. */
struct edge_call *edge_call_new(struct edge_conn *c);

/* It is known who calls: scope, rate and body, or a refusal. */
void edge_call_enter(struct edge_call *k);
/* Answers before the body was read. why: static or in the arena. */
void edge_call_refuse_head(struct edge_call *k, int status, struct str why);

/* ---- edge_session.c ---- */
/* Is it a call of somebody who is, or will be, signed in? Then it goes on by itself. */
bool edge_session_begin(struct edge_call *k);
/* May he, or the key, make this call? Else it was refused. */
bool edge_session_may(struct edge_call *k);
/* Desk's answer to who it is. */
void edge_session_told(struct edge_call *k, const struct msg_sessioned *m);
/* The fields of an answer: Set-Cookie, and that nobody keeps it. Returns how many. */
#define EDGE_SESSION_FIELDS 3
size_t edge_session_fields(struct edge_call *k, struct http_field *fields);
/* Does a browser's page ask? It must not be told to ask for a password by itself. */
bool edge_session_page(const struct edge_call *k);

/* ---- edge_rate.c ---- */
/* Counts the call of a known key against its limit. false: there were too many, k->retry_s is
 * set, and *ret_why says it (in the arena). */
bool edge_rate_take(struct edge_call *k, struct str *ret_why);
/* The same of calls with a cookie, known or made up, by network: before desk is asked whose it
 * is. Four times the limit of one. */
bool edge_rate_cookie(struct edge_call *k, struct str *ret_why);

/* ---- edge_desk.c ---- */
/* json: the body, read and written again; empty: there is none. */
void edge_desk_ask(struct edge_call *k, struct str json);
/* Who is signed in by this session? It ends in edge_session_told or a refusal. */
void edge_desk_session(struct edge_call *k, struct str account);

/* ---- edge_contact.c ---- */
/* Where k->version, or what the mail's own texts are (own), may read the contact that it goes
 * to: HERE: it is in k->contact, or is not needed. LATER: desk cannot be asked now. KNOWN: it
 * was asked, and k->told follows. */
enum template_is edge_contact_find(struct edge_call *k, bool own, const struct outgoing *mail);
/* The item at hand is written. */
void edge_contact_drop(struct edge_call *k);
/* Desk's answer; desk went away; once a second. */
void edge_contact_answered(struct edge *e, struct str payload);
void edge_contact_lost(struct edge *e);
void edge_contact_second(struct edge *e);

/* ---- edge_stream.c ---- */
/* Desk's answer to k goes on: its head is written. */
void edge_stream_open(struct edge_call *k);
/* Desk's MSG_followed. */
void edge_stream_more(struct edge *e, struct str payload);
/* To desk: so many bytes left; or nobody reads it any more. */
void edge_stream_tell(struct edge *e, uint64_t seq, bool gone, uint32_t bytes);
/* The head of such an answer; the call goes on. */
void edge_call_open(struct edge_call *k, const char *type);

/* ---- edge_write.c ---- */
/* k->send is read and free of errors of the whole call: its messages are written from their
 * templates. Ends in edge_send_letters, edge_call_answer or _refuse; k may be gone. */
void edge_write_start(struct edge_call *k);
/* What became of the template that k waited for: HERE means look again. k may be gone. */
void edge_write_told(struct edge_call *k, enum template_is is);

/* On the thread: writes the texts of *mail from k->version and `want`. 0, or an error of
 * outgoing_template_write; k->mistake as there. */
int edge_write_texts(
	struct edge_call *k, const struct outgoing_template *want, struct outgoing *mail);

/* The values it was written from, behind its body, which is whole. */
void edge_write_values(struct edge_letter *l);

/* ---- edge_send.c ---- */
/* The same with k->send as it was read. Ends in edge_call_answer, _refuse or _abandon; k may be
 * gone. */
void edge_send_start(struct edge_call *k);
/* All texts are there. */
void edge_send_letters(struct edge_call *k);
void edge_send_free(struct edge_call *k);
/* Of the message, or of the key it came with. */
uint8_t edge_send_stream(const struct edge_call *k, const struct api_item *item);

/* ---- edge_own_call.c ---- */
/* The call's messages by streams of the account's own: their kind, number, and what they do to
 * unsubscribe; or refused. true: it is done. false: the engine is asked first, and
 * edge_write_start follows, or the call's end; k may be gone. */
bool edge_own_find(struct edge_call *k);

/* ---- edge_track.c ---- */
/* What the call's account says of tracking, for all that follows: kept with the call. */
void edge_track_account(struct edge_call *k);
/* Its defaults, where the message has no word of its own. */
void edge_track_default(const struct edge_call *k, struct outgoing *mail);
/* Has it links, a pixel or an unsubscribe field that name the recipient? */
bool edge_track_wants(const struct edge_call *k, const struct api_item *item);
/* Changes *mail, a copy of the item's, for the letter's only recipient; new texts are in
 * k->letter. On the loop or on the call's thread. 0 or -E2BIG. */
int edge_track_compose(struct edge_call *k, const struct edge_letter *l, struct outgoing *mail);
/* For a message that came whole: the fields to add to its header block, appended; then links
 * and pixel put into k->bytes. As above. */
int edge_track_fields(
	struct edge_call *k, const struct edge_letter *l, struct str block, struct buf *out);
int edge_track_raw(struct edge_call *k, const struct edge_letter *l);
/* Puts the image of *url where mail->pixel_mark stands first in the HTML and takes the other
 * marks out; *url is empty then. Without a mark there *url stays. 0 or -E2BIG. */
int edge_track_pixel_place(struct arena *a, struct outgoing *mail, struct str *url);

#endif
