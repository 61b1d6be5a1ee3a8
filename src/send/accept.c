#include "send/accept.h"

#include "base/utc.h"
#include "wire/header.h"

#include <errno.h>

#define FINE ((struct reply){ 0 })
/* The shortest field, "a:" and CRLF: below this there cannot be too many of them. */
#define FIELD_BYTES 4u

size_t
accept_header_end(struct str all, size_t seen)
{
	size_t from = seen > 3 ? seen - 3 : 0, at;

	if (str_starts(all, STR_LIT("\r\n")))
		return 2;
	at = str_find_str(str_from(all, from), STR_LIT("\r\n\r\n"));
	return from + at >= all.n ? 0 : from + at + 4;
}

static bool
too_many_fields(struct str block)
{
	struct header_field h;
	unsigned n = 0;

	if (block.n < ACCEPT_FIELDS_MAX * FIELD_BYTES)
		return false;
	while (header_next(&block, &h) != 0)
		if (++n > ACCEPT_FIELDS_MAX)
			return true;
	return false;
}

struct mailboxes {
	struct arena *arena;
	struct str domain; /* of the first */
	unsigned n;
};

/* The address lives only during the call. */
static void
on_mailbox(void *ctx, struct address a)
{
	struct mailboxes *m = ctx;

	if (m->n++ == 0 && (a.literal || domain_ascii(m->arena, a.domain, &m->domain) < 0))
		m->domain = STR_NONE;
}

/* The domain of the only mailbox in a From or Sender value; empty when it is not one mailbox
 * with a domain that mail can come from. */
static struct str
only_domain(struct arena *a, struct str value)
{
	struct mailboxes m = { a, STR_NONE, 0 };
	struct str text = header_unfold(a, value);

	if (!text.p || address_list(text, on_mailbox, &m) < 0 || m.n != 1)
		return STR_NONE;
	return m.domain;
}

/* T23: who signs for a domain must not let another name stand where people read the sender. */
static struct reply
judge_from(const struct header_facts *h, const struct accept_facts *f, bool any_domain)
{
	if (h->from > 1)
		return REPLY(550, 5, 7, 1,
			"More than one From field: keep one, with one address (RFC 5322 3.6)");
	if (any_domain)
		return FINE;
	if (h->from == 0)
		return REPLY(550, 5, 7, 1,
			"No From field: add one with an address of a domain of this account");
	if (f->from_domain.n == 0)
		return REPLY(550, 5, 7, 1,
			"The From field must hold exactly one address, of a domain of this "
			"account");
	if (h->sender > 1 || (h->sender == 1 && f->sender_domain.n == 0))
		return REPLY(550, 5, 7, 1,
			"The Sender field must be one, with one address, of a domain of this "
			"account");
	return FINE;
}

struct reply
accept_header(struct arena *a, struct str block, const struct accept_rules *rules,
	struct accept_facts *ret_f)
{
	struct header_facts h;
	struct str id;

	header_scan(block, &h);
	*ret_f = (struct accept_facts){ STR_NONE, STR_NONE, STR_NONE, STR_NONE, h.eight_bit };
	if (block.n > ACCEPT_HEADER_MAX)
		return REPLY(552, 5, 3, 4, "Header too large: at most 256 KiB");
	if (too_many_fields(block))
		return REPLY(554, 5, 6, 0, "Too many header fields: at most 1000");
	if (h.received > rules->hops)
		return REPLY(554, 5, 4, 6,
			"Too many hops: this message goes round in a loop; look at its "
			"Received fields");
	if (h.subject)
		ret_f->subject = header_decode(a, h.subject_value, ACCEPT_SUBJECT_MAX);
	if (h.message_id) {
		id = header_unfold(a, h.message_id_value);
		ret_f->message_id = id.p ? str_head(id, 998) : STR_NONE;
	}
	if (h.from)
		ret_f->from_domain = only_domain(a, h.from_value);
	if (h.sender)
		ret_f->sender_domain = only_domain(a, h.sender_value);
	if (!ret_f->subject.p)
		ret_f->subject = STR_NONE;
	return judge_from(&h, ret_f, rules->any_domain);
}

static int
mail_domain(struct arena *a, const struct address *from, bool literals, struct str *ret_domain)
{
	if (from->literal && !literals)
		return -1;
	return domain_ascii(a, from->domain, ret_domain);
}

