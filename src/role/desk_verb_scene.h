/*
 * For tests of verbs that only need the control tables (account/control_scene.h): they are
 * asked as desk asks them.
 */
#ifndef ROLE_DESK_VERB_SCENE_H
#define ROLE_DESK_VERB_SCENE_H

#include "role/desk_control.h"

#include "account/control_scene.h"

#define NOW INT64_C(1790000000000000)

static bool changed; /* by the last verb */

/* body: JSON, takes it. The answer is the caller's. */
static inline json_t *
ask(const char *verb, json_t *body, int want)
{
	struct desk_control_answer a;

	assert_non_null(body);
	assert_true(desk_control_has(str_z(verb)));
	a = desk_control_do(c, str_z(verb), body, NOW);
	json_decref(body);
	if (a.status != want)
		print_message("%s\n", json_string_value(json_object_get(a.json, "error")));
	assert_int_equal(a.status, want);
	changed = a.changed;
	return a.json;
}

static inline json_t *
ask_text(const char *verb, const char *body, int want)
{
	return ask(verb, json_loads(body, 0, NULL), want);
}

static inline const char *
text(const json_t *j, const char *name)
{
	const char *z = json_string_value(json_object_get(j, name));

	return z ? z : "(none)";
}

#endif
