#include "api/mailgun_form.h"

#include "api/mailgun_date.h"
#include "wire/header.h"

#include <errno.h>
#include <string.h>

#define TAGS_MAX     10u
#define TAG_BYTES    128u
#define NAME_DECODED 1000u

void
mailgun_fail_status(struct mailgun_form *f, int status, const char *param, struct str text)
{
	struct api_error *e = api_error_add(f->send, &f->send->errors);

	if (e)
		*e = (struct api_error){ .status = status,
			.code = "parameter",
			.text = text.p ? text : STR_LIT("The request is too long"),
			.related = { str_z(param) },
			.nrelated = 1 };
}

void
mailgun_fail(struct mailgun_form *f, const char *param, struct str text)
{
	mailgun_fail_status(f, 400, param, text);
}

/* ---- the form ---- */

int
mailgun_form_read(struct mailgun_form *f)
{
	struct arena *a = f->send->arena;
	const struct mailgun_call *c = f->call;
	struct str boundary;
	const char *why = "";
	int err = 0;

	f->send->together = true;
	f->send->root = json_object();
	f->tags = json_array();
	json_object_set_new(f->send->root, "tags", f->tags);
	switch (form_kind(a, c->content_type, &boundary)) {
	case FORM_MULTIPART:
		err = form_multipart(a, c->body, boundary, &f->form, &why);
		break;
	case FORM_URLENCODED:
		err = form_urlencoded(a, c->body, &f->form, &why);
		break;
	case FORM_NONE:
	default:
		if (c->body.n > 0) {
			why = "the body must be multipart/form-data or "
			      "application/x-www-form-urlencoded";
			err = -EINVAL;
		}
		break;
	}
	if (err)
		mailgun_fail_status(f, err == -E2BIG ? 413 : 400, "body",
			arena_printf(a, "The request could not be read: %s", why));
	return 0;
}

bool
mailgun_form_named(const struct form_part *p, const char *name)
{
	struct str s = p->name;

	if (str_ends(s, STR_LIT("]")))
		s = str_head(s, str_find(s, '['));
	return str_ieq_z(s, name);
}

struct str
mailgun_form_text(const struct mailgun_form *f, const char *name)
{
	for (size_t i = 0; i < f->form.n; i++)
		if (mailgun_form_named(&f->form.parts[i], name))
			return f->form.parts[i].bytes;
	return (struct str){ NULL, 0 };
}

/* ---- mailboxes ---- */

/* Up to a comma outside of quotes, brackets and comments (RFC 5322 3.4). */
static struct str
next_mailbox(struct str *rest)
{
	bool quoted = false, angle = false;
	struct str one;
	size_t i;

	for (i = 0; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '\\' && quoted)
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			angle = c == '<';
		else if (!quoted && !angle && c == ',')
			break;
	}
	one = str_trim_all(str_head(*rest, i));
	*rest = str_from(*rest, i + 1);
	return one;
}

/* A display name without its quotes, encoded words decoded. p NULL: the arena is full. */
static struct str
display_name(struct arena *a, struct str s)
{
	bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
	char *dst;
	size_t n = 0;

	if (!quoted)
		return str_find_str(s, STR_LIT("=?")) < s.n && s.n <= NAME_DECODED
		               ? header_decode(a, s, NAME_DECODED)
		               : s;
	dst = arena_alloc(a, s.n);
	for (size_t i = 1; dst && i + 1 < s.n; i++) {
		if (s.p[i] == '\\' && i + 2 < s.n)
			i++;
		dst[n++] = s.p[i];
	}
	return str_of(dst, n);
}

