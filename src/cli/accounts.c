#include "cli/quota.h"

#include <string.h>

static void
put_list(const struct cli *c, const json_t *list)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 4);
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, "MODE");
	cli_cell(&t, CLI_T(c, "CREATED", "CRÉÉ"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "state"));
		cli_cell(&t, cli_text(row, "mode"));
		cli_cell(&t, cli_local(when, cli_text(row, "created")));
	}
	cli_table_put(c, &t);
}

/* "bounces,complaints" as a list; "none" is an empty one. */
static json_t *
words_of(const char *text)
{
	json_t *list = json_array();

	for (struct str rest = str_z(text); rest.n && !str_eq_z(str_z(text), "none");) {
		struct str one = str_trim(str_cut(&rest, ','));

		if (one.n)
			json_array_append_new(list, json_stringn(one.p, one.n));
	}
	return list;
}

#define TRACKING 5 /* of the words below */
#define QUOTA    6
#define MODE     7

static void
put_done(const struct cli *c, int what, const char *name)
{
	/* Names are [a-z0-9-]: nothing to escape. */
	switch (what) {
	case 0:
		printf(CLI_T(c, "Account %s is there. Next: facteur keys add --account %s\n",
			       "Le compte %s est créé. Ensuite : facteur keys add --account "
			       "%s\n"),
			name, name);
		break;
	case 2:
		printf(CLI_T(c, "Account %s is suspended: it cannot send.\n",
			       "Le compte %s est suspendu : il ne peut pas envoyer.\n"),
			name);
		break;
	case 4:
		printf(CLI_T(c,
			       "What comes back of account %s is sent on to the senders, or "
			       "not, "
			       "as asked.\n",
			       "Ce qui revient du compte %s est transmis aux expéditeurs, ou "
			       "non, "
			       "comme demandé.\n"),
			name);
		break;
	case MODE:
		printf(CLI_T(c, "The mode of account %s is set.\n",
			       "Le mode du compte %s est réglé.\n"),
			name);
		break;
	default:
		printf(CLI_T(c, "Account %s may send again.\n",
			       "Le compte %s peut de nouveau envoyer.\n"),
			name);
	}
}

/* ---- tracking */

struct tracking {
	const char *opens, *clicks, *url;
	bool verify, force;
};

static void
put_line(const char *name, const char *value)
{
	char text[1000];

	snprintf(text, sizeof text, "%-8s %s", name, value);
	cli_put(text);
}

static void
put_tracking(const struct cli *c, const json_t *row)
{
	const char *state = cli_text(row, "state");
	char text[700];

	put_line(CLI_T(c, "opens", "ouvert."), cli_true(row, "track_opens") ? "on" : "off");
	put_line(CLI_T(c, "clicks", "clics"), cli_text(row, "track_clicks"));
	if (!state[0]) {
		put_line("url", CLI_T(c, "the service's own", "celle du service"));
		return;
	}
	put_line("url", cli_text(row, "url"));
	put_line(CLI_T(c, "state", "état"), state);
	if (cli_text(row, "why")[0])
		cli_put(cli_text(row, "why"));
	if (strcmp(state, "verified") == 0)
		return;
	snprintf(text, sizeof text, CLI_T(c, "Publish: %s CNAME %s", "Publiez : %s CNAME %s"),
		cli_text(row, "host"), cli_text(row, "target"));
	cli_put(text);
	snprintf(text, sizeof text,
		CLI_T(c, "Then: facteur accounts tracking %s --verify",
			"Ensuite : facteur accounts tracking %s --verify"),
		cli_text(row, "account"));
	cli_put(text);
}

