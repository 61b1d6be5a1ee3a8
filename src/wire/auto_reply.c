#include "wire/auto_reply.h"

#include "wire/fold.h"
#include "wire/header.h"

#define VALUE_MAX 500u
#define HUMAN_MAX 4096u
#define HEAD_MAX  65536u

/* Folded (wire/fold); subjects begin with these. */
static const char *const absence_subjects[] = { "out of office", "out of the office",
	"out-of-office", "automatic reply", "auto-reply", "autoreply", "auto reply",
	"automatic response", "auto response", "auto-response", "autoresponse",
	"auto:", "away from my mail", "away from the office", "i am away", "i'm away",
	"i am out of", "je suis absent", "message d'absence", "absence du bureau",
	"absent du bureau", "reponse automatique", "reponse auto", "hors du bureau",
	"abwesenheitsnotiz", "abwesenheitsnachricht", "abwesenheitsmeldung",
	"automatische antwort", "nicht im buro", "ausser haus", "autoantwort",
	"fuera de la oficina", "fuera de oficina", "respuesta automatica",
	"risposta automatica", "fuori sede", "fuori ufficio", "automatisch antwoord",
	"automatiskt svar", "automatisk svar", "autosvar", "resposta automatica",
	"fora do escritorio", "automatyczna", "[automatyczna", "automaattinen vastaus",
	"\xe8\x87\xaa\xe5\x8b\x95\xe5\xbf\x9c\xe7\xad\x94" /* ja: automatic answer */,
	"\xe8\x87\xaa\xe5\x8a\xa8\xe5\x9b\x9e\xe5\xa4\x8d" /* zh: automatic answer */,
	/* ru, as it is usually written: automatic answer */
	"\xd0\x90\xd0\xb2\xd1\x82\xd0\xbe\xd0\xbc\xd0\xb0\xd1\x82\xd0\xb8\xd1\x87\xd0\xb5"
	"\xd1\x81\xd0\xba\xd0\xb8\xd0\xb9 \xd0\xbe\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82",
	NULL };

/* The same where a field says that it is automatic, or as all of the subject or before a colon:
 * people and newsletters begin with them, too. */
static const char *const absence_hints[] = { "vacation", "on vacation", "on leave",
	"annual leave", "away", "absence", "absent", "en conge", "conges", "en vacances",
	"abwesenheit", "abwesend", "im urlaub", "urlaub", "ausente", "de vacaciones", "assente",
	"in ferie", "afwezig", "niet aanwezig", "franvaro", "fravaer", "poissa", "ferias",
	"\xe4\xb8\x8d\xe5\x9c\xa8" /* ja: absent */, NULL };

static const char *const answer_subjects[] = { "ticket received", "we have received your",
	"we received your", "your message has been received", "thank you for contacting",
	"thank you for your email", "thank you for your e-mail", "thank you for your message",
	"acknowledgement", "accuse de reception", "nous avons bien recu",
	"votre message a bien ete recu", "votre demande a bien ete", "merci pour votre message",
	"eingangsbestatigung", "empfangsbestatigung", "vielen dank fur ihre", "acuse de recibo",
	"hemos recibido", "conferma di ricezione", "ontvangstbevestiging", NULL };

static const char *const challenge_subjects[] = { "please confirm your message",
	"please verify your email", "confirm your email to", "verification required",
	"verify your message", "your message is awaiting", "your message requires",
	"challenge:", "[challenge]", "sender verification", "action required to deliver",
	"mailinblack", "authentifiez", "authentification requise", "confirmez l'envoi",
	"confirmez votre", "demande d'authentification", "merci de vous authentifier",
	"bitte bestatigen sie ihre nachricht", NULL };

