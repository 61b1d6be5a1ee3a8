/* Who did what; and is all of that still there, as it was written? */
#include "cli/cli.h"

#include "base/text.h"

#include <inttypes.h>

static void
put_rows(const struct cli *c, const json_t *rows)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 7);
	cli_cell(&t, CLI_T(c, "WHEN", "QUAND"));
	cli_cell(&t, CLI_T(c, "WHO", "QUI"));
	cli_cell(&t, CLI_T(c, "FROM", "DE"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "WHAT", "QUOI"));
	cli_cell(&t, CLI_T(c, "ON", "SUR"));
	cli_cell(&t, CLI_T(c, "REASON", "MOTIF"));
	json_array_foreach(rows, i, row)
	{
		cli_cell(&t, cli_local(when, cli_text(row, "at")));
		cli_cell(&t, cli_text(json_object_get(row, "who"), "name"));
		cli_cell(&t, cli_text(row, "from"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "what"));
		cli_cell(&t, cli_text(row, "on"));
		cli_cell(&t, cli_text(row, "reason"));
	}
	cli_table_put(c, &t);
}

/* NULL: said what is wrong. */
static json_t *
body_of(struct cli *c, const char *account, const char *limit, const char *after)
{
	json_t *body = json_object();
	uint32_t n = 50;
	bool ok = !limit || str_u32(str_z(limit), &n) == 0;

	if (!ok)
		(void)cli_usage(c, "--limit is a number from 1 to 200");
	json_object_set_new(body, "limit", json_integer(n));
	if (ok && account && json_object_set_new(body, "account", json_string(account)) < 0)
		ok = false;
	if (ok && after && json_object_set_new(body, "after", json_string(after)) < 0)
		ok = false;
	if (ok)
		return body;
	json_decref(body);
	return NULL;
}

static int
list(struct cli *c, int argc, char **argv)
{
	const char *account = NULL, *limit = NULL, *after = NULL;
	const struct cli_opt opts[] = { { "--account", CLI_TEXT, NULL, &account },
		{ "--limit", CLI_TEXT, NULL, &limit }, { "--after", CLI_TEXT, NULL, &after } };
	json_t *body, *answer;
	char text[400];
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	err = err ? err
	          : cli_arguments(c, argc, 0,
			    "[--account NAME] [--limit N] [--after CURSOR]\n"
			    "       facteur audit verify [--account NAME] [--noted "
			    "ENTRY:HASH]");
	if (err)
		return err;
	body = body_of(c, account, limit, after);
	if (!body)
		return EX_USAGE;
	err = cli_tables(c, "audit.list", body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	put_rows(c, json_object_get(answer, "audit"));
	if (cli_text(answer, "next")[0]) {
		snprintf(text, sizeof text, CLI_T(c, "More: --after %s", "Suite : --after %s"),
			cli_text(answer, "next"));
		cli_put(text);
	}
	json_decref(answer);
	return EX_OK;
}

/* ---- verify */

static int64_t
number(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

/* All pages of one log: the last answer, with the first one's begin. An older log is made a
 * chain with each question; when that does not move on it is the caller's to try again. */
static int
walk(struct cli *c, const char *account, const char *noted, json_t **ret_answer)
{
	json_t *body = json_pack("{s:s}", "account", account), *answer = NULL;
	int64_t adopted = -1, redacted = 0;
	int err = 0;

	if (body && noted)
		json_object_set_new(body, "noted", json_string(noted));
	for (bool more = true; !err && more;) {
		json_decref(answer);
		answer = NULL;
		err = body ? cli_tables(c, "audit.verify", body, &answer)
		           : cli_usage(c, "--account is a name");
		redacted += err ? 0 : number(answer, "redacted");
		more = !err && json_is_null(json_object_get(answer, "ok")) &&
		       (cli_text(answer, "next")[0] || number(answer, "adopted") > adopted);
		if (!more)
			break;
		adopted = number(answer, "adopted");
		json_object_set(body, "after", json_object_get(answer, "next"));
	}
	json_decref(body);
	if (err)
		return err;
	json_object_set_new(answer, "from", json_integer(1));
	json_object_set_new(answer, "redacted", json_integer(redacted));
	*ret_answer = answer;
	return 0;
}

static const char *
problem_text(const struct cli *c, const json_t *problem)
{
	static const struct {
		const char *kind, *french;
	} all[] = {
		{ "changed", "l'entrée %" PRId64 " n'est plus telle qu'elle a été écrite" },
		{ "missing", "l'entrée %" PRId64
			     " manque : ce n'est pas le service qui l'a retirée" },
		{ "extra", "l'entrée %" PRId64
			   " n'a pas été écrite par le service (0 : une ligne sans numéro)" },
		{ "order", "l'entrée %" PRId64 " n'est pas à la place où elle a été écrite" },
		{ "head", "la fin du journal a été retirée ou falsifiée avant l'entrée %" PRId64
			  " : ce qui s'y trouvait peut manquer" },
		{ "noted", "l'entrée %" PRId64
			   " n'est pas celle qui a été notée : le journal a été "
			   "remis en arrière, ou la note est d'un autre" },
	};
	static char text[200];

	for (size_t i = 0; c->french && i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].kind, cli_text(problem, "kind")) == 0) {
			snprintf(text, sizeof text, all[i].french, number(problem, "entry"));
			return text;
		}
	return cli_text(problem, "text");
}

