/* The demo's guide: what a new user sees. */
#include "base/mem.h"
#include "base/text.h"
#include "base/utc.h"
#include "cli/demo_traffic.h"
#include "cli/intake.h"
#include "content/compose.h"
#include "io/file.h"
#include "report/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WAIT_S    20
#define POLL_US   50000u
#define KEY       "fk_test_demo"
#define SECRET    "fs_test_demo"
#define STORY_MAX (1u << 20)

/* ---- what is where */

static void
heading(const struct demo *d, const char *text)
{
	putchar('\n');
	cli_colour(d->c, "1", text);
	putchar('\n');
}

static void
greet(const struct demo *d)
{
	struct cli *c = d->c;

	cli_colour(c, "1", "Facteur " FACTEUR_VERSION);
	printf(CLI_T(c, " · demo mode · nothing leaves this machine\n\n",
		" · mode démo · rien ne sort de cette machine\n\n"));
	printf(CLI_T(c,
		       "  SMTP      127.0.0.1:%-5u    any user, any password, or none; no "
		       "TLS\n"
		       "            127.0.0.1:%-5u    the same with STARTTLS, by a "
		       "certificate of its own\n",
		       "  SMTP      127.0.0.1:%-5u    tout utilisateur, tout mot de passe, "
		       "ou rien ; sans TLS\n"
		       "            127.0.0.1:%-5u    de même avec STARTTLS, par un "
		       "certificat à lui\n"),
		d->smtp, d->starttls);
	printf(CLI_T(c, "            key " KEY "   secret " SECRET "\n",
		"            clé " KEY "   secret " SECRET "\n"));
	printf(CLI_T(c,
		       "  HTTP      http://127.0.0.1:%u/docs/api   Mailjet's, SendGrid's, "
		       "Postmark's SDKs too\n",
		       "  HTTP      http://127.0.0.1:%u/docs/api   et les SDK de Mailjet, "
		       "SendGrid, "
		       "Postmark\n"),
		d->http);
	printf(CLI_T(c, "  Console   %s\n            signed in, once, within 15 minutes\n",
		       "  Console   %s\n            déjà connecté, une fois, dans les 15 "
		       "minutes\n"),
		d->link);
	printf(CLI_T(c, "  Health    http://127.0.0.1:%u/readyz   and /livez, /metrics\n",
		       "  Santé     http://127.0.0.1:%u/readyz   et /livez, /metrics\n"),
		d->http);
	printf(CLI_T(c,
		       "  Sink      127.0.0.1:%-5u    every delivery ends here: %s sink list\n",
		       "  Puits     127.0.0.1:%-5u    tout y arrive : %s sink list\n"),
		d->sink_port, c->typed);
	if (d->keep)
		printf(CLI_T(c, "  Data      %s, kept\n", "  Données   %s, conservées\n"),
			d->state);
	else
		printf(CLI_T(c, "  Data      %s, removed on exit  (--keep DIR to keep it)\n",
			       "  Données   %s, effacées à la fin  (--keep DIR les garde)\n"),
			d->state);
	fflush(stdout);
}

static void
suggest(const struct demo *d)
{
	const struct cli *c = d->c;

	heading(d,
		CLI_T(c, "Try it, in another terminal:", "Essayez, dans un autre terminal :"));
	printf("  %s send --to you@example.org --subject \"Bonjour\" --text \"1, 2, 3\"\n"
	       "  %s send --to hardbounce@example.org     "
	       "%s softbounce full toolarge blocked greylist slow drop indoubt late complaint\n"
	       "  %s trace hardbounce@example.org\n"
	       "  %s queue list\n"
	       "  %s sink list\n",
		c->typed, c->typed, CLI_T(c, "or", "ou"), c->typed, c->typed, c->typed);
	printf("  printf 'Subject: Bonjour\\r\\n\\r\\n1, 2, 3\\r\\n' | curl "
	       "smtp://127.0.0.1:%u \\\n"
	       "       --mail-from a@demo.test --mail-rcpt b@example.org --upload-file -\n"
	       "  curl http://127.0.0.1:%u/v1/messages --user " KEY ":" SECRET " -d '{\n"
	       "       \"from\": \"a@demo.test\", \"to\": \"b@example.org\", \"subject\": "
	       "\"Bonjour\", \"text\": \"1, 2, 3\" }'\n",
		d->smtp, d->http);
	heading(d, CLI_T(c, "Waiting for mail.  Ctrl-C stops.",
			   "En attente de courrier.  Ctrl-C arrête."));
	fflush(stdout);
}

/* ---- one message by SMTP submission, with AUTH */

struct sent {
	char id[64];
};

static int
compose(const struct demo *d, struct buf *out)
{
	char id[INTAKE_NAME_MAX], seed[] = "demo";
	const char *why = "";
	struct clock clock;

	clock_real(&clock);
	const struct compose m = {
		.from = STR_LIT("Shop <orders@demo.test>"),
		.to = STR_LIT("Ann <ann@example.org>"),
		.subject = str_z(CLI_T(d->c, "Your order 1001", "Votre commande 1001")),
		.text = str_z(CLI_T(d->c, "Thank you! It leaves tomorrow.\n",
			"Merci ! Elle part demain.\n")),
		.message_id = str_z(intake_message_id(d->c, id)),
		.date = clock_wall(&clock),
		.seed = str_z(seed),
	};

	return compose_write(out, &m, &why);
}

