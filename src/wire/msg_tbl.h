/*
 * The messages between roles: one table that feeds the structs, the encoder, the decoder and
 * the fuzzer (wire/msg.h). F(type, name): types are listed in msg.h.
 * M(NUMBER, name, what it says).
 */
/* Tables, aligned by hand. */
/* clang-format off */
#define MSG_TABLE(M)                                                                           \
	M(1, edge_hello, "edge → engine: I am here, this is my boot")                          \
	M(2, edge_state, "engine → edge: accept mail, or refuse it with this reply")           \
	M(3, grant, "engine → edge: ids you may give")                                         \
	M(4, submit, "edge → engine: a body is durable, this is its envelope")                 \
	M(5, submitted, "engine → edge: durable, or refused with this reply")                  \
	M(6, auth, "edge → engine: may this key enter?")                                       \
	M(7, authed, "engine → edge: the answer")                                              \
	M(8, check, "edge → engine: may this tenant use this sender domain?")                  \
	M(9, checked, "engine → edge: the answer")                                             \
	M(10, changed, "engine → edge: forget what you cached")                                \
	M(11, tally, "edge, courier → engine: counters since the last time")                   \
	M(12, courier_hello, "courier → engine: I am here, these attempts are in my hands")    \
	M(13, attempt, "engine → courier: deliver this")                                       \
	M(14, outcome, "courier → engine: what became of an attempt")                          \
	M(15, outcome_ok, "engine → courier: it is durable, forget it")                        \
	M(16, sign, "courier → engine: sign this digest for an attempt")                       \
	M(17, signed, "engine → courier: the signature")                                       \
	M(18, dot, "courier → engine: about to send the dot of a never-repeat attempt")        \
	M(19, dot_ok, "engine → courier: that is durable, go on")                              \
	M(20, hang_up, "engine → courier: close the connection of a slot")                     \
	M(21, query, "desk, edge → engine: tell or do something")                              \
	M(22, answer, "engine → desk, edge: the answer, JSON text")                            \
	M(23, drain, "keeper → role: finish what is begun, take nothing new")                  \
	M(24, reload, "keeper → role: the new configuration's text")                           \
	M(25, extra, "in submit.extra: what only mail of the API has")                         \
	M(26, submits, "edge → engine: bodies of one call, all or none")                       \
	M(27, signal, "edge → engine: what a recipient did, or what came back")                \
	M(28, screen, "edge → engine: which of these addresses are on the suppression list?")  \
	M(29, screened, "engine → edge: the answer")                                           \
	M(36, more, "in extra.more: what came to it later")                                    \
	M(37, wish, "in more.wish: how it is to go")                                           \
	M(32, tracking, "engine → edge: an account's tracking host and defaults")              \
	M(33, find, "edge → engine: who wants what came in?")                                  \
	M(34, found, "engine → edge: the answer")                                              \
	M(30, post, "desk → poster: post this body to that URL")                               \
	M(31, posted, "poster → desk: what came of it")                                        \
	M(35, webhook, "in attempt.webhook: where and how mail of an inbound address is posted") \
	M(40, call, "edge → desk: a request of the HTTP API")                                  \
	M(41, called, "desk → edge: its answer")                                               \
	M(42, template, "edge → desk: what is this version of a template, or the published?")  \
	M(43, templated, "desk → edge: the answer")                                            \
	M(44, session, "edge → desk: who is signed in by this cookie?")                        \
	M(45, sessioned, "desk → edge: the answer")                                            \
	M(46, web, "edge → desk: the bytes of a message, to be shown as a page")               \
	M(47, webbed, "desk → edge: the answer")                                               \
	M(48, contact, "edge → desk: what do templates read of this contact?")                 \
	M(49, contacted, "desk → edge: the answer")                                            \
	M(50, enter, "edge → engine: may one more session of this key be open?")               \
	M(51, entered, "engine → edge: the answer")                                            \
	M(52, open, "edge → engine: so many sessions of this key are open here")               \
	M(53, followed, "desk → edge: more of an answer that goes on, or its end")             \
	M(54, follow, "edge → desk: bytes of it that left for the client, or it is gone")     \
	M(55, stream, "engine → edge: a stream of an account's own") \
	M(60, prove, "edge → desk: whose code is this, and is he the owner?")                  \
	M(61, proven, "desk → edge: the answer")

