/* Sets of values to try templates out with. */
#include "role/desk_template_priv.h"

#include <errno.h>
#include <stdlib.h>

static json_t *
object_of(struct str text)
{
	json_t *j = json_loadb(text.p, text.n, 0, NULL);

	return j ? j : json_object();
}

static int
on_values(void *ctx, const struct template_values *v)
{
	json_array_append_new(
		ctx, json_pack("{s:o,s:o,s:o,s:o}", "name", desk_webhook_text(v->name), "vars",
			     object_of(v->vars), "contact", object_of(v->contact), "updated",
			     webhook_time_json(v->updated)));
	return 0;
}

static int
values_of(struct webhook_ask *a, const struct template_values *q, json_t **ret_list)
{
	json_t *list = json_array();
	int err = control_template_values_each(a->control, &a->arena, q, on_values, list);

	if (err)
		json_decref(list);
	else
		*ret_list = list;
	return err;
}

/* The template that is asked about; it is there. */
static int
which(struct webhook_ask *a, struct template_values *ret_q)
{
	struct control_template t;
	int err;

	*ret_q = (struct template_values){ .tenant = a->tenant };
	err = desk_template_find(a, &ret_q->template);
	return err ? err : desk_template_read(a, ret_q->template, TEMPLATE_DRAFT, &t);
}

int
desk_template_values(struct webhook_ask *a)
{
	struct template_values q;
	json_t *list = NULL;
	int err = which(a, &q);

	if (!err && webhook_member(a, "name"))
		q.name = desk_text(a->body, "name");
	err = err ? err : values_of(a, &q, &list);
	if (!err)
		a->got = json_pack("{s:o}", "values", list);
	return err;
}

/* As text in the arena. */
static struct str
text_of(struct webhook_ask *a, const json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	struct str kept = arena_str(&a->arena, text ? str_z(text) : STR_LIT("{}"));

	free(text); /* jansson's own allocation */
	return kept.p ? kept : STR_LIT("{}");
}

int
desk_template_values_set(struct webhook_ask *a)
{
	const json_t *vars, *contact;
	struct template_values v;
	json_t *list = NULL;
	int err = which(a, &v);

	err = err ? err : desk_template_object(a, "vars", &vars);
	err = err ? err : desk_template_object(a, "contact", &contact);
	if (err)
		return err;
	v.name = desk_text(a->body, "name");
	v.vars = text_of(a, vars);
	v.contact = text_of(a, contact);
	err = control_template_values_set(a->control, &v);
	err = err ? err : values_of(a, &v, &list);
	if (!err)
		a->got = json_incref(json_array_get(list, 0));
	json_decref(list);
	return err;
}

int
desk_template_values_remove(struct webhook_ask *a)
{
	struct template_values q;
	int err = which(a, &q);

	if (err)
		return err;
	q.name = desk_text(a->body, "name");
	err = control_template_values_remove(a->control, &q);
	if (!err)
		a->got = json_pack("{s:b}", "removed", 1);
	return err;
}