/* An edge listens before it has heard of the engine: until then it greets with 421. */
static void
post_when_started(const struct post_conf *to, struct smtp_out_mail *mail, struct str message,
	struct arena *arena, struct post_result *ret_r)
{
	struct clock clock;
	uint64_t until;

	clock_real(&clock);
	until = clock_mono(&clock) + WAIT_S * UINT64_C(1000000);
	for (;;) {
		post_send(to, mail, message, arena, ret_r);
		if (ret_r->end != POST_FAILED || ret_r->code != 421 ||
			clock_mono(&clock) >= until)
			return;
		usleep(POLL_US);
	}
}

static int
by_smtp(const struct demo *d, struct sent *ret_s)
{
	const struct post_conf to = { .host = "127.0.0.1",
		.port = d->starttls,
		.tls = SMTP_OUT_TLS_MUST,
		.user = STR_LIT(KEY),
		.secret = STR_LIT(SECRET),
		.hostname = STR_LIT("shop.demo.test") };
	struct smtp_out_rcpt rcpt = { .address = STR_LIT("ann@example.org") };
	struct smtp_out_mail mail = {
		.from = STR_LIT("orders@demo.test"), .rcpts = &rcpt, .n = 1
	};
	struct post_result r;
	struct arena arena;
	struct buf b;
	int err;

	buf_init(&b, 65536);
	arena_init(&arena, 65536);
	err = compose(d, &b);
	if (err == 0) {
		post_when_started(&to, &mail, buf_str(&b), &arena, &r);
		err = intake_verdict(d->c, &to, &mail, &r, EX_UNAVAILABLE);
		snprintf(ret_s->id, sizeof ret_s->id, "%s", r.id);
	}
	buf_done(&b);
	arena_done(&arena);
	return err;
}

/* ---- their stories */

/* The recipients' stories of a message; NULL while there is none. New reference. */
static json_t *
stories(const struct demo *d, const char *what, int limit)
{
	json_t *body = json_pack("{s:s,s:i}", "what", what, "limit", limit), *answer = NULL;
	int status = client_call(d->c->paths.control_sock, "trace", body, &answer);

	json_decref(body);
	if (status == 200 && json_array_size(json_object_get(answer, "recipients")) > 0)
		return answer;
	json_decref(answer);
	return NULL;
}

static bool
all_delivered(const json_t *answer)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "recipients"), i,
		one) if (!str_eq_z(str_z(cli_text(one, "state")), "delivered")) return false;
	return true;
}

static void
put_stories(const struct demo *d, const json_t *answer)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "recipients"), i, one)
	{
		struct buf b;

		buf_init(&b, STORY_MAX);
		(void)trace_text(&b, one, d->c->french, d->c->colour);
		(void)fwrite(buf_str(&b).p, 1, b.n, stdout);
		buf_done(&b);
	}
	fflush(stdout);
}

/* Waits until the message is delivered and tells its story: 0, or 1 when it was not. */
static int
tell(const struct demo *d, const char *what)
{
	struct clock clock;
	uint64_t until;
	json_t *answer;
	bool ok = false;

	clock_real(&clock);
	until = clock_mono(&clock) + WAIT_S * UINT64_C(1000000);
	for (;;) {
		answer = stories(d, what, 10);
		ok = answer && all_delivered(answer);
		if (ok || clock_mono(&clock) >= until)
			break;
		json_decref(answer);
		usleep(POLL_US);
	}
	if (answer)
		put_stories(d, answer);
	json_decref(answer);
	if (!ok)
		printf(CLI_T(d->c, "It was not delivered within %d seconds.\n",
			       "Il n'a pas été remis en %d secondes.\n"),
			WAIT_S);
	fflush(stdout);
	return ok ? 0 : 1;
}

static int
first(const struct demo *d)
{
	struct sent s = { "" };

	heading(d, CLI_T(d->c, "1. A shop sends by SMTP: STARTTLS, AUTH with the key above",
			   "1. Une boutique envoie par SMTP : STARTTLS, AUTH avec la clé "
			   "ci-dessus"));
	fflush(stdout);
	if (by_smtp(d, &s) != 0)
		return 1;
	return tell(d, s.id);
}

static int
second(const struct demo *d)
{
	char *argv[] = { (char[]){ "send" }, (char[]){ "--from" }, (char[]){ "you@demo.test" },
		(char[]){ "--to" }, (char[]){ "bob@example.org" }, (char[]){ "--subject" },
		(char[]){ "Bonjour" }, (char[]){ "--text" }, (char[]){ "1, 2, 3" }, NULL };
	int code;

	heading(d, "2. facteur send --from you@demo.test --to bob@example.org "
		   "--subject \"Bonjour\" --text \"1, 2, 3\"");
	d->c->command = "send";
	code = cli_send(d->c, 9, argv);
	fflush(stdout);
	d->c->command = "demo";
	return code ? 1 : tell(d, "bob@example.org");
}

