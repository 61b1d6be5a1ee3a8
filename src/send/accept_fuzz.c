/* Laws: the end of a header block is found at the same place in any pieces; the rewritten
 * header keeps its length's promise, begins with our Received and holds no line we did not
 * mean. */
#include "base/must.h"
#include "send/accept.h"
#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
end_in_pieces(struct str s, size_t step)
{
	size_t seen = 0, end = 0;

	while (!end && seen < s.n) {
		size_t n = seen + step > s.n ? s.n : seen + step;

		end = accept_header_end(str_head(s, n), seen);
		must(end <= n);
		seen = n;
	}
	return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = str_of(data, size), block;
	size_t step = size ? 1 + data[0] % 7 : 1, end = end_in_pieces(all, step), head;
	struct accept_rules rules = { 50, size & 1 };
	struct accept_trace t = { .helo = STR_LIT("client.test"),
		.client = STR_LIT("192.0.2.1"),
		.hostname = STR_LIT("mail.test"),
		.id = 7 };
	struct accept_facts f, again;
	struct arena a;
	struct buf out;

	must(end == header_length(all) || end == 2);
	block = end ? str_head(all, end) : all;
	arena_init(&a, 8u << 20);
	buf_init(&out, 8u << 20);
	struct reply r = accept_header(&a, block, &rules, &f);
	must(f.subject.n <= ACCEPT_SUBJECT_MAX && f.subject.p && f.from_domain.p);
	must(accept_rewrite(&out, block, &t, &head) == 0);
	must(head > 0 && head <= out.n);
	must(str_starts(buf_str(&out), STR_LIT("Received: from client.test ")));
	/* What was fine stays fine: our fields add no objection of the From kind. */
	struct reply r2 = accept_header(&a, str_head(buf_str(&out), head), &rules, &again);
	if (r.code == 0 && block.n < 3000)
		must(r2.code == 0 || r2.dsn.detail == 6);
	must(r.code != 0 || str_eq(f.from_domain, again.from_domain));
	buf_done(&out);
	arena_done(&a);
	return 0;
}
