#include "role/desk_sink.h"

#include "base/text.h"
#include "content/advice.h"
#include "content/mime_texts.h"
#include "wire/header.h"

#include <stdio.h>

#define LINE_MAX    900u
#define SIGNERS_MAX 8u
#define LARGE       (10u << 20) /* what many servers take at most, 10 to 25 MB, begins here */
#define LOOK_ARENA  (16u << 20)

struct look {
	const struct desk_sink_mail *mail;
	struct arena a;
	struct str head;
	struct str from; /* domain of the From field, empty: none */
	json_t *list;
	bool french;
};

#define T(l, en, fr) ((l)->french ? (fr) : (en))

static void
item(struct look *l, const char *id, enum advice_level level, const char *seen,
	const char *const why_fix[2])
{
	json_t *text = json_string(seen);

	json_array_append_new(l->list,
		json_pack("{s:s,s:s,s:o,s:s,s:s}", "id", id, "level", advice_level_name(level),
			"seen", text ? text : json_string(""), "why", why_fix[0], "fix",
			why_fix[1]));
}

/* "a <b@c.test>" → "c.test" */
static struct str
domain_of(struct str mailbox)
{
	size_t open = str_rfind(mailbox, '<');
	struct str s = open < mailbox.n ? str_from(mailbox, open + 1) : mailbox;

	s = str_trim_all(str_head(s, str_find(s, '>')));
	return str_rfind(s, '@') < s.n ? str_from(s, str_rfind(s, '@') + 1) : STR_NONE;
}

/* Relaxed alignment without a list of suffixes: one is the other, or below it. */
static bool
aligned(struct str a, struct str b)
{
	struct str longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;
	size_t more = longer.n - shorter.n;

	if (shorter.n == 0 || str_find(shorter, '.') == shorter.n)
		return false;
	if (more == 0)
		return str_ieq(a, b);
	return longer.p[more - 1] == '.' && str_ieq(str_from(longer, more), shorter);
}

static struct str
field_line(struct look *l, const char *name)
{
	struct str value = mime_in_field(l->head, name);

	return value.p ? mime_in_line(&l->a, value, LINE_MAX) : STR_NONE;
}

/* d= of a DKIM-Signature. */
static struct str
signer(struct look *l, struct str value)
{
	struct str rest = header_unfold(&l->a, value);

	while (rest.n) {
		struct str tag = str_trim_all(str_cut(&rest, ';'));

		if (str_starts(tag, STR_LIT("d=")))
			return mime_in_line(&l->a, str_from(tag, 2), 253);
	}
	return STR_NONE;
}

static void
look_signature(struct look *l)
{
	const char *const none[2] = {
		T(l, "Large receivers refuse or filter mail without a DKIM signature.",
			"Les grands opérateurs refusent ou filtrent le courrier sans signature "
			"DKIM."),
		T(l, "Verify the sender's domain: its mail is signed then.",
			"Vérifiez le domaine de l'expéditeur : son courrier est alors "
			"signé.")
	};
	const char *const other[2] = {
		T(l, "DMARC only counts a signature of the domain that readers see.",
			"DMARC ne compte qu'une signature du domaine que le lecteur voit."),
		T(l, "Send from the domain that signs, or verify the one you send from.",
			"Envoyez depuis le domaine qui signe, ou vérifiez celui d'où vous "
			"envoyez.")
	};
	const char *const good[2] = { none[0], "" };
	struct str rest = l->head, first = STR_NONE;
	struct header_field f;
	char seen[700];
	unsigned n = 0;
	int got;

	/* A line that is no field leaves f as it was. */
	while (n < SIGNERS_MAX && (got = header_next(&rest, &f)) != 0) {
		struct str d;

		if (got < 0 || !str_ieq_z(f.name, "DKIM-Signature"))
			continue;
		d = signer(l, f.value);
		first = n++ ? first : d;
		if (!aligned(d, l->from))
			continue;
		snprintf(seen, sizeof seen,
			T(l, "Signed (DKIM) by %.*s, the domain of the sender.",
				"Signé (DKIM) par %.*s, le domaine de l'expéditeur."),
			STR_ARG(d));
		item(l, "signature", ADVICE_GOOD, seen, good);
		return;
	}
	if (n == 0) {
		item(l, "signature", ADVICE_PROBLEM,
			T(l, "There is no DKIM signature.", "Il n'y a pas de signature DKIM."),
			none);
		return;
	}
	snprintf(seen, sizeof seen,
		T(l, "Signed (DKIM) by %.*s, but sent from %.*s.",
			"Signé (DKIM) par %.*s, mais envoyé de %.*s."),
		STR_ARG(first), STR_ARG(l->from));
	item(l, "signature", ADVICE_WARNING, seen, other);
}

