#include "send/bounce.h"
#include "send/bounce_tbl.h"

#define SCAN_MAX 1024 /* bytes of a reply that are looked at */

#define SAY_ENUM(name, class, blame, rest, retry, en, fr, ten, tfr) SAY_##name,
enum say { BOUNCE_SAYINGS(SAY_ENUM) SAYINGS };

#define SAY_ROW(name, class, blame, rest, retry, en, fr, ten, tfr)                             \
	{ CLASS_##class, BLAME_##blame, false, rest, retry, en, fr, ten, tfr },
static const struct verdict sayings[] = { BOUNCE_SAYINGS(SAY_ROW) };

struct rule {
	int code, subject, detail;
	enum say say;
	const char *texts;
};
#define RULE_ROW(code, subject, detail, say, texts) { code, subject, detail, SAY_##say, texts },
static const struct rule rules[] = { BOUNCE_RULES(RULE_ROW) };

#define ENHANCED_ROW(subject, detail, say) { 0, subject, detail, SAY_##say, NULL },
static const struct rule enhanced[] = { BOUNCE_ENHANCED(ENHANCED_ROW) };

#define BASIC_ROW(code, say) { code, -1, -1, SAY_##say, NULL },
static const struct rule basic[] = { BOUNCE_BASIC(BASIC_ROW) };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

const char *
bounce_class_name(enum bounce_class c)
{
	static const char *const names[CLASSES] = { "none", "mailbox", "quota", "policy",
		"reputation", "auth", "content", "size", "greylist", "rate", "network", "dns",
		"protocol", "server", "other", "sandbox" };

	return (unsigned)c < CLASSES ? names[c] : "other";
}

const char *
blame_name(enum blame b)
{
	static const char *const names[BLAMES] = { "none", "address", "content", "our_ip",
		"our_setup", "their_server", "network" };

	return (unsigned)b < BLAMES ? names[b] : "none";
}

const char *
blame_words(enum blame b, bool french)
{
	static const char *const words[BLAMES][2] = {
		{ "nobody", "personne" },
		{ "the recipient’s address", "l’adresse du destinataire" },
		{ "the content of the message", "le contenu du message" },
		{ "our IP address", "notre adresse IP" },
		{ "our set-up", "notre configuration" },
		{ "their server", "leur serveur" },
		{ "the network", "le réseau" },
	};

	return words[(unsigned)b < BLAMES ? b : BLAME_NONE][french];
}

/* ---- texts */

/* Where an address ends that begins at i: it may say anything, "spam@…" too, and is no reason.
 */
static size_t
address_end(struct str s, size_t i)
{
	bool at = false;

	for (; i < s.n && (unsigned char)s.p[i] > ' ' && !memchr("<>(),;\"", s.p[i], 7); i++)
		at = at || s.p[i] == '@';
	return at ? i : 0;
}

/* Lower case, one space for any white space, an "a" for each address. */
static struct str
plain(struct str s, char dst[SCAN_MAX])
{
	size_t n = 0;
	bool word = false;

	for (size_t i = 0; i < s.n && n < SCAN_MAX; i++) {
		unsigned char c = (unsigned char)s.p[i];
		size_t end;

		if (c <= ' ') {
			if (n > 0 && dst[n - 1] != ' ')
				dst[n++] = ' ';
			word = false;
		} else if (!word && (end = address_end(s, i)) > 0) {
			dst[n++] = 'a';
			i = end - 1;
		} else {
			dst[n++] = ascii_lower((char)c);
			word = !memchr("<>(),;\"", c, 7);
		}
	}
	return str_of(dst, n);
}

static bool
edge(struct str s, size_t i)
{
	return i >= s.n || !ascii_alnum(s.p[i]);
}

static bool
holds(struct str text, struct str part)
{
	bool absent = str_starts(part, STR_LIT("!")), first, last;

	part = str_from(part, absent ? 1 : 0);
	first = str_starts(part, STR_LIT("~"));
	part = str_from(part, first ? 1 : 0);
	last = str_ends(part, STR_LIT("~"));
	part = str_head(part, part.n - (last ? 1 : 0));
	for (size_t from = 0, i; from < text.n; from = i + 1) {
		i = from + str_find_str(str_from(text, from), part);
		if (i >= text.n)
			break;
		if ((!first || i == 0 || edge(text, i - 1)) &&
			(!last || edge(text, i + part.n)))
			return !absent;
	}
	return absent;
}

static bool
holds_all(struct str text, struct str parts)
{
	while (parts.p)
		if (!holds(text, str_cut(&parts, '+')))
			return false;
	return true;
}

static bool
holds_any(struct str text, const char *texts)
{
	struct str rest = str_z(texts);

	while (rest.p)
		if (holds_all(text, str_cut(&rest, ';')))
			return true;
	return false;
}

static bool
code_fits(const struct rule *x, const struct reply *r)
{
	if (x->code && x->code != r->code && x->code != r->code / 100)
		return false;
	if (x->subject >= 0 && x->subject != r->dsn.subject)
		return false;
	return x->detail < 0 || x->detail == r->dsn.detail;
}

static enum say say_code(const struct reply *r);

/* ---- where no remote server spoke, or none about the message */

static enum say
say_dns(const struct reply *r)
{
	if (r->dsn.subject == 1)
		return r->dsn.detail == 10 ? SAY_NO_MAIL : SAY_NO_DOMAIN;
	return r->dsn.subject == 4 && r->dsn.detail == 6 ? SAY_OURSELVES : SAY_NAMES;
}

static enum say
say_connect(struct str text)
{
	if (holds_any(text, "refused"))
		return SAY_REFUSED;
	return holds_any(text, "unreachable;no route") ? SAY_NO_ROUTE : SAY_NO_ANSWER;
}

static enum say
say_local(const struct reply *r)
{
	if (r->code == 0)
		return SAY_UNKNOWN_0;
	if (r->dsn.subject == 4)
		return SAY_TOO_OLD;
	if (r->dsn.subject == 6)
		return SAY_CONVERT;
	if (r->dsn.subject == 7)
		return SAY_TLS_ASKED;
	/* Said before the transaction: an address no command can hold, a body above SIZE. */
	if (r->dsn.subject == 1 || (r->dsn.subject == 3 && r->dsn.detail == 4))
		return say_code(r);
	return r->code / 100 == 5 ? SAY_DAMAGED : SAY_UNREADABLE;
}

/* ---- a reply */

static enum say
say_code(const struct reply *r)
{
	for (size_t i = 0; r->dsn.class && i < COUNT(enhanced); i++)
		if (code_fits(&enhanced[i], r))
			return enhanced[i].say;
	for (size_t i = 0; i < COUNT(basic); i++)
		if (code_fits(&basic[i], r))
			return basic[i].say;
	return r->code / 100 == 5   ? SAY_UNKNOWN_5
	       : r->code / 100 == 4 ? SAY_UNKNOWN_4
	                            : SAY_UNKNOWN_0;
}

static enum say
say_reply(const struct reply *r, struct str text)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (code_fits(&rules[i], r) && holds_any(text, rules[i].texts))
			return rules[i].say;
	return say_code(r);
}

