#include "api/sendgrid_send_priv.h"
#include "base/map.h"

#include <errno.h>

#define AHEAD_US  INT64_C(259200000000) /* 72 hours */
#define SECOND_US INT64_C(1000000)

static const char *const reserved[] = { "x-sg-id", "x-sg-eid", NULL };

static const struct outgoing_limits limits = { .recipients = SENDGRID_RECIPIENTS_MAX,
	.needs_subject = true,
	.needs_to = true,
	.bytes = SENDGRID_BYTES_MAX,
	.ahead = AHEAD_US,
	.reserved = reserved };

static struct str
pointer(struct sendgrid_reader *r, const char *name)
{
	return arena_printf(r->arena, "/personalizations/%zu/%s", r->at.index, name);
}

static struct str
dotted(struct sendgrid_reader *r, const char *name)
{
	return arena_printf(r->arena, "personalizations.%zu.%s", r->at.index, name);
}

/* ---- addresses ---- */

static int
once(struct sendgrid_reader *r, struct map *seen, const struct outgoing_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct str key = arena_str(r->arena, l->at[i].email);

		if (!key.p)
			return -E2BIG;
		for (size_t k = 0; k < key.n; k++)
			((char *)(uintptr_t)key.p)[k] = ascii_lower(key.p[k]);
		if (map_put(seen, key, r->mail))
			sendgrid_send_fail(r,
				arena_printf(r->arena,
					"Each unique email address in the personalizations "
					"array should only be included once. You have included "
					"%.*s more than once.",
					STR_ARG(l->at[i].email))
					.p,
				arena_printf(r->arena, "personalizations.%zu", r->at.index));
	}
	return 0;
}

static int
people_of(struct sendgrid_reader *r)
{
	const struct sendgrid_personalization *p = r->own;
	struct outgoing *o = r->mail;
	struct map seen;
	int err;

	o->to = sendgrid_send_list(r, p->to.at, p->to.n);
	o->cc = sendgrid_send_list(r, p->cc.at, p->cc.n);
	o->bcc = sendgrid_send_list(r, p->bcc.at, p->bcc.n);
	if (!o->to.at || !o->cc.at || !o->bcc.at)
		return -E2BIG;
	if (p->from)
		o->from = sendgrid_send_address(p->from);
	map_init(&seen, 0);
	err = once(r, &seen, &o->to);
	if (!err)
		err = once(r, &seen, &o->cc);
	if (!err)
		err = once(r, &seen, &o->bcc);
	map_done(&seen);
	return err;
}

/* ---- header fields ---- */

static bool
has(const json_t *headers, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)headers, key, value)
	{
		if (str_ieq_z(str_z(key), name))
			return true;
	}
	return false;
}

/* Adds those of headers that instead has not. */
static void
fields_add(struct sendgrid_reader *r, const json_t *headers, const json_t *instead,
	struct compose_header *at)
{
	struct outgoing *o = r->mail;
	size_t first = o->nfields;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)headers, key, value)
	{
		if (!json_is_string(value) || has(instead, key))
			continue;
		for (size_t i = first; i < o->nfields; i++)
			if (str_ieq_z(at[i].name, key))
				sendgrid_send_fail(r,
					"The headers cannot contain duplicate keys.",
					headers == r->own->headers ? dotted(r, "headers")
								   : STR_LIT("headers"));
		at[o->nfields++] = (struct compose_header){ str_z(key),
			str_of(json_string_value(value), json_string_length(value)) };
	}
}

static int
fields_of(struct sendgrid_reader *r)
{
	const json_t *call = r->root.headers, *own = r->own->headers;
	size_t n = json_object_size(call) + json_object_size(own);
	struct compose_header *at;

	if (n > OUTGOING_FIELDS_MAX) {
		sendgrid_send_fail(r, "There is a limit of 200 headers.", STR_LIT("headers"));
		return 0;
	}
	at = arena_alloc(r->arena, (n + 1) * sizeof *at);
	if (!at)
		return -E2BIG;
	sendgrid_send_texts(r, own, pointer(r, "headers"));
	fields_add(r, call, own, at);
	r->at.fields = r->mail->nfields;
	fields_add(r, own, NULL, at);
	r->mail->fields = at;
	return 0;
}

