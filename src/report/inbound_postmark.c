/* Postmark's inbound webhook: one object. */
#include "base/buf.h"
#include "report/inbound_formats.h"
#include "report/inbound_put.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

struct str
inbound_postmark_hash(struct str address)
{
	struct str local = str_head(address, str_rfind(address, '@'));

	return str_from(local, str_find(local, '+') + 1);
}

static void
put_person(struct inbound_put *p, const char *name, const struct inbound_person *who)
{
	inbound_put_open(p, name, '{');
	inbound_put_text(p, "Email", who->address);
	inbound_put_text(p, "Name", who->name);
	inbound_put_text(p, "MailboxHash", inbound_postmark_hash(who->address));
	inbound_put_close(p, '}');
}

static void
put_people(struct inbound_put *p, const char *line, const char *full,
	const struct inbound_people *who)
{
	inbound_put_text(p, line, who->line);
	inbound_put_open(p, full, '[');
	for (size_t i = 0; i < who->n; i++)
		put_person(p, NULL, &who->at[i]);
	inbound_put_close(p, ']');
}

/* Numbers have 53 bits (send/accept): five of them stand before the last part. */
const char *
inbound_postmark_id(char dst[INBOUND_POSTMARK_ID], uint64_t rcpt)
{
	snprintf(dst, INBOUND_POSTMARK_ID, "00000000-0000-8000-8%03x-%012" PRIx64,
		(unsigned)(rcpt >> 48) & 0xfffu, rcpt & ((UINT64_C(1) << 48) - 1));
	return dst;
}

int
inbound_postmark_id_read(struct str id, uint64_t *ret_rcpt)
{
	char again[INBOUND_POSTMARK_ID];
	uint64_t n = 0;

	if (id.n != 36)
		return -EINVAL;
	for (size_t i = 20; i < id.n; i++) {
		int digit = ascii_hex(id.p[i]);

		if (i == 23)
			continue;
		if (digit < 0)
			return -EINVAL;
		n = n << 4 | (unsigned)digit;
	}
	if (n == 0 || n >> 53 || !str_ieq_z(id, inbound_postmark_id(again, n)))
		return -EINVAL;
	*ret_rcpt = n;
	return 0;
}

static void
put_id(struct inbound_put *p, struct str id)
{
	char text[INBOUND_POSTMARK_ID];
	uint64_t n;

	if (str_u64(id, &n) < 0)
		inbound_put_text(p, "MessageID", id);
	else
		inbound_put_text(p, "MessageID", str_z(inbound_postmark_id(text, n)));
}

static void
put_fields(struct inbound_put *p, const struct inbound_view *v)
{
	inbound_put_open(p, "Headers", '[');
	for (size_t i = 0; i < v->nfields; i++) {
		inbound_put_open(p, NULL, '{');
		inbound_put_text(p, "Name", v->fields[i].name);
		inbound_put_text(p, "Value", v->fields[i].value);
		inbound_put_close(p, '}');
	}
	inbound_put_close(p, ']');
}

static void
put_files(struct inbound_put *p, const struct inbound_view *v)
{
	inbound_put_open(p, "Attachments", '[');
	for (size_t i = 0; i < v->nfiles; i++) {
		const struct inbound_file *f = &v->files[i];

		inbound_put_open(p, NULL, '{');
		inbound_put_text(p, "Name", f->name);
		inbound_put_b64(p, "Content", f->bytes);
		inbound_put_text(p, "ContentType", f->type);
		inbound_put_number(p, "ContentLength", f->bytes.n);
		inbound_put_text(p, "ContentID", f->cid);
		inbound_put_close(p, '}');
	}
	inbound_put_close(p, ']');
}

void
inbound_postmark(struct buf *b, const struct inbound_letter *l, const struct inbound_view *v)
{
	static const struct inbound_person nobody = { { "", 0 }, { "", 0 } };
	const struct inbound_person *from = v->from.n ? v->from.at : &nobody;
	static const struct inbound_people none = { NULL, 0, { "", 0 } };
	struct inbound_put p = { b, false };

	inbound_put_open(&p, NULL, '{');
	inbound_put_text(&p, "FromName", from->name);
	inbound_put_text(&p, "MessageStream", STR_LIT("inbound"));
	inbound_put_text(&p, "From", from->address);
	put_person(&p, "FromFull", from);
	put_people(&p, "To", "ToFull", &v->to);
	put_people(&p, "Cc", "CcFull", &v->cc);
	put_people(&p, "Bcc", "BccFull", &none);
	inbound_put_text(&p, "OriginalRecipient", v->recipient);
	inbound_put_text(&p, "Subject", v->subject);
	put_id(&p, l->id);
	inbound_put_text(&p, "ReplyTo", v->reply_to.line);
	inbound_put_text(&p, "MailboxHash", v->plus);
	inbound_put_text(&p, "Date", v->date);
	inbound_put_text(&p, "TextBody", v->text.p ? v->text : STR_NONE);
	inbound_put_text(&p, "HtmlBody", v->html.p ? v->html : STR_NONE);
	inbound_put_text(&p, "StrippedTextReply", inbound_view_reply(v));
	inbound_put_text(&p, "Tag", STR_NONE);
	put_fields(&p, v);
	put_files(&p, v);
	inbound_put_close(&p, '}');
}
