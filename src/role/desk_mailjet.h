/* Private to desk_mailjet.c and desk_mailjet_account.c. */
#ifndef ROLE_DESK_MAILJET_H
#define ROLE_DESK_MAILJET_H

#include "role/desk_vendor.h"

/* Answers with this row; NULL: 404. Takes it. */
void desk_mailjet_one(struct desk_conn *n, json_t *row);
/* Answers with the part of a whole list that the query asks for; takes it. */
void desk_mailjet_rows(struct desk_conn *n, json_t *all);
/* false: the call is none of templates. */
bool desk_mailjet_template(struct desk_conn *n);
/* false: the call is none of suppressions. */
bool desk_mailjet_listed(struct desk_conn *n);
/* false: the call is none of contacts' properties. */
bool desk_mailjet_contactdata(struct desk_conn *n);
void desk_mailjet_account(struct desk_conn *n);

#endif
