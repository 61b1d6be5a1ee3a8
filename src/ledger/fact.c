#include "ledger/fact.h"

#include <errno.h>

/* Parts that follow the fixed head. A part that says nothing is not written, and one that says
 * nothing is not read: one fact has one spelling. */
#define PART_ATTEMPT  1u
#define PART_REPLY    2u
#define PART_ACCEPTED 4u
#define PART_ABOUT    8u
#define PART_SIGNAL   16u
#define PART_PLACE    32u

static const char *const names[FACT_KINDS] = {
	[FACT_ACCEPTED] = "accepted",
	[FACT_DELIVERED] = "delivered",
	[FACT_RELAYED] = "relayed",
	[FACT_DEFERRED] = "deferred",
	[FACT_BOUNCED] = "bounced",
	[FACT_EXPIRED] = "expired",
	[FACT_SUPPRESSED] = "suppressed",
	[FACT_IN_DOUBT] = "in_doubt",
	[FACT_HELD] = "held",
	[FACT_RELEASED] = "released",
	[FACT_CANCELLED] = "cancelled",
	[FACT_QUARANTINED] = "quarantined",
	[FACT_RETRIED] = "retried",
	[FACT_RETURNED] = "returned",
	[FACT_OPENED] = "opened",
	[FACT_CLICKED] = "clicked",
	[FACT_UNSUBSCRIBED] = "unsubscribed",
	[FACT_COMPLAINED] = "complained",
};

const char *
fact_name(enum fact_kind k)
{
	return (unsigned)k < FACT_KINDS && names[k] ? names[k] : "?";
}

static uint8_t
parts_of(const struct fact *f)
{
	const struct reply *r = &f->reply;
	unsigned parts = f->kind == FACT_ACCEPTED ? PART_ACCEPTED : 0;

	if (f->took_ms || f->next || f->host.n || f->address.n || f->tls.n ||
		f->transcript_day || f->transcript_length || f->transcript_offset || f->courier)
		parts |= PART_ATTEMPT;
	if (r->code || r->dsn.class || r->dsn.subject || r->dsn.detail || r->text.n)
		parts |= PART_REPLY;
	if (f->about.n)
		parts |= PART_ABOUT;
	if (f->robot || f->ip.n || f->agent.n || f->url.n)
		parts |= PART_SIGNAL;
	if (f->extent || f->offset || f->hash)
		parts |= PART_PLACE;
	return (uint8_t)parts;
}

static void
write_parts(struct buf *b, const struct fact *f, unsigned parts, int *err)
{
	if (parts & PART_ATTEMPT) {
		*err |= wr_u32(b, f->took_ms);
		*err |= wr_u64(b, (uint64_t)f->next);
		*err |= wr_str(b, f->host);
		*err |= wr_str(b, f->address);
		*err |= wr_str(b, f->tls);
		*err |= wr_u32(b, f->transcript_day);
		*err |= wr_u32(b, f->transcript_length);
		*err |= wr_u64(b, f->transcript_offset);
		*err |= wr_u8(b, f->courier);
	}
	if (parts & PART_REPLY) {
		*err |= wr_u16(b, f->reply.code);
		*err |= wr_u8(b, f->reply.dsn.class);
		*err |= wr_u16(b, f->reply.dsn.subject);
		*err |= wr_u16(b, f->reply.dsn.detail);
		*err |= wr_str(b, f->reply.text);
	}
	if (parts & PART_ACCEPTED) {
		*err |= wr_u8(b, f->stream);
		*err |= wr_u8(b, f->via);
		*err |= wr_u32(b, f->size);
		*err |= wr_str(b, f->recipient);
		*err |= wr_str(b, f->sender);
		*err |= wr_str(b, f->message_id);
		*err |= wr_str(b, f->subject);
		*err |= wr_str(b, f->client);
	}
	if (parts & PART_ABOUT)
		*err |= wr_str(b, f->about);
	if (parts & PART_SIGNAL) {
		*err |= wr_u8(b, f->robot);
		*err |= wr_str(b, f->ip);
		*err |= wr_str(b, f->agent);
		*err |= wr_str(b, f->url);
	}
	if (parts & PART_PLACE) {
		*err |= wr_u32(b, f->extent);
		*err |= wr_u64(b, f->offset);
		*err |= wr_u64(b, f->hash);
	}
}

