#include "api/sendgrid_send.h"

#include "api/sendgrid_send_priv.h"
#include "base/text.h"

#include <errno.h>

#define PERSONALIZATIONS_MAX 1000u
#define ANSWER_MAX           (1u << 20)

/* ---- shapes ---- */

#define NEEDED (JSON_IN_NEEDED | JSON_IN_FILLED)

#define PERSON(m) offsetof(struct sendgrid_person, m)
static const struct json_in_field person_fields[] = {
	{ "email", JSON_IN_STR, NEEDED, 320, PERSON(email), NULL },
	{ "name", JSON_IN_STR, 0, 0, PERSON(name), NULL },
};
static const struct json_in_shape person_shape = { person_fields, 2,
	sizeof(struct sendgrid_person), false };

#define CONTENT(m) offsetof(struct sendgrid_content, m)
static const struct json_in_field content_fields[] = {
	{ "type", JSON_IN_STR, NEEDED, 0, CONTENT(type), NULL },
	{ "value", JSON_IN_STR, NEEDED, 0, CONTENT(value), NULL },
};
static const struct json_in_shape content_shape = { content_fields, 2,
	sizeof(struct sendgrid_content), false };

#define FILE_(m) offsetof(struct sendgrid_file, m)
static const struct json_in_field file_fields[] = {
	{ "content", JSON_IN_STR, NEEDED, 0, FILE_(content), NULL },
	{ "filename", JSON_IN_STR, NEEDED, 255, FILE_(name), NULL },
	{ "type", JSON_IN_STR, JSON_IN_FILLED, 200, FILE_(type), NULL },
	{ "disposition", JSON_IN_STR, 0, 0, FILE_(disposition), NULL },
	{ "content_id", JSON_IN_STR, 0, 250, FILE_(content_id), NULL },
};
static const struct json_in_shape file_shape = { file_fields, 5, sizeof(struct sendgrid_file),
	false };

static const struct json_in_field asm_fields[] = {
	{ "group_id", JSON_IN_INT, JSON_IN_NEEDED, 0, offsetof(struct sendgrid_asm, group),
		NULL },
	{ "groups_to_display", JSON_IN_ANY, 0, 0, offsetof(struct sendgrid_asm, display),
		NULL },
};
static const struct json_in_shape asm_shape = { asm_fields, 2, sizeof(struct sendgrid_asm),
	false };

#define P(m) offsetof(struct sendgrid_personalization, m)
static const struct json_in_field personalization_fields[] = {
	{ "to", JSON_IN_LIST, NEEDED, 0, P(to), &person_shape },
	{ "cc", JSON_IN_LIST, 0, 0, P(cc), &person_shape },
	{ "bcc", JSON_IN_LIST, 0, 0, P(bcc), &person_shape },
	{ "from", JSON_IN_ONE, 0, 0, P(from), &person_shape },
	{ "subject", JSON_IN_STR, JSON_IN_FILLED, 0, P(subject), NULL },
	{ "headers", JSON_IN_OBJECT, 0, 0, P(headers), NULL },
	{ "substitutions", JSON_IN_OBJECT, 0, 0, P(subst), NULL },
	{ "dynamic_template_data", JSON_IN_OBJECT, 0, 0, P(data), NULL },
	{ "custom_args", JSON_IN_OBJECT, 0, 0, P(custom_args), NULL },
	{ "send_at", JSON_IN_INT, 0, 0, P(send_at), NULL },
};
static const struct json_in_shape personalization_shape = { personalization_fields,
	sizeof personalization_fields / sizeof *personalization_fields,
	sizeof(struct sendgrid_personalization), false };

