#include "cli/cli.h"

enum { LIST, ADD, REMOVE, LOG, TEST, REPLAY, ROLL, RESUME, DEAD, WORDS };

struct options {
	const char *account, *format, *events, *label, *limit, *event, *from, *to;
	bool people, dead;
};

static const struct word {
	const char *word, *verb, *form;
	int arguments; /* with the word itself */
	bool live;     /* needs the service */
} table[WORDS + 1] = {
	[LIST] = { "list", "webhooks.list", "list [--account NAME]", 1, false },
	[ADD] = { "add", "webhooks.add",
		"add URL --account NAME [--format F] [--events WORD,…] [--label TEXT] "
		"[--people]",
		2, false },
	[REMOVE] = { "remove", "webhooks.remove", "remove ID", 2, false },
	[LOG] = { "log", "webhooks.log", "log ID [--limit N]", 2, false },
	[TEST] = { "test", "webhooks.test", "test ID", 2, true },
	[REPLAY] = { "replay", "webhooks.replay",
		"replay ID --event EVENT|--from TIME [--to TIME]|--dead", 2, true },
	[ROLL] = { "roll", "webhooks.roll", "roll ID", 2, false },
	[RESUME] = { "resume", "webhooks.resume", "resume ID", 2, false },
	[DEAD] = { "dead", "webhooks.dead", "dead ID", 2, false },
};

/* ---- questions ---- */

static json_t *
words_of(const char *list)
{
	json_t *out = json_array();
	struct str rest = str_z(list);

	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));

		if (one.n)
			json_array_append_new(out, json_stringn(one.p, one.n));
	}
	return out;
}

static void
set(json_t *body, const char *name, const char *value)
{
	if (body && value)
		json_object_set_new(body, name, json_string(value));
}

static json_t *
body_of(int at, char **argv, const struct options *o)
{
	json_t *body = json_object();

	set(body, "account", o->account);
	if (at == LIST)
		return body;
	set(body, at == ADD ? "url" : "id", argv[2]);
	if (at == ADD) {
		set(body, "format", o->format);
		set(body, "label", o->label);
		if (o->events)
			json_object_set_new(body, "events", words_of(o->events));
		if (o->people)
			json_object_set_new(body, "people_only", json_true());
	} else if (at == REPLAY) {
		set(body, "event", o->event);
		set(body, "from", o->from);
		set(body, "to", o->to);
		if (o->dead)
			json_object_set_new(body, "dead", json_true());
	} else if (at == LOG && o->limit) {
		uint32_t limit;

		if (str_u32(str_z(o->limit), &limit) == 0)
			json_object_set_new(body, "limit", json_integer(limit));
	}
	return body;
}

/* ---- answers ---- */

static const char *
state_of(const struct cli *c, const json_t *row)
{
	const char *state = cli_text(row, "state");

	if (*cli_text(row, "failing_since"))
		return CLI_T(c, "failing", "en échec");
	if (str_eq_z(str_z(state), "on"))
		return CLI_T(c, "on", "actif");
	return str_eq_z(str_z(state), "off") ? CLI_T(c, "off", "arrêté")
	                                     : CLI_T(c, "dead", "mort");
}

static void
put_list(const struct cli *c, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "webhooks");
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(CLI_T(c, "No webhooks.", "Aucun webhook."));
		return;
	}
	cli_table_init(&t, 7);
	cli_cell(&t, "ID");
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "FORMAT", "FORMAT"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "FAILING SINCE", "EN ÉCHEC DEPUIS"));
	cli_cell(&t, "URL");
	cli_cell(&t, CLI_T(c, "LABEL", "LIBELLÉ"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "id"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "format"));
		cli_cell(&t, state_of(c, row));
		cli_cell(&t, cli_local(when, cli_text(row, "failing_since")));
		cli_cell(&t, cli_text(row, "url"));
		cli_cell(&t, cli_text(row, "label"));
	}
	cli_table_put(c, &t);
}

static void
put_secret(const struct cli *c, const json_t *w)
{
	if (*cli_text(w, "secret"))
		printf("%s\n\n  %s\n\n",
			CLI_T(c, "This is the only time the secret is shown:",
				"Le secret n'est montré que cette fois :"),
			cli_text(w, "secret"));
	if (*cli_text(w, "public_key"))
		printf("%s\n\n  %s\n\n",
			CLI_T(c, "Its posts are signed; this public key checks them:",
				"Ses envois sont signés ; cette clé publique les vérifie :"),
			cli_text(w, "public_key"));
}

static void
put_new(const struct cli *c, const json_t *w)
{
	put_secret(c, w);
	printf("%s: %s\n",
		CLI_T(c, "It gets what happens from now on",
			"Il reçoit ce qui arrive à partir de maintenant"),
		cli_text(w, "id"));
}

