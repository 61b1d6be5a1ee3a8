/*
 * Postmark's rules for mail that comes in: senders who are refused. The tables are asked first
 * for what has a code of Postmark's; the change is a verb's, since the engine must hear of it.
 */
#include "role/desk_postmark.h"

#include "account/control_inbound.h"
#include "account/control_inbound_rule.h"

#define COUNT      500u
#define COUNT_MAX  500u
#define OFFSET_MAX INBOUND_RULES_MAX

static json_t *
rule_json(int64_t id, struct str rule)
{
	return json_pack("{s:I,s:o}", "ID", (json_int_t)id, "Rule", desk_api_json(rule));
}

struct page {
	json_t *rows;
	unsigned offset, limit, seen;
	struct str rule; /* looked for; p NULL: any */
};

static int
on_rule(void *ctx, const struct inbound_rule *r)
{
	struct page *p = ctx;

	if (p->rule.p && !str_eq(p->rule, r->rule))
		return 0;
	if (p->seen >= p->offset && p->seen - p->offset < p->limit)
		json_array_append_new(p->rows, rule_json(r->id, r->rule));
	p->seen++;
	return 0;
}

/* false: the call was answered. id 0: any. */
static bool
read_rules(struct desk_conn *n, int64_t id, struct page *p)
{
	const struct inbound_rule q = { .tenant = n->tenant, .id = id };
	struct control *c = desk_control(n->desk);

	if (c && control_inbound_rule_each(c, &q, on_rule, p) == 0)
		return true;
	desk_api_refuse(n, 503, STR_LIT("The control tables cannot be read."));
	return false;
}

static void
list(struct desk_conn *n)
{
	struct desk_postmark_query r = { .conn = n, .code = "800" };
	struct page p = { .limit = desk_postmark_number(&r, "count", COUNT, COUNT_MAX),
		.offset = desk_postmark_number(&r, "offset", 0, OFFSET_MAX) };

	if (desk_postmark_refused(&r))
		return;
	p.rows = json_array();
	if (read_rules(n, 0, &p))
		desk_api_say(n, 200,
			json_pack("{s:I,s:O}", "TotalCount", (json_int_t)p.seen, "InboundRules",
				p.rows));
	json_decref(p.rows);
}

static json_t *
shape_rule(struct desk_conn *n, int *status, json_t *j)
{
	json_t *o =
		rule_json(json_integer_value(json_object_get(j, "id")), desk_text(j, "rule"));

	(void)n;
	(void)status;
	json_decref(j);
	return o;
}

static void
add(struct desk_conn *n)
{
	struct page same = { .limit = 0 };
	struct str text =
		json_is_string(desk_vendor_member(n, "Rule"))
			? str_trim(str_z(json_string_value(desk_vendor_member(n, "Rule"))))
			: STR_NONE;
	json_t *body;

	if (text.n == 0)
		desk_postmark_refuse(
			n, "809", "No trigger data received: \"Rule\" is missing.");
	else if (control_inbound_address(&n->arena, text, &same.rule) < 0)
		desk_postmark_refuse(n, "813", "Not a valid email address or domain.");
	else if (!read_rules(n, 0, &same))
		return;
	else if (same.seen > 0)
		desk_postmark_refuse(n, "810", "This inbound rule already exists.");
	else {
		body = desk_vendor_question(n);
		json_object_set_new(body, "rule", desk_api_json(same.rule));
		desk_api_ask(n, "inbound.block", body, shape_rule);
	}
}

static json_t *
shape_removed(struct desk_conn *n, int *status, json_t *j)
{
	struct str text =
		arena_printf(&n->arena, "Rule %.*s removed.", STR_ARG(desk_text(j, "rule")));

	(void)status;
	json_decref(j);
	return json_pack("{s:i,s:o}", "ErrorCode", 0, "Message",
		desk_api_json(text.p ? text : STR_NONE));
}

static void
remove_rule(struct desk_conn *n)
{
	struct page one = { .limit = 0 };
	uint32_t id = 0;
	json_t *body;

	if (str_u32(n->params[0], &id) < 0)
		id = 0;
	if (id && !read_rules(n, id, &one))
		return;
	if (one.seen == 0) {
		desk_postmark_refuse(n, "812", "This inbound rule was not found.");
		return;
	}
	body = desk_vendor_question(n);
	json_object_set_new(body, "id", json_integer(id));
	desk_api_ask(n, "inbound.unblock", body, shape_removed);
}

bool
desk_postmark_rule(struct desk_conn *n)
{
	switch (n->route->op) {
	case API_PM_RULES:
		list(n);
		return true;
	case API_PM_RULE_ADD:
		add(n);
		return true;
	case API_PM_RULE_REMOVE:
		remove_rule(n);
		return true;
	default:
		return false;
	}
}
