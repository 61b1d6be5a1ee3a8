#include "base/text.h"
#include "base/utc.h"
#include "report/trace.h"
#include "send/bounce.h"

#include <errno.h>
#include <jansson.h>

#define LABEL_COLUMNS 12
#define RESET         "\033[0m"

static struct str
get(const json_t *o, const char *name)
{
	const json_t *j = json_object_get(o, name);

	return j && json_is_string(j) ? str_of(json_string_value(j), json_string_length(j))
	                              : STR_NONE;
}

static int64_t
number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* Local time with its zone; short: the time of day alone. */
static void
put_time(struct buf *b, struct str at, bool brief)
{
	char text[80];
	struct tm tm;
	int64_t wall;
	time_t t;

	if (utc_parse(at, &wall)) {
		text_safe(b, at);
		return;
	}
	t = (time_t)(wall / UTC_SEC);
	if (localtime_r(&t, &tm) &&
		strftime(text, sizeof text, brief ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S %Z", &tm))
		buf_put_z(b, text);
}

/* Columns of a UTF-8 text without wide characters: our labels. */
static int
columns(const char *z)
{
	int n = 0;

	for (; *z; z++)
		n += ((uint8_t)*z & 0xc0) != 0x80;
	return n;
}

static void
put_label(struct buf *b, const char *label)
{
	buf_printf(b, "  %s%*s", label, LABEL_COLUMNS - columns(label), "");
}

static void
put_line(struct buf *b, const char *label, struct str value)
{
	if (!value.n)
		return;
	put_label(b, label);
	text_safe(b, value);
	buf_put_c(b, '\n');
}

static const char *
colour_of(struct str state)
{
	static const char *const good[] = { "delivered" };
	static const char *const bad[] = { "bounced", "expired", "quarantined" };

	if (str_eq_z(state, good[0]))
		return "\033[32m";
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (str_eq_z(state, bad[i]))
			return "\033[31m";
	return "\033[33m";
}

/* When it was delivered; what people did with it, and what came back, stands behind that. */
static struct str
delivered_at(const json_t *timeline)
{
	struct str at = STR_NONE;
	const json_t *e;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)timeline, i, e)
	{
		struct str event = get(e, "event");

		if (str_eq_z(event, "delivered") || str_eq_z(event, "relayed"))
			at = get(e, "at");
	}
	return at;
}

/* The verdict; for a delivery with the time of day behind the server's answer. */
static void
put_headline(struct buf *b, const json_t *story, const json_t *timeline, bool french)
{
	struct str text = get(json_object_get(story, "verdict"), french ? "fr" : "en");
	struct str mark = french ? STR_LIT(" après ") : STR_LIT(" after ");
	struct str at = delivered_at(timeline);
	size_t cut = str_find_str(text, mark);

	if (!str_eq_z(get(story, "state"), "delivered") || cut == text.n || at.n == 0) {
		text_safe(b, text);
		return;
	}
	text_safe(b, str_head(text, cut));
	buf_put_z(b, french ? " à " : " at ");
	put_time(b, at, true);
	text_safe(b, str_from(text, cut));
}

static void
put_problem(struct buf *b, const json_t *verdict, bool french)
{
	struct str blame = get(verdict, "blame");
	struct str todo = get(verdict, french ? "todo_fr" : "todo_en");

	for (int i = BLAME_NONE + 1; i < BLAMES; i++) {
		if (!str_eq_z(blame, blame_name((enum blame)i)))
			continue;
		put_line(b, french ? "Cause" : "Problem",
			str_z(blame_words((enum blame)i, french)));
	}
	put_line(b, french ? "À faire" : "To do", todo);
}

/* ", mx.orange.fr [192.0.2.1:25], TLSv1.3, RCPT, 3 s" */
static void
put_where(struct buf *b, const json_t *e)
{
	static const char *const parts[] = { "host", "address", "tls", "stage" };
	char took[UTC_TEXT_SIZE];
	bool first = true;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct str s = get(e, parts[i]);

		if (!s.n)
			continue;
		buf_put_z(b, first ? "  " : ", ");
		text_safe(b, s);
		first = false;
	}
	if (json_object_get(e, "took_ms"))
		buf_printf(b, "%s%s", first ? "  " : ", ",
			utc_span(took, number(e, "took_ms") * 1000));
}

