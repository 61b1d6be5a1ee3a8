/*
 * Law of Mailjet's language and its older tags: see content/template_law.h.
 */
#include "content/template_law.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	template_law(TEMPLATE_MAILJET, str_of(data, n));
	template_law(TEMPLATE_MAILJET_TAGS, str_of(data, n));
	return 0;
}
