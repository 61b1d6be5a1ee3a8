/* Laws: terms are parts of the record, in its order; a right one is read the same alone; the
 * walk ends. */
#include "wire/spf.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str record = { (const char *)data, n }, rest = record, alone;
	const char *at = record.p;
	struct spf_term t, u;
	size_t terms = 0;
	int rc;

	while ((rc = spf_next(&rest, &t)) != 0) {
		must(terms++ <= n);
		must(t.text.n > 0 && t.text.p >= at && t.text.p + t.text.n <= record.p + n);
		at = t.text.p + t.text.n;
		if (rc < 0)
			continue;
		must(t.bits4 <= 32 && t.bits6 <= 128 && t.ip_bytes <= 16);
		/* Without a space in it, a term is the version only if it is nothing else. */
		alone = t.text;
		if (spf_is(alone))
			continue;
		must(spf_next(&alone, &u) == 1);
		must(u.kind == t.kind && u.qualifier == t.qualifier);
	}
	return 0;
}
