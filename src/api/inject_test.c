#include "api/dialects.h"
#include "base/mem.h"
#include "base/test.h"
#include "base/text.h"
#include "send/outgoing_law.h"

/*
 * Every text of every dialect, with every text that would be a header field, a recipient, a
 * part, or too much. Either it is an error, or the message keeps the laws of outgoing_law.h,
 * has as many recipients as without it, none of them the evil one, and no line of its own
 * making.
 */

#define EVIL "evil@z.test"

static const struct {
	const char *name, *text;
	size_t n, times;
	bool comma; /* one more address, where a text is a list of them */
} payloads[] = {
#define P(text) (text), sizeof(text) - 1
	{ "CRLF", P("\r\nBcc: " EVIL), 1, false },
	{ "LF", P("\nBcc: " EVIL), 1, false },
	{ "CR", P("\rBcc: " EVIL), 1, false },
	{ "end of the header", P("\r\n\r\nBcc: " EVIL), 1, false },
	{ "folded", P("\r\n Bcc: " EVIL), 1, false },
	{ "NUL", P("\0\r\nBcc: " EVIL), 1, false },
	{ "NUL alone", P("\0Bcc: " EVIL), 1, false },
	{ "VT and FF", P("\v\fBcc: " EVIL), 1, false },
	{ "DEL", P("\177Bcc: " EVIL), 1, false },
	{ "U+2028", P("\u2028Bcc: " EVIL), 1, false },
	{ "U+2029", P("\u2029Bcc: " EVIL), 1, false },
	{ "U+0085", P("\302\205Bcc: " EVIL), 1, false },
	{ "U+560A, cut to a line end elsewhere", P("\u560d\u560aBcc: " EVIL), 1, false },
	{ "bidi", P("\u202eBcc: " EVIL), 1, false },
	{ "no UTF-8",
		P("\xff\xc0\x8a"
		  "Bcc: " EVIL),
		1, false },
	{ "encoded word", P(" =?UTF-8?Q?=0D=0ABcc:_" EVIL "?= "), 1, false },
	{ "encoded word in base64", P(" =?UTF-8?B?DQpCY2M6IGV2aWxAei50ZXN0?= "), 1, false },
	{ "encoded words", P(" =?UTF-8?B?QUFBQUFBQUFBQUFBQUFBQQ==?="), 2000, false },
	{ "one more address", P(", " EVIL), 1, true },
	{ "address in brackets", P(" <" EVIL ">"), 1, false },
	{ "address in brackets, closed", P("> <" EVIL ">"), 1, false },
	{ "quotes", P("\", \"x\" <" EVIL ">"), 1, true },
	{ "group", P(": " EVIL ";"), 1, false },
	{ "comment", P("(\\) " EVIL ","), 1, true },
	{ "parameter", P("\"; filename=\"x"), 1, false },
	{ "backslash", P("\\"), 1, false },
	{ "boundary", P("\r\n--=_m0_seed\r\n"), 1, false },
	{ "long", P("a"), 20000, false },
	{ "long with gaps", P("a "), 10000, false },
	{ "gaps", P(" "), 20000, false },
	{ "long in other letters", P("\u00e9"), 10000, false },
	{ "tab", P("\tx"), 1, false },
#undef P
};
#define NPAYLOADS (sizeof payloads / sizeof *payloads)

enum {
	LIST = 1,
	/* a list of addresses */ BODY = 2 /* what people read: its lines are free */
};

