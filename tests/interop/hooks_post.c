/*
 * For hooks.test: one event of each kind in each format as hook_write would post it now, a line
 * of JSON each: {format, told, headers, body (base64), public}.
 */
#include "base/text.h"
#include "report/event_scene.h"
#include "report/hook.h"
#include "report/hook_sendgrid.h"

static uint8_t key[HOOK_SENDGRID_KEY_SIZE];
static struct buf public;

static void
text_member(
	json_t *o, const char *name, int (*encode)(struct buf *b, struct str s), struct str s)
{
	struct buf b;

	buf_init(&b, 8u << 20);
	must(encode(&b, s) == 0);
	json_object_set_new(o, name, json_stringn(b.p, b.n));
	buf_done(&b);
}

static void
print(enum hook_format f, const struct hook_post *p)
{
	json_t *o = json_pack("{s:s, s:i, s:{}}", "format", hook_format_name(f), "told",
		(int)p->told, "headers");
	char *line;

	for (size_t i = 0; i < p->nfields; i++)
		json_object_set_new(json_object_get(o, "headers"), p->fields[i].name,
			json_stringn(p->fields[i].value.p, p->fields[i].value.n));
	text_member(o, "body", text_b64, buf_str(&p->body));
	text_member(o, "public", buf_put, buf_str(&public));
	line = json_dumps(o, JSON_COMPACT);
	puts(line);
	free(line);
	json_decref(o);
}

static void
post(enum hook_format f, const struct event *events, size_t n)
{
	struct hook_endpoint e = { .format = f,
		.kinds = hook_kinds(f, STR_NONE),
		.url = STR_LIT("https://shop.example/hook"),
		.key = str_of(key, sizeof key),
		.secrets = { STR_LIT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
			STR_LIT("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX") } };

	for (size_t from = 0; from < n;) {
		struct hook_post p;

		must(hook_write(&e, events + from, n - from, time(NULL) * UTC_SEC, &p) == 0);
		if (p.told)
			print(f, &p);
		from += p.taken;
		hook_post_done(&p);
	}
}

int
main(void)
{
	struct event events[FACT_KINDS];
	size_t n = 0;

	buf_init(&public, 256);
	hook_sendgrid_key(key);
	must(hook_sendgrid_public(&public, str_of(key, sizeof key)) == 0);
	for (unsigned k = FACT_ACCEPTED; k < FACT_KINDS; k++)
		events[n++] = scene_event((enum fact_kind)k);
	events[n++] = scene_failure(FACT_BOUNCED, CLASS_POLICY, BLAME_OUR_IP,
		REPLY(550, 5, 7, 1, "Refus\xc3\xa9 \xe2\x80\xa8 \xff\r\n\"\\"));
	must(n <= FACT_KINDS);
	for (unsigned f = 0; f < HOOK_FORMATS; f++)
		post((enum hook_format)f, events, n);
	for (size_t i = 0; i < n; i++)
		event_done(&events[i]);
	scene_done();
	buf_done(&public);
	return 0;
}
