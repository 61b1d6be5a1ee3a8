#include "wire/config.h"

#include "base/must.h"
#include "wire/config_set.h"
#include "wire/url_web.h"

#include <errno.h>
#include <yaml.h>

#define FILE_MAX  (1u << 20)
#define ARENA_MAX (8u << 20) /* a file of 1 MiB holds less text than this */

struct reader {
	struct config_set set;
	yaml_parser_t yaml;
	yaml_event_t event;
	bool have_event, again; /* again: the event was only looked at */
	bool ports_given;
};

static int
fail_yaml(struct reader *r)
{
	const yaml_parser_t *y = &r->yaml;
	const char *problem = y->problem ? y->problem : "it cannot be read";
	const char *hint = "";

	r->set.line = (unsigned)y->problem_mark.line + 1;
	r->set.column = (unsigned)y->problem_mark.column + 1;
	if (y->error == YAML_READER_ERROR) {
		r->set.line = (unsigned)y->mark.line + 1;
		r->set.column = (unsigned)y->mark.column + 1;
		hint = "; the file must be UTF-8 text";
	} else if (y->context && strstr(y->context, "alias")) {
		r->set.line = (unsigned)y->context_mark.line + 1;
		r->set.column = (unsigned)y->context_mark.column + 1;
		hint = "; write \"*\" in quotes";
	} else if (strstr(problem, "cannot start any token")) {
		hint = "; indent with spaces, and put such texts in quotes";
	}
	return config_set_fail(&r->set, "not YAML: %s%s", problem, hint);
}

/* The next event into r->event, its position into r->set.line and r->set.column. */
static int
next(struct reader *r)
{
	const yaml_event_t *ev = &r->event;
	yaml_char_t *anchor = NULL, *tag = NULL;

	if (r->again) {
		r->again = false;
	} else {
		if (r->have_event)
			yaml_event_delete(&r->event);
		r->have_event = yaml_parser_parse(&r->yaml, &r->event) == 1;
		if (!r->have_event)
			return fail_yaml(r);
	}
	r->set.line = (unsigned)ev->start_mark.line + 1;
	r->set.column = (unsigned)ev->start_mark.column + 1;
	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	}
	if (anchor || ev->type == YAML_ALIAS_EVENT)
		return config_set_fail(&r->set,
			"anchors and aliases (& and *) are not used here; a text that begins "
			"with one of them stands in quotes");
	if (tag)
		return config_set_fail(&r->set, "tags (!) are not used here; a text that "
						"begins with one stands in quotes");
	return 0;
}

/* The event's text; a plain ~ or null is the empty text. */
static struct str
scalar(const struct reader *r)
{
	struct str s = str_of(r->event.data.scalar.value, r->event.data.scalar.length);
	bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	return plain && (str_eq_z(s, "~") || str_eq_z(s, "null")) ? STR_NONE : s;
}

static const char *
event_name(const struct reader *r)
{
	switch (r->event.type) {
	case YAML_SEQUENCE_START_EVENT:
		return "a list";
	case YAML_MAPPING_START_EVENT:
		return "a section of keys";
	default:
		return "this";
	}
}

static int read_map(struct reader *r, struct config_level *l);

static int
read_entry(struct reader *r, const struct config_key *list)
{
	struct config_level l;
	unsigned line = r->set.line, column = r->set.column;
	int e = config_set_begin(&r->set, list, &l);

	if (e == 0)
		e = read_map(r, &l);
	if (e < 0)
		return e;
	r->set.line = line;
	r->set.column = column;
	return config_set_end(&r->set, list, &l);
}

/* name: second, or name: { other fields }; the event is the name. */
static int
read_named_entry(struct reader *r, const struct config_key *list)
{
	const struct config_key *first = config_set_field(list, 0),
				*second = config_set_field(list, 1);
	struct config_level l;
	unsigned line = r->set.line, column = r->set.column;
	int e = config_set_begin(&r->set, list, &l);

	if (e == 0)
		e = config_set_value(&r->set, first, l.base, scalar(r));
	if (e == 0)
		e = next(r);
	if (e < 0)
		return e;
	l.seen[first - config_keys] = true;
	if (r->event.type == YAML_MAPPING_START_EVENT) {
		e = read_map(r, &l);
	} else if (r->event.type == YAML_SCALAR_EVENT && !second->def) {
		e = config_set_value(&r->set, second, l.base, scalar(r));
		l.seen[second - config_keys] = true;
	} else {
		e = config_set_wrong(&r->set, list, event_name(r), NULL);
	}
	if (e < 0)
		return e;
	r->set.line = line;
	r->set.column = column;
	return config_set_end(&r->set, list, &l);
}

