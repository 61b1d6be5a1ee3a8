#include "base/test.h"

#include "io/machine.h"

#include <errno.h>

static void
test_space(void **state)
{
	struct machine_space s, up;
	char path[700];

	(void)state;
	assert_int_equal(machine_space(test_dir(), &s), 0);
	assert_true(s.bytes > 0 && s.bytes_free <= s.bytes && s.files_free <= s.files);
	/* What is not there yet will lie where its folder lies. */
	snprintf(path, sizeof path, "%s/a/b/c", test_dir());
	assert_int_equal(machine_space(path, &up), 0);
	assert_true(up.bytes == s.bytes);
	assert_int_equal(machine_space("/nowhere-at-all/x", &up), 0);
	assert_int_equal(machine_space("nowhere-at-all", &up), -ENOENT);
	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	assert_int_equal(machine_space(path, &up), -ENAMETOOLONG);
	test_dir_done();
}

static void
test_rest(void **state)
{
	char kernel[MACHINE_KERNEL], libraries[MACHINE_LIBRARIES];
	struct machine_clock c;
	struct net_addr a;
	int rc;

	(void)state;
	rc = machine_clock(&c);
	assert_true(rc == 0 || rc == -EPERM);
	assert_true(machine_landlock() >= 0);
	machine_kernel(kernel);
	assert_true(strncmp(kernel, "Linux ", 6) == 0);
	machine_libraries(libraries);
	assert_true(strncmp(libraries, "OpenSSL 3", 9) == 0);
	rc = machine_source(AF_INET, &a);
	assert_true(rc < 0 || (a.u.sa.sa_family == AF_INET && net_port(&a) == 0));
}

TEST_MAIN(TEST(test_space), TEST(test_rest))
