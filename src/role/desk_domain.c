/* Is a domain ours to send from? Its DKIM record says so: only who runs the DNS can put it. */
#include "role/desk_zone.h"

#include "base/mem.h"
#include "wire/dkim.h"

#include <errno.h>

#define RECORDS_MAX 8
#define CHECKS_MAX  64
#define AGAIN_MAX   4 /* of them, those that nobody asked for */

struct check;
struct record {
	struct check *check;
	size_t i;
};

/* One verification: all records are asked for at once, from the servers of the zone, so that no
 * answer comes from a cache (a record published a second ago counts); what they do not answer
 * themselves is asked from the resolver. Resolvers of its own: a reload takes nothing away. */
struct check {
	struct link link; /* in the desk's checks; when done, in checks_done */
	struct resolver *resolver;
	struct desk_zone *zone;
	struct resolver *direct; /* NULL: no server of the zone is known */
	struct desk *desk;
	struct desk_conn *conn; /* NULL: the asker is gone */
	json_t *domain;         /* as the tables say it, owned */
	bool again;             /* by the clock */
	size_t pending;
	struct record records[RECORDS_MAX];
};

static void
check_free(struct check *k)
{
	list_del(&k->link);
	resolver_free(&k->resolver);
	resolver_free(&k->direct);
	desk_zone_free(&k->zone);
	json_decref(k->domain);
	mem_free(k);
}

void
desk_domain_forget(struct desk *d, const struct desk_conn *n)
{
	LIST_EACH(l, &d->checks)
	{
		struct check *k = LIST_OF(l, struct check, link);

		if (k->conn == n)
			k->conn = NULL;
	}
}

void
desk_domain_done(struct desk *d)
{
	while (!list_empty(&d->checks))
		check_free(LIST_OF(d->checks.next, struct check, link));
	desk_domain_sweep(d);
}

void
desk_domain_sweep(struct desk *d)
{
	while (!list_empty(&d->checks_done))
		check_free(LIST_OF(d->checks_done.next, struct check, link));
}

static bool
is_kind(const json_t *record, const char *purpose)
{
	return str_eq_z(desk_text(record, "purpose"), purpose);
}

/* What counts is that a DMARC and an SPF record are there; their text is the owner's choice. */
static bool
suffices(const json_t *record, struct str found)
{
	if (is_kind(record, "dmarc"))
		return str_istarts(found, STR_LIT("v=DMARC1"));
	if (is_kind(record, "spf"))
		return str_istarts(found, STR_LIT("v=spf1"));
	return dkim_record_same(found, desk_text(record, "value"));
}

static const char *
state_of(const json_t *record, const struct resolve_texts *t, json_t **ret_found)
{
	const char *state = "missing";

	if (t->status == RESOLVE_FAILED || t->status == RESOLVE_LOOP)
		return "unknown";
	for (size_t i = 0; i < t->n; i++) {
		if (suffices(record, t->at[i]))
			return "found";
		/* Other TXT records share a domain's own name with SPF. */
		if (!is_kind(record, "spf")) {
			state = "different";
			json_decref(*ret_found);
			*ret_found = json_stringn(t->at[i].p, t->at[i].n);
		}
	}
	return state;
}

static char
letter_of(const json_t *record)
{
	struct str state = desk_text(record, "state");

	return str_eq_z(state, "found")       ? CONTROL_FOUND
	       : str_eq_z(state, "missing")   ? CONTROL_MISSING
	       : str_eq_z(state, "different") ? CONTROL_DIFFERENT
	                                      : CONTROL_UNKNOWN;
}

/* Answers with the row as the tables say it, but its records as this check found them. */
static void
say(struct desk *d, struct desk_conn *n, const json_t *checked, json_t *row, bool counts)
{
	json_object_set(row, "records", json_object_get(checked, "records"));
	/* Also when the asker is gone: the tables say it now. */
	if (counts)
		desk_changed(d, n, row);
	else
		desk_say(n, 200, row);
}

static void
refused(struct desk_conn *n, int err, const struct control *c)
{
	desk_fail(n,
		err == -EEXIST                     ? 409
		: err == -ENOENT || err == -EINVAL ? 404
						   : 500,
		control_error(c));
}

/* One of our keys is proof; a DNS host without Ed25519 lacks nothing that matters. */
static void
finish(struct check *k)
{
	struct desk *d = k->desk;
	struct control *c = desk_control(d);
	struct desk_conn *n = k->conn;
	json_t *domain = json_incref(k->domain), *record, *row = NULL;
	char letters[RECORDS_MAX];
	struct control_domain_check found = { .account = desk_text(domain, "account"),
		.domain = desk_text(domain, "domain"),
		.found = { letters, 0 } };
	bool counts = false;
	int err;

	json_array_foreach(json_object_get(domain, "records"), found.found.n, record)
	{
		if (found.found.n == RECORDS_MAX)
			break;
		letters[found.found.n] = letter_of(record);
	}
	/* Its resolver may be calling us: it goes with the next sweep. */
	list_del(&k->link);
	list_push(&d->checks_done, &k->link);
	d->nchecks--;
	d->nagain -= k->again;
	k->conn = NULL;
	if (!c)
		desk_fail(n, 503, "The control tables cannot be opened.");
	else if ((err = control_domain_checked(c, &found, &row, &counts)) != 0)
		refused(n, err, c);
	else
		say(d, n, domain, row, counts);
	json_decref(domain);
}

