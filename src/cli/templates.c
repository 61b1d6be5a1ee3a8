/* Templates of an account, which are files in a folder here. */
#include "cli/templates.h"

#include "content/preview.h"

enum { LIST, GET, PUT, RENDER, TEST, TESTERS, VERSIONS, PUBLISH, UNPUBLISH, REMOVE };

struct options {
	const char *account, *version, *values, *message, *part, *to, *add, *remove;
	bool publish, advice;
};

static const struct cli_verb verbs[] = {
	[LIST] = { "list", "list --account NAME", 1, NULL },
	[GET] = { "get", "get TEMPLATE DIR --account NAME [--version N|published]", 3, NULL },
	[PUT] = { "put", "put DIR --account NAME [--publish]", 2, NULL },
	[RENDER] = { "render",
		"render TEMPLATE --account NAME [--version N|published] [--values "
		"SET|FILE.json] [--message ID] "
		"[--part html|text|subject | --advice]",
		2, NULL },
	[TEST] = { "test",
		"test TEMPLATE --account NAME [--to ADDRESS] [--version N|published] "
		"[--values SET|FILE.json] [--message ID]",
		2, NULL },
	[TESTERS] = { "testers", "testers --account NAME [--add ADDRESS | --remove ADDRESS]", 1,
		NULL },
	[VERSIONS] = { "versions", "versions TEMPLATE --account NAME", 2, NULL },
	[PUBLISH] = { "publish", "publish TEMPLATE --account NAME [--version N]", 2, NULL },
	[UNPUBLISH] = { "unpublish", "unpublish TEMPLATE --account NAME", 2, NULL },
	[REMOVE] = { "remove", "remove TEMPLATE --account NAME", 2, NULL },
	{ .word = NULL },
};

static void
set(json_t *body, const char *name, const char *value)
{
	if (value)
		json_object_set_new(body, name, json_string(value));
}

/* ---- list ---- */

static int
put_list(struct cli *c, const struct options *o)
{
	json_t *body = json_pack("{s:s}", "account", o->account), *answer, *row;
	char published[40], when[CLI_TIME_SIZE];
	struct cli_table t;
	size_t i;
	int err = cli_tables(c, "templates.list", body, &answer);

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	cli_table_init(&t, 5);
	cli_cell(&t, "ID");
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, CLI_T(c, "DIALECT", "DIALECTE"));
	cli_cell(&t, CLI_T(c, "PUBLISHED", "PUBLIÉ"));
	cli_cell(&t, CLI_T(c, "CHANGED", "MODIFIÉ"));
	json_array_foreach(json_object_get(answer, "templates"), i, row)
	{
		cli_cell(&t, cli_text(row, "id"));
		cli_cell(&t, cli_text(row, "name"));
		cli_cell(&t, cli_text(row, "dialect"));
		if (cli_number(row, "published") > 0)
			snprintf(published, sizeof published, "%lld%s",
				(long long)cli_number(row, "published"),
				cli_true(row, "changed") ? "*" : "");
		cli_cell(&t, cli_number(row, "published") > 0 ? published
							      : CLI_T(c, "draft", "brouillon"));
		cli_cell(&t, cli_local(when, cli_text(row, "updated")));
	}
	cli_table_put(c, &t);
	json_decref(answer);
	return EX_OK;
}

/* ---- get, put ---- */

static int
get(struct cli *c, char **argv, const struct options *o)
{
	json_t *body = json_pack("{s:s,s:s}", "account", o->account, "template", argv[2]),
	       *t = NULL, *values = NULL;
	int err;

	if (!body)
		return cli_usage(c, "names are text in UTF-8");
	set(body, "version", o->version);
	err = cli_tables(c, "templates.get", body, &t);
	json_object_del(body, "version");
	err = err ? err : cli_tables(c, "templates.values", body, &values);
	json_decref(body);
	err = err ? err : templates_write(c, argv[3], t, json_object_get(values, "values"));
	if (!err && c->json)
		err = cli_json(c, json_incref(t));
	json_decref(t);
	json_decref(values);
	return err;
}

