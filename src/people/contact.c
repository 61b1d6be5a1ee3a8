#include "people/contact.h"

#include "base/text.h"
#include "wire/address.h"

#include <errno.h>

int
contact_address(char dst[CONTACT_ADDRESS_SIZE], struct str address, struct str *ret_s)
{
	struct address a;
	size_t domain;

	if (address_mailbox(address, ADDRESS_UTF8_OK, &a) < 0 ||
		a.text.n > CONTACT_ADDRESS_SIZE || !text_is_utf8(a.text))
		return -EINVAL;
	domain = a.text.n - a.domain.n;
	for (size_t i = 0; i < a.text.n; i++)
		dst[i] = i < domain ? a.text.p[i] : ascii_lower(a.text.p[i]);
	*ret_s = str_of(dst, a.text.n);
	return 0;
}

static bool
is_line(struct str s, size_t most)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++) {
		chars += ((uint8_t)s.p[i] & 0xc0) != 0x80;
		if ((uint8_t)s.p[i] < 32 || s.p[i] == 127)
			return false;
	}
	return chars <= most && text_is_utf8(s);
}

bool
contact_name_ok(struct str name)
{
	return is_line(name, CONTACT_NAME_CHARS);
}

static int
check(const char *name, const json_t *value, char why[CONTACT_WHY])
{
	if (!*name || !is_line(str_z(name), CONTACT_PROPERTY_CHARS)) {
		snprintf(why, CONTACT_WHY,
			"The name of a property has 1 to %u characters on one line.",
			CONTACT_PROPERTY_CHARS);
		return -EINVAL;
	}
	if (json_is_string(value) || json_is_number(value) || json_is_boolean(value) ||
		json_is_null(value))
		return 0;
	snprintf(why, CONTACT_WHY,
		"The property \"%.*s\" must be a text, a number, true or false.", 100, name);
	return -EINVAL;
}

int
contact_properties_set(json_t *properties, const json_t *changes, char why[CONTACT_WHY])
{
	const char *name;
	json_t *value;
	size_t bytes;

	json_object_foreach((json_t *)(uintptr_t)changes, name, value)
	{
		if (check(name, value, why) < 0)
			return -EINVAL;
	}
	json_object_foreach((json_t *)(uintptr_t)changes, name, value)
	{
		if (json_is_null(value))
			json_object_del(properties, name);
		else
			json_object_set(properties, name, value);
	}
	bytes = json_dumpb(properties, NULL, 0, JSON_COMPACT);
	if (json_object_size(properties) <= CONTACT_PROPERTIES && bytes <= CONTACT_BYTES)
		return 0;
	snprintf(why, CONTACT_WHY, "A contact has at most %u properties, and %u KiB of them.",
		CONTACT_PROPERTIES, CONTACT_BYTES >> 10);
	return -EINVAL;
}

json_t *
contact_values(struct str address, struct str name, const json_t *properties)
{
	json_t *j = json_object(), *s = json_stringn(address.p, address.n);

	json_object_update(j, (json_t *)(uintptr_t)properties);
	json_object_set_new(j, "email", s ? s : json_string(""));
	s = name.n ? json_stringn(name.p, name.n) : NULL;
	if (s)
		json_object_set_new(j, "name", s);
	return j;
}
