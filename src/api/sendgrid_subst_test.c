#include "api/sendgrid_subst.h"

#include "base/mem.h"
#include "base/test.h"

#include <errno.h>

struct bench {
	struct arena arena;
	json_t *sections, *subst;
	int64_t work;
	struct sendgrid_subst call, own;
};

static int
start(struct bench *b, const char *sections, const char *subst, size_t arena)
{
	*b = (struct bench){ .work = SENDGRID_SUBST_WORK };
	arena_init(&b->arena, arena);
	b->sections = sections ? json_loads(sections, 0, NULL) : NULL;
	b->subst = subst ? json_loads(subst, 0, NULL) : NULL;
	assert_int_equal(sendgrid_subst_init(&b->call, &b->arena, b->sections, &b->work), 0);
	return sendgrid_subst_next(&b->call, b->subst, &b->own);
}

static void
stop(struct bench *b)
{
	json_decref(b->sections);
	json_decref(b->subst);
	arena_done(&b->arena);
}

static void
test_replace(void **state)
{
	static const struct {
		const char *name, *sections, *subst, *in, *want;
	} table[] = {
		{ "nothing", NULL, NULL, "-a-", "-a-" },
		{ "no tag in it", NULL, "{\"-b-\":\"x\"}", "-a-", "-a-" },
		{ "one", NULL, "{\"-a-\":\"x\"}", "-a-", "x" },
		{ "several", NULL, "{\"-a-\":\"x\",\"{{b}}\":\"\"}", "<-a->{{b}}-a-.",
			"<x>x." },
		{ "next to another", NULL, "{\"-a-\":\"x\",\"-b-\":\"y\"}", "-a--b-a-",
			"xya-" },
		{ "the longest", NULL, "{\"a\":\"1\",\"abc\":\"3\",\"ab\":\"2\"}", "abcaba-",
			"321-" },
		{ "cut off", NULL, "{\"-abc-\":\"x\"}", "-abc", "-abc" },
		{ "letters count", NULL, "{\"-A-\":\"x\"}", "-a-", "-a-" },
		{ "bytes above 127", NULL, "{\"\xc3\xa9\":\"e\"}", "\xc3\xa9\xc3\xaa",
			"e\xc3\xaa" },
		{ "an empty tag", NULL, "{\"\":\"x\"}", "ab", "ab" },
		{ "a value that is no text", NULL, "{\"-a-\":1}", "-a-", "-a-" },
		{ "not again", NULL, "{\"-a-\":\"-b-\",\"-b-\":\"-a-\"}", "-a--b-", "-b--a-" },
		{ "section", "{\"-s-\":\"S\"}", NULL, "-s-", "S" },
		{ "section by a value", "{\"-s-\":\"Hi -n-\"}",
			"{\"-a-\":\"(-s-)\",\"-n-\":\"Ann\"}", "-a-", "(Hi Ann)" },
		{ "a tag before a section", "{\"-s-\":\"S\"}", "{\"-s-\":\"T\"}", "-s-", "T" },
		{ "section in section", "{\"-s-\":\"-t-\",\"-t-\":\"-s-\"}", NULL, "-s-",
			"-t-" },
		{ "around", "{\"-s-\":\"-a-\"}", "{\"-a-\":\"-s-\"}", "-a-", "-s-" },
	};

	(void)state;
	TEST_EACH(row, table)
	{
		struct str text = str_z(row->in);
		struct bench b;

		assert_int_equal(start(&b, row->sections, row->subst, 1u << 20), 0);
		assert_int_equal(sendgrid_subst_text(&b.own, &text), 0);
		assert_str(text, row->want);
		stop(&b);
	}
}

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A text of n bytes 'a'. */
static struct str
long_text(struct arena *a, size_t n)
{
	char *p = arena_alloc(a, n);

	assert_non_null(p);
	memset(p, 'a', n);
	return str_of(p, n);
}

static void
test_bounds(void **state)
{
	struct str text;
	struct bench b;

	(void)state;
	/* What comes out: 30 MiB are fine, one byte more is not. */
	assert_int_equal(start(&b, NULL, "{\"" A32 "\":\"" A32 A32 "\"}", 100u << 20), 0);
	text = long_text(&b.arena, SENDGRID_SUBST_MAX / 2);
	assert_int_equal(sendgrid_subst_text(&b.own, &text), 0);
	assert_int_equal(text.n, SENDGRID_SUBST_MAX);
	text = long_text(&b.arena, SENDGRID_SUBST_MAX / 2 + 1);
	assert_int_equal(sendgrid_subst_text(&b.own, &text), -EOVERFLOW);
	/* Or as many as who calls has room for. */
	b.own.max = 1024;
	text = long_text(&b.arena, 512);
	assert_int_equal(sendgrid_subst_text(&b.own, &text), 0);
	text = long_text(&b.arena, 513);
	assert_int_equal(sendgrid_subst_text(&b.own, &text), -EOVERFLOW);
	stop(&b);
	/* A text without tags is not copied. */
	assert_int_equal(start(&b, NULL, "{\"b\":\"xx\"}", 1u << 20), 0);
	text = long_text(&b.arena, 900000);
	const char *was = text.p;
	assert_int_equal(sendgrid_subst_text(&b.own, &text), 0);
	assert_ptr_equal(text.p, was);
	/* But looking through it is counted, until there was enough. */
	b.work = 4 * 900000;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(sendgrid_subst_text(&b.own, &text), 0);
	assert_int_equal(sendgrid_subst_text(&b.own, &text), -EOVERFLOW);
	stop(&b);
	/* The arena. */
	assert_int_equal(start(&b, NULL, "{\"a\":\"xx\"}", 1u << 20), 0);
	text = long_text(&b.arena, 600000);
	assert_int_equal(sendgrid_subst_text(&b.own, &text), -E2BIG);
	stop(&b);
	/* Sections that grow by substitutions are bounded as well. */
	assert_int_equal(
		start(&b, "{\"-s-\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
			"{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}", 1500),
		-E2BIG);
	stop(&b);
}

TEST_MAIN(TEST(test_replace), TEST(test_bounds))