/* "@@" is where the payload goes. */
static const struct {
	enum dialect dialect;
	const char *name, *body;
	int flags;
} fields[] = {
#define N(members) "{\"from\":\"a@x.test\",\"to\":\"b@y.test\",\"text\":\"t\"," members "}"
	{ NATIVE, "from", "{\"from\":\"a@x.test@@\",\"to\":\"b@y.test\",\"text\":\"t\"}", 0 },
	{ NATIVE, "from name",
		"{\"from\":{\"email\":\"a@x.test\",\"name\":\"A@@\"},\"to\":\"b@y.test\","
		"\"text\":"
		"\"t\"}",
		0 },
	{ NATIVE, "from in quotes",
		"{\"from\":\"\\\"A@@\\\" <a@x.test>\",\"to\":\"b@y.test\",\"text\":\"t\"}", 0 },
	{ NATIVE, "to", "{\"from\":\"a@x.test\",\"to\":[\"b@y.test@@\"],\"text\":\"t\"}", 0 },
	{ NATIVE, "to before",
		"{\"from\":\"a@x.test\",\"to\":[\"@@ <b@y.test>\"],\"text\":\"t\"}", 0 },
	{ NATIVE, "to email",
		"{\"from\":\"a@x.test\",\"to\":{\"email\":\"b@y.test@@\"},\"text\":\"t\"}", 0 },
	{ NATIVE, "to name", N("\"cc\":{\"email\":\"c@y.test\",\"name\":\"@@\"}"), 0 },
	{ NATIVE, "bcc name", N("\"bcc\":{\"email\":\"c@y.test\",\"name\":\"@@\"}"), 0 },
	{ NATIVE, "reply_to", N("\"reply_to\":\"r@x.test@@\""), 0 },
	{ NATIVE, "sender", N("\"sender\":\"r@x.test@@\""), 0 },
	{ NATIVE, "subject", N("\"subject\":\"S@@\""), 0 },
	{ NATIVE, "subject alone", N("\"subject\":\"@@\""), 0 },
	{ NATIVE, "text", "{\"from\":\"a@x.test\",\"to\":\"b@y.test\",\"text\":\"t@@\"}",
		BODY },
	{ NATIVE, "html", N("\"html\":\"t@@\""), BODY },
	{ NATIVE, "filename",
		N("\"attachments\":[{\"filename\":\"f@@\",\"content\":\"YQ==\"}]"), 0 },
	{ NATIVE, "content_type",
		N("\"attachments\":[{\"filename\":\"f\",\"content_type\":\"text/"
		  "plain@@\",\"content\":\"YQ==\"}]"),
		0 },
	{ NATIVE, "content_id",
		N("\"html\":\"h\",\"attachments\":[{\"filename\":\"f\",\"content_id\":\"c@@\","
		  "\"content\":\"YQ==\"}]"),
		0 },
	{ NATIVE, "header name", N("\"headers\":{\"X-A@@\":\"1\"}"), 0 },
	{ NATIVE, "header value", N("\"headers\":{\"X-A\":\"1@@\"}"), 0 },
	{ NATIVE, "Message-ID", N("\"headers\":{\"Message-ID\":\"<1@x.test>@@\"}"), 0 },
	{ NATIVE, "tag", N("\"tags\":[\"t@@\"]"), 0 },
	{ NATIVE, "metadata", N("\"metadata\":{\"k@@\":\"v@@\"}"), 0 },
	{ NATIVE, "stream", N("\"stream\":\"broadcast@@\""), 0 },
#define MJ_(from, to, members)                                                                 \
	"{\"Messages\":[{\"From\":{" from "},\"To\":[{" to "}],\"TextPart\":\"t\"" members "}" \
	"]"                                                                                    \
	"}"
#define MJ_A       "\"Email\":\"a@x.test\""
#define MJ_B       "\"Email\":\"b@y.test\""
#define MJ(member) MJ_(MJ_A, MJ_B, "," member)
	{ MAILJET, "From", MJ_("\"Email\":\"a@x.test@@\"", MJ_B, ""), 0 },
	{ MAILJET, "From name", MJ_(MJ_A ",\"Name\":\"@@\"", MJ_B, ""), 0 },
	{ MAILJET, "To", MJ_(MJ_A, "\"Email\":\"b@y.test@@\"", ""), 0 },
	{ MAILJET, "To name", MJ_(MJ_A, MJ_B ",\"Name\":\"B@@\"", ""), 0 },
	{ MAILJET, "Cc name", MJ("\"Cc\":[{\"Email\":\"c@y.test\",\"Name\":\"@@\"}]"), 0 },
	{ MAILJET, "ReplyTo", MJ("\"ReplyTo\":{\"Email\":\"r@x.test\",\"Name\":\"@@\"}"), 0 },
	{ MAILJET, "Sender", MJ("\"Sender\":{\"Email\":\"r@x.test@@\"}"), 0 },
	{ MAILJET, "Subject", MJ("\"Subject\":\"@@\""), 0 },
	{ MAILJET, "a variable in the subject",
		MJ("\"Subject\":\"[[var:a]]\",\"Variables\":{\"a\":\"@@\"}"), 0 },
	{ MAILJET, "a default in the subject", MJ("\"Subject\":\"[[var:a:\\\"@@\\\"]]\""), 0 },
	{ MAILJET, "HTMLPart", MJ("\"HTMLPart\":\"@@\""), BODY },
	{ MAILJET, "Filename",
		MJ("\"Attachments\":[{\"ContentType\":\"a/b\",\"Filename\":\"f@@\","
		   "\"Base64Content\":\"YQ==\"}]"),
		0 },
	{ MAILJET, "Filename of an image",
		MJ("\"HTMLPart\":\"h\",\"InlinedAttachments\":[{\"ContentType\":\"a/"
		   "b\",\"Filename\":\"f@@\",\"Base64Content\":\"YQ==\"}]"),
		0 },
	{ MAILJET, "ContentType",
		MJ("\"Attachments\":[{\"ContentType\":\"a/b@@\",\"Filename\":\"f\","
		   "\"Base64Content\":\"YQ==\"}]"),
		0 },
	{ MAILJET, "ContentID",
		MJ("\"HTMLPart\":\"h\",\"InlinedAttachments\":[{\"ContentType\":\"a/"
		   "b\",\"Filename\":\"f\",\"ContentID\":\"c@@\",\"Base64Content\":\"YQ==\"}]"),
		0 },
	{ MAILJET, "Headers name", MJ("\"Headers\":{\"X-A@@\":\"1\"}"), 0 },
	{ MAILJET, "Headers value", MJ("\"Headers\":{\"X-A\":\"@@\"}"), 0 },
	{ MAILJET, "CustomID", MJ("\"CustomID\":\"@@\",\"EventPayload\":\"@@\""), 0 },
	{ MAILJET, "CustomCampaign", MJ("\"CustomCampaign\":\"@@\",\"URLTags\":\"@@\""), 0 },
	{ MAILJET, "TrackOpens", MJ("\"TrackOpens\":\"enabled@@\""), 0 },
#define V3_A       "\"FromEmail\":\"a@x.test\",\"Text-part\":\"t\","
#define V3(member) "{" V3_A "\"Recipients\":[{\"Email\":\"b@y.test\"}]," member "}"
	{ MAILJET_V3, "FromEmail",
		"{\"FromEmail\":\"a@x.test@@\",\"To\":\"b@y.test\",\"Text-part\":\"t\"}", 0 },
	{ MAILJET_V3, "FromName", V3("\"FromName\":\"@@\""), 0 },
	{ MAILJET_V3, "Recipients email",
		"{" V3_A "\"Recipients\":[{\"Email\":\"b@y.test@@\"}]}", 0 },
	{ MAILJET_V3, "Recipients name",
		"{" V3_A "\"Recipients\":[{\"Email\":\"b@y.test\",\"Name\":\"@@\"}]}", 0 },
	{ MAILJET_V3, "To", "{" V3_A "\"To\":\"b@y.test@@\"}", LIST },
	{ MAILJET_V3, "To before", "{" V3_A "\"To\":\"@@ <b@y.test>\"}", LIST },
	{ MAILJET_V3, "Cc", "{" V3_A "\"To\":\"b@y.test\",\"Cc\":\"c@y.test@@\"}", LIST },
	{ MAILJET_V3, "Vars",
		"{" V3_A "\"Subject\":\"[[var:a]]\",\"Recipients\":[{\"Email\":\"b@y.test\","
		"\"Vars\":{\"a\":\"@@\"}}]}",
		0 },
	{ MAILJET_V3, "Subject", V3("\"Subject\":\"@@\""), 0 },
	{ MAILJET_V3, "Html-part", V3("\"Html-part\":\"@@\""), BODY },
	{ MAILJET_V3, "Reply-To", V3("\"Headers\":{\"Reply-To\":\"r@x.test@@\"}"), 0 },
	{ MAILJET_V3, "Headers name", V3("\"Headers\":{\"X-A@@\":\"1\"}"), 0 },
	{ MAILJET_V3, "Headers value", V3("\"Headers\":{\"X-A\":\"@@\"}"), 0 },
	{ MAILJET_V3, "file",
		V3("\"Attachments\":[{\"Content-type\":\"a/"
		   "b@@\",\"Filename\":\"f@@\",\"content\":"
		   "\"YQ==\"}]"),
		0 },
	{ MAILJET_V3, "image",
		V3("\"Html-part\":\"h\",\"Inline_attachments\":[{\"Content-type\":\"a/"
		   "b\",\"Filename\":\"f@@\",\"content\":\"YQ==\"}]"),
		0 },
	{ MAILJET_V3, "texts of events",
		V3("\"Mj-CustomID\":\"@@\",\"Mj-EventPayLoad\":\"@@\""), 0 },
#define SG_(from, to, members)                                                                 \
	"{\"personalizations\":[{\"to\":[{" to "}]}],\"from\":{" from                          \
	"},\"subject\":\"s\",\"content\":[{\"type\":\"text/plain\",\"value\":\"t\"}]" members  \
	"}"
#define SG_A       "\"email\":\"a@x.test\""
#define SG_B       "\"email\":\"b@y.test\""
#define SG(member) SG_(SG_A, SG_B, "," member)
#define SG_P(personalization, subject)                                                         \
	"{\"personalizations\":[{\"to\":[{" SG_B "}]," personalization "}],\"from\":{" SG_A    \
	"},\"subject\":\"" subject                                                             \
	"\",\"content\":[{\"type\":\"text/plain\",\"value\":\"t\"}]}"
	{ SENDGRID, "from", SG_("\"email\":\"a@x.test@@\"", SG_B, ""), 0 },
	{ SENDGRID, "from name", SG_(SG_A ",\"name\":\"@@\"", SG_B, ""), 0 },
	{ SENDGRID, "to", SG_(SG_A, "\"email\":\"b@y.test@@\"", ""), 0 },
	{ SENDGRID, "to name", SG_(SG_A, SG_B ",\"name\":\"@@\"", ""), 0 },
	{ SENDGRID, "subject", SG_P("\"subject\":\"@@\"", "s"), 0 },
	{ SENDGRID, "substitution", SG_P("\"substitutions\":{\"-a-\":\"@@\"}", "s -a-"), 0 },
	{ SENDGRID, "substitution's name", SG_P("\"substitutions\":{\"@@\":\"x\"}", "s"), 0 },
	{ SENDGRID, "own header", SG_P("\"headers\":{\"X-A\":\"@@\"}", "s"), 0 },
	{ SENDGRID, "header name", SG("\"headers\":{\"X-A@@\":\"1\"}"), 0 },
	{ SENDGRID, "header value", SG("\"headers\":{\"X-A\":\"@@\"}"), 0 },
	{ SENDGRID, "reply_to", SG("\"reply_to\":{\"email\":\"r@x.test@@\"}"), 0 },
	{ SENDGRID, "reply_to name",
		SG("\"reply_to_list\":[{\"email\":\"r@x.test\",\"name\":\"@@\"}]"), 0 },
	{ SENDGRID, "content type",
		"{\"personalizations\":[{\"to\":[{" SG_B "}]}],\"from\":{" SG_A
		"},\"subject\":\"s\",\"content\":[{\"type\":\"text/"
		"calendar@@\",\"value\":\"t\"}]}",
		0 },
	{ SENDGRID, "content",
		"{\"personalizations\":[{\"to\":[{" SG_B "}]}],\"from\":{" SG_A
		"},\"subject\":\"s\",\"content\":[{\"type\":\"text/html\",\"value\":\"t@@\"}]}",
		BODY },
	{ SENDGRID, "file", SG("\"attachments\":[{\"content\":\"YQ==\",\"filename\":\"f@@\"}]"),
		0 },
	{ SENDGRID, "file type",
		SG("\"attachments\":[{\"content\":\"YQ==\",\"filename\":\"f\",\"type\":\"a/"
		   "b@@\"}]"),
		0 },
	{ SENDGRID, "content id",
		SG("\"attachments\":[{\"content\":\"YQ==\",\"filename\":\"f\",\"disposition\":"
		   "\"inline\",\"content_id\":\"c@@\"}]"),
		0 },
	{ SENDGRID, "category", SG("\"categories\":[\"@@\"],\"custom_args\":{\"a\":\"@@\"}"),
		0 },
	{ SENDGRID, "footer",
		SG("\"mail_settings\":{\"footer\":{\"enable\":true,\"text\":\"@@\"}}"), BODY },
	{ SENDGRID, "subscription_tracking",
		SG("\"tracking_settings\":{\"subscription_tracking\":{\"enable\":true,"
		   "\"text\":\"@@\",\"html\":\"@@\"}}"),
		BODY },
	{ SENDGRID, "ganalytics",
		SG("\"tracking_settings\":{\"ganalytics\":{\"enable\":true,\"utm_source\":"
		   "\"@@\"}}"),
		0 },
#define PM_(from, to, members)                                                                 \
	"{\"From\":\"" from "\",\"To\":\"" to "\",\"TextBody\":\"t\"" members "}"
#define PM(member) PM_("a@x.test", "b@y.test", "," member)
	{ POSTMARK, "From", PM_("a@x.test@@", "b@y.test", ""), 0 },
	{ POSTMARK, "From name", PM_("A@@ <a@x.test>", "b@y.test", ""), 0 },
	{ POSTMARK, "From name in quotes", PM_("\\\"A@@\\\" <a@x.test>", "b@y.test", ""), 0 },
	{ POSTMARK, "To", PM_("a@x.test", "b@y.test@@", ""), LIST },
	{ POSTMARK, "To name", PM_("a@x.test", "B@@ <b@y.test>", ""), LIST },
	{ POSTMARK, "Cc", PM("\"Cc\":\"c@y.test@@\""), LIST },
	{ POSTMARK, "ReplyTo", PM("\"ReplyTo\":\"c@y.test@@\""), 0 },
	{ POSTMARK, "Subject", PM("\"Subject\":\"@@\""), 0 },
	{ POSTMARK, "HtmlBody", PM("\"HtmlBody\":\"@@\""), BODY },
	{ POSTMARK, "Tag", PM("\"Tag\":\"@@\",\"Metadata\":{\"k\":\"@@\"}"), 0 },
	{ POSTMARK, "Headers name", PM("\"Headers\":[{\"Name\":\"X-A@@\",\"Value\":\"1\"}]"),
		0 },
	{ POSTMARK, "Headers value", PM("\"Headers\":[{\"Name\":\"X-A\",\"Value\":\"@@\"}]"),
		0 },
	{ POSTMARK, "file",
		PM("\"Attachments\":[{\"Name\":\"f@@\",\"Content\":\"YQ==\",\"ContentType\":"
		   "\"a/"
		   "b\"}]"),
		0 },
	{ POSTMARK, "file type",
		PM("\"Attachments\":[{\"Name\":\"f\",\"Content\":\"YQ==\",\"ContentType\":\"a/"
		   "b@@\"}]"),
		0 },
	{ POSTMARK, "content id",
		PM("\"HtmlBody\":\"h\",\"Attachments\":[{\"Name\":\"f\",\"Content\":\"YQ==\","
		   "\"ContentType\":\"a/b\",\"ContentID\":\"cid:c@@\"}]"),
		0 },
	{ POSTMARK, "MessageStream", PM("\"MessageStream\":\"outbound@@\""), 0 },
#define MG "from=a%40x.test&to=b%40y.test&text=t&"
	{ MAILGUN, "from", "from=a%40x.test@@&to=b%40y.test&text=t", 0 },
	{ MAILGUN, "from name", "from=A@@ <a%40x.test>&to=b%40y.test&text=t", 0 },
	{ MAILGUN, "to", "from=a%40x.test&to=b%40y.test@@&text=t", LIST },
	{ MAILGUN, "to name", "from=a%40x.test&to=@@ <b%40y.test>&text=t", LIST },
	{ MAILGUN, "cc", MG "cc=c%40y.test@@", LIST },
	{ MAILGUN, "bcc", MG "bcc=c%40y.test@@", LIST },
	{ MAILGUN, "subject", MG "subject=@@", 0 },
	{ MAILGUN, "html", MG "html=@@", BODY },
	{ MAILGUN, "amp-html", MG "amp-html=@@", BODY },
	{ MAILGUN, "h: value", MG "h:X-A=@@", 0 },
	{ MAILGUN, "h: name", MG "h:X-A@@=1", 0 },
	{ MAILGUN, "h:Reply-To", MG "h:Reply-To=r%40x.test@@", 0 },
	{ MAILGUN, "h:Sender", MG "h:Sender=r%40x.test@@", 0 },
	{ MAILGUN, "h:Message-Id", MG "h:Message-Id=<1%40x.test>@@", 0 },
	{ MAILGUN, "o:tag", MG "o:tag=@@&v:a=@@", 0 },
	{ MAILGUN, "v: name", MG "v:a@@=1", 0 },
	{ MAILGUN, "recipient variable",
		MG
		"subject=%25recipient.n%25&recipient-variables={\"b%40y.test\":{\"n\":\"@@\"}}",
		0 },
#define PART(head, body) "--B\r\nContent-Disposition: form-data; " head "\r\n\r\n" body "\r\n"
#define FORM                                                                                   \
	PART("name=\"from\"", "a@x.test")                                                      \
	PART("name=\"to\"", "b@y.test") PART("name=\"text\"", "t")
	{ MAILGUN_MULTIPART, "subject", FORM PART("name=\"subject\"", "@@") "--B--\r\n", 0 },
	{ MAILGUN_MULTIPART, "a name", FORM PART("name=\"h:X-A@@\"", "1") "--B--\r\n", 0 },
	{ MAILGUN_MULTIPART, "a file's name",
		FORM PART("name=\"attachment\"; filename=\"f@@\"", "1") "--B--\r\n", 0 },
	{ MAILGUN_MULTIPART, "an image's name",
		FORM PART("name=\"html\"", "h")
			PART("name=\"inline\"; filename=\"f@@\"", "1") "--B--\r\n",
		0 },
	{ MAILGUN_MULTIPART, "a file's type",
		FORM PART("name=\"attachment\"; filename=\"f\"\r\nContent-Type: a/b@@",
			"1") "--B--"
			     "\r"
			     "\n",
		0 },
};
#define NFIELDS (sizeof fields / sizeof *fields)

