/*
 * The sendmail command of old: `facteur sendmail`, or called as sendmail, mailq, newaliases.
 * Whatever the service does by itself is accepted silently, so that scripts, cron and PHP work
 * unchanged. Hands the message to the local submission socket; 75 when nobody is there, and the
 * caller keeps the message.
 */
#include "base/mem.h"
#include "base/text.h"
#include "cli/intake.h"
#include "io/net.h"
#include "wire/address.h"
#include "wire/dsn.h"
#include "wire/header.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#define RCPTS_MAX 1000

/* With ':' an option has a value; the long list is Postfix's, so is taking them in clusters. */
#define OPTIONS "+A:B:C:F:GIL:N:O:R:UV:X:b:d:e:f:h:imno:p:r:q::tvx:"

struct sendmail {
	struct cli *c;
	struct arena arena;
	struct smtp_out_rcpt rcpts[RCPTS_MAX];
	size_t nrcpts;
	bool headers; /* -t: recipients are in the header */
	bool dots;    /* -i: a dot alone ends nothing */
	char mode;    /* of -b: m, s, p, v, i … */
	const char *sender, *name, *notify, *ret, *envid;
	char host[INTAKE_NAME_MAX], from[INTAKE_NAME_MAX];
	struct buf text, message;
	struct str bad; /* an address that is none */
};

/* ---- recipients */

static void
add_rcpt(void *ctx, struct address a)
{
	struct sendmail *s = ctx;

	for (size_t i = 0; i < s->nrcpts; i++)
		if (str_eq(s->rcpts[i].address, a.text))
			return;
	if (s->nrcpts < RCPTS_MAX)
		s->rcpts[s->nrcpts] =
			(struct smtp_out_rcpt){ .address = arena_str(&s->arena, a.text) };
	s->nrcpts++;
}

/* "root" is a user of this host. */
static bool
local_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && !memchr("._-+", s.p[i], 4))
			return false;
	return s.n > 0;
}

static void
add_list(struct sendmail *s, struct str list)
{
	struct str rest = list, one;
	struct address a;

	if (address_list(list, add_rcpt, s) == 0)
		return;
	/* Not a list as RFC 5322 knows it: names without a domain among the addresses. */
	while (rest.p) {
		one = str_trim_all(str_cut(&rest, ','));
		if (local_name(one)) {
			a = (struct address){ 0 };
			a.text = arena_printf(&s->arena, "%.*s@%s", STR_ARG(one), s->host);
			add_rcpt(s, a);
		} else if (one.n > 0 && address_list(one, add_rcpt, s) < 0) {
			s->bad = one;
		}
	}
}

static bool
is_rcpt_field(struct str name, bool resent)
{
	static const char *const plain[] = { "to", "cc", "bcc" };

	if (resent) {
		if (!str_istarts(name, STR_LIT("resent-")))
			return false;
		name = str_from(name, 7);
	}
	for (size_t i = 0; i < 3; i++)
		if (str_ieq_z(name, plain[i]))
			return true;
	return false;
}

/* To, Cc and Bcc; of a message sent on, their Resent- forms (RFC 5322 3.6.6). */
static void
rcpts_of_header(struct sendmail *s, struct str block)
{
	struct header_field f;
	struct str rest = block;
	bool resent = false;
	int got;

	/* Lines that are no field, such as mbox's "From ", are passed over. */
	while ((got = header_next(&rest, &f)) != 0)
		resent = resent || (got > 0 && is_rcpt_field(f.name, true));
	rest = block;
	while ((got = header_next(&rest, &f)) != 0)
		if (got > 0 && is_rcpt_field(f.name, resent))
			add_list(s, str_trim_all(f.value));
}

/* ---- the message */

/* A message without From gets one, as every sendmail gives it. */
static void
put_from(struct sendmail *s)
{
	const struct passwd *pw = getpwuid(getuid());
	struct str name = str_z(s->name), gecos = str_z(pw ? pw->pw_gecos : "");
	const char *address = s->from[0] ? s->from : "MAILER-DAEMON";

	if (name.n == 0)
		name = str_head(gecos, str_find(gecos, ','));
	if (name.n == 0 || !header_value_safe(name) || !text_is_ascii(name) ||
		str_find(name, '"') < name.n || str_find(name, '\\') < name.n)
		(void)buf_printf(&s->message, "From: %s\r\n", address);
	else
		(void)buf_printf(
			&s->message, "From: \"%.*s\" <%s>\r\n", STR_ARG(name), address);
}

