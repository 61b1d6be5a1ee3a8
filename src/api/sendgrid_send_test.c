#include "api/sendgrid_scene.h"

/* ---- limits ---- */

static struct buf
made(const char *head, const char *each, size_t n, const char *tail)
{
	struct buf b;

	buf_init(&b, 4u << 20);
	buf_put_z(&b, head);
	for (size_t i = 0; i < n; i++) {
		buf_put_z(&b, i && each[1] ? "," : "");
		for (const char *p = each; *p; p++) {
			if (*p == '#')
				buf_put_u64(&b, i);
			else
				buf_put_c(&b, *p);
		}
	}
	buf_put_z(&b, tail);
	buf_put_c(&b, '\0');
	return b;
}

static void
test_limits(void **state)
{
	static const struct {
		const char *name, *head, *each;
		size_t n;
		const char *tail, *want; /* want: of n + 1 */
	} table[] = {
		{ "personalizations", "{\"personalizations\":[", "{" TO "}", 1000,
			"]," BASE "}",
			"personalizations: The personalization block is limited to 1000 "
			"personalizations per API request. You have provided 1001 "
			"personalizations. Please consider splitting this into multiple "
			"requests and resending your request." },
		{ "recipients", "{\"personalizations\":[{" TO ",\"bcc\":[",
			"{\"email\":\"b#@y.test\"}", 999, "]}]," BASE "}",
			"personalizations: There is a limit of 1000 total recipients (to + cc "
			"+ "
			"bcc) per request." },
		{ "an address", "{" ONE "," BASE ",\"reply_to\":{\"email\":\"r@", "x", 318,
			"\"}}",
			"reply_to.email: The Reply-To email exceeds the maximum total length "
			"of "
			"320 characters" },
		{ "arguments", "{" ONE "," BASE ",\"custom_args\":{\"a\":\"", "x", 9999, "\"}}",
			"custom_args: The combined size of both global and personalization "
			"custom arguments may not exceed 10,000 bytes per personalization." },
		{ "a category", "{" ONE "," BASE ",\"categories\":[\"", "x", 255, "\"]}",
			NULL },
		{ "substitutions", "{\"personalizations\":[{" TO ",\"substitutions\":{\"a\":\"",
			"x", 9999, "\"}}]," BASE "}",
			"personalizations.0.substitutions: The total size of your "
			"substitutions "
			"may not exceed 10,000 bytes per personalization." },
		{ "headers", "{" ONE "," BASE ",\"headers\":{", "\"X-#\":\"\"", 200, "}}",
			"headers: There is a limit of 200 headers." },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		bool address = strcmp(row->name, "an address") == 0;
		struct buf fits = made(row->head, row->each, row->n, row->tail);
		struct buf over = made(row->head, row->each, row->n + 1, row->tail);
		struct call c;

		/* The vendor's limit is above that of RFC 5321. */
		errors_are(fits.p, address ? "reply_to.email: " BAD_ADDRESS : "");
		if (row->want) {
			errors_are(over.p, row->want);
		} else {
			start(&c, over.p);
			assert_int_equal(c.send.errors.n, 1);
			assert_true(str_ends(
				c.send.errors.at[0].text, STR_LIT("x exceeds this limit")));
			stop(&c);
		}
		buf_done(&fits);
		buf_done(&over);
	}
}

/* What is echoed is bounded, and so are the errors: the answer is always whole. */
static void
test_error_sizes(void **state)
{
	struct buf long_id =
		made("{" ONE "," BASE ",\"ip_pool_name\":\"", "x", 1u << 20, "\"}");
	struct buf many = made("{\"personalizations\":[", "{\"to\":[{\"email\":\"\\u0001#\"}]}",
		1000, "]," BASE "}");
	const char *const bodies[] = { long_id.p, many.p };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct api_answer answer;
		struct call c;

		start(&c, bodies[i]);
		assert_int_equal(c.send.errors.n, i ? API_ERRORS_MAX : 1);
		sendgrid_send_answer(&c.send, &world, &answer);
		assert_true(str_ends(buf_str(&answer.body), STR_LIT("],\"id\":\"req-1\"}")));
		assert_true(answer.body.n < 100000);
		buf_done(&answer.body);
		stop(&c);
	}
	buf_done(&long_id);
	buf_done(&many);
}

