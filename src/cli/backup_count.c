/* What a start would find in a journal, without starting. */
#include "base/mem.h"
#include "cli/backup.h"
#include "io/journal.h"
#include "send/spool.h"

#include <errno.h>
#include <inttypes.h>

struct counting {
	struct spool_builder *builder;
	uint64_t bad;
};

static void
on_record(void *ctx, uint16_t type, struct str payload)
{
	struct counting *k = ctx;

	if (type != SPOOL_SUPPRESS && spool_builder_record(k->builder, type, payload) < 0)
		k->bad++;
}

struct placing {
	const struct nmap *extents;
	uint64_t lost;
};

static int
on_place(void *ctx, const struct msg_submit *s)
{
	struct placing *p = ctx;
	uint64_t size;

	if (s->extent &&
		(!nmap_get(p->extents, s->extent, &size) || s->offset + s->length > size))
		p->lost++;
	return 0;
}

static uint64_t
count_lost(struct spool_builder *b, const struct nmap *extents)
{
	struct placing p = { extents, 0 };

	if (extents)
		(void)spool_builder_places(b, on_place, &p);
	return p.lost;
}

int
backup_count(const char *journal, const struct nmap *extents, struct backup_counts *ret)
{
	struct counting k = { spool_builder_new(), 0 };
	struct journal_replay replay = { 0 };
	struct journal_conf conf = { .dir = journal };
	struct backup_counts n = { .damaged = 0 };
	const struct spool_totals *totals;
	struct journal *j = NULL;
	struct clock clock;
	int err;

	clock_real(&clock);
	conf.loop = loop_new(&clock);
	conf.flusher = flusher_new(conf.loop, true);
	err = journal_open(&conf, on_record, &k, &j, &replay);
	if (!err) {
		totals = spool_builder_totals(k.builder);
		spool_builder_counts(k.builder, n.state);
		for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
			n.state[i] += totals->final[i];
		n.accepted = totals->accepted;
		n.messages = totals->messages;
		n.damaged = replay.damaged + k.bad;
		n.bodiless = count_lost(k.builder, extents);
		*ret = n;
	}
	journal_free(&j);
	flusher_free(&conf.flusher);
	loop_free(&conf.loop);
	spool_builder_free(&k.builder);
	return err;
}

int64_t
backup_drift(const struct backup_counts *n)
{
	uint64_t sum = 0;

	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		sum += n->state[i];
	return (int64_t)(n->accepted - sum);
}

json_t *
backup_counts_json(const struct backup_counts *n)
{
	json_t *j = json_object(), *states = json_object();

	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		if (i != RCPT_ACTIVE)
			json_object_set_new(states, rcpt_state_name((enum rcpt_state)i),
				json_integer((json_int_t)n->state[i]));
	json_object_set_new(j, "accepted", json_integer((json_int_t)n->accepted));
	json_object_set_new(j, "drift", json_integer((json_int_t)backup_drift(n)));
	json_object_set_new(j, "damaged", json_integer((json_int_t)n->damaged));
	json_object_set_new(j, "without_content", json_integer((json_int_t)n->bodiless));
	json_object_set_new(j, "recipients", states);
	return j;
}

static const char *
state_words(const struct cli *c, enum rcpt_state s)
{
	static const char *const fr[RCPT_STATES] = { [RCPT_QUEUED] = "en attente",
		[RCPT_HELD] = "retenus",
		[RCPT_DELIVERED] = "remis",
		[RCPT_BOUNCED] = "rejetés",
		[RCPT_EXPIRED] = "abandonnés",
		[RCPT_SUPPRESSED] = "écartés",
		[RCPT_CANCELLED] = "annulés",
		[RCPT_IN_DOUBT] = "incertains",
		[RCPT_QUARANTINED] = "en quarantaine" };

	return c->french && fr[s]   ? fr[s]
	       : s == RCPT_IN_DOUBT ? "in doubt"
	                            : rcpt_state_name(s);
}

void
backup_counts_put(const struct cli *c, const struct backup_counts *n)
{
	printf(CLI_T(c, "%" PRIu64 " recipients accepted:",
		       "%" PRIu64 " destinataires acceptés :"),
		n->accepted);
	for (int i = RCPT_QUEUED; i < RCPT_STATES; i++)
		if (n->state[i])
			printf(" %" PRIu64 " %s", n->state[i],
				state_words(c, (enum rcpt_state)i));
	puts("");
	if (backup_drift(n) != 0)
		printf(CLI_T(c, "ALARM: %" PRId64 " are not accounted for.\n",
			       "ALARME : %" PRId64 " manquent au compte.\n"),
			backup_drift(n));
	if (n->bodiless)
		printf(CLI_T(c, "ALARM: the content of %" PRIu64 " messages is missing.\n",
			       "ALARME : le contenu de %" PRIu64 " messages manque.\n"),
			n->bodiless);
	if (n->damaged)
		printf(CLI_T(c,
			       "%" PRIu64
			       " damaged places of the journal: mail may be missing.\n",
			       "%" PRIu64
			       " endroits du journal sont endommagés : du courrier peut "
			       "manquer.\n"),
			n->damaged);
}
