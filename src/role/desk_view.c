/* What a person keeps of a screen under a name. A key is no person. */
#include "account/control_view.h"
#include "role/desk_api.h"

#include <errno.h>

/* False: answered. */
static bool
may(struct desk_conn *n)
{
	if (!n->user)
		desk_api_refuse(
			n, 403, STR_LIT("Views are a person's, and a key is none: sign in."));
	else if (!desk_control(n->desk))
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
	else
		return true;
	return false;
}

static uint32_t
home(const struct desk_conn *n)
{
	return n->platform ? 0 : n->tenant;
}

static void
answer(struct desk_conn *n)
{
	json_t *list;

	if (control_views(desk_control(n->desk), home(n), (int64_t)n->user, &list) < 0)
		desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
	else
		desk_api_answer(n, 200, json_pack("{s:o}", "data", list));
}

void
desk_views(struct desk_conn *n)
{
	if (may(n))
		answer(n);
}

void
desk_views_set(struct desk_conn *n)
{
	const json_t *list = json_object_get(n->asked, "views"), *one;
	struct control_view views[VIEW_PER_USER + 1];
	struct control *c = desk_control(n->desk);
	size_t i, count = 0;
	bool good = json_is_array(list);
	int err;

	if (!may(n))
		return;
	/* One more than there may be tells that they are too many. */
	json_array_foreach((json_t *)(uintptr_t)list, i, one)
	{
		if (count > VIEW_PER_USER)
			break;
		good &= json_is_string(json_object_get(one, "name")) &&
		        json_is_string(json_object_get(one, "query"));
		views[count++] = (struct control_view){ desk_text(one, "name"),
			desk_text(one, "query") };
	}
	if (!good) {
		desk_api_refuse(n, 400,
			STR_LIT("\"views\" is a list of objects with \"name\" and "
				"\"query\", both texts."));
		return;
	}
	err = control_views_set(c, home(n), (int64_t)n->user, views, count);
	if (err == 0)
		answer(n);
	else
		desk_api_refuse(n,
			err == -EINVAL   ? 400
			: err == -ENOENT ? 404
					 : 503,
			arena_str(&n->arena, str_z(control_error(c))));
}
