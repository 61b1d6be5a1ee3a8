/* Mailjet's REST resources that desk answers: eventcallbackurl. */
#include "role/desk_api.h"

bool
desk_api_mailjet(struct desk_conn *n, enum api_op op)
{
	(void)n;
	(void)op;
	return false;
}

json_t *
desk_api_mailjet_error(int status, struct str why)
{
	return json_pack("{s:s,s:s%,s:i}", "ErrorInfo", "", "ErrorMessage",
		status == 404 ? "Object not found" : why.p, status == 404 ? 16 : why.n,
		"StatusCode", status);
}