static void
put_rolled(const struct cli *c, const json_t *w)
{
	char when[CLI_TIME_SIZE];

	put_secret(c, w);
	if (*cli_text(w, "old_secret_until"))
		printf("%s %s\n",
			CLI_T(c, "Posts are signed with the old one too until",
				"Les envois sont signés aussi avec l'ancien jusqu'au"),
			cli_local(when, cli_text(w, "old_secret_until")));
}

static void
put_log(const struct cli *c, const json_t *answer)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 6);
	cli_cell(&t, CLI_T(c, "TIME", "HEURE"));
	cli_cell(&t, CLI_T(c, "STATUS", "STATUT"));
	cli_cell(&t, "MS");
	cli_cell(&t, CLI_T(c, "EVENTS", "ÉVÉN."));
	cli_cell(&t, CLI_T(c, "FIRST EVENT", "PREMIER ÉVÉNEMENT"));
	cli_cell(&t, CLI_T(c, "WHY", "POURQUOI"));
	json_array_foreach(json_object_get(answer, "posts"), i, row)
	{
		cli_cell(&t, cli_local(when, cli_text(row, "at")));
		cli_cell_number(&t, cli_number(row, "status"));
		cli_cell_number(&t, cli_number(row, "took_ms"));
		cli_cell_number(&t, cli_number(row, "events"));
		cli_cell(&t, cli_text(row, "event"));
		cli_cell(&t, cli_text(row, "why"));
	}
	cli_table_put(c, &t);
}

static void
put_dead(const struct cli *c, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "dead");
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(CLI_T(c, "Nothing was given up.", "Rien n'a été abandonné."));
		return;
	}
	cli_table_init(&t, 3);
	cli_cell(&t, CLI_T(c, "EVENTS BEHIND", "ÉVÉNEMENTS APRÈS"));
	cli_cell(&t, CLI_T(c, "UP TO", "JUSQU'À"));
	cli_cell(&t, CLI_T(c, "WHY", "POURQUOI"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_local(when, cli_text(row, "behind")));
		cli_cell(&t, cli_local(when, cli_text(row, "upto")));
		cli_cell(&t, cli_text(row, "why"));
	}
	cli_table_put(c, &t);
}

static void
put_tested(const struct cli *c, const json_t *answer)
{
	if (cli_number(answer, "status"))
		printf(CLI_T(c, "It answered %d after %d ms.\n",
			       "Il a répondu %d après %d ms.\n"),
			(int)cli_number(answer, "status"), (int)cli_number(answer, "took_ms"));
	else
		cli_put(cli_text(answer, "reason"));
	if (*cli_text(answer, "body"))
		cli_put(cli_text(answer, "body"));
}

static void
put_answer(const struct cli *c, int at, const json_t *answer)
{
	switch (at) {
	case LIST:
		put_list(c, answer);
		break;
	case ADD:
		put_new(c, answer);
		break;
	case LOG:
		put_log(c, answer);
		break;
	case DEAD:
		put_dead(c, answer);
		break;
	case ROLL:
		put_rolled(c, answer);
		break;
	case TEST:
		put_tested(c, answer);
		break;
	case REPLAY:
		puts(CLI_T(c, "They are posted again, with their old ids.",
			"Ils sont envoyés de nouveau, sous leurs anciens identifiants."));
		break;
	case RESUME:
		puts(CLI_T(c, "It gets events again.", "Il reçoit de nouveau les événements."));
		break;
	default:
		puts(CLI_T(c, "The webhook is removed.", "Le webhook est supprimé."));
	}
}

static int
check(struct cli *c, int at, int argc, const struct options *o)
{
	if (cli_arguments(c, argc, table[at].arguments, table[at].form))
		return EX_USAGE;
	if (at == ADD && !o->account)
		return cli_usage(c, "--account is missing: whose events are to be posted?");
	if (at == REPLAY && !o->event && !o->from && !o->dead)
		return cli_usage(c, "which events? --event EVENT, --from TIME or --dead");
	return 0;
}

int
cli_webhooks(struct cli *c, int argc, char **argv)
{
	struct options o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--format", CLI_TEXT, NULL, &o.format },
		{ "--events", CLI_TEXT, NULL, &o.events },
		{ "--label", CLI_TEXT, NULL, &o.label },
		{ "--people", CLI_FLAG, &o.people, NULL },
		{ "--limit", CLI_TEXT, NULL, &o.limit },
		{ "--event", CLI_TEXT, NULL, &o.event },
		{ "--from", CLI_TEXT, NULL, &o.from },
		{ "--to", CLI_TEXT, NULL, &o.to },
		{ "--dead", CLI_FLAG, &o.dead, NULL },
	};
	const char *words[WORDS + 1] = { 0 };
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	for (at = 0; at < WORDS; at++)
		words[at] = table[at].word;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	err = check(c, at, argc, &o);
	if (err)
		return err;
	body = body_of(at, argv, &o);
	err = (table[at].live ? cli_ask : cli_tables)(c, table[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	put_answer(c, at, answer);
	json_decref(answer);
	return EX_OK;
}