/* A mapping where a list of entries stands: one entry, or entries by name. */
static int
read_entries_map(struct reader *r, const struct config_key *list)
{
	char path[CONFIG_PATH_SIZE];
	struct str prefix = config_set_prefix(path, list);
	unsigned line = r->set.line, column = r->set.column;
	int e = next(r);

	if (e == 0 && r->event.type == YAML_SCALAR_EVENT) {
		struct str word = scalar(r);
		bool field = false;

		for (size_t i = 0; i < CONFIG_KEYS; i++)
			field |= word.n > 0 &&
			         str_eq(config_key_part(&config_keys[i], prefix), word);
		if (field || list->kind == CONFIG_KIND_CERT) {
			r->again = true;
			r->set.line = line;
			r->set.column = column;
			return read_entry(r, list);
		}
	}
	while (e == 0 && r->event.type != YAML_MAPPING_END_EVENT) {
		if (r->event.type != YAML_SCALAR_EVENT)
			return config_set_wrong(&r->set, list, event_name(r), NULL);
		e = read_named_entry(r, list);
		if (e == 0)
			e = next(r);
	}
	return e;
}

static int
read_list(struct reader *r, const struct config_key *k, void *base)
{
	bool entries = config_value_is_entry(k->kind);
	char word[CONFIG_WORD_SIZE];
	int e;

	while ((e = next(r)) == 0 && r->event.type != YAML_SEQUENCE_END_EVENT) {
		if (entries && r->event.type == YAML_MAPPING_START_EVENT)
			e = read_entry(r, k);
		else if (!entries && r->event.type == YAML_SCALAR_EVENT)
			e = config_set_value(&r->set, k, base, scalar(r));
		else if (r->event.type == YAML_SCALAR_EVENT)
			e = config_set_wrong(
				&r->set, k, config_set_word(word, scalar(r)), NULL);
		else
			e = config_set_wrong(&r->set, k, event_name(r), NULL);
		if (e < 0)
			break;
	}
	return e;
}

/* The event begins the value of k. */
static int
read_value(struct reader *r, const struct config_key *k, void *base)
{
	char word[CONFIG_WORD_SIZE];
	bool entries = config_value_is_entry(k->kind);

	if (k->cap > 0)
		config_set_clear(&r->set, k, base);
	if (k->cap > 0 && r->event.type == YAML_SEQUENCE_START_EVENT)
		return read_list(r, k, base);
	if (entries && r->event.type == YAML_MAPPING_START_EVENT)
		return read_entries_map(r, k);
	if (r->event.type != YAML_SCALAR_EVENT)
		return config_set_wrong(&r->set, k, event_name(r), NULL);
	if (entries && scalar(r).n > 0)
		return config_set_wrong(&r->set, k, config_set_word(word, scalar(r)), NULL);
	if (k->cap > 0 && scalar(r).n == 0)
		return 0;
	return config_set_value(&r->set, k, base, scalar(r));
}

/* A submission section that names ports opens these and no others. */
static void
ports_begin(struct reader *r, const struct config_key *k)
{
	if (r->ports_given || k->kind != CONFIG_KIND_PORT || k->cap == 0 ||
		!str_starts(str_z(k->path), STR_LIT("submission.")))
		return;
	r->ports_given = true;
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (config_keys[i].kind == CONFIG_KIND_PORT && config_keys[i].cap > 0 &&
			str_starts(str_z(config_keys[i].path), STR_LIT("submission.")))
			config_set_clear(&r->set, &config_keys[i], r->set.c);
}

static int
read_section(struct reader *r, struct str prefix)
{
	struct config_level l = { .base = r->set.c };
	char plain[CONFIG_PATH_SIZE];

	must(str_copy_z(l.prefix, sizeof l.prefix, prefix) == 0);
	r->set.c->lab.on |= str_eq_z(prefix, "lab.");
	if (r->event.type == YAML_MAPPING_START_EVENT)
		return read_map(r, &l);
	if (r->event.type == YAML_SCALAR_EVENT && scalar(r).n == 0)
		return 0;
	l.prefix[prefix.n - 1] = '\0';
	return config_set_fail(&r->set,
		"%s: a section of keys is expected here, such as %s: { %.*s: … }",
		config_key_plain(plain, l.prefix), l.prefix,
		STR_ARG(config_key_part(config_key_section(prefix), prefix)));
}

