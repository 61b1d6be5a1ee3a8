/*
 * The checks of an installation (report/finding): local ones at once, those of the DNS and of
 * ports on a loop. The command line runs it on a loop of its own, desk on its loop. Changes
 * nothing, sends no mail; connects to the service's own ports and to port 25 of a few mail
 * servers. Ends after wait_us at the latest.
 *
 *   STARTED ─ local checks, ports; the resolver is asked
 *     ├─ it is silent ──────────────▶ what needs the DNS is skipped
 *     └─ it answers: the host name's addresses, then all the rest at once
 *   all is answered, or it took too long ──▶ done (once), never from within doctor_new
 */
#ifndef ROLE_DOCTOR_H
#define ROLE_DOCTOR_H

#include "report/finding.h"
#include "role/role.h"

#define DOCTOR_WAIT_US     UINT64_C(20000000) /* edges wait 30 s for desk */
#define DOCTOR_DOMAINS_MAX 50u                /* looked at in one run */

struct doctor_conf {
	const struct config *config; /* borrowed while it runs; so are paths, file, outward */
	const struct role_paths *paths;
	const char *file; /* the configuration; NULL: none */
	/* From the service: {"ready","reason","version"}; NULL: it does not run, or with
	 * status_why it cannot be seen whether. */
	const json_t *status;
	const char *status_why;
	/* Rows of domains.list; NULL: they cannot be read, for domains_why. */
	const json_t *domains;
	const char *domains_why;
	const json_t *routes; /* rows of routes.list; NULL: none are known */
	/* Whose mail server's port 25 is tried; NULL: three large ones, but none in a lab. */
	const char *outward;
	uint32_t only; /* bits of enum finding_check; 0: all */
	bool french;
	bool inside; /* a sandboxed role runs it */
	uint64_t wait_us;
};

struct doctor;
/* report: as findings_json says, borrowed. fn may free the doctor. */
struct doctor *doctor_new(struct loop *l, const struct doctor_conf *conf,
	void (*done)(void *ctx, const json_t *report), void *ctx);
/* Also before its end: done is not called. */
void doctor_free(struct doctor **d);

#endif
