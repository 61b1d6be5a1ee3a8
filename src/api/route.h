/*
 * The one table of HTTP calls: method, path, dialect, what it does, what it needs. Everything
 * else asks here: the edge (where a request goes, how long its body may be), the tests (each
 * route against foreign ids) and the documents. Pure.
 *
 * All dialects share host and port; a path may also begin with /mailjet, /sendgrid, /postmark
 * or /mailgun (SDKs that take a prefix), which then decides alone.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "account/user_role.h"
#include "base/arena.h"
#include "wire/msg.h"

#define API_PARAMS_MAX 3u

enum api_dialect { API_NATIVE = 1, API_MAILJET, API_SENDGRID, API_POSTMARK, API_MAILGUN };

enum api_op {
	API_SEND = 1,       /* the dialect's plain call */
	API_SEND_V3,        /* Mailjet's older one */
	API_SEND_BATCH,     /* Postmark */
	API_SEND_TEMPLATE,  /* Postmark */
	API_SEND_TEMPLATES, /* Postmark */
	API_SEND_MIME,      /* Mailgun */

	/* Desk's. */
	API_ACCOUNT,
	API_ACCOUNTS,
	API_ACCOUNT_ADD,
	API_ACCOUNT_SHOW,
	API_ACCOUNT_SET,
	API_ACCOUNT_SUSPEND,
	API_ACCOUNT_RESTORE,
	API_TRACKING,
	API_TRACKING_SET,
	API_TRACKING_VERIFY,
	API_GROUPS,
	API_GROUP_ADD,
	API_GROUP_SHOW,
	API_GROUP_SET,
	API_GROUP_REMOVE,
	API_STREAMS,
	API_STREAM_ADD,
	API_STREAM,
	API_STREAM_SET,
	API_STREAM_ARCHIVE,
	API_STREAM_UNARCHIVE,
	API_KEYS,
	API_KEY,
	API_KEY_ADD,
	API_KEY_SET,
	API_KEY_REVOKE,
	API_KEY_ROLL,
	API_DOMAINS,
	API_DOMAIN,
	API_DOMAIN_ADD,
	API_DOMAIN_REMOVE,
	API_DOMAIN_VERIFY,
	API_SUPPRESSIONS,
	API_SUPPRESSION_EXPORT,
	API_SUPPRESSION_ADD,
	API_SUPPRESSION_IMPORT,
	API_SUPPRESSION_UNDO,
	API_SUPPRESSION_REMOVE,
	API_ERASURES,
	API_ERASURE,
	API_ERASURE_ADD,
	API_MESSAGES,
	API_MESSAGE_STREAM,
	API_STATS,
	API_DOCTOR,
	API_STATUS,
	API_ALERTS,
	API_QUEUE,
	API_QUEUE_MESSAGES,
	API_QUEUE_HOLD,
	API_QUEUE_RELEASE,
	API_QUEUE_RETRY,
	API_QUEUE_DROP,
	API_SINK,
	API_SINK_MAIL,
	API_SINK_SOURCE,
	API_MESSAGE,
	API_MESSAGE_CANCEL,
	API_MESSAGE_SOURCE,
	API_MESSAGE_RESEND,
	API_MESSAGE_VALUES,
	API_WEBHOOKS,
	API_WEBHOOK_ADD,
	API_WEBHOOK,
	API_WEBHOOK_UPDATE,
	API_WEBHOOK_REMOVE,
	API_WEBHOOK_ROLL,
	API_WEBHOOK_TEST,
	API_WEBHOOK_POSTS,
	API_WEBHOOK_REPLAY,
	API_WEBHOOK_DEAD,
	API_WEBHOOK_RESUME,
	API_INBOUND_LIST,
	API_INBOUND_ADD,
	API_INBOUND,
	API_INBOUND_UPDATE,
	API_INBOUND_REMOVE,
	API_FORWARD,
	API_FORWARD_SET,
	API_PROVED,
	API_PROVED_ADD,
	API_PROVED_REMOVE,
	API_CONTACTS,
	API_CONTACT,
	API_CONTACT_PUT,
	API_CONTACT_SET,
	API_CONTACT_REMOVE,
	API_TESTERS,
	API_TESTER_ADD,
	API_TESTER_REMOVE,
	API_TEMPLATES,
	API_TEMPLATE_ADD,
	API_TEMPLATE_TRY, /* what is in the request */
	API_TEMPLATE,     /* from here on the path names one */
	API_TEMPLATE_SET,
	API_TEMPLATE_REMOVE,
	API_TEMPLATE_VERSIONS,
	API_TEMPLATE_PUBLISH,
	API_TEMPLATE_RENDER,
	API_TEMPLATE_VALUES,
	API_TEMPLATE_VALUES_SET,
	API_TEMPLATE_VALUES_REMOVE,
	API_TEMPLATE_TEST,
	API_SESSION_OPEN, /* people */
	API_SESSION_LINK,
	API_SESSION_CODE, /* the second factor of a sign-in */
	API_SESSION,
	API_SESSION_END,
	API_TOTP, /* one's own second factor */
	API_TOTP_BEGIN,
	API_TOTP_CONFIRM,
	API_TOTP_RENEW,
	API_TOTP_OFF,
	API_SESSIONS,
	API_SESSION_REMOVE,
	API_VIEWS, /* of who is signed in */
	API_VIEWS_SET,
	API_USERS,
	API_USER_ADD,
	API_USER_SET,
	API_USER_REMOVE,
	API_USER_LINK,
	API_USER_TOTP_OFF,
	API_AUDIT,
	API_AUDIT_VERIFY,
	API_MAILJET_CALLBACKS, /* eventcallbackurl */
	API_MAILJET_CALLBACK_ADD,
	API_MAILJET_CALLBACK,
	API_MAILJET_CALLBACK_UPDATE,
	API_MAILJET_CALLBACK_REMOVE,
	API_SENDGRID_EVENT, /* user/webhooks/event/settings */
	API_SENDGRID_EVENT_UPDATE,
	API_SENDGRID_EVENT_ALL,
	API_SENDGRID_EVENT_ADD,
	API_SENDGRID_EVENT_ID,
	API_SENDGRID_EVENT_ID_UPDATE,
	API_SENDGRID_EVENT_REMOVE,
	API_SENDGRID_SIGNED,
	API_SENDGRID_SIGNED_UPDATE,
	API_SENDGRID_SIGNED_ID,
	API_SENDGRID_SIGNED_ID_UPDATE,
	API_SENDGRID_EVENT_TEST,
	API_POSTMARK_WEBHOOKS,
	API_POSTMARK_WEBHOOK_ADD,
	API_POSTMARK_WEBHOOK,
	API_POSTMARK_WEBHOOK_UPDATE,
	API_POSTMARK_WEBHOOK_REMOVE,

	/* Of the vendors' other calls (route_vendor_tbl.h): desk's as well. */
	API_MJ_MESSAGES,
	API_MJ_MESSAGE,
	API_MJ_HISTORY,
	API_MJ_INFORMATIONS,
	API_MJ_INFORMATION,
	API_MJ_COUNTERS,
	API_MJ_KEYS,
	API_MJ_KEY,
	API_MJ_KEY_ADD,
	API_MJ_SENDERS,
	API_MJ_SENDER,
	API_MJ_SENDER_ADD,
	API_MJ_SENDER_CHANGE,
	API_MJ_SENDER_REMOVE,
	API_MJ_SENDER_VALIDATE,
	API_MJ_DNS_LIST,
	API_MJ_DNS,
	API_MJ_DNS_CHECK,
	API_MJ_PROFILE,
	API_MJ_USER,
	API_MJ_PARSE_ROUTES,
	API_MJ_PARSE_ROUTE_ADD,
	API_MJ_PARSE_ROUTE,
	API_MJ_PARSE_ROUTE_CHANGE,
	API_MJ_PARSE_ROUTE_REMOVE,
	API_MJ_CONTACT,
	API_MJ_CONTACT_ADD,
	API_MJ_CONTACT_CHANGE,
	API_MJ_CONTACTDATA,
	API_MJ_CONTACTDATA_SET,
	API_MJ_TEMPLATES,
	API_MJ_TEMPLATE_ADD,
	API_MJ_TEMPLATE,
	API_MJ_TEMPLATE_CHANGE,
	API_MJ_TEMPLATE_REMOVE,
	API_MJ_CONTENT, /* template/{id}/detailcontent */
	API_MJ_CONTENT_SET,
	API_MJ_CONTENT_CHANGE,
	API_SG_STATS,
	API_SG_CATEGORIES,
	API_SG_CATEGORY_STATS,
	API_SG_MESSAGES,
	API_SG_MESSAGE,
	API_SG_SCOPES,
	API_SG_KEYS,
	API_SG_KEY,
	API_SG_KEY_ADD,
	API_SG_KEY_REMOVE,
	API_SG_DOMAINS,
	API_SG_DOMAIN,
	API_SG_DOMAIN_ADD,
	API_SG_DOMAIN_REMOVE,
	API_SG_DOMAIN_VALIDATE,
	API_SG_SENDERS,
	API_SG_PROFILE,
	API_SG_BATCH_ADD,
	API_SG_BATCH,
	API_SG_SCHEDULED,
	API_SG_SCHEDULED_LIST,
	API_SG_SCHEDULED_ONE,
	API_SG_SCHEDULED_CHANGE,
	API_SG_SCHEDULED_REMOVE,
	API_SG_PARSE_LIST,
	API_SG_PARSE_ADD,
	API_SG_PARSE,
	API_SG_PARSE_CHANGE,
	API_SG_PARSE_REMOVE,
	API_SG_LISTED,
	API_SG_LISTED_ONE,
	API_SG_LISTED_REMOVE,
	API_SG_LISTED_REMOVE_ONE,
	API_SG_GROUPS, /* asm/groups */
	API_SG_GROUP_ADD,
	API_SG_GROUP,
	API_SG_GROUP_SET,
	API_SG_GROUP_REMOVE,
	API_SG_GROUP_LEFT, /* asm/groups/{group}/suppressions */
	API_SG_GROUP_LEAVE,
	API_SG_GROUP_SEARCH,
	API_SG_GROUP_BACK,
	API_SG_GROUPS_LEFT, /* asm/suppressions */
	API_SG_GROUPS_OF,
	API_SG_GLOBAL,
	API_SG_GLOBAL_ADD,
	API_SG_GLOBAL_REMOVE,
	API_SG_TEMPLATES,
	API_SG_TEMPLATE_ADD,
	API_SG_TEMPLATE,
	API_SG_TEMPLATE_CHANGE,
	API_SG_TEMPLATE_REMOVE,
	API_SG_TEMPLATE_COPY,
	API_SG_VERSION_ADD, /* templates/{id}/versions */
	API_SG_VERSION,
	API_SG_VERSION_CHANGE,
	API_SG_VERSION_REMOVE,
	API_SG_VERSION_ACTIVATE,
	API_PM_MESSAGES,
	API_PM_MESSAGE,
	API_PM_MESSAGE_DUMP,
	API_PM_INBOUNDS, /* messages/inbound */
	API_PM_INBOUND,
	API_PM_INBOUND_BYPASS,
	API_PM_INBOUND_RETRY,
	API_PM_RULES, /* triggers/inboundrules */
	API_PM_RULE_ADD,
	API_PM_RULE_REMOVE,
	API_PM_OPENS,
	API_PM_OPENS_OF,
	API_PM_CLICKS,
	API_PM_CLICKS_OF,
	API_PM_BOUNCES,
	API_PM_BOUNCE,
	API_PM_BOUNCE_DUMP,
	API_PM_BOUNCE_ACTIVATE,
	API_PM_DELIVERY,
	API_PM_STATS,
	API_PM_STATS_SENDS,
	API_PM_STATS_BOUNCES,
	API_PM_STATS_SPAM,
	API_PM_STATS_TRACKED,
	API_PM_STATS_OPENS,
	API_PM_STATS_CLICKS,
	API_PM_SERVER,
	API_PM_SERVER_CHANGE,
	API_PM_STREAMS,
	API_PM_STREAM,
	API_PM_STREAM_ADD,
	API_PM_STREAM_SET,
	API_PM_STREAM_ARCHIVE,
	API_PM_STREAM_UNARCHIVE,
	API_PM_ACCOUNT,
	API_PM_LISTED,
	API_PM_LISTED_ADD,
	API_PM_LISTED_REMOVE,
	API_PM_TEMPLATES,
	API_PM_TEMPLATE_ADD,
	API_PM_TEMPLATE_VALIDATE,
	API_PM_TEMPLATE,
	API_PM_TEMPLATE_CHANGE,
	API_PM_TEMPLATE_REMOVE,
	API_MG_EVENTS,
	API_MG_DOMAINS,
	API_MG_DOMAIN,
	API_MG_DOMAIN_VERIFY
};
#define API_IS_DESK(op) ((op) >= API_ACCOUNT)
/* The media type of an answer of desk that is not for the client: mail of the key's account, as
 * POST /v1/messages takes it, which the edge sends; the client gets the answer of that. */