#define MSG_FIELDS_edge_hello(F) F(u8, edge) F(u64, boot)
#define MSG_FIELDS_edge_state(F) F(u8, accept) F(u8, plain_keys) F(reply, reply)
#define MSG_FIELDS_grant(F) F(u64, first) F(u32, count)

/* The journal keeps a submit as it came: recipient i has the id message + 1 + i. */
#define MSG_FIELDS_submit(F)                                                                   \
	F(u64, seq) F(u64, boot) F(u64, message) F(u64, key) F(u32, tenant) F(u8, stream)      \
	F(u8, via) F(u8, ret) F(u8, flags) F(i64, accepted) F(u32, extent) F(u32, length)      \
	F(u64, offset) F(u64, hash) F(u32, header_length) F(raw32, body_hash)                  \
	F(str, sender) F(str, from_domain) F(str, message_id) F(str, subject) F(str, helo)     \
	F(str, client) F(str, envid) F(u64, origin) F(rcpts, rcpts) F(tail, extra)
/* first: the id of the first message as it stands in the journal, when the call was known. retry_s:
 * seconds until a quota has room again, 0: no quota is in the way; MSG_NEVER: it is more than the whole. full:
 * until then it has none for a single recipient. */
#define MSG_FIELDS_submitted(F) F(u64, seq) F(u64, first) F(u8, idem) F(u32, retry_s) F(u8, full) F(reply, reply)

/* Journals hold it too: it only grows at its end, by another tail. not_before: wall µs, 0 = at
 * once. idem: SHA-256 of (tenant, key), SHA-256 of the request, id of the call's first message
 * as u64; or empty. first: the id under which facts tell of the message, when each recipient
 * has one of his own (his links name him); 0 = its own. It stands in the last submit of a call: what is before it in the journal is
 * durable when it is. */
#define MSG_FIELDS_extra(F)                                                                    \
	F(i64, not_before) F(u64, first) F(u8, track) F(str, idem) F(text, about) F(tail, more)
/* group: that the message is of (account/control), 0 none; from MSG_STREAM_NUMBERS on it is a
 * stream of the account's own, which has the place of a group. */
#define MSG_FIELDS_more(F) F(u32, group) F(tail, wish)
/* tls: enum tls_need. turn: TURN_… of msg.h. once: empty, or by which its campaign is known
 * (send/once). */
#define MSG_FIELDS_wish(F) F(u8, tls) F(u8, turn) F(str, once) F(tail, more)
/* Each a submit; seq of the first is that of the answer. */
#define MSG_FIELDS_submits(F) F(texts, texts)

/* kind: enum fact_kind, or SIGNAL_STOP_TRACKING. seq 0: no answer is wanted; else `submitted` when it is durable.
 * accepted: wall µs of the message's acceptance, names the ledger's day. group: that an
 * unsubscription is from, 0 none or not known. */
#define MSG_FIELDS_signal(F)                                                                   \
	F(u64, seq) F(u8, kind) F(u8, stream) F(u32, tenant) F(u64, message) F(u64, rcpt)      \
	F(i64, accepted) F(i64, at) F(u8, robot) F(u8, class) F(u8, blame) F(str, address)     \
	F(str, ip) F(str, agent) F(text, url) F(reply, reply) F(u32, group)

/* Before a message is taken, for a dialect that tells its client; it is judged again when it is
 * (submit). listed: a byte for each address, '1' when it would be set aside, else '0'. */
#define MSG_FIELDS_screen(F) F(u64, seq) F(u32, tenant) F(u8, stream) F(u32, group) F(texts, addresses)
#define MSG_FIELDS_screened(F) F(u64, seq) F(text, listed)
/* url: where its links begin, empty: the service's own; host: of requests that only its tokens
 * are answered under, empty: none. */
#define MSG_FIELDS_tracking(F)                                                                 \
	F(u8, part) F(u32, tenant) F(u8, track) F(str, url) F(str, host)

/* part: as of tracking; number: as more.group has it; how: MSG_STREAM_…. */
#define MSG_FIELDS_stream(F) F(u8, part) F(u32, tenant) F(u32, number) F(u8, how) F(str, name)

#define MSG_FIELDS_auth(F)                                                                     \
	F(u64, seq) F(str, key) F(raw32, secret_hash) F(str, client) F(u64, network)           \
	F(u16, port) F(u8, tls) F(u8, api)
#define MSG_FIELDS_authed(F)                                                                   \
	F(u64, seq) F(u8, ok) F(u8, any_domain) F(u8, stream) F(u8, scopes) F(u32, tenant)     \
	F(u64, key)                                                                            \
	F(u32, wait_ms) F(u8, counted) F(reply, reply)
