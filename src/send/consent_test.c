#include "send/consent.h"

#include "base/test.h"

#include <errno.h>

static void
test_field(void **state)
{
	static const struct {
		const char *name, *value;
		int want;
		enum outgoing_switch before, after;
	} table[] = {
		{ "yes", "yes", 0, OUTGOING_DEFAULT, OUTGOING_ON },
		{ "no", "no", 0, OUTGOING_DEFAULT, OUTGOING_OFF },
		{ "capitals and blanks", " YES\t", 0, OUTGOING_DEFAULT, OUTGOING_ON },
		{ "no after yes", "no", 0, OUTGOING_ON, OUTGOING_OFF },
		{ "yes after no", "yes", 0, OUTGOING_OFF, OUTGOING_OFF },
		{ "nothing", "", -EINVAL, OUTGOING_ON, OUTGOING_ON },
		{ "another word", "true", -EINVAL, OUTGOING_DEFAULT, OUTGOING_DEFAULT },
		{ "more words", "yes no", -EINVAL, OUTGOING_OFF, OUTGOING_OFF },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		enum outgoing_switch consent = row->before;

		assert_int_equal(consent_field(str_z(row->value), &consent), row->want);
		assert_int_equal(consent, row->after);
	}
}

static void
test_header(void **state)
{
	static const struct {
		const char *name, *block;
		int want;
		enum outgoing_switch consent;
	} table[] = {
		{ "none", "Subject: yes\r\n\r\n", 0, OUTGOING_DEFAULT },
		{ "one", "A: b\r\nx-facteur-CONSENT: yes\r\n\r\n", 0, OUTGOING_ON },
		{ "folded", "X-Facteur-Consent:\r\n no\r\n\r\n", 0, OUTGOING_OFF },
		{ "two", "X-Facteur-Consent: no\r\nX-Facteur-Consent: yes\r\n\r\n", 0,
			OUTGOING_OFF },
		{ "wrong", "X-Facteur-Consent: 1\r\nA: b\r\n\r\n", -EINVAL, OUTGOING_DEFAULT },
		{ "behind what is no field", "?\r\nX-Facteur-Consent: yes\r\n\r\n", 0,
			OUTGOING_ON },
		{ "in the body", "A: b\r\n\r\nX-Facteur-Consent: yes\r\n", 0,
			OUTGOING_DEFAULT },
		{ "a longer name", "X-Facteur-Consent-To: yes\r\n\r\n", 0, OUTGOING_DEFAULT },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		enum outgoing_switch consent = OUTGOING_DEFAULT;

		assert_int_equal(consent_header(str_z(row->block), &consent), row->want);
		assert_int_equal(consent, row->consent);
	}
}

#define DEF OUTGOING_DEFAULT
#define NO  OUTGOING_OFF
#define YES OUTGOING_ON

/* Ada is recipient 0, Bob 1; Ada stands in To and in Bcc. */
static void
test_recipient(void **state)
{
	static const struct {
		const char *name;
		enum outgoing_switch message;
		const char *field; /* NULL: none */
		enum outgoing_switch to, bob, bcc, want_ada, want_bob;
	} table[] = {
		{ "nothing said", DEF, NULL, DEF, DEF, DEF, DEF, DEF },
		{ "the message", YES, NULL, DEF, DEF, DEF, YES, YES },
		{ "by field", DEF, "yes", DEF, DEF, DEF, YES, YES },
		{ "message and field", YES, "no", DEF, DEF, DEF, NO, NO },
		{ "field and message", NO, "yes", DEF, DEF, DEF, NO, NO },
		{ "one of them", DEF, NULL, YES, DEF, DEF, YES, DEF },
		{ "all but one", YES, NULL, NO, DEF, DEF, NO, YES },
		{ "one only", NO, NULL, DEF, YES, DEF, NO, YES },
		{ "twice, not the same", DEF, NULL, YES, YES, NO, NO, YES },
		{ "twice, once said", NO, NULL, DEF, DEF, YES, YES, NO },
	};
	static const uint16_t of[] = { 0, 1, 0 };

	(void)state;
	TEST_EACH(row, table)
	{
		const struct outgoing_address one = { STR_NONE, STR_NONE };
		const enum outgoing_switch consents[] = { row->to, row->bob, row->bcc };
		const struct compose_header field = { STR_LIT("X-Facteur-Consent"),
			row->field ? str_z(row->field) : STR_NONE };
		const struct outgoing o = { .consent = row->message,
			.consents = consents,
			.to = { &one, 1 },
			.cc = { &one, 1 },
			.bcc = { &one, 1 },
			.fields = &field,
			.nfields = row->field ? 1 : 0 };

		assert_int_equal(consent_of(&o, of, 0), row->want_ada);
		assert_int_equal(consent_of(&o, of, 1), row->want_bob);
	}
	const struct outgoing none = { .consent = YES };

	assert_int_equal(consent_of(&none, of, 0), YES);
}

TEST_MAIN(TEST(test_field), TEST(test_header), TEST(test_recipient))
