/*
 * Laws: xtext decodes to what was encoded, and what decodes encodes to something that decodes
 * to the same; a report made of any bytes has exactly the lines and fields it should have.
 */
#include "base/must.h"
#include "base/text.h"
#include "wire/dsn.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
law_xtext(struct str in)
{
	struct buf a, b;

	buf_init(&a, 4u << 20);
	buf_init(&b, 4u << 20);
	must(xtext_encode(&a, in) == 0);
	for (size_t i = 0; i < a.n; i++)
		must(a.p[i] > 0x20 && a.p[i] < 0x7f && a.p[i] != '=');
	must(xtext_decode(&b, buf_str(&a)) == 0);
	must(str_eq(buf_str(&b), in));
	buf_clear(&a);
	buf_clear(&b);
	if (xtext_decode(&a, in) == 0) {
		struct buf c;

		buf_init(&c, 4u << 20);
		must(xtext_encode(&b, buf_str(&a)) == 0);
		must(xtext_decode(&c, buf_str(&b)) == 0);
		must(str_eq(buf_str(&c), buf_str(&a)));
		buf_done(&c);
	}
	buf_done(&a);
	buf_done(&b);
}

/* Takes one field (with its folded lines) from *rest; false at the empty line. */
static bool
next_field(struct str *rest)
{
	struct str line;
	size_t end = str_find_str(*rest, STR_LIT("\r\n"));

	if (end == 0)
		return false;
	line = str_head(*rest, end);
	must(str_find(line, ':') < str_find(line, ' '));
	do {
		*rest = str_from(*rest, end + 2);
		end = str_find_str(*rest, STR_LIT("\r\n"));
	} while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'));
	return true;
}

static unsigned
fields(struct str *rest)
{
	unsigned n = 0;

	while (next_field(rest))
		n++;
	*rest = str_from(*rest, 2);
	return n;
}

static void
check_lines(struct str s)
{
	while (s.n) {
		size_t end = str_find_str(s, STR_LIT("\r\n"));
		struct str line = str_head(s, end);

		must(end < s.n && end <= 998);
		must(str_find(line, '\r') == line.n && str_find(line, '\n') == line.n);
		must(str_find(line, '\0') == line.n);
		s = str_from(s, end + 2);
	}
}

static struct str
behind(struct str s, const char *mark)
{
	size_t at = str_find_str(s, str_z(mark));

	must(at < s.n);
	return str_from(s, at + strlen(mark));
}

static void
law_report(struct str a, struct str b, unsigned kind)
{
	struct dsn_recipient to = { .address = a,
		.orcpt = b,
		.action = 1 + kind % 5,
		.status = { 5, 1, 1 },
		.reply = { .code = 550, .text = a },
		.remote_mta = b,
		.sentence = a,
		.sentence_fr = b,
		.last_attempt = 1 };
	struct dsn_report r = { .hostname = b,
		.message_id = a,
		.to = b,
		.envid = a,
		.boundary = STR_LIT("0"),
		.recipients = &to,
		.n = 1,
		.original = a,
		.full = kind & 8,
		.french = kind & 16 };
	struct buf out;
	struct str rest;
	bool eight;

	buf_init(&out, 4u << 20);
	if (dsn_write(&out, &r, &eight) == 0) {
		check_lines(buf_str(&out));
		rest = buf_str(&out);
		must(fields(&rest) == 8);
		rest = behind(rest, "delivery-status\r\nContent-Transfer-Encoding: ");
		rest = str_from(rest, 8);
		must(fields(&rest) == (a.n ? 3u : 2u));
		/* Final-Recipient, Action, Status, Diagnostic-Code, Last-Attempt-Date. */
		must(fields(&rest) ==
			5u + (b.n > 0) + (str_find(b, ';') < b.n && b.p[0] != ';'));
		must(str_starts(rest, STR_LIT("--report0")));
	}
	buf_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = str_of(p, n);
	size_t half;
	unsigned bits;

	law_xtext(in);
	if (dsn_notify_parse(in, &bits) == 0)
		must(bits && (!(bits & DSN_NEVER) || bits == DSN_NEVER));
	if (n < 2)
		return 0;
	half = (n - 1) * p[0] / 256;
	law_report(str_head(str_from(in, 1), half), str_from(in, 1 + half), p[n - 1]);
	return 0;
}
