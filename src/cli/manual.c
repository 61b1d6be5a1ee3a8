#include "cli/manual.h"

#include "cli/cli.h"
#include "cli/form.h"
#include "wire/config_key.h"

#include <errno.h>

/* A page in the making. */
struct page {
	struct buf *b;
	bool french;
};

/* The page's language: T(p, "yes", "oui"). */
#define T(p, en, fr) ((p)->french ? (fr) : (en))

const char *const manual_pages[] = { "facteur", "facteur.yaml", "sendmail", NULL };

/* ---- roff(7) */

/* Does French keep s[i], a space, from being broken? That before a double sign, and those
 * inside of its quotation marks. */
static bool
is_bound(struct str s, size_t i)
{
	struct str before = str_head(s, i), behind = str_from(s, i + 1);

	return str_ends(before, STR_LIT("«")) || str_starts(behind, STR_LIT("»")) ||
	       (behind.n > 0 && memchr(":;?!", behind.p[0], 4) &&
		       (behind.n == 1 || behind.p[1] == ' '));
}

/* Text of a line: what roff would take for its own is masked; a dash is the one that can be
 * typed where it begins an option, and everywhere in what is typed. */
static void
put_roff(struct buf *b, struct str s, bool typed)
{
	bool option = false;

	for (size_t i = 0; i < s.n; i++) {
		bool begins = i == 0 || memchr(" [|(", s.p[i - 1], 4);

		if (begins)
			option = s.p[i] == '-';
		switch (s.p[i]) {
		case ' ':
			buf_put_z(b, !typed && is_bound(s, i) ? "\\~" : " ");
			break;
		case '\\':
			buf_put_z(b, "\\e");
			break;
		case '-':
			buf_put_z(b, typed || option ? "\\-" : "-");
			break;
		case '\'':
			buf_put_z(b, "\\(aq");
			break;
		case '`':
			buf_put_z(b, "\\(ga");
			break;
		case '~':
			buf_put_z(b, "\\(ti");
			break;
		case '^':
			buf_put_z(b, "\\(ha");
			break;
		default:
			if (i == 0 && s.p[i] == '.')
				buf_put_z(b, "\\&");
			buf_put_c(b, s.p[i]);
		}
	}
}

static void
put_text(struct buf *b, const char *text)
{
	put_roff(b, str_z(text), false);
	buf_put_c(b, '\n');
}

/* No date: the version says which text it is, and the same sources make the same page. */
static void
put_head(struct page *p, const char *name, int section, const char *what)
{
	struct buf *b = p->b;

	buf_printf(b, ".TH \"%s\" \"%d\" \"\" \"facteur " FACTEUR_VERSION "\" \"Facteur\"\n",
		name, section);
	/* Forms are typed as they stand: no hyphens, no stretched lines. */
	buf_put_z(b, ".nh\n.ad l\n.SH ");
	buf_put_z(b, T(p, "NAME\n", "NOM\n"));
	put_roff(b, str_z(what), true);
	buf_put_c(b, '\n');
}

/* ---- facteur(1) */

static void
put_command(struct page *p, const struct form_command *c)
{
	struct str rest = str_z(c->forms);
	struct buf *b = p->b;
	struct form f;

	buf_printf(b, ".SS %s\n", c->word);
	for (const char *before = ""; form_next(&rest, &f); before = ".br\n") {
		buf_printf(b, "%s\\fBfacteur %s\\fR%s", before, c->word, f.line.n ? " " : "");
		put_roff(b, f.line, true);
		buf_put_c(b, '\n');
	}
	buf_put_z(b, ".PP\n");
	put_text(b, T(p, c->what, c->what_fr));
}

struct row {
	const char *word, *what, *what_fr;
};

