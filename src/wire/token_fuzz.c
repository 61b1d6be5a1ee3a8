/* Law: a foreign text is refused; one that is accepted is the text its fields are written as.
 */
#include "wire/token.h"

#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t key[TOKEN_KEY_SIZE] = { 1, 2, 3, [31] = 9 };
	struct str s = { (const char *)data, n };
	char text[TOKEN_TEXT_MAX];
	int key_no = token_key_no(s);
	struct token t, u = { 0 };

	must(key_no < 32);
	if (token_read(s, key, &t) == 0) {
		must(key_no >= 0);
		must(token_write(text, key, (unsigned)key_no, &t) == s.n);
		must(str_ieq_z(s, text));
	}
	memcpy(&u.message, data, n < 6 ? n : 6);
	u.kind = n % 8;
	token_write(text, key, n % 32, &u);
	must(token_read(str_z(text), key, &t) == 0);
	must(t.message == u.message && t.kind == u.kind);
	return 0;
}