/* ---- */

/* As a client that knows its format writes it. */
static void
payload_put(struct buf *b, enum dialect d, struct str raw)
{
	struct buf quoted;

	if (d == MAILGUN_MULTIPART) {
		buf_put(b, raw);
	} else if (d == MAILGUN) {
		for (size_t i = 0; i < raw.n; i++)
			buf_printf(b, "%%%02X", (unsigned char)raw.p[i]);
	} else {
		buf_init(&quoted, 16u << 20);
		text_json(&quoted, raw);
		buf_put(b, str_of(quoted.p + 1, quoted.n - 2));
		buf_done(&quoted);
	}
}

/* The JSON inside a form is quoted first: its texts are what is attacked. */
static void
body_put(struct buf *b, size_t field, struct str raw)
{
	struct str rest = str_z(fields[field].body), mark = STR_LIT("@@");
	bool inner = fields[field].dialect == MAILGUN &&
	             str_find_str(rest, STR_LIT("recipient-variables")) < rest.n;
	struct buf json;

	buf_init(&json, 16u << 20);
	if (inner) {
		payload_put(&json, NATIVE, raw);
		raw = buf_str(&json);
	}
	while (rest.n > 0) {
		size_t at = str_find_str(rest, mark);

		buf_put(b, str_head(rest, at));
		if (at < rest.n)
			payload_put(b, fields[field].dialect, raw);
		rest = str_from(rest, at + mark.n);
	}
	buf_done(&json);
}

