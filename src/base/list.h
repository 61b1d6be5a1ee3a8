/*
 * Intrusive doubly linked list. The head is a link too; an unlinked link points to itself.
 * Owns nothing.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *prev, *next;
};

#define LIST_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define LIST_EACH(it, head)        for (struct link *it = (head)->next; it != (head); it = it->next)
/* The body may unlink or free `it`. */
#define LIST_EACH_SAFE(it, head)                                                               \
	for (struct link *it = (head)->next, *it##_next = it->next; it != (head);              \
		it = it##_next, it##_next = it->next)

static inline void
list_init(struct link *l)
{
	l->prev = l->next = l;
}

static inline bool
list_empty(const struct link *head)
{
	return head->next == head;
}

/* Also: is this link in no list? */
static inline bool
list_alone(const struct link *l)
{
	return l->next == l;
}

static inline void
list_put_before(struct link *at, struct link *l)
{
	l->prev = at->prev;
	l->next = at;
	at->prev->next = l;
	at->prev = l;
}

/* Adds at the end of the list. */
static inline void
list_push(struct link *head, struct link *l)
{
	list_put_before(head, l);
}

/* Adds at the front of the list. */
static inline void
list_push_front(struct link *head, struct link *l)
{
	list_put_before(head->next, l);
}

static inline void
list_del(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* The first link, unlinked; NULL when empty. */
static inline struct link *
list_pop(struct link *head)
{
	struct link *l = head->next;

	if (l == head)
		return NULL;
	list_del(l);
	return l;
}

#endif
