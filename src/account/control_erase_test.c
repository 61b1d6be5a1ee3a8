#include "account/control_erase.h"

#include "account/control_contact.h"
#include "account/control_own.h"
#include "account/control_scene.h"

#include <errno.h>

#define SHOP  1
#define OTHER 2

static struct arena texts;
static struct control_erasure rows[8];
static size_t nrows;

static int
see(void *ctx, const struct control_erasure *e)
{
	(void)ctx;
	rows[nrows++] = *e;
	return 0;
}

static size_t
each(struct control_erasure_query q)
{
	nrows = 0;
	q.limit = q.limit ? q.limit : 8;
	assert_int_equal(control_erasure_each(c, &texts, &q, see, NULL), 0);
	return nrows;
}

static int64_t
add(uint32_t tenant, const char *hash, const char *address)
{
	const struct control_erasure e = { .tenant = tenant,
		.hash = str_z(hash),
		.address = str_z(address),
		.reason = STR_LIT("Letter") };
	int64_t id = 0;

	assert_int_equal(control_erasure_add(c, &e, &id), 0);
	return id;
}

static int
take_count(void *ctx, struct store_row *r)
{
	*(int64_t *)ctx = store_int(r, 0);
	return 0;
}

/* The address is there, sealed, until the order is done; then nobody can tell it. */
static void
test_orders(void **unused)
{
	struct control_erasure e = { .state = ERASURE_SWEPT,
		.found = STR_LIT("{\"queued\":1}") };
	struct control_erasure_query q = { .tenant = OTHER };
	unsigned late = 9;
	int64_t id;

	(void)unused;
	arena_init(&texts, 1u << 20);
	assert_false(control_erasure_quiet(c, SHOP));
	id = add(SHOP, "aa", "ann@d.test");
	assert_true(control_erasure_quiet(c, SHOP) && !control_erasure_quiet(c, OTHER));
	/* Asked twice it is one; of another account it is another. */
	assert_int_equal(add(SHOP, "aa", "ann@d.test"), id);
	assert_true(add(OTHER, "bb", "ann@d.test") > id);
	assert_int_equal(each((struct control_erasure_query){ .open = ERASURE_ASKED }), 2);
	assert_str(rows[0].address, "ann@d.test");
	assert_str(rows[0].account, "shop");
	assert_int_equal(each((struct control_erasure_query){ .tenant = SHOP }), 1);
	q.id = id;
	q.limit = 1;
	assert_int_equal(control_erasure_each(c, &texts, &q, see, NULL), -ENOENT);
	e.id = id;
	assert_int_equal(control_erasure_set(c, &e), 0);
	assert_int_equal(each((struct control_erasure_query){ .open = ERASURE_SWEPT }), 1);
	assert_str(rows[0].address, "ann@d.test");
	e.state = ERASURE_DONE;
	assert_int_equal(control_erasure_set(c, &e), 0);
	assert_int_equal(each((struct control_erasure_query){ .id = id }), 1);
	assert_str(rows[0].address, "");
	assert_str(rows[0].hash, "aa");
	assert_str(rows[0].found, "{\"queued\":1}");
	assert_true(rows[0].done > 0 && control_erasure_quiet(c, SHOP));
	assert_int_equal(control_erasure_late(c, &late), 0);
	assert_int_equal(late, 0);
	assert_int_equal(
		store_run(c->store, "UPDATE erasures SET asked = 1", NULL, NULL, ""), 0);
	assert_int_equal(control_erasure_late(c, &late), 0);
	assert_int_equal(late, 1);
	arena_done(&texts);
}

/* Those that are done go with time, and the oldest of too many; of this account alone. */
static void
test_orders_go(void **unused)
{
	int64_t n = -1;

	(void)unused;
	assert_int_equal(store_run(c->store,
				 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
				 " n WHERE i < ?) INSERT INTO erasures (tenant, hash, address,"
				 " reason, state, asked, done, found) SELECT ?, 'x', '', '', 3,"
				 " 9000000000000000, 1, '{}' FROM n",
				 NULL, NULL, "ii", (int64_t)ERASURES_ROWS + 9, (int64_t)SHOP),
		0);
	(void)add(OTHER, "cc", "ann@d.test");
	(void)add(SHOP, "dd", "ann@d.test");
	assert_int_equal(store_run(c->store, "SELECT COUNT(*) FROM erasures WHERE tenant = ?",
				 take_count, &n, "i", (int64_t)SHOP),
		0);
	assert_int_equal(n, ERASURES_ROWS);
	assert_int_equal(store_run(c->store, "UPDATE erasures SET asked = 1 WHERE id < 60",
				 NULL, NULL, ""),
		0);
	(void)add(SHOP, "ee", "ann@d.test");
	assert_int_equal(store_run(c->store, "SELECT MIN(id) FROM erasures WHERE tenant = ?",
				 take_count, &n, "i", (int64_t)SHOP),
		0);
	assert_int_equal(n, 60);
}

