/* Law: what the decoder takes, the encoder gives back byte for byte, and a set takes it all. */
#include "base/must.h"
#include "io/random.h"
#include "send/spool_suppress.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	random_start();
	return 0;
}

static void
law(const struct spool_suppress *s)
{
	struct suppress *set = suppress_new(SPOOL_SUPPRESS_MAX);
	char dst[SUPPRESS_ADDRESS_SIZE];

	for (size_t i = 0; i < s->n; i++) {
		const struct suppress_change *c = &s->at[i];
		uint8_t stream = c->scope == SUPPRESS_BROADCAST;
		struct str again;

		must(suppress_apply(set, c) >= 0);
		const struct suppress_asker who = { .tenant = c->tenant, .group = c->group };

		if (c->group && (!c->remove || c->reason == SUPPRESS_ANY_REASON))
			must(!c->remove == (suppress_why(set, &who, c->address) != 0) ||
				suppress_has(set, c->tenant, 0, c->address));
		else if (c->group)
			continue;
		else if (!c->remove && c->scope == SUPPRESS_TRACKING)
			must(suppress_has_tracking(set, c->tenant, c->address));
		else if (!c->remove)
			must(suppress_has(set, c->tenant, stream, c->address));
		else if (c->scope == SUPPRESS_ANY_SCOPE && c->reason == SUPPRESS_ANY_REASON)
			must(!suppress_has(set, c->tenant, stream, c->address));
		/* Once made, it is made the same again. */
		if (suppress_address(dst, c->address, &again) == 0) {
			char twice[SUPPRESS_ADDRESS_SIZE];
			struct str same;

			must(suppress_address(twice, again, &same) == 0);
			must(str_eq(again, same));
		}
	}
	suppress_free(&set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool_suppress s;
	struct arena a;
	struct buf b;

	arena_init(&a, 1u << 20);
	buf_init(&b, 1u << 20);
	if (spool_suppress_read(&a, str_of(data, size), &s) == 0) {
		must(spool_suppress_write(&b, &s) == 0);
		must(str_eq(buf_str(&b), str_of(data, size)));
		law(&s);
	}
	buf_done(&b);
	arena_done(&a);
	return 0;
}
