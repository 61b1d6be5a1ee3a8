/* One job's preparation: read and check the body, convert, hash, have it signed. */
#include "role/courier_priv.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/must.h"
#include "io/fault.h"
#include "wire/header.h"
#include "wire/mime.h"

#include <errno.h>

#define HEADER_SIGN_MAX (512u << 10)

static struct str
kept(struct courier_job *j, struct str s)
{
	struct str k = arena_str(&j->arena, s);

	must(k.p != NULL);
	return k;
}

static void
keep_texts(struct courier_job *j)
{
	struct str *texts[] = { &j->m.host, &j->m.user, &j->m.secret, &j->m.source, &j->m.site,
		&j->m.sender, &j->m.envid, &j->m.webhook };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = kept(j, *texts[i]);
	j->rcpts = arena_alloc(&j->arena, j->m.rcpts.n * sizeof *j->rcpts);
	must(j->rcpts);
	for (size_t i = 0; i < j->m.rcpts.n; i++) {
		struct msg_rcpt *r = &j->m.rcpts.at[i];

		r->address = kept(j, r->address);
		r->orcpt = kept(j, r->orcpt);
		j->rcpts[i] = (struct smtp_out_rcpt){
			.address = r->address, .notify = r->notify, .orcpt = r->orcpt
		};
	}
	for (size_t i = 0; i < j->m.signers.n; i++) {
		j->m.signers.at[i].domain = kept(j, j->m.signers.at[i].domain);
		j->m.signers.at[i].selector = kept(j, j->m.signers.at[i].selector);
	}
}

struct courier_job *
courier_job_new(struct courier *c, struct str payload)
{
	struct courier_job *j = MEM_NEW(j);

	arena_init(&j->arena, 1u << 20);
	if (msg_attempt_read(&j->arena, payload, &j->m) < 0 || j->m.rcpts.n == 0 ||
		j->m.rcpts.n > COURIER_RCPTS_MAX || j->m.signers.n > 2 ||
		j->m.need > TLS_NEED_ANY) {
		arena_done(&j->arena);
		mem_free(j);
		return NULL;
	}
	keep_texts(j);
	buf_init(&j->body, (size_t)j->m.length * 3 + (1u << 20));
	buf_init(&j->prefix, 16384);
	buf_init(&j->field[0], 8192);
	buf_init(&j->field[1], 8192);
	if (j->m.header_length > j->m.length)
		j->m.header_length = j->m.length;
	j->length = j->m.length;
	j->began = loop_wall(c->loop);
	j->began_mono = loop_mono(c->loop);
	return j;
}

void
courier_job_free(struct courier *c, struct courier_job **pj)
{
	struct courier_job *j = *pj;

	if (j == NULL)
		return;
	courier_post_free(c, &j->post);
	buf_done(&j->body);
	buf_done(&j->prefix);
	buf_done(&j->field[0]);
	buf_done(&j->field[1]);
	arena_done(&j->arena);
	mem_free(j);
	*pj = NULL;
}

static struct extent_place
place_of(const struct courier_job *j)
{
	return (struct extent_place){ j->m.extent, j->m.length, j->m.offset, j->m.hash };
}

int
courier_job_load(struct courier *c, struct courier_job *j)
{
	struct extent_place p = place_of(j);
	char *at = buf_room(&j->body, p.length);
	int err = at ? extent_read(c->reader, &p, 0, at, p.length) : -E2BIG;

	if (err < 0)
		return err;
	buf_added(&j->body, p.length);
	if (hash_bytes(0, buf_str(&j->body)) != p.hash)
		return -EILSEQ;
	j->loaded = true;
	return 0;
}

static int
check_body(struct courier *c, struct courier_job *j)
{
	struct extent_place p = place_of(j);

	if (j->loaded)
		return 0;
	return p.length <= COURIER_BODY_MEMORY ? courier_job_load(c, j)
	                                       : extent_verify(c->reader, &p);
}

/* For a peer without 8BITMIME (RFC 6152 3); before signing. */
static int
convert(struct courier *c, struct courier_job *j)
{
	struct buf seven;
	int err = j->loaded ? 0 : courier_job_load(c, j);

	if (err < 0)
		return err;
	buf_init(&seven, (size_t)j->m.length * 3 + (1u << 20));
	err = mime_to_7bit(&seven, buf_str(&j->body));
	if (err < 0) {
		buf_done(&seven);
		return err;
	}
	buf_done(&j->body);
	j->body = seven;
	j->length = seven.n;
	j->converted = true;
	return 0;
}

