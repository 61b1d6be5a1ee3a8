/*
 * The messages of a call that are written from templates, before they are letters: the
 * published version is found (edge_template.h), and whom it goes to where it reads that
 * (edge_contact.c), then each is rendered, on the edge's thread: a
 * template may use all of its budget, and no loop may wait for that. What comes out is a
 * message as if its call had said it: all that follows knows nothing of templates.
 */
#include "role/edge_api.h"

#include "api/template_no.h"
#include "role/edge_template.h"
#include "role/edge_template_report.h"
#include "wire/trailer.h"

#include <errno.h>
#include <sodium.h>

#define BUSY_S 5

static void go_on(struct edge_call *k);

static struct api_item *
item_of(struct edge_call *k)
{
	return &k->send.items[k->at];
}

static void
refuse(struct edge_call *k, enum api_template_no no, struct str why)
{
	api_template_no(&k->send, item_of(k), k->match.route, no, why);
}

static void
busy(struct edge_call *k)
{
	k->retry_s = BUSY_S;
	edge_call_refuse(
		k, 503, STR_LIT("The templates cannot be read now; try again in a moment."));
}

/* Its client would not wait for all of them. */
static void
slow(struct edge_call *k)
{
	k->retry_s = BUSY_S;
	edge_call_refuse(k, 503,
		STR_LIT("Writing the messages of this call takes too long: send fewer in one "
			"call."));
}

/* ---- on the thread ---- */

/* For who looks at the message later (wire/trailer). It is a comfort: where there is no room
 * for it the mail goes without. */
static void
keep_values(struct edge_call *k, struct api_item *item)
{
	struct buf b;

	if (item->mail.sandbox || k->kept > EDGE_CALL_KEPT)
		return;
	buf_init(&b, TRAILER_JSON_MAX);
	if (outgoing_template_values(&b, &item->mail, item->template, k->contact) == 0) {
		item->values = arena_str(&k->arena, buf_str(&b));
		if (!item->values.p)
			item->values = STR_NONE;
		k->kept += item->values.n;
	}
	buf_done(&b);
}

int
edge_write_texts(
	struct edge_call *k, const struct outgoing_template *want, struct outgoing *mail)
{
	struct outgoing_writing how = {
		.want = want, .contact = k->contact, .now = k->world.now
	};
	struct outgoing_mistake m;
	int bad = 0, err;

	if (k->version)
		bad = edge_version_source(k->version, want->tags, &how.from, &k->mistake);
	/* One that is sent as it stands need not compile. */
	if (bad && !want->deliver)
		return bad;
	err = outgoing_template_write(&k->arena, mail, &how, &m);
	/* What did not compile is the mistake, but when its source makes no mail either. */
	if (!bad || err)
		k->mistake = m;
	return err;
}

static void
render(void *ctx)
{
	struct edge_call *k = ctx;
	struct api_item *item = item_of(k);

	k->err = edge_write_texts(k, item->template, &item->mail);
	if (!k->err)
		keep_values(k, item);
	if (k->version)
		edge_version_rest(k->version);
}

/* ---- on the loop ---- */

/* What a template says of its mail decides how many ids a call takes: under another version it
 * may be another request (edge_api.c, idem_begin). */
static void
remember(struct edge_call *k, const struct outgoing *mail)
{
	crypto_hash_sha256_state h;
	uint64_t said = (uint64_t)k->at << 1 | mail->own_page;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, k->body_hash, sizeof k->body_hash);
	crypto_hash_sha256_update(&h, (const uint8_t *)&said, sizeof said);
	crypto_hash_sha256_final(&h, k->body_hash);
}

static void
stream(struct edge_call *k, struct outgoing *mail)
{
	bool turns = k->version && edge_version_broadcast(k->version) &&
	             mail->stream != STREAM_BROADCAST;

	if (turns)
		mail->stream = STREAM_BROADCAST;
	if (turns || mail->own_page)
		remember(k, mail);
}

