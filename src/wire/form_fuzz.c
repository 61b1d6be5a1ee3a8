/* Law: parts that are written as a form are read back as they were; and nothing that is read
 * lies outside the body or the arena (the sanitizer sees to that). */
#include "base/buf.h"
#include "base/must.h"
#include "wire/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Short enough for the fields of a part, too. */
static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]))
			return false;
	return s.n > 0 && s.n < FORM_HEAD_MAX / 2;
}

/* The form again, under a boundary that no part holds. */
static void
write_again(struct buf *b, const struct form *f, struct str boundary)
{
	for (size_t i = 0; i < f->n; i++) {
		buf_put_z(b, "--");
		buf_put(b, boundary);
		buf_put_z(b, "\r\nContent-Disposition: form-data; name=");
		buf_put(b, f->parts[i].name);
		buf_put_z(b, "\r\n\r\n");
		buf_put(b, f->parts[i].bytes);
		buf_put_z(b, "\r\n");
	}
	buf_put_z(b, "--");
	buf_put(b, boundary);
	buf_put_z(b, "--");
}

static void
check(const struct form *f)
{
	struct str boundary = STR_LIT("Qz7boundaryQz7");
	struct arena a;
	struct form again;
	struct buf b;
	const char *why;

	for (size_t i = 0; i < f->n; i++)
		if (!is_token(f->parts[i].name) ||
			str_find_str(f->parts[i].bytes, boundary) < f->parts[i].bytes.n)
			return;
	buf_init(&b, 4u << 20);
	arena_init(&a, 4u << 20);
	write_again(&b, f, boundary);
	if (!b.full) {
		must(!form_multipart(&a, buf_str(&b), boundary, &again, &why));
		must(again.n == f->n);
		for (size_t i = 0; i < f->n; i++) {
			must(str_eq(again.parts[i].name, f->parts[i].name));
			must(str_eq(again.parts[i].bytes, f->parts[i].bytes));
		}
	}
	arena_done(&a);
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_of(data, size), boundary = STR_NONE;
	struct str type = str_cut(&in, '\n');
	struct arena a;
	struct form f;
	const char *why;

	if (!in.p)
		return 0;
	arena_init(&a, 1u << 20);
	if (form_kind(&a, type, &boundary) != FORM_MULTIPART)
		boundary = STR_LIT("b");
	if (!form_multipart(&a, in, boundary, &f, &why))
		check(&f);
	if (!form_urlencoded(&a, in, &f, &why))
		check(&f);
	arena_done(&a);
	return 0;
}
