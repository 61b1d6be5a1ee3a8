#include "api/sendgrid_batch.h"
#include "api/sendgrid_send_priv.h"
#include "base/text.h"

#include <errno.h>

#define CATEGORIES_MAX 10u
#define CATEGORY_BYTES 255u
#define GROUPS_MAX     25u
#define SEEN_BYTES     (2u << 20)

void
sendgrid_send_fail(struct sendgrid_reader *r, const char *text, struct str path)
{
	sendgrid_error_add(r->send, 400, str_z(text), path);
}

void
sendgrid_send_texts(struct sendgrid_reader *r, const json_t *object, struct str path)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (json_is_string(value))
			continue;
		sendgrid_error_json(r->send,
			&(struct json_in_problem){
				.code = JSON_IN_TYPE, .path = path, .detail = "string" });
		return;
	}
}

struct outgoing_address
sendgrid_send_address(const struct sendgrid_person *p)
{
	struct outgoing_address a = { STR_NONE, STR_NONE };

	if (p && p->email.p)
		a.email = p->email;
	if (p && p->name.p)
		a.name = p->name;
	return a;
}

struct outgoing_list
sendgrid_send_list(struct sendgrid_reader *r, const struct sendgrid_person *people, size_t n)
{
	struct outgoing_address *at = arena_alloc(r->arena, (n + 1) * sizeof *at);

	for (size_t i = 0; at && i < n; i++)
		at[i] = sendgrid_send_address(&people[i]);
	return (struct outgoing_list){ at, at ? n : 0 };
}

/* What an error says of a value. */
static struct str
clip(struct str value)
{
	return str_head(value, 320);
}

/* A media type without parameters. */
static bool
plain_type(struct str s)
{
	size_t slash = str_find(s, '/');

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 32 || s.p[i] > 126 || s.p[i] == ';' || s.p[i] == ',')
			return false;
	return slash > 0 && slash + 1 < s.n && s.n <= 200;
}

static int
content_of(struct sendgrid_reader *r)
{
	const struct sendgrid_content *c = r->root.content.at;
	size_t n = r->root.content.n, last = 0;
	struct compose_part *others = arena_alloc(r->arena, (n + 1) * sizeof *others);

	if (!others)
		return -E2BIG;
	r->base.others = others;
	for (size_t i = 0; i < n; i++) {
		bool text = str_ieq_z(c[i].type, "text/plain");
		bool html = str_ieq_z(c[i].type, "text/html");
		size_t rank = text ? 1 : html ? 2 : 3;

		if (!plain_type(c[i].type) ||
			(rank == 3 && compose_wrong_part(
					      &(struct compose_part){ .type = c[i].type })))
			sendgrid_send_fail(r, "Cannot contain ';', or CRLF characters.",
				arena_printf(r->arena, "content.%zu.type", i));
		if (rank < last || (rank == last && rank < 3))
			sendgrid_send_fail(r,
				"Following RFC 1341, section 7.2, if either text/html or "
				"text/plain are to be sent in your email: text/plain needs to "
				"be first, followed by text/html, followed by any other "
				"content.",
				STR_LIT("content"));
		last = rank;
		if (text)
			r->base.text = c[i].value;
		else if (html)
			r->base.html = c[i].value;
		else
			others[r->base.nothers++] =
				(struct compose_part){ c[i].type, c[i].value };
	}
	return 0;
}

static bool
clean(struct str s, const char *without)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 32 || s.p[i] == 127 ||
			str_find(str_z(without), s.p[i]) < strlen(without))
			return false;
	return true;
}

static bool
id_fits(struct str id)
{
	return id.n > 0 && text_is_ascii(id) && clean(id, " <>");
}

/* Does the HTML show it? Then it stands beside it, whatever its disposition. Two hundred files
 * are looked for, so only in what people may see of a page. */
static bool
shown(struct sendgrid_reader *r, struct str id)
{
	struct str link = arena_printf(r->arena, "cid:%.*s", STR_ARG(id));
	struct str html = str_head(r->base.html, SEEN_BYTES);

	return link.p && str_find_str(html, link) < html.n;
}

