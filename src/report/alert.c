#include "report/alert.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "base/utc.h"
#include "report/wording.h"

#include <stdlib.h>

#define CODE_MAX 32u

enum state { SUSPECTED, RAISED };

struct alert {
	struct link link;
	enum state state;
	bool fail, restored;
	char code[CODE_MAX + 1], subject[ALERT_SUBJECT_MAX + 1];
	uint64_t after;       /* µs that it must hold */
	uint64_t first, last; /* mono µs, of being seen */
	int64_t since;        /* wall µs */
	json_t *found[2], *todo[2];
};

struct alerts {
	struct link all;
	size_t n;
	uint64_t round; /* mono µs of the last one's end: what is seen after it is seen in this
	                 */
};

enum { WARN, FAIL };
static const struct kind {
	const char *code;
	bool fail;
	unsigned after_s;
	const char *found[2], *todo[2];
} kinds[] = {
#define A(kind, code, state, after, en, fr, todo_en, todo_fr)                                  \
	[ALERT_##kind] = { code, (state) == FAIL, after, { en, fr }, { todo_en, todo_fr } },
	ALERTS(A)
#undef A
};

struct alerts *
alerts_new(void)
{
	struct alerts *w = MEM_NEW(w);

	list_init(&w->all);
	return w;
}

static void
forget(struct alerts *w, struct alert *a)
{
	for (int i = 0; i < 2; i++) {
		json_decref(a->found[i]);
		json_decref(a->todo[i]);
	}
	list_del(&a->link);
	mem_free(a);
	w->n--;
}

void
alerts_free(struct alerts **pw)
{
	struct alerts *w = *pw;

	*pw = NULL;
	if (!w)
		return;
	while (!list_empty(&w->all))
		forget(w, LIST_OF(w->all.next, struct alert, link));
	mem_free(w);
}

static struct alert *
find(struct alerts *w, struct str code, struct str subject)
{
	LIST_EACH(l, &w->all)
	{
		struct alert *a = LIST_OF(l, struct alert, link);

		if (str_eq_z(code, a->code) && str_eq_z(subject, a->subject))
			return a;
	}
	return NULL;
}

/* NULL: there are too many already. A hundred sites that put off must not leave unsaid that no
 * mail is accepted. */
static struct alert *
take(struct alerts *w, struct str code, struct str subject, bool fail)
{
	size_t max = subject.n && !fail ? ALERTS_MAX - ALERTS_KEPT : ALERTS_MAX;
	struct alert *a;

	subject = str_head(subject, ALERT_SUBJECT_MAX);
	a = find(w, code, subject);
	if (a)
		return a;
	if (w->n >= max || code.n > CODE_MAX)
		return NULL;
	a = MEM_NEW(a);
	must(str_copy_z(a->code, sizeof a->code, code) == 0);
	if (str_copy_z(a->subject, sizeof a->subject, subject) < 0)
		a->subject[0] = 0; /* a NUL within */
	for (int i = 0; i < 2; i++) {
		a->found[i] = json_null();
		a->todo[i] = json_null();
	}
	list_init(&a->link);
	list_push(&w->all, &a->link);
	w->n++;
	return a;
}

/* Takes found and todo. */
static void
seen(struct alert *a, json_t *found[2], json_t *todo[2], uint64_t now)
{
	if (a->last == 0)
		a->first = now;
	a->last = now ? now : 1;
	for (int i = 0; i < 2; i++) {
		json_decref(a->found[i]);
		json_decref(a->todo[i]);
		a->found[i] = found[i];
		a->todo[i] = todo[i];
	}
}

void
alerts_restore(struct alerts *w, struct str code, struct str subject, int64_t since)
{
	struct alert *a = take(w, code, subject, true);

	if (!a)
		return;
	a->state = RAISED;
	a->restored = true;
	a->since = since;
	for (size_t i = 0; i < ALERT_KINDS; i++)
		if (str_eq_z(code, kinds[i].code))
			a->fail = kinds[i].fail;
}

void
alerts_see(struct alerts *w, enum alert_kind kind, struct str subject,
	const char *const args[3], uint64_t now)
{
	const struct kind *k = &kinds[kind];
	struct alert *a = take(w, str_z(k->code), subject, k->fail);
	json_t *found[2], *todo[2];

	if (!a)
		return;
	a->fail = k->fail;
	a->after = (uint64_t)k->after_s * 1000000u;
	for (int i = 0; i < 2; i++) {
		found[i] = wording_fill(k->found[i], args);
		todo[i] = wording_fill(k->todo[i], args);
	}
	seen(a, found, todo, now);
}

static struct str
text_of(const json_t *row, const char *name)
{
	json_t *j = json_object_get(row, name);

	return json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                         : STR_NONE;
}

static json_t *
member(const json_t *row, const char *name)
{
	json_t *j = json_object_get(row, name);

	return json_is_string(j) ? json_incref(j) : json_null();
}

void
alerts_see_finding(struct alerts *w, const json_t *en, const json_t *fr, uint64_t now)
{
	bool fail = str_eq_z(text_of(en, "state"), "fail");
	struct alert *a = take(w, text_of(en, "code"), text_of(en, "subject"), fail);
	json_t *found[2] = { member(en, "found"), member(fr, "found") };
	json_t *todo[2] = { member(en, "todo"), member(fr, "todo") };

	if (a) {
		a->fail = fail;
		seen(a, found, todo, now);
		return;
	}
	for (int i = 0; i < 2; i++) {
		json_decref(found[i]);
		json_decref(todo[i]);
	}
}

void
alerts_skip(struct alerts *w, struct str code, uint64_t now)
{
	LIST_EACH(l, &w->all)
	{
		struct alert *a = LIST_OF(l, struct alert, link);

		if (a->last && str_eq_z(code, a->code))
			a->last = now;
	}
}

/* What becomes of it with this round. */
enum fate { STAYS, BEGINS, ENDS, GOES };

static enum fate
fate(const struct alerts *w, const struct alert *a, uint64_t now)
{
	bool here = a->last > w->round;

	if (a->state == SUSPECTED)
		return !here ? GOES : now - a->first >= a->after ? BEGINS : STAYS;
	/* What another process raised has its time of calm from this one's begin. */
	return here || now - (a->last ? a->last : a->first) < ALERT_CALM_US ? STAYS : ENDS;
}

static void
tell(const struct alert *a, bool over, void (*fn)(void *ctx, const struct alert_change *c),
	void *ctx)
{
	fn(ctx, &(struct alert_change){ .over = over,
			.code = str_z(a->code),
			.subject = str_z(a->subject),
			.fail = a->fail,
			.since = a->since,
			.found = { a->found[0], a->found[1] },
			.todo = { a->todo[0], a->todo[1] } });
}

size_t
alerts_round(struct alerts *w, uint64_t now, int64_t wall,
	void (*fn)(void *ctx, const struct alert_change *c), void *ctx)
{
	size_t n = 0;

	for (int fail = 1; fail >= 0; fail--)
		LIST_EACH_SAFE(l, &w->all)
		{
			struct alert *a = LIST_OF(l, struct alert, link);
			enum fate f;

			if (a->fail != (fail == 1))
				continue;
			if (a->restored && a->first == 0)
				a->first = now ? now : 1;
			f = fate(w, a, now);
			if (f == STAYS)
				continue;
			if (f == BEGINS) {
				a->state = RAISED;
				a->since = wall;
			}
			if (f != GOES) {
				tell(a, f == ENDS, fn, ctx);
				n++;
			}
			if (f != BEGINS)
				forget(w, a);
		}
	w->round = now;
	return n;
}

void
alerts_counts_none(struct buf *b)
{
	for (size_t i = 0; i < ALERT_KINDS; i++)
		buf_printf(b, "%s 0\n", kinds[i].code);
}

static bool
in_table(const char *code)
{
	for (size_t i = 0; i < ALERT_KINDS; i++)
		if (strcmp(code, kinds[i].code) == 0)
			return true;
	return false;
}

/* Raised ones of this code; ahead: one of them stands before this alert. */
static unsigned
count(const struct alerts *w, const char *code, const struct alert *of, bool *ret_ahead)
{
	unsigned n = 0;

	*ret_ahead = false;
	LIST_EACH(l, &w->all)
	{
		const struct alert *a = LIST_OF(l, struct alert, link);

		if (a->state != RAISED || strcmp(a->code, code) != 0)
			continue;
		*ret_ahead = *ret_ahead || (n == 0 && a != of);
		n++;
	}
	return n;
}

void
alerts_counts(struct buf *b, const struct alerts *w)
{
	bool ahead;

	for (size_t i = 0; i < ALERT_KINDS; i++)
		buf_printf(b, "%s %u\n", kinds[i].code, count(w, kinds[i].code, NULL, &ahead));
	LIST_EACH(l, &w->all)
	{
		const struct alert *a = LIST_OF(l, struct alert, link);
		unsigned n = count(w, a->code, a, &ahead);

		if (a->state == RAISED && !ahead && !in_table(a->code))
			buf_printf(b, "%s %u\n", a->code, n);
	}
}

static json_t *
alert_json(const struct alert_change *c, bool french)
{
	char t[UTC_TEXT_SIZE];

	return json_pack("{s:s%,s:o,s:s,s:O,s:O,s:s}", "code", c->code.p, c->code.n, "subject",
		wording_safe(c->subject), "state", c->fail ? "fail" : "warn", "found",
		c->found[french], "todo", c->todo[french], "since", utc_rfc3339(t, c->since));
}

struct all {
	json_t *list;
	bool french;
};

static void
add_json(void *ctx, const struct alert_change *c)
{
	const struct all *all = ctx;

	json_array_append_new(all->list, alert_json(c, all->french));
}

json_t *
alerts_json(const struct alerts *w, bool french)
{
	struct all all = { json_array(), french };

	for (int fail = 1; fail >= 0; fail--)
		LIST_EACH(l, &w->all)
		{
			const struct alert *a = LIST_OF(l, struct alert, link);

			if (a->state == RAISED && a->fail == (fail == 1))
				tell(a, false, add_json, &all);
		}
	return all.list;
}

json_t *
alert_change_json(const struct alert_change *c, bool french, int64_t wall)
{
	char t[UTC_TEXT_SIZE];

	return json_pack("{s:s,s:s,s:o}", "type", c->over ? "alert.over" : "alert.raised",
		"timestamp", utc_rfc3339(t, wall), "data", alert_json(c, french));
}

void
alert_change_text(struct buf *b, const struct alert_change *c, bool french)
{
	const char *found = json_string_value(c->found[french]);
	const char *todo = json_string_value(c->todo[french]);
	const char *word = c->over   ? french ? "Terminé" : "Over"
	                   : c->fail ? french ? "Panne" : "Failure"
	                   : french  ? "Attention"
	                             : "Warning";
	char t[UTC_TEXT_SIZE];

	buf_printf(b, "%s: %.*s%s", word, STR_ARG(c->code), c->subject.n ? "  " : "");
	(void)text_safe(b, c->subject);
	(void)buf_put_c(b, '\n');
	if (found)
		buf_printf(b, "  %s\n", found);
	if (todo && !c->over)
		buf_printf(b, "  %s%s\n", french ? "À faire : " : "To do: ", todo);
	buf_printf(b, "  %s %s\n\n", french ? "depuis" : "since", utc_rfc3339(t, c->since));
}
