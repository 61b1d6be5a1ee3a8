#include "base/list.h"

#include "base/test.h"

struct item {
	int id;
	struct link link;
};

static int
digits(const struct link *head)
{
	int v = 0;

	LIST_EACH(l, head)
	v = v * 10 + LIST_OF(l, struct item, link)->id;
	return v;
}

static void
test_list(void **state)
{
	struct link head;
	struct item it[4];

	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	assert_null(list_pop(&head));
	for (int i = 0; i < 4; i++) {
		it[i].id = i + 1;
		list_init(&it[i].link);
		assert_true(list_alone(&it[i].link));
	}
	list_push(&head, &it[0].link);
	list_push(&head, &it[1].link);
	list_push_front(&head, &it[2].link);
	list_put_before(&it[1].link, &it[3].link);
	assert_int_equal(digits(&head), 3142);
	assert_false(list_alone(&it[3].link));
	list_del(&it[0].link);
	assert_true(list_alone(&it[0].link));
	assert_int_equal(digits(&head), 342);
	assert_ptr_equal(list_pop(&head), &it[2].link);
	LIST_EACH_SAFE(l, &head)
	list_del(l);
	assert_true(list_empty(&head));
}

TEST_MAIN(TEST(test_list))
