/* facteur sink: the built-in sink in the foreground, and what lies in its folder. */
#include "role/sink.h"
#include "base/mem.h"
#include "base/utc.h"
#include "cli/cli.h"
#include "io/file.h"
#include "io/net.h"

#include <errno.h>
#include <unistd.h>

#define WAIT_STEP_US 50000u

struct options {
	const char *listen, *dir, *slow_ms, *grey_ms, *back, *to, *timeout, *count;
};

static int
folder(struct cli *c, struct options *o)
{
	int err;

	if (o->dir)
		return 0;
	err = cli_config(c);
	if (err == 0)
		o->dir = c->paths.sink;
	return err;
}

/* ---- serve */

struct told {
	const struct cli *c;
	const char *where, *dir;
};

static void
on_ready(void *ctx)
{
	const struct told *t = ctx;

	if (t->c->json)
		printf("{\"listening\":\"%s\"}\n", t->where);
	else
		printf(CLI_T(t->c,
			       "The sink listens on %s and keeps mail in %s. Ctrl-C stops.\n",
			       "Le puits écoute sur %s et garde le courrier dans %s. Ctrl-C "
			       "arrête.\n"),
			t->where, t->dir);
	fflush(stdout);
}

static int
address(struct cli *c, const char *option, const char *where, struct net_addr *ret_a)
{
	struct str s = str_z(where), host;
	size_t colon = str_rfind(s, ':');
	uint32_t port;

	host = str_head(s, colon);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_of(host.p + 1, host.n - 2);
	if (colon == s.n || str_u32(str_from(s, colon + 1), &port) < 0 || port > 65535 ||
		net_parse(host, (uint16_t)port, ret_a) < 0)
		return cli_usage(c, "%s %s: the form is 127.0.0.1:2600", option, where);
	return 0;
}

static int
open_port(struct cli *c, const char *where, int *ret_fd)
{
	struct net_addr a;
	int err = address(c, "--listen", where, &a);

	if (err)
		return err;
	*ret_fd = net_listen(&a, 1024);
	if (*ret_fd < 0)
		return cli_fail(c, *ret_fd == -EACCES ? EX_NOPERM : EX_UNAVAILABLE, "%s: %s",
			where, net_why(-*ret_fd));
	return 0;
}

static int
milliseconds(struct cli *c, const char *name, const char *text, uint64_t *us)
{
	uint32_t ms;

	if (!text)
		return 0;
	if (str_u32(str_z(text), &ms) < 0)
		return cli_usage(c, "%s is a number of milliseconds", name);
	*us = ms * UINT64_C(1000);
	return 0;
}

static int
serve(struct cli *c, const struct options *o)
{
	const char *where = o->listen ? o->listen : "127.0.0.1:2600";
	struct sink_conf conf = { .dir = o->dir,
		.hostname = STR_LIT("sink.test"),
		.slow_us = SINK_SLOW_US,
		.grey_us = SINK_GREY_US,
		.signals = true };
	struct told told = { c, where, o->dir };
	int err = milliseconds(c, "--slow-ms", o->slow_ms, &conf.slow_us), code;

	err = err ? err : milliseconds(c, "--grey-ms", o->grey_ms, &conf.grey_us);
	if (o->back)
		err = err ? err : address(c, "--back", o->back, &conf.back);
	err = err ? err : open_port(c, where, &conf.listen_fd);
	if (err)
		return err;
	code = sink_main(&conf, on_ready, &told);
	return code ? cli_fail(c, code, "%s cannot be used as the sink's folder", o->dir) : 0;
}

/* ---- reading the folder */

static json_t *
facts_of(const char *dir, const char *name)
{
	char path[1100];
	struct buf b;
	json_t *j = NULL;

	if (!str_ends(str_z(name), STR_LIT(".json")))
		return NULL;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	buf_init(&b, 8u << 20);
	if (file_read(path, &b) == 0)
		j = json_loadb(buf_str(&b).p, b.n, 0, NULL);
	buf_done(&b);
	return j;
}

