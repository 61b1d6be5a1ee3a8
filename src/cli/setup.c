/*
 * facteur setup: from an installed program to a service that can be started. Writes the
 * configuration, makes folders, master key, first account and key, a domain's signing keys;
 * looks at it all (facteur doctor) and prints the DNS records. What is there already is left
 * as it is and told, so that it can be run again.
 */
#include "cli/setup.h"

#include "cli/doctor.h"

#include <errno.h>
#include <unistd.h>

#define ACCOUNT_DEFAULT "main"

static const char *
made_word(const struct cli *c, bool made)
{
	return made ? CLI_T(c, "made", "fait") : CLI_T(c, "there already", "déjà là");
}

static void
tell(const struct setup *s, const char *what, const char *name, bool made)
{
	if (!s->c->json)
		printf("%-9s %s %s\n", made_word(s->c, made), what, name);
}

/* ---- configuration */

/* A value given now that the file says otherwise: names of the DNS in any case, else to the
 * letter. 0 or 73, said. */
static int
same(struct setup *s, const char *option, const char *given, struct str has)
{
	const bool name = strcmp(option, "--state") != 0 && strcmp(option, "--user") != 0;

	if (!given || (name ? str_ieq_z(has, given) : str_eq_z(has, given)) ||
		(has.n == 0 && strcmp(given, "-") == 0))
		return 0;
	return cli_fail(s->c, EX_CANTCREAT,
		CLI_T(s->c,
			"%s is there already and has \"%.*s\" where %s says \"%s\": change it "
			"there, or write a new one with --force (the old one goes to %s.old)",
			"%s est déjà là et contient « %.*s » là où %s dit « %s » : changez-le "
			"là, ou écrivez-en un nouveau avec --force (l'ancien ira dans %s.old)"),
		s->file, STR_ARG(has), option, given, s->file);
}

static int
compare(struct setup *s)
{
	const struct config *cf = s->c->config;
	struct str first = cf->outbound.naddresses ? cf->outbound.addresses[0] : STR_NONE;
	int err = same(s, "--hostname", s->hostname, cf->hostname);

	if (!err && s->c->state && !str_eq_z(s->c->state_there, s->c->state))
		err = same(s, "--state", s->c->state, s->c->state_there);
	err = err ? err : same(s, "--admin", s->admin, cf->admin);
	err = err ? err : same(s, "--bounce-domain", s->bounces, cf->bounce_domain);
	err = err ? err : same(s, "--address", s->address, first);
	err = err ? err : same(s, "--user", s->user, cf->user);
	if (!err && s->sandbox)
		err = same(s, "--sandbox", "sandbox", cf->mode);
	if (!err && s->live)
		err = same(s, "--live", "live", cf->mode);
	return err;
}

static int
configure(struct setup *s)
{
	bool there = access(s->file, F_OK) == 0;
	int err = 0;

	if (!there || s->force) {
		err = there ? setup_config_keep(s) : 0;
		err = err ? err : setup_ask(s);
		err = err ? err : setup_config_write(s);
	}
	if (err)
		return err;
	s->c->config_file = s->file;
	err = cli_config(s->c);
	if (!err && !s->written)
		err = compare(s);
	/* Else the folders would belong to root. */
	if (!err && !s->written &&
		str_copy_z(s->owner, sizeof s->owner, s->c->config->user) == 0 && s->owner[0])
		err = setup_user(s, s->owner);
	if (!err)
		tell(s, CLI_T(s->c, "configuration", "configuration"), s->file, s->written);
	return err;
}

/* ---- folders and tables */

static bool
is_there(const char *format, const char *state)
{
	char path[700];

	snprintf(path, sizeof path, format, state);
	return access(path, F_OK) == 0;
}

/* The folders and, with the first question to the tables, the master key. */
static int
make_state(struct setup *s, json_t **ret_accounts)
{
	const struct cli *c = s->c;
	bool state = is_there("%s/journal", c->paths.state), key;
	char user[64] = "", key_file[700];
	json_t *body;
	int err;

	(void)str_copy_z(user, sizeof user, c->config->user);
	err = role_paths_make(&c->paths, user);
	if (err < 0)
		return cli_fail(c, err == -EACCES || err == -EPERM ? EX_NOPERM : EX_CANTCREAT,
			"%s: %s", c->paths.state, strerror(-err));
	tell(s, CLI_T(c, "state folder", "dossier d'état"), c->paths.state, !state);
	if (c->config->master_key.n == 0 ||
		str_copy_z(key_file, sizeof key_file, c->config->master_key) < 0)
		snprintf(key_file, sizeof key_file, "%s/master.key", c->paths.state);
	key = access(key_file, F_OK) == 0;
	body = json_object();
	err = cli_tables(s->c, "accounts.list", body, ret_accounts);
	json_decref(body);
	if (!err)
		tell(s, CLI_T(c, "master key", "clé maîtresse"), key_file, !key);
	return err;
}

