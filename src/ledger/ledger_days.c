#include "base/mem.h"
#include "base/utc.h"
#include "io/file.h"
#include "ledger/ledger_feed_log.h"
#include "ledger/ledger_past.h"

#define DAYS_MAX 4096

/* 0, or -EINVAL: no day. */
static int
midnight_of(const char *day, int64_t *ret_wall)
{
	char midnight[UTC_TEXT_SIZE];

	snprintf(midnight, sizeof midnight, "%.10sT00:00:00Z", day);
	return utc_parse(str_z(midnight), ret_wall);
}

int32_t
ledger_day_number(const char *day)
{
	int64_t wall;

	return midnight_of(day, &wall) ? 0 : (int32_t)(wall / UTC_DAY);
}

static int
on_name(void *ctx, const char *name)
{
	struct ledger_days *d = ctx;
	struct str s = str_z(name);
	int64_t wall;

	if (s.n != LEDGER_DAY_NAME - 1 + 3 || !str_ends(s, STR_LIT(".db")) || d->n == DAYS_MAX)
		return 0;
	if (midnight_of(name, &wall))
		return 0;
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 64;
		d->name = mem_grow(d->name, d->cap, sizeof *d->name);
	}
	(void)str_copy_z(d->name[d->n++], LEDGER_DAY_NAME, str_head(s, LEDGER_DAY_NAME - 1));
	return 0;
}

const struct store_schema *
ledger_schema(struct str file)
{
	char day[LEDGER_DAY_NAME];

	if (str_eq_z(file, LEDGER_FEED_NAME))
		return &ledger_feed_schema;
	if (str_eq_z(file, LEDGER_PAST_FILE))
		return &ledger_past_schema;
	if (file.n != LEDGER_DAY_NAME - 1 + 3 || !str_ends(file, STR_LIT(".db")) ||
		str_copy_z(day, sizeof day, str_head(file, LEDGER_DAY_NAME - 1)))
		return NULL;
	return ledger_day_number(day) ? &ledger_day_schema : NULL;
}

int
ledger_days_list(struct ledger_days *d, const char *dir)
{
	*d = (struct ledger_days){ 0 };
	return file_each(dir, on_name, d);
}

void
ledger_days_done(struct ledger_days *d)
{
	mem_free(d->name);
	*d = (struct ledger_days){ 0 };
}