/* authed.counted: its sessions are counted, by enter and open. key 0: the account's without a key.
 * n: how many the edge has of it, with this one; each tells all, so that none is lost. */
#define MSG_FIELDS_enter(F)   F(u64, seq) F(u32, tenant) F(u64, key) F(u32, n)
#define MSG_FIELDS_entered(F) F(u64, seq) F(u8, ok) F(reply, reply)
#define MSG_FIELDS_open(F)    F(u32, tenant) F(u64, key) F(u32, n)
#define MSG_FIELDS_check(F) F(u64, seq) F(u32, tenant) F(str, domain)
#define MSG_FIELDS_checked(F) F(u64, seq) F(u8, ok) F(reply, reply)
/* what FIND_INBOUND: address, a recipient nobody of us is. FIND_SENDER: of a recipient of ours
 * whose message came back (kind: enum fact_kind), does its sender want to read it? */
#define MSG_FIELDS_find(F)                                                                     \
	F(u64, seq) F(u8, what) F(u8, kind) F(u32, tenant) F(u64, rcpt) F(i64, accepted)       \
	F(str, address) F(str, sender)
/* FIND_INBOUND: address, and the sender of the envelope, empty: the null one. FIND_GROUPS: tenant; address is the text of a TRACK_TOKEN_CHOICE.
 * FIND_STREAMS: nothing but the answer, which comes behind every row (msg_stream) of before. */
/* is: enum find_is. tenant and, of a sender, address. Of groups address is, for each that there is,
 * a line: "number name". */
#define MSG_FIELDS_found(F) F(u64, seq) F(u8, is) F(u32, tenant) F(str, address)
#define MSG_FIELDS_changed(F) F(u64, version)
#define MSG_FIELDS_tally(F) F(counts, counts)

#define MSG_FIELDS_courier_hello(F) F(u8, courier) F(u16, slots) F(u64, boot) F(u64s, attempts)
/* tls: enum door_tls, of the route. need: enum tls_need, of the message. */
#define MSG_FIELDS_attempt(F)                                                                  \
	F(u64, attempt) F(u16, slot) F(u8, last) F(u8, repeat) F(u8, flags) F(u8, ret)         \
	F(u8, route) F(u8, tls) F(u8, need) F(u8, stream) F(u16, port) F(u32, number) F(str, host)           \
	F(str, user) F(str, secret) F(str, source) F(str, site) F(u64, message)                \
	F(u32, tenant) F(u32, extent) F(u32, length) F(u64, offset) F(u64, hash) F(u32, header_length)        \
	F(raw32, body_hash) F(str, sender) F(str, envid) F(rcpts, rcpts)                       \
	F(signers, signers) F(tail, webhook)
/* Of an attempt with ROUTE_WEBHOOK. id: the same at each attempt, for who tells copies apart. */
#define MSG_FIELDS_webhook(F) F(str, url) F(str, format) F(str, secret) F(str, id)
#define MSG_FIELDS_outcome(F)                                                                  \
	F(u64, attempt) F(u16, slot) F(u8, open) F(u16, error) F(u16, port) F(str, host)       \
	F(str, address) F(str, tls) F(i64, began) F(u32, took_ms) F(u32, transcript_day)       \
	F(u64, transcript_offset) F(u32, transcript_length) F(results, results)
#define MSG_FIELDS_outcome_ok(F) F(u64, attempt)
#define MSG_FIELDS_sign(F) F(u64, attempt) F(u8, signer) F(raw32, digest)
#define MSG_FIELDS_signed(F) F(u64, attempt) F(u8, signer) F(str, signature)
#define MSG_FIELDS_dot(F) F(u64, attempt)
#define MSG_FIELDS_dot_ok(F) F(u64, attempt)
#define MSG_FIELDS_hang_up(F) F(u16, slot)

/* route: its number in api/route's table. json: the body, read and written again by the edge;
 * params: those of the path, decoded. french: the client prefers it to English (Accept-Language).
 * user: who is signed in, 0 nobody; role: enum user_role; platform: he is of no account; hash: of his
 * session. agent, reason: the fields User-Agent and X-Facteur-Reason; last_event: Last-Event-ID. */
