/* Who did what. */
#include "cli/cli.h"

#include "base/text.h"

static void
put_rows(const struct cli *c, const json_t *rows)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 7);
	cli_cell(&t, CLI_T(c, "WHEN", "QUAND"));
	cli_cell(&t, CLI_T(c, "WHO", "QUI"));
	cli_cell(&t, CLI_T(c, "FROM", "DE"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "WHAT", "QUOI"));
	cli_cell(&t, CLI_T(c, "ON", "SUR"));
	cli_cell(&t, CLI_T(c, "REASON", "MOTIF"));
	json_array_foreach(rows, i, row)
	{
		cli_cell(&t, cli_local(when, cli_text(row, "at")));
		cli_cell(&t, cli_text(json_object_get(row, "who"), "name"));
		cli_cell(&t, cli_text(row, "from"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "what"));
		cli_cell(&t, cli_text(row, "on"));
		cli_cell(&t, cli_text(row, "reason"));
	}
	cli_table_put(c, &t);
}

/* NULL: said what is wrong. */
static json_t *
body_of(struct cli *c, const char *account, const char *limit, const char *after)
{
	json_t *body = json_object();
	uint32_t n = 50;
	bool ok = !limit || str_u32(str_z(limit), &n) == 0;

	if (!ok)
		(void)cli_usage(c, "--limit is a number from 1 to 200");
	json_object_set_new(body, "limit", json_integer(n));
	if (ok && account && json_object_set_new(body, "account", json_string(account)) < 0)
		ok = false;
	if (ok && after && json_object_set_new(body, "after", json_string(after)) < 0)
		ok = false;
	if (ok)
		return body;
	json_decref(body);
	return NULL;
}

int
cli_audit(struct cli *c, int argc, char **argv)
{
	const char *account = NULL, *limit = NULL, *after = NULL;
	const struct cli_opt opts[] = { { "--account", CLI_TEXT, NULL, &account },
		{ "--limit", CLI_TEXT, NULL, &limit }, { "--after", CLI_TEXT, NULL, &after } };
	json_t *body, *answer;
	char text[400];
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	err = err ? err
	          : cli_arguments(c, argc, 0, "[--account NAME] [--limit N] [--after CURSOR]");
	if (err)
		return err;
	body = body_of(c, account, limit, after);
	if (!body)
		return EX_USAGE;
	err = cli_tables(c, "audit.list", body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	put_rows(c, json_object_get(answer, "audit"));
	if (cli_text(answer, "next")[0]) {
		snprintf(text, sizeof text, CLI_T(c, "More: --after %s", "Suite : --after %s"),
			cli_text(answer, "next"));
		cli_put(text);
	}
	json_decref(answer);
	return EX_OK;
}
