/*
 * SendGrid's transactional templates and their versions, out of templates of the control tables
 * whose dialect is handlebars, and their faces. Ids carry the numbers under a MAC: "d-…" that
 * of a template (the same bytes as tpl_…), a version's both. Pure; new references.
 */
#ifndef API_SENDGRID_TEMPLATE_H
#define API_SENDGRID_TEMPLATE_H

#include "api/vendor_template.h"
#include "wire/typed_id.h"

#define SENDGRID_TEMPLATE_ID (2 + TYPED_ID_HEX) /* "d-" in front */
#define SENDGRID_VERSION_ID  (4 + TYPED_ID_HEX) /* hyphens as in a UUID */

const char *sendgrid_template_id(
	char dst[SENDGRID_TEMPLATE_ID], const uint8_t key[UUID_KEY_SIZE], int64_t number);
/* 0: it is none. */
int64_t sendgrid_template_number(struct str id, const uint8_t key[UUID_KEY_SIZE]);
const char *sendgrid_version_id(char dst[SENDGRID_VERSION_ID], const uint8_t key[UUID_KEY_SIZE],
	const struct template_face *f);
/* The face of this template; 0: it is none. */
int64_t sendgrid_version_face(
	struct str id, const uint8_t key[UUID_KEY_SIZE], int64_t template);

/* {"id","name","generation","updated_at","versions"}; takes versions. */
json_t *sendgrid_template_json(
	const struct control_template *t, const uint8_t key[UUID_KEY_SIZE], json_t *versions);

struct sendgrid_version_view {
	const uint8_t *key;
	int64_t published; /* the version that is */
	bool bodies;       /* html_content, plain_content and test_data too */
};
json_t *sendgrid_version_json(
	const struct template_face *f, const struct sendgrid_version_view *view);

/* asked as CONTENT of role/desk_template.h, and what is only kept into extra. 0, or -EINVAL:
 * *ret_name has another type. */
int sendgrid_version_take(
	json_t *content, json_t *extra, const json_t *asked, const char **ret_name);

#endif
