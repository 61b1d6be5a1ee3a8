/* Laws: every part lies in the message, in order, and what it holds lies in it; a second walk
 * says the same; a decoded text has whole line ends only; a line has none; decoded bytes are no
 * more than the encoded ones, and the same where nothing is encoded. */
#include "wire/mime_in.h"

#include "base/must.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
inside(struct str part, struct str whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void
check_text(struct str s, size_t max)
{
	must(s.n <= max);
	for (size_t i = 0; i < s.n; i++) {
		must(s.p[i] != '\0');
		must(s.p[i] != '\r' || (i + 1 < s.n && s.p[i + 1] == '\n'));
		must(s.p[i] != '\n' || (i > 0 && s.p[i - 1] == '\r'));
	}
}

/* The full arena gives none. */
static void
check_bytes(struct str s, const struct mime_in_part *p)
{
	must(!s.p || s.n <= p->body.n);
	must(p->coding != MIME_IN_PLAIN || str_eq(s, p->body));
}

static void
check_line(struct str s, size_t max)
{
	must(s.p && s.n <= max && text_is_utf8(s));
	for (size_t i = 0; i < s.n; i++)
		must((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mime_in m, again;
	struct str in = str_of(data, size);
	struct arena a;

	arena_init(&a, 8u << 20);
	mime_in_walk(&a, in, &m);
	mime_in_walk(&a, in, &again);
	must(m.n > 0 && m.n <= MIME_IN_PARTS && again.n == m.n && again.cut == m.cut);
	for (size_t i = 0; i < m.n; i++) {
		const struct mime_in_part *p = &m.parts[i];

		must(inside(p->head, in) && inside(p->body, in) && inside(p->value, p->head));
		must(inside(p->type, p->value) && p->depth <= MIME_IN_DEPTH);
		must(i == 0 || (p->depth > 0 && p->depth <= m.parts[i - 1].depth + 1));
		must(i == 0 || p->depth <= m.parts[i - 1].depth ||
			inside(p->body, m.parts[i - 1].body));
		must(again.parts[i].body.p == p->body.p && again.parts[i].body.n == p->body.n);
		check_text(mime_in_text(&a, p, 5000), 5000);
		check_bytes(mime_in_bytes(&a, p), p);
		check_line(mime_in_line(&a, p->value, 100), 100);
	}
	check_text(mime_in_human(&a, &m, 5000), 5000);
	arena_done(&a);
	return 0;
}
