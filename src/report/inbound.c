#include "report/inbound.h"

#include "base/map.h"
#include "report/hook_native.h"
#include "report/inbound_formats.h"

#include <errno.h>
#include <stdio.h>

#define VALUES_MAX    1000u
#define BOUNDARY_SIZE 48u

static const char *const names[INBOUND_FORMATS] = { [INBOUND_NATIVE] = "native",
	[INBOUND_MAILJET] = "mailjet",
	[INBOUND_SENDGRID] = "sendgrid",
	[INBOUND_SENDGRID_RAW] = "sendgrid-raw",
	[INBOUND_POSTMARK] = "postmark" };

const char *
inbound_format_name(enum inbound_format f)
{
	return (unsigned)f < INBOUND_FORMATS ? names[f] : "?";
}

int
inbound_format_of(struct str name, enum inbound_format *ret_f)
{
	for (unsigned i = 0; i < INBOUND_FORMATS; i++)
		if (str_eq_z(name, names[i])) {
			*ret_f = (enum inbound_format)i;
			return 0;
		}
	return -EINVAL;
}

/* One that stands nowhere in the mail, so in none of its parts, decoded or not: a mail that
 * holds a guessed one gets another. Decoded files are asked too. */
static struct str
boundary_of(struct arena *a, const struct inbound_letter *l, const struct inbound_view *v)
{
	struct str got;

	for (uint64_t i = 0; i < 64; i++) {
		uint64_t h = hash_bytes(i, l->bytes);
		bool there;

		got = arena_printf(a, "facteur-%016llx%016llx", (unsigned long long)h,
			(unsigned long long)hash_bytes(h, l->id));
		if (!got.p)
			break;
		there = str_find_str(l->bytes, got) < l->bytes.n;
		for (size_t k = 0; k < v->nfiles && !there; k++)
			there = str_find_str(v->files[k].bytes, got) < v->files[k].bytes.n;
		there = there || (v->text.p && str_find_str(v->text, got) < v->text.n) ||
		        (v->html.p && str_find_str(v->html, got) < v->html.n);
		if (!there)
			return got;
	}
	return (struct str){ NULL, 0 };
}

static void
add_field(struct inbound_post *p, const char *name, struct str value)
{
	size_t at = p->values.n;

	(void)buf_put(&p->values, value);
	p->fields[p->nfields].name = name;
	p->fields[p->nfields++].value = str_from(buf_str(&p->values), at);
}

static int
sign(struct inbound_post *p, const struct inbound_letter *l)
{
	const struct str secrets[HOOK_SECRETS_MAX] = { l->secret, STR_NONE };
	const struct hook_signed what = { l->id, l->now / 1000000, buf_str(&p->body) };
	char second[32];
	struct buf b;
	int err;

	buf_init(&b, VALUES_MAX);
	snprintf(second, sizeof second, "%lld", (long long)what.second);
	add_field(p, "webhook-timestamp", str_z(second));
	err = hook_native_sign(&b, secrets, &what);
	if (!err)
		add_field(p, "webhook-signature", buf_str(&b));
	buf_done(&b);
	return err;
}

static int
write_body(struct arena *a, const struct inbound_letter *l, const struct inbound_view *v,
	struct inbound_post *p)
{
	bool form = l->format == INBOUND_SENDGRID || l->format == INBOUND_SENDGRID_RAW;
	struct str boundary = form ? boundary_of(a, l, v) : STR_NONE;
	char type[120];

	if (!boundary.p)
		return -E2BIG;
	snprintf(type, sizeof type,
		form ? "multipart/form-data; boundary=%.*s" : "application/json%.*s",
		STR_ARG(boundary));
	add_field(p, "Content-Type", str_z(type));
	add_field(p, "webhook-id", l->id);
	if (form)
		inbound_sendgrid(&p->body, l, v, boundary);
	else if (l->format == INBOUND_MAILJET)
		inbound_mailjet(&p->body, v);
	else if (l->format == INBOUND_POSTMARK)
		inbound_postmark(&p->body, l, v);
	else
		inbound_native(&p->body, l, v);
	if (p->body.full)
		return -E2BIG;
	return l->secret.n ? sign(p, l) : 0;
}

int
inbound_write(const struct inbound_letter *l, struct inbound_post *ret_p)
{
	struct inbound_post p = { .nfields = 0 };
	struct inbound_view *v;
	struct arena a;
	int err;

	arena_init(&a, l->bytes.n * 6 + (1u << 20));
	buf_init(&p.body, INBOUND_BODY_MAX);
	buf_init(&p.values, VALUES_MAX);
	/* It never moves: fields point into it. */
	(void)buf_room(&p.values, VALUES_MAX);
	v = arena_alloc(&a, sizeof *v);
	err = v ? inbound_view_read(&a, l, v) : -E2BIG;
	err = err ? err : write_body(&a, l, v, &p);
	arena_done(&a);
	if (err) {
		inbound_post_done(&p);
		return err;
	}
	*ret_p = p;
	return 0;
}

void
inbound_post_done(struct inbound_post *p)
{
	buf_done(&p->body);
	buf_done(&p->values);
}
