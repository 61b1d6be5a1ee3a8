/* A first byte for the language, then the HTML, a NUL, the subject, a NUL, the preheader. Laws:
 * a part is null exactly when it has an error; what is missing and what is asked for are JSON
 * that can be written; values of the sample render as well as any. */
#include "content/preview.h"

#include "base/must.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_error(const json_t *got, const char *part)
{
	const json_t *list = json_object_get(got, "errors"), *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, row)
	{
		const char *of = json_string_value(json_object_get(row, "part"));

		must(json_integer_value(json_object_get(row, "line")) > 0);
		must(json_integer_value(json_object_get(row, "column")) > 0);
		if (of && str_eq_z(str_z(of), part))
			return true;
	}
	return false;
}

static json_t *
make(const struct preview_mail *m, const json_t *vars, const json_t *contact)
{
	const struct template_data d = { .vars = vars, .contact = contact };
	json_t *got = preview_make(m, &d);
	char *text = json_dumps(got, JSON_COMPACT);

	must(text != NULL);
	free(text);
	for (int i = 0; i < PREVIEW_TEXT; i++) {
		const char *part = preview_part_name((enum preview_part)i);

		/* What is no UTF-8 is null as well: sources are. */
		if (has_error(got, part))
			must(json_is_null(json_object_get(got, part)));
	}
	return got;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum template_dialect dialects[] = { TEMPLATE_HANDLEBARS, TEMPLATE_MAILJET,
		TEMPLATE_MUSTACHIO };
	struct preview_mail m = { .dialect = TEMPLATE_HANDLEBARS };
	struct str rest = str_of(data, size);
	json_t *first, *second;
	const json_t *sample;

	if (size == 0)
		return 0;
	m.dialect = dialects[data[0] % 3];
	rest = str_from(rest, 1);
	m.parts[PREVIEW_HTML] = str_cut(&rest, '\0');
	if (rest.p)
		m.parts[PREVIEW_SUBJECT] = str_cut(&rest, '\0');
	if (rest.p)
		m.parts[PREVIEW_PREHEADER] = rest;
	first = make(&m, NULL, NULL);
	sample = json_object_get(first, "sample");
	second = make(&m, json_object_get(sample, "vars"), json_object_get(sample, "contact"));
	must(json_equal(
		json_object_get(first, "variables"), json_object_get(second, "variables")));
	json_decref(second);
	json_decref(first);
	return 0;
}
