#include "role/edge_template_report.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/random.h"

#include <errno.h>
#include <sodium.h>

#define ARENA          (128u << 10)
#define BODY_MAX       (64u << 10)
#define TEXT_MAX       400u /* bytes of a foreign text in it */
#define NAME_MAX_BYTES 255u
#define NAMED_MAX      10u /* recipients that are named */

/* Those of the last hour. */
struct account {
	struct link link; /* reported longest ago first */
	uint32_t tenant;
	struct {
		uint64_t until, what; /* mono µs; over: the place is free */
	} last[EDGE_REPORTS_HOUR];
};

struct report {
	struct link link;
	struct edge_reports *all;
	struct edge_id id;
	struct arena arena;
	struct outgoing mail;
	struct outgoing_address to;
	struct msg_rcpts rcpts;
	struct str from_domain, message_id, client;
	uint64_t message;
	struct extent_body *body;
	uint32_t header_length;
	uint8_t body_hash[32];
	bool eight_bit, storing;
	struct edge_ask ask;
};

struct edge_reports {
	struct edge *edge;
	bool closed;
	struct link open;
	size_t nopen;
	struct link accounts;
	struct nmap by_tenant; /* tenant + 1 → account */
	struct role_alert alert;
};

/* ---- how many ---- */

static bool
all_over(const struct account *a, uint64_t now)
{
	for (size_t i = 0; i < EDGE_REPORTS_HOUR; i++)
		if (a->last[i].until > now)
			return false;
	return true;
}

/* NULL: as many others had reports in the last hour as are remembered. */
static struct account *
account_of(struct edge_reports *all, uint32_t tenant, uint64_t now)
{
	uint64_t key = (uint64_t)tenant + 1, at;
	struct account *a;

	if (nmap_get(&all->by_tenant, key, &at))
		return (void *)(uintptr_t)at;
	if (all->by_tenant.used < EDGE_REPORT_ACCOUNTS) {
		a = MEM_NEW(a);
		list_init(&a->link);
	} else {
		a = LIST_OF(all->accounts.next, struct account, link);
		if (!all_over(a, now))
			return NULL;
		nmap_del(&all->by_tenant, (uint64_t)a->tenant + 1);
		list_del(&a->link);
	}
	a->tenant = tenant;
	nmap_put(&all->by_tenant, key, (uint64_t)(uintptr_t)a);
	list_push(&all->accounts, &a->link);
	return a;
}

bool
edge_reports_take(struct edge_reports *all, uint32_t tenant, uint64_t what, uint64_t now)
{
	struct account *a = account_of(all, tenant, now);
	size_t place = EDGE_REPORTS_HOUR;

	if (!a)
		return false;
	for (size_t i = 0; i < EDGE_REPORTS_HOUR; i++) {
		if (a->last[i].until <= now)
			place = i;
		else if (a->last[i].what == what)
			return false;
	}
	if (place == EDGE_REPORTS_HOUR)
		return false;
	a->last[place].until = now + EDGE_REPORT_US;
	a->last[place].what = what;
	list_del(&a->link);
	list_push(&all->accounts, &a->link);
	return true;
}

/* What a report is about: the template, or the subject of the message's own texts. */
static uint64_t
what_of(const struct edge_call *k, struct str subject)
{
	const uint8_t key[crypto_shorthash_KEYBYTES] = { 0 };
	uint64_t hash;

	_Static_assert(sizeof hash == crypto_shorthash_BYTES, "a hash fits");
	if (k->version)
		return edge_version_facts(k->version).template;
	crypto_shorthash((uint8_t *)&hash, (const uint8_t *)subject.p, subject.n, key);
	return hash | UINT64_C(1) << 63;
}

/* ---- the end of one ---- */

static void
over(struct report *r)
{
	edge_ask_off(r->all->edge, &r->ask);
	buf_done(&r->ask.payload);
	if (r->body)
		extent_body_drop(&r->body);
	list_del(&r->link);
	r->all->nopen--;
	arena_done(&r->arena);
	mem_free(r);
}

/* why: static. */
static void
lost(struct edge_reports *all, uint32_t tenant, const char *why)
{
	struct edge *e = all->edge;
	struct log_line ll;

	edge_count(e, COUNT_REPORTS_LOST, 0);
	if (!role_alert_bad(&all->alert, loop_mono(e->loop)))
		return;
	ll = log_op(e->log, LOG_WARN, "template-report-dropped");
	log_num(&ll, "tenant", tenant);
	log_z(&ll, "why", why);
	log_end(&ll);
}