static size_t
recipients(struct arena *a, const struct outgoing *o)
{
	struct msg_rcpts rcpts;

	must(outgoing_rcpts(a, o, &rcpts, NULL) == 0);
	return rcpts.n;
}

static void
check_mail(struct arena *a, const struct outgoing *o, int flags, bool comma)
{
	static const struct outgoing_stamp stamp = { .message_id = { "<1@x.test>", 10 },
		.seed = { "seed", 4 } };
	const char *why = NULL;
	struct msg_rcpts rcpts;
	struct str rest;
	struct buf out;

	(void)outgoing_law_message(a, o);
	must(outgoing_rcpts(a, o, &rcpts, NULL) == 0);
	for (size_t i = 0; i < rcpts.n; i++)
		must((flags & LIST && comma) ||
			str_find_str(rcpts.at[i].address, STR_LIT(EVIL)) ==
				rcpts.at[i].address.n);
	buf_init(&out, OUTGOING_LAW_MAX);
	must(outgoing_compose(a, o, &stamp, &out, &why) == 0);
	rest = buf_str(&out);
	if (flags & BODY)
		rest = str_head(rest, header_length(rest));
	while (rest.p)
		must(!str_istarts(str_cut(&rest, '\n'), STR_LIT("bcc")));
	buf_done(&out);
}