static int
read_message(struct sendmail *s)
{
	struct header_facts h;
	struct str text;
	struct buf lines;
	int err = intake_read(s->c, "-", &s->text);

	if (err)
		return err;
	buf_init(&lines, 2 * INTAKE_MAX);
	if (intake_crlf(&lines, buf_str(&s->text), !s->dots) < 0)
		err = cli_fail(s->c, EX_DATAERR, "the message is too big");
	text = buf_str(&lines);
	if (memchr(text.p, '\0', text.n))
		err = cli_fail(s->c, EX_DATAERR,
			"the message holds NUL bytes, which mail cannot carry; encode it");
	header_scan(str_head(text, header_length(text)), &h);
	if (h.from == 0)
		put_from(s);
	if (h.headless) /* its first line would be read as a header */
		(void)buf_put_z(&s->message, "\r\n");
	(void)buf_put(&s->message, text);
	buf_done(&lines);
	if (!err && s->message.full)
		err = cli_fail(s->c, EX_DATAERR, "the message is too big");
	return err;
}

/* ---- modes */

static unsigned
notify_of(const char *text)
{
	struct str rest = str_z(text), one;
	unsigned bits = 0;

	if (!text)
		return 0;
	while (rest.p) {
		one = str_trim(str_cut(&rest, ','));
		bits |= str_ieq_z(one, "never")     ? DSN_NEVER
		        : str_ieq_z(one, "success") ? DSN_SUCCESS
		        : str_ieq_z(one, "failure") ? DSN_FAILURE
		        : str_ieq_z(one, "delay")   ? DSN_DELAY
		                                    : 0u;
	}
	return bits;
}

static int
submit(struct sendmail *s)
{
	const struct post_conf to = { .socket = s->c->paths.submit_sock,
		.hostname = str_z(s->host) };
	struct smtp_out_mail mail = { .from = str_z(s->from),
		.ret = !s->ret                            ? DSN_RET_NONE
		       : str_ieq_z(str_z(s->ret), "hdrs") ? DSN_RET_HDRS
		                                          : DSN_RET_FULL,
		.envid = str_z(s->envid),
		.rcpts = s->rcpts,
		.n = s->nrcpts };
	struct post_result r;

	for (size_t i = 0; i < s->nrcpts; i++)
		s->rcpts[i].notify = notify_of(s->notify);
	post_send(&to, &mail, buf_str(&s->message), &s->arena, &r);
	if (s->c->json && r.end == POST_DONE)
		(void)cli_json(
			s->c, json_pack("{s:s,s:i}", "id", r.id, "accepted", (int)r.accepted));
	return intake_verdict(s->c, &to, &mail, &r, EX_TEMPFAIL);
}

static int
set_sender(struct sendmail *s)
{
	struct str given = str_z(s->sender);

	if (!s->sender) {
		(void)intake_sender(s->c, s->from);
		return 0;
	}
	if (given.n >= 2 && given.p[0] == '<' && given.p[given.n - 1] == '>')
		given = str_of(given.p + 1, given.n - 2);
	if (local_name(given)) {
		snprintf(s->from, sizeof s->from, "%.*s@%s", STR_ARG(given), s->host);
		return 0;
	}
	struct address a;

	if (given.n > 0 && (address_mailbox(given, ADDRESS_UTF8_OK, &a) < 0 ||
				   str_copy_z(s->from, sizeof s->from, given) < 0))
		return cli_usage(s->c, "-f %s: this is no address", s->sender);
	return 0;
}

static int
gather(struct sendmail *s, int argc, char **argv, int from)
{
	int err = set_sender(s);

	if (err)
		return err;
	for (int i = from; i < argc; i++)
		add_list(s, str_z(argv[i]));
	if (s->mode != 'v')
		err = read_message(s);
	if (!err && s->headers)
		rcpts_of_header(
			s, str_head(buf_str(&s->message), header_length(buf_str(&s->message))));
	if (!err && s->bad.n > 0)
		err = cli_fail(s->c, EX_DATAERR, "\"%.*s\" is no address", STR_ARG(s->bad));
	if (!err && s->nrcpts > RCPTS_MAX)
		err = cli_fail(s->c, EX_DATAERR, "too many recipients: at most %d", RCPTS_MAX);
	if (!err && s->nrcpts == 0)
		err = cli_usage(s->c, "%s",
			s->headers ? "no recipients: the message has no To, Cc or Bcc"
				   : "no recipients: name them, or -t takes them from the "
				     "message");
	return err;
}

static int
verify(struct sendmail *s)
{
	for (size_t i = 0; i < s->nrcpts; i++) {
		printf("%.*s\n", STR_ARG(s->rcpts[i].address));
	}
	return EX_OK;
}

