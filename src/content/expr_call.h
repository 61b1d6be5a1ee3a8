/*
 * What functions of expressions share: texts made in a buffer and kept in the arena, arguments
 * read as moments.
 */
#ifndef CONTENT_EXPR_CALL_H
#define CONTENT_EXPR_CALL_H

#include "content/expr.h"

/* A buffer for a text on its way; expr_call_done always follows. */
void expr_call_begin(struct expr_env *env, struct buf *b);
/* Keeps the text as *ret_v. 0 or -E2BIG with the fault told. */
int expr_call_done(
	struct expr_env *env, const struct expr *e, struct buf *b, struct value *ret_v);

/* A moment: a date, epoch seconds (also in a text), or a text that date_parse reads. 0, or
 * -EINVAL. */
int expr_call_wall(const struct value *v, int64_t *ret_wall);

#endif