/* How many recipients; 0: it is refused. */
static size_t
try(size_t field, struct str raw, bool comma)
{
	struct api_send s;
	struct arena a;
	struct buf body;
	size_t n = 0;

	arena_init(&a, 64u << 20);
	buf_init(&body, 16u << 20);
	api_send_init(&s, &a);
	body_put(&body, field, raw);
	assert_int_equal(dialects_read(&s, fields[field].dialect, buf_str(&body)), 0);
	for (size_t i = 0; i < s.n && s.errors.n == 0; i++) {
		if (s.items[i].errors.n > 0)
			continue;
		check_mail(&a, &s.items[i].mail, fields[field].flags, comma);
		n += recipients(&a, &s.items[i].mail);
	}
	api_send_done(&s);
	buf_done(&body);
	arena_done(&a);
	return n;
}

static void
test_inject(void **state)
{
	(void)state;
	for (size_t f = 0; f < NFIELDS; f++) {
		/* A field that takes nothing would prove nothing. */
		size_t want = try(f, STR_LIT("1"), false);

		if (want == 0)
			want = try(f, STR_NONE, false);
		if (want == 0)
			fail_msg("%s (%d) takes nothing", fields[f].name, fields[f].dialect);
		for (size_t p = 0; p < NPAYLOADS; p++) {
			struct str raw = str_of(payloads[p].text, payloads[p].n);
			struct buf long_one;
			size_t got;

			buf_init(&long_one, 1u << 20);
			for (size_t i = 0; i < payloads[p].times; i++)
				buf_put(&long_one, raw);
			got = try(f, buf_str(&long_one), payloads[p].comma);
			if (got > want && !(fields[f].flags & LIST && payloads[p].comma))
				fail_msg("%s (%d) with %s: %zu recipients, not %zu",
					fields[f].name, fields[f].dialect, payloads[p].name,
					got, want);
			buf_done(&long_one);
		}
	}
}

TEST_MAIN(TEST(test_inject))
