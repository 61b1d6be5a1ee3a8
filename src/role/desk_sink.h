/*
 * One message of the sink, looked at: what a recipient's server and its reader would make of
 * it. Part of desk (desk_sink.c).
 */
#ifndef ROLE_DESK_SINK_H
#define ROLE_DESK_SINK_H

#include "base/str.h"

#include <jansson.h>

struct desk_sink_mail {
	struct str message; /* its bytes, or the first of them */
	struct str path;    /* the envelope's sender, empty for none */
	uint64_t bytes;     /* of all of it */
	bool broadcast;
};

/* Findings as content/advice gives them: signature, return path, unsubscribing, size, then its
 * own. For a thread: nothing is looked up. New reference. */
json_t *desk_sink_look(const struct desk_sink_mail *m, bool french);

#endif
