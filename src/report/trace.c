#include "report/trace.h"

#include "ledger/fact_about.h"
#include "ledger/site.h"
#include "report/member.h"
#include "report/reason.h"

#include <errno.h>
#include <jansson.h>

static json_t *
event_of(const struct fact *f, unsigned attempt)
{
	json_t *o = json_pack(
		"{s:o, s:s}", "at", member_of_time(f->at), "event", fact_name(f->kind));

	member_attempt(o, f, attempt);
	if (f->transcript_length)
		json_object_set_new(o, "transcript",
			json_pack("{s:i, s:I, s:I, s:I}", "courier", (int)f->courier, "day",
				(json_int_t)f->transcript_day, "offset",
				(json_int_t)f->transcript_offset, "length",
				(json_int_t)f->transcript_length));
	return o;
}

static void
set_accepted(json_t *story, const struct fact *f)
{
	struct fact_about about;

	fact_about_read(&about, f->about);
	member_text(story, "stream", str_z(member_stream(f->stream)));
	member_text_if(story, "own_stream", fact_about_stream(about.tags));
	member_text_if(story, "via", str_z(member_via(f->via)));
	member_number_if(story, "size", f->size);
	member_text_if(story, "client", f->client);
}

/* An expiry is explained by the attempt before it; a click behind a delivery explains nothing.
 */
static bool
is_told(const struct fact *f, enum fact_kind state)
{
	if (f->number == FACT_SIGNAL && f->kind != state)
		return false;
	return reason_is_attempt(f) || f->kind != FACT_EXPIRED;
}

int
trace_json(const struct ledger_row *row, struct json_t *array)
{
	enum fact_kind state = reason_state(row->last);
	struct fact told = { 0 }; /* the last attempt, or the last fact */
	struct reason why;
	struct rd r = rd_of(row->facts);
	json_t *timeline = json_array(), *story;
	struct str site = STR_NONE;
	char site_text[SITE_TEXT];
	unsigned attempts = 0;
	struct fact f;
	int err = 0;

	story = json_pack("{s:I, s:I, s:o, s:I, s:o, s:o, s:o, s:s, s:o, s:o}", "id",
		(json_int_t)row->rcpt, "message_id", (json_int_t)row->message,
		"internet_message_id", member_of(row->message_id), "tenant",
		(json_int_t)row->tenant, "from", member_of(row->sender), "to",
		member_of(row->recipient), "subject", member_of(row->subject), "state",
		fact_name(state), "accepted", member_of_time(row->accepted), "updated",
		member_of_time(row->updated));
	while (!err && r.n) {
		err = fact_read(&r, &f);
		if (err)
			break;
		attempts += reason_is_attempt(&f);
		if (f.kind == FACT_ACCEPTED)
			set_accepted(story, &f);
		if (is_told(&f, state))
			told = f;
		if (f.host.n && f.number != FACT_SIGNAL)
			site = f.host;
		json_array_append_new(timeline, event_of(&f, attempts));
	}
	if (site.n)
		json_object_set_new(story, "site", member_of(site_of(site_text, site)));
	json_object_set_new(story, "attempts", json_integer(attempts));
	why = reason_of(state, &told);
	json_object_set_new(story, "verdict", reason_json(&why, row, &told));
	json_object_set_new(story, "timeline", timeline);
	json_array_append_new(array, story);
	return err;
}