/* What is no mailbox is kept whole, so that the check names it. */
static int
mailbox(struct arena *a, struct str one, struct outgoing_address *to)
{
	size_t open = str_rfind(one, '<');
	struct str name = str_trim_all(str_head(one, open));
	bool quoted = str_starts(name, STR_LIT("\"")) && str_ends(name, STR_LIT("\""));

	*to = (struct outgoing_address){ .email = one, .name = STR_NONE };
	if (open == one.n || one.p[one.n - 1] != '>')
		return 0;
	/* "a <b@c> <d@e>": readers differ in which is the address. */
	if (!quoted && (str_find(name, '<') < name.n || str_find(name, '"') < name.n))
		return 0;
	to->email = str_trim_all(str_of(one.p + open + 1, one.n - open - 2));
	to->name = display_name(a, name);
	return to->name.p ? 0 : -E2BIG;
}

struct people {
	struct outgoing_address *at;
	size_t n, cap;
};

static int
people_add(struct arena *a, struct people *l, struct str text)
{
	while (text.n > 0 && l->n <= MAILGUN_RECIPIENTS_MAX) {
		struct str one = next_mailbox(&text);

		if (one.n == 0)
			continue;
		if (l->n == l->cap) {
			size_t cap = l->cap ? l->cap * 2 : 4;
			struct outgoing_address *more = arena_alloc(a, cap * sizeof *more);

			if (!more)
				return -E2BIG;
			if (l->n > 0)
				memcpy(more, l->at, l->n * sizeof *more);
			l->at = more;
			l->cap = cap;
		}
		if (mailbox(a, one, &l->at[l->n++]) < 0)
			return -E2BIG;
	}
	return 0;
}

int
mailgun_form_mailboxes(struct arena *a, struct str text, struct outgoing_list *ret_l)
{
	struct people l = { NULL, 0, 0 };
	int err = people_add(a, &l, text);

	if (!err)
		*ret_l = (struct outgoing_list){ l.at, l.n };
	return err;
}

int
mailgun_form_list(const struct mailgun_form *f, const char *name, struct outgoing_list *ret_l)
{
	struct people l = { NULL, 0, 0 };
	int err = 0;

	for (size_t i = 0; i < f->form.n && !err; i++)
		if (mailgun_form_named(&f->form.parts[i], name))
			err = people_add(f->send->arena, &l, f->form.parts[i].bytes);
	if (!err)
		*ret_l = (struct outgoing_list){ l.at, l.n };
	return err;
}

/* ---- options ---- */

enum answer { NO, YES, HTML_ONLY, NEITHER };

static enum answer
answer_of(struct str s)
{
	static const struct {
		const char *text;
		enum answer answer;
	} table[] = { { "yes", YES }, { "true", YES }, { "no", NO }, { "false", NO },
		{ "htmlonly", HTML_ONLY } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_ieq_z(str_trim(s), table[i].text))
			return table[i].answer;
	return NEITHER;
}

static bool
yes_or_no(struct mailgun_form *f, const char *param, struct str value)
{
	enum answer answer = answer_of(value);

	if (answer == NEITHER || answer == HTML_ONLY)
		mailgun_fail(f, param,
			arena_printf(f->send->arena,
				"'%s' parameter must be yes, no, true or false", param));
	return answer == YES;
}

/* Links in plain text are never tracked, so htmlonly is yes. */
static enum outgoing_switch
tracking(struct mailgun_form *f, const char *param, struct str value)
{
	enum answer answer = answer_of(value);

	if (answer == NEITHER)
		mailgun_fail(f, param,
			arena_printf(f->send->arena,
				"'%s' parameter must be yes, no, true, false or htmlonly",
				param));
	return answer == NO ? OUTGOING_OFF : OUTGOING_ON;
}

static void
tag(struct mailgun_form *f, struct str value)
{
	if (value.n == 0)
		return;
	if (json_array_size(f->tags) == TAGS_MAX)
		mailgun_fail(f, "o:tag", STR_LIT("'o:tag' parameter: at most 10 tags"));
	else if (value.n > TAG_BYTES)
		mailgun_fail(f, "o:tag",
			STR_LIT("'o:tag' parameter: a tag has at most 128 characters"));
	else if (json_array_append_new(f->tags, json_stringn(value.p, value.n)) < 0)
		mailgun_fail(f, "o:tag", STR_LIT("'o:tag' parameter must be UTF-8"));
}

