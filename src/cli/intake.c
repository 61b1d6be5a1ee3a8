#include "cli/intake.h"

#include "base/text.h"
#include "io/file.h"
#include "io/random.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

static int
read_stdin(struct buf *b)
{
	for (;;) {
		char *at = buf_room(b, 65536);
		ssize_t n;

		if (!at)
			return -E2BIG;
		n = read(STDIN_FILENO, at, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		buf_added(b, (size_t)n);
	}
}

int
intake_read(const struct cli *c, const char *file, struct buf *b)
{
	bool standard = str_eq_z(str_z(file), "-");
	int err = standard ? read_stdin(b) : file_read(file, b);

	if (err == 0)
		return 0;
	return cli_fail(c, err == -EACCES ? EX_NOPERM : EX_NOINPUT,
		CLI_T(c, "%s cannot be read: %s", "%s est illisible : %s"),
		standard ? "standard input" : file,
		err == -E2BIG ? "it is too big" : strerror(-err));
}

int
intake_crlf(struct buf *out, struct str text, bool dot)
{
	while (text.n > 0) {
		size_t n = 0, skip;
		struct str line;

		while (n < text.n && text.p[n] != '\n' && text.p[n] != '\r')
			n++;
		line = str_head(text, n);
		skip = n + 1 < text.n && text.p[n] == '\r' && text.p[n + 1] == '\n' ? n + 2
		                                                                    : n + 1;
		if (dot && str_eq_z(line, "."))
			break;
		(void)buf_put(out, line);
		(void)buf_put_z(out, "\r\n");
		text = str_from(text, skip);
	}
	return out->full ? -E2BIG : 0;
}

const char *
intake_host(const struct cli *c, char dst[INTAKE_NAME_MAX])
{
	if (c->config && c->config->hostname.n > 0 &&
		str_copy_z(dst, INTAKE_NAME_MAX, c->config->hostname) == 0)
		return dst;
	if (gethostname(dst, INTAKE_NAME_MAX - 1) < 0 || dst[0] == '\0')
		snprintf(dst, INTAKE_NAME_MAX, "localhost");
	dst[INTAKE_NAME_MAX - 1] = '\0';
	return dst;
}

const char *
intake_sender(const struct cli *c, char dst[INTAKE_NAME_MAX])
{
	const struct passwd *pw = getpwuid(getuid());
	char host[INTAKE_NAME_MAX];

	snprintf(dst, INTAKE_NAME_MAX, "%.64s@%.250s", pw ? pw->pw_name : "nobody",
		intake_host(c, host));
	return dst;
}

const char *
intake_message_id(const struct cli *c, char dst[INTAKE_NAME_MAX])
{
	char host[INTAKE_NAME_MAX];
	uint8_t bytes[16];
	struct buf b;

	random_bytes(bytes, sizeof bytes);
	buf_init(&b, 64);
	(void)text_b32(&b, str_of(bytes, sizeof bytes));
	snprintf(dst, INTAKE_NAME_MAX, "<%.*s@%.250s>", STR_ARG(buf_str(&b)),
		intake_host(c, host));
	buf_done(&b);
	return dst;
}

/* ---- what became of it */

static int
exit_of(const struct reply *r)
{
	if (r->code / 100 == 4)
		return EX_TEMPFAIL;
	if (r->dsn.class == 5 && r->dsn.subject == 1)
		return EX_NOUSER;
	if (r->dsn.class == 5 && r->dsn.subject == 7)
		return EX_NOPERM;
	return EX_DATAERR;
}

static int
refusals(const struct cli *c, const struct smtp_out_mail *mail)
{
	int code = EX_OK;

	for (size_t i = 0; i < mail->n; i++) {
		const struct reply *r = &mail->rcpts[i].reply;
		struct buf b;

		if (r->code / 100 == 2)
			continue;
		buf_init(&b, 16384);
		(void)text_safe(&b, mail->rcpts[i].address);
		(void)buf_put_z(&b, ": ");
		(void)reply_safe(&b, r);
		fprintf(stderr, "%s %s: %.*s\n", c->program, c->command ? c->command : "",
			STR_ARG(buf_str(&b)));
		buf_done(&b);
		/* What will never go outweighs what may go later: the caller must know. */
		if (code == EX_OK || code == EX_TEMPFAIL)
			code = exit_of(r);
	}
	return code;
}

int
intake_verdict(const struct cli *c, const struct post_conf *to,
	const struct smtp_out_mail *mail, const struct post_result *r, int away)
{
	switch (r->end) {
	case POST_DONE:
		return refusals(c, mail);
	case POST_DENIED:
		return cli_fail(c, EX_NOPERM,
			CLI_T(c, "you may not use %s: %s", "vous n'avez pas accès à %s : %s"),
			to->socket, r->why);
	case POST_AWAY:
		if (to->socket)
			return cli_fail(c, away,
				CLI_T(c,
					"the service is not running (no answer at %s); start "
					"it with: facteur serve, or try: facteur demo",
					"le service ne tourne pas (pas de réponse sur %s) ; "
					"démarrez-le avec : facteur serve, ou essayez : "
					"facteur demo"),
				to->socket);
		return cli_fail(c, away,
			CLI_T(c, "no connection to %s port %u: %s",
				"pas de connexion à %s port %u : %s"),
			to->host, to->port, r->why);
	case POST_FAILED:
		break;
	}
	return cli_fail(c,
		r->code / 100 == 5 ? (r->code == 535 ? EX_NOPERM : EX_DATAERR) : EX_TEMPFAIL,
		CLI_T(c, "not sent: %s", "non envoyé : %s"), r->why);
}