static const struct row globals[] = {
#define CLI_GLOBAL(word, what, what_fr) { word, what, what_fr },
#include "cli/cli_global_tbl.h"
#undef CLI_GLOBAL
}, codes[] = {
	{ "0", "done", "fait" },
	{ "64", "wrong use; the message names the likely right word",
		"mauvais usage ; le message dit le mot sans doute voulu" },
	{ "65", "nothing is known of what was named, or a part of the data was refused",
		"rien n'est connu de ce qui est nommé, ou une partie des données est refusée" },
	{ "66", "the configuration file cannot be read",
		"le fichier de configuration ne peut être lu" },
	{ "69", "the service is not running", "le service est arrêté" },
	{ "70", "a defect", "un défaut du programme" },
	{ "73", "it is there already, or cannot be made", "existe déjà, ou ne peut être créé" },
	{ "75", "not now: try again", "pas maintenant : réessayez" },
	{ "77", "you may not do this", "vous n'en avez pas le droit" },
	{ "78", "the configuration is wrong", "la configuration est fausse" },
}, files[] = {
	{ CLI_CONFIG_DEFAULT, "the configuration, see facteur.yaml(5)",
		"la configuration, voir facteur.yaml(5)" },
	{ "/var/lib/facteur",
		"all that the service writes: mail, journal, accounts, master.key; back it up",
		"tout ce que le service écrit : courrier, journal, comptes, master.key ; à "
		"sauvegarder" },
};

#define PUT_ALL(p, rows) put_rows(p, rows, sizeof(rows) / sizeof *(rows))

static void
put_rows(struct page *p, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_put_z(p->b, ".TP\n.B ");
		put_roff(p->b, str_z(rows[i].word), true);
		buf_put_c(p->b, '\n');
		put_text(p->b, T(p, rows[i].what, rows[i].what_fr));
	}
}

static void
put_end(struct page *p, const char *seen)
{
	buf_put_z(p->b, T(p, ".SH \"SEE ALSO\"\n", ".SH \"VOIR AUSSI\"\n"));
	buf_put_z(p->b, seen);
}

static void
command_page(struct page *p)
{
	struct buf *b = p->b;

	put_head(p, "FACTEUR", 1,
		T(p, "facteur - e-mail sending platform",
			"facteur - plateforme d'envoi de mail"));
	buf_put_z(b, ".SH SYNOPSIS\n.B facteur\n");
	buf_put_z(b, T(p, "[\\fIoption\\fR]... \\fIcommand\\fR [\\fIargument\\fR]...\n",
			     "[\\fIoption\\fR]... \\fIcommande\\fR [\\fIargument\\fR]...\n"));
	buf_put_z(b, ".SH DESCRIPTION\n");
	put_text(b,
		T(p,
			"Facteur accepts mail by SMTP and HTTP, keeps it, signs and delivers "
			"it, and tells what became of it. facteur setup makes an installation "
			"ready to start, facteur doctor says what is still missing, facteur "
			"demo shows all of it on a machine without either.",
			"Facteur prend le courrier par SMTP et HTTP, le garde, le signe, le "
			"remet, et dit ce qu'il est devenu. facteur setup prépare une "
			"installation, facteur doctor dit ce qui manque encore, facteur demo "
			"montre le tout sur une machine qui n'a ni l'une ni l'autre."));
	buf_put_z(b, T(p, ".SH COMMANDS\n", ".SH COMMANDES\n"));
	for (size_t i = 0; i < FORM_COMMANDS; i++)
		put_command(p, &form_commands[i]);
	buf_put_z(b, ".SH OPTIONS\n");
	put_text(b, T(p, "These may stand anywhere.", "Elles peuvent être placées partout."));
	PUT_ALL(p, globals);
	buf_put_z(b, T(p, ".SH \"EXIT STATUS\"\n", ".SH \"CODE DE RETOUR\"\n"));
	put_text(b, T(p, "As in sysexits(3):", "Comme dans sysexits(3) :"));
	PUT_ALL(p, codes);
	buf_put_z(b, T(p, ".SH FILES\n", ".SH FICHIERS\n"));
	PUT_ALL(p, files);
	put_end(p, ".BR facteur.yaml (5),\n.BR sendmail (1)\n");
}

/* ---- facteur.yaml(5) */

