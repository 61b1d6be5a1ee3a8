/* For tests only: the control tables, open, in a folder of their own. Included last, for its
 * names are short. */
#ifndef ACCOUNT_CONTROL_SCENE_H
#define ACCOUNT_CONTROL_SCENE_H

#include "account/control.h"
#include "base/test.h"
#include "io/random.h"

#include <jansson.h>

static char folder[512]; /* of the tables and of the key */
static struct seal_keys keys;
static struct control *c;

/* The id of a new account. */
static inline uint32_t
account(const char *name)
{
	json_t *j = NULL;
	uint32_t id;

	assert_int_equal(control_account_add(c, str_z(name), &j), 0);
	id = (uint32_t)json_integer_value(json_object_get(j, "id"));
	json_decref(j);
	return id;
}

/* The folder, without tables. */
static inline int
folder_up(void **unused)
{
	char file[600];

	test_before(unused);
	random_start();
	snprintf(folder, sizeof folder, "%s", test_dir());
	snprintf(file, sizeof file, "%s/master.key", folder);
	assert_int_equal(seal_load(file, &keys), 0);
	return 0;
}

static inline void
tables_open(void)
{
	const char *why = "";

	assert_int_equal(control_open(folder, &keys, &c, &why), 0);
}

/* Tables of no account. */
static inline int
tables_up(void **unused)
{
	folder_up(unused);
	tables_open();
	return 0;
}

/* Tenant 1 is shop, 2 other. */
static inline int
two_accounts(void **unused)
{
	tables_up(unused);
	account("shop");
	account("other");
	return 0;
}

static inline int
tables_down(void **unused)
{
	test_after(unused);
	control_free(&c);
	test_dir_done();
	return 0;
}

#endif