/* ---- substitutions ---- */

size_t
sendgrid_send_bytes(const json_t *object)
{
	size_t n = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		n += strlen(key) + json_string_length(value);
	}
	return n;
}

static int
replace_parts(struct sendgrid_subst *s, struct outgoing *o)
{
	struct compose_part *others = arena_alloc(s->arena, (o->nothers + 1) * sizeof *others);
	int err = others ? 0 : -E2BIG;

	for (size_t i = 0; i < o->nothers && !err; i++) {
		others[i] = o->others[i];
		err = sendgrid_subst_text(s, &others[i].text);
	}
	o->others = others;
	return err;
}

static int
replace_reply(struct sendgrid_subst *s, struct outgoing *o)
{
	struct outgoing_address *at = arena_alloc(s->arena, (o->reply_to.n + 1) * sizeof *at);
	int err = at ? 0 : -E2BIG;

	for (size_t i = 0; i < o->reply_to.n && !err; i++) {
		at[i] = o->reply_to.at[i];
		err = sendgrid_subst_text(s, &at[i].email);
		if (!err)
			err = sendgrid_subst_text(s, &at[i].name);
	}
	o->reply_to.at = at;
	return err;
}

static int
replace_all(struct sendgrid_subst *s, struct outgoing *o)
{
	/* fields_of made them for this item alone. */
	struct compose_header *fields = (struct compose_header *)(uintptr_t)o->fields;
	int err = sendgrid_subst_text(s, &o->subject);

	if (!err)
		err = sendgrid_subst_text(s, &o->text);
	if (!err)
		err = sendgrid_subst_text(s, &o->html);
	for (size_t i = 0; i < o->nfields && !err; i++)
		err = sendgrid_subst_text(s, &fields[i].value);
	if (!err)
		err = replace_parts(s, o);
	if (!err)
		err = replace_reply(s, o);
	return err;
}

static int
subst_of(struct sendgrid_reader *r)
{
	const json_t *subst = r->own->subst;
	struct sendgrid_subst s;
	int err;

	if (!json_object_size(subst) && r->subst.sections.n == 0)
		return 0;
	sendgrid_send_texts(r, subst, pointer(r, "substitutions"));
	if (sendgrid_send_bytes(subst) > SENDGRID_ARGUMENTS_MAX) {
		sendgrid_send_fail(r,
			"The total size of your substitutions may not exceed 10,000 bytes per "
			"personalization.",
			dotted(r, "substitutions"));
		return 0;
	}
	err = sendgrid_subst_next(&r->subst, subst, &s);
	if (!err)
		err = replace_all(&s, r->mail);
	if (err != -EOVERFLOW)
		return err;
	sendgrid_send_fail(r, "The substitutions make more text than this service takes.",
		dotted(r, "substitutions"));
	return 0;
}

/* ---- what events give back ---- */

static void
about_of(struct sendgrid_reader *r)
{
	const struct sendgrid_root *root = &r->root;
	const json_t *own = r->own->custom_args;
	struct api_about about;
	json_t *args;

	sendgrid_send_texts(r, own, pointer(r, "custom_args"));
	/* What the call says, however long, is not written once for each item. */
	if (r->spoiled)
		return;
	if (!own && r->about.p) {
		r->mail->about = r->about;
		return;
	}
	args = root->custom_args ? json_copy(root->custom_args) : json_object();
	if (own && args)
		json_object_update(args, (json_t *)(uintptr_t)own);
	if (sendgrid_send_bytes(args) > SENDGRID_ARGUMENTS_MAX)
		sendgrid_send_fail(r, SENDGRID_ERROR_ARGUMENTS,
			r->at.custom_args ? dotted(r, "custom_args") : STR_LIT("custom_args"));
	api_about_init(&about);
	/* By which a batch is found again. */
	api_about_str(&about, "custom_id", root->batch_id);
	api_about_json(&about, "tags", json_object_get(r->send->root, "categories"));
	api_about_json(&about, "metadata", args);
	if (root->asm_)
		api_about_str(&about, "group",
			arena_printf(r->arena, "%lld", (long long)root->asm_->group.value));
	if (root->asm_)
		api_about_json(&about, "groups", root->asm_->display);
	r->mail->about = api_about_done(&about, r->arena);
	if (!own)
		r->about = r->mail->about;
	json_decref(args);
}

