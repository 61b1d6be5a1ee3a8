/* What the files of `facteur doctor` share, and `facteur setup` uses. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cli.h"

struct doctor_asked {
	const char *domain;  /* only this sender domain; NULL: all */
	const char *outward; /* role/doctor.h */
	uint32_t only;       /* bits of enum finding_check; 0: all */
	unsigned wait_s;     /* 0: as usual */
};
/* Looks at the installation of c->config: 0 with a new reference (report/finding.h; with
 * "version", "hostname", "at"), or the exit code after saying why not. */
int doctor_look(struct cli *c, const struct doctor_asked *asked, json_t **ret_report);
/* For people. quiet: without the lines that are well. */
void doctor_put(const struct cli *c, const json_t *report, bool quiet);

/* facteur doctor, without `ports`. */
int doctor_all(struct cli *c, int argc, char **argv);

#endif
