/* What the DNS says of each sender domain: DKIM, DMARC, MX. */
#include "role/doctor_priv.h"

#include "wire/dkim.h"
#include "wire/dmarc.h"

#include <stdio.h>

#define NAME_BYTES 600 /* a record's name */

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* Anybody may add a domain: what the DNS lacks of one that is not verified is no failure of the
 * installation. */
static bool
pending(const json_t *row)
{
	return !json_is_true(json_object_get(row, "verified"));
}

static void
say(struct doctor *d, enum finding_what what, struct str subject, bool soft,
	const char *const args[3])
{
	if (soft)
		doctor_say_soft(d, what, subject, args);
	else
		doctor_say(d, what, subject, args);
}

static bool
failed(enum resolve_status s)
{
	return s == RESOLVE_FAILED || s == RESOLVE_LOOP;
}

/* ---- DKIM */

struct key {
	struct doctor *d;
	const json_t *domain, *record; /* of the conf's rows */
};

static void
on_dkim(void *ctx, const struct resolve_texts *t)
{
	struct key *k = ctx;
	struct doctor *d = k->d;
	struct str domain = str_z(text(k->domain, "domain"));
	const char *name = text(k->record, "name");
	char found[DOCTOR_TEXT_MAX] = "";
	bool ours = false, soft = pending(k->domain);
	/* A host that takes no Ed25519 key lacks nothing that matters. */
	bool spare = str_find_str(str_z(text(k->record, "value")), STR_LIT("k=ed25519")) <
	             strlen(text(k->record, "value"));

	for (size_t i = 0; i < t->n; i++)
		ours = ours || dkim_record_same(t->at[i], str_z(text(k->record, "value")));
	if (t->n > 0)
		(void)str_copy_z(found, sizeof found, str_head(t->at[0], sizeof found - 1));
	if (failed(t->status))
		doctor_skip(d, FINDING_CHECK_DKIM, domain, FINDING_SKIP_NO_ANSWER, t->why);
	else if (t->n == 0)
		say(d, FINDING_DKIM_MISSING, domain, soft || spare, DOCTOR_ARGS(name));
	else if (!ours)
		say(d, FINDING_DKIM_DIFFERENT, domain, soft, DOCTOR_ARGS(name, found));
	else if (t->n > 1)
		say(d, FINDING_DKIM_SEVERAL, domain, soft, DOCTOR_ARGS(name));
	else
		doctor_say(d, FINDING_DKIM_FINE, domain, DOCTOR_ARGS(name));
	doctor_shut(d, FINDING_CHECK_DKIM);
}

static void
dkim(struct doctor *d, const json_t *domain)
{
	json_t *record;
	size_t i;

	json_array_foreach(json_object_get(domain, "records"), i, record)
	{
		struct key *k;

		if (strcmp(text(record, "purpose"), "dkim") != 0)
			continue;
		k = doctor_alloc(d, sizeof *k);
		*k = (struct key){ d, domain, record };
		doctor_open(d, FINDING_CHECK_DKIM);
		resolve_txt(d->resolver, str_z(text(record, "name")), on_dkim, k);
	}
}

/* ---- DMARC: at the domain, else at those above it (RFC 7489 6.6.3, without a list of public
 * suffixes: at most to the last two labels) */

struct policy {
	struct doctor *d;
	const char *domain;
	bool soft;
	struct str at; /* the part of it that is asked about */
};

static void on_dmarc(void *ctx, const struct resolve_texts *t);

static void
ask_dmarc(struct policy *p)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof name, "_dmarc.%.*s", STR_ARG(p->at));
	doctor_open(p->d, FINDING_CHECK_DMARC);
	resolve_txt(p->d->resolver, str_z(name), on_dmarc, p);
}

static void
judge_dmarc(struct policy *p, struct str record, size_t n)
{
	char name[NAME_BYTES], count[24], found[DOCTOR_TEXT_MAX];
	struct str domain = str_z(p->domain);
	struct dmarc m;
	const char *policy;

	snprintf(name, sizeof name, "_dmarc.%.*s", STR_ARG(p->at));
	snprintf(count, sizeof count, "%zu", n);
	(void)str_copy_z(found, sizeof found, str_head(record, sizeof found - 1));
	if (n > 1) {
		say(p->d, FINDING_DMARC_SEVERAL, domain, p->soft, DOCTOR_ARGS(count, name));
		return;
	}
	if (dmarc_read(record, &m) < 0) {
		say(p->d, FINDING_DMARC_INVALID, domain, p->soft, DOCTOR_ARGS(name, found));
		return;
	}
	policy = p->at.n == domain.n ? m.policy : m.subdomain;
	if (strcmp(policy, "none") == 0)
		doctor_say(p->d, FINDING_DMARC_WATCH, domain, DOCTOR_ARGS(name));
	else
		doctor_say(p->d, FINDING_DMARC_FINE, domain, DOCTOR_ARGS(policy, name));
}

