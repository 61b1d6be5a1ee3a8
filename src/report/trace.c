#include "report/trace.h"

#include "base/text.h"
#include "base/utc.h"
#include "send/bounce.h"

#include <errno.h>
#include <jansson.h>

#define SENTENCE_MAX 4096

static const char *const stages[] = { [STAGE_DNS] = "dns",
	[STAGE_CONNECT] = "connect",
	[STAGE_BANNER] = "banner",
	[STAGE_EHLO] = "ehlo",
	[STAGE_TLS] = "tls",
	[STAGE_AUTH] = "auth",
	[STAGE_MAIL] = "mail",
	[STAGE_RCPT] = "rcpt",
	[STAGE_DATA] = "data",
	[STAGE_BODY] = "body",
	[STAGE_DOT] = "dot",
	[STAGE_LOCAL] = "local" };
static const char *const vias[] = { [VIA_SMTP] = "smtp",
	[VIA_API] = "api",
	[VIA_SENDMAIL] = "sendmail",
	[VIA_DSN] = "dsn",
	[VIA_CLI] = "cli" };

#define NAME_OF(table, i) ((i) < sizeof(table) / sizeof(table)[0] ? (table)[i] : NULL)

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

/* What an operator did leaves the recipient waiting; a relay has delivered. */
static enum fact_kind
state_of(uint8_t last)
{
	switch (last) {
	case FACT_RELEASED:
	case FACT_RETRIED:
		return FACT_ACCEPTED;
	case FACT_RELAYED:
		return FACT_DELIVERED;
	default:
		return last < FACT_KINDS && last ? (enum fact_kind)last : FACT_ACCEPTED;
	}
}

/* Text as JSON; jansson takes UTF-8 only, other bytes are made visible. */
static json_t *
json_of(struct str s)
{
	json_t *j = json_stringn(s.p, s.n);
	struct buf b;

	if (j)
		return j;
	buf_init(&b, s.n * 4 + 8);
	(void)text_safe(&b, s);
	j = json_stringn(buf_str(&b).p, b.n);
	buf_done(&b);
	return j ? j : json_string("?");
}

static json_t *
json_time(int64_t wall)
{
	char text[UTC_TEXT_SIZE];

	return json_string(utc_rfc3339(text, wall));
}

static void
set_text(json_t *o, const char *name, struct str s)
{
	if (s.n)
		json_object_set_new(o, name, json_of(s));
}

static void
set_number(json_t *o, const char *name, int64_t v)
{
	if (v)
		json_object_set_new(o, name, json_integer(v));
}

static void
set_reply(json_t *o, const struct reply *r)
{
	char status[32];

	set_number(o, "code", r->code);
	if (r->dsn.class) {
		snprintf(status, sizeof status, "%u.%u.%u", r->dsn.class, r->dsn.subject,
			r->dsn.detail);
		json_object_set_new(o, "status", json_string(status));
	}
	set_text(o, "reply", r->text);
}

static bool
is_attempt(const struct fact *f)
{
	return f->host.n || f->address.n || f->took_ms || f->transcript_length ||
	       (f->stage && f->stage != STAGE_LOCAL);
}

