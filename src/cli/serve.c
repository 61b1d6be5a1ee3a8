#include "cli/cli.h"
#include "role/keeper.h"

int
cli_serve(struct cli *c, int argc, char **argv)
{
	bool one = false, quiet = false;
	const struct cli_opt opts[] = {
		{ "--one", CLI_FLAG, &one, NULL },
		{ "--quiet", CLI_FLAG, &quiet, NULL },
	};
	int err = cli_options(c, &argc, argv, opts, 2);

	err = err ? err : cli_arguments(c, argc, 0, "[--one] [--quiet]");
	err = err ? err : cli_config(c);
	if (err)
		return err;
	const struct keeper_conf conf = {
		.config = c->config,
		/* A reload reads the file again; with --state it would lead elsewhere. */
		.file = c->state ? NULL : c->config_file,
		.one = one,
		.quiet = quiet,
	};

	return keeper_run(&conf);
}
