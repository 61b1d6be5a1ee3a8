/*
 * What the files of webhooks' verbs share (desk_webhook*.c, desk_inbound.c). Part of desk only.
 */
#ifndef ROLE_DESK_WEBHOOK_PRIV_H
#define ROLE_DESK_WEBHOOK_PRIV_H

#include "report/hook.h"
#include "role/desk_webhook.h"

/* What is shown instead of a secret; given back, it means the one that there is. */
#define WEBHOOK_MASK "***"

struct webhook_ask {
	struct control *control;
	const json_t *body;
	int64_t now; /* wall µs */
	uint32_t tenant;
	struct arena arena;
	json_t *got;
	char why[300];  /* own sentence; empty: the tables' */
	bool only_told; /* this time nothing was changed */
};

/* A table of verbs ends with a NULL name. fn: 0, or -errno with the sentence in a or in the
 * tables; got is its answer. */
struct webhook_verb {
	const char *name;
	int (*fn)(struct webhook_ask *a);
	bool changes;
};
/* NULL: none of them. */
const struct webhook_verb *webhook_verb_of(const struct webhook_verb *verbs, struct str verb);
struct desk_control_answer webhook_run(
	const struct webhook_verb *v, struct control *c, const json_t *body, int64_t now);

/* Keeps the sentence and returns err. */
int webhook_refuse(struct webhook_ask *a, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static inline const json_t *
webhook_member(const struct webhook_ask *a, const char *name)
{
	return json_object_get(a->body, name);
}

/* ---- desk_webhook_take.c: what was given, into w; 0 or -EINVAL */
int webhook_take(struct webhook_ask *a, struct webhook *w, enum hook_format *ret_format);
/* `url` with `user` and `password` into w->url. 0 or -EINVAL. */
int webhook_take_url(struct webhook_ask *a, struct webhook *w);
/* `secret` of the body, empty when there is none. */
int webhook_given_secret(struct webhook_ask *a, enum hook_format format, struct str *ret);
struct str webhook_new_secret(struct webhook_ask *a, enum hook_format format);
void webhook_new_key(struct webhook_ask *a, struct webhook *w);
/* Those formats that are signed anyway get one; the others when it is asked for. */
int webhook_make_secret(struct webhook_ask *a, enum hook_format format, struct webhook *w);

/* ---- desk_webhook_json.c. New references. */
/* User and password of a URL with their "@", empty: none. *ret_at: where they stand, or would.
 */
struct str webhook_user(struct str url, size_t *ret_at);
/* Without its password; *ret_user: the user in it, or "". */
json_t *webhook_url_json(struct str url, json_t **ret_user);
json_t *webhook_json(struct webhook_ask *a, const struct webhook *w);
json_t *webhook_time_json(int64_t wall);

#endif
