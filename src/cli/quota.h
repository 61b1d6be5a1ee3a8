/*
 * What `facteur accounts quota` and `facteur keys quota` share: options, the question, the
 * answer for people.
 */
#ifndef CLI_QUOTA_H
#define CLI_QUOTA_H

#include "cli/cli.h"

#define CLI_QUOTAS 4 /* hour, day, month, sessions */

struct cli_quota {
	const char *most[CLI_QUOTAS]; /* as typed; NULL: as it was */
};
/* Their rows of a table of options. */
#define CLI_QUOTA_OPTS(q)                                                                      \
	{ "--hour", CLI_TEXT, NULL, &(q).most[0] }, { "--day", CLI_TEXT, NULL, &(q).most[1] }, \
		{ "--month", CLI_TEXT, NULL, &(q).most[2] },                                   \
	{                                                                                      \
		"--sessions", CLI_TEXT, NULL, &(q).most[3]                                     \
	}
#define CLI_QUOTA_FORM "[--hour N|none] [--day N|none] [--month N|none] [--sessions N|none]"

/* Is any of them there? */
bool cli_quota_given(const struct cli_quota *q);
/* Sets what is given, shows what is in force and used. member: "account" or "key". The exit
 * code. */
int cli_quota(struct cli *c, const char *member, const char *name, const struct cli_quota *q);

#endif
