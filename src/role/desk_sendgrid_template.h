/* Private to desk_sendgrid_template.c and desk_sendgrid_version.c. */
#ifndef ROLE_DESK_SENDGRID_TEMPLATE_H
#define ROLE_DESK_SENDGRID_TEMPLATE_H

#include "api/sendgrid_template.h"
#include "role/desk_sendgrid.h"
#include "role/desk_vendor_template.h"

#define DESK_SENDGRID_DIALECT "handlebars"

extern const char *const desk_sendgrid_parts[];

/* ---- desk_sendgrid_template.c */
/* Answers: 404, the tables' sentence for -EINVAL, or 503. */
void desk_sendgrid_template_fail(struct desk_conn *n, int err);
/* The template that the path names; false: answered. */
bool desk_sendgrid_template_of(struct desk_conn *n, struct control_template *ret_t);

/* ---- desk_sendgrid_version.c */
struct desk_sendgrid_version {
	struct template_face face; /* tenant, template, face (0: a new one), name, extra */
	json_t *content;           /* all that a version has; owned */
	bool filled;               /* out: it has a body */
};
/* Makes a version of the content, which the face then shows. Drops the content. 0, or -errno
 * and the call was answered. */
int desk_sendgrid_version_write(struct desk_conn *n, struct desk_sendgrid_version *v);
/* false: the call is none of versions. */
bool desk_sendgrid_template_version(struct desk_conn *n);

#endif
