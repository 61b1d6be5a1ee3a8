#include "cli/quota.h"

#include "base/utc.h"

#include <time.h>

struct options {
	const char *grace, *account, *label, *stream, *network, *expires, *scope;
	bool plaintext;
	struct cli_quota quota;
};

#define QUOTA 4 /* of the words below */

static const char *
state_of(const struct cli *c, const json_t *row)
{
	int64_t until;

	if (!cli_true(row, "enabled"))
		return CLI_T(c, "revoked", "révoquée");
	if (utc_parse(str_z(cli_text(row, "expires")), &until) == 0 &&
		until / 1000000 < (int64_t)time(NULL))
		return CLI_T(c, "expired", "expirée");
	return cli_true(row, "plaintext") ? CLI_T(c, "ok, without TLS", "ok, sans TLS")
	                                  : CLI_T(c, "ok", "ok");
}

static void
put_list(const struct cli *c, const json_t *list)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 7);
	cli_cell(&t, CLI_T(c, "KEY", "CLÉ"));
	cli_cell(&t, CLI_T(c, "ACCOUNT", "COMPTE"));
	cli_cell(&t, CLI_T(c, "STREAM", "FLUX"));
	cli_cell(&t, CLI_T(c, "STATE", "ÉTAT"));
	cli_cell(&t, CLI_T(c, "LAST USED", "DERNIER USAGE"));
	cli_cell(&t, CLI_T(c, "FROM", "DEPUIS"));
	cli_cell(&t, CLI_T(c, "LABEL", "LIBELLÉ"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "key"));
		cli_cell(&t, cli_text(row, "account"));
		cli_cell(&t, cli_text(row, "stream"));
		cli_cell(&t, state_of(c, row));
		cli_cell(&t, cli_local(when, cli_text(row, "last_used")));
		cli_cell(&t, cli_text(row, "last_client"));
		cli_cell(&t, cli_text(row, "label"));
	}
	cli_table_put(c, &t);
}

static void
put_new(const struct cli *c, const json_t *key)
{
	puts(CLI_T(c,
		"This is the only time the secret is shown. The same key in its spellings:",
		"Le secret n'est montré que cette fois. La même clé sous ses formes :"));
	printf("\n  SMTP        user      %s\n              password  %s\n"
	       "  SendGrid    user      apikey\n              password  %s\n"
	       "  Postmark    user and password  %s\n\n",
		cli_text(key, "key"), cli_text(key, "secret"), cli_text(key, "sendgrid"),
		cli_text(key, "postmark_token"));
	if (cli_true(key, "plaintext"))
		cli_colour(c, "33",
			CLI_T(c,
				"It may be used without TLS: anybody on the way can read "
				"the secret.",
				"Elle peut servir sans TLS : tout intermédiaire peut lire "
				"le secret."));
	if (cli_true(key, "plaintext"))
		puts("");
}

static json_t *
body_of_add(const struct options *o)
{
	json_t *body = json_pack("{s:s,s:b}", "account", o->account, "plaintext", o->plaintext);
	const struct {
		const char *name, *value;
	} more[] = { { "label", o->label }, { "stream", o->stream }, { "networks", o->network },
		{ "expires", o->expires }, { "scopes", o->scope } };

	for (size_t i = 0; body && i < sizeof more / sizeof *more; i++)
		if (more[i].value)
			json_object_set_new(body, more[i].name, json_string(more[i].value));
	return body;
}

static json_t *
body_of(struct cli *c, int at, int argc, char **argv, const struct options *o)
{
	static const char *const forms[] = { "add --account NAME", "list [--account NAME]",
		"revoke KEY", "roll KEY [--grace 24h]", ("quota KEY " CLI_QUOTA_FORM) };

	if (cli_arguments(c, argc, at >= 2 ? 2 : 1, forms[at]))
		return NULL;
	if (at == 0 && !o->account) {
		(void)cli_usage(c, "--account is missing: whose key is it?");
		return NULL;
	}
	if (at == 0)
		return body_of_add(o);
	if (at == 1)
		return o->account ? json_pack("{s:s}", "account", o->account) : json_object();
	if (at == 3 && o->grace)
		return json_pack("{s:s,s:s}", "key", argv[2], "grace", o->grace);
	return json_pack("{s:s}", "key", argv[2]);
}

int
cli_keys(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "add", "list", "revoke", "roll", "quota", NULL };
	static const char *const verbs[] = { "keys.add", "keys.list", "keys.revoke",
		"keys.roll" };
	struct options o = { .plaintext = false };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--label", CLI_TEXT, NULL, &o.label },
		{ "--stream", CLI_TEXT, NULL, &o.stream },
		{ "--network", CLI_TEXT, NULL, &o.network },
		{ "--expires", CLI_TEXT, NULL, &o.expires },
		{ "--scope", CLI_TEXT, NULL, &o.scope },
		{ "--grace", CLI_TEXT, NULL, &o.grace },
		{ "--plaintext", CLI_FLAG, &o.plaintext, NULL },
		CLI_QUOTA_OPTS(o.quota),
	};
	json_t *body, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	if (cli_quota_given(&o.quota) && at != QUOTA)
		return cli_usage(c, "these options are of: keys quota KEY");
	body = body_of(c, at, argc, argv, &o);
	if (!body)
		return EX_USAGE;
	if (at == QUOTA) {
		json_decref(body);
		return cli_quota(c, "key", argv[2], &o.quota);
	}
	err = at == 1 ? cli_pages(c, verbs[at], "keys", body, &answer)
	              : cli_tables(c, verbs[at], body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (at == 0 || at == 3)
		put_new(c, answer);
	else if (at == 1)
		put_list(c, json_object_get(answer, "keys"));
	else
		puts(CLI_T(c, "The key is revoked: it is refused from now on.",
			"La clé est révoquée : elle est refusée dès maintenant."));
	json_decref(answer);
	return EX_OK;
}
