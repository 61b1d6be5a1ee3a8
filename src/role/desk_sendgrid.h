/* Private to desk_sendgrid.c and the files beside it. */
#ifndef ROLE_DESK_SENDGRID_H
#define ROLE_DESK_SENDGRID_H

#include "role/desk_vendor.h"

/* 400: "FIELD WHAT". */
void desk_sendgrid_bad(struct desk_conn *n, const char *field, const char *what);
/* false: the call is none of suppressions. */
bool desk_sendgrid_listed(struct desk_conn *n);
#define DESK_SENDGRID_EMAILS 1000u /* of a call */
/* Blocks and invalid addresses, as the path names them: what is asked of a list. */
struct desk_sendgrid_page {
	struct str address;   /* empty: any */
	int64_t since, until; /* wall µs, 0: any */
	unsigned offset, limit;
};
void desk_sendgrid_failed(struct desk_conn *n, const struct desk_sendgrid_page *asked);
/* Takes off what the body names, or that one. */
void desk_sendgrid_forget(struct desk_conn *n);
void desk_sendgrid_forget_one(struct desk_conn *n, struct str address);
/* false: the call is none of unsubscribe groups. */
bool desk_sendgrid_group(struct desk_conn *n);
/* false: the call is none of batches. */
bool desk_sendgrid_batch(struct desk_conn *n);
/* false: the call is none of templates. */
bool desk_sendgrid_template(struct desk_conn *n);
void desk_sendgrid_account(struct desk_conn *n);

#endif
