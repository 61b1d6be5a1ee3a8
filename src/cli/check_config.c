#include "cli/cli.h"
#include "role/role.h"

static int
explain(const struct cli *c)
{
	struct buf b;

	buf_init(&b, 1u << 20);
	(void)config_explain(&b, c->french);
	(void)fwrite(buf_str(&b).p, 1, b.n, stdout);
	buf_done(&b);
	return EX_OK;
}

int
cli_check_config(struct cli *c, int argc, char **argv)
{
	bool explained = false, no_files = false;
	const struct cli_opt opts[] = { { "--explain", CLI_FLAG, &explained, NULL },
		{ "--no-files", CLI_FLAG, &no_files, NULL } };
	char why[TLS_PAIR_WHY_MAX] = "";
	const char *file;
	struct config cf;
	int err = cli_options(c, &argc, argv, opts, 2);

	if (err)
		return err;
	if (explained)
		return explain(c);
	if (argc > 2)
		return cli_arguments(c, argc, 1, "[FILE|-]");
	file = argc == 2 ? argv[1] : c->config_file;
	if (!file)
		return cli_usage(c,
			"which file? there is no %s; the form is: facteur "
			"check-config FILE",
			CLI_CONFIG_DEFAULT);
	err = cli_config_read(c, file, &cf);
	if (err)
		return err;
	err = no_files ? 0 : edge_certificates(&cf, why);
	config_done(&cf);
	if (err < 0)
		return cli_fail(c, EX_CONFIG, "%s: tls: %s", file, why);
	if (c->json)
		return cli_json(c, json_pack("{s:s,s:b}", "file", file, "ok", 1));
	printf(CLI_T(c, "%s: no mistakes found\n", "%s : aucune faute trouvée\n"), file);
	return EX_OK;
}
