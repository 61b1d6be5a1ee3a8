/* Laws: a refusal has a sentence and, from a file, a place in it; what was read is in bounds;
 * reading the same text again gives the same answer. */
#include "base/must.h"
#include "wire/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_config(const struct config *c)
{
	must(c->nlisten > 0 && c->nlisten <= CONFIG_LIST_MAX);
	must(c->starttls.n <= 16 && c->tls.n <= 16 && c->plain.n <= 16);
	must(c->outbound.nsites > 0 && c->outbound.nretry > 0 && c->outbound.nretry <= 32);
	must(c->outbound.port > 0 && c->edges > 0 && c->couriers > 0);
	must(c->limits.message_bytes > 0 && c->limits.recipients > 0);
	must(c->master_key.n > 0 && c->log.file.n > 0);
	for (size_t i = 0; i < c->outbound.nroutes; i++)
		must(c->outbound.routes[i].domain.n > 0 && c->outbound.routes[i].url.n > 0);
	for (size_t i = 0; i < c->ncerts; i++)
		must(c->certs[i].cert.n > 0 && c->certs[i].key.n > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c, again;
	struct config_error e = { 0 }, e2 = { 0 };
	struct str yaml = str_of(data, size);
	char variable[128] = "";
	char *env[] = { variable, NULL };
	int r = config_parse(&c, STR_NONE, yaml, NULL, &e);
	int r2 = config_parse(&again, STR_NONE, yaml, NULL, &e2);

	must(r == r2 && strcmp(e.text, e2.text) == 0 && e.line == e2.line &&
		e.column == e2.column);
	if (r == 0) {
		check_config(&c);
		must(str_eq(c.hostname, again.hostname) && c.ncerts == again.ncerts);
		config_done(&c);
		config_done(&again);
	} else {
		must(e.text[0] != '\0' && (e.line == 0) == (e.column == 0));
	}
	/* The same bytes as a variable. */
	if (size + sizeof "FACTEUR_" <= sizeof variable && !memchr(data, '\0', size)) {
		snprintf(variable, sizeof variable, "FACTEUR_%.*s", STR_ARG(yaml));
		r = config_parse(&c, STR_NONE, STR_NONE, env, &e);
		if (r == 0) {
			check_config(&c);
			config_done(&c);
		} else {
			must(e.text[0] != '\0' && e.line == 0);
		}
	}
	return 0;
}