static void
put_key(struct page *p, const struct config_key *k)
{
	struct buf *b = p->b;

	buf_put_z(b, ".TP\n.B ");
	put_roff(b, str_z(k->path), true);
	buf_put_c(b, '\n');
	put_roff(b, str_z(T(p, k->what, k->what_fr)), false);
	buf_put_z(b, ".\n.br\n");
	if (k->cap && !config_value_is_entry(k->kind))
		buf_put_z(b, T(p, "A list; each: ", "Une liste\\~; chaque valeur\\~: "));
	put_roff(b, str_z(config_value_allowed(k->kind, p->french)), false);
	if (!k->def)
		buf_put_z(b, T(p, "; must be given", "\\~; obligatoire"));
	else if (*k->def) {
		buf_put_z(b, T(p, "; default: ", "\\~; par défaut\\~: "));
		put_roff(b, str_z(k->def), true);
	}
	buf_put_z(b, ".\n");
}

static struct str
section_of(const struct config_key *k)
{
	struct str s = str_z(k->path);
	size_t n = 0;

	while (n < s.n && s.p[n] != '.' && s.p[n] != '[')
		n++;
	/* A key alone is no section, but for a list of entries. */
	return n < s.n || config_value_is_entry(k->kind) ? str_head(s, n) : STR_NONE;
}

static void
put_keys(struct page *p)
{
	struct str before = STR_NONE;

	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (section_of(&config_keys[i]).n == 0)
			put_key(p, &config_keys[i]);
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		struct str now = section_of(&config_keys[i]);

		if (now.n == 0)
			continue;
		if (!str_eq(now, before))
			buf_printf(p->b, ".SS %.*s\n", STR_ARG(now));
		before = now;
		put_key(p, &config_keys[i]);
	}
}

static void
config_page(struct page *p)
{
	struct buf *b = p->b;

	put_head(p, "FACTEUR.YAML", 5,
		T(p, "facteur.yaml - configuration of facteur",
			"facteur.yaml - configuration de facteur"));
	buf_put_z(b, ".SH DESCRIPTION\n");
	put_text(b,
		T(p,
			"A file in YAML, " CLI_CONFIG_DEFAULT
			" unless --config names another. Every key has a default. facteur "
			"check-config tells mistakes by line and column; facteur check-config "
			"--explain prints all keys with their defaults, as a file to begin "
			"with.",
			"Un fichier en YAML, " CLI_CONFIG_DEFAULT
			" à moins que --config n'en nomme un autre. Chaque clé a une valeur "
			"par "
			"défaut. facteur check-config dit les fautes par ligne et colonne ; "
			"facteur check-config --explain affiche toutes les clés avec leur "
			"valeur "
			"par défaut, un fichier pour commencer."));
	buf_put_z(b, ".PP\n");
	put_text(b,
		T(p,
			"Below, a.b is the key b of the section a, and a[].b the key b of each "
			"entry of the list a. A variable of the environment overrides a key: "
			"FACTEUR_OUTBOUND__PORT is outbound.port.",
			"Ci-dessous, a.b est la clé b de la section a, et a[].b la clé b de "
			"chaque entrée de la liste a. Une variable d'environnement remplace "
			"une "
			"clé : FACTEUR_OUTBOUND__PORT est outbound.port."));
	buf_put_z(b, ".PP\n");
	put_text(b,
		T(p,
			"After a change: facteur check-config, then systemctl reload facteur. "
			"Ports, user, state and the number of processes need a restart.",
			"Après un changement : facteur check-config, puis systemctl reload "
			"facteur. Les ports, user, state et le nombre de processus demandent "
			"un "
			"redémarrage."));
	buf_put_z(b, T(p, ".SH EXAMPLE\n", ".SH EXEMPLE\n"));
	buf_put_z(b,
		".nf\nhostname: mail.example.com\nadmin: postmaster@example.com\nsubmission:\n"
		"  starttls: [25, 587]\n  tls: [465]\n.fi\n");
	buf_put_z(b, T(p, ".SH KEYS\n.SS General\n", ".SH CLÉS\n.SS Général\n"));
	put_keys(p);
	buf_put_z(b, T(p, ".SH FILES\n", ".SH FICHIERS\n"));
	PUT_ALL(p, files);
	put_end(p, ".BR facteur (1)\n");
}

/* ---- sendmail(1), of the package facteur-mta */