static const char *const challenge_words[] = { "mailinblack", "spamarrest.com", "boxbe.com",
	"prove that you are human", "prove you are human", "confirm that you are a human",
	"antispam challenge", "challenge-response", "challenge/response",
	"before your message is delivered", "before your email is delivered",
	"to complete the delivery of your", "release your message",
	"added to the approved senders", "cliquez pour vous authentifier", "vous authentifier",
	"afin que votre message soit remis", "afin que votre message me parvienne",
	"protected by bluebottle", NULL };

static const char *const absence_words[] = { "out of the office", "out of office",
	"on vacation", "on leave", "away until", "i am away", "i'm away", "back in the office",
	"annual leave", "parental leave", "maternity leave", "limited access to email",
	"limited access to my", "will return on", "absent", "absente", "en conge",
	"de retour le", "mon retour", "en vacances", "en deplacement", "nicht im buro",
	"abwesend", "im urlaub", "ab dem", "fuera de la oficina", "de vacaciones",
	"fuori ufficio", "in ferie", "afwezig", "op vakantie", NULL };

const char *
auto_reply_name(enum auto_reply k)
{
	static const char *const names[] = { "none", "absence", "answer", "challenge",
		"receipt" };

	return (unsigned)k <= AUTO_RECEIPT ? names[k] : "none";
}

/* ---- fields ---- */

enum evidence {
	SAYS_NOTHING,
	SAYS_BULK,  /* not from a person, but not an answer either */
	SAYS_AUTO,  /* automatic; bounces say that, too */
	SAYS_ANSWER /* an answer of a mailbox */
};

/* A field and the start of its value (folded; NULL: any but "no"). */
static const struct {
	const char *name, *value;
	enum evidence says;
} fields[] = {
	{ "Auto-Submitted", "auto-replied", SAYS_AUTO },
	{ "Auto-Submitted", "auto-generated", SAYS_AUTO },
	{ "Auto-Submitted", NULL, SAYS_AUTO },
	{ "X-Autoreply", NULL, SAYS_ANSWER },
	{ "X-AutoReply-From", NULL, SAYS_ANSWER },
	{ "X-Auto-Reply-From", NULL, SAYS_ANSWER },
	{ "X-Mail-Autoreply", NULL, SAYS_ANSWER },
	{ "X-Autorespond", NULL, SAYS_ANSWER },
	{ "X-Autoresponder", NULL, SAYS_ANSWER },
	{ "X-Autogenerated", "reply", SAYS_ANSWER },
	{ "X-Auto-Respond", NULL, SAYS_ANSWER },
	{ "X-Amazon-Auto-Reply", NULL, SAYS_ANSWER },
	{ "X-Vacation", NULL, SAYS_ANSWER },
	{ "X-MS-Exchange-Inbox-Rules-Loop", NULL, SAYS_ANSWER },
	{ "X-MS-Exchange-Generated-Message-Source", "mailbox rules", SAYS_ANSWER },
	{ "X-POST-MessageClass", "9; autoresponder", SAYS_ANSWER },
	{ "Delivered-To", "autoresponder", SAYS_ANSWER },
	{ "Precedence", "auto_reply", SAYS_ANSWER },
	{ "Precedence", "auto-reply", SAYS_ANSWER },
	{ "Preference", "auto_reply", SAYS_ANSWER },
	{ "Precedence", "bulk", SAYS_BULK },
	{ "Precedence", "junk", SAYS_BULK },
	{ "X-Auto-Response-Suppress", NULL, SAYS_BULK },
	{ "X-FC-MachineGenerated", NULL, SAYS_BULK },
	{ "Feedback-ID", NULL, SAYS_BULK },
	{ "X-Mailer", "vacation", SAYS_ANSWER },
	{ "X-Delivery-Agent", "tmda", SAYS_BULK },
	{ "X-Bluebottle-Request", NULL, SAYS_BULK },
};

