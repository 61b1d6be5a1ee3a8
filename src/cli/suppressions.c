/* Suppressions: listed, changed, exported; import is in suppressions_import.c. */
#include "cli/suppressions.h"

#include "wire/csv.h"

enum { LIST, COUNT, ADD, REMOVE, IMPORT, EXPORT, UNDO };

static json_t *
members(const struct suppressions *o)
{
	json_t *body = json_object();
	const struct {
		const char *name, *value;
	} all[] = { { "account", o->account }, { "group", o->group }, { "stream", o->stream },
		{ "reason", o->reason }, { "note", o->note }, { "address", o->address },
		{ "search", o->search }, { "incident", o->incident }, { "since", o->since },
		{ "until", o->until }, { "after", o->after } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].value)
			json_object_set_new(body, all[i].name, json_string(all[i].value));
	return body;
}

static const char *
stream_word(const struct cli *c, const char *stream)
{
	return strcmp(stream, "all") == 0 ? CLI_T(c, "all", "tous") : stream;
}

static void
put_rows(const struct cli *c, const json_t *rows)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 9);
	cli_cell(&t, CLI_T(c, "ADDRESS", "ADRESSE"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "GROUP", "GROUPE"));
	cli_cell(&t, CLI_T(c, "STREAM", "FLUX"));
	cli_cell(&t, CLI_T(c, "REASON", "RAISON"));
	cli_cell(&t, CLI_T(c, "SINCE", "DEPUIS"));
	cli_cell(&t, "MESSAGE");
	cli_cell(&t, "INCIDENT");
	cli_cell(&t, "NOTE");
	json_array_foreach(rows, i, row)
	{
		cli_cell(&t, cli_text(row, "address"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell_number(&t, cli_number(row, "group"));
		cli_cell(&t, stream_word(c, cli_text(row, "stream")));
		cli_cell(&t, cli_text(row, "reason"));
		cli_cell(&t, cli_local(when, cli_text(row, "at")));
		cli_cell_number(&t, cli_number(row, "message"));
		cli_cell_number(&t, cli_number(row, "incident"));
		cli_cell(&t, cli_text(row, "note"));
	}
	cli_table_put(c, &t);
}

static int
list(struct cli *c, const struct suppressions *o)
{
	json_t *body = members(o), *answer;
	unsigned limit;
	int err;

	if (o->limit && str_u32(str_z(o->limit), &limit) < 0) {
		json_decref(body);
		return cli_usage(c, "--limit is a number");
	}
	if (o->limit)
		json_object_set_new(body, "limit", json_integer(limit));
	err = cli_ask(c, "suppressions.list", body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	put_rows(c, json_object_get(answer, "suppressions"));
	if (cli_true(answer, "has_more"))
		printf(CLI_T(c, "More: --after %" JSON_INTEGER_FORMAT "\n",
			       "Suite : --after %" JSON_INTEGER_FORMAT "\n"),
			cli_number(answer, "next"));
	json_decref(answer);
	return EX_OK;
}

static int
count(struct cli *c, const struct suppressions *o)
{
	json_t *body = members(o), *answer;
	int err = cli_ask(c, "suppressions.count", body, &answer);

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	printf("%" JSON_INTEGER_FORMAT "\n", cli_number(answer, "count"));
	json_decref(answer);
	return EX_OK;
}

static void
put_csv(const json_t *rows)
{
	static const char *const columns[] = { "address", "stream", "reason", "at", "account" };
	char number[40];
	struct buf b;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		buf_init(&b, 65536);
		for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
			csv_put_text(&b, str_z(cli_text(row, columns[k])), k == 0);
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
			cli_number(row, "message"));
		csv_put(&b, str_z(number), false);
		snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
			cli_number(row, "incident"));
		csv_put(&b, str_z(number), false);
		csv_put_text(&b, str_z(cli_text(row, "note")), false);
		buf_put_c(&b, '\n');
		(void)fwrite(b.p, 1, b.n, stdout);
		buf_done(&b);
	}
}

