#include "api/french.h"
#include "base/utc.h"
#include "cli/cli.h"

static void
put_mode(const struct cli *c, const json_t *sandbox)
{
	const json_t *alone = json_object_get(sandbox, "accounts");

	if (strcmp(cli_text(sandbox, "mode"), "sandbox") == 0)
		cli_put(CLI_T(c,
			"Mode      sandbox: mail goes to the sink and to proved addresses",
			"Mode      sandbox : le courrier va au puits et aux adresses "
			"prouvées"));
	else if (json_array_size(alone) > 0)
		printf(CLI_T(c,
			       "Mode      live; %zu accounts are in the sandbox (facteur "
			       "accounts "
			       "list)\n",
			       "Mode      live ; %zu comptes sont dans le bac à sable (facteur "
			       "accounts list)\n"),
			json_array_size(alone));
}

static void
put_headline(const struct cli *c, const json_t *s)
{
	char span[UTC_TEXT_SIZE];
	bool ready = cli_true(s, "ready");

	printf("facteur %s  ", cli_text(s, "version"));
	cli_colour(c, ready ? "32" : "31",
		ready ? CLI_T(c, "ready", "prêt") : CLI_T(c, "NOT READY", "PAS PRÊT"));
	printf(CLI_T(c, ", up %s\n", ", en marche depuis %s\n"),
		utc_span(span, cli_number(s, "uptime_s") * UTC_SEC));
	if (!ready)
		cli_put(cli_text(s, "reason"));
	put_mode(c, json_object_get(s, "sandbox"));
}

static void
put_queue(const struct cli *c, const json_t *s)
{
	const json_t *q = json_object_get(s, "queue");

	if (!q)
		return;
	printf(CLI_T(c,
		       "\nQueue     %" JSON_INTEGER_FORMAT " waiting, %" JSON_INTEGER_FORMAT
		       " being sent, %" JSON_INTEGER_FORMAT " held\n",
		       "\nFile      %" JSON_INTEGER_FORMAT " en attente, %" JSON_INTEGER_FORMAT
		       " en cours, %" JSON_INTEGER_FORMAT " retenus\n"),
		cli_number(q, "queued"), cli_number(q, "active"), cli_number(q, "held"));
	printf(CLI_T(c,
		       "So far    %" JSON_INTEGER_FORMAT " delivered, %" JSON_INTEGER_FORMAT
		       " bounced, %" JSON_INTEGER_FORMAT " expired, %" JSON_INTEGER_FORMAT
		       " in doubt\n",
		       "Résultat  %" JSON_INTEGER_FORMAT " remis, %" JSON_INTEGER_FORMAT
		       " rejetés, %" JSON_INTEGER_FORMAT " abandonnés, %" JSON_INTEGER_FORMAT
		       " incertains\n"),
		cli_number(q, "delivered"), cli_number(q, "bounced"), cli_number(q, "expired"),
		cli_number(q, "in_doubt"));
	printf(CLI_T(c, "Port 25   ", "Port 25   "));
	cli_put(cli_text(json_object_get(s, "port25"), "words"));
}

static void
put_keep(const struct cli *c, const json_t *s)
{
	static const struct {
		const char *member, *en, *fr;
	} rows[] = { { "content_s", "content", "contenus" },
		{ "transcripts_s", "transcripts", "dialogues" },
		{ "events_s", "events", "événements" },
		{ "statistics_s", "statistics", "statistiques" } };
	const json_t *keep = json_object_get(s, "keep");
	char span[UTC_TEXT_SIZE];

	if (!keep)
		return;
	printf("%s", CLI_T(c, "Kept      ", "Conservé  "));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool ever = json_is_null(json_object_get(keep, rows[i].member));

		printf("%s%s %s", i ? ", " : "", CLI_T(c, rows[i].en, rows[i].fr),
			ever ? CLI_T(c, "for ever", "sans limite")
			     : utc_span(span, cli_number(keep, rows[i].member) * UTC_SEC));
	}
	puts("");
}

static const char *
state_words(const struct cli *c, const json_t *row)
{
	struct str state = str_z(cli_text(row, "state"));

	if (str_eq_z(state, "draining"))
		return CLI_T(c, "draining", "se termine");
	if (str_eq_z(state, "down"))
		return CLI_T(c, "down", "arrêté");
	return cli_true(row, "ready") ? CLI_T(c, "up", "prêt")
	                              : CLI_T(c, "starting", "démarre");
}

static void
put_roles(const struct cli *c, const json_t *s)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	puts("");
	cli_table_init(&t, 3);
	cli_cell(&t, CLI_T(c, "PROCESS", "PROCESSUS"));
	cli_cell(&t, "PID");
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, "keeper");
	cli_cell_number(&t, cli_number(json_object_get(s, "keeper"), "pid"));
	cli_cell(&t, CLI_T(c, "up", "prêt"));
	json_array_foreach(json_object_get(s, "roles"), i, row)
	{
		char name[64];
		json_int_t no = cli_number(row, "number");

		if (no)
			snprintf(name, sizeof name, "%.32s %d", cli_text(row, "role"), (int)no);
		else
			snprintf(name, sizeof name, "%.32s", cli_text(row, "role"));
		cli_cell(&t, name);
		cli_cell_number(&t, cli_number(row, "pid"));
		cli_cell(&t, state_words(c, row));
	}
	cli_table_put(c, &t);
}

