#include "wire/backup.h"

#include "base/bytes.h"
#include "base/must.h"

#include <errno.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define FRAME_HEAD 16u
#define NAMES_MAX  3u

static const char magic[16] = { 'F', 'A', 'C', 'T', 'E', 'U', 'R', '-', 'B', 'A', 'C', 'K', 'U',
	'P', '\r', '\n' };

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

bool
backup_name_good(struct str name)
{
	size_t names = 1;

	if (name.n == 0 || name.n > BACKUP_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		bool first = i == 0 || name.p[i - 1] == '/';

		if (name.p[i] == '/' ? first || i + 1 == name.n
				     : !is_name_byte(name.p[i]) || (first && name.p[i] == '.'))
			return false;
		names += name.p[i] == '/';
	}
	return names <= NAMES_MAX;
}

/* Of kind, length and payload. */
static uint64_t
frame_sum(uint64_t number, uint8_t kind, struct str payload)
{
	uint64_t seed = number << 8 | kind;

	return XXH3_64bits_withSeed(
		payload.p ? payload.p : "", payload.n, seed ^ (uint64_t)payload.n << 40);
}

static void
frame(struct backup_out *o, struct buf *b, enum backup_kind kind, struct str payload)
{
	int err = wr_u32(b, (uint32_t)kind);

	err = err ? err : wr_u32(b, (uint32_t)payload.n);
	err = err ? err : wr_u64(b, frame_sum(o->frame++, (uint8_t)kind, payload));
	err = err ? err : buf_put(b, payload);
	must(err == 0);
}

static uint64_t
add_sum(uint64_t sum, struct str payload)
{
	return XXH3_64bits_withSeed(payload.p ? payload.p : "", payload.n, sum);
}

void
backup_out_head(struct buf *b, uint32_t flags)
{
	int err = buf_put(b, str_of(magic, sizeof magic));

	err = err ? err : wr_u32(b, BACKUP_VERSION);
	err = err ? err : wr_u32(b, flags);
	must(err == 0);
}

void
backup_out_part(struct backup_out *o, struct buf *b, struct str name)
{
	must(!o->open && backup_name_good(name));
	frame(o, b, BACKUP_PART, name);
	o->open = true;
	o->size = o->sum = 0;
	o->parts++;
}

