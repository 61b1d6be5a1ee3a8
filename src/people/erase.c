#include "people/erase.h"

#include "base/must.h"
#include "base/text.h"

#define ALIAS_HEAD   "erased-"
#define ALIAS_TAIL   "@erased.invalid"
#define ALIAS_LENGTH (sizeof ALIAS_HEAD - 1 + ERASE_HASH_SIZE - 1 + sizeof ALIAS_TAIL - 1)
#define HASHED_MAX   400u /* a tenant's number and an address */
#define HASH_BYTES   ((ERASE_HASH_SIZE - 1) / 2)

_Static_assert(ALIAS_LENGTH < ERASE_ALIAS_SIZE, "an alias fits");

const char *
erase_hash(char dst[ERASE_HASH_SIZE], const uint8_t key[SEAL_KEY], uint32_t tenant,
	struct str address)
{
	char room[HASHED_MAX];
	struct buf text = { room, 0, sizeof room, sizeof room, false };
	struct buf hex = { dst, 0, ERASE_HASH_SIZE, ERASE_HASH_SIZE, false };
	uint8_t hash[32];

	/* What is longer than any address is hashed as far as it goes: it is nobody's. */
	must(buf_printf(&text, "erasure %u ", (unsigned)tenant) == 0);
	must(buf_put(&text, str_head(address, sizeof room - text.n)) == 0);
	seal_hash(hash, key, buf_str(&text));
	must(text_hex(&hex, str_of(hash, HASH_BYTES)) == 0 && buf_put_c(&hex, '\0') == 0);
	return dst;
}

bool
erase_is_alias(struct str address)
{
	return address.n == ALIAS_LENGTH && str_starts(address, STR_LIT(ALIAS_HEAD)) &&
	       str_ends(address, STR_LIT(ALIAS_TAIL));
}

struct str
erase_alias(char dst[ERASE_ALIAS_SIZE], const uint8_t key[SEAL_KEY], uint32_t tenant,
	struct str address)
{
	char hash[ERASE_HASH_SIZE];
	int n;

	if (erase_is_alias(address))
		must(str_copy_z(dst, ERASE_ALIAS_SIZE, address) == 0);
	else {
		n = snprintf(dst, ERASE_ALIAS_SIZE, ALIAS_HEAD "%s" ALIAS_TAIL,
			erase_hash(hash, key, tenant, address));
		must(n == (int)ALIAS_LENGTH);
	}
	return str_of(dst, ALIAS_LENGTH);
}

/* ---- in texts */

static bool
is_word(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
	       (uint8_t)c >= 0x80;
}

/* Would it be a longer local part? */
static bool
goes_before(int sign)
{
	char c = (char)sign;

	return sign >= 0 && (is_word(c) || c == '.' || c == '+' || c == '-' || c == '_');
}

/* Would it be a longer domain? A dot at the end of a sentence is none. */
static bool
goes_behind(struct str rest)
{
	if (rest.n == 0)
		return false;
	return is_word(rest.p[0]) || rest.p[0] == '-' ||
	       (rest.p[0] == '.' && rest.n > 1 && is_word(rest.p[1]));
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes of the text say c, in any case, as it is or as %XX or =XX; 0: they do not. */
static size_t
says(struct str text, char c)
{
	int high, low;

	if (text.n == 0)
		return 0;
	if (ascii_lower(text.p[0]) == ascii_lower(c))
		return 1;
	if ((text.p[0] != '%' && text.p[0] != '=') || text.n < 3)
		return 0;
	high = nibble(text.p[1]);
	low = nibble(text.p[2]);
	if (high < 0 || low < 0)
		return 0;
	return ascii_lower((char)(high * 16 + low)) == ascii_lower(c) ? 3 : 0;
}

/* The length of the address at the begin of the text, 0: it is not there. */
static size_t
stands(struct str text, struct str address)
{
	size_t at = 0, n;

	for (size_t i = 0; i < address.n; i++, at += n) {
		n = says(str_from(text, at), address.p[i]);
		if (n == 0)
			return 0;
	}
	return at;
}

/* The byte that two hex digits say, -1: they are none. */
static int
hex_byte(const char *p)
{
	int high = nibble(p[0]), low = nibble(p[1]);

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* The sign before i; -1: there is none, or none that could be of an address. What looks like a
 * letter may be the end of %22, =3C, \n or \u003c. Of =XX those with a capital alone are taken:
 * "to=20ann" of a log is a longer address. */
static int
sign_before(struct str text, size_t i)
{
	const char *p = text.p + i;

	if (i >= 6 && p[-6] == '\\' && p[-5] == 'u' && p[-4] == '0' && p[-3] == '0')
		return hex_byte(p - 2);
	if (i >= 3 && (p[-3] == '%' || (p[-3] == '=' && p[-1] >= 'A' && p[-1] <= 'F')) &&
		hex_byte(p - 2) >= 0)
		return hex_byte(p - 2);
	if (i >= 2 && p[-2] == '\\' && p[-1] && strchr("nrtbf", p[-1]))
		return -1;
	/* An apostrophe is a part of a name (o'ann), or quotes. */
	if (i >= 2 && p[-1] == '\'')
		return (uint8_t)p[-2];
	return i > 0 ? (uint8_t)p[-1] : -1;
}

/* The first place from `from` on: its begin and end, or false. */
static bool
find(struct str text, struct str address, size_t from, size_t *ret_begin, size_t *ret_end)
{
	size_t n;

	for (size_t i = from; i < text.n && address.n > 0; i++) {
		if (says(str_from(text, i), address.p[0]) == 0 ||
			goes_before(sign_before(text, i)))
			continue;
		n = stands(str_from(text, i), address);
		if (n == 0 || goes_behind(str_from(text, i + n)))
			continue;
		*ret_begin = i;
		*ret_end = i + n;
		return true;
	}
	return false;
}

size_t
erase_mask(char *text, size_t n, struct str address)
{
	size_t begin, end = 0, places = 0;

	while (find(str_of(text, n), address, end, &begin, &end)) {
		memset(text + begin, '*', end - begin);
		places++;
	}
	return places;
}

bool
erase_names(struct str text, struct str address)
{
	size_t begin, end;

	return find(text, address, 0, &begin, &end);
}
