/* Law: read in the pieces it asks for, it is the same header, and no byte behind it was asked
 * for; what is behind it changes nothing. */
#include "wire/proxy.h"

#include "base/must.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_of(data, n);
	struct proxy whole = { 0 }, part = { 0 };
	size_t have = 0, want = 0;
	const char *why = NULL;
	int is = proxy_read(in, &whole, &want, &why), got;

	must(is == -EAGAIN || is == -EBADMSG || (is > 0 && (size_t)is <= n));
	must(is != -EAGAIN || (want > 0 && n + want <= PROXY_MAX + 16));
	must(is != -EBADMSG || why);
	while ((got = proxy_read(str_head(in, have), &part, &want, &why)) == -EAGAIN) {
		must(want > 0);
		if (have + want > n)
			return 0;
		have += want;
	}
	if (is <= 0) {
		must(got == is);
		return 0;
	}
	must(got == is && have == (size_t)is);
	must(whole.local == part.local && whole.tls == part.tls && whole.port == part.port &&
		memcmp(whole.client, part.client, sizeof whole.client) == 0);
	must(proxy_looks(in) == 1);
	return 0;
}
