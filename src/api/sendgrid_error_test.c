#include "api/sendgrid_scene.h"

#define FILE_(m) WITH("\"attachments\":[{" m "}]")
#define OBJECTS                                                                                \
	"e.g. {\"email\": \"example@example.com\"} or {\"email\": \"example@example.com\", "   \
	"\"name\": \"Example Recipient\"}"
#define ARRAY(name)                                                                            \
	"The " name " must at least have an email parameter with a valid email address and "   \
	"it may also contain a name parameter. " OBJECTS
#define NO_TO "The to parameter is required for all personalization objects."
#define BAD_SUBJECT                                                                            \
	"The subject of your email must be a string at least one character in length."
#define NO_SUBJECT                                                                             \
	"The subject is required. You can get around this requirement if you use a template "  \
	"with a subject defined or if every personalization has a subject defined."
#define NO_CONTENT                                                                             \
	"There must be at least one defined content block. We typically suggest both "         \
	"text/plain and text/html blocks are included, but only one block is required."
#define CONTROLS "The value cannot contain CRLF or other control characters."
#define ORDER                                                                                  \
	"Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent "   \
	"in your email: text/plain needs to be first, followed by text/html, followed by any " \
	"other content."
#define RESERVED "Header cannot be one of the reserved keys."
#define KEYS     "Header keys cannot contain non-ASCII characters or empty spaces."
#define VALUES   "Header values cannot contain CRLF or other control characters."
#define ARGS     "All values of custom arguments object must be strings"
#define UNIX                                                                                   \
	"The send_at parameter is expecting a Unix timestamp as an integer. We will send "     \
	"immediately if you include a send_at timestamp that is in the past."
#define LATE "Scheduling more than 72 hours in advance is forbidden."
#define UNSUPPORTED                                                                            \
	"This setting is not supported by this service. Leave it out or do not enable it."
#define TYPE(t) "This parameter must be of the type " t "."

struct row {
	const char *name, *body, *want;
};

static void
rows_are(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		test_at(rows[i].name);
		errors_are(rows[i].body, rows[i].want);
	}
	test_at(NULL);
}

#define E10  "éééééééééé"
#define E100 E10 E10 E10 E10 E10 E10 E10 E10 E10 E10

