/*
 * Desk's parts see each other through this header; nobody else includes it.
 *
 *   desk.c          connections of the control socket: HTTP in, one question at a time
 *   desk_ask.c      questions to the engine and their answers, time-outs
 *   desk_keep.c     how long what is kept
 *   desk_verb.c     verbs: queue, status, metrics and those of the control tables
 *   desk_trace.c    a message explained, with its transcripts
 *   desk_making.c   signing keys of new domains, on a thread
 *   desk_rendering.c  templates tried out, on a thread
 *   desk_past.c     what a message was written from
 *   desk_published.c  templates as edges write mail from them
 *   desk_source.c   the bytes of a message
 *   desk_sink*.c    mail that a lab's sink keeps (desk_sink.h)
 *   desk_domain.c   DNS check of a sending domain
 *   desk_zone.c     the servers of a domain's zone
 *   desk_doctor.c   the checks of the installation
 *   desk_tracking.c the same of an account's tracking host
 *   desk_activity.c search and statistics of the ledger, for the API
 *   desk_follow.c   the same rows as they change, as a stream
 *   desk_api.c      calls of the HTTP API, from edges: an account's own verbs
 *   desk_api_message.c  one message by its id
 *   desk_vendor.c   pages of the ledger and an account's tables, for the vendors' dialects:
 *   desk_mailjet.c  Mailjet's REST v3
 *   desk_sendgrid.c SendGrid's v3
 *   desk_postmark.c Postmark's API
 *   desk_mailgun.c  Mailgun's events and domains
 *   desk_post.c     posts of webhooks, through the poster
 *   desk_group.c    groups of an account's mail
 *   desk_stream.c   streams of an account's own
 *   desk_suppress.c suppressions: read from the table, changed by the engine
 *   desk_hook*.c    which events go to which webhook, and when (desk_hook.h)
 *   desk_webhook.c  verbs of webhooks
 *   desk_user.c     verbs of people and of the audit log (desk_user.h)
 *   desk_api_queue.c  the queue: how much waits where, hold, release, retry, drop
 *   desk_api_service.c  accounts and status, for the service's people
 *   desk_api_user.c who may ask these over the API
 *   desk_session.c  who is signed in
 *   desk_view.c     what a person keeps of a screen
 *   desk_people.c   sign-in, one-time links, passwords
 *   desk_totp.c     one's own second factor
 *   desk_audit.c    who does what, for the audit log
 *   desk_erase.c    people who asked to be forgotten (desk_erasure.h)
 *   desk_alert.c    what the administrator is told when it changes
 *   desk_prove.c    proved addresses, for the mode sandbox (desk_prove.h)
 */
#ifndef ROLE_DESK_PRIV_H
#define ROLE_DESK_PRIV_H

#include "account/control_audit.h"
#include "account/control_totp.h"
#include "api/route.h"
#include "base/list.h"
#include "base/map.h"
#include "io/extent.h"
#include "io/pool.h"
#include "io/resolve.h"
#include "io/stream.h"
#include "role/desk_control.h"
#include "role/role.h"
#include "wire/http_in.h"

#define DESK_CONNS_MAX  64
#define DESK_BODY_MAX   (3u << 20)       /* the texts of a template as JSON */
#define DESK_ASK_US     (10u * 1000000u) /* the engine answers within this, or 503 */
#define DESK_IDLE_US    (60u * 1000000u) /* a connection without a question */
#define DESK_ANSWER_MAX (16u << 20)

struct desk_ask {
	struct link link;
	struct desk *desk;
	uint64_t seq, deadline; /* mono µs */
	struct desk_conn *conn; /* who waits; NULL: gone, or desk itself */
	/* status 0: the engine is away or silent. json: borrowed text. */
	void (*fn)(struct desk_ask *a, int status, struct str json);
	json_t *held; /* what fn needs, owned */
};

struct desk_conn {
	struct link link;
	struct desk *desk;
	struct stream *stream;
	struct http_in http;
	struct buf body;
	char verb[64];
	bool busy;    /* a question is being answered */
	bool last;    /* close after this answer */
	char who[24]; /* is at the control socket: "uid 1000" */
	bool audited; /* the question's row of the audit log is written */
	/* The verb that runs just now, for that row; borrowed while it runs. */
	struct str doing;
	const json_t *doing_body;

