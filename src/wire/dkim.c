#include "wire/dkim.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/header.h"

#include <errno.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define COLUMNS 76

/* ---- the body ---- */

static void
flush(struct dkim_body *d)
{
	must(EVP_DigestUpdate(d->md, d->out, d->n) == 1);
	d->n = 0;
}

static void
put(struct dkim_body *d, const char *p, size_t n)
{
	if (n > sizeof d->out - d->n) {
		flush(d);
		if (n > sizeof d->out) {
			must(EVP_DigestUpdate(d->md, p, n) == 1);
			return;
		}
	}
	memcpy(d->out + d->n, p, n);
	d->n += n;
}

/* Content is coming: what was held back before it counts now. */
static void
put_held(struct dkim_body *d)
{
	for (; d->crlfs; d->crlfs--)
		put(d, "\r\n", 2);
	if (d->space)
		put(d, " ", 1);
	d->space = false;
	d->any = true;
}

void
dkim_body_init(struct dkim_body *d)
{
	d->md = EVP_MD_CTX_new();
	d->crlfs = 0;
	d->space = d->cr = d->any = false;
	d->n = 0;
	must(d->md && EVP_DigestInit_ex2(d->md, EVP_sha256(), NULL) == 1);
}

static bool
is_special(char c)
{
	static const bool special[256] = { [' '] = true, ['\t'] = true, ['\r'] = true };

	return special[(uint8_t)c];
}

#ifdef __SSE2__
/* The same as plain_run, 16 bytes a step: it stops at a tab, at a CR, and at a space that has
 * one of the three beside it. Looks one byte ahead, so the last bytes are left to plain_run. */
static size_t
plain_blocks(const char *p, size_t n)
{
	const __m128i space = _mm_set1_epi8(' '), tab = _mm_set1_epi8('\t'),
		      cr = _mm_set1_epi8('\r');
	unsigned before = 1; /* a space at the front needs put_held */

	for (size_t i = 0;; i += 16) {
		__m128i at;
		unsigned spaces, others, all, stop;

		if (n - i < 17)
			return i;
		at = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		spaces = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(at, space));
		others = (unsigned)_mm_movemask_epi8(
			_mm_or_si128(_mm_cmpeq_epi8(at, tab), _mm_cmpeq_epi8(at, cr)));
		all = spaces | others | (unsigned)is_special(p[i + 16]) << 16;
		stop = others | (spaces & (all << 1 | before | all >> 1));
		if (stop)
			return i + (size_t)__builtin_ctz(stop);
		before = spaces >> 15;
	}
}
#else
static size_t
plain_blocks(const char *p, size_t n)
{
	(void)p;
	(void)n;
	return 0;
}
#endif

/* Bytes that go to the hash as they are: no CR, and a space only between two others. */
static size_t
plain_run(const char *p, size_t n)
{
	size_t i = plain_blocks(p, n);

	for (;;) {
		while (i < n && !is_special(p[i]))
			i++;
		if (i + 1 >= n || p[i] != ' ' || is_special(p[i + 1]) || !i)
			return i;
		i += 2;
	}
}

void
dkim_body_feed(struct dkim_body *d, struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		char c = s.p[i];
		size_t n;

		if (d->cr) {
			d->cr = false;
			if (c == '\n') {
				d->space = false; /* white space at the end of a line */
				d->crlfs++;
				i++;
				continue;
			}
			put_held(d);
			put(d, "\r", 1);
		}
		n = plain_run(s.p + i, s.n - i);
		if (n) {
			put_held(d);
			put(d, s.p + i, n);
			i += n;
			continue;
		}
		if (c == '\r')
			d->cr = true;
		else
			d->space = true;
		i++;
	}
}

void
dkim_body_end(struct dkim_body *d, uint8_t ret_hash[DKIM_HASH_SIZE])
{
	if (d->cr) {
		put_held(d);
		put(d, "\r", 1);
	}
	/* Whether the last line had its CRLF or not, the hash sees one (RFC 6376 3.4.4); a body
	 * of nothing but empty lines is hashed as nothing. */
	if (d->any)
		put(d, "\r\n", 2);
	flush(d);
	must(EVP_DigestFinal_ex(d->md, ret_hash, NULL) == 1);
	dkim_body_done(d);
}

void
dkim_body_done(struct dkim_body *d)
{
	EVP_MD_CTX_free(d->md);
	d->md = NULL;
}

/* ---- the header ---- */

static const char *const oversigned[] = { "From", "To", "Cc", "Subject", "Date", "Message-ID",
	"Reply-To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID",
	"Content-Description", "List-Unsubscribe", "List-Unsubscribe-Post" };
#define NAMES (sizeof oversigned / sizeof *oversigned)

struct signed_field {
	struct header_field field;
	size_t name; /* index in oversigned */
};

static size_t
name_index(struct str name)
{
	size_t i = 0;

	while (i < NAMES && !str_ieq_z(name, oversigned[i]))
		i++;
	return i;
}

/* The next field of the block that is signed. */
static bool
next_signed(struct str *rest, struct signed_field *ret_f)
{
	int r;

	while ((r = header_next(rest, &ret_f->field)) != 0)
		if (r > 0 && (ret_f->name = name_index(ret_f->field.name)) < NAMES)
			return true;
	return false;
}

/* Relaxed header canonicalisation (RFC 6376 3.4.2), without the CRLF. */
static void
put_relaxed(struct dkim_body *h, const struct header_field *f)
{
	struct str v = f->value;
	bool space = false, any = false;

	for (size_t i = 0; i < f->name.n; i++)
		put(h, (char[]){ ascii_lower(f->name.p[i]) }, 1);
	put(h, ":", 1);
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\r' && i + 1 < v.n && v.p[i + 1] == '\n') {
			i++;
		} else if (v.p[i] == ' ' || v.p[i] == '\t') {
			space = any;
		} else {
			if (space)
				put(h, " ", 1);
			put(h, v.p + i, 1);
			space = false;
			any = true;
		}
	}
}

