/*
 * For tests only: RFC 6376 3.4.2 and 3.4.4 written a second time, slow and whole, and a
 * verifier's view of a DKIM-Signature field.
 */
#ifndef WIRE_DKIM_NAIVE_H
#define WIRE_DKIM_NAIVE_H

#include "base/must.h"
#include "base/text.h"
#include "wire/dkim.h"
#include "wire/header.h"

static inline void
naive_sha256(struct str s, uint8_t ret_hash[DKIM_HASH_SIZE])
{
	must(EVP_Digest(s.p, s.n, ret_hash, NULL, EVP_sha256(), NULL) == 1);
}

static inline bool
naive_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* White space runs as one space, none at the end. */
static inline void
naive_line(struct buf *out, struct str line)
{
	while (line.n && naive_wsp(line.p[line.n - 1]))
		line.n--;
	for (size_t i = 0; i < line.n; i++) {
		if (!naive_wsp(line.p[i]))
			buf_put_c(out, line.p[i]);
		else if (!naive_wsp(line.p[i + 1]))
			buf_put_c(out, ' ');
	}
}

static inline void
naive_body(struct str body, uint8_t ret_hash[DKIM_HASH_SIZE])
{
	struct buf out;

	buf_init(&out, body.n + 2);
	while (body.n) {
		size_t n = str_find_str(body, STR_LIT("\r\n"));

		naive_line(&out, str_head(body, n));
		buf_put_z(&out, "\r\n");
		body = str_from(body, n + 2);
	}
	while (str_ends(buf_str(&out), STR_LIT("\r\n\r\n")))
		buf_cut(&out, out.n - 2);
	if (str_eq_z(buf_str(&out), "\r\n"))
		buf_cut(&out, 0);
	naive_sha256(buf_str(&out), ret_hash);
	buf_done(&out);
}

static inline void
naive_field(struct buf *out, const struct header_field *f)
{
	struct arena a;
	struct str v;

	arena_init(&a, f->value.n + 64);
	v = header_unfold(&a, f->value);
	for (size_t i = 0; i < f->name.n; i++)
		buf_put_c(out, ascii_lower(f->name.p[i]));
	buf_put_c(out, ':');
	naive_line(out, v);
	arena_done(&a);
}

/* The nth field of that name from the bottom. */
static inline bool
naive_nth(struct str block, struct str name, size_t nth, struct header_field *ret_f)
{
	struct str rest = block;
	struct header_field f;
	size_t count = 0, at = 0;
	int r;

	while ((r = header_next(&rest, &f)) != 0)
		count += r > 0 && str_ieq(f.name, name);
	if (nth > count)
		return false;
	for (rest = block; (r = header_next(&rest, &f)) != 0;)
		if (r > 0 && str_ieq(f.name, name) && ++at == count - nth + 1)
			*ret_f = f;
	return true;
}

/* The digest a verifier makes from h= of the field (without b=). */
static inline void
naive_digest(struct str field, struct str block, uint8_t ret_hash[DKIM_HASH_SIZE])
{
	struct str rest = field, names, all;
	struct header_field own, f = { 0 };
	struct buf out;

	must(header_next(&rest, &own) == 1);
	names = str_from(own.value, str_find_str(own.value, STR_LIT("h=")) + 2);
	all = names = str_head(names, str_find(names, ';'));
	buf_init(&out, 2 * (field.n + block.n) + 64);
	while (names.p) {
		struct str name = str_trim_all(str_cut(&names, ':')), before = all;
		size_t nth = 1;

		/* How many times was it listed up to here? */
		for (before.n = (size_t)(name.p - all.p); before.n;) {
			nth += str_ieq(str_trim_all(str_cut(&before, ':')), name);
			if (!before.p)
				break;
		}
		if (naive_nth(block, name, nth, &f)) {
			naive_field(&out, &f);
			buf_put_z(&out, "\r\n");
		}
	}
	naive_field(&out, &own);
	naive_sha256(buf_str(&out), ret_hash);
	buf_done(&out);
}

/* No line of the field is longer than 76 unless it holds one word only. */
static inline void
naive_columns(struct str field)
{
	while (field.p) {
		struct str line = str_trim_all(str_cut(&field, '\n'));

		must(line.n <= 76 || str_find(line, ' ') == line.n);
	}
}

#endif