static void
drop(struct report *r, const char *why)
{
	lost(r->all, r->id.tenant, why);
	over(r);
}

/* ---- what it says ---- */

enum { ENGLISH, FRENCH };

enum word {
	SUBJECT,
	SUBJECT_OWN,
	REFUSED,
	SENT,
	TEMPLATE,
	TEMPLATE_OWN,
	WHERE,
	PLACE,
	MISTAKE,
	MESSAGE,
	SENDER,
	RECIPIENTS,
	MORE,
	REMEDY,
	REMEDY_OWN,
	AGAIN,
	SEEN,
	TRY,
	WHY
};

static const char *const words[][2] = {
	[SUBJECT] = { "Template error: \"%s\"", "Erreur de modèle : « %s »" },
	[SUBJECT_OWN] = { "Template error in the message \"%s\"",
		"Erreur de modèle dans le message « %s »" },
	[REFUSED] = { "A message could not be written from its template and was refused: "
		      "nothing of it was sent.",
		"Un message n’a pas pu être écrit à partir de son modèle et a été refusé : "
		"rien n’en a été envoyé." },
	/* It may still be refused for something else, or for want of room. */
	[SENT] = { "A message could not be written from its template. By TemplateErrorDeliver "
		   "that does not stop it: unless something else does, it goes with the "
		   "template's text as it stands.",
		"Un message n’a pas pu être écrit à partir de son modèle. Selon "
		"TemplateErrorDeliver, cela ne l’arrête pas : si rien d’autre ne s’y oppose, "
		"il part avec le texte du modèle tel quel." },
	[TEMPLATE] = { "Template: ", "Modèle : " },
	[TEMPLATE_OWN] = { "the message's own texts", "les textes du message lui-même" },
	[WHERE] = { "Where: ", "Où : " },
	[PLACE] = { ", line %u, column %u", ", ligne %u, colonne %u" },
	[MISTAKE] = { "Mistake: ", "Erreur : " },
	[MESSAGE] = { "Subject: ", "Objet : " },
	[SENDER] = { "From: ", "De : " },
	[RECIPIENTS] = { "To: ", "À : " },
	[MORE] = { " and %zu more", " et %zu de plus" },
	[REMEDY] = { "What to do: correct the template and publish it, or give the message the "
		     "values that it asks for.",
		"Que faire : corrigez le modèle et publiez-le, ou donnez au message les "
		"valeurs qu’il demande." },
	[REMEDY_OWN] = { "What to do: correct these texts, or give the message the values that "
			 "they ask for.",
		"Que faire : corrigez ces textes, ou donnez au message les valeurs qu’ils "
		"demandent." },
	[AGAIN] = { " Then send the message again.", " Puis envoyez de nouveau le message." },
	[SEEN] = { " The readers of this message would see its tags.",
		" Les lecteurs de ce message en verraient les balises." },
	[TRY] = { " POST /v1/templates/render tries a template out without sending.",
		" POST /v1/templates/render essaie un modèle sans rien envoyer." },
	[WHY] = { "The message named this address by TemplateErrorReporting. At most one such "
		  "mail comes for a template in an hour, and 20 for an account.",
		"Le message a donné cette adresse par TemplateErrorReporting. Il vient au plus "
		"un tel courrier par modèle et par heure, et 20 par compte." },
};

struct facts {
	const struct edge_call *k;
	const struct outgoing *mail;
	struct edge_version_facts version;
	int lang;
};

static const char *
word(const struct facts *f, enum word w)
{
	return words[w][f->lang];
}

/* Foreign text, on one line. */
static void
put_text(struct buf *b, struct str s)
{
	struct str cut = str_head(s, TEXT_MAX);

	while (cut.n > 0 && cut.n < s.n && ((unsigned char)s.p[cut.n] & 0xc0) == 0x80)
		cut.n--;
	(void)text_safe(b, cut);
	if (cut.n < s.n)
		buf_put_z(b, "…");
}

static void
put_template(struct buf *b, const struct facts *f)
{
	const char *const number[] = { " (%.*s, number %llu), version %llu",
		" (%.*s, numéro %llu), version %llu" };

	buf_put_z(b, word(f, TEMPLATE));
	if (!f->k->version) {
		buf_put_z(b, word(f, TEMPLATE_OWN));
		return;
	}
	put_text(b, f->version.name);
	buf_printf(b, number[f->lang], STR_ARG(f->version.id),
		(unsigned long long)f->version.template,
		(unsigned long long)f->version.version);
}

