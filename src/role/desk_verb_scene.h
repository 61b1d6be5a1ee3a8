/*
 * For tests of verbs that only need the control tables: two accounts, "shop" and "other", and
 * verbs asked as desk asks them.
 */
#ifndef ROLE_DESK_VERB_SCENE_H
#define ROLE_DESK_VERB_SCENE_H

#include "role/desk_control.h"

#include "base/test.h"
#include "io/random.h"

#define NOW INT64_C(1790000000000000)

static struct control *c;
static bool changed; /* by the last verb */

static inline int
up(void **unused)
{
	struct seal_keys keys;
	const char *why = "";
	char file[600];

	(void)unused;
	random_start();
	snprintf(file, sizeof file, "%s/master.key", test_dir());
	assert_int_equal(seal_load(file, &keys), 0);
	assert_int_equal(control_open(test_dir(), &keys, &c, &why), 0);
	for (int i = 0; i < 2; i++) {
		json_t *j;

		assert_int_equal(control_account_add(c, str_z(i ? "other" : "shop"), &j), 0);
		json_decref(j);
	}
	return 0;
}

static inline int
down(void **unused)
{
	(void)unused;
	control_free(&c);
	test_dir_done();
	return 0;
}

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
