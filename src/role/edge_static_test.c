/* The description that is served says what the table of routes says, no more and no less. */
#include "role/edge_static.h"

#include "api/native_send.h"
#include "api/route.h"
#include "base/mem.h"
#include "base/test.h"

#include <jansson.h>

static const struct {
	const char *name;
	uint8_t bit;
} scopes[] = { { "send", SCOPE_SEND }, { "read", SCOPE_READ }, { "manage", SCOPE_MANAGE },
	{ "suppress", SCOPE_SUPPRESS }, { "operate", SCOPE_OPERATE } };

static struct str
file_of(const char *path)
{
	const struct edge_file *f = edge_static_find(str_z(path));

	assert_non_null(f);
	return str_of(f->as_is.bytes, f->as_is.n);
}

static json_t *
description(void)
{
	struct str s = file_of("/openapi.json");
	json_t *doc = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(doc);
	return doc;
}

static unsigned
scopes_of(const json_t *operation)
{
	unsigned bits = 0;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(operation, "x-scopes"), i, one)
	{
		for (size_t k = 0; k < sizeof scopes / sizeof *scopes; k++)
			if (str_eq_z(str_z(scopes[k].name), json_string_value(one)))
				bits |= scopes[k].bit;
	}
	return bits;
}

/* What is wrong with a route's operation, or NULL. */
static const char *
wrong(const struct api_route *r, const json_t *operation)
{
	const json_t *body = json_object_get(operation, "requestBody");
	const json_t *responses = json_object_get(operation, "responses");

	if (!operation)
		return "is not described";
	if (scopes_of(operation) != r->scope)
		return "has other scopes";
	if (body && json_integer_value(json_object_get(body, "x-max-bytes")) != r->body_max)
		return "has another longest body";
	if (body && !json_object_get(responses, "413"))
		return "has no 413";
	if (r->foreign == API_NOT_FOUND && !json_object_get(responses, "404"))
		return "has no 404";
	return r->scope == 0 || json_object_get(responses, "401") ? NULL : "has no 401";
}

static const json_t *
operation_of(const json_t *doc, const char *method, const char *pattern)
{
	const json_t *path = json_object_get(json_object_get(doc, "paths"), pattern);
	char lower[8] = "";

	for (size_t i = 0; i < sizeof lower - 1 && method[i]; i++)
		lower[i] = ascii_lower(method[i]);
	return json_object_get(path, lower);
}

static void
test_routes(void **state)
{
	json_t *doc = description(), *path, *operation;
	const char *pattern, *method;
	size_t n, described = 0, native = 0;
	const struct api_route *routes = api_routes(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const char *why;

		if (routes[i].dialect != API_NATIVE)
			continue;
		native++;
		why = wrong(&routes[i], operation_of(doc, routes[i].method, routes[i].pattern));
		if (why)
			fail_msg("docs/openapi.json: %s %s %s", routes[i].method,
				routes[i].pattern, why);
	}
	json_object_foreach(json_object_get(doc, "paths"), pattern, path)
	{
		json_object_foreach(path, method, operation) described++;
	}
	/* Each route is found, so what is more is none. */
	assert_int_equal(described, native);
	json_decref(doc);
}

/* The problem documents' type leads to a place on the page. */
static void
test_problems(void **state)
{
	static const int made[] = { 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429,
		500, 503, 504, 507 };
	const struct api_world w = { .base_url = STR_NONE, .request_id = STR_NONE };
	json_t *doc = description();
	struct str page = file_of("/docs/api");

	(void)state;
	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		const json_t *row = json_array_get(json_object_get(doc, "x-problems"), i);
		const char *slug = json_string_value(json_object_get(row, "slug"));
		struct api_answer a = { 0 };
		char want[200];

		native_problem(made[i], STR_NONE, NULL, &w, &a);
		assert_int_equal(json_integer_value(json_object_get(row, "status")), made[i]);
		snprintf(want, sizeof want,
			"{\"type\":\"/docs/api#%s\",\"title\":\"%s\",\"status\":%d,\"request_"
			"id\":\"\"}\n",
			slug, json_string_value(json_object_get(row, "title")), made[i]);
		assert_str(buf_str(&a.body), want);
		snprintf(want, sizeof want, " id=\"%s\"", slug);
		assert_true(str_find_str(page, str_z(want)) < page.n);
		buf_done(&a.body);
	}
	assert_int_equal(json_array_size(json_object_get(doc, "x-problems")),
		sizeof made / sizeof *made);
	json_decref(doc);
}

/* No script, nothing from elsewhere: the policy would refuse it, and a page would look broken.
 */
