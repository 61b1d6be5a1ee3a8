#include "role/edge_static.h"

#include "wire/http_answer.h"

/* Long enough to spare a reader's questions, short enough that an upgrade shows. */
#define CACHE "public, max-age=300"
/* A year is what RFC 9111 calls for ever; the name is another one when the content is. */
#define CACHE_LASTING "public, max-age=31536000, immutable"
/* It names the files that go with it: an old page would ask for names that are gone. */
#define CACHE_PAGE "no-cache"

static const struct edge_file *
exactly(struct str path)
{
	for (size_t i = 0; i < edge_nfiles; i++)
		if (str_eq_z(path, edge_files[i].path))
			return &edge_files[i];
	return NULL;
}

const struct edge_file *
edge_static_find(struct str path)
{
	const struct edge_file *f = exactly(path);

	if (f)
		return f;
	if (str_eq_z(path, "/console"))
		return exactly(STR_LIT("/console/"));
	if (str_starts(path, STR_LIT("/console/")) &&
		!str_starts(path, STR_LIT("/console/assets/")))
		return exactly(STR_LIT("/console/"));
	return NULL;
}

/* "q=0", "q=0.0" and so on: not at all. Other parameters do not exist (RFC 9110 12.4.2). */
static bool
is_refused(struct str parameter)
{
	struct str value = str_trim(parameter);

	if (!str_starts(value, STR_LIT("q=")) && !str_starts(value, STR_LIT("Q=")))
		return false;
	value = str_from(value, 2);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '0' && value.p[i] != '.')
			return false;
	return value.n > 0;
}

/* Only what is named counts: "*" from a client that can do no coding at all would do harm. */
static bool
is_accepted(struct str accepted, const char *coding)
{
	while (accepted.n) {
		struct str rest = str_cut(&accepted, ',');
		struct str name = str_trim(str_cut(&rest, ';'));

		if (str_ieq(name, str_z(coding)))
			return !is_refused(rest);
	}
	return false;
}

const struct edge_body *
edge_static_body(const struct edge_file *f, struct str accepted, const char **ret_coding)
{
	const struct {
		const char *name;
		const struct edge_body *body;
	} codings[] = { { "br", &f->br }, { "gzip", &f->gzip } };

	for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
		if (!codings[i].body->etag || !is_accepted(accepted, codings[i].name))
			continue;
		*ret_coding = codings[i].name;
		return codings[i].body;
	}
	*ret_coding = NULL;
	return &f->as_is;
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

static const char *
cache_of(const struct edge_file *f)
{
	if (f->page)
		return CACHE_PAGE;
	return f->lasting ? CACHE_LASTING : CACHE;
}

void
edge_static_answer(struct edge_conn *c, const struct edge_file *f)
{
	const struct http_in *in = &c->http->in;
	struct str accepted = http_in_field(in, "accept-encoding");
	struct str known = http_in_field(in, "if-none-match");
	const char *coding;
	const struct edge_body *body =
		edge_static_body(f, accepted.p ? accepted : STR_NONE, &coding);
	struct http_field fields[7] = {
		{ STR_LIT("ETag"), str_z(body->etag) },
		{ STR_LIT("Cache-Control"), str_z(cache_of(f)) },
		{ STR_LIT("Content-Security-Policy"), str_z(f->policy) },
		{ STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff") },
		{ STR_LIT("Referrer-Policy"), STR_LIT("no-referrer") },
	};
	struct http_answer a = { .status = known.p && is_known(known, body->etag) ? 304 : 200,
		.type = f->type,
		.fields = fields,
		.nfields = 5,
		.body = str_of(body->bytes, body->n) };

	if (f->gzip.etag || f->br.etag)
		fields[a.nfields++] =
			(struct http_field){ STR_LIT("Vary"), STR_LIT("Accept-Encoding") };
	if (coding)
		fields[a.nfields++] =
			(struct http_field){ STR_LIT("Content-Encoding"), str_z(coding) };
	edge_http_say(c, &a);
}
