#include "wire/header.h"

#include "base/text.h"
#include "wire/charset.h"

#include <errno.h>

#define CRLF STR_LIT("\r\n")

/* The first line of s with its CRLF; all of s when there is none. */
static struct str
first_line(struct str s)
{
	return str_head(s, str_find_str(s, CRLF) + 2);
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static struct str
without_crlf(struct str s)
{
	return str_ends(s, CRLF) ? str_head(s, s.n - 2) : s;
}

/* The name at the start of a line: printable ASCII but the colon (RFC 5322 2.2), then white
 * space by obs-optional (4.5.8). Empty when the line is no field. */
static struct str
field_name(struct str line, size_t *ret_colon)
{
	size_t n = 0, colon;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f && line.p[n] != ':')
		n++;
	colon = n;
	while (colon < line.n && is_wsp(line.p[colon]))
		colon++;
	if (colon == line.n || line.p[colon] != ':')
		return STR_NONE;
	*ret_colon = colon;
	return str_head(line, n);
}

int
header_next(struct str *rest, struct header_field *ret_f)
{
	struct str line, name, start = *rest;
	size_t colon, n;

	if (!start.n || str_starts(start, CRLF))
		return 0;
	line = first_line(start);
	n = line.n;
	name = field_name(line, &colon);
	if (!name.n) {
		*rest = str_from(start, n);
		return -EINVAL;
	}
	while (n < start.n && is_wsp(start.p[n]))
		n += first_line(str_from(start, n)).n;
	*rest = str_from(start, n);
	ret_f->all = str_head(start, n);
	ret_f->name = name;
	ret_f->value = without_crlf(str_from(ret_f->all, colon + 1));
	return 1;
}

struct str
header_unfold(struct arena *a, struct str value)
{
	struct str v = arena_str(a, value);
	char *dst = (char *)(uintptr_t)v.p; /* our own copy */
	size_t n = 0;

	if (!v.p)
		return v;
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\r' && i + 1 < v.n && v.p[i + 1] == '\n')
			i++;
		else
			dst[n++] = v.p[i];
	}
	dst[n] = '\0';
	return str_trim(str_of(dst, n));
}

/* An mbox separator (RFC 4155), also as some tools quote it: no field, no body either. */
static size_t
mbox_line(struct str block)
{
	if (str_starts(block, STR_LIT("From ")) || str_starts(block, STR_LIT(">From "))) {
		struct str line = first_line(block);
		size_t colon;

		return field_name(line, &colon).n ? 0 : line.n;
	}
	return 0;
}

size_t
header_length(struct str s)
{
	size_t at;

	if (str_starts(s, CRLF))
		return 2;
	at = str_find_str(s, STR_LIT("\r\n\r\n"));
	return at == s.n ? 0 : at + 4;
}

/* ---- facts ---- */

/* Counts a field and keeps the value of the first one. */
static void
count(unsigned *n, struct str *first, struct str value)
{
	if (!(*n)++ && first)
		*first = value;
}

/* "no" may be followed by parameters or a comment (RFC 3834 5). */
static bool
auto_submitted(struct str value)
{
	size_t n = 0;

	value = str_trim_all(value);
	while (n < value.n && (ascii_alnum(value.p[n]) || value.p[n] == '-'))
		n++;
	return !str_ieq_z(str_head(value, n), "no");
}

/* The value is kept of the first four names below. */
#define VALUES 4

static void
scan_field(struct header_facts *f, const struct header_field *h)
{
	static const struct str names[] = { STR_LIT("From"), STR_LIT("Message-ID"),
		STR_LIT("Subject"), STR_LIT("Sender"), STR_LIT("Received"), STR_LIT("Date"),
		STR_LIT("To"), STR_LIT("Cc"), STR_LIT("Bcc") };
	unsigned *counts[] = { &f->from, &f->message_id, &f->subject, &f->sender, &f->received,
		&f->date, &f->to_cc, &f->to_cc, &f->bcc };
	struct str *values[VALUES] = { &f->from_value, &f->message_id_value, &f->subject_value,
		&f->sender_value };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (h->name.n == names[i].n && str_ieq(h->name, names[i])) {
			count(counts[i], i < VALUES ? values[i] : NULL, h->value);
			return;
		}
	if (str_ieq_z(h->name, "MIME-Version"))
		f->mime = true;
	else if (str_ieq_z(h->name, "Auto-Submitted"))
		f->auto_submitted |= auto_submitted(h->value);
	else if (str_istarts(h->name, STR_LIT("List-")))
		f->list = true;
}

