#include "api/postmark_answer.h"
#include "base/must.h"
#include "wire/header.h"

/* Laws: a message that was read without errors composes, and has no field but those that are
 * written of themselves and those its Headers name; each call has an answer that is JSON. */

static bool
named(const struct outgoing *o, struct str name)
{
	static const char *const ours[] = { "Date", "From", "Reply-To", "To", "Cc", "Subject",
		"Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
		NULL };

	for (size_t i = 0; ours[i]; i++)
		if (str_eq_z(name, ours[i]))
			return true;
	for (size_t i = 0; i < o->nfields; i++)
		if (str_eq(name, o->fields[i].name))
			return true;
	return false;
}

static void
check_mail(struct arena *a, const struct outgoing *o)
{
	static const struct outgoing_stamp stamp = { .message_id = { "<1@x.test>", 10 },
		.seed = { "s", 1 } };
	const char *why = NULL;
	struct header_field f;
	struct buf out;
	int more;

	buf_init(&out, 64u << 20);
	must(outgoing_compose(a, o, &stamp, &out, &why) == 0);
	for (struct str rest = buf_str(&out); (more = header_next(&rest, &f)) != 0;)
		must(more == 1 && named(o, f.name));
	buf_done(&out);
}

static void
check_answer(const struct api_send *s, enum postmark_call call, const struct api_world *w)
{
	struct api_answer answer;
	json_t *root;

	postmark_answer(s, call, w, &answer);
	must(!answer.body.full);
	root = json_loadb(answer.body.p, answer.body.n, JSON_REJECT_DUPLICATES, NULL);
	must(root);
	json_decref(root);
	buf_done(&answer.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct api_world world = { .now = 1, .base_url = STR_NONE };
	enum postmark_call call;
	struct api_send s;
	struct arena a;

	if (size == 0)
		return 0;
	call = (enum postmark_call)(data[0] & 3);
	arena_init(&a, 64u << 20);
	api_send_init(&s, &a);
	if (postmark_send_read(&s, call, str_of(data + 1, size - 1), data[0] & 4, &world) ==
		0) {
		for (size_t i = 0; i < s.n; i++)
			if (s.items[i].errors.n == 0)
				check_mail(&a, &s.items[i].mail);
		check_answer(&s, call, &world);
	}
	api_send_done(&s);
	arena_done(&a);
	return 0;
}
