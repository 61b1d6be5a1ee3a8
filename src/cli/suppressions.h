/*
 * The parts of `facteur suppressions`: options, and the import of a file.
 */
#ifndef CLI_SUPPRESSIONS_H
#define CLI_SUPPRESSIONS_H

#include "cli/cli.h"

struct suppressions {
	const char *account, *group, *stream, *reason, *note, *address, *search, *incident,
		*since, *until, *limit, *after, *file;
};

/*
 * Lines of a file ("-": stdin): an address each, or CSV (address, stream, reason, note; a head
 * that names its columns may put them in another order). Good ones are imported, bad ones told
 * with their line. All of it is one incident. The exit code: 65 when there were bad ones.
 */
int suppressions_import(struct cli *c, const struct suppressions *o);

#endif
