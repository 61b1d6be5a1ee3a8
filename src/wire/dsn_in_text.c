#include "wire/dsn_in_priv.h"
#include "wire/dsn_in_tbl.h"

#include "wire/address.h"
#include "wire/fold.h"

#define LINES_MAX      2000u /* of a text */
#define LINE_MAX_BYTES 2000u
#define HEAD_MAX       8192u /* bytes in which phrases are looked for */

/* ---- is it a bounce, and of what kind ---- */

static bool
holds_code(struct str s)
{
	struct dsn_in_codes c = dsn_in_codes(s);

	return c.code || c.dsn.class;
}

static struct str
subject(struct arena *a, const struct dsn_in_words *w)
{
	struct str v = mime_in_field(w->head, "Subject"), s;

	s = v.p ? str_trim(fold(a, mime_in_line(a, v, 500), 500)) : STR_NONE;
	if (str_starts(s, STR_LIT("***spam***")))
		s = str_from(s, 10);
	return str_trim(s);
}

static bool
from_daemon(struct arena *a, const struct dsn_in_words *w)
{
	static const char *const locals[] = { DSN_IN_DAEMONS, NULL };
	static const char *const names[] = { "mailer-daemon", "mail delivery s", NULL };
	struct str v = mime_in_field(w->head, "From"), line, address;

	line = v.p ? fold(a, mime_in_line(a, v, 500), 500) : STR_NONE;
	address = fold(a, w->own[0].n > 0 ? w->own[0] : line, 500);
	while (address.n > 0 && strchr(" <\"'", address.p[0]))
		address = str_from(address, 1);
	if (str_ends(line, STR_LIT("<>"))) /* no mailbox of a person */
		return true;
	return fold_starts(address, locals) || fold_holds(line, names);
}

unsigned
dsn_in_score(struct arena *a, const struct dsn_in_words *w, bool null_sender)
{
	static const char *const subjects[] = { DSN_IN_SUBJECTS, NULL };
	static const char *const openings[] = { DSN_IN_OPENINGS, NULL };
	struct str type = mime_in_field(w->head, "Content-Type");
	static const char *const words[] = { DSN_IN_SUBJECT_WORDS, NULL };
	struct str human = str_head(w->human, HEAD_MAX), about = subject(a, w);
	struct str first = fold(a, human, HEAD_MAX);
	unsigned score = null_sender ? 1 : 0;

	score += from_daemon(a, w) ? 2 : 0;
	if (fold_starts(about, subjects))
		score += 2;
	else if (null_sender && fold_holds(about, words))
		score += 1;
	score += fold_holds(first, openings) ? 2 : 0;
	score += mime_in_field(w->head, "X-Failed-Recipients").p ? 3 : 0;
	/* A code, or "<a@b>:" as qmail's heirs write it in any language. */
	if (holds_code(human) || str_find_str(human, STR_LIT(">:\r\n")) < human.n)
		score += 1;
	if (type.p &&
		fold_holds(fold(a, type, 500), (const char *[]){ "delivery-status", NULL }))
		score += 2;
	return score;
}

enum dsn_action
dsn_in_action(struct arena *a, const struct dsn_in_words *w)
{
	static const char *const delayed[] = { DSN_IN_DELAYED, NULL };
	static const char *const final[] = { DSN_IN_FINAL, NULL };
	static const char *const delivered[] = { DSN_IN_DELIVERED, NULL };
	static const char *const relayed[] = { DSN_IN_RELAYED, NULL };
	struct str s = subject(a, w), text = fold(a, w->human, HEAD_MAX);

	if (fold_holds(text, relayed) || str_starts(s, STR_LIT("relayed:")))
		return DSN_RELAYED;
	if (fold_holds(s, delivered) || fold_holds(text, delivered) ||
		str_starts(s, STR_LIT("delivered:")))
		return DSN_DELIVERED;
	if (fold_holds(s, delayed) || (fold_holds(text, delayed) && !fold_holds(text, final)))
		return DSN_DELAYED;
	return DSN_FAILED;
}

/* ---- addresses in a line ---- */

static bool
is_local(char c)
{
	return ascii_alnum(c) || (c & 0x80) || (c && strchr("!#$%&'*+/=?^_`{|}~.-", c));
}

static bool
is_host(char c)
{
	return ascii_alnum(c) || (c & 0x80) || c == '.' || c == '-';
}

struct spot {
	struct str address;
	size_t from, to; /* in the line */
};

