/* Calls of the API that desk answers: passed on by channel, at most EDGE_DESK_MAX at a time;
 * who leaves before his answer does not make room, since desk is still at work for him. Desk
 * tells of templates as well. */
#include "role/edge_api.h"
#include "role/edge_prove.h"
#include "role/edge_web.h"

#define EDGE_DESK_MAX  64u
#define EDGE_DESK_US   EDGE_ASK_US
#define AGENT_MAX      300u
#define LAST_EVENT_MAX 40u
#define REASON_MAX     6200u /* bytes: 500 characters, percent-encoded */

static struct edge_call *
waiting(struct edge *e, uint64_t seq)
{
	LIST_EACH(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if ((k->desk_seq == seq || k->session_seq == seq) && k->conn)
			return k;
	}
	return NULL;
}

static void
busy(struct edge_call *k)
{
	k->retry_s = 5;
	edge_call_refuse(k, 503, STR_LIT("The service is busy; try again in a moment."));
}

void
edge_desk_session(struct edge_call *k, struct str account)
{
	struct edge *e = k->edge;
	struct msg_session m = { .seq = ++e->desk_seq, .account = account };
	struct buf b;

	if (!e->desk || channel_unsent(e->desk) > EDGE_UNSENT_MAX) {
		k->retry_s = 5;
		edge_call_refuse_head(
			k, 503, STR_LIT("The service is busy; try again in a moment."));
		return;
	}
	memcpy(m.hash.b, k->who.hash, sizeof m.hash.b);
	buf_init(&b, 4096);
	if (msg_session_write(&b, &m) < 0) {
		edge_call_refuse_head(k, 404, STR_LIT("There is no such account."));
	} else {
		k->session_seq = m.seq;
		k->began = loop_mono(e->loop);
		(void)channel_force(e->desk, MSG_session, buf_str(&b));
	}
	buf_done(&b);
}

static struct str
field(const struct edge_call *k, const char *name, size_t max)
{
	struct str s = http_in_field(&k->conn->http->in, name);

	return s.p ? str_head(str_trim(s), max) : STR_NONE;
}

void
edge_desk_ask(struct edge_call *k, struct str json)
{
	struct edge *e = k->edge;
	size_t nroutes;
	struct msg_text params[API_PARAMS_MAX];
	struct msg_call m = { .seq = ++e->desk_seq,
		.route = (uint16_t)(k->match.route - api_routes(&nroutes)),
		.tenant = k->id.tenant,
		.key = k->id.key,
		.scopes = k->id.scopes,
		.french = k->world.french,
		.user = k->who.user,
		.role = (uint8_t)k->who.role,
		.platform = k->who.platform,
		.network = k->conn->network,
		.agent = field(k, "user-agent", AGENT_MAX),
		.reason = field(k, "x-facteur-reason", REASON_MAX),
		.last_event = field(k, "last-event-id", LAST_EVENT_MAX),
		.path = k->conn->http->in.path,
		.query = k->conn->http->in.query,
		.client = str_z(k->client),
		.request_id = k->world.request_id,
		.params = { params, k->match.nparams },
		.json = json };
	struct buf b;

	if (!e->desk || e->desk_open >= EDGE_DESK_MAX ||
		channel_unsent(e->desk) > EDGE_UNSENT_MAX) {
		busy(k);
		return;
	}
	memcpy(m.hash.b, k->who.hash, sizeof m.hash.b);
	for (size_t i = 0; i < k->match.nparams; i++)
		params[i].bytes = k->match.params[i];
	buf_init(&b, CHANNEL_PAYLOAD_MAX);
	if (msg_call_write(&b, &m) < 0) {
		edge_call_refuse(k, 413, STR_LIT("This request is too long."));
	} else {
		k->desk_seq = m.seq;
		k->began = loop_mono(e->loop);
		e->desk_open++;
		(void)channel_force(e->desk, MSG_call, buf_str(&b));
	}
	buf_done(&b);
}