/* The account that is meant: named, else the first there is, else a new one. */
static int
make_account(struct setup *s, const json_t *accounts, char ret_name[64], bool *ret_made)
{
	const json_t *list = json_object_get(accounts, "accounts");
	json_t *row, *body, *answer = NULL;
	const char *name = s->account;
	bool there = false;
	size_t i;
	int err;

	json_array_foreach(list, i, row)
	{
		if (!name)
			name = cli_text(row, "account");
		there = there || strcmp(cli_text(row, "account"), name) == 0;
	}
	name = name ? name : ACCOUNT_DEFAULT;
	if (str_copy_z(ret_name, 64, str_z(name)) < 0)
		return cli_usage(s->c, "--account is a name of at most 63 characters");
	*ret_made = !there;
	if (!there) {
		body = json_pack("{s:s}", "account", ret_name);
		err = cli_tables(s->c, "accounts.add", body, &answer);
		json_decref(body);
		json_decref(answer);
		if (err)
			return err;
	}
	tell(s, CLI_T(s->c, "account", "compte"), ret_name, !there);
	return 0;
}

/* A key, if the account has none that is in use. *ret_key: null, or with its secret. */
static int
make_key(struct setup *s, const char *account, json_t **ret_key)
{
	json_t *body = json_pack("{s:s}", "account", account), *list = NULL, *row;
	const char *there = NULL;
	size_t i;
	int err = cli_pages(s->c, "keys.list", "keys", body, &list);

	json_decref(body);
	if (err)
		return err;
	json_array_foreach(json_object_get(list, "keys"), i, row)
	{
		if (!there && cli_true(row, "enabled"))
			there = cli_text(row, "key");
	}
	if (there)
		tell(s, CLI_T(s->c, "key", "clé"), there, false);
	json_decref(list);
	*ret_key = json_null();
	if (there)
		return 0;
	body = json_pack("{s:s,s:s,s:s}", "account", account, "label", "setup", "scopes",
		"send,read,manage");
	err = cli_tables(s->c, "keys.add", body, ret_key);
	json_decref(body);
	if (!err)
		tell(s, CLI_T(s->c, "key", "clé"), cli_text(*ret_key, "key"), true);
	return err;
}

/* The sending domain with its records; *ret_domain: null when none is wanted. */
static int
make_domain(struct setup *s, const char *account, json_t **ret_domain)
{
	const char *name = s->domain ? s->domain : s->sender;
	json_t *body = json_pack("{s:s}", "account", account), *list = NULL, *row;
	size_t i;
	int err = cli_pages(s->c, "domains.list", "domains", body, &list);

	*ret_domain = json_null();
	json_decref(body);
	if (err)
		return err;
	json_array_foreach(json_object_get(list, "domains"), i, row)
	{
		bool meant = *name ? str_ieq_z(str_z(name), cli_text(row, "domain")) : i == 0;

		if (meant && json_is_null(*ret_domain))
			*ret_domain = json_incref(row);
	}
	json_decref(list);
	if (!json_is_null(*ret_domain)) {
		tell(s, CLI_T(s->c, "domain", "domaine"), cli_text(*ret_domain, "domain"),
			false);
		return 0;
	}
	if (!*name || strcmp(name, "-") == 0)
		return 0;
	body = json_pack("{s:s,s:s}", "account", account, "domain", name);
	err = cli_tables(s->c, "domains.add", body, ret_domain);
	json_decref(body);
	if (!err)
		tell(s, CLI_T(s->c, "domain", "domaine"), cli_text(*ret_domain, "domain"),
			true);
	return err;
}

/* ---- telling */

static void
put_key(const struct cli *c, const json_t *key)
{
	if (!json_is_object(key))
		return;
	puts(CLI_T(c, "\nFor applications (the secret is shown only now):",
		"\nPour les applications (le secret n'est montré que maintenant) :"));
	printf(CLI_T(c, "  user      %s\n  password  %s\n",
		       "  utilisateur   %s\n  mot de passe  %s\n"),
		cli_text(key, "key"), cli_text(key, "secret"));
}

