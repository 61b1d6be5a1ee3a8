/* Postmark's suppressions of a stream. */
#include "role/desk_listed.h"
#include "role/desk_postmark.h"

#include "base/utc.h"

#define MOST     50u /* of one call */
#define DUMP_MAX 10000u

/* The stream's name in the tables, "" when there is no such stream. */
static const char *
stream_of(const struct desk_conn *n)
{
	return str_ieq_z(n->params[0], "outbound")    ? "transactional"
	       : str_ieq_z(n->params[0], "broadcast") ? "broadcast"
	                                              : "";
}

static struct str
address_of(const json_t *one)
{
	return desk_text(one, "EmailAddress");
}

/* What is said of each address, in the order of the question. */
static json_t *
results(struct desk_conn *n, const char *status)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(n->asked, "Suppressions"), i, one)
	{
		bool good = desk_listed_is_address(address_of(one));
		json_t *o = json_pack("{s:s%, s:s, s:n}", "EmailAddress", address_of(one).p,
			address_of(one).n, "Status", good ? status : "Failed", "Message");

		if (!good)
			json_object_set_new(o, "Message",
				json_string("An invalid email address was provided."));
		json_array_append_new(list, o);
	}
	return json_pack("{s:o}", "Suppressions", list);
}

static json_t *
shape_added(struct desk_conn *n, int *status, json_t *answers)
{
	(void)status;
	json_decref(answers);
	return results(n, "Suppressed");
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *answers)
{
	(void)status;
	json_decref(answers);
	return results(n, "Deleted");
}

static void
change(struct desk_conn *n)
{
	json_t *list = json_object_get(n->asked, "Suppressions"), *addresses, *one;
	bool add = n->route->op == API_PM_LISTED_ADD;
	size_t i;

	if (json_array_size(list) > MOST) {
		desk_postmark_refuse(n, "300", "Maximum of 50 suppressions allowed per call.");
		return;
	}
	addresses = json_array();
	json_array_foreach(list, i, one)
		json_array_append(addresses, json_object_get(one, "EmailAddress"));
	if (add)
		desk_listed_add(n, addresses,
			&(struct desk_listed_what){ stream_of(n), "manual", 0 }, shape_added);
	else
		/* As the vendor has it, a complaint is for good. */
		desk_listed_remove(n, addresses,
			&(struct desk_listed_what){ "", "hard_bounce,unsubscribe,manual", 0 },
			shape_removed);
}

static json_t *
dumped(const json_t *row)
{
	struct str why = desk_text(row, "reason");
	bool hard = str_eq_z(why, "hard_bounce"), spam = str_eq_z(why, "complaint");

	return json_pack("{s:O, s:s, s:s, s:O}", "EmailAddress",
		json_object_get(row, "address"), "SuppressionReason",
		hard   ? "HardBounce"
		: spam ? "SpamComplaint"
		       : "ManualSuppression",
		"Origin", str_eq_z(why, "manual") ? "Customer" : "Recipient", "CreatedAt",
		json_object_get(row, "at"));
}

static bool
fits(struct desk_conn *n, const json_t *row, const json_t *shown)
{
	struct str reason = desk_vendor_query(n, "SuppressionReason"), stream;
	struct str origin = desk_vendor_query(n, "Origin");

	stream = desk_text(row, "stream");
	return (str_eq_z(stream, "all") || str_eq_z(stream, stream_of(n))) &&
	       (reason.n == 0 || str_ieq(reason, desk_text(shown, "SuppressionReason"))) &&
	       (origin.n == 0 || str_ieq(origin, desk_text(shown, "Origin")));
}

static json_t *
shape_dump(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *list = json_array(), *row;
	size_t i;

	(void)status;
	json_array_foreach(rows, i, row)
	{
		json_t *o = dumped(row);

		if (fits(n, row, o))
			json_array_append(list, o);
		json_decref(o);
	}
	json_decref(rows);
	return json_pack("{s:o}", "Suppressions", list);
}

static struct str
time_text(struct desk_conn *n, int64_t wall)
{
	char text[UTC_TEXT_SIZE];
	struct str s = wall ? arena_str(&n->arena, str_z(utc_rfc3339(text, wall))) : STR_NONE;

	return s.p ? s : STR_NONE;
}

static void
dump(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "700" };
	struct desk_listed_query q = { .address = desk_postmark_text(&r, "EmailAddress"),
		.since = time_text(n, desk_postmark_when(&r, "FromDate", false)),
		.until = time_text(n, desk_postmark_when(&r, "ToDate", true)),
		.limit = DUMP_MAX };

	if (q.address.n && !desk_listed_is_address(q.address))
		desk_postmark_wrong(&r, "EmailAddress", "it is no address");
	if (!desk_postmark_refused(&r))
		desk_listed_find(n, &q, shape_dump);
}

bool
desk_postmark_listed(struct desk_conn *n)
{
	enum api_op op = n->route->op;

	if (op != API_PM_LISTED && op != API_PM_LISTED_ADD && op != API_PM_LISTED_REMOVE)
		return false;
	if (!*stream_of(n))
		desk_postmark_refuse(n, "1226", "The message stream was not found.");
	else if (op == API_PM_LISTED)
		dump(n);
	else
		change(n);
	return true;
}