/* ---- mail ---- */

static void
test_mail(void **state)
{
	static const char body[] =
		"{\"personalizations\":[{\"to\":[{\"email\":\"b@y.test\",\"name\":\"B\"}],"
		"\"cc\":"
		"[{\"email\":\"c@y.test\"}],\"bcc\":[{\"email\":\"d@y.test\"}],\"from\":{"
		"\"email\":\"p@x.test\"},\"subject\":\"own\",\"headers\":{\"x-a\":\"own\"},"
		"\"custom_args\":{\"k\":\"own\"},\"send_at\":1795513884},{" TO
		",\"send_at\":1795513883}],"
		"\"from\":{\"email\":\"a@x.test\",\"name\":\"A\"},\"reply_to_list\":[{"
		"\"email\":"
		"\"r@x.test\"},{\"email\":\"s@x.test\",\"name\":\"S\"}]," SUBJECT
		",\"content\":[{\"type\":\"text/plain\",\"value\":\"t\"},{\"type\":"
		"\"text/html\",\"value\":\"<BODY><img src=cid:pic></BODY>\"},{\"type\":"
		"\"text/calendar\",\"value\":\"c\"}],\"attachments\":[{\"content\":\"UE5H\","
		"\"filename\":\"l.png\",\"disposition\":\"inline\",\"content_id\":\"logo\"},{"
		"\"content\":\"YQ==\",\"filename\":\"a;b.txt\",\"content_id\":\"no\"},{"
		"\"content\":\"YQ==\",\"filename\":\"p.png\",\"type\":\"image/png\","
		"\"content_id\":\"pic\"},{\"content\":\"YQ==\",\"filename\":\"q.png\","
		"\"disposition\":\"inline\"}],\"headers\":{\"X-A\":\"1\",\"X-B\":\"2\"},"
		"\"categories\":[\"c1\",\"c2\"],\"custom_args\":{\"k\":\"v\",\"l\":\"w\"},"
		"\"asm\":{\"group_id\":7,\"groups_to_display\":[7,8]},"
		"\"mail_settings\":{\"footer\":{\"enable\":true,\"text\":\"-F\",\"html\":"
		"\"<hr>\"}},\"tracking_settings\":{\"click_tracking\":{\"enable\":true},"
		"\"open_tracking\":{\"enable\":false}}}";
	struct call c;

	(void)state;
	start(&c, body);
	assert_int_equal(c.send.errors.n, 0);
	assert_int_equal(c.send.n, 2);
	composes(&c);
	const struct outgoing *o = &c.send.items[0].mail, *p = &c.send.items[1].mail;
	assert_str(o->from.email, "p@x.test");
	assert_str(o->to.at[0].name, "B");
	assert_str(o->cc.at[0].email, "c@y.test");
	assert_str(o->bcc.at[0].email, "d@y.test");
	assert_int_equal(o->reply_to.n, 2);
	assert_str(o->reply_to.at[1].name, "S");
	assert_str(o->subject, "own");
	assert_str(o->text, "t-F");
	assert_str(o->html, "<BODY><img src=cid:pic><hr></BODY>");
	assert_int_equal(o->nothers, 1);
	assert_str(o->others[0].type, "text/calendar");
	assert_int_equal(o->nfiles, 4);
	assert_str(o->files[0].bytes, "PNG");
	assert_str(o->files[0].content_id, "logo");
	assert_str(o->files[1].content_id, "");
	assert_str(o->files[1].name, "a;b.txt");
	assert_str(o->files[2].content_id, "pic");
	assert_str(o->files[3].content_id, "q.png");
	assert_int_equal(o->nfields, 2);
	assert_str(o->fields[0].name, "X-B");
	assert_str(o->fields[1].value, "own");
	assert_int_equal(o->clicks, OUTGOING_ON);
	assert_int_equal(o->opens, OUTGOING_OFF);
	assert_true(o->send_at == INT64_C(1795513884000000));
	assert_false(o->sandbox);
	assert_str(o->about,
		"{\"tags\":[\"c1\",\"c2\"],\"metadata\":{\"k\":\"own\",\"l\":\"w\"},"
		"\"group\":\"7\",\"groups\":[7,8]}");
	assert_int_equal(o->group, 7);
	assert_int_equal(p->group, 7);
	assert_str(p->from.name, "A");
	assert_str(p->subject, "S");
	assert_str(p->fields[0].value, "1");
	assert_true(p->send_at == 0);
	assert_str(p->about, "{\"tags\":[\"c1\",\"c2\"],\"metadata\":{\"k\":\"v\",\"l\":\"w\"},"
			     "\"group\":\"7\",\"groups\":[7,8]}");
	stop(&c);
}

