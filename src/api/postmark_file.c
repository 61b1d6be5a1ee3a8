#include "api/postmark_file.h"

#include <errno.h>

struct file {
	struct str name, content, type, content_id;
};

#define FILE_(m) offsetof(struct file, m)
static const struct json_in_field file_fields[] = {
	{ "Name", JSON_IN_STR, JSON_IN_NEEDED | JSON_IN_FILLED, 255, FILE_(name), NULL },
	{ "Content", JSON_IN_STR, JSON_IN_NEEDED, 0, FILE_(content), NULL },
	{ "ContentType", JSON_IN_STR, 0, 200, FILE_(type), NULL },
	{ "ContentID", JSON_IN_STR, 0, 250, FILE_(content_id), NULL },
};
const struct json_in_shape postmark_file_shape = { file_fields, 4, sizeof(struct file), false };

/* Endings of programs, which Postmark takes from nobody. */
static bool
forbidden(struct str name)
{
	static const char *const ends[] = { "vbs", "exe", "bin", "bat", "chm", "com", "cpl",
		"crt", "hlp", "hta", "inf", "ins", "isp", "jse", "lnk", "mdb", "pcd", "pif",
		"reg", "scr", "sct", "shs", "vbe", "vba", "wsf", "wsh", "wsl", "msc", "msi",
		"msp", "mst" };
	size_t dot = str_rfind(name, '.');

	for (size_t i = 0; i < sizeof ends / sizeof *ends && dot < name.n; i++)
		if (str_ieq_z(str_from(name, dot + 1), ends[i]))
			return true;
	return false;
}

/* "cid:logo" is how HTML names it, "<logo>" how MIME does. */
static struct str
content_id(struct str s)
{
	if (str_istarts(s, STR_LIT("cid:")))
		s = str_from(s, 4);
	if (s.n > 1 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = str_of(s.p + 1, s.n - 2);
	return s.p ? s : STR_NONE;
}

static bool
printable(struct str s, unsigned char first)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < first || c > 126)
			return false;
	}
	return true;
}

/* What compose would refuse: it must be known before the call is answered. */
static const char *
wrong_with(const struct compose_file *f)
{
	size_t slash = str_find(f->type, '/');

	for (size_t i = 0; i < f->name.n; i++)
		if ((unsigned char)f->name.p[i] < 32 || f->name.p[i] == 127)
			return "Name";
	if (f->type.n > 0 && (!printable(f->type, ' ') || slash == 0 || slash + 1 >= f->type.n))
		return "ContentType";
	if (!printable(f->content_id, '!') || str_find(f->content_id, '<') < f->content_id.n ||
		str_find(f->content_id, '>') < f->content_id.n)
		return "ContentID";
	return f->bytes.p ? NULL : "Content";
}

int
postmark_file_read(struct postmark_reader *r, const struct json_in_list *l)
{
	struct compose_file *to = arena_alloc(r->arena, (l->n + 1) * sizeof *to);
	const struct file *files = l->at;

	if (!to)
		return -E2BIG;
	for (size_t i = 0; i < l->n; i++) {
		const struct file *f = &files[i];
		const char *wrong;

		to[i] = (struct compose_file){ .name = f->name,
			.type = f->type.p ? str_trim(f->type) : STR_NONE,
			.bytes = api_base64(r->arena, f->content, POSTMARK_BYTES),
			.content_id = content_id(f->content_id) };
		wrong = wrong_with(&to[i]);
		if (forbidden(f->name))
			postmark_error(r, "411", STR_LIT("Attachment file type not allowed."));
		else if (wrong)
			postmark_error(r, "300",
				arena_printf(r->arena,
					"'Attachments[%zu].%s' is not valid, or too long.", i,
					wrong));
	}
	r->item->mail.files = to;
	r->item->mail.nfiles = l->n;
	return 0;
}
