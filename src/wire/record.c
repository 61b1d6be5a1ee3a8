#include "wire/record.h"

#include "base/must.h"

#include <endian.h>
#include <errno.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define RECORD_MAGIC                                                                           \
	UINT32_C(0xfac7e1a5) /* no byte of it is zero: a zeroed head is no head                \
	                      */
#define RECORD_END UINT32_C(0x5a1e7caf)
#define ALIGN      8u

/* Places of the head's fields. The checksum covers type, zero and length as they lie. */
enum { AT_MAGIC = 0, AT_TYPE = 4, AT_ZERO = 6, AT_LENGTH = 8, AT_CHECK = 12, AT_SUM = 16 };
_Static_assert(AT_SUM + 8 == RECORD_HEAD, "head");

static const char file_magic[8] = { 'f', 'a', 'c', 't', 'e', 'u', 'r', '\n' };
/* The file header's checksum stays at its place in every version. */
enum { F_KIND = 8, F_VERSION = 10, F_GENERATION = 16, F_SALT = 24, F_WRITER = 32, F_SUM = 56 };
_Static_assert(F_SUM + 8 == RECORD_FILE_HEAD, "file head");

static void
put16(void *at, uint16_t v)
{
	v = htole16(v);
	memcpy(at, &v, sizeof v);
}

static void
put32(void *at, uint32_t v)
{
	v = htole32(v);
	memcpy(at, &v, sizeof v);
}

static void
put64(void *at, uint64_t v)
{
	v = htole64(v);
	memcpy(at, &v, sizeof v);
}

static uint16_t
get16(const void *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof v);
	return le16toh(v);
}

static uint32_t
get32(const void *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return le32toh(v);
}

static uint64_t
get64(const void *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof v);
	return le64toh(v);
}

static bool
all_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static uint32_t
head_check(const char *head, uint64_t seed)
{
	return (uint32_t)XXH3_64bits_withSeed(head, AT_CHECK, seed);
}

/* Eight bytes of the head and the payload: the payload is hashed with its own head's hash as
 * seed, which needs no copy and no streaming state. */
static uint64_t
checksum(const char *head, struct str payload, uint64_t seed)
{
	uint64_t h = XXH3_64bits_withSeed(head + AT_TYPE, AT_CHECK - AT_TYPE, seed);

	return XXH3_64bits_withSeed(payload.p, payload.n, h);
}

static size_t
record_size(size_t payload)
{
	return (RECORD_HEAD + payload + sizeof(uint32_t) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

int
record_write(struct buf *b, uint64_t salt, uint64_t offset, const struct record *r)
{
	uint64_t seed = salt ^ offset;
	size_t size;
	char *p;

	must(offset % ALIGN == 0);
	must(r->type > 0);
	if (r->payload.n > RECORD_MAX)
		return -E2BIG;
	size = record_size(r->payload.n);
	p = buf_room(b, size);
	if (!p)
		return -E2BIG;
	put32(p + AT_MAGIC, RECORD_MAGIC);
	put16(p + AT_TYPE, r->type);
	put16(p + AT_ZERO, 0);
	put32(p + AT_LENGTH, (uint32_t)r->payload.n);
	put32(p + AT_CHECK, head_check(p, seed));
	put64(p + AT_SUM, checksum(p, r->payload, seed));
	if (r->payload.n)
		memcpy(p + RECORD_HEAD, r->payload.p, r->payload.n);
	memset(p + RECORD_HEAD + r->payload.n, 0, size - RECORD_HEAD - r->payload.n);
	put32(p + RECORD_HEAD + r->payload.n, RECORD_END);
	buf_added(b, size);
	return 0;
}

/* Fewer bytes than a head: the beginning of one, or damage? */
static int
read_short(struct str s)
{
	char magic[4];

	if (all_zero(s.p, s.n))
		return 0;
	put32(magic, RECORD_MAGIC);
	return memcmp(s.p, magic, s.n < sizeof magic ? s.n : sizeof magic) != 0 ? -EILSEQ
	                                                                        : -EAGAIN;
}

int
record_read(struct str s, uint64_t salt, uint64_t offset, struct record *ret_r)
{
	uint64_t seed = salt ^ offset;
	struct str payload;
	size_t size;

	if (s.n < RECORD_HEAD)
		return read_short(s);
	if (get32(s.p + AT_MAGIC) != RECORD_MAGIC)
		return all_zero(s.p, RECORD_HEAD) ? 0 : -EILSEQ;
	if (get32(s.p + AT_CHECK) != head_check(s.p, seed) || get16(s.p + AT_ZERO) ||
		!get16(s.p + AT_TYPE) || get32(s.p + AT_LENGTH) > RECORD_MAX)
		return -EILSEQ;
	payload = str_of(s.p + RECORD_HEAD, get32(s.p + AT_LENGTH));
	size = record_size(payload.n);
	if (s.n < size)
		return -EAGAIN;
	/* The end mark first: it tells a torn write without reading the payload. */
	if (get32(payload.p + payload.n) != RECORD_END ||
		get64(s.p + AT_SUM) != checksum(s.p, payload, seed))
		return -EILSEQ;
	*ret_r = (struct record){ get16(s.p + AT_TYPE), payload, size };
	return 1;
}

size_t
record_resync(struct str s, uint64_t salt, uint64_t offset)
{
	struct record r;

	for (size_t at = 0; at + RECORD_HEAD <= s.n; at += ALIGN)
		if (get32(s.p + at) == RECORD_MAGIC &&
			record_read(str_from(s, at), salt, offset + at, &r) == 1)
			return at;
	return s.n;
}

void
record_file_write(uint8_t dst[RECORD_FILE_HEAD], const struct record_file *f)
{
	memset(dst, 0, RECORD_FILE_HEAD);
	memcpy(dst, file_magic, sizeof file_magic);
	put16(dst + F_KIND, f->kind);
	put16(dst + F_VERSION, f->version);
	put64(dst + F_GENERATION, f->generation);
	put64(dst + F_SALT, f->salt);
	put64(dst + F_WRITER, f->writer);
	put64(dst + F_SUM, XXH3_64bits(dst, F_SUM));
}

int
record_file_read(struct str s, struct record_file *ret_f)
{
	uint16_t newest;

	if (s.n < RECORD_FILE_HEAD || memcmp(s.p, file_magic, sizeof file_magic) != 0 ||
		get64(s.p + F_SUM) != XXH3_64bits(s.p, F_SUM))
		return -EILSEQ;
	newest =
		get16(s.p + F_KIND) == RECORD_JOURNAL ? RECORD_VERSION_JOURNAL : RECORD_VERSION;
	if (get16(s.p + F_VERSION) > newest || get16(s.p + F_VERSION) == 0)
		return -ENOTSUP;
	*ret_f = (struct record_file){
		.kind = get16(s.p + F_KIND),
		.version = get16(s.p + F_VERSION),
		.generation = get64(s.p + F_GENERATION),
		.salt = get64(s.p + F_SALT),
		.writer = get64(s.p + F_WRITER),
	};
	return 0;
}