static void
take(struct record *r, const struct resolve_texts *t, const char *asked)
{
	struct check *k = r->check;
	json_t *record = json_array_get(json_object_get(k->domain, "records"), r->i);
	json_t *found = NULL;

	json_object_set_new(record, "state", json_string(state_of(record, t, &found)));
	json_object_set_new(record, "asked", json_string(asked));
	if (found)
		json_object_set_new(record, "found", found);
	if (t->status == RESOLVE_FAILED)
		json_object_set_new(record, "why", json_string(t->why));
	if (--k->pending == 0)
		finish(k);
}

static void
on_texts(void *ctx, const struct resolve_texts *t)
{
	take(ctx, t, "resolver");
}

static struct str
name_of(const struct record *r)
{
	return desk_text(
		json_array_get(json_object_get(r->check->domain, "records"), r->i), "name");
}

static void
on_own(void *ctx, const struct resolve_texts *t)
{
	struct record *r = ctx;

	if (t->authoritative)
		take(r, t, "authoritative");
	else
		resolve_txt(r->check->resolver, name_of(r), on_texts, r);
}

static void
on_servers(void *ctx, struct str servers)
{
	struct check *k = ctx;
	size_t count = json_array_size(json_object_get(k->domain, "records"));

	if (servers.n)
		k->direct = resolver_new_brief(k->desk->loop, servers, false);
	if (count > RECORDS_MAX)
		count = RECORDS_MAX;
	/* One more than are asked: an answer at once must not end it. */
	k->pending = count + 1;
	for (size_t i = 0; i < count; i++) {
		struct record *r = &k->records[i];

		*r = (struct record){ k, i };
		resolve_txt(k->direct ? k->direct : k->resolver, name_of(r),
			k->direct ? on_own : on_texts, r);
	}
	if (--k->pending == 0)
		finish(k);
}

/* n NULL: by the clock. */
static void
begin(struct desk *d, struct desk_conn *n, json_t *domain)
{
	const struct config *cf = d->config;
	struct check *k = MEM_NEW(k);

	k->resolver = resolver_new(d->loop, cf->outbound.resolver, true, true);
	d->nchecks++;
	list_init(&k->link);
	list_push(&d->checks, &k->link);
	k->desk = d;
	k->conn = n;
	k->again = !n;
	d->nagain += k->again;
	k->domain = json_incref(domain);
	k->zone = desk_zone_new(d, desk_text(domain, "domain"), on_servers, k);
}

static void
verified_without(struct desk_conn *n, struct control *c, json_t *domain)
{
	struct str account = desk_text(domain, "account"), name = desk_text(domain, "domain");
	json_t *record, *row = NULL;
	size_t i;
	int err = control_domain_verified(c, account, name, true);

	if (!err)
		err = control_domain_show(c, account, name, &row);
	if (err) {
		refused(n, err, c);
		return;
	}
	json_array_foreach(json_object_get(domain, "records"), i, record)
		json_object_set_new(record, "state", json_string("unchecked"));
	say(n->desk, n, domain, row, true);
}

void
desk_domain_verify(struct desk_conn *n, const json_t *body)
{
	struct control *c = desk_control(n->desk);
	struct str account = desk_text(body, "account"), name = desk_text(body, "domain");
	json_t *domain = NULL;
	int err;

	if (!c || account.n == 0 || name.n == 0) {
		desk_fail(n, c ? 400 : 503,
			c ? "\"account\" and \"domain\" are needed."
			  : "The control tables cannot be opened.");
		return;
	}
	err = control_domain_show(c, account, name, &domain);
	if (err) {
		refused(n, err, c);
		return;
	}
	if (n->desk->nchecks >= CHECKS_MAX)
		desk_fail(n, 429, "Many domains are being checked; try again in a minute.");
	else if (n->desk->config->lab.verified_domains)
		verified_without(n, c, domain);
	else
		begin(n->desk, n, domain);
	json_decref(domain);
}

void
desk_domain_again(struct desk *d)
{
	struct control *c = d->config->lab.verified_domains ? NULL : desk_control(d);
	json_t *list = NULL, *domain;
	size_t i;

	if (!c || d->nagain >= AGAIN_MAX || d->nchecks >= CHECKS_MAX / 2 ||
		control_domain_due(c, AGAIN_MAX - d->nagain, &list) < 0)
		return;
	json_array_foreach(list, i, domain) begin(d, NULL, domain);
	json_decref(list);
}