	/* A call of the HTTP API instead (desk_api.c); edge NULL: it is none. */
	struct desk_edge *edge;
	uint64_t seq;
	const struct api_route *route;
	bool written; /* the ledger was made to write what it had; asked again after that */
	uint32_t tenant;
	uint8_t scopes;
	bool french;         /* the client prefers it to English */
	uint64_t key, user;  /* who calls; user 0: nobody who is signed in */
	enum user_role role; /* of the user */
	bool platform;       /* he is of no account */
	uint8_t hash[32];    /* of his session */
	uint64_t network;
	struct str client, agent, reason;
	char session[SESSION_TOKEN]; /* of the answer: one that begins; "-": it ended */
	uint32_t retry_s;
	struct arena arena;
	struct str last_event;
	struct follow *follow; /* of desk_follow.c; NULL: the call is no stream */
	struct str query, request_id, params[API_PARAMS_MAX];
	json_t *asked; /* its body, owned; NULL: none */
	json_t *rest;  /* what is still to be asked of the verbs, owned; NULL: nothing */
	unsigned changed;
	bool walks; /* a question of desk_api_queue.c is under way */
	/* From what a verb says to what the API says; takes j. For a status from 400 on it may
	 * give {"error": sentence}. *status 0: it asked another verb, the answer comes later
	 * (n may be gone). */
	json_t *(*shape)(struct desk_conn *n, int *status, json_t *j);
	/* The end of a call that asks several times (desk_listed.c). */
	json_t *(*then)(struct desk_conn *n, int *status, json_t *rows);
};

struct desk_edge {
	struct desk *desk; /* NULL: never came */
	struct channel *channel;
	struct link calls;
};

struct desk {
	struct loop *loop;
	const struct role_env *env;
	const struct config *config;
	struct log *log;
	struct control *control; /* NULL: could not be opened; tried again when asked */
	const char *control_why;
	struct channel *engine; /* NULL = restarting */
	struct desk_edge edges[ROLE_EDGES_MAX + 1];
	uint64_t seq;
	struct link asks, conns;
	unsigned nconns;
	struct loop_fd *watch;
	struct role_link *link;
	struct link making; /* of desk_making.c under way */
	unsigned nmaking;
	struct link renderings; /* of desk_rendering.c under way */
	unsigned nrenderings;
	struct pool *pool;   /* its thread */
	struct link sources; /* of desk_source.c under way */
	unsigned nsources;
	struct link webs; /* of desk_web.c under way */
	unsigned nwebs;
	struct link sinks; /* of desk_sink.c under way */
	unsigned nsinks;
	struct nmap sink_owners; /* number of a message → struct owner of desk_sink.c */
	size_t nsink_owners;
	struct link checks;                    /* struct check of desk_domain.c under way */
	struct link checks_done;               /* ended; freed by the next sweep */
	struct link trackings, trackings_done; /* the same of desk_tracking.c */
	unsigned nchecks;                      /* of both */
	unsigned nagain;                       /* of checks: by the clock */
	struct link doctors;                   /* of desk_doctor.c under way */
	unsigned ndoctors;
	uint16_t dns_port; /* of zones' servers: 53, in tests another */
	struct loop_timer second;
	unsigned seconds;
	uint64_t began;          /* mono µs */
	struct config *reloaded; /* owned; NULL = as we began */
	struct channel *poster;  /* NULL = restarting */
	struct link posted;      /* struct desk_post of desk_post.c without an answer */
	struct nmap posts;       /* the same by id */
	size_t post_bytes;       /* of these: what the poster holds */
	struct desk_hooks *hooks;
	struct desk_follows *follows;
	struct desk_people *people; /* of desk_people.c */
	bool chained;               /* no older audit log is left to be chained */
	uint64_t heads_told;        /* mono; 0: not yet */
	struct desk_alerts *alerts; /* of desk_alert.c */
	struct desk_erase *erase;   /* of desk_erase.c */
};

/* ---- desk.c. Answers and goes on to the connection's next question; takes j. NULL conn: the
 * asker is gone. */