static void
test_bypass(void **state)
{
	static const struct {
		const char *name, *body;
		unsigned bypass;
	} table[] = {
		{ "none", WITH("\"x\":1"), 0 },
		{ "off",
			WITH("\"mail_settings\":{\"bypass_list_management\":{\"enable\":false}"
			     "}"),
			0 },
		{ "list",
			WITH("\"mail_settings\":{\"bypass_list_management\":{\"enable\":true}"
			     "}"),
			MAIL_BYPASS },
		{ "spam",
			WITH("\"mail_settings\":{\"bypass_spam_management\":{\"enable\":true}"
			     "}"),
			MAIL_BYPASS_COMPLAINT },
		{ "bounce",
			WITH("\"mail_settings\":{\"bypass_bounce_management\":{\"enable\":true}"
			     "}"),
			MAIL_BYPASS_BOUNCE },
		{ "unsubscribe",
			WITH("\"mail_settings\":{\"bypass_unsubscribe_management\":{"
			     "\"enable\":true}}"),
			MAIL_BYPASS_UNSUBSCRIBE },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct call c;

		start(&c, row->body);
		assert_int_equal(c.send.errors.n, 0);
		assert_int_equal(c.send.items[0].mail.bypass, row->bypass);
		stop(&c);
	}
}

static void
test_substitutions(void **state)
{
	static const char body[] =
		"{\"personalizations\":[{" TO ",\"substitutions\":{\"-n-\":\"Ann\",\"-greet-\":"
		"\"-hi-\",\"-r-\":\"ann\"},\"subject\":\"For -n-\"},{" TO
		",\"substitutions\":{\"-n-\":\"Bob -greet- <b>\",\"-greet-\":\"\"}},{" TO "}],"
		"" FROM ",\"reply_to\":{\"email\":\"-r-@x.test\",\"name\":\"-n-\"}," SUBJECT
		",\"content\":[{\"type\":\"text/plain\",\"value\":\"-greet- -bye-\"},{\"type\":"
		"\"text/html\",\"value\":\"<p>-n-</p>\"},{\"type\":\"text/x\",\"value\":"
		"\"-n-\"}],\"headers\":{\"X-N\":\"-n--n-\"},\"sections\":{\"-hi-\":"
		"\"Hi -n-!\",\"-bye-\":\"Bye -n-.\"}}";
	struct call c;

	(void)state;
	start(&c, body);
	assert_int_equal(c.send.errors.n, 0);
	const struct outgoing *o = &c.send.items[0].mail;
	assert_str(o->subject, "For Ann");
	assert_str(o->text, "Hi Ann! Bye Ann.");
	assert_str(o->html, "<p>Ann</p>");
	assert_str(o->others[0].text, "Ann");
	assert_str(o->fields[0].value, "AnnAnn");
	assert_str(o->reply_to.at[0].email, "ann@x.test");
	assert_str(o->reply_to.at[0].name, "Ann");
	o = &c.send.items[1].mail;
	assert_str(o->subject, "S");
	/* A value is not looked at again. */
	assert_str(o->text, " Bye Bob -greet- <b>.");
	assert_str(o->html, "<p>Bob -greet- <b></p>");
	assert_str(o->reply_to.at[0].email, "-r-@x.test");
	o = &c.send.items[2].mail;
	assert_str(o->text, "-greet- Bye -n-.");
	assert_str(o->html, "<p>-n-</p>");
	stop(&c);
}

/* ---- answers ---- */

static void
answer_is(const struct api_send *s, int status, const char *want, const char *id)
{
	struct api_answer answer;

	sendgrid_send_answer(s, &world, &answer);
	assert_str(buf_str(&answer.body), want);
	assert_str(answer.message_id, id);
	assert_int_equal(answer.status, status);
	assert_string_equal(answer.type, "application/json");
	buf_done(&answer.body);
}

