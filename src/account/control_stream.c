#include "account/control_stream.h"

#include "account/control_own.h"
#include "base/text.h"

#include <errno.h>

#define NAME_CHARS      100u
#define DESCRIBED_CHARS 1000u

/* What a row says: columns as in ROW. */
#define ROW                                                                                    \
	"SELECT id, stream, name, description, kind, unsubscribe, created, updated, archived"  \
	" FROM streams"

bool
control_stream_reserved(struct str stream)
{
	static const char *const words[] = { "transactional", "broadcast", "inbound",
		"outbound", "tracking", "all" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_z(stream, words[i]))
			return true;
	return false;
}

bool
control_stream_ok(struct str stream)
{
	for (size_t i = 0; i < stream.n; i++)
		if (!(stream.p[i] >= 'a' && stream.p[i] <= 'z') && !ascii_digit(stream.p[i]) &&
			stream.p[i] != '-' && stream.p[i] != '_')
			return false;
	return stream.n > 0 && stream.n <= CONTROL_STREAM_NAME &&
	       !control_stream_reserved(stream);
}

static json_t *
row_json(struct str account, struct store_row *r)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:s,s:b,s:I,s:o,s:o,s:o}", "stream",
		control_own_text(store_text(r, 1)), "account", control_own_text(account),
		"name", control_own_text(store_text(r, 2)), "description",
		control_own_text(store_text(r, 3)), "kind",
		store_int(r, 4) == STREAM_BROADCAST ? "broadcast" : "transactional",
		"unsubscribe", store_int(r, 5) != 0, "group",
		(json_int_t)(MSG_STREAM_NUMBERS + (uint64_t)store_int(r, 0)), "created",
		control_own_time(store_int(r, 6)), "updated", control_own_time(store_int(r, 7)),
		"archived", control_own_time(store_int(r, 8)));
}

struct reading {
	struct str account;
	json_t *list; /* an array */
};

static int
take_row(void *ctx, struct store_row *r)
{
	struct reading *of = ctx;

	json_array_append_new(of->list, row_json(of->account, r));
	return 0;
}

/* A row as changes need it. */
struct found {
	int64_t id, kind, archived;
};

static int
take_found(void *ctx, struct store_row *r)
{
	*(struct found *)ctx =
		(struct found){ store_int(r, 0), store_int(r, 1), store_int(r, 2) };
	return 0;
}

static int
take_number(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

static int
find(struct control *c, int64_t tenant, struct str stream, struct found *ret_f)
{
	struct found f = { 0 };
	int err = store_run(c->store,
		"SELECT id, kind, archived FROM streams WHERE tenant = ? AND stream = ?",
		take_found, &f, "is", tenant, stream);

	if (err)
		return control_own_check(c, err);
	if (!f.id)
		return control_own_fail(c, -ENOENT, "This account has no stream \"%.*s\".",
			STR_ARG(str_head(stream, 100)));
	*ret_f = f;
	return 0;
}

static int
show(struct control *c, struct str account, int64_t id, json_t **ret_j)
{
	struct reading of = { account, json_array() };
	int err = store_run(c->store, ROW " WHERE id = ?", take_row, &of, "i", id);

	if (!err && json_array_size(of.list) == 0)
		err = -EIO;
	if (!err)
		*ret_j = json_incref(json_array_get(of.list, 0));
	json_decref(of.list);
	return control_own_check(c, err);
}

int
control_stream_list(
	struct control *c, struct str account, bool archived_too, struct json_t **ret_j)
{
	struct reading of = { account, NULL };
	int64_t tenant;
	int err = control_own_tenant(c, account, &tenant);

	if (err)
		return err;
	of.list = json_array();
	err = store_run(c->store,
		ROW " WHERE tenant = ? AND (archived = 0 OR ? = 1) ORDER BY stream", take_row,
		&of, "ii", tenant, (int64_t)archived_too);
	if (err) {
		json_decref(of.list);
		return control_own_check(c, err);
	}
	*ret_j = of.list;
	return 0;
}

int
control_stream_show(
	struct control *c, struct str account, struct str stream, struct json_t **ret_j)
{
	struct found f = { 0 };
	int64_t tenant;
	int err = control_own_tenant(c, account, &tenant);

	err = err ? err : find(c, tenant, stream, &f);
	return err ? err : show(c, account, f.id, ret_j);
}

int
control_stream_has(struct control *c, uint32_t tenant, struct str stream)
{
	struct found f;

	return find(c, (int64_t)tenant, stream, &f);
}

int
control_stream_numbered(struct control *c, struct str account, uint32_t number)
{
	int64_t tenant, there = 0;
	int err = control_own_tenant(c, account, &tenant);

	if (!err)
		err = control_own_check(c,
			store_run(c->store, "SELECT 1 FROM streams WHERE tenant = ? AND id = ?",
				take_number, &there, "ii", tenant,
				(int64_t)number - (int64_t)MSG_STREAM_NUMBERS));
	if (!err && !there)
		err = control_own_fail(
			c, -ENOENT, "This account has no stream of number %u.", number);
	return err;
}

/* ---- changes */

static bool
text_ok(struct str s, size_t max)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars <= max;
}

static int
check(struct control *c, const struct control_stream *s)
{
	if (s->name.p && !text_ok(s->name, NAME_CHARS))
		return control_own_fail(c, -EINVAL,
			"A stream's \"name\" is at most 100 characters on one line.");
	if (s->description.p && !text_ok(s->description, DESCRIBED_CHARS))
		return control_own_fail(c, -EINVAL,
			"A stream's \"description\" is at most 1000 characters on one line.");
	return 0;
}

