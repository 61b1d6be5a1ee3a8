#include "report/reason.h"

#include "base/utc.h"
#include "report/member.h"
#include "send/once.h"

#include <errno.h>

#define SENTENCE_MAX 16384

/* A state's sentence: before the recipient's address, and behind it. The cause, if one is
 * known, stands at %. */
struct words {
	const char *en[2], *fr[2];
	const char *todo_en, *todo_fr;
};

static const struct words words[FACT_KINDS] = {
	[FACT_ACCEPTED] = { { "Accepted for ", ": it waits for delivery." },
		{ "Accepté pour ", " : en attente de remise." }, "", "" },
	[FACT_DEFERRED] = { { "Deferred for ",
				    ": not delivered yet, it will be tried again. %" },
		{ "Différé pour ", " : pas encore remis, un nouvel essai suivra. %" }, "", "" },
	[FACT_BOUNCED] = { { "Bounced for ", ": refused for good. %" },
		{ "Rejeté pour ", " : refus définitif. %" }, "", "" },
	[FACT_EXPIRED] = { { "Expired for ",
				   ": given up, its time ran out without success. %" },
		{ "Abandonné pour ", " : aucun succès avant l'expiration du délai. %" }, "",
		"" },
	[FACT_SUPPRESSED] = { { "Suppressed: not tried for ",
				      ", because the address is on the suppression list." },
		{ "Écarté : pas d'essai pour ",
			", car l'adresse est sur la liste de suppression." },
		"Remove the address from the list if its owner wants mail again.",
		"Retirez l'adresse de la liste si son titulaire veut de nouveau du courrier." },
	[FACT_IN_DOUBT] = { { "In doubt for ", ": the connection was lost before the server "
					       "confirmed, so it "
					       "may have the message or not." },
		{ "Incertain pour ",
			" : la connexion a été perdue avant la confirmation du serveur, qui a "
			"peut-être le message, ou non." },
		"Ask the recipient before you send it again.",
		"Demandez au destinataire avant de renvoyer le message." },
	[FACT_HELD] = { { "Held for ", ": it waits until somebody releases it." },
		{ "Retenu pour ", " : en attente jusqu'à ce que quelqu'un le libère." },
		"Release it with: facteur queue release",
		"Libérez-le avec : facteur queue release" },
	[FACT_CANCELLED] = { { "Cancelled for ", ": it will not be sent." },
		{ "Annulé pour ", " : il ne sera pas envoyé." }, "", "" },
	[FACT_QUARANTINED] = { { "Quarantined for ",
				       ": the stored message is damaged and was not sent." },
		{ "En quarantaine pour ",
			" : le message stocké est endommagé et n'a pas été envoyé." },
		"Send the message again, and check the disk of this server.",
		"Renvoyez le message et vérifiez le disque de ce serveur." },
	[FACT_RETURNED] = { { "Bounced later for ", ": it was delivered, then sent back. %" },
		{ "Rejeté après coup pour ", " : remis, puis renvoyé. %" }, "", "" },
	[FACT_OPENED] = { { "Opened by ", "." }, { "Ouvert par ", "." }, "", "" },
	[FACT_CLICKED] = { { "Clicked by ", "." }, { "Cliqué par ", "." }, "", "" },
	[FACT_UNSUBSCRIBED] = { { "Unsubscribed: ", " wants no more of these." },
		{ "Désinscrit : ", " n'en veut plus." }, "", "" },
	[FACT_COMPLAINED] = { { "Complaint: ", " called it spam." },
		{ "Plainte : ", " l'a déclaré indésirable." }, "", "" },
};

/* A quarantine that is not for damage (0006): the message ended a process, three times. */
static const struct words poison = {
	{ "Quarantined for ", ": working on this message ended a process of the service three "
			      "times. It waits; other mail goes on." },
	{ "En quarantaine pour ",
		" : traiter ce message a mis fin trois fois à un processus du "
		"service. Il attend ; le reste du courrier continue." },
	"Report it, with the message. To try once more: facteur queue release --id, to give it "
	"up: facteur queue drop --id",
	"Signalez-le, avec le message. Pour réessayer : facteur queue release --id, pour "
	"l'abandonner : facteur queue drop --id",
};

/* Nobody is on a list (send/once). */
static const struct words again = {
	{ "Suppressed: not tried for ",
		", because this address already got a message of this campaign." },
	{ "Écarté : pas d'essai pour ",
		", car cette adresse a déjà reçu un message de cette campagne." },
	"Nothing, if that was meant: the campaign asks for one message each. Else send it "
	"without "
	"deduplication, or under another campaign name.",
	"Rien, si c'était voulu : la campagne demande un message par adresse. Sinon, "
	"envoyez-le "
	"sans dédoublonnage, ou sous un autre nom de campagne.",
};

/* Held by who sent it. */
static const struct words paused = {
	{ "Held for ", ": its account paused it, it waits until it is resumed." },
	{ "Retenu pour ",
		" : mis en pause par son compte, en attente jusqu'à ce qu'il le reprenne." },
	"Release it or its batch, or cancel it.",
	"Libérez-le ou reprenez son lot, ou annulez-le.",
};

/* His mail is dropped: docs/decisions/0018. */
static const struct words erased = {
	{ "Cancelled for ", ": the recipient asked to be forgotten, it will not be sent." },
	{ "Annulé pour ",
		" : le destinataire a demandé à être oublié, il ne sera pas envoyé." },
	"Write to him no more, and forget him in your own records.",
	"Ne lui écrivez plus, et effacez-le aussi de vos propres fichiers.",
};