static enum say
say_of(uint8_t stage, const struct reply *r, struct str text)
{
	switch (stage) {
	case STAGE_DNS:
		return say_dns(r);
	case STAGE_CONNECT:
		return say_connect(text);
	case STAGE_LOCAL:
		return say_local(r);
	case STAGE_WEBHOOK:
		return r->code / 100 == 5 ? SAY_WEBHOOK_NO : SAY_WEBHOOK;
	case STAGE_TLS:
		return r->dsn.subject == 4 ? SAY_LOST : SAY_TLS;
	default:
		break;
	}
	if (r->code == 0)
		return stage == STAGE_DOT ? SAY_DOUBT : SAY_LOST;
	if (stage == STAGE_AUTH && (r->dsn.subject == 7 || r->code / 100 == 5))
		return SAY_PASSWORD;
	return say_reply(r, text);
}

/* "try again in 300 seconds", "retry after 5 minutes": seconds, 0 = not said. */
static uint32_t
wait_said(struct str text)
{
	static const char *const before[] = { "again in ", "retry in ", "after ", "back in " };

	for (size_t i = 0; i < COUNT(before); i++) {
		size_t at = str_find_str(text, str_z(before[i]));
		struct str s = str_from(text, at + strlen(before[i])), unit;
		size_t digits = 0;
		uint32_t n;

		while (digits < s.n && ascii_digit(s.p[digits]))
			digits++;
		if (at == text.n || str_u32(str_head(s, digits), &n) < 0)
			continue;
		unit = str_trim(str_from(s, digits));
		if (str_starts(unit, STR_LIT("min")) && n < 60)
			return n * 60;
		if (str_starts(unit, STR_LIT("s")) && n <= 3600)
			return n;
	}
	return 0;
}

struct verdict
bounce_sandbox(void)
{
	return sayings[SAY_SANDBOX];
}

struct verdict
bounce_judge(uint8_t stage, const struct reply *r)
{
	char lower[SCAN_MAX];
	struct str text = plain(r->text, lower);
	enum say say = say_of(stage, r, text);
	bool permanent = r->code / 100 == 5;
	struct verdict v;

	/* What refuses the connection says nothing about this message: other hosts, another
	 * time or a repaired set-up may take it. */
	if (stage >= STAGE_CONNECT && stage <= STAGE_AUTH)
		permanent = false;
	if (!permanent && say == SAY_NO_MAILBOX)
		say = SAY_NO_MAILBOX_NOW;
	v = sayings[say];
	v.permanent = permanent;
	if (!permanent && v.blame == BLAME_ADDRESS) {
		/* Nobody takes an address off a list for a temporary reply. */
		v.todo_en = sayings[SAY_NO_MAILBOX_NOW].todo_en;
		v.todo_fr = sayings[SAY_NO_MAILBOX_NOW].todo_fr;
	}
	if (permanent)
		v.rest_s = v.retry_s = 0;
	else if (v.class == CLASS_GREYLIST || v.class == CLASS_RATE)
		v.retry_s = wait_said(text);
	if (!permanent && v.rest_s == 0 && stage >= STAGE_CONNECT && stage <= STAGE_AUTH)
		v.rest_s = 30;
	return v;
}
