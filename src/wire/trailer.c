#include "wire/trailer.h"

#include "wire/record.h"

#include <errno.h>

#define TYPE_VALUES 1

_Static_assert(RECORD_HEAD + 4 + 7 <= TRAILER_MAX - TRAILER_JSON_MAX, "room for the frame");

int
trailer_write(struct buf *b, uint64_t message, struct str json)
{
	if (json.n > TRAILER_JSON_MAX)
		return -E2BIG;
	return record_write(b, message, 0, &(struct record){ TYPE_VALUES, json, 0 });
}

int
trailer_read(struct str s, uint64_t message, struct str *ret_json)
{
	struct record r;

	if (record_read(s, message, 0, &r) != 1 || r.type != TYPE_VALUES ||
		r.payload.n > TRAILER_JSON_MAX)
		return -EILSEQ;
	*ret_json = r.payload;
	return 0;
}
