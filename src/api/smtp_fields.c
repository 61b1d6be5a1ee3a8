#include "api/smtp_fields.h"

#include "account/control_stream.h"
#include "api/call.h"
#include "api/mailbox_list.h"
#include "api/smtp_fields_priv.h"
#include "base/text.h"
#include "send/consent.h"
#include "wire/header.h"
#include "wire/json_in.h"

#include <errno.h>

#define VALUE_MAX       (32u << 10)
#define CAMPAIGN_MAX    255u  /* characters */
#define TAG_MAX         1000u /* characters */
#define TEMPLATE_ID_MAX 400u

const char *const smtp_fields_drop[] = { "x-mj-", "x-mailjet-", "x-smtpapi", "x-pm-",
	"x-facteur-consent", NULL };

void
smtp_fields_refuse(struct smtp_fields_reader *r, const char *text)
{
	if (!r->no)
		r->no = text;
}

static void
keep(struct str *to, struct str value)
{
	if (to->n == 0)
		*to = value;
}

static bool
yes(struct str s)
{
	return str_ieq_z(s, "1") || str_ieq_z(s, "true") || str_ieq_z(s, "yes") ||
	       str_ieq_z(s, "y");
}

/* ---- Mailjet ---- */

static void
switch_read(struct smtp_fields_reader *r, struct str value, enum outgoing_switch *to,
	const char *wrong)
{
	static const struct {
		const char *text;
		enum outgoing_switch to;
	} table[] = { { "0", OUTGOING_OFF }, { "1", OUTGOING_ON }, { "false", OUTGOING_OFF },
		{ "true", OUTGOING_ON }, { "disabled", OUTGOING_OFF },
		{ "enabled", OUTGOING_ON }, { "account_default", OUTGOING_DEFAULT } };

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!str_ieq_z(value, table[i].text))
			continue;
		if (*to == OUTGOING_DEFAULT)
			*to = table[i].to;
		return;
	}
	smtp_fields_refuse(r, wrong);
}

static void
vars(struct smtp_fields_reader *r, struct str value)
{
	json_t *j = NULL;
	struct json_in in;
	struct str why;

	if (value.n == 0 || r->f->template.vars.n > 0)
		return;
	json_in_init(&in, r->arena);
	if (json_in_text(&in, value, &j, &why) < 0 || !json_is_object(j))
		smtp_fields_refuse(r, "X-MJ-Vars is no JSON object of at most 32 KiB");
	else if (json_object_size(j) > 0)
		r->f->template.vars = value;
	json_decref(j);
}

/* Whom to write of a mistake. */
static void
report(struct smtp_fields_reader *r)
{
	struct outgoing_list l = { NULL, 0 };
	struct str bad;
	int err = mailbox_list_read(r->arena, str_trim_all(r->reporting), 1, &l, &bad);

	if (err == -E2BIG)
		r->full = true;
	else if (err)
		smtp_fields_refuse(r, "X-MJ-TemplateErrorReporting must be one e-mail address");
	else if (l.n > 0)
		r->f->template.report = l.at[0];
}

/* All of them are read. */
static void template(struct smtp_fields_reader *r)
{
	struct smtp_template *t = &r->f->template;

	if (str_eq_z(t->id, "0"))
		t->id = STR_NONE;
	t->language = yes(r->language);
	t->wanted = t->id.n > 0 || t->language || t->vars.n > 0;
	if (t->wanted)
		report(r);
	if (t->id.n > TEMPLATE_ID_MAX)
		smtp_fields_refuse(r, "X-MJ-TemplateID: there is no such template");
}

static void
priority(struct smtp_fields_reader *r, struct str value)
{
	if (value.n != 1 || value.p[0] < '0' || value.p[0] > '3')
		smtp_fields_refuse(r, "X-Mailjet-Prio must be 0, 1, 2 or 3");
	else if (!r->has_turn)
		r->f->turn = api_turn((unsigned)(value.p[0] - '0'));
	r->has_turn = true;
}

