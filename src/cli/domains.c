#include "cli/cli.h"

static void
put_list(const struct cli *c, const json_t *list)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 4);
	cli_cell(&t, CLI_T(c, "DOMAIN", "DOMAINE"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "SINCE", "DEPUIS"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "domain"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "state"));
		cli_cell(&t, cli_local(when, cli_text(row, "since")));
	}
	cli_table_put(c, &t);
	json_array_foreach(list, i, row)
	{
		if (cli_text(row, "why")[0])
			cli_put(cli_text(row, "why"));
	}
}

/* with_state: after a check, what DNS says; else the value to publish. */
static void
put_records(const struct cli *c, const json_t *domain, bool with_state)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 3);
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, "TYPE");
	cli_cell(&t, with_state ? CLI_T(c, "STATE", "ÉTAT") : CLI_T(c, "VALUE", "VALEUR"));
	json_array_foreach(json_object_get(domain, "records"), i, row)
	{
		cli_cell(&t, cli_text(row, "name"));
		cli_cell(&t, cli_text(row, "type"));
		cli_cell(&t, cli_text(row, with_state ? "state" : "value"));
	}
	cli_table_put(c, &t);
}

static void
put_new(const struct cli *c, const json_t *domain)
{
	puts(CLI_T(c, "Publish these records in the DNS of the domain:\n",
		"Publiez ces enregistrements dans le DNS du domaine :\n"));
	put_records(c, domain, false);
	printf(CLI_T(c, "\nThen: facteur domains verify %s --account %s\n",
		       "\nEnsuite : facteur domains verify %s --account %s\n"),
		cli_text(domain, "domain"), cli_text(domain, "account"));
}

static int
put_checked(const struct cli *c, const json_t *domain)
{
	bool ok = cli_true(domain, "verified");

	put_records(c, domain, true);
	puts("");
	if (ok && cli_text(domain, "why")[0])
		cli_put(cli_text(domain, "why"));
	else if (ok)
		puts(CLI_T(c, "The domain is verified: its account may send from it.",
			"Le domaine est vérifié : son compte peut envoyer avec."));
	else
		puts(CLI_T(c,
			"The DKIM record was not found yet. DNS changes need minutes, "
			"sometimes "
			"hours.",
			"L'enregistrement DKIM n'est pas encore visible. Le DNS met des "
			"minutes, "
			"parfois des heures."));
	return ok ? EX_OK : EX_TEMPFAIL;
}

enum { ADD, LIST, REMOVE, VERIFY };

static int
ask(struct cli *c, int at, json_t *body, json_t **ret_answer)
{
	static const char *const verbs[] = { "domains.add", "domains.list", "domains.remove",
		"domains.verify" };

	if (at == LIST)
		return cli_pages(c, verbs[at], "domains", body, ret_answer);
	return at == VERIFY ? cli_ask(c, verbs[at], body, ret_answer)
	                    : cli_tables(c, verbs[at], body, ret_answer);
}

int
cli_domains(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "add", "list", "remove", "verify", NULL };
	const char *account = NULL;
	const struct cli_opt opts[] = { { "--account", CLI_TEXT, NULL, &account } };
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, 1), at;

	if (err)
		return err;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	err = cli_arguments(c, argc, at == LIST ? 1 : 2,
		at == LIST ? "list [--account NAME]"
			   : "add|verify|remove DOMAIN --account NAME");
	if (err)
		return err;
	if (at != LIST && !account)
		return cli_usage(c, "--account is missing: whose domain is it?");
	body = json_object();
	if (account)
		json_object_set_new(body, "account", json_string(account));
	if (at != LIST)
		json_object_set_new(body, "domain", json_string(argv[2]));
	err = ask(c, at, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json) {
		err = at == VERIFY && !cli_true(answer, "verified") ? EX_TEMPFAIL : EX_OK;
		(void)cli_json(c, answer);
		return err;
	}
	if (at == ADD)
		put_new(c, answer);
	else if (at == LIST)
		put_list(c, json_object_get(answer, "domains"));
	else if (at == VERIFY)
		err = put_checked(c, answer);
	else
		puts(CLI_T(c, "The domain and its keys are removed.",
			"Le domaine et ses clés sont supprimés."));
	json_decref(answer);
	return err;
}
