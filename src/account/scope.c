#include "account/scope.h"

#include "wire/msg.h"

static const struct {
	const char *word;
	unsigned bit;
} table[] = { { "send", SCOPE_SEND }, { "read", SCOPE_READ }, { "manage", SCOPE_MANAGE },
	{ "suppress", SCOPE_SUPPRESS }, { "operate", SCOPE_OPERATE } };
#define NSCOPES (sizeof table / sizeof *table)

static unsigned
bit_of(struct str word)
{
	for (size_t i = 0; i < NSCOPES; i++)
		if (str_eq_z(word, table[i].word))
			return table[i].bit;
	return 0;
}

unsigned
scope_bits(struct str list)
{
	unsigned bits = 0;

	while (list.n)
		bits |= bit_of(str_trim(str_cut(&list, ',')));
	return bits;
}

struct str
scope_unknown(struct str list)
{
	while (list.n) {
		struct str word = str_trim(str_cut(&list, ','));

		if (!bit_of(word))
			return word.p ? word : STR_LIT("");
	}
	return (struct str){ 0 };
}

const char *
scope_word(unsigned bit)
{
	for (size_t i = 0; i < NSCOPES; i++)
		if (bit == table[i].bit)
			return table[i].word;
	return "";
}
