/* Streams of an account's own, beside transactional and broadcast. */
#include "cli/cli.h"

enum { ADD, LIST, SET, ARCHIVE, UNARCHIVE };

struct streams {
	const char *account, *name, *description, *kind, *unsubscribe;
	bool archived;
};

static void
put_list(const struct cli *c, const json_t *list)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 7);
	cli_cell(&t, CLI_T(c, "STREAM", "FLUX"));
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, CLI_T(c, "KIND", "GENRE"));
	cli_cell(&t, CLI_T(c, "UNSUBSCRIBE", "DÉSINSCRIPTION"));
	cli_cell(&t, CLI_T(c, "GROUP", "GROUPE"));
	cli_cell(&t, CLI_T(c, "ARCHIVED", "ARCHIVÉ"));
	cli_cell(&t, "DESCRIPTION");
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "stream"));
		cli_cell(&t, cli_text(row, "name"));
		cli_cell(&t, cli_text(row, "kind"));
		cli_cell(&t, cli_true(row, "unsubscribe") ? CLI_T(c, "yes", "oui")
							  : CLI_T(c, "no", "non"));
		cli_cell_number(&t, cli_number(row, "group"));
		cli_cell(&t, cli_text(row, "archived"));
		cli_cell(&t, cli_text(row, "description"));
	}
	cli_table_put(c, &t);
}

static void
put_done(const struct cli *c, int at, const json_t *row)
{
	char text[300];

	snprintf(text, sizeof text,
		at == ADD ? CLI_T(c, "Stream \"%s\" is there.", "Le flux « %s » est créé.")
		: at == SET
			? CLI_T(c, "Stream \"%s\" is changed.", "Le flux « %s » est modifié.")
		: at == ARCHIVE
			? CLI_T(c, "Stream \"%s\" is archived: nothing more is sent by it.",
				  "Le flux « %s » est archivé : plus rien ne part par lui.")
			: CLI_T(c, "Stream \"%s\" is back.", "Le flux « %s » est rétabli."),
		cli_text(row, "stream"));
	cli_put(text);
}

/* NULL: no text in UTF-8. */
static json_t *
body_of(int at, char **argv, const struct streams *o)
{
	json_t *body = json_pack("{s:s}", "account", o->account);

	if (!body)
		return NULL;
	if (at != LIST)
		json_object_set_new(body, "stream", json_string(argv[2]));
	if (at == LIST)
		json_object_set_new(body, "archived", json_boolean(o->archived));
	if (o->name)
		json_object_set_new(body, "name", json_string(o->name));
	if (o->description)
		json_object_set_new(body, "description", json_string(o->description));
	if (o->kind)
		json_object_set_new(body, "kind", json_string(o->kind));
	if (o->unsubscribe)
		json_object_set_new(
			body, "unsubscribe", json_boolean(strcmp(o->unsubscribe, "yes") == 0));
	return body;
}

int
cli_streams(struct cli *c, int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		[ADD] = { "add", "add STREAM --account NAME", 2, "streams.add" },
		[LIST] = { "list", "list --account NAME", 1, "streams.list" },
		[SET] = { "set", "set STREAM --account NAME", 2, "streams.set" },
		[ARCHIVE] = { "archive", "archive STREAM --account NAME", 2,
			"streams.archive" },
		[UNARCHIVE] = { "unarchive", "unarchive STREAM --account NAME", 2,
			"streams.unarchive" },
		{ .word = NULL },
	};
	struct streams o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--name", CLI_TEXT, NULL, &o.name },
		{ "--description", CLI_TEXT, NULL, &o.description },
		{ "--kind", CLI_TEXT, NULL, &o.kind },
		{ "--unsubscribe", CLI_TEXT, NULL, &o.unsubscribe },
		{ "--archived", CLI_FLAG, &o.archived, NULL },
	};
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	if (!o.account)
		return cli_usage(c, "--account is missing: whose stream is it?");
	if (o.unsubscribe && strcmp(o.unsubscribe, "yes") != 0 &&
		strcmp(o.unsubscribe, "no") != 0)
		return cli_usage(c, "--unsubscribe is yes or no");
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
		put_list(c, json_object_get(answer, "streams"));
	else
		put_done(c, at, answer);
	json_decref(answer);
	return EX_OK;
}
