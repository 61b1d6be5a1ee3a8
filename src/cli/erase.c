/* Forgetting a person: what would go, the order, and waiting until it is done. */
#include "cli/cli.h"

#include "base/must.h"

#include <sysexits.h>
#include <unistd.h>

#define LOOK_MS       500
#define AGAIN_AT_ONCE 400u
#define WAIT_LOOK     1200u /* ten minutes: then it goes on by itself */

struct erase {
	const char *account, *reason;
	bool dry_run, no_wait, yes;
};

/* What was, or would be, found: in the order in which people ask. */
static const struct {
	const char *member, *en, *fr;
} kinds[] = {
	{ "queued", "recipients waiting in the queue, dropped",
		"destinataires en attente, abandonnés" },
	{ "messages", "messages in the ledger", "messages dans le registre" },
	{ "bodies", "contents of messages", "contenus de messages" },
	{ "transcripts", "transcripts of attempts", "transcriptions d'essais" },
	{ "log_places", "places in the text log", "endroits du journal texte" },
	{ "suppressions", "suppressions, kept as a hash", "suppressions, gardées hachées" },
	{ "contacts", "contacts", "contacts" },
	{ "testers", "testers of templates", "testeurs de modèles" },
	{ "template_values", "sets of values of templates", "jeux de valeurs de modèles" },
	{ "webhook_posts", "posts in the logs of webhooks",
		"envois aux journaux des webhooks" },
	{ "views", "saved views", "vues enregistrées" },
	{ "audit", "rows of the audit log", "lignes du journal d'audit" },
	{ "marks", "marks on lists", "marques de listes" },
	{ "sink", "messages in the sink", "messages dans le puits" },
	{ "waiting", "messages others still get: later",
		"messages encore en route vers d'autres : plus tard" },
	{ "logs_failed", "files of the log that could not be written",
		"fichiers du journal non modifiables" },
};

static void
put_found(const struct cli *c, const json_t *found)
{
	char line[200];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		json_int_t n = cli_number(found, kinds[i].member);

		if (n == 0)
			continue;
		snprintf(line, sizeof line, "%8" JSON_INTEGER_FORMAT "  %s", n,
			CLI_T(c, kinds[i].en, kinds[i].fr));
		cli_put(line);
	}
}

static json_t *
body_of(const struct erase *o, const char *address)
{
	json_t *body = json_pack("{s:s,s:s}", "account", o->account, "address", address);

	if (body && o->reason)
		json_object_set_new(body, "reason", json_string(o->reason));
	return body;
}

/* ---- lists */