static void
deliver_at(struct mailgun_form *f, struct outgoing *o, struct str value)
{
	int64_t wall = 0;

	if (mailgun_date_read(value, &wall) < 0)
		mailgun_fail(f, "o:deliverytime",
			STR_LIT("'o:deliverytime' parameter is not a valid RFC 2822 date"));
	else if (wall > f->world->now)
		o->send_at = wall;
}

/* Mailgun has them, we have not: false changes nothing, and is all we can keep. */
static void
unknown(struct mailgun_form *f, struct str name)
{
	mailgun_fail(f, "o:",
		arena_printf(f->send->arena, "'o:%.*s' parameter is not supported here",
			STR_ARG(str_head(name, 100))));
}

static void
option(struct mailgun_form *f, struct outgoing *o, struct str name, struct str value)
{
	if (str_ieq_z(name, "tag")) {
		tag(f, value);
	} else if (str_ieq_z(name, "deliverytime")) {
		deliver_at(f, o, value);
	} else if (str_ieq_z(name, "testmode")) {
		o->sandbox = yes_or_no(f, "o:testmode", value);
	} else if (str_ieq_z(name, "tracking-clicks")) {
		o->clicks = tracking(f, "o:tracking-clicks", value);
	} else if (str_ieq_z(name, "tracking-opens")) {
		o->opens = tracking(f, "o:tracking-opens", value);
	} else if (str_ieq_z(name, "dkim")) {
		/* Every message is signed. */
		if (!yes_or_no(f, "o:dkim", value))
			unknown(f, name);
	} else if (str_ieq_z(name, "require-tls")) {
		if (yes_or_no(f, "o:require-tls", value))
			unknown(f, name);
	} else if (str_ieq_z(name, "skip-verification")) {
		/* It relaxes o:require-tls, and that one is never set. */
		(void)yes_or_no(f, "o:skip-verification", value);
	} else if (!str_ieq_z(name, "tracking")) {
		unknown(f, name);
	}
}

void
mailgun_form_options(struct mailgun_form *f, struct outgoing *o)
{
	struct str both = mailgun_form_text(f, "o:tracking");

	if (both.p)
		o->opens = o->clicks = tracking(f, "o:tracking", both);
	for (size_t i = 0; i < f->form.n; i++) {
		struct str name = f->form.parts[i].name;

		if (!str_istarts(name, STR_LIT("o:")))
			continue;
		if (str_ends(name, STR_LIT("]")))
			name = str_head(name, str_find(name, '['));
		option(f, o, str_from(name, 2), f->form.parts[i].bytes);
	}
}

/* ---- what events give back ---- */

static bool
plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 32)
			return false;
	return s.n > 0;
}

int
mailgun_form_about(
	struct mailgun_form *f, const struct mailgun_vars *vars, struct str *ret_about)
{
	json_t *metadata = json_object();
	struct api_about about;
	int err = 0;

	for (size_t i = 0; i < f->form.n && !err; i++) {
		const struct form_part *p = &f->form.parts[i];
		struct str value = p->bytes, name;

		if (!str_istarts(p->name, STR_LIT("v:")))
			continue;
		if (vars)
			value = mailgun_vars_expand(
				f->send->arena, value, vars, OUTGOING_ABOUT_MAX);
		name = arena_str(f->send->arena, str_from(p->name, 2));
		if (!name.p || !value.p)
			err = -E2BIG;
		else if (!plain(name) || json_object_set_new(metadata, name.p,
						 json_stringn(value.p, value.n)) < 0)
			mailgun_fail(f, "v:",
				STR_LIT("'v:' parameter: its name and value must be UTF-8"));
	}
	api_about_init(&about);
	api_about_json(&about, "tags", f->tags);
	api_about_json(&about, "metadata", metadata);
	*ret_about = api_about_done(&about, f->send->arena);
	json_decref(metadata);
	return err;
}
