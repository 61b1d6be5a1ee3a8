#include "wire/form.h"

#include "base/buf.h"
#include "base/test.h"

#include <errno.h>

/* "name=bytes" per part; a file as name<file name|type>=bytes. */
static void
form_text(const struct form *f, struct buf *b)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct form_part *p = &f->parts[i];

		buf_printf(b, "%s%.*s", i ? ";" : "", STR_ARG(p->name));
		if (p->file_name.p)
			buf_printf(b, "<%.*s|%.*s>", STR_ARG(p->file_name),
				STR_ARG(p->type.p ? p->type : STR_NONE));
		buf_printf(b, "=%.*s", STR_ARG(p->bytes));
	}
}

#define CD "Content-Disposition: form-data; "

static void
test_multipart(void **state)
{
	static const struct {
		const char *name, *body, *want; /* want "!…": the refusal */
	} table[] = {
		{ "one", "--b\r\n" CD "name=\"to\"\r\n\r\na@b\r\n--b--\r\n", "to=a@b" },
		{ "none", "--b--\r\n", "" },
		{ "preamble, padding, epilogue",
			"x\r\n--b \t\r\n" CD "name=a\r\n\r\n1\r\n--b--\r\nrest", "a=1" },
		{ "two, one empty",
			"--b\r\n" CD "name=a\r\n\r\n\r\n--b\r\n" CD
			"name=b\r\n\r\n1\r\n2\r\n--b--",
			"a=;b=1\r\n2" },
		{ "file",
			"--b\r\ncontent-type: text/x; y=1\r\n" CD
			"name=\"f\"; filename=\"a \\\"b\\\".txt\"\r\n\r\n--\r\n--c\r\n--b--",
			"f<a \"b\".txt|text/x; y=1>=--\r\n--c" },
		{ "names of browsers",
			"--b\r\n" CD
			"name=\"a%22b%0d\"; filename=\"C:\\dir\\x%41.txt\"\r\n\r\n1\r\n--b--",
			"a\"b\r<C:\\dir\\x%41.txt|>=1" },
		{ "the better file name",
			"--b\r\n" CD "name=f; filename=\"e.txt\"; filename*=UTF-8''%C3%A9.txt"
			"\r\n\r\n1\r\n--b--",
			"f<\xc3\xa9.txt|>=1" },
		{ "a longer boundary inside",
			"--b\r\n" CD "name=a\r\n\r\nx\r\n--bb\r\ny\r\n--b--",
			"a=x\r\n--bb\r\ny" },
		{ "boundary within a line", "--b\r\n" CD "name=a\r\n\r\nx--b--\r\n--b--",
			"a=x--b--" },
		{ "no end", "--b\r\n" CD "name=a\r\n\r\nx\r\n",
			"!the form does not end with its boundary" },
		{ "cut at the boundary", "--b\r\n" CD "name=a\r\n\r\nx\r\n--b",
			"!the form does not end with its boundary" },
		{ "nothing", "", "!the form does not end with its boundary" },
		{ "no name", "--b\r\n" CD "filename=x\r\n\r\nx\r\n--b--",
			"!a part has no name" },
		{ "no field", "--b\r\nnonsense\r\n\r\nx\r\n--b--",
			"!a part has a line that is no field" },
		{ "fields without end", "--b\r\n" CD "name=a\r\n--b--",
			"!a part has no end of its fields" },
		{ "an encoding",
			"--b\r\n" CD "name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n"
			"--b--",
			"!a part has a Content-Transfer-Encoding, which forms no longer have" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct form f;
		struct buf got;
		const char *why = NULL;

		arena_init(&a, 1u << 16);
		buf_init(&got, 4096);
		int err = form_multipart(&a, str_z(row->body), STR_LIT("b"), &f, &why);
		if (err)
			buf_printf(&got, "!%s", why);
		else
			form_text(&f, &got);
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		arena_done(&a);
	}
}

static void
test_urlencoded(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} table[] = {
		{ "nothing", "", "" },
		{ "plain", "a=1&b=2", "a=1;b=2" },
		{ "escapes", "a+b=%C3%A9+%2B&c%3D=x%", "a b=\xc3\xa9 +;c==x%" },
		{ "twice, empty", "to=1&to=2&&x&y=", "to=1;to=2;x=;y=" },
		{ "half escapes", "a=%4&b=%zz&c=%41", "a=%4;b=%zz;c=A" },
	};
	const char *why;

	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct form f;
		struct buf got;

		arena_init(&a, 1u << 16);
		buf_init(&got, 4096);
		assert_int_equal(form_urlencoded(&a, str_z(row->body), &f, &why), 0);
		form_text(&f, &got);
		assert_str(buf_str(&got), row->want);
		buf_done(&got);
		arena_done(&a);
	}
}

static void
test_kind(void **state)
{
	static const struct {
		const char *type, *boundary;
		int kind;
	} table[] = {
		{ "application/x-www-form-urlencoded; charset=utf-8", "", FORM_URLENCODED },
		{ "multipart/form-data; boundary=abc", "abc", FORM_MULTIPART },
		{ "Multipart/Form-Data;charset=utf-8 ; Boundary=\"a b;c\"", "a b;c",
			FORM_MULTIPART },
		{ "multipart/form-data", "", FORM_NONE },
		{ "multipart/form-data; boundary=", "", FORM_NONE },
		{ "multipart/form-data; boundary=\"a \"", "", FORM_NONE },
		{ "multipart/mixed; boundary=a", "", FORM_NONE },
		{ "application/json", "", FORM_NONE },
		{ "multipart/form-data; boundary="
		  "12345678901234567890123456789012345678901234567890123456789012345678901",
			"", FORM_NONE },
	};
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct str boundary = STR_NONE;

		assert_int_equal(form_kind(&a, str_z(table[i].type), &boundary), table[i].kind);
		assert_str(boundary, table[i].boundary);
	}
	arena_done(&a);
}

static void
test_bounds(void **state)
{
	struct arena a;
	struct buf b;
	struct form f;
	const char *why = NULL;

	(void)state;
	arena_init(&a, 8u << 20);
	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i <= FORM_PARTS_MAX; i++)
		buf_put_z(&b, "a=1&");
	assert_int_equal(form_urlencoded(&a, buf_str(&b), &f, &why), -E2BIG);
	assert_str(str_z(why), "the form has too many parts");
	buf_cut(&b, b.n - 4);
	assert_int_equal(form_urlencoded(&a, buf_str(&b), &f, &why), 0);
	assert_int_equal(f.n, FORM_PARTS_MAX);
	arena_done(&a);
	arena_init(&a, 1000);
	assert_int_equal(form_urlencoded(&a, buf_str(&b), &f, &why), -E2BIG);
	arena_done(&a);
	buf_done(&b);
}

TEST_MAIN(TEST(test_multipart), TEST(test_urlencoded), TEST(test_kind), TEST(test_bounds))
