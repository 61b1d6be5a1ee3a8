#include "role/desk_sink.h"

#include "base/text.h"
#include "content/advice.h"
#include "content/caught_tbl.h"
#include "content/mime_texts.h"
#include "wire/header.h"

#include <stdio.h>

#define LINE_MAX    900u
#define SEEN_MAX    1600u /* of a sentence with what was found */
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

enum check {
#define R(check, id, why_en, why_fr) CHECK_##check,
	CAUGHT_RULES(R)
#undef R
};
enum finding {
#define F(finding, check, level, seen_en, seen_fr, fix_en, fix_fr) finding,
	CAUGHT_FINDINGS(F)
#undef F
};

/* Of a check and of a finding; texts in English and French. */
static const struct {
	const char *id, *why[2];
} checks[] = {
#define R(check, id, why_en, why_fr) [CHECK_##check] = { id, { why_en, why_fr } },
	CAUGHT_RULES(R)
#undef R
};
static const struct {
	enum check check;
	enum advice_level level;
	const char *seen[2], *fix[2];
} findings[] = {
#define F(finding, check, level, seen_en, seen_fr, fix_en, fix_fr)                             \
	[finding] = { CHECK_##check, ADVICE_##level, { seen_en, seen_fr }, { fix_en, fix_fr } },
	CAUGHT_FINDINGS(F)
#undef F
};

/* one, two: what was found, for the form's %1 and %2. */
static void
say(struct look *l, enum finding f, struct str one, struct str two)
{
	struct str rest = str_z(findings[f].seen[l->french]);
	json_t *text;
	struct buf b;

	buf_init(&b, SEEN_MAX);
	while (rest.n > 0) {
		size_t n = str_find(rest, '%');

		buf_put(&b, str_head(rest, n));
		rest = str_from(rest, n);
		if (rest.n < 2)
			break;
		buf_put(&b, rest.p[1] == '1' ? one : two);
		rest = str_from(rest, 2);
	}
	text = json_stringn(b.p, b.n);
	buf_done(&b);
	json_array_append_new(
		l->list, json_pack("{s:s,s:s,s:o,s:s,s:s}", "id", checks[findings[f].check].id,
				 "level", advice_level_name(findings[f].level), "seen",
				 text ? text : json_string(""), "why",
				 checks[findings[f].check].why[l->french], "fix",
				 findings[f].fix[l->french]));
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
	struct str rest = l->head, first = STR_NONE;
	struct header_field f;
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
		say(l, SIGNATURE_FINE, d, STR_NONE);
		return;
	}
	say(l, n ? SIGNATURE_OTHER : SIGNATURE_NONE, first, l->from);
}

static void
look_path(struct look *l)
{
	struct str d = mime_in_line(&l->a, domain_of(l->mail->path), 253);

	if (d.n)
		say(l, aligned(d, l->from) ? PATH_FINE : PATH_OTHER, d, l->from);
}

static void
look_unsubscribe(struct look *l)
{
	bool list = mime_in_field(l->head, "List-Unsubscribe").p != NULL;
	bool one = mime_in_field(l->head, "List-Unsubscribe-Post").p != NULL;

	if (list || l->mail->broadcast)
		say(l, !list ? CLICK_NONE : !one ? CLICK_SLOW : CLICK_FINE, STR_NONE, STR_NONE);
}

static void
look_size(struct look *l)
{
	char n[24];

	snprintf(n, sizeof n, "%llu", (unsigned long long)l->mail->bytes);
	say(l, l->mail->bytes >= LARGE ? BYTES_MANY : BYTES_FINE, str_z(n), STR_NONE);
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