static void
put_one(const struct cli *c, const char *account, const json_t *j)
{
	const json_t *problem = json_object_get(j, "problem"),
		     *head = json_object_get(j, "head");
	bool ok = cli_true(j, "ok");
	char when[CLI_TIME_SIZE], text[400];

	printf("%s: ", account);
	if (json_is_object(problem)) {
		cli_colour(c, "31", CLI_T(c, "broken: ", "rompu : "));
		cli_put(problem_text(c, problem));
		return;
	}
	if (!ok) {
		puts(CLI_T(c, "an older log that is being made a chain; ask again in a minute",
			"un ancien journal dont la chaîne se fait ; redemandez dans une "
			"minute"));
		return;
	}
	snprintf(text, sizeof text,
		CLI_T(c, "whole up to entry %" PRId64 ", chained since %s",
			"entier jusqu'à l'entrée %" PRId64 ", en chaîne depuis %s"),
		number(j, "upto"), cli_local(when, cli_text(j, "since")));
	cli_put(text);
	if (number(j, "adopted"))
		printf(CLI_T(c, "  older than that: %" PRId64 ", as they were found then\n",
			       "  plus anciennes : %" PRId64 ", telles que trouvées alors\n"),
			number(j, "adopted"));
	if (number(j, "removed"))
		printf(CLI_T(c,
			       "  removed by the service as their time was over: %" PRId64 "\n",
			       "  retirées par le service, leur temps passé : %" PRId64 "\n"),
			number(j, "removed"));
	if (number(j, "redacted"))
		printf(CLI_T(c, "  with a person taken out, who is forgotten: %" PRId64 "\n",
			       "  dont une personne a été ôtée, qui est oubliée : %" PRId64
			       "\n"),
			number(j, "redacted"));
	if (number(head, "seq"))
		printf("  %s %" PRId64 ":%s\n",
			CLI_T(c, "note this elsewhere:", "notez ailleurs :"),
			number(head, "seq"), cli_text(head, "hash"));
	if (strcmp(cli_text(j, "noted"), "gone") == 0)
		printf("  %s\n",
			CLI_T(c, "the noted entry was removed since: it cannot be compared",
				"l'entrée notée a été retirée depuis : elle ne peut être "
				"comparée"));
}

/* ret_code: 0 whole, 1 broken, 75 not known yet. */
static int
verify_one(struct cli *c, const char *account, const char *noted, json_t *chains, int *ret_code)
{
	json_t *j = NULL;
	int err = walk(c, account, noted, &j);

	if (err)
		return err;
	if (!c->json)
		put_one(c, account, j);
	if (json_is_false(json_object_get(j, "ok")))
		*ret_code = 1;
	else if (!cli_true(j, "ok") && *ret_code == EX_OK)
		*ret_code = EX_TEMPFAIL;
	json_array_append_new(chains, j);
	return 0;
}

static int
verify_all(struct cli *c, json_t *chains, int *ret_code)
{
	json_t *body = json_object(), *answer = NULL, *row;
	int err = verify_one(c, "system", NULL, chains, ret_code);
	size_t i;

	err = err ? err : cli_tables(c, "accounts.list", body, &answer);
	json_array_foreach(json_object_get(answer, "accounts"), i, row)
	{
		if (!err)
			err = verify_one(c, cli_text(row, "account"), NULL, chains, ret_code);
	}
	json_decref(answer);
	json_decref(body);
	return err;
}

static int
verify(struct cli *c, int argc, char **argv)
{
	const char *account = NULL, *noted = NULL;
	const struct cli_opt opts[] = { { "--account", CLI_TEXT, NULL, &account },
		{ "--noted", CLI_TEXT, NULL, &noted } };
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), code = EX_OK;
	json_t *chains;

	err = err ? err
	          : cli_arguments(c, argc, 0, "verify [--account NAME] [--noted ENTRY:HASH]");
	if (!err && noted && !account)
		err = cli_usage(
			c, "--noted is of one log: --account NAME, or --account system");
	if (err)
		return err;
	chains = json_array();
	err = account ? verify_one(c, account, noted, chains, &code)
	              : verify_all(c, chains, &code);
	if (err || !c->json) {
		json_decref(chains);
		return err ? err : code;
	}
	err = cli_json(c, json_pack("{s:b,s:o}", "ok", code == EX_OK, "logs", chains));
	return err ? err : code;
}

int
cli_audit(struct cli *c, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "verify") == 0)
		return verify(c, argc - 1, argv + 1);
	return list(c, argc, argv);
}
