#include "api/postmark_answer.h"

#include "api/postmark_error.h"
#include "base/text.h"
#include "base/utc.h"

/* The addresses of an answer are those of the request, which is bounded, and at most doubled
 * by escapes. */
#define ANSWER_MAX (128u << 20)

#define BUSY "The service is busy; nothing was sent. Try again later."

static void
error_write(struct buf *b, const char *code, struct str text)
{
	buf_printf(b, "{\"ErrorCode\":%s,\"Message\":", code);
	text_json(b, text);
	buf_put_c(b, '}');
}

static void
addresses_write(struct buf *b, const struct str *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_put_z(b, i ? ", " : "");
		buf_put(b, at[i]);
	}
}

/* ---- one message ---- */

/* A member of the request comes back as it was. */
static void
echo(struct buf *b, const json_t *message, const char *name)
{
	const json_t *j = json_object_get(message, name);

	if (json_string_length(j) == 0)
		return;
	buf_printf(b, "\"%s\":", name);
	text_json(b, str_of(json_string_value(j), json_string_length(j)));
	buf_put_c(b, ',');
}

static void
success_write(struct buf *b, const struct api_item *item, const json_t *message,
	const struct api_world *w)
{
	uint64_t id = item->mail.sandbox ? 0 : api_item_rcpt(item, 0);
	char uuid[UUID_TEXT], at[UTC_TEXT_SIZE];
	struct buf text;

	buf_init(&text, ANSWER_MAX);
	if (item->mail.sandbox) {
		buf_put_z(&text, "Test job accepted");
	} else if (item->ninactive > 0) {
		buf_put_z(&text,
			"Message OK, but will not deliver to these inactive addresses: ");
		addresses_write(&text, item->inactive, item->ninactive);
		buf_put_c(&text, '.');
	} else {
		buf_put_z(&text, "OK");
	}
	buf_put_c(b, '{');
	echo(b, message, "To");
	echo(b, message, "Cc");
	echo(b, message, "Bcc");
	buf_printf(b,
		"\"SubmittedAt\":\"%s\",\"MessageID\":\"%s\",\"ErrorCode\":0,\"Message\":",
		utc_rfc3339(at, w->now), uuid_write(uuid, w->uuid_key, id));
	text_json(b, buf_str(&text));
	buf_put_c(b, '}');
	buf_done(&text);
}

static enum api_refusal
refusal_of(const struct api_item *item)
{
	bool lost = item->message == 0 && !item->mail.sandbox;

	/* Neither taken nor refused: "OK" would be a lie. */
	return item->refusal == API_TAKEN && lost ? API_BUSY : item->refusal;
}

static void
refusal_write(struct buf *b, const struct api_item *item)
{
	const char *code = "100";
	struct buf text;

	buf_init(&text, ANSWER_MAX);
	switch (refusal_of(item)) {
	case API_SENDER:
		code = "400";
		buf_printf(&text,
			"The 'From' address you supplied (%.*s) is not a Sender Signature on "
			"your account. Please add and confirm this address in order to be able "
			"to use it in the 'From' field of your messages.",
			STR_ARG(item->mail.from.email));
		break;
	case API_SUSPENDED:
		code = "413";
		buf_put_z(&text, "This account is not approved to send email.");
		break;
	case API_INACTIVE:
		code = "406";
		buf_put_z(&text,
			"You tried to send to recipient(s) that have been marked as inactive. "
			"Found inactive addresses: ");
		addresses_write(&text, item->inactive, item->ninactive);
		buf_put_z(&text,
			". Inactive recipients are ones that have generated a hard bounce, a "
			"spam complaint, or a manual suppression.");
		break;
	case API_QUOTA:
		code = "429";
		buf_put_z(&text, "Rate limit exceeded.");
		break;
	case API_NO_STREAM:
		code = "1235";
		buf_put_z(&text, POSTMARK_NO_STREAM);
		break;
	case API_ARCHIVED:
		code = "1236";
		buf_put_z(&text,
			"Sending is not supported on the 'MessageStream' provided: it is "
			"archived.");
		break;
	case API_TAKEN:
	case API_BUSY:
	case API_GROUP:
	default:
		buf_put_z(&text, BUSY);
		break;
	}
	if (item->refusal_text.n > 0 && item->refusal != API_INACTIVE &&
		item->refusal != API_NO_STREAM && item->refusal != API_ARCHIVED) {
		buf_put_c(&text, ' ');
		buf_put(&text, item->refusal_text);
	}
	error_write(b, code, buf_str(&text));
	buf_done(&text);
}

