#include "send/consent.h"

#include "wire/header.h"

#include <errno.h>

const char *const consent_drop[] = { "x-facteur-consent", NULL };

static enum outgoing_switch
both(enum outgoing_switch a, enum outgoing_switch b)
{
	if (a == OUTGOING_OFF || b == OUTGOING_OFF)
		return OUTGOING_OFF;
	return a == OUTGOING_ON ? a : b;
}

/* Foldings too: the value may come as it stands in the block. */
static struct str
plain(struct str s)
{
	while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && strchr(" \t\r\n", s.p[0]))
		s = str_from(s, 1);
	return s;
}

int
consent_field(struct str value, enum outgoing_switch *consent)
{
	bool yes;

	value = plain(value);
	yes = str_ieq_z(value, "yes");
	if (!yes && !str_ieq_z(value, "no"))
		return -EINVAL;
	*consent = both(*consent, yes ? OUTGOING_ON : OUTGOING_OFF);
	return 0;
}

int
consent_header(struct str block, enum outgoing_switch *consent)
{
	struct header_field f;
	int more, err = 0;

	while ((more = header_next(&block, &f)) != 0)
		if (more == 1 && str_ieq_z(f.name, CONSENT_FIELD) &&
			consent_field(f.value, consent) < 0)
			err = -EINVAL;
	return err;
}

enum outgoing_switch
consent_of(const struct outgoing *o, const uint16_t *of, size_t rcpt)
{
	enum outgoing_switch all = o->consent, own = OUTGOING_DEFAULT;
	size_t n = o->consents ? o->to.n + o->cc.n + o->bcc.n : 0;

	for (size_t k = 0; k < n; k++)
		if (of[k] == rcpt)
			own = both(own, o->consents[k]);
	for (size_t i = 0; i < o->nfields; i++)
		if (str_ieq_z(o->fields[i].name, CONSENT_FIELD))
			(void)consent_field(o->fields[i].value, &all);
	return own != OUTGOING_DEFAULT ? own : all;
}