struct listing {
	const char *dir, *to;
	json_t *all;
};

static bool
is_for(const json_t *facts, const char *to)
{
	const json_t *one;
	size_t i;

	if (!to)
		return true;
	json_array_foreach(json_object_get(facts, "to"), i,
		one) if (str_ieq_z(str_z(to), json_string_value(one) ? json_string_value(one)
								     : "")) return true;
	return false;
}

static int
see(void *ctx, const char *name)
{
	struct listing *l = ctx;
	json_t *facts = facts_of(l->dir, name);

	if (facts && is_for(facts, l->to))
		json_array_append_new(l->all, facts);
	else
		json_decref(facts);
	return 0;
}

static int
messages(struct cli *c, const struct options *o, json_t **ret_all)
{
	struct listing l = { o->dir, o->to, json_array() };
	int err = file_each(o->dir, see, &l);

	if (err < 0 && err != -ENOENT) {
		json_decref(l.all);
		return cli_fail(c, err == -EACCES ? EX_NOPERM : EX_NOINPUT, "%s: %s", o->dir,
			strerror(-err));
	}
	*ret_all = l.all;
	return 0;
}

static void
cell_to(struct cli_table *t, const json_t *facts)
{
	const json_t *to = json_object_get(facts, "to"), *first = json_array_get(to, 0);
	char text[400];

	snprintf(text, sizeof text, json_array_size(to) > 1 ? "%s +%zu" : "%s",
		json_string_value(first) ? json_string_value(first) : "",
		json_array_size(to) - 1);
	cli_cell(t, text);
}

static int
list(struct cli *c, const struct options *o)
{
	char when[CLI_TIME_SIZE];
	struct cli_table t;
	json_t *all, *m;
	size_t i;
	int err = messages(c, o, &all);

	if (err)
		return err;
	if (c->json)
		return cli_json(c, json_pack("{s:o}", "messages", all));
	if (json_array_size(all) == 0) {
		printf(CLI_T(c, "No mail in %s yet.\n", "Pas encore de courrier dans %s.\n"),
			o->dir);
		json_decref(all);
		return 0;
	}
	cli_table_init(&t, 6);
	cli_cell(&t, "N");
	cli_cell(&t, CLI_T(c, "WHEN", "QUAND"));
	cli_cell(&t, CLI_T(c, "FROM", "DE"));
	cli_cell(&t, CLI_T(c, "TO", "À"));
	cli_cell(&t, CLI_T(c, "BYTES", "OCTETS"));
	cli_cell(&t, CLI_T(c, "SUBJECT", "OBJET"));
	json_array_foreach(all, i, m)
	{
		cli_cell_number(&t, cli_number(m, "n"));
		cli_cell(&t, cli_local(when, cli_text(m, "at")));
		cli_cell(&t, *cli_text(m, "from") ? cli_text(m, "from") : "<>");
		cell_to(&t, m);
		cli_cell_number(&t, cli_number(m, "bytes"));
		cli_cell(&t, cli_text(m, "subject"));
	}
	cli_table_put(c, &t);
	json_decref(all);
	return 0;
}

static int
show(struct cli *c, const struct options *o, const char *number)
{
	char name[64], path[600];
	struct sink_store s = { 0 };
	json_t *facts;
	struct buf b;
	uint64_t n;
	int err;

	if (str_u64(str_z(number), &n) < 0)
		return cli_usage(c,
			"which one? facteur sink show N, as listed by: facteur sink "
			"list");
	snprintf(name, sizeof name, "%06llu.json", (unsigned long long)n);
	facts = facts_of(o->dir, name);
	if (!facts)
		return cli_fail(c, EX_NOINPUT, "there is no message %llu in %s",
			(unsigned long long)n, o->dir);
	(void)str_copy_z(s.dir, sizeof s.dir, str_z(o->dir));
	sink_store_path(&s, n, ".eml", path);
	buf_init(&b, SINK_SIZE_MAX);
	err = file_read(path, &b);
	if (err == 0 && c->json) {
		json_t *text = json_stringn(buf_str(&b).p, b.n);

		/* JSON has only Unicode: other bytes stay in the file. */
		json_object_set_new(facts, "message", text ? text : json_null());
		json_object_set_new(facts, "file", json_string(path));
		(void)cli_json(c, json_incref(facts));
	} else if (err == 0) {
		(void)fwrite(buf_str(&b).p, 1, b.n, stdout);
	}
	buf_done(&b);
	json_decref(facts);
	return err < 0 ? cli_fail(c, EX_NOINPUT, "%s: %s", path, strerror(-err)) : 0;
}

