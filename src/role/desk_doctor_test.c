#include "role/desk_scene.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* Who asks waits for the engine, then for the checks; others are answered meanwhile. */
static struct str
doctor(struct scene *s, const char *body)
{
	(void)ask(s, "doctor", body);
	for (int i = 0; i < 400 && s->in.n == 0; i++) {
		clock_pass(&s->clock, 100000);
		loop_step(s->loop, 1000);
	}
	return buf_str(&s->in);
}

static void
test_report(void **state)
{
	struct scene s;
	struct str said;

	(void)state;
	scene_open(&s);
	s.json = "{\"ready\":true}";
	said = doctor(&s, "{\"only\":\"service,version,disk\"}");
	assert_int_equal(status_of(said), 200);
	assert_true(has(said, "\"code\":\"service_ready\"") && has(said, "\"code\":\"disk\""));
	assert_true(has(said, "\"at\":\"20") && !has(said, "\"check\":\"dkim\""));
	said = doctor(&s, "{\"only\":\"service\",\"lang\":\"fr\"}");
	assert_true(has(said, "Il tourne et prend le courrier."));
	s.json = "{\"ready\":false}";
	said = doctor(&s, "{\"only\":\"service,sandbox\"}");
	assert_true(has(said, "\"code\":\"service_not_ready\""));
	/* What a sandboxed process cannot see is not said to be well. */
	assert_true(has(said, "\"code\":\"no_right\""));
	/* The engine is away. */
	channel_free(&s.engine);
	turn(&s);
	said = doctor(&s, "{\"only\":\"service\"}");
	assert_true(has(said, "\"code\":\"service_not_ready\""));
	assert_int_equal(status_of(doctor(&s, "{\"only\":\"weather\"}")), 400);
	assert_int_equal(s.desk->ndoctors, 0);
	scene_close(&s);
}

/* A silent name server: two at a time, a third is told to come again; who leaves is forgotten;
 * a reload ends them; it ends by itself. */
static void
test_bounded(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char servers[40];
	struct scene s;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(servers, sizeof servers, "127.0.0.1:%u", ntohs(at.sin_port));
	scene_open(&s);
	s.config.outbound.resolver = str_z(servers);
	for (unsigned i = 1; i <= 2; i++) {
		(void)ask(&s, "doctor", "{\"only\":\"resolver\"}");
		assert_int_equal(s.desk->ndoctors, i);
	}
	assert_int_equal(status_of(ask(&s, "doctor", "{\"only\":\"resolver\"}")), 429);
	/* Its loop is free. */
	assert_int_equal(status_of(ask(&s, "accounts.list", "{}")), 200);
	desk_doctor_over(s.desk);
	assert_int_equal(s.desk->ndoctors, 0);
	(void)ask(&s, "doctor", "{\"only\":\"resolver\"}");
	desk_doctor_over(s.desk);
	turn(&s);
	assert_int_equal(status_of(buf_str(&s.in)), 503);
	(void)ask(&s, "doctor", "{\"only\":\"resolver\"}");
	for (int i = 0; i < 300 && s.in.n == 0; i++) {
		clock_pass(&s.clock, 100000);
		loop_step(s.loop, 1000);
	}
	assert_true(has(buf_str(&s.in), "\"code\":\"late\"") ||
		    has(buf_str(&s.in), "\"code\":\"resolver_silent\""));
	/* One under way when all ends. */
	(void)ask(&s, "doctor", "{\"only\":\"resolver\"}");
	s.config.outbound.resolver = STR_NONE;
	scene_close(&s);
	close(fd);
}

TEST_MAIN(TEST(test_report), TEST(test_bounded))
