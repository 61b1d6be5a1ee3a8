/* Law: whatever a fact says, each format posts JSON that a strict reader takes, and fields that
 * are printable; each event is told once or not at all; what is wanted by native is told. */
#include "base/must.h"
#include "base/text.h"
#include "report/event_scene.h"
#include "report/hook.h"
#include "report/hook_sendgrid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next text of the input: pieces are cut by a byte that is in no UTF-8, so that others may
 * be anything. */
static struct str
text(struct str *rest)
{
	struct str s = rest->p ? str_cut(rest, '\xfe') : STR_NONE;

	return str_head(s, 4000);
}

static uint8_t
byte(struct str *rest)
{
	uint8_t b = rest->p && rest->n ? (uint8_t)*rest->p : 0;

	if (rest->p)
		*rest = str_from(*rest, 1);
	return b;
}

static struct fact
fact_of(struct str *rest)
{
	struct fact f = { .kind = (uint8_t)(1 + byte(rest) % (FACT_KINDS - 1)) };

	f.number = f.kind >= FACT_RETURNED ? FACT_SIGNAL : byte(rest);
	f.class = byte(rest);
	f.blame = byte(rest);
	f.stage = byte(rest);
	f.robot = byte(rest) & 1;
	f.stream = byte(rest);
	f.via = byte(rest);
	f.at = SCENE_AT + byte(rest);
	f.next = byte(rest);
	f.took_ms = byte(rest);
	f.reply.code = (uint16_t)(byte(rest) << 8 | byte(rest));
	f.reply.dsn = (struct dsn_code){ byte(rest), (uint16_t)(byte(rest) * 257u),
		(uint16_t)(byte(rest) * 257u) };
	f.reply.text = text(rest);
	f.about = text(rest);
	f.host = text(rest);
	f.address = text(rest);
	f.tls = text(rest);
	f.ip = text(rest);
	f.agent = text(rest);
	f.url = text(rest);
	return f;
}

static void
check(const struct hook_post *p)
{
	json_t *j = json_loadb(p->body.p, p->body.n, JSON_REJECT_DUPLICATES, NULL);

	must(j && text_is_utf8(buf_str(&p->body)));
	must(!json_is_array(j) || json_array_size(j) == p->told);
	json_decref(j);
	for (size_t i = 0; i < p->nfields; i++)
		for (size_t k = 0; k < p->fields[i].value.n; k++)
			must(p->fields[i].value.p[k] >= ' ' && p->fields[i].value.p[k] <= '~');
}

static void
post_all(const struct event *events, size_t n, struct str key)
{
	for (unsigned f = 0; f < HOOK_FORMATS; f++) {
		struct hook_endpoint e = { .format = (enum hook_format)f,
			.kinds = UINT32_MAX,
			.url = STR_LIT("https://a.test/"),
			.key = key,
			.secrets = {
				f == HOOK_SENDGRID
					? STR_NONE
					: STR_LIT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") } };
		size_t told = 0;

		for (size_t from = 0; from < n;) {
			struct hook_post p;

			must(hook_write(&e, events + from, n - from, SCENE_AT, &p) == 0);
			must(p.taken > 0 && p.taken <= n - from && p.told <= p.taken);
			if (p.told)
				check(&p);
			told += p.told;
			from += p.taken;
			hook_post_done(&p);
		}
		must(told <= n && (f != HOOK_NATIVE || told == n));
	}
}

static struct str
key_of(void)
{
	static uint8_t key[HOOK_SENDGRID_KEY_SIZE];

	if (key[32] == 0)
		hook_sendgrid_key(key);
	return str_of(key, sizeof key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = str_of(data, size);
	struct ledger_row row = scene_row();
	struct event events[3];
	struct arena a;
	size_t n = 0;

	arena_init(&a, 1u << 20);
	row.recipient = text(&rest);
	row.sender = text(&rest);
	row.subject = text(&rest);
	row.message_id = text(&rest);
	row.facts = text(&rest);
	row.accepted = byte(&rest) * UTC_SEC;
	for (; n < 3 && rest.p && rest.n; n++) {
		struct fact f = fact_of(&rest);
		struct event_source source = { &row, &f, n, scene_key };

		must(event_of(&a, &source, &events[n]) == 0);
	}
	post_all(events, n, key_of());
	for (size_t i = 0; i < n; i++)
		event_done(&events[i]);
	arena_done(&a);
	return 0;
}