static void
scan_lines(struct header_facts *f, struct str block)
{
	while (block.n) {
		struct str line = first_line(block), text = without_crlf(line);

		if (text.n > f->longest_line)
			f->longest_line = text.n;
		block = str_from(block, line.n);
	}
}

void
header_scan(struct str block, struct header_facts *ret_f)
{
	struct str rest = str_from(block, mbox_line(block));
	struct header_field h;
	bool first = true;
	int r;

	*ret_f = (struct header_facts){ 0 };
	ret_f->eight_bit = !text_is_ascii(block);
	scan_lines(ret_f, block);
	while ((r = header_next(&rest, &h)) != 0) {
		if (r > 0) {
			scan_field(ret_f, &h);
		} else {
			ret_f->malformed = true;
			ret_f->headless |= first;
		}
		if (ret_f->headless)
			return;
		first = false;
	}
}

static bool
starts_with_any(struct str line, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (str_istarts(line, str_z(*prefixes)))
			return true;
	return false;
}

bool
header_may_have(struct str block, const char *const *prefixes)
{
	const char *at = block.p, *end = block.p + block.n;
	uint32_t firsts = 0; /* the prefixes' letters: nearly every line ends here */

	for (const char *const *p = prefixes; *p; p++)
		firsts |= 1u << (**p & 31);
	while (at && at < end) {
		if (firsts >> (*at & 31) & 1 &&
			starts_with_any(str_of(at, (size_t)(end - at)), prefixes))
			return true;
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return false;
}

/* ---- rewriting ---- */

static bool
dropped(struct str name, const char *const *drop)
{
	if (str_ieq_z(name, "Bcc") || str_ieq_z(name, "Resent-Bcc"))
		return true;
	for (; drop && *drop; drop++)
		if (str_istarts(name, str_z(*drop)))
			return true;
	return false;
}

static void
put_field(struct buf *out, const char *name, struct str value)
{
	buf_put_z(out, name);
	buf_put(out, value);
	buf_put(out, CRLF);
}

/* Copies runs of kept bytes, malformed lines among them. */
static void
put_kept(struct buf *out, struct str block, const char *const *drop)
{
	struct str rest = block;
	size_t from = 0, at = 0;
	struct header_field h;
	int r;

	while ((r = header_next(&rest, &h)) != 0) {
		if (r > 0 && dropped(h.name, drop)) {
			buf_put(out, str_head(str_from(block, from), at - from));
			from = block.n - rest.n;
		}
		at = block.n - rest.n;
	}
	buf_put(out, str_from(block, from));
}

int
header_rewrite(struct buf *out, struct str block, const struct header_add *add)
{
	size_t before = out->n;
	struct header_facts f;

	header_scan(block, &f);
	buf_put(out, add->received);
	if (!f.date)
		put_field(out, "Date: ", add->date);
	if (!f.message_id)
		put_field(out, "Message-ID: ", add->message_id);
	if (add->more.n)
		buf_put(out, add->more);
	block = str_from(block, mbox_line(block));
	if (f.headless) {
		buf_put(out, CRLF);
		buf_put(out, block);
	} else {
		put_kept(out, block, add->drop);
	}
	if (!out->full)
		return 0;
	buf_cut(out, before);
	return -E2BIG;
}

/* ---- encoded words (RFC 2047) ---- */

static void
put_shown(struct buf *out, uint32_t cp)
{
	bool control = cp < 0x20 || (cp >= 0x7f && cp < 0xa0);

	if (!out->full) /* what does not fit ends the text, between two characters */
		(void)charset_put(out, control ? ' ' : cp);
}

/* Bytes of one charset, gathered so that a character split over two words comes out whole. */
struct run {
	struct buf bytes;
	enum charset cs;
};

static void
run_flush(struct run *run, struct buf *out)
{
	struct str s = buf_str(&run->bytes);

	while (s.n) {
		size_t n;

		put_shown(out, charset_next(run->cs, s, &n));
		s = str_from(s, n);
	}
	buf_clear(&run->bytes);
}

static void
word_q(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool room = s.p[i] == '=' && s.n - i > 2;
		int hi = room ? ascii_hex(s.p[i + 1]) : -1;
		int lo = room ? ascii_hex(s.p[i + 2]) : -1;

		if (hi >= 0 && lo >= 0) {
			buf_put_c(out, (char)(hi << 4 | lo));
			i += 2;
		} else {
			buf_put_c(out, s.p[i] == '_' ? ' ' : s.p[i]);
		}
	}
}

