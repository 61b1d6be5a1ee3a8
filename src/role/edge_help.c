/* GET /help/TOPIC, for everybody: pages of api/help in the language of ?lang=, or as the client
 * prefers. */
#include "api/help.h"
#include "content/unsub_page.h"
#include "role/edge_priv.h"
#include "wire/http_answer.h"

#define PREFIX "/help/"

bool
edge_help_is(struct str path)
{
	return str_starts(path, STR_LIT(PREFIX)) || str_eq_z(path, "/help");
}

static bool
in_french(const struct http_in *in)
{
	struct str rest = in->query.p ? in->query : STR_NONE;
	struct str languages = http_in_field(in, "accept-language");

	while (rest.n) {
		struct str value = str_cut(&rest, '&'), name = str_cut(&value, '=');

		if (str_eq_z(name, "lang"))
			return value.p && str_eq_z(value, "fr");
	}
	return languages.p && unsub_page_lang(languages) == UNSUB_PAGE_FR;
}

void
edge_help_answer(struct edge_conn *c)
{
	const struct http_in *in = &c->http->in;
	bool fr = in_french(in);
	struct str topic = str_from(in->path, sizeof PREFIX - 1);
	const struct http_field fields[] = {
		{ STR_LIT("Content-Language"), fr ? STR_LIT("fr") : STR_LIT("en") },
		{ STR_LIT("Vary"), STR_LIT("Accept-Language") },
		{ STR_LIT("Cache-Control"), STR_LIT("public, max-age=300") },
		{ STR_LIT("Content-Security-Policy"), STR_LIT(HELP_CSP) },
		{ STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff") },
		{ STR_LIT("Referrer-Policy"), STR_LIT("no-referrer") },
	};
	struct http_answer a = { .status = 200,
		.type = "text/html; charset=utf-8",
		.fields = fields,
		.nfields = sizeof fields / sizeof *fields };
	struct buf b;

	buf_init(&b, HELP_PAGE_MAX);
	if (help_page(&b, topic, fr) < 0) {
		a.status = 404;
		a.type = NULL;
		buf_clear(&b);
		buf_put_z(&b, "There is no such page of help; all of them are at /help/.\n");
	}
	a.body = buf_str(&b);
	edge_http_say(c, &a);
	buf_done(&b);
}
