/*
 * Expressions: parsed once into an unchanging tree in an arena, evaluated many times against a
 * budget. The parser here reads Mailjet's language; Handlebars and Mustachio build the same
 * trees by themselves; segment formulas (contactfilter) are to use this parser with functions
 * of their own. What a name means is not known here: the environment's find() says it.
 *
 *   expr    = and-or-xor chain of not-expr
 *   not     = "not" not | compare
 *   compare = sum [ ("=" "==" "===" "!=" "<>" "<" "<=" ">" ">=") sum ]…
 *   sum     = term (("+" | "-") term)…
 *   term    = unary (("*" | "/" | "div" | "mod") unary)…
 *   unary   = ("-" | "!") unary | "(" expr ")" | literal | function "(" [expr, …] ")" | path
 *   path    = [source ":"] name ["." name]… [":" default]
 *
 * "or" and "xor" bind less than "and". Words are read in any case. Names may hold "-" inside,
 * so a difference of two names needs spaces. &gt; &lt; &amp; &quot; and &nbsp; are what an HTML
 * editor makes of the plain characters: they are read as these.
 *
 * A tree holds borrowed pieces of the source and may be shared by threads.
 */
#ifndef CONTENT_EXPR_H
#define CONTENT_EXPR_H

#include "base/arena.h"
#include "content/value.h"

#include <limits.h>

#define EXPR_PARENS_MAX 50u  /* parentheses, calls and signs inside each other */
#define EXPR_TREE_MAX   250u /* levels of a tree: "a + b + c" has two */
#define EXPR_ARGS_MAX   8u
#define EXPR_PATH_MAX   50u /* names in a path */

/* The first mistake: where (a byte of the source) and what, as a sentence. */
#define EXPR_WHY_SIZE 200
struct expr_fault {
	size_t at;
	char why[EXPR_WHY_SIZE]; /* UTF-8 without control characters; "" = none yet */
};

/* Tells a mistake; the first one is kept. expr_fault gives the code, for "return". */
void expr_tell(struct expr_fault *f, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define expr_fault(f, at, code, ...) (expr_tell((f), (at), __VA_ARGS__), (code))
/* A piece of the source as it may be in a sentence: its start. */
struct str expr_quote(struct str s);

enum expr_kind { EXPR_VALUE, EXPR_PATH, EXPR_NOT, EXPR_MINUS, EXPR_BINARY, EXPR_CALL };

enum expr_op {
	EXPR_OR,
	EXPR_XOR,
	EXPR_AND,
	EXPR_EQ,
	EXPR_NE,
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE,
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_DIVIDE,
	EXPR_DIV,
	EXPR_MOD
};

/* Where a path starts. */
enum expr_source {
	EXPR_VAR,     /* var: */
	EXPR_DATA,    /* data: */
	EXPR_MJ,      /* mj: */
	EXPR_SEGMENT, /* segment: */
	EXPR_NAME,    /* a name of its own: slot */
	EXPR_HERE,    /* the current scope, or `up` above it */
	EXPR_ROOT,    /* the outermost scope */
	EXPR_INDEX,   /* of the loop, or `up` loops above it */
	EXPR_FIRST,
	EXPR_LAST,
	EXPR_KEY,
	EXPR_CONTENT /* what a layout is put around */
};

struct expr;
struct expr_fn;

struct expr_path {
	enum expr_source source;
	unsigned up, slot;
	const struct str *names;
	size_t nnames;
	struct str text;             /* as it was written, without its default */
	const struct expr *fallback; /* NULL = none */
};

struct expr {
	enum expr_kind kind;
	enum expr_op op;
	unsigned depth; /* levels below and with this */
	size_t at;
	union {
		struct value value;
		struct expr_path path;
		struct {
			const struct expr *a, *b; /* b: EXPR_BINARY alone */
		};
		struct {
			const struct expr_fn *fn;
			const struct expr *const *args;
			size_t nargs;
		} call;
	};
};

struct expr_env {
	struct arena *arena;  /* for texts made on the way */
	size_t steps;         /* what is left of the budget */
	int64_t now;          /* wall µs */
	bool empty_object_is; /* truth: see value_true */
	/* Must a path have a value or a default? If not, VALUE_NONE goes on. */
	bool strict;
	/* The value of a path without its default; VALUE_NONE is fine. 0, or a fault. */
	int (*find)(struct expr_env *env, const struct expr *path, struct value *ret_v);
	/* Has the contact opened (or clicked) something since `days` days? NULL = no. */
	bool (*opened)(void *ctx, int64_t days);
	bool (*clicked)(void *ctx, int64_t days);
	void *ctx; /* of find, opened, clicked */
	struct expr_fault fault;
};

/* A function gets its arguments evaluated; 0 or a fault by expr_fault(&env->fault, e->at, …).
 */
struct expr_fn {
	const char *name; /* read in any case */
	unsigned min, max;
	int (*call)(struct expr_env *env, const struct expr *e, const struct value *argv,
		struct value *ret_v);
};

struct expr_fns {
	const struct expr_fn *at;
	size_t n;
};

extern const struct expr_fns expr_mailjet_fns;

/* By name; NULL when there is none. */
const struct expr_fn *expr_fn_find(const struct expr_fns *fns, struct str name);

struct expr_parser {
	struct arena *arena;
	struct str in;
	size_t pos;
	const struct expr_fns *fns;
	/* The slot of a name without a source; UINT_MAX: too many names. */
	unsigned (*slot)(void *ctx, struct str name);
	void *ctx;
	unsigned nest; /* at work */
	struct expr_fault fault;
};

/* The longest expression at in[pos]; pos then stands behind it and the blanks that follow. 0;
 * -EINVAL or -E2BIG with the fault told. */
int expr_parse(struct expr_parser *p, const struct expr **ret_e);
/* Pieces of it, for those who read statements around expressions. */
void expr_blanks(struct expr_parser *p);
/* A name at pos, taken; empty when there is none. */
struct str expr_name(struct expr_parser *p);

/* Builders: NULL with -E2BIG told in *f when the arena is full or the tree too high. */
struct expr *expr_new(struct arena *a, struct expr_fault *f, struct expr e);

/* 0; -EINVAL (the data or the formula) or -E2BIG (a budget) with env->fault told. */
int expr_eval(struct expr_env *env, const struct expr *e, struct value *ret_v);
/* Takes n more steps: for work that grows with the data. 0 or -E2BIG with the fault told. */
int expr_charge(struct expr_env *env, size_t at, size_t n);
/* The text of a value, made in the arena where needed. 0 or a fault. */
int expr_text(struct expr_env *env, const struct expr *e, const struct value *v,
	struct str *ret_text);
/* The two values of EXPR_ADD … EXPR_MOD, EXPR_EQ … EXPR_GE. */
int expr_binary(struct expr_env *env, const struct expr *e, const struct value *argv,
	struct value *ret_v);

#endif
