#include "report/hook_mailgun.h"

#include "base/test.h"
#include "report/event_scene.h"

/* clang-format off */
#define COMMON \
		"{'recipient':'alice@orange.test','recipient-domain':'orange.test'," \
		"'message':{'headers':{'message-id':'1.abc@example.test'," \
		"'from':'shop@example.test','to':'alice@orange.test'," \
		"'subject':'Votre commande n° 7'},'attachments':[],'size':2048}," \
		"'envelope':{'transport':'smtp','sender':'shop@example.test'," \
		"'targets':'alice@orange.test'},'flags':{'is-authenticated':true," \
		"'is-test-mode':false},'tags':['order','fr']," \
		"'user-variables':{'customer':'4711','event':'mine'}}"

static const struct {
	const char *name;
	enum fact_kind kind;
	const char *want;
} events[] = {
	{ "accepted", FACT_ACCEPTED,
		"{'event':'accepted','id':'evt_aaaaaaaaaab6saaaaaaaaethaaagg7holr5wicij',"
		"'timestamp':1700000000.0,'log-level':'info'}" },
	{ "delivered", FACT_DELIVERED,
		"{'event':'delivered','id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'timestamp':1700000006.0,'log-level':'info','delivery-status':{'code':250,"
		"'message':'Ok: queued as 4711',"
		"'description':'Delivered to alice@orange.test: mx.orange.test answered 250 after 6 s, over TLS.',"
		"'enhanced-code':'2.0.0','attempt-no':2,'mx-host':'mx.orange.test','tls':true,"
		"'session-seconds':1.5}}" },
	{ "deferred", FACT_DEFERRED,
		"{'event':'failed','id':'evt_aaaaaaaaaab6saaaaaaaaethaaa34sdjgoyyiu6p',"
		"'timestamp':1700000003.0,'log-level':'warn','severity':'temporary',"
		"'reason':'generic','delivery-status':{'code':451,"
		"'message':'Greylisted, try again later',"
		"'description':'Deferred for alice@orange.test: not delivered yet, it will be tried again. The server asks for a second try (greylisting); that is usual.',"
		"'enhanced-code':'4.7.1','attempt-no':1,'mx-host':'mx.orange.test','tls':true,"
		"'session-seconds':1.5,'retry-seconds':297}}" },
	{ "bounced", FACT_BOUNCED,
		"{'event':'failed','id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'timestamp':1700000006.0,'log-level':'error','severity':'permanent',"
		"'reason':'bounce','delivery-status':{'code':550,'message':'No such user',"
		"'description':'Bounced for alice@orange.test: refused for good. The address does not exist.',"
		"'enhanced-code':'5.1.1','attempt-no':2,'mx-host':'mx.orange.test','tls':true,"
		"'session-seconds':1.5}}" },
	{ "expired", FACT_EXPIRED,
		"{'event':'failed','id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'timestamp':1700000006.0,'log-level':'error','severity':'permanent',"
		"'reason':'old','delivery-status':{'code':451,"
		"'message':'Greylisted, try again later',"
		"'description':'Expired for alice@orange.test: given up, its time ran out without success. The server asks for a second try (greylisting); that is usual.',"
		"'enhanced-code':'4.7.1','attempt-no':1,'mx-host':'mx.orange.test','tls':true,"
		"'session-seconds':0.0}}" },
	{ "suppressed", FACT_SUPPRESSED,
		"{'event':'failed','id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'timestamp':1700000006.0,'log-level':'error','severity':'permanent',"
		"'reason':'suppress-bounce','delivery-status':{'code':550,"
		"'message':'On the suppression list: hard_bounce',"
		"'description':'Suppressed: not tried for alice@orange.test, because the address is on the suppression list.',"
		"'enhanced-code':'5.7.1','attempt-no':1,'tls':false,'session-seconds':0.0}}" },
	{ "in_doubt", FACT_IN_DOUBT, "" },
	{ "held", FACT_HELD, "" },
	{ "released", FACT_RELEASED, "" },
	{ "cancelled", FACT_CANCELLED, "" },
	{ "quarantined", FACT_QUARANTINED,
		"{'event':'failed','id':'evt_aaaaaaaaaab6saaaaaaaaethaabi4h4qpx7pfgnm',"
		"'timestamp':1700000006.0,'log-level':'error','severity':'permanent',"
		"'reason':'generic','delivery-status':{'code':0,"
		"'message':'Quarantined for alice@orange.test: the stored message is damaged and was not sent.',"
		"'description':'Quarantined for alice@orange.test: the stored message is damaged and was not sent.',"
		"'attempt-no':1,'tls':false,'session-seconds':0.0}}" },
	{ "retried", FACT_RETRIED, "" },
	{ "returned", FACT_RETURNED,
		"{'event':'failed','id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'timestamp':1700003600.0,'log-level':'error','severity':'permanent',"
		"'reason':'bounce','delivery-status':{'code':550,'message':'No such user',"
		"'description':'Bounced later for alice@orange.test: it was delivered, then sent back. The address does not exist.',"
		"'enhanced-code':'5.1.1','attempt-no':2,'tls':false,'session-seconds':0.0}}" },
	{ "opened", FACT_OPENED,
		"{'event':'opened','id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'timestamp':1700003600.0,'log-level':'info','ip':'203.0.113.5',"
		"'geolocation':{'country':'Unknown','region':'Unknown','city':'Unknown'},"
		"'client-info':{'user-agent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}}" },
	{ "clicked", FACT_CLICKED,
		"{'event':'clicked','id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'timestamp':1700003600.0,'log-level':'info','ip':'203.0.113.5',"
		"'geolocation':{'country':'Unknown','region':'Unknown','city':'Unknown'},"
		"'client-info':{'user-agent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'},"
		"'url':'https://shop.example/order/7?a=1&b=2'}" },
	{ "unsubscribed", FACT_UNSUBSCRIBED,
		"{'event':'unsubscribed','id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'timestamp':1700003600.0,'log-level':'info','ip':'203.0.113.5',"
		"'geolocation':{'country':'Unknown','region':'Unknown','city':'Unknown'},"
		"'client-info':{'user-agent':'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0'}}" },
	{ "complained", FACT_COMPLAINED,
		"{'event':'complained','id':'evt_aaaaaaaaaab6saaaaaaaaeth7776tw3baagwn3op',"
		"'timestamp':1700003600.0,'log-level':'info'}" },
};
/* clang-format on */

