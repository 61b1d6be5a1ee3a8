#include "base/text.h"
#include "cli/suppressions.h"
#include "wire/csv.h"

#include <errno.h>

#define LINE_MAX_BYTES 4096
#define LINES_MAX      10000000u
#define ROWS           100 /* of one question */
#define TOLD_MAX       20  /* bad lines that are told one by one */
#define COLUMNS_MAX    32

enum column { COLUMN_NONE, ADDRESS, STREAM, REASON, AT, NOTE, COLUMNS };
static const char *const names[COLUMNS] = { [ADDRESS] = "address",
	[STREAM] = "stream",
	[REASON] = "reason",
	[AT] = "at",
	[NOTE] = "note" };

struct import {
	struct cli *cli;
	const struct suppressions *options;
	uint64_t incident;
	enum column columns[COLUMNS_MAX];
	size_t ncolumns;
	json_t *rows;
	unsigned long lines[ROWS]; /* where they come from */
	unsigned long line, bad;
	json_int_t changed, same;
	json_t *errors; /* --json */
};

static void
bad(struct import *im, unsigned long line, const char *why)
{
	im->bad++;
	if (im->bad <= TOLD_MAX)
		fprintf(stderr, "%s:%lu: %s\n", im->options->file, line, why);
	if (im->bad <= TOLD_MAX)
		json_array_append_new(im->errors,
			json_pack("{s:I,s:s}", "line", (json_int_t)line, "error", why));
}

/* What waits, to the service. */
static int
flush(struct import *im)
{
	const struct suppressions *o = im->options;
	json_t *body, *answer, *e;
	size_t i;
	int err;

	if (json_array_size(im->rows) == 0)
		return 0;
	body = json_pack("{s:s,s:I,s:O}", "account", o->account, "incident",
		(json_int_t)im->incident, "rows", im->rows);
	if (o->group)
		json_object_set_new(body, "group", json_string(o->group));
	if (o->stream)
		json_object_set_new(body, "stream", json_string(o->stream));
	if (o->reason)
		json_object_set_new(body, "reason", json_string(o->reason));
	if (o->note)
		json_object_set_new(body, "note", json_string(o->note));
	err = cli_ask(im->cli, "suppressions.import", body, &answer);
	json_decref(body);
	json_array_clear(im->rows);
	if (err)
		return err;
	im->changed += cli_number(answer, "changed");
	im->same += cli_number(answer, "same");
	json_array_foreach(json_object_get(answer, "errors"), i, e)
	{
		json_int_t row = cli_number(e, "row");

		if (row >= 0 && row < ROWS)
			bad(im, im->lines[row], cli_text(e, "error"));
	}
	json_decref(answer);
	return 0;
}

static enum column
column_named(struct str s)
{
	if (str_ieq_z(s, "email") || str_ieq_z(s, "e-mail") || str_ieq_z(s, "recipient"))
		return ADDRESS;
	if (str_ieq_z(s, "created") || str_ieq_z(s, "date"))
		return AT;
	for (int i = ADDRESS; i < COLUMNS; i++)
		if (str_ieq_z(s, names[i]))
			return (enum column)i;
	return COLUMN_NONE;
}

/* The first line may say what the columns are. */
static bool
is_head(struct import *im, struct str line)
{
	enum column columns[COLUMNS_MAX];
	struct str field;
	struct buf b;
	size_t n = 0;
	bool has = false;

	buf_init(&b, LINE_MAX_BYTES);
	while (line.p && n < COLUMNS_MAX && csv_field(&line, &b, &field) == 0) {
		columns[n] = column_named(field);
		has = has || columns[n] == ADDRESS;
		n++;
	}
	buf_done(&b);
	if (!has)
		return false;
	memcpy(im->columns, columns, n * sizeof *columns);
	im->ncolumns = n;
	return true;
}

static const char *
row_of(const struct import *im, struct str line, json_t *row)
{
	struct str field;
	struct buf b;
	const char *why = NULL;
	json_t *text;

	buf_init(&b, LINE_MAX_BYTES);
	for (size_t i = 0; line.p && !why; i++) {
		if (csv_field(&line, &b, &field) < 0) {
			why = CLI_T(
				im->cli, "a quote does not end", "un guillemet reste ouvert");
			break;
		}
		if (i >= im->ncolumns || !im->columns[i] || field.n == 0)
			continue;
		field = csv_text(field);
		text = json_stringn(field.p, field.n);
		if (text)
			json_object_set_new(row, names[im->columns[i]], text);
		else
			why = CLI_T(im->cli, "this is no UTF-8", "ce n'est pas de l'UTF-8");
	}
	buf_done(&b);
	return why;
}

