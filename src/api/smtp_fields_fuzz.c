#include "api/smtp_fields.h"

#include "base/must.h"
#include "wire/header.h"

#include <jansson.h>

/* Laws: what is read is the same twice; the text for events is empty, or a JSON object within
 * its limit; when it is taken out, nothing of it is left, and all else is. */

static void
check_about(struct str about)
{
	static const char *const names[] = { "custom_id", "payload", "campaign", "category",
		"tags", "metadata", "group", "groups", "stream" };
	const char *key;
	json_t *root, *value;

	if (about.n == 0)
		return;
	must(about.n <= OUTGOING_ABOUT_MAX);
	root = json_loadb(about.p, about.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	must(json_is_object(root));
	json_object_foreach(root, key, value)
	{
		bool known = false;

		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			known |= strcmp(key, names[i]) == 0;
		must(known);
	}
	json_decref(root);
}

static size_t
count(struct str block)
{
	struct header_field f;
	size_t n = 0;
	int more;

	while ((more = header_next(&block, &f)) != 0)
		n += more == 1;
	return n;
}

static size_t
count_ours(struct str block)
{
	struct header_field f;
	size_t n = 0;
	int more;

	while ((more = header_next(&block, &f)) != 0)
		for (size_t i = 0; more == 1 && smtp_fields_drop[i]; i++)
			n += str_istarts(f.name, str_z(smtp_fields_drop[i]));
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header_add add = { .drop = smtp_fields_drop };
	struct str all = str_of(data, size);
	struct str block = str_head(all, header_length(all));
	struct smtp_fields f, again;
	struct header_facts facts;
	struct reply no;
	struct arena a;
	struct buf out;

	arena_init(&a, 16u << 20);
	buf_init(&out, 16u << 20);
	no = smtp_fields_read(&a, block, 1, &f);
	must(no.code == smtp_fields_read(&a, block, 1, &again).code);
	must(f.any == (count_ours(block) > 0));
	must(!f.any || header_may_have(block, smtp_fields_drop));
	if (no.code == 0) {
		must(str_eq(f.about, again.about) && f.send_at == again.send_at);
		must(f.any || f.about.n == 0);
		must(f.to.n <= SMTP_FIELDS_TO_MAX && f.to.n == again.to.n);
		must(!f.each_at || f.to.n > 0);
		for (size_t i = 0; i < f.to.n; i++)
			must(f.to.at[i].email.n > 0);
		check_about(f.about);
	}
	header_scan(block, &facts);
	if (block.n > 0 && !facts.malformed && !facts.headless && facts.bcc == 0) {
		must(header_rewrite(&out, block, &add) == 0);
		must(smtp_fields_read(&a, buf_str(&out), 1, &again).code == 0 && !again.any);
		must(count(buf_str(&out)) + count_ours(block) >= count(block));
	}
	buf_done(&out);
	arena_done(&a);
	return 0;
}