static const struct row
	people
		[] = {
			{ "fine", "{" ONE "," BASE "}", "" },
			{ "unknown members and null are passed over",
				WITH("\"x\":1,\"asm\":null"), "" },
			{ "no JSON", "{\"from\":", "-: Bad Request" },
			{ "no object", "[]", "-: Bad Request" },
			{ "a name twice", WITH(SUBJECT), "-: Bad Request" },
			{ "NUL", WITH("\"x\":\"\\u0000\""), "-: Bad Request" },
			{ "no UTF-8", WITH("\"x\":\"\xff\""), "-: Invalid UTF8 in request" },
			{ "nobody", "{" BASE "}",
				"personalizations: You must have at least one "
				"personalization." },
			{ "empty", "{\"personalizations\":[]," BASE "}",
				"personalizations: You must have at least one "
				"personalization." },
			{ "no list", "{\"personalizations\":{}," BASE "}",
				"personalizations: You must have at least one "
				"personalization." },
			{ "no to",
				"{\"personalizations\":[{\"cc\":[]},{\"to\":[]},{\"to\":1}]"
				"," BASE "}",
				"personalizations.0.to: " NO_TO
				"\npersonalizations.1.to: " NO_TO
				"\npersonalizations.2.to: " NO_TO },
			{ "no address",
				OWN("\"cc\":[{}],\"bcc\":[{\"email\":\"\"},3],\"from\":{"
				    "\"name\":\"n\"}"),
				"personalizations.0.cc.0.email: " ARRAY("cc array, when used,") "\npersonalizations.0.bcc.0.email: " ARRAY(
					"bcc array, when used,") "\npersonalizations.0.bcc.1:"
								 " " ARRAY(
									 "bcc array, when "
									 "used,") "\npersonal"
										  "izations."
										  "0.from."
										  "email: "
										  "The from "
										  "object "
										  "must at "
										  "least "
										  "have "
										  "an email "
										  "parameter "
										  "with a "
										  "valid "
										  "email "
										  "address "
										  "and may "
										  "also "
										  "contain a "
										  "name "
										  "parameter."
										  " " OBJECTS },
			{ "to is no object",
				"{\"personalizations\":[{\"to\":[\"b@y.test\",{\"email\":7}]}]"
				"," BASE "}",
				"personalizations.0.to.0: " ARRAY("to array") "\npersonalizatio"
									      "ns.0.to.1.email:"
									      " " ARRAY("to "
											"arra"
											"y") },
			{ "no such address",
				"{\"personalizations\":[{" TO
				",\"cc\":[{\"email\":\"c\"},{\"email\":"
				"\"c@y.test\\r\\nBcc: "
				"e@y.test\"}]},{\"to\":[{\"email\":\"@\"}],"
				"\"from\":{\"email\":\"a\"}}]," BASE "}",
				"personalizations.0.cc.0.email: " BAD_ADDRESS
				"\npersonalizations.0.cc.1.email: " BAD_ADDRESS
				"\npersonalizations.1.from.email: " BAD_ADDRESS
				"\npersonalizations.1.to.0.email: " BAD_ADDRESS },
			{ "names",
				"{\"personalizations\":[{\"to\":[{\"email\":\"b@y.test\","
				"\"name\":\"a\\n"
				"b\"}]}],\"from\":{\"email\":\"a@x.test\",\"name\":\"\\r\"}"
				"," SUBJECT "," CONTENT
				",\"reply_to\":{\"email\":\"r\",\"name\":\"\\u007f\"}}",
				"from.name: " CONTROLS "\nreply_to.email: " BAD_ADDRESS
				"\nreply_to.name: " CONTROLS
				"\npersonalizations.0.to.0.name: " CONTROLS },
			{ "the call's mistake is said once",
				"{\"personalizations\":[{" TO "},{" TO
				"}],\"from\":{\"email\":\"a\"}," SUBJECT "," CONTENT "}",
				"from.email: " BAD_ADDRESS },
			{ "no from", "{" ONE "," SUBJECT "," CONTENT "}",
				"from: The from object must be provided for every email send. "
				"It is an "
				"object that requires the email parameter, but may also "
				"contain a name "
				"parameter. " OBJECTS },
			{ "twice", OWN("\"cc\":[{\"email\":\"B@Y.test\"}]"),
				"personalizations.0: Each unique email address in the "
				"personalizations "
				"array should only be included once. You have included "
				"B@Y.test more "
				"than once." },
			{ "twice, but apart",
				"{\"personalizations\":[{" TO "},{" TO "}]," BASE "}", "" },
			{ "reply", WITH("\"reply_to\":{}"),
				"reply_to.email: " ARRAY("reply_to object, when used,") },
			{ "reply list",
				WITH("\"reply_to_list\":[{\"email\":\"r@x.test\"},{\"email\":"
				     "\"r\"}]"),
				"reply_to_list.1.email: " BAD_ADDRESS },
			{ "both replies",
				WITH("\"reply_to\":{\"email\":\"r@x.test\"},\"reply_to_list\":["
				     "{"
				     "\"email\":\"r@x.test\"}]"),
				"reply_to_list: The reply_to_list parameter cannot be used "
				"together with "
				"reply_to." },
		};

static void
test_people(void **state)
{
	(void)state;
	rows_are(people, TEST_COUNT(people));
}

