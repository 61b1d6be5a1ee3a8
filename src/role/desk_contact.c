#include "role/desk_contact.h"

#include "people/contact.h"
#include "people/suppress.h"
#include "role/desk_webhook_priv.h"

#include <errno.h>
#include <stdlib.h>

#define LIMIT 100u

_Static_assert(
	CONTACT_ADDRESS_SIZE <= SUPPRESS_ADDRESS_SIZE, "the one is compared as the other");

/* ---- what was given ---- */

static int
owner(struct webhook_ask *a)
{
	return a->tenant == CONTROL_ANY
	               ? webhook_refuse(
				 a, -EINVAL, "Say whose contact it is: \"account\" is missing.")
	               : 0;
}

/* The one that is meant: address and key, in the ask's arena. Two that differ by the case of
 * their letters alone are one, as on the suppression list. */
static int
named(struct webhook_ask *a, struct str given, struct control_contact *ret_t)
{
	char address[CONTACT_ADDRESS_SIZE], key[SUPPRESS_ADDRESS_SIZE];
	struct str s, k;
	int err = owner(a);

	if (err)
		return err;
	if (contact_address(address, str_trim(given), &s) < 0 ||
		suppress_address(key, s, &k) < 0) {
		(void)webhook_refuse(a, -EINVAL,
			"The \"address\" of a contact is a mailbox such as ann@example.org.");
		return -EINVAL; /* the analyzer does not know that it is the same */
	}
	*ret_t = (struct control_contact){ .tenant = a->tenant,
		.key = arena_keep(&a->arena, k),
		.address = arena_keep(&a->arena, s),
		.name = STR_NONE,
		.properties = STR_NONE };
	return 0;
}

static int
take_name(struct webhook_ask *a, struct control_contact *t)
{
	const json_t *j = webhook_member(a, "name");

	if (!j)
		return 0;
	if (!json_is_string(j) && !json_is_null(j))
		return webhook_refuse(a, -EINVAL, "\"name\" must be a text.");
	t->name = str_trim(desk_text(a->body, "name"));
	return contact_name_ok(t->name)
	               ? 0
	               : webhook_refuse(a, -EINVAL,
				 "\"name\" has at most %u characters on one line.",
				 CONTACT_NAME_CHARS);
}

static json_t *
object_of(struct str text)
{
	json_t *j = json_loadb(text.p, text.n, 0, NULL);

	return j ? j : json_object();
}

/* What is given, on top of those that there are. */
static int
take_properties(struct webhook_ask *a, struct control_contact *t)
{
	const json_t *given = webhook_member(a, "properties");
	json_t *all = object_of(t->properties);
	char why[CONTACT_WHY], *text;
	int err = 0;

	if (given && !json_is_object(given) && !json_is_null(given))
		err = webhook_refuse(a, -EINVAL, "\"properties\" must be an object.");
	else if (contact_properties_set(all, given, why) < 0)
		err = webhook_refuse(a, -EINVAL, "%s", why);
	text = err ? NULL : json_dumps(all, JSON_COMPACT);
	json_decref(all);
	if (!text)
		return err ? err : -EIO;
	t->properties = arena_keep(&a->arena, str_z(text));
	free(text); /* jansson's own allocation */
	return t->properties.n > 0 ? 0 : -EIO;
}

/* ---- answers ---- */

static json_t *
contact_json(const struct control_contact *t)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "address", desk_webhook_text(t->address),
		"name", desk_webhook_text(t->name), "properties", object_of(t->properties),
		"created", webhook_time_json(t->created), "changed",
		webhook_time_json(t->changed));
}

static int
answer(struct webhook_ask *a, struct control_contact *t)
{
	int err = control_contact_get(a->control, &a->arena, t);

	if (!err)
		a->got = contact_json(t);
	return err;
}

int
desk_contact_values(struct webhook_ask *a, struct str address, json_t **ret_values)
{
	struct control_contact t;
	json_t *properties;
	int err = named(a, address, &t);

	if (err)
		return err;
	err = control_contact_get(a->control, &a->arena, &t);
	if (err == -ENOENT)
		return webhook_refuse(a, err, "The account has no contact %.*s.",
			STR_ARG(str_head(t.address, 100)));
	if (err)
		return err;
	properties = object_of(t.properties);
	*ret_values = contact_values(t.address, t.name, properties);
	json_decref(properties);
	return 0;
}

