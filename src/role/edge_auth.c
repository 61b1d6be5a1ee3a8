/* Who a client is: its words as a question to the engine, and the key under which the engine's
 * yes may be remembered. SMTP and HTTP ask the same. */
#include "role/edge_priv.h"

#include "account/key.h"
#include "base/mem.h"

/* A key's name has 34 bytes, a secret 43 or, as a token, 36. */
#define USER_SHOWN_MAX 40

void
edge_auth_spell(struct edge *e, struct str user, struct str password, struct edge_auth *ret_a)
{
	struct key_spelling k = key_spell(user, password);
	struct str name = str_head(k.name, sizeof ret_a->name - 1);
	char token[40];

	/* Names with '@' in front are ours (edge_smtp: ask_identity): from outside they are no
	 * key, and the engine refuses this one like any unknown key. */
	if (name.n > 0 && name.p[0] == '@')
		name = STR_LIT("-");
	/* "apikey" with the bare secret: its token finds the key. */
	if (name.n == 0 && !k.token) {
		key_token(token, k.secret);
		k.secret = str_z(token);
	}
	(void)str_copy_z(ret_a->name, sizeof ret_a->name, name);
	seal_hash(ret_a->hash, e->env->keys.pepper, k.secret);
	mem_wipe(token, sizeof token);
}

void
edge_auth_key(struct buf *b, enum auth_way way, const char *client, const struct edge_auth *a)
{
	buf_put_c(b, (char)way);
	buf_put(b, str_of(a->hash, sizeof a->hash));
	buf_put_z(b, client);
	buf_put_c(b, '\0');
	buf_put_z(b, a->name);
}

void
edge_auth_of_key(struct str key, struct edge_auth *ret_a)
{
	struct str rest = str_from(key, 1 + sizeof ret_a->hash);

	memcpy(ret_a->hash, key.p + 1, sizeof ret_a->hash);
	(void)str_cut(&rest, '\0'); /* the client's address */
	(void)str_copy_z(ret_a->name, sizeof ret_a->name, rest.p ? rest : STR_NONE);
}

void
edge_auth_ask(struct edge_conn *c, enum auth_way way, const struct edge_auth *a,
	void (*done)(void *ctx, const void *m))
{
	struct edge *e = c->edge;
	struct msg_auth m = { .seq = edge_seq(e),
		.key = str_z(a->name),
		.client = str_z(c->client),
		.network = c->network,
		.port = c->port->port,
		.tls = (uint8_t)way,
		.api = c->http != NULL };

	memcpy(m.secret_hash.b, a->hash, sizeof a->hash);
	buf_clear(&c->ask.payload);
	msg_auth_write(&c->ask.payload, &m);
	mem_wipe(m.secret_hash.b, sizeof m.secret_hash.b);
	c->ask.done = done;
	edge_ask(e, &c->ask, MSG_auth, m.seq);
}

struct edge_id
edge_auth_id(const struct edge_conn *c, const struct msg_authed *m)
{
	return (struct edge_id){ .known = true,
		.any_domain = m->any_domain != 0,
		.counted = m->counted != 0,
		.stream = m->stream,
		.scopes = m->scopes,
		.via = c->http                       ? VIA_API
		       : c->port->kind == PORT_LOCAL ? VIA_SENDMAIL
		                                     : VIA_SMTP,
		.tenant = m->tenant,
		.key = m->key };
}

/* What of a user name may stand in the log: in some costumes it is the secret itself, and
 * people swap the two fields. No key's name is an address. */
static void
log_user(struct log_line *ll, struct str user)
{
	if (user.n > USER_SHOWN_MAX || str_starts(user, STR_LIT("SG.")) ||
		key_spell(user, user).token)
		log_z(ll, "user", "(hidden: it looks like a secret)");
	else if (str_find(user, '@') < user.n)
		log_masked(ll, "user", user);
	else
		log_str(ll, "user", user);
}

void
edge_auth_failed(struct edge_conn *c, struct str user, const struct msg_authed *m)
{
	struct log_line ll;

	edge_count(c->edge, COUNT_AUTH_FAILURES, c->port->port);
	edge_count(c->edge, COUNT_REJECTED, REASON_AUTH);
	if (!edge_log(c, "auth-failed", &ll))
		return;
	log_user(&ll, user);
	log_str(&ll, "why", m->reply.text);
	log_end(&ll);
}
