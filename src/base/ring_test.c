#include "base/ring.h"

#include "base/test.h"

struct bead {
	uint32_t number;
	struct ring_link link;
};

/* Walks both ways: the numbers, parted by spaces. */
static const char *
show(const struct ring_kind *k, uint32_t head, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t id = head; id; id = ring_after(k, head, id)) {
		const struct bead *b = slab_at(k->slab, id);

		assert_int_equal(ring_link_of(k, b->link.next)->prev, id);
		n += (size_t)snprintf(text + n, size - n, "%s%u", n ? " " : "", b->number);
	}
	return text;
}

static void
test_ring(void **state)
{
	uint32_t id[5], head = 0;
	char text[64];
	struct slab s;
	struct ring_kind k = { &s, offsetof(struct bead, link) };

	(void)state;
	slab_init(&s, sizeof(struct bead), 10);
	for (uint32_t i = 0; i < 5; i++) {
		struct bead *b = slab_new(&s, &id[i]);

		b->number = i;
		assert_true(ring_alone(&b->link));
		ring_push(&k, &head, id[i]);
		assert_false(ring_alone(&b->link));
	}
	assert_string_equal(show(&k, head, text, sizeof text), "0 1 2 3 4");
	ring_turn(&k, &head);
	assert_string_equal(show(&k, head, text, sizeof text), "1 2 3 4 0");
	ring_del(&k, &head, id[1]);
	ring_del(&k, &head, id[3]);
	assert_true(ring_alone(ring_link_of(&k, id[3])));
	assert_string_equal(show(&k, head, text, sizeof text), "2 4 0");
	ring_push(&k, &head, id[3]);
	ring_del(&k, &head, id[0]);
	assert_string_equal(show(&k, head, text, sizeof text), "2 4 3");
	ring_del(&k, &head, id[4]);
	ring_del(&k, &head, id[2]);
	ring_turn(&k, &head);
	assert_string_equal(show(&k, head, text, sizeof text), "3");
	ring_del(&k, &head, id[3]);
	assert_int_equal(head, 0);
	slab_done(&s);
}

TEST_MAIN(TEST(test_ring))
