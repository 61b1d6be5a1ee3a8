#include "api/sendgrid_settings.h"

#include "api/sendgrid_error.h"
#include "content/link_url.h"
#include "wire/msg.h"

#include <errno.h>

/* One shape for all of them: a setting reads the members it knows. */
struct setting {
	enum json_in_bool enable, enable_text;
	struct str text, html, tag;
	struct str utm[5];
};
#define S(m) offsetof(struct setting, m)
static const struct json_in_field setting_fields[] = {
	{ "enable", JSON_IN_BOOL, 0, 0, S(enable), NULL },
	{ "enable_text", JSON_IN_BOOL, 0, 0, S(enable_text), NULL },
	{ "text", JSON_IN_STR, 0, 0, S(text), NULL },
	{ "html", JSON_IN_STR, 0, 0, S(html), NULL },
	{ "substitution_tag", JSON_IN_STR, 0, 0, S(tag), NULL },
	{ "utm_source", JSON_IN_STR, 0, 0, S(utm[0]), NULL },
	{ "utm_medium", JSON_IN_STR, 0, 0, S(utm[1]), NULL },
	{ "utm_term", JSON_IN_STR, 0, 0, S(utm[2]), NULL },
	{ "utm_content", JSON_IN_STR, 0, 0, S(utm[3]), NULL },
	{ "utm_campaign", JSON_IN_STR, 0, 0, S(utm[4]), NULL },
};
static const struct json_in_shape setting_shape = { setting_fields,
	sizeof setting_fields / sizeof *setting_fields, sizeof(struct setting), false };

struct mail {
	struct setting *bypass_list, *bypass_spam, *bypass_bounce, *bypass_unsubscribe, *footer,
		*sandbox, *bcc, *spam_check;
};
#define M(m) offsetof(struct mail, m)
#define SETTING(name, at)                                                                      \
	{                                                                                      \
		name, JSON_IN_ONE, 0, 0, at, &setting_shape                                    \
	}
static const struct json_in_field mail_fields[] = {
	SETTING("bypass_list_management", M(bypass_list)),
	SETTING("bypass_spam_management", M(bypass_spam)),
	SETTING("bypass_bounce_management", M(bypass_bounce)),
	SETTING("bypass_unsubscribe_management", M(bypass_unsubscribe)),
	SETTING("footer", M(footer)),
	SETTING("sandbox_mode", M(sandbox)),
	SETTING("bcc", M(bcc)),
	SETTING("spam_check", M(spam_check)),
};
static const struct json_in_shape mail_shape = { mail_fields, 8, sizeof(struct mail), false };

struct tracking {
	struct setting *clicks, *opens, *subscription, *ganalytics;
};
#define T(m) offsetof(struct tracking, m)
static const struct json_in_field tracking_fields[] = {
	SETTING("click_tracking", T(clicks)),
	SETTING("open_tracking", T(opens)),
	SETTING("subscription_tracking", T(subscription)),
	SETTING("ganalytics", T(ganalytics)),
};
static const struct json_in_shape tracking_shape = { tracking_fields, 4,
	sizeof(struct tracking), false };

static int
read_shape(struct api_send *s, const json_t *j, const struct json_in_shape *shape,
	const char *path, void *dst)
{
	struct json_in in;
	int err;

	json_in_init(&in, s->arena);
	err = json_in_read(&in, j, shape, str_z(path), dst);
	for (size_t i = 0; i < in.nproblems; i++)
		sendgrid_error_json(s, &in.problems[i]);
	return err == -E2BIG ? err : 0;
}

static bool
on(const struct setting *x)
{
	return x && x->enable == JSON_IN_TRUE;
}

static void
unsupported(struct api_send *s, bool asked, const char *path)
{
	if (asked)
		sendgrid_error_add(s, 400, STR_LIT(SENDGRID_ERROR_UNSUPPORTED), str_z(path));
}

static enum outgoing_switch
switch_of(const struct setting *x)
{
	if (!x || x->enable == JSON_IN_UNSET)
		return OUTGOING_DEFAULT;
	return x->enable == JSON_IN_TRUE ? OUTGOING_ON : OUTGOING_OFF;
}

static struct str
text_of(struct str s)
{
	return s.p ? s : STR_NONE;
}