static bool
carry(int from, int to, bool *ret_end)
{
	char bytes[65536];
	ssize_t n = read(from, bytes, sizeof bytes);
	struct str s;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	*ret_end = n <= 0;
	for (s = str_of(bytes, n > 0 ? (size_t)n : 0); s.n > 0;) {
		n = write(to, s.p, s.n);
		if (n < 0 && errno != EINTR)
			return false;
		s = str_from(s, n > 0 ? (size_t)n : 0);
	}
	return true;
}

/* -bs: SMTP on standard input and output, spoken by the service. */
static int
smtp_here(struct sendmail *s)
{
	int fd = net_connect_unix(s->c->paths.submit_sock);
	struct pollfd p[2] = { { STDIN_FILENO, POLLIN, 0 }, { fd, POLLIN, 0 } };
	bool end = false;

	if (fd < 0)
		return cli_fail(s->c, EX_TEMPFAIL, "the service is not running (%s): %s",
			s->c->paths.submit_sock, strerror(-fd));
	while (!end) {
		bool quiet = false;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[0].revents && !carry(STDIN_FILENO, fd, &quiet))
			break;
		if (quiet) { /* answers may still come */
			p[0].fd = -1;
			(void)shutdown(fd, SHUT_WR);
		}
		if (p[1].revents && !carry(fd, STDOUT_FILENO, &end))
			break;
	}
	close(fd);
	return EX_OK;
}

static int
run_mode(struct sendmail *s, int argc, char **argv, int from)
{
	char *list[] = { (char[]){ "queue" }, (char[]){ "list" }, NULL };
	int err;

	switch (s->mode) {
	case 'p':
		s->c->command = "queue";
		return cli_queue(s->c, 2, list);
	case 'i': /* newaliases: there are no aliases */
	case 'q': /* the service looks at its queue by itself */
		return EX_OK;
	case 's':
		return smtp_here(s);
	case 'm':
	case 'v':
		err = gather(s, argc, argv, from);
		if (err)
			return err;
		return s->mode == 'v' ? verify(s) : submit(s);
	case 'd':
	case 'D':
	case 'l':
		return cli_usage(
			s->c, "-b%c: the service is started with: facteur serve", s->mode);
	default:
		return cli_usage(
			s->c, "-b%c is not known; there is -bm -bs -bp -bv -bi", s->mode);
	}
}

/* -o and its one letter: only i matters (-oi: a dot alone ends nothing). */
static void
old_option(struct sendmail *s, const char *value)
{
	if (value[0] == 'i')
		s->dots = true;
	else if (value[0] == 't')
		s->headers = true;
}

/* 0, or 64. */
static int
one_option(struct sendmail *s, int letter, const char *value)
{
	switch (letter) {
	case 't':
		s->headers = true;
		break;
	case 'i':
		s->dots = true;
		break;
	case 'o':
		old_option(s, value);
		break;
	case 'f':
	case 'r':
		s->sender = value;
		break;
	case 'F':
		s->name = value;
		break;
	case 'b':
		s->mode = value[0];
		break;
	case 'I':
		s->mode = 'i';
		break;
	case 'q':
		s->mode = s->mode == 'm' ? 'q' : s->mode;
		break;
	case 'N':
		s->notify = value;
		break;
	case 'R':
		s->ret = value;
		break;
	case 'V':
		s->envid = value;
		break;
	case '?':
		return cli_usage(s->c, "unknown option -%c", optopt);
	default: /* A B C G L O U X d e h m n p v x: the service's own business */
		break;
	}
	return 0;
}

static int
run(struct cli *c, int argc, char **argv, char mode)
{
	struct sendmail *s = MEM_NEW(s);
	int letter, err;

	s->c = c;
	s->mode = mode;
	arena_init(&s->arena, 4u << 20);
	buf_init(&s->text, INTAKE_MAX);
	buf_init(&s->message, 2 * INTAKE_MAX);
	opterr = 0;
	err = cli_config(c);
	(void)intake_host(c, s->host);
	while (!err && (letter = getopt(argc, argv, OPTIONS)) != -1)
		err = one_option(s, letter, optarg);
	if (!err)
		err = run_mode(s, argc, argv, optind);
	buf_done(&s->text);
	buf_done(&s->message);
	arena_done(&s->arena);
	mem_free(s);
	return err;
}

int
cli_sendmail(struct cli *c, int argc, char **argv)
{
	return run(c, argc, argv, 'm');
}

int
cli_sendmail_called(struct cli *c, int argc, char **argv)
{
	struct str name = str_z(argc > 0 ? argv[0] : "");
	size_t slash = str_rfind(name, '/');

	name = slash < name.n ? str_from(name, slash + 1) : name;
	c->program = name.p;
	if (str_eq_z(name, "newaliases"))
		return EX_OK;
	return run(c, argc, argv, str_eq_z(name, "mailq") ? 'p' : 'm');
}
