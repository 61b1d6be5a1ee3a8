#include "api/sendgrid_error.h"

#include "base/text.h"

#define EXAMPLE                                                                                \
	"e.g. {\"email\": \"example@example.com\"} or {\"email\": \"example@example.com\", "   \
	"\"name\": \"Example Recipient\"}"
#define PERSON(what)                                                                           \
	"The " what " must at least have an email parameter with a valid email address and "   \
	"it may also contain a name parameter. " EXAMPLE
#define FROM                                                                                   \
	"The from object must at least have an email parameter with a valid email address "    \
	"and may also contain a name parameter. " EXAMPLE
#define LONG_EMAIL(what) "The " what " email exceeds the maximum total length of 320 characters"
#define SUBJECT          "The subject of your email must be a string at least one character in length."
#define NO_SUBJECT                                                                             \
	"The subject is required. You can get around this requirement if you use a template "  \
	"with a subject defined or if every personalization has a subject defined."
#define SEND_AT                                                                                \
	"The send_at parameter is expecting a Unix timestamp as an integer. We will send "     \
	"immediately if you include a send_at timestamp that is in the past."
#define NO_CONTENT                                                                             \
	"There must be at least one defined content block. We typically suggest both "         \
	"text/plain and text/html blocks are included, but only one block is required."
#define VALUE         "The content value must be a string at least one character in length."
#define BOOLEAN(what) "The " what " should be a boolean value."

struct text {
	const char *path; /* of JSON; '*' is one part */
	unsigned codes;   /* bits 1 << code; 0 = any */
	const char *text;
};
#define ON(code) (1u << (code))