static void
mailjet(struct smtp_fields_reader *r, struct str name, struct str value)
{
	if (str_ieq_z(name, "x-mj-customid"))
		keep(&r->custom_id, value);
	else if (str_ieq_z(name, "x-mj-eventpayload"))
		keep(&r->payload, value);
	else if (str_ieq_z(name, "x-mj-monitoringcategory"))
		keep(&r->category, value);
	else if (str_ieq_z(name, "x-mailjet-campaign"))
		keep(&r->campaign, value);
	else if (str_ieq_z(name, "x-mailjet-trackopen"))
		switch_read(r, value, &r->f->opens, "X-Mailjet-TrackOpen must be 0 or 1");
	else if (str_ieq_z(name, "x-mailjet-trackclick"))
		switch_read(r, value, &r->f->clicks, "X-Mailjet-TrackClick must be 0 or 1");
	else if (str_ieq_z(name, "x-mj-templateid"))
		keep(&r->f->template.id, value);
	else if (str_ieq_z(name, "x-mj-templatelanguage"))
		keep(&r->language, value);
	else if (str_ieq_z(name, "x-mj-templateerrordeliver"))
		r->f->template.deliver |= yes(value) || str_ieq_z(value, "deliver");
	else if (str_ieq_z(name, "x-mj-templateerrorreporting"))
		keep(&r->reporting, value);
	else if (str_ieq_z(name, "x-mj-vars"))
		vars(r, value);
	else if (str_ieq_z(name, "x-mailjet-prio"))
		priority(r, value);
	else if (str_ieq_z(name, "x-mailjet-deduplicatecampaign"))
		r->deduplicate |= yes(value);
}

/* ---- Postmark ---- */

static void
stream(struct smtp_fields_reader *r, struct str value)
{
	struct smtp_fields *f = r->f;
	bool broadcast = str_eq_z(value, "broadcast");

	if (!broadcast && !str_eq_z(value, "outbound") && !control_stream_ok(value)) {
		smtp_fields_refuse(r,
			"X-PM-Message-Stream: there is no such stream to send by (outbound, "
			"broadcast, or the name of one of your own)");
	} else if (!f->has_stream) {
		f->has_stream = true;
		f->stream = broadcast ? STREAM_BROADCAST : STREAM_TRANSACTIONAL;
		if (control_stream_ok(value))
			keep(&r->own_stream, value);
	}
}

static void
links(struct smtp_fields_reader *r, struct str value)
{
	static const struct {
		const char *name;
		enum outgoing_switch clicks;
		enum outgoing_links links;
	} table[] = {
		{ "None", OUTGOING_OFF, OUTGOING_LINKS_ALL },
		{ "HtmlAndText", OUTGOING_ON, OUTGOING_LINKS_ALL },
		{ "HtmlOnly", OUTGOING_ON, OUTGOING_LINKS_HTML },
		{ "TextOnly", OUTGOING_ON, OUTGOING_LINKS_TEXT },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!str_ieq_z(value, table[i].name))
			continue;
		if (r->f->clicks == OUTGOING_DEFAULT) {
			r->f->clicks = table[i].clicks;
			r->f->links = table[i].links;
		}
		return;
	}
	smtp_fields_refuse(
		r, "X-PM-Track-Links must be None, HtmlAndText, HtmlOnly or TextOnly");
}

static void
metadata(struct smtp_fields_reader *r, struct str name, struct str value)
{
	struct str key = arena_str(r->arena, name);

	if (!key.p)
		r->full = true;
	else if (key.n > 0 && !json_object_get(r->metadata, key.p))
		json_object_set_new(r->metadata, key.p, json_stringn(value.p, value.n));
}

static void
postmark(struct smtp_fields_reader *r, struct str name, struct str value)
{
	struct str prefix = STR_LIT("x-pm-metadata-");

	if (str_istarts(name, prefix))
		metadata(r, str_from(name, prefix.n), value);
	else if (str_ieq_z(name, "x-pm-message-stream"))
		stream(r, value);
	else if (str_ieq_z(name, "x-pm-track-opens") || str_ieq_z(name, "x-pm-trackopens"))
		switch_read(r, value, &r->f->opens, "X-PM-Track-Opens must be true or false");
	else if (str_ieq_z(name, "x-pm-track-links") || str_ieq_z(name, "x-pm-tracklinks"))
		links(r, value);
	else if (str_ieq_z(name, "x-pm-tag") && api_longer(value, TAG_MAX))
		smtp_fields_refuse(r, "X-PM-Tag: at most 1000 characters are allowed");
	else if (str_ieq_z(name, "x-pm-tag") && value.n > 0)
		json_array_append_new(r->tags, json_stringn(value.p, value.n));
}

/* ---- */

