#include "api/call.h"

#include <errno.h>

void
api_send_init(struct api_send *s, struct arena *a)
{
	*s = (struct api_send){ .arena = a };
}

void
api_send_done(struct api_send *s)
{
	json_decref(s->root);
	s->root = NULL;
}

int
api_send_items(struct api_send *s, size_t n)
{
	s->items = arena_alloc(s->arena, (n > 0 ? n : 1) * sizeof *s->items);
	s->n = s->items ? n : 0;
	return s->items ? 0 : -E2BIG;
}

struct api_error *
api_error_add(struct api_send *s, struct api_errors *e)
{
	if (!e->at)
		e->at = arena_alloc(s->arena, API_ERRORS_MAX * sizeof *e->at);
	if (!e->at || e->n == API_ERRORS_MAX)
		return NULL;
	return &e->at[e->n++];
}
