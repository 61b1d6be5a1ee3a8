/* Postmark's suppressions of a stream. */
#include "role/desk_listed.h"
#include "role/desk_postmark.h"

#include "base/utc.h"

#define MOST     50u /* of one call */
#define DUMP_MAX 10000u

/* The one that the path names: its kind as the tables call it, "" when there is no such stream;
 * of the account's own the number, else 0. */
struct named {
	const char *kind;
	uint32_t number;
};

static struct named
stream_of(struct desk_conn *n)
{
	struct named s = { str_ieq_z(n->params[0], "outbound")    ? "transactional"
			   : str_ieq_z(n->params[0], "broadcast") ? "broadcast"
								  : "",
		0 };
	json_t *own = *s.kind ? NULL : desk_postmark_own(n, n->params[0]);

	if (own) {
		s.number = (uint32_t)json_integer_value(json_object_get(own, "group"));
		s.kind = str_eq_z(desk_text(own, "kind"), "broadcast") ? "broadcast"
		                                                       : "transactional";
	}
	json_decref(own);
	return s;
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

/* The addresses of the request; a new reference. */
static json_t *
addresses_of(struct desk_conn *n)
{
	json_t *addresses = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(n->asked, "Suppressions"), i, one)
		json_array_append(addresses, json_object_get(one, "EmailAddress"));
	return addresses;
}

/* Behind what was for the stream: that the address is dead is known of all mail. */
static json_t *
shape_left(struct desk_conn *n, int *status, json_t *answers)
{
	json_decref(answers);
	*status = 0;
	desk_listed_remove(n, addresses_of(n),
		&(struct desk_listed_what){ "", "hard_bounce", 0 }, shape_removed);
	return NULL;
}

static void
change_own(struct desk_conn *n, uint32_t number)
{
	if (n->route->op == API_PM_LISTED_ADD)
		desk_listed_add(n, addresses_of(n),
			&(struct desk_listed_what){ "all", "manual", number }, shape_added);
	else
		desk_listed_remove(n, addresses_of(n),
			&(struct desk_listed_what){ "", "unsubscribe,manual", number },
			shape_left);
}

static void
change(struct desk_conn *n, struct named stream)
{
	json_t *list = json_object_get(n->asked, "Suppressions");
	bool add = n->route->op == API_PM_LISTED_ADD;

	if (json_array_size(list) > MOST) {
		desk_postmark_refuse(n, "300", "Maximum of 50 suppressions allowed per call.");
		return;
	}
	if (stream.number)
		change_own(n, stream.number);
	else if (add)
		desk_listed_add(n, addresses_of(n),
			&(struct desk_listed_what){ stream.kind, "manual", 0 }, shape_added);
	else
		/* As the vendor has it, a complaint is for good. */
		desk_listed_remove(n, addresses_of(n),
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

/* What keeps mail of the stream back: what is for it alone, for its kind, or for all mail. */
static bool
is_for(struct named named, const json_t *row)
{
	uint32_t number = (uint32_t)json_integer_value(json_object_get(row, "group"));
	struct str stream = desk_text(row, "stream");

	return number ? number == named.number
	              : str_eq_z(stream, "all") || str_eq_z(stream, named.kind);
}

static bool
fits(struct desk_conn *n, const json_t *shown)
{
	struct str reason = desk_vendor_query(n, "SuppressionReason");
	struct str origin = desk_vendor_query(n, "Origin");

	return (reason.n == 0 || str_ieq(reason, desk_text(shown, "SuppressionReason"))) &&
	       (origin.n == 0 || str_ieq(origin, desk_text(shown, "Origin")));
}

static json_t *
shape_dump(struct desk_conn *n, int *status, json_t *rows)
{
	json_t *list = json_array(), *row;
	struct named stream = stream_of(n);
	size_t i;

	(void)status;
	json_array_foreach(rows, i, row)
	{
		json_t *o = dumped(row);

		if (is_for(stream, row) && fits(n, o))
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
		.limit = DUMP_MAX,
		.group = stream_of(n).number ? DESK_LISTED_ANY_GROUP : 0 };

	if (q.address.n && !desk_listed_is_address(q.address))
		desk_postmark_wrong(&r, "EmailAddress", "it is no address");
	if (!desk_postmark_refused(&r))
		desk_listed_find(n, &q, shape_dump);
}

bool
desk_postmark_listed(struct desk_conn *n)
{
	enum api_op op = n->route->op;
	struct named stream;

	if (op != API_PM_LISTED && op != API_PM_LISTED_ADD && op != API_PM_LISTED_REMOVE)
		return false;
	stream = stream_of(n);
	if (!*stream.kind)
		desk_postmark_refuse(
			n, "1226", "The message stream for the provided 'ID' was not found.");
	else if (op == API_PM_LISTED)
		dump(n);
	else
		change(n, stream);
	return true;
}
