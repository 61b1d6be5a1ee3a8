/*
 * SendGrid's legacy substitutions: plain texts ("-name-", "{{name}}") replaced by others, for
 * one personalization. At the same place the longest tag wins, and a substitution before a
 * section. What was put in is not looked at again, but for one thing: the value of a
 * substitution may name sections, and the text of a section may name substitutions.
 *
 *   text ── tag ──▶ value ── section's tag ──▶ section ── tag ──▶ value as it was given
 *
 * Pure. What comes out is at most SENDGRID_SUBST_MAX bytes a text, or fewer, and the work is
 * counted, so that no call keeps a thread.
 */
#ifndef API_SENDGRID_SUBST_H
#define API_SENDGRID_SUBST_H

#include "base/arena.h"

#include <jansson.h>

#define SENDGRID_SUBST_MAX  (30u << 20)
#define SENDGRID_SUBST_WORK (INT64_C(1) << 28) /* bytes and comparisons of a call */

struct sendgrid_tag {
	struct str name, value;
};
struct sendgrid_tags {
	struct sendgrid_tag *at; /* by first byte, then longest first */
	size_t n;
	uint32_t first[257]; /* those of the byte c: first[c] until first[c + 1] */
};

struct sendgrid_subst {
	struct arena *arena;
	int64_t *work; /* what is left of it, for the whole call */
	size_t max;    /* bytes of a text, SENDGRID_SUBST_MAX at first */
	struct sendgrid_tags sections, subst;
};

/* sections: an object of texts, or NULL; borrowed, as are *work (SENDGRID_SUBST_WORK at first)
 * and all texts below. 0 or -E2BIG. */
int sendgrid_subst_init(
	struct sendgrid_subst *s, struct arena *a, const json_t *sections, int64_t *work);
/* The tags of the next personalization, kept in *ret with what sections make of them. 0;
 * -E2BIG: the arena is full; -EOVERFLOW: too much text, or too much work. */
int sendgrid_subst_next(
	const struct sendgrid_subst *s, const json_t *subst, struct sendgrid_subst *ret);
/* *text with its tags replaced (the same bytes when it has none). Errors as above. */
int sendgrid_subst_text(struct sendgrid_subst *s, struct str *text);

#endif
