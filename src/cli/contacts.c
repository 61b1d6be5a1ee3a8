/* Contacts of an account: who they are, and what templates read of them. */
#include "cli/templates.h"

enum { LIST, GET, PUT, REMOVE };

struct contacts {
	const char *account, *search, *name, *properties;
};

#define SHOWN 60u /* bytes of a property, and of all of them */

/* "city=Lyon orders=7", as much as a line shows. */
static void
cell_properties(struct cli_table *t, const json_t *row)
{
	const char *name;
	json_t *v;
	struct buf b;

	buf_init(&b, 4 * SHOWN);
	json_object_foreach(json_object_get(row, "properties"), name, v)
	{
		char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
		const char *value = json_is_string(v) ? json_string_value(v) : text;

		if (b.n > SHOWN || strlen(name) > SHOWN) {
			buf_put_z(&b, " …");
			free(text); /* jansson's own allocation */
			break;
		}
		(void)buf_printf(&b, "%s%s=%s", b.n ? " " : "", name,
			value && strlen(value) <= SHOWN ? value : "…");
		free(text);
	}
	(void)buf_put_c(&b, '\0');
	cli_cell(t, b.p);
	buf_done(&b);
}

static void
put_list(const struct cli *c, const json_t *list)
{
	struct cli_table t;
	json_t *row;
	size_t i;

	cli_table_init(&t, 3);
	cli_cell(&t, CLI_T(c, "ADDRESS", "ADRESSE"));
	cli_cell(&t, CLI_T(c, "NAME", "NOM"));
	cli_cell(&t, CLI_T(c, "PROPERTIES", "PROPRIÉTÉS"));
	json_array_foreach(list, i, row)
	{
		cli_cell(&t, cli_text(row, "address"));
		cli_cell(&t, cli_text(row, "name"));
		cell_properties(&t, row);
	}
	cli_table_put(c, &t);
}

/* The question; takes what the file of properties says. 0 or an exit code. */
static int
question_of(struct cli *c, int at, char **argv, const struct contacts *o, json_t **ret_body)
{
	json_t *body = json_pack("{s:s}", "account", o->account), *properties = NULL;
	int err = 0;

	if (body && at != LIST)
		json_object_set_new(body, "address", json_string(argv[2]));
	if (body && at == LIST && o->search)
		json_object_set_new(body, "search", json_string(o->search));
	if (body && at == PUT && o->name)
		json_object_set_new(body, "name", json_string(o->name));
	if (!body || (at == PUT && o->name && !json_object_get(body, "name")) ||
		(at != LIST && !json_object_get(body, "address"))) {
		json_decref(body);
		return cli_usage(c, "names are text in UTF-8");
	}
	if (at == PUT && o->properties)
		err = templates_json(c, o->properties, &properties);
	if (properties)
		json_object_set_new(body, "properties", properties);
	if (err)
		json_decref(body);
	else
		*ret_body = body;
	return err;
}

static void
put_done(const struct cli *c, int at, const json_t *row, const char *address)
{
	char text[500];

	if (at == REMOVE)
		snprintf(text, sizeof text,
			CLI_T(c, "%s is no contact any more.", "%s n'est plus un contact."),
			address);
	else
		snprintf(text, sizeof text,
			CLI_T(c, "Contact %s is there.", "Le contact %s est enregistré."),
			cli_text(row, "address"));
	cli_put(text);
}

int
cli_contacts(struct cli *c, int argc, char **argv)
{
	static const struct cli_verb verbs[] = {
		[LIST] = { "list", "list --account NAME", 1, "contacts.list" },
		[GET] = { "get", "get ADDRESS --account NAME", 2, "contacts.get" },
		[PUT] = { "put", "put ADDRESS --account NAME", 2, "contacts.put" },
		[REMOVE] = { "remove", "remove ADDRESS --account NAME", 2, "contacts.remove" },
		{ .word = NULL },
	};
	struct contacts o = { 0 };
	const struct cli_opt opts[] = {
		{ "--account", CLI_TEXT, NULL, &o.account },
		{ "--search", CLI_TEXT, NULL, &o.search },
		{ "--name", CLI_TEXT, NULL, &o.name },
		{ "--properties", CLI_TEXT, NULL, &o.properties },
	};
	json_t *body = NULL, *answer;
	int err = cli_options(c, &argc, argv, opts, sizeof opts / sizeof *opts), at;

	if (err)
		return err;
	at = cli_verb(c, argc, argv, verbs);
	if (at < 0)
		return EX_USAGE;
	if (!o.account)
		return cli_usage(c, "--account is missing: whose contact is it?");
	err = question_of(c, at, argv, &o, &body);
	if (err)
		return err;
	err = at == LIST ? cli_pages(c, verbs[at].verb, "contacts", body, &answer)
	                 : cli_tables(c, verbs[at].verb, body, &answer);
	json_decref(body);
	if (err)
		return err;
	if (c->json || at == GET)
		return cli_json(c, answer);
	if (at == LIST)
		put_list(c, json_object_get(answer, "contacts"));
	else
		put_done(c, at, answer, argv[2]);
	json_decref(answer);
	return EX_OK;
}
