#include "wire/dmarc.h"

#include <errno.h>

static int
policy_of(struct str value, char ret_policy[12])
{
	static const char *const words[] = { "none", "quarantine", "reject" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_ieq_z(value, words[i]))
			return str_copy_z(ret_policy, 12, str_z(words[i]));
	return -EINVAL;
}

bool
dmarc_is(struct str record)
{
	struct str first = str_cut(&record, ';'), name = str_cut(&first, '=');

	return str_eq_z(str_trim(name), "v") && first.p && str_eq_z(str_trim(first), "DMARC1");
}

int
dmarc_read(struct str record, struct dmarc *ret_d)
{
	struct dmarc d = { .policy = "" };
	bool wrong = false;

	if (!dmarc_is(record))
		return -EINVAL;
	while (record.p) {
		struct str value = str_cut(&record, ';'), name = str_cut(&value, '=');

		name = str_trim_all(name);
		value = value.p ? str_trim_all(value) : STR_NONE;
		if (str_ieq_z(name, "p"))
			wrong |= policy_of(value, d.policy) < 0;
		else if (str_ieq_z(name, "sp"))
			wrong |= policy_of(value, d.subdomain) < 0;
		else if (str_ieq_z(name, "rua"))
			d.reports = value.n > 0;
	}
	if ((wrong || !d.policy[0]) && !d.reports)
		return -EINVAL;
	if (wrong || !d.policy[0])
		memcpy(d.policy, "none", sizeof "none");
	if (wrong || !d.subdomain[0])
		memcpy(d.subdomain, d.policy, sizeof d.subdomain);
	*ret_d = d;
	return 0;
}
