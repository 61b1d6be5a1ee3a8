/*
 * May our addresses send for a domain, by its SPF record (RFC 7208)? Not the evaluation that a
 * receiver makes: the terms of all records are looked at side by side, and an address is let
 * through when a term that passes names it. So a record that first refuses what it lets through
 * later is taken for well; nobody writes such.
 */
#include "role/doctor_priv.h"

#include "wire/spf.h"

#include <stdio.h>

struct walk {
	struct doctor *d;
	char domain[256];
	bool soft;
	unsigned asked; /* terms that ask the DNS */
	unsigned open;
	bool own[DOCTOR_OWN_MAX]; /* is let through */
	bool anybody, unsure;
	bool judged;               /* the record is void; what else comes does not count */
	char why[DOCTOR_TEXT_MAX]; /* of unsure */
};

/* One question on behalf of a term. */
struct step {
	struct walk *w;
	char name[256];
	bool top; /* the domain's own record, or what it is redirected to */
	bool passes;
	bool mx; /* of a term mx */
	unsigned bits4, bits6;
};

static void on_record(void *ctx, const struct resolve_texts *t);
static void on_hosts(void *ctx, const struct resolve_answer *a);

static void
unsure(struct walk *w, const char *why)
{
	w->unsure = true;
	if (!w->why[0])
		(void)str_copy_z(w->why, sizeof w->why, str_z(why));
}

static void
void_(struct walk *w, enum finding_what what, const char *const args[3])
{
	if (w->judged)
		return;
	w->judged = true;
	if (w->soft)
		doctor_say_soft(w->d, what, str_z(w->domain), args);
	else
		doctor_say(w->d, what, str_z(w->domain), args);
}

static void
judge(struct walk *w)
{
	struct doctor *d = w->d;
	char list[DOCTOR_TEXT_MAX];
	struct net_addr missing[DOCTOR_OWN_MAX];
	size_t n = 0;

	for (size_t i = 0; i < d->nown; i++)
		if (!w->own[i])
			missing[n++] = d->own[i];
	doctor_list(list, missing, n);
	if (w->anybody)
		void_(w, FINDING_SPF_ANYBODY, DOCTOR_ARGS(NULL));
	else if (d->route[0] && !w->judged)
		doctor_skip(
			d, FINDING_CHECK_SPF, str_z(w->domain), FINDING_SKIP_ROUTE, d->route);
	else if (d->nown == 0 && !w->judged)
		doctor_skip(
			d, FINDING_CHECK_SPF, str_z(w->domain), FINDING_SKIP_NO_ADDRESS, NULL);
	else if (n > 0 && w->unsure)
		void_(w, FINDING_SPF_UNSURE, DOCTOR_ARGS(list, w->why, d->hostname));
	else if (n > 0)
		void_(w, FINDING_SPF_NOT_OURS, DOCTOR_ARGS(list, d->hostname));
	else if (!w->judged) {
		doctor_list(list, d->own, d->nown);
		doctor_say(d, FINDING_SPF_FINE, str_z(w->domain), DOCTOR_ARGS(list));
	}
}

static void
shut(struct walk *w)
{
	if (--w->open == 0)
		judge(w);
	doctor_shut(w->d, FINDING_CHECK_SPF);
}

static struct step *
step_new(struct walk *w, struct str name)
{
	struct step *s = doctor_alloc(w->d, sizeof *s);

	s->w = w;
	(void)str_copy_z(s->name, sizeof s->name, name);
	w->open++;
	doctor_open(w->d, FINDING_CHECK_SPF);
	return s;
}

static void
ask_record(struct walk *w, struct str name, bool top, bool passes)
{
	struct step *s = step_new(w, name);

	s->top = top;
	s->passes = passes;
	resolve_txt(w->d->resolver, str_z(s->name), on_record, s);
}

static void
ask_hosts(const struct step *from, const struct spf_term *t)
{
	struct walk *w = from->w;
	struct step *s = step_new(w, t->domain.n ? t->domain : str_z(from->name));

	s->bits4 = t->bits4;
	s->bits6 = t->bits6;
	s->mx = t->kind == SPF_MX;
	if (t->kind == SPF_A)
		(void)resolve_host(w->d->resolver, str_z(s->name), 0, on_hosts, s);
	else
		(void)resolve_mx(w->d->resolver, str_z(s->name), 0, on_hosts, s);
}

/* ---- what a term lets through */

static void
let(struct walk *w, const uint8_t *bytes, size_t n, unsigned bits)
{
	const struct doctor *d = w->d;

	for (size_t i = 0; i < d->nown; i++) {
		bool v6 = d->own[i].u.sa.sa_family == AF_INET6;
		const uint8_t *own = v6 ? d->own[i].u.in6.sin6_addr.s6_addr
		                        : (const uint8_t *)&d->own[i].u.in4.sin_addr;

		if ((v6 ? 16u : 4u) == n && spf_same(own, bytes, n, bits))
			w->own[i] = true;
	}
}

