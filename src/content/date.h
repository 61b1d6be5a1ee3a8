/*
 * Moments in templates: wall µs since 1970 UTC, years 1 to 9999 (birth dates are older than
 * what base/utc knows). Offsets from UTC are given in minutes; no table of time zones. Names of
 * months and days are English. Pure.
 */
#ifndef CONTENT_DATE_H
#define CONTENT_DATE_H

#include "base/buf.h"
#include "base/utc.h"

/* Is it inside the years above? */
bool date_ok(int64_t wall);
/* wall must be date_ok. */
struct utc date_split(int64_t wall);
/* "2026-11-24", with "T09:51", "09:51:23", "09:51:23.5" behind "T" or a space, with "Z",
 * "+01:00" or "+0100" behind that; without an offset it is UTC. 0 or -EINVAL. */
int date_parse(struct str s, int64_t *ret_wall);
/* "+03:00", "-0800", "+3", "Z", "UTC", "GMT", "": minutes east of UTC, at most 18 h. 0 or
 * -EINVAL. */
int date_zone(struct str s, int *ret_minutes);

/*
 * Mailjet's: d dd ddd dddd, m mm mmm mmmm, yy yyyy, h hh, n nn, s ss, z zzz, am/pm, a/p, any
 * case; m and mm right behind hours are minutes; text in quotes stands as it is, as do other
 * characters.
 */
int date_format(struct buf *b, struct str format, int64_t wall, int zone_minutes);
/* SendGrid's: YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h mm m ss s A a Z ZZ; text in […]
 * stands as it is. Both: 0, -EINVAL when the moment is outside the years above, or -E2BIG. */
int date_format_moment(struct buf *b, struct str format, int64_t wall, int zone_minutes);

#endif
