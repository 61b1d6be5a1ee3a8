/*
 * The tree that front ends build and the renderer walks. For content/template* alone.
 *
 * A block is a list of nodes; branches of an "if" are a list too, so that the depth of the tree
 * is the depth of blocks, which the builder limits.
 */
#ifndef CONTENT_TEMPLATE_PRIV_H
#define CONTENT_TEMPLATE_PRIV_H

#include "base/map.h"
#include "content/expr.h"
#include "content/template.h"

enum node_kind {
	NODE_TEXT,
	NODE_PRINT,
	NODE_IF,      /* the first branch whose condition holds; one without a condition does */
	NODE_SET,     /* slot = expr */
	NODE_FOR,     /* Mailjet: slot = each item; lists, objects, an empty text */
	NODE_EACH,    /* Handlebars: the scope is each item; `other` when there is none */
	NODE_WITH,    /* Handlebars: the scope is the value, or `other` */
	NODE_SECTION, /* Handlebars {{#x}}: each, with or nothing, as the value is */
	NODE_ENTER,   /* Mustachio {{#x}}: the scopes along a path; `other` ({{^x}}) too */
	NODE_ROUNDS   /* Mustachio each */
};

struct node;

struct block {
	struct node *first, *last;
};

struct branch {
	struct branch *next;
	const struct expr *when; /* NULL: always */
	bool unless;
	struct block body;
};

struct node {
	struct node *next;
	enum node_kind kind;
	bool raw; /* NODE_PRINT: never escaped */
	unsigned slot;
	size_t at; /* byte of the source */
	union {
		struct str text;
		struct branch *branches;
		struct {
			const struct expr *e;
			struct block body, other;
		};
	};
};

struct template
{
	enum template_dialect dialect;
	struct str source;
	struct block root;
	unsigned nslots;
	bool plain;
};

/* A tree at work. Blocks that are open are on a stack, so that no parser recurses. */
struct template_builder {
	struct arena *arena;
	struct template *t;
	struct expr_fault fault;
	struct map slots; /* name -> its number + 1 */
	struct open_block {
		struct node *node;
		struct branch *branch; /* of NODE_IF: the one at work */
		struct block *at;      /* where nodes go */
		struct str name;       /* what closes it */
		size_t begin;          /* byte of the source */
		bool chained;  /* Handlebars {{else if}}: closes with the one it is in */
		bool inverted; /* Handlebars {{^x}}: begins with its `other` block */
		/* Handlebars: has there been an {{else if}}? And did the text behind the first
		 * one end with a line? */
		enum { CHAIN_NONE, CHAIN_FIRST, CHAIN_LATER } chain;
		bool chain_line;
	} open[TEMPLATE_DEPTH_MAX + 1];
	unsigned depth; /* open[0] is the root */
};

/* Both: 0, or the fault is told. Empty texts make no node. */
int template_add_text(struct template_builder *b, size_t at, struct str text);
int template_add_print(struct template_builder *b, size_t at, const struct expr *e, bool raw);
/* A node at the end of the block at work; NULL with the fault told. */
struct node *template_add(struct template_builder *b, enum node_kind kind, size_t at);
/* Opens the body of a node that was just added. name: what closes it. */
int template_open(struct template_builder *b, struct node *node, struct str name);
/* NODE_IF: one more branch, which is at work from here on. */
int template_branch(struct template_builder *b, const struct expr *when, bool unless);
/* Other kinds: their `other` block is at work from here on. */
void template_other(struct template_builder *b);
void template_close(struct template_builder *b);
struct open_block *template_top(struct template_builder *b);
/* For struct expr_parser.slot: the number of a name; UINT_MAX when there are too many. */
unsigned template_slot(void *builder, struct str name);

/* A fault with its place as people count it. */
void template_tell(struct template_error *error, struct str source, const struct expr_fault *f);

/* Front ends: 0, or -EINVAL or -E2BIG with the fault told. */
int template_mailjet(struct template_builder *b);
int template_mailjet_tags(struct template_builder *b);
int template_handlebars(struct template_builder *b);
int template_mustachio(struct template_builder *b);

extern const struct expr_fns template_helper_fns; /* Handlebars' */

#endif
