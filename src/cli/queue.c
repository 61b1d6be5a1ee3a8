#include "base/utc.h"
#include "cli/cli.h"

#include <unistd.h>

enum { LIST, SHOW, COUNT, HOLD, RELEASE, RETRY, DROP, PAUSE, RESUME };

struct options {
	const char *id, *domain, *sender, *to, *account, *state, *older, *limit;
	bool all, dry_run, yes;
};

static json_t *
filters(const struct options *o)
{
	json_t *body = json_object();
	const struct {
		const char *name, *value;
	} all[] = { { "id", o->id }, { "domain", o->domain }, { "sender", o->sender },
		{ "to", o->to }, { "account", o->account }, { "state", o->state },
		{ "older", o->older } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].value)
			json_object_set_new(body, all[i].name, json_string(all[i].value));
	return body;
}

static void
put_age(struct cli_table *t, const char *accepted)
{
	char span[UTC_TEXT_SIZE];
	struct clock clock;
	int64_t wall;

	clock_real(&clock);
	if (utc_parse(str_z(accepted), &wall) < 0)
		cli_cell(t, "");
	else
		cli_cell(t, utc_span(span, clock_wall(&clock) - wall));
}

static void
put_rows(const struct cli *c, const json_t *rows)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 8);
	cli_cell(&t, "ID");
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "AGE", "ÂGE"));
	cli_cell(&t, CLI_T(c, "TRIES", "ESSAIS"));
	cli_cell(&t, CLI_T(c, "NEXT TRY", "PROCHAIN"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "FROM", "DE"));
	cli_cell(&t, CLI_T(c, "TO", "À"));
	json_array_foreach(rows, i, row)
	{
		cli_cell_number(&t, cli_number(row, "id"));
		cli_cell(&t, cli_text(row, "state"));
		put_age(&t, cli_text(row, "accepted"));
		cli_cell_number(&t, cli_number(row, "attempts"));
		cli_cell(&t, cli_local(when, cli_text(row, "next")));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, *cli_text(row, "from") ? cli_text(row, "from") : "<>");
		cli_cell(&t, cli_text(row, "to"));
	}
	cli_table_put(c, &t);
}

static void
put_totals(const struct cli *c, const json_t *answer)
{
	const json_t *t = json_object_get(answer, "totals");

	printf(CLI_T(c,
		       "%" JSON_INTEGER_FORMAT " waiting, %" JSON_INTEGER_FORMAT
		       " being sent, %" JSON_INTEGER_FORMAT " held\n",
		       "%" JSON_INTEGER_FORMAT " en attente, %" JSON_INTEGER_FORMAT
		       " en cours, %" JSON_INTEGER_FORMAT " retenus\n"),
		cli_number(t, "queued"), cli_number(t, "active"), cli_number(t, "held"));
	if (cli_true(answer, "has_more"))
		puts(CLI_T(c, "There is more; narrow it down with a filter, or raise --limit.",
			"Il y en a d'autres ; précisez par un filtre ou augmentez --limit."));
}

