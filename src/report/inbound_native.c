/* Our own format: JSON, signed as Standard Webhooks say. */
#include "base/utc.h"
#include "report/inbound_formats.h"
#include "report/inbound_put.h"

static void
put_people(struct inbound_put *p, const char *name, const struct inbound_people *who)
{
	inbound_put_open(p, name, '[');
	for (size_t i = 0; i < who->n; i++) {
		inbound_put_open(p, NULL, '{');
		inbound_put_text(p, "address", who->at[i].address);
		inbound_put_text(p, "name", who->at[i].name);
		inbound_put_close(p, '}');
	}
	inbound_put_close(p, ']');
}

static void
put_fields(struct inbound_put *p, const struct inbound_view *v)
{
	inbound_put_open(p, "headers", '[');
	for (size_t i = 0; i < v->nfields; i++) {
		inbound_put_open(p, NULL, '{');
		inbound_put_text(p, "name", v->fields[i].name);
		inbound_put_text(p, "value", v->fields[i].value);
		inbound_put_close(p, '}');
	}
	inbound_put_close(p, ']');
}

static void
put_files(struct inbound_put *p, const struct inbound_view *v)
{
	inbound_put_open(p, "attachments", '[');
	for (size_t i = 0; i < v->nfiles; i++) {
		const struct inbound_file *f = &v->files[i];

		inbound_put_open(p, NULL, '{');
		inbound_put_text(p, "name", f->name);
		inbound_put_text(p, "type", f->type);
		inbound_put_bool(p, "inline", f->inline_);
		if (f->cid.n)
			inbound_put_text(p, "content_id", f->cid);
		inbound_put_number(p, "size", f->bytes.n);
		inbound_put_b64(p, "content", f->bytes);
		inbound_put_close(p, '}');
	}
	inbound_put_close(p, ']');
}

void
inbound_native(struct buf *b, const struct inbound_letter *l, const struct inbound_view *v)
{
	struct inbound_put p = { b, false };
	char now[UTC_TEXT_SIZE];

	inbound_put_open(&p, NULL, '{');
	inbound_put_text(&p, "type", STR_LIT("inbound.received"));
	inbound_put_text(&p, "id", l->id);
	inbound_put_text(&p, "timestamp", str_z(utc_rfc3339(now, l->now)));
	inbound_put_open(&p, "data", '{');
	inbound_put_open(&p, "envelope", '{');
	inbound_put_text(&p, "from", l->sender);
	inbound_put_text(&p, "to", l->recipient);
	inbound_put_text(&p, "ip", v->client);
	inbound_put_close(&p, '}');
	inbound_put_text(&p, "tag", v->plus);
	inbound_put_text(&p, "message_id", v->message_id);
	inbound_put_text(&p, "in_reply_to", v->in_reply_to);
	inbound_put_text(&p, "date", v->date);
	inbound_put_text(&p, "subject", v->subject);
	put_people(&p, "from", &v->from);
	put_people(&p, "to", &v->to);
	put_people(&p, "cc", &v->cc);
	put_people(&p, "reply_to", &v->reply_to);
	inbound_put_maybe(&p, "text", v->text);
	inbound_put_maybe(&p, "html", v->html);
	inbound_put_text(&p, "reply", inbound_view_reply(v));
	put_fields(&p, v);
	put_files(&p, v);
	inbound_put_number(&p, "size", l->bytes.n);
	inbound_put_bool(&p, "cut", v->cut);
	inbound_put_close(&p, '}');
	inbound_put_close(&p, '}');
}