#define API_MAIL_TYPE "application/vnd.facteur.mail+json"
/* The same of a message that is there: as api/native_resend reads it. */
#define API_RESEND_TYPE "application/vnd.facteur.resend"
/* That of an answer that goes on: desk tells more of it (MSG_followed), the edge what left. */
#define API_STREAM_TYPE "text/event-stream"

/* What a foreign tenant's id gets: the tests make each route's requests of this. */
enum api_foreign {
	API_OWN_ONLY, /* there is no id in it: it speaks of the caller's account */
	API_NOT_FOUND /* as a random one: 404 */
};

struct api_route {
	const char *method;
	const char *pattern; /* "/v3/{domain}/messages"; names in {} match one part */
	enum api_dialect dialect;
	enum api_op op;
	uint32_t body_max; /* bytes */
	uint8_t scope;   /* SCOPE_… of wire/msg: one of them is needed; 0: none, and no key */
	uint8_t foreign; /* enum api_foreign */
};

struct api_match {
	const struct api_route *route; /* NULL: nothing answers this method here */
	enum api_dialect dialect;      /* also without a route: who says so */
	struct str
		allow; /* "GET, DELETE": the methods answered at this path; without a route */
	struct str params[API_PARAMS_MAX]; /* of {}, percent-decoded, in the arena */
	size_t nparams;
};

/* path: as it came (wire/http_in). Always fills *ret_m: -ENOENT when there is no such path,
 * -EOPNOTSUPP when the path is there for another method, -E2BIG when the arena is full, else 0.
 * Paths are compared in any case, one slash at the end is passed over. */
int api_route_find(
	struct arena *a, struct str method, struct str path, struct api_match *ret_m);

/* May somebody who is signed in make this call for his role, though its scopes are not his? */
bool api_route_role(const struct api_route *r, enum user_role role);
/* Has the call a meaning without an account, for a user of the platform? */
bool api_route_platform(const struct api_route *r);
/* Does it change something that is managed? Then it stands in the audit log. */
bool api_route_changes(const struct api_route *r);
/* May its answer hold what a message says? */
bool api_route_reads_mail(const struct api_route *r);
/* Does it make somebody, or a key, that may read the mail of the account it names, or have mail
 * of it posted elsewhere? */
bool api_route_opens(const struct api_route *r);

/* All routes; what edge and desk call a route is its number here. */
const struct api_route *api_routes(size_t *ret_n);

#endif