void desk_say(struct desk_conn *n, int status, json_t *j);
void desk_say_text(struct desk_conn *n, int status, struct str text);
void desk_fail(struct desk_conn *n, int status, const char *why);
/* NULL, with the reason in desk->control_why. */
struct control *desk_control(struct desk *d);

/* ---- desk_ask.c. Takes held. fn is called once, maybe before return. */
void desk_ask_engine(struct desk *d, struct desk_conn *n, const struct msg_query *q,
	void (*fn)(struct desk_ask *a, int status, struct str json), json_t *held);
void desk_answered(struct desk *d, struct str payload);
/* Those over time, or all. */
void desk_asks_over(struct desk *d, bool all);
/* The connection ends: nobody waits any more. */
void desk_asks_forget(struct desk *d, const struct desk_conn *n);
/* Tells the engine that the tables changed; answers n (NULL: gone) with j (taken) once that is
 * in force. */
void desk_changed(struct desk *d, struct desk_conn *n, json_t *j);
/* Last use of keys, from the engine into the tables. */
void desk_keys_used(struct desk *d);

/* ---- desk_api.c. Answers a call; it is gone behind it. desk_api_say takes j. */
void desk_api_say(struct desk_conn *n, int status, json_t *j);
void desk_api_say_text(struct desk_conn *n, int status, struct str text);
void desk_api_gone(struct desk_edge *e);
/* A value of the query, decoded, p NULL: it is not there. */
struct str desk_api_query(struct desk_conn *n, const char *name);
/* Whose rows the call sees; 0: all, which only an operator may ask for. */
uint32_t desk_api_tenant(struct desk_conn *n);
/* msg_… or rcp_… → its number; 0: it is none of ours. */
uint64_t desk_api_id(struct desk_conn *n, struct str text);
/* A recipient as report/trace tells it, with the ids of the API. */
void desk_api_message_ids(struct desk_conn *n, json_t *row);

/* Text as JSON; "" when it is no UTF-8. */
json_t *desk_api_json(struct str s);
/* The call's body with the account in it, and under `param`, if not NULL, what the path names.
 */
json_t *desk_api_question(struct desk_conn *n, const char *param);
/* ---- desk_api_suppress.c */
void desk_api_suppressions(struct desk_conn *n);
void desk_api_suppression_export(struct desk_conn *n);
void desk_api_suppression_add(struct desk_conn *n);
void desk_api_suppression_import(struct desk_conn *n);
void desk_api_suppression_undo(struct desk_conn *n);
void desk_api_suppression_remove(struct desk_conn *n);
/* Answers in the dialect's own shape; why: empty for its words. */
void desk_api_refuse(struct desk_conn *n, int status, struct str why);
/* With one of Postmark's codes. */
void desk_api_refuse_code(struct desk_conn *n, int status, const char *code, struct str why);
/* The call is over: all of its answer was told. */
void desk_api_over(struct desk_conn *n);
/* Answers the call from its begin. */
void desk_api_again(struct desk_conn *n);

/* ---- the vendors' dialects, each in its file (desk_vendor.h) */
void desk_mailjet(struct desk_conn *n);
void desk_sendgrid(struct desk_conn *n);
void desk_postmark(struct desk_conn *n);
void desk_mailgun(struct desk_conn *n);

/* ---- desk_activity.c */
void desk_activity_messages(struct desk_conn *n);
void desk_activity_stats(struct desk_conn *n);
#define DESK_WHY 200u
/* The search that the query of the call asks for, its texts in n's arena. 0, or -EINVAL with
 * the reason. */
struct ledger_search;
struct ledger_row;
int desk_activity_search(struct desk_conn *n, struct ledger_search *ret_q, char why[DESK_WHY]);
/* A row as the list has it. New reference. */
json_t *desk_activity_row(struct desk_conn *n, const struct ledger_row *row);

/* ---- desk_follow.c */
void desk_follows_new(struct desk *d);
void desk_follows_free(struct desk *d); /* behind the edges' calls */
void desk_follow(struct desk_conn *n);
void desk_follow_forget(struct desk_conn *n);
/* An edge's MSG_follow. */
void desk_follow_told(struct desk_edge *from, struct str payload);
void desk_follow_second(struct desk *d);
/* Ends them all, with the hint to come again: the engine went. */
void desk_follow_over(struct desk *d);