static void
test_page(void **state)
{
	static const char *const never[] = { "<script", " style=\"", "<link", "<img", "@import",
		"url(", " onclick", "src=\"http" };
	struct str page = file_of("/docs/api");

	(void)state;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		assert_int_equal(str_find_str(page, str_z(never[i])), page.n);
	for (size_t i = 0; i < edge_nfiles; i++) {
		assert_int_equal(strlen(edge_files[i].as_is.bytes), edge_files[i].as_is.n);
		assert_true(edge_files[i].as_is.etag[0] == '"' && edge_files[i].policy[0]);
	}
	assert_null(edge_static_find(STR_LIT("/openapi.jso")));
}

/* The console is one page with many addresses; a name of a file that is gone is none of them.
 */
static void
test_addresses(void **state)
{
	static const struct {
		const char *path, *found; /* NULL: nothing */
	} rows[] = {
		{ "/console", "/console/" },
		{ "/console/", "/console/" },
		{ "/console/activity", "/console/" },
		{ "/console/m/rcp_aaaaaaiaiiaakjsrlqcu4royse", "/console/" },
		{ "/console/templates/a.b", "/console/" },
		{ "/console/frame.html", "/console/frame.html" },
		{ "/console/icon.svg", "/console/icon.svg" },
		{ "/console/assets/index-00000000.js", NULL },
		{ "/console/assets/", NULL },
		{ "/consoles", NULL },
		{ "/consol", NULL },
		{ "/", NULL },
		{ "/console/../openapi.json", "/console/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct edge_file *f = edge_static_find(str_z(rows[i].path));

		if (!rows[i].found != !f)
			fail_msg("%s: %s", rows[i].path, f ? f->path : "nothing");
		if (f)
			assert_string_equal(f->path, rows[i].found);
	}
}

static void
test_codings(void **state)
{
	static const struct {
		const char *accepted, *coding; /* NULL: as it is */
	} rows[] = {
		{ "", NULL },
		{ "identity", NULL },
		{ "gzip", "gzip" },
		{ "GZip", "gzip" },
		{ "br", "br" },
		{ "gzip, deflate, br, zstd", "br" },
		{ "gzip;q=1.0 , br;q=0.5", "br" },
		{ "br;q=0, gzip", "gzip" },
		{ "br; q=0.000, gzip;q=0", NULL },
		{ "br;q=0.001", "br" },
		{ "*", NULL },
		{ "gzipped, brr", NULL },
		{ ",,;q=0,", NULL },
	};
	const struct edge_file *f = edge_static_find(STR_LIT("/console/"));
	const struct edge_file *plain = edge_static_find(STR_LIT("/openapi.json"));
	const char *coding = "x";

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct edge_body *b =
			edge_static_body(f, str_z(rows[i].accepted), &coding);

		if (!rows[i].coding != !coding ||
			(coding && strcmp(coding, rows[i].coding) != 0))
			fail_msg("%s: %s", rows[i].accepted, coding ? coding : "as it is");
		assert_ptr_equal(b, !coding ? &f->as_is : coding[0] == 'b' ? &f->br : &f->gzip);
	}
	assert_ptr_equal(edge_static_body(plain, STR_LIT("gzip, br"), &coding), &plain->as_is);
	assert_null(coding);
	/* One ETag for two codings would let a cache answer with the wrong one. */
	assert_string_not_equal(f->as_is.etag, f->gzip.etag);
	assert_string_not_equal(f->gzip.etag, f->br.etag);
}

/* What its policy would refuse would be a page that does not work. */
static void
test_console(void **state)
{
	static const char *const never[] = { "<style", " style=\"", "<script>", " onclick",
		" onload", "src=\"http", "href=\"http", "javascript:" };
	const struct edge_file *page = edge_static_find(STR_LIT("/console/"));
	const struct edge_file *frame = edge_static_find(STR_LIT("/console/frame.html"));
	size_t lasting = 0;

	(void)state;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		assert_int_equal(
			str_find_str(file_of("/console/"), str_z(never[i])), page->as_is.n);
		assert_int_equal(str_find_str(file_of("/console/frame.html"), str_z(never[i])),
			frame->as_is.n);
	}
	assert_true(str_starts(str_z(page->policy), STR_LIT("default-src 'self'; ")));
	assert_null(strstr(page->policy, "unsafe"));
	assert_non_null(strstr(page->policy, "frame-ancestors 'none'"));
	/* Mail of others: nothing but the frame's own script, an origin of its own. */
	assert_true(str_starts(str_z(frame->policy), STR_LIT("default-src 'none'; ")));
	assert_non_null(strstr(frame->policy, "; sandbox allow-scripts"));
	assert_null(strstr(frame->policy, "allow-same-origin"));
	assert_true(page->page && frame->page && !page->lasting);
	for (size_t i = 0; i < edge_nfiles; i++) {
		bool asset = str_starts(str_z(edge_files[i].path), STR_LIT("/console/assets/"));

		assert_int_equal(edge_files[i].lasting, asset);
		lasting += asset;
	}
	assert_true(lasting > 5);
}

TEST_MAIN(TEST(test_routes), TEST(test_problems), TEST(test_page), TEST(test_addresses),
	TEST(test_codings), TEST(test_console))