static void
put_used_up(const struct cli *c, const json_t *row)
{
	const char *key = cli_text(row, "key");
	char text[300], when[CLI_TIME_SIZE];

	snprintf(text, sizeof text,
		CLI_T(c, "Quota used up: %s %.80s, %s, %lld of %lld, until %s",
			"Quota épuisé : %s %.80s, %s, %lld sur %lld, jusqu'à %s"),
		key[0] ? CLI_T(c, "key", "clé") : CLI_T(c, "account", "compte"),
		key[0] ? key : cli_text(row, "account"), cli_text(row, "quota"),
		(long long)cli_number(row, "used"), (long long)cli_number(row, "most"),
		cli_local(when, cli_text(row, "until")));
	cli_put(text);
}

static void
put_alarms(const struct cli *c, const json_t *s)
{
	json_int_t drift = cli_number(json_object_get(s, "conservation"), "drift");
	json_t *w;
	size_t i;

	if (json_array_size(json_object_get(s, "warnings")) > 0 ||
		json_array_size(json_object_get(s, "alerts")) > 0)
		puts("");
	json_array_foreach(json_object_get(s, "alerts"), i, w)
	{
		cli_colour(c, "31", CLI_T(c, "Alert: ", "Alerte : "));
		printf("%s %s  %s\n", cli_text(w, "code"), cli_text(w, "subject"),
			CLI_T(c, "(more: facteur alerts)", "(détails : facteur alerts)"));
	}
	json_array_foreach(json_object_get(s, "warnings"), i, w)
	{
		cli_colour(c, "33", CLI_T(c, "Warning: ", "Attention : "));
		cli_put(json_string_value(w));
	}
	json_array_foreach(json_object_get(json_object_get(s, "quotas"), "used_up"), i, w)
		put_used_up(c, w);
	if (drift != 0)
		printf(CLI_T(c,
			       "ALARM: %" JSON_INTEGER_FORMAT
			       " recipients are not accounted for.\n",
			       "ALARME : %" JSON_INTEGER_FORMAT
			       " destinataires manquent au compte.\n"),
			drift);
}

static void
note_text(const struct cli *c, const json_t *row, char dst[64])
{
	long learned = (long)cli_number(row, "learned_connections");

	if (cli_true(row, "stuck"))
		snprintf(dst, 64, "%s", CLI_T(c, "STUCK", "BLOQUÉ"));
	else if (cli_number(row, "resting_s"))
		snprintf(dst, 64, "%s", CLI_T(c, "rests", "repos"));
	else if (learned)
		snprintf(dst, 64, CLI_T(c, "takes %ld at once", "en accepte %ld"), learned);
	else
		dst[0] = '\0';
}

static void
put_doors(const struct cli *c, const json_t *s)
{
	const json_t *doors = json_object_get(s, "doors");
	struct cli_table t;
	char note[64];
	json_t *row;
	size_t i;

	if (json_array_size(doors) == 0)
		return;
	puts("");
	cli_table_init(&t, 6);
	cli_cell(&t, "SITE");
	cli_cell(&t, CLI_T(c, "DUE", "DÛ"));
	cli_cell(&t, CLI_T(c, "WAITING", "ATTEND"));
	cli_cell(&t, CLI_T(c, "SENDING", "EN COURS"));
	cli_cell(&t, CLI_T(c, "CONNECTIONS", "CONNEXIONS"));
	cli_cell(&t, CLI_T(c, "NOTE", "NOTE"));
	json_array_foreach(doors, i, row)
	{
		cli_cell(&t, cli_text(row, "site"));
		cli_cell_number(&t, cli_number(row, "due"));
		cli_cell_number(&t, cli_number(row, "waiting"));
		cli_cell_number(&t, cli_number(row, "active"));
		cli_cell_number(&t, cli_number(row, "connections"));
		note_text(c, row, note);
		cli_cell(&t, note);
	}
	cli_table_put(c, &t);
}

int
cli_status(struct cli *c, int argc, char **argv)
{
	json_t *answer;
	bool ready;
	int err = cli_options(c, &argc, argv, NULL, 0);

	err = err ? err : cli_arguments(c, argc, 0, "");
	err = err ? err : cli_ask(c, "status", NULL, &answer);
	if (err)
		return err;
	ready = cli_true(answer, "ready");
	if (c->json) {
		(void)cli_json(c, answer);
		return ready ? EX_OK : EX_TEMPFAIL;
	}
	if (c->french)
		french_answer(answer);
	put_headline(c, answer);
	put_queue(c, answer);
	put_keep(c, answer);
	put_roles(c, answer);
	put_doors(c, answer);
	put_alarms(c, answer);
	json_decref(answer);
	return ready ? EX_OK : EX_TEMPFAIL;
}
