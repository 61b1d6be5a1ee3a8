#include "cli/cli.h"

static void
put_list(const struct cli *c, const json_t *list)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 3);
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "CREATED", "CRÉÉ"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "state"));
		cli_cell(&t, cli_local(when, cli_text(row, "created")));
	}
	cli_table_put(c, &t);
}

/* "bounces,complaints" as a list; "none" is an empty one. */
static json_t *
words_of(const char *text)
{
	json_t *list = json_array();

	for (struct str rest = str_z(text); rest.n && !str_eq_z(str_z(text), "none");) {
		struct str one = str_trim(str_cut(&rest, ','));

		if (one.n)
			json_array_append_new(list, json_stringn(one.p, one.n));
	}
	return list;
}

static void
put_done(const struct cli *c, int what, const char *name)
{
	/* Names are [a-z0-9-]: nothing to escape. */
	switch (what) {
	case 0:
		printf(CLI_T(c, "Account %s is there. Next: facteur keys add --account %s\n",
			       "Le compte %s est créé. Ensuite : facteur keys add --account "
			       "%s\n"),
			name, name);
		break;
	case 2:
		printf(CLI_T(c, "Account %s is suspended: it cannot send.\n",
			       "Le compte %s est suspendu : il ne peut pas envoyer.\n"),
			name);
		break;
	case 4:
		printf(CLI_T(c,
			       "What comes back of account %s is sent on to the senders, or "
			       "not, "
			       "as asked.\n",
			       "Ce qui revient du compte %s est transmis aux expéditeurs, ou "
			       "non, "
			       "comme demandé.\n"),
			name);
		break;
	default:
		printf(CLI_T(c, "Account %s may send again.\n",
			       "Le compte %s peut de nouveau envoyer.\n"),
			name);
	}
}

int
cli_accounts(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "add", "list", "suspend", "restore", "forward",
		NULL };
	static const char *const verbs[] = { "accounts.add", "accounts.list",
		"accounts.suspend", "accounts.restore", "accounts.forward" };
	static const char *const forms[] = { "add NAME", "list", "suspend NAME", "restore NAME",
		"forward NAME bounces,complaints|none" };
	static const int want[] = { 2, 1, 2, 2, 3 };
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, NULL, 0), at;

	if (err)
		return err;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	err = cli_arguments(c, argc, want[at], forms[at]);
	if (err)
		return err;
	body = at == 1 ? json_object() : json_pack("{s:s}", "account", argv[2]);
	if (!body)
		return cli_usage(c, "a name is a-z, 0-9 and -");
	if (at == 4)
		json_object_set_new(body, "forward", words_of(argv[3]));
	err = cli_tables(c, verbs[at], body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == 1)
		put_list(c, json_object_get(answer, "accounts"));
	else
		put_done(c, at, argv[2]);
	json_decref(answer);
	return EX_OK;
}
