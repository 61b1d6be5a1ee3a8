#include "cli/cli.h"

enum { ADD, LIST, REMOVE };

static void
put_list(const struct cli *c, const json_t *list)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(CLI_T(c, "No routes: mail goes to the MX of each domain.",
			"Aucune route : le courrier va au MX de chaque domaine."));
		return;
	}
	cli_table_init(&t, 2);
	cli_cell(&t, CLI_T(c, "DOMAIN", "DOMAINE"));
	cli_cell(&t, "URL");
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "domain"));
		cli_cell(&t, cli_text(row, "url"));
	}
	cli_table_put(c, &t);
}

static json_t *
body_of(int at, char **argv)
{
	if (at == ADD)
		return json_pack("{s:s,s:s}", "domain", argv[2], "url", argv[3]);
	return at == REMOVE ? json_pack("{s:s}", "domain", argv[2]) : json_object();
}

int
cli_routes(struct cli *c, int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		[ADD] = { "add", "add DOMAIN|'*' URL", 3, "routes.add" },
		[LIST] = { "list", "list", 1, "routes.list" },
		[REMOVE] = { "remove", "remove DOMAIN|'*'", 2, "routes.remove" },
		{ .word = NULL },
	};
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, NULL, 0), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	body = body_of(at, argv);
	if (!body)
		return cli_usage(c, "a domain or URL is text in UTF-8");
	err = cli_tables(c, verbs[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == LIST)
		put_list(c, json_object_get(answer, "routes"));
	else if (at == ADD)
		puts(CLI_T(c, "The route is there; what waits in the queue goes this way too.",
			"La route est en place ; ce qui attend dans la file la prend aussi."));
	else
		puts(CLI_T(c, "The route is removed.", "La route est supprimée."));
	json_decref(answer);
	return EX_OK;
}