static const struct row letters[] = {
	{ "-t", "recipients are taken from To, Cc and Bcc of the message",
		"les destinataires sont pris dans To, Cc et Bcc du message" },
	{ "-i", "a line with a dot alone does not end the message; -oi too",
		"une ligne d'un seul point ne termine pas le message ; de même -oi" },
	{ "-f SENDER", "the envelope sender; <> for none; -r too",
		"l'expéditeur de l'enveloppe ; <> pour aucun ; de même -r" },
	{ "-F NAME", "the name in From, when the message has no From",
		"le nom dans From, quand le message n'a pas de From" },
	{ "-N WORD,...", "when to tell the sender: never, success, failure, delay",
		"quand prévenir l'expéditeur : never, success, failure, delay" },
	{ "-R hdrs|full", "what a notice gives back of the message",
		"ce qu'un avis rend du message" },
	{ "-V ID", "the sender's own id of the envelope",
		"l'identifiant que l'expéditeur donne à l'enveloppe" },
	{ "-bs", "SMTP on standard input and output",
		"SMTP sur l'entrée et la sortie standard" },
	{ "-bp", "lists the queue, as mailq does", "affiche la file, comme mailq" },
	{ "-bv", "prints the recipients and sends nothing",
		"affiche les destinataires et n'envoie rien" },
};

static void
put_sendmail_forms(struct buf *b)
{
	for (size_t i = 0; i < FORM_COMMANDS; i++) {
		struct str rest = str_z(form_commands[i].forms);
		struct form f;

		if (!str_eq_z(str_z(form_commands[i].word), "sendmail"))
			continue;
		while (form_next(&rest, &f)) {
			buf_put_z(b, "\\fBsendmail\\fR ");
			put_roff(b, f.line, true);
			buf_put_z(b, "\n.br\n");
		}
	}
}

static void
sendmail_page(struct page *p)
{
	struct buf *b = p->b;

	put_head(p, "SENDMAIL", 1,
		T(p, "sendmail, mailq, newaliases - hand mail to facteur",
			"sendmail, mailq, newaliases - remettre du courrier à facteur"));
	buf_put_z(b, ".SH SYNOPSIS\n");
	put_sendmail_forms(b);
	buf_put_z(b, ".B mailq\n.br\n.B newaliases\n.SH DESCRIPTION\n");
	put_text(b,
		T(p,
			"sendmail reads a message from standard input and hands it to the "
			"service on this machine, which keeps it before the command returns. "
			"When the service does not run, nothing is taken and the exit status "
			"is "
			"75: the caller keeps the message.",
			"sendmail lit un message sur l'entrée standard et le remet au service "
			"de "
			"cette machine, qui l'a mis en sûreté quand la commande se termine. Si "
			"le service est arrêté, rien n'est pris et le code de retour est 75 : "
			"l'appelant garde le message."));
	buf_put_z(b, ".PP\n");
	put_text(
		b, T(p,
			   "mailq lists what waits in the queue; root and members of the group "
			   "facteur may. newaliases does nothing: there are no aliases.",
			   "mailq affiche ce qui attend dans la file ; root et les membres du "
			   "groupe "
			   "facteur en ont le droit. newaliases ne fait rien : il n'y a pas "
			   "d'alias."));
	buf_put_z(b, ".SH OPTIONS\n");
	PUT_ALL(p, letters);
	buf_put_z(b, ".PP\n");
	put_text(b, T(p, "Other options that sendmail had are taken and do nothing.",
			    "Les autres options de l'ancien sendmail sont prises et ne font "
			    "rien."));
	buf_put_z(b, T(p, ".SH \"EXIT STATUS\"\n", ".SH \"CODE DE RETOUR\"\n"));
	put_text(b,
		T(p,
			"0 taken, 64 wrong use, 65 no address or a message that cannot be "
			"sent, "
			"75 try again, 77 not allowed.",
			"0 pris, 64 mauvais usage, 65 pas d'adresse ou un message qui ne peut "
			"partir, 75 réessayer, 77 interdit."));
	put_end(p, ".BR facteur (1)\n");
}

int
manual_write(struct buf *out, int page, bool french)
{
	void (*const write[])(struct page *) = { command_page, config_page, sendmail_page };

	write[page](&(struct page){ out, french });
	return out->full ? -E2BIG : 0;
}