/* The first mailbox at or behind `at`. */
static bool
find_address(struct str line, size_t at, struct spot *ret_s)
{
	for (size_t i; (i = at + str_find(str_from(line, at), '@')) < line.n; at = i + 1) {
		size_t from = i, to = i + 1;
		struct address x;
		struct str s;

		while (from > at && is_local(line.p[from - 1]))
			from--;
		while (from < i && strchr("'*=./", line.p[from]))
			from++;
		if (str_istarts(str_head(str_from(line, from), i - from), STR_LIT("smtp=")))
			from += 5; /* X.400 in Exchange's words */
		while (to < line.n && is_host(line.p[to]))
			to++;
		while (to > i && (line.p[to - 1] == '.' || line.p[to - 1] == '-'))
			to--;
		s = str_of(line.p + from, to - from);
		if (address_mailbox(s, ADDRESS_UTF8_OK, &x) < 0 ||
			str_find(x.domain, '.') == x.domain.n)
			continue;
		*ret_s = (struct spot){ s, from, to };
		return true;
	}
	return false;
}

/* Does what stands in front of the address say that it is somebody else's? */
static bool
of_another(struct arena *a, struct str before)
{
	static const char *const others[] = { DSN_IN_OTHERS, NULL };
	struct str s = fold(a, before.n > 40 ? str_from(before, before.n - 40) : before, 40);

	while (s.n > 0 && strchr(" <('\"", s.p[s.n - 1]))
		s.n--;
	if (str_ends(s, STR_LIT("generated from")))
		return false;
	for (size_t i = 0; others[i]; i++) {
		struct str w = str_z(others[i]);

		if (str_ends(s, w) && (s.n == w.n || !ascii_alnum(s.p[s.n - w.n - 1])))
			return true;
	}
	return false;
}

static bool
is_own(const struct dsn_in_words *w, struct str address)
{
	struct str local = str_head(address, str_find(address, '@'));

	for (size_t i = 0; i < sizeof w->own / sizeof *w->own; i++)
		if (w->own[i].n > 0 && str_ieq(address, w->own[i]))
			return true;
	return str_ieq_z(local, "postmaster") || str_ieq_z(local, "mailer-daemon") ||
	       str_ieq_z(local, "abuse");
}

/* ---- reading ---- */

struct reader {
	struct arena *a;
	const struct dsn_in_words *w;
	struct dsn_in *d;
	size_t open;                /* recipients from here on have no diagnostic yet */
	char text[DSN_IN_TEXT_MAX]; /* the diagnostic at hand */
	size_t n;
	bool ended;       /* an empty line came behind it */
	bool has_code;    /* there is a code in it */
	bool done;        /* the rest is what came back */
	struct str early; /* a line with a code before any recipient */
};

static void
add_text(struct reader *r, struct str s)
{
	size_t room = sizeof r->text - r->n;

	if (r->n > 0 && room > 0) {
		r->text[r->n++] = ' ';
		room--;
	}
	s = str_head(s, room);
	memcpy(r->text + r->n, s.p, s.n);
	r->n += s.n;
}

/* The diagnostic at hand is that of all recipients named since the one before. */
static void
give(struct reader *r)
{
	struct str s = mime_in_line(r->a, str_of(r->text, r->n), DSN_IN_TEXT_MAX);

	for (; r->open < r->d->n && r->n > 0; r->open++) {
		r->d->recipients[r->open].diagnostic = s;
		dsn_in_reply(r->a, s, &r->d->recipients[r->open].reply);
	}
	r->n = 0;
	r->ended = r->has_code = false;
}

/* The number of the recipient with this address; d->n = there is none yet. */
static size_t
known(const struct reader *r, struct str address)
{
	size_t i = 0;

	while (i < r->d->n && !str_ieq(r->d->recipients[i].address, address))
		i++;
	return i;
}

enum shape { SHAPE_NONE, SHAPE_ALONE, SHAPE_SENTENCE };

/* A line that is an address, with or without a name, or that has one in a sentence. */
static enum shape
shape(struct arena *a, struct str line, const struct spot *s)
{
	static const char *const labels[] = { "to:", "recipient",
		"address:", "rcpt to:", "email:", ">>> rcpt to:", "e-mail:", "final-recipient:",
		"original-recipient:", "destinataire", "adresse", "a :", "empfanger",
		"an:", "failed:", "<",
		"user:", "unknown user:", "unknown address:", "utilisateur", NULL };
	static const char *const about[] = { DSN_IN_ABOUT, NULL };
	struct str before = str_head(line, s->from), behind = str_from(line, s->to), folded;
	size_t n = 0;

	while (n < before.n && strchr(" \t<(\"'*>-[", before.p[n]))
		n++;
	if (n == before.n && (behind.n == 0 || strchr(">:)\"'*,;]< \t(.", behind.p[0])))
		return SHAPE_ALONE;
	folded = fold(a, line, 500);
	if (fold_starts(str_trim(folded), labels))
		return SHAPE_ALONE;
	if (fold_holds(folded, about) || holds_code(line))
		return SHAPE_SENTENCE;
	return SHAPE_NONE;
}

