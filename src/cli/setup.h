/*
 * What the files of `facteur setup` share.
 *   setup.c         the command: what is there, what is made, what is told
 *   setup_ask.c     what it needs to know: from options, else asked, else guessed
 *   setup_config.c  the configuration file
 *   setup_dns.c     the records to publish, as rows and as a zone file
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/cli.h"

#define SETUP_TEXT 300

/* Texts are empty where nothing is known or wanted. */
struct setup {
	struct cli *c;
	/* as given by options, NULL: not given */
	const char *hostname, *admin, *domain, *account, *bounces, *address, *user;
	bool yes, force, sandbox, live;
	/* as decided */
	char file[SETUP_TEXT], host[SETUP_TEXT], mailbox[SETUP_TEXT], sender[SETUP_TEXT];
	char bounce[SETUP_TEXT], source[SETUP_TEXT], owner[64];
	char state[SETUP_TEXT], key_file[SETUP_TEXT]; /* the old file's; empty: there is none */
	bool was_live; /* the old file's mode; without one it begins in the sandbox */
	bool written;  /* a configuration was written just now */
};

/* ---- setup_ask.c. 0 or the exit code after saying what is missing or wrong. */
int setup_ask(struct setup *s);
/* Is there the user that root is to become? 0 or 67, said. */
int setup_user(const struct setup *s, const char *name);
/* Can it be a sender domain, by its looks? 0 or 64, said. */
int setup_domain(const struct setup *s, const char *name);
/* ---- setup_config.c */
/* The text of a configuration. 0 or -E2BIG. */
int setup_config_text(const struct setup *s, struct buf *out);
/* Would the configuration take this value of a key? NULL, or why not in why. */
const char *setup_config_wrong(const char *key, const char *value, struct config_error *why);
/* What a new file keeps of the old one: state, master_key, user. 0 or the exit code, said. */
int setup_config_keep(struct setup *s);
/* Writes the file; one that is there goes to FILE.old(.N). 0 or the exit code, said. */
int setup_config_write(struct setup *s);
/* ---- setup_dns.c */
/* The domain's records and those of the machine: {"records":[{"name","type","value","why"}],
 * "zone":"…"}; a new reference. domain: a row of domains.*, or NULL. */
json_t *setup_dns(struct cli *c, const json_t *domain);
void setup_dns_put(const struct cli *c, const json_t *dns);

#endif