static enum evidence
field_says(struct arena *a, const struct header_field *h)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct str v;

		if (!str_ieq_z(h->name, fields[i].name))
			continue;
		v = str_trim(fold(a, mime_in_line(a, h->value, VALUE_MAX), VALUE_MAX));
		if (fields[i].value ? str_starts(v, str_z(fields[i].value))
				    : v.n > 0 && !str_starts(v, STR_LIT("no")))
			return fields[i].says;
	}
	return SAYS_NOTHING;
}

static enum evidence
head_says(struct arena *a, struct str head)
{
	enum evidence most = SAYS_NOTHING, one;
	struct header_field h;
	int got;

	while ((got = header_next(&head, &h)) != 0) {
		one = got > 0 ? field_says(a, &h) : SAYS_NOTHING;
		most = one > most ? one : most;
	}
	return most;
}

/* ---- subject and words ---- */

/* The subject folded, without the prefixes people and servers put before it. */
static struct str
subject_of(struct arena *a, struct str head)
{
	static const char *const prefixes[] = { "re:", "aw:", "fw:", "fwd:", "tr:", "rep:",
		"sv:", "antw:", "[auto]", "[spam]", "*** spam ***", "***spam***", NULL };
	struct str v = mime_in_field(head, "Subject"), s;
	const char *p;

	s = v.p ? str_trim(fold(a, mime_in_line(a, v, VALUE_MAX), VALUE_MAX)) : STR_NONE;
	while ((p = fold_starts(s, prefixes)))
		s = str_trim(str_from(s, strlen(p)));
	return s;
}

static bool
hints_at_absence(struct str subject, enum evidence says)
{
	const char *hint = fold_starts(subject, absence_hints);
	struct str rest = str_from(subject, hint ? strlen(hint) : 0);

	if (!hint)
		return false;
	return says >= SAYS_AUTO || rest.n == 0 || str_starts(str_trim(rest), STR_LIT(":"));
}

/* Sieve's reject (RFC 5429 2.1) sends what looks like a receipt of a deleted message. */
static bool
is_rejection(struct arena *a, const struct mime_in_part *p, struct str words)
{
	static const char *const deleted[] = { "automatic-action", NULL };
	static const char *const rejected[] = { "reject", "rejete", "refuse", NULL };
	struct str text = fold(a, mime_in_text(a, p, HUMAN_MAX), HUMAN_MAX);

	return fold_holds(text, deleted) && str_find_str(text, STR_LIT("; deleted")) < text.n &&
	       fold_holds(words, rejected);
}

static bool
is_receipt(struct arena *a, const struct mime_in *m, struct str words)
{
	for (size_t i = 0; i < m->n; i++)
		if (mime_in_is(&m->parts[i], "message/disposition-notification"))
			return !is_rejection(a, &m->parts[i], words);
	return str_ieq_z(
		mime_in_param(a, &m->parts[0], "report-type"), "disposition-notification");
}

enum auto_reply
auto_reply_read(struct arena *a, const struct mime_in *m, struct str human, bool *ret_sure)
{
	struct str head = m->parts[0].head, subject = subject_of(a, head);
	struct str words = fold(a, human, HUMAN_MAX);
	enum evidence says = head_says(a, str_head(head, HEAD_MAX));

	*ret_sure = true;
	if (is_receipt(a, m, words))
		return AUTO_RECEIPT;
	if (fold_starts(subject, challenge_subjects) &&
		(says > SAYS_NOTHING || fold_holds(words, challenge_words)))
		return AUTO_CHALLENGE;
	if (fold_starts(subject, absence_subjects) || hints_at_absence(subject, says))
		return AUTO_ABSENCE;
	*ret_sure = says == SAYS_ANSWER;
	if (says == SAYS_NOTHING)
		return AUTO_NONE;
	if (fold_holds(words, challenge_words))
		return AUTO_CHALLENGE;
	if (says >= SAYS_AUTO && fold_holds(words, absence_words))
		return AUTO_ABSENCE;
	if (says >= SAYS_AUTO || fold_starts(subject, answer_subjects))
		return AUTO_ANSWER;
	return AUTO_NONE;
}
