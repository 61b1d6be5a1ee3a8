#include "send/forward.h"

#include "base/text.h"
#include "base/utc.h"
#include "wire/header.h"

#include <errno.h>

enum { ENGLISH, FRENCH };

struct words {
	const char *subject[2], *text[2];
};

static const struct words *
words_of(enum forward_what what)
{
	static const struct words table[] = {
		[FORWARD_POST] = { { "Mail to this service",
					   "Courrier adress\xc3\xa9 \xc3\xa0 ce service" },
			{ "Somebody wrote to an address of this mail service. What came is "
			  "attached; answer to its sender, not to this message.",
				"Quelqu\xe2\x80\x99un a \xc3\xa9"
				"crit \xc3\xa0 une adresse de ce service. Son message est "
				"joint ; r\xc3\xa9pondez \xc3\xa0 son auteur, pas \xc3\xa0 "
				"celui-ci." } },
		[FORWARD_BOUNCE] = { { "A message of yours came back",
					     "Un de vos messages est revenu" },
			{ "A message that you sent by this service was taken by its "
			  "recipient's server and came back later. What that server says is "
			  "attached.",
				"Un message que vous avez envoy\xc3\xa9 par ce service a "
				"\xc3\xa9t\xc3\xa9 accept\xc3\xa9 par le serveur du "
				"destinataire, puis il est revenu. Ce que dit ce serveur est "
				"joint." } },
		[FORWARD_COMPLAINT] = { { "A complaint about a message of yours",
						"Une plainte sur un de vos messages" },
			{ "A recipient of a message that you sent by this service says that "
			  "it is unwanted. Do not write to this person again. The complaint "
			  "is attached.",
				"Un destinataire d\xe2\x80\x99un message que vous avez "
				"envoy\xc3\xa9 par ce service le dit ind\xc3\xa9sirable. Ne "
				"lui \xc3\xa9"
				"crivez plus. La plainte est jointe." } },
	};

	return &table[what];
}

/* The header field is ASCII: the French one for mail has an accent, so it stays in English. */
struct str
forward_subject(const struct forward *f)
{
	const struct words *w = words_of(f->what);
	struct str own = str_z(w->subject[f->french ? FRENCH : ENGLISH]);

	return text_is_ascii(own) ? own : str_z(w->subject[ENGLISH]);
}

static void
put_text(struct buf *out, const struct forward *f)
{
	const char *const at[] = { "It came to: ", "Re\xc3\xa7u \xc3\xa0 : " };
	const char *const cut[] = { "It has %llu bytes; its first %zu are here.\r\n",
		"Il fait %llu octets ; les %zu premiers sont ici.\r\n" };
	int l = f->french ? FRENCH : ENGLISH;

	buf_printf(out, "%s\r\n\r\n%s", words_of(f->what)->text[l], at[l]);
	(void)text_safe(out, str_head(f->at, 400));
	buf_put_z(out, "\r\n");
	if (f->size > f->mail.n)
		buf_printf(out, cut[l], (unsigned long long)f->size, f->mail.n);
}

int
forward_write(struct buf *out, const struct forward *f, size_t *ret_header, bool *ret_eight)
{
	bool eight = f->french || !text_is_ascii(f->mail);
	const char *coding = eight ? "8bit" : "7bit";
	size_t start = out->n, header;
	struct str mail = f->mail;
	char date[UTC_TEXT_SIZE];

	/* Cut inside a line's end: no bare CR goes out (P11). */
	if (mail.n > 0 && mail.p[mail.n - 1] == '\r')
		mail = str_head(mail, mail.n - 1);
	buf_printf(out,
		"Date: %s\r\nFrom: Mail service <postmaster@%.*s>\r\nTo: <%.*s>\r\n"
		"Subject: %.*s\r\nMessage-ID: %.*s\r\nAuto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"%.*s\"\r\n"
		"Content-Transfer-Encoding: %s\r\n\r\n",
		utc_rfc5322(date, f->now), STR_ARG(f->hostname), STR_ARG(f->to),
		STR_ARG(forward_subject(f)), STR_ARG(f->message_id), STR_ARG(f->boundary),
		coding);
	header = out->n - start;
	buf_printf(out,
		"--%.*s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: %s\r\n\r\n",
		STR_ARG(f->boundary), coding);
	put_text(out, f);
	buf_printf(out,
		"\r\n--%.*s\r\nContent-Type: message/rfc822\r\n"
		"Content-Transfer-Encoding: %s\r\n\r\n",
		STR_ARG(f->boundary), coding);
	buf_put(out, mail);
	buf_printf(out, "\r\n--%.*s--\r\n", STR_ARG(f->boundary));
	if (out->full) {
		buf_cut(out, start);
		out->full = false;
		return -E2BIG;
	}
	*ret_header = header;
	*ret_eight = eight;
	return 0;
}

bool
forward_may(struct str mail)
{
	struct header_facts f;
	size_t n = header_length(mail);

	header_scan(n ? str_head(mail, n) : mail, &f);
	return f.received < FORWARD_HOPS && !f.auto_submitted;
}