static int
put_values(struct cli *c, const struct options *o, const char *name, json_t *values)
{
	json_t *body, *answer = NULL, *v;
	const char *set_name;
	int err = 0;

	json_object_foreach(values, set_name, v)
	{
		body = json_copy(v);
		set(body, "account", o->account);
		set(body, "template", name);
		set(body, "name", set_name);
		err = cli_tables(c, "templates.values_set", body, &answer);
		json_decref(body);
		if (err)
			return err;
		json_decref(answer);
	}
	return 0;
}

static void
say_published(const struct cli *c, const json_t *t)
{
	char text[1000];

	snprintf(text, sizeof text,
		CLI_T(c, "Version %lld of template \"%s\" is published.",
			"La version %lld du modèle « %s » est publiée."),
		(long long)cli_number(t, "published"), cli_text(t, "name"));
	cli_put(text);
}

/* t: taken, what was said last. */
static int
publish(struct cli *c, const struct options *o, const char *name)
{
	json_t *body = json_pack("{s:s,s:s}", "account", o->account, "template", name), *t;
	int err;

	if (!body)
		return cli_usage(c, "names are text in UTF-8");
	set(body, "version", o->version);
	err = cli_tables(c, "templates.publish", body, &t);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, t);
	say_published(c, t);
	json_decref(t);
	return EX_OK;
}

static int
put(struct cli *c, char **argv, const struct options *o)
{
	json_t *question, *values = NULL, *t = NULL;
	char text[1000], id[64];
	int err = templates_read(c, argv[2], &question, &values);

	if (err)
		return err;
	set(question, "account", o->account);
	err = cli_tables(c, "templates.put", question, &t);
	json_decref(question);
	snprintf(id, sizeof id, "%s", t ? cli_text(t, "id") : "");
	err = err ? err : put_values(c, o, id, values);
	json_decref(values);
	if (!err && !c->json) {
		snprintf(text, sizeof text,
			CLI_T(c, "The draft of template \"%s\" (%s) is stored.",
				"Le brouillon du modèle « %s » (%s) est enregistré."),
			cli_text(t, "name"), id);
		cli_put(text);
	}
	if (!err && c->json && !o->publish)
		return cli_json(c, t);
	json_decref(t);
	return err || !o->publish ? err : publish(c, o, id);
}

/* ---- render ---- */

static void
put_notes(const json_t *answer, const char *list, FILE *to)
{
	const json_t *all = json_object_get(answer, list), *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)all, i, row)
	{
		fprintf(to, "%s:%lld:%lld: %s\n", cli_text(row, "part"),
			(long long)cli_number(row, "line"),
			(long long)cli_number(row, "column"), cli_text(row, "why"));
	}
}

/* Values may hold what moves a terminal's cursor. */
static void
put_lines(const char *text)
{
	struct str rest = str_z(text);
	struct buf line;

	buf_init(&line, rest.n + 1);
	while (rest.n) {
		size_t n = str_find(rest, '\n');

		buf_clear(&line);
		for (size_t i = 0; i < n; i++)
			if (rest.p[i] != '\r')
				buf_put_c(&line, rest.p[i] == '\t' ? ' ' : rest.p[i]);
		buf_put_c(&line, '\0');
		cli_put(line.p);
		rest = str_from(rest, n < rest.n ? n + 1 : n);
	}
	buf_done(&line);
}

static void
put_mail(const json_t *answer)
{
	char line[PREVIEW_LINE_MAX * 2 + 100];
	const char *name = cli_text(answer, "from_name");

	snprintf(line, sizeof line, "From: %s%s<%s>", name, *name ? " " : "",
		cli_text(answer, "from_email"));
	cli_put(line);
	snprintf(line, sizeof line, "Subject: %s", cli_text(answer, "subject"));
	cli_put(line);
	if (*cli_text(answer, "preheader")) {
		snprintf(line, sizeof line, "Preheader: %s", cli_text(answer, "preheader"));
		cli_put(line);
	}
	putchar('\n');
	put_lines(cli_text(answer, "text"));
}

