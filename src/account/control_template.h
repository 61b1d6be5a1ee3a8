/*
 * Templates in the control tables (docs/decisions/0009): the texts a mail is written from, and
 * sets of values to try them out. What the texts mean is not known here (content/template).
 *
 *   draft ── publish ──▶ version 1, 2, 3 … (never change)     published: one of them, or none
 *   (changes freely)     roll back: another version is the published one
 *
 * Publishing a draft that equals a version makes no new one, unless its layout was published
 * meanwhile: a version keeps the texts of its layout's published version. Desk writes. An id of
 * another tenant is one that never was (-ENOENT); so is one that is gone, whose number is never
 * given again. Errors as in account/control.h; texts of results live in the caller's arena.
 */
#ifndef ACCOUNT_CONTROL_TEMPLATE_H
#define ACCOUNT_CONTROL_TEMPLATE_H

#include "account/control.h"
#include "base/arena.h"

#define TEMPLATE_PER_TENANT       1000u
#define TEMPLATE_VERSIONS_MAX     1000u
#define TEMPLATE_VERSIONS_KEPT    20          /* of those that vendors' calls make */
#define TEMPLATE_VALUES_MAX       50u         /* sets of one template */
#define TEMPLATE_VALUES_BYTES     (64u << 10) /* of one set */
#define TEMPLATE_CONTENT_BYTES    (1u << 20)  /* of all texts of a version */
#define TEMPLATE_BYTES_PER_TENANT (INT64_C(64) << 20)
#define TEMPLATE_NAME_CHARS       100u
#define TEMPLATE_EXTRA_BYTES      (8u << 10)  /* of a template */
#define TEMPLATE_FACES_MAX        300u        /* of a template */
#define TEMPLATE_FACES_EVER       65535u      /* with those that are gone: 16 bits of ids */
#define TEMPLATE_FACE_BYTES       (64u << 10) /* of name and extra */

/* The texts of a version, in the order of the table's columns. */
enum template_text {
	TEMPLATE_DIALECT,
	TEMPLATE_STREAM,
	TEMPLATE_LANGUAGE,
	TEMPLATE_LAYOUT, /* the number of the template whose texts these go into; empty: none */
	TEMPLATE_SUBJECT,
	TEMPLATE_FROM_EMAIL,
	TEMPLATE_FROM_NAME,
	TEMPLATE_REPLY_TO,
	TEMPLATE_PREHEADER,
	TEMPLATE_BODY_HTML,
	TEMPLATE_BODY_TEXT,
	TEMPLATE_BODY_MJML, /* kept beside the HTML that was made of it */
	TEMPLATE_TEXTS
};
#define TEMPLATE_IS_BODY(t) ((t) >= TEMPLATE_BODY_HTML)

#define TEMPLATE_DRAFT     0
#define TEMPLATE_PUBLISHED (-1)

struct control_template {
	int64_t id;
	uint32_t tenant;
	struct str account, name;
	int64_t version;          /* whose texts these are; TEMPLATE_DRAFT */
	int64_t published;        /* 0: none yet */
	int64_t versions;         /* so many were published */
	bool changed;             /* the draft is not the published version */
	int64_t created, updated; /* wall µs; of a version: when it was published */
	struct str extra;         /* of vendors' calls: JSON of theirs, or empty */
	struct str texts[TEMPLATE_TEXTS];
	struct str layout_name;
	/* Of a version: those of the layout's version of that number, kept with it so that it
	 * never changes. Of a draft they are empty; not in brief lists. */
	struct str layout_html, layout_text;
	int64_t layout_version;
};

/* In name and texts p NULL means empty. -EEXIST: the name is taken. */
int control_template_add(struct control *c, const struct control_template *t, int64_t *ret_id);
/* id, tenant; name and texts with p NULL stay as they are. Changes the draft. -EINVAL too: a
 * layout for what is the layout of others. */
int control_template_set(struct control *c, const struct control_template *t);
/* -EINVAL too when drafts have it as their layout. */
int control_template_remove(struct control *c, uint32_t tenant, int64_t id);
/* version TEMPLATE_DRAFT: publishes the draft; else that version is the published one. */
int control_template_publish(
	struct control *c, uint32_t tenant, int64_t id, int64_t version, int64_t *ret_version);
