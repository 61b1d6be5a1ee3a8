#include "wire/smtp_out_priv.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/address.h"

#define XTEXT_ORCPT_MAX 500 /* RFC 3461 4.2 */
#define XTEXT_ENVID_MAX 100 /* RFC 3461 4.4 */

/* The grammar was checked where the address came in; this is the last door before the wire
 * and keeps out only what could end the path or the line. */
bool
smtp_out_cmd_sendable(struct str a)
{
	bool quoted = false;

	if (a.n > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		uint8_t c = (uint8_t)a.p[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (!quoted && (c == ' ' || c == '<' || c == '>'))
			return false;
		if (c == '"')
			quoted = !quoted;
		if (c == '\\' && (!quoted || i + 1 == a.n || (uint8_t)a.p[i + 1] < 0x20))
			return false;
		if (c == '\\')
			i++;
	}
	return !quoted && text_is_utf8(a);
}

void
smtp_out_cmd_note(struct smtp_out *s, const char *who, struct str text)
{
	struct buf *t = s->transcript;
	size_t start;

	if (!t || t->full)
		return;
	start = t->n;
	(void)buf_put_z(t, who);
	(void)buf_put(t, STR_LIT(": "));
	(void)text_safe(t, text);
	(void)buf_put_c(t, '\n');
	if (t->full)
		buf_cut(t, start);
}

void
smtp_out_cmd_put(struct smtp_out *s, struct buf *out, struct str cmd, const char *shown)
{
	(void)buf_put(out, cmd);
	(void)buf_put(out, STR_LIT("\r\n"));
	must(!out->full);
	smtp_out_cmd_note(s, "C", shown ? str_z(shown) : cmd);
}

/* The end of a command written straight into out from byte `start` on. */
static void
end_cmd(struct smtp_out *s, struct buf *out, size_t start)
{
	must(!out->full);
	smtp_out_cmd_note(s, "C", str_from(buf_str(out), start));
	(void)buf_put(out, STR_LIT("\r\n"));
	must(!out->full);
}

void
smtp_out_cmd_hello(struct smtp_out *s, struct buf *out, const char *verb)
{
	size_t start = out->n;

	(void)buf_put_z(out, verb);
	(void)buf_put_c(out, ' ');
	(void)buf_put(out, s->conf.hostname);
	end_cmd(s, out, start);
}

static void
put_envid(struct buf *out, struct str envid)
{
	size_t start = out->n, from;

	(void)buf_put(out, STR_LIT(" ENVID="));
	from = out->n;
	(void)xtext_encode(out, envid);
	if (out->n - from > XTEXT_ENVID_MAX)
		buf_cut(out, start);
}

void
smtp_out_cmd_mail(struct smtp_out *s, struct buf *out)
{
	const struct smtp_out_mail *m = &s->mail;
	size_t start = out->n;

	(void)buf_put(out, STR_LIT("MAIL FROM:<"));
	(void)buf_put(out, m->from);
	(void)buf_put_c(out, '>');
	if ((s->caps & CAP_SIZE) && m->size) {
		(void)buf_put(out, STR_LIT(" SIZE="));
		(void)buf_put_u64(out, m->size);
	}
	if ((s->caps & CAP_8BITMIME) && m->body_8bit)
		(void)buf_put(out, STR_LIT(" BODY=8BITMIME"));
	if (s->mail_utf8)
		(void)buf_put(out, STR_LIT(" SMTPUTF8"));
	if ((s->caps & CAP_DSN) && m->ret != DSN_RET_NONE)
		(void)buf_put_z(out, m->ret == DSN_RET_FULL ? " RET=FULL" : " RET=HDRS");
	if ((s->caps & CAP_DSN) && m->envid.n)
		put_envid(out, m->envid);
	end_cmd(s, out, start);
}

static void
put_notify(struct buf *out, unsigned notify)
{
	static const struct {
		unsigned bit;
		const char *word;
	} table[] = {
		{ DSN_NEVER, "NEVER" },
		{ DSN_SUCCESS, "SUCCESS" },
		{ DSN_FAILURE, "FAILURE" },
		{ DSN_DELAY, "DELAY" },
	};
	const char *lead = " NOTIFY=";

	if (notify & DSN_NEVER)
		notify = DSN_NEVER;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (!(notify & table[i].bit))
			continue;
		(void)buf_put_z(out, lead);
		(void)buf_put_z(out, table[i].word);
		lead = ",";
	}
}

/* Left out when it is not "type;address" with a type that is an atom. */
static void
put_orcpt(struct buf *out, struct str orcpt)
{
	size_t start = out->n, from;
	struct str address = orcpt, type = str_cut(&address, ';');

	if (!address.p || address.n == 0 || type.n == 0)
		return;
	for (size_t i = 0; i < type.n; i++)
		if (!ascii_alnum(type.p[i]) && type.p[i] != '-')
			return;
	(void)buf_put(out, STR_LIT(" ORCPT="));
	from = out->n;
	(void)xtext_orcpt(out, type, address);
	if (out->n - from > XTEXT_ORCPT_MAX)
		buf_cut(out, start);
}

void
smtp_out_cmd_rcpt(struct smtp_out *s, struct buf *out, const struct smtp_out_rcpt *r)
{
	size_t start = out->n;

	(void)buf_put(out, STR_LIT("RCPT TO:<"));
	(void)buf_put(out, r->address);
	(void)buf_put_c(out, '>');
	if (s->caps & CAP_DSN) {
		put_notify(out, r->notify);
		put_orcpt(out, r->orcpt);
	}
	end_cmd(s, out, start);
}

static void
wipe(struct buf *b)
{
	if (b->p)
		mem_wipe(b->p, b->n);
	buf_done(b);
}

void
smtp_out_cmd_plain(struct smtp_out *s, struct buf *out, bool response_only)
{
	struct buf raw;

	buf_init(&raw, 64u << 10);
	(void)buf_put_c(&raw, '\0');
	(void)buf_put(&raw, s->conf.user);
	(void)buf_put_c(&raw, '\0');
	(void)buf_put(&raw, s->conf.secret);
	must(!raw.full);
	if (!response_only)
		(void)buf_put(out, STR_LIT("AUTH PLAIN "));
	(void)text_b64(out, buf_str(&raw));
	wipe(&raw);
	smtp_out_cmd_put(s, out, STR_NONE, response_only ? "***" : "AUTH PLAIN ***");
}

void
smtp_out_cmd_secret(struct smtp_out *s, struct buf *out, struct str secret)
{
	(void)text_b64(out, secret);
	smtp_out_cmd_put(s, out, STR_NONE, "***");
}
