/* Law: what is read has known policies, and written again it is read the same. */
#include "wire/dmarc.h"

#include "base/must.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	struct dmarc d, again;
	char text[100];

	if (dmarc_read(s, &d) < 0)
		return 0;
	must(dmarc_is(s));
	snprintf(text, sizeof text, "v=DMARC1; p=%s; sp=%s%s", d.policy, d.subdomain,
		d.reports ? "; rua=mailto:x" : "");
	must(dmarc_read(str_z(text), &again) == 0);
	must(str_eq_z(str_z(d.policy), again.policy) && d.reports == again.reports);
	must(str_eq_z(str_z(d.subdomain), again.subdomain));
	return 0;
}