/* The first that fits counts. */
static const struct text texts[] = {
	{ "/personalizations", 0, "You must have at least one personalization." },
	{ "/personalizations/*/to", 0,
		"The to parameter is required for all personalization objects." },
	{ "/personalizations/*/to/*", 0, PERSON("to array") },
	{ "/personalizations/*/to/*/email", ON(JSON_IN_LONG), LONG_EMAIL("To") },
	{ "/personalizations/*/to/*/email", 0, PERSON("to array") },
	{ "/personalizations/*/cc", 0, PERSON("cc array, when used,") },
	{ "/personalizations/*/cc/*", 0, PERSON("cc array, when used,") },
	{ "/personalizations/*/cc/*/email", ON(JSON_IN_LONG), LONG_EMAIL("CC") },
	{ "/personalizations/*/cc/*/email", 0, PERSON("cc array, when used,") },
	{ "/personalizations/*/bcc", 0, PERSON("bcc array, when used,") },
	{ "/personalizations/*/bcc/*", 0, PERSON("bcc array, when used,") },
	{ "/personalizations/*/bcc/*/email", ON(JSON_IN_LONG), LONG_EMAIL("BCC") },
	{ "/personalizations/*/bcc/*/email", 0, PERSON("bcc array, when used,") },
	{ "/personalizations/*/from", 0, FROM },
	{ "/personalizations/*/from/email", ON(JSON_IN_LONG), LONG_EMAIL("From") },
	{ "/personalizations/*/from/email", 0, FROM },
	{ "/personalizations/*/subject", 0, SUBJECT },
	{ "/personalizations/*/headers", 0,
		"All values of the headers object must be strings." },
	{ "/personalizations/*/substitutions", 0,
		"The substitution values must be an object of key/value pairs, where the "
		"values are all strings." },
	{ "/personalizations/*/custom_args", 0,
		"All values of custom arguments object must be strings" },
	{ "/personalizations/*/send_at", 0, SEND_AT },
	{ "/from", ON(JSON_IN_MISSING),
		"The from object must be provided for every email send. It is an object that "
		"requires the email parameter, but may also contain a name "
		"parameter. " EXAMPLE },
	{ "/from", 0, FROM },
	{ "/from/email", ON(JSON_IN_LONG), LONG_EMAIL("From") },
	{ "/from/email", 0, FROM },
	{ "/reply_to", 0, PERSON("reply_to object, when used,") },
	{ "/reply_to/email", ON(JSON_IN_LONG), LONG_EMAIL("Reply-To") },
	{ "/reply_to/email", 0, PERSON("reply_to object, when used,") },
	{ "/reply_to_list/*", 0, PERSON("reply_to_list array, when used,") },
	{ "/reply_to_list/*/email", ON(JSON_IN_LONG), LONG_EMAIL("Reply-To") },
	{ "/reply_to_list/*/email", 0, PERSON("reply_to_list array, when used,") },
	{ "/subject", 0, SUBJECT },
	{ "/content", ON(JSON_IN_MISSING),
		"The content param is required unless you are using a transactional template "
		"and have defined a template_id." },
	{ "/content", 0, NO_CONTENT },
	{ "/content/*", 0, NO_CONTENT },
	{ "/content/*/type", ON(JSON_IN_MISSING),
		"A content type is required, this tells email clients how to display the "
		"email." },
	{ "/content/*/type", 0,
		"Your content type must be a string with length of at least one character." },
	{ "/content/*/value", ON(JSON_IN_MISSING),
		"A content value is required, this is the content of the email you are "
		"sending." },
	{ "/content/*/value", 0, VALUE },
	{ "/attachments/*/content", 0,
		"The attachment content must be a string at least one character in length." },
	{ "/attachments/*/filename", ON(JSON_IN_MISSING) | ON(JSON_IN_EMPTY),
		"filename is required." },
	{ "/attachments/*/filename", ON(JSON_IN_TYPE),
		"The filename of your attachment must be a string." },
	{ "/attachments/*/type", ON(JSON_IN_TYPE) | ON(JSON_IN_EMPTY),
		"The attachment type must be a string and at least one character in length." },
	{ "/headers", 0, "The header values must be strings." },
	{ "/sections", 0, "The section values must be strings." },
	{ "/custom_args", 0, "All values of custom arguments object must be strings" },
	{ "/categories/*", ON(JSON_IN_TYPE), "Categories must be an array of strings." },
	{ "/categories", ON(JSON_IN_TYPE), "Categories must be an array of strings." },
	{ "/send_at", 0, SEND_AT },
	{ "/batch_id", 0, "The batch_id must be a string." },
	{ "/asm/group_id", 0, "The ASM group ID must be an integer." },
	{ "/asm/groups_to_display", 0,
		"The ASM Group IDs to display must be an array of integers." },
	{ "/ip_pool_name", 0, "The name of your IP pool must be a string." },
	{ "/mail_settings/bypass_list_management/enable", 0,
		BOOLEAN("bypass list management enable param") },
	{ "/mail_settings/footer/enable", 0, BOOLEAN("footer enable param") },
	{ "/mail_settings/footer/html", 0,
		"The text/html version of your footer should be a string." },
	{ "/mail_settings/footer/text", 0,
		"The text/plain version of your footer should be a string." },
	{ "/mail_settings/sandbox_mode/enable", 0, BOOLEAN("sandbox mode enable param") },
	{ "/mail_settings/spam_check/enable", 0, BOOLEAN("spam check enable param") },
	{ "/mail_settings/bcc/enable", 0, BOOLEAN("bcc enable param") },
	{ "/tracking_settings/click_tracking/enable", 0,
		BOOLEAN("click tracking enable param") },
	{ "/tracking_settings/click_tracking/enable_text", 0,
		"The click tracking enable text must be a boolean value." },
	{ "/tracking_settings/open_tracking/enable", 0, BOOLEAN("open tracking enable param") },
	{ "/tracking_settings/open_tracking/substitution_tag", 0,
		"The open tracking substitution tag must be a string." },
	{ "/tracking_settings/subscription_tracking/enable", 0,
		BOOLEAN("subscription tracking enable param") },
	{ "/tracking_settings/ganalytics/enable", 0,
		"The Google Analytics enable param must be a boolean value." },
};

