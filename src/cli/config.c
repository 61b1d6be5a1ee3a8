/* The configuration of a command: file, environment, --state. */
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/demo_state.h"
#include "io/file.h"

#include <errno.h>
#include <unistd.h>

#define CONFIG_MAX (1u << 20)

static int
read_stdin(struct buf *b)
{
	char *at;
	ssize_t n;

	do {
		at = buf_room(b, 4096);
		if (!at)
			return -E2BIG;
		n = read(STDIN_FILENO, at, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf_added(b, (size_t)n);
	} while (n != 0);
	return 0;
}

/* "file:line:column: text": editors jump there. */
static int
complain(struct cli *c, const char *file, const struct config_error *e)
{
	if (c->json)
		(void)cli_json(c,
			json_pack("{s:s,s:i,s:s,s:i,s:i}", "error", e->text, "exit", EX_CONFIG,
				"file", file, "line", (int)e->line, "column", (int)e->column));
	if (e->line)
		fprintf(stderr, "%s:%u:%u: %s\n", file, e->line, e->column, e->text);
	else
		fprintf(stderr, "%s: %s\n", file, e->text);
	return EX_CONFIG;
}

int
cli_config_read(struct cli *c, const char *file, struct config *ret_c)
{
	bool from_stdin = file && str_eq_z(str_z(file), "-");
	struct config_error e = { 0 };
	struct buf text;
	int err = 0;

	buf_init(&text, CONFIG_MAX);
	if (file)
		err = from_stdin ? read_stdin(&text) : file_read(file, &text);
	if (err < 0) {
		buf_done(&text);
		return cli_fail(c, err == -EACCES || err == -EPERM ? EX_NOPERM : EX_NOINPUT,
			"%s cannot be read: %s", file, strerror(-err));
	}
	err = config_parse(
		ret_c, from_stdin ? STR_NONE : str_z(file), buf_str(&text), environ, &e);
	buf_done(&text);
	return err < 0 ? complain(c, from_stdin ? "-" : file ? file : "environment", &e) : 0;
}

/* Without a configuration, a demo of this user that runs is what is meant. */
static bool
is_demo(const struct cli *c, char *state, size_t size)
{
	static const char *const own[] = { "serve", "check-config" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (c->command && str_eq_z(str_z(c->command), own[i]))
			return false;
	return !c->config_file && !c->state && !getenv("FACTEUR_STATE") &&
	       demo_state_find(state, size);
}

/* As it was started: doctor looks at its ports, not at those of a server. */
static int
read_demo(struct cli *c, const char *state, struct config *ret_c)
{
	struct config_error e = { 0 };
	struct buf text;
	int err;

	buf_init(&text, CONFIG_MAX);
	(void)demo_state_config(state, &text);
	err = config_parse(ret_c, STR_NONE, buf_str(&text), environ, &e);
	buf_done(&text);
	if (err < 0)
		return complain(c, "demo.yaml", &e);
	ret_c->state = arena_str(&ret_c->arena, str_z(state));
	if (ret_c->hostname.n == 0)
		ret_c->hostname = STR_LIT("demo.test");
	return 0;
}

int
cli_config(struct cli *c)
{
	struct config *cf;
	char demo[512];
	int err;

	if (c->config)
		return 0;
	cf = MEM_NEW(cf);
	err = is_demo(c, demo, sizeof demo) ? read_demo(c, demo, cf)
	                                    : cli_config_read(c, c->config_file, cf);
	if (err) {
		mem_free(cf);
		return err;
	}
	c->config = cf;
	c->state_there = cf->state;
	if (c->state)
		cf->state = str_z(c->state);
	if (role_paths(&c->paths, cf->state) < 0)
		return cli_fail(c, EX_CONFIG, "the path of the state folder is too long");
	return 0;
}
