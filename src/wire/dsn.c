#include "wire/dsn.h"

#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"
#include "wire/dsn_text.h"

#include <errno.h>

#define BOUNDARY_MAX   60  /* RFC 2046 5.1.1 allows 70 */
#define VALUE_MAX      800 /* of a field on one line: RFC 5322 2.1.1 allows 998 */
#define LINE_MAX_BYTES 998

static const char hex_upper[] = "0123456789ABCDEF";

static int
hex_value(char c)
{
	if (ascii_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
xtext_encode(struct buf *b, struct str s)
{
	size_t start = b->n;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		char hex[3] = { '+', hex_upper[c >> 4], hex_upper[c & 15] };
		bool plain = c >= 33 && c <= 126 && c != '+' && c != '=';

		if (buf_put(b, plain ? str_of(s.p + i, 1) : str_of(hex, 3)) < 0) {
			buf_cut(b, start);
			return -E2BIG;
		}
	}
	return 0;
}

/* The next byte of xtext at *i, or -EINVAL. */
static int
xtext_byte(struct str s, size_t *i)
{
	uint8_t c = (uint8_t)s.p[(*i)++];
	int hi, lo;

	if (c < 33 || c > 126 || c == '=')
		return -EINVAL;
	if (c != '+')
		return c;
	if (s.n - *i < 2)
		return -EINVAL;
	hi = hex_value(s.p[(*i)++]);
	lo = hex_value(s.p[(*i)++]);
	return hi < 0 || lo < 0 ? -EINVAL : hi * 16 + lo;
}

int
xtext_decode(struct buf *b, struct str s)
{
	size_t start = b->n;

	for (size_t i = 0; i < s.n;) {
		int c = xtext_byte(s, &i);

		if (c >= 0)
			c = buf_put_c(b, (char)c);
		if (c < 0) {
			buf_cut(b, start);
			return c;
		}
	}
	return 0;
}

/* One character of well-formed UTF-8 at *i. */
static uint32_t
utf8_char(struct str s, size_t *i)
{
	uint8_t c = (uint8_t)s.p[(*i)++];
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	uint32_t v = more ? c & (0x3fu >> more) : c;

	for (; more > 0 && *i < s.n; more--)
		v = v << 6 | ((uint8_t)s.p[(*i)++] & 0x3fu);
	return v;
}

int
xtext_utf8_encode(struct buf *b, struct str s)
{
	size_t start = b->n;

	for (size_t i = 0; i < s.n;) {
		uint32_t v = utf8_char(s, &i);
		bool plain = v >= 33 && v <= 126 && v != '+' && v != '=' && v != '\\';
		int rc = plain ? buf_put_c(b, (char)v) : buf_printf(b, "\\x{%02X}", v);

		if (rc < 0) {
			buf_cut(b, start);
			return rc;
		}
	}
	return 0;
}

int
xtext_orcpt(struct buf *b, struct str type, struct str address)
{
	bool utf8 = str_ieq_z(type, "utf-8") || !text_is_ascii(address);

	if (utf8 && text_is_utf8(address)) {
		(void)buf_put(b, STR_LIT("utf-8;"));
		(void)xtext_utf8_encode(b, address);
	} else {
		(void)buf_put(b, type);
		(void)buf_put_c(b, ';');
		(void)xtext_encode(b, address);
	}
	return b->full ? -E2BIG : 0;
}

int
dsn_notify_parse(struct str s, unsigned *ret_bits)
{
	static const struct {
		const char *word;
		unsigned bit;
	} table[] = {
		{ "NEVER", DSN_NEVER },
		{ "SUCCESS", DSN_SUCCESS },
		{ "FAILURE", DSN_FAILURE },
		{ "DELAY", DSN_DELAY },
	};
	unsigned bits = 0;

	if (!s.p)
		return -EINVAL;
	while (s.p) {
		struct str word = str_cut(&s, ',');
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
			if (str_ieq_z(word, table[i].word))
				bit = table[i].bit;
		if (bit == 0 || (bits & bit))
			return -EINVAL;
		bits |= bit;
	}
	if ((bits & DSN_NEVER) && bits != DSN_NEVER)
		return -EINVAL;
	*ret_bits = bits;
	return 0;
}

/* Printable ASCII, '?' for the rest: nothing foreign can end a line. */
static void
put_ascii(struct buf *b, struct str s)
{
	s = str_head(s, VALUE_MAX);
	for (size_t i = 0; i < s.n; i++)
		(void)buf_put_c(b, s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?');
}

/* An address in a field; `raw` keeps UTF-8. */
static void
put_address(struct buf *b, struct str a, bool raw)
{
	a = str_head(a, VALUE_MAX / 4);
	if (text_is_ascii(a) || !text_is_utf8(a))
		put_ascii(b, a);
	else if (raw)
		(void)text_safe(b, a);
	else
		(void)xtext_utf8_encode(b, a);
}

static void
field(struct buf *b, const char *name, const char *lead, struct str value)
{
	(void)buf_put_z(b, name);
	(void)buf_put_z(b, lead);
	put_ascii(b, value);
	(void)buf_put(b, STR_LIT("\r\n"));
}

static void
field_date(struct buf *b, const char *name, int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	field(b, name, ": ", str_z(utc_rfc5322(text, wall)));
}

/* The lines of the reply, folded. */
static void
put_diagnostic(struct buf *b, const struct reply *r)
{
	struct str rest = str_head(r->text, REPLY_TEXT_MAX);

	(void)buf_printf(b, "Diagnostic-Code: smtp; %u", r->code);
	if (r->dsn.class)
		(void)buf_printf(b, " %u.%u.%u", r->dsn.class, r->dsn.subject, r->dsn.detail);
	while (rest.p) {
		struct str line = str_trim_all(str_cut(&rest, '\n'));

		for (; line.n; line = str_trim(str_from(line, VALUE_MAX))) {
			(void)buf_put(b, STR_LIT("\r\n "));
			put_ascii(b, line);
		}
	}
	(void)buf_put(b, STR_LIT("\r\n"));
}

static void
put_orcpt(struct buf *b, struct str orcpt, bool raw)
{
	struct str address = orcpt, type = str_cut(&address, ';');

	if (!address.p || type.n == 0)
		return;
	(void)buf_put(b, STR_LIT("Original-Recipient: "));
	if (text_is_ascii(address))
		put_ascii(b, str_head(type, 64));
	else
		(void)buf_put(b, STR_LIT("utf-8"));
	(void)buf_put_c(b, ';');
	put_address(b, address, raw);
	(void)buf_put(b, STR_LIT("\r\n"));
}

static void
put_recipient(struct buf *b, const struct dsn_recipient *to, bool raw)
{
	static const char *const actions[] = {
		[DSN_FAILED] = "failed",
		[DSN_DELAYED] = "delayed",
		[DSN_DELIVERED] = "delivered",
		[DSN_RELAYED] = "relayed",
		[DSN_EXPANDED] = "expanded",
	};

	must(to->action >= DSN_FAILED && to->action <= DSN_EXPANDED);
	(void)buf_put(b, STR_LIT("\r\n"));
	put_orcpt(b, to->orcpt, raw);
	(void)buf_put_z(b, "Final-Recipient: ");
	(void)buf_put_z(b, text_is_ascii(to->address) ? "rfc822; " : "utf-8; ");
	put_address(b, to->address, raw);
	(void)buf_printf(b, "\r\nAction: %s\r\nStatus: %u.%u.%u\r\n", actions[to->action],
		to->status.class, to->status.subject, to->status.detail);
	if (to->remote_mta.n)
		field(b, "Remote-MTA", ": dns; ", to->remote_mta);
	if (to->reply.code)
		put_diagnostic(b, &to->reply);
	if (to->last_attempt)
		field_date(b, "Last-Attempt-Date", to->last_attempt);
	if (to->action == DSN_DELAYED && to->will_retry_until)
		field_date(b, "Will-Retry-Until", to->will_retry_until);
}

/* Every line ends with CRLF, none is too long, no NUL: whatever the original was, the report
 * can be sent. */
static void
put_original(struct buf *b, struct str s)
{
	while (s.n) {
		size_t n = 0;

		while (n < s.n && n < LINE_MAX_BYTES && s.p[n] != '\r' && s.p[n] != '\n' &&
			s.p[n])
			n++;
		(void)buf_put(b, str_head(s, n));
		s = str_from(s, n);
		if (s.n && s.p[0] == '\0') {
			s = str_from(s, 1);
			continue;
		}
		(void)buf_put(b, STR_LIT("\r\n"));
		if (str_starts(s, STR_LIT("\r\n")))
			s = str_from(s, 2);
		else if (s.n && (s.p[0] == '\r' || s.p[0] == '\n'))
			s = str_from(s, 1);
	}
}

/* What stands on a line of its own in the original would end the part: another boundary then.
 * -E2BIG when none is found, which only an original made for this boundary can do. */
static int
choose_boundary(struct buf *b, const struct dsn_report *r)
{
	for (unsigned i = 0; i < 100; i++) {
		buf_clear(b);
		(void)buf_put(b, STR_LIT("report"));
		for (size_t k = 0; k < r->boundary.n && b->n < BOUNDARY_MAX - 4; k++)
			if (ascii_alnum(r->boundary.p[k]) || r->boundary.p[k] == '-')
				(void)buf_put_c(b, r->boundary.p[k]);
		if (i)
			(void)buf_printf(b, "_%u", i);
		if (str_find_str(r->original, buf_str(b)) == r->original.n)
			return 0;
	}
	return -E2BIG;
}

static void
put_part(struct buf *out, struct str boundary, const char *type, bool eight_bit)
{
	(void)buf_put(out, STR_LIT("\r\n--"));
	(void)buf_put(out, boundary);
	(void)buf_printf(out, "\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
		type, eight_bit ? "8bit" : "7bit");
}

static void
put_header(struct buf *out, const struct dsn_report *r, struct str boundary)
{
	(void)buf_put(out, STR_LIT("From: Mail Delivery System <MAILER-DAEMON@"));
	put_ascii(out, r->hostname);
	(void)buf_put(out, STR_LIT(">\r\nTo: <"));
	put_address(out, r->to, true);
	(void)buf_put(out, STR_LIT(">\r\n"));
	field(out, "Subject", ": ", str_z(dsn_text_subject(r)));
	field_date(out, "Date", r->now);
	field(out, "Message-ID", ": ", r->message_id);
	(void)buf_put(
		out, STR_LIT("Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
			     "Content-Type: multipart/report; report-type=delivery-status;"
			     "\r\n boundary=\""));
	(void)buf_put(out, boundary);
	(void)buf_put(out, STR_LIT("\"\r\n\r\nThis is a MIME multipart report.\r\n"));
}

/* A sender with a UTF-8 address reads the global forms (RFC 6533 4); anybody else gets the
 * ASCII forms, because the way to him may lack SMTPUTF8. */
static void
put_status(struct buf *out, const struct dsn_report *r, struct str boundary)
{
	bool raw = !text_is_ascii(r->to);

	put_part(out, boundary,
		raw ? "message/global-delivery-status" : "message/delivery-status", raw);
	field(out, "Reporting-MTA", ": dns; ", r->hostname);
	if (r->envid.n)
		field(out, "Original-Envelope-Id", ": ", r->envid);
	field_date(out, "Arrival-Date", r->arrived);
	for (size_t i = 0; i < r->n; i++)
		put_recipient(out, &r->recipients[i], raw);
}

static const char *
original_type(const struct dsn_report *r)
{
	struct str block = r->original;

	if (r->full)
		block = str_head(block, str_find_str(block, STR_LIT("\r\n\r\n")));
	if (text_is_ascii(block) || !text_is_utf8(block))
		return r->full ? "message/rfc822" : "text/rfc822-headers";
	return r->full ? "message/global" : "message/global-headers";
}

int
dsn_write(struct buf *out, const struct dsn_report *r, bool *ret_8bit)
{
	size_t start = out->n;
	struct buf b;
	int rc;

	must(r->n > 0);
	buf_init(&b, 128);
	rc = choose_boundary(&b, r);
	if (rc == 0) {
		struct str boundary = buf_str(&b);

		put_header(out, r, boundary);
		put_part(out, boundary, "text/plain; charset=utf-8", true);
		dsn_text_put(out, r);
		put_status(out, r, boundary);
		put_part(out, boundary, original_type(r), !text_is_ascii(r->original));
		put_original(out, r->original);
		(void)buf_put(out, STR_LIT("\r\n--"));
		(void)buf_put(out, boundary);
		(void)buf_put(out, STR_LIT("--\r\n"));
		rc = out->full ? -E2BIG : 0;
	}
	buf_done(&b);
	if (rc < 0) {
		buf_cut(out, start);
		return rc;
	}
	/* The French words alone need 8 bits. */
	*ret_8bit = true;
	return 0;
}