static void
look_path(struct look *l)
{
	const char *const words[2] = {
		T(l,
			"SPF is checked for the return path, and DMARC counts it when that is "
			"of "
			"the domain that readers see.",
			"SPF est vérifié pour l'adresse de retour, et DMARC le compte si elle "
			"est du domaine que le lecteur voit."),
		T(l,
			"Nothing, as long as DKIM passes; else choose a bounce domain below "
			"the "
			"sender's.",
			"Rien tant que DKIM passe ; sinon choisissez un domaine de retour sous "
			"celui de l'expéditeur.")
	};
	const char *const good[2] = { words[0], "" };
	struct str d = mime_in_line(&l->a, domain_of(l->mail->path), 253);
	bool fits = aligned(d, l->from);
	char seen[700];

	if (d.n == 0)
		return;
	snprintf(seen, sizeof seen,
		fits ? T(l, "What comes back goes to %.*s: aligned with the sender's %.*s.",
			       "Les retours vont à %.*s : aligné avec %.*s de l'expéditeur.")
		     : T(l,
			       "What comes back goes to %.*s: not aligned with the sender's "
			       "%.*s.",
			       "Les retours vont à %.*s : pas aligné avec %.*s de "
			       "l'expéditeur."),
		STR_ARG(d), STR_ARG(l->from));
	item(l, "return_path", fits ? ADVICE_GOOD : ADVICE_HINT, seen, fits ? good : words);
}

static void
look_unsubscribe(struct look *l)
{
	bool list = mime_in_field(l->head, "List-Unsubscribe").p != NULL;
	bool one = mime_in_field(l->head, "List-Unsubscribe-Post").p != NULL;
	const char *const words[2] = {
		T(l,
			"Gmail and Yahoo ask for it of who writes to many, and readers who "
			"find "
			"no way out press “spam”.",
			"Gmail et Yahoo le demandent à qui écrit à beaucoup, et le lecteur qui "
			"ne trouve pas la sortie clique « spam »."),
		T(l, "Send it in the stream broadcast: both fields are added.",
			"Envoyez-le par le flux broadcast : les deux champs sont ajoutés.")
	};
	const char *const good[2] = { words[0], "" };

	if (!list && !l->mail->broadcast)
		return;
	if (!list)
		item(l, "list_unsubscribe", ADVICE_PROBLEM,
			T(l, "There is no List-Unsubscribe.",
				"Il n'y a pas de List-Unsubscribe."),
			words);
	else if (!one)
		item(l, "list_unsubscribe", ADVICE_WARNING,
			T(l,
				"List-Unsubscribe is there, one click (List-Unsubscribe-Post) "
				"is "
				"not.",
				"List-Unsubscribe est là, le clic unique "
				"(List-Unsubscribe-Post) non."),
			words);
	else
		item(l, "list_unsubscribe", ADVICE_GOOD,
			T(l, "Unsubscribing takes one click.", "Se désinscrire prend un clic."),
			good);
}

static void
look_size(struct look *l)
{
	const char *const words[2] = {
		T(l, "Some servers refuse mail of 10 MB or more.",
			"Certains serveurs refusent le courrier de 10 Mo ou plus."),
		T(l, "Put large files on a server of yours, and a link to them into the mail.",
			"Mettez les gros fichiers sur un serveur à vous, et un lien dans le "
			"courrier.")
	};
	const char *const good[2] = { words[0], "" };
	bool large = l->mail->bytes >= LARGE;
	char seen[120];

	snprintf(seen, sizeof seen,
		T(l, "The message has %llu bytes.", "Le message fait %llu octets."),
		(unsigned long long)l->mail->bytes);
	item(l, "message_size", large ? ADVICE_WARNING : ADVICE_GOOD, seen,
		large ? words : good);
}

static void
look_content(struct look *l)
{
	struct str from = field_line(l, "From");
	size_t open = str_rfind(from, '<');
	struct advice_mail m = { .subject = field_line(l, "Subject"),
		.from_name = str_trim_all(str_head(from, open < from.n ? open : 0)),
		.from_address = open < from.n
		                        ? str_trim_all(str_head(str_from(from, open + 1),
						  str_find(str_from(from, open + 1), '>')))
		                        : from,
		.broadcast = l->mail->broadcast,
		.list_headers = mime_in_field(l->head, "List-Unsubscribe").p != NULL };
	enum mime_texts_why why;
	struct mime_texts texts;
	struct advice advice;
	struct arena a;
	struct buf b;
	json_t *more = NULL;

	if (mime_texts_find(&l->a, l->mail->message, true, &texts, &why) < 0 ||
		why == MIME_TEXTS_ODD)
		return;
	m.html = texts.html < SIZE_MAX ? texts.was[0] : STR_NONE;
	m.text = texts.text < SIZE_MAX ? texts.was[1] : STR_NONE;
	arena_init(&a, ADVICE_ARENA);
	buf_init(&b, ADVICE_ARENA);
	if (advice_make(&a, &m, l->french ? ADVICE_FR : ADVICE_EN, &advice) == 0 &&
		advice_json(&b, &advice) == 0)
		more = json_loadb(b.p, b.n, 0, NULL);
	if (more)
		json_array_extend(l->list, more);
	json_decref(more);
	buf_done(&b);
	arena_done(&a);
}

json_t *
desk_sink_look(const struct desk_sink_mail *m, bool french)
{
	size_t n = header_length(m->message);
	struct look l = { .mail = m,
		.head = str_head(m->message, n ? n : m->message.n),
		.list = json_array(),
		.french = french };

	arena_init(&l.a, LOOK_ARENA);
	l.from = domain_of(field_line(&l, "From"));
	look_signature(&l);
	look_path(&l);
	look_unsubscribe(&l);
	look_size(&l);
	look_content(&l);
	arena_done(&l.a);
	return l.list;
}