/* As people/erase does, of the one address. */
static size_t
mask(char *text, size_t n, struct str address)
{
	size_t at = str_find_str(str_of(text, n), address), places = 0;

	for (; n && at < n; at = str_find_str(str_of(text, n), address), places++)
		memset(text + at, '*', address.n);
	return places;
}

static int
take_text(void *ctx, struct store_row *r)
{
	return buf_put(ctx, store_text(r, 0));
}

static void
says(const char *sql, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(store_run(c->store, sql, take_text, &b, ""), 0);
	assert_str(buf_str(&b), want);
	buf_done(&b);
}

static void
test_tables(void **unused)
{
	const struct control_erasing e = { SHOP, STR_LIT("ann@d.test"), mask };
	static const char *const made[] = {
		"INSERT INTO testers (tenant, address, name, created) VALUES"
		" (1, 'Ann@d.test', 'A', 1), (1, 'bob@d.test', 'B', 1), (2, 'ann@d.test', 'A', "
		"1)",
		"INSERT INTO forgotten (tenant, list, address, at) VALUES (1, 1, 'ann@d.test', "
		"1),"
		" (2, 1, 'ann@d.test', 1)",
		"INSERT INTO webhook_posts (tenant, webhook, at, event, events, status, "
		"took_ms,"
		" result, why, request, answer) VALUES"
		" (1, 1, 1, 'e', 1, 200, 1, 'answered', '', '{\"to\":\"ann@d.test\"}', 'ok'),"
		" (1, 1, 1, 'e', 1, 200, 1, 'answered', '', 'bob', 'ok'),"
		" (2, 1, 1, 'e', 1, 200, 1, 'answered', '', 'ann@d.test', 'ok')",
		/* As much as is kept of a longer one, and one that ends so. */
		"INSERT INTO webhook_posts (tenant, webhook, at, event, events, status, "
		"took_ms,"
		" result, why, request, answer) VALUES"
		" (1, 1, 1, 'e', 1, 200, 1, 'answered', '',"
		" CAST(HEX(ZEROBLOB(8188)) || '\"ann@d.t' AS BLOB), ''),"
		" (1, 1, 1, 'e', 1, 200, 1, 'answered', '', '\"ann@d.t', '')",
		"INSERT INTO audit (tenant, at, kind, who, name, client, what, target, reason)"
		" VALUES (1, 1, 1, 1, '', '', 'suppressions.add', 'ann@d.test', 'for "
		"ann@d.test'),"
		" (2, 1, 1, 1, '', '', 'suppressions.add', 'ann@d.test', '')",
		"INSERT INTO users (id, tenant, email, name, role, language, created) VALUES"
		" (1, 1, 'a', '', 1, '', 1)",
		"INSERT INTO views (tenant, user_id, place, name, query) VALUES"
		" (1, 1, 0, 'Hers', 'to=ann@d.test'), (2, 1, 1, 'x', 'to=ann@d.test')",
	};
	struct control_contact t = { .tenant = SHOP,
		.key = STR_LIT("ann@d.test"),
		.address = STR_LIT("ann@d.test"),
		.name = STR_LIT("Ann"),
		.properties = STR_LIT("{}") };
	struct control_erased n;
	bool is_new;

	(void)unused;
	assert_int_equal(control_contact_put(c, &t, &is_new), 0);
	t.tenant = OTHER;
	assert_int_equal(control_contact_put(c, &t, &is_new), 0);
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		assert_int_equal(store_run(c->store, made[i], NULL, NULL, ""), 0);
	assert_int_equal(control_erase(c, &e, &n), 0);
	assert_true(n.contacts == 1 && n.testers == 1 && n.marks == 1 && n.posts == 2 &&
		    n.audit == 1 && n.values == 0 && n.views == 1);
	says("SELECT tenant || key || ' ' FROM contacts", "2ann@d.test ");
	says("SELECT tenant || ':' || contacts || ':' || bytes || ' ' FROM contact_totals",
		"1:0:0 2:1:25 ");
	says("SELECT tenant || address || ' ' FROM testers ORDER BY 1",
		"1bob@d.test 2ann@d.test ");
	says("SELECT tenant || address FROM forgotten", "2ann@d.test");
	says("SELECT tenant || CAST(request AS TEXT) || CAST(answer AS TEXT) || ' '"
	     " FROM webhook_posts ORDER BY id",
		"1 1bobok 2ann@d.testok 1 1\"ann@d.t ");
	says("SELECT target || reason || ' ' FROM audit WHERE what = 'suppressions.add'"
	     " ORDER BY id",
		"**********for ********** ann@d.test ");
	says("SELECT name || query || ' ' FROM views ORDER BY place",
		"Hersto=********** xto=ann@d.test ");
	/* Once more there is nothing. */
	assert_int_equal(control_erase(c, &e, &n), 0);
	assert_int_equal(n.contacts + n.testers + n.marks + n.posts + n.audit, 0);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_orders, two_accounts, tables_down),
	cmocka_unit_test_setup_teardown(test_orders_go, two_accounts, tables_down),
	cmocka_unit_test_setup_teardown(test_tables, two_accounts, tables_down))
