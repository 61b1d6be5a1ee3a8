/*
 * For tests and fuzzers: what is true of every message that outgoing_check passed. It is
 * composed; its header has exactly the fields that were meant, but not the one of consent, its
 * mailbox fields exactly the addresses that were given, its subject reads back; no line is
 * longer than 998 bytes or ends in anything but CRLF; its size stays below outgoing_most.
 */
#ifndef SEND_OUTGOING_LAW_H
#define SEND_OUTGOING_LAW_H

#include "base/must.h"
#include "send/consent.h"
#include "wire/address.h"
#include "wire/header.h"

#define OUTGOING_LAW_MAX (128u << 20)

static inline struct str
outgoing_law_field(struct str *rest, const char *name)
{
	struct header_field f;

	must(header_next(rest, &f) == 1);
	must(str_ieq_z(f.name, name));
	return f.value;
}

struct outgoing_law_expected {
	const struct outgoing_list *l;
	size_t n;
};

static inline void
outgoing_law_address(void *ctx, struct address a)
{
	struct outgoing_law_expected *e = ctx;

	must(e->n < e->l->n);
	must(str_eq(a.text, e->l->at[e->n++].email));
}

static inline void
outgoing_law_people(struct str *rest, const char *name, const struct outgoing_list *l)
{
	struct outgoing_law_expected e = { l, 0 };

	if (l->n == 0)
		return;
	must(address_list(outgoing_law_field(rest, name), outgoing_law_address, &e) == 0);
	must(e.n == l->n);
}

static inline bool
outgoing_law_replaced(const struct outgoing *o)
{
	for (size_t i = 0; i < o->nfields; i++)
		if (str_ieq_z(o->fields[i].name, "message-id"))
			return true;
	return false;
}

/* C1 and what else a display has no use for does not come back. */
static inline bool
outgoing_law_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] == 0xc2 || (unsigned char)s.p[i] == 0xe2 ||
			(unsigned char)s.p[i] == 0xef)
			return false;
	return true;
}

static inline void
outgoing_law_header(struct arena *a, const struct outgoing *o, struct str block)
{
	struct outgoing_list from = { &o->from, 1 },
			     sender = { &o->sender, o->sender.email.n > 0 };
	struct str rest = block, value;
	struct header_field f;

	(void)outgoing_law_field(&rest, "Date");
	outgoing_law_people(&rest, "From", &from);
	outgoing_law_people(&rest, "Sender", &sender);
	outgoing_law_people(&rest, "Reply-To", &o->reply_to);
	if (o->to.n + o->cc.n == 0)
		(void)outgoing_law_field(&rest, "To");
	outgoing_law_people(&rest, "To", &o->to);
	outgoing_law_people(&rest, "Cc", &o->cc);
	value = header_decode(
		a, header_unfold(a, outgoing_law_field(&rest, "Subject")), 1u << 20);
	must(!outgoing_law_plain(o->subject) || str_eq(value, o->subject));
	if (!outgoing_law_replaced(o))
		(void)outgoing_law_field(&rest, "Message-ID");
	for (size_t i = 0; i < o->nfields; i++) {
		if (str_ieq_z(o->fields[i].name, CONSENT_FIELD))
			continue;
		must(header_next(&rest, &f) == 1);
		must(str_ieq(f.name, o->fields[i].name));
	}
	(void)outgoing_law_field(&rest, "MIME-Version");
	(void)outgoing_law_field(&rest, "Content-Type");
	if (header_next(&rest, &f) == 1)
		must(str_eq_z(f.name, "Content-Transfer-Encoding") &&
			header_next(&rest, &f) == 0);
}

static inline void
outgoing_law_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		must(s.p[i] != '\0');
		must(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
		must(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
		n = s.p[i] == '\n' ? 0 : n + 1;
		must(n <= 998 + 1);
	}
}

/* Composes; the size of the message. */
static inline uint64_t
outgoing_law_message(struct arena *a, const struct outgoing *o)
{
	static const struct outgoing_stamp stamp = { .message_id = { "<1@x.test>", 10 },
		.seed = { "seed", 4 } };
	const char *why = NULL;
	struct msg_rcpts rcpts;
	struct buf out;
	uint64_t size;

	buf_init(&out, OUTGOING_LAW_MAX);
	must(outgoing_rcpts(a, o, &rcpts, NULL) == 0);
	must(rcpts.n > 0);
	must(outgoing_compose(a, o, &stamp, &out, &why) == 0);
	must(out.n <= outgoing_most(o));
	outgoing_law_lines(buf_str(&out));
	outgoing_law_header(a, o, str_head(buf_str(&out), header_length(buf_str(&out))));
	size = out.n;
	buf_done(&out);
	return size;
}

#endif
