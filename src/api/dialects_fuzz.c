#include "api/dialects.h"
#include "send/outgoing_law.h"

/* The first byte says which dialect the rest is for. Laws: a message that was read without
 * errors keeps those of outgoing_law.h; all of a call stay below API_COMPOSED_MAX; each call
 * has an answer, of which the body is empty or JSON. */

/* As the edge does. */
static uint64_t
send(struct arena *a, struct api_item *item, uint64_t number)
{
	struct msg_rcpts rcpts;

	must(outgoing_rcpts(a, &item->mail, &rcpts, &item->of) == 0);
	item->message = item->mail.sandbox ? 0 : number;
	/* Its texts are still to be written. */
	if (item->template)
		return 0;
	return outgoing_law_message(a, &item->mail);
}

static void
check_answer(const struct api_send *s, enum dialect d)
{
	struct api_answer answer;
	json_t *root;

	dialects_answer(s, d, &answer);
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
	if (dialects_read(&s, d, str_of(data + 1, size - 1)) == 0) {
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
