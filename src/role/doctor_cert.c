/* The certificates of the configuration, as files. */
#include "role/doctor_priv.h"

#include "base/utc.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SOON_DAYS 14
#define DAY_US    INT64_C(86400000000)

/* Why one cannot be read may be ours, not the service's: edges read them as root. */
static void
unreadable(struct doctor *d, struct str file, int err)
{
	const char *why =
		err == -EINVAL ? d->conf.french ? "aucun certificat PEM" : "no PEM certificate"
			       : strerror(-err);

	if ((err == -EACCES || err == -EPERM) && (d->conf.inside || geteuid() != 0))
		doctor_skip(d, FINDING_CHECK_CERTIFICATE, file, FINDING_SKIP_NO_RIGHT, why);
	else
		doctor_say(d, FINDING_CERT_UNREADABLE, file, DOCTOR_ARGS(why));
}

/* 1: it is for the host name; 0: it is not; -1: it could not be read. */
static int
one(struct doctor *d, struct str file)
{
	char path[4096], days[24], from[UTC_TEXT_SIZE];
	int64_t begin, end, left;
	int err = str_copy_z(path, sizeof path, file), fits = 0;

	err = err < 0 ? err : tls_cert_span(path, &begin, &end);
	if (err == 0)
		fits = tls_cert_fits(path, str_z(d->hostname));
	if (err < 0 || fits < 0) {
		unreadable(d, file, err < 0 ? err : fits);
		return -1;
	}
	left = (end - loop_wall(d->loop)) / DAY_US;
	snprintf(days, sizeof days, "%lld", (long long)(left < 0 ? -left : left));
	if (end < loop_wall(d->loop))
		doctor_say(d, FINDING_CERT_OVER, file, DOCTOR_ARGS(days));
	else if (begin > loop_wall(d->loop))
		doctor_say(d, FINDING_CERT_EARLY, file, DOCTOR_ARGS(utc_rfc3339(from, begin)));
	else if (tls_cert_own(path) == 1)
		doctor_say(d, FINDING_CERT_SELF, file, DOCTOR_ARGS(NULL));
	else if (left < SOON_DAYS)
		doctor_say(d, FINDING_CERT_SOON, file, DOCTOR_ARGS(days));
	else if (fits)
		doctor_say(d, FINDING_CERT_FINE, file, DOCTOR_ARGS(d->hostname, days));
	return fits;
}

void
doctor_certificates(struct doctor *d)
{
	const struct config *cf = d->conf.config;
	char why[TLS_PAIR_WHY_MAX] = "";
	bool fits = false, all = true;

	if (!doctor_wants(d, FINDING_CHECK_CERTIFICATE))
		return;
	if (cf->ncerts == 0) {
		doctor_say(d, FINDING_CERT_NONE, STR_NONE, DOCTOR_ARGS(d->hostname));
		return;
	}
	for (size_t i = 0; i < cf->ncerts; i++) {
		int rc = one(d, cf->certs[i].cert);

		fits = fits || rc == 1;
		all = all && rc >= 0;
	}
	if (all && !fits)
		doctor_say(d, FINDING_CERT_NAME, STR_NONE, DOCTOR_ARGS(d->hostname));
	/* Keys are for the service alone. */
	if (all && !d->conf.inside && geteuid() == 0 && edge_certificates(cf, why) < 0)
		doctor_say(d, FINDING_CERT_PAIR, STR_NONE, DOCTOR_ARGS(why));
}