int
fact_write(struct buf *b, const struct fact *f)
{
	uint8_t parts = parts_of(f);
	size_t begin = b->n;
	int err = wr_u8(b, f->kind);

	err |= wr_u8(b, parts);
	err |= wr_u64(b, f->rcpt);
	err |= wr_u64(b, f->message);
	err |= wr_u32(b, f->tenant);
	err |= wr_u16(b, f->number);
	err |= wr_u8(b, f->class);
	err |= wr_u8(b, f->blame);
	err |= wr_u8(b, f->stage);
	err |= wr_u64(b, (uint64_t)f->at);
	write_parts(b, f, parts, &err);
	if (!err)
		return 0;
	buf_cut(b, begin);
	return -E2BIG;
}

static void
read_parts(struct rd *r, struct fact *f, unsigned parts)
{
	if (parts & PART_ATTEMPT) {
		f->took_ms = rd_u32(r);
		f->next = (int64_t)rd_u64(r);
		f->host = rd_str(r);
		f->address = rd_str(r);
		f->tls = rd_str(r);
		f->transcript_day = rd_u32(r);
		f->transcript_length = rd_u32(r);
		f->transcript_offset = rd_u64(r);
		f->courier = rd_u8(r);
	}
	if (parts & PART_REPLY) {
		f->reply.code = rd_u16(r);
		f->reply.dsn.class = rd_u8(r);
		f->reply.dsn.subject = rd_u16(r);
		f->reply.dsn.detail = rd_u16(r);
		f->reply.text = rd_str(r);
	}
	if (parts & PART_ACCEPTED) {
		f->stream = rd_u8(r);
		f->via = rd_u8(r);
		f->size = rd_u32(r);
		f->recipient = rd_str(r);
		f->sender = rd_str(r);
		f->message_id = rd_str(r);
		f->subject = rd_str(r);
		f->client = rd_str(r);
	}
	if (parts & PART_ABOUT)
		f->about = rd_str(r);
	if (parts & PART_SIGNAL) {
		f->robot = rd_u8(r);
		f->ip = rd_str(r);
		f->agent = rd_str(r);
		f->url = rd_str(r);
	}
	if (parts & PART_PLACE) {
		f->extent = rd_u32(r);
		f->offset = rd_u64(r);
		f->hash = rd_u64(r);
	}
}

int
fact_read(struct rd *r, struct fact *ret_f)
{
	struct fact f = { .kind = rd_u8(r) };
	unsigned parts = rd_u8(r);

	f.rcpt = rd_u64(r);
	f.message = rd_u64(r);
	f.tenant = rd_u32(r);
	f.number = rd_u16(r);
	f.class = rd_u8(r);
	f.blame = rd_u8(r);
	f.stage = rd_u8(r);
	f.at = (int64_t)rd_u64(r);
	read_parts(r, &f, parts);
	if (r->bad || f.kind == 0 || f.kind >= FACT_KINDS || parts_of(&f) != parts)
		return -EBADMSG;
	*ret_f = f;
	return 0;
}

void
fact_erase(struct fact *f)
{
	if (f->kind == FACT_ACCEPTED)
		f->recipient = STR_LIT(FACT_ERASED);
	f->subject = f->about = STR_NONE;
	f->reply.text = STR_NONE;
	f->ip = f->agent = f->url = STR_NONE;
	f->transcript_day = f->transcript_length = 0;
	f->transcript_offset = 0;
	f->extent = 0;
	f->offset = f->hash = 0;
}
