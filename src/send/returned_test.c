/*
 * Samples of tests/corpus/returns: NAME.eml is a mail (LF lines; CRLF is made here), NAME.want
 * what is read from it. The first line of NAME.want says how it came: "mail: SENDER AT".
 */
#include "send/returned.h"

#include "base/buf.h"
#include "base/test.h"

#define SAMPLES_MIN 100u
#define FILE_MAX    65536u

static void
samples_path(char dst[512], const char *file)
{
	const char *root = getenv("FACTEUR_SOURCE");

	snprintf(dst, 512, "%s/tests/corpus/returns/%s", root ? root : ".", file);
}

static void
read_file(struct buf *b, const char *file)
{
	char path[512], *room;
	ssize_t n;
	int fd;

	samples_path(path, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	buf_init(b, FILE_MAX);
	room = buf_room(b, FILE_MAX);
	n = fd < 0 || !room ? -1 : read(fd, room, FILE_MAX);
	if (n < 0)
		fail_msg("%s cannot be read", path);
	buf_added(b, (size_t)n);
	close(fd);
}

static void
to_crlf(struct buf *dst, struct str s)
{
	buf_init(dst, FILE_MAX * 2);
	while (s.n > 0) {
		size_t n = str_find(s, '\n');

		buf_put(dst, str_head(s, n));
		if (n < s.n)
			buf_put_z(dst, "\r\n");
		s = str_from(s, n + 1);
	}
}

/* ---- facts as text ---- */

static void
put(struct buf *b, const char *name, struct str value)
{
	if (value.n > 0)
		buf_printf(b, " %s=%.*s", name, STR_ARG(value));
}

static void
put_recipient(struct buf *b, const struct dsn_in_recipient *to, const struct verdict *v)
{
	static const char *const actions[] = { "none", "failed", "delayed", "delivered",
		"relayed", "expanded" };

	buf_printf(b, "%s %.*s %u %u.%u.%u", actions[to->action], STR_ARG(to->address),
		to->reply.code, to->reply.dsn.class, to->reply.dsn.subject,
		to->reply.dsn.detail);
	put(b, "original", to->original);
	put(b, "mta", to->remote_mta);
	buf_put_z(b, "\n");
	if (to->diagnostic.n > 0)
		buf_printf(b, "  diagnostic %.*s\n", STR_ARG(to->diagnostic));
	if (to->reply.text.n > 0 && !str_eq(to->reply.text, to->diagnostic))
		buf_printf(b, "  said %.*s\n", STR_ARG(to->reply.text));
	if (v->en)
		buf_printf(b, "  %s %s%s: %s\n", bounce_class_name(v->class),
			blame_name(v->blame), v->permanent ? " permanent" : "", v->en);
}

static void
put_facts(struct buf *b, const struct returned *r)
{
	static const char *const forms[] = { "", " report", " text" };
	static const char *const complaints[] = { "", "report", "jmrp", "spamcop" };

	buf_printf(b, "%s%s\n", returned_kind_name(r->kind), forms[r->bounce.form]);
	if (r->auto_reply)
		buf_printf(b, "automatic %s\n", auto_reply_name(r->auto_reply));
	for (size_t i = 0; i < r->bounce.n; i++)
		put_recipient(b, &r->bounce.recipients[i], &r->verdicts[i]);
	if (r->complaint.form) {
		buf_printf(b, "complaint %s %s", complaints[r->complaint.form],
			arf_type_name(r->complaint.type));
		put(b, "by", r->complaint.user_agent);
		put(b, "from", r->complaint.mail_from);
		for (size_t i = 0; i < r->complaint.n; i++)
			put(b, "to", r->complaint.rcpts[i]);
		put(b, "ip", r->complaint.source_ip);
		put(b, "domain", r->complaint.domain);
		buf_printf(b, " x%u\n", r->complaint.incidents);
	}
	if (r->original.text.n > 0) {
		buf_put_z(b, "original");
		put(b, "id", r->original.message_id);
		put(b, "to", r->original.to);
		buf_put_z(b, "\n");
	}
	for (size_t i = 0; i < r->n; i++)
		buf_printf(b, "candidate %s %.*s\n",
			returned_place_name(r->candidates[i].place),
			STR_ARG(r->candidates[i].text));
}

/* "mail: <> return-path". */
static struct returned_mail
mail_of(struct str line, struct str bytes)
{
	struct returned_mail m = { .bytes = bytes };

	m.null_sender = str_find_str(line, STR_LIT(" <> ")) < line.n;
	m.at = str_ends(line, STR_LIT(" complaints"))    ? RETURNED_AT_COMPLAINTS
	       : str_ends(line, STR_LIT(" unsubscribe")) ? RETURNED_AT_UNSUBSCRIBE
	                                                 : RETURNED_AT_RETURN_PATH;
	return m;
}

/* The facts of a sample, behind the line that says how it came. */
static void
facts_of(struct buf *facts, const char *name, struct str want)
{
	struct str line = str_head(want, str_find(want, '\n'));
	struct returned *r = calloc(1, sizeof *r);
	struct returned_mail mail;
	struct buf file, crlf;
	char path[256];
	struct arena a;

	snprintf(path, sizeof path, "%s.eml", name);
	read_file(&file, path);
	to_crlf(&crlf, buf_str(&file));
	arena_init(&a, RETURNED_ARENA);
	mail = mail_of(line, buf_str(&crlf));
	returned_read(&a, &mail, r);
	buf_printf(facts, "%.*s\n", STR_ARG(line));
	put_facts(facts, r);
	arena_done(&a);
	buf_done(&crlf);
	buf_done(&file);
	free(r);
}

static void
check_sample(const char *name)
{
	struct buf want, got;
	char path[256];

	test_row = name;
	snprintf(path, sizeof path, "%s.want", name);
	read_file(&want, path);
	buf_init(&got, FILE_MAX);
	facts_of(&got, name, buf_str(&want));
	assert_str_eq(buf_str(&got), buf_str(&want));
	buf_done(&got);
	buf_done(&want);
	test_row = NULL;
}

static void
test_samples(void **state)
{
	char path[512], name[256];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	(void)state;
	samples_path(path, ".");
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		struct str file = str_z(e->d_name);

		if (!str_ends(file, STR_LIT(".eml")))
			continue;
		assert_int_equal(str_copy_z(name, sizeof name, str_head(file, file.n - 4)), 0);
		check_sample(name);
		n++;
	}
	closedir(dir);
	assert_true(n >= SAMPLES_MIN);
}