static void
test_events(void **state)
{
	(void)state;
	TEST_EACH(row, events)
	{
		struct event e = scene_event(row->kind);

		assert_true(scene_same(hook_mailgun(&e), COMMON, row->want));
		assert_true(!*row->want || hook_mailgun_word(row->kind));
		event_done(&e);
		scene_done();
	}
}

static void
test_reasons(void **state)
{
	static const struct {
		const char *name, *text, *want;
	} table[] = { { "unsubscribed", "unsubscribed on 2026-11-01", "suppress-unsubscribe" },
		{ "complained", "complaint of orange.fr", "suppress-complaint" },
		{ "bounced", "bounced before", "suppress-bounce" } };

	(void)state;
	TEST_EACH(row, table)
	{
		struct event e;
		json_t *o;
		struct fact f = scene_fact(FACT_SUPPRESSED);

		f.reply.text = str_z(row->text);
		e = scene_event_of(&f);
		o = hook_mailgun(&e);
		assert_string_equal(json_string_value(json_object_get(o, "reason")), row->want);
		json_decref(o);
		event_done(&e);
		scene_done();
	}
}

static const char *
text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* Signature: as `printf 1700000100$token | openssl dgst -sha256 -hmac key-1` says. */
static void
test_signature(void **state)
{
	struct event e = scene_event(FACT_DELIVERED), other = scene_event(FACT_BOUNCED);
	json_t *o = hook_mailgun_signature(STR_LIT("key-1"), &e, 1700000100), *again;

	(void)state;
	assert_string_equal(text(o, "timestamp"), "1700000100");
	assert_int_equal(strlen(text(o, "token")), 50);
	assert_string_equal(
		text(o, "token"), "6e8d6a38a052d8321452313aee292e2b8a68d35b8ab2e51401");
	assert_string_equal(text(o, "signature"),
		"de9e75467d157997c6cc0951b20ece6535f8993ae6b70028800fb83a548759ef");
	memcpy(other.id, "evt_a", 5);
	other.id[10] = 'x';
	again = hook_mailgun_signature(STR_LIT("key-1"), &other, 1700000100);
	assert_string_not_equal(text(o, "token"), text(again, "token"));
	json_decref(again);
	again = hook_mailgun_signature(STR_LIT("key-1"), &e, 1700000101);
	assert_string_not_equal(text(o, "token"), text(again, "token"));
	json_decref(again);
	json_decref(o);
	event_done(&e);
	event_done(&other);
	scene_done();
}

/* What a machine did is not told as if a person had done it. */
static void
test_robots(void **state)
{
	static const enum fact_kind kinds[] = { FACT_OPENED, FACT_CLICKED };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
		struct fact f = scene_fact(kinds[i]);
		struct event e;

		f.robot = 1;
		e = scene_event_of(&f);
		assert_null(hook_mailgun(&e));
		event_done(&e);
		scene_done();
	}
}

TEST_MAIN(TEST(test_events), TEST(test_reasons), TEST(test_signature), TEST(test_robots))