/* ---- desk_post.c. m: NULL when the poster went before it answered: whether it was posted is
 * not known. Not called from within desk_post. */
typedef void desk_post_fn(void *ctx, const struct msg_posted *m);
/* m->id is set here. A handle for desk_post_cancel, or 0: there is no poster, or it is behind;
 * fn is not called, come again later. */
uint64_t desk_post(struct desk *d, const struct msg_post *m, desk_post_fn *fn, void *ctx);
/* False: the poster holds POSTER_BYTES. desk_post would give 0. */
bool desk_post_room(const struct desk *d);
/* What came of it is told to this fn instead (NULL: to nobody). Its bytes count until then. */
void desk_post_pass(struct desk *d, uint64_t id, desk_post_fn *fn, void *ctx);
void desk_post_cancel(struct desk *d, uint64_t id); /* fn is not called; 0 is fine */
void desk_post_init(struct desk *d);
void desk_post_done(struct desk *d);
void desk_post_forget(struct desk *d, const struct desk_conn *n);
void desk_post_try(struct desk_conn *n, const json_t *body);

#define DESK_POST_QUESTIONS                                                                    \
	4u /* of a tenant at once: they are beside the share of its events */
/* The same for a question: n is answered with what came of it. tenant 0: the operator's. */
void desk_post_say(struct desk_conn *n, const struct msg_post *m, uint32_t tenant);

/* ---- desk_hook.c */
void desk_hooks_new(struct desk *d);
void desk_hooks_free(struct desk *d);
/* The tables changed: as they are now. What desk knows is in the tables first (save). */
void desk_hooks_load(struct desk *d);
void desk_hooks_save(struct desk *d);
/* {"endpoints", "failing", "lag_s", …} for status. New reference. */
json_t *desk_hooks_json(struct desk *d);
/* The same to the engine, for the metrics. */
void desk_hooks_tell(struct desk *d);
/* A post of a made-up event to one of the account's endpoints: what does it answer? */
void desk_hook_test(struct desk_conn *n, const json_t *body);
/* Events again, one or those of a time. */
void desk_hook_replay(struct desk_conn *n, const json_t *body);

/* ---- desk_alert.c */
void desk_alerts_new(struct desk *d);
void desk_alerts_free(struct desk *d);
void desk_alerts_reload(struct desk *d);
void desk_alerts_second(struct desk *d);
/* Those that hold; a new reference. */
json_t *desk_alerts_json(struct desk *d, bool french);
void desk_alerts_list(struct desk_conn *n, const json_t *body);
void desk_alerts_test(struct desk_conn *n, const json_t *body);

/* ---- desk_erase.c */
void desk_erase_new(struct desk *d);
void desk_erase_free(struct desk *d); /* behind its questions */
void desk_erase_second(struct desk *d);
/* ---- desk_erase_who.c: whom orders mean that have only a hash. done, later, when those that
 * are known stand in the tables and the others are done; err: all of them wait on. from: the
 * first of the orders. forget: nobody hears of it. */
struct desk_erase_who;
struct desk_erase_who *desk_erase_who(
	struct desk *d, int64_t from, void (*done)(void *ctx, int err), void *ctx);
void desk_erase_who_forget(struct desk_erase_who *w);
/* erasures.count: what an erasure would find, without one. */
void desk_erase_count(struct desk_conn *n, const json_t *body);

