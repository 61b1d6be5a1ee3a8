/* Streams of an account's own: their calls of the native API. */
#include "role/desk_api.h"

/* ?archived=true: these too. */
static json_t *
list_question(struct desk_conn *n)
{
	json_t *body = desk_api_question(n, NULL);

	json_object_set_new(body, "archived",
		json_boolean(str_eq_z(desk_api_query(n, "archived"), "true")));
	return body;
}

bool
desk_api_stream(struct desk_conn *n, enum api_op op)
{
	switch (op) {
	case API_STREAMS:
		desk_api_ask(n, "streams.list", list_question(n), desk_api_list);
		return true;
	case API_STREAM_ADD:
		desk_api_ask(n, "streams.add", desk_api_question(n, NULL), desk_api_created);
		return true;
	case API_STREAM:
		desk_api_ask(n, "streams.show", desk_api_question(n, "stream"), NULL);
		return true;
	case API_STREAM_SET:
		desk_api_ask(n, "streams.set", desk_api_question(n, "stream"), NULL);
		return true;
	case API_STREAM_ARCHIVE:
		desk_api_ask(n, "streams.archive", desk_api_question(n, "stream"), NULL);
		return true;
	case API_STREAM_UNARCHIVE:
		desk_api_ask(n, "streams.unarchive", desk_api_question(n, "stream"), NULL);
		return true;
	default:
		return false;
	}
}