/* NULL: said what is wrong. */
static json_t *
tracking_body(const struct cli *c, const char *account, const struct tracking *t)
{
	json_t *body = json_pack("{s:s}", "account", account);

	if (t->opens && strcmp(t->opens, "on") != 0 && strcmp(t->opens, "off") != 0) {
		(void)cli_usage(c, "--opens is on or off");
		json_decref(body);
		return NULL;
	}
	if (!body) {
		(void)cli_usage(c, "a name is a-z, 0-9 and -");
		return NULL;
	}
	if (t->opens)
		json_object_set_new(
			body, "track_opens", json_boolean(strcmp(t->opens, "on") == 0));
	if (t->clicks)
		json_object_set_new(body, "track_clicks", json_string(t->clicks));
	if (t->url)
		json_object_set_new(
			body, "url", json_string(strcmp(t->url, "none") == 0 ? "" : t->url));
	return body;
}

static int
tracking_verify(struct cli *c, const char *account, bool force, json_t **ret_row)
{
	json_t *body = json_pack("{s:s,s:b}", "account", account, "force", force);
	int err = cli_ask(c, "tracking.verify", body, ret_row);

	json_decref(body);
	return err;
}

static int
tracking(struct cli *c, const char *account, const struct tracking *t)
{
	bool changes = t->opens || t->clicks || t->url;
	json_t *body = tracking_body(c, account, t), *row = NULL;
	int err = EX_OK;

	if (!body)
		return EX_USAGE;
	if (changes || !(t->verify || t->force))
		err = cli_tables(c, changes ? "tracking.set" : "tracking.show", body, &row);
	json_decref(body);
	if (!err && (t->verify || t->force)) {
		json_decref(row);
		err = tracking_verify(c, account, t->force, &row);
	}
	if (err)
		return err;
	if ((t->verify || t->force) && strcmp(cli_text(row, "state"), "verified") != 0)
		err = EX_TEMPFAIL;
	if (c->json) {
		(void)cli_json(c, row);
		return err;
	}
	put_tracking(c, row);
	json_decref(row);
	return err;
}

int
cli_accounts(struct cli *c, int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		{ "add", "add NAME", 2, "accounts.add" },
		{ "list", "list", 1, "accounts.list" },
		{ "suspend", "suspend NAME", 2, "accounts.suspend" },
		{ "restore", "restore NAME", 2, "accounts.restore" },
		{ "forward", "forward NAME bounces,complaints|none", 3, "accounts.forward" },
		[TRACKING] = { "tracking", "tracking NAME", 2, NULL },
		[QUOTA] = { "quota", "quota NAME " CLI_QUOTA_FORM, 2, NULL },
		[MODE] = { "mode", "mode NAME live|sandbox", 3, "accounts.mode" },
		{ .word = NULL },
	};
	struct tracking t = { .verify = false };
	struct cli_quota quota = { { NULL } };
	const struct cli_opt opts[] = { { "--opens", CLI_TEXT, NULL, &t.opens },
		{ "--clicks", CLI_TEXT, NULL, &t.clicks }, { "--url", CLI_TEXT, NULL, &t.url },
		{ "--verify", CLI_FLAG, &t.verify, NULL },
		{ "--force", CLI_FLAG, &t.force, NULL }, CLI_QUOTA_OPTS(quota) };
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	if (cli_quota_given(&quota) && at != QUOTA)
		return cli_usage(c, "these options are of: accounts quota NAME");
	if (at == TRACKING)
		return tracking(c, argv[2], &t);
	if (t.opens || t.clicks || t.url || t.verify || t.force)
		return cli_usage(c, "these options are of: accounts tracking NAME");
	if (at == QUOTA)
		return cli_quota(c, "account", argv[2], &quota);
	body = at == 1 ? json_object() : json_pack("{s:s}", "account", argv[2]);
	if (!body)
		return cli_usage(c, "a name is a-z, 0-9 and -");
	if (at == 4)
		json_object_set_new(body, "forward", words_of(argv[3]));
	if (at == MODE)
		json_object_set_new(body, "mode", json_string(argv[3]));
	err = cli_tables(c, verbs[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == 1)
		put_list(c, json_object_get(answer, "accounts"));
	else
		put_done(c, at, argv[2]);
	json_decref(answer);
	return EX_OK;
}
