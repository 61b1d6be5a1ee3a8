#include "api/credential.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>

#define CREDENTIAL_MAX 1024u

static int
basic(struct arena *a, struct str text, struct api_credential *c)
{
	struct buf b;
	int err;

	buf_init(&b, CREDENTIAL_MAX);
	err = text_b64_decode(&b, str_trim(text)) < 0 ? -EINVAL : 0;
	if (!err) {
		struct str all = arena_str(a, buf_str(&b));
		size_t colon = all.p ? str_find(all, ':') : 0;

		c->user = str_head(all, colon);
		c->password = str_from(all, colon + 1);
		err = !all.p ? -E2BIG : colon == all.n ? -EINVAL : 0;
	}
	if (b.p)
		mem_wipe(b.p, b.cap);
	buf_done(&b);
	return err;
}

static int
authorization(struct arena *a, struct str value, struct api_credential *c)
{
	struct str rest = str_trim(value), scheme = str_cut(&rest, ' ');

	rest = rest.p ? str_trim(rest) : STR_NONE;
	if (rest.n == 0 || rest.n > CREDENTIAL_MAX)
		return -EINVAL;
	if (str_ieq_z(scheme, "Basic"))
		return basic(a, rest, c);
	if (!str_ieq_z(scheme, "Bearer"))
		return -EINVAL;
	c->user = STR_NONE;
	c->password = rest;
	return 0;
}

int
api_credential_read(struct arena *a, const struct http_in *h, struct api_credential *ret_c)
{
	struct str auth = http_in_field(h, "authorization");
	struct str token = http_in_field(h, "x-postmark-server-token");
	struct api_credential c = { STR_NONE, STR_NONE, false };
	int err = 0;

	if (!auth.p && !token.p)
		return -ENOENT;
	/* Two at once: whoever put the second one there is not whoever wrote the first. */
	if (auth.p && token.p)
		return -EINVAL;
	if (auth.p) {
		err = authorization(a, auth, &c);
	} else {
		token = str_trim(token);
		c.test = str_eq_z(token, "POSTMARK_API_TEST");
		c.user = c.password = token;
		err = token.n == 0 || token.n > CREDENTIAL_MAX ? -EINVAL : 0;
	}
	if (!err)
		*ret_c = c;
	return err;
}
