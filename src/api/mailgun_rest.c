#include "api/mailgun_rest.h"

#include "base/text.h"
#include "base/utc.h"
#include "report/hook_mailgun.h"
#include "report/member.h"

#include <errno.h>

#define PAGE_MAX 4096u

/* ---- events ---- */

uint32_t
mailgun_rest_kinds(struct str words)
{
	uint32_t bits = 0;

	while (words.n) {
		struct str w = str_cut(&words, ' ');
		uint32_t one = 0;

		if (w.n == 0 || str_eq_z(w, "OR"))
			continue;
		for (unsigned k = 1; k < FACT_KINDS; k++) {
			const char *name = hook_mailgun_word((enum fact_kind)k);

			if (name && str_ieq_z(w, name))
				one |= UINT32_C(1) << k;
		}
		if (!one)
			return 0;
		bits |= one;
	}
	return bits;
}

uint32_t
mailgun_rest_states(uint32_t kinds)
{
	const uint32_t sure = UINT32_C(1) << FACT_OPENED | UINT32_C(1) << FACT_CLICKED |
	                      UINT32_C(1) << FACT_UNSUBSCRIBED | UINT32_C(1) << FACT_COMPLAINED;

	/* What happened before the last state is no state any more. */
	return kinds & ~sure ? 0 : kinds;
}

struct str
mailgun_rest_page(struct arena *a, struct str cursor, struct str query)
{
	struct str text = arena_printf(a, "%.*s&%.*s", STR_ARG(cursor), STR_ARG(query));
	struct str page = { NULL, 0 };
	struct buf b;

	buf_init(&b, 2 * PAGE_MAX);
	if (text.p && text.n <= PAGE_MAX && text_b64url(&b, text) == 0)
		page = arena_str(a, buf_str(&b));
	buf_done(&b);
	return page;
}

int
mailgun_rest_page_read(
	struct arena *a, struct str page, struct str *ret_cursor, struct str *ret_query)
{
	struct str text = { NULL, 0 };
	struct buf b;

	buf_init(&b, PAGE_MAX);
	if (text_b64url_decode(&b, page) == 0)
		text = arena_str(a, buf_str(&b));
	buf_done(&b);
	if (!text.p || str_find(text, '&') == text.n)
		return -EINVAL;
	*ret_cursor = str_cut(&text, '&');
	*ret_query = text;
	return 0;
}

/* ---- domains ---- */

static struct str
text_of(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

static bool
verified(const json_t *domain)
{
	return json_is_true(json_object_get(domain, "verified"));
}

json_t *
mailgun_rest_domain(const json_t *domain)
{
	struct str name = text_of(domain, "domain");
	char created[UTC_TEXT_SIZE] = "";
	int64_t wall;

	if (utc_parse(text_of(domain, "created"), &wall) == 0)
		(void)utc_rfc5322(created, wall);
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b}", "id",
		member_of(name), "name", member_of(name), "created_at", created, "state",
		verified(domain) ? "active" : "unverified", "type", "custom", "spam_action",
		"disabled", "wildcard", 0, "is_disabled", 0, "require_tls", 0,
		"skip_verification", 0);
}

static const char *
validity(const json_t *domain, const json_t *record)
{
	struct str state = text_of(record, "state");

	if (str_eq_z(state, "found"))
		return "valid";
	if (state.n && !str_eq_z(state, "unchecked"))
		return "invalid";
	return verified(domain) && str_eq_z(text_of(record, "purpose"), "dkim") ? "valid"
	                                                                        : "unknown";
}

json_t *
mailgun_rest_records(const json_t *domain)
{
	json_t *list = json_array();
	const json_t *r;
	size_t i;

	json_array_foreach(json_object_get(domain, "records"), i, r)
	{
		const char *valid = validity(domain, r);

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:o, s:o, s:b, s:[]}", "record_type", "TXT",
				      "valid", valid, "name", member_of(text_of(r, "name")),
				      "value", member_of(text_of(r, "value")), "is_active",
				      strcmp(valid, "valid") == 0, "cached"));
	}
	return json_pack("{s:o, s:[], s:o}", "domain", mailgun_rest_domain(domain),
		"receiving_dns_records", "sending_dns_records", list);
}