static int
add_line(struct import *im, struct str line)
{
	json_t *row;
	const char *why;

	line = str_trim_all(line);
	if (im->line == 1 && str_starts(line, STR_LIT("\xef\xbb\xbf")))
		line = str_from(line, 3);
	if (line.n == 0 || line.p[0] == '#' || (im->line == 1 && is_head(im, line)))
		return 0;
	row = json_object();
	why = row_of(im, line, row);
	if (why) {
		json_decref(row);
		bad(im, im->line, why);
		return 0;
	}
	im->lines[json_array_size(im->rows)] = im->line;
	json_array_append_new(im->rows, row);
	return json_array_size(im->rows) == ROWS ? flush(im) : 0;
}

/* The rest of a line that is too long. */
static void
skip(FILE *f)
{
	int ch;

	do
		ch = getc(f);
	while (ch != '\n' && ch != EOF);
}

static int
read_all(struct import *im, FILE *f)
{
	char line[LINE_MAX_BYTES];
	int err = 0;

	while (err == 0 && fgets(line, sizeof line, f)) {
		size_t n = strlen(line);

		im->line++;
		if (n == sizeof line - 1 && line[n - 1] != '\n') {
			bad(im, im->line,
				CLI_T(im->cli, "this line is too long",
					"cette ligne est trop longue"));
			skip(f);
		} else if (im->line > LINES_MAX) {
			return cli_fail(im->cli, EX_DATAERR,
				CLI_T(im->cli, "more than %u lines", "plus de %u lignes"),
				LINES_MAX);
		} else {
			err = add_line(im, str_of(line, n));
		}
	}
	if (err == 0 && ferror(f))
		err = cli_fail(im->cli, EX_IOERR, "%s: %s", im->options->file, strerror(EIO));
	return err ? err : flush(im);
}

static void
put_result(const struct import *im)
{
	printf(CLI_T(im->cli,
		       "%" JSON_INTEGER_FORMAT " addresses suppressed, %" JSON_INTEGER_FORMAT
		       " were so already, %lu lines refused.\n",
		       "%" JSON_INTEGER_FORMAT " adresses écartées, %" JSON_INTEGER_FORMAT
		       " l'étaient déjà, %lu lignes refusées.\n"),
		im->changed, im->same, im->bad);
	if (im->changed)
		printf(CLI_T(im->cli, "To undo it: facteur suppressions undo %llu\n",
			       "Pour l'annuler : facteur suppressions undo %llu\n"),
			(unsigned long long)im->incident);
}

static uint64_t
incident_now(void)
{
	struct clock clock;

	clock_real(&clock);
	/* Below 2^53, so that every JSON reader keeps it whole. */
	return (uint64_t)clock_wall(&clock);
}

int
suppressions_import(struct cli *c, const struct suppressions *o)
{
	struct import im = { .cli = c,
		.options = o,
		.columns = { ADDRESS, STREAM, REASON, NOTE },
		.ncolumns = 4 };
	bool standard = strcmp(o->file, "-") == 0;
	FILE *f = standard ? stdin : fopen(o->file, "re");
	int err;

	if (!f)
		return cli_fail(c, EX_NOINPUT, "%s: %s", o->file, strerror(errno));
	im.incident = incident_now();
	if (o->incident && str_u64(str_z(o->incident), &im.incident) < 0) {
		if (!standard)
			(void)fclose(f);
		return cli_usage(c, "--incident is a number");
	}
	im.rows = json_array();
	im.errors = json_array();
	err = read_all(&im, f);
	if (!standard)
		(void)fclose(f);
	json_decref(im.rows);
	if (err == 0 && c->json)
		(void)cli_json(
			c, json_pack("{s:I,s:I,s:I,s:I,s:O}", "changed", im.changed, "same",
				   im.same, "refused", (json_int_t)im.bad, "incident",
				   (json_int_t)im.incident, "errors", im.errors));
	else if (err == 0)
		put_result(&im);
	json_decref(im.errors);
	return err ? err : im.bad ? EX_DATAERR : EX_OK;
}
