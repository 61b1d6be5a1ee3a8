#include "api/mailgun_form.h"

#include "api/mailbox_list.h"
#include "api/mailgun_date.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAGS_MAX  10u
#define TAG_BYTES 128u

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

void
mailgun_form_bad_address(struct mailgun_form *f, const char *param)
{
	mailgun_fail(f, param,
		arena_printf(f->send->arena,
			"'%s' parameter is not a valid address. please check documentation",
			param));
}

void
mailgun_form_many(struct mailgun_form *f, const char *param)
{
	mailgun_fail(f, param, STR_LIT("Too many recipients; max is 1000"));
}

int
mailgun_form_mailboxes(
	struct mailgun_form *f, const char *param, struct str text, struct outgoing_list *ret_l)
{
	struct str bad;
	int err = mailbox_list_read(
		f->send->arena, str_trim_all(text), MAILGUN_RECIPIENTS_MAX, ret_l, &bad);

	if (err == -EINVAL)
		mailgun_form_bad_address(f, param);
	else if (err == -EOVERFLOW)
		mailgun_form_many(f, param);
	return err == -E2BIG ? err : 0;
}

/* 0 or -E2BIG. */
static int
append(struct arena *a, struct outgoing_list *to, const struct outgoing_list *more)
{
	struct outgoing_address *at;

	if (to->n == 0)
		*to = *more;
	if (to->at == more->at || more->n == 0)
		return 0;
	at = arena_alloc(a, (to->n + more->n) * sizeof *at);
	if (!at)
		return -E2BIG;
	memcpy(at, to->at, to->n * sizeof *at);
	memcpy(at + to->n, more->at, more->n * sizeof *at);
	*to = (struct outgoing_list){ at, to->n + more->n };
	return 0;
}

int
mailgun_form_list(struct mailgun_form *f, const char *name, struct outgoing_list *ret_l)
{
	struct outgoing_list all = { NULL, 0 };
	int err = 0;

	for (size_t i = 0; i < f->form.n && !err; i++) {
		struct outgoing_list one = { NULL, 0 };

		if (!mailgun_form_named(&f->form.parts[i], name))
			continue;
		err = mailgun_form_mailboxes(f, name, f->form.parts[i].bytes, &one);
		/* A thousand times a longer copy would be work. */
		if (!err && all.n + one.n > MAILGUN_RECIPIENTS_MAX) {
			mailgun_form_many(f, name);
			break;
		}
		if (!err)
			err = append(f->send->arena, &all, &one);
	}
	if (!err)
		*ret_l = all;
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

bool
mailgun_form_yes(struct mailgun_form *f, const char *param, struct str value)
{
	enum answer answer = answer_of(value);

	if (answer == NEITHER || answer == HTML_ONLY)
		mailgun_fail(f, param,
			arena_printf(f->send->arena,
				"'%s' parameter must be yes, no, true or false", param));
	return answer == YES;
}

/* htmlonly is of links: for opens it is yes. */
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

static enum outgoing_links
links_of(struct str value)
{
	return answer_of(value) == HTML_ONLY ? OUTGOING_LINKS_HTML : OUTGOING_LINKS_ALL;
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
		o->sandbox = mailgun_form_yes(f, "o:testmode", value);
	} else if (str_ieq_z(name, "tracking-clicks")) {
		o->clicks = tracking(f, "o:tracking-clicks", value);
		o->links = links_of(value);
	} else if (str_ieq_z(name, "tracking-opens")) {
		o->opens = tracking(f, "o:tracking-opens", value);
	} else if (str_ieq_z(name, "dkim")) {
		/* Every message is signed. */
		if (!mailgun_form_yes(f, "o:dkim", value))
			unknown(f, name);
	} else if (str_ieq_z(name, "require-tls")) {
		f->require_tls = mailgun_form_yes(f, "o:require-tls", value);
	} else if (str_ieq_z(name, "skip-verification")) {
		f->any_cert = mailgun_form_yes(f, "o:skip-verification", value);
	} else if (!str_ieq_z(name, "tracking")) {
		unknown(f, name);
	}
}

/* Without the requirement no certificate is asked for anyway. */
static uint8_t
tls_of(const struct mailgun_form *f)
{
	if (!f->require_tls)
		return TLS_NEED_NONE;
	return f->any_cert ? TLS_NEED_ANY : TLS_NEED_VERIFIED;
}

void
mailgun_form_options(struct mailgun_form *f, struct outgoing *o)
{
	struct str both = mailgun_form_text(f, "o:tracking");

	if (both.p) {
		o->opens = o->clicks = tracking(f, "o:tracking", both);
		o->links = links_of(both);
	}
	for (size_t i = 0; i < f->form.n; i++) {
		struct str name = f->form.parts[i].name;

		if (!str_istarts(name, STR_LIT("o:")))
			continue;
		if (str_ends(name, STR_LIT("]")))
			name = str_head(name, str_find(name, '['));
		option(f, o, str_from(name, 2), f->form.parts[i].bytes);
	}
	o->tls = tls_of(f);
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

/* One value of metadata. 0 or -E2BIG. */
static int
metadata_add(struct mailgun_form *f, const struct mailgun_vars *vars, json_t *metadata,
	struct form_part at)
{
	struct str name = arena_str(f->send->arena, at.name), value = at.bytes;

	if (vars)
		value = mailgun_vars_expand(f->send->arena, value, vars, OUTGOING_ABOUT_MAX);
	if (!name.p || !value.p)
		return -E2BIG;
	if (!plain(name) ||
		json_object_set_new(metadata, name.p, json_stringn(value.p, value.n)) < 0)
		mailgun_fail(
			f, "v:", STR_LIT("'v:' parameter: its name and value must be UTF-8"));
	return 0;
}

static int
metadata_given(struct mailgun_form *f, const json_t *given, const struct mailgun_vars *vars,
	json_t *metadata)
{
	const char *key;
	json_t *value;
	int err = 0;

	json_object_foreach((json_t *)(uintptr_t)given, key, value)
	{
		char *made = json_is_string(value)
		                     ? NULL
		                     : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		struct str text =
			made ? str_z(made)
			     : str_of(json_string_value(value), json_string_length(value));

		err = err ? err
		          : metadata_add(f, vars, metadata,
				    (struct form_part){ .name = str_z(key), .bytes = text });
		free(made);
	}
	return err;
}

int
mailgun_form_about(struct mailgun_form *f, const json_t *given, const struct mailgun_vars *vars,
	struct str *ret_about)
{
	json_t *metadata = json_object();
	struct api_about about;
	int err = metadata_given(f, given, vars, metadata);

	for (size_t i = 0; i < f->form.n && !err; i++) {
		struct form_part p = f->form.parts[i];

		if (!str_istarts(p.name, STR_LIT("v:")))
			continue;
		p.name = str_from(p.name, 2);
		err = metadata_add(f, vars, metadata, p);
	}
	api_about_init(&about);
	api_about_json(&about, "tags", f->tags);
	api_about_json(&about, "metadata", metadata);
	api_about_tls(&about, tls_of(f));
	*ret_about = api_about_done(&about, f->send->arena);
	json_decref(metadata);
	return err;
}