void
sendgrid_error_add(struct api_send *s, int status, struct str text, struct str path)
{
	struct api_errors *list = &s->errors;
	struct api_error *e;

	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->at[i].text, text) && str_eq(list->at[i].related[0], path))
			return;
	e = api_error_add(s, list);
	if (e)
		*e = (struct api_error){ .status = status,
			.code = "",
			.text = text,
			.related = { path },
			.nrelated = path.p ? 1 : 0 };
}

static bool
fits(struct str path, const char *pattern)
{
	struct str rest = str_z(pattern);

	while (path.p && rest.p) {
		struct str part = str_cut(&path, '/'), want = str_cut(&rest, '/');

		if (!str_eq(part, want) && !str_eq_z(want, "*"))
			return false;
	}
	return !path.p && !rest.p;
}

static struct str
text_of(struct arena *a, const struct json_in_problem *p)
{
	const char *detail = p->detail ? p->detail : "";

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if ((!texts[i].codes || texts[i].codes & ON(p->code)) &&
			fits(p->path, texts[i].path))
			return str_z(texts[i].text);
	switch (p->code) {
	case JSON_IN_MISSING:
		return STR_LIT("This parameter is required.");
	case JSON_IN_TYPE:
		return arena_printf(a, "This parameter must be of the type %s.", detail);
	case JSON_IN_EMPTY:
		return arena_printf(a, "This parameter must not be an empty %s.", detail);
	case JSON_IN_LONG:
		return arena_printf(
			a, "This parameter must not be longer than %s bytes.", detail);
	case JSON_IN_MANY:
	default:
		return arena_printf(a, "There is a limit of %s items.", detail);
	}
}

void
sendgrid_error_json(struct api_send *s, const struct json_in_problem *p)
{
	struct str text, path;
	struct buf b;

	buf_init(&b, 1024);
	(void)json_in_path_dots(&b, p->path);
	path = arena_str(s->arena, buf_str(&b));
	buf_done(&b);
	text = text_of(s->arena, p);
	if (p->code == JSON_IN_MANY && str_eq_z(path, "personalizations"))
		text = arena_printf(s->arena,
			"The personalization block is limited to %s personalizations per API "
			"request. You have provided %zu personalizations. Please consider "
			"splitting this into multiple requests and resending your request.",
			p->detail,
			json_array_size(json_object_get(s->root, "personalizations")));
	sendgrid_error_add(s, 400, text, path);
}

/* ---- of messages ---- */

static const char *const names[] = { [OUTGOING_FROM] = "from",
	[OUTGOING_SENDER] = "from",
	[OUTGOING_REPLY_TO] = "reply_to",
	[OUTGOING_TO] = "to",
	[OUTGOING_CC] = "cc",
	[OUTGOING_BCC] = "bcc",
	[OUTGOING_SUBJECT] = "subject",
	[OUTGOING_CONTENT] = "content",
	[OUTGOING_FILES] = "attachments",
	[OUTGOING_FIELDS] = "headers",
	[OUTGOING_SEND_AT] = "send_at",
	[OUTGOING_ABOUT] = "custom_args",
	[OUTGOING_WHOLE] = NULL };

/* Does the part stand in the personalization itself? */
static bool
own(const struct outgoing_problem *p, const struct sendgrid_error_origin *at)
{
	switch (p->where) {
	case OUTGOING_TO:
	case OUTGOING_CC:
	case OUTGOING_BCC:
		return true;
	case OUTGOING_FROM:
		return at->from;
	case OUTGOING_SUBJECT:
		return at->subject && p->code != OUTGOING_MISSING;
	case OUTGOING_SEND_AT:
		return at->send_at;
	case OUTGOING_ABOUT:
		return at->custom_args;
	case OUTGOING_FIELDS:
		return p->index != SIZE_MAX && p->index >= at->fields;
	default:
		return false;
	}
}

