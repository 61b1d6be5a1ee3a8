/* Suppressions over the API: the verbs of desk_suppress.c, for the caller's account. */
#include "role/desk_api.h"

#include "wire/csv.h"

#include <stdio.h>

#define LIST_MAX   1000u
#define EXPORT_MAX 10000u
#define CSV_MAX    (3u << 20) /* of an answer: it goes in one message of a channel */
#define ROW_MAX    4096u      /* bytes: an address, a note in quotes, numbers */

/* {"suppressions": [...], "has_more", "next"} → {"data", "next"} */
static json_t *
shape_page(struct desk_conn *n, int *status, json_t *j)
{
	bool more = json_is_true(json_object_get(j, "has_more"));
	json_t *row, *out;
	char next[24];
	size_t i;

	(void)n;
	(void)status;
	json_array_foreach(json_object_get(j, "suppressions"), i, row)
	{
		json_object_del(row, "tenant");
		json_object_del(row, "id");
	}
	snprintf(next, sizeof next, "%lld",
		(long long)json_integer_value(json_object_get(j, "next")));
	out = json_pack("{s:O,s:o}", "data", json_object_get(j, "suppressions"), "next",
		more ? json_string(next) : json_null());
	json_decref(j);
	return out;
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *j)
{
	(void)n;
	*status = json_integer_value(json_object_get(j, "changed")) > 0 ? 204 : 404;
	return j;
}

static void
csv_row(struct buf *b, const json_t *row)
{
	static const char *const texts[] = { "address", "stream", "reason", "at", "account" };
	static const char *const numbers[] = { "message", "incident", "group" };
	char number[24];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		csv_put_text(b, desk_text(row, texts[i]), i == 0);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		snprintf(number, sizeof number, "%lld",
			(long long)json_integer_value(json_object_get(row, numbers[i])));
		csv_put(b, str_z(number), false);
	}
	csv_put_text(b, desk_text(row, "note"), false);
	snprintf(number, sizeof number, "%lld",
		(long long)json_integer_value(json_object_get(row, "id")));
	csv_put(b, str_z(number), false);
	buf_put(b, STR_LIT("\r\n"));
}

/* A page has as many lines as fit: the cursor of its last one goes on, and the end is a page
 * without any. */
static json_t *
shape_csv(struct desk_conn *n, int *status, json_t *j)
{
	const json_t *rows = json_object_get(j, "suppressions"), *row;
	struct buf b;
	size_t i;

	buf_init(&b, CSV_MAX + ROW_MAX);
	buf_put(&b, STR_LIT("address,stream,reason,at,account,message,incident,group,note,"
			    "cursor\r\n"));
	json_array_foreach(rows, i, row)
	{
		if (b.n > CSV_MAX)
			break;
		csv_row(&b, row);
	}
	json_decref(j);
	*status = 0;
	desk_api_say_bytes(n, "text/csv; charset=utf-8", buf_str(&b));
	buf_done(&b);
	return NULL;
}

/* What the query says of rows, as members of the question; NULL: refused. */
static json_t *
filters(struct desk_conn *n, uint64_t most)
{
	static const char *const names[] = { "address", "search", "stream", "reason", "group",
		"incident", "since", "until" };
	const struct {
		const char *name, *member, *wrong;
		uint64_t max;
	} numbers[] = {
		{ "limit", "limit",
			most == LIST_MAX ? "\"limit\" is a number from 1 to 1000."
					 : "\"limit\" is a number from 1 to 10000.",
			most },
		{ "cursor", "after", "\"cursor\" is the \"next\" of a page.", INT64_MAX },
	};
	json_t *body = desk_api_question(n, NULL);
	uint64_t number;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str s = desk_api_query(n, names[i]);

		if (s.n)
			json_object_set_new(body, names[i], desk_api_json(s));
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct str s = desk_api_query(n, numbers[i].name);

		if (s.n == 0)
			continue;
		if (str_u64(s, &number) < 0 || number == 0 || number > numbers[i].max) {
			json_decref(body);
			desk_fail(n, 400, numbers[i].wrong);
			return NULL;
		}
		json_object_set_new(body, numbers[i].member, json_integer((json_int_t)number));
	}
	return body;
}

void
desk_api_suppressions(struct desk_conn *n)
{
	json_t *body = filters(n, LIST_MAX);

	if (body)
		desk_api_ask(n, "suppressions.list", body, shape_page);
}

void
desk_api_suppression_export(struct desk_conn *n)
{
	json_t *body = filters(n, EXPORT_MAX);

	if (body)
		desk_api_ask(n, "suppressions.export", body, shape_csv);
}

void
desk_api_suppression_add(struct desk_conn *n)
{
	desk_api_ask(n, "suppressions.add", desk_api_question(n, NULL), desk_api_created);
}

void
desk_api_suppression_import(struct desk_conn *n)
{
	desk_api_ask(n, "suppressions.import", desk_api_question(n, NULL), NULL);
}

void
desk_api_suppression_undo(struct desk_conn *n)
{
	desk_api_ask(n, "suppressions.undo", desk_api_question(n, NULL), NULL);
}

void
desk_api_suppression_remove(struct desk_conn *n)
{
	static const char *const names[] = { "stream", "reason", "group" };
	json_t *body = desk_api_question(n, "address");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str s = desk_api_query(n, names[i]);

		if (s.n)
			json_object_set_new(body, names[i], desk_api_json(s));
	}
	desk_api_ask(n, "suppressions.remove", body, shape_removed);
}