/* The event is a key of level l: reads its value. */
static int
read_pair(struct reader *r, struct config_level *l)
{
	char path[CONFIG_PATH_SIZE], safe[CONFIG_WORD_SIZE];
	struct str prefix = str_z(l->prefix), word = scalar(r);
	const struct config_key *k = NULL, *section = NULL;
	int n = 0, e;

	if (word.n <= 40 && word.n > 0 && str_find(word, '.') == word.n &&
		str_find(word, '[') == word.n) {
		n = snprintf(path, sizeof path, "%s%.*s.", l->prefix, STR_ARG(word));
		must(n > 0 && (size_t)n < sizeof path);
		k = config_key_find(str_of(path, (size_t)n - 1));
		section = config_key_section(str_of(path, (size_t)n));
	}
	if (!k && !section)
		return config_set_unknown(&r->set, prefix, word);
	if (l->seen[(k ? k : section) - config_keys])
		return config_set_fail(
			&r->set, "the key %s is there twice", config_set_word(safe, word));
	l->seen[(k ? k : section) - config_keys] = true;
	e = next(r);
	if (e < 0)
		return e;
	if (!k)
		return read_section(r, str_of(path, (size_t)n));
	ports_begin(r, k);
	return read_value(r, k, l->base);
}

static int
read_map(struct reader *r, struct config_level *l)
{
	int e;

	while ((e = next(r)) == 0 && r->event.type != YAML_MAPPING_END_EVENT) {
		if (r->event.type != YAML_SCALAR_EVENT)
			return config_set_fail(&r->set, "%s cannot be a key", event_name(r));
		e = read_pair(r, l);
		if (e < 0)
			break;
	}
	return e;
}

/* A lone word where keys are expected: hostname="x", or a key without a space behind its
 * colon. */
static int
fail_lone(struct reader *r, struct str s)
{
	char safe[CONFIG_WORD_SIZE];
	size_t n = 0;

	while (n < s.n && (ascii_alnum(s.p[n]) || s.p[n] == '_'))
		n++;
	if (n > 0 && config_key_section(str_head(s, n)) == NULL)
		return config_set_unknown(&r->set, STR_NONE, str_head(s, n));
	return config_set_fail(&r->set,
		"%s is not a key with a value: write key: value, with a space behind the colon",
		config_set_word(safe, str_head(s, n ? n : s.n)));
}

static int
read_document(struct reader *r)
{
	struct config_level l = { .base = r->set.c };
	int e = next(r);

	if (e == 0 && r->event.type == YAML_STREAM_START_EVENT)
		e = next(r);
	if (e < 0 || r->event.type == YAML_STREAM_END_EVENT)
		return e;
	e = next(r); /* behind the start of the document */
	if (e < 0)
		return e;
	if (r->event.type == YAML_SCALAR_EVENT && scalar(r).n > 0)
		return fail_lone(r, scalar(r));
	if (r->event.type == YAML_SEQUENCE_START_EVENT)
		return config_set_fail(&r->set,
			"a list is not right here: the file is made of keys, such as "
			"hostname: mail.example.org");
	if (r->event.type == YAML_MAPPING_START_EVENT)
		e = read_map(r, &l);
	if (e == 0)
		e = next(r);
	if (e == 0)
		e = next(r);
	if (e == 0 && r->event.type != YAML_STREAM_END_EVENT)
		e = config_set_fail(&r->set, "a second document (---) is not used here");
	return e;
}

static int
read_yaml(struct reader *r, struct str yaml)
{
	int e;

	r->set.line = r->set.column = 1;
	if (yaml.n > FILE_MAX)
		return config_set_fail(&r->set, "the file is larger than 1 MiB");
	must(yaml_parser_initialize(&r->yaml) == 1);
	yaml_parser_set_encoding(&r->yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&r->yaml, (const unsigned char *)(yaml.n ? yaml.p : ""), yaml.n);
	e = read_document(r);
	if (r->have_event)
		yaml_event_delete(&r->event);
	yaml_parser_delete(&r->yaml);
	return e;
}

/* OUTBOUND__PORT → outbound.port; -EINVAL when it is no such name. */
static int
env_path(struct str name, char dst[CONFIG_PATH_SIZE], bool *ret_nested)
{
	size_t n = 0;

	*ret_nested = false;
	if (name.n == 0 || name.n >= CONFIG_PATH_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < name.n; i++) {
		if (str_starts(str_from(name, i), STR_LIT("__"))) {
			*ret_nested = true;
			dst[n++] = '.';
			i++;
			continue;
		}
		if (!ascii_alnum(name.p[i]) && name.p[i] != '_')
			return -EINVAL;
		dst[n++] = ascii_lower(name.p[i]);
	}
	dst[n] = '\0';
	return 0;
}