static void
on_dmarc(void *ctx, const struct resolve_texts *t)
{
	struct policy *p = ctx;
	struct doctor *d = p->d;
	struct str first = STR_NONE, up;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (dmarc_is(t->at[i])) {
			first = n == 0 ? t->at[i] : first;
			n++;
		}
	up = str_from(p->at, str_find(p->at, '.') + 1);
	if (failed(t->status)) {
		doctor_skip(d, FINDING_CHECK_DMARC, str_z(p->domain), FINDING_SKIP_NO_ANSWER,
			t->why);
	} else if (n > 0) {
		judge_dmarc(p, first, n);
	} else if (str_find(up, '.') < up.n) {
		p->at = up;
		ask_dmarc(p);
	} else {
		doctor_say(d, FINDING_DMARC_MISSING, str_z(p->domain), DOCTOR_ARGS(p->domain));
	}
	doctor_shut(d, FINDING_CHECK_DMARC);
}

static void
dmarc(struct doctor *d, const char *domain, bool soft)
{
	struct policy *p = doctor_alloc(d, sizeof *p);

	*p = (struct policy){ d, domain, soft, str_z(domain) };
	ask_dmarc(p);
}

/* ---- MX */

struct post {
	struct doctor *d;
	const char *domain;
	bool soft;
};

static void
on_mx(void *ctx, const struct resolve_answer *a)
{
	struct post *p = ctx;
	struct doctor *d = p->d;
	struct str domain = str_z(p->domain);

	switch (a->status) {
	case RESOLVE_OK:
		if (a->mx)
			doctor_say(d, FINDING_MX_FINE, domain, DOCTOR_ARGS(a->hosts[0].name));
		else
			doctor_say(d, FINDING_MX_FALLBACK, domain, DOCTOR_ARGS(NULL));
		break;
	case RESOLVE_NULL_MX:
		doctor_say(d, FINDING_MX_NULL, domain, DOCTOR_ARGS(NULL));
		break;
	case RESOLVE_NO_DOMAIN:
		say(d, FINDING_MX_NO_DOMAIN, domain, p->soft, DOCTOR_ARGS(NULL));
		break;
	case RESOLVE_NO_HOST:
		say(d, FINDING_MX_MISSING, domain, p->soft, DOCTOR_ARGS(NULL));
		break;
	case RESOLVE_LOOP:
	case RESOLVE_FAILED:
		doctor_skip(d, FINDING_CHECK_MX, domain, FINDING_SKIP_NO_ANSWER, a->why);
	}
	doctor_shut(d, FINDING_CHECK_MX);
}

static void
mx(struct doctor *d, const char *domain, bool soft)
{
	struct post *p = doctor_alloc(d, sizeof *p);

	*p = (struct post){ d, domain, soft };
	doctor_open(d, FINDING_CHECK_MX);
	(void)resolve_mx(d->resolver, str_z(domain), 0, on_mx, p);
}

/* ---- all */

/* before: the first row of the same domain that was looked at, NULL: none. Such a one has other
 * keys, and the rest in common. Who has it verified has his keys published there, and nobody
 * else's: they are in their place. */
static void
one(struct doctor *d, const json_t *row, const json_t *before)
{
	const char *domain = text(row, "domain");
	bool soft = pending(row);

	if (doctor_wants(d, FINDING_CHECK_DKIM) && (!before || pending(before)))
		dkim(d, row);
	if (before)
		return;
	if (doctor_wants(d, FINDING_CHECK_SPF))
		doctor_spf(d, str_z(domain), soft || config_paths(d->conf.config));
	if (doctor_wants(d, FINDING_CHECK_DMARC))
		dmarc(d, domain, soft);
	if (doctor_wants(d, FINDING_CHECK_MX))
		mx(d, domain, soft);
}

/* Verified ones first, also among those that are not looked at any more. */
static void
all(struct doctor *d)
{
	const json_t *seen[DOCTOR_DOMAINS_MAX], *before;
	json_t *row;
	size_t n = 0, i;

	for (int turn = 0; turn < 2; turn++)
		json_array_foreach(d->domains, i, row)
		{
			if (pending(row) != (turn == 1) || n == DOCTOR_DOMAINS_MAX)
				continue;
			before = NULL;
			for (size_t k = 0; k < n && !before; k++)
				if (strcmp(text(seen[k], "domain"), text(row, "domain")) == 0)
					before = seen[k];
			seen[n++] = row;
			one(d, row, before);
		}
}

void
doctor_zones(struct doctor *d)
{
	static const enum finding_check checks[] = { FINDING_CHECK_DKIM, FINDING_CHECK_SPF,
		FINDING_CHECK_DMARC, FINDING_CHECK_MX };
	const struct config *cf = d->conf.config;
	size_t rows = json_array_size(d->domains);
	char more[24];

	if (config_paths(cf) && doctor_wants(d, FINDING_CHECK_SPF))
		doctor_spf(d, cf->bounce_domain, false);
	for (size_t i = 0; i < sizeof checks / sizeof *checks && rows == 0; i++)
		doctor_skip(d, checks[i], STR_NONE,
			d->domains ? FINDING_SKIP_NO_DOMAIN : FINDING_SKIP_NO_TABLES,
			d->conf.domains_why);
	all(d);
	if (rows <= DOCTOR_DOMAINS_MAX)
		return;
	snprintf(more, sizeof more, "%zu", rows - DOCTOR_DOMAINS_MAX);
	doctor_skip(d, FINDING_CHECK_DKIM, STR_NONE, FINDING_SKIP_MORE, more);
}
