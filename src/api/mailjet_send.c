#include "api/mailjet_send.h"

#include "api/mailjet_message.h"

#include <errno.h>

#define MESSAGES_MAX 50u
#define GLOBALS_MAX  100u /* members: each is looked for in each message */

struct root {
	json_t *messages, *globals;
	enum json_in_bool sandbox, advanced;
};
static const struct json_in_field root_fields[] = {
	{ "Messages", JSON_IN_ANY, JSON_IN_NEEDED, 0, offsetof(struct root, messages), NULL },
	{ "Globals", JSON_IN_OBJECT, 0, 0, offsetof(struct root, globals), NULL },
	{ "SandboxMode", JSON_IN_BOOL, JSON_IN_LAX, 0, offsetof(struct root, sandbox), NULL },
	{ "AdvanceErrorHandling", JSON_IN_BOOL, JSON_IN_LAX, 0, offsetof(struct root, advanced),
		NULL },
};
static const struct json_in_shape root_shape = { root_fields, 4, sizeof(struct root), true };

/* What the globals have and the message has not, names in any case. */
static void
merge(json_t *message, json_t *globals)
{
	const char *key, *have;
	json_t *value, *ignored;

	json_object_foreach(globals, key, value)
	{
		bool there = false;

		json_object_foreach(message, have, ignored)
		{
			there = str_ieq_z(str_z(have), key);
			if (there)
				break;
		}
		if (!there)
			json_object_set(message, key, value);
	}
}

static void
bulk(struct mailjet_reader *r)
{
	r->item = NULL;
	mailjet_error(r, 413, "mj-0011",
		STR_LIT("The payload is too large. Max allowed for all messages of a call - 64 "
			"MiB"));
}

static int
root_read(struct mailjet_reader *r, struct root *root)
{
	struct json_in in;
	int err;

	json_in_init(&in, r->arena);
	err = json_in_read(&in, r->send->root, &root_shape, STR_NONE, root);
	for (size_t i = 0; i < in.nproblems; i++)
		mailjet_error_json(r, &in.problems[i]);
	if (err)
		return err == -E2BIG ? err : 0;
	size_t n = json_array_size(root->messages);

	if (!json_is_array(root->messages))
		mailjet_error_relate(
			mailjet_error(r, 400, "mj-0004",
				STR_LIT("Type mismatch. Expected type \"array\".")),
			STR_LIT("Messages"));
	else if (n == 0)
		mailjet_error_relate(mailjet_error(r, 400, "mj-0007",
					     STR_LIT("A non-empty array is required.")),
			STR_LIT("Messages"));
	else if (n > MESSAGES_MAX)
		mailjet_error_relate(
			mailjet_error(r, 400, "mj-0008",
				STR_LIT("The array is too long. Max allowed - 50.")),
			STR_LIT("Messages"));
	if (json_object_size(root->globals) > GLOBALS_MAX)
		mailjet_error_relate(mailjet_error(r, 400, "mj-0008",
					     STR_LIT("The object has too many properties. Max "
						     "allowed - 100.")),
			STR_LIT("Globals"));
	return 0;
}

/* Over all messages of the call. */
static void
count_recipients(struct mailjet_reader *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->send->n; i++) {
		const struct outgoing *o = &r->send->items[i].mail;

		n += o->to.n + o->cc.n + o->bcc.n;
	}
	r->item = NULL;
	if (n > MAILJET_RECIPIENTS_MAX && r->send->n > 1)
		mailjet_error_relate(
			mailjet_error(r, 400, "send-0015",
				STR_LIT("Total number of recipients exceeded. Max allowed - "
					"50")),
			STR_LIT("Messages"));
}

static int
items_read(struct mailjet_reader *r, const struct root *root, const struct api_world *w)
{
	struct api_send *s = r->send;
	int err = api_send_items(s, json_array_size(root->messages));

	for (size_t i = 0; i < s->n && !err && r->decoded <= API_COMPOSED_MAX; i++) {
		json_t *one = json_array_get(root->messages, i);

		r->item = &s->items[i];
		if (json_is_object(one) && root->globals)
			merge(one, root->globals);
		err = mailjet_message_read(r, one, w);
		r->item->mail.sandbox = root->sandbox == JSON_IN_TRUE;
	}
	if (err)
		return err;
	if (r->decoded > API_COMPOSED_MAX || api_send_bulk(s))
		bulk(r);
	else
		count_recipients(r);
	return 0;
}

int
mailjet_send_read(struct api_send *s, struct str body, const struct api_world *w)
{
	struct mailjet_reader r = { .send = s, .arena = s->arena };
	struct root root;
	struct json_in in;
	struct str why;
	int err;

	json_in_init(&in, s->arena);
	if (json_in_text(&in, body, &s->root, &why) < 0 || !json_is_object(s->root)) {
		mailjet_error(&r, 400, "mj-0002",
			STR_LIT("Malformed JSON, please review the syntax and properties "
				"types."));
		return 0;
	}
	err = root_read(&r, &root);
	if (!err && s->errors.n == 0)
		err = items_read(&r, &root, w);
	return api_send_read(s, err);
}
