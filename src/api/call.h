/*
 * A call that sends mail, as it passes between a dialect and the edge:
 *
 *   read ───▶ items with mail, or with errors; or the whole call is refused
 *     │
 *   edge ───▶ ids, bodies durable, submits: message of each item, or its refusal
 *     │
 *   answer ─▶ status and body in the vendor's words
 *
 * A dialect is pure: it sees no socket, no key, and of the world only struct api_world. All
 * texts live in the call's arena or in its JSON tree, which api_send_done frees.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "send/outgoing.h"
#include "send/outgoing_template.h"
#include "wire/json_in.h"
#include "wire/uuid.h"

#define API_ERRORS_MAX  100u
#define API_RELATED_MAX 3u
#define API_FIELDS_MAX  8u
/* Of one call: a short request may ask for much work (a body for each of a thousand). */
#define API_COMPOSED_MAX (64u << 20)

struct api_world {
	int64_t now; /* wall µs */
	uint8_t uuid_key[UUID_KEY_SIZE];
	uint32_t tenant;     /* of the key; 0: not known, or one of tests */
	struct str base_url; /* "https://host", no slash at the end */
	struct str request_id;
	/* For the refusal of a call: what the dialect says when it has no words of its own for
	 * the status. May be empty. */
	struct str why;
	bool french; /* the client prefers it to English: for problems of the native API */
};

/* In the vendor's words; the native API makes its problem document of the same. */
struct api_error {
	int status;       /* of HTTP */
	const char *code; /* "mj-0013", "300"; static */
	struct str text;
	struct str related[API_RELATED_MAX]; /* paths as the vendor writes them */
	size_t nrelated;
};
struct api_errors {
	struct api_error *at; /* in the arena, API_ERRORS_MAX */
	size_t n;
};

/* Why the edge or the engine did not take a message. */
enum api_refusal {
	API_TAKEN,
	API_SENDER,    /* the sender's domain is not the account's */
	API_SUSPENDED, /* the account */
	API_BUSY,      /* now: the client may try again */
	API_INACTIVE,  /* each recipient is suppressed; for the one dialect that hears of it */
	API_GROUP,     /* the account has no such group; of dialects that can name one */
	API_QUOTA,     /* of the account or the key; refusal_text says which */
	API_NO_STREAM, /* the account has no stream of its own of this name */
	API_ARCHIVED   /* it has, and that is archived */
};

/* One message of the call: one body, one submit. */
struct api_item {
	struct outgoing mail;
	struct str custom_id;
	struct api_errors errors; /* not empty: it is not sent */
	/* What the texts are written from before it is sent; NULL: they are there. */
	const struct outgoing_template *template;

	/* The edge's: */
	struct str values; /* it was written from, as JSON; empty: they are not kept */
	uint64_t message;  /* 0 = not sent */
	unsigned step;     /* recipient i has the number message + 1 + i * step */
	uint16_t *of;      /* number of the recipient of each address of To, Cc, Bcc */
	enum api_refusal refusal;
	struct str refusal_text;
	const struct str *inactive; /* suppressed addresses; API_TAKEN: the others get it */
	size_t ninactive;
};

/* The number of the recipient of address k of To, Cc, Bcc; the item was sent. */
static inline uint64_t
api_item_rcpt(const struct api_item *item, size_t k)
{
	return item->message + 1 + (uint64_t)item->of[k] * (item->step ? item->step : 1);
}

struct api_send {
	struct arena *arena;
	json_t *root; /* may be NULL */
	struct api_item *items;
	size_t n;
	bool together;            /* all or none; else each item for itself */
	struct api_errors errors; /* not empty: the whole call is refused */
	bool lost;                /* an error found no room */
};

struct api_field {
	const char *name; /* static */
	struct str value; /* in the call's arena */
};
struct api_answer {
	int status;
	const char *type; /* media type, static */
	struct buf body;
	struct str message_id; /* X-Message-Id, in the call's arena; empty: none */
	struct api_field fields[API_FIELDS_MAX]; /* more fields of the head */
	size_t nfields;
};

/* Every answer begins here: no body, no X-Message-Id. type: static; max: bytes of the body,
 * which buf_done frees. */
void api_answer_init(struct api_answer *a, int status, const char *type, size_t max);

/* How much of its rate a client has left. */
struct api_rate {
	uint64_t limit, left;       /* requests in a window */
	unsigned window_s, reset_s; /* its length; until all of it is there again */
	unsigned retry_s;           /* until one more may come; 0: now */
};
/* The fields of it: X-RateLimit-Limit, -Remaining and -Reset (the second since 1970) as most
 * clients read them, RateLimit-Policy and RateLimit as drafted for HTTP. Retry-After is not
 * among them: other answers have it too. now: wall µs. 0 or -E2BIG. */
int api_answer_rate(
	struct api_answer *a, struct arena *arena, const struct api_rate *rate, int64_t now);

/* a: outlives the call. */
void api_send_init(struct api_send *s, struct arena *a);
void api_send_done(struct api_send *s);
/* The end of a reader: err, or -E2BIG when a mistake could not be kept, since what it stands
 * against must not be sent. */
int api_send_read(const struct api_send *s, int err);
/* Room for n items, zeroed. 0 or -E2BIG. */
int api_send_items(struct api_send *s, size_t n);
/* Would the messages of a call be more than API_COMPOSED_MAX bytes of mail: n like o, before
 * they are made; those of s that have no errors? */
bool api_bulk(const struct outgoing *o, size_t n);
/* Each item is read: makes the texts that are missing beside HTML, then counts them too. What a
 * template is to make is not there yet. */
bool api_send_bulk(struct api_send *s);
/* More than so many characters? (UTF-8; p may be NULL.) */
bool api_longer(struct str s, size_t chars);
/* Base64 as clients send it (line ends inside are fine) in the arena; p NULL: it is none, or
 * longer than max bytes. */
struct str api_base64(struct arena *a, struct str text, size_t max);

/* The groups among which a recipient chooses, of a vendor's list of numbers: the message's own
 * first, each once, at most OUTGOING_GROUPS. 0 when there is none beside the
 * message's own. */
size_t api_groups(const json_t *list, uint32_t own, uint32_t ret[OUTGOING_GROUPS]);

/* outgoing.about, member by member: what events give back and statistics group by. Names are
 * ours and the same for all dialects: custom_id, payload, campaign, category, tags (array),
 * metadata (object of texts), group (its number as a text), groups, stream (the
 * name of the account's own one), tls ("verified" or "any":
 * what was asked of it). Empty values are left out. */
struct api_about {
	struct buf b;
};
void api_about_init(struct api_about *about);
void api_about_str(struct api_about *about, const char *name, struct str value);
void api_about_json(struct api_about *about, const char *name, const json_t *value);
/* enum tls_need: whoever sends the message again must know it. */
void api_about_tls(struct api_about *about, uint8_t need);
uint8_t api_about_tls_need(struct str word);
/* The text in the arena ("" when nothing was said), and the end of about. */
struct str api_about_done(struct api_about *about, struct arena *a);

/* Mailjet's priorities: 0 low, 1 low and the last first, 2 the default, 3 the last first. 0..3
 * to TURN_…. */
static inline uint8_t
api_turn(unsigned priority)
{
	return (uint8_t)((priority & 3u) ^ TURN_LOW);
}

/* One more error; NULL when there are enough, or the arena is full. */
struct api_error *api_error_add(struct api_send *s, struct api_errors *e);

#endif
