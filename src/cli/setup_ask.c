#include "cli/setup.h"

#include <netdb.h>
#include <pwd.h>
#include <unistd.h>

#define TRIES 3

/* The machine's full name, "" when nobody gave it one. */
static void
guess_host(char dst[SETUP_TEXT])
{
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char name[SETUP_TEXT] = "";

	dst[0] = '\0';
	if (gethostname(name, sizeof name - 1) < 0)
		return;
	if (!strchr(name, '.') && getaddrinfo(name, NULL, &hints, &list) == 0) {
		if (list->ai_canonname)
			(void)str_copy_z(name, sizeof name, str_z(list->ai_canonname));
		freeaddrinfo(list);
	}
	if (strchr(name, '.') && !str_starts(str_z(name), STR_LIT("localhost")))
		memcpy(dst, name, sizeof name);
}

/* One line of standard input without its end: 0, or -1 at the end of input. */
static int
read_line(char dst[SETUP_TEXT])
{
	if (!fgets(dst, SETUP_TEXT, stdin))
		return -1;
	dst[strcspn(dst, "\r\n")] = '\0';
	return 0;
}

int
setup_domain(const struct setup *s, const char *name)
{
	size_t n = strlen(name), at = str_find(str_z(name), '.');

	if (at > 0 && at + 1 < n)
		return 0;
	return cli_usage(s->c,
		CLI_T(s->c, "--domain: \"%s\" is no domain such as example.org (- for none)",
			"--domain : « %s » n'est pas un domaine comme example.org (- pour "
			"aucun)"),
		name);
}

/* A value of the configuration: given, else asked, else the guess. Right when it returns 0.
 * optional: "-" is none. */
struct question {
	const char *key, *option, *text;
	const char *given;
	bool optional, domain;
};

static int
check(struct setup *s, const struct question *q, const char *value, bool again)
{
	struct config_error e;
	const char *wrong;

	if (!*value && q->optional)
		return 0;
	if (!*value)
		return cli_usage(s->c, CLI_T(s->c, "%s is missing", "%s manque"), q->option);
	wrong = setup_config_wrong(q->key, value, &e);
	if (!wrong)
		return q->domain ? setup_domain(s, value) : 0;
	if (!again)
		return cli_usage(s->c, "%s: %s", q->option, wrong);
	fprintf(stderr, "  %s\n", wrong);
	return EX_USAGE;
}

static int
ask_one(struct setup *s, const struct question *q, char value[SETUP_TEXT])
{
	char guess[SETUP_TEXT], line[SETUP_TEXT];
	bool ask = !q->given && !s->yes && isatty(STDIN_FILENO) && !s->c->json;
	int err = EX_USAGE;

	memcpy(guess, value, sizeof guess);
	if (q->given && str_copy_z(value, SETUP_TEXT, str_z(q->given)) < 0)
		return cli_usage(s->c, "%s is too long", q->option);
	if (!ask && q->optional && str_eq_z(str_z(value), "-"))
		value[0] = '\0';
	if (!ask)
		return check(s, q, value, false);
	for (int i = 0; i < TRIES && err; i++) {
		fprintf(stderr, "%s%s%s%s: ", q->text, *guess ? " [" : "", guess,
			*guess ? "]" : "");
		fflush(stderr);
		if (read_line(line) < 0)
			return cli_usage(s->c, "%s is missing", q->option);
		memcpy(value, *line ? line : guess, SETUP_TEXT);
		if (q->optional && str_eq_z(str_z(value), "-"))
			value[0] = '\0';
		err = check(s, q, value, true);
	}
	return err;
}

int
setup_user(const struct setup *s, const char *name)
{
	if (geteuid() == 0 && !getpwnam(name))
		return cli_fail(s->c, EX_NOUSER,
			CLI_T(s->c,
				"there is no user %s; make one: adduser --system --group "
				"--no-create-home %s",
				"il n'y a pas d'utilisateur %s ; créez-le : adduser --system "
				"--group --no-create-home %s"),
			name, name);
	return 0;
}

static int
choose_user(struct setup *s)
{
	const struct passwd *pw;
	const char *name = s->user;

	if (!name && s->owner[0]) {
		name = s->owner;
	} else if (geteuid() != 0) {
		pw = getpwuid(geteuid());
		name = pw ? pw->pw_name : "";
	} else if (!name) {
		name = "facteur";
	}
	if ((name != s->owner && str_copy_z(s->owner, sizeof s->owner, str_z(name)) < 0) ||
		!*name)
		return cli_usage(s->c, "--user is the name of a user of this machine");
	return setup_user(s, s->owner);
}

/* "mail.example.org" → "example.org"; a name of two labels stays. */
static const char *
above(const char *host)
{
	const char *dot = strchr(host, '.');

	return dot && strchr(dot + 1, '.') ? dot + 1 : host;
}

int
setup_ask(struct setup *s)
{
	const struct cli *c = s->c;
	const struct question host = { "hostname", "--hostname",
		CLI_T(c, "Name of this mail server, such as mail.example.org",
			"Nom de ce serveur de courrier, comme mail.example.org"),
		s->hostname, false, false };
	const struct question domain = { "hostname", "--domain",
		CLI_T(c, "First domain to send from (- for none)",
			"Premier domaine d'envoi (- pour aucun)"),
		s->domain, true, true };
	const struct question admin = { "admin", "--admin",
		CLI_T(c, "Your address, for warnings",
			"Votre adresse, pour les avertissements"),
		s->admin, false, false };
	const struct question bounces = { "bounce_domain", "--bounce-domain",
		CLI_T(c, "Name that bounces come back to (- for none)",
			"Nom auquel reviennent les rejets (- pour aucun)"),
		s->bounces, true, false };
	const struct question address = { "outbound.addresses", "--address", "", s->address,
		true, false };
	int err = choose_user(s);

	guess_host(s->host);
	err = err ? err : ask_one(s, &host, s->host);
	(void)str_copy_z(s->sender, sizeof s->sender, str_z(above(s->host)));
	err = err ? err : ask_one(s, &domain, s->sender);
	snprintf(s->mailbox, sizeof s->mailbox, "postmaster@%.250s",
		s->sender[0] ? s->sender : above(s->host));
	err = err ? err : ask_one(s, &admin, s->mailbox);
	if (s->sender[0])
		snprintf(s->bounce, sizeof s->bounce, "bounces.%.250s", s->sender);
	err = err ? err : ask_one(s, &bounces, s->bounce);
	/* Never asked: the kernel's choice is nearly always right. */
	if (!err && s->address)
		err = ask_one(s, &address, s->source);
	return err;
}
