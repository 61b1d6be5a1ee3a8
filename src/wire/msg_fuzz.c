/* Law: whatever a decoder takes, the encoder gives back byte for byte. */
#include "base/must.h"
#include "wire/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRY(no, name, ex)                                                                      \
	if (type == (no)) {                                                                    \
		struct msg_##name m;                                                           \
                                                                                               \
		if (msg_##name##_read(&a, s, &m) == 0)                                         \
			ok = msg_##name##_write(&b, &m) == 0;                                  \
		else                                                                           \
			ok = false;                                                            \
	}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct buf b;
	bool ok = false;

	if (size == 0)
		return 0;
	unsigned type = data[0];
	struct str s = str_of(data + 1, size - 1);

	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	MSG_TABLE(TRY)
	if (ok)
		must(str_eq(buf_str(&b), s));
	buf_done(&b);
	arena_done(&a);
	return 0;
}