/* The address of a line that may be a recipient's. */
static bool
find_recipient(struct reader *r, struct str line, struct spot *ret_s)
{
	for (size_t at = 0; find_address(line, at, ret_s); at = ret_s->to)
		if (!is_own(r->w, ret_s->address) &&
			!of_another(r->a, str_head(line, ret_s->from)))
			return true;
	return false;
}

/* What a line says behind the recipient it names, or all of a sentence. */
static void
begin_text(struct reader *r, struct str rest)
{
	while (rest.n > 0 && strchr(">:)\"',;] \t*.", rest.p[0]))
		rest = str_from(rest, 1);
	r->n = 0;
	r->ended = r->has_code = false;
	if (rest.n > 0 && !str_istarts(rest, STR_LIT("<mailto:"))) {
		add_text(r, rest);
		r->has_code = holds_code(rest);
	}
}

/* Takes the recipient a line names; false: it names none, or one whose reason is known. */
static bool
take_recipient(struct reader *r, struct str line)
{
	struct spot s;
	enum shape kind;
	size_t i;

	if (!find_recipient(r, line, &s))
		return false;
	kind = shape(r->a, line, &s);
	i = known(r, s.address);
	if (i < r->d->n) {
		/* Named again on a line of its own: the reason follows here, if it did not yet.
		 */
		if (i < r->open || kind != SHAPE_ALONE || r->has_code || !r->ended)
			return false;
		begin_text(r, str_from(line, s.to));
		return true;
	}
	/* Sentences are only asked for the first recipient: later ones give advice. */
	if (kind == SHAPE_NONE || (kind == SHAPE_SENTENCE && r->d->n > 0))
		return false;
	if (r->n > 0)
		give(r);
	if (dsn_in_add(r->d, mime_in_line(r->a, s.address, ADDRESS_MAX)))
		begin_text(r, kind == SHAPE_SENTENCE ? line : str_from(line, s.to));
	return true;
}

/* Lines about what comes: true when it was one. */
static bool
take_mark(struct reader *r, struct str s)
{
	static const char *const restarts[] = { DSN_IN_RESTARTS, NULL };
	static const char *const ends[] = { DSN_IN_ENDS, NULL };
	struct str folded;

	if (str_starts(s, STR_LIT("---")) || str_starts(s, STR_LIT("==="))) {
		r->done = fold_holds(fold(r->a, s, 100), ends);
		return true;
	}
	folded = r->d->n > 0 ? fold(r->a, s, 100) : STR_NONE;
	if (fold_holds(folded, restarts)) {
		r->d->n = r->open = r->n = 0;
		r->ended = r->has_code = false;
	}
	return false;
}

static void
take_line(struct reader *r, struct str line)
{
	struct str s = str_trim(line);
	bool code;

	if (s.n == 0) {
		r->ended = r->n > 0;
		return;
	}
	if (take_mark(r, s) || take_recipient(r, s))
		return;
	code = holds_code(s);
	if (r->d->n == 0) {
		if (code && r->early.n == 0)
			r->early = mime_in_line(r->a, s, DSN_IN_TEXT_MAX);
		return;
	}
	/* A later paragraph only counts when it has the code that the first one lacks, or when
	 * the first one leads up to it ("because:"). */
	if (r->ended && (r->has_code || (!code && r->text[r->n - 1] != ':')))
		return;
	if (r->ended)
		r->n = 0;
	r->ended = false;
	add_text(r, s);
	r->has_code |= code;
}

/* Exim and Gmail name whom they could not reach in a field; most are in the text, too. */
static void
take_failed_field(struct reader *r)
{
	struct str v = mime_in_field(r->w->head, "X-Failed-Recipients"), rest;

	rest = v.p ? mime_in_line(r->a, v, 4000) : (struct str){ NULL, 0 };
	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));
		struct address x;

		if (address_mailbox(one, ADDRESS_UTF8_OK, &x) == 0)
			(void)dsn_in_add(r->d, one);
	}
}

void
dsn_in_words(struct arena *a, const struct dsn_in_words *w, struct dsn_in *d)
{
	struct str rest = str_head(w->human, DSN_IN_HUMAN_MAX), line;
	struct reader *r = arena_alloc(a, sizeof *r);

	if (!r)
		return;
	r->a = a;
	r->w = w;
	r->d = d;
	r->early = STR_NONE;
	for (unsigned i = 0; i < LINES_MAX && !r->done && mime_in_next(&rest, &line); i++)
		take_line(r, str_head(line, LINE_MAX_BYTES));
	give(r);
	take_failed_field(r);
	if (d->n == 0 && r->early.n > 0)
		(void)dsn_in_add(d, STR_NONE);
	for (; r->open < d->n && r->early.n > 0; r->open++) {
		d->recipients[r->open].diagnostic = r->early;
		dsn_in_reply(a, r->early, &d->recipients[r->open].reply);
	}
}
