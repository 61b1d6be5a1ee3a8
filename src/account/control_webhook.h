/*
 * The webhooks of the control tables: endpoints, how far each has come, the log of its posts,
 * what was given up (dead) and what is to be posted again (replays). Desk writes; the engine
 * only learns which tenants have one (account/directory).
 *
 * Each question names a tenant; CONTROL_ANY is for the operator and for desk itself. An id of
 * another tenant is one that never was (-ENOENT). URL, fields, secrets and key are sealed. What
 * changes an endpoint raises the version; its progress does not.
 *
 *   on ──(410 Gone, or by hand)──▶ off        on ──(24 h of failures, Mailjet)──▶ dead
 *   off, dead ──(resume, a new URL)──▶ on
 */
#ifndef ACCOUNT_CONTROL_WEBHOOK_H
#define ACCOUNT_CONTROL_WEBHOOK_H

#include "account/control.h"
#include "base/arena.h"

#define CONTROL_ANY UINT32_MAX

#define WEBHOOKS_MAX          100u /* of a tenant */
#define WEBHOOK_URL_MAX       2048u
#define WEBHOOK_LABEL_MAX     200u
#define WEBHOOK_EVENT_MAX     100u
#define WEBHOOK_FIELDS_BYTES  4096u
#define WEBHOOK_GRACE_US      (INT64_C(24) * 3600 * 1000000) /* of the secret before a roll */
#define WEBHOOK_POSTS_KEPT    1000
#define WEBHOOK_POSTS_BYTES   (2u << 20) /* of request and answer of these */
#define WEBHOOK_POSTS_KEEP_US (INT64_C(7) * 24 * 3600 * 1000000)
#define WEBHOOK_DEAD_KEEP_US  (INT64_C(30) * 24 * 3600 * 1000000)
#define WEBHOOK_DEAD_KEPT     1000u /* dead letters of a webhook; then the last one grows */
#define WEBHOOK_REPLAYS_MAX   100u  /* of a webhook that wait */
#define WEBHOOK_REQUEST_KEPT  (16u << 10)
#define WEBHOOK_ANSWER_KEPT   1024u

enum webhook_state { WEBHOOK_ON = 1, WEBHOOK_OFF, WEBHOOK_DEAD };
const char *webhook_state_name(enum webhook_state s); /* "on" "off" "dead"; stable */

struct webhook {
	int64_t id;
	uint32_t tenant;
	struct str account, label;
	struct str format;     /* report/hook.h: "native", "mailjet-1" … */
	uint32_t kinds;        /* 1 << enum fact_kind */
	bool people_only;      /* nothing that a machine did */
	bool first_only;       /* of opens only the first */
	int8_t stream;         /* enum stream_kind; -1 = any */
	struct str own_stream; /* the account's own one of this name alone; empty: none */
	struct str event;      /* Mailjet's event type, or empty */
	bool is_backup;        /* takes over when the one of the same event is dead */
	struct str url;        /* may hold a password */
	struct str fields;     /* "Name: value\n" each, may be empty */
	struct str secret;     /* whsec_…; Mailgun: signing key; empty = none */
	struct str old_secret; /* valid for WEBHOOK_GRACE_US behind rolled; else empty */
	int64_t rolled;
	struct str key; /* SendGrid: hook_sendgrid_key; empty = unsigned */
	enum webhook_state state;
	struct str why; /* it is off or dead */
	int64_t created;
	/* Progress. */
	uint64_t seq;          /* of the last event of the feed that is dealt with */
	int64_t failing_since; /* wall µs, 0 = it works */
	uint32_t failures;     /* in a row */
};

/* tenant, label … key as they shall be (secret, key: made by the caller); seq: where it begins.
 * -EEXIST: the tenant has WEBHOOKS_MAX, or one of the same Mailjet event. */
int control_webhook_add(struct control *c, const struct webhook *w, int64_t *ret_id);
/* id 0: all of the tenant, by id. fn gets texts that live in the arena; 0 to go on. -ENOENT
 * when id is not 0 and not there. What does not unseal comes with an empty url. */
struct webhook_query {
	uint32_t tenant;
	int64_t id;
};
int control_webhook_each(struct control *c, struct arena *a, const struct webhook_query *q,
	int (*fn)(void *ctx, const struct webhook *w), void *ctx);
/* Takes all but id, tenant, created and progress from w. */
int control_webhook_update(struct control *c, const struct webhook *w);
/* With its log, its dead letters and its replays. */
int control_webhook_remove(struct control *c, uint32_t tenant, int64_t id);

/* ---- progress; one transaction around many: begin, …, end */
int control_webhook_begin(struct control *c);
/* err: that of what was done between; then nothing of it is kept. */
int control_webhook_end(struct control *c, int err);
/* seq, failing_since, failures of w. */
int control_webhook_progress(struct control *c, const struct webhook *w);
/* state and why: of w; a version of its own is not needed, the engine does not ask. */
int control_webhook_state(struct control *c, const struct webhook *w);

struct webhook_post {
	int64_t id, webhook;
	uint32_t tenant;
	int64_t at;       /* wall µs */
	struct str event; /* evt_… of the first */
	uint32_t events;  /* in it */
	uint16_t status;  /* 0: no answer */
	uint32_t took_ms;
	struct str result;  /* io/fetch: "answered", "tls" … */
	struct str why;     /* a sentence, or empty */
	struct str request; /* the body's first WEBHOOK_REQUEST_KEPT bytes */
	struct str answer;  /* the answer's first WEBHOOK_ANSWER_KEPT bytes */
};
int control_webhook_post(struct control *c, const struct webhook_post *p);
/* Removes what is beyond WEBHOOK_POSTS_KEPT or WEBHOOK_POSTS_BYTES of the webhook, or older
 * than the time; and dead letters whose events are gone from the feed for long. */
int control_webhook_trim(struct control *c, int64_t webhook, int64_t now);
/* Newest first, those before the id `from` (0: from the newest on), at most limit. Borrowed
 * until fn returns. */
struct webhook_page {
	uint32_t tenant;
	int64_t webhook, from;
	unsigned limit;
};
int control_webhook_posts(struct control *c, const struct webhook_page *p,
	int (*fn)(void *ctx, const struct webhook_post *post), void *ctx);

/* Events behind < seq <= upto. */
struct webhook_range {
	int64_t id, webhook;
	uint32_t tenant;
	int64_t at;
	uint64_t behind, upto;
	struct str why; /* of a dead letter */
};
enum webhook_ranges { WEBHOOK_DEAD_LETTERS, WEBHOOK_REPLAYS };
/* -EEXIST: WEBHOOK_REPLAYS_MAX wait. There is always room for a dead letter: beyond
 * WEBHOOK_DEAD_KEPT the newest one is widened, so that none is lost; what lies between is
 * posted again too when it is asked for. */
int control_webhook_range_add(
	struct control *c, enum webhook_ranges what, const struct webhook_range *r);
/* How many of them the webhook has. */
int control_webhook_ranges_count(
	struct control *c, enum webhook_ranges what, int64_t webhook, unsigned *ret_n);
/* behind of r: how far a replay has come; behind >= upto removes it. */
int control_webhook_range_moved(
	struct control *c, enum webhook_ranges what, const struct webhook_range *r);
/* Oldest first, those behind the id `from`; webhook 0: of all. Borrowed until fn returns. */
int control_webhook_ranges(struct control *c, enum webhook_ranges what,
	const struct webhook_page *p, int (*fn)(void *ctx, const struct webhook_range *r),
	void *ctx);

#endif