static void
put_mistake(struct buf *b, const struct facts *f)
{
	const struct outgoing_mistake *m = &f->k->mistake;

	buf_printf(b, "\n%s%s", word(f, WHERE), preview_part_name(m->part));
	if (m->error.line)
		buf_printf(b, word(f, PLACE), m->error.line, m->error.column);
	buf_printf(b, "\n%s", word(f, MISTAKE));
	put_text(b, str_z(m->error.why));
}

static void
put_people(struct buf *b, const struct facts *f)
{
	const struct outgoing_list *lists[] = { &f->mail->to, &f->mail->cc, &f->mail->bcc };
	size_t n = 0;

	buf_printf(b, "\n%s", word(f, RECIPIENTS));
	for (size_t l = 0; l < 3; l++)
		for (size_t i = 0; i < lists[l]->n; i++, n++) {
			if (n >= NAMED_MAX)
				continue;
			buf_put_z(b, n ? ", " : "");
			put_text(b, lists[l]->at[i].email);
		}
	if (n > NAMED_MAX)
		buf_printf(b, word(f, MORE), n - NAMED_MAX);
}

static void
put_advice(struct buf *b, const struct facts *f)
{
	bool stored = f->k->version != NULL;

	buf_printf(b, "\n\n%s%s%s\n\n%s\n", word(f, stored ? REMEDY : REMEDY_OWN),
		word(f, f->k->err ? AGAIN : SEEN), word(f, TRY), word(f, WHY));
}

static void
put_body(struct buf *b, const struct facts *f, const struct outgoing_address *from)
{
	buf_printf(b, "%s\n\n", word(f, f->k->err ? REFUSED : SENT));
	put_template(b, f);
	put_mistake(b, f);
	buf_put_z(b, "\n");
	/* The template's is not there yet. */
	if (f->mail->subject.n > 0) {
		buf_printf(b, "\n%s", word(f, MESSAGE));
		put_text(b, f->mail->subject);
	}
	buf_printf(b, "\n%s", word(f, SENDER));
	put_text(b, from->email);
	put_people(b, f);
	put_advice(b, f);
}

static void
put_subject(struct buf *b, const struct facts *f)
{
	bool stored = f->k->version != NULL;
	const char *z = word(f, stored ? SUBJECT : SUBJECT_OWN), *mark = strstr(z, "%s");

	must(mark != NULL);
	buf_put(b, str_of(z, (size_t)(mark - z)));
	put_text(b, stored ? f->version.name : f->mail->subject);
	buf_put_z(b, mark + 2);
}

/* ---- it is durable ---- */

static void
on_submitted(void *ctx, const void *answer)
{
	struct report *r = ctx;
	const struct msg_submitted *a = answer;

	if (!a || a->reply.code / 100 != 2) {
		drop(r, a ? "the engine refused it" : "the engine did not answer");
		return;
	}
	(void)role_alert_good(&r->all->alert, loop_mono(r->all->edge->loop));
	over(r);
}

/* What is said of it to the engine: mail of the API, with a tag and no links. */
static void
submit(struct report *r, const struct extent_place *place)
{
	struct edge *e = r->all->edge;
	const struct msg_extra extra = { .idem = STR_NONE,
		.about = STR_LIT("{\"tags\":[\"template-error\"]}"),
		.more = STR_NONE };
	struct msg_submit q = { .seq = edge_seq(e),
		.boot = e->env->boot,
		.message = r->message,
		.key = r->id.key,
		.tenant = r->id.tenant,
		.stream = STREAM_TRANSACTIONAL,
		.via = VIA_API,
		.flags = (uint8_t)(MAIL_BODY_HASH | (r->eight_bit ? MAIL_8BIT : 0)),
		.accepted = loop_wall(e->loop),
		.extent = place->extent,
		.length = place->length,
		.offset = place->offset,
		.hash = place->hash,
		.header_length = r->header_length,
		.sender = r->mail.from.email,
		.from_domain = r->from_domain,
		.message_id = r->message_id,
		.subject = str_head(r->mail.subject, ACCEPT_SUBJECT_MAX),
		.helo = STR_NONE,
		.client = r->client,
		.envid = STR_NONE,
		.rcpts = r->rcpts };
	char text[200];
	struct buf b = { text, 0, sizeof text, sizeof text, false };

	while (q.subject.n > 0 && !text_is_utf8(q.subject))
		q.subject.n--;
	must(msg_extra_write(&b, &extra) == 0);
	q.extra = buf_str(&b);
	memcpy(q.body_hash.b, r->body_hash, sizeof r->body_hash);
	buf_clear(&r->ask.payload);
	must(msg_submit_write(&r->ask.payload, &q) == 0);
	r->ask.done = on_submitted;
	edge_ask(e, &r->ask, MSG_submit, q.seq);
}

