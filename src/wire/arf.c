#include "wire/arf.h"

#include "wire/address.h"
#include "wire/fold.h"
#include "wire/header.h"

#define PART_MAX 65536u
#define IP_MAX   45u

static const char *const type_names[] = { "none", "abuse", "fraud", "virus", "opt-out",
	"not-spam", "auth-failure", "other" };

const char *
arf_type_name(enum arf_type t)
{
	return (unsigned)t <= ARF_OTHER ? type_names[t] : "other";
}

static enum arf_type
type_of(struct str s)
{
	s = str_trim(str_head(s, str_find(s, ';')));
	for (size_t i = ARF_ABUSE; i < ARF_OTHER; i++)
		if (str_ieq_z(s, type_names[i]))
			return (enum arf_type)i;
	/* Of the drafts before the RFC; some never changed. */
	if (str_ieq_z(s, "opt-out-list"))
		return ARF_OPT_OUT;
	return str_ieq_z(s, "phishing") ? ARF_FRAUD : ARF_OTHER;
}

static struct str
in_brackets(struct str s)
{
	if (s.n > 1 && s.p[0] == '<' && str_find(s, '>') < s.n)
		return str_trim(str_head(str_from(s, 1), str_find(s, '>') - 1));
	return s;
}

static struct str
ip_of(struct str s)
{
	bool separator = false;

	if (str_starts(s, STR_LIT("[")))
		s = str_head(str_from(s, 1), str_find(s, ']') - 1);
	if (str_istarts(s, STR_LIT("ipv6:")))
		s = str_from(s, 5);
	s = str_head(s, str_find(s, ' '));
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);

		separator |= c == '.' || c == ':';
		if (!ascii_digit(c) && !(c >= 'a' && c <= 'f') && c != '.' && c != ':')
			return STR_NONE;
	}
	return separator && s.n <= IP_MAX ? s : STR_NONE;
}

static void
add_rcpt(struct arf *r, struct str s)
{
	struct address x;

	s = in_brackets(s);
	if (r->n < ARF_RCPTS && address_mailbox(s, ADDRESS_UTF8_OK, &x) == 0)
		r->rcpts[r->n++] = s;
}

static void
first(struct str *dst, struct str s)
{
	if (dst->n == 0)
		*dst = s;
}

static void
take_field(struct arf *r, struct str name, struct str v)
{
	uint32_t n;

	if (str_ieq_z(name, "Feedback-Type"))
		first(&r->type_text, v);
	else if (str_ieq_z(name, "User-Agent"))
		first(&r->user_agent, v);
	else if (str_ieq_z(name, "Original-Mail-From"))
		first(&r->mail_from, in_brackets(v));
	else if (str_ieq_z(name, "Original-Rcpt-To") || str_ieq_z(name, "Removal-Recipient"))
		add_rcpt(r, v);
	else if (str_ieq_z(name, "Arrival-Date") || str_ieq_z(name, "Received-Date"))
		first(&r->arrival, v);
	else if (str_ieq_z(name, "Source-IP"))
		first(&r->source_ip, ip_of(v));
	else if (str_ieq_z(name, "Reported-Domain"))
		first(&r->domain, v);
	else if (str_ieq_z(name, "Reporting-MTA"))
		first(&r->mta, str_trim(str_from(v, (str_find(v, ';') + 1) % (v.n + 1))));
	else if (str_ieq_z(name, "Original-Envelope-Id"))
		first(&r->envid, v);
	else if (str_ieq_z(name, "Incidents") && str_u32(v, &n) == 0 && n > 0)
		r->incidents = n;
}

/* The order of fields is free, and empty lines between them happen. */
static void
read_report(struct arena *a, struct str text, struct arf *r)
{
	struct header_field h;
	int got;

	while (text.n > 0) {
		while ((got = header_next(&text, &h)) != 0)
			if (got > 0)
				take_field(r, h.name, mime_in_line(a, h.value, ARF_TEXT_MAX));
		text = str_from(text, 2);
	}
}

static struct str
field(struct arena *a, struct str head, const char *name)
{
	struct str v = mime_in_field(head, name);

	return v.p ? mime_in_line(a, v, ARF_TEXT_MAX) : STR_NONE;
}

/* A complaint without a report part, by what their senders put into it. */
static void
read_other(struct arena *a, struct str head, const struct original_in *o, struct arf *r)
{
	static const char about[] = "complaint about message from ";
	struct str subject = field(a, head, "Subject"),
		   ip = field(a, head, "X-SpamCop-sourceip");
	struct str from = original_in_mailbox(a, mime_in_field(head, "From"));
	bool jmrp = str_istarts(subject, str_z(about)) &&
	            (str_ieq_z(from, "staff@hotmail.com") ||
			    str_ieq_z(from, "complaints@email-abuse.amazonses.com"));

	if (jmrp || field(a, o->head, "X-HmXmrOriginalRecipient").n > 0) {
		r->form = ARF_JMRP;
		r->user_agent = STR_LIT("JMRP");
		if (str_istarts(subject, str_z(about)))
			r->source_ip = ip_of(str_trim(str_from(subject, sizeof about - 1)));
	} else if (ip.n > 0) {
		r->form = ARF_SPAMCOP;
		r->user_agent = STR_LIT("SpamCop");
		r->source_ip = ip_of(ip);
	} else {
		return;
	}
	r->type = ARF_ABUSE;
	r->mail_from = o->return_path;
}

void
arf_read(struct arena *a, const struct mime_in *m, const struct original_in *o,
	struct arf *ret_r)
{
	*ret_r = (struct arf){ .incidents = 1,
		.type_text = STR_NONE,
		.user_agent = STR_NONE,
		.mail_from = STR_NONE,
		.arrival = STR_NONE,
		.source_ip = STR_NONE,
		.domain = STR_NONE,
		.mta = STR_NONE,
		.envid = STR_NONE };
	for (size_t i = 0; i < m->n && !ret_r->type_text.n; i++)
		if (mime_in_is(&m->parts[i], "message/feedback-report"))
			read_report(a, mime_in_text(a, &m->parts[i], PART_MAX), ret_r);
	if (ret_r->type_text.n > 0) {
		ret_r->form = ARF_REPORT;
		ret_r->type = type_of(ret_r->type_text);
	} else {
		read_other(a, m->parts[0].head, o, ret_r);
	}
	/* Hotmail names the recipient here alone, in either form. */
	if (ret_r->form != ARF_NONE && ret_r->n == 0)
		add_rcpt(ret_r, field(a, o->head, "X-HmXmrOriginalRecipient"));
}
