/* Laws: what comes back lies inside what was sent; a token has no name and 36 characters; a
 * key written in SendGrid's costume reads as the same key. */
#include "account/key.h"
#include "base/buf.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
inside(struct str part, struct str whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = str_of(data, size), password = all, user = str_cut(&password, '\n');
	struct key_spelling k, again;
	struct buf b;

	if (!password.p)
		password = STR_NONE;
	k = key_spell(user, password);
	must(inside(k.name, all) && inside(k.secret, all));
	must(!k.token || (k.name.n == 0 && k.secret.n == 36));
	if (k.name.n == 0 || str_find(k.name, '.') < k.name.n)
		return 0;
	buf_init(&b, size + 16);
	must(buf_printf(&b, "SG.") == 0 && buf_put(&b, k.name) == 0 &&
		buf_put_c(&b, '.') == 0 && buf_put(&b, k.secret) == 0);
	again = key_spell(STR_LIT("apikey"), buf_str(&b));
	must(str_eq(again.name, k.name) && str_eq(again.secret, k.secret) && !again.token);
	buf_done(&b);
	return 0;
}
