/* Groups of an account's mail, which recipients leave one by one. */
#include "cli/cli.h"

enum { ADD, LIST, SET, REMOVE };

struct groups {
	const char *account, *name, *description;
	bool is_default;
};

static void
put_list(const struct cli *c, const json_t *list)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 5);
	cli_cell(&t, CLI_T(c, "GROUP", "GROUPE"));
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, CLI_T(c, "DEFAULT", "DÉFAUT"));
	cli_cell(&t, CLI_T(c, "LEFT BY", "QUITTÉ PAR"));
	cli_cell(&t, "DESCRIPTION");
	json_array_foreach(list, i, row)
	{
		cli_cell_number(&t, cli_number(row, "group"));
		cli_cell(&t, cli_text(row, "name"));
		cli_cell(&t, cli_true(row, "default") ? CLI_T(c, "yes", "oui")
						      : CLI_T(c, "no", "non"));
		cli_cell_number(&t, cli_number(row, "suppressed"));
		cli_cell(&t, cli_text(row, "description"));
	}
	cli_table_put(c, &t);
}

static void
put_done(const struct cli *c, int at, const json_t *row)
{
	char text[1000];

	snprintf(text, sizeof text,
		at == ADD   ? CLI_T(c, "Group %lld is there: \"%s\".",
				      "Le groupe %lld est créé : « %s ».")
		: at == SET ? CLI_T(c, "Group %lld is changed: \"%s\".",
				      "Le groupe %lld est modifié : « %s ».")
			    : CLI_T(c,
				      "Group %lld is removed (\"%s\"); who had left it is "
				      "forgotten.",
				      "Le groupe %lld est supprimé (« %s ») ; qui l'avait "
				      "quitté est "
				      "oublié."),
		(long long)cli_number(row, "group"), cli_text(row, "name"));
	cli_put(text);
}

/* NULL: no text in UTF-8. */
static json_t *
body_of(int at, char **argv, const struct groups *o)
{
	json_t *body = json_pack("{s:s}", "account", o->account);

	if (!body)
		return NULL;
	if (at == ADD)
		json_object_set_new(body, "name", json_string(argv[2]));
	if (at == SET || at == REMOVE)
		json_object_set_new(body, "group", json_string(argv[2]));
	if (at == SET && o->name)
		json_object_set_new(body, "name", json_string(o->name));
	if (o->description)
		json_object_set_new(body, "description", json_string(o->description));
	if (o->is_default)
		json_object_set_new(body, "default", json_true());
	return body;
}

int
cli_groups(struct cli *c, int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		[ADD] = { "add", "add NAME --account NAME", 2, "groups.add" },
		[LIST] = { "list", "list --account NAME", 1, "groups.list" },
		[SET] = { "set", "set GROUP --account NAME", 2, "groups.set" },
		[REMOVE] = { "remove", "remove GROUP --account NAME", 2, "groups.remove" },
		{ .word = NULL },
	};
	struct groups o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--name", CLI_TEXT, NULL, &o.name },
		{ "--description", CLI_TEXT, NULL, &o.description },
		{ "--default", CLI_FLAG, &o.is_default, NULL },
	};
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	if (!o.account)
		return cli_usage(c, "--account is missing: whose group is it?");
	body = body_of(at, argv, &o);
	if (!body)
		return cli_usage(c, "names are text in UTF-8");
	err = cli_tables(c, verbs[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == LIST)
		put_list(c, json_object_get(answer, "groups"));
	else
		put_done(c, at, answer);
	json_decref(answer);
	return EX_OK;
}