static int
clear(struct cli *c, const struct options *o)
{
	struct sink_store s;
	uint64_t n = 0;
	int err = sink_store_open(&s, o->dir);

	if (err == 0)
		err = sink_store_clear(&s, &n);
	if (err < 0)
		return cli_fail(c, err == -EACCES ? EX_NOPERM : EX_IOERR, "%s: %s", o->dir,
			strerror(-err));
	if (c->json)
		return cli_json(c, json_pack("{s:I}", "removed", (json_int_t)n));
	printf(CLI_T(c, "%llu messages removed\n", "%llu messages effacés\n"),
		(unsigned long long)n);
	return 0;
}

static int
wait_for(struct cli *c, const struct options *o)
{
	uint32_t seconds = 10, want = 1;
	struct clock clock;
	uint64_t until;
	json_t *all = NULL;
	int err;

	if ((o->timeout && str_u32(str_z(o->timeout), &seconds) < 0) ||
		(o->count && str_u32(str_z(o->count), &want) < 0))
		return cli_usage(c, "--timeout is a number of seconds, --count a number");
	clock_real(&clock);
	until = clock_mono(&clock) + seconds * UINT64_C(1000000);
	for (;;) {
		err = messages(c, o, &all);
		if (err)
			return err;
		if (json_array_size(all) >= want)
			break;
		json_decref(all);
		if (clock_mono(&clock) >= until)
			return cli_fail(c, EX_TEMPFAIL,
				CLI_T(c, "no such mail within %u s", "rien reçu en %u s"),
				seconds);
		usleep(WAIT_STEP_US);
	}
	if (c->json)
		return cli_json(c, json_pack("{s:o}", "messages", all));
	printf(CLI_T(c, "%zu there\n", "%zu arrivés\n"), json_array_size(all));
	json_decref(all);
	return 0;
}

int
cli_sink(struct cli *c, int argc, char **argv)
{
	static const char *const words[] = { "serve", "list", "show", "clear", "wait", NULL };
	enum { SERVE, LIST, SHOW, CLEAR, WAIT };
	struct options o = { 0 };
	const struct cli_opt opts[] = {
		{ "--listen", CLI_TEXT, NULL, &o.listen },
		{ "--dir", CLI_TEXT, NULL, &o.dir },
		{ "--slow-ms", CLI_TEXT, NULL, &o.slow_ms },
		{ "--grey-ms", CLI_TEXT, NULL, &o.grey_ms },
		{ "--back", CLI_TEXT, NULL, &o.back },
		{ "--to", CLI_TEXT, NULL, &o.to },
		{ "--timeout", CLI_TEXT, NULL, &o.timeout },
		{ "--count", CLI_TEXT, NULL, &o.count },
	};
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at = SERVE;

	if (err)
		return err;
	if (argc > 1 || !o.listen)
		at = cli_word(c, argc, argv, words);
	if (at < 0)
		return EX_USAGE;
	if (argc > 1)
		err = cli_arguments(c, argc, at == SHOW ? 2 : 1, words[at]);
	err = err ? err : folder(c, &o);
	if (err)
		return err;
	switch (at) {
	case SERVE:
		return serve(c, &o);
	case LIST:
		return list(c, &o);
	case SHOW:
		return show(c, &o, argv[2]);
	case CLEAR:
		return clear(c, &o);
	default:
		return wait_for(c, &o);
	}
}
