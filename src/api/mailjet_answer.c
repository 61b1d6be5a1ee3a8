#include "api/mailjet_error.h"
#include "api/mailjet_send.h"
#include "base/text.h"

#define ANSWER_MAX (4u << 20)

static void
people_write(struct buf *b, const struct api_item *item, const struct outgoing_list *l,
	size_t first, const struct api_world *w)
{
	for (size_t i = 0; i < l->n; i++) {
		bool real = !item->mail.sandbox;
		uint64_t id = real ? api_item_rcpt(item, first + i) : 0;
		char uuid[UUID_TEXT] = "";

		if (real)
			uuid_write(uuid, w->uuid_key, id);
		buf_put_z(b, i ? ",{\"Email\":" : "{\"Email\":");
		text_json(b, l->at[i].email);
		buf_printf(b,
			",\"MessageUUID\":\"%s\",\"MessageID\":%llu,\"MessageHref\":", uuid,
			(unsigned long long)id);
		buf_printf(b, "\"%.*s/v3/REST/message/%llu\"}", STR_ARG(w->base_url),
			(unsigned long long)id);
	}
}

static void
success_write(struct buf *b, const struct api_item *item, const struct api_world *w)
{
	const struct outgoing *o = &item->mail;

	buf_put_z(b, "{\"Status\":\"success\",\"CustomID\":");
	text_json(b, item->custom_id);
	buf_put_z(b, ",\"To\":[");
	people_write(b, item, &o->to, 0, w);
	buf_put_z(b, "],\"Cc\":[");
	people_write(b, item, &o->cc, o->to.n, w);
	buf_put_z(b, "],\"Bcc\":[");
	people_write(b, item, &o->bcc, o->to.n + o->cc.n, w);
	buf_put_z(b, "]}");
}

/* What the edge or the engine said, as an error of this API. */
static struct api_error
refusal_error(const struct api_item *item)
{
	struct api_error e = { .status = 503, .code = "mj-0014", .text = item->refusal_text };

	if (item->refusal == API_SENDER) {
		e.status = 403;
		e.code = "send-0008";
		e.related[e.nrelated++] = STR_LIT("From");
	} else if (item->refusal == API_SUSPENDED) {
		e.status = 401;
		e.code = "mj-0001";
	} else if (item->refusal == API_QUOTA) {
		e.status = 429;
	}
	return e;
}

/* The status of its first error; 0 = it is fine. */
static int
item_write(struct buf *b, const struct api_item *item, const struct api_world *w)
{
	struct api_error refused = refusal_error(item);
	const struct api_error *errors = item->errors.n ? item->errors.at : &refused;
	size_t n = item->errors.n ? item->errors.n : 1;

	if (item->errors.n == 0 && item->refusal == API_TAKEN) {
		success_write(b, item, w);
		return 0;
	}
	buf_put_z(b, "{\"Status\":\"error\",\"Errors\":[");
	for (size_t i = 0; i < n; i++) {
		buf_put_z(b, i ? "," : "");
		mailjet_error_write(b, &errors[i], w);
	}
	buf_put_z(b, "]}");
	return errors[0].status;
}

static void
answer_init(struct api_answer *a, int status)
{
	api_answer_init(a, status, "application/json; charset=UTF-8", ANSWER_MAX);
}

void
mailjet_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a)
{
	size_t busy = 0, over = 0;

	answer_init(ret_a, s->errors.n ? s->errors.at[0].status : 200);
	if (s->errors.n) {
		mailjet_error_write(&ret_a->body, &s->errors.at[0], w);
		return;
	}
	buf_put_z(&ret_a->body, "{\"Messages\":[");
	for (size_t i = 0; i < s->n; i++) {
		buf_put_z(&ret_a->body, i ? "," : "");
		int bad = item_write(&ret_a->body, &s->items[i], w);

		/* One of several: those that are fine went out, and the status is 400. */
		if (bad)
			ret_a->status = s->n > 1 ? 400 : bad;
		busy += bad == 503;
		over += bad == 429;
	}
	/* Then all of it may be tried again as it is. */
	if (busy + over > 0 && busy + over == s->n)
		ret_a->status = over ? 429 : 503;
	buf_put_z(&ret_a->body, "]}");
}

void
mailjet_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a)
{
	static const struct {
		int status;
		const char *code, *text;
	} table[] = {
		{ 401, "mj-0015",
			"API key authentication/authorization failure. You may be unauthorized "
			"to access the API or your API key may be expired. Visit API keys "
			"management section to check your keys." },
		{ 413, "mj-0011", "The payload is too large." },
		{ 429, "mj-0014", "Too many requests; try again later." },
		{ 503, "mj-0014", "The service is busy; nothing was sent, try again later." },
	};
	struct api_error e = { .status = status, .code = "mj-0014" };

	e.text = w->why.n ? w->why
	                  : STR_LIT("Internal error; nothing was sent, try again later.");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (table[i].status != status)
			continue;
		e.code = table[i].code;
		/* Which limit it is, is ours to say. */
		if (status != 429 || !w->why.n)
			e.text = str_z(table[i].text);
	}
	answer_init(ret_a, status);
	mailjet_error_write(&ret_a->body, &e, w);
}
