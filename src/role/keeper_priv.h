/*
 * The keeper's parts see each other through this header; nobody else includes it.
 *
 *   child:  DOWN → STARTING (forked) → READY (said so) → DOWN (reaped) → back-off → STARTING
 *                                       └→ DRAINING (told to finish) → DOWN
 */
#ifndef ROLE_KEEPER_PRIV_H
#define ROLE_KEEPER_PRIV_H

#include "io/child.h"
#include "io/manager.h"
#include "io/net.h"
#include "role/keeper.h"
#include "role/poster.h"

#define KEEPER_PORTS_MAX    256
#define KEEPER_SILENCE_US   (20u * 1000000u)
#define KEEPER_CHILDREN_MAX (3 + ROLE_EDGES_MAX * 2 + ROLE_COURIERS_MAX * 2)

struct keeper_child {
	struct keeper *keeper;
	enum role_kind kind;
	unsigned number;     /* 1.. for edges and couriers; 0 for the others */
	struct child *child; /* NULL = not running */
	int link_fd;         /* our end of the link, -1 = none */
	struct loop_fd *watch;
	uint64_t beat, started;    /* mono µs: last sign of life; start */
	bool used, ready, leaving; /* leaving: its end is wanted, no restart */
	bool killed;               /* we killed it: silent, or of no use to the engine */
	bool bad;                  /* the engine said so */
	bool renew;                /* leaving: its number gets a new process */
	unsigned failures;         /* quick deaths in a row */
	struct loop_timer again;
	struct role_env env;
	char name[32];
};

/* A listening socket that the service manager handed over. */
struct keeper_given {
	int fd;               /* -1: it has its place now, or was closed */
	bool local;           /* the socket of `facteur sendmail` */
	struct net_addr addr; /* else where it listens */
};

struct keeper {
	const struct keeper_conf *conf;
	const struct config *config; /* of today: the first one or a reloaded one */
	struct config *reloaded;     /* ours */
	struct role_paths paths;
	struct seal_keys keys;
	struct clock clock;
	struct loop *loop;
	struct log *log;
	int lock_fd, control_fd;
	struct role_port ports[KEEPER_PORTS_MAX];
	size_t nports;
	struct manager manager;
	struct keeper_given given[MANAGER_FDS_MAX];
	size_t ngiven, handed;     /* handed: of the ports, those that were given */
	bool told_manager;         /* that all is ready */
	bool ports_kept;           /* by the manager, when this service ends */
	struct phase_slot *phases; /* (ROLE_COURIERS_MAX + 1) * ROLE_SLOTS, shared */
	struct keeper_child children[KEEPER_CHILDREN_MAX];
	struct loop_timer second, stop_timer;
	int64_t since;                        /* wall µs of the start */
	uint64_t began, stopping_since;       /* mono µs */
	bool keep_user;                       /* root it stays: see keeper_ports.c */
	bool roles_stale;                     /* roles.json could not be written */
	bool stopping, told_ready, last_call; /* last_call: the rest got SIGTERM */
	int exit_code;
	/* --one: the roles as objects */
	struct engine *engine;
	struct edge *edge;
	struct courier *courier;
	struct desk *desk;
	struct poster *poster;
	struct role_env one_env[ROLE_KINDS];
};

/* ---- keeper_ports.c: what is opened before any role runs */
int keeper_prepare(struct keeper *k);
void keeper_close(struct keeper *k);
/* Keys a role needs (P12). */
struct seal_keys keeper_keys_for(const struct keeper *k, enum role_kind kind);

/* ---- keeper_given.c: the service manager, and sockets that outlive the service
 *
 *   start     handed over ─▶ given ─▶ a port of the configuration, or closed with a word
 *             ports ─▶ kept by the manager, under a name made of the address
 *   restart   edges stop taking connections and finish; who comes waits in the backlog, which
 *             the manager holds, for the next service
 */
/* What was handed over, once. */
void keeper_given_take(struct keeper *k);
/* The socket given for this address (NULL: for `facteur sendmail`), which is the caller's now;
 * -1 when there is none. */
int keeper_given_find(struct keeper *k, const struct net_addr *a);
/* What no port of the configuration wanted is closed, and kept no longer. */
void keeper_given_rest(struct keeper *k);
/* All ports are kept. */
void keeper_given_keep(struct keeper *k);
/* Each second: a sign of life, and that the service is ready. */
void keeper_given_second(struct keeper *k);
void keeper_given_stopping(struct keeper *k);

/* ---- keeper_child.c */
struct keeper_child *keeper_child_new(struct keeper *k, enum role_kind kind, unsigned number);
void keeper_child_start(struct keeper_child *c);
/* A new channel between two running children. */
void keeper_join(struct keeper *k, struct keeper_child *a, struct keeper_child *b);
/* A number no living child of this kind has. */
unsigned keeper_free_number(const struct keeper *k, enum role_kind kind);
struct keeper_child *keeper_find(struct keeper *k, enum role_kind kind);
void keeper_tell(struct keeper_child *c, enum link_type type, enum role_kind kind,
	unsigned number, struct str text);
/* <run>/roles.json: who runs with which pid, for status; tried again each second while it
 * fails. */
void keeper_write_roles(struct keeper *k);
void keeper_check_silence(struct keeper *k);
void keeper_maybe_ready(struct keeper *k);
bool keeper_all_gone(const struct keeper *k);

/* ---- keeper_one.c */
int keeper_one_start(struct keeper *k);
void keeper_one_stop(struct keeper *k);

#endif