static void
on_durable(void *ctx, int err, struct extent_place place)
{
	struct report *r = ctx;

	r->storing = false;
	edge_disk_tell(r->all->edge, err);
	if (err)
		drop(r, "it cannot be stored");
	else if (r->all->closed)
		drop(r, "the service stops");
	else
		submit(r, &place);
}

/* ---- it is written ---- */

/* 0, -E2BIG or -EINVAL. */
static int
compose(struct report *r, struct buf *out)
{
	struct edge *e = r->all->edge;
	struct str seed = arena_printf(&r->arena, "%016llx", (unsigned long long)random_u64());
	struct outgoing_stamp stamp = { .seed = seed, .date = loop_wall(e->loop) };
	const char *why;

	r->message_id =
		arena_printf(&r->arena, "<%llu.%.8s@%.*s>", (unsigned long long)r->message,
			seed.p ? seed.p : "", STR_ARG(e->config->hostname));
	stamp.message_id = r->message_id;
	if (!seed.p || !r->message_id.p ||
		outgoing_rcpts(&r->arena, &r->mail, &r->rcpts, NULL) < 0 || r->rcpts.n != 1)
		return -E2BIG;
	return outgoing_compose(&r->arena, &r->mail, &stamp, out, &why);
}

static int
store(struct report *r, struct str bytes)
{
	struct dkim_body hash;
	size_t end = accept_header_end(bytes, 0);

	r->header_length = (uint32_t)(end ? end : bytes.n);
	r->eight_bit = !text_is_ascii(bytes);
	dkim_body_init(&hash);
	dkim_body_feed(&hash, str_from(bytes, r->header_length));
	dkim_body_end(&hash, r->body_hash);
	r->body = extent_body_new(r->all->edge->writer);
	return extent_body_add(r->body, bytes);
}

static void
write_it(struct report *r)
{
	struct edge *e = r->all->edge;
	struct buf out;
	int err = -EAGAIN;

	r->message = e->writer ? edge_ids(e, 2) : 0;
	buf_init(&out, 4 * BODY_MAX);
	if (r->message)
		err = compose(r, &out);
	if (!err)
		err = store(r, buf_str(&out));
	buf_done(&out);
	if (err) {
		drop(r, r->message ? "it cannot be written" : "the service is starting");
		return;
	}
	r->storing = true;
	extent_body_commit(&r->body, on_durable, r);
}

/* ---- from whom ---- */

static void
on_checked(void *ctx, const void *answer)
{
	struct report *r = ctx;
	const struct msg_checked *a = answer;

	if (!a || !a->ok) {
		drop(r, a ? "the sender's domain is not verified for the account"
			  : "the engine did not answer");
		return;
	}
	edge_domain_learn(r->all->edge, r->id.tenant, r->from_domain);
	write_it(r);
}

static void
check_domain(struct report *r)
{
	struct edge *e = r->all->edge;
	struct msg_check q = { 0, r->id.tenant, r->from_domain };

	if (r->id.any_domain || edge_domain_known(e, r->id.tenant, r->from_domain)) {
		write_it(r);
		return;
	}
	q.seq = edge_seq(e);
	buf_clear(&r->ask.payload);
	must(msg_check_write(&r->ask.payload, &q) == 0);
	r->ask.done = on_checked;
	edge_ask(e, &r->ask, MSG_check, q.seq);
}

/* ---- begin ---- */

static const struct compose_header automatic = { { "Auto-Submitted", 14 },
	{ "auto-generated", 14 } };

/* A name that a header may have and that is no template; it may not be rendered yet. */
static struct str
name_of(const struct outgoing_address *a)
{
	static const char *const tags[] = { "{{", "{%", "[[" };

	if (a->email.n == 0 || a->name.n > NAME_MAX_BYTES || !compose_clean(a->name))
		return STR_NONE;
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (str_find_str(a->name, str_z(tags[i])) < a->name.n)
			return STR_NONE;
	return a->name;
}

