/* An account's own tracking host: does it lead to us? Its calls of the API. */
#include "role/desk_api.h"

#include "base/mem.h"

#include <errno.h>

#define CHECKS_MAX 64

enum { THEIRS, OURS, NAMES };

struct side {
	struct check *check;
	struct resolve_answer answer;
};

/* One check: both names are asked for at once, with a resolver of its own, so that no answer
 * comes from a cache. */
struct check {
	struct link link; /* in the desk's trackings; when done, in trackings_done */
	struct resolver *resolver;
	struct desk *desk;
	struct desk_conn *conn; /* NULL: the asker is gone */
	json_t *row;            /* as the tables say it, owned */
	size_t pending;
	struct side sides[NAMES];
};

static void
check_free(struct check *k)
{
	list_del(&k->link);
	resolver_free(&k->resolver);
	json_decref(k->row);
	mem_free(k);
}

static void
free_all(struct link *list)
{
	while (!list_empty(list))
		check_free(LIST_OF(list->next, struct check, link));
}

void
desk_tracking_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->trackings)
	{
		struct check *k = LIST_OF(l, struct check, link);

		if (k->conn == n)
			k->conn = NULL;
	}
}

void
desk_tracking_sweep(struct desk *d)
{
	free_all(&d->trackings_done);
}

void
desk_tracking_done(struct desk *d)
{
	free_all(&d->trackings);
	desk_tracking_sweep(d);
}

/* ---- the check */

static bool
same_address(const struct net_addr *a, const struct net_addr *b)
{
	char text[2][NET_TEXT_MAX];

	return str_eq(str_z(net_text(text[0], a)), str_z(net_text(text[1], b)));
}

static bool
shares_address(const struct resolve_answer *a, const struct resolve_answer *b)
{
	for (size_t i = 0; i < a->hosts[0].naddrs; i++)
		for (size_t j = 0; j < b->hosts[0].naddrs; j++)
			if (same_address(&a->hosts[0].addrs[i], &b->hosts[0].addrs[j]))
				return true;
	return false;
}

static bool
is_unknown(const struct resolve_answer *a)
{
	return a->status == RESOLVE_FAILED || a->status == RESOLVE_LOOP;
}

/* The state that was found; -1: the DNS did not say, so all stays as it is. */
static int
judge(const struct check *k, char *why, size_t size)
{
	const struct resolve_answer *theirs = &k->sides[THEIRS].answer,
				    *ours = &k->sides[OURS].answer;
	struct str host = desk_text(k->row, "host"), target = desk_text(k->row, "target");

	why[0] = '\0';
	if (is_unknown(theirs) || is_unknown(ours)) {
		snprintf(why, size, "The DNS gave no answer for %.*s: %.100s Try again later.",
			STR_ARG(is_unknown(theirs) ? host : target),
			is_unknown(theirs) ? theirs->why : ours->why);
		return -1;
	}
	if (ours->nhosts == 0) {
		snprintf(why, size,
			"The service's own name %.*s has no address in the DNS: its operator "
			"has to see to that.",
			STR_ARG(target));
		return -1;
	}
	if (theirs->nhosts > 0 && shares_address(theirs, ours))
		return CONTROL_VERIFIED;
	if (theirs->nhosts == 0)
		snprintf(why, size,
			"%.*s has no address in the DNS: publish a CNAME record that leads to "
			"%.*s.",
			STR_ARG(host), STR_ARG(target));
	else
		snprintf(why, size,
			"%.*s leads elsewhere: its CNAME or address has to be that of %.*s.",
			STR_ARG(host), STR_ARG(target));
	return CONTROL_WARNING;
}

static void
say_row(struct desk *d, struct desk_conn *n, int err, json_t *row)
{
	struct control *c = desk_control(d);

	/* Also when the asker is gone: the tables say it now. */
	if (!err)
		desk_changed(d, n, row);
	else if (c)
		desk_fail(n,
			err == -EEXIST   ? 409
			: err == -ENOENT ? 404
					 : 500,
			control_error(c));
}

/* What was found of the host that row tells of. */
static void
keep(struct desk *d, struct desk_conn *n, const json_t *row, struct control_checked found)
{
	struct control *c = desk_control(d);
	json_t *now = NULL;
	int err;

	found.account = desk_text(row, "account");
	found.host = desk_text(row, "host");
	/* An operator's word is not undone by a check. */
	if (found.state == CONTROL_WARNING && json_is_true(json_object_get(row, "forced"))) {
		found.state = CONTROL_VERIFIED;
		found.forced = true;
	}
	err = c ? control_tracking_checked(c, &found, &now) : -EIO;
	say_row(d, n, err, now);
}

/* The state that the row has already. */
static enum control_tracking_state
state_of(const json_t *row)
{
	struct str word = desk_text(row, "state");

	return str_eq_z(word, "verified")  ? CONTROL_VERIFIED
	       : str_eq_z(word, "warning") ? CONTROL_WARNING
	                                   : CONTROL_PENDING;
}

