/*
 * What the subcommands share: options, configuration, the way to the tables or the running
 * service, output. One file per subcommand; the list of them is cli_tbl.h.
 *
 * Exit codes are those of sysexits(3): 0, 64 usage, 65 data, 66 no input, 69 service not
 * running, 70 a defect, 75 try again, 77 permission, 78 configuration.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "role/role.h"

#include <jansson.h>
#include <sysexits.h>

struct cli {
	const char *program;     /* its name */
	const char *typed;       /* how this shell starts it: "facteur", or its path */
	const char *command;     /* "queue" */
	const char *config_file; /* --config, else the default file if it is there, else NULL */
	const char *state;       /* --state, NULL = of the configuration */
	struct str state_there;  /* the configuration's own, whatever --state says */
	bool json, colour, french;
	struct config *config;   /* after cli_config; owned */
	struct role_paths paths; /* after cli_config */
};

#define CLI_CONFIG_DEFAULT "/etc/facteur/facteur.yaml"

/* The language of people: T(c, "yes", "oui"). */
#define CLI_T(c, en, fr) ((c)->french ? (fr) : (en))

/* ---- options */
enum cli_kind { CLI_FLAG, CLI_TEXT };
struct cli_opt {
	const char *name; /* "--account" */
	enum cli_kind kind;
	bool *flag;
	const char **text;
};
/* Takes the options out of argv (argv[0] is the command's word): `--name value`,
 * `--name=value`,
 * `--` ends them. What is left are the arguments, argv[1] …; *argc counts them and argv[0].
 * 0 or 64, said with the likely right word. */
int cli_options(struct cli *c, int *argc, char **argv, const struct cli_opt *opts, size_t n);
/* The first word of argv as one of the words (NULL-ended): its index, or -1 after saying what
 * is allowed (the exit code is 64). */
int cli_word(struct cli *c, int argc, char **argv, const char *const *words);
/* Exactly `want` arguments behind argv[0]; `form` is shown otherwise. 0 or 64. */
int cli_arguments(struct cli *c, int argc, int want, const char *form);
/* Both, of a command whose words are verbs (ended by one without a word, at most CLI_VERBS):
 * the index, or -1 after saying what is wrong (64). */
#define CLI_VERBS 16
struct cli_verb {
	const char *word, *form;
	int arguments;    /* with the word itself */
	const char *verb; /* of the control tables; NULL: the command knows */
};
int cli_verb(struct cli *c, int argc, char **argv, const struct cli_verb *verbs);
/* The word of the list (NULL-ended) that was probably meant, or NULL. */
const char *cli_likely(const char *word, const char *const *words);

/* ---- messages: "facteur queue: …" on stderr, with --json also {"error","status"} on stdout.
 * Return code. */
int cli_fail(const struct cli *c, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- configuration: 0, or 66, 78 after saying what is wrong (file:line:column: text). */
int cli_config(struct cli *c);
/* Reads one configuration file ("-": stdin) and says what is wrong with it. */
int cli_config_read(struct cli *c, const char *file, struct config *ret_c);

/* ---- the running service (client.c) */
/* One question over the control socket. The HTTP status; or -ECONNREFUSED nobody listens,
 * -EACCES, -ETIMEDOUT, -EPROTO. ret_answer: new reference, set with a status only. */
int client_call(const char *socket, const char *verb, const json_t *body, json_t **ret_answer);
/* Asks the service: 0 with the answer, or the exit code after saying why (69 when it is not
 * running). */
int cli_ask(struct cli *c, const char *verb, const json_t *body, json_t **ret_answer);
/* As cli_ask; a verb of the control tables is done without the service when none runs. */
int cli_tables(struct cli *c, const char *verb, const json_t *body, json_t **ret_answer);
/* All pages of such a list: {list: […]}. Changes body. */
int cli_pages(
	struct cli *c, const char *verb, const char *list, json_t *body, json_t **ret_answer);

/* ---- output (out.c) */
/* Prints and releases the answer as JSON. Returns 0. */
int cli_json(const struct cli *c, json_t *j);
/* A member as text; "" when absent. Foreign bytes are made safe by cli_table and cli_put. */
const char *cli_text(const json_t *o, const char *name);
json_int_t cli_number(const json_t *o, const char *name);
bool cli_true(const json_t *o, const char *name);
/* A line for people; foreign text safe for the terminal. */
void cli_put(const char *text);
/* RFC 3339 → local "2026-11-24 09:51:23"; "-" for "". Returns dst. */
#define CLI_TIME_SIZE 40
const char *cli_local(char dst[CLI_TIME_SIZE], const char *rfc3339);

/* A table of aligned columns, the first row being its head. */
#define CLI_COLUMNS_MAX 10
struct cli_table {
	struct buf text; /* cells, each with a NUL behind it */
	size_t columns, cells;
	size_t width[CLI_COLUMNS_MAX];
};
void cli_table_init(struct cli_table *t, size_t columns);
void cli_cell(struct cli_table *t, const char *text);
void cli_cell_number(struct cli_table *t, json_int_t n);
/* Prints on stdout and releases. */
void cli_table_put(const struct cli *c, struct cli_table *t);
/* ANSI colour around text when stdout takes it: "1" bold, "31" red, "32" green, "33" yellow. */
void cli_colour(const struct cli *c, const char *ansi, const char *text);

/* Asks "… [y/N]" on a terminal. True: yes. */
bool cli_confirm(const struct cli *c, const char *question);

/* ---- subcommands: argv[0] is the subcommand's word. The exit code. */
#define CLI_COMMAND(word, fn, form, what, what_fr) int fn(struct cli *c, int argc, char **argv);
#include "cli/cli_tbl.h"
#undef CLI_COMMAND

/* Help of one command (NULL: of all) on stdout. */
void cli_help_put(const struct cli *c, const char *word);

/* Called as `sendmail`, `mailq` or `newaliases`: argv is the whole command line. */
int cli_sendmail_called(struct cli *c, int argc, char **argv);

#endif
