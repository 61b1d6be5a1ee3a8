/* Law: what is read without a problem stays within the table's limits, and each problem has a
 * path that both ways of writing take; of an object without others every member is the table's.
 */
#include "base/mem.h"
#include "base/must.h"
#include "wire/json_in.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct leaf {
	struct str text;
	enum json_in_bool flag;
	struct json_in_int number;
	struct json_in_list words;
};
struct tree {
	struct leaf *one;
	struct json_in_list leaves;
	json_t *any, *object;
};

static const struct json_in_field leaf_fields[] = {
	{ "t", JSON_IN_STR, JSON_IN_LAX | JSON_IN_FILLED, 5, offsetof(struct leaf, text),
		NULL },
	{ "f", JSON_IN_BOOL, JSON_IN_LAX, 0, offsetof(struct leaf, flag), NULL },
	{ "n", JSON_IN_INT, JSON_IN_LAX, 0, offsetof(struct leaf, number), NULL },
	{ "w", JSON_IN_STRS, JSON_IN_SINGLE, 3, offsetof(struct leaf, words), NULL },
};
static const struct json_in_shape leaf_shape = { leaf_fields, 4, sizeof(struct leaf), true };
static const struct json_in_field tree_fields[] = {
	{ "o", JSON_IN_ONE, 0, 0, offsetof(struct tree, one), &leaf_shape },
	{ "l", JSON_IN_LIST, JSON_IN_NEEDED, 4, offsetof(struct tree, leaves), &leaf_shape },
	{ "a", JSON_IN_ANY, 0, 0, offsetof(struct tree, any), NULL },
	{ "j", JSON_IN_OBJECT, 0, 0, offsetof(struct tree, object), NULL },
};
static const struct json_in_shape tree_shape = { tree_fields, 4, sizeof(struct tree), false };

static void
check_leaf(const struct leaf *l)
{
	const struct str *words = l->words.at;

	must(!l->text.p || (l->text.n > 0 && l->text.n <= 5));
	for (size_t i = 0; i < l->words.n; i++)
		must(words[i].n <= 3);
}

static void
check(const struct json_in *in, const struct tree *t, int err)
{
	const struct leaf *leaves = t->leaves.at;
	struct buf b;

	if (err == 0) {
		must(in->nproblems == 0 && leaves != NULL && t->leaves.n <= 4);
		for (size_t i = 0; i < t->leaves.n; i++)
			check_leaf(&leaves[i]);
		if (t->one)
			check_leaf(t->one);
	}
	buf_init(&b, 4096);
	for (size_t i = 0; i < in->nproblems; i++) {
		buf_clear(&b);
		must(!json_in_path_brackets(&b, in->problems[i].path));
		must(!json_in_path_dots(&b, in->problems[i].path));
	}
	buf_done(&b);
}

/* Members that are neither the table's nor null. */
static size_t
others(const json_t *root)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)root, key, value)
	{
		bool own = json_is_null(value);

		for (size_t i = 0; i < tree_shape.n; i++)
			own |= str_eq_z(str_z(key), tree_fields[i].name);
		n += !own;
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct json_in in;
	struct tree t = { 0 };
	struct str why;
	json_t *root;

	arena_init(&a, 256u << 10);
	json_in_init(&in, &a);
	if (json_in_text(&in, str_of(data, size), &root, &why) == 0) {
		int err = json_in_read(&in, root, &tree_shape, STR_NONE, &t);
		size_t before;

		check(&in, &t, err);
		before = in.nproblems + in.dropped;
		json_in_others(&in, root, &tree_shape, STR_NONE);
		must(before + others(root) == in.nproblems + in.dropped);
		check(&in, &t, -EINVAL);
		json_decref(root);
	}
	arena_done(&a);
	return 0;
}
