#include "report/inbound_put.h"

#include "base/text.h"

void
inbound_put_name(struct inbound_put *p, struct str name)
{
	if (p->comma)
		(void)buf_put_c(p->b, ',');
	(void)text_json(p->b, name);
	(void)buf_put_c(p->b, ':');
	p->comma = false;
}

static void
begin(struct inbound_put *p, const char *name)
{
	if (name)
		inbound_put_name(p, str_z(name));
	else if (p->comma)
		(void)buf_put_c(p->b, ',');
	p->comma = true;
}

void
inbound_put_open(struct inbound_put *p, const char *name, char bracket)
{
	begin(p, name);
	(void)buf_put_c(p->b, bracket);
	p->comma = false;
}

void
inbound_put_close(struct inbound_put *p, char bracket)
{
	(void)buf_put_c(p->b, bracket);
	p->comma = true;
}

void
inbound_put_text(struct inbound_put *p, const char *name, struct str s)
{
	begin(p, name);
	if (text_json(p->b, s) < 0)
		p->b->full = true;
}

void
inbound_put_maybe(struct inbound_put *p, const char *name, struct str s)
{
	if (s.p) {
		inbound_put_text(p, name, s);
		return;
	}
	begin(p, name);
	(void)buf_put_z(p->b, "null");
}

void
inbound_put_b64(struct inbound_put *p, const char *name, struct str bytes)
{
	begin(p, name);
	(void)buf_put_c(p->b, '"');
	if (text_b64(p->b, bytes) < 0)
		p->b->full = true;
	(void)buf_put_c(p->b, '"');
}

void
inbound_put_number(struct inbound_put *p, const char *name, uint64_t n)
{
	begin(p, name);
	(void)buf_put_u64(p->b, n);
}

void
inbound_put_bool(struct inbound_put *p, const char *name, bool v)
{
	begin(p, name);
	(void)buf_put_z(p->b, v ? "true" : "false");
}