static const struct row content[] = {
	{ "no subject", "{" ONE "," FROM "," CONTENT "}", "subject: " NO_SUBJECT },
	{ "empty subject", OWN("\"subject\":\"\""),
		"personalizations.0.subject: " BAD_SUBJECT },
	{ "every personalization has one",
		"{\"personalizations\":[{" TO "," SUBJECT "}]," FROM "," CONTENT "}", "" },
	{ "not every",
		"{\"personalizations\":[{" TO "," SUBJECT "},{" TO "}]," FROM "," CONTENT "}",
		"subject: " NO_SUBJECT },
	{ "subject is a number", "{" ONE "," FROM ",\"subject\":1," CONTENT "}",
		"subject: " BAD_SUBJECT },
	{ "controls", OWN("\"subject\":\"a\\r\\nBcc: e@y.test\""),
		"personalizations.0.subject: " CONTROLS },
	{ "controls in the call's", "{" ONE "," FROM ",\"subject\":\"a\\nb\"," CONTENT "}",
		"subject: " CONTROLS },
	{ "U+2028 is only a character", OWN("\"subject\":\"a\\u2028b\""), "" },
	{ "no content", "{" ONE "," FROM "," SUBJECT "}",
		"content: The content param is required unless you are using a "
		"transactional template and have defined a template_id." },
	{ "no block", "{" ONE "," FROM "," SUBJECT ",\"content\":[]}", "content: " NO_CONTENT },
	{ "members",
		"{" ONE "," FROM "," SUBJECT
		",\"content\":[{},{\"type\":\"\",\"value\":\"\"}]}",
		"content.0.type: A content type is required, this tells email clients "
		"how to display the email.\n"
		"content.0.value: A content value is required, this is the content of "
		"the email you are sending.\n"
		"content.1.type: Your content type must be a string with length of at "
		"least one character.\n"
		"content.1.value: The content value must be a string at least one "
		"character in length." },
	{ "order",
		"{" ONE "," FROM "," SUBJECT
		",\"content\":[{\"type\":\"text/html\",\"value\":\"x\"},{\"type\":"
		"\"text/plain\",\"value\":\"x\"}]}",
		"content: " ORDER },
	{ "twice",
		"{" ONE "," FROM "," SUBJECT
		",\"content\":[{\"type\":\"text/html\",\"value\":\"x\"},{\"type\":"
		"\"text/html\",\"value\":\"x\"}]}",
		"content: " ORDER },
	{ "type",
		"{" ONE "," FROM "," SUBJECT
		",\"content\":[{\"type\":\"text/a;b=c\",\"value\":\"x\"},{\"type\":"
		"\"text/a\\r\\nX: y\",\"value\":\"x\"}]}",
		"content.0.type: Cannot contain ';', or CRLF characters.\n"
		"content.1.type: Cannot contain ';', or CRLF characters." },
	{ "template", "{" ONE "," FROM ",\"template_id\":\"d-1\"}", "" },
	{ "no template", WITH("\"template_id\":\"\""), "" },
	{ "file", FILE_("\"type\":\"\""),
		"attachments.0.content: The attachment content must be a string at "
		"least one character in length.\n"
		"attachments.0.filename: filename is required.\n"
		"attachments.0.type: The attachment type must be a string and at least "
		"one character in length." },
	{ "file's texts",
		FILE_("\"content\":\"%\",\"filename\":\"a\\r\\nb\",\"type\":\"a/b;c\","
		      "\"disposition\":\"no\",\"content_id\":\"a\\nb\""),
		"attachments.0.disposition: The disposition of your attachment can be "
		"either \"inline\" or \"attachment\". You provided no.\n"
		"attachments.0.content: The attachment content must be base64 "
		"encoded.\n"
		"attachments.0.filename: The filename of your attachment cannot "
		"contain "
		"CRLF characters.\n"
		"attachments.0.type: The type cannot contain ';', or CRLF characters.\n"
		"attachments.0.content_id: The content ID of your attachment cannot "
		"contain CRLF characters." },
	{ "file's type is no type",
		FILE_("\"content\":\"YQ==\",\"filename\":\"a\",\"type\":\"png\""),
		"attachments.0.type: The type cannot contain ';', or CRLF "
		"characters." },
	{ "headers",
		WITH("\"headers\":{\"X-SG-ID\":\"1\",\"Subject\":\"1\",\"X-A\":\"a"
		     "\\r\\nBcc: e@y.test\",\"X B\":\"1\",\"X-\xc3\xa9\":\"1\","
		     "\"DKIM-Signature\":\"1\"}"),
		"headers.X-SG-ID: " RESERVED "\nheaders.Subject: " RESERVED
		"\nheaders.X-A: " VALUES "\nheaders.X B: " KEYS "\nheaders.X-\xc3\xa9: " KEYS
		"\nheaders.DKIM-Signature: " RESERVED },
	{ "own headers", OWN("\"headers\":{\"BCC\":\"e@y.test\",\"X\\r\\nY\":\"1\"}"),
		"personalizations.0.headers.BCC: " RESERVED
		"\npersonalizations.0.headers.X\r\nY: " KEYS },
	{ "headers are texts", WITH("\"headers\":{\"X-A\":1}"),
		"headers: The header values must be strings." },
	{ "own headers are texts", OWN("\"headers\":{\"X-A\":null}"),
		"personalizations.0.headers: All values of the headers object must be "
		"strings." },
	{ "headers twice", OWN("\"headers\":{\"X-A\":\"1\",\"x-a\":\"1\"}"),
		"personalizations.0.headers: The headers cannot contain duplicate "
		"keys." },
};