static json_t *
event_of(const struct fact *f, unsigned attempt)
{
	json_t *o =
		json_pack("{s:o, s:s}", "at", json_time(f->at), "event", fact_name(f->kind));

	if (is_attempt(f)) {
		set_number(o, "attempt", attempt);
		set_number(o, "took_ms", f->took_ms);
	}
	set_text(o, "host", f->host);
	set_text(o, "address", f->address);
	set_text(o, "tls", f->tls);
	if (NAME_OF(stages, f->stage))
		json_object_set_new(o, "stage", json_string(stages[f->stage]));
	set_reply(o, &f->reply);
	if (f->next)
		json_object_set_new(o, "next", json_time(f->next));
	if (f->transcript_length)
		json_object_set_new(o, "transcript",
			json_pack("{s:i, s:I, s:I, s:I}", "courier", (int)f->courier, "day",
				(json_int_t)f->transcript_day, "offset",
				(json_int_t)f->transcript_offset, "length",
				(json_int_t)f->transcript_length));
	return o;
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

struct told {
	enum fact_kind state;
	struct fact last; /* the last attempt, or the last fact */
	struct verdict why;
};

static const struct words *
words_of(const struct told *t)
{
	return t->state == FACT_QUARANTINED && t->last.reply.code == 451 ? &poison
	                                                                 : &words[t->state];
}

static json_t *
sentence(const struct ledger_row *row, const struct told *t, bool french)
{
	const struct words *w = words_of(t);
	const char *const *parts = french ? w->fr : w->en;
	struct buf b;
	json_t *j;

	buf_init(&b, SENTENCE_MAX);
	if (t->state == FACT_DELIVERED) {
		put_delivered(&b, row, &t->last, french);
	} else {
		buf_put_z(&b, parts[0]);
		buf_put(&b, row->recipient);
		put_cause(&b, parts[1], french ? t->why.fr : t->why.en);
	}
	j = json_of(buf_str(&b));
	buf_done(&b);
	return j;
}

static const char *
either(const char *a, const char *b)
{
	return a && *a ? a : b ? b : "";
}

static json_t *
verdict_json(const struct ledger_row *row, struct told *t)
{
	const struct words *w = words_of(t);
	unsigned class = t->last.class, blame = t->last.blame;

	if (t->state == FACT_DEFERRED || t->state == FACT_BOUNCED || t->state == FACT_EXPIRED) {
		t->why = bounce_judge(t->last.stage, &t->last.reply);
		class = class ? class : t->why.class;
		blame = blame ? blame : t->why.blame;
	}
	if (t->state == FACT_DELIVERED || class >= CLASSES)
		class = CLASS_NONE;
	if (t->state == FACT_DELIVERED || blame >= BLAMES)
		blame = BLAME_NONE;
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s}", "en", sentence(row, t, false), "fr",
		sentence(row, t, true), "class", bounce_class_name((enum bounce_class) class),
		"blame", blame_name((enum blame)blame), "todo_en",
		either(t->why.todo_en, w->todo_en), "todo_fr",
		either(t->why.todo_fr, w->todo_fr));
}

static void
set_accepted(json_t *story, const struct fact *f)
{
	json_object_set_new(story, "stream",
		json_string(f->stream == STREAM_BROADCAST ? "broadcast" : "transactional"));
	if (NAME_OF(vias, f->via))
		json_object_set_new(story, "via", json_string(vias[f->via]));
	set_number(story, "size", f->size);
	set_text(story, "client", f->client);
}

int
trace_json(const struct ledger_row *row, struct json_t *array)
{
	struct told t = { .state = state_of(row->last) };
	struct rd r = rd_of(row->facts);
	json_t *timeline = json_array(), *story;
	unsigned attempts = 0;
	struct fact f;
	int err = 0;

	story = json_pack("{s:I, s:I, s:o, s:I, s:o, s:o, s:o, s:s, s:o, s:o}", "id",
		(json_int_t)row->rcpt, "message_id", (json_int_t)row->message,
		"internet_message_id", json_of(row->message_id), "tenant",
		(json_int_t)row->tenant, "from", json_of(row->sender), "to",
		json_of(row->recipient), "subject", json_of(row->subject), "state",
		fact_name(t.state), "accepted", json_time(row->accepted), "updated",
		json_time(row->updated));
	while (!err && r.n) {
		err = fact_read(&r, &f);
		if (err)
			break;
		attempts += is_attempt(&f);
		if (f.kind == FACT_ACCEPTED)
			set_accepted(story, &f);
		if (is_attempt(&f) || f.kind != FACT_EXPIRED)
			t.last = f;
		json_array_append_new(timeline, event_of(&f, attempts));
	}
	json_object_set_new(story, "attempts", json_integer(attempts));
	json_object_set_new(story, "verdict", verdict_json(row, &t));
	json_object_set_new(story, "timeline", timeline);
	json_array_append_new(array, story);
	return err;
}