static void
rendered(struct edge_call *k)
{
	struct outgoing *mail = &item_of(k)->mail;

	if (k->err == -EINVAL)
		refuse(k, API_NO_MAIL, outgoing_mistake_text(&k->arena, &k->mistake));
	if (!k->err)
		stream(k, mail);
	if (k->version && !k->err &&
		outgoing_template_about(&k->arena, mail, edge_version_id(k->version)) < 0)
		refuse(k, API_NO_MAIL,
			STR_LIT("Its tags and metadata have more than 16 KiB together with the "
				"id of the template."));
	edge_template_report(k, item_of(k)->template, mail);
	edge_version_wrote(k->edge->templates, &k->version);
	edge_contact_drop(k);
	k->written += mail->html.n + mail->text.n;
	if (k->err == -E2BIG || k->written > EDGE_CALL_BYTES) {
		edge_call_refuse(k, 413,
			STR_LIT("The messages of this call are longer than 64 MiB together: "
				"send fewer in one call."));
		return;
	}
	if (!edge_call_charge(k, k->body.cap + k->written + k->kept)) {
		busy(k);
		return;
	}
	k->at++;
	if (k->at < k->send.n && loop_mono(k->edge->loop) - k->write_began > EDGE_ASK_US)
		slow(k);
	else
		go_on(k);
}

/* Do the message's own texts read whom it goes to? */
static bool
own_reads(const struct outgoing_template *want, const struct outgoing *mail)
{
	const struct str all[] = { mail->subject, mail->html, mail->text, mail->from.name };

	for (size_t i = 0; want->own && i < sizeof all / sizeof *all; i++)
		if (outgoing_template_reads_contact(want->dialect, all[i]))
			return true;
	return false;
}

/* false: the call waits, or is gone. */
static bool
begin(struct edge_call *k)
{
	const struct outgoing_template *want = item_of(k)->template;
	enum template_is is = TEMPLATE_IS_HERE;

	/* It has one when it waited for a contact. */
	if (outgoing_template_stored(want) && !k->version)
		is = edge_template_find(k, want, &k->version);
	if (is == TEMPLATE_IS_HERE)
		is = edge_contact_find(
			k, own_reads(want, &item_of(k)->mail), &item_of(k)->mail);
	switch (is) {
	case TEMPLATE_IS_HERE:
		if (k->version && !edge_call_charge(k, k->body.cap + k->written +
							       edge_version_due(k->version)))
			busy(k);
		else
			edge_call_work(k, render, rendered);
		return false;
	case TEMPLATE_IS_NONE:
		refuse(k, API_NO_TEMPLATE, STR_NONE);
		return true;
	case TEMPLATE_IS_LATER:
		busy(k);
		return false;
	case TEMPLATE_IS_KNOWN:
	case TEMPLATE_IS_DRAFT:
		break;
	}
	return false;
}

static void
go_on(struct edge_call *k)
{
	for (; k->at < k->send.n; k->at++) {
		const struct api_item *item = item_of(k);

		if (item->template && item->errors.n == 0 && item->refusal == API_TAKEN &&
			!begin(k))
			return;
	}
	k->threaded = false;
	if (k->send.errors.n > 0)
		edge_call_answer(k);
	else
		edge_send_letters(k);
}

_Static_assert(TRAILER_MAX <= EXTENT_TAIL_MAX, "values fit behind a body");

void
edge_write_values(struct edge_letter *l)
{
	struct edge_call *k = l->call;
	struct buf b;

	if (l->item->values.n == 0 || k->kept > EDGE_CALL_KEPT)
		return;
	buf_init(&b, TRAILER_MAX);
	/* By the id that all its letters have in common: so the ledger knows them. */
	if (trailer_write(&b, l->item->message, l->item->values) == 0) {
		extent_body_tail(l->body, buf_str(&b));
		k->kept += b.n;
	}
	buf_done(&b);
}

void
edge_write_told(struct edge_call *k, enum template_is is)
{
	if (is == TEMPLATE_IS_LATER) {
		busy(k);
		return;
	}
	if (is == TEMPLATE_IS_NONE || is == TEMPLATE_IS_DRAFT) {
		refuse(k, is == TEMPLATE_IS_NONE ? API_NO_TEMPLATE : API_NO_VERSION, STR_NONE);
		k->at++;
	}
	go_on(k);
}

void
edge_write_start(struct edge_call *k)
{
	bool any = false;

	/* A token for tests is of no account. */
	for (size_t i = 0; i < k->send.n && !k->test; i++)
		any |= k->send.items[i].template != NULL;
	if (!any) {
		edge_send_letters(k);
		return;
	}
	k->at = 0;
	k->told = edge_write_told;
	k->write_began = loop_mono(k->edge->loop);
	k->threaded = true;
	go_on(k);
}
