/* Postmark's message streams: the three of every account, and the account's own. */
#include "role/desk_postmark.h"

#include "account/control_stream.h"
#include "api/postmark_rest.h"

#define NOT_FOUND "The message stream for the provided 'ID' was not found."

static json_t *
own_list(struct desk_conn *n, bool archived_too)
{
	struct control *c = desk_control(n->desk);
	json_t *list = NULL;

	if (!c || control_stream_list(c, desk_vendor_account(n), archived_too, &list) < 0)
		return NULL;
	return list;
}

json_t *
desk_postmark_own(struct desk_conn *n, struct str name)
{
	struct control *c = desk_control(n->desk);
	json_t *j = NULL;

	if (!c || !control_stream_ok(name) ||
		control_stream_show(c, desk_vendor_account(n), name, &j) < 0)
		return NULL;
	return j;
}

/* ---- what there is ---- */

/* Takes one. */
static void
add_if(struct desk_conn *n, json_t *list, json_t *one)
{
	struct str want = desk_vendor_query(n, "MessageStreamType");

	if (want.n == 0 || str_ieq_z(want, "All") ||
		str_ieq(want, desk_text(one, "MessageStreamType")))
		json_array_append(list, one);
	json_decref(one);
}

static void
streams(struct desk_conn *n)
{
	static const char *const ids[] = { "outbound", "broadcast", "inbound" };
	struct str created = desk_vendor_created(n);
	json_t *own = own_list(n, rest_true(desk_vendor_query(n, "IncludeArchivedStreams")));
	json_t *list, *row;
	size_t i;

	if (!own) {
		desk_api_refuse(n, 503, STR_NONE);
		return;
	}
	list = json_array();
	for (i = 0; i < sizeof ids / sizeof *ids; i++)
		add_if(n, list, postmark_rest_stream(str_z(ids[i]), n->tenant, created));
	json_array_foreach(own, i, row)
		add_if(n, list, postmark_rest_own_stream(row, n->tenant));
	json_decref(own);
	desk_api_say(n, 200,
		json_pack("{s:o, s:I}", "MessageStreams", list, "TotalCount",
			(json_int_t)json_array_size(list)));
}

/* The one that the path names, as it is shown; NULL: answered. New references. */
static json_t *
shown(struct desk_conn *n, json_t **ret_own)
{
	json_t *own = desk_postmark_own(n, n->params[0]);
	json_t *one =
		own ? postmark_rest_own_stream(own, n->tenant)
		    : postmark_rest_stream(n->params[0], n->tenant, desk_vendor_created(n));

	if (!one)
		desk_postmark_refuse(n, "1226", NOT_FOUND);
	*ret_own = own;
	return one;
}

static void
stream(struct desk_conn *n)
{
	json_t *own, *one = shown(n, &own);

	json_decref(own);
	if (one)
		desk_api_say(n, 200, one);
}

/* ---- changes ---- */

static json_t *
shape_own(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = *status == 200 ? postmark_rest_own_stream(j, n->tenant) : json_incref(j);

	json_decref(j);
	return out;
}

/* ExpectedPurgeDate: it stays. */
static json_t *
shape_archived(struct desk_conn *n, int *status, json_t *j)
{
	json_t *out = *status == 200
	                      ? json_pack("{s:O, s:I, s:n}", "ID", json_object_get(j, "stream"),
					"ServerID", (json_int_t)n->tenant, "ExpectedPurgeDate")
	                      : json_incref(j);

	json_decref(j);
	return out;
}

static void
set_text(json_t *body, const char *name, struct str s)
{
	if (s.p)
		json_object_set_new(body, name, json_stringn(s.p, s.n));
}

static json_t *
question(struct desk_conn *n, struct str id, const struct postmark_stream *s)
{
	json_t *body = desk_vendor_question(n);

	set_text(body, "stream", id);
	set_text(body, "name", s->name);
	set_text(body, "description", s->description);
	if (str_ieq_z(s->unsubscribe, "Postmark") || str_ieq_z(s->unsubscribe, "Custom"))
		json_object_set_new(body, "unsubscribe",
			json_boolean(str_ieq_z(s->unsubscribe, "Postmark")));
	return body;
}

static void
make(struct desk_conn *n)
{
	const struct postmark_stream s = postmark_rest_stream_asked(n->asked);
	const struct postmark_wrong *no = postmark_rest_stream_wrong(&s, true, false);
	json_t *all, *there, *body;
	size_t have;

	if (no) {
		desk_postmark_refuse(n, no->code, no->text);
		return;
	}
	there = desk_postmark_own(n, s.id);
	json_decref(there);
	if (there) {
		desk_postmark_refuse(
			n, "1230", "A message stream with the provided 'ID' already exists.");
		return;
	}
	all = own_list(n, true);
	have = json_array_size(all);
	json_decref(all);
	if (have >= CONTROL_STREAMS_MAX) {
		desk_postmark_refuse(n, "1225",
			"The maximum of 100 message streams, archived ones too, is reached.");
		return;
	}
	body = question(n, s.id, &s);
	json_object_set_new(body, "kind",
		json_string(str_ieq_z(s.type, "Broadcasts") ? "broadcast" : "transactional"));
	desk_api_ask(n, "streams.add", body, shape_own);
}

static void
change(struct desk_conn *n)
{
	const struct postmark_stream s = postmark_rest_stream_asked(n->asked);
	const struct postmark_wrong *no;
	json_t *own, *one = shown(n, &own);

	if (!one)
		return;
	no = own ? postmark_rest_stream_wrong(
			   &s, false, str_eq_z(desk_text(own, "kind"), "broadcast"))
	         : NULL;
	json_decref(own);
	json_decref(one);
	if (!own)
		desk_postmark_refuse(n, "300",
			"The streams outbound, broadcast and inbound cannot be changed: make a "
			"stream of your own.");
	else if (no)
		desk_postmark_refuse(n, no->code, no->text);
	else
		desk_api_ask(n, "streams.set", question(n, n->params[0], &s), shape_own);
}

static void
archive_or_back(struct desk_conn *n)
{
	bool archive = n->route->op == API_PM_STREAM_ARCHIVE;
	const struct postmark_stream none = { .unsubscribe = STR_NONE };
	json_t *own, *one = shown(n, &own);

	if (!one)
		return;
	if (own) {
		json_decref(one);
		desk_api_ask(n, archive ? "streams.archive" : "streams.unarchive",
			question(n, n->params[0], &none), archive ? shape_archived : shape_own);
	} else if (archive) {
		json_decref(one);
		desk_postmark_refuse(n, "1229",
			"You cannot archive the default streams outbound, broadcast and "
			"inbound.");
	} else {
		desk_api_say(n, 200, one);
	}
	json_decref(own);
}

bool
desk_postmark_stream(struct desk_conn *n)
{
	static const struct {
		enum api_op op;
		void (*fn)(struct desk_conn *n);
	} table[] = {
		{ API_PM_STREAMS, streams },
		{ API_PM_STREAM, stream },
		{ API_PM_STREAM_ADD, make },
		{ API_PM_STREAM_SET, change },
		{ API_PM_STREAM_ARCHIVE, archive_or_back },
		{ API_PM_STREAM_UNARCHIVE, archive_or_back },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].op == n->route->op) {
			table[i].fn(n);
			return true;
		}
	return false;
}