/* Its status if it were alone. */
static int
item_write(struct buf *b, const struct api_item *item, const json_t *message,
	const struct api_world *w)
{
	if (item->errors.n > 0) {
		error_write(b, item->errors.at[0].code, item->errors.at[0].text);
		return item->errors.at[0].status;
	}
	if (refusal_of(item) == API_TAKEN) {
		success_write(b, item, message, w);
		return 200;
	}
	refusal_write(b, item);
	return refusal_of(item) == API_BUSY ? 503 : refusal_of(item) == API_QUOTA ? 429 : 422;
}

/* ---- the call ---- */

static void
answer_init(struct api_answer *a, int status)
{
	api_answer_init(a, status, "application/json; charset=utf-8", ANSWER_MAX);
}

/* 200, unless all of it may be tried again as it is. */
static int
batch_write(
	struct buf *b, const struct api_send *s, const json_t *list, const struct api_world *w)
{
	size_t busy = 0, over = 0;

	buf_put_c(b, '[');
	for (size_t i = 0; i < s->n; i++) {
		buf_put_z(b, i ? "," : "");
		int status = item_write(b, &s->items[i], json_array_get(list, i), w);

		busy += status == 503;
		over += status == 429;
	}
	buf_put_c(b, ']');
	return busy + over < s->n ? 200 : over ? 429 : 503;
}

void
postmark_answer(const struct api_send *s, enum postmark_call call, const struct api_world *w,
	struct api_answer *ret_a)
{
	answer_init(ret_a, 422);
	if (s->errors.n > 0) {
		error_write(&ret_a->body, s->errors.at[0].code, s->errors.at[0].text);
	} else if (!postmark_send_is_batch(call)) {
		ret_a->status = item_write(&ret_a->body, &s->items[0], s->root, w);
	} else {
		const json_t *list = postmark_send_list(s->root, call);

		ret_a->status = batch_write(&ret_a->body, s, list, w);
		if (ret_a->status != 200) {
			struct api_world why = *w;

			why.why = s->items[0].refusal_text;
			buf_done(&ret_a->body);
			postmark_answer_refuse(ret_a->status, &why, ret_a);
		}
	}
}

void
postmark_answer_refuse(int status, const struct api_world *w, struct api_answer *ret_a)
{
	static const struct {
		int status, sent;
		const char *code, *text;
	} table[] = {
		{ 401, 401, "10", "Request does not contain a valid Server token." },
		{ 404, 404, "404", "There is nothing at this address." },
		{ 405, 405, "404", "This address does not take this method." },
		{ 413, 413, "300", "The request is too large." },
		{ 415, 422, "409",
			"The request must be JSON (Content-Type: application/json)." },
		{ 429, 429, "429", "Rate limit exceeded. Try again later." },
		{ 503, 503, "100", BUSY },
	};
	/* A mistake of the client is 422 with code 300, whatever its status elsewhere. */
	const char *code = status / 100 == 4 ? "300" : "500";
	struct str text =
		w->why.n ? w->why
			 : STR_LIT("Internal error; nothing was sent. Try again later.");

	answer_init(ret_a, status == 400 || status == 409 ? 422 : status);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].status != status)
			continue;
		ret_a->status = table[i].sent;
		code = table[i].code;
		/* Which limit it is, is ours to say. */
		if (status != 429 || !w->why.n)
			text = str_z(table[i].text);
	}
	error_write(&ret_a->body, code, text);
}
