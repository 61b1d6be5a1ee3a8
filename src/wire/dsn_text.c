#include "wire/dsn_text.h"

#include "base/text.h"
#include "base/utc.h"

#define COLUMNS  76
#define WORD_MAX 400 /* a longer one is cut: RFC 5322 2.1.1 allows 998 */

enum language { ENGLISH, FRENCH };

#define ACTIONS 5

static const char *const subjects[2][ACTIONS] = {
	{
		"Your message was not delivered",
		"Your message is late: we are still trying",
		"Your message was delivered",
		"Your message was handed to another system",
		"Your message was sent on to a list",
	},
	{
		"=?UTF-8?Q?Votre_message_n'a_pas_=C3=A9t=C3=A9_remis?=",
		"Votre message est en retard : nous essayons encore",
		"=?UTF-8?Q?Votre_message_a_=C3=A9t=C3=A9_remis?=",
		"=?UTF-8?Q?Votre_message_a_=C3=A9t=C3=A9_transmis_=C3=A0_un_autre_syst=C3=A8me?"
		"=",
		"=?UTF-8?Q?Votre_message_a_=C3=A9t=C3=A9_envoy=C3=A9_=C3=A0_une_liste?=",
	},
};

static const char *const leads[2][ACTIONS] = {
	{
		"Your message could not be delivered to the recipients below. It will not be "
		"tried "
		"again.",
		"Your message has not been delivered yet to the recipients below. You need not "
		"send "
		"it again: we keep trying.",
		"Your message was delivered to the recipients below.",
		"Your message was handed to the mail system of the recipients below, which "
		"does not "
		"report deliveries. You may hear no more about it.",
		"Your message was sent on to the members of the lists below.",
	},
	{
		"Votre message n'a pas pu être remis aux destinataires ci-dessous. Il ne sera "
		"plus "
		"renvoyé.",
		"Votre message n'a pas encore été remis aux destinataires ci-dessous. Inutile "
		"de "
		"l'envoyer à nouveau : nous continuons d'essayer.",
		"Votre message a été remis aux destinataires ci-dessous.",
		"Votre message a été transmis au système de courrier des destinataires "
		"ci-dessous, "
		"qui ne confirme pas les remises. Vous n'en saurez peut-être pas plus.",
		"Votre message a été envoyé aux membres des listes ci-dessous.",
	},
};

static const char *const system_words[2] = { "This is the mail system of ",
	"Ici le système de courrier de " };
static const char *const said_words[2] = { "The answer of ", "Réponse de " };
static const char *const host_words[2] = { "the remote host", "l'hôte distant" };
static const char *const until_words[2] = { "We will try again until ",
	"Nous réessaierons jusqu'au " };
static const char *const rest_words[2] = {
	"Technical details and the start of your message follow.",
	"Les détails techniques et le début de votre message suivent.",
};

const char *
dsn_text_subject(const struct dsn_report *r)
{
	enum dsn_action action = DSN_EXPANDED;

	for (size_t i = 0; i < r->n; i++)
		if (r->recipients[i].action < action)
			action = r->recipients[i].action;
	return subjects[r->french ? FRENCH : ENGLISH][action - DSN_FAILED];
}

/* A word of at most WORD_MAX bytes, whole characters. */
static struct str
next_word(struct str *rest)
{
	struct str word = str_head(*rest, str_find(*rest, ' '));

	if (word.n > WORD_MAX) {
		word.n = WORD_MAX;
		while (word.n > 1 && ((uint8_t)word.p[word.n] & 0xc0) == 0x80)
			word.n--;
	}
	*rest = str_from(*rest, word.n);
	while (rest->n && rest->p[0] == ' ')
		*rest = str_from(*rest, 1);
	return word;
}