#define END ",\"help\":null}],\"id\":\"req-1\"}"

static void
test_answers(void **state)
{
	char uuid[UUID_TEXT];
	struct call c;

	(void)state;
	start(&c, "{\"personalizations\":[{" TO "},{" TO "}]," BASE "}");
	c.send.items[0].message = 100;
	c.send.items[1].message = 110;
	answer_is(&c.send, 202, "", uuid_write(uuid, world.uuid_key, 100));
	/* All or none: one refusal is the call's. */
	c.send.items[1].refusal = API_SENDER;
	c.send.items[1].refusal_text = STR_LIT("not yours");
	answer_is(&c.send, 403,
		"{\"errors\":[{\"message\":\"The from address does not match a verified Sender "
		"Identity. Mail cannot be sent until this error is resolved.\",\"field\":"
		"\"from\"" END,
		"");
	c.send.items[1].refusal = API_SUSPENDED;
	answer_is(
		&c.send, 403, "{\"errors\":[{\"message\":\"not yours\",\"field\":null" END, "");
	c.send.items[1].refusal = API_BUSY;
	answer_is(
		&c.send, 503, "{\"errors\":[{\"message\":\"not yours\",\"field\":null" END, "");
	stop(&c);
	start(&c, WITH("\"mail_settings\":{\"sandbox_mode\":{\"enable\":true}}"));
	answer_is(&c.send, 200, "", "");
	stop(&c);
	start(&c, "nonsense");
	answer_is(&c.send, 400, "{\"errors\":[{\"message\":\"Bad Request\",\"field\":null" END,
		"");
	stop(&c);
	start(&c, "\xff");
	answer_is(&c.send, 415,
		"{\"errors\":[{\"message\":\"Invalid UTF8 in request\",\"field\":null" END, "");
	stop(&c);
	start(&c, "{\"personalizations\":[{\"to\":[{\"email\":\"b\"}]}]," BASE "}");
	answer_is(&c.send, 400,
		"{\"errors\":[{\"message\":\"" BAD_ADDRESS
		"\",\"field\":\"personalizations.0.to.0.email\"" END,
		"");
	stop(&c);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *want;
	} table[] = {
		{ "key", 401,
			"The provided authorization grant is invalid, expired, or revoked" },
		{ "scope", 403, "access forbidden" },
		{ "path", 404, "not found" },
		{ "method", 405, "method not allowed" },
		{ "type", 415, "Content-Type should be application/json." },
		{ "rate", 429, "too many requests" },
		{ "busy", 503, "The service is busy; nothing was sent, try again later." },
		{ "other", 500, "Internal error; nothing was sent, try again later." },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct api_answer answer;
		char want[300];

		snprintf(want, sizeof want,
			"{\"errors\":[{\"message\":\"%s\",\"field\":null" END, row->want);
		sendgrid_send_refuse(row->status, &world, &answer);
		assert_int_equal(answer.status, row->status);
		assert_str(buf_str(&answer.body), want);
		assert_str(answer.message_id, "");
		buf_done(&answer.body);
	}
}

/* A content of n bytes. */
static void
size_is(size_t n, int status)
{
	struct buf b;
	struct call c;
	char *room;

	buf_init(&b, 40u << 20);
	buf_put_z(&b, "{" ONE "," FROM "," SUBJECT
		      ",\"content\":[{\"type\":\"text/plain\",\"value\":\"");
	room = buf_room(&b, n);
	assert_non_null(room);
	memset(room, 'x', n);
	buf_added(&b, n);
	buf_put(&b, str_of("\"}]}", 5));
	start(&c, b.p);
	assert_int_equal(c.send.errors.n, status ? 1 : 0);
	if (status) {
		assert_int_equal(c.send.errors.at[0].status, status);
		assert_int_equal(c.send.errors.at[0].nrelated, 0);
	}
	stop(&c);
	buf_done(&b);
}

static void
test_size(void **state)
{
	(void)state;
	size_is(30u << 20, 0);
	size_is((30u << 20) + 1, 413);
}

TEST_MAIN(TEST(test_size), TEST(test_limits), TEST(test_error_sizes), TEST(test_mail),
	TEST(test_bypass), TEST(test_substitutions), TEST(test_answers), TEST(test_refusals))
