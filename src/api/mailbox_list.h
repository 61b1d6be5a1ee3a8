/*
 * Mailbox lists as some dialects take them, in one text (RFC 5322 3.4):
 *
 *   "Doe, Jane" <jane@x.test>, c@d.test     two addresses, the first one with a name
 *
 * What is an address is judged by wire/address; this module keeps the names: quoted pairs and
 * encoded words (RFC 2047) are read, comments are not part of a name. Empty places between
 * commas are passed over; groups are refused. Pure.
 */
#ifndef API_MAILBOX_LIST_H
#define API_MAILBOX_LIST_H

#include "send/outgoing.h"

/* All in the arena; a blank text is an empty list. 0; -EINVAL with *ret_bad (borrowed): the
 * mailbox that is none, or the whole text when it holds control characters or is not UTF-8;
 * -EOVERFLOW: more than max mailboxes; -E2BIG: the arena is full. */
int mailbox_list_read(struct arena *a, struct str text, size_t max,
	struct outgoing_list *ret_list, struct str *ret_bad);

#endif
