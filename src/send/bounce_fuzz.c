/* Laws: whatever a server says, there is a sentence in both languages; only a 5xx is for good;
 * the case of letters and the breaks of lines change nothing. */
#include "base/arena.h"
#include "base/must.h"
#include "send/bounce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct reply r;
	struct verdict v, w;

	if (size < 5)
		return 0;
	arena_init(&a, size + 64);
	r = (struct reply){ (uint16_t)(data[1] * 3), { data[2] % 6, data[3], data[4] },
		str_of(data + 5, size - 5) };
	v = bounce_judge(data[0] % 16, &r);
	must(v.en && *v.en && v.fr && *v.fr && v.todo_en && v.todo_fr);
	must(v.class > CLASS_NONE && v.class < CLASSES && v.blame < BLAMES);
	must(!v.permanent || r.code / 100 == 5);
	must(!v.permanent || (v.rest_s == 0 && v.retry_s == 0));
	must(v.retry_s <= 3600 && v.rest_s <= 3600);

	char *upper = arena_alloc(&a, r.text.n + 1);

	for (size_t i = 0; i < r.text.n; i++) {
		char c = r.text.p[i];

		upper[i] = c == ' ' ? '\n' : c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	r.text.p = upper;
	w = bounce_judge(data[0] % 16, &r);
	must(v.en == w.en && v.rest_s == w.rest_s && v.retry_s == w.retry_s);
	arena_done(&a);
	return 0;
}
