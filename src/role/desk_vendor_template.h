/*
 * What the vendors' template calls share in desk: reading by number, and changes that are
 * checked before anything is stored. A vendor sees the templates of its own language; what it
 * changes is the draft, which is published at once. Private to desk_vendor_template.c and the
 * files of the dialects.
 */
#ifndef ROLE_DESK_VENDOR_TEMPLATE_H
#define ROLE_DESK_VENDOR_TEMPLATE_H

#include "api/vendor_template.h"
#include "role/desk_vendor.h"

/* The draft of one, in the call's arena. 0; -ENOENT also when its language is another one. */
int desk_vendor_template_find(
	struct desk_conn *n, const char *dialect, int64_t id, struct control_template *ret_t);

/* All of a language by name, without the bodies, in the call's arena. */
struct desk_vendor_templates {
	struct control_template *at;
	size_t n;
};
/* dialect NULL: of any. 0 or -errno. */
int desk_vendor_templates(
	struct desk_conn *n, const char *dialect, struct desk_vendor_templates *ret_list);

/* What verbs call a template by its number: {"tenant","template"}; new reference. */
json_t *desk_vendor_template_question(struct desk_conn *n, int64_t id);
/* The number of the template that a verb tells of (its "id"). */
int64_t desk_vendor_template_id(struct desk_conn *n, const json_t *told);

/* So many characters of a name at most. */
struct str desk_vendor_template_name_head(struct str name, size_t max);

struct desk_vendor_change {
	const char *dialect;
	int64_t id;       /* 0: a new one, whose id is put here */
	struct str name;  /* the vendor's; empty: it stays */
	struct str alias; /* the name here; empty: a free one is made of the vendor's */
	json_t *content;  /* CONTENT of role/desk_template.h; owned */
	json_t *extra;    /* NULL: stays; owned */
	bool lays;        /* it gets this layout, by its number; 0: none any more */
	int64_t layout;
	const char *const *parts; /* the vendor's words for them, by enum preview_part */
	bool filled;              /* out: it has a body */
};
/* Drops content and extra. 200, or what was refused, with the sentence in the call's arena. */
int desk_vendor_template_write(
	struct desk_conn *n, struct desk_vendor_change *x, struct str *ret_why);
/* The end of a call that changed a template: its draft is published; without a body nothing of
 * it is any more. */
void desk_vendor_template_publish(
	struct desk_conn *n, const struct desk_vendor_change *x, desk_api_shape *shape);
/* The end of one that changed no text: nothing is published, and edges, which find templates by
 * their names as well, are told. shape gets {"id"}. */
void desk_vendor_template_told(
	struct desk_conn *n, const struct desk_vendor_change *x, desk_api_shape *shape);

#endif
