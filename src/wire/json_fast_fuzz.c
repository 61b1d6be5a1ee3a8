/* Law: what json_fast takes, jansson takes with the same result. */
#include "base/must.h"
#include "wire/json_fast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *fast = json_fast(str_of(data, size), 16), *slow;

	if (!fast)
		return 0;
	slow = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	must(slow && json_equal(fast, slow));
	json_decref(fast);
	json_decref(slow);
	return 0;
}