/* Forgiving: stops at padding, skips what is no base64, as words in the wild need it. */
static void
word_b(struct buf *out, struct str s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		const char *at = s.p[i] ? strchr(digits, s.p[i]) : NULL;

		if (!at)
			continue;
		acc = acc << 6 | (uint32_t)(at - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_put_c(out, (char)(acc >> bits & 0xff));
		}
	}
}

struct word {
	enum charset cs;
	char encoding; /* 'q' or 'b' */
	struct str text;
	size_t size; /* of the whole word */
};

/* Is there an encoded word of a charset we know at the start of s? */
static bool
word_at(struct str s, struct word *ret_w)
{
	struct str rest = str_from(s, 2), charset, text;
	size_t n = 0;

	if (!str_starts(s, STR_LIT("=?")))
		return false;
	charset = str_head(rest, str_find(str_head(rest, 64), '?'));
	rest = str_from(rest, charset.n);
	if (rest.n < 3 || rest.p[0] != '?' || rest.p[2] != '?')
		return false;
	ret_w->encoding = ascii_lower(rest.p[1]);
	ret_w->cs = charset_of(charset);
	if (ret_w->cs == CHARSET_NONE || (ret_w->encoding != 'q' && ret_w->encoding != 'b'))
		return false;
	text = str_from(rest, 3);
	while (n < text.n && text.p[n] != '?' && !is_wsp(text.p[n]))
		n++;
	if (!str_starts(str_from(text, n), STR_LIT("?=")))
		return false;
	ret_w->text = str_head(text, n);
	ret_w->size = 2 + charset.n + 3 + n + 2;
	return true;
}

/* Takes a word into the run; white space before the next word is no text (RFC 2047 6.2). */
static size_t
take_word(struct run *run, struct str s, const struct word *w, struct buf *out)
{
	size_t n = w->size;
	struct word next;

	if (run->cs != w->cs) {
		run_flush(run, out);
		run->cs = w->cs;
	}
	if (w->encoding == 'q')
		word_q(&run->bytes, w->text);
	else
		word_b(&run->bytes, w->text);
	while (n < s.n && is_wsp(s.p[n]))
		n++;
	if (word_at(str_from(s, n), &next))
		return n;
	run_flush(run, out);
	return w->size;
}

struct str
header_decode(struct arena *a, struct str value, size_t max)
{
	struct str s = header_unfold(a, value), result;
	struct run run = { .cs = CHARSET_UTF8 };
	struct buf out;

	if (!s.p)
		return s;
	buf_init(&out, max);
	buf_init(&run.bytes, s.n);
	while (s.n && !out.full) {
		size_t n = 1;
		struct word w;

		if (word_at(s, &w)) {
			n = take_word(&run, s, &w, &out);
		} else {
			if (run.cs != CHARSET_UTF8)
				run_flush(&run, &out);
			run.cs = CHARSET_UTF8;
			buf_put_c(&run.bytes, s.p[0]);
		}
		s = str_from(s, n);
	}
	run_flush(&run, &out);
	result = arena_str(a, buf_str(&out));
	buf_done(&run.bytes);
	buf_done(&out);
	return result;
}

bool
header_value_safe(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return false;
	return true;
}
