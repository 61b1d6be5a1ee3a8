#include "api/mailgun_send.h"
#include "api/mailjet_send.h"
#include "api/mailjet_v3_send.h"
#include "api/native_send.h"
#include "api/sendgrid_send.h"
#include "base/must.h"
#include "wire/header.h"

/* The first byte says which dialect the rest is for. Laws: a message that was read without
 * errors composes, and has no field but those that are written of themselves and those that the
 * call names; all of a call stay below API_COMPOSED_MAX; each call has an answer, of which the
 * body is empty or JSON. (Postmark has a fuzzer of its own.) */

enum dialect { NATIVE, MAILJET, MAILJET_V3, SENDGRID, MAILGUN, MAILGUN_MULTIPART, DIALECTS };

static const struct api_world world = { .now = INT64_C(1795513883000000),
	.base_url = { "https://x", 9 },
	.request_id = { "r", 1 } };

static int
read_call(struct api_send *s, enum dialect d, struct str body)
{
	struct mailgun_call call = { STR_LIT("x.test"),
		d == MAILGUN ? STR_LIT("application/x-www-form-urlencoded")
			     : STR_LIT("multipart/form-data; boundary=B"),
		body };

	switch (d) {
	case NATIVE:
		return native_send_read(s, body, &world);
	case MAILJET:
		return mailjet_send_read(s, body, &world);
	case MAILJET_V3:
		return mailjet_v3_send_read(s, body, &world);
	case SENDGRID:
		return sendgrid_send_read(s, body, &world);
	case MAILGUN:
	case MAILGUN_MULTIPART:
	case DIALECTS:
	default:
		return mailgun_send_read(s, &call, &world);
	}
}

static void
answer_of(const struct api_send *s, enum dialect d, struct api_answer *a)
{
	switch (d) {
	case NATIVE:
		native_send_answer(s, &world, a);
		break;
	case MAILJET:
		mailjet_send_answer(s, &world, a);
		break;
	case MAILJET_V3:
		mailjet_v3_send_answer(s, &world, a);
		break;
	case SENDGRID:
		sendgrid_send_answer(s, &world, a);
		break;
	case MAILGUN:
	case MAILGUN_MULTIPART:
	case DIALECTS:
	default:
		mailgun_send_answer(s, &world, STR_NONE, a);
		break;
	}
}

static bool
named(const struct outgoing *o, struct str name)
{
	static const char *const ours[] = { "Date", "From", "Sender", "Reply-To", "To", "Cc",
		"Subject", "Message-ID", "MIME-Version", "Content-Type",
		"Content-Transfer-Encoding", NULL };

	for (size_t i = 0; ours[i]; i++)
		if (str_eq_z(name, ours[i]))
			return true;
	for (size_t i = 0; i < o->nfields; i++)
		if (str_eq(name, o->fields[i].name))
			return true;
	return false;
}

/* As the edge does. */
static uint64_t
send(struct arena *a, struct api_item *item, uint64_t number)
{
	static const struct outgoing_stamp stamp = { .message_id = { "<1@x.test>", 10 },
		.seed = { "s", 1 } };
	const char *why = NULL;
	struct header_field f;
	struct msg_rcpts rcpts;
	struct buf out;
	uint64_t size;
	int more;

	buf_init(&out, 2 * API_COMPOSED_MAX);
	must(outgoing_rcpts(a, &item->mail, &rcpts, &item->of) == 0);
	must(rcpts.n > 0);
	must(outgoing_compose(a, &item->mail, &stamp, &out, &why) == 0);
	for (struct str rest = buf_str(&out); (more = header_next(&rest, &f)) != 0;)
		must(more == 1 && named(&item->mail, f.name));
	size = out.n;
	item->message = item->mail.sandbox ? 0 : number;
	buf_done(&out);
	return size;
}

static void
check_answer(const struct api_send *s, enum dialect d)
{
	struct api_answer answer;
	json_t *root;

	answer_of(s, d, &answer);
	must(!answer.body.full);
	must(answer.status >= 200 && answer.status < 600);
	if (answer.body.n > 0) {
		root = json_loadb(answer.body.p, answer.body.n, JSON_REJECT_DUPLICATES, NULL);
		must(root);
		json_decref(root);
	}
	buf_done(&answer.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum dialect d;
	uint64_t bytes = 0;
	struct api_send s;
	struct arena a;

	if (size == 0)
		return 0;
	d = (enum dialect)(data[0] % DIALECTS);
	arena_init(&a, 256u << 20);
	api_send_init(&s, &a);
	if (read_call(&s, d, str_of(data + 1, size - 1)) == 0) {
		for (size_t i = 0; i < s.n && s.errors.n == 0; i++)
			if (s.items[i].errors.n == 0)
				bytes += send(&a, &s.items[i], 100 + 2000 * i);
		must(bytes <= API_COMPOSED_MAX);
		check_answer(&s, d);
	}
	api_send_done(&s);
	arena_done(&a);
	return 0;
}