static void
test_content(void **state)
{
	(void)state;
	rows_are(content, TEST_COUNT(content));
}

static const struct row options[] = {
	{ "args", WITH("\"custom_args\":{\"a\":1}"), "custom_args: " ARGS },
	{ "own args", OWN("\"custom_args\":{\"a\":[]}"),
		"personalizations.0.custom_args: " ARGS },
	{ "args are no object", OWN("\"custom_args\":[]"),
		"personalizations.0.custom_args: " ARGS },
	{ "categories", WITH("\"categories\":[\"a\",\"\xc3\xa9\",\"a\"]"),
		"categories.1: Categories can not contain non-ASCII characters.\n"
		"categories.2: The categories must be a unique list, and you have "
		"included a more than once." },
	{ "categories are no texts", WITH("\"categories\":[1]"),
		"categories.0: Categories must be an array of strings." },
	{ "categories are no list", WITH("\"categories\":\"a\""),
		"categories: Categories must be an array of strings." },
	{ "ten",
		WITH("\"categories\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
		     "\"9\",\"10\"]"),
		"" },
	{ "eleven",
		WITH("\"categories\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
		     "\"8\",\"9\",\"10\",\"11\"]"),
		"categories: There is a limit of 10 categories for each email that is "
		"sent. You provided 11 categories." },
	{ "in 72 hours", WITH("\"send_at\":1795773083"), "" },
	{ "later", WITH("\"send_at\":1795773084"), "send_at: " LATE },
	{ "much later", OWN("\"send_at\":9223372036854775807"),
		"personalizations.0.send_at: " LATE },
	{ "past", WITH("\"send_at\":-9223372036854775807"), "" },
	{ "no time", WITH("\"send_at\":\"1795773083\""), "send_at: " UNIX },
	{ "own no time", OWN("\"send_at\":1.5"), "personalizations.0.send_at: " UNIX },
	{ "batch", WITH("\"batch_id\":\"b\""), "batch_id: invalid batch id" },
	{ "batch is a number", WITH("\"batch_id\":1"),
		"batch_id: The batch_id must be a string." },
	{ "asm", WITH("\"asm\":{\"groups_to_display\":[1,\"2\"]}"),
		"asm.group_id: The ASM group ID must be an integer." },
	{ "group 0", WITH("\"asm\":{\"group_id\":0}"),
		"asm.group_id: The ASM group ID must be that of an unsubscribe group of your "
		"account." },
	{ "group 2^32", WITH("\"asm\":{\"group_id\":4294967296}"),
		"asm.group_id: The ASM group ID must be that of an unsubscribe group of your "
		"account." },
	{ "groups", WITH("\"asm\":{\"group_id\":1,\"groups_to_display\":[1,\"2\"]}"),
		"asm.groups_to_display: The ASM Group IDs to display must be an array "
		"of integers." },
	{ "many groups",
		WITH("\"asm\":{\"group_id\":1,\"groups_to_display\":[1,2,3,4,5,6,7,8,9,"
		     "10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26]}"),
		"asm.groups_to_display: There is a limit of 25 unsubscribe groups that "
		"can be displayed to a user at a time." },
	{ "pool", WITH("\"ip_pool_name\":\"p1\""),
		"ip_pool_name: The IP Pool name must be a valid pool name for your "
		"account. You provided p1." },
	{ "substitutions", OWN("\"substitutions\":{\"-a-\":1}"),
		"personalizations.0.substitutions: The substitution values must be an "
		"object of key/value pairs, where the values are all strings." },
	{ "sections", WITH("\"sections\":{\"-a-\":1}"),
		"sections: The section values must be strings." },
	{ "a field cannot be spoilt by a substitution",
		OWN("\"headers\":{\"X-A\":\"-a-\"},\"subject\":\"-a-\","
		    "\"substitutions\":{\"-a-\":\"x\\r\\nBcc: e@y.test\"}"),
		"personalizations.0.subject: " CONTROLS
		"\npersonalizations.0.headers.X-A: " VALUES },
	{ "off is fine",
		WITH("\"mail_settings\":{\"bypass_list_management\":{\"enable\":false},"
		     "\"spam_check\":{\"enable\":false,\"threshold\":1}},"
		     "\"tracking_settings\":{\"ganalytics\":{\"enable\":false},"
		     "\"click_tracking\":{\"enable\":true,\"enable_text\":false},"
		     "\"open_tracking\":{\"enable\":false,\"substitution_tag\":\"x\"}"
		     "}"),
		"" },
	{ "bypasses",
		WITH("\"mail_settings\":{\"bypass_list_management\":{\"enable\":true},"
		     "\"bypass_spam_management\":{\"enable\":true},"
		     "\"bypass_bounce_management\":{\"enable\":true},"
		     "\"bypass_unsubscribe_management\":{\"enable\":true}}"),
		"mail_settings.bypass_list_management: The bypass list management setting "
		"cannot be combined with other bypass settings." },
	{ "bypass of a list each",
		WITH("\"mail_settings\":{\"bypass_spam_management\":{\"enable\":true},"
		     "\"bypass_bounce_management\":{\"enable\":true},"
		     "\"bypass_unsubscribe_management\":{\"enable\":true}}"),
		"" },
	{ "bypass of all lists",
		WITH("\"mail_settings\":{\"bypass_list_management\":{\"enable\":true}}"), "" },
	{ "tracking",
		WITH("\"tracking_settings\":{\"click_tracking\":{\"enable\":true,"
		     "\"enable_text\":true},\"open_tracking\":{\"enable\":true,"
		     "\"substitution_tag\":\"%o%\"},\"subscription_tracking\":{"
		     "\"enable\":true},\"ganalytics\":{\"enable\":true}}"),
		"" },
	{ "analytics are too long",
		WITH("\"tracking_settings\":{\"ganalytics\":{\"enable\":true,"
		     "\"utm_term\":\"" E100 E100 E100 E100 E100 E100 "\"}}"),
		"tracking_settings.ganalytics: The utm parameters may have at most 1024 "
		"characters together, as they stand in a URL." },
	{ "settings' types",
		WITH("\"mail_settings\":{\"footer\":{\"enable\":1,\"html\":2},"
		     "\"sandbox_mode\":{\"enable\":\"true\"},\"bcc\":3},"
		     "\"tracking_settings\":{\"click_tracking\":{\"enable\":0}}"),
		"mail_settings.footer.enable: The footer enable param should be a "
		"boolean value.\n"
		"mail_settings.footer.html: The text/html version of your footer "
		"should "
		"be a string.\n"
		"mail_settings.sandbox_mode.enable: The sandbox mode enable param "
		"should be a boolean value.\n"
		"mail_settings.bcc: " TYPE(
			"object") "\ntracking_settings.click_tracking.enable: The "
				  "click tracking enable "
				  "param should be a boolean value." },
};

static void
test_options(void **state)
{
	(void)state;
	rows_are(options, TEST_COUNT(options));
}

TEST_MAIN(TEST(test_people), TEST(test_content), TEST(test_options))
