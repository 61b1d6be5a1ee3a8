#include "report/hook_native.h"

#include "base/text.h"
#include "report/member.h"

#include <errno.h>
#include <sodium.h>

#define PREFIX STR_LIT("whsec_")

/* ---- body ---- */

static json_t *
attempt_json(const struct event *e)
{
	json_t *o = json_object();

	member_attempt(o, &e->fact, 0);
	if (e->attempt && json_object_size(o))
		json_object_set_new(o, "number", json_integer(e->attempt));
	return o;
}

static json_t *
signal_json(const struct event *e)
{
	const struct fact *f = &e->fact;
	json_t *o = json_object();

	member_text_if(o, "ip", f->ip);
	member_text_if(o, "agent", f->agent);
	member_text_if(o, "url", f->url);
	member_number_if(o, "group", e->left);
	if (e->kind == FACT_OPENED || e->kind == FACT_CLICKED) {
		json_object_set_new(o, "robot", json_boolean(f->robot));
		json_object_set_new(o, "first", json_boolean(e->first));
	}
	return o;
}

static void
set_filled(json_t *o, const char *name, json_t *object)
{
	if (json_object_size(object))
		json_object_set_new(o, name, object);
	else
		json_decref(object);
}

static json_t *
verdict_json(const struct event *e)
{
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s}", "en", member_of(e->en), "fr",
		member_of(e->fr), "class", bounce_class_name(e->reason.class), "blame",
		blame_name(e->reason.blame), "todo_en", e->reason.todo_en, "todo_fr",
		e->reason.todo_fr);
}

static json_t *
data_json(const struct event *e)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "id", e->rcpt_id,
		"uuid", e->rcpt_uuid, "message_id", e->message_id, "internet_message_id",
		member_of(e->internet_id), "from", member_of(e->sender), "to",
		member_of(e->recipient), "subject", member_of(e->subject), "stream",
		member_stream(e->stream));

	member_text_if(o, "via", str_z(member_via(e->via)));
	member_number_if(o, "size", e->size);
	if (e->accepted)
		json_object_set_new(o, "accepted", member_of_time(e->accepted));
	set_filled(o, "attempt", attempt_json(e));
	set_filled(o, "signal", signal_json(e));
	json_object_set_new(o, "verdict", verdict_json(e));
	if (e->about)
		json_object_set(o, "about", e->about);
	return o;
}

struct json_t *
hook_native(const struct event *e)
{
	char type[64];

	snprintf(type, sizeof type, "message.%s", fact_name(e->kind));
	return json_pack("{s:s, s:s, s:o, s:o}", "type", type, "id", e->id, "timestamp",
		member_of_time(e->fact.at), "data", data_json(e));
}

/* ---- signature ---- */

static int
sign_one(struct buf *b, struct str secret, const struct hook_signed *what)
{
	uint8_t key[HOOK_SECRET_BYTES_MAX], mac[crypto_auth_hmacsha256_BYTES];
	struct buf raw = { (char *)key, 0, sizeof key, sizeof key, false };
	crypto_auth_hmacsha256_state hmac;
	char second[32];
	size_t n = (size_t)snprintf(second, sizeof second, ".%lld.", (long long)what->second);

	if (!str_starts(secret, PREFIX) ||
		text_b64_decode(&raw, str_from(secret, PREFIX.n)) < 0 ||
		raw.n < HOOK_SECRET_BYTES_MIN)
		return -EINVAL;
	crypto_auth_hmacsha256_init(&hmac, key, raw.n);
	sodium_memzero(key, sizeof key);
	crypto_auth_hmacsha256_update(&hmac, (const uint8_t *)what->id.p, what->id.n);
	crypto_auth_hmacsha256_update(&hmac, (const uint8_t *)second, n);
	crypto_auth_hmacsha256_update(&hmac, (const uint8_t *)what->body.p, what->body.n);
	crypto_auth_hmacsha256_final(&hmac, mac);
	buf_put_z(b, "v1,");
	return text_b64(b, str_of(mac, sizeof mac));
}

int
hook_native_sign(struct buf *b, const struct str secrets[HOOK_SECRETS_MAX],
	const struct hook_signed *what)
{
	size_t begin = b->n;
	int err = 0;

	for (size_t i = 0; !err && i < HOOK_SECRETS_MAX; i++) {
		if (secrets[i].n == 0)
			continue;
		if (b->n > begin)
			buf_put_c(b, ' ');
		err = sign_one(b, secrets[i], what);
	}
	if (!err && b->n == begin)
		err = -EINVAL;
	if (!err && b->full)
		err = -E2BIG;
	if (err)
		buf_cut(b, begin);
	return err;
}

int
hook_native_secret(struct buf *b, const uint8_t random[HOOK_SECRET_BYTES_MADE])
{
	size_t begin = b->n;

	if (buf_put(b, PREFIX) || text_b64(b, str_of(random, HOOK_SECRET_BYTES_MADE))) {
		buf_cut(b, begin);
		return -E2BIG;
	}
	return 0;
}