static int
hash_body(struct courier *c, struct courier_job *j, size_t header, uint8_t hash[DKIM_HASH_SIZE])
{
	struct extent_place p = place_of(j);
	struct dkim_body d;
	char window[COURIER_WINDOW / 4];
	int err = 0;

	if (j->m.flags & MAIL_BODY_HASH && !j->converted) {
		memcpy(hash, j->m.body_hash.b, DKIM_HASH_SIZE);
		return 0;
	}
	dkim_body_init(&d);
	if (j->loaded) {
		dkim_body_feed(&d, str_from(buf_str(&j->body), header));
	} else {
		for (uint64_t at = header; at < p.length && err == 0;) {
			size_t n = p.length - at < sizeof window ? (size_t)(p.length - at)
			                                         : sizeof window;

			err = extent_read(c->reader, &p, at, window, n);
			if (err == 0)
				dkim_body_feed(&d, str_of(window, n));
			at += n;
		}
	}
	dkim_body_end(&d, hash);
	dkim_body_done(&d);
	return err;
}

static int
header_of(struct courier *c, struct courier_job *j, struct buf *tmp, struct str *ret_header)
{
	struct extent_place p = place_of(j);
	char *at;
	int err;

	if (j->loaded) {
		size_t n = j->converted ? header_length(buf_str(&j->body)) : j->m.header_length;

		if (n == 0) /* all of it is header */
			n = j->body.n;
		*ret_header = str_head(buf_str(&j->body), n);
		return 0;
	}
	at = buf_room(tmp, j->m.header_length);
	err = at ? extent_read(c->reader, &p, 0, at, j->m.header_length) : -E2BIG;
	if (err < 0)
		return err;
	buf_added(tmp, j->m.header_length);
	*ret_header = buf_str(tmp);
	return 0;
}

static void
ask(struct courier_conn *n, size_t i)
{
	struct courier_job *j = n->job;
	struct msg_raw32 digest;

	memcpy(digest.b, j->digest[i], sizeof digest.b);
	COURIER_TELL(n->courier, sign, .attempt = j->m.attempt, .signer = (uint8_t)i,
		.digest = digest);
}

static int
start_signing(struct courier_conn *n)
{
	struct courier *c = n->courier;
	struct courier_job *j = n->job;
	uint8_t hash[DKIM_HASH_SIZE];
	struct str header;
	struct buf tmp;
	int err;

	buf_init(&tmp, HEADER_SIGN_MAX);
	err = header_of(c, j, &tmp, &header);
	if (err == 0)
		err = hash_body(c, j, header.n, hash);
	for (size_t i = 0; i < j->m.signers.n && err == 0; i++) {
		struct dkim_params p = {
			.algo = (enum dkim_algo)j->m.signers.at[i].algo,
			.domain = j->m.signers.at[i].domain,
			.selector = j->m.signers.at[i].selector,
			.signed_at = loop_wall(c->loop) / 1000000,
			.body_hash = hash,
		};

		p.expires_at = p.signed_at + 7 * 86400;
		err = dkim_prepare(&j->field[i], header, &p, j->digest[i]);
	}
	buf_done(&tmp);
	/* A header too large to sign is no reason to keep the mail. */
	if (err == -E2BIG)
		j->state = JOB_READY;
	if (err < 0)
		return err == -E2BIG ? 0 : err;
	j->state = JOB_SIGNING;
	for (size_t i = 0; i < j->m.signers.n; i++)
		ask(n, i);
	return 0;
}

void
courier_job_ask_again(struct courier_conn *n)
{
	struct courier_job *j = n->job;

	for (size_t i = 0; j->state == JOB_SIGNING && i < j->m.signers.n; i++)
		if (!j->signed_[i])
			ask(n, i);
	if (j->state == JOB_WAITS_DOT)
		COURIER_TELL(n->courier, dot, .attempt = j->m.attempt);
}