/* ---- verbs */
void desk_verb(struct desk_conn *n, struct str verb, const json_t *body);
void desk_trace(struct desk_conn *n, const json_t *body);
void desk_domain_verify(struct desk_conn *n, const json_t *body);
void desk_domain_forget(struct desk *d, const struct desk_conn *n);
void desk_domain_done(struct desk *d);
/* Frees the checks that are done: not from within their resolvers. */
void desk_domain_sweep(struct desk *d);
/* Begins checks of domains whose time has come, a few at once. Each second. */
void desk_domain_again(struct desk *d);
/* ---- desk_doctor.c */
void desk_doctor(struct desk_conn *n, const json_t *body);
void desk_doctor_forget(struct desk *d, const struct desk_conn *n);
/* Ends them all: who asked is told to ask again. */
void desk_doctor_over(struct desk *d);
/* ---- desk_tracking.c: as desk_domain.c */
void desk_tracking_verify(struct desk_conn *n, const json_t *body);
void desk_tracking_forget(struct desk *d, const struct desk_conn *n);
void desk_tracking_done(struct desk *d);
void desk_tracking_sweep(struct desk *d);
/* A verb of the control tables. */
void desk_tables(struct desk_conn *n, struct str verb, const json_t *body);
/* ---- desk_prove.c: proved.add; an edge's MSG_prove */
void desk_prove_add(struct desk_conn *n, const json_t *body);
void desk_prove(struct desk_edge *from, struct str payload);
/* {"mode", "accounts"} for status; mode: the engine's word, which decides; NULL: it is away.
 * New reference. */
json_t *desk_mode_json(struct desk *d, const json_t *mode);
/* ---- desk_making.c: domains.add */
void desk_making_domain(struct desk_conn *n, const json_t *body);
void desk_making_forget(struct desk *d, const struct desk_conn *n);

/* ---- desk_past.c: what a message was written from */
struct desk_past {
	uint64_t message;
	struct extent_place place; /* of its bytes */
	char template[64];         /* its id; empty: none */
};
/* id: of a message or recipient. 0; -ENOENT: there is none of this account (yet: the ledger is
 * behind the queue); -errno. */
int desk_past_find(struct desk *d, uint64_t id, uint32_t tenant, struct desk_past *ret_p);
/* {"vars":{…},"contact":{…}}, a new reference; NULL: they are not kept, which _why says. May
 * run on a thread. */
json_t *desk_past_read(const char *spool, const struct desk_past *p);
const char *desk_past_why(const struct desk_past *p);

/* ---- desk_rendering.c: templates.render, templates.test, messages.values */
void desk_rendering(struct desk_conn *n, const json_t *body);
void desk_rendering_test(struct desk_conn *n, const json_t *body);
void desk_rendering_values(struct desk_conn *n, const json_t *body);
void desk_rendering_forget(struct desk *d, const struct desk_conn *n);

/* ---- desk_published.c: an edge's MSG_template, answered at once */
void desk_published(struct desk_edge *from, struct str payload);

/* ---- desk_contact_ask.c: an edge's MSG_contact, answered at once */
void desk_contact_ask(struct desk_edge *from, struct str payload);

/* ---- desk_web.c: an edge's MSG_web. forget: the edge is gone, nobody hears the answers. */
void desk_web(struct desk_edge *from, struct str payload);
void desk_web_forget(struct desk *d, const struct desk_edge *from);
/* ---- desk_keep.c */
/* {content_s, transcripts_s, events_s, statistics_s (null: for ever), webhook_posts_s,
 * dead_letters_s, audit_s, idempotency_s}: a new reference. */
json_t *desk_keep_json(const struct config *c);

/* ---- desk_audit.c */
/* Who asks, borrowed of n. */
struct control_who desk_audit_who(const struct desk_conn *n);
/* A row by itself, before what it tells of is begun. False: it cannot be written, and n was
 * answered. */
bool desk_audit_write(struct desk_conn *n, const struct control_deed *d);
/* Within a verb that changes what is in no table of ours, once all of it is understood and just
 * before it is done: its row. False: as above. */
bool desk_audit_now(struct desk_conn *n);
/* A call went well: its row, if it needs one and has none. */
void desk_audit_call(struct desk_conn *n);
/* X-Facteur-Reason as it came becomes n->reason, UTF-8. */
void desk_audit_reason(struct desk_conn *n, struct str sent);
/* May the call show what a message says, or open an account (api_route_opens(); such rows are
 * of the tables)? A user of the platform has to say why, and so has a key with `operate` that
 * opens another account than its own; the account reads it. False: refused. */
bool desk_audit_mail(struct desk_conn *n);
/* The same of a call that opens this tenant, where only the call itself knows which. */
bool desk_audit_opens(struct desk_conn *n, uint32_t tenant);

/* ---- desk_chain.c */
void desk_chain_second(struct desk *d);

