/* Laws: no text reported holds a control byte or what is not UTF-8, none is longer than said;
 * addresses are mailboxes; a bounce has a recipient with an action; reading again says the
 * same. */
#include "wire/dsn_in.h"

#include "base/must.h"
#include "base/text.h"
#include "wire/address.h"

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
check_address(struct str s)
{
	struct address x;

	check_line(s, ADDRESS_MAX);
	must(s.n == 0 || address_mailbox(s, ADDRESS_UTF8_OK, &x) == 0);
}

static void
check(const struct dsn_in *d, const struct dsn_in *again)
{
	must((d->form != DSN_IN_NONE) == (d->n > 0) && d->n <= DSN_IN_RECIPIENTS);
	must(d->form == again->form && d->n == again->n && d->cut == again->cut);
	check_line(d->envid, DSN_IN_TEXT_MAX);
	check_line(d->reporting_mta, DSN_IN_TEXT_MAX);
	for (size_t i = 0; i < d->n; i++) {
		const struct dsn_in_recipient *to = &d->recipients[i];

		must(to->action >= DSN_FAILED && to->action <= DSN_EXPANDED);
		check_address(to->address);
		check_address(to->original);
		check_line(to->diagnostic, DSN_IN_TEXT_MAX);
		check_line(to->reply.text, DSN_IN_TEXT_MAX);
		check_line(to->remote_mta, DSN_IN_TEXT_MAX);
		must(to->reply.code == 0 || (to->reply.code >= 400 && to->reply.code < 600));
		must(str_eq(to->address, again->recipients[i].address));
		must(str_eq(to->diagnostic, again->recipients[i].diagnostic));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mime_in m;
	static struct dsn_in d, again;
	struct original_in o;
	struct arena a;
	bool null_sender = size > 0 && data[0] & 1;

	arena_init(&a, 8u << 20);
	mime_in_walk(&a, str_of(data, size), &m);
	original_in_find(&a, &m, mime_in_human(&a, &m, DSN_IN_HUMAN_MAX), &o);
	check_line(o.message_id, 1000);
	check_line(o.return_path, 1000);
	check_line(o.subject, 1000);
	check_line(o.from, ADDRESS_MAX);
	check_line(o.to, ADDRESS_MAX);
	dsn_in_read(&a, &m, &o, null_sender, &d);
	dsn_in_read(&a, &m, &o, null_sender, &again);
	check(&d, &again);
	arena_done(&a);
	return 0;
}