/* Page by page, the oldest first: what comes meanwhile is in it or behind it. */
static int
export_all(struct cli *c, const struct suppressions *o)
{
	json_t *body = members(o), *answer, *all = json_array(), *rows;
	bool more = true;
	int err = 0;

	if (!c->json)
		puts("address,stream,reason,at,account,message,incident,note");
	while (err == 0 && more) {
		err = cli_ask(c, "suppressions.export", body, &answer);
		if (err)
			break;
		rows = json_object_get(answer, "suppressions");
		if (c->json)
			json_array_extend(all, rows);
		else
			put_csv(rows);
		more = cli_true(answer, "has_more");
		json_object_set(body, "after", json_object_get(answer, "next"));
		json_decref(answer);
	}
	json_decref(body);
	if (err == 0 && c->json)
		return cli_json(c, json_pack("{s:o}", "suppressions", all));
	json_decref(all);
	if (err == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		return cli_fail(c, EX_IOERR,
			CLI_T(c, "the output could not be written",
				"la sortie n'a pas pu être écrite"));
	return err;
}

/* A consent that was taken back, or given again: mail goes there in either case. */
static void
put_tracking(const struct cli *c, int at, const struct suppressions *o, json_int_t n)
{
	if (at == ADD)
		printf("%s: %s\n", o->address,
			n ? CLI_T(c, "opens and clicks are not recorded from now on",
				    "ouvertures et clics ne sont plus enregistrés")
			  : CLI_T(c, "was not recorded already",
				    "n'était déjà plus enregistrée"));
	else
		printf("%s: %s\n", o->address,
			n ? CLI_T(c, "opens and clicks may be recorded again",
				    "ouvertures et clics peuvent être enregistrés à nouveau")
			  : CLI_T(c, "was recorded already", "était déjà enregistrée"));
}

static void
put_group(const struct cli *c, int at, const struct suppressions *o, json_int_t n)
{
	if (at == ADD)
		printf("%s: %s\n", o->address,
			n ? CLI_T(c, "gets no mail of this group from now on",
				    "ne reçoit plus le courrier de ce groupe")
			  : CLI_T(c, "had left this group already",
				    "avait déjà quitté ce groupe"));
	else
		printf("%s: %s\n", o->address,
			n ? CLI_T(c, "gets mail of this group again",
				    "reçoit à nouveau le courrier de ce groupe")
			  : CLI_T(c, "had not left this group",
				    "n'avait pas quitté ce groupe"));
}

static void
put_changed(const struct cli *c, int at, const struct suppressions *o, const json_t *answer)
{
	json_int_t n = cli_number(answer, "changed");

	if (at == UNDO) {
		printf(CLI_T(c,
			       "%" JSON_INTEGER_FORMAT
			       " suppressions of this incident are undone.\n",
			       "%" JSON_INTEGER_FORMAT
			       " mises à l'écart de cet incident sont annulées.\n"),
			n);
		return;
	}
	if (o->stream && strcmp(o->stream, "tracking") == 0)
		put_tracking(c, at, o, n);
	else if (o->group)
		put_group(c, at, o, n);
	else if (at == ADD)
		printf("%s: %s\n", o->address,
			n ? CLI_T(c, "suppressed from now on", "écartée dès maintenant")
			  : CLI_T(c, "was suppressed already", "était déjà écartée"));
	else
		printf("%s: %s\n", o->address,
			n ? CLI_T(c, "not suppressed any more", "n'est plus écartée")
			  : CLI_T(c, "was not suppressed so", "n'était pas écartée ainsi"));
}

static int
change(struct cli *c, int at, const struct suppressions *o)
{
	static const char *const verbs[] = { [ADD] = "suppressions.add",
		[REMOVE] = "suppressions.remove",
		[UNDO] = "suppressions.undo" };
	json_t *body = members(o), *answer;
	int err = cli_ask(c, verbs[at], body, &answer);

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	put_changed(c, at, o, answer);
	json_decref(answer);
	return EX_OK;
}

/* The argument behind the word, where there is one. */
static int
take_argument(struct cli *c, int at, int argc, char **argv, struct suppressions *o)
{
	static const char *const forms[] = { [LIST] = "list [FILTERS]",
		[COUNT] = "count [FILTERS]",
		[ADD] = "add ADDRESS --account NAME",
		[REMOVE] = "remove ADDRESS --account NAME",
		[IMPORT] = "import FILE|- --account NAME",
		[EXPORT] = "export [FILTERS]",
		[UNDO] = "undo INCIDENT" };
	bool one = at != LIST && at != COUNT && at != EXPORT;
	int err = cli_arguments(c, argc, one ? 2 : 1, forms[at]);

	if (err)
		return err;
	if ((at == ADD || at == REMOVE || at == IMPORT) && !o->account)
		return cli_usage(c, "--account is missing: whose suppression is it?");
	if (at == ADD || at == REMOVE)
		o->address = argv[2];
	else if (at == IMPORT)
		o->file = argv[2];
	else if (at == UNDO)
		o->incident = argv[2];
	return 0;
}

int
cli_suppressions(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "list", "count", "add", "remove", "import",
		"export", "undo", NULL };
	struct suppressions o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--group", CLI_TEXT, NULL, &o.group },
		{ "--stream", CLI_TEXT, NULL, &o.stream },
		{ "--reason", CLI_TEXT, NULL, &o.reason },
		{ "--note", CLI_TEXT, NULL, &o.note },
		{ "--address", CLI_TEXT, NULL, &o.address },
		{ "--search", CLI_TEXT, NULL, &o.search },
		{ "--incident", CLI_TEXT, NULL, &o.incident },
		{ "--since", CLI_TEXT, NULL, &o.since },
		{ "--until", CLI_TEXT, NULL, &o.until },
		{ "--limit", CLI_TEXT, NULL, &o.limit },
		{ "--after", CLI_TEXT, NULL, &o.after },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	err = take_argument(c, at, argc, argv, &o);
	if (err)
		return err;
	switch (at) {
	case LIST:
		return list(c, &o);
	case COUNT:
		return count(c, &o);
	case EXPORT:
		return export_all(c, &o);
	case IMPORT:
		return suppressions_import(c, &o);
	default:
		return change(c, at, &o);
	}
}
