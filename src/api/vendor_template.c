#include "api/vendor_template.h"

#include "base/utc.h"
#include "report/member.h"

#include <strings.h>

json_t *
vendor_template_extra(struct str text)
{
	json_t *j = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL;

	if (json_is_object(j))
		return j;
	json_decref(j);
	return json_object();
}

static struct str
text_of(const json_t *j)
{
	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

struct str
vendor_template_name(const struct control_template *t, const json_t *extra)
{
	struct str name = text_of(json_object_get(extra, "name"));

	return name.n && str_eq(text_of(json_object_get(extra, "ours")), t->name) ? name
	                                                                          : t->name;
}

void
vendor_template_name_set(json_t *extra, struct str name, struct str ours)
{
	if (str_eq(name, ours)) {
		json_object_del(extra, "name");
		json_object_del(extra, "ours");
		return;
	}
	json_object_set_new(extra, "name", member_of(name));
	json_object_set_new(extra, "ours", member_of(ours));
}

const json_t *
vendor_template_member(const json_t *o, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return value;
	}
	return NULL;
}

struct str
vendor_template_text(const json_t *o, const char *name)
{
	return text_of(vendor_template_member(o, name));
}

json_t *
vendor_template_time(int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	utc_rfc3339(text, wall);
	text[10] = ' ';
	return json_stringn(text, 19);
}
