/* What edges know of accounts' own streams: all of them, whenever one changes. And the last
 * word on mail that is sent by one. */
#include "role/engine_priv.h"

_Static_assert(MSG_NO_GROUP == 553, "as it is said below");

void
engine_streams_tell(struct engine *e, struct engine_peer *p)
{
	size_t n;
	const struct dir_stream *rows = directory_streams(e->dir, &n);

	/* An edge that was told nothing when the engine says its state forgets what it knew. */
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct dir_stream *s = &rows[i];
		unsigned part =
			(i == 0 ? TRACKING_FIRST : 0) | (i + 1 == n ? TRACKING_LAST : 0);

		ENGINE_TELL(p, stream, .part = (uint8_t)part, .tenant = s->tenant,
			.number = s->number, .how = s->how, .name = s->name);
	}
}

static bool
same(const struct directory *a, const struct directory *b)
{
	size_t na, nb;
	const struct dir_stream *sa = directory_streams(a, &na),
				*sb = directory_streams(b, &nb);

	/* No row goes, and none is renamed or changes hands. */
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (sa[i].number != sb[i].number || sa[i].how != sb[i].how)
			return false;
	return true;
}

void
engine_streams_changed(struct engine *e, const struct directory *old)
{
	if (same(old, e->dir))
		return;
	for (unsigned i = 1; i <= ROLE_EDGES_MAX; i++)
		if (e->edges[i].up)
			engine_streams_tell(e, &e->edges[i]);
}

struct reply
engine_stream_judge(const struct engine *e, uint32_t tenant, uint32_t group)
{
	const struct dir_stream *s = directory_stream(e->dir, tenant, group);

	if (s && s->how & MSG_STREAM_ARCHIVED)
		return REPLY(553, 5, 7, 1, "This stream is archived: nothing is sent by it");
	if (!s && group >= MSG_STREAM_NUMBERS)
		return REPLY(553, 5, 7, 1, "There is no such stream in this account");
	if (!directory_group(e->dir, tenant, group))
		return REPLY(553, 5, 7, 1, "There is no such group in this account");
	return (struct reply){ 0 };
}
