/* Checks of domains in the DNS: what was found, the state, when to look again. */
#include "account/control_own.h"

#include "io/random.h"

#include <errno.h>

#define ARENA_MAX    4096
#define RECORDS_MAX  63
#define RETRY_US     CONTROL_PENDING_US
#define PENDING_ENDS (INT64_C(7) * 24 * 3600 * 1000000)

/* A quarter earlier or later: domains that were added together drift apart. */
int64_t
control_own_due(int64_t now, int64_t after)
{
	return now + after / 4 * 3 +
	       (int64_t)random_below((uint32_t)(after / 2 / 1000000)) * INT64_C(1000000);
}

int
control_domain_show(struct control *c, struct str account, struct str domain, json_t **ret_j)
{
	struct control_owner o = { .domain = domain };
	struct arena a;
	int err;

	arena_init(&a, ARENA_MAX);
	err = control_own_domain(c, &a, account, &o);
	if (!err)
		err = control_own_domain_row(c, &o, ret_j);
	arena_done(&a);
	return err;
}

/* ---- verified */

static int
taken(struct control *c, int err, struct str domain)
{
	if (err == -EEXIST)
		return control_own_fail(c, err, "Another account has verified the domain %.*s.",
			STR_ARG(domain));
	return control_own_check(c, err);
}

static int
set_verified(struct control *c, const struct control_owner *o, bool verified)
{
	int64_t now = clock_wall(&c->clock);
	int err = store_run(c->store,
		"UPDATE domains SET verified = ?, verified_at = ?, warned = 0, seen = 0,"
		" since = ?, due = ? WHERE id = ?",
		NULL, NULL, "iiiii", (int64_t)verified, verified ? now : (int64_t)0, now,
		control_own_due(now, verified ? CONTROL_VERIFIED_US : CONTROL_PENDING_US),
		o->id);

	return taken(c, err, o->domain);
}

int
control_domain_verified(struct control *c, struct str account, struct str domain, bool verified)
{
	struct control_owner o = { .domain = domain };
	struct arena a;
	int err = control_own_begin(c);

	if (err)
		return err;
	arena_init(&a, ARENA_MAX);
	err = control_own_domain(c, &a, account, &o);
	if (!err)
		err = set_verified(c, &o, verified);
	err = control_own_end(c, err);
	arena_done(&a);
	return err;
}

/* ---- checked */

/* A domain's row before and after a check. */
struct state {
	bool verified;
	int64_t warned, since, verified_at, created, seen;
	char found[RECORDS_MAX + 1];
	size_t nsigners; /* the first records are their keys */
};

static int
take_state(void *ctx, struct store_row *r)
{
	struct state *s = ctx;

	s->verified = store_int(r, 0) != 0;
	s->warned = store_int(r, 1);
	s->since = store_int(r, 2);
	s->verified_at = store_int(r, 3);
	s->created = store_int(r, 4);
	s->seen = store_int(r, 5);
	(void)str_copy_z(s->found, sizeof s->found, store_text(r, 6));
	s->nsigners = (size_t)store_int(r, 7);
	return 0;
}

static int
read_state(struct control *c, const struct control_owner *o, struct state *s)
{
	memset(s, 0, sizeof *s);
	return control_own_check(
		c, store_run(c->store,
			   "SELECT verified, warned, since, verified_at, created, seen, found,"
			   " (SELECT COUNT(*) FROM signers g WHERE g.domain_id = d.id)"
			   " FROM domains d WHERE id = ?",
			   take_state, s, "i", o->id));
}

static bool
is_lost(char letter)
{
	return letter == CONTROL_MISSING || letter == CONTROL_DIFFERENT;
}

/* The letters as they are known: a question without an answer leaves what was. true: a key of
 * ours was seen by this check. */
static bool
merge(struct state *s, struct str found)
{
	bool ours = false;
	size_t n = found.n < RECORDS_MAX ? found.n : RECORDS_MAX, had = strlen(s->found);

	for (size_t i = 0; i < n; i++) {
		if (found.p[i] != CONTROL_UNKNOWN)
			s->found[i] = found.p[i];
		else if (i >= had)
			s->found[i] = CONTROL_UNKNOWN;
		ours = ours || (i < s->nsigners && found.p[i] == CONTROL_FOUND);
	}
	s->found[n] = '\0';
	return ours;
}

/* Is one lost that was there? Of a domain that was verified before anybody noted which: all its
 * keys. */
