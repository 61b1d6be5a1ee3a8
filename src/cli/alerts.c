/* What is wrong with the service now, as the administrator was told. */
#include "cli/cli.h"

static void
put_ways(const struct cli *c, const json_t *answer)
{
	const char *mail = cli_text(answer, "mail");
	bool webhook = cli_true(answer, "webhook");

	if (*mail) {
		printf("%s", CLI_T(c, "Told to     ", "Annoncé à   "));
		cli_put(mail);
	}
	if (webhook)
		puts(CLI_T(c, "Posted to   alerts.webhook", "Publié à    alerts.webhook"));
	if (!*mail && !webhook)
		puts(CLI_T(c,
			"Nobody is told: set admin, or alerts.webhook, in the configuration.",
			"Personne n'est prévenu : indiquez admin, ou alerts.webhook, dans la "
			"configuration."));
}

static void
put_alerts(const struct cli *c, const json_t *alerts)
{
	char when[CLI_TIME_SIZE];
	json_t *row;
	size_t i;

	json_array_foreach(alerts, i, row)
	{
		bool fail = strcmp(cli_text(row, "state"), "fail") == 0;

		cli_colour(c, fail ? "31" : "33",
			fail ? CLI_T(c, "Failure: ", "Panne : ")
			     : CLI_T(c, "Warning: ", "Attention : "));
		printf("%s%s%s\n", cli_text(row, "code"), *cli_text(row, "subject") ? "  " : "",
			cli_text(row, "subject"));
		printf("  ");
		cli_put(cli_text(row, "found"));
		if (*cli_text(row, "todo")) {
			printf("  ");
			cli_put(cli_text(row, "todo"));
		}
		printf("  %s %s\n", CLI_T(c, "since", "depuis"),
			cli_local(when, cli_text(row, "since")));
	}
}

enum { LIST, TEST };

static int
list(struct cli *c)
{
	json_t *body = json_pack("{s:s}", "lang", c->french ? "fr" : "en"), *answer;
	int err = cli_ask(c, "alerts.list", body, &answer);

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	if (json_array_size(json_object_get(answer, "alerts")) == 0)
		puts(CLI_T(c, "Nothing is wrong.", "Tout va bien."));
	put_alerts(c, json_object_get(answer, "alerts"));
	put_ways(c, answer);
	json_decref(answer);
	return EX_OK;
}

static int
test(struct cli *c)
{
	json_t *body = json_object(), *answer;
	int err = cli_ask(c, "alerts.test", body, &answer);

	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, answer);
	puts(CLI_T(c, "A test is on its way.", "Un essai est parti."));
	put_ways(c, answer);
	json_decref(answer);
	return EX_OK;
}

int
cli_alerts(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "list", "test", NULL };
	int err = cli_options(c, &argc, argv, NULL, 0), at;

	if (err)
		return err;
	if (argc <= 1)
		return list(c);
	at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	err = cli_arguments(c, argc, 1, words[at]);
	if (err)
		return err;
	return at == TEST ? test(c) : list(c);
}
