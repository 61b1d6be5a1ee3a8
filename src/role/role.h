/*
 * What all roles share: the environment a keeper hands to a role by fork, the folders below the
 * state directory, and the link to the keeper.
 *
 * Each role is an object on a loop (X_new … X_free) plus a process main (X_main) that makes the
 * loop, enters the sandbox and runs it; `serve --one` makes all objects on one loop.
 *
 *   keeper ⇄ role   link (datagrams): role says READY and beats; keeper gives PEER descriptors,
 *                   DRAIN, RELOAD, GONE (a courier was reaped: take its attempts over); the
 *                   engine says BAD of a peer that speaks nonsense or nothing
 *   edge ⇄ desk     channel: calls of the HTTP API that desk answers (decision 0007)
 *   engine ⇄ edge, courier, desk   channel (io/channel), messages of wire/msg
 *   desk ⇄ poster   the same; the poster (role/poster.h) knows nobody else
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include "account/seal.h"
#include "io/channel.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/tls.h"
#include "wire/config.h"
#include "wire/msg.h"

enum role_kind {
	ROLE_KEEPER,
	ROLE_ENGINE,
	ROLE_EDGE,
	ROLE_COURIER,
	ROLE_DESK,
	ROLE_POSTER,
	ROLE_KINDS
};
const char *role_name(enum role_kind k); /* "engine" … */

#define ROLE_EDGES_MAX    16
#define ROLE_COURIERS_MAX 16
#define ROLE_SLOTS        1024 /* connection slots of one courier */

/* Kinds of listening sockets. */
enum port_kind {
	PORT_STARTTLS,
	PORT_TLS,
	PORT_PLAIN, /* SMTP */
	PORT_HTTP,
	PORT_HTTPS,
	PORT_SHARED, /* SMTP with STARTTLS and HTTP on one port (80) */
	PORT_LOCAL   /* UNIX socket of `facteur sendmail` */
};
struct role_port {
	enum port_kind kind;
	uint16_t port;
	int fd;
};

/* Folders and files below config->state. NUL-terminated, made once. */
struct role_paths {
	char state[512], spool[544], journal[544], ledger[544], transcripts[544],
		quarantine[544];
	char log[544], run[544], control_sock[560], submit_sock[560], tls[544], sink[544];
};
/* 0, or -E2BIG when the state path is too long. */
int role_paths(struct role_paths *ret_p, struct str state);
/* Makes the folders (0700; run 0755) and, when root and the user exists, gives them to it. */
int role_paths_make(const struct role_paths *p, const char *user);

/* Threads that sign at one time. */
#define ROLE_SIGNING_MAX 16

struct role_env {
	const struct config *config;
	const struct role_paths *paths;
	struct seal_keys keys; /* only what the role needs; the rest is zero */
	struct clock *clock;
	struct log *log;
	uint64_t boot;   /* random, of this process of this role */
	unsigned number; /* edge 1.., courier 1..; extent writer 0 is the engine's */
	int link_fd;     /* to the keeper; -1 in --one */
	const struct role_port *ports; /* edge */
	size_t nports;
	bool ports_kept; /* edge: who comes while it drains waits in the backlog for the next
	                    one */
	int control_fd;  /* desk: the listening control socket, else -1 */
	struct phase_slot *phases; /* engine: (ROLE_COURIERS_MAX + 1) * ROLE_SLOTS, the first
	                              ROLE_SLOTS are its own marks; courier: its own */
	bool keep_user;            /* the service's user cannot reach the state folder */
	bool one;                  /* all roles in this process: threads run inline */
	/* engine, for tests; 0 = as it is: a journal that is loaded behind acceptance, records
	 * loaded at once */
	uint64_t load_bytes;
	unsigned load_slice;
};

/* Changes to config->user, then enters the sandbox as config->sandbox says; warns loudly in the
 * log where the kernel cannot. 0 or -errno (then the role must not run). */
struct sandbox;
int role_sandbox(const struct role_env *env, const struct sandbox *box);

/* One cause of trouble that may show a thousand times: said when it comes and when it has gone,
 * not each time. It has gone when the thing works and has worked for ten seconds. Times are
 * mono µs; both tell whether to say it now. */
