#include "api/mailgun_send.h"

#include "base/text.h"

#define ANSWER_MAX (64u << 10)

static void
answer_init(struct api_answer *a, int status)
{
	api_answer_init(a, status, "application/json", ANSWER_MAX);
}

static void
message_write(struct api_answer *a, struct str text)
{
	buf_put_z(&a->body, "{\"message\":");
	text_json(&a->body, text);
	buf_put_c(&a->body, '}');
}

static struct str
clients_id(const struct outgoing *o)
{
	for (size_t i = 0; i < o->nfields; i++)
		if (str_ieq_z(o->fields[i].name, "message-id"))
			return o->fields[i].value;
	return STR_NONE;
}

static void
queued_write(struct buf *b, const struct api_item *item, const struct api_world *w,
	struct str message_id)
{
	struct str from = item->mail.from.email, own = clients_id(&item->mail);
	char made[512];

	snprintf(made, sizeof made, "<%llu.%.*s@%.*s>", (unsigned long long)item->message + 1,
		STR_ARG(str_head(w->request_id, 100)),
		STR_ARG(str_head(str_from(from, str_rfind(from, '@') + 1), 255)));
	if (own.n > 0)
		message_id = own;
	buf_put_z(b, "{\"id\":");
	text_json(b, message_id.n > 0 ? message_id : str_z(made));
	buf_put_z(b, ",\"message\":\"Queued. Thank you.\"}");
}

void
mailgun_send_answer(const struct api_send *s, const struct api_world *w, struct str message_id,
	struct api_answer *ret_a)
{
	static const int status_of[] = { [API_TAKEN] = 200,
		[API_SENDER] = 403,
		[API_SUSPENDED] = 403,
		[API_BUSY] = 503,
		[API_INACTIVE] = 400,
		[API_GROUP] = 400,
		[API_QUOTA] = 429,
		[API_NO_STREAM] = 400,
		[API_ARCHIVED] = 400 };

	if (s->errors.n > 0 || s->n == 0) {
		answer_init(ret_a, s->errors.n > 0 ? s->errors.at[0].status : 400);
		message_write(
			ret_a, s->errors.n > 0 ? s->errors.at[0].text : STR_LIT("Bad Request"));
		return;
	}
	/* Refused together: the first that tells why speaks for all. */
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].refusal == API_TAKEN)
			continue;
		answer_init(ret_a, status_of[s->items[i].refusal]);
		message_write(ret_a, s->items[i].refusal_text);
		return;
	}
	answer_init(ret_a, 200);
	queued_write(&ret_a->body, &s->items[0], w, message_id);
}

void
mailgun_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 404, "Not Found" },
		{ 413, "Request Entity Too Large" },
		{ 429, "Too Many Requests; try again later" },
		{ 503, "The service is busy; nothing was sent, try again later" },
	};
	struct str text = w->why.n ? w->why : STR_LIT("Internal Server Error");

	answer_init(ret_a, status);
	if (status == 401) {
		ret_a->type = "text/plain; charset=utf-8";
		buf_put_z(&ret_a->body, "Forbidden");
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status && !(status == 429 && w->why.n))
			text = str_z(table[i].text);
	message_write(ret_a, text);
}
