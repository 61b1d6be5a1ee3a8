#include "io/extent_cool.h"

static void
forget_oldest(struct extent_cool *c)
{
	c->warm -= c->files[c->head].size - c->offset;
	c->head = (c->head + 1) % EXTENT_COOL_MAX;
	c->n--;
	c->offset = 0;
}

void
extent_cool_add(struct extent_cool *c, uint32_t extent, uint64_t size)
{
	if (c->n == EXTENT_COOL_MAX)
		forget_oldest(c);
	unsigned at = (c->head + c->n++) % EXTENT_COOL_MAX;

	c->files[at].extent = extent;
	c->files[at].size = size;
	c->warm += size;
}

bool
extent_cool_next(struct extent_cool *c, struct extent_range *ret_range)
{
	if (c->warm <= EXTENT_WARM)
		return false;
	uint64_t left = c->files[c->head].size - c->offset;

	*ret_range = (struct extent_range){
		.extent = c->files[c->head].extent,
		.offset = c->offset,
		.length = left < EXTENT_COOL_STEP ? left : EXTENT_COOL_STEP,
	};
	c->offset += ret_range->length;
	c->warm -= ret_range->length;
	if (ret_range->length == left)
		forget_oldest(c);
	return true;
}
