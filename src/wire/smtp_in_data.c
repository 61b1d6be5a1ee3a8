#include "wire/smtp_in_priv.h"

#define BODY_LINE_MAX 65536 /* RFC 5321 4.5.3.1.6 says 1,000; real mail has longer lines */

#define ONES  0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

/* Where in a line the next byte stands. */
enum { AT_START, AT_MIDDLE, AT_CR, AT_DOT, AT_DOT_CR };

enum stop { STOP_END, STOP_CR, STOP_DOT, STOP_BAD, STOP_LONG };

void
smtp_in_data_start(struct smtp_in *s)
{
	s->dot = AT_START;
	s->line_octets = 0;
	s->body_bytes = 0;
	s->body_8bit = false;
	s->refused = (struct reply){ 0 };
}

static uint64_t
load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

/* Not zero when one of the 8 bytes is below 14, as CR, LF and NUL are. */
static uint64_t
below14(uint64_t w)
{
	return (w - 14 * ONES) & ~w & HIGHS;
}

/* How many bytes at p are >= 14. This loop sees every byte of all mail: words, not bytes.
 * *high collects the bits of the bytes counted. */
static size_t
plain(const char *p, size_t n, uint64_t *high)
{
	size_t i = 0;
	uint64_t h = 0;

	for (; i + 32 <= n; i += 32) {
		uint64_t a = load(p + i), b = load(p + i + 8);
		uint64_t c = load(p + i + 16), d = load(p + i + 24);
		if (below14(a) | below14(b) | below14(c) | below14(d))
			break;
		h |= a | b | c | d;
	}
	for (; i + 8 <= n; i += 8) {
		uint64_t w = load(p + i);
		if (below14(w))
			break;
		h |= w;
	}
	for (; i < n && (uint8_t)p[i] >= 14; i++)
		h |= (uint64_t)(uint8_t)p[i] << 56;
	*high |= h & HIGHS;
	return i;
}

struct scan {
	const char *p;
	size_t n, i;
	size_t line; /* octets of the line so far, CR counted */
	size_t max;
	bool start; /* at the start of a line */
	uint64_t high;
};

/* Moves to the first byte that is not simply the next byte of the message. */
static enum stop
scan(struct scan *c)
{
	while (c->i < c->n) {
		if (c->start && c->p[c->i] == '.')
			return STOP_DOT;
		size_t k = plain(c->p + c->i, c->n - c->i, &c->high);
		bool over = k > c->max - c->line;
		if (over)
			k = c->max - c->line;
		c->i += k;
		c->line += k;
		c->start = c->start && k == 0;
		if (over)
			return STOP_LONG;
		if (c->i == c->n)
			return STOP_END;
		char b = c->p[c->i];
		if (b == '\n' || b == '\0')
			return STOP_BAD;
		if (c->line == c->max)
			return STOP_LONG;
		if (b != '\r') {
			c->i++;
			c->line++;
			c->start = false;
			continue;
		}
		if (c->i + 1 == c->n)
			return STOP_CR;
		if (c->p[c->i + 1] != '\n')
			return STOP_BAD;
		c->i += 2;
		c->line = 0;
		c->start = true;
	}
	return STOP_END;
}

/* From here on the body is read for its end only; the reply waits until then. */
static enum smtp_in_event
refuse(struct smtp_in *s, struct reply r)
{
	smtp_in_forget(s);
	s->refused = r;
	s->state = SMTP_IN_S_DISCARD;
	return SMTP_IN_RESET;
}

/* SMTP_IN_MORE = go on with the next bytes. */
static enum smtp_in_event
emit(struct smtp_in *s, struct str bytes)
{
	if (s->state == SMTP_IN_S_DISCARD || bytes.n == 0)
		return SMTP_IN_MORE;
	s->body_bytes += bytes.n;
	if (s->conf.size_max > 0 && s->body_bytes > s->conf.size_max)
		return refuse(s,
			REPLY(552, 5, 3, 4, "Message too large: see SIZE in the EHLO reply"));
	s->body = bytes;
	return SMTP_IN_BODY;
}

/* P11: whoever sends this and whoever reads it behind us may disagree on where the message
 * ends (SMTP smuggling), so nothing more of this session is believed. */
static enum smtp_in_event
smuggled(struct smtp_in *s, struct buf *out)
{
	return smtp_in_close(s, out,
		REPLY(554, 5, 6, 11,
			"Bare CR, bare LF or NUL in the message: every line must end with "
			"CRLF"));
}

/* In the middle of a CRLF.CRLF that was cut, or behind a dot. */
static enum smtp_in_event
pending(struct smtp_in *s, struct str *in, struct buf *out)
{
	char c = in->p[0];

	if (s->dot == AT_DOT && c != '\r') {
		s->dot = AT_MIDDLE;
		return SMTP_IN_MORE;
	}
	if (s->dot != AT_DOT && c != '\n')
		return smuggled(s, out);
	*in = str_from(*in, 1);
	if (s->dot == AT_DOT) {
		s->dot = AT_DOT_CR;
		return SMTP_IN_MORE;
	}
	if (s->dot == AT_CR) {
		s->dot = AT_START;
		s->line_octets = 0;
		return emit(s, STR_LIT("\r\n"));
	}
	if (s->state == SMTP_IN_S_DISCARD) {
		s->state = SMTP_IN_S_READY;
		return smtp_in_say(s, out, s->refused);
	}
	return SMTP_IN_END;
}

static enum smtp_in_event
run(struct smtp_in *s, struct str *in, struct buf *out)
{
	struct scan c = {
		.p = in->p,
		.n = in->n,
		.line = s->line_octets,
		.max = s->state == SMTP_IN_S_DISCARD ? SIZE_MAX : BODY_LINE_MAX,
		.start = s->dot == AT_START,
	};
	enum stop stop = scan(&c);
	struct str part = str_head(*in, c.i);

	*in = str_from(*in, c.i);
	s->line_octets = s->state == SMTP_IN_S_DISCARD ? 0 : c.line;
	s->dot = c.start ? AT_START : AT_MIDDLE;
	s->body_8bit |= c.high != 0;
	/* These bytes first: what is wrong with the next one is found again at once. */
	enum smtp_in_event event = emit(s, part);
	if (event != SMTP_IN_MORE)
		return event;

	switch (stop) {
	case STOP_DOT:
	case STOP_CR:
		*in = str_from(*in, 1);
		s->dot = stop == STOP_DOT ? AT_DOT : AT_CR;
		return SMTP_IN_MORE;
	case STOP_BAD:
		return smuggled(s, out);
	case STOP_LONG:
		return refuse(
			s, REPLY(554, 5, 6, 0,
				   "Line too long: at most 65536 bytes, end lines with CRLF"));
	case STOP_END:
		break;
	}
	return SMTP_IN_MORE;
}

enum smtp_in_event
smtp_in_data(struct smtp_in *s, struct str *in, struct buf *out)
{
	if (s->dot == AT_START || s->dot == AT_MIDDLE)
		return run(s, in, out);
	return pending(s, in, out);
}
