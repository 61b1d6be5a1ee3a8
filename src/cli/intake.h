/*
 * What `send`, `sendmail` and `demo` share: reading standard input and files, line ends, who
 * and where we are, and saying what a server answered.
 */
#ifndef CLI_INTAKE_H
#define CLI_INTAKE_H

#include "cli/cli.h"
#include "cli/post.h"

#define INTAKE_MAX (128u << 20)

/* A file, or standard input for "-", to its end: 0 or an exit code after saying why. */
int intake_read(const struct cli *c, const char *file, struct buf *b);
/* Appends text with every line end (CRLF, LF, CR) as CRLF and one at the end. dot: a line that
 * is a dot alone ends it. 0 or -E2BIG. */
int intake_crlf(struct buf *out, struct str text, bool dot);

#define INTAKE_NAME_MAX 320
/* The host's name for addresses and EHLO: of the configuration, else of the machine. */
const char *intake_host(const struct cli *c, char dst[INTAKE_NAME_MAX]);
/* user@host of who runs this. */
const char *intake_sender(const struct cli *c, char dst[INTAKE_NAME_MAX]);
/* "<random@host>" */
const char *intake_message_id(const struct cli *c, char dst[INTAKE_NAME_MAX]);

/* Says on stderr why a message did not go (nothing when all went). The exit code: 0; 75 later;
 * 67 an unknown user; 77 not allowed; 65 refused otherwise; 69 (away: `away`). */
int intake_verdict(const struct cli *c, const struct post_conf *to,
	const struct smtp_out_mail *mail, const struct post_result *r, int away);

#endif
