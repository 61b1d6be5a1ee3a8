#include "api/mailbox_list.h"

#include "base/must.h"
#include "base/text.h"
#include "wire/address.h"

/* Laws: what is taken is an address with a UTF-8 name; written with its name in quotes, the
 * list reads as the same list; one mailbox less is too many. */

#define MAX 50u

static void
write_list(struct buf *b, const struct outgoing_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct outgoing_address *m = &l->at[i];

		buf_put_z(b, i ? ", \"" : "\"");
		for (size_t k = 0; k < m->name.n; k++) {
			if (m->name.p[k] == '"' || m->name.p[k] == '\\')
				buf_put_c(b, '\\');
			buf_put_c(b, m->name.p[k]);
		}
		buf_put_z(b, "\" <");
		buf_put(b, m->email);
		buf_put_c(b, '>');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outgoing_list l, again;
	struct address parsed;
	struct str bad;
	struct arena a;
	struct buf b;

	arena_init(&a, 64u << 20);
	buf_init(&b, 16u << 20);
	if (mailbox_list_read(&a, str_of(data, size), MAX, &l, &bad) == 0) {
		must(l.n <= MAX);
		for (size_t i = 0; i < l.n; i++) {
			must(address_mailbox(l.at[i].email, ADDRESS_UTF8_OK, &parsed) == 0);
			must(text_is_utf8(l.at[i].name));
		}
		write_list(&b, &l);
		must(!b.full);
		must(mailbox_list_read(&a, buf_str(&b), MAX, &again, &bad) == 0);
		must(again.n == l.n);
		for (size_t i = 0; i < l.n; i++) {
			must(str_eq(again.at[i].email, l.at[i].email));
			must(str_eq(again.at[i].name, l.at[i].name));
		}
		if (l.n > 1)
			must(mailbox_list_read(&a, buf_str(&b), l.n - 1, &again, &bad) < 0);
	}
	buf_done(&b);
	arena_done(&a);
	return 0;
}
