#include "cli/cli.h"

enum { LIST, ADD, REMOVE };

static const struct cli_verb verbs[] = {
	[LIST] = { "list", "list [--account NAME]", 1, "inbound.list" },
	[ADD] = { "add", "add DOMAIN|ADDRESS URL --account NAME [--format F]", 3,
		"inbound.add" },
	[REMOVE] = { "remove", "remove ID", 2, "inbound.remove" },
	{ .word = NULL },
};

static void
set(json_t *body, const char *name, const char *value)
{
	if (body && value)
		json_object_set_new(body, name, json_string(value));
}

static json_t *
body_of(int at, char **argv, const char *account, const char *format)
{
	json_t *body = json_object();

	set(body, "account", account);
	if (at == ADD) {
		set(body, "address", argv[2]);
		set(body, "url", argv[3]);
		set(body, "format", format);
	} else if (at == REMOVE) {
		set(body, "id", argv[2]);
	}
	return body;
}

static const char *
state_of(const struct cli *c, const json_t *row)
{
	return str_eq_z(str_z(cli_text(row, "state")), "active")
	               ? CLI_T(c, "active", "actif")
	               : CLI_T(c, "domain not verified", "domaine non vérifié");
}

static void
put_list(const struct cli *c, const json_t *list)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(CLI_T(c, "No inbound addresses.", "Aucune adresse entrante."));
		return;
	}
	cli_table_init(&t, 6);
	cli_cell(&t, "ID");
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "ADDRESS", "ADRESSE"));
	cli_cell(&t, CLI_T(c, "FORMAT", "FORMAT"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, "URL");
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "id"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "address"));
		cli_cell(&t, cli_text(row, "format"));
		cli_cell(&t, state_of(c, row));
		cli_cell(&t, cli_text(row, "url"));
	}
	cli_table_put(c, &t);
}

static void
put_added(const struct cli *c, const json_t *row)
{
	printf(CLI_T(c, "Mail to %s is posted to the URL, as %s.\n",
		       "Le courrier pour %s est transmis à l'URL, comme %s.\n"),
		cli_text(row, "address"), cli_text(row, "id"));
	if (!str_eq_z(str_z(cli_text(row, "state")), "active"))
		puts(CLI_T(c,
			"Not yet: verify its domain, or one above it: facteur domains verify.",
			"Pas encore : vérifiez son domaine, ou un domaine au-dessus : facteur "
			"domains verify."));
	if (*cli_text(row, "secret"))
		printf("%s\n\n  %s\n\n",
			CLI_T(c, "This is the only time the secret is shown:",
				"Le secret n'est montré que cette fois :"),
			cli_text(row, "secret"));
}

int
cli_inbound(struct cli *c, int argc, char **argv)
{
	const char *account = NULL, *format = NULL;
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &account },
		{ "--format", CLI_TEXT, NULL, &format },
	};
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	if (at == ADD && !account)
		return cli_usage(c, "--account is missing");
	body = body_of(at, argv, account, format);
	err = cli_tables(c, verbs[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == LIST)
		put_list(c, json_object_get(answer, "inbound"));
	else if (at == ADD)
		put_added(c, answer);
	else
		puts(CLI_T(c, "Removed: mail to it is refused.",
			"Supprimée : son courrier est refusé."));
	json_decref(answer);
	return EX_OK;
}