/* ---- candidates ---- */

#define TOKEN "aei7q2w4e6r5t7y3u2i4o6p5a7s3d2f4g6h5j7k3l2z4x6c5v7"
#define LONG  "AAAAAAAAAAbbbbbbbbbb--------__________0123456789-_AbCdEfGhIjKlMnOp"

static const struct {
	const char *name, *text, *want;
} texts[] = {
	{ "alone", TOKEN, "text:" TOKEN " " },
	{ "in an address", "<b-" TOKEN "@x.example>", "text:" TOKEN " " },
	{ "upper case, twice", "A" TOKEN " " TOKEN "=" TOKEN,
		"text:A" TOKEN " text:" TOKEN " " },
	{ "a digit that base32 lacks", TOKEN "1", "" },
	{ "too short", "abcdefghijklmnopqrstuvwxyzabcdefghijklm", "" },
	{ "a link", "see https://t.example/c/" LONG "?x", "text:" LONG " " },
	{ "below a path", "https://t.example/tr/cl/" LONG "\r\n", "text:" LONG " " },
	{ "another link", "https://t.example/click/" LONG, "" },
	{ "no digits at all behind /c/", "https://t.example/c/short", "" },
};

static void
test_candidates(void **state)
{
	(void)state;
	TEST_EACH(row, texts)
	{
		struct returned *r = calloc(1, sizeof *r);
		struct returned_mail mail = { .at = RETURNED_AT_RETURN_PATH };
		struct buf b, got;
		struct arena a;

		arena_init(&a, RETURNED_ARENA);
		buf_init(&b, FILE_MAX);
		buf_init(&got, FILE_MAX);
		buf_printf(&b, "From: x@y.example\r\n\r\n%s\r\n", row->text);
		mail.bytes = buf_str(&b);
		returned_read(&a, &mail, r);
		for (size_t i = 0; i < r->n; i++)
			buf_printf(&got, "%s:%.*s ",
				returned_place_name(r->candidates[i].place),
				STR_ARG(r->candidates[i].text));
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		buf_done(&b);
		arena_done(&a);
		free(r);
	}
}

/* A flood of links leaves room for what other places say. */
static void
test_flood(void **state)
{
	struct returned *r = calloc(1, sizeof *r);
	struct returned_mail mail = { .at = RETURNED_AT_RETURN_PATH };
	struct arena a;
	struct buf b;

	(void)state;
	arena_init(&a, RETURNED_ARENA);
	buf_init(&b, FILE_MAX);
	buf_put_z(&b,
		"From: x@y.example\r\nTo: b-" TOKEN "@x.example\r\nDKIM-Signature: b=A" TOKEN
		"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n");
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&b, "https://t.example/c/" LONG "%u\r\n", i);
	mail.bytes = buf_str(&b);
	returned_read(&a, &mail, r);
	assert_int_equal(r->n, 9);
	assert_str(r->candidates[8].text, TOKEN);
	buf_done(&b);
	arena_done(&a);
	free(r);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(returned_kind_name(RETURNED_AUTO_REPLY), "auto-reply");
	assert_string_equal(returned_kind_name(RETURNED_KINDS), "other");
	assert_string_equal(returned_place_name(RETURNED_IN_PATH), "path");
	assert_string_equal(returned_place_name(RETURNED_PLACES), "text");
}

TEST_MAIN(TEST(test_samples), TEST(test_candidates), TEST(test_flood), TEST(test_names))
