#include "api/mailjet_v3_send.h"

#include "api/mailjet_v3_message.h"
#include "base/text.h"

#include <errno.h>

#define MESSAGES_MAX 100u
#define MAILS_MAX    1000u
#define ANSWER_MAX   (4u << 20)

/* ---- reading ---- */

static void
bulk(struct mailjet_v3_reader *r)
{
	struct api_error *e = api_error_add(r->send, &r->send->errors);

	if (e)
		*e = (struct api_error){ .status = 413,
			.code = "",
			.text = STR_LIT(
				"The mails of one call must not exceed 64 MiB together.") };
}

/* Messages, or the one that the root is. p NULL: they are wrong. */
static size_t
count(struct mailjet_v3_reader *r, const json_t *list)
{
	size_t n = list ? json_array_size(list) : 1;

	if (list && !json_is_array(list))
		mailjet_v3_error(r, "Messages", STR_LIT("an array is expected"));
	else if (n == 0)
		mailjet_v3_error(r, "Messages", STR_LIT("MJ03 A non-empty value is required"));
	else if (n > MESSAGES_MAX)
		mailjet_v3_error(r, "Messages", STR_LIT("at most 100 are allowed"));
	return n;
}

/* Of a member in any case. */
static const json_t *
messages_of(const json_t *root)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)root, key, value)
	{
		if (str_ieq_z(str_z(key), "messages") && !json_is_null(value))
			return value;
	}
	return NULL;
}

static int
path_of(struct mailjet_v3_reader *r, const json_t *list, size_t i)
{
	r->path = list ? arena_printf(r->arena, "Messages[%zu].", i) : STR_NONE;
	return r->path.p ? 0 : -E2BIG;
}

/* All messages, then how many mails they are. */
static int
messages_read(
	struct mailjet_v3_reader *r, const json_t *list, struct mailjet_v3_message *m, size_t n)
{
	size_t mails = 0;
	uint64_t bytes = 0;
	int err = 0;

	for (size_t i = 0; i < n && !err && r->decoded <= API_COMPOSED_MAX; i++) {
		err = path_of(r, list, i);
		if (!err)
			err = mailjet_v3_message_read(
				r, list ? json_array_get(list, i) : r->send->root, &m[i]);
		mails += mailjet_v3_message_mails(&m[i]);
	}
	r->path = STR_NONE;
	if (err || r->send->errors.n > 0)
		return err;
	if (mails > MAILS_MAX) {
		mailjet_v3_error(
			r, "Recipients", STR_LIT("at most 1000 mails a call are allowed"));
		return 0;
	}
	/* Before the work is done for each. */
	for (size_t i = 0; i < n && bytes <= API_COMPOSED_MAX; i++)
		bytes += outgoing_most(&m[i].base) * mailjet_v3_message_mails(&m[i]);
	if (bytes > API_COMPOSED_MAX || r->decoded > API_COMPOSED_MAX) {
		bulk(r);
		return 0;
	}
	return api_send_items(r->send, mails);
}

static int
items_read(struct mailjet_v3_reader *r, const json_t *list, const struct api_world *w)
{
	size_t n = count(r, list), at = 0;
	struct mailjet_v3_message *m;
	int err;

	if (r->send->errors.n > 0)
		return 0;
	m = arena_alloc(r->arena, n * sizeof *m);
	if (!m)
		return -E2BIG;
	err = messages_read(r, list, m, n);
	for (size_t i = 0; i < n && !err && at < r->send->n; i++) {
		err = path_of(r, list, i);
		for (size_t k = 0; k < mailjet_v3_message_mails(&m[i]) && !err &&
				   r->send->errors.n < API_ERRORS_MAX;
			k++)
			err = mailjet_v3_message_mail(r, &m[i], k, w, &r->send->items[at++]);
	}
	if (!err && r->send->errors.n == 0 && api_send_bulk(r->send))
		bulk(r);
	return err;
}

