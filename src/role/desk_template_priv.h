/*
 * What the files of templates' verbs share (desk_template*.c). Part of desk only.
 */
#ifndef ROLE_DESK_TEMPLATE_PRIV_H
#define ROLE_DESK_TEMPLATE_PRIV_H

#include "account/control_template.h"
#include "content/preview.h"
#include "role/desk_template.h"
#include "role/desk_webhook_priv.h"

/* Rendered parts stand in the order of the texts. */
_Static_assert(TEMPLATE_SUBJECT + PREVIEW_PREHEADER == TEMPLATE_PREHEADER, "order of texts");
_Static_assert(TEMPLATE_SUBJECT + PREVIEW_TEXT == TEMPLATE_BODY_TEXT, "order of texts");

/* The names of a content's members, by enum template_text; from_… are members of `from`. */
extern const char *const desk_template_members[TEMPLATE_TEXTS];

/* ---- desk_template_take.c: what was given. 0, -EINVAL or -ENOENT with the sentence in a. */
int desk_template_owner(struct webhook_ask *a); /* somebody is named */
/* An id or a name → its number; an id need not be there. */
int desk_template_named(struct webhook_ask *a, struct str text, int64_t *ret_id);
/* `template` → its number. */
int desk_template_find(struct webhook_ask *a, int64_t *ret_id);
/* `version`: TEMPLATE_DRAFT when it is absent. */
int desk_template_version(struct webhook_ask *a, int64_t *ret_version);
/* CONTENT into texts; p stays NULL where nothing was given. A layout becomes its number. */
int desk_template_content(struct webhook_ask *a, struct str texts[TEMPLATE_TEXTS]);
/* `message`: 0 when it is absent. */
int desk_template_message(struct webhook_ask *a, uint64_t *ret_id);
/* An object, or absent (*ret NULL). Borrowed. */
int desk_template_object(struct webhook_ask *a, const char *name, const json_t **ret);

/* ---- desk_template.c */
/* One version of a template, in the ask's arena. */
int desk_template_read(
	struct webhook_ask *a, int64_t id, int64_t version, struct control_template *ret_t);
/* The same as the answer. */
int desk_template_answer(struct webhook_ask *a, int64_t id, int64_t version);
/* Can the draft be published? */
int desk_template_check(struct webhook_ask *a, int64_t id);

/* ---- desk_template_layout.c: verbs */
int desk_template_try_layout(struct webhook_ask *a);
int desk_template_publish_layout(struct webhook_ask *a);

/* ---- desk_template_render.c */
/* The layout's texts of a draft: those of its published version, else of its draft. */
int desk_template_layout(struct webhook_ask *a, struct control_template *t);

/* ---- desk_template_values.c: verbs */
int desk_template_values(struct webhook_ask *a);
int desk_template_values_set(struct webhook_ask *a);
int desk_template_values_remove(struct webhook_ask *a);

/* ---- desk_tester.c: verbs */
int desk_testers(struct webhook_ask *a);
int desk_testers_add(struct webhook_ask *a);
int desk_testers_remove(struct webhook_ask *a);
/* The testers that `to` names, or all, each counted: [{"email","name"}], a new reference. */
int desk_testers_take(struct webhook_ask *a, json_t **ret_to);

#endif