static void
put_reply(struct buf *b, const json_t *e)
{
	struct str text = get(e, "reply"), line, status = get(e, "status");
	int64_t code = number(e, "code");

	if (!code && !text.n)
		return;
	for (struct str rest = text.n ? text : STR_LIT(" "); rest.p;) {
		line = str_cut(&rest, '\n');
		buf_put_z(b, "                ");
		if (code)
			buf_printf(b, "%u%c", (unsigned)code, rest.p ? '-' : ' ');
		if (status.n) {
			text_safe(b, status);
			buf_put_c(b, ' ');
		}
		text_safe(b, str_trim(line));
		buf_put_c(b, '\n');
	}
}

static const char *
event_word(struct str event, bool french)
{
	static const struct {
		const char *event, *en, *fr;
	} table[] = { { "accepted", "Accepted", "Accepté" },
		{ "delivered", "Delivered", "Remis" }, { "relayed", "Delivered", "Remis" },
		{ "deferred", "Deferred", "Différé" }, { "bounced", "Bounced", "Rejeté" },
		{ "expired", "Expired", "Abandonné" }, { "suppressed", "Suppressed", "Écarté" },
		{ "in_doubt", "In doubt", "Incertain" }, { "held", "Held", "Retenu" },
		{ "released", "Released", "Libéré" }, { "cancelled", "Cancelled", "Annulé" },
		{ "quarantined", "Quarantined", "En quarantaine" },
		{ "retried", "Retry asked", "Relancé" },
		{ "returned", "Bounced later", "Rejeté après coup" },
		{ "opened", "Opened", "Ouvert" }, { "clicked", "Clicked", "Cliqué" },
		{ "unsubscribed", "Unsubscribed", "Désinscrit" },
		{ "complained", "Complaint", "Plainte" } };

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (str_eq_z(event, table[i].event))
			return french ? table[i].fr : table[i].en;
	return "?";
}

static void
put_event(struct buf *b, const json_t *e, bool french)
{
	const char *word = event_word(get(e, "event"), french);
	struct str next = get(e, "next");

	buf_put_z(b, "  ");
	put_time(b, get(e, "at"), false);
	buf_printf(b, "  %s", word);
	if (json_object_get(e, "attempt"))
		buf_printf(b, french ? ", essai %u" : ", attempt %u",
			(unsigned)number(e, "attempt"));
	put_where(b, e);
	buf_put_c(b, '\n');
	put_reply(b, e);
	if (next.n) {
		buf_put_z(b, french ? "                nouvel essai à "
				    : "                next attempt at ");
		put_time(b, next, false);
		buf_put_c(b, '\n');
	}
}

int
trace_text(struct buf *out, const struct json_t *story, bool french, bool colour)
{
	const json_t *timeline = json_object_get(story, "timeline"), *e;
	size_t begin = out->n, i;
	char id[32];

	if (colour)
		buf_put_z(out, colour_of(get(story, "state")));
	put_headline(out, story, timeline, french);
	buf_put_z(out, colour ? RESET "\n" : "\n");
	put_line(out, french ? "De" : "From",
		get(story, "from").n ? get(story, "from") : STR_LIT("<>"));
	put_line(out, french ? "À" : "To", get(story, "to"));
	put_line(out, french ? "Objet" : "Subject", get(story, "subject"));
	snprintf(id, sizeof id, "%lld", (long long)number(story, "id"));
	put_line(out, "Id", str_z(id));
	put_line(out, "Message-ID", get(story, "internet_message_id"));
	put_problem(out, json_object_get(story, "verdict"), french);
	buf_put_c(out, '\n');
	json_array_foreach((json_t *)(uintptr_t)timeline, i, e) put_event(out, e, french);
	if (!out->full)
		return 0;
	buf_cut(out, begin);
	return -E2BIG;
}