#define MSG_FIELDS_call(F)                                                                     \
	F(u64, seq) F(u16, route) F(u32, tenant) F(u64, key) F(u8, scopes) F(u8, french)       \
	F(u64, user) F(u8, role) F(u8, platform) F(raw32, hash) F(u64, network)                \
	F(str, path) F(str, query) F(str, client) F(str, agent) F(str, reason)                 \
	F(str, last_event) F(str, request_id) F(texts, params) F(text, json)
/* More of an answer whose type is text/event-stream, behind `called`; end: it is the last. */
#define MSG_FIELDS_followed(F) F(u64, seq) F(u8, end) F(text, body)
/* bytes: so many of `followed` the client took; desk sends no more than it has credit for.
 * end: the client is gone. */
#define MSG_FIELDS_follow(F) F(u64, seq) F(u8, end) F(u32, bytes)
/* type: media type. session: the token of one that begins; "-": it ended. */
#define MSG_FIELDS_called(F)                                                                   \
	F(u64, seq) F(u16, status) F(u32, retry_s) F(str, type) F(str, session) F(text, body)
/* account: whose a user of the platform speaks of, empty: none. */
#define MSG_FIELDS_session(F) F(u64, seq) F(raw32, hash) F(str, account)
/* status 200: he may; else why. tenant 0: of no account. */
#define MSG_FIELDS_sessioned(F)                                                                \
	F(u64, seq) F(u16, status) F(u8, scopes) F(u8, role) F(u8, platform) F(u32, tenant)    \
	F(u64, user) F(str, why)

/* By its name or id, or its number if that is not 0. wanted: which version, 0 the published one.
 * known, version: which one the edge has, 0 none; then the answer may be short. */
#define MSG_FIELDS_template(F)                                                                 \
	F(u64, seq) F(u32, tenant) F(u64, number) F(text, name) F(u64, wanted) F(u64, known)   \
	F(u64, version)
/* is: enum template_is. ref: the template's id as clients know it. texts: those of the version,
 * in the order of account/control_template, without the last one. */
#define MSG_FIELDS_templated(F)                                                                \
	F(u64, seq) F(u8, is) F(u64, id) F(u64, version) F(str, ref) F(str, name)              \
	F(texts, texts)

/* rcpt: who got it. is: enum web_is. whole: the bytes are all of the message. */
#define MSG_FIELDS_web(F) F(u64, seq) F(u32, tenant) F(u64, rcpt)
#define MSG_FIELDS_webbed(F) F(u64, seq) F(u8, is) F(u8, whole) F(text, bytes)

/* act: it is his address; else it is only asked. is: enum prove_is. */
#define MSG_FIELDS_prove(F) F(u64, seq) F(u8, act) F(str, code)
#define MSG_FIELDS_proven(F) F(u64, seq) F(u8, is) F(str, address) F(str, account)

/* is: enum contact_is. values: a JSON object. */
#define MSG_FIELDS_contact(F) F(u64, seq) F(u32, tenant) F(text, address)
#define MSG_FIELDS_contacted(F) F(u64, seq) F(u8, is) F(text, values)

/* Of the queue: stream 0 any, else its number + 1. own: the account itself asks, not an operator.
 * would: of QUERY_COUNT, what is meant to be done with them. */
#define MSG_FIELDS_query(F)                                                                    \
	F(u64, seq) F(u16, op) F(u32, tenant) F(u64, id) F(str, address) F(str, domain)        \
	F(str, sender) F(str, state) F(i64, older_us) F(u32, limit) F(u64, after)              \
	F(str, text) F(str, site) F(u8, stream) F(u8, own) F(u16, would)
#define MSG_FIELDS_answer(F) F(u64, seq) F(u16, status) F(text, json)
/* fields: each "Name: value". timeout_ms 0: the poster's own. */
#define MSG_FIELDS_post(F)                                                                     \
	F(u64, id) F(u32, timeout_ms) F(str, url) F(texts, fields) F(text, body)
/* class: enum fetch_class of io/fetch.h. status 0: no answer came. body: the first 4 KiB of the
 * answer. why: a sentence (P9), empty when the status is 2xx. address: with port, where it came
 * to a connection. retry_after_s 0: not said. */
#define MSG_FIELDS_posted(F)                                                                   \
	F(u64, id) F(u8, class) F(u16, status) F(u32, took_ms) F(u32, retry_after_s)           \
	F(str, address) F(str, why) F(text, body)

#define MSG_FIELDS_drain(F) F(u32, wait_ms)
#define MSG_FIELDS_reload(F) F(text, yaml)
/* clang-format on */
