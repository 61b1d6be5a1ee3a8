#include "cli/intake.h"
#include "cli/templates.h"
#include "io/file.h"

#include <errno.h>
#include <unistd.h>

#define FILE_MAX_BYTES (2u << 20)
#define PATH_SIZE      700

static const char *const heads[] = { "name", "dialect", "stream", "language", "layout",
	"subject", "from", "reply_to", "preheader" };
static const struct {
	const char *member, *file;
} bodies[] = { { "html", "body.html" }, { "text", "body.txt" }, { "mjml", "body.mjml" } };

static int
path_of(const struct cli *c, char path[PATH_SIZE], const char *dir, const char *name)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s", dir, name);

	return n > 0 && n < PATH_SIZE ? 0 : cli_usage(c, "the name of the folder is too long");
}

/* ---- writing ---- */

/* An empty text removes the file. */
static int
write_one(const struct cli *c, const char *dir, const char *name, struct str text)
{
	char path[PATH_SIZE];
	int err = path_of(c, path, dir, name);

	if (err)
		return err;
	err = text.n ? file_replace(path, text, 0644) : file_unlink(path);
	if (err == 0 || (text.n == 0 && err == -ENOENT))
		return 0;
	return cli_fail(
		c, err == -EACCES ? EX_NOPERM : EX_CANTCREAT, "%s: %s", path, strerror(-err));
}

/* Takes j. */
static int
write_json(const struct cli *c, const char *dir, const char *name, json_t *j)
{
	char *text = json_dumps(j, JSON_INDENT(2));
	struct buf b;
	int err;

	buf_init(&b, FILE_MAX_BYTES * 4);
	buf_put_z(&b, text ? text : "{}");
	buf_put_c(&b, '\n');
	err = write_one(c, dir, name, buf_str(&b));
	buf_done(&b);
	free(text); /* jansson's own allocation */
	json_decref(j);
	return err;
}

static int
write_values(const struct cli *c, const char *dir, const json_t *values)
{
	json_t *all = json_object(), *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)values, i, row)
	{
		json_object_set_new(all, cli_text(row, "name"),
			json_pack("{s:O,s:O}", "vars", json_object_get(row, "vars"), "contact",
				json_object_get(row, "contact")));
	}
	if (json_object_size(all) > 0)
		return write_json(c, dir, "values.json", all);
	json_decref(all);
	return write_one(c, dir, "values.json", STR_NONE);
}

int
templates_write(struct cli *c, const char *dir, const json_t *t, const json_t *values)
{
	json_t *head = json_object();
	int err = file_mkdirs(dir, 0755);

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		json_object_set(head, heads[i], json_object_get(t, heads[i]));
	if (err) {
		json_decref(head);
		return cli_fail(c, EX_CANTCREAT, "%s: %s", dir, strerror(-err));
	}
	err = write_json(c, dir, "template.json", head);
	for (size_t i = 0; !err && i < sizeof bodies / sizeof *bodies; i++) {
		const json_t *j = json_object_get(t, bodies[i].member);

		err = write_one(c, dir, bodies[i].file,
			str_of(json_string_value(j), json_string_length(j)));
	}
	return err ? err : write_values(c, dir, values);
}

/* ---- reading ---- */

int
templates_json(struct cli *c, const char *file, json_t **ret_object)
{
	json_error_t error;
	struct buf b;
	json_t *j;
	int err;

	buf_init(&b, FILE_MAX_BYTES);
	err = intake_read(c, file, &b);
	if (err) {
		buf_done(&b);
		return err;
	}
	j = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, &error);
	buf_done(&b);
	if (json_is_object(j)) {
		*ret_object = j;
		return 0;
	}
	if (j) {
		json_decref(j);
		return cli_fail(c, EX_DATAERR,
			CLI_T(c, "%s: an object is wanted", "%s : un objet est attendu"), file);
	}
	return cli_fail(
		c, EX_DATAERR, "%s:%d:%d: %s", file, error.line, error.column, error.text);
}

