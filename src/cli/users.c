/* People who sign in to the console. */
#include "cli/cli.h"

enum { LIST, ADD, SET, REMOVE, LINK, TOTP };

struct users {
	const char *account, *role, *name, *language;
	bool enable, disable;
};

static const char *
state_of(const struct cli *c, const json_t *row)
{
	return !cli_true(row, "enabled")  ? CLI_T(c, "disabled", "désactivé")
	       : cli_true(row, "pending") ? CLI_T(c, "invited", "invité")
	                                  : "ok";
}

static void
put_list(const struct cli *c, const json_t *list)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 7);
	cli_cell(&t, "E-MAIL");
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, CLI_T(c, "ROLE", "RÔLE"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, "TOTP");
	cli_cell(&t, CLI_T(c, "LAST SEEN", "VU LE"));
	json_array_foreach(list, i, row)
	{
		const char *account = cli_text(row, "account");

		cli_cell(&t, cli_text(row, "email"));
		cli_cell(&t, cli_text(row, "name"));
		cli_cell(&t, cli_text(row, "role"));
		cli_cell(&t, *account ? account : CLI_T(c, "(service)", "(service)"));
		cli_cell(&t, state_of(c, row));
		cli_cell(&t, cli_true(row, "totp") ? CLI_T(c, "on", "oui") : "-");
		cli_cell(&t, cli_local(when, cli_text(row, "last_seen")));
	}
	cli_table_put(c, &t);
}

static void
put_link(const struct cli *c, const json_t *row)
{
	char text[1000];

	snprintf(text, sizeof text,
		CLI_T(c, "Open this within 15 minutes, once (%s):",
			"À ouvrir dans les 15 minutes, une seule fois (%s) :"),
		cli_text(row, "email"));
	cli_put(text);
	cli_put(cli_text(row, "link"));
}

static const char *
done_words(const struct cli *c, int at)
{
	if (at == SET)
		return CLI_T(c, "User %s is changed.", "L'utilisateur %s est modifié.");
	if (at == REMOVE)
		return CLI_T(c, "User %s is removed, and signed out.",
			"L'utilisateur %s est supprimé et déconnecté.");
	return CLI_T(c, "The second factor of %s is off: the password alone signs in.",
		"Le second facteur de %s est désactivé : le mot de passe suffit.");
}

static void
put_done(const struct cli *c, int at, const json_t *row)
{
	char text[700];

	if (at == ADD || at == LINK) {
		put_link(c, row);
		return;
	}
	snprintf(text, sizeof text, done_words(c, at), cli_text(row, "email"));
	cli_put(text);
}

/* NULL: no text in UTF-8. */
static json_t *
body_of(int at, int argc, char **argv, const struct users *o)
{
	const struct {
		const char *name, *value;
	} texts[] = { { "account", o->account }, { "role", o->role }, { "name", o->name },
		{ "language", o->language },
		{ at == ADD ? "email" : "user", argc > 2 ? argv[argc - 1] : NULL } };
	json_t *body = json_object();

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].value && json_object_set_new(body, texts[i].name,
					      json_string(texts[i].value)) < 0) {
			json_decref(body);
			return NULL;
		}
	if (o->enable || o->disable)
		json_object_set_new(body, "enabled", json_boolean(o->enable));
	return body;
}

static int
check(struct cli *c, int at, int argc, char **argv, const struct users *o)
{
	static const char *const forms[] = { "list [--account NAME]",
		"add EMAIL --role ROLE [--account NAME]", "set USER …", "remove USER",
		"link [USER]", "totp off USER" };

	if (at == LINK && argc <= 3)
		return 0;
	if (o->enable && o->disable)
		return cli_usage(c, "--enable or --disable, not both");
	if (at == ADD && !o->role)
		return cli_usage(c,
			"--role is missing: viewer, marketer, developer, owner; without "
			"--account operator, abuse_officer, owner");
	if (at == TOTP && (argc < 3 || strcmp(argv[2], "off") != 0))
		return cli_usage(
			c, "totp off USER; a user turns it on himself, in the console");
	return cli_arguments(c, argc, at == LIST ? 1 : at == TOTP ? 3 : 2, forms[at]);
}

int
cli_users(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "list", "add", "set", "remove", "link", "totp",
		NULL };
	static const char *const verbs[] = { "users.list", "users.add", "users.set",
		"users.remove", "users.link", "users.totp_off" };
	struct users o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--role", CLI_TEXT, NULL, &o.role },
		{ "--name", CLI_TEXT, NULL, &o.name },
		{ "--language", CLI_TEXT, NULL, &o.language },
		{ "--enable", CLI_FLAG, &o.enable, NULL },
		{ "--disable", CLI_FLAG, &o.disable, NULL },
	};
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	err = check(c, at, argc, argv, &o);
	if (err)
		return err;
	body = body_of(at, argc, argv, &o);
	if (!body)
		return cli_usage(c, "names are text in UTF-8");
	err = at == LIST ? cli_pages(c, verbs[at], "users", body, &answer)
	                 : cli_tables(c, verbs[at], body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == LIST)
		put_list(c, json_object_get(answer, "users"));
	else
		put_done(c, at, answer);
	json_decref(answer);
	return EX_OK;
}