static void
on_hosts(void *ctx, const struct resolve_answer *a)
{
	struct step *s = ctx;

	if (a->status == RESOLVE_FAILED || a->status == RESOLVE_LOOP)
		unsure(s->w, a->why);
	/* RFC 7208 4.6.4: one mx asks for the addresses of ten hosts. */
	if (s->mx && a->mx && a->nhosts > SPF_HOSTS_MAX)
		void_(s->w, FINDING_SPF_LOOKUPS, DOCTOR_ARGS(NULL));
	/* 5.4: without an MX the domain's own address does not stand in for one. */
	for (size_t i = 0; i < a->nhosts && i < SPF_HOSTS_MAX && (a->mx || !s->mx); i++)
		for (size_t k = 0; k < a->hosts[i].naddrs; k++) {
			const struct net_addr *at = &a->hosts[i].addrs[k];

			if (at->u.sa.sa_family == AF_INET)
				let(s->w, (const uint8_t *)&at->u.in4.sin_addr, 4, s->bits4);
			else
				let(s->w, at->u.in6.sin6_addr.s6_addr, 16, s->bits6);
		}
	shut(s->w);
}

/* s: the record that the term stands in. */
static void
term(struct step *s, const struct spf_term *t)
{
	struct walk *w = s->w;
	bool passes = s->passes && t->qualifier == '+';
	char text[256];

	if (spf_asks(t) && ++w->asked > SPF_LOOKUPS_MAX) {
		void_(w, FINDING_SPF_LOOKUPS, DOCTOR_ARGS(NULL));
		return;
	}
	(void)str_copy_z(text, sizeof text, str_head(t->text, sizeof text - 1));
	switch (t->kind) {
	case SPF_ALL:
		w->anybody = w->anybody || (passes && s->top);
		break;
	case SPF_IP:
		if (passes)
			let(w, t->ip, t->ip_bytes, t->ip_bytes == 4 ? t->bits4 : t->bits6);
		break;
	case SPF_A:
	case SPF_MX:
	case SPF_INCLUDE:
	case SPF_REDIRECT:
		if (t->macro)
			unsure(w, text);
		else if (t->kind == SPF_REDIRECT)
			ask_record(w, t->domain, s->top, s->passes);
		else if (t->kind == SPF_INCLUDE)
			ask_record(w, t->domain, false, passes);
		else if (passes)
			ask_hosts(s, t);
		break;
	case SPF_EXISTS:
	case SPF_PTR:
		if (passes)
			unsure(w, text);
		break;
	case SPF_OTHER:
		break;
	}
}

/* One wrong term makes all of it void, wherever it stands (RFC 7208 4.6). */
static bool
readable(struct step *s, struct str record, bool *ret_all)
{
	char wrong[256];
	struct spf_term t;
	bool all = false;
	int rc;

	while ((rc = spf_next(&record, &t)) > 0)
		all = all || t.kind == SPF_ALL;
	*ret_all = all;
	if (rc == 0)
		return true;
	(void)str_copy_z(wrong, sizeof wrong, str_head(t.text, sizeof wrong - 1));
	void_(s->w, FINDING_SPF_INVALID, DOCTOR_ARGS(wrong, s->name));
	return false;
}

/* Nothing behind an `all` is looked at (5.1), and no redirect beside it, wherever (6.1). */
static void
read_record(struct step *s, struct str record)
{
	struct spf_term t = { .kind = SPF_OTHER };
	bool all;

	if (s->w->judged || !readable(s, record, &all))
		return;
	while (!s->w->judged && t.kind != SPF_ALL && spf_next(&record, &t) > 0)
		if (!all || t.kind != SPF_REDIRECT)
			term(s, &t);
}

static void
on_record(void *ctx, const struct resolve_texts *t)
{
	struct step *s = ctx;
	struct walk *w = s->w;
	struct str record = STR_NONE;
	char count[24];
	size_t n = 0;
	bool own = s->top && str_ieq_z(str_z(s->name), w->domain);

	for (size_t i = 0; i < t->n; i++)
		if (spf_is(t->at[i])) {
			record = t->at[i];
			n++;
		}
	snprintf(count, sizeof count, "%zu", n);
	if (t->status == RESOLVE_FAILED || t->status == RESOLVE_LOOP) {
		if (own && !w->judged)
			doctor_skip(w->d, FINDING_CHECK_SPF, str_z(w->domain),
				FINDING_SKIP_NO_ANSWER, t->why);
		w->judged = w->judged || own;
		unsure(w, t->why);
	} else if (n == 0 && own) {
		void_(w, FINDING_SPF_MISSING, DOCTOR_ARGS(w->domain, w->d->hostname));
	} else if (n == 0) {
		void_(w, FINDING_SPF_INCLUDE, DOCTOR_ARGS(s->name));
	} else if (n > 1) {
		void_(w, FINDING_SPF_SEVERAL, DOCTOR_ARGS(count));
	} else {
		read_record(s, record);
	}
	shut(w);
}

void
doctor_spf(struct doctor *d, struct str domain, bool soft)
{
	struct walk *w = doctor_alloc(d, sizeof *w);

	w->d = d;
	w->soft = soft;
	(void)str_copy_z(w->domain, sizeof w->domain, domain);
	ask_record(w, domain, true, true);
}
