#include "cli/manual.h"

#include "cli/cli.h"
#include "cli/form.h"
#include "wire/config_key.h"

#include <errno.h>

const char *const manual_pages[] = { "facteur", "facteur.yaml", "sendmail", NULL };

/* ---- roff(7) */

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
put_head(struct buf *b, const char *name, int section, const char *what)
{
	buf_printf(b, ".TH \"%s\" \"%d\" \"\" \"facteur " FACTEUR_VERSION "\" \"Facteur\"\n",
		name, section);
	/* Forms are typed as they stand: no hyphens, no stretched lines. */
	buf_put_z(b, ".nh\n.ad l\n.SH NAME\n");
	put_roff(b, str_z(what), true);
	buf_put_c(b, '\n');
}

/* ---- facteur(1) */

static void
put_command(struct buf *b, const struct form_command *c)
{
	struct str rest = str_z(c->forms);
	struct form f;

	buf_printf(b, ".SS %s\n", c->word);
	for (const char *before = ""; form_next(&rest, &f); before = ".br\n") {
		buf_printf(b, "%s\\fBfacteur %s\\fR%s", before, c->word, f.line.n ? " " : "");
		put_roff(b, f.line, true);
		buf_put_c(b, '\n');
	}
	buf_put_z(b, ".PP\n");
	put_text(b, c->what);
}

static const struct {
	const char *word, *what;
} globals[] = {
#define CLI_GLOBAL(word, what) { word, what },
#include "cli/cli_global_tbl.h"
#undef CLI_GLOBAL
}, codes[] = {
	{ "0", "done" },
	{ "64", "wrong use; the message names the likely right word" },
	{ "65", "nothing is known of what was named, or a part of the data was refused" },
	{ "66", "the configuration file cannot be read" },
	{ "69", "the service is not running" },
	{ "70", "a defect" },
	{ "73", "it is there already, or cannot be made" },
	{ "75", "not now: try again" },
	{ "77", "you may not do this" },
	{ "78", "the configuration is wrong" },
}, files[] = {
	{ CLI_CONFIG_DEFAULT, "the configuration, see facteur.yaml(5)" },
	{ "/var/lib/facteur", "all that the service writes: mail, journal, accounts, "
			      "master.key; back it up" },
};

#define PUT_ALL(b, rows)                                                                       \
	for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                             \
	put_row(b, (rows)[i].word, (rows)[i].what)

static void
put_row(struct buf *b, const char *word, const char *what)
{
	buf_put_z(b, ".TP\n.B ");
	put_roff(b, str_z(word), true);
	buf_put_c(b, '\n');
	put_text(b, what);
}

static void
command_page(struct buf *b)
{
	put_head(b, "FACTEUR", 1, "facteur - e-mail sending platform");
	buf_put_z(b, ".SH SYNOPSIS\n.B facteur\n[\\fIoption\\fR]... \\fIcommand\\fR "
		     "[\\fIargument\\fR]...\n.SH DESCRIPTION\n");
	put_text(b, "Facteur accepts mail by SMTP and HTTP, keeps it, signs and delivers it, "
		    "and tells what became of it. facteur setup makes an installation ready "
		    "to start, facteur doctor says what is still missing, facteur demo shows "
		    "all of it on a machine without either.");
	buf_put_z(b, ".SH COMMANDS\n");
	for (size_t i = 0; i < FORM_COMMANDS; i++)
		put_command(b, &form_commands[i]);
	buf_put_z(b, ".SH OPTIONS\n");
	put_text(b, "These may stand anywhere.");
	PUT_ALL(b, globals);
	buf_put_z(b, ".SH \"EXIT STATUS\"\n");
	put_text(b, "As in sysexits(3):");
	PUT_ALL(b, codes);
	buf_put_z(b, ".SH FILES\n");
	PUT_ALL(b, files);
	buf_put_z(b, ".SH \"SEE ALSO\"\n.BR facteur.yaml (5),\n.BR sendmail (1)\n");
}

/* ---- facteur.yaml(5) */

