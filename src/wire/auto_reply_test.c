#include "wire/auto_reply.h"

#include "base/test.h"

static const struct {
	const char *name, *in;
	enum auto_reply want;
	bool sure;
} table[] = {
	{ "a letter", "Subject: Re: offer\r\n\r\nI am out of the office until May.\r\n",
		AUTO_NONE, false },
	{ "a letter that says no", "Auto-Submitted: no\r\nSubject: x\r\n\r\nx", AUTO_NONE,
		false },
	{ "RFC 3834", "Auto-Submitted: auto-replied; x=1\r\nSubject: x\r\n\r\nx", AUTO_ANSWER,
		false },
	{ "RFC 5230", "Auto-Submitted: auto-replied (vacation)\r\nSubject: x\r\n\r\nI am away.",
		AUTO_ABSENCE, false },
	{ "auto-notified", "Auto-Submitted: auto-notified\r\n\r\nx", AUTO_ANSWER, false },
	{ "Exchange",
		"Subject: Automatic reply: offer\r\nX-Auto-Response-Suppress: All\r\n"
		"Auto-Submitted: auto-generated\r\n\r\nBack on Monday",
		AUTO_ABSENCE, true },
	{ "Exchange, French, encoded",
		"Subject: =?iso-8859-1?Q?R=E9ponse_automatique_=3A_offre?=\r\n\r\nx",
		AUTO_ABSENCE, true },
	{ "French",
		"Subject: Re: Message d\xe2\x80\x99"
		"absence\r\n\r\nx",
		AUTO_ABSENCE, true },
	{ "German", "Subject: AW: Abwesenheitsnotiz: Angebot\r\n\r\nx", AUTO_ABSENCE, true },
	{ "Spanish", "Subject: Respuesta autom\xc3\xa1tica: oferta\r\n\r\nx", AUTO_ABSENCE,
		true },
	{ "Japanese", "Subject: =?utf-8?B?6Ieq5YuV5b+c562UOiB4?=\r\n\r\nx", AUTO_ABSENCE,
		true },
	{ "X-Autoreply", "X-Autoreply: yes\r\nSubject: x\r\n\r\nx", AUTO_ANSWER, true },
	{ "X-Autoreply: no", "X-Autoreply: no\r\nSubject: x\r\n\r\nx", AUTO_NONE, false },
	{ "Precedence auto_reply", "Precedence: auto_reply\r\n\r\nx", AUTO_ANSWER, true },
	{ "bulk alone is a newsletter", "Precedence: bulk\r\nSubject: News\r\n\r\nabsent",
		AUTO_NONE, false },
	{ "bulk and a receipt's subject",
		"Precedence: bulk\r\nSubject: [x]\r\nSubject: y\r\n\r\nx", AUTO_NONE, false },
	{ "a desk",
		"Precedence: bulk\r\nSubject: Accus\xc3\xa9 de r\xc3\xa9"
		"ception de votre demande\r\n\r\nx",
		AUTO_ANSWER, false },
	{ "a newsletter", "Precedence: bulk\r\nSubject: Vacation deals\r\n\r\nx", AUTO_NONE,
		false },
	{ "a hint and a field",
		"Auto-Submitted: auto-replied\r\nSubject: vacation until May\r\n\r\nx",
		AUTO_ABSENCE, true },
	{ "a hint alone", "Subject: Absence : offre\r\n\r\nx", AUTO_ABSENCE, true },
	{ "a challenge",
		"Precedence: bulk\r\nSubject: Please confirm your message\r\n\r\nReply to "
		"release it",
		AUTO_CHALLENGE, true },
	{ "Mailinblack",
		"Subject: Authentifiez votre e-mail\r\n\r\nMailinblack prot\xc3\xa8ge ma "
		"bo\xc3\xaete",
		AUTO_CHALLENGE, true },
	{ "a person's question", "Subject: Please confirm your message\r\n\r\nIs it so?",
		AUTO_NONE, false },
	{ "read receipt",
		"Content-Type: multipart/report; report-type=disposition-notification; "
		"boundary=b\r\n"
		"\r\n--b\r\n\r\nread\r\n--b\r\nContent-Type: "
		"message/disposition-notification\r\n\r\n"
		"Disposition: manual-action/MDN-sent-manually; displayed\r\n--b--",
		AUTO_RECEIPT, true },
};

static void
test_read(void **state)
{
	(void)state;
	TEST_EACH(row, table)
	{
		struct arena a;
		struct mime_in m;
		bool sure;

		arena_init(&a, 1u << 20);
		mime_in_walk(&a, str_z(row->in), &m);
		assert_string_equal(auto_reply_name(auto_reply_read(
					    &a, &m, mime_in_human(&a, &m, 4096), &sure)),
			auto_reply_name(row->want));
		assert_int_equal(sure, row->sure);
		arena_done(&a);
	}
}

TEST_MAIN(TEST(test_read))
