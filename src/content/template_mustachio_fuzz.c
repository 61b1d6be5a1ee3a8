/*
 * Law of Mustachio: see content/template_law.h.
 */
#include "content/template_law.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	template_law(TEMPLATE_MUSTACHIO, str_of(data, n));

	return 0;
}