static int
list(struct cli *c, const struct options *o)
{
	json_t *body = filters(o), *answer, *rows;
	uint32_t limit = 100;
	int err;

	if (o->limit && (str_u32(str_z(o->limit), &limit) < 0 || limit == 0)) {
		json_decref(body);
		return cli_usage(c, "--limit is a number from 1 to 1000");
	}
	if (o->limit || !c->json)
		json_object_set_new(body, "limit", json_integer(limit));
	err = cli_ask(c, "queue.list", body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	rows = json_object_get(answer, "recipients");
	if (json_array_size(rows) > 0)
		put_rows(c, rows);
	put_totals(c, answer);
	json_decref(answer);
	return EX_OK;
}

static int
show(struct cli *c, const char *id)
{
	json_t *body = json_pack("{s:s}", "id", id), *answer, *row;
	static const char *const members[] = { "id", "message", "account", "from", "to",
		"state", "stream" };
	char when[CLI_TIME_SIZE];
	size_t i;
	int err = body ? cli_ask(c, "queue.show", body, &answer)
	               : cli_usage(c, "an id is a number");

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	json_array_foreach(json_object_get(answer, "recipients"), i, row)
	{
		if (i)
			puts("");
		for (size_t k = 0; k < sizeof members / sizeof *members; k++) {
			const json_t *v = json_object_get(row, members[k]);

			printf("%-10s", members[k]);
			if (json_is_integer(v))
				printf("%" JSON_INTEGER_FORMAT "\n", json_integer_value(v));
			else
				cli_put(cli_text(row, members[k]));
		}
		printf("%-10s%" JSON_INTEGER_FORMAT "\n%-10s%" JSON_INTEGER_FORMAT "\n", "size",
			cli_number(row, "size"), "attempts", cli_number(row, "attempts"));
		printf("%-10s%s\n", "accepted", cli_local(when, cli_text(row, "accepted")));
		printf("%-10s%s\n", "next", cli_local(when, cli_text(row, "next")));
	}
	json_decref(answer);
	return EX_OK;
}

static int
count(struct cli *c, const json_t *body, json_int_t *ret_n, json_t **ret_answer)
{
	int err = cli_ask(c, "queue.count", body, ret_answer);

	if (err == 0)
		*ret_n = cli_number(*ret_answer, "count");
	return err;
}

static int
put_count(struct cli *c, const struct options *o)
{
	json_t *body = filters(o), *answer = NULL;
	json_int_t n = 0;
	int err = count(c, body, &n, &answer);

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	json_decref(answer);
	printf("%" JSON_INTEGER_FORMAT "\n", n);
	return EX_OK;
}

/* What takes mail away, or from its way, is asked about first. 0: go on. */
static int
agreed(struct cli *c, int what, const struct options *o, json_int_t n)
{
	char question[200];

	if (what != DROP && what != HOLD)
		return 0;
	if (o->yes || n == 0)
		return 0;
	if (what == DROP)
		snprintf(question, sizeof question,
			CLI_T(c, "Drop %" JSON_INTEGER_FORMAT " recipients for good, unsent?",
				"Abandonner %" JSON_INTEGER_FORMAT
				" destinataires pour de bon, sans envoi ?"),
			n);
	else
		snprintf(question, sizeof question,
			CLI_T(c,
				"Hold %" JSON_INTEGER_FORMAT
				" recipients until they are released?",
				"Retenir %" JSON_INTEGER_FORMAT
				" destinataires jusqu'à leur libération ?"),
			n);
	if (!isatty(STDIN_FILENO))
		return cli_usage(c, "%s Say it with --yes.", question);
	if (!cli_confirm(c, question))
		return cli_fail(
			c, EX_USAGE, CLI_T(c, "nothing was changed", "rien n'a été changé"));
	return 0;
}

static int
change_now(struct cli *c, int what, json_t *body)
{
	static const char *const verbs[] = { [HOLD] = "queue.hold",
		[RELEASE] = "queue.release",
		[RETRY] = "queue.retry",
		[DROP] = "queue.drop" };
	json_t *answer;
	int err = cli_ask(c, verbs[what], body, &answer);

	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	printf(CLI_T(c,
		       "%" JSON_INTEGER_FORMAT " changed, %" JSON_INTEGER_FORMAT
		       " left as they are (being sent, or so already)\n",
		       "%" JSON_INTEGER_FORMAT " changés, %" JSON_INTEGER_FORMAT
		       " laissés tels quels (en cours d'envoi, ou déjà ainsi)\n"),
		cli_number(answer, "changed"), cli_number(answer, "skipped"));
	json_decref(answer);
	return EX_OK;
}

static int
change(struct cli *c, int what, const struct options *o)
{
	json_t *body = filters(o), *answer = NULL;
	json_int_t n = 0;
	int err = 0;

	if (json_object_size(body) == 0 && !o->all)
		err = cli_usage(
			c, "which ones? give a filter such as --domain example.org, or --all");
	if (o->all)
		json_object_set_new(body, "all", json_true());
	if (err == 0)
		err = count(c, body, &n, &answer);
	if (err == 0 && o->dry_run && c->json) {
		json_object_set_new(answer, "dry_run", json_true());
		(void)cli_json(c, json_incref(answer));
	} else if (err == 0 && o->dry_run) {
		printf(CLI_T(c,
			       "%" JSON_INTEGER_FORMAT
			       " recipients would be concerned; nothing was "
			       "changed.\n",
			       "%" JSON_INTEGER_FORMAT
			       " destinataires seraient concernés ; rien n'a "
			       "été changé.\n"),
			n);
	} else if (err == 0) {
		err = agreed(c, what, o, n);
		err = err ? err : change_now(c, what, body);
	}
	json_decref(answer);
	json_decref(body);
	return err;
}

/* After a restore it is asked about: what waits may have been sent by another machine since. */
static int
resume_agreed(struct cli *c, const struct options *o)
{
	json_t *answer = NULL;
	const json_t *paused;
	char question[400];
	bool restored;
	json_int_t n;
	int err = cli_ask(c, "status", NULL, &answer);

	if (err)
		return err;
	paused = json_object_get(answer, "paused");
	restored = cli_true(paused, "restored");
	n = cli_number(json_object_get(answer, "queue"), "queued");
	snprintf(question, sizeof question,
		CLI_T(c,
			"Send to %" JSON_INTEGER_FORMAT
			" recipients that wait? Those that waited at the backup (%s) and that "
			"the "
			"other machine reached since get it twice.",
			"Envoyer aux %" JSON_INTEGER_FORMAT
			" destinataires qui attendent ? Ceux qui attendaient lors de la "
			"sauvegarde "
			"(%s) et que l'autre machine a atteints depuis le recevront deux "
			"fois."),
		n, cli_text(paused, "since"));
	json_decref(answer);
	if (!restored || n == 0 || o->yes)
		return EX_OK;
	if (!isatty(STDIN_FILENO))
		return cli_usage(c, "%s Say it with --yes.", question);
	return cli_confirm(c, question)
	               ? EX_OK
	               : cli_fail(c, EX_USAGE,
				 CLI_T(c, "nothing was changed", "rien n'a été changé"));
}

static int
pause_or_resume(struct cli *c, int what, const struct options *o)
{
	json_t *answer;
	int err = what == RESUME ? resume_agreed(c, o) : EX_OK;

	err = err ? err
	          : cli_ask(c, what == RESUME ? "queue.resume" : "queue.pause", NULL, &answer);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	json_decref(answer);
	puts(what == RESUME ? CLI_T(c, "Queued mail goes out.", "Le courrier en attente part.")
			    : CLI_T(c,
				      "Paused: mail is accepted and waits, nothing is sent "
				      "until: facteur "
				      "queue resume",
				      "En pause : le courrier est accepté et attend, rien ne "
				      "part avant : "
				      "facteur queue resume"));
	return EX_OK;
}

int
cli_queue(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "list", "show", "count", "hold", "release",
		"retry", "drop", "pause", "resume", NULL };
	struct options o = { 0 };
	const struct cli_opt opts[] = {
		{ "--id", CLI_TEXT, NULL, &o.id },
		{ "--domain", CLI_TEXT, NULL, &o.domain },
		{ "--sender", CLI_TEXT, NULL, &o.sender },
		{ "--to", CLI_TEXT, NULL, &o.to },
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--state", CLI_TEXT, NULL, &o.state },
		{ "--older", CLI_TEXT, NULL, &o.older },
		{ "--limit", CLI_TEXT, NULL, &o.limit },
		{ "--all", CLI_FLAG, &o.all, NULL },
		{ "--dry-run", CLI_FLAG, &o.dry_run, NULL },
		{ "--yes", CLI_FLAG, &o.yes, NULL },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	if (at == PAUSE || at == RESUME) {
		err = cli_arguments(c, argc, 1, "pause|resume");
		return err ? err : pause_or_resume(c, at, &o);
	}
	/* `queue retry 123` is `queue retry --id 123`. */
	if (argc == 3 && !o.id && at != LIST && at != COUNT)
		o.id = argv[--argc];
	err = cli_arguments(
		c, argc, 1, at == SHOW ? "show ID" : "list|hold|release|retry|drop FILTERS");
	if (err)
		return err;
	if (at == SHOW)
		return o.id ? show(c, o.id) : cli_usage(c, "which one? facteur queue show ID");
	if (at == LIST)
		return list(c, &o);
	return at == COUNT ? put_count(c, &o) : change(c, at, &o);
}