static int
check_kind(struct control *c, int64_t kind, enum control_stream_unsubscribe u)
{
	if (u == CONTROL_STREAM_UNSUBSCRIBES && kind != STREAM_BROADCAST)
		return control_own_fail(c, -EINVAL,
			"\"unsubscribe\" is for broadcast streams: transactional mail is asked "
			"for by whoever gets it, and has nothing to unsubscribe from.");
	return 0;
}

static int
has_room(struct control *c, int64_t tenant)
{
	int64_t n = 0;
	int err = store_run(c->store, "SELECT COUNT(*) FROM streams WHERE tenant = ?",
		take_number, &n, "i", tenant);

	if (!err && n >= CONTROL_STREAMS_MAX)
		return control_own_fail(c, -ENOSPC,
			"An account has at most %u streams, archived ones too: bring one back, "
			"or change one's name and description.",
			CONTROL_STREAMS_MAX);
	return control_own_check(c, err);
}

static int
insert(struct control *c, const struct control_stream *s, int64_t tenant, int64_t *ret_id)
{
	bool unsubscribe = s->kind == STREAM_BROADCAST && s->unsubscribe != CONTROL_STREAM_NOT;
	int err = has_room(c, tenant);

	if (err)
		return err;
	err = store_run(c->store,
		"INSERT INTO streams (tenant, stream, name, description, kind, unsubscribe,"
		" created) VALUES (?, ?, ?, ?, ?, ?, ?)",
		NULL, NULL, "isssiii", tenant, s->stream, s->name.n ? s->name : s->stream,
		s->description.p ? s->description : STR_NONE, (int64_t)s->kind,
		(int64_t)unsubscribe, clock_wall(&c->clock));
	*ret_id = store_last_id(c->store);
	if (err == -EEXIST)
		return control_own_fail(c, err,
			"This account has a stream \"%.*s\" already; names of archived ones "
			"stay taken too.",
			STR_ARG(s->stream));
	return control_own_check(c, err);
}

int
control_stream_add(struct control *c, const struct control_stream *s, struct json_t **ret_j)
{
	int64_t tenant, id = 0;
	int err = check(c, s);

	if (!err && control_stream_reserved(s->stream))
		err = control_own_fail(c, -EINVAL,
			"\"%.*s\" is a word of its own here: a stream needs another name.",
			STR_ARG(s->stream));
	if (!err && !control_stream_ok(s->stream))
		err = control_own_fail(
			c, -EINVAL, "\"stream\" is 1 to 30 small letters, digits, - and _.");
	if (!err && s->kind != STREAM_TRANSACTIONAL && s->kind != STREAM_BROADCAST)
		err = control_own_fail(c, -EINVAL, "\"kind\" is transactional or broadcast.");
	err = err ? err : check_kind(c, s->kind, s->unsubscribe);
	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = control_own_tenant(c, s->account, &tenant);
	err = err ? err : insert(c, s, tenant, &id);
	err = control_own_end(c, err);
	return err ? err : show(c, s->account, id, ret_j);
}

static int
update(struct control *c, const struct control_stream *s, int64_t id)
{
	int err = store_run(c->store, "UPDATE streams SET updated = ? WHERE id = ?", NULL, NULL,
		"ii", clock_wall(&c->clock), id);

	if (!err && s->name.p)
		err = store_run(c->store, "UPDATE streams SET name = ? WHERE id = ?", NULL,
			NULL, "si", s->name.n ? s->name : s->stream, id);
	if (!err && s->description.p)
		err = store_run(c->store, "UPDATE streams SET description = ? WHERE id = ?",
			NULL, NULL, "si", s->description, id);
	if (!err && s->unsubscribe != CONTROL_STREAM_AS_IT_WAS)
		err = store_run(c->store, "UPDATE streams SET unsubscribe = ? WHERE id = ?",
			NULL, NULL, "ii",
			(int64_t)(s->unsubscribe == CONTROL_STREAM_UNSUBSCRIBES), id);
	return control_own_check(c, err);
}

int
control_stream_set(struct control *c, const struct control_stream *s, struct json_t **ret_j)
{
	struct found f = { 0 };
	int64_t tenant;
	int err = check(c, s);

	err = err ? err : control_own_begin(c);
	if (err)
		return err;
	err = control_own_tenant(c, s->account, &tenant);
	err = err ? err : find(c, tenant, s->stream, &f);
	err = err ? err : check_kind(c, f.kind, s->unsubscribe);
	err = err ? err : update(c, s, f.id);
	err = control_own_end(c, err);
	return err ? err : show(c, s->account, f.id, ret_j);
}

int
control_stream_archive(struct control *c, struct str account, struct str stream, bool archived,
	struct json_t **ret_j)
{
	struct found f = { 0 };
	int64_t tenant;
	int err = control_own_begin(c);

	if (err)
		return err;
	err = control_own_tenant(c, account, &tenant);
	err = err ? err : find(c, tenant, stream, &f);
	if (!err && archived != (f.archived != 0))
		err = control_own_check(c,
			store_run(c->store, "UPDATE streams SET archived = ? WHERE id = ?",
				NULL, NULL, "ii", archived ? clock_wall(&c->clock) : 0, f.id));
	err = control_own_end(c, err);
	return err ? err : show(c, account, f.id, ret_j);
}
