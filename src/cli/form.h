/*
 * The table of commands (cli_tbl.h) and its forms as a grammar: which words a command begins
 * with, which options it has and what they take. --help, the man pages and the shells'
 * completions are made of it, so what is said of a command is said once.
 *
 *   form    words? rest         "list|count [FILTERS] [--limit N]"
 *   option  name value?         "--limit N", "--part html|text", "--dry-run"
 *
 * Everything points into the table: constants.
 */
#ifndef CLI_FORM_H
#define CLI_FORM_H

#include "base/str.h"

struct form_command {
	const char *word, *forms, *what, *what_fr;
};

enum {
	FORM_COMMANDS = 0
#define CLI_COMMAND(word, fn, form, what, what_fr) +1
#include "cli/cli_tbl.h"
#undef CLI_COMMAND
};

extern const struct form_command form_commands[FORM_COMMANDS];

struct form {
	struct str words; /* "list|count", the first argument; n = 0: none is fixed */
	struct str line;  /* all of it */
};

struct form_option {
	struct str name;  /* "--limit" */
	struct str value; /* "N", "html|text"; n = 0: takes none */
	bool choice;      /* value is the words that may stand there */
};

/* The next form of a command; rest begins as its `forms`. False: there is none. */
bool form_next(struct str *rest, struct form *ret_f);
/* The next option of a form's line, or of a command's `what`: filters are told there. */
bool form_option(struct str *rest, struct form_option *ret_o);
/* Has the form this word among its first ones? */
bool form_has(const struct form *f, struct str word);

#endif
