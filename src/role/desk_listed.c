#include "role/desk_listed.h"

#include "io/clock.h"
#include "wire/address.h"

#include <string.h>

#define PAGE_MAX   1000
#define IMPORT_MAX 100u
#define FIND_US    UINT64_C(500000) /* desk does one thing at a time */

bool
desk_listed_is_address(struct str s)
{
	struct address mailbox;

	return address_mailbox(s, ADDRESS_UTF8_OK, &mailbox) == 0;
}

static bool
is_one(const char *list, struct str word)
{
	struct str rest = str_z(list);

	while (rest.n)
		if (str_eq(str_cut(&rest, ','), word))
			return true;
	return false;
}

static json_t *
text_json(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);

	return j ? j : json_string("");
}

/* ---- pages: rest is {"rows", "offset", "limit", "reasons", "until" (mono µs), "body"} ---- */

static json_t *shape_page(struct desk_conn *n, int *status, json_t *j);

static json_int_t
mono_now(void)
{
	struct clock clock;

	clock_real(&clock);
	return (json_int_t)clock_mono(&clock);
}

static void
ask_page(struct desk_conn *n)
{
	desk_api_ask(n, "suppressions.list", json_deep_copy(json_object_get(n->rest, "body")),
		shape_page);
}

/* Is the page full? */
static bool
take(struct desk_conn *n, const json_t *list)
{
	json_t *rows = json_object_get(n->rest, "rows"), *row;
	json_int_t skip = json_integer_value(json_object_get(n->rest, "offset"));
	size_t limit = (size_t)json_integer_value(json_object_get(n->rest, "limit")), i;
	const char *reasons = json_string_value(json_object_get(n->rest, "reasons"));

	json_array_foreach(list, i, row)
	{
		if (reasons && !is_one(reasons, desk_text(row, "reason")))
			continue;
		if (skip > 0)
			skip--;
		else if (json_array_size(rows) < limit)
			json_array_append(rows, row);
	}
	json_object_set_new(n->rest, "offset", json_integer(skip));
	return json_array_size(rows) >= limit;
}

static json_t *
shape_page(struct desk_conn *n, int *status, json_t *j)
{
	bool more = !take(n, json_object_get(j, "suppressions")) &&
	            json_is_true(json_object_get(j, "has_more"));

	if (more && mono_now() > json_integer_value(json_object_get(n->rest, "until"))) {
		json_decref(j);
		*status = 503;
		return json_pack("{s:s}", "error",
			"This list is too long to be read so far; ask for a shorter time.");
	}
	if (more) {
		json_object_set(
			json_object_get(n->rest, "body"), "after", json_object_get(j, "next"));
		json_decref(j);
		*status = 0;
		ask_page(n);
		return NULL;
	}
	json_decref(j);
	return n->then(n, status, json_incref(json_object_get(n->rest, "rows")));
}

void
desk_listed_find(struct desk_conn *n, const struct desk_listed_query *q, desk_listed_fn *then)
{
	const struct {
		const char *name;
		struct str value;
	} texts[] = { { "address", q->address }, { "stream", q->stream }, { "since", q->since },
		{ "until", q->until } };
	json_t *body = desk_vendor_question(n);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].value.n)
			json_object_set_new(body, texts[i].name, text_json(texts[i].value));
	json_object_set_new(body, "group",
		q->group == DESK_LISTED_ANY_GROUP ? json_true() : json_integer(q->group));
	json_object_set_new(body, "limit", json_integer(PAGE_MAX));
	n->then = then;
	json_decref(n->rest);
	n->rest = json_pack("{s:[], s:I, s:I, s:o}", "rows", "offset", (json_int_t)q->offset,
		"limit", (json_int_t)q->limit, "body", body);
	json_object_set_new(n->rest, "until", json_integer(mono_now() + (json_int_t)FIND_US));
	if (q->reasons)
		json_object_set_new(n->rest, "reasons", json_string(q->reasons));
	/* One alone is looked for by the table itself. */
	if (q->reasons && !strchr(q->reasons, ','))
		json_object_set_new(body, "reason", json_string(q->reasons));
	ask_page(n);
}

/* ---- changes: rest is {"verb", "todo": [bodies], "rows": [answers]} ---- */

static void ask_next(struct desk_conn *n);

static json_t *
shape_next(struct desk_conn *n, int *status, json_t *j)
{
	json_t *rows = json_object_get(n->rest, "rows");

	json_array_append_new(rows, j);
	if (json_array_size(rows) < json_array_size(json_object_get(n->rest, "todo"))) {
		*status = 0;
		ask_next(n);
		return NULL;
	}
	return n->then(n, status, json_incref(rows));
}

static void
ask_next(struct desk_conn *n)
{
	json_t *todo = json_object_get(n->rest, "todo");
	size_t at = json_array_size(json_object_get(n->rest, "rows"));

	desk_api_ask(n, json_string_value(json_object_get(n->rest, "verb")),
		json_incref(json_array_get(todo, at)), shape_next);
}

/* Takes todo. */
static void
change(struct desk_conn *n, const char *verb, json_t *todo, desk_listed_fn *then)
{
	int status = 200;
	json_t *j;

	n->then = then;
	json_decref(n->rest);
	n->rest = json_pack("{s:s, s:o, s:[]}", "verb", verb, "todo", todo, "rows");
	if (json_array_size(todo) > 0) {
		ask_next(n);
		return;
	}
	n->shape = NULL;
	j = then(n, &status, json_array());
	/* It asked something else and is not done; n may be gone. */
	if (status != 0)
		desk_api_say(n, status, j);
}

void
desk_listed_add(struct desk_conn *n, json_t *addresses, const struct desk_listed_what *what,
	desk_listed_fn *then)
{
	json_t *todo = json_array(), *rows = NULL, *one;
	size_t i;

	json_array_foreach(addresses, i, one)
	{
		struct str s = str_z(json_is_string(one) ? json_string_value(one) : "");

		if (!desk_listed_is_address(s))
			continue;
		if (!rows || json_array_size(rows) == IMPORT_MAX) {
			json_t *body = desk_vendor_question(n);

			rows = json_array();
			json_object_set_new(body, "stream", json_string(what->stream));
			json_object_set_new(body, "reason", json_string(what->reasons));
			json_object_set_new(body, "group", json_integer(what->group));
			json_object_set_new(body, "rows", rows);
			json_array_append_new(todo, body);
		}
		json_array_append_new(rows, json_pack("{s:O}", "address", one));
	}
	json_decref(addresses);
	change(n, "suppressions.import", todo, then);
}

void
desk_listed_remove(struct desk_conn *n, json_t *addresses, const struct desk_listed_what *what,
	desk_listed_fn *then)
{
	json_t *todo = json_array(), *one;
	size_t i;

	json_array_foreach(addresses, i, one)
	{
		struct str rest = str_z(what->reasons);

		if (!json_is_string(one) ||
			!desk_listed_is_address(str_z(json_string_value(one))))
			continue;
		while (rest.n) {
			struct str reason = str_cut(&rest, ',');
			json_t *body = desk_vendor_question(n);

			json_object_set(body, "address", one);
			json_object_set_new(body, "reason", text_json(reason));
			json_object_set_new(body, "group", json_integer(what->group));
			if (*what->stream)
				json_object_set_new(body, "stream", json_string(what->stream));
			json_array_append_new(todo, body);
		}
	}
	json_decref(addresses);
	change(n, "suppressions.remove", todo, then);
}
