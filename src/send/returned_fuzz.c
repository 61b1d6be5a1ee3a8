/* Laws: no text reported holds a control byte or what is not UTF-8; candidates are tokens by
 * their letters, none comes twice, they are sorted by place; a bounce has recipients, each that
 * failed or is late a sentence; reading again says the same. Line ends of the input become
 * CRLF, as they are in any mail that was accepted. */
#include "send/returned.h"

#include "base/buf.h"
#include "base/must.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(struct str s, size_t max)
{
	must(s.n == 0 || s.p);
	must(s.n <= max && text_is_utf8(s));
	for (size_t i = 0; i < s.n; i++)
		must((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
}

static void
check_candidates(const struct returned *r)
{
	must(r->n <= RETURNED_CANDIDATES);
	for (size_t i = 0; i < r->n; i++) {
		struct str s = r->candidates[i].text;

		must(s.n >= 40 && s.n <= RETURNED_TOKEN_MAX);
		must(r->candidates[i].place < RETURNED_PLACES);
		must(i == 0 || r->candidates[i - 1].place <= r->candidates[i].place);
		for (size_t k = 0; k < s.n; k++)
			must(ascii_alnum(s.p[k]) || s.p[k] == '-' || s.p[k] == '_');
		for (size_t k = 0; k < i; k++)
			must(!str_eq(s, r->candidates[k].text));
	}
}

static void
check(const struct returned *r, const struct returned *again)
{
	bool bounce = r->kind >= RETURNED_BOUNCE && r->kind <= RETURNED_DELIVERED;

	must(r->kind < RETURNED_KINDS && r->kind == again->kind && r->n == again->n);
	must(bounce == (r->bounce.form != DSN_IN_NONE) && bounce == (r->bounce.n > 0));
	must((r->kind == RETURNED_AUTO_REPLY) == (r->auto_reply != AUTO_NONE));
	check_line(r->from, 400);
	check_line(r->subject, 500);
	check_line(r->original.message_id, 1000);
	for (size_t i = 0; i < r->bounce.n; i++) {
		const struct dsn_in_recipient *to = &r->bounce.recipients[i];

		must((to->action <= DSN_DELAYED) == (r->verdicts[i].en != NULL));
		check_line(to->diagnostic, DSN_IN_TEXT_MAX);
		check_line(to->reply.text, DSN_IN_TEXT_MAX);
	}
	for (size_t i = 0; i < r->n; i++)
		must(str_eq(r->candidates[i].text, again->candidates[i].text));
	check_candidates(r);
}

static void
put_crlf(struct buf *b, struct str s)
{
	while (s.n > 0) {
		size_t n = str_find(s, '\n');
		struct str line = str_head(s, n);

		(void)buf_put(b, str_ends(line, STR_LIT("\r")) ? str_head(line, n - 1) : line);
		if (n < s.n)
			(void)buf_put(b, STR_LIT("\r\n"));
		s = str_from(s, n + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct returned r, again;
	struct returned_mail mail = { 0 };
	struct arena a;
	struct buf b;

	buf_init(&b, size * 2 + 1);
	put_crlf(&b, str_of(data, size));
	mail.bytes = buf_str(&b);
	mail.null_sender = size & 1;
	mail.at = (enum returned_at)(size / 2 % 3);
	arena_init(&a, 2 * RETURNED_ARENA);
	returned_read(&a, &mail, &r);
	returned_read(&a, &mail, &again);
	check(&r, &again);
	arena_done(&a);
	buf_done(&b);
	return 0;
}