/* A day's mail, and (once) some of its stories. */
static int
third(struct demo *d)
{
	char address[200];
	int failed;

	heading(d,
		CLI_T(d->c,
			"3. A shop's day of mail within 20 seconds: it is sent now, and every "
			"time in it is true",
			"3. La journée d'une boutique en moins de 20 secondes : tout part "
			"maintenant, chaque heure est vraie"));
	fflush(stdout);
	failed = demo_traffic(d);
	for (size_t i = 0; d->once && demo_traffic_trace(i, address, sizeof address); i++) {
		json_t *answer = stories(d, address, 1);

		putchar('\n');
		put_stories(d, answer);
		json_decref(answer);
	}
	return failed;
}

/* ---- reading out what happens */

/* The value of key in a logfmt line, quotes and escapes taken off. */
static bool
value_of(struct str line, const char *key, char *dst, size_t size)
{
	char needle[40];
	struct str v;
	size_t at, n = 0;

	snprintf(needle, sizeof needle, " %s=", key);
	at = str_find_str(line, str_z(needle));
	dst[0] = '\0';
	if (at == line.n)
		return false;
	v = str_from(line, at + strlen(needle));
	if (v.n > 0 && v.p[0] == '"') {
		for (size_t i = 1; i < v.n && v.p[i] != '"' && n + 1 < size; i++) {
			if (v.p[i] == '\\' && i + 1 < v.n)
				i++;
			dst[n++] = v.p[i];
		}
	} else {
		for (size_t i = 0; i < v.n && v.p[i] != ' ' && n + 1 < size; i++)
			dst[n++] = v.p[i];
	}
	dst[n] = '\0';
	return true;
}

static const char *
colour_of(const char *event)
{
	struct str e = str_z(event);

	return str_eq_z(e, "delivered")                             ? "32"
	       : str_eq_z(e, "accepted")                            ? "0"
	       : str_eq_z(e, "deferred") || str_eq_z(e, "in_doubt") ? "33"
	                                                            : "31";
}

static void
read_out(const struct demo *d, struct str line, const char *since)
{
	char event[40], id[40], from[300], to[300], reply[300], took[40], when[CLI_TIME_SIZE];
	char at[40] = "";
	bool sender;

	if (!value_of(line, "event", event, sizeof event) ||
		!value_of(line, "id", id, sizeof id))
		return;
	sender = value_of(line, "from", from, sizeof from);
	(void)value_of(line, "to", to, sizeof to);
	(void)value_of(line, "reply", reply, sizeof reply);
	(void)value_of(line, "took_ms", took, sizeof took);
	if (str_starts(line, STR_LIT("time=")))
		(void)str_copy_z(at, sizeof at, str_head(str_from(line, 5), 24));
	if (str_cmp(str_z(at), str_z(since)) < 0)
		return;
	(void)cli_local(when, at);
	printf("%s ", strlen(when) > 11 ? when + 11 : when);
	cli_colour(d->c, colour_of(event), event);
	printf("%*s %-8s ", (int)(strlen(event) < 9 ? 9 - strlen(event) : 0), "", id);
	if (sender)
		printf("%s → ", from[0] ? from : "<>");
	printf("%s", to);
	if (reply[0])
		printf("   %s", reply);
	if (took[0])
		printf("   %s ms", took);
	putchar('\n');
	fflush(stdout);
}

static void
follow(const struct demo *d)
{
	char path[640], since[UTC_TEXT_SIZE];
	struct clock clock;
	struct buf b;
	uint64_t at = 0;
	int fd = -1;

	/* The log is written with a delay: the two messages of before were told. */
	clock_real(&clock);
	(void)utc_rfc3339(since, clock_wall(&clock));

	snprintf(path, sizeof path, "%s/mail.log", d->c->paths.log);
	buf_init(&b, 4u << 20);
	for (;;) {
		char *room = buf_room(&b, 65536);
		long n = 0;
		size_t end;

		if (fd < 0)
			fd = file_open(path, O_RDONLY, 0);
		if (fd >= 0 && room)
			n = file_pread(fd, room, 65536, at);
		if (n > 0) {
			buf_added(&b, (size_t)n);
			at += (uint64_t)n;
		}
		while ((end = str_find(buf_str(&b), '\n')) < b.n) {
			read_out(d, str_head(buf_str(&b), end), since);
			buf_eat(&b, end + 1);
		}
		if (n <= 0)
			usleep(200000);
	}
}

int
demo_guide(struct demo *d)
{
	int failed;

	greet(d);
	failed = first(d);
	failed = second(d) || failed;
	if (d->traffic)
		failed = third(d) || failed;
	if (d->once || failed)
		return failed ? EX_SOFTWARE : EX_OK;
	suggest(d);
	follow(d);
	return EX_OK;
}
