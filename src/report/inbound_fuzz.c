/* Laws: whatever the mail, each JSON format gives JSON whose files and texts are the mail's
 * own, each form is read back with exactly the fields that were written, and the raw mail in it
 * byte for byte; what is said of a mail is the same each time. */
#include "report/inbound.h"

#include "base/must.h"
#include "wire/form.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_json(const struct inbound_post *p)
{
	json_t *j = json_loadb(p->body.p, p->body.n, JSON_ALLOW_NUL, NULL);

	must(json_is_object(j));
	json_decref(j);
}

static void
check_form(const struct inbound_letter *l, const struct inbound_post *p)
{
	struct str boundary;
	const char *why;
	struct arena a;
	struct form f;
	size_t known = 0;

	arena_init(&a, 64u << 20);
	must(form_kind(&a, p->fields[0].value, &boundary) == FORM_MULTIPART);
	must(form_multipart(&a, buf_str(&p->body), boundary, &f, &why) == 0);
	for (size_t i = 0; i < f.n; i++) {
		static const char *const names[] = { "email", "headers", "text", "html", "to",
			"cc", "from", "subject", "sender_ip", "envelope", "charsets",
			"attachments", "attachment-info", "content-ids" };

		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			known += str_eq_z(f.parts[i].name, names[k]);
		known += str_starts(f.parts[i].name, STR_LIT("attachment")) &&
		         f.parts[i].file_name.p;
		if (str_eq_z(f.parts[i].name, "email"))
			must(str_eq(f.parts[i].bytes, l->bytes));
	}
	must(known == f.n);
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int f = 0; f < INBOUND_FORMATS; f++) {
		const struct inbound_letter l = { .format = (enum inbound_format)f,
			.bytes = str_of(data, size),
			.sender = STR_LIT("a@there.test"),
			.recipient = STR_LIT("b+c@parse.test"),
			.id = STR_LIT("7"),
			.secret = STR_NONE,
			.now = INT64_C(1700000000000000) };
		struct inbound_post p, again;

		if (inbound_write(&l, &p) < 0)
			continue;
		must(inbound_write(&l, &again) == 0);
		must(str_eq(buf_str(&p.body), buf_str(&again.body)));
		if (f == INBOUND_SENDGRID || f == INBOUND_SENDGRID_RAW)
			check_form(&l, &p);
		else
			check_json(&p);
		inbound_post_done(&p);
		inbound_post_done(&again);
	}
	return 0;
}
