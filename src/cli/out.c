/* Output for people and for programs. */
#include "base/text.h"
#include "base/utc.h"
#include "cli/cli.h"

#include <stdarg.h>
#include <unistd.h>

static void
say(const struct cli *c, int code, const char *fmt, va_list ap)
{
	struct buf b;

	buf_init(&b, 65536);
	(void)buf_vprintf(&b, fmt, ap);
	fprintf(stderr, "%s%s%s: %.*s\n", c->program, c->command ? " " : "",
		c->command ? c->command : "", STR_ARG(buf_str(&b)));
	if (c->json) {
		json_t *text = json_stringn(buf_str(&b).p, b.n);

		(void)cli_json(c, json_pack("{s:o,s:i}", "error",
					  text ? text : json_string("?"), "exit", code));
	}
	buf_done(&b);
}

int
cli_fail(const struct cli *c, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, code, fmt, ap);
	va_end(ap);
	return code;
}

int
cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, EX_USAGE, fmt, ap);
	va_end(ap);
	return EX_USAGE;
}

int
cli_json(const struct cli *c, json_t *j)
{
	char *text = json_dumps(j, isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);

	(void)c;
	if (text)
		puts(text);
	free(text); /* jansson's own allocation */
	json_decref(j);
	return EX_OK;
}

const char *
cli_text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

json_int_t
cli_number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

bool
cli_true(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

static void
put_safe(struct str s)
{
	struct buf b;

	buf_init(&b, s.n * 8 + 16);
	(void)text_safe(&b, s);
	(void)fwrite(buf_str(&b).p, 1, b.n, stdout);
	buf_done(&b);
}

void
cli_put(const char *text)
{
	put_safe(str_z(text));
	putchar('\n');
}

const char *
cli_local(char dst[CLI_TIME_SIZE], const char *rfc3339)
{
	int64_t wall;
	struct tm tm;
	time_t t;

	if (utc_parse(str_z(rfc3339), &wall) < 0) {
		snprintf(dst, CLI_TIME_SIZE, "-");
		return dst;
	}
	t = (time_t)(wall / UTC_SEC);
	if (!localtime_r(&t, &tm) ||
		strftime(dst, CLI_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(dst, CLI_TIME_SIZE, "-");
	return dst;
}

void
cli_table_init(struct cli_table *t, size_t columns)
{
	*t = (struct cli_table){ .columns = columns };
	buf_init(&t->text, 16u << 20);
}

/* Characters of UTF-8, one column each: good enough for names and addresses. */
static size_t
width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void
cli_cell(struct cli_table *t, const char *text)
{
	size_t from = t->text.n, at = t->cells % t->columns, w;

	(void)text_safe(&t->text, str_z(*text ? text : "-"));
	w = width_of(str_from(buf_str(&t->text), from));
	(void)buf_put_c(&t->text, '\0');
	if (w > t->width[at])
		t->width[at] = w;
	t->cells++;
}

void
cli_cell_number(struct cli_table *t, json_int_t n)
{
	char text[32];

	snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, n);
	cli_cell(t, text);
}

void
cli_table_put(const struct cli *c, struct cli_table *t)
{
	struct str rest = buf_str(&t->text);

	for (size_t i = 0; i < t->cells && rest.p; i++) {
		struct str cell = str_cut(&rest, '\0');
		size_t at = i % t->columns, pad = t->width[at] - width_of(cell) + 2;
		bool last = at + 1 == t->columns, head = i < t->columns && c->colour;

		printf("%s%.*s%s%*s%s", head ? "\033[1m" : "", STR_ARG(cell),
			head ? "\033[0m" : "", last ? 0 : (int)pad, "", last ? "\n" : "");
	}
	buf_done(&t->text);
}

void
cli_colour(const struct cli *c, const char *ansi, const char *text)
{
	if (c->colour)
		printf("\033[%sm", ansi);
	put_safe(str_z(text));
	if (c->colour)
		printf("\033[0m");
}

bool
cli_confirm(const struct cli *c, const char *question)
{
	char answer[16];

	fprintf(stderr, "%s %s ", question, CLI_T(c, "[y/N]", "[o/N]"));
	fflush(stderr);
	if (!fgets(answer, sizeof answer, stdin))
		return false;
	return answer[0] == 'y' || answer[0] == 'Y' ||
	       (c->french && (answer[0] == 'o' || answer[0] == 'O'));
}