static struct compose_file
file_of(struct sendgrid_reader *r, const struct sendgrid_file *f, size_t i)
{
	struct compose_file made = { .name = f->name,
		.type = f->type.p ? f->type : STR_NONE,
		.bytes = api_base64(r->arena, f->content, SENDGRID_BYTES_MAX),
		.content_id = STR_NONE };
	bool beside = f->disposition.p && str_eq_z(f->disposition, "inline");
	struct str id = f->content_id.n ? f->content_id : STR_NONE;

	if (f->disposition.n && !beside && !str_eq_z(f->disposition, "attachment"))
		sendgrid_send_fail(r,
			arena_printf(r->arena,
				"The disposition of your attachment can be either \"inline\" "
				"or \"attachment\". You provided %.*s.",
				STR_ARG(clip(f->disposition)))
				.p,
			arena_printf(r->arena, "attachments.%zu.disposition", i));
	if (!made.bytes.p)
		sendgrid_send_fail(r, "The attachment content must be base64 encoded.",
			arena_printf(r->arena, "attachments.%zu.content", i));
	if (!clean(f->name, ""))
		sendgrid_send_fail(r,
			"The filename of your attachment cannot contain CRLF characters.",
			arena_printf(r->arena, "attachments.%zu.filename", i));
	if (made.type.n &&
		(!plain_type(made.type) || str_istarts(made.type, STR_LIT("multipart/"))))
		sendgrid_send_fail(r, "The type cannot contain ';', or CRLF characters.",
			arena_printf(r->arena, "attachments.%zu.type", i));
	if (id.n && !id_fits(id))
		sendgrid_send_fail(r,
			"The content ID of your attachment cannot contain CRLF characters.",
			arena_printf(r->arena, "attachments.%zu.content_id", i));
	else if (id.n && (beside || shown(r, id)))
		made.content_id = id;
	else if (beside && id_fits(f->name))
		made.content_id = f->name;
	return made;
}

static int
files_of(struct sendgrid_reader *r)
{
	const struct sendgrid_file *files = r->root.files.at;
	struct compose_file *to = arena_alloc(r->arena, (r->root.files.n + 1) * sizeof *to);

	if (!to)
		return -E2BIG;
	for (size_t i = 0; i < r->root.files.n; i++) {
		to[i] = file_of(r, &files[i], i);
		if (!to[i].bytes.p)
			to[i].bytes = STR_NONE;
	}
	r->base.files = to;
	r->base.nfiles = r->root.files.n;
	return 0;
}

static void
categories_of(struct sendgrid_reader *r)
{
	const struct str *c = r->root.categories.at;
	size_t n = r->root.categories.n;

	if (n > CATEGORIES_MAX)
		sendgrid_send_fail(r,
			arena_printf(r->arena,
				"There is a limit of 10 categories for each email that is "
				"sent. You provided %zu categories.",
				n)
				.p,
			STR_LIT("categories"));
	for (size_t i = 0; i < n && n <= CATEGORIES_MAX; i++) {
		struct str path = arena_printf(r->arena, "categories.%zu", i);

		if (c[i].n > CATEGORY_BYTES)
			sendgrid_send_fail(r,
				arena_printf(r->arena,
					"Each category must not be longer than 255 characters. "
					"%.*s exceeds this limit",
					STR_ARG(clip(c[i])))
					.p,
				path);
		if (!text_is_ascii(c[i]))
			sendgrid_send_fail(
				r, "Categories can not contain non-ASCII characters.", path);
		for (size_t k = 0; k < i; k++)
			if (str_eq(c[i], c[k]))
				sendgrid_send_fail(r,
					arena_printf(r->arena,
						"The categories must be a unique list, and you "
						"have included %.*s more than once.",
						STR_ARG(clip(c[i])))
						.p,
					path);
	}
}

static void
asm_of(struct sendgrid_reader *r)
{
	const json_t *display = r->root.asm_ ? r->root.asm_->display : NULL;
	int64_t group = r->root.asm_ && r->root.asm_->group.set ? r->root.asm_->group.value : 0;
	size_t n = json_array_size(display), i = 0;
	uint32_t *groups;

	if (r->root.asm_ && r->root.asm_->group.set &&
		(group <= 0 || group >= MSG_STREAM_NUMBERS))
		sendgrid_send_fail(r, SENDGRID_ERROR_GROUP, STR_LIT("asm.group_id"));
	else
		r->base.group = (uint32_t)group;
	if (!display)
		return;
	groups = arena_alloc(r->arena, OUTGOING_GROUPS * sizeof *groups);
	if (groups) {
		r->base.groups = groups;
		r->base.ngroups = api_groups(display, r->base.group, groups);
	}
	while (i < n && json_is_integer(json_array_get(display, i)))
		i++;
	if (!json_is_array(display) || i < n)
		sendgrid_send_fail(r,
			"The ASM Group IDs to display must be an array of integers.",
			STR_LIT("asm.groups_to_display"));
	else if (n > GROUPS_MAX)
		sendgrid_send_fail(r,
			"There is a limit of 25 unsubscribe groups that can be displayed to a "
			"user at a time.",
			STR_LIT("asm.groups_to_display"));
}