static void
put_next(const struct setup *s, const json_t *domain, const char *account)
{
	const struct cli *c = s->c;
	const char *name = cli_text(domain, "domain");
	bool sandbox = config_sandboxed(c->config);

	puts(CLI_T(c, "\nNext:", "\nEnsuite :"));
	puts(CLI_T(c, "  1. publish the records above, and the PTR",
		"  1. publiez les enregistrements ci-dessus, et le PTR"));
	puts(CLI_T(c, "  2. start the service: systemctl start facteur, or facteur serve",
		"  2. démarrez le service : systemctl start facteur, ou facteur serve"));
	if (*name)
		printf(CLI_T(c, "  3. facteur domains verify %s --account %s\n",
			       "  3. facteur domains verify %s --account %s\n"),
			name, account);
	printf(CLI_T(c, "  %u. facteur doctor, until nothing fails%s\n",
		       "  %u. facteur doctor, jusqu'à ce que rien n'échoue%s\n"),
		*name ? 4u : 3u,
		sandbox ? CLI_T(c, ", then: facteur live", ", puis : facteur live") : "");
	if (sandbox)
		puts(CLI_T(c,
			"Until then the service is in the sandbox (mode: sandbox): it takes "
			"mail as "
			"it always will, keeps it in its sink (facteur sink list), and sends "
			"to "
			"nobody but addresses that agreed (facteur proved add ADDRESS).",
			"D'ici là le service est dans le bac à sable (mode: sandbox) : il "
			"prend le "
			"courrier comme il le fera toujours, le garde dans son puits (facteur "
			"sink "
			"list), et n'envoie qu'aux adresses qui l'ont voulu (facteur proved "
			"add "
			"ADRESSE)."));
	puts(CLI_T(c,
		"Keep a copy of the master key elsewhere: without it the signing keys are "
		"lost.",
		"Gardez ailleurs une copie de la clé maîtresse : sans elle les clés de "
		"signature sont perdues."));
}

struct made {
	json_t *accounts, *key, *domain, *dns, *report;
	char account[64];
	bool new_account;
};

static int
make_all(struct setup *s, const char *outward, struct made *m)
{
	struct doctor_asked asked = { .outward = outward };
	int err = configure(s);

	err = err ? err : make_state(s, &m->accounts);
	err = err ? err : make_account(s, m->accounts, m->account, &m->new_account);
	err = err ? err : make_domain(s, m->account, &m->domain);
	if (err)
		return err;
	m->dns = setup_dns(s->c, m->domain);
	err = doctor_look(s->c, &asked, &m->report);
	/* After all that may fail: its secret is shown once. */
	err = err ? err : make_key(s, m->account, &m->key);
	if (!err && !s->c->json)
		put_key(s->c, m->key);
	return err;
}

static int
as_json(const struct setup *s, struct made *m)
{
	return cli_json(s->c,
		json_pack("{s:s, s:s, s:b, s:s, s:s, s:b, s:O, s:O, s:O, s:O, s:O}", "mode",
			config_sandboxed(s->c->config) ? "sandbox" : "live", "config", s->file,
			"config_made", s->written, "state", s->c->paths.state, "account",
			m->account, "account_made", m->new_account, "key", m->key, "domain",
			m->domain, "records", json_object_get(m->dns, "records"), "zone",
			json_object_get(m->dns, "zone"), "doctor", m->report));
}

int
cli_setup(struct cli *c, int argc, char **argv)
{
	struct setup s = { .c = c };
	const char *outward = NULL;
	const struct cli_opt opts[] = {
		{ "--hostname", CLI_TEXT, NULL, &s.hostname },
		{ "--admin", CLI_TEXT, NULL, &s.admin },
		{ "--domain", CLI_TEXT, NULL, &s.domain },
		{ "--account", CLI_TEXT, NULL, &s.account },
		{ "--bounce-domain", CLI_TEXT, NULL, &s.bounces },
		{ "--address", CLI_TEXT, NULL, &s.address },
		{ "--user", CLI_TEXT, NULL, &s.user },
		{ "--outward", CLI_TEXT, NULL, &outward },
		{ "--sandbox", CLI_FLAG, &s.sandbox, NULL },
		{ "--live", CLI_FLAG, &s.live, NULL },
		{ "--yes", CLI_FLAG, &s.yes, NULL },
		{ "--force", CLI_FLAG, &s.force, NULL },
	};
	struct made m = { 0 };
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts);

	if (!err && argc > 1)
		err = cli_arguments(c, argc, 0, "[--hostname NAME] [--domain DOMAIN] …");
	if (!err && str_copy_z(s.file, sizeof s.file,
			    str_z(c->config_file ? c->config_file : CLI_CONFIG_DEFAULT)) < 0)
		err = cli_usage(c, "--config is too long");
	if (!err && s.live && s.sandbox)
		err = cli_usage(c, "--live or --sandbox: one of them");
	if (!err && s.domain && strcmp(s.domain, "-") != 0)
		err = setup_domain(&s, s.domain);
	err = err ? err : make_all(&s, outward, &m);
	if (!err && c->json) {
		err = as_json(&s, &m);
	} else if (!err) {
		setup_dns_put(c, m.dns);
		putchar('\n');
		doctor_put(c, m.report, true);
		put_next(&s, m.domain, m.account);
	}
	json_decref(m.accounts);
	json_decref(m.key);
	json_decref(m.domain);
	json_decref(m.dns);
	json_decref(m.report);
	/* c outlives s. */
	c->config_file = NULL;
	return err;
}
