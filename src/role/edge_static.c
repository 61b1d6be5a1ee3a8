#include "role/edge_static.h"

#include "wire/http_answer.h"

/* Long enough to spare a reader's questions, short enough that an upgrade shows. */
#define CACHE "public, max-age=300"

const struct edge_file *
edge_static_find(struct str path)
{
	for (size_t i = 0; i < edge_nfiles; i++)
		if (str_eq_z(path, edge_files[i].path))
			return &edge_files[i];
	return NULL;
}

/* If-None-Match compares weakly: "W/" does not count (RFC 9110 8.8.3.2). */
static bool
is_known(struct str tags, const char *etag)
{
	while (tags.n) {
		struct str one = str_trim(str_cut(&tags, ','));

		if (str_starts(one, STR_LIT("W/")))
			one = str_from(one, 2);
		if (str_eq_z(one, etag) || str_eq_z(one, "*"))
			return true;
	}
	return false;
}

void
edge_static_answer(struct edge_conn *c, const struct edge_file *f)
{
	const struct http_field fields[] = {
		{ STR_LIT("ETag"), str_z(f->etag) },
		{ STR_LIT("Cache-Control"), STR_LIT(CACHE) },
		{ STR_LIT("Content-Security-Policy"), str_z(f->policy) },
		{ STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff") },
	};
	struct str known = http_in_field(&c->http->in, "if-none-match");
	struct http_answer a = { .status = known.p && is_known(known, f->etag) ? 304 : 200,
		.type = f->type,
		.fields = fields,
		.nfields = sizeof fields / sizeof *fields,
		.body = str_of(f->body, f->n) };

	edge_http_say(c, &a);
}
