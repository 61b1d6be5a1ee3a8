#include "wire/cookie.h"

struct str
cookie_find(struct str field, const char *name)
{
	struct str found = { NULL, 0 };

	while (field.n) {
		struct str value = str_trim(str_cut(&field, ';'));
		bool pair = str_find(value, '=') < value.n;
		struct str key = str_cut(&value, '=');

		if (!pair || !str_eq_z(str_trim(key), name))
			continue;
		if (!value.p)
			value = STR_NONE;
		value = str_trim(value);
		if (found.p && !str_eq(found, value))
			return (struct str){ NULL, 0 };
		found = value;
	}
	return found;
}
