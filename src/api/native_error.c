#include "api/native_error.h"

#define NAME_MAX_ 998u /* bytes of a name that an answer repeats: no field has a longer one */

/* A sentence made in the arena. */
const char *
native_error_kept(struct str s)
{
	return s.p ? s.p : "";
}

const char *
native_error_json(struct arena *a, const struct json_in_problem *p)
{
	const char *d = p->detail ? p->detail : "", *text = "This value cannot be here.";

	switch (p->code) {
	case JSON_IN_MISSING:
		text = "This member is missing.";
		break;
	case JSON_IN_TYPE:
		text = native_error_kept(arena_printf(a, "This must be a JSON %s.", d));
		break;
	case JSON_IN_EMPTY:
		text = "This must not be empty.";
		break;
	case JSON_IN_LONG:
		text = native_error_kept(arena_printf(a, "This is longer than %s bytes.", d));
		break;
	case JSON_IN_MANY:
		text = native_error_kept(arena_printf(a, "More than %s entries.", d));
		break;
	case JSON_IN_OTHER:
		text = *d ? native_error_kept(arena_printf(
				    a, "There is no such member; did you mean %s?", d))
		          : "There is no such member.";
		break;
	}
	return text;
}

static const char *const where_paths[] = { [OUTGOING_FROM] = "/from",
	[OUTGOING_SENDER] = "/sender",
	[OUTGOING_REPLY_TO] = "/reply_to",
	[OUTGOING_TO] = "/to",
	[OUTGOING_CC] = "/cc",
	[OUTGOING_BCC] = "/bcc",
	[OUTGOING_SUBJECT] = "/subject",
	[OUTGOING_CONTENT] = "/text",
	[OUTGOING_FILES] = "/attachments",
	[OUTGOING_FIELDS] = "/headers",
	[OUTGOING_SEND_AT] = "/send_at",
	[OUTGOING_ABOUT] = "/metadata",
	[OUTGOING_WHOLE] = "" };

const char *
native_error_outgoing(struct arena *a, const struct outgoing_problem *p)
{
	unsigned long long max = p->detail;

	if (p->why)
		return p->why;
	switch (p->code) {
	case OUTGOING_MISSING:
		return p->where == OUTGOING_CONTENT ? "The message needs a text or an html."
		       : p->where == OUTGOING_TO    ? "The message needs a recipient."
		                                    : "This member is missing.";
	case OUTGOING_MANY:
		return native_error_kept(arena_printf(a, "More than %llu entries.", max));
	case OUTGOING_LONG:
		return native_error_kept(
			arena_printf(a, "This is longer than %llu bytes.", max));
	case OUTGOING_LATE:
		return native_error_kept(
			arena_printf(a, "This is more than %llu hours ahead.", max));
	case OUTGOING_RESERVED:
		return "This header is written by the service or from other members.";
	case OUTGOING_ADDRESS:
	case OUTGOING_VALUE:
		break;
	}
	return "This holds characters that cannot be there.";
}

struct str
native_error_member(struct arena *a, const char *holder, struct str name)
{
	struct buf b;
	struct str path;

	if (name.n > NAME_MAX_)
		return str_z(holder);
	buf_init(&b, 2 * NAME_MAX_ + 64);
	buf_put_z(&b, holder);
	buf_put_c(&b, '/');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '~' || name.p[i] == '/')
			buf_put_z(&b, name.p[i] == '~' ? "~0" : "~1");
		else
			buf_put_c(&b, name.p[i]);
	}
	path = arena_str(a, buf_str(&b));
	buf_done(&b);
	return path.p ? path : str_z(holder);
}

struct str
native_error_path(struct arena *a, const struct outgoing_problem *p)
{
	struct str path = str_z(where_paths[p->where]);

	if (p->where == OUTGOING_FIELDS && p->index != SIZE_MAX)
		path = native_error_member(a, "/headers", p->value);
	else if (p->index != SIZE_MAX)
		path = arena_printf(a, "%.*s/%zu", STR_ARG(path), p->index);
	return path.p ? path : STR_NONE;
}
