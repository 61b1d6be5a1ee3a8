/*
 * The published versions that an edge writes mail from. Desk is asked once for each; what comes
 * is kept and compiled once. A version never changes, but which one is published does: when the
 * control tables changed, each is asked for again at its next use, by the version that is here,
 * so that the answer is short. Private to edge_template.c, edge_write.c and edge_desk.c.
 *
 *   (account, name or number) ──▶ named ──▶ version, held by those who write from it
 *
 * At most EDGE_TEMPLATES of them and EDGE_TEMPLATES_BYTES stay when nobody writes; those used
 * longest ago go first.
 */
#ifndef ROLE_EDGE_TEMPLATE_H
#define ROLE_EDGE_TEMPLATE_H

#include "role/edge_priv.h"
#include "send/outgoing_template.h"

#define EDGE_TEMPLATES       1024u
#define EDGE_TEMPLATES_BYTES ((size_t)32 << 20)
/* What compiles to more, which no mail needs, is compiled for each message: calls that wait
 * hold their versions, and a few hundred of 24 MiB would be too many. */
#define EDGE_TEMPLATE_COMPILED ((size_t)1 << 20)

struct edge_call;
struct edge_version;
struct edge_named;

struct edge_templates *edge_templates_new(struct edge *e);
void edge_templates_free(struct edge_templates **t);
/* The control tables changed, or may have. */
void edge_templates_stale(struct edge_templates *t);
/* Desk's answer; desk went away; once a second. */
void edge_templates_answered(struct edge_templates *t, struct str payload);
void edge_templates_lost(struct edge_templates *t);
void edge_templates_second(struct edge_templates *t);

/* What k writes from next. HERE: *ret_v is held until edge_version_drop. LATER: desk cannot be
 * asked now. KNOWN: it was asked, and edge_write_told follows. */
enum template_is edge_template_find(
	struct edge_call *k, const struct outgoing_template *want, struct edge_version **ret_v);
void edge_version_drop(struct edge_version **v);
/* The same when it was written from, which may have compiled it: then it takes more room. */
void edge_version_wrote(struct edge_templates *t, struct edge_version **v);
bool edge_version_broadcast(const struct edge_version *v);
/* May it read data: of the contact, or his name? */
bool edge_version_reads_contact(const struct edge_version *v);
struct str edge_version_id(const struct edge_version *v);
/* For words about it: its template's id, name and number, the number of the version, and where
 * its mail comes from when that is one address. */
struct edge_version_facts {
	struct str id, name, from;
	uint64_t template, version;
};
struct edge_version_facts edge_version_facts(const struct edge_version *v);
/* Bytes that its first holder but the cache answers for. */
size_t edge_version_due(const struct edge_version *v);
/* Compiled at its first use: on the edge's one thread only, until edge_version_rest. tags: as
 * in outgoing_template. 0, or -EINVAL with the mistake. */
int edge_version_source(struct edge_version *v, bool tags, const struct outgoing_source **ret_s,
	struct outgoing_mistake *ret_m);
/* The message is written, on the thread too. */
void edge_version_rest(struct edge_version *v);

#endif
