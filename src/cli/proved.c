/* facteur proved: who gets mail while the service or an account is in the mode sandbox. */
#include "cli/cli.h"

#include <string.h>

static void
put_list(const struct cli *c, const json_t *list)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(CLI_T(c, "No address is proved: facteur proved add ADDRESS",
			"Aucune adresse n'est prouvée : facteur proved add ADRESSE"));
		return;
	}
	cli_table_init(&t, 4);
	cli_cell(&t, CLI_T(c, "ADDRESS", "ADRESSE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "ASKED", "DEMANDÉ"));
	cli_cell(&t, CLI_T(c, "PROVED", "PROUVÉ"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "address"));
		cli_cell(&t, cli_text(row, "state"));
		cli_cell(&t, cli_local(when, cli_text(row, "asked")));
		cli_cell(&t, cli_local(when, cli_text(row, "proved")));
	}
	cli_table_put(c, &t);
}

static void
put_row(const struct cli *c, const char *format, const json_t *row)
{
	char text[700];

	snprintf(text, sizeof text, format, cli_text(row, "address"), cli_text(row, "account"));
	cli_put(text);
	(void)c;
}

/* Of a service with one account, that one. 0, or the exit code, said. */
static int
account_of(struct cli *c, const char *given, json_t *body)
{
	json_t *none = json_object(), *answer = NULL, *list;
	int err = 0;

	if (given) {
		json_object_set_new(body, "account", json_string(given));
	} else {
		err = cli_tables(c, "accounts.list", none, &answer);
		list = json_object_get(answer, "accounts");
		if (!err && json_array_size(list) != 1)
			err = cli_usage(c, "whose? --account NAME (facteur accounts list)");
		else if (!err)
			json_object_set(body, "account",
				json_object_get(json_array_get(list, 0), "account"));
	}
	json_decref(none);
	json_decref(answer);
	return err;
}

static int
ask(struct cli *c, const char *verb, json_t *body, json_t **ret_answer)
{
	/* It mails: only the service can. */
	return strcmp(verb, "proved.add") == 0 ? cli_ask(c, verb, body, ret_answer)
	                                       : cli_tables(c, verb, body, ret_answer);
}

static void
put(const struct cli *c, int at, const json_t *answer)
{
	bool proved = strcmp(cli_text(answer, "state"), "proved") == 0;

	if (at == 1)
		put_list(c, json_object_get(answer, "addresses"));
	else if (at == 3)
		puts(CLI_T(c, "It gets no mail of the sandbox any more.",
			"Elle ne reçoit plus de courrier du bac à sable."));
	else if (at == 0 && !proved)
		put_row(c,
			CLI_T(c,
				"%s was asked: it is proved when the link in the message, or "
				"its code, comes back (facteur proved list).",
				"%s a reçu un message : elle est prouvée quand le lien qu'il "
				"contient, ou son code, revient (facteur proved list)."),
			answer);
	else
		put_row(c, CLI_T(c, "%s is proved.", "%s est prouvée."), answer);
}

int
cli_proved(struct cli *c, int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{ "add", "add ADDRESS", 2, "proved.add" },
		{ "list", "list", 1, "proved.list" },
		{ "confirm", "confirm CODE", 2, "proved.confirm" },
		{ "remove", "remove ADDRESS", 2, "proved.remove" },
		{ .word = NULL },
	};
	enum { CONFIRM = 2 };
	const char *account = NULL;
	const struct cli_opt opts[] = { { "--account", CLI_TEXT, NULL, &account } };
	json_t *body, *answer = NULL;
	int err = cli_options(c, &argc, argv, opts, 1), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	body = argc > 2 ? json_pack("{s:s}", at == CONFIRM ? "code" : "address", argv[2])
	                : json_object();
	if (!body)
		return cli_usage(c, "an address is UTF-8");
	if (at != CONFIRM)
		err = account_of(c, account, body);
	err = err ? err : ask(c, verbs[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	put(c, at, answer);
	json_decref(answer);
	return EX_OK;
}