struct role_alert {
	bool on;
	uint64_t last;
};
bool role_alert_bad(struct role_alert *a, uint64_t now);
bool role_alert_good(struct role_alert *a, uint64_t now);

/* The link as a role sees it. */
struct role_link;
struct role_link_calls {
	/* A new channel to a peer (fd is taken); number of the edge or courier. */
	void (*peer)(void *ctx, enum role_kind kind, unsigned number, int fd);
	/* The courier with this number was reaped by the keeper; outside: an operator or the
	 * kernel killed it, it did not fall over what it had in its hands. */
	void (*gone)(void *ctx, enum role_kind kind, unsigned number, bool outside);
	void (*drain)(void *ctx);
	/* Another one takes over what comes from now on. */
	void (*retire)(void *ctx);
	/* New configuration text (validated by the keeper). */
	void (*reload)(void *ctx, struct str yaml);
};
/* Beats every 5 s by itself. The loop stops when the keeper is gone and on SIGTERM; SIGINT and
 * SIGHUP are ignored from here on. */
struct role_link *role_link_new(
	struct loop *l, int fd, const struct role_link_calls *calls, void *ctx);
void role_link_free(struct role_link **k);
/* A sign of life between two beats, for what holds the loop up and gets on (k may be NULL). */
void role_link_alive(struct role_link *k);
/* "ready" to the keeper. */
void role_link_ready(struct role_link *k);
/* Engine: the peer that came last under this number is of no use any more: the keeper ends that
 * process, and no later one of the number. 0, or -EAGAIN: say it again later. Without a keeper
 * (--one, k is NULL) nothing is said. */
int role_link_bad(struct role_link *k, enum role_kind kind, unsigned number);

/* Datagrams of the link: first byte is one of these, then u8 kind, u8 number, then text. PEER
 * and BAD have 8 bytes of text: the life of the process that is meant. */
enum link_type {
	LINK_BEAT = 'b',
	LINK_READY = 'r',
	LINK_PEER = 'p',
	LINK_BAD = 'x',
	LINK_GONE = 'g',
	LINK_DRAIN = 'd',
	LINK_RETIRE = 't',
	LINK_RELOAD = 'l',
	LINK_OUTSIDE = 'o' /* text of GONE: killed from outside, no message is to blame */
};
#define LINK_DATAGRAM_MAX (128u << 10)
#define ROLE_LIFE_SIZE    8

/* The roles. _main: after fork, returns the exit code. */
struct engine;
struct engine *engine_new(struct loop *l, const struct role_env *env);
void engine_free(struct engine **e);
void engine_peer(struct engine *e, enum role_kind kind, unsigned number, int fd);
void engine_gone(struct engine *e, enum role_kind kind, unsigned number);
int engine_main(const struct role_env *env);
/* Starts on a state that is a copy and paused (send/pause), until the whole queue is loaded,
 * and ends. 0 with what status would say (a new reference), or -ETIMEDOUT. What cannot be used
 * ends the process, as it does the engine's. */
struct json_t;
int engine_rehearse(const struct role_env *env, unsigned wait_s, struct json_t **ret_status);

struct edge;
struct edge *edge_new(struct loop *l, const struct role_env *env);
void edge_free(struct edge **e);
void edge_peer(struct edge *e, int engine_fd);
void edge_desk_peer(struct edge *e, int desk_fd);
int edge_main(const struct role_env *env);
/* Could an edge begin with the certificates of env->config? 0, or -errno and the log says why.
 */
int edge_try(const struct role_env *env);
/* Are the certificates named in cf there, readable, and do keys fit? 0, or -errno and why. */
int edge_certificates(const struct config *cf, char ret_why[TLS_PAIR_WHY_MAX]);

struct courier;
struct courier *courier_new(struct loop *l, const struct role_env *env);
void courier_free(struct courier **c);
void courier_peer(struct courier *c, int engine_fd);
int courier_main(const struct role_env *env);

struct desk;
struct desk *desk_new(struct loop *l, const struct role_env *env);
void desk_free(struct desk **d);
void desk_peer(struct desk *d, int engine_fd);
void desk_edge_peer(struct desk *d, unsigned edge, int edge_fd);
void desk_poster_peer(struct desk *d, int poster_fd);
int desk_main(const struct role_env *env);

#endif
