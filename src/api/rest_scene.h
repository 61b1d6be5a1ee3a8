/* For tests only: recipients as the vendors' shapes get them, and what came out as text. */
#ifndef API_REST_SCENE_H
#define API_REST_SCENE_H

#include "api/rest.h"
#include "report/event_scene.h"

/* The scene's recipient when this fact is the last. */
static inline struct rest_mail
rest_scene_mail(const struct fact *self)
{
	struct ledger_row row = scene_row();
	struct rest_mail m;
	struct buf b;

	if (!scene_arena.max)
		arena_init(&scene_arena, 4u << 20);
	scene_facts(&b, self);
	row.facts = buf_str(&b);
	row.last = self->number == FACT_SIGNAL && self->kind != FACT_RETURNED ? FACT_DELIVERED
	                                                                      : self->kind;
	must(rest_mail_of(&scene_arena, &row, scene_key, &m) == 0);
	buf_done(&b);
	return m;
}

static inline struct rest_mail
rest_scene(enum fact_kind kind)
{
	struct fact f = scene_fact(kind);

	return rest_scene_mail(&f);
}

/* Is got, byte for byte, this (with ' for ")? Says where not; drops got. NULL is "". */
static inline bool
rest_scene_is(json_t *got, const char *want)
{
	char *text = got ? json_dumps(got, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL,
	     copy[4096];
	bool same;

	must(str_copy_z(copy, sizeof copy, str_z(want)) == 0);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	same = str_eq_z(str_z(text ? text : ""), copy);
	if (!same)
		fprintf(stderr, "got  %s\nwant %s\n", text ? text : "", copy);
	free(text);
	json_decref(got);
	return same;
}

#endif