static void
arguments_of(struct sendgrid_reader *r)
{
	sendgrid_send_texts(r, r->root.custom_args, STR_LIT("/custom_args"));
	if (sendgrid_send_bytes(r->root.custom_args) > SENDGRID_ARGUMENTS_MAX)
		sendgrid_send_fail(r, SENDGRID_ERROR_ARGUMENTS, STR_LIT("custom_args"));
}

static int
reply_of(struct sendgrid_reader *r)
{
	if (r->root.reply_to && r->root.reply_list.n)
		sendgrid_send_fail(r,
			"The reply_to_list parameter cannot be used together with reply_to.",
			STR_LIT("reply_to_list"));
	r->at.reply_list = r->root.reply_list.n > 0;
	if (r->at.reply_list)
		r->base.reply_to =
			sendgrid_send_list(r, r->root.reply_list.at, r->root.reply_list.n);
	else
		r->base.reply_to =
			sendgrid_send_list(r, r->root.reply_to, r->root.reply_to ? 1 : 0);
	return r->base.reply_to.at ? 0 : -E2BIG;
}

/* What names a thing of the account that no account has. */
static void
things_of(struct sendgrid_reader *r)
{
	const struct sendgrid_root *root = &r->root;

	if (root->pool.n)
		sendgrid_send_fail(r,
			arena_printf(r->arena,
				"The IP Pool name must be a valid pool name for your account. "
				"You provided %.*s.",
				STR_ARG(clip(root->pool)))
				.p,
			STR_LIT("ip_pool_name"));
	if (root->batch_id.n &&
		!sendgrid_batch_is(root->batch_id, r->world->uuid_key, r->world->tenant))
		sendgrid_send_fail(r, SENDGRID_BATCH_BAD, STR_LIT("batch_id"));
}

/* Where no template is to be written first, footers stand before the substitutions; the link
 * to unsubscribe comes behind them, with each item. */
static int
footer_of(struct sendgrid_reader *r)
{
	const struct outgoing_tail footer = { .text = r->settings.tail.text,
		.html = r->settings.tail.html };

	return r->root.template_id.n ? 0 : outgoing_tail_put(r->arena, &footer, &r->base);
}

int
sendgrid_send_call(struct sendgrid_reader *r)
{
	const struct sendgrid_root *root = &r->root;
	int err;

	r->base = (struct outgoing){ .from = sendgrid_send_address(root->from),
		.sender = { STR_NONE, STR_NONE },
		.subject = root->subject.p ? root->subject : STR_NONE,
		.text = STR_NONE,
		.html = STR_NONE,
		.about = STR_NONE };
	err = sendgrid_settings_read(
		r->send, root->mail_settings, root->tracking, &r->settings);
	if (!err)
		err = content_of(r);
	if (!err)
		err = footer_of(r);
	if (!err)
		err = files_of(r);
	if (!err)
		err = reply_of(r);
	if (err)
		return err;
	r->base.sandbox = r->settings.sandbox;
	r->base.bypass = r->settings.bypass;
	r->base.opens = r->settings.opens;
	r->base.clicks = r->settings.clicks;
	r->base.links = r->settings.links;
	r->base.url_tags = r->settings.url_tags;
	r->base.pixel_mark = r->settings.pixel_mark;
	if (r->settings.tail.leave)
		r->base.unsubscribe = OUTGOING_ON;
	if (root->content.n == 0 && !root->template_id.n)
		sendgrid_error_json(r->send, &(struct json_in_problem){ .code = JSON_IN_MISSING,
						     .path = STR_LIT("/content") });
	categories_of(r);
	asm_of(r);
	things_of(r);
	sendgrid_send_texts(r, root->headers, STR_LIT("/headers"));
	sendgrid_send_texts(r, root->sections, STR_LIT("/sections"));
	arguments_of(r);
	r->spoiled = r->send->errors.n > 0;
	return sendgrid_subst_init(&r->subst, r->arena, root->sections, &r->work);
}
