/*
 * The mode sandbox (decision 0010): whose mail goes to the sink instead of to its recipients.
 * Decided once, when a submit is accepted, and kept in its record (MSG_RCPT_SINK): what was
 * accepted for the sink goes nowhere else, whatever the mode is later, and what was accepted
 * before is delivered.
 */
#include "role/engine_priv.h"

#include "base/must.h"
#include "people/suppress.h"

bool
engine_sandboxed(const struct engine *e, uint32_t tenant)
{
	const struct dir_tenant *t = directory_tenant(e->dir, tenant);

	return config_sandboxed(e->config) || (t && t->sandbox);
}

/* Mail of the service itself has no domain of an account's. */
bool
engine_sender_ok(const struct engine *e, const struct msg_submit *s)
{
	const struct dir_domain *d = directory_domain(e->dir, s->tenant, s->from_domain);

	return s->tenant == 0 || e->config->lab.verified_domains ||
	       e->config->lab.any_credentials || (d && d->verified);
}

static bool
is_proved(const struct engine *e, uint32_t about, struct str address)
{
	char key[SUPPRESS_ADDRESS_SIZE];
	struct str s;

	/* Who runs the service wrote it down. */
	if (about == 0 && address.n && str_ieq(address, e->config->admin))
		return true;
	return suppress_address(key, address, &s) == 0 && directory_proved(e->dir, about, s);
}

bool
engine_sandbox_mark(const struct engine *e, uint32_t about, struct msg_submit *s)
{
	bool any = false, ok;

	if (s->stream == STREAM_INBOUND || !engine_sandboxed(e, about))
		return false;
	ok = engine_sender_ok(e, s);
	for (size_t i = 0; i < s->rcpts.n; i++) {
		struct msg_rcpt *r = &s->rcpts.at[i];

		if (ok && is_proved(e, about, r->address))
			continue;
		r->notify |= MSG_RCPT_SINK;
		any = true;
	}
	return any;
}

struct str
engine_sandbox_record(
	const struct engine *e, struct msg_submit *s, struct str payload, struct buf *b)
{
	if (!engine_sandbox_mark(e, s->tenant, s))
		return payload;
	must(msg_submit_write(b, s) == 0);
	return buf_str(b);
}

/* One door for all: files on this machine. */
void
engine_sandbox_door(struct door_key *ret)
{
	*ret = (struct door_key){ .kind = ROUTE_SINK,
		.site = STR_LIT("sandbox"),
		.host = STR_LIT("sandbox"),
		.user = STR_NONE,
		.secret = STR_NONE,
		.source = STR_NONE,
		.limits = { SANDBOX_JOBS, UINT32_MAX, 0 } };
}
