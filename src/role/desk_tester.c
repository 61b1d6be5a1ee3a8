/*
 * Tests of templates: the people who get them, and the mail that a rendered template is for
 * them. An edge sends it, as it sends what POST /v1/messages is given.
 */
#include "role/desk_template_priv.h"

#include "account/control_tester.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- who they are ---- */

static int
add_row(void *ctx, const struct control_tester *t)
{
	json_array_append_new(ctx,
		json_pack("{s:o,s:o,s:o}", "address", desk_webhook_text(t->address), "name",
			desk_webhook_text(t->name), "created", webhook_time_json(t->created)));
	return 0;
}

/* address p NULL: all. A new reference. */
static int
rows(struct webhook_ask *a, struct str address, json_t **ret_list)
{
	const struct control_tester q = { .tenant = a->tenant, .address = address };
	json_t *list = json_array();
	int err = control_tester_each(a->control, &a->arena, &q, add_row, list);

	if (err)
		json_decref(list);
	else
		*ret_list = list;
	return err;
}

int
desk_testers(struct webhook_ask *a)
{
	json_t *list = NULL;
	int err = desk_template_owner(a);

	err = err ? err : rows(a, (struct str){ NULL, 0 }, &list);
	if (!err)
		a->got = json_pack("{s:o}", "testers", list);
	return err;
}

int
desk_testers_add(struct webhook_ask *a)
{
	struct control_tester t = { .tenant = a->tenant,
		.address = str_trim(desk_text(a->body, "address")),
		.name = str_trim(desk_text(a->body, "name")) };
	json_t *list = NULL;
	int err = desk_template_owner(a);

	err = err ? err : control_tester_add(a->control, &t);
	err = err ? err : rows(a, t.address, &list);
	if (!err)
		a->got = json_incref(json_array_get(list, 0));
	json_decref(list);
	return err;
}

int
desk_testers_remove(struct webhook_ask *a)
{
	int err = desk_template_owner(a);

	err = err ? err
	          : control_tester_remove(a->control, a->tenant, desk_text(a->body, "address"));
	if (!err)
		a->got = json_pack("{s:b}", "removed", 1);
	return err;
}

/* ---- who gets this one ---- */

/* One who is named twice gets one test. */
static bool
is_in(const json_t *list, const json_t *row)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), row))
			return true;
	return false;
}

static int
add_named(struct webhook_ask *a, const json_t *name, json_t *list)
{
	struct str address = str_of(json_string_value(name), json_string_length(name));
	json_t *found = NULL;
	int err;

	if (!json_is_string(name))
		return webhook_refuse(a, -EINVAL, "\"to\" is a list of testers' addresses.");
	err = rows(a, address, &found);
	if (err == -ENOENT)
		return webhook_refuse(a, -EINVAL,
			"%.*s is no tester of this account: add the address first.",
			STR_ARG(str_head(address, 100)));
	if (err)
		return err;
	if (!is_in(list, json_array_get(found, 0)))
		json_array_extend(list, found);
	json_decref(found);
	return 0;
}

/* `to` (an address or a list of them), else all testers. */
static int
named(struct webhook_ask *a, json_t **ret_list)
{
	const json_t *to = webhook_member(a, "to");
	json_t *list = json_array();
	int err = 0;

	if (!to || json_is_null(to)) {
		json_decref(list);
		return rows(a, (struct str){ NULL, 0 }, ret_list);
	}
	if (json_array_size(to) > TESTER_PER_TENANT)
		err = webhook_refuse(
			a, -EINVAL, "\"to\" names at most %u testers.", TESTER_PER_TENANT);
	if (!err && json_is_array(to) && json_array_size(to) == 0)
		err = webhook_refuse(a, -EINVAL, "\"to\" names nobody.");
	if (!err && !json_is_array(to))
		err = add_named(a, to, list);
	for (size_t i = 0; !err && i < json_array_size(to); i++)
		err = add_named(a, json_array_get(to, i), list);
	if (err)
		json_decref(list);
	else
		*ret_list = list;
	return err;
}

int
desk_testers_take(struct webhook_ask *a, json_t **ret_to)
{
	struct str addresses[TESTER_PER_TENANT];
	json_t *list = NULL, *row;
	size_t n = 0, i;
	int err = named(a, &list);

	if (err)
		return err;
	json_array_foreach(list, i, row)
	{
		json_object_del(row, "created");
		json_object_set(row, "email", json_object_get(row, "address"));
		json_object_del(row, "address");
		addresses[n++] = desk_text(row, "email");
	}
	if (n == 0)
		err = webhook_refuse(
			a, -EINVAL, "This account has no testers: add an address first.");
	err = err ? err : control_tester_count(a->control, a->tenant, addresses, n);
	if (err)
		json_decref(list);
	else
		*ret_to = list;
	return err;
}

/* ---- the mail ---- */

static json_t *refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static json_t *
refuse(const char *fmt, ...)
{
	char why[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return desk_error_json(400, why);
}

static json_t *
mistake(const json_t *e)
{
	struct str part = desk_text(e, "part"), why = desk_text(e, "why");

	return refuse("This cannot be sent: %.*s %lld:%lld: %.*s", STR_ARG(part),
		(long long)json_integer_value(json_object_get(e, "line")),
		(long long)json_integer_value(json_object_get(e, "column")), STR_ARG(why));
}

static void
set_text(json_t *mail, const char *name, struct str text)
{
	if (text.n)
		json_object_set_new(mail, name, desk_webhook_text(text));
}

struct desk_control_answer
desk_template_mail(const json_t *got)
{
	struct desk_control_answer a = { .status = 400 };
	const json_t *error = json_array_get(json_object_get(got, "errors"), 0);
	struct str html = desk_text(got, "html"), text = desk_text(got, "text");

	if (error)
		a.json = mistake(error);
	else if (desk_text(got, "from_email").n == 0)
		a.json = refuse("The template has no sender: give it \"from\".");
	else if (html.n + text.n == 0)
		a.json = refuse("The template has neither \"html\" nor \"text\".");
	if (a.json)
		return a;
	a.status = 200;
	a.json = json_pack("{s:{s:o,s:o},s:O,s:o,s:[s]}", "from", "email",
		desk_webhook_text(desk_text(got, "from_email")), "name",
		desk_webhook_text(desk_text(got, "from_name")), "to",
		json_object_get(got, "to"), "subject",
		desk_webhook_text(desk_text(got, "subject")), "tags", "template-test");
	set_text(a.json, "reply_to", desk_text(got, "reply_to"));
	set_text(a.json, "stream", desk_text(got, "stream"));
	set_text(a.json, "html", html);
	/* One that is made of the HTML is made by whoever sends. */
	if (!json_is_true(json_object_get(got, "text_made")))
		set_text(a.json, "text", text);
	return a;
}