/* A member that is passed over would be a value that is missing without a word. */
int
templates_set(const struct cli *c, const char *file, const char *name, const json_t *set)
{
	const char *member;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)set, member, v)
	{
		bool known =
			str_eq_z(str_z(member), "vars") || str_eq_z(str_z(member), "contact");

		if (known && json_is_object(v))
			continue;
		return cli_fail(c, EX_DATAERR,
			CLI_T(c,
				"%s: values%s%s are {\"vars\": {…}, \"contact\": {…}}: \"%s\" "
				"is %s",
				"%s : les valeurs%s%s sont {\"vars\": {…}, \"contact\": {…}} : "
				"« %s » %s"),
			file, *name ? " " : "", name, member,
			known ? CLI_T(c, "no object", "n'est pas un objet")
			      : CLI_T(c, "neither", "n'en est pas"));
	}
	if (json_is_object(set))
		return 0;
	return cli_fail(c, EX_DATAERR,
		CLI_T(c, "%s: values %s: an object is wanted",
			"%s : valeurs %s : un objet est attendu"),
		file, name);
}

static int
read_values(struct cli *c, const char *file, json_t **ret_values)
{
	json_t *all = NULL, *set;
	const char *name;
	int err = templates_json(c, file, &all);

	if (err)
		return err;
	json_object_foreach(all, name, set)
	{
		err = templates_set(c, file, name, set);
		if (err) {
			json_decref(all);
			return err;
		}
	}
	*ret_values = all;
	return 0;
}

/* A body that is not there is empty. */
static int
read_body(struct cli *c, const char *dir, size_t at, json_t *question)
{
	char path[PATH_SIZE];
	struct buf b;
	json_t *text;
	int err = path_of(c, path, dir, bodies[at].file);

	if (err)
		return err;
	buf_init(&b, FILE_MAX_BYTES);
	if (access(path, F_OK) == 0)
		err = intake_read(c, path, &b);
	text = err ? NULL : json_stringn(b.p ? b.p : "", b.n);
	buf_done(&b);
	if (err)
		return err;
	if (!text)
		return cli_fail(c, EX_DATAERR,
			CLI_T(c, "%s: this is no UTF-8", "%s : ce n'est pas de l'UTF-8"), path);
	json_object_set_new(question, bodies[at].member, text);
	return 0;
}

/* What template.json may say. What it does not say is empty. */
static int
read_head(struct cli *c, const char *dir, json_t **ret_question)
{
	char path[PATH_SIZE];
	json_t *head = NULL, *question;
	const char *name;
	json_t *v;
	int err = path_of(c, path, dir, "template.json");

	err = err ? err : templates_json(c, path, &head);
	if (err)
		return err;
	question = json_object();
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		json_t *j = json_object_get(head, heads[i]);

		if (j)
			json_object_set(question, heads[i], j);
		else if (!str_eq_z(str_z(heads[i]), "dialect"))
			json_object_set_new(question, heads[i], json_null());
		json_object_del(head, heads[i]);
	}
	/* A word that is passed over would be a text that is not sent. */
	json_object_foreach(head, name, v)
	{
		(void)v;
		err = cli_fail(c, EX_DATAERR,
			CLI_T(c, "%s: \"%s\" is no member of a template",
				"%s : « %s » n'est pas un membre d'un modèle"),
			path, name);
		break;
	}
	json_decref(head);
	if (err)
		json_decref(question);
	else
		*ret_question = question;
	return err;
}

int
templates_read(struct cli *c, const char *dir, json_t **ret_question, json_t **ret_values)
{
	char path[PATH_SIZE];
	json_t *question = NULL, *values = NULL;
	int err = read_head(c, dir, &question);

	for (size_t i = 0; !err && i < sizeof bodies / sizeof *bodies; i++)
		err = read_body(c, dir, i, question);
	err = err ? err : path_of(c, path, dir, "values.json");
	if (!err && access(path, F_OK) == 0)
		err = read_values(c, path, &values);
	if (err) {
		json_decref(question);
		return err;
	}
	*ret_question = question;
	*ret_values = values;
	return 0;
}
