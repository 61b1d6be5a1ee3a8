/* For tests only: what a reader makes of an encoded body (RFC 2045 6.7, 6.8). */
#ifndef WIRE_MIME_NAIVE_H
#define WIRE_MIME_NAIVE_H

#include "base/must.h"
#include "base/text.h"
#include "wire/header.h"

static inline void
naive_qp(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): n > 0 has bytes */
		if (s.p[i] != '=') {
			buf_put_c(out, s.p[i]);
			continue;
		}
		must(i + 2 < s.n);
		if (!str_starts(str_from(s, i), STR_LIT("=\r\n")))
			must(text_hex_decode(out, str_head(str_from(s, i + 1), 2)) == 0);
		i += 2;
	}
}

static inline void
naive_base64(struct buf *out, struct str s)
{
	struct buf joined;

	buf_init(&joined, s.n);
	for (size_t i = 0; i < s.n; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): n > 0 has bytes */
		if (s.p[i] != '\r' && s.p[i] != '\n')
			buf_put_c(&joined, s.p[i]);
	must(text_b64_decode(out, buf_str(&joined)) == 0);
	buf_done(&joined);
}

/* The body of a message of one part, decoded, with its lines measured. */
static inline void
naive_decode(struct buf *out, struct str message)
{
	size_t head = header_length(message);
	struct str rest = str_head(message, head), body = str_from(message, head), lines = body;
	struct header_field f;

	while (header_next(&rest, &f) > 0) {
		struct str value = str_trim_all(f.value);

		if (!str_ieq_z(f.name, "Content-Transfer-Encoding"))
			continue;
		must(str_eq_z(value, "base64") || str_eq_z(value, "quoted-printable"));
		while (lines.p) {
			struct str line = str_cut(&lines, '\n');

			must(line.n <= 77 && (line.n < 77 || line.p[76] == '\r'));
			if (str_ends(line, STR_LIT("\r")))
				line = str_head(line, line.n - 1);
			must(!str_ends(line, STR_LIT(" ")) && !str_ends(line, STR_LIT("\t")));
		}
		if (str_eq_z(value, "base64"))
			naive_base64(out, body);
		else
			naive_qp(out, body);
		return;
	}
	buf_put(out, body);
}

#endif