static int
env_unknown(struct reader *r, struct str path)
{
	size_t dot = str_rfind(path, '.');

	if (config_key_section(str_head(path, dot + 1)))
		return config_set_unknown(
			&r->set, str_head(path, dot + 1), str_from(path, dot + 1));
	return config_set_unknown(&r->set, STR_NONE, str_head(path, str_find(path, '.')));
}

static int
read_variable(struct reader *r, struct str text)
{
	char path[CONFIG_PATH_SIZE];
	struct str value = text, name = str_cut(&value, '=');
	const struct config_key *k;
	bool nested;

	if (!str_starts(name, STR_LIT("FACTEUR_")) || !value.p)
		return 0;
	if (env_path(str_from(name, 8), path, &nested) < 0)
		return 0;
	k = config_key_find(str_z(path));
	if (!k && !nested)
		return 0;
	r->set.origin = name;
	if (!k)
		return env_unknown(r, str_z(path));
	r->set.c->lab.on |= str_starts(str_z(path), STR_LIT("lab."));
	return config_set_text(&r->set, k, value);
}

static int
read_env(struct reader *r, char *const *env)
{
	int e = 0;

	r->set.line = r->set.column = 0;
	for (; e == 0 && env && *env; env++)
		e = read_variable(r, str_z(*env));
	if (e == 0)
		r->set.origin = STR_NONE;
	return e;
}

static bool
may_share(const struct config_key *a, const struct config_key *b)
{
	return (strcmp(a->path, "submission.starttls") == 0 &&
		       strcmp(b->path, "http.plain") == 0) ||
	       (strcmp(b->path, "submission.starttls") == 0 &&
		       strcmp(a->path, "http.plain") == 0);
}

static int
check_ports(struct reader *r)
{
	for (size_t i = 0; i < r->set.nplaces; i++)
		for (size_t j = 0; j < i; j++) {
			const struct config_place *a = &r->set.places[j],
						  *b = &r->set.places[i];

			if (a->port != b->port || may_share(a->key, b->key))
				continue;
			r->set.line = b->line;
			r->set.column = b->column;
			if (a->key == b->key)
				return config_set_fail(&r->set, "%s: port %u is there twice",
					b->key->path, b->port);
			return config_set_fail(&r->set, "%s: port %u is also in %s",
				b->key->path, b->port, a->key->path);
		}
	return 0;
}

static int
default_path(struct config *c, struct str *path, const char *name)
{
	if (path->n == 0)
		*path = arena_printf(&c->arena, "%.*s/%s", STR_ARG(c->state), name);
	return path->p ? 0 : -EINVAL;
}

static int
check_sites(struct reader *r)
{
	struct config *c = r->set.c;
	const struct config_key *sites = config_key_find(STR_LIT("outbound.sites"));

	for (size_t i = 0; i < c->outbound.nsites; i++)
		if (str_eq_z(c->outbound.sites[i].domain, "*"))
			return 0;
	if (config_set_entry(&r->set, sites, STR_LIT("*")) < 0)
		return -EINVAL;
	c->outbound.sites[c->outbound.nsites - 1].implied = true;
	return 0;
}

static bool
console_ok(struct str url)
{
	bool web = str_starts(url, STR_LIT("https://")) || str_starts(url, STR_LIT("http://"));

	return web && url.n < CONFIG_CONSOLE_SIZE - 40 && !str_ends(url, STR_LIT("/"));
}

static int
check_alerts(struct reader *r)
{
	const struct config *c = r->set.c;
	struct str secret = c->alerts.secret,
		   key = str_from(secret, secret.n < 6 ? secret.n : 6);
	const char *why = NULL;
	struct url_web u;

	if (c->alerts.webhook.n &&
		url_web_parse(&r->set.c->arena, c->alerts.webhook, &u, &why) < 0)
		return config_set_fail(&r->set, "alerts.webhook: %s", why);
	if (secret.n == 0)
		return 0;
	for (size_t i = 0; i < key.n; i++)
		if (!ascii_alnum(key.p[i]) && !strchr("+/=", key.p[i]))
			key.n = 0;
	if (!str_starts(secret, STR_LIT("whsec_")) || key.n < 32 || key.n > 88 || key.n % 4)
		return config_set_fail(&r->set,
			"alerts.secret: it is whsec_ and 24 to 64 bytes in "
			"base64, as made by: echo whsec_$(openssl "
			"rand -base64 32)");
	return 0;
}

