#include "cli/cli.h"

int
cli_version(struct cli *c, int argc, char **argv)
{
	int err = cli_options(c, &argc, argv, NULL, 0);

	err = err ? err : cli_arguments(c, argc, 0, "");
	if (err)
		return err;
	if (c->json)
		return cli_json(c,
			json_pack("{s:s,s:s}", "name", "facteur", "version", FACTEUR_VERSION));
	puts("facteur " FACTEUR_VERSION);
	return EX_OK;
}