/* ---- verbs ---- */

static int
on_contact(void *ctx, const struct control_contact *t)
{
	struct webhook_ask *a = ctx;

	json_array_append_new(json_object_get(a->got, "contacts"), contact_json(t));
	json_object_set_new(a->got, "next", desk_webhook_text(t->key));
	return 0;
}

static int
take_limit(struct webhook_ask *a, size_t *ret_limit)
{
	const json_t *j = webhook_member(a, "limit");
	json_int_t n = json_integer_value(j);

	*ret_limit = LIMIT;
	if (!j || json_is_null(j))
		return 0;
	if (!json_is_integer(j) || n < 1 || n > (json_int_t)CONTACT_PAGE_ROWS)
		return webhook_refuse(
			a, -EINVAL, "\"limit\" is a number from 1 to %u.", CONTACT_PAGE_ROWS);
	*ret_limit = (size_t)n;
	return 0;
}

/* As keys are: its letters small. */
static struct str
small(struct webhook_ask *a, struct str s)
{
	struct str kept = arena_keep(&a->arena, s);

	for (size_t i = 0; i < kept.n; i++)
		((char *)(uintptr_t)kept.p)[i] = ascii_lower(kept.p[i]);
	return kept;
}

static int
list(struct webhook_ask *a)
{
	struct contact_query q = { .tenant = a->tenant,
		.prefix =
			small(a, str_head(desk_text(a->body, "search"), SUPPRESS_ADDRESS_SIZE)),
		.after = desk_text(a->body, "after") };
	int err = owner(a);

	err = err ? err : take_limit(a, &q.limit);
	if (err)
		return err;
	a->got = json_pack("{s:[],s:n}", "contacts", "next");
	err = control_contact_each(a->control, &a->arena, &q, on_contact, a);
	if (!q.more)
		json_object_set_new(a->got, "next", json_null());
	return err;
}

static int
get(struct webhook_ask *a)
{
	struct control_contact t;
	int err = named(a, desk_text(a->body, "address"), &t);

	return err ? err : answer(a, &t);
}

static int
store(struct webhook_ask *a, struct control_contact *t)
{
	bool made = false;
	int err = take_name(a, t);

	err = err ? err : take_properties(a, t);
	err = err ? err : control_contact_put(a->control, t, &made);
	err = err ? err : answer(a, t);
	if (!err && made)
		json_object_set_new(a->got, "new", json_true());
	return err;
}

static int
put(struct webhook_ask *a)
{
	struct control_contact t;
	int err = named(a, desk_text(a->body, "address"), &t);

	return err ? err : store(a, &t);
}

static int
set(struct webhook_ask *a)
{
	struct control_contact t;
	struct str address;
	int err = named(a, desk_text(a->body, "address"), &t);

	address = t.address;
	err = err ? err : control_contact_get(a->control, &a->arena, &t);
	if (err && !(err == -ENOENT && json_is_true(webhook_member(a, "make"))))
		return err;
	t.address = address;
	return store(a, &t);
}

static int
remove_one(struct webhook_ask *a)
{
	struct control_contact t;
	int err = named(a, desk_text(a->body, "address"), &t);

	err = err ? err : control_contact_remove(a->control, a->tenant, t.key);
	if (!err)
		a->got = json_pack("{s:b}", "removed", 1);
	return err;
}

static const struct webhook_verb verbs[] = {
	{ "contacts.list", list, false },
	{ "contacts.get", get, false },
	{ "contacts.put", put, false },
	{ "contacts.set", set, false },
	{ "contacts.remove", remove_one, false },
	{ NULL, NULL, false },
};

bool
desk_contact_has(struct str verb)
{
	return webhook_verb_of(verbs, verb) != NULL;
}

struct desk_control_answer
desk_contact_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	return webhook_run(webhook_verb_of(verbs, verb), c, body, now);
}
