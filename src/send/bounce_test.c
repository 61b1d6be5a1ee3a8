#include "send/bounce.h"

#include "base/test.h"

struct row {
	const char *name; /* the reply's text */
	uint8_t stage;
	uint16_t code;
	struct dsn_code dsn;
	enum bounce_class class;
	enum blame blame;
	bool permanent;
	const char *en; /* NULL = not looked at */
};

#define RCPT STAGE_RCPT
#define DOT  STAGE_DOT

static const struct row replies[] = {
	{ "No such user here", RCPT, 550, { 5, 1, 1 }, CLASS_MAILBOX, BLAME_ADDRESS, true,
		"The address does not exist." },
	{ "", RCPT, 550, { 5, 1, 1 }, CLASS_MAILBOX, BLAME_ADDRESS, true,
		"The address does not exist." },
	{ "The email account that you tried to reach\ndoes not exist.", RCPT, 550, { 5, 1, 1 },
		CLASS_MAILBOX, BLAME_ADDRESS, true, "The address does not exist." },
	{ "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", RCPT,
		550, { 5, 1, 10 }, CLASS_MAILBOX, BLAME_ADDRESS, true,
		"The address does not exist." },
	{ "User mailbox exceeds allowed size", RCPT, 550, { 0 }, CLASS_QUOTA, BLAME_ADDRESS,
		true, NULL },
	{ "user unknown", RCPT, 450, { 4, 1, 1 }, CLASS_MAILBOX, BLAME_ADDRESS, false,
		"The server does not know the address at the moment." },
	{ "Recipient address rejected: Access denied. [X.prod]", RCPT, 550, { 5, 4, 1 },
		CLASS_MAILBOX, BLAME_ADDRESS, true, NULL },
	{ "account is disabled", RCPT, 550, { 5, 2, 1 }, CLASS_MAILBOX, BLAME_ADDRESS, true,
		"The mailbox is closed, moved or no longer used." },
	{ "", RCPT, 552, { 5, 2, 2 }, CLASS_QUOTA, BLAME_ADDRESS, true, NULL },
	{ "Mailbox full", RCPT, 452, { 4, 2, 2 }, CLASS_QUOTA, BLAME_ADDRESS, false, NULL },
	{ "", STAGE_MAIL, 552, { 5, 3, 4 }, CLASS_SIZE, BLAME_CONTENT, true, NULL },
	{ "message too big", DOT, 552, { 0 }, CLASS_SIZE, BLAME_CONTENT, true, NULL },
	{ "Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", RCPT,
		554, { 5, 7, 1 }, CLASS_REPUTATION, BLAME_OUR_IP, true, NULL },
	{ "Your IP is on our blocklist", RCPT, 554, { 5, 7, 1 }, CLASS_REPUTATION, BLAME_OUR_IP,
		true, NULL },
	{ "192.0.2.1 is listed at example", RCPT, 554, { 5, 7, 1 }, CLASS_REPUTATION,
		BLAME_OUR_IP, true, NULL },
	{ "poor reputation, see https://example.test/", RCPT, 421, { 4, 7, 0 },
		CLASS_REPUTATION, BLAME_OUR_IP, false, NULL },
	{ "192.0.2.1 was found listed in example", RCPT, 554, { 5, 7, 1 }, CLASS_REPUTATION,
		BLAME_OUR_IP, true, NULL },
	{ "User not listed in the directory", RCPT, 550, { 0 }, CLASS_MAILBOX, BLAME_ADDRESS,
		true, NULL },
	{ "This mail has been blocked because the sender is unauthenticated", DOT, 550,
		{ 5, 7, 26 }, CLASS_AUTH, BLAME_OUR_SETUP, true, NULL },
	{ "", DOT, 550, { 5, 7, 26 }, CLASS_AUTH, BLAME_OUR_SETUP, true, NULL },
	{ "Unauthenticated email is not accepted due to domain's DMARC policy", DOT, 550,
		{ 5, 7, 1 }, CLASS_AUTH, BLAME_OUR_SETUP, true, NULL },
	{ "SPF check failed", STAGE_MAIL, 550, { 0 }, CLASS_AUTH, BLAME_OUR_SETUP, true, NULL },
	{ "DKIM signature: fail", DOT, 550, { 0 }, CLASS_AUTH, BLAME_OUR_SETUP, true, NULL },
	{ "Client host rejected: cannot find your reverse hostname", RCPT, 450, { 4, 7, 1 },
		CLASS_AUTH, BLAME_OUR_SETUP, false, NULL },
	{ "<r@b.test>: Recipient address rejected: Greylisted", RCPT, 450, { 4, 2, 0 },
		CLASS_GREYLIST, BLAME_THEIR_SERVER, false, NULL },
	{ "Please try again later", RCPT, 451, { 4, 7, 1 }, CLASS_GREYLIST, BLAME_THEIR_SERVER,
		false, NULL },
	{ "Too many connections", STAGE_BANNER, 421, { 4, 7, 0 }, CLASS_RATE, BLAME_OUR_IP,
		false, NULL },
	{ "Our system has detected an unusual rate of mail", RCPT, 450, { 4, 7, 28 },
		CLASS_RATE, BLAME_OUR_IP, false, NULL },
	{ "rate limit exceeded", RCPT, 451, { 0 }, CLASS_RATE, BLAME_OUR_IP, false, NULL },
	{ "HTTP 503", STAGE_WEBHOOK, 451, { 4, 3, 0 }, CLASS_SERVER, BLAME_THEIR_SERVER, false,
		"The URL that this mail is posted to did not take it." },
	{ "HTTP 410: mailbox full", STAGE_WEBHOOK, 550, { 5, 3, 0 }, CLASS_SERVER,
		BLAME_THEIR_SERVER, true,
		"The URL that this mail is posted to refused it for good." },
	{ "", STAGE_DNS, 556, { 5, 1, 10 }, CLASS_MAILBOX, BLAME_ADDRESS, true,
		"The domain of the address takes no mail." },
	{ "The domain does not exist", STAGE_DNS, 550, { 5, 1, 2 }, CLASS_DNS, BLAME_ADDRESS,
		true, NULL },
	{ "Mail loop: this server", STAGE_DNS, 554, { 5, 4, 6 }, CLASS_DNS, BLAME_OUR_SETUP,
		true, NULL },
	{ "SERVFAIL", STAGE_DNS, 451, { 4, 4, 3 }, CLASS_DNS, BLAME_THEIR_SERVER, false, NULL },
	{ "Connection timed out", STAGE_CONNECT, 451, { 4, 4, 1 }, CLASS_NETWORK,
		BLAME_THEIR_SERVER, false, "The server did not answer." },
	{ "Connection refused", STAGE_CONNECT, 451, { 4, 4, 1 }, CLASS_NETWORK,
		BLAME_THEIR_SERVER, false, "The server refuses connections." },
	{ "Network is unreachable", STAGE_CONNECT, 451, { 4, 4, 1 }, CLASS_NETWORK,
		BLAME_NETWORK, false, NULL },
	{ "go away, spamhaus says", STAGE_BANNER, 554, { 5, 7, 1 }, CLASS_REPUTATION,
		BLAME_OUR_IP, false, NULL },
	{ "TLS failed: certificate", STAGE_TLS, 451, { 4, 7, 5 }, CLASS_PROTOCOL,
		BLAME_THEIR_SERVER, false, NULL },
	{ "Authentication failed", STAGE_AUTH, 535, { 5, 7, 8 }, CLASS_AUTH, BLAME_OUR_SETUP,
		false, "The relay did not accept our user name and password." },
	{ "", STAGE_DATA, 451, { 4, 4, 2 }, CLASS_NETWORK, BLAME_THEIR_SERVER, false,
		"The connection to the server was lost." },
	{ "", STAGE_BODY, 0, { 0 }, CLASS_NETWORK, BLAME_THEIR_SERVER, false, NULL },
	{ "", DOT, 0, { 0 }, CLASS_NETWORK, BLAME_NETWORK, false,
		"The connection was lost after the message was sent: it may have arrived or "
		"not." },
	{ "Delivery time expired", STAGE_LOCAL, 554, { 5, 4, 7 }, CLASS_OTHER,
		BLAME_THEIR_SERVER, true,
		"The message could not be delivered in the time it had." },
	{ "8-bit", STAGE_LOCAL, 554, { 5, 6, 3 }, CLASS_CONTENT, BLAME_THEIR_SERVER, true,
		NULL },
	{ "larger than SIZE says", STAGE_LOCAL, 552, { 5, 3, 4 }, CLASS_SIZE, BLAME_CONTENT,
		true, "The message is larger than the server accepts." },
	{ "cannot be written", STAGE_LOCAL, 553, { 5, 1, 3 }, CLASS_MAILBOX, BLAME_ADDRESS,
		true, NULL },
	{ "damaged", STAGE_LOCAL, 554, { 5, 3, 0 }, CLASS_SERVER, BLAME_OUR_SETUP, true, NULL },
	{ "This message may go only over TLS: no STARTTLS", STAGE_LOCAL, 451, { 4, 7, 30 },
		CLASS_PROTOCOL, BLAME_THEIR_SERVER, false,
		"The message may go only over a secure connection (TLS), which the server does "
		"not give." },
	{ "", STAGE_LOCAL, 0, { 5, 0, 0 }, CLASS_OTHER, BLAME_THEIR_SERVER, false, NULL },
	{ "Relay access denied", RCPT, 554, { 5, 7, 1 }, CLASS_POLICY, BLAME_THEIR_SERVER, true,
		NULL },
	{ "message looks like spam", DOT, 554, { 0 }, CLASS_CONTENT, BLAME_CONTENT, true,
		NULL },
	{ "virus found", DOT, 554, { 0 }, CLASS_CONTENT, BLAME_CONTENT, true, NULL },
	{ "too many hops", DOT, 554, { 5, 4, 6 }, CLASS_PROTOCOL, BLAME_THEIR_SERVER, true,
		NULL },
	{ "Mail refused OFR_416 [416]", RCPT, 550, { 0 }, CLASS_MAILBOX, BLAME_ADDRESS, true,
		NULL },
	/* words inside addresses and words say nothing */
	{ "<spamhaus@spf.test> ok marbles", RCPT, 550, { 0 }, CLASS_OTHER, BLAME_THEIR_SERVER,
		true, "The server refused the message; its reply says more." },
	{ "spamhaus@spf.test: no", RCPT, 554, { 0 }, CLASS_OTHER, BLAME_THEIR_SERVER, true,
		NULL },
	{ "no", RCPT, 550, { 5, 7, 1 }, CLASS_POLICY, BLAME_THEIR_SERVER, true, NULL },
	{ "no", RCPT, 471, { 0 }, CLASS_OTHER, BLAME_THEIR_SERVER, false, NULL },
	{ "no", RCPT, 503, { 0 }, CLASS_PROTOCOL, BLAME_THEIR_SERVER, true, NULL },
};