/* What could be better, the worst first; what is fine is only counted. */
static void
put_advice(const struct cli *c, const json_t *answer)
{
	static const struct {
		const char *level, *en, *fr;
	} levels[] = { { "problem", "problem", "problème" },
		{ "warning", "warning", "attention" }, { "hint", "hint", "conseil" } };
	const json_t *all = json_object_get(answer, "advice"), *row;
	size_t n = 0, i;
	char line[4000];

	for (size_t l = 0; l < sizeof levels / sizeof *levels; l++)
		json_array_foreach((json_t *)(uintptr_t)all, i, row)
		{
			if (!str_eq_z(str_z(levels[l].level), cli_text(row, "level")))
				continue;
			snprintf(line, sizeof line, CLI_T(c, "%s (%s): %s", "%s (%s) : %s"),
				c->french ? levels[l].fr : levels[l].en, cli_text(row, "id"),
				cli_text(row, "seen"));
			cli_put(line);
			snprintf(line, sizeof line, "    %s", cli_text(row, "why"));
			cli_put(line);
			snprintf(line, sizeof line, "    → %s", cli_text(row, "fix"));
			cli_put(line);
			n++;
		}
	snprintf(line, sizeof line,
		CLI_T(c, "%zu point%s to look at, %zu fine.",
			"%zu point%s à revoir, %zu sans remarque."),
		n, n > 1 || (n == 0 && !c->french) ? "s" : "", json_array_size(all) - n);
	cli_put(line);
}

static int
values_of(struct cli *c, const struct options *o, json_t *body)
{
	json_t *file = NULL;
	int err;

	set(body, "message", o->message);
	if (!o->values || !str_ends(str_z(o->values), STR_LIT(".json"))) {
		set(body, "values", o->values);
		return 0;
	}
	err = templates_json(c, o->values, &file);
	err = err ? err : templates_set(c, o->values, "", file);
	if (!err)
		json_object_update(body, file);
	json_decref(file);
	return err;
}

/* What was rendered is on stdout, what is wrong with it on stderr. */
static int
render(struct cli *c, char **argv, const struct options *o)
{
	json_t *body = json_pack("{s:s,s:s,s:s}", "account", o->account, "template", argv[2],
		       "lang", c->french ? "fr" : "en"),
	       *answer;
	bool bad;
	int err;

	if (!body)
		return cli_usage(c, "names are text in UTF-8");
	set(body, "version", o->version);
	err = values_of(c, o, body);
	err = err ? err : cli_tables(c, "templates.render", body, &answer);
	json_decref(body);
	if (err)
		return err;
	bad = json_array_size(json_object_get(answer, "errors")) > 0;
	if (c->json) {
		(void)cli_json(c, answer);
		return bad ? EX_DATAERR : EX_OK;
	}
	put_notes(answer, "errors", stderr);
	put_notes(answer, "warnings", stderr);
	if (o->advice)
		put_advice(c, answer);
	else if (o->part)
		fputs(cli_text(answer, o->part), stdout);
	else
		put_mail(answer);
	json_decref(answer);
	return bad ? EX_DATAERR : EX_OK;
}

static int
test(struct cli *c, char **argv, const struct options *o)
{
	json_t *body = json_pack("{s:s,s:s}", "account", o->account, "template", argv[2]);
	int err;

	if (!body)
		return cli_usage(c, "names are text in UTF-8");
	set(body, "version", o->version);
	set(body, "to", o->to);
	err = values_of(c, o, body);
	err = err ? err : templates_test(c, body);
	json_decref(body);
	return err;
}