/* ---- desk_people.c */
void desk_people_new(struct desk *d);
void desk_people_free(struct desk *d);
void desk_people_forget(struct desk *d, const struct desk_conn *n);
/* Signs in by e-mail and password; by a one-time link, or says what it is. */
void desk_people_enter(struct desk_conn *n);
void desk_people_link(struct desk_conn *n);
/* The second factor of a sign-in: a code with what the password was answered with. */
void desk_people_code(struct desk_conn *n);
/* A new password for the user himself: takes effect once current is right. */
void desk_people_password(struct desk_conn *n, struct str current, struct str password);
/* Calls then once `password` is the user's own; it answers n, or returns an error of the
 * tables: -EACCES, a wrong code, counts as a wrong password. */
void desk_people_self(struct desk_conn *n, struct str password,
	int (*then)(struct desk_conn *n, struct control *c));

/* ---- desk_totp.c. Calls of a user about his own second factor. */
void desk_totp(struct desk_conn *n, enum api_op op);
/* Does the configuration want one of such users? */
bool desk_totp_required(const struct desk *d, bool platform);

/* ---- desk_session.c */
/* Answers with the session (n->hash, its hash) of the user, who is of the platform or of the
 * tenant. */
void desk_session_say(struct desk_conn *n, int64_t user, bool platform, uint32_t tenant);
/* What the tables said of people, as an answer. */
void desk_session_error(struct desk_conn *n, struct control *c, int err);
/* An edge's MSG_session, answered at once. */
void desk_session_ask(struct desk_edge *from, struct str payload);
/* The calls of /v1/session; false: it is none of them. */
bool desk_session_api(struct desk_conn *n, enum api_op op);
/* No user is there: the link for the first one is printed. */
void desk_session_welcome(struct desk *d);

/* ---- desk_source.c */
void desk_source(struct desk_conn *n);
/* The same bytes once more, to those who did not get them: the edge sends them. */
void desk_resend(struct desk_conn *n);
void desk_source_forget(struct desk *d, const struct desk_conn *n);
/* ---- desk_sink.c */
/* Removes what the sink keeps for this address of this tenant's mail, or of nobody's: how many.
 */
unsigned desk_sink_erase(struct desk *d, uint32_t tenant, struct str address);
/* Does the service keep what it delivers in a sink of its own? */
bool desk_sink_there(const struct desk *d);
void desk_sink_forget(struct desk *d, const struct desk_conn *n);
void desk_sink_done(struct desk *d);
/* {"3": "shop", …}: names of tenants by number. New reference. */
json_t *desk_tenants(struct desk *d);
void desk_name_tenant(const json_t *tenants, json_t *row);
bool desk_tenant_named(struct desk *d, struct str name, uint32_t *ret);
/* ---- desk_group.c: groups of an account's mail */
/* The number of the group that a question about suppressions names: 0 none; SUPPRESS_NO_GROUP
 * (0 was given) and SUPPRESS_ANY_GROUP (true was). false: refused. */
bool desk_group_of(struct desk_conn *n, const json_t *body, int64_t *ret_group);
/* Those of a list of texts that are suppressed for the tenant's group; new reference. NULL: the
 * table cannot be read. */
json_t *desk_group_among(
	struct desk_conn *n, uint32_t tenant, uint32_t group, const json_t *addresses);
/* ---- desk_quota.c: accounts and keys with what is used of their quota */
void desk_quota_account(struct desk_conn *n, const json_t *body);
void desk_quota_key(struct desk_conn *n, const json_t *body);
void desk_quota_show(struct desk_conn *n, const json_t *body);

void desk_group_list(struct desk_conn *n, const json_t *body);
void desk_group_show(struct desk_conn *n, const json_t *body);
void desk_group_remove(struct desk_conn *n, const json_t *body);
/* desk_suppress.c */
void desk_suppress_list(struct desk_conn *n, const json_t *body);
void desk_suppress_count(struct desk_conn *n, const json_t *body);
void desk_suppress_export(struct desk_conn *n, const json_t *body);
void desk_suppress_add(struct desk_conn *n, const json_t *body);
void desk_suppress_remove(struct desk_conn *n, const json_t *body);
void desk_suppress_import(struct desk_conn *n, const json_t *body);
void desk_suppress_undo(struct desk_conn *n, const json_t *body);

#endif
