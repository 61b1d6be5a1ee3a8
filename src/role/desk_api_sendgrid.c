/* SendGrid's calls that desk answers: settings of the event webhook. */
#include "role/desk_api.h"

bool
desk_api_sendgrid(struct desk_conn *n, enum api_op op)
{
	(void)n;
	(void)op;
	return false;
}

json_t *
desk_api_sendgrid_error(int status, struct str why)
{
	struct str text = status == 404 ? STR_LIT("not found") : why;

	return json_pack("{s:[{s:s%,s:n}]}", "errors", "message", text.p, text.n, "field");
}
