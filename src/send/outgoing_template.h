/*
 * A message that is written from a template (docs/decisions/0009): the parts of a published
 * version, or the message's own texts, rendered with its values. What comes out is a message
 * like any other. Pure, within the budgets of content/template; may run on a thread.
 *
 *   html, text       the template's, if there is one
 *   subject          the message's own, unless subject_first
 *   sender, Reply-To the message's own, else the template's
 *   preheader        hidden at the begin of the HTML
 *
 * Values beside the call's: unsubscribe_url, of Handlebars unsubscribe and
 * unsubscribe_preferences (all OUTGOING_PAGE), mj:contact, mj:sender, mj:template, and of mj:
 * the marks of send/outgoing_page.
 */
#ifndef SEND_OUTGOING_TEMPLATE_H
#define SEND_OUTGOING_TEMPLATE_H

#include "content/preview.h"
#include "send/outgoing_tail.h"

/* Bytes of the texts of a message, or of a version in its layout, and of what they compile to:
 * what may be published fits. */
#define OUTGOING_TEMPLATE_ARENA (PREVIEW_COMPILED_MAX + ((size_t)4 << 20))

/* What a vendor fills in for one recipient beside the template's language: in the values
 * before, in what was rendered behind. */
struct outgoing_marks {
	/* A new reference; NULL: too long. */
	json_t *(*vars)(const struct outgoing_marks *m, const json_t *vars);
	/* The text itself, or one in a; p NULL: too long, or a is full. */
	struct str (*text)(const struct outgoing_marks *m, struct arena *a, struct str text);
};

/* What a message is to be written from, as its call says it. Texts and JSON are borrowed; JSON
 * is only read. */
struct outgoing_template {
	struct str name;               /* of a stored one: its id or name */
	uint64_t number;               /* of a stored one: its number; 0: name tells */
	uint64_t version;              /* of a stored one; 0: the published one */
	bool own;                      /* the message's own texts hold tags */
	enum template_dialect dialect; /* of its own texts */
	bool tags; /* Mailjet without its language: of a stored one [[…]] alone works */
	bool subject_first; /* the template's subject goes before the message's */
	bool deliver;       /* what cannot be rendered is sent as it stands in the template */
	bool keep_text;     /* the message's own text stays when the template has none */
	bool inline_css;    /* of its HTML (content/inline_css), before the preheader */
	struct outgoing_address report; /* whom to write of a mistake; email empty: nobody */
	const json_t *vars;             /* an object; NULL: none */
	const struct outgoing_marks *marks; /* NULL: none */
	const struct outgoing_tail *tail;   /* behind what was rendered; NULL: none */
};

/* Is a stored one to be looked up? */
static inline bool
outgoing_template_stored(const struct outgoing_template *t)
{
	return t->name.n > 0 || t->number > 0;
}

/* The texts of a version, and what they compile to. Compiled once it never changes, and threads
 * may share it. */
struct outgoing_source {
	enum template_dialect dialect;
	struct str id, name; /* of the template, for mj:template */
	struct str texts[PREVIEW_PARTS];
	const struct template *parts[PREVIEW_PARTS];
};

/* A mistake, in which part. error.line 0: not at one place. */
struct outgoing_mistake {
	enum preview_part part;
	struct template_error error;
};

/* Compiles the texts into a; borrows them. 0 or -EINVAL. */
int outgoing_source_compile(
	struct arena *a, struct outgoing_source *s, struct outgoing_mistake *ret_m);

/* A copy in which what a template may give is there: so that the rest can be checked before it
 * is written. */
struct outgoing outgoing_template_probe(const struct outgoing *o);

/* Whose contact it is: its only recipient; NULL: of several, who all get the same mail, none
 * is.
 */
const struct outgoing_address *outgoing_template_contact(const struct outgoing *o);
/* May this source read data: of the contact, or his name? Where it is not clear it may. */
bool outgoing_template_reads_contact(enum template_dialect dialect, struct str source);

struct outgoing_writing {
	const struct outgoing_template *want;
	const struct outgoing_source *from; /* the stored version; NULL: none. Compiled, unless
	                                       it could not be and want->deliver */
	const json_t *contact;              /* people/contact; NULL: none is known */
	int64_t now;                        /* wall µs */
};
/* Writes the texts of *o, in a. 0; -EINVAL: what came out is no mail, or could not be rendered,
 * and *ret_m says why; -E2BIG: a is full. After an error *o is as it was. After 0 *ret_m tells
 * of the mistake for which the sources are sent as they stand, or its sentence is empty. */
int outgoing_template_write(struct arena *a, struct outgoing *o,
	const struct outgoing_writing *how, struct outgoing_mistake *ret_m);

/* "html 12:5: No value for …", in a; a static text when a is full. */
struct str outgoing_mistake_text(struct arena *a, const struct outgoing_mistake *m);

/* What a message is written from, for who looks at it later: appends
 * {"vars":{…},"contact":{"email","name",…}} of the call's own values and its recipient, who is
 * told of when there is one alone, with what was known of him (NULL: nothing). o: before or
 * after it is written. 0, or -E2BIG: it does not fit. */
int outgoing_template_values(struct buf *b, const struct outgoing *o,
	const struct outgoing_template *want, const json_t *contact);

/* The message's `about` with the template's id in it. 0 or -E2BIG. */
int outgoing_template_about(struct arena *a, struct outgoing *o, struct str id);

#endif
