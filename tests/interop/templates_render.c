/*
 * For templates.test: lines of JSON {dialect, source, vars} on the standard input, each
 * compiled and rendered for HTML; a line {out} or {line, column, why} each.
 */
#include "base/must.h"
#include "content/template.h"

static enum template_dialect
dialect_of(const char *name)
{
	if (str_eq_z(str_z(name), "handlebars"))
		return TEMPLATE_HANDLEBARS;
	if (str_eq_z(str_z(name), "mustachio"))
		return TEMPLATE_MUSTACHIO;
	must(str_eq_z(str_z(name), "mailjet"));
	return TEMPLATE_MAILJET;
}

static json_t *
render(const json_t *task)
{
	const json_t *source = json_object_get(task, "source");
	struct template_data data = { .vars = json_object_get(task, "vars") };
	struct template_error error;
	const struct template *t;
	struct arena a;
	struct buf out;
	json_t *answer;
	int rc;

	arena_init(&a, TEMPLATE_ARENA_MAX);
	buf_init(&out, TEMPLATE_OUTPUT_MAX);
	rc = template_compile(&a,
		dialect_of(json_string_value(json_object_get(task, "dialect"))),
		str_of(json_string_value(source), json_string_length(source)), &t, &error);
	if (!rc)
		rc = template_render(&out, t, TEMPLATE_HTML, &data, &error);
	if (rc)
		answer = json_pack("{s:i, s:i, s:s}", "line", (int)error.line, "column",
			(int)error.column, "why", error.why);
	else
		answer = json_pack("{s:o}", "out", json_stringn(buf_str(&out).p, out.n));
	arena_done(&a);
	buf_done(&out);
	return answer;
}

int
main(void)
{
	static char line[1 << 20];

	while (fgets(line, sizeof line, stdin)) {
		json_t *task = json_loads(line, JSON_ALLOW_NUL, NULL), *answer;
		char *text;

		must(task);
		answer = render(task);
		text = json_dumps(answer, JSON_COMPACT);
		puts(text);
		free(text);
		json_decref(answer);
		json_decref(task);
	}
	return 0;
}
