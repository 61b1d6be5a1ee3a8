#include "api/rest_count.h"

#include "send/bounce.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The step of this time, made where it is missing. NULL: there are too many. */
static struct rest_count *
step_of(struct rest_counts *c, int64_t from)
{
	size_t i = c->n;

	while (i > 0 && c->at[i - 1].from > from)
		i--;
	if (i > 0 && c->at[i - 1].from == from)
		return &c->at[i - 1];
	if (c->n == REST_STEPS_MAX)
		return NULL;
	memmove(&c->at[i + 1], &c->at[i], (c->n - i) * sizeof *c->at);
	c->n++;
	c->at[i] = (struct rest_count){ .from = from };
	return &c->at[i];
}

static void
bounce(struct rest_count *s, const struct ledger_count_row *row)
{
	bool block = row->sub == CLASS_POLICY || row->sub == CLASS_REPUTATION ||
	             row->sub == CLASS_AUTH || row->sub == CLASS_CONTENT ||
	             row->sub == CLASS_SIZE || row->sub == CLASS_RATE;

	if (row->kind != FACT_EXPIRED && row->sub == CLASS_MAILBOX) {
		s->hard += row->n;
		return;
	}
	s->soft += row->n;
	if (block && row->kind != FACT_EXPIRED)
		s->blocked += row->n;
}

static void
visit(struct rest_count *s, const struct ledger_count_row *row)
{
	bool open = row->kind == FACT_OPENED, first = row->sub == LEDGER_FIRST;

	if (row->sub == LEDGER_ROBOT)
		return;
	*(open ? &s->opens : &s->clicks) += row->n;
	if (!first)
		return;
	*(open ? &s->unique_opens : &s->unique_clicks) += row->n;
	*(open ? &s->open_delay_ms : &s->click_delay_ms) += row->delay_ms;
}

static void
add(struct rest_count *s, const struct ledger_count_row *row)
{
	switch (row->kind) {
	case FACT_ACCEPTED:
		s->accepted += row->n;
		break;
	case FACT_DELIVERED:
	case FACT_RELAYED:
		s->delivered += row->n;
		if (row->sub == CLASS_SANDBOX)
			s->sandboxed += row->n;
		break;
	case FACT_DEFERRED:
		s->deferred += row->n;
		break;
	case FACT_BOUNCED:
	case FACT_RETURNED:
	case FACT_EXPIRED:
		bounce(s, row);
		break;
	case FACT_SUPPRESSED:
		s->suppressed += row->n;
		break;
	case FACT_QUARANTINED:
		s->quarantined += row->n;
		break;
	case FACT_CANCELLED:
		s->cancelled += row->n;
		break;
	case FACT_IN_DOUBT:
		s->in_doubt += row->n;
		break;
	case FACT_OPENED:
	case FACT_CLICKED:
		visit(s, row);
		break;
	case FACT_UNSUBSCRIBED:
		s->unsubscribed += row->n;
		break;
	case FACT_COMPLAINED:
		s->complained += row->n;
		break;
	default:
		break;
	}
}

int
rest_count_row(void *ctx, const struct ledger_count_row *row)
{
	struct rest_counts *c = ctx;
	struct rest_count *s;

	if (c->streams && (row->stream > 7 || !(c->streams >> row->stream & 1)))
		return 0;
	s = step_of(c, row->from);
	if (!s)
		return -E2BIG;
	add(s, row);
	return 0;
}

/* All that is counted. */
static const size_t members[] = {
#define AT(name) offsetof(struct rest_count, name)
	AT(accepted), AT(delivered), AT(sandboxed), AT(deferred), AT(hard), AT(soft),
	AT(blocked), AT(suppressed), AT(quarantined), AT(cancelled), AT(in_doubt), AT(opens),
	AT(unique_opens), AT(clicks), AT(unique_clicks), AT(unsubscribed), AT(complained),
	AT(open_delay_ms), AT(click_delay_ms)
#undef AT
};
#define NMEMBERS (sizeof members / sizeof *members)

_Static_assert(sizeof(struct rest_count) == (1 + NMEMBERS) * 8, "none is left out");

static uint64_t *
member(struct rest_count *c, size_t i)
{
	return (uint64_t *)(void *)((char *)c + members[i]);
}

struct rest_count
rest_count_sum(const struct rest_counts *c)
{
	struct rest_count sum = { 0 };

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < NMEMBERS; k++)
			*member(&sum, k) += *member(&c->at[i], k);
	return sum;
}

void
rest_count_less(struct rest_counts *c, const struct rest_counts *less)
{
	for (size_t i = 0, at = 0; i < less->n; i++) {
		while (at < c->n && c->at[at].from < less->at[i].from)
			at++;
		if (at == c->n || c->at[at].from != less->at[i].from)
			continue;
		for (size_t k = 0; k < NMEMBERS; k++) {
			uint64_t *of = member(&c->at[at], k), n = *member(&less->at[i], k);

			*of = *of > n ? *of - n : 0;
		}
	}
}

uint64_t
rest_count_queued(const struct rest_count *c)
{
	uint64_t ended = c->delivered + c->hard + c->soft + c->suppressed + c->quarantined +
	                 c->cancelled + c->in_doubt;

	return c->accepted > ended ? c->accepted - ended : 0;
}
