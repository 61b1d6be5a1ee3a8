/*
 * Wall-clock times as text. wall = µs since 1970-01-01 UTC; years 1970 to 9999.
 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include "base/str.h"

#define UTC_SEC  INT64_C(1000000)
#define UTC_MIN  (60 * UTC_SEC)
#define UTC_HOUR (60 * UTC_MIN)
#define UTC_DAY  (24 * UTC_HOUR)

struct utc {
	int year, month, day; /* month 1..12, day 1..31 */
	int hour, minute, second, usec;
	int weekday; /* 0 = Sunday */
};

/* A wall outside the years above gives the nearest time inside them. */
struct utc utc_split(int64_t wall);
/* The fields must be in range (check what comes from outside first; second 60 and a day
 * behind the month's end count on into the next); weekday is not looked at. */
int64_t utc_join(const struct utc *u);
/* 28 to 31; month 1..12. */
int utc_month_days(int year, int month);

#define UTC_TEXT_SIZE 40
/* "2026-11-24T09:51:23.123Z" (RFC 3339). Returns dst. */
const char *utc_rfc3339(char dst[UTC_TEXT_SIZE], int64_t wall);
/* "Tue, 24 Nov 2026 09:51:23 +0000" (RFC 5322 3.3). Returns dst. */
const char *utc_rfc5322(char dst[UTC_TEXT_SIZE], int64_t wall);
/* "2026-11-24": names of the ledger's day files. Returns dst. */
const char *utc_day(char dst[UTC_TEXT_SIZE], int64_t wall);
/* Reads RFC 3339 with Z or an offset: 0, or -EINVAL also outside the years above. */
int utc_parse(struct str s, int64_t *ret_wall);

/* "5m", "2h30m", "7d", "90s", "10ms" -> µs: 0 or -EINVAL ("72hh", "", "-1s" are invalid).
 * Units d h m s ms, in this order, each at most once. */
int utc_parse_span(struct str s, int64_t *ret_us);
/* For people: "3 s", "2 min 5 s", "4 h 10 min", "2 d 3 h". Returns dst. */
const char *utc_span(char dst[UTC_TEXT_SIZE], int64_t us);

#endif
