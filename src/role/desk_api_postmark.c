/* Postmark's calls that desk answers: webhooks. */
#include "role/desk_api.h"

bool
desk_api_postmark(struct desk_conn *n, enum api_op op)
{
	(void)n;
	(void)op;
	return false;
}

json_t *
desk_api_postmark_error(int *status, struct str why)
{
	return json_pack("{s:i,s:s%}", "ErrorCode", *status == 404 ? 701 : 300, "Message", why.p,
		why.n);
}
