#include "send/returned_token.h"

#include "wire/header.h"

#define RUN_MIN    40u
#define RUN_MAX    128u
#define PLACE_MAX  8u /* candidates of one place: a mail full of links has one recipient */
#define BODIES_MAX 1048576u /* bytes of decoded texts */

struct gather {
	struct arena *a;
	struct returned *r;
	size_t of_place[RETURNED_PLACES];
};

static bool
base32(char c)
{
	c = ascii_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

static bool
base64url(char c)
{
	return ascii_alnum(c) || c == '-' || c == '_';
}

static void
keep(struct gather *g, struct str s, enum returned_place place)
{
	struct returned *r = g->r;

	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->candidates[i].text, s))
			return;
	if (r->n == RETURNED_CANDIDATES || g->of_place[place] == PLACE_MAX)
		return;
	s = arena_str(g->a, s);
	if (!s.p)
		return;
	g->of_place[place]++;
	r->candidates[r->n++] = (struct returned_candidate){ s, place };
}

/* Bytes of the base32 run at s, taken when it can be a token. */
static size_t
take_run(struct gather *g, struct str s, enum returned_place place)
{
	size_t n = 0;
	bool fits = true;

	for (; n < s.n && ascii_alnum(s.p[n]); n++)
		fits = fits && base32(s.p[n]);
	if (fits && n >= RUN_MIN && n <= RUN_MAX)
		keep(g, str_head(s, n), place);
	return n;
}

/* "/c/TOKEN" at s: bytes of it, taken; 0 = it is none. */
static size_t
take_link(struct gather *g, struct str s, enum returned_place place)
{
	size_t lead = 1, n = 0;
	struct str token;

	while (lead < s.n && lead < 3 && ascii_alnum(s.p[lead]))
		lead++;
	if (lead == 1 || lead >= s.n || s.p[lead] != '/')
		return 0;
	token = str_from(s, lead + 1);
	while (n < token.n && base64url(token.p[n]))
		n++;
	if (n < RUN_MIN || n > RETURNED_TOKEN_MAX)
		return 0;
	keep(g, str_head(token, n), place);
	return lead + 1 + n;
}

static void
scan(struct gather *g, struct str s, enum returned_place place, bool links)
{
	for (size_t i = 0; i < s.n;) {
		struct str at = str_from(s, i);
		size_t n = 0;

		if (at.p[0] == '/' && links)
			n = take_link(g, at, place);
		else if (ascii_alnum(at.p[0]))
			n = take_run(g, at, place);
		i += n > 0 ? n : 1;
	}
}

/* Signatures and the notes of filters: base64 by the kilobyte, where chance looks like tokens.
 */
static bool
is_noise(struct str name)
{
	static const char *const prefixes[] = { "DKIM-", "DomainKey-", "ARC-", "X-MS-",
		"X-Microsoft-", "X-Google-", "X-Gm-", "X-Forefront-", "Authentication-" };

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (str_istarts(name, str_z(prefixes[i])))
			return true;
	return false;
}

/* Fields of a header block whose place is this one. */
static void
scan_head(struct gather *g, struct str head, enum returned_place place,
	enum returned_place (*place_of)(struct str name))
{
	struct header_field h;
	int got;

	head = str_head(head, MIME_IN_HEAD);
	while ((got = header_next(&head, &h)) != 0)
		if (got > 0 && place_of(h.name) == place && !is_noise(h.name))
			scan(g, h.value, place, true);
}

static enum returned_place
original_place(struct str name)
{
	if (str_ieq_z(name, "Return-Path") || str_ieq_z(name, "X-Original-Return-Path") ||
		str_ieq_z(name, "X-Envelope-From"))
		return RETURNED_IN_PATH;
	if (str_ieq_z(name, "Message-ID"))
		return RETURNED_IN_ID;
	return str_ieq_z(name, "Content-Type") ? RETURNED_IN_BOUNDARY : RETURNED_IN_FIELD;
}

static enum returned_place
own_place(struct str name)
{
	if (str_ieq_z(name, "In-Reply-To") || str_ieq_z(name, "References"))
		return RETURNED_IN_ID;
	return RETURNED_IN_TEXT;
}

/* Texts decoded: links are long, so quoted-printable breaks them. */
static void
scan_bodies(struct gather *g, const struct mime_in *m, enum returned_place place)
{
	size_t left = BODIES_MAX;

	for (size_t i = 0; i < m->n; i++) {
		const struct mime_in_part *p = &m->parts[i];
		struct str body = STR_NONE;

		if (!p->multipart && (p->type.n == 0 || str_istarts(p->type, STR_LIT("text/"))))
			body = mime_in_text(g->a, p, left);
		left -= body.n;
		scan(g, body, place, true);
	}
}

static void
scan_original(struct gather *g, struct str text)
{
	struct mime_in *m = arena_alloc(g->a, sizeof *m);

	if (!m)
		return;
	mime_in_walk(g->a, text, m);
	scan_bodies(g, m, RETURNED_IN_LINK);
}

void
returned_tokens(struct arena *a, const struct mime_in *m, struct returned *r)
{
	struct gather g = { .a = a, .r = r };
	struct str head = r->original.head, own = m->parts[0].head;

	scan(&g, r->complaint.mail_from, RETURNED_IN_PATH, false);
	scan_head(&g, head, RETURNED_IN_PATH, original_place);
	scan_head(&g, head, RETURNED_IN_ID, original_place);
	scan_head(&g, own, RETURNED_IN_ID, own_place);
	scan(&g, r->bounce.envid, RETURNED_IN_FIELD, false);
	scan(&g, r->complaint.envid, RETURNED_IN_FIELD, false);
	scan_head(&g, head, RETURNED_IN_FIELD, original_place);
	scan_head(&g, head, RETURNED_IN_BOUNDARY, original_place);
	/* Delimiter lines are there when the header is not. Links wait until they are decoded.
	 */
	scan(&g, str_from(r->original.text, head.n), RETURNED_IN_BOUNDARY, false);
	scan_original(&g, r->original.text);
	scan_head(&g, own, RETURNED_IN_TEXT, own_place);
	scan_bodies(&g, m, RETURNED_IN_TEXT);
}
