#include "cli/quota.h"

#include <string.h>

static const char *const names[CLI_QUOTAS] = { "hour", "day", "month", "sessions" };

bool
cli_quota_given(const struct cli_quota *q)
{
	for (int i = 0; i < CLI_QUOTAS; i++)
		if (q->most[i])
			return true;
	return false;
}

/* NULL: said what is wrong. */
static json_t *
limits_of(const struct cli *c, const struct cli_quota *q)
{
	json_t *quota = json_object();
	uint64_t most;

	for (int i = 0; i < CLI_QUOTAS; i++) {
		if (!q->most[i])
			continue;
		if (strcmp(q->most[i], "none") == 0) {
			json_object_set_new(quota, names[i], json_null());
		} else if (str_u64(str_z(q->most[i]), &most) == 0 && most > 0 &&
			   most <= INT64_MAX) {
			json_object_set_new(quota, names[i], json_integer((json_int_t)most));
		} else {
			(void)cli_usage(c, "--%s is a number from 1 on, or none", names[i]);
			json_decref(quota);
			return NULL;
		}
	}
	return quota;
}

static void
put_row(const struct cli *c, const json_t *row)
{
	static const char *const english[CLI_QUOTAS] = { "recipients an hour",
		"recipients a day", "recipients a month", "sessions at one time" };
	static const char *const french[CLI_QUOTAS] = { "destinataires par heure",
		"destinataires par jour", "destinataires par mois", "sessions à la fois" };
	const json_t *quota = json_object_get(row, "quota"), *use = json_object_get(row, "use");
	char when[CLI_TIME_SIZE];
	struct cli_table t;

	cli_table_init(&t, 4);
	cli_cell(&t, CLI_T(c, "QUOTA OF", "QUOTA DE"));
	cli_cell(&t, CLI_T(c, "MOST", "AU PLUS"));
	cli_cell(&t, CLI_T(c, "USED", "UTILISÉ"));
	cli_cell(&t, CLI_T(c, "UNTIL", "JUSQU'À"));
	for (int i = 0; i < CLI_QUOTAS; i++) {
		const json_t *most = json_object_get(quota, names[i]),
			     *used = json_object_get(use, names[i]);

		cli_cell(&t, CLI_T(c, english[i], french[i]));
		if (json_is_integer(most))
			cli_cell_number(&t, json_integer_value(most));
		else
			cli_cell(&t, CLI_T(c, "no limit", "sans limite"));
		if (json_is_integer(used))
			cli_cell_number(&t, json_integer_value(used));
		else
			cli_cell(&t, "-");
		cli_cell(&t,
			cli_local(when, cli_text(json_object_get(row, "resets"), names[i])));
	}
	cli_table_put(c, &t);
	if (!use)
		cli_put(CLI_T(c, "What is used is known to the running service only.",
			"Seul le service en marche sait ce qui est utilisé."));
}

int
cli_quota(struct cli *c, const char *member, const char *name, const struct cli_quota *q)
{
	json_t *body = json_pack("{s:s}", member, name), *row = NULL, *quota;
	int err = EX_OK;

	if (!body)
		return cli_usage(c, "a name is a-z, 0-9 and -");
	if (cli_quota_given(q)) {
		quota = limits_of(c, q);
		if (!quota) {
			json_decref(body);
			return EX_USAGE;
		}
		json_object_set_new(body, "quota", quota);
		err = cli_tables(c, "quotas.set", body, &row);
		if (!err)
			json_decref(row);
		json_object_del(body, "quota");
	}
	if (!err)
		err = cli_tables(c, "quotas.show", body, &row);
	json_decref(body);
	if (err)
		return err;
	if (c->json)
		return cli_json(c, row);
	put_row(c, row);
	json_decref(row);
	return EX_OK;
}