void
courier_job_signed(struct courier_conn *n, const struct msg_signed *s)
{
	struct courier_job *j = n->job;
	struct reply gone =
		REPLY(451, 4, 3, 0, "The attempt was given up when the engine restarted");

	if (j->state == JOB_SIGNING && s->signer == SIGNER_NONE) {
		courier_tell_all(n, RESULT_DEFERRED, STAGE_LOCAL, &gone);
		return;
	}
	if (j->state != JOB_SIGNING || s->signer >= j->m.signers.n || j->signed_[s->signer])
		return;
	j->signed_[s->signer] = true;
	j->signature[s->signer] = kept(j, s->signature);
	for (size_t i = 0; i < j->m.signers.n; i++)
		if (!j->signed_[i])
			return;
	for (size_t i = 0; i < j->m.signers.n; i++) {
		if (j->signature[i].n == 0)
			continue;
		if (dkim_finish(&j->field[i], j->signature[i]) == 0)
			buf_put(&j->prefix, buf_str(&j->field[i]));
	}
	j->state = JOB_READY;
	if (j->m.route == ROUTE_SINK)
		courier_sink_write(n);
	else
		courier_conn_begin(n);
}

void
courier_job_give_up(struct courier_conn *n, int err)
{
	struct reply r = REPLY(554, 5, 6, 3,
		"The recipient's server takes 7-bit mail only and this message cannot be "
		"converted");

	if (err == -EOPNOTSUPP) {
		courier_tell_all(n, RESULT_BOUNCED, STAGE_LOCAL, &r);
		return;
	}
	/* P7: only what the bytes themselves say is damage. Anything else (EMFILE, EIO, rights)
	 * may pass, and one wrong set-up must not quarantine all mail. */
	if (err != -EILSEQ && err != -ENODATA && err != -ENOENT) {
		r = REPLY(451, 4, 3, 0, "The stored message cannot be read just now");
		courier_tell_all(n, RESULT_DEFERRED, STAGE_LOCAL, &r);
		return;
	}
	r = REPLY(554, 5, 3, 0, "The stored message is damaged; it was quarantined");
	courier_tell_all(n, RESULT_DAMAGED, STAGE_LOCAL, &r);
}

static bool
needs_utf8(const struct courier_conn *n)
{
	return (n->job->m.flags & MAIL_UTF8) && !(n->smtp.caps & CAP_SMTPUTF8);
}

void
courier_job_prepare(struct courier_conn *n)
{
	struct courier_job *j = n->job;
	/* A file takes all bytes. */
	bool eight = (j->m.flags & MAIL_8BIT) && j->m.route != ROUTE_SINK;
	bool greeted = courier_way_fits(n);
	int err;

	if (j->state != JOB_WAITS_CAPS)
		return;
	if (fault_poison("poison-courier@", j->rcpts[0].address))
		fault_die();
	if (fault_poison("poison-hang@", j->rcpts[0].address))
		fault_hang();
	/* Only 8-bit mail must wait for what the peer can take. */
	if (eight && !greeted)
		return;
	err = check_body(n->courier, j);
	/* RFC 6531 3.5: what needs SMTPUTF8 is refused for that (5.6.7), before any
	 * transaction. */
	if (err == 0 && eight && !(n->smtp.caps & CAP_8BITMIME) && !needs_utf8(n))
		err = convert(n->courier, j);
	if (err == 0 && j->m.signers.n > 0)
		err = start_signing(n);
	else if (err == 0)
		j->state = JOB_READY;
	if (err < 0)
		courier_job_give_up(n, err);
}

int
courier_job_piece(struct courier_conn *n, struct buf *window, struct str *ret_piece)
{
	struct courier_job *j = n->job;
	struct extent_place p = place_of(j);
	uint64_t left = j->length - j->sent;
	size_t take = left < COURIER_WINDOW ? (size_t)left : COURIER_WINDOW;
	char *at;
	int err;

	if (j->loaded) {
		*ret_piece = str_head(str_from(buf_str(&j->body), (size_t)j->sent), take);
		j->sent += take;
		return 0;
	}
	buf_clear(window);
	at = buf_room(window, take);
	err = take == 0 ? 0
	      : at      ? extent_read(n->courier->reader, &p, j->sent, at, take)
	                : -E2BIG;
	if (err < 0)
		return err;
	buf_added(window, take);
	*ret_piece = buf_str(window);
	j->sent += take;
	return 0;
}