static void
test_replies(void **state)
{
	(void)state;
	TEST_EACH(row, replies)
	{
		struct reply r = { row->code, row->dsn, str_z(row->name) };
		struct verdict v = bounce_judge(row->stage, &r);

		assert_string_equal(bounce_class_name(v.class), bounce_class_name(row->class));
		assert_string_equal(blame_name(v.blame), blame_name(row->blame));
		assert_int_equal(v.permanent, row->permanent);
		if (row->en)
			assert_string_equal(v.en, row->en);
		assert_true(v.fr && *v.fr && v.todo_en && v.todo_fr);
		assert_true(!v.permanent || v.rest_s == 0);
	}
}

static void
test_waits(void **state)
{
	static const struct {
		const char *name;
		uint8_t stage;
		uint16_t code;
		uint32_t rest_s, retry_s;
	} table[] = {
		{ "Greylisted, try again in 300 seconds", RCPT, 451, 0, 300 },
		{ "Greylisted, retry in 5 minutes", RCPT, 451, 0, 300 },
		{ "Greylisted, come back in 00:04:59", RCPT, 451, 0, 0 },
		{ "Greylisted, try again in 99999999999 s", RCPT, 451, 0, 0 },
		{ "rate limit, try after 20 s", RCPT, 451, 60, 20 },
		{ "too many connections", STAGE_BANNER, 421, 60, 0 },
		{ "not now", STAGE_BANNER, 421, 30, 0 },
		{ "not now", RCPT, 421, 0, 0 },
		{ "timed out", STAGE_CONNECT, 451, 30, 0 },
		{ "rate limit", RCPT, 550, 0, 0 },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct reply r = { row->code, { 0 }, str_z(row->name) };
		struct verdict v = bounce_judge(row->stage, &r);

		assert_int_equal(v.rest_s, row->rest_s);
		assert_int_equal(v.retry_s, row->retry_s);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(bounce_class_name(CLASS_MAILBOX), "mailbox");
	assert_string_equal(bounce_class_name(CLASSES), "other");
	assert_string_equal(blame_name(BLAME_OUR_IP), "our_ip");
	assert_string_equal(blame_words(BLAME_ADDRESS, false), "the recipient’s address");
	assert_string_equal(blame_words(BLAME_NETWORK, true), "le réseau");
	assert_string_equal(blame_words(BLAMES, true), "personne");
}

TEST_MAIN(TEST(test_replies), TEST(test_waits), TEST(test_names))
