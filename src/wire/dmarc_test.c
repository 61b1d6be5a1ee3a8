#include "base/test.h"

#include "wire/dmarc.h"

#include <errno.h>

static void
test_read(void **state)
{
	static const struct {
		const char *name;
		int rc;
		const char *policy, *subdomain;
		bool reports;
	} table[] = {
		{ "v=DMARC1; p=none", 0, "none", "none", false },
		{ "v=DMARC1;p=reject;sp=none;rua=mailto:d@x.test", 0, "reject", "none", true },
		{ " v = DMARC1 ; P = Quarantine ;", 0, "quarantine", "quarantine", false },
		{ "v=DMARC1; rua=mailto:d@x.test", 0, "none", "none", true },
		{ "v=DMARC1; p=reject; sp=x; rua=mailto:d@x.test", 0, "none", "none", true },
		{ "v=DMARC1", -EINVAL, "", "", false },
		{ "v=dmarc1; p=none", -EINVAL, "", "", false },
		{ "v=DMARC10; p=none", -EINVAL, "", "", false },
		{ "p=none; v=DMARC1", -EINVAL, "", "", false },
		{ "", -EINVAL, "", "", false },
	};
	struct dmarc d;

	(void)state;
	TEST_EACH(row, table)
	{
		assert_int_equal(dmarc_read(str_z(row->name), &d), row->rc);
		if (row->rc < 0)
			continue;
		assert_string_equal(d.policy, row->policy);
		assert_string_equal(d.subdomain, row->subdomain);
		assert_int_equal(d.reports, row->reports);
	}
}

TEST_MAIN(TEST(test_read))