struct reply
accept_sender(
	struct arena *a, const struct address *from, bool literals, struct str *ret_domain)
{
	*ret_domain = STR_NONE;
	if (from->text.n == 0)
		return FINE;
	if (mail_domain(a, from, literals, ret_domain) < 0)
		return REPLY(553, 5, 1, 7,
			"The sender's domain is no domain name: use an address such as "
			"you@example.com");
	return FINE;
}

struct reply
accept_rcpt(struct arena *a, const struct address *to, bool literals)
{
	struct str domain;

	if (to->domain.n == 0)
		return FINE; /* postmaster: the caller knows whose */
	if (to->literal && !literals)
		return REPLY(550, 5, 1, 2,
			"Mail to an IP address is not delivered: use a domain name");
	if (mail_domain(a, to, literals, &domain) < 0)
		return REPLY(550, 5, 1, 2, "The recipient's domain is no domain name");
	return FINE;
}

/* ---- what is written before the customer's header ---- */

static bool
is_v6(struct str client)
{
	return str_find(client, ':') < client.n;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 4.1.3). */
static void
put_literal(struct buf *out, struct str client)
{
	buf_put_z(out, is_v6(client) ? "[IPv6:" : "[");
	buf_put(out, client);
	buf_put_c(out, ']');
}

static bool
is_literal(struct str helo)
{
	return helo.n > 2 && helo.p[0] == '[' && helo.p[helo.n - 1] == ']' &&
	       str_find(str_head(helo, helo.n - 1), ']') == helo.n - 1 &&
	       str_find(helo, '?') == helo.n;
}

static void
put_from(struct buf *out, const struct accept_trace *t)
{
	buf_put_z(out, "Received: from ");
	if (str_starts(t->client, STR_LIT("uid:"))) {
		buf_put(out, t->hostname);
		buf_put_z(out, " (local user ");
		buf_put(out, str_from(t->client, 4));
		buf_put_c(out, ')');
		return;
	}
	/* A name that could not stand here is shown, but as a comment. */
	if (domain_valid(t->helo, false) || is_literal(t->helo)) {
		buf_put(out, t->helo);
		buf_put_z(out, " (");
		put_literal(out, t->client);
		buf_put_c(out, ')');
		return;
	}
	put_literal(out, t->client);
	if (t->http)
		return;
	buf_put_z(out, " (helo=");
	buf_put(out, t->helo);
	buf_put_c(out, ')');
}

/* RFC 3848, RFC 6531 4.3. */
static void
put_with(struct buf *out, const struct accept_trace *t)
{
	if (t->http || !t->esmtp) {
		buf_put_z(out, t->http ? "HTTP" : "SMTP");
		return;
	}
	buf_put_z(out, t->utf8 ? "UTF8SMTP" : "ESMTP");
	if (t->tls)
		buf_put_c(out, 'S');
	if (t->auth)
		buf_put_c(out, 'A');
}

int
accept_rewrite(
	struct buf *out, struct str block, const struct accept_trace *t, size_t *ret_header)
{
	char received[1400], id[400], date[UTC_TEXT_SIZE];
	struct buf b = { received, 0, sizeof received, sizeof received, false };
	size_t before = out->n, n;

	(void)utc_rfc5322(date, t->now);
	put_from(&b, t);
	buf_put_z(&b, "\r\n\tby ");
	buf_put(&b, t->hostname);
	buf_put_z(&b, " (Facteur) with ");
	put_with(&b, t);
	buf_put_z(&b, " id ");
	buf_put_u64(&b, t->id);
	buf_put_z(&b, ";\r\n\t");
	buf_put_z(&b, date);
	buf_put_z(&b, "\r\n");

	struct buf m = { id, 0, sizeof id, sizeof id, false };
	buf_put_c(&m, '<');
	buf_put_u64(&m, t->id);
	buf_put_c(&m, '@');
	buf_put(&m, t->hostname);
	buf_put_c(&m, '>');
	struct header_add add = { .received = buf_str(&b),
		.date = str_z(date),
		.message_id = buf_str(&m),
		.drop = t->drop,
		.more = t->more };

	if (b.full || m.full || header_rewrite(out, block, &add) < 0)
		return -E2BIG;
	n = header_length(str_from(buf_str(out), before));
	*ret_header = n ? n : out->n - before;
	return 0;
}