int
mailjet_v3_send_read(struct api_send *s, struct str body, const struct api_world *w)
{
	struct mailjet_v3_reader r = { .send = s, .arena = s->arena, .path = STR_NONE };
	struct json_in in;
	struct str why;

	s->together = true;
	json_in_init(&in, s->arena);
	if (json_in_text(&in, body, &s->root, &why) < 0 || !json_is_object(s->root)) {
		struct api_error *e = api_error_add(s, &s->errors);

		if (e)
			*e = (struct api_error){ .status = 400,
				.code = "",
				.text = STR_LIT("Malformed JSON, please review the syntax and "
						"properties types.") };
		return api_send_read(s, 0);
	}
	return api_send_read(s, items_read(&r, messages_of(s->root), w));
}

/* ---- answers ---- */

static void
answer_init(struct api_answer *a, int status)
{
	api_answer_init(a, status, "application/json; charset=UTF-8", ANSWER_MAX);
}

static void
error_write(struct api_answer *a, int status, struct str text)
{
	answer_init(a, status);
	buf_put_z(&a->body, "{\"ErrorInfo\":\"\",\"ErrorMessage\":");
	text_json(&a->body, text);
	buf_printf(&a->body, ",\"StatusCode\":%d}", status);
}

static void
people_write(struct buf *b, const struct api_item *item, const struct api_world *w)
{
	const struct outgoing_list *lists[] = { &item->mail.to, &item->mail.cc,
		&item->mail.bcc };
	size_t k = 0;

	for (size_t l = 0; l < 3; l++) {
		for (size_t i = 0; i < lists[l]->n; i++, k++) {
			uint64_t id = api_item_rcpt(item, k);
			char uuid[UUID_TEXT];

			buf_put_z(b, b->p[b->n - 1] == '[' ? "{\"Email\":" : ",{\"Email\":");
			text_json(b, lists[l]->at[i].email);
			buf_printf(b, ",\"MessageID\":%llu,\"MessageUUID\":\"%s\"}",
				(unsigned long long)id, uuid_write(uuid, w->uuid_key, id));
		}
	}
}

void
mailjet_v3_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a)
{
	static const int status_of[] = { [API_TAKEN] = 200,
		[API_SENDER] = 403,
		[API_SUSPENDED] = 401,
		[API_BUSY] = 503,
		[API_INACTIVE] = 400,
		[API_GROUP] = 400,
		[API_QUOTA] = 429,
		[API_NO_STREAM] = 400,
		[API_ARCHIVED] = 400 };

	if (s->errors.n > 0) {
		error_write(ret_a, s->errors.at[0].status, s->errors.at[0].text);
		return;
	}
	/* Refused together: the first that tells why speaks for all. */
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].refusal == API_TAKEN && s->items[i].message > 0)
			continue;
		/* Neither taken nor refused: "Sent" would be a lie. */
		if (s->items[i].refusal == API_TAKEN) {
			mailjet_v3_send_refuse(503, w, ret_a);
			return;
		}
		error_write(ret_a, status_of[s->items[i].refusal], s->items[i].refusal_text);
		return;
	}
	answer_init(ret_a, 200);
	buf_put_z(&ret_a->body, "{\"Sent\":[");
	for (size_t i = 0; i < s->n; i++)
		people_write(&ret_a->body, &s->items[i], w);
	buf_put_z(&ret_a->body, "]}");
}

void
mailjet_v3_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 401, "API key authentication/authorization failure. You may be unauthorized "
		       "to "
		       "access the API or your API key may be expired. Visit API keys "
		       "management "
		       "section to check your keys." },
		{ 404, "Object not found" },
		{ 405, "Method not allowed" },
		{ 413, "The payload is too large." },
		{ 429, "Too many requests; try again later." },
		{ 503, "The service is busy; nothing was sent, try again later." },
	};
	struct str text =
		w->why.n ? w->why
			 : STR_LIT("Internal error; nothing was sent, try again later.");

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status && !(status == 429 && w->why.n))
			text = str_z(table[i].text);
	error_write(ret_a, status, text);
}