/* A verb that asks for the template alone. */
static int
ask_one(struct cli *c, const char *verb, char **argv, const struct options *o, json_t **ret)
{
	json_t *body = json_pack("{s:s,s:s}", "account", o->account, "template", argv[2]);
	int err =
		body ? cli_tables(c, verb, body, ret) : cli_usage(c, "names are text in UTF-8");

	json_decref(body);
	return err;
}

/* What one may go back to. */
static int
put_versions(struct cli *c, char **argv, const struct options *o)
{
	json_t *answer, *row;
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	size_t i;
	int err = ask_one(c, "templates.versions", argv, o, &answer);

	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	cli_table_init(&t, 4);
	cli_cell(&t, "VERSION");
	cli_cell(&t, CLI_T(c, "MADE", "DATE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "SUBJECT", "OBJET"));
	json_array_foreach(json_object_get(answer, "versions"), i, row)
	{
		json_int_t version = cli_number(row, "version");

		cli_cell_number(&t, version);
		cli_cell(&t, cli_local(when, cli_text(row, "updated")));
		cli_cell(&t, version == cli_number(row, "published")
				     ? CLI_T(c, "published", "publiée")
				     : "");
		cli_cell(&t, cli_text(row, "subject"));
	}
	cli_table_put(c, &t);
	json_decref(answer);
	return EX_OK;
}

static int
say_done(
	struct cli *c, const char *verb, char **argv, const struct options *o, const char *said)
{
	json_t *answer;
	int err = ask_one(c, verb, argv, o, &answer);

	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	json_decref(answer);
	cli_put(said);
	return EX_OK;
}

static int
run(struct cli *c, int at, char **argv, const struct options *o)
{
	switch (at) {
	case LIST:
		return put_list(c, o);
	case GET:
		return get(c, argv, o);
	case PUT:
		return put(c, argv, o);
	case RENDER:
		return render(c, argv, o);
	case TEST:
		return test(c, argv, o);
	case TESTERS:
		return templates_testers(c, o->account, o->add, o->remove);
	case VERSIONS:
		return put_versions(c, argv, o);
	case PUBLISH:
		return publish(c, o, argv[2]);
	case UNPUBLISH:
		return say_done(c, "templates.unpublish", argv, o,
			CLI_T(c, "No version of this template is published any more.",
				"Plus aucune version de ce modèle n'est publiée."));
	default:
		return say_done(c, "templates.remove", argv, o,
			CLI_T(c, "The template is removed.", "Le modèle est supprimé."));
	}
}

int
cli_templates(struct cli *c, int argc, char **argv)
{
	static const char *const parts[] = { "subject", "html", "text", "preheader",
		"from_name", "from_email", "reply_to", NULL };
	struct options o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--version", CLI_TEXT, NULL, &o.version },
		{ "--values", CLI_TEXT, NULL, &o.values },
		{ "--message", CLI_TEXT, NULL, &o.message },
		{ "--part", CLI_TEXT, NULL, &o.part },
		{ "--publish", CLI_FLAG, &o.publish, NULL },
		{ "--advice", CLI_FLAG, &o.advice, NULL },
		{ "--to", CLI_TEXT, NULL, &o.to },
		{ "--add", CLI_TEXT, NULL, &o.add },
		{ "--remove", CLI_TEXT, NULL, &o.remove },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;
	bool known = o.part == NULL;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	if (!o.account)
		return cli_usage(c, "--account is missing: whose template is it?");
	for (size_t i = 0; parts[i] && o.part; i++)
		known |= str_eq_z(str_z(o.part), parts[i]);
	if (!known)
		return cli_usage(c, "--part is subject, html, text, preheader, from_name, "
				    "from_email or reply_to");
	if (o.add && o.remove)
		return cli_usage(c, "--add or --remove, one at a time");
	if (o.part && o.advice)
		return cli_usage(c, "--advice is about the whole mail: leave --part out");
	return run(c, at, argv, &o);
}
