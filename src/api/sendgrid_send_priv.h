/*
 * What the parts of sendgrid_send.c share: the call as it stands in JSON (texts borrowed from
 * its tree; texts absent have p NULL), and the reader that makes items of it.
 */
#ifndef API_SENDGRID_SEND_PRIV_H
#define API_SENDGRID_SEND_PRIV_H

#include "api/sendgrid_error.h"
#include "api/sendgrid_settings.h"
#include "api/sendgrid_subst.h"

#define SENDGRID_BYTES_MAX      (30u << 20)
#define SENDGRID_RECIPIENTS_MAX 1000u
#define SENDGRID_ARGUMENTS_MAX  10000u /* bytes of names and values */

struct sendgrid_person {
	struct str email, name;
};
struct sendgrid_content {
	struct str type, value;
};
struct sendgrid_file {
	struct str content, name, type, disposition, content_id;
};
struct sendgrid_asm {
	struct json_in_int group;
	json_t *display;
};
struct sendgrid_personalization {
	struct json_in_list to, cc, bcc;
	struct sendgrid_person *from;
	struct str subject;
	json_t *headers, *subst, *custom_args, *data;
	struct json_in_int send_at;
};
struct sendgrid_root {
	struct json_in_list personalizations, reply_list, content, files, categories;
	struct sendgrid_person *from, *reply_to;
	struct sendgrid_asm *asm_;
	struct str subject, template_id, batch_id, pool;
	json_t *headers, *sections, *custom_args, *mail_settings, *tracking;
	struct json_in_int send_at;
};

struct sendgrid_reader {
	struct api_send *send;
	struct arena *arena;
	const struct api_world *world;
	struct sendgrid_root root;
	struct outgoing base; /* what all items have in common, before substitutions */
	struct sendgrid_subst subst;
	int64_t work;
	struct sendgrid_settings settings;
	bool spoiled;     /* the call itself has mistakes: nothing of it is sent */
	struct str about; /* of items without arguments of their own; p NULL: not made yet */
	struct outgoing_problems *found;
	/* The item at work: */
	const struct sendgrid_personalization *own;
	struct outgoing *mail;
	struct sendgrid_error_origin at;
};

/* The call's own part, into r->base. */
int sendgrid_send_call(struct sendgrid_reader *r);
/* Personalization i and what is the call's make *mail. Both: 0 or -E2BIG; mistakes are in
 * r->send->errors. */
int sendgrid_send_item(struct sendgrid_reader *r, size_t i, struct outgoing *mail);

void sendgrid_send_fail(struct sendgrid_reader *r, const char *text, struct str path);
/* n people; NULL = none. */
struct outgoing_list sendgrid_send_list(
	struct sendgrid_reader *r, const struct sendgrid_person *people, size_t n);
struct outgoing_address sendgrid_send_address(const struct sendgrid_person *p);
/* Says so when a value of the object is no text. path: JSON pointer. */
void sendgrid_send_texts(struct sendgrid_reader *r, const json_t *object, struct str path);
/* Bytes of its names and texts. */
size_t sendgrid_send_bytes(const json_t *object);

#endif