#define R(m) offsetof(struct sendgrid_root, m)
static const struct json_in_field root_fields[] = {
	{ "personalizations", JSON_IN_LIST, NEEDED, PERSONALIZATIONS_MAX, R(personalizations),
		&personalization_shape },
	{ "from", JSON_IN_ONE, JSON_IN_NEEDED, 0, R(from), &person_shape },
	{ "reply_to", JSON_IN_ONE, 0, 0, R(reply_to), &person_shape },
	{ "reply_to_list", JSON_IN_LIST, 0, 1000, R(reply_list), &person_shape },
	{ "subject", JSON_IN_STR, 0, 0, R(subject), NULL },
	{ "content", JSON_IN_LIST, JSON_IN_FILLED, 0, R(content), &content_shape },
	{ "attachments", JSON_IN_LIST, 0, OUTGOING_FILES_MAX, R(files), &file_shape },
	{ "template_id", JSON_IN_STR, 0, 0, R(template_id), NULL },
	{ "sections", JSON_IN_OBJECT, 0, 0, R(sections), NULL },
	{ "headers", JSON_IN_OBJECT, 0, 0, R(headers), NULL },
	{ "categories", JSON_IN_STRS, 0, 0, R(categories), NULL },
	{ "custom_args", JSON_IN_OBJECT, 0, 0, R(custom_args), NULL },
	{ "send_at", JSON_IN_INT, 0, 0, R(send_at), NULL },
	{ "batch_id", JSON_IN_STR, 0, 0, R(batch_id), NULL },
	{ "asm", JSON_IN_ONE, 0, 0, R(asm_), &asm_shape },
	{ "ip_pool_name", JSON_IN_STR, 0, 0, R(pool), NULL },
	{ "mail_settings", JSON_IN_OBJECT, 0, 0, R(mail_settings), NULL },
	{ "tracking_settings", JSON_IN_OBJECT, 0, 0, R(tracking), NULL },
};
static const struct json_in_shape root_shape = { root_fields,
	sizeof root_fields / sizeof *root_fields, sizeof(struct sendgrid_root), false };

/* ---- reading ---- */

static int
root_read(struct sendgrid_reader *r)
{
	struct json_in in;
	int err;

	json_in_init(&in, r->arena);
	err = json_in_read(&in, r->send->root, &root_shape, STR_NONE, &r->root);
	for (size_t i = 0; i < in.nproblems; i++)
		sendgrid_error_json(r->send, &in.problems[i]);
	return err;
}

static void
count_recipients(struct sendgrid_reader *r)
{
	const struct sendgrid_personalization *p = r->root.personalizations.at;
	size_t n = 0;

	for (size_t i = 0; i < r->root.personalizations.n; i++)
		n += p[i].to.n + p[i].cc.n + p[i].bcc.n;
	if (n > SENDGRID_RECIPIENTS_MAX)
		sendgrid_send_fail(r,
			"There is a limit of 1000 total recipients (to + cc + bcc) per "
			"request.",
			STR_LIT("personalizations"));
}

static void
too_large(struct sendgrid_reader *r)
{
	struct str no_field = { NULL, 0 };

	sendgrid_error_add(r->send, 413,
		STR_LIT("The total size of all emails of one request must not exceed 64MB, "
			"including attachments. Please consider splitting this into multiple "
			"requests."),
		no_field);
}

static int
items_read(struct sendgrid_reader *r)
{
	int err = sendgrid_send_call(r);
	uint64_t most = 0;

	if (!err && api_bulk(&r->base, r->root.personalizations.n)) {
		too_large(r);
		return 0;
	}

	if (!err)
		err = api_send_items(r->send, r->root.personalizations.n);
	if (err)
		return err;
	count_recipients(r);
	/* Enough was said, and every item would only say it again; or what tags made of the
	 * texts is too much already. */
	for (size_t i = 0; i < r->send->n && r->send->errors.n < API_ERRORS_MAX && !err &&
			   most <= API_COMPOSED_MAX;
		i++) {
		err = sendgrid_send_item(r, i, &r->send->items[i].mail);
		if (r->send->items[i].errors.n == 0)
			most += outgoing_most(&r->send->items[i].mail);
	}
	if (!err && r->send->errors.n == 0 &&
		(most > API_COMPOSED_MAX || api_send_bulk(r->send)))
		too_large(r);
	return err;
}

