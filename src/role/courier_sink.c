/*
 * Attempts whose carrier is a folder: mail of the mode sandbox (decision 0010), as it would go
 * out, signed too, into the sink (role/sink_store). No name is looked up and no port is opened.
 * The phase stays idle: a message that a crash left there is written once more.
 */
#include "role/courier_priv.h"

#include <stdio.h>

/* What the recipient's server would have said; whoever reads it must see that none did. */
#define KEPT "Kept in the sandbox, not sent: message %llu of the sink"

static int
open_folder(struct courier *c)
{
	int err = c->sink_open ? 0 : sink_store_open(&c->sink, c->env->paths->sink);

	c->sink_open = err == 0;
	return err;
}

static int
write_mail(struct courier_conn *n, uint64_t *ret_number)
{
	struct courier *c = n->courier;
	struct courier_job *j = n->job;
	struct str to[COURIER_RCPTS_MAX];
	struct sink_facts f = { .at = loop_wall(c->loop),
		.client = STR_NONE,
		.helo = STR_NONE,
		.from = j->m.sender,
		.to = to,
		.nto = j->m.rcpts.n,
		.outcome = "kept",
		.prefix = buf_str(&j->prefix),
		.tenant = j->m.tenant,
		.stream = j->m.stream,
		.rcpt = j->m.message + 1 + j->m.rcpts.at[0].index };
	int err = open_folder(c);

	for (size_t i = 0; i < j->m.rcpts.n; i++)
		to[i] = j->m.rcpts.at[i].address;
	f.message = buf_str(&j->body);
	return err ? err : sink_store_add(&c->sink, &f, ret_number);
}

void
courier_sink_write(struct courier_conn *n)
{
	char text[120];
	uint64_t number = 0;
	int err;

	if (!n->job || n->job->state != JOB_READY)
		return;
	err = n->job->loaded ? 0 : courier_job_load(n->courier, n->job);
	if (err) {
		courier_job_give_up(n, err);
		return;
	}
	err = write_mail(n, &number);
	if (err) {
		const struct reply no = REPLY(
			452, 4, 3, 1, "The sink's folder cannot be written; see the disk");

		n->courier->sink_open = false;
		courier_tell_all(n, RESULT_DEFERRED, STAGE_LOCAL, &no);
		return;
	}
	(void)snprintf(text, sizeof text, KEPT, (unsigned long long)number);
	const struct reply ok = { 250, { 2, 0, 0 }, str_z(text) };

	courier_tell_all(n, RESULT_DELIVERED, STAGE_LOCAL, &ok);
}

void
courier_sink_start(struct courier_conn *n)
{
	courier_conn_forget(n);
	buf_clear(&n->transcript);
	n->port = 0;
	n->tls[0] = '\0';
	(void)snprintf(n->host_name, sizeof n->host_name, "sandbox");
	courier_job_prepare(n);
	courier_sink_write(n);
}

void
courier_sink_purge(struct courier *c)
{
	/* One is enough; who has nothing there finds nothing. */
	if (c->env->number > 1 || open_folder(c) < 0)
		return;
	sink_store_purge(&c->sink, loop_wall(c->loop) - c->config->keep_content_us);
}