static struct str
path_of(struct arena *a, const struct outgoing_problem *p,
	const struct sendgrid_error_origin *at)
{
	const char *name = names[p->where];
	struct str path = { NULL, 0 };
	struct buf b;

	if (!name)
		return path;
	buf_init(&b, 512);
	if (own(p, at))
		buf_printf(&b, "personalizations.%zu.", at->index);
	buf_put_z(&b, p->where == OUTGOING_REPLY_TO && at->reply_list ? "reply_to_list" : name);
	if (p->where == OUTGOING_FIELDS && p->index != SIZE_MAX) {
		buf_put_c(&b, '.');
		buf_put(&b, p->value);
	} else if (p->where == OUTGOING_FILES && p->index != SIZE_MAX) {
		buf_printf(&b, ".%zu", p->index);
	} else if (p->where <= OUTGOING_BCC && p->code != OUTGOING_MANY &&
		   p->code != OUTGOING_MISSING) {
		if (p->index != SIZE_MAX && (p->where != OUTGOING_REPLY_TO || at->reply_list))
			buf_printf(&b, ".%zu", p->index);
		buf_put_z(&b, p->code == OUTGOING_ADDRESS ? ".email" : ".name");
	}
	path = arena_str(a, buf_str(&b));
	buf_done(&b);
	return path;
}

static const char *
field_text(const struct outgoing_problem *p)
{
	static const char *const ids[] = { "message-id", "in-reply-to", "references" };
	bool plain = p->value.n > 0 && p->value.n <= 76;

	for (size_t i = 0; i < p->value.n; i++)
		plain &= p->value.p[i] > 32 && p->value.p[i] < 127 && p->value.p[i] != ':';
	if (p->code == OUTGOING_RESERVED)
		return "Header cannot be one of the reserved keys.";
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (str_ieq_z(p->value, ids[i]))
			return "This header cannot be given twice, and must hold message ids "
			       "such as "
			       "<name@example.com>.";
	return plain ? "Header values cannot contain CRLF or other control characters."
	             : "Header keys cannot contain non-ASCII characters or empty spaces.";
}

static const char *
long_text(const struct outgoing_problem *p)
{
	switch (p->where) {
	case OUTGOING_ABOUT:
		return "The combined size of custom arguments, categories and groups is too "
		       "large.";
	case OUTGOING_WHOLE:
		return "The total size of your email must not exceed 30MB, including "
		       "attachments.";
	default:
		return "The value is too long.";
	}
}

void
sendgrid_error_outgoing(struct api_send *s, const struct outgoing_problem *p,
	const struct sendgrid_error_origin *at)
{
	const char *text = "";

	switch (p->code) {
	case OUTGOING_ADDRESS:
		text = "Does not contain a valid address.";
		break;
	case OUTGOING_MISSING:
		text = p->where == OUTGOING_SUBJECT   ? NO_SUBJECT
		       : p->where == OUTGOING_CONTENT ? NO_CONTENT
		                                      : "This parameter is required.";
		break;
	case OUTGOING_RESERVED:
	case OUTGOING_VALUE:
		text = p->where == OUTGOING_FIELDS
		               ? field_text(p)
		               : "The value cannot contain CRLF or other control characters.";
		break;
	case OUTGOING_LATE:
		text = "Scheduling more than 72 hours in advance is forbidden.";
		break;
	case OUTGOING_LONG:
		text = long_text(p);
		break;
	case OUTGOING_MANY:
		text = "There are too many items.";
		break;
	}
	sendgrid_error_add(s, p->where == OUTGOING_WHOLE ? 413 : 400, str_z(text),
		path_of(s->arena, p, at));
}

/* ---- the answer ---- */

void
sendgrid_error_write(
	struct buf *b, const struct api_error *errors, size_t n, struct str request_id)
{
	buf_put_z(b, "{\"errors\":[");
	for (size_t i = 0; i < n; i++) {
		buf_put_z(b, i ? ",{\"message\":" : "{\"message\":");
		text_json(b, errors[i].text);
		buf_put_z(b, ",\"field\":");
		if (errors[i].nrelated)
			text_json(b, errors[i].related[0]);
		else
			buf_put_z(b, "null");
		buf_put_z(b, ",\"help\":null}");
	}
	buf_put_z(b, "],\"id\":");
	text_json(b, request_id);
	buf_put_c(b, '}');
}