static void
put_key(struct buf *b, const struct config_key *k)
{
	struct str path = str_z(k->path);

	buf_put_z(b, ".TP\n.B ");
	put_roff(b, path, true);
	buf_put_c(b, '\n');
	put_roff(b, str_z(k->what), false);
	buf_put_z(b, ".\n.br\n");
	if (k->cap && !config_value_is_entry(k->kind))
		buf_put_z(b, "A list; each: ");
	put_roff(b, str_z(config_value_allowed(k->kind)), false);
	if (!k->def)
		buf_put_z(b, "; must be given");
	else if (*k->def) {
		buf_put_z(b, "; default: ");
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
config_page(struct buf *b)
{
	struct str before = STR_NONE;

	put_head(b, "FACTEUR.YAML", 5, "facteur.yaml - configuration of facteur");
	buf_put_z(b, ".SH DESCRIPTION\n");
	put_text(b, "A file in YAML, " CLI_CONFIG_DEFAULT
		    " unless --config names another. Every key has a default. facteur "
		    "check-config tells mistakes by line and column; facteur check-config "
		    "--explain prints all keys with their defaults, as a file to begin with.");
	buf_put_z(b, ".PP\n");
	put_text(b, "Below, a.b is the key b of the section a, and a[].b the key b of each "
		    "entry of the list a. A variable of the environment overrides a key: "
		    "FACTEUR_OUTBOUND__PORT is outbound.port.");
	buf_put_z(b, ".PP\n");
	put_text(b, "After a change: facteur check-config, then systemctl reload facteur. "
		    "Ports, user, state and the number of processes need a restart.");
	buf_put_z(b, ".SH EXAMPLE\n.nf\nhostname: mail.example.com\nadmin: "
		     "postmaster@example.com\nsubmission:\n  starttls: [25, 587]\n  tls: "
		     "[465]\n.fi\n.SH KEYS\n.SS General\n");
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (section_of(&config_keys[i]).n == 0)
			put_key(b, &config_keys[i]);
	for (size_t i = 0; i < CONFIG_KEYS; i++) {
		struct str now = section_of(&config_keys[i]);

		if (now.n == 0)
			continue;
		if (!str_eq(now, before))
			buf_printf(b, ".SS %.*s\n", STR_ARG(now));
		before = now;
		put_key(b, &config_keys[i]);
	}
	buf_put_z(b, ".SH FILES\n");
	PUT_ALL(b, files);
	buf_put_z(b, ".SH \"SEE ALSO\"\n.BR facteur (1)\n");
}

/* ---- sendmail(1), of the package facteur-mta */

static const struct {
	const char *word, *what;
} letters[] = {
	{ "-t", "recipients are taken from To, Cc and Bcc of the message" },
	{ "-i", "a line with a dot alone does not end the message; -oi too" },
	{ "-f SENDER", "the envelope sender; <> for none; -r too" },
	{ "-F NAME", "the name in From, when the message has no From" },
	{ "-N WORD,...", "when to tell the sender: never, success, failure, delay" },
	{ "-R hdrs|full", "what a notice gives back of the message" },
	{ "-V ID", "the sender's own id of the envelope" },
	{ "-bs", "SMTP on standard input and output" },
	{ "-bp", "lists the queue, as mailq does" },
	{ "-bv", "prints the recipients and sends nothing" },
};

static void
sendmail_page(struct buf *b)
{
	put_head(b, "SENDMAIL", 1, "sendmail, mailq, newaliases - hand mail to facteur");
	buf_put_z(b, ".SH SYNOPSIS\n");
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
	buf_put_z(b, ".B mailq\n.br\n.B newaliases\n.SH DESCRIPTION\n");
	put_text(b, "sendmail reads a message from standard input and hands it to the service "
		    "on this machine, which keeps it before the command returns. When the "
		    "service does not run, nothing is taken and the exit status is 75: the "
		    "caller keeps the message.");
	buf_put_z(b, ".PP\n");
	put_text(b, "mailq lists what waits in the queue; root and members of the group "
		    "facteur may. newaliases does nothing: there are no aliases.");
	buf_put_z(b, ".SH OPTIONS\n");
	PUT_ALL(b, letters);
	buf_put_z(b, ".PP\n");
	put_text(b, "Other options that sendmail had are taken and do nothing.");
	buf_put_z(b, ".SH \"EXIT STATUS\"\n");
	put_text(b, "0 taken, 64 wrong use, 65 no address or a message that cannot be sent, "
		    "75 try again, 77 not allowed.");
	buf_put_z(b, ".SH \"SEE ALSO\"\n.BR facteur (1)\n");
}

int
manual_write(struct buf *out, int page)
{
	void (*const write[])(struct buf *) = { command_page, config_page, sendmail_page };

	write[page](out);
	return out->full ? -E2BIG : 0;
}
