/*
 * Verbs of templates that need the control tables only (desk and, while no service runs, the
 * command line). Whose they are is said as for webhooks (role/desk_webhook.h), and must be
 * said. `template` is tpl_… or a name.
 *
 *   templates.add       name, CONTENT
 *   templates.put       the same; the template of this name is changed when there is one
 *   templates.list
 *   templates.get       template, version? ("draft", "published" or a number; the draft)
 *   templates.set       template, name?, CONTENT: changes the draft
 *   templates.remove    template
 *   templates.versions  template
 *   templates.publish   template, version?: the draft becomes the next version, or that
 *                       version is the published one again
 *   templates.unpublish template: no version is the published one
 *   templates.publish_layout  template, tried? (by templates.try_layout, just now): its draft
 *                       becomes the next version, and each published version that has it as its
 *                       layout is followed by one with its new texts
 *   templates.try_layout  template, html?, text?: would what has it as its layout be without
 *                       mistakes then? {"templates": so many}
 *   templates.render    template?, version?, CONTENT (instead of the stored one), values? (name
 *                       of a set) or message? (msg_…, rcp_… or its number: what it was written
 *                       from), vars?, contact?, mj? (objects, on top of these; contact may be
 *                       the address of one that is stored), inline_css?, lang?
 *   templates.test      template, version?, values? or message?, vars?, contact?, mj?, to? (an
 *                       address of a tester, or a list; all)
 *   templates.values         template, name?
 *   templates.values_set     template, name, vars?, contact?
 *   templates.values_remove  template, name
 *   testers.list
 *   testers.add         address, name?
 *   testers.remove      address
 *
 *   CONTENT  dialect ("handlebars", "mailjet", "mustachio"), stream?, language?, layout? (an
 *            id or a name), subject?, from? {email, name}, reply_to?, preheader?, html?, text?,
 *            mjml?
 *
 * template {"id","number": as Mailjet's and Postmark's clients name it,"account","name",
 *           "version": number or null (the draft),"published": number or
 * null,"versions","changed","dialect","stream","language","layout": name or null,
 *           "layout_version": number (of a version) or null,"subject",
 *           "from":{"email","name"},"reply_to","preheader","html","text","mjml","created",
 *           "updated"}; html, text and mjml are not in lists.
 * values   {"name","vars","contact","updated"}
 * tester   {"address","name","created"}
 * test     the body of POST /v1/messages (api/native_send.h)
 * render   as content/preview, and "name", "dialect", "version", "advice": of content/advice
 */
#ifndef ROLE_DESK_TEMPLATE_H
#define ROLE_DESK_TEMPLATE_H

#include "role/desk_control.h"

/* Messages are of the running service alone: its desk looks for "message" of what was prepared
 * (a number, of "tenant") and lays the rest on top of what it finds. */
bool desk_template_has(struct str verb);
/* What renders can be done in steps: see below. */
struct desk_control_answer desk_template_do(
	struct control *c, struct str verb, const json_t *body, int64_t now);

/* Rendering in two steps, so that the second one can be done elsewhere: what is to be rendered
 * (status 200 with a JSON object, or what was refused), and the work itself. It is pure,
 * bounded by the budgets of content/template, and may run on a thread that nobody else has
 * what_json on. Does not take what; a new reference. */
struct desk_control_answer desk_template_prepare(
	struct control *c, const json_t *body, int64_t now);
json_t *desk_template_render(const json_t *what);
/* The values that are in what: of a message, below those of the question. Takes past. */
void desk_template_past(json_t *what, json_t *past);
/* {"message","tenant"} of a question for a message's values. */
struct desk_control_answer desk_template_prepare_values(
	struct control *c, const json_t *body, int64_t now);
/* The same for a test: who gets it is in what is to be rendered, and what was rendered becomes
 * the mail (200), or the sentence why it cannot be sent. Does not take got. */
struct desk_control_answer desk_template_prepare_test(
	struct control *c, const json_t *body, int64_t now);
struct desk_control_answer desk_template_mail(const json_t *got);

#endif