static int
read_call(struct api_send *s, struct str body, const struct api_world *w)
{
	struct sendgrid_reader *r = arena_alloc(s->arena, sizeof *r);
	struct str why, no_field = { NULL, 0 };
	struct json_in in;
	int err;

	s->together = true;
	if (!r)
		return -E2BIG;
	r->send = s;
	r->arena = s->arena;
	r->world = w;
	r->work = SENDGRID_SUBST_WORK;
	if (!text_is_utf8(body)) {
		sendgrid_error_add(s, 415, STR_LIT("Invalid UTF8 in request"), no_field);
		return 0;
	}
	json_in_init(&in, s->arena);
	if (json_in_text(&in, body, &s->root, &why) < 0 || !json_is_object(s->root)) {
		sendgrid_error_add(s, 400, STR_LIT("Bad Request"), no_field);
		return 0;
	}
	err = root_read(r);
	if (err)
		return err == -E2BIG ? err : 0;
	return items_read(r);
}

int
sendgrid_send_read(struct api_send *s, struct str body, const struct api_world *w)
{
	return api_send_read(s, read_call(s, body, w));
}

/* ---- answers ---- */

static void
answer_init(struct api_answer *a, int status)
{
	api_answer_init(a, status, "application/json", ANSWER_MAX);
}

/* What the edge or the engine said, as an error of this API. */
static struct api_error
refusal_error(const struct api_item *item)
{
	struct api_error e = { .status = 503, .code = "", .text = item->refusal_text };

	if (item->refusal == API_SENDER) {
		e.status = 403;
		e.text = STR_LIT("The from address does not match a verified Sender Identity. "
				 "Mail cannot be sent until this error is resolved.");
		e.related[e.nrelated++] = STR_LIT("from");
	} else if (item->refusal == API_SUSPENDED) {
		e.status = 403;
	} else if (item->refusal == API_QUOTA) {
		e.status = 429;
	} else if (item->refusal == API_GROUP) {
		e.status = 400;
		e.text = STR_LIT(SENDGRID_ERROR_GROUP);
		e.related[e.nrelated++] = STR_LIT("asm.group_id");
	}
	return e;
}

/* The call's one id: that of its first message, which finds the message again. */
static struct str
message_id(const struct api_send *s, const struct api_world *w)
{
	char uuid[UUID_TEXT];
	struct str kept;

	if (s->n == 0 || s->items[0].mail.sandbox || s->items[0].message == 0)
		return STR_NONE;
	kept = arena_str(s->arena, str_z(uuid_write(uuid, w->uuid_key, s->items[0].message)));
	return kept.p ? kept : STR_NONE;
}

void
sendgrid_send_answer(
	const struct api_send *s, const struct api_world *w, struct api_answer *ret_a)
{
	struct api_error refused = { 0 };

	for (size_t i = 0; i < s->n && !refused.status; i++)
		if (s->items[i].refusal != API_TAKEN)
			refused = refusal_error(&s->items[i]);
	if (s->errors.n) {
		answer_init(ret_a, s->errors.at[0].status);
		sendgrid_error_write(&ret_a->body, s->errors.at, s->errors.n, w->request_id);
	} else if (refused.status) {
		answer_init(ret_a, refused.status);
		sendgrid_error_write(&ret_a->body, &refused, 1, w->request_id);
	} else {
		answer_init(ret_a, s->n && s->items[0].mail.sandbox ? 200 : 202);
		ret_a->message_id = message_id(s, w);
	}
}

void
sendgrid_send_refuse(int status, const struct api_world *w, struct api_answer *ret_a)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 401, "The provided authorization grant is invalid, expired, or revoked" },
		{ 403, "access forbidden" },
		{ 404, "not found" },
		{ 405, "method not allowed" },
		{ 413, "The total size of your email must not exceed 30MB, including "
		       "attachments." },
		{ 415, "Content-Type should be application/json." },
		{ 429, "too many requests" },
		{ 503, "The service is busy; nothing was sent, try again later." },
	};
	struct api_error e = { .status = status, .code = "" };

	e.text = w->why.n ? w->why
	         : status == 400
	                 ? STR_LIT("Bad Request")
	                 : STR_LIT("Internal error; nothing was sent, try again later.");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status && !(status == 429 && w->why.n))
			e.text = str_z(table[i].text);
	answer_init(ret_a, status);
	sendgrid_error_write(&ret_a->body, &e, 1, w->request_id);
}
