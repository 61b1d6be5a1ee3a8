/*
 * Dates as mail and HTTP clients write them (RFC 5322 3.3 and 4.3): "Fri, 14 Oct 2011 23:10:10
 * -0000", the weekday and the seconds may be missing, zones are numbers or GMT, UTC, UT, Z.
 */
#ifndef API_MAILGUN_DATE_H
#define API_MAILGUN_DATE_H

#include "base/str.h"

/* 0, or -EINVAL; also for a day that the month has not. */
int mailgun_date_read(struct str s, int64_t *ret_wall);

#endif
