/*
 * For tests and fuzzers: all dialects, one beside the other.
 */
#ifndef API_DIALECTS_H
#define API_DIALECTS_H

#include "api/mailgun_send.h"
#include "api/mailjet_send.h"
#include "api/mailjet_v3_send.h"
#include "api/native_send.h"
#include "api/postmark_answer.h"
#include "api/sendgrid_send.h"

enum dialect {
	NATIVE,
	MAILJET,
	MAILJET_V3,
	SENDGRID,
	POSTMARK,
	MAILGUN,
	MAILGUN_MULTIPART,
	DIALECTS
};

static const struct api_world dialects_world = { .now = INT64_C(1795513883000000),
	.base_url = { "https://x", 9 },
	.request_id = { "r", 1 } };

static inline int
dialects_read(struct api_send *s, enum dialect d, struct str body)
{
	struct mailgun_call call = { STR_LIT("x.test"),
		d == MAILGUN ? STR_LIT("application/x-www-form-urlencoded")
			     : STR_LIT("multipart/form-data; boundary=B"),
		body };

	switch (d) {
	case NATIVE:
		return native_send_read(s, body, &dialects_world);
	case MAILJET:
		return mailjet_send_read(s, body, &dialects_world);
	case MAILJET_V3:
		return mailjet_v3_send_read(s, body, &dialects_world);
	case SENDGRID:
		return sendgrid_send_read(s, body, &dialects_world);
	case POSTMARK:
		return postmark_send_read(s, POSTMARK_EMAIL, body, false, &dialects_world);
	case MAILGUN:
	case MAILGUN_MULTIPART:
	case DIALECTS:
	default:
		return mailgun_send_read(s, &call, &dialects_world);
	}
}

static inline void
dialects_answer(const struct api_send *s, enum dialect d, struct api_answer *a)
{
	switch (d) {
	case NATIVE:
		native_send_answer(s, &dialects_world, a);
		break;
	case MAILJET:
		mailjet_send_answer(s, &dialects_world, a);
		break;
	case MAILJET_V3:
		mailjet_v3_send_answer(s, &dialects_world, a);
		break;
	case SENDGRID:
		sendgrid_send_answer(s, &dialects_world, a);
		break;
	case POSTMARK:
		postmark_answer(s, POSTMARK_EMAIL, &dialects_world, a);
		break;
	case MAILGUN:
	case MAILGUN_MULTIPART:
	case DIALECTS:
	default:
		mailgun_send_answer(s, &dialects_world, STR_NONE, a);
		break;
	}
}

#endif