/* The list of all stands alone: with another one it is not known what was meant. */
static void
bypass_of(struct api_send *s, const struct mail *m, struct sendgrid_settings *ret_s)
{
	if (on(m->bypass_spam))
		ret_s->bypass |= MAIL_BYPASS_COMPLAINT;
	if (on(m->bypass_bounce))
		ret_s->bypass |= MAIL_BYPASS_BOUNCE;
	if (on(m->bypass_unsubscribe))
		ret_s->bypass |= MAIL_BYPASS_UNSUBSCRIBE;
	if (!on(m->bypass_list))
		return;
	if (ret_s->bypass)
		sendgrid_error_add(s, 400,
			STR_LIT("The bypass list management setting cannot be combined with "
				"other bypass settings."),
			STR_LIT("mail_settings.bypass_list_management"));
	ret_s->bypass = MAIL_BYPASS;
}

static void
mail_of(struct api_send *s, const struct mail *m, struct sendgrid_settings *ret_s)
{
	bypass_of(s, m, ret_s);
	unsupported(s, on(m->bcc), "mail_settings.bcc.enable");
	unsupported(s, on(m->spam_check), "mail_settings.spam_check.enable");
	ret_s->sandbox = on(m->sandbox);
	if (on(m->footer))
		ret_s->tail.text = text_of(m->footer->text);
	if (on(m->footer))
		ret_s->tail.html = text_of(m->footer->html);
}

/* "utm_source=a&utm_medium=b", of those that were given. */
int
sendgrid_settings_tags(struct arena *a, const struct str utm[5], struct str *ret_tags)
{
	static const char *const names[] = { "utm_source", "utm_medium", "utm_term",
		"utm_content", "utm_campaign" };
	struct str kept = STR_NONE;
	struct buf b;
	int err;

	buf_init(&b, LINK_TAGS_MAX);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (utm[i].n == 0)
			continue;
		buf_put_z(&b, b.n ? "&" : "");
		buf_put_z(&b, names[i]);
		buf_put_c(&b, '=');
		(void)link_url_encode(&b, utm[i]);
	}
	err = b.full ? -EMSGSIZE : 0;
	if (!err)
		kept = arena_str(a, buf_str(&b));
	buf_done(&b);
	if (!err && !kept.p)
		err = -E2BIG;
	if (!err)
		*ret_tags = kept;
	return err;
}

static int
analytics_of(struct api_send *s, const struct setting *x, struct sendgrid_settings *ret_s)
{
	int err = sendgrid_settings_tags(s->arena, x->utm, &ret_s->url_tags);

	if (err != -EMSGSIZE)
		return err;
	sendgrid_error_add(s, 400,
		STR_LIT("The utm parameters may have at most 1024 characters together, as they "
			"stand in a URL."),
		STR_LIT("tracking_settings.ganalytics"));
	return 0;
}

static int
tracking_of(struct api_send *s, const struct tracking *t, struct sendgrid_settings *ret_s)
{
	ret_s->clicks = switch_of(t->clicks);
	ret_s->opens = switch_of(t->opens);
	if (on(t->clicks) && t->clicks->enable_text != JSON_IN_TRUE)
		ret_s->links = OUTGOING_LINKS_HTML;
	if (on(t->opens))
		ret_s->pixel_mark = text_of(t->opens->tag);
	if (on(t->subscription)) {
		ret_s->tail.leave = true;
		ret_s->tail.leave_mark = text_of(t->subscription->tag);
		ret_s->tail.leave_text = text_of(t->subscription->text);
		ret_s->tail.leave_html = text_of(t->subscription->html);
	}
	return on(t->ganalytics) ? analytics_of(s, t->ganalytics, ret_s) : 0;
}

int
sendgrid_settings_read(struct api_send *s, const json_t *mail, const json_t *tracking,
	struct sendgrid_settings *ret_s)
{
	struct mail m = { 0 };
	struct tracking t = { 0 };
	int err = 0;

	*ret_s = (struct sendgrid_settings){ .pixel_mark = STR_NONE, .url_tags = STR_NONE };
	if (mail)
		err = read_shape(s, mail, &mail_shape, "/mail_settings", &m);
	if (tracking && !err)
		err = read_shape(s, tracking, &tracking_shape, "/tracking_settings", &t);
	if (err)
		return err;
	mail_of(s, &m, ret_s);
	return tracking_of(s, &t, ret_s);
}
