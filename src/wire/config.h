/*
 * The configuration: YAML text (libyaml events) checked against one schema table
 * (config_tbl.h), environment overrides FACTEUR_SECTION__KEY, defaults for everything.
 * Pure: files named in it are not opened here. All texts live in the config's arena.
 */
#ifndef WIRE_CONFIG_H
#define WIRE_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"

#define CONFIG_LIST_MAX      64
#define CONFIG_TRACKING_KEYS 32 /* the greatest tracking.key */

struct config_ports {
	uint16_t port[16];
	size_t n;
};

struct config_cert {
	struct str cert, key; /* file names, as written */
};

struct config_route {
	struct str domain; /* lower case, "*" = everything else */
	struct str url;    /* smtp://[user:pass@]host[:port][?tls=must|may|none], smtps://… */
};

/* Limits of the door to one site. */
struct config_site {
	struct str domain;    /* recipient domain or MX suffix; "*" = the default */
	unsigned connections; /* 5 */
	unsigned messages;    /* per connection, 20 */
	unsigned rate;        /* messages a minute, 0 = no limit */
	bool implied;         /* nobody wrote it: the "*" of the defaults */
};

struct config_trusted {
	struct str network; /* CIDR */
	struct str account;
};

struct config {
	struct arena arena;
	struct str file; /* for relative paths and messages; empty = none */
	struct str hostname, admin, language, state, user,
		sandbox; /* sandbox: auto require off */
	struct str mode; /* live sandbox */
	struct str listen[CONFIG_LIST_MAX];
	size_t nlisten;
	struct str proxies[CONFIG_LIST_MAX]; /* CIDR */
	size_t nproxies;
	struct config_ports starttls, tls, plain; /* submission.* */
	bool plaintext_auth;
	struct config_trusted trusted[CONFIG_LIST_MAX];
	size_t ntrusted;
	struct config_ports http_plain, http_tls; /* http.* */
	struct {
		unsigned calls_per_minute, sends_per_minute; /* of a key; 0 = no limit */
	} api;
	struct {
		bool mail;
		struct str webhook, secret; /* empty: none */
	} alerts;
	struct {
		struct str url;  /* without a slash at its end; empty: config_console says it */
		struct str totp; /* second factor: optional service required */
	} console;
	struct {
		struct str url; /* without a slash at its end; empty: https://hostname */
		bool consent_assumed;
		unsigned key, oldest_key; /* ids of wire/track_token; oldest_key <= key */
	} tracking;
	struct str bounce_domain; /* lower case; empty: nothing is received */
	struct str return_path;   /* token keep */
	struct config_cert certs[CONFIG_LIST_MAX];
	size_t ncerts;
	struct str master_key; /* file; default <state>/master.key */
	int64_t keep_content_us, keep_transcripts_us, keep_events_us;
	int64_t keep_statistics_us; /* INT64_MAX = for ever */
	struct {
		struct str addresses[CONFIG_LIST_MAX]; /* source addresses, empty = the kernel's
		                                          choice */
		size_t naddresses;
		struct config_route routes[CONFIG_LIST_MAX];
		size_t nroutes;
		struct config_site sites[CONFIG_LIST_MAX];
		size_t nsites;
		uint16_t port; /* 25 */
		bool ipv4, ipv6;
		int64_t retry_us[32]; /* 5m 10m 20m 40m 1h 2h 4h, the last one repeats */
		size_t nretry;
		int64_t expire_transactional_us, expire_broadcast_us; /* 5d */
		bool repeat_transactional,
			repeat_broadcast; /* in doubt: send again? true, false */
		struct str resolver;      /* "127.0.0.1:53", empty = system */
	} outbound;
	struct {
		uint64_t message_bytes; /* 25 MiB */
		unsigned recipients;    /* 1000 */
		unsigned connections, connections_per_network, sessions_errors;
		uint64_t memory_bytes; /* ceiling of one edge's bodies in memory */
		unsigned hops;         /* 50 */
		uint64_t min_rate;     /* bytes a second while sending DATA */
		uint64_t disk_reserve_bytes;
	} limits;
	struct {
		struct str format, file; /* logfmt or json; mail facts file, default
		                            <state>/log/mail.log */
		bool mask;
	} log;
	unsigned edges, couriers; /* processes */
	struct {
		bool on;               /* a lab: section is there */
		struct str deliver_to; /* host:port */
		bool private_webhooks, verified_domains, any_credentials;
	} lab;
};

struct config_error {
	unsigned line, column; /* 1-based; 0 = environment or a missing value */
	char text[512];        /* the wrong word, what is allowed, the likely right one */
};

/* env is a NULL-ended list of "NAME=value" (may be NULL); only FACTEUR_* names that fit a key
 * are used, an unknown FACTEUR_X__Y is an error. 0; or -EINVAL with *ret_e filled and *c done.
 */
int config_parse(struct config *c, struct str file, struct str yaml, char *const *env,
	struct config_error *ret_e);
/* Does mail go out with a return path of ours? */
static inline bool
config_paths(const struct config *c)
{
	return c->bounce_domain.n > 0 && str_eq_z(c->return_path, "token");
}

/* Does mail go only to the sink and to proved addresses (decision 0010)? */
static inline bool
config_sandboxed(const struct config *c)
{
	return str_eq_z(c->mode, "sandbox");
}

/* The host that tracked links lead to, unless an account has its own. Borrowed. */
struct str config_tracking_host(const struct config *c);

/* Where the console is: "https://host[:port]", without a slash at its end. Returns dst. */
#define CONFIG_CONSOLE_SIZE 300
const char *config_console(const struct config *c, char dst[CONFIG_CONSOLE_SIZE]);
/* The e-mail of whoever signs in first, until he says another: admin, or owner@hostname. */
const char *config_owner(const struct config *c, char dst[CONFIG_CONSOLE_SIZE]);

/* All defaults, as from an empty file. */
void config_default(struct config *c);
void config_done(struct config *c);

/* Every key with its default and one line of explanation, in French or English, as YAML, for
 * --help and docs. */
int config_explain(struct buf *out, bool french);

#endif
