/* Law: what is read, written again, gives the same bytes; a cut of one fact is no fact. */
#include "base/must.h"
#include "ledger/fact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(str_of(data, size)), cut;
	struct fact f, none;
	struct buf b;

	buf_init(&b, size + 1);
	while (r.n) {
		const uint8_t *from = r.p;
		size_t begin = b.n;

		if (fact_read(&r, &f))
			break;
		must(fact_write(&b, &f) == 0);
		must(b.n - begin == (size_t)(r.p - from));
		must(memcmp(b.p + begin, from, b.n - begin) == 0);
		cut = rd_of(str_of(from, b.n - begin - 1));
		must(fact_read(&cut, &none) != 0);
	}
	buf_done(&b);
	return 0;
}