static bool
ours(struct str name)
{
	for (size_t i = 0; smtp_fields_drop[i]; i++)
		if (str_istarts(name, str_z(smtp_fields_drop[i])))
			return true;
	return false;
}

static void
field(struct smtp_fields_reader *r, const struct header_field *f, bool *json_seen)
{
	struct str value = header_unfold(r->arena, f->value);

	r->f->any = true;
	if (value.p && !str_istarts(f->name, STR_LIT("x-smtpapi")))
		value = header_decode(r->arena, value, VALUE_MAX);
	if (!value.p) {
		r->full = true;
		return;
	}
	if (str_ieq_z(f->name, CONSENT_FIELD)) {
		if (consent_field(value, &r->f->consent) < 0)
			smtp_fields_refuse(r, CONSENT_WRONG);
	} else if (str_ieq_z(f->name, "x-smtpapi") && !*json_seen) {
		*json_seen = true;
		smtp_fields_json(r, value);
	} else if (str_istarts(f->name, STR_LIT("x-pm-"))) {
		postmark(r, f->name, value);
	} else {
		mailjet(r, f->name, value);
	}
}

static void
about(struct smtp_fields_reader *r)
{
	struct api_about b;

	api_about_init(&b);
	api_about_str(&b, "custom_id", r->custom_id);
	api_about_str(&b, "payload", r->payload);
	api_about_str(&b, "campaign", r->campaign);
	api_about_str(&b, "category", r->category);
	api_about_json(&b, "tags", r->tags);
	api_about_json(&b, "metadata", r->metadata);
	api_about_str(&b, "group", r->asm_group);
	api_about_json(&b, "groups", r->asm_groups);
	api_about_str(&b, "stream", r->own_stream);
	r->full |= b.b.full;
	r->f->about = api_about_done(&b, r->arena);
	if (r->f->about.n > OUTGOING_ABOUT_MAX)
		smtp_fields_refuse(r, "The texts for events (X-MJ-EventPayload, unique_args, "
				      "X-PM-Metadata-…) "
				      "are longer than 16 KiB together");
}

struct reply
smtp_fields_read(struct arena *a, struct str block, int64_t now, struct smtp_fields *ret_f)
{
	struct smtp_fields_reader r = { .arena = a,
		.now = now,
		.f = ret_f,
		.custom_id = STR_NONE,
		.payload = STR_NONE,
		.campaign = STR_NONE,
		.category = STR_NONE,
		.asm_group = STR_NONE,
		.own_stream = STR_NONE,
		.language = STR_NONE,
		.reporting = STR_NONE };
	struct header_field f;
	bool json_seen = false;
	int more;

	*ret_f = (struct smtp_fields){ .about = STR_NONE,
		.own_stream = STR_NONE,
		.once = STR_NONE,
		.subst = STR_NONE,
		.batch = STR_NONE,
		.url_tags = STR_NONE,
		.pixel_mark = STR_NONE,
		.template = {
			.id = STR_NONE, .vars = STR_NONE, .report = { STR_NONE, STR_NONE } } };
	r.tags = json_array();
	r.metadata = json_object();
	while ((more = header_next(&block, &f)) != 0)
		if (more == 1 && ours(f.name))
			field(&r, &f, &json_seen);
	if (api_longer(r.campaign, CAMPAIGN_MAX))
		smtp_fields_refuse(
			&r, "X-Mailjet-Campaign: at most 255 characters are allowed");
	if (r.deduplicate && !r.campaign.n)
		smtp_fields_refuse(
			&r, "X-Mailjet-DeduplicateCampaign: this needs X-Mailjet-Campaign");
	else if (r.deduplicate)
		ret_f->once = r.campaign;
	if (r.own_stream.n && ret_f->group)
		smtp_fields_refuse(&r,
			"X-PM-Message-Stream: a stream of your own is left like a group: it "
			"cannot be with asm_group_id");
	ret_f->own_stream = r.own_stream;
	template(&r);
	about(&r);
	json_decref(r.tags);
	json_decref(r.metadata);
	json_decref(r.asm_groups);
	if (r.no)
		return (struct reply){ 554, { 5, 6, 0 }, str_z(r.no) };
	if (r.full)
		return REPLY(
			452, 4, 3, 1, "The header is too much at this time; try again later");
	return (struct reply){ .code = 0, .text = STR_NONE };
}