static bool
all_zero(struct str s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

void
backup_out_data(struct backup_out *o, struct buf *b, struct str bytes)
{
	char number[8];
	struct buf n = { number, 0, sizeof number, sizeof number, false };
	struct str payload = bytes;
	bool zeros = all_zero(bytes);

	must(o->open && bytes.n <= BACKUP_DATA_MAX);
	if (bytes.n == 0)
		return;
	if (zeros) {
		must(wr_u64(&n, bytes.n) == 0);
		payload = buf_str(&n);
	}
	frame(o, b, zeros ? BACKUP_ZEROS : BACKUP_DATA, payload);
	o->sum = add_sum(o->sum, payload);
	o->size += bytes.n;
}

static void
two_numbers(struct backup_out *o, struct buf *b, enum backup_kind kind, const uint64_t v[2])
{
	char text[16];
	struct buf n = { text, 0, sizeof text, sizeof text, false };

	must(wr_u64(&n, v[0]) == 0 && wr_u64(&n, v[1]) == 0);
	frame(o, b, kind, buf_str(&n));
}

void
backup_out_part_end(struct backup_out *o, struct buf *b)
{
	must(o->open);
	two_numbers(o, b, BACKUP_PART_END, (uint64_t[2]){ o->size, o->sum });
	o->open = false;
	o->bytes += o->size;
}

void
backup_out_end(struct backup_out *o, struct buf *b)
{
	must(!o->open);
	two_numbers(o, b, BACKUP_END, (uint64_t[2]){ o->parts, o->bytes });
}

int
backup_in_head(struct str s, uint32_t *ret_version, uint32_t *ret_flags)
{
	struct rd r = rd_of(s);
	struct str m = rd_raw(&r, sizeof magic);
	uint32_t version = rd_u32(&r), flags = rd_u32(&r);

	if (r.bad || !str_eq(m, str_of(magic, sizeof magic)) || version == 0)
		return -EILSEQ;
	if (version > BACKUP_VERSION || flags & ~BACKUP_ENCRYPTED)
		return -ENOTSUP;
	*ret_version = version;
	*ret_flags = flags;
	return 0;
}

void
backup_in_init(struct backup_in *in)
{
	*in = (struct backup_in){ 0 };
	buf_init(&in->held, FRAME_HEAD + BACKUP_DATA_MAX);
}

void
backup_in_done(struct backup_in *in)
{
	buf_done(&in->held);
}

static int
take_zeros(struct backup_in *in, struct str payload, struct backup_fact *f)
{
	struct rd r = rd_of(payload);

	f->n = rd_u64(&r);
	if (!in->open || !rd_end(&r) || f->n == 0 || f->n > BACKUP_PART_MAX - in->size)
		return -EBADMSG;
	in->size += f->n;
	in->sum = add_sum(in->sum, payload);
	return 1;
}

static int
take_data(struct backup_in *in, struct str payload, struct backup_fact *f)
{
	if (!in->open || payload.n == 0 || payload.n > BACKUP_PART_MAX - in->size)
		return -EBADMSG;
	in->size += payload.n;
	in->sum = add_sum(in->sum, payload);
	f->bytes = payload;
	return 1;
}

static int
take_part(struct backup_in *in, struct str payload, struct backup_fact *f)
{
	if (in->open || !backup_name_good(payload) || in->parts == BACKUP_PARTS_MAX)
		return -EBADMSG;
	in->open = true;
	in->size = in->sum = 0;
	in->parts++;
	f->bytes = payload;
	return 1;
}

static int
take_end(struct backup_in *in, struct str payload, struct backup_fact *f)
{
	struct rd r = rd_of(payload);
	uint64_t a = rd_u64(&r), b = rd_u64(&r);
	bool part = f->kind == BACKUP_PART_END;

	if (!rd_end(&r) || in->open != part)
		return -EBADMSG;
	if (part ? a != in->size || b != in->sum : a != in->parts || b != in->bytes)
		return -EBADMSG;
	in->bytes += part ? in->size : 0;
	in->open = false;
	in->ended = !part;
	f->n = a;
	return 1;
}

static int
take(struct backup_in *in, uint32_t kind, struct str payload, struct backup_fact *f)
{
	f->kind = (enum backup_kind)kind;
	switch (kind) {
	case BACKUP_PART:
		return take_part(in, payload, f);
	case BACKUP_DATA:
		return take_data(in, payload, f);
	case BACKUP_ZEROS:
		return take_zeros(in, payload, f);
	case BACKUP_PART_END:
	case BACKUP_END:
		return take_end(in, payload, f);
	default:
		return -EBADMSG;
	}
}

static int
next(struct backup_in *in, struct str *s, struct backup_fact *ret_f)
{
	struct rd r;
	struct str payload;
	uint32_t kind, length;
	uint64_t sum;

	buf_eat(&in->held, in->told);
	in->told = 0;
	if (in->ended)
		return s->n ? -EBADMSG : 0;
	if (!buf_fill(&in->held, s, FRAME_HEAD))
		return 0;
	r = rd_of(str_head(buf_str(&in->held), FRAME_HEAD));
	kind = rd_u32(&r);
	length = rd_u32(&r);
	sum = rd_u64(&r);
	if (length > BACKUP_DATA_MAX || kind > BACKUP_END)
		return -EBADMSG;
	if (!buf_fill(&in->held, s, FRAME_HEAD + length))
		return 0;
	payload = str_from(buf_str(&in->held), FRAME_HEAD);
	if (frame_sum(in->frame++, (uint8_t)kind, payload) != sum)
		return -EBADMSG;
	in->told = in->held.n;
	return take(in, kind, payload, ret_f);
}

int
backup_in_next(struct backup_in *in, struct str *s, struct backup_fact *ret_f)
{
	struct backup_fact f = { .bytes = STR_NONE };
	int got = in->bad ? -EBADMSG : next(in, s, &f);

	in->bad = got < 0;
	if (got == 1)
		*ret_f = f;
	return got;
}

int
backup_in_finish(const struct backup_in *in)
{
	return in->ended && !in->bad ? 0 : -ENODATA;
}