static bool
has_lost(const struct state *s)
{
	bool all = s->nsigners > 0 && strlen(s->found) >= s->nsigners;

	for (size_t i = 0; s->found[i]; i++) {
		if ((s->seen >> i & 1) && is_lost(s->found[i]))
			return true;
		if (i < s->nsigners && !is_lost(s->found[i]))
			all = false;
	}
	return all;
}

static void
see(struct state *s)
{
	for (size_t i = 0; s->found[i]; i++)
		if (s->found[i] == CONTROL_FOUND)
			s->seen |= INT64_C(1) << i;
}

static void
judge(struct state *s, struct str found, int64_t now)
{
	bool ours = merge(s, found), lost;

	if (!s->verified && !ours)
		return;
	if (!s->verified) {
		s->verified = true;
		s->verified_at = s->since = now;
		s->warned = s->seen = 0;
	}
	see(s);
	lost = has_lost(s);
	if (lost == (s->warned != 0))
		return;
	s->warned = lost ? now : 0;
	s->since = now;
}

static int64_t
due_of(const struct state *s, struct str found, int64_t now)
{
	if (!s->verified && s->created < now - PENDING_ENDS)
		return 0;
	if (!s->verified || str_find(found, CONTROL_UNKNOWN) < found.n)
		return control_own_due(now, RETRY_US);
	return control_own_due(now, CONTROL_VERIFIED_US);
}

static int
write_state(struct control *c, const struct control_owner *o, const struct state *s,
	const struct control_domain_check *k)
{
	int64_t now = clock_wall(&c->clock);

	return store_run(c->store,
		"UPDATE domains SET verified = ?, warned = ?, since = ?, verified_at = ?,"
		" seen = ?, found = ?, checked = ?, due = ? WHERE id = ?",
		NULL, NULL, "iiiiisiii", (int64_t)s->verified, s->warned, s->since,
		s->verified_at, s->seen, str_z(s->found), now, due_of(s, k->found, now), o->id);
}

/* The tables' version grows only when mail may go out or not: it makes the engine read all of
 * them again. */
static int
check(struct control *c, const struct control_owner *o, const struct control_domain_check *k,
	bool *ret_counts)
{
	struct state s;
	int err = read_state(c, o, &s);
	bool before = s.verified;

	if (err)
		return err;
	judge(&s, k->found, clock_wall(&c->clock));
	if (s.verified == before)
		return control_own_check(c, write_state(c, o, &s, k));
	err = control_own_begin(c);
	if (err)
		return err;
	err = control_own_end(c, taken(c, write_state(c, o, &s, k), o->domain));
	if (!err)
		*ret_counts = true;
	return err;
}

int
control_domain_checked(struct control *c, const struct control_domain_check *k, json_t **ret_j,
	bool *ret_counts)
{
	struct control_owner o = { .domain = k->domain };
	struct arena a;
	int err;

	*ret_counts = false;
	arena_init(&a, ARENA_MAX);
	err = control_own_domain(c, &a, k->account, &o);
	if (!err)
		err = check(c, &o, k, ret_counts);
	if (!err)
		err = control_own_domain_row(c, &o, ret_j);
	arena_done(&a);
	return err;
}

/* ---- due */

#define DUE_MAX 16

struct due {
	struct control_owner at[DUE_MAX];
	size_t n;
};

static int
due_row(void *ctx, struct store_row *r)
{
	struct due *due = ctx;

	if (due->n < DUE_MAX)
		due->at[due->n++] = (struct control_owner){ .id = store_int(r, 0),
			.tenant = store_int(r, 1) };
	return 0;
}

int
control_domain_due(struct control *c, size_t limit, json_t **ret_j)
{
	struct due due = { .n = 0 };
	int64_t now = clock_wall(&c->clock);
	json_t *list = json_array(), *row = NULL;
	int err = store_run(c->store,
		"SELECT id, tenant FROM domains WHERE due > 0 AND due <= ? ORDER BY due LIMIT "
		"?",
		due_row, &due, "ii", now, (int64_t)(limit < DUE_MAX ? limit : DUE_MAX));

	for (size_t i = 0; !err && i < due.n; i++) {
		err = store_run(c->store,
			"UPDATE domains SET due = CASE WHEN verified = 0 AND created < ? THEN 0"
			" ELSE ? END WHERE id = ?",
			NULL, NULL, "iii", now - PENDING_ENDS, control_own_due(now, RETRY_US),
			due.at[i].id);
		if (!err)
			err = control_own_domain_row(c, &due.at[i], &row);
		if (!err)
			json_array_append_new(list, row);
	}
	if (err) {
		json_decref(list);
		return control_own_check(c, err);
	}
	*ret_j = list;
	return 0;
}
