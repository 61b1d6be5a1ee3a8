#include "role/desk_erasure.h"

#include "people/erase.h"
#include "people/suppress.h"
#include "role/desk_webhook_priv.h"
#include "wire/typed_id.h"

#include <errno.h>

#define LIMIT     50u
#define LIMIT_MAX 500u

static json_t *
object_of(struct str text)
{
	json_t *j = json_loadb(text.p, text.n, 0, NULL);

	return j ? j : json_object();
}

static json_t *
erasure_json(struct webhook_ask *a, const struct control_erasure *e)
{
	char id[TYPED_ID_TEXT];
	bool late = e->state != ERASURE_DONE && a->now - e->asked > ERASURE_LATE_US;

	return json_pack("{s:s,s:o,s:o,s:s,s:o,s:o,s:o,s:b,s:o}", "id",
		typed_id_write(id, control_ids(a->control), "era", (uint64_t)e->id), "account",
		desk_webhook_text(e->account), "hash", desk_webhook_text(e->hash), "state",
		erasure_state_name(e->state), "reason", desk_webhook_text(e->reason), "asked",
		webhook_time_json(e->asked), "done",
		e->done ? webhook_time_json(e->done) : json_null(), "late", late, "found",
		object_of(e->found));
}

static int
take_one(void *ctx, const struct control_erasure *e)
{
	struct webhook_ask *a = ctx;

	a->got = erasure_json(a, e);
	return 0;
}

static uint32_t
tenant_of(const struct webhook_ask *a)
{
	return a->tenant == CONTROL_ANY ? 0 : a->tenant;
}

static int
show_one(struct webhook_ask *a, int64_t id)
{
	const struct control_erasure_query q = { .tenant = tenant_of(a), .id = id };

	return control_erasure_each(a->control, &a->arena, &q, take_one, a);
}

/* ---- verbs */

static int
take_reason(struct webhook_ask *a, struct control_erasure *e)
{
	const json_t *j = webhook_member(a, "reason");

	if (j && !json_is_string(j) && !json_is_null(j))
		return webhook_refuse(a, -EINVAL, "\"reason\" must be a text.");
	e->reason = str_trim(desk_text(a->body, "reason"));
	if (e->reason.n > ERASURE_REASON_CHARS)
		return webhook_refuse(
			a, -EINVAL, "\"reason\" has at most %u bytes.", ERASURE_REASON_CHARS);
	if (erase_names(e->reason, e->address))
		return webhook_refuse(
			a, -EINVAL, "\"reason\" is kept: it must not name the address.");
	return 0;
}

static bool
is_hash(struct str s)
{
	size_t n = 0;

	while (n < s.n &&
		((s.p[n] >= '0' && s.p[n] <= '9') || (s.p[n] >= 'a' && s.p[n] <= 'f')))
		n++;
	return n == s.n && n == ERASE_HASH_SIZE - 1;
}

/* By address, or as another order told his hash. */
static int
take_whom(struct webhook_ask *a, char address[SUPPRESS_ADDRESS_SIZE],
	char hash[ERASE_HASH_SIZE], struct control_erasure *e)
{
	e->hash = desk_text(a->body, "hash");
	if (webhook_member(a, "hash") && !webhook_member(a, "address"))
		return is_hash(e->hash)
		               ? 0
		               : webhook_refuse(a, -EINVAL,
					 "\"hash\" is that of another erasure: 32 hex digits.");
	if (suppress_address(address, str_trim(desk_text(a->body, "address")), &e->address) <
			0 ||
		erase_is_alias(e->address))
		return webhook_refuse(
			a, -EINVAL, "\"address\" is a mailbox such as ann@example.org.");
	e->hash = str_z(erase_hash(hash, control_erase_key(a->control), e->tenant, e->address));
	return 0;
}

static int
add(struct webhook_ask *a)
{
	char address[SUPPRESS_ADDRESS_SIZE], hash[ERASE_HASH_SIZE];
	struct control_erasure e = { .tenant = tenant_of(a) };
	int64_t id = 0;
	int err;

	if (e.tenant == 0)
		return webhook_refuse(
			a, -EINVAL, "Say whose mail it is about: \"account\" is missing.");
	err = take_whom(a, address, hash, &e);
	err = err ? err : take_reason(a, &e);
	err = err ? err : control_erasure_add(a->control, &e, &id);
	return err ? err : show_one(a, id);
}

static int
on_row(void *ctx, const struct control_erasure *e)
{
	struct webhook_ask *a = ctx;
	char id[TYPED_ID_TEXT];

	json_array_append_new(json_object_get(a->got, "erasures"), erasure_json(a, e));
	json_object_set_new(a->got, "next",
		json_string(
			typed_id_write(id, control_ids(a->control), "era", (uint64_t)e->id)));
	return 0;
}

static int
list(struct webhook_ask *a)
{
	const json_t *limit = webhook_member(a, "limit");
	struct control_erasure_query q = { .tenant = tenant_of(a), .limit = LIMIT };
	struct str after = desk_text(a->body, "after");
	uint64_t before = 0;
	int err;

	if (limit && !json_is_null(limit)) {
		json_int_t n = json_integer_value(limit);

		if (!json_is_integer(limit) || n < 1 || n > (json_int_t)LIMIT_MAX)
			return webhook_refuse(
				a, -EINVAL, "\"limit\" is a number from 1 to %u.", LIMIT_MAX);
		q.limit = (size_t)n;
	}
	if (after.n && typed_id_read(after, control_ids(a->control), "era", &before) < 0)
		return webhook_refuse(a, -EINVAL, "\"after\" is the \"next\" of a page.");
	q.before = (int64_t)before;
	a->got = json_pack("{s:[],s:n}", "erasures", "next");
	err = control_erasure_each(a->control, &a->arena, &q, on_row, a);
	if (json_array_size(json_object_get(a->got, "erasures")) < q.limit)
		json_object_set_new(a->got, "next", json_null());
	return err;
}

static int
show(struct webhook_ask *a)
{
	uint64_t id = 0;

	if (typed_id_read(desk_text(a->body, "id"), control_ids(a->control), "era", &id) < 0)
		return webhook_refuse(a, -ENOENT, "There is no such erasure.");
	return show_one(a, (int64_t)id);
}

static const struct webhook_verb verbs[] = {
	{ "erasures.add", add, false },
	{ "erasures.list", list, false },
	{ "erasures.show", show, false },
	{ NULL, NULL, false },
};

bool
desk_erasure_has(struct str verb)
{
	return webhook_verb_of(verbs, verb) != NULL;
}

struct desk_control_answer
desk_erasure_do(struct control *c, struct str verb, const json_t *body, int64_t now)
{
	return webhook_run(webhook_verb_of(verbs, verb), c, body, now);
}