/* Nothing is left of the call in it. false: no mail can be made of it. */
static bool
fill(struct report *r, const struct facts *f, const struct outgoing_address *to)
{
	const struct outgoing_limits limits = { .recipients = 1, .bytes = BODY_MAX };
	struct outgoing_problems *found = arena_alloc(&r->arena, sizeof *found);
	struct outgoing *o = &r->mail;
	struct address a;
	struct buf b;

	o->sender = o->from = (struct outgoing_address){ STR_NONE, STR_NONE };
	o->html = o->url_tags = o->pixel_mark = o->about = STR_NONE;
	o->from.email = arena_keep(
		&r->arena, f->mail->from.email.n ? f->mail->from.email : f->version.from);
	o->from.name = arena_keep(&r->arena, name_of(&f->mail->from));
	r->to.email = arena_keep(&r->arena, to->email);
	r->to.name = arena_keep(&r->arena, name_of(to));
	o->to = (struct outgoing_list){ &r->to, 1 };
	o->fields = &automatic;
	o->nfields = 1;
	buf_init(&b, BODY_MAX);
	put_subject(&b, f);
	o->subject = arena_keep(&r->arena, buf_str(&b));
	buf_clear(&b);
	put_body(&b, f, &o->from);
	o->text = arena_keep(&r->arena, buf_str(&b));
	buf_done(&b);
	r->client = arena_keep(&r->arena, str_z(f->k->client));
	if (!found || !outgoing_check(o, &limits, f->k->world.now, found) ||
		address_mailbox(o->from.email, ADDRESS_UTF8_OK, &a) < 0)
		return false;
	return accept_sender(&r->arena, &a, r->id.any_domain, &r->from_domain).code == 0 &&
	       r->from_domain.n > 0;
}

/* Why nothing can be sent now; NULL: it can. */
static const char *
hindered(const struct edge_reports *all)
{
	const struct edge *e = all->edge;

	if (!e->writer || edge_state_reply(e).code)
		return "the service takes no mail now";
	if (all->nopen >= EDGE_REPORTS ||
		(e->channel && channel_unsent(e->channel) > EDGE_UNSENT_MAX))
		return "the service is busy";
	return NULL;
}

static void
start(struct edge_reports *all, const struct facts *f, const struct outgoing_address *to)
{
	const char *no = hindered(all);
	struct report *r;

	if (no) {
		lost(all, f->k->id.tenant, no);
		return;
	}
	r = MEM_NEW(r);
	r->all = all;
	r->id = f->k->id;
	arena_init(&r->arena, ARENA);
	list_init(&r->ask.link);
	r->ask.ctx = r;
	buf_init(&r->ask.payload, CHANNEL_PAYLOAD_MAX);
	list_init(&r->link);
	list_push(&all->open, &r->link);
	all->nopen++;
	if (fill(r, f, to))
		check_domain(r);
	else
		drop(r, "no sender is known that it could come from");
}

void
edge_template_report(
	struct edge_call *k, const struct outgoing_template *want, const struct outgoing *mail)
{
	struct edge *e = k->edge;
	struct facts f = { .k = k,
		.mail = mail,
		.version = { STR_NONE, STR_NONE, STR_NONE, 0, 0 },
		.lang = str_eq_z(e->config->language, "fr") ? FRENCH : ENGLISH };

	if (want->report.email.n == 0 || k->mistake.error.why[0] == '\0' || mail->sandbox ||
		(k->err && k->err != -EINVAL))
		return;
	if (!edge_reports_take(
		    e->reports, k->id.tenant, what_of(k, mail->subject), loop_mono(e->loop)))
		return;
	if (k->version)
		f.version = edge_version_facts(k->version);
	start(e->reports, &f, &want->report);
}

/* ---- life ---- */

struct edge_reports *
edge_reports_new(struct edge *e)
{
	struct edge_reports *all = MEM_NEW(all);

	all->edge = e;
	list_init(&all->open);
	list_init(&all->accounts);
	nmap_init(&all->by_tenant);
	return all;
}

void
edge_reports_close(struct edge_reports *all)
{
	all->closed = true;
	LIST_EACH_SAFE(l, &all->open)
	{
		struct report *r = LIST_OF(l, struct report, link);

		if (!r->storing)
			drop(r, "the service stops");
	}
}

void
edge_reports_free(struct edge_reports **pall)
{
	struct edge_reports *all = *pall;

	if (!all)
		return;
	*pall = NULL;
	must(list_empty(&all->open));
	LIST_EACH_SAFE(l, &all->accounts)
	mem_free(LIST_OF(l, struct account, link));
	nmap_done(&all->by_tenant);
	mem_free(all);
}
