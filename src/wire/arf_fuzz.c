/* Laws: no text reported holds a control byte or what is not UTF-8, none is longer than said;
 * recipients are mailboxes; a complaint has a type; reading again says the same. */
#include "wire/arf.h"

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
check(const struct arf *r, const struct arf *again)
{
	const struct str texts[] = { r->type_text, r->user_agent, r->arrival, r->source_ip,
		r->domain, r->mta, r->envid };
	struct address x;

	must((r->form != ARF_NONE) == (r->type != 0) && r->n <= ARF_RCPTS && r->incidents > 0);
	must(r->form == again->form && r->type == again->type && r->n == again->n);
	check_line(r->mail_from, 1000);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check_line(texts[i], ARF_TEXT_MAX);
	for (size_t i = 0; i < r->n; i++) {
		check_line(r->rcpts[i], ADDRESS_MAX);
		must(address_mailbox(r->rcpts[i], ADDRESS_UTF8_OK, &x) == 0);
		must(str_eq(r->rcpts[i], again->rcpts[i]));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mime_in m;
	struct original_in o;
	struct arf r, again;
	struct arena a;

	arena_init(&a, 8u << 20);
	mime_in_walk(&a, str_of(data, size), &m);
	original_in_find(&a, &m, mime_in_human(&a, &m, 65536), &o);
	arf_read(&a, &m, &o, &r);
	arf_read(&a, &m, &o, &again);
	check(&r, &again);
	arena_done(&a);
	return 0;
}
