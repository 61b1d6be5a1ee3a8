/* For tests only: the scene of an engine with the control tables below it, which the test
 * writes as desk does. */
#ifndef ROLE_ENGINE_CONTROL_SCENE_H
#define ROLE_ENGINE_CONTROL_SCENE_H

#include "account/control.h"
#include "role/engine_scene.h"

static struct scene *s;
static struct control *control;

/* A scene that has not begun, and empty tables. sealed: with the installation's keys. */
static inline void
tables_open(bool sealed)
{
	const char *why = "";
	char file[700];

	(void)test_before(NULL);
	s = scene_new(false);
	if (sealed) {
		snprintf(file, sizeof file, "%s/master.key", s->paths.state);
		assert_int_equal(seal_load(file, &s->env.keys), 0);
	}
	assert_int_equal(control_open(s->paths.state, &s->env.keys, &control, &why), 0);
}

/* The first one's number is 1. */
static inline void
account(const char *name)
{
	json_t *j = NULL;

	assert_int_equal(control_account_add(control, str_z(name), &j), 0);
	json_decref(j);
}

static inline int
down(void **state)
{
	test_after(state);
	control_free(&control);
	scene_free(s);
	return 0;
}

#endif