/* Delivered, to nobody. */
static const struct words sandbox = {
	{ "Delivered to the sandbox, not to ", ": nothing was sent. %" },
	{ "Remis au bac à sable, pas à ", " : rien n'a été envoyé. %" },
	"",
	"",
};

enum fact_kind
reason_state(uint8_t kind)
{
	switch (kind) {
	case FACT_RELEASED:
	case FACT_RETRIED:
		return FACT_ACCEPTED;
	case FACT_RELAYED:
		return FACT_DELIVERED;
	default:
		return kind < FACT_KINDS && kind ? (enum fact_kind)kind : FACT_ACCEPTED;
	}
}

bool
reason_is_attempt(const struct fact *f)
{
	return f->host.n || f->address.n || f->took_ms || f->transcript_length ||
	       (f->stage && f->stage != STAGE_LOCAL);
}

/* Needs words about its cause. */
static bool
is_judged(enum fact_kind state)
{
	return state == FACT_DEFERRED || state == FACT_BOUNCED || state == FACT_EXPIRED ||
	       state == FACT_RETURNED;
}

/* A bounce that came by mail often has no more than the enhanced code (RFC 3464 2.3.4). */
static struct verdict
judge(enum fact_kind state, const struct fact *f)
{
	struct reply r = f->reply;

	if (state == FACT_RETURNED && r.code == 0)
		r.code = r.dsn.class == 4 ? 450 : 550;
	return bounce_judge(f->stage, &r);
}

static const struct words *
words_of(const struct reason *r)
{
	return r->poison    ? &poison
	       : r->again   ? &again
	       : r->paused  ? &paused
	       : r->erased  ? &erased
	       : r->sandbox ? &sandbox
	                    : &words[r->state];
}

static const char *
either(const char *a, const char *b)
{
	return a && *a ? a : b ? b : "";
}

struct reason
reason_of(enum fact_kind state, const struct fact *f)
{
	struct reason r = { .state = state,
		.poison = state == FACT_QUARANTINED && f->reply.code == 451,
		.again = state == FACT_SUPPRESSED && once_said(&f->reply),
		.paused = state == FACT_HELD && f->reply.code == 450,
		.erased = state == FACT_CANCELLED && f->reply.code == 550,
		.sandbox = state == FACT_DELIVERED && f->class == CLASS_SANDBOX };
	unsigned class = f->class, blame = f->blame;
	struct verdict why = { 0 };

	if (is_judged(state) || r.sandbox) {
		why = r.sandbox ? bounce_sandbox() : judge(state, f);
		class = class ? class : why.class;
		blame = blame ? blame : why.blame;
	}
	if ((state != FACT_DELIVERED || r.sandbox) && class < CLASSES)
		r.class = (enum bounce_class) class;
	if ((state != FACT_DELIVERED || r.sandbox) && blame < BLAMES)
		r.blame = (enum blame)blame;
	r.permanent = why.permanent;
	r.cause_en = why.en;
	r.cause_fr = why.fr;
	r.todo_en = either(why.todo_en, words_of(&r)->todo_en);
	r.todo_fr = either(why.todo_fr, words_of(&r)->todo_fr);
	return r;
}

/* From a template: the text up to %, and the cause in its place. */
static void
put_cause(struct buf *b, const char *pattern, const char *cause)
{
	struct str rest = str_z(pattern), head = str_cut(&rest, '%');

	if (rest.p && cause && *cause) {
		buf_put(b, head);
		buf_put_z(b, cause);
		buf_put(b, rest);
	} else {
		buf_put(b, rest.p ? str_trim(head) : head);
	}
}

static void
put_delivered(struct buf *b, const struct ledger_row *row, const struct fact *f, bool french)
{
	char took[UTC_TEXT_SIZE];

	buf_printf(
		b, french ? "Remis à %.*s : " : "Delivered to %.*s: ", STR_ARG(row->recipient));
	if (f->host.n)
		buf_put(b, f->host);
	else
		buf_put_z(b, french ? "le serveur" : "the server");
	buf_printf(b, french ? " a répondu %u" : " answered %u",
		f->reply.code ? f->reply.code : 250u);
	if (row->accepted && f->at >= row->accepted)
		buf_printf(b, french ? " après %s" : " after %s",
			utc_span(took, f->at - row->accepted));
	buf_put_z(b, f->tls.n ? (french ? ", par TLS." : ", over TLS.")
			      : (french ? ", sans TLS." : ", without TLS."));
}

int
reason_sentence(struct buf *b, const struct reason *r, const struct ledger_row *row,
	const struct fact *f, bool french)
{
	const struct words *w = words_of(r);
	const char *const *parts = french ? w->fr : w->en;
	size_t begin = b->n;

	if (r->state == FACT_DELIVERED && !r->sandbox) {
		put_delivered(b, row, f, french);
	} else {
		buf_put_z(b, parts[0]);
		buf_put(b, row->recipient);
		put_cause(b, parts[1], french ? r->cause_fr : r->cause_en);
	}
	if (!b->full)
		return 0;
	buf_cut(b, begin);
	return -E2BIG;
}

static json_t *
sentence(
	const struct reason *r, const struct ledger_row *row, const struct fact *f, bool french)
{
	struct buf b;
	json_t *j;

	buf_init(&b, SENTENCE_MAX);
	(void)reason_sentence(&b, r, row, f, french);
	j = member_of(buf_str(&b));
	buf_done(&b);
	return j;
}

struct json_t *
reason_json(const struct reason *r, const struct ledger_row *row, const struct fact *f)
{
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s}", "en", sentence(r, row, f, false),
		"fr", sentence(r, row, f, true), "class", bounce_class_name(r->class), "blame",
		blame_name(r->blame), "todo_en", r->todo_en, "todo_fr", r->todo_fr);
}