static int
finish(struct reader *r)
{
	struct config *c = r->set.c;
	int e = check_ports(r);

	if (e < 0)
		return e;
	r->set.line = r->set.column = 0;
	if (c->nlisten == 0)
		return config_set_fail(&r->set, "listen: at least one address is needed");
	if (c->outbound.nretry == 0)
		return config_set_fail(
			&r->set, "outbound.retry: at least one duration is needed");
	if (!c->outbound.ipv4 && !c->outbound.ipv6)
		return config_set_fail(&r->set, "outbound: ipv4 and ipv6 cannot both be false");
	if (c->tracking.oldest_key > c->tracking.key)
		return config_set_fail(&r->set, "tracking.oldest_key: it cannot be greater "
						"than tracking.key, or no link "
						"would work");
	if (c->console.url.n && !console_ok(c->console.url))
		return config_set_fail(&r->set,
			"console.url: it is https://host[:port], without a "
			"slash at its end");
	e = check_alerts(r);
	e = e ? e : check_sites(r);
	if (e == 0 && (default_path(c, &c->master_key, "master.key") < 0 ||
			      default_path(c, &c->log.file, "log/mail.log") < 0))
		e = config_set_fail(&r->set, "the configuration is too large");
	return e;
}

static void
set_defaults(struct reader *r)
{
	*r->set.c = (struct config){ .file = STR_NONE };
	arena_init(&r->set.c->arena, ARENA_MAX);
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (!strchr(config_keys[i].path, '['))
			must(config_set_text(
				     &r->set, &config_keys[i], str_z(config_keys[i].def)) == 0);
}

int
config_parse(struct config *c, struct str file, struct str yaml, char *const *env,
	struct config_error *ret_e)
{
	struct config_error error = { 0 };
	struct reader r = { .set = { .c = c, .error = &error, .origin = STR_NONE } };
	int e;

	set_defaults(&r);
	c->file = arena_str(&c->arena, file);
	e = c->file.p ? read_yaml(&r, yaml)
	              : config_set_fail(&r.set, "the file's name is too long");
	if (e == 0)
		e = read_env(&r, env);
	if (e == 0)
		e = finish(&r);
	if (e < 0) {
		config_done(c);
		*ret_e = error;
	}
	return e;
}

struct str
config_tracking_host(const struct config *c)
{
	struct str rest = c->tracking.url;
	size_t at = str_find_str(rest, STR_LIT("://"));

	if (rest.n == 0)
		return c->hostname;
	rest = str_from(rest, at < rest.n ? at + 3 : 0);
	rest = str_head(rest, str_find(rest, '/'));
	return str_head(rest, str_find(rest, ':'));
}

const char *
config_console(const struct config *c, char dst[CONFIG_CONSOLE_SIZE])
{
	bool tls = c->http_tls.n > 0 || c->http_plain.n == 0;
	unsigned port =
		tls ? (c->http_tls.n ? c->http_tls.port[0] : 443) : c->http_plain.port[0];
	/* Without HTTPS nobody but this machine should be there. */
	struct str host = tls ? c->hostname : STR_LIT("127.0.0.1");

	if (c->console.url.n)
		(void)str_copy_z(dst, CONFIG_CONSOLE_SIZE, c->console.url);
	else if (port == (tls ? 443 : 80))
		snprintf(dst, CONFIG_CONSOLE_SIZE, "http%s://%.*s", tls ? "s" : "",
			STR_ARG(host));
	else
		snprintf(dst, CONFIG_CONSOLE_SIZE, "http%s://%.*s:%u", tls ? "s" : "",
			STR_ARG(host), port);
	return dst;
}

const char *
config_owner(const struct config *c, char dst[CONFIG_CONSOLE_SIZE])
{
	if (c->admin.n)
		(void)str_copy_z(dst, CONFIG_CONSOLE_SIZE, c->admin);
	else
		snprintf(dst, CONFIG_CONSOLE_SIZE, "owner@%.*s", STR_ARG(c->hostname));
	return dst;
}

void
config_default(struct config *c)
{
	struct config_error error;

	must(config_parse(c, STR_NONE, STR_NONE, NULL, &error) == 0);
}

void
config_done(struct config *c)
{
	arena_done(&c->arena);
	*c = (struct config){ .file = STR_NONE };
}