static void
on_sessioned(struct edge *e, struct str payload)
{
	struct msg_sessioned m;
	struct edge_call *k;

	if (msg_sessioned_read(NULL, payload, &m) < 0)
		return;
	k = waiting(e, m.seq);
	if (!k || k->session_seq != m.seq)
		return;
	k->session_seq = 0;
	edge_session_told(k, &m);
}

static void
on_message(void *ctx, uint16_t type, struct str payload)
{
	struct edge *e = ctx;
	struct msg_called m;
	struct edge_call *k;

	if (type == MSG_templated)
		edge_templates_answered(e->templates, payload);
	if (type == MSG_sessioned)
		on_sessioned(e, payload);
	if (type == MSG_webbed)
		edge_web_answered(e, payload);
	if (type == MSG_proven)
		edge_prove_answered(e, payload);
	if (type == MSG_contacted)
		edge_contact_answered(e, payload);
	if (type == MSG_followed)
		edge_stream_more(e, payload);
	/* No list is in it: nothing is taken of an arena. */
	if (type != MSG_called || msg_called_read(NULL, payload, &m) < 0)
		return;
	if (e->desk_open > 0)
		e->desk_open--;
	k = waiting(e, m.seq);
	if (!k) {
		/* Who left before his stream began. */
		if (str_eq_z(m.type, API_STREAM_TYPE))
			edge_stream_tell(e, m.seq, true, 0);
		return;
	}
	k->retry_s = m.retry_s;
	k->session = arena_keep(&k->arena, m.session);
	if (m.status == 200 && str_eq_z(m.type, API_MAIL_TYPE))
		edge_call_mail(k, m.body, false);
	else if (m.status == 200 && str_eq_z(m.type, API_RESEND_TYPE))
		edge_call_mail(k, m.body, true);
	else if (m.status == 200 && str_eq_z(m.type, API_STREAM_TYPE))
		edge_stream_open(k);
	else
		edge_call_said(k, m.status, m.type, m.body);
}

static void
lost(struct edge *e)
{
	edge_streams_end(e);
	channel_free(&e->desk);
	e->desk_open = 0;
	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->session_seq && k->conn) {
			k->session_seq = 0;
			k->retry_s = 5;
			edge_call_refuse_head(
				k, 503, STR_LIT("The service is busy; try again in a moment."));
		} else if (k->desk_seq && k->conn) {
			busy(k);
		}
	}
	edge_templates_lost(e->templates);
	edge_contact_lost(e);
	edge_web_lost(e);
	edge_prove_lost(e);
}

static void
on_gone(void *ctx)
{
	lost(ctx);
}

void
edge_desk_peer(struct edge *e, int desk_fd)
{
	static const struct channel_calls calls = { on_message, on_gone };

	lost(e);
	/* What the one before it wrote at last may not have been told. */
	edge_templates_stale(e->templates);
	e->desk = channel_new(e->loop, desk_fd, CHANNEL_PAYLOAD_MAX, &calls, e);
}

void
edge_desk_second(struct edge *e)
{
	uint64_t now = loop_mono(e->loop);

	edge_call_second(e);
	edge_templates_second(e->templates);
	edge_contact_second(e);
	edge_web_second(e);
	edge_prove_second(e);
	LIST_EACH_SAFE(l, &e->calls)
	{
		struct edge_call *k = LIST_OF(l, struct edge_call, link);

		if (k->session_seq && k->conn && now - k->began > EDGE_DESK_US) {
			k->session_seq = 0;
			k->retry_s = 5;
			edge_call_refuse_head(
				k, 503, STR_LIT("The service is busy; try again in a moment."));
		} else if (k->desk_seq && k->conn && now - k->began > EDGE_DESK_US)
			edge_call_refuse(k, 504,
				STR_LIT("No answer came in time; whether it was done is not "
					"known."));
	}
}
