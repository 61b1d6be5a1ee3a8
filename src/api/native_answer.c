#include "api/french.h"
#include "api/native_send.h"
#include "api/problem_tbl.h"
#include "base/text.h"
#include "wire/typed_id.h"

#define ANSWER_MAX (8u << 20) /* a line for each of 10000 recipients */

static void
recipients_write(struct buf *b, const struct api_item *item, const struct api_world *w)
{
	const struct outgoing_list *lists[] = { &item->mail.to, &item->mail.cc,
		&item->mail.bcc };
	char id[TYPED_ID_TEXT];
	size_t k = 0;

	for (size_t l = 0; l < 3; l++) {
		for (size_t i = 0; i < lists[l]->n; i++, k++) {
			buf_put_z(b, k ? ",{\"email\":" : "{\"email\":");
			text_json(b, lists[l]->at[i].email);
			if (item->message)
				buf_printf(b, ",\"id\":\"%s\"",
					typed_id_write(id, w->uuid_key, "rcp",
						api_item_rcpt(item, k)));
			buf_put_c(b, '}');
		}
	}
}

static const struct api_item *
refused(const struct api_send *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].refusal != API_TAKEN)
			return &s->items[i];
	return NULL;
}

static int
refusal_status(enum api_refusal why)
{
	if (why == API_QUOTA)
		return 429;
	return why == API_SENDER || why == API_SUSPENDED ? 403 : 503;
}

void
native_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a)
{
	const struct api_item *no = refused(s);
	char id[TYPED_ID_TEXT];
	struct buf *b = &ret_a->body;

	if (s->errors.n && s->errors.at[0].status == 400) {
		native_problem(400, s->errors.at[0].text, NULL, w, ret_a);
		return;
	}
	if (s->errors.n) {
		native_problem(s->errors.at[0].status, STR_LIT("Nothing was sent: see errors."),
			&s->errors, w, ret_a);
		return;
	}
	if (no && (no->refusal == API_GROUP || no->refusal == API_NO_STREAM ||
			  no->refusal == API_ARCHIVED)) {
		struct api_error e = { .status = 422,
			.text = no->refusal_text,
			.related = { no->refusal == API_GROUP ? STR_LIT("/group")
							      : STR_LIT("/stream") },
			.nrelated = 1 };
		const struct api_errors one = { &e, 1 };

		native_problem(422, STR_LIT("Nothing was sent: see errors."), &one, w, ret_a);
		return;
	}
	if (no) {
		native_problem(refusal_status(no->refusal), no->refusal_text, NULL, w, ret_a);
		return;
	}
	api_answer_init(ret_a, 202, "application/json", ANSWER_MAX);
	buf_put_z(b, "{\"data\":[");
	for (size_t i = 0; i < s->n; i++) {
		const struct api_item *item = &s->items[i];

		buf_put_z(b, i ? ",{" : "{");
		if (item->message)
			buf_printf(b, "\"id\":\"%s\",",
				typed_id_write(id, w->uuid_key, "msg", item->message));
		else
			buf_put_z(b, "\"sandbox\":true,");
		buf_put_z(b, "\"recipients\":[");
		recipients_write(b, item, w);
		buf_put_z(b, "]}");
	}
	buf_put_z(b, "]}\n");
}

static const struct {
	int status;
	const char *slug, *title[2];
} problems[] = {
#define P(status, slug, title, title_fr, why, why_fr, todo, todo_fr)                           \
	{ status, slug, { title, title_fr } },
	PROBLEMS(P)
#undef P
};

struct str
native_problem_json(struct arena *a, struct str why)
{
	return arena_printf(a, "The body is no JSON: %.*s.", STR_ARG(why));
}

/* A sentence in the language of the caller, where there is French for it. */
static void
put_said(struct buf *b, struct str english, const struct api_world *w)
{
	struct buf said;

	buf_init(&said, 2 * FRENCH_TEXT_MAX);
	text_json(b, w->french && french_say(&said, english) == 0 ? buf_str(&said) : english);
	buf_done(&said);
}

void
native_problem(int status, struct str detail, const struct api_errors *errors,
	const struct api_world *w, struct api_answer *ret_a)
{
	const size_t n = sizeof problems / sizeof *problems;
	struct buf *b = &ret_a->body;
	size_t p = 0;

	/* The last one is "internal": whatever else goes wrong. */
	while (p + 1 < n && problems[p].status != status)
		p++;
	api_answer_init(ret_a, status, "application/problem+json", ANSWER_MAX);
	buf_printf(b, "{\"type\":\"%.*s/docs/api#%s\",\"title\":\"%s\",\"status\":%d",
		STR_ARG(w->base_url), problems[p].slug, problems[p].title[w->french], status);
	if (detail.n) {
		buf_put_z(b, ",\"detail\":");
		put_said(b, detail, w);
	}
	for (size_t i = 0; errors && i < errors->n; i++) {
		buf_put_z(b, i ? ",{\"pointer\":" : ",\"errors\":[{\"pointer\":");
		text_json(b, errors->at[i].related[0]);
		buf_put_z(b, ",\"message\":");
		put_said(b, errors->at[i].text, w);
		buf_put_c(b, '}');
	}
	buf_put_z(b, errors && errors->n ? "],\"request_id\":" : ",\"request_id\":");
	text_json(b, w->request_id);
	buf_put_z(b, "}\n");
}
