/* Laws: what parses lies in the range and, written out, parses to the same millisecond;
 * a result is written only on success. */
#include "base/must.h"
#include "base/utc.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = str_of(data, size);
	int64_t wall = -1, again = -1, us = -1;
	char dst[UTC_TEXT_SIZE];

	if (utc_parse(s, &wall) == 0) {
		must(wall >= 0 && utc_split(wall).year <= 9999);
		must(utc_parse(str_z(utc_rfc3339(dst, wall)), &again) == 0);
		must(again == wall - wall % 1000);
	} else {
		must(wall == -1);
	}
	if (utc_parse_span(s, &us) == 0) {
		must(us >= 0);
		must(strlen(utc_span(dst, us)) < UTC_TEXT_SIZE - 1);
	} else {
		must(us == -1);
	}
	return 0;
}