static size_t
column(const struct buf *b)
{
	struct str s = buf_str(b);
	size_t lf = str_rfind(s, '\n');

	return lf == s.n ? s.n : s.n - lf - 1;
}

/* A tag whose value may be folded. */
static void
put_name(struct buf *b, const char *name)
{
	buf_put_z(b, column(b) + strlen(name) + 1 > COLUMNS ? "\r\n\t" : " ");
	buf_put_z(b, name);
}

static void
put_tag(struct buf *b, const char *name, struct str value)
{
	bool fits = column(b) + strlen(name) + value.n + 3 <= COLUMNS;

	buf_printf(b, "%s%s=%.*s;", fits ? " " : "\r\n\t", name, STR_ARG(value));
}

static void
put_time(struct buf *b, const char *name, int64_t t)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%lld", (long long)t);

	put_tag(b, name, str_of(text, (size_t)n));
}

static void
put_b64_folded(struct buf *b, struct str bytes)
{
	struct buf text;
	struct str rest;

	buf_init(&text, bytes.n * 2 + 8);
	text_b64(&text, bytes);
	rest = buf_str(&text);
	while (rest.n) {
		size_t at = column(b), n = at < COLUMNS ? COLUMNS - at : 0;
		struct str part = str_head(rest, n);

		buf_put(b, part);
		rest = str_from(rest, n);
		if (rest.n)
			buf_put_z(b, "\r\n\t");
		if (b->full)
			break;
	}
	buf_done(&text);
}

/* h=: each name once more than it occurs, so that none can be added (RFC 6376 8.15). */
static void
put_names(struct buf *b, const struct signed_field *f, size_t n)
{
	size_t times[NAMES] = { 0 };

	for (size_t i = 0; i < n; i++)
		times[f[i].name]++;
	put_name(b, "h=");
	for (size_t name = 0; name < NAMES; name++) {
		struct str word = str_z(oversigned[name]);

		for (size_t i = 0; i <= times[name]; i++) {
			if (name || i)
				buf_put_c(b, ':');
			/* Room for the colon or semicolon behind it. */
			if (column(b) + word.n + 1 > COLUMNS)
				buf_put_z(b, "\r\n\t");
			buf_put(b, word);
		}
	}
	buf_put_c(b, ';');
}

static void
put_field(struct buf *b, const struct dkim_params *p, const struct signed_field *f, size_t n)
{
	bool rsa = p->algo == DKIM_RSA_SHA256;
	struct buf hash;

	buf_put_z(b, "DKIM-Signature: v=1;");
	put_tag(b, "a", rsa ? STR_LIT("rsa-sha256") : STR_LIT("ed25519-sha256"));
	put_tag(b, "c", STR_LIT("relaxed/relaxed"));
	put_tag(b, "d", p->domain);
	put_tag(b, "s", p->selector);
	put_tag(b, "q", STR_LIT("dns/txt"));
	put_time(b, "t", p->signed_at);
	if (p->expires_at)
		put_time(b, "x", p->expires_at);
	put_names(b, f, n);
	buf_init(&hash, 64);
	text_b64(&hash, str_of(p->body_hash, DKIM_HASH_SIZE));
	put_tag(b, "bh", buf_str(&hash));
	buf_done(&hash);
	put_name(b, "b=");
}

/* The signed fields, the last one of each name first, then our own field without CRLF. */
static void
digest(const struct signed_field *f, size_t n, struct str own,
	uint8_t ret_digest[DKIM_HASH_SIZE])
{
	struct header_field field;
	struct dkim_body h;

	dkim_body_init(&h);
	for (size_t name = 0; name < NAMES; name++)
		for (size_t i = n; i-- > 0;)
			if (f[i].name == name) {
				put_relaxed(&h, &f[i].field);
				put(&h, "\r\n", 2);
			}
	must(header_next(&own, &field) == 1);
	put_relaxed(&h, &field);
	flush(&h);
	must(EVP_DigestFinal_ex(h.md, ret_digest, NULL) == 1);
	dkim_body_done(&h);
}

int
dkim_prepare(struct buf *field, struct str header_block, const struct dkim_params *p,
	uint8_t ret_digest[DKIM_HASH_SIZE])
{
	size_t start = field->n, n = 0;
	struct str rest = header_block;
	struct signed_field f, *fields;

	while (next_signed(&rest, &f))
		n++;
	fields = mem_new(n + 1, sizeof *fields);
	rest = header_block;
	for (size_t i = 0; i < n; i++)
		must(next_signed(&rest, &fields[i]));
	put_field(field, p, fields, n);
	if (!field->full)
		digest(fields, n, str_from(buf_str(field), start), ret_digest);
	mem_free(fields);
	if (!field->full)
		return 0;
	buf_cut(field, start);
	return -E2BIG;
}

int
dkim_finish(struct buf *field, struct str signature)
{
	put_b64_folded(field, signature);
	return buf_put_z(field, "\r\n");
}

int
dkim_record(struct buf *out, enum dkim_algo algo, struct str public_key)
{
	buf_put_z(out, "v=DKIM1; k=");
	buf_put_z(out, algo == DKIM_RSA_SHA256 ? "rsa" : "ed25519");
	buf_put_z(out, "; p=");
	return text_b64(out, public_key);
}

bool
dkim_record_same(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && (a.p[i] == ' ' || a.p[i] == '\t'))
			i++;
		while (j < b.n && (b.p[j] == ' ' || b.p[j] == '\t'))
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (a.p[i++] != b.p[j++])
			return false;
	}
}
