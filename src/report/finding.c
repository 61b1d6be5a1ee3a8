#include "report/finding.h"

#include "base/mem.h"
#include "base/must.h"
#include "report/wording.h"

#include <stdlib.h>

static const struct {
	const char *id, *title[2], *why[2];
} checks[] = {
#define C(check, id, title_en, title_fr, why_en, why_fr)                                       \
	[FINDING_CHECK_##check] = { id, { title_en, title_fr }, { why_en, why_fr } },
	FINDING_CHECKS(C)
#undef C
};

struct wording {
	enum finding_state state;
	const char *code, *found[2], *todo[2];
};

static const struct wording wordings[] = {
#define F(what, check, state, code, en, fr, todo_en, todo_fr)                                  \
	[FINDING_##what] = { FINDING_##state, code, { en, fr }, { todo_en, todo_fr } },
	FINDING_FINDINGS(F)
#undef F
};
static const enum finding_check check_of[] = {
#define F(what, check, state, code, en, fr, todo_en, todo_fr)                                  \
	[FINDING_##what] = FINDING_CHECK_##check,
	FINDING_FINDINGS(F)
#undef F
};
static const struct wording skips[] = {
#define S(skip, state, code, en, fr, todo_en, todo_fr)                                         \
	[FINDING_SKIP_##skip] = { FINDING_##state, code, { en, fr }, { todo_en, todo_fr } },
	FINDING_SKIPS(S)
#undef S
};

static const char *const states[] = { "ok", "unknown", "warn", "fail" };

struct findings {
	bool french;
	json_t *rows[FINDING_CHECKS_N];
	size_t n;
	unsigned counts[FINDING_FAIL + 1];
};

struct findings *
findings_new(bool french)
{
	struct findings *f = MEM_NEW(f);

	f->french = french;
	for (size_t i = 0; i < FINDING_CHECKS_N; i++)
		f->rows[i] = json_array();
	return f;
}

void
findings_free(struct findings **pf)
{
	struct findings *f = *pf;

	*pf = NULL;
	if (!f)
		return;
	for (size_t i = 0; i < FINDING_CHECKS_N; i++)
		json_decref(f->rows[i]);
	mem_free(f);
}

bool
findings_french(const struct findings *f)
{
	return f->french;
}

static void
add(struct findings *f, enum finding_check check, const struct wording *w,
	const struct finding *x)
{
	enum finding_state state =
		x->soft && w->state == FINDING_FAIL ? FINDING_WARN : w->state;

	f->counts[state]++;
	if (f->n >= FINDINGS_MAX)
		return;
	f->n++;
	json_array_append_new(f->rows[check],
		json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:s, s:o}", "check", checks[check].id,
			"title", checks[check].title[f->french], "subject",
			wording_safe(x->subject), "state", states[state], "code", w->code,
			"found", wording_fill(w->found[f->french], x->args), "why",
			checks[check].why[f->french], "todo",
			wording_fill(w->todo[f->french], x->args)));
}

void
finding_add(struct findings *f, const struct finding *x)
{
	must(x->what < FINDING_WHATS);
	add(f, check_of[x->what], &wordings[x->what], x);
}

void
finding_skip(struct findings *f, enum finding_check check, struct str subject,
	enum finding_skip skip, const char *why)
{
	must(check < FINDING_CHECKS_N && skip < FINDING_SKIPS_N);
	add(f, check, &skips[skip],
		&(struct finding){ .subject = subject, .args = { why, NULL, NULL } });
}

static const char *
member(const json_t *row, const char *name)
{
	return json_string_value(json_object_get(row, name));
}

static int
order(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int by = strcmp(member(x, "subject"), member(y, "subject"));

	return by ? by : strcmp(member(x, "found"), member(y, "found"));
}

/* New references of a check's lines, in order, behind those of all. */
static void
put_sorted(json_t *all, const json_t *rows)
{
	size_t n = json_array_size(rows);
	json_t **list = mem_new(n ? n : 1, sizeof(json_t *));

	for (size_t i = 0; i < n; i++)
		list[i] = json_array_get(rows, i);
	qsort(list, n, sizeof(json_t *), order);
	for (size_t i = 0; i < n; i++)
		json_array_append(all, list[i]);
	mem_free(list);
}

json_t *
findings_json(const struct findings *f)
{
	enum finding_state worst = f->counts[FINDING_FAIL]   ? FINDING_FAIL
	                           : f->counts[FINDING_WARN] ? FINDING_WARN
	                                                     : FINDING_OK;
	json_t *all = json_array(), *counts = json_object();

	for (size_t i = 0; i < FINDING_CHECKS_N; i++)
		put_sorted(all, f->rows[i]);
	for (size_t i = 0; i <= FINDING_FAIL; i++)
		json_object_set_new(counts, states[i], json_integer(f->counts[i]));
	return json_pack("{s:s, s:i, s:o, s:o}", "state", states[worst], "exit",
		worst == FINDING_FAIL   ? 2
		: worst == FINDING_WARN ? 1
					: 0,
		"counts", counts, "checks", all);
}

const char *
finding_check_id(enum finding_check c)
{
	must(c < FINDING_CHECKS_N);
	return checks[c].id;
}

enum finding_check
finding_check_of(struct str id)
{
	for (size_t i = 0; i < FINDING_CHECKS_N; i++)
		if (str_eq_z(id, checks[i].id))
			return (enum finding_check)i;
	return FINDING_CHECKS_N;
}
