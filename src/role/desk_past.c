/*
 * What a message was written from, as long as its bytes are kept: the ledger says where they
 * are, and directly behind them the edge left the values (wire/trailer). A message that is
 * carried to another extent leaves them behind, as it does for GET …/source.
 */
#include "role/desk_priv.h"

#include "ledger/fact_about.h"
#include "ledger/ledger.h"
#include "wire/trailer.h"

#include "base/mem.h"

#include <errno.h>

/* The acceptance says where the bytes are; a ledger of an older version does not. */
static int
on_row(void *ctx, const struct ledger_row *row)
{
	struct desk_past *p = ctx;
	struct rd r = rd_of(row->facts);
	struct fact_about about;
	struct fact f;

	p->message = row->message;
	if (fact_read(&r, &f) < 0 || f.kind != FACT_ACCEPTED)
		return 1;
	p->place = (struct extent_place){ f.extent, f.size, f.offset, f.hash };
	fact_about_read(&about, f.about);
	(void)str_copy_z(p->template, sizeof p->template, about.template);
	return 1;
}

int
desk_past_find(struct desk *d, uint64_t id, uint32_t tenant, struct desk_past *ret_p)
{
	const struct ledger_query q = { .id = id, .tenant = tenant, .limit = 1 };
	struct desk_past p = { .message = 0 };
	int err = ledger_find(d->env->paths->ledger, &q, on_row, &p);

	if (err < 0)
		return err;
	if (p.message == 0)
		return -ENOENT;
	*ret_p = p;
	return 0;
}

json_t *
desk_past_read(const char *spool, const struct desk_past *p)
{
	struct extent_reader *r = extent_reader_new(spool);
	char *bytes = mem_new(1, TRAILER_MAX);
	long n = extent_read_behind(r, &p->place, bytes, TRAILER_MAX);
	struct str json;
	json_t *j = NULL;

	extent_reader_free(&r);
	if (n > 0 && trailer_read(str_of(bytes, (size_t)n), p->message, &json) == 0)
		j = json_loadb(json.p, json.n, 0, NULL);
	mem_free(bytes);
	if (j && json_is_object(json_object_get(j, "vars")) &&
		json_is_object(json_object_get(j, "contact")))
		return j;
	json_decref(j);
	return NULL;
}

const char *
desk_past_why(const struct desk_past *p)
{
	return p->template[0] ? "The values of this message are not kept: they go with its "
	                        "bytes (keep.content), and more than 64 KiB never are."
	                      : "No values are kept with this message: it was not written "
	                        "from a template.";
}
