/* What an erasure would find of an address, before anything is done (docs/decisions/0018). */
#include "role/desk_priv.h"

#include "account/control_contact.h"
#include "ledger/ledger.h"
#include "people/suppress_store.h"
#include "role/desk_webhook.h"

#include <errno.h>

#define ROWS_MAX 10000u

static void ask_queue(struct desk_conn *n, uint32_t tenant, struct str address, json_t *held);

/* Of one spelling of the address; then of the other, if it has one. */
static void
on_counted(struct desk_ask *a, int status, struct str json)
{
	json_t *j = status == 200 ? json_loadb(json.p, json.n, 0, NULL) : NULL;
	json_t *other = json_object_get(a->held, "other");
	json_int_t before = json_integer_value(json_object_get(a->held, "queued"));

	if (!json_is_object(j)) {
		desk_fail(a->conn, 503,
			"The engine is restarting or busy; ask again in a moment.");
		json_decref(j);
		return;
	}
	json_object_set_new(a->held, "queued",
		json_integer(before + json_integer_value(json_object_get(j, "count"))));
	json_decref(j);
	if (!other) {
		json_object_del(a->held, "tenant");
		desk_say(a->conn, 200, json_incref(a->held));
		return;
	}
	json_incref(other);
	json_object_del(a->held, "other");
	ask_queue(a->conn, (uint32_t)json_integer_value(json_object_get(a->held, "tenant")),
		str_of(json_string_value(other), json_string_length(other)),
		json_incref(a->held));
	json_decref(other);
}

static void
ask_queue(struct desk_conn *n, uint32_t tenant, struct str address, json_t *held)
{
	const struct msg_query q = { .op = QUERY_COUNT,
		.would = QUERY_ERASE_QUEUE,
		.tenant = tenant,
		.address = address };

	desk_ask_engine(n->desk, n, &q, on_counted, held);
}

static int
on_row(void *ctx, const struct ledger_row *r)
{
	(void)r;
	++*(json_int_t *)ctx;
	return 0;
}

static int
count_rows(const struct desk *d, uint32_t tenant, struct str address, json_int_t *n)
{
	const struct ledger_query q = {
		.address = address, .tenant = tenant, .limit = ROWS_MAX, .all = true
	};

	return ledger_find(d->env->paths->ledger, &q, on_row, n);
}

static json_int_t
suppressions(const struct desk *d, uint32_t tenant, struct str address)
{
	const struct suppress_query q = {
		.tenant = tenant, .scope = SUPPRESS_EVERY_SCOPE, .address = address, .limit = 1
	};
	struct suppress_store *s = NULL;
	uint64_t n = 0;
	char file[700];

	snprintf(file, sizeof file, "%s/" SUPPRESS_FILE, d->env->paths->state);
	if (suppress_store_open(file, STORE_READ, &s) == 0)
		(void)suppress_store_count(s, &q, &n);
	suppress_store_free(&s);
	return (json_int_t)n;
}

static bool
is_contact(struct control *c, uint32_t tenant, struct str address)
{
	struct control_contact t = { .tenant = tenant, .key = address };
	struct arena a;
	bool is;

	arena_init(&a, 1u << 20);
	is = control_contact_get(c, &a, &t) == 0;
	arena_done(&a);
	return is;
}

void
desk_erase_count(struct desk_conn *n, const json_t *body)
{
	struct desk *d = n->desk;
	struct control *c = desk_control(d);
	char room[SUPPRESS_ADDRESS_SIZE];
	char room_other[SUPPRESS_ADDRESS_SIZE];
	struct str address, other;
	uint32_t tenant = 0;
	json_int_t rows = 0;
	json_t *held;

	if (!c) {
		desk_fail(n, 503, "The control tables cannot be opened.");
		return;
	}
	if (desk_webhook_tenant(c, body, &tenant) < 0 || tenant == 0 || tenant == CONTROL_ANY) {
		desk_fail(n, 404, "There is no such account.");
		return;
	}
	if (suppress_address(room, str_trim(desk_text(body, "address")), &address) < 0) {
		desk_fail(n, 400, "\"address\" is a mailbox such as ann@example.org.");
		return;
	}
	if (!suppress_address_unicode(room_other, address, &other))
		other = STR_NONE;
	if (count_rows(d, tenant, address, &rows) < 0 ||
		(other.n && count_rows(d, tenant, other, &rows) < 0)) {
		desk_fail(n, 500, "The ledger cannot be read.");
		return;
	}
	/* Nothing is changed: the audit log has nothing to say. */
	n->audited = true;
	held = json_pack("{s:b,s:I,s:I,s:b,s:I}", "dry_run", 1, "messages", rows,
		"suppressions", suppressions(d, tenant, address), "contact",
		is_contact(c, tenant, address), "tenant", (json_int_t)tenant);
	if (other.n)
		json_object_set_new(held, "other", json_stringn(other.p, other.n));
	ask_queue(n, tenant, address, held);
}