/* The same within a change that is under way (account/control_own.h). version: in and out. */
int control_template_publish_within(
	struct control *c, uint32_t tenant, int64_t id, int64_t *version);
/* Publishes the draft of a layout; each published version that keeps an older version of it is
 * followed by one with the new texts, which is published in its place. All or nothing. */
int control_template_publish_layout(
	struct control *c, uint32_t tenant, int64_t id, int64_t *ret_version);
/* The published version is none any more; the versions stay. */
int control_template_unpublish(struct control *c, uint32_t tenant, int64_t id);
/* The draft becomes the next version, also when it equals one, and is not published. */
int control_template_freeze(
	struct control *c, uint32_t tenant, int64_t id, int64_t *ret_version);
/* By its exact name. */
int control_template_named(
	struct control *c, uint32_t tenant, struct str name, int64_t *ret_id);

struct template_query {
	uint32_t tenant;
	int64_t id;      /* 0: all of the tenant, by name; their drafts */
	int64_t version; /* TEMPLATE_DRAFT, TEMPLATE_PUBLISHED or a number */
	bool brief;      /* without the bodies */
};
/* One that was asked for and is not there is -ENOENT. */
int control_template_each(struct control *c, struct arena *a, const struct template_query *q,
	int (*fn)(void *ctx, const struct control_template *t), void *ctx);

/* The published versions of q->id, newest first: version, created and the texts but the
 * bodies. */
int control_template_versions(struct control *c, struct arena *a,
	const struct template_query *q, int (*fn)(void *ctx, const struct control_template *t),
	void *ctx);

/* The drafts of a dialect whose HTML or text holds this word (in any case, and without % or _);
 * the texts are borrowed until fn returns. */
struct template_holding {
	uint32_t tenant;
	struct str dialect, word;
};
struct template_bodies {
	int64_t id;
	struct str html, text;
};
int control_template_holding(struct control *c, const struct template_holding *q,
	int (*fn)(void *ctx, const struct template_bodies *b), void *ctx);

/* Have the account's templates and values room for so many bytes more? 0 or -EINVAL. */
int control_template_room(struct control *c, uint32_t tenant, size_t more);

/* A set of values: JSON objects as text, written by us. */
struct template_values {
	uint32_t tenant;
	int64_t template;
	struct str name, vars, contact;
	int64_t updated;
};
/* Adds it, or replaces the one of this name. */
int control_template_values_set(struct control *c, const struct template_values *v);
/* Of q->template. q->name p NULL: all, by name; else that one, or -ENOENT. */
int control_template_values_each(struct control *c, struct arena *a,
	const struct template_values *q, int (*fn)(void *ctx, const struct template_values *v),
	void *ctx);
int control_template_values_remove(struct control *c, const struct template_values *q);

/*
 * Faces (control_template_face.c): versions as SendGrid's API has them. A face has a name and
 * shows one of the versions; when it is changed it shows another one. The published version is
 * a face too: when no row shows it, it has the number that the next row will have.
 */
struct template_face {
	uint32_t tenant;
	int64_t template, face; /* face 0: a new one; in a question: all of them */
	int64_t version;        /* that it shows; no two faces the same */
	struct str name;        /* empty: it was never named */
	struct str extra;       /* JSON of the vendor's, or empty */
	int64_t updated;
	struct str subject, html, text; /* of the version; not written here */
	bool brief;                     /* in a question: without html and text */
};
/* In their order; the texts are borrowed until fn returns. A face that was asked for and is not
 * there is -ENOENT. */
int control_template_faces(struct control *c, const struct template_face *q,
	int (*fn)(void *ctx, const struct template_face *f), void *ctx);
/* Adds it, or changes version, name and extra of the one that there is. */
int control_template_face_put(
	struct control *c, const struct template_face *f, int64_t *ret_face);
int control_template_face_remove(struct control *c, const struct template_face *f);
/* Drops old versions: neither the newest TEMPLATE_VERSIONS_KEPT nor what is published, a face,
 * or the same as the draft. Vendors' programs write a template again and again, and know of no
 * versions that they could remove. */
int control_template_prune(struct control *c, uint32_t tenant, int64_t id);
int control_template_extra_set(
	struct control *c, uint32_t tenant, int64_t id, struct str extra);

#endif