static int
list(struct cli *c, const struct erase *o)
{
	json_t *body = json_object(), *answer, *row;
	char asked[CLI_TIME_SIZE], done[CLI_TIME_SIZE];
	struct cli_table t;
	size_t i;
	int err;

	if (o->account)
		json_object_set_new(body, "account", json_string(o->account));
	err = cli_pages(c, "erasures.list", "erasures", body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	cli_table_init(&t, 5);
	cli_cell(&t, CLI_T(c, "ERASURE", "EFFACEMENT"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "ASKED", "DEMANDÉ"));
	cli_cell(&t, CLI_T(c, "DONE", "TERMINÉ"));
	json_array_foreach(json_object_get(answer, "erasures"), i, row)
	{
		cli_cell(&t, cli_text(row, "id"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_true(row, "late") ? CLI_T(c, "LATE", "EN RETARD")
						   : cli_text(row, "state"));
		cli_cell(&t, cli_local(asked, cli_text(row, "asked")));
		cli_cell(&t, cli_local(done, cli_text(row, "done")));
	}
	cli_table_put(c, &t);
	json_decref(answer);
	return EX_OK;
}

static int
look(struct cli *c, const char *id, json_t **ret_row)
{
	json_t *body = json_pack("{s:s}", "id", id);
	int err = body ? cli_tables(c, "erasures.show", body, ret_row)
	               : cli_usage(c, "an erasure is known by its id: era_…");

	json_decref(body);
	return err;
}

static int
show(struct cli *c, const char *id)
{
	char line[300];
	json_t *row;
	int err = look(c, id, &row);

	if (err || c->json)
		return err ? err : cli_json(c, row);
	snprintf(line, sizeof line, "%s  %s  %s", cli_text(row, "id"), cli_text(row, "account"),
		cli_text(row, "state"));
	cli_put(line);
	put_found(c, json_object_get(row, "found"));
	json_decref(row);
	return EX_OK;
}

/* ---- one address */

/* It cannot be taken back. 0 or an exit code. */
static int
agreed(struct cli *c, const struct erase *o, const char *address)
{
	char question[500];

	if (o->yes)
		return EX_OK;
	snprintf(question, sizeof question,
		CLI_T(c, "Erase for good what is kept of %s for the account %s?",
			"Effacer pour de bon ce qui est gardé de %s pour le compte %s ?"),
		address, o->account);
	if (!isatty(STDIN_FILENO))
		return cli_usage(c, "%s Say it with --yes.", question);
	return cli_confirm(c, question)
	               ? EX_OK
	               : cli_fail(c, EX_USAGE,
				 CLI_T(c, "nothing was changed", "rien n'a été changé"));
}

/* What is there; nothing is changed. */
static int
preview(struct cli *c, const struct erase *o, const char *address)
{
	json_t *body = body_of(o, address), *found;
	int err = cli_ask(c, "erasures.count", body, &found);

	json_decref(body);
	if (err)
		return err;
	if (c->json && o->dry_run)
		return cli_json(c, found);
	if (!c->json) {
		if (cli_true(found, "contact"))
			json_object_set_new(found, "contacts", json_integer(1));
		cli_put(CLI_T(c, "There is:", "Il y a :"));
		put_found(c, found);
	}
	json_decref(found);
	return EX_OK;
}

static int
wait_done(struct cli *c, json_t **row)
{
	char id[64];
	int err = EX_OK;

	(void)str_copy_z(id, sizeof id, str_z(cli_text(*row, "id")));
	for (unsigned i = 0; i < WAIT_LOOK && !err; i++) {
		if (str_eq_z(str_z(cli_text(*row, "state")), "done") ||
			cli_number(json_object_get(*row, "found"), "waiting") > 0)
			break;
		usleep(LOOK_MS * 1000u);
		json_decref(*row);
		*row = NULL;
		err = look(c, id, row);
	}
	return err;
}

static int
erase(struct cli *c, const struct erase *o, const char *address)
{
	json_t *body, *row = NULL;
	char line[200];
	int err = c->json && !o->dry_run ? EX_OK : preview(c, o, address);

	if (err || o->dry_run)
		return err;
	err = agreed(c, o, address);
	if (err)
		return err;
	body = body_of(o, address);
	err = cli_ask(c, "erasures.add", body, &row);
	json_decref(body);
	if (!err && !o->no_wait)
		err = wait_done(c, &row);
	if (err || c->json)
		return err ? err : cli_json(c, row);
	if (str_eq_z(str_z(cli_text(row, "state")), "done"))
		snprintf(line, sizeof line, CLI_T(c, "Erased (%s):", "Effacé (%s) :"),
			cli_text(row, "id"));
	else
		snprintf(line, sizeof line,
			CLI_T(c, "Under way (%s); facteur erase show %s tells more.",
				"En cours (%s) ; facteur erase show %s en dit plus."),
			cli_text(row, "id"), cli_text(row, "id"));
	cli_put(line);
	put_found(c, json_object_get(row, "found"));
	json_decref(row);
	return EX_OK;
}

/* ---- after a restore */

static json_t *
read_list(const char *file)
{
	json_error_t e;

	return str_eq_z(str_z(file), "-") ? json_loadf(stdin, 0, &e)
	                                  : json_load_file(file, 0, &e);
}

/* The erasures of a list that another state kept, once more: by hash. */
static int
again(struct cli *c, const char *file)
{
	json_t *list = read_list(file), *rows = json_object_get(list, "erasures"), *row,
	       *answer;
	char line[200];
	size_t i;
	int err = EX_OK;

	if (!json_is_array(rows)) {
		json_decref(list);
		return cli_fail(c, EX_DATAERR,
			"%s is no list of erasures: facteur erase list --json makes one", file);
	}
	json_array_foreach(rows, i, row)
	{
		json_t *body = json_pack("{s:s,s:s,s:s}", "account", cli_text(row, "account"),
			"hash", cli_text(row, "hash"), "reason", cli_text(row, "reason"));

		answer = NULL;
		err = body ? cli_ask(c, "erasures.add", body, &answer) : EX_DATAERR;
		json_decref(body);
		/* Only so many of an account may be under way: the first ones end before more
		 * are asked for. */
		if (!err && i % AGAIN_AT_ONCE == AGAIN_AT_ONCE - 1)
			err = wait_done(c, &answer);
		json_decref(answer);
		if (err)
			break;
	}
	snprintf(line, sizeof line,
		CLI_T(c, "%zu erasures are asked for again; facteur erase list shows them.",
			"%zu effacements sont demandés de nouveau ; facteur erase list les "
			"montre."),
		i);
	json_decref(list);
	if (!err)
		cli_put(line);
	return err;
}

int
cli_erase(struct cli *c, int argc, char **argv)
{
	struct erase o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--reason", CLI_TEXT, NULL, &o.reason },
		{ "--dry-run", CLI_FLAG, &o.dry_run, NULL },
		{ "--no-wait", CLI_FLAG, &o.no_wait, NULL },
		{ "--yes", CLI_FLAG, &o.yes, NULL },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	if (err)
		return err;
	if (argc == 2 && str_eq_z(str_z(argv[1]), "list"))
		return list(c, &o);
	if (argc == 3 && str_eq_z(str_z(argv[1]), "show"))
		return show(c, argv[2]);
	if (argc == 3 && str_eq_z(str_z(argv[1]), "again"))
		return again(c, argv[2]);
	if (argc != 2)
		return cli_usage(c, "whom? facteur erase ADDRESS --account NAME");
	if (!o.account)
		return cli_usage(c, "--account is missing: whose mail is it about?");
	return erase(c, &o, argv[1]);
}
