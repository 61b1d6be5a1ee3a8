/*
 * Streams of an account's own, beside the two that every account has: named, of one kind
 * (transactional or broadcast) for good, with a list of their own of who unsubscribed
 * (docs/decisions/0017).
 *
 *   add ──▶ open ◀── unarchive ── archived
 *             └──── archive ────────▲
 *
 * A row never goes and its name is never given again, since mail that was sent by it, its
 * counters and who left it are known by it. So an account has CONTROL_STREAMS_MAX in all.
 *
 * JSON: {"stream": its name in calls, "account", "name", "description", "kind":
 * "transactional"|"broadcast", "unsubscribe": bool, "group": its number in suppressions,
 * "created", "updated", "archived"}; the last two are null until it happened.
 */
#ifndef ACCOUNT_CONTROL_STREAM_H
#define ACCOUNT_CONTROL_STREAM_H

#include "account/control.h"

#define CONTROL_STREAMS_MAX 100u /* of an account, archived ones too */
#define CONTROL_STREAM_NAME 30u  /* bytes of its name in calls */

/* [a-z0-9-_]{1,30}, and no word that stands for something else where streams are named. */
bool control_stream_ok(struct str stream);
/* Such a word: transactional, broadcast, inbound, outbound, tracking, all. */
bool control_stream_reserved(struct str stream);

enum control_stream_unsubscribe {
	CONTROL_STREAM_AS_IT_WAS, /* to add: as its kind has it */
	CONTROL_STREAM_UNSUBSCRIBES,
	CONTROL_STREAM_NOT
};
struct control_stream {
	struct str account, stream;
	/* p NULL: as it was; to add: an empty name is that of calls. */
	struct str name, description;
	enum stream_kind kind; /* to add */
	/* Does the service add the link and fields that unsubscribe? Of broadcast only. */
	enum control_stream_unsubscribe unsubscribe;
};
/* -EEXIST: the name is taken, by an archived one too; -ENOSPC: there are CONTROL_STREAMS_MAX.
 */
int control_stream_add(
	struct control *c, const struct control_stream *s, struct json_t **ret_j);
/* By name. */
int control_stream_list(
	struct control *c, struct str account, bool archived_too, struct json_t **ret_j);
int control_stream_show(
	struct control *c, struct str account, struct str stream, struct json_t **ret_j);
/* Has the tenant one of this name? 0, -ENOENT. */
int control_stream_has(struct control *c, uint32_t tenant, struct str stream);
/* And one of this number, from MSG_STREAM_NUMBERS on? */
int control_stream_numbered(struct control *c, struct str account, uint32_t number);
int control_stream_set(
	struct control *c, const struct control_stream *s, struct json_t **ret_j);
/* What is archived already stays as it was. */
int control_stream_archive(struct control *c, struct str account, struct str stream,
	bool archived, struct json_t **ret_j);

#endif