static void
finish(struct check *k)
{
	struct desk *d = k->desk;
	struct desk_conn *n = k->conn;
	char why[700];
	int state = judge(k, why, sizeof why);
	struct control_checked found = { .why = str_z(why) };

	found.state = state < 0 ? state_of(k->row) : (enum control_tracking_state)state;
	found.forced = state < 0 && json_is_true(json_object_get(k->row, "forced"));
	/* Its resolver may be calling us: it goes with the next sweep. */
	list_del(&k->link);
	list_push(&d->trackings_done, &k->link);
	d->nchecks--;
	k->conn = NULL;
	keep(d, n, k->row, found);
}

static void
on_answer(void *ctx, const struct resolve_answer *a)
{
	struct side *s = ctx;

	s->answer = *a;
	if (--s->check->pending == 0)
		finish(s->check);
}

static void
begin(struct desk_conn *n, json_t *row)
{
	static const char *const names[NAMES] = { "host", "target" };
	struct desk *d = n->desk;
	struct check *k = MEM_NEW(k);

	k->resolver = resolver_new(d->loop, d->config->outbound.resolver, true, true);
	d->nchecks++;
	list_init(&k->link);
	list_push(&d->trackings, &k->link);
	k->desk = d;
	k->conn = n;
	k->row = json_incref(row);
	/* One more than are asked: an answer at once must not end it. */
	k->pending = NAMES + 1;
	for (size_t i = 0; i < NAMES; i++) {
		k->sides[i].check = k;
		(void)resolve_host(
			k->resolver, desk_text(row, names[i]), 443, on_answer, &k->sides[i]);
	}
	if (--k->pending == 0)
		finish(k);
}

/* Somebody else's name in the DNS may lead here too, before its account says so: a host is only
 * for whom we know to run its domain. */
static bool
owns(struct desk_conn *n, struct control *c, const json_t *row)
{
	struct str host = desk_text(row, "host");
	char why[700];

	if (control_tracking_owns(c, desk_text(row, "account"), host))
		return true;
	snprintf(why, sizeof why,
		"%.*s is below none of the account's verified sending domains: add its domain, "
		"publish its records and verify it first.",
		STR_ARG(host));
	keep(n->desk, n, row,
		(struct control_checked){ .state = CONTROL_WARNING, .why = str_z(why) });
	return false;
}

static void
verify(struct desk_conn *n, struct control *c, json_t *row, bool force)
{
	struct desk *d = n->desk;
	const struct control_checked taken = {
		.state = CONTROL_VERIFIED, .why = STR_NONE, .forced = force
	};

	if (desk_text(row, "host").n == 0)
		desk_fail(n, 400, "The account has no tracking URL of its own: set one first.");
	else if (force || d->config->lab.verified_domains)
		keep(d, n, row, taken);
	else if (d->nchecks >= CHECKS_MAX)
		desk_fail(n, 429, "Many names are being checked; try again in a minute.");
	else if (owns(n, c, row))
		begin(n, row);
}

void
desk_tracking_verify(struct desk_conn *n, const json_t *body)
{
	struct control *c = desk_control(n->desk);
	const json_t *force = json_object_get(body, "force");
	json_t *row = NULL;
	int err;

	if (!c || desk_text(body, "account").n == 0 || (force && !json_is_boolean(force))) {
		desk_fail(n, c ? 400 : 503,
			!c      ? "The control tables cannot be opened."
			: force ? "\"force\" must be true or false."
				: "\"account\" is missing.");
		return;
	}
	err = control_tracking_show(c, desk_text(body, "account"), &row);
	if (err) {
		desk_fail(n, err == -ENOENT ? 404 : 500, control_error(c));
		return;
	}
	verify(n, c, row, json_is_true(force));
	json_decref(row);
}

/* ---- calls of the API */

static void
api_verify(struct desk_conn *n)
{
	json_t *body = desk_api_question(n, NULL);

	/* Who forces takes a host away from whom it belongs to. */
	if (json_is_true(json_object_get(body, "force")) && !(n->scopes & SCOPE_OPERATE)) {
		json_decref(body);
		desk_api_refuse(n, 403,
			STR_LIT("Only the operator of this service takes a tracking host "
				"without a check."));
		return;
	}
	desk_api_ask(n, "tracking.verify", body, NULL);
}

bool
desk_api_tracking(struct desk_conn *n, enum api_op op)
{
	if (op == API_TRACKING)
		desk_api_ask(n, "tracking.show", desk_api_question(n, NULL), NULL);
	else if (op == API_TRACKING_SET)
		desk_api_ask(n, "tracking.set", desk_api_question(n, NULL), NULL);
	else if (op == API_TRACKING_VERIFY)
		api_verify(n);
	else
		return false;
	return true;
}