/* Words over lines, each behind the indent. The text must be safe already. */
static void
put_words(struct buf *b, const char *indent, struct str text)
{
	size_t column = 0;

	text = str_trim(text);
	while (text.n) {
		struct str word = next_word(&text);

		if (column && column + 1 + word.n > COLUMNS) {
			(void)buf_put(b, STR_LIT("\r\n"));
			column = 0;
		}
		(void)buf_put_z(b, column ? " " : indent);
		(void)buf_put(b, word);
		column += (column ? 1 : strlen(indent)) + word.n;
	}
	if (column)
		(void)buf_put(b, STR_LIT("\r\n"));
}

static void
put_foreign(struct buf *b, const char *indent, struct str text)
{
	struct buf safe;

	buf_init(&safe, 16u << 10);
	(void)text_safe(&safe, str_head(text, REPLY_TEXT_MAX));
	put_words(b, indent, buf_str(&safe));
	buf_done(&safe);
}

static void
put_said(struct buf *b, const struct dsn_recipient *to, enum language l)
{
	struct str rest = to->reply.text;
	struct buf line;

	buf_init(&line, 16u << 10);
	(void)buf_put_z(&line, said_words[l]);
	if (to->remote_mta.n)
		(void)text_safe(&line, str_head(to->remote_mta, 255));
	else
		(void)buf_put_z(&line, host_words[l]);
	(void)buf_put_z(&line, l == FRENCH ? " :" : ":");
	put_words(b, "    ", buf_str(&line));
	buf_clear(&line);
	(void)buf_printf(&line, "%u ", to->reply.code);
	if (to->reply.dsn.class)
		(void)buf_printf(&line, "%u.%u.%u ", to->reply.dsn.class, to->reply.dsn.subject,
			to->reply.dsn.detail);
	(void)text_safe(&line, str_head(str_trim_all(str_cut(&rest, '\n')), REPLY_TEXT_MAX));
	put_words(b, "      ", buf_str(&line));
	while (rest.p)
		put_foreign(b, "      ", str_trim_all(str_cut(&rest, '\n')));
	buf_done(&line);
}

static void
put_recipient(struct buf *b, const struct dsn_recipient *to, enum language l)
{
	char when[UTC_TEXT_SIZE];

	(void)buf_put(b, STR_LIT("\r\n"));
	put_foreign(b, "  ", str_head(to->address, 400));
	put_foreign(
		b, "    ", l == FRENCH && to->sentence_fr.n ? to->sentence_fr : to->sentence);
	if (to->reply.code)
		put_said(b, to, l);
	if (to->action == DSN_DELAYED && to->will_retry_until) {
		(void)buf_put(b, STR_LIT("    "));
		(void)buf_put_z(b, until_words[l]);
		(void)buf_put_z(b, utc_rfc5322(when, to->will_retry_until));
		(void)buf_put(b, STR_LIT(".\r\n"));
	}
}

static void
put_language(struct buf *b, const struct dsn_report *r, enum language l)
{
	(void)buf_put_z(b, system_words[l]);
	(void)text_safe(b, str_head(r->hostname, 255));
	(void)buf_put(b, STR_LIT(".\r\n"));
	for (unsigned action = DSN_FAILED; action <= DSN_EXPANDED; action++) {
		bool led = false;

		for (size_t i = 0; i < r->n; i++) {
			if (r->recipients[i].action != action)
				continue;
			if (!led) {
				(void)buf_put(b, STR_LIT("\r\n"));
				put_words(b, "", str_z(leads[l][action - DSN_FAILED]));
			}
			led = true;
			put_recipient(b, &r->recipients[i], l);
		}
	}
	(void)buf_put(b, STR_LIT("\r\n"));
	put_words(b, "", str_z(rest_words[l]));
}

void
dsn_text_put(struct buf *b, const struct dsn_report *r)
{
	put_language(b, r, r->french ? FRENCH : ENGLISH);
	(void)buf_put(b, STR_LIT("\r\n----\r\n\r\n"));
	put_language(b, r, r->french ? ENGLISH : FRENCH);
}
