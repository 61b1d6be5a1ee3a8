/*
 * One template, one set of data, several threads: each gets the same text. (tests/tsan.list)
 */
#include "content/template_scene.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS  200

struct job {
	const struct template *t;
	const struct template_data *data;
	const struct buf *want;
	bool same;
};

static void *
work(void *arg)
{
	struct job *job = arg;
	struct template_error error;
	struct buf out;

	buf_init(&out, 100000);
	job->same = true;
	for (int i = 0; i < ROUNDS; i++) {
		buf_clear(&out);
		job->same &=
			template_render(&out, job->t, TEMPLATE_HTML, job->data, &error) == 0;
		job->same &= str_eq(buf_str(&out), buf_str(job->want));
	}
	buf_done(&out);
	return NULL;
}

static void
test_threads(void **state)
{
	static const struct {
		const char *name;
		enum template_dialect dialect;
		const char *source;
	} table[] = {
		{ "Mailjet", TEMPLATE_MAILJET,
			"{% set n = 0 %}{% for r in var:rows %}{% set n = n + r.x %}"
			"{{Upper(r.y)+n}},{% endfor %}{{FormatNumber(\"0.00\",n)}}" },
		{ "Handlebars", TEMPLATE_HANDLEBARS,
			"{{#each rows}}{{@index}}{{x}}{{y}}{{#each "
			"../o}}{{@key}}{{/each}}{{/each}}" },
		{ "Mustachio", TEMPLATE_MUSTACHIO,
			"{{#each rows}}{{x}}{{y}}{{#z}}{{../../../o.k}}{{/z}}{{/each}}" },
	};
	struct scene s;

	(void)state;
	scene_begin(&s);
	scene_vars(&s, "{\"rows\":[{\"x\":1.5,\"y\":\"a<\"},{\"x\":2,\"y\":\"\\u00e9\","
		       "\"z\":[1]}],\"o\":{\"k\":\"v\",\"l\":2}}");
	TEST_EACH(row, table)
	{
		const struct template *t = NULL;
		struct job jobs[THREADS];
		pthread_t threads[THREADS];
		int rc;

		arena_reset(&s.arena);
		buf_clear(&s.out);
		assert_int_equal(template_compile(&s.arena, row->dialect, str_z(row->source),
					 &t, &s.error),
			0);
		rc = template_render(&s.out, t, TEMPLATE_HTML, &s.data, &s.error);
		assert_int_equal(rc, 0);
		assert_true(s.out.n > 5);
		for (size_t i = 0; i < THREADS; i++) {
			jobs[i] = (struct job){ .t = t, .data = &s.data, .want = &s.out };
			assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
		}
		for (size_t i = 0; i < THREADS; i++) {
			pthread_join(threads[i], NULL);
			assert_true(jobs[i].same);
		}
	}
	scene_end(&s);
}

TEST_MAIN(TEST(test_threads))