static int64_t
send_at(struct sendgrid_reader *r)
{
	int64_t at = r->own->send_at.set ? r->own->send_at.value : r->root.send_at.value;

	if (at > INT64_MAX / SECOND_US)
		return INT64_MAX;
	/* What is past is sent now. */
	return at <= r->world->now / SECOND_US ? 0 : at * SECOND_US;
}

/* Was it said of the call? */
static bool
said(const struct sendgrid_reader *r, const struct outgoing_problem *p)
{
	if (p->code == OUTGOING_MANY)
		return p->where == OUTGOING_TO;
	if ((p->where == OUTGOING_CONTENT || p->where == OUTGOING_FILES) &&
		p->index != SIZE_MAX)
		return true;
	/* The template may have a subject and content. */
	return p->code == OUTGOING_MISSING &&
	       (r->root.template_id.n > 0 ||
		       (p->where == OUTGOING_CONTENT && r->root.content.n == 0));
}

/* Behind what the substitutions made of it. 0 or -E2BIG. */
static int
leave_of(struct sendgrid_reader *r)
{
	struct outgoing_tail leave = r->settings.tail;

	if (r->root.template_id.n || !leave.leave)
		return 0;
	leave.text = leave.html = STR_NONE;
	return outgoing_tail_put(r->arena, &leave, r->mail);
}

/* 0 or -E2BIG. */
static int
template_of(struct sendgrid_reader *r, size_t i)
{
	struct outgoing_template *t;

	if (!r->root.template_id.n)
		return 0;
	t = arena_alloc(r->arena, sizeof *t);
	if (!t)
		return -E2BIG;
	*t = (struct outgoing_template){ .name = r->root.template_id,
		.subject_first = true,
		.vars = r->own->data,
		.tail = &r->settings.tail };
	r->send->items[i].template = t;
	return 0;
}

int
sendgrid_send_item(struct sendgrid_reader *r, size_t i, struct outgoing *mail)
{
	const struct sendgrid_personalization *all = r->root.personalizations.at, *p = &all[i];
	struct outgoing_problems *found = r->found;
	int err;

	if (!found)
		found = r->found = arena_alloc(r->arena, sizeof *found);
	if (!found)
		return -E2BIG;
	r->own = p;
	r->mail = mail;
	r->at.index = i;
	r->at.from = p->from != NULL;
	r->at.subject = p->subject.p != NULL;
	r->at.send_at = p->send_at.set;
	r->at.custom_args = p->custom_args != NULL;
	*mail = r->base;
	mail->send_at = send_at(r);
	if (p->subject.p)
		mail->subject = p->subject;
	err = people_of(r);
	if (!err)
		err = fields_of(r);
	if (!err)
		err = subst_of(r);
	if (!err)
		err = leave_of(r);
	if (err)
		return err;
	about_of(r);
	if (template_of(r, i) < 0)
		return -E2BIG;
	found->n = found->dropped = 0;
	(void)outgoing_check(mail, &limits, r->world->now, found);
	for (size_t k = 0; k < found->n; k++)
		if (!said(r, &found->at[k]))
			sendgrid_error_outgoing(r->send, &found->at[k], &r->at);
	return 0;
}
