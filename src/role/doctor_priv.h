/*
 * What doctor's files share; nobody else includes it.
 *   doctor.c       its life; what is still open
 *   doctor_here.c  this machine: service, rights, disk, clock, sandbox
 *   doctor_cert.c  certificates
 *   doctor_port.c  ports in and out
 *   doctor_name.c  resolver, HELO, our addresses, PTR, return path
 *   doctor_zone.c  a sender domain: DKIM, DMARC, MX
 *   doctor_spf.c   may our addresses send for a domain
 */
#ifndef ROLE_DOCTOR_PRIV_H
#define ROLE_DOCTOR_PRIV_H

#include "io/resolve.h"
#include "io/stream.h"
#include "role/doctor.h"

#define DOCTOR_OWN_MAX  16u
#define DOCTOR_TEXT_MAX 400

struct doctor {
	struct loop *loop;
	struct doctor_conf conf;
	json_t *status, *domains, *routes; /* references of the conf's */
	struct findings *found;
	struct resolver *resolver;
	struct arena arena; /* of what is under way */
	struct loop_task begin, end;
	struct loop_timer late;
	unsigned open[FINDING_CHECKS_N]; /* questions under way of each check */
	unsigned nopen;
	bool over;         /* done was called or is about to be */
	struct link tries; /* connections: struct doctor_try of doctor_port.c */
	char hostname[256];
	struct net_addr helo[RESOLVE_ADDRS_MAX]; /* addresses of the hostname */
	size_t nhelo;
	struct net_addr
		own[DOCTOR_OWN_MAX]; /* those mail leaves from, as the world sees them */
	size_t nown;
	char route[DOCTOR_TEXT_MAX]; /* where all mail goes; empty: to its MX */
	unsigned ports_said;         /* that did not answer without a service */
	struct port25_judge {
		unsigned open;
		bool answered, refused, tried;
		char host[256], why[200];
	} out;
	void (*done)(void *ctx, const json_t *report);
	void *ctx;
};

/* ---- doctor.c */
bool doctor_wants(const struct doctor *d, enum finding_check c);
/* One question more of this check, one less. */
void doctor_open(struct doctor *d, enum finding_check c);
void doctor_shut(struct doctor *d, enum finding_check c);
/* With up to three texts (NULL: none). */
void doctor_say(struct doctor *d, enum finding_what what, struct str subject,
	const char *const args[3]);
void doctor_say_soft(struct doctor *d, enum finding_what what, struct str subject,
	const char *const args[3]);
#define DOCTOR_ARGS(...)                                                                       \
	(const char *const[3])                                                                 \
	{                                                                                      \
		__VA_ARGS__                                                                    \
	}
void doctor_skip(struct doctor *d, enum finding_check c, struct str subject,
	enum finding_skip skip, const char *why);
/* Zeroed memory that lives as long as d. */
void *doctor_alloc(struct doctor *d, size_t bytes);
/* Addresses as one text, "a, b". */
void doctor_list(char dst[DOCTOR_TEXT_MAX], const struct net_addr *a, size_t n);
bool doctor_same(const struct net_addr *a, const struct net_addr *b);
bool doctor_among(const struct net_addr *a, const struct net_addr *list, size_t n);

/* ---- the rest: each begins its checks. */
void doctor_here(struct doctor *d);
void doctor_certificates(struct doctor *d);
void doctor_ports(struct doctor *d);
void doctor_port25(struct doctor *d);
void doctor_ports_end(struct doctor *d);
void doctor_names(struct doctor *d);
void doctor_zones(struct doctor *d);
/* soft: the domain is not in return paths. */
void doctor_spf(struct doctor *d, struct str domain, bool soft);

#endif
