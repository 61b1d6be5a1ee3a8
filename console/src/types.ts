/* Shapes of docs/openapi.json that the screens read. */
export type State = "accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "in_doubt" | "held"
	| "cancelled" | "quarantined" | "opened" | "clicked" | "unsubscribed" | "complained";
export const STATES: readonly State[] = ["accepted", "delivered", "deferred", "bounced", "expired", "suppressed", "in_doubt",
	"held", "cancelled", "quarantined", "opened", "clicked", "unsubscribed", "complained"];
export type Blame = "none" | "address" | "content" | "our_ip" | "our_setup" | "their_server" | "network";

export interface Verdict {
	en: string; fr: string; class: string; blame: Blame; todo_en: string; todo_fr: string;
}
export interface Recipient {
	id: string; message: string; message_id: string; from: string; to: string; subject: string; state: State;
	accepted: string; updated: string; stream?: string; own_stream?: string; via?: string; size?: number; client?: string; attempts: number;
	verdict: Verdict;
}
export type EventName = State | "relayed" | "released" | "retried" | "returned";
export interface MessageEvent {
	at: string; event: EventName; attempt?: number; took_ms?: number; host?: string; address?: string; tls?: string;
	stage?: string; code?: number; status?: string; reply?: string; next?: string; transcript?: { text: string };
}
export interface RecipientStory extends Recipient {
	account?: string | null;
	timeline: MessageEvent[];
}
export type Counts = { from?: string } & Partial<Record<"accepted" | "delivered" | "deferred" | "bounced" | "expired"
	| "suppressed" | "opened" | "clicked" | "unsubscribed" | "complained", number>>;

export type RecordState = "found" | "missing" | "different" | "unknown" | "unchecked";
export interface DnsRecord {
	purpose: "dkim" | "dmarc" | "spf"; name: string; type: string; value: string; state?: RecordState;
	asked?: "authoritative" | "resolver"; found?: string; why?: string;
}
export interface Domain {
	domain: string; state: "pending" | "verified" | "warning"; since: string; why: string | null; verified: boolean;
	verified_at: string | null; checked_at: string | null; created: string; records: DnsRecord[]; zone: string;
}
export interface Key {
	key: string; label: string; stream: string; networks: string; expires: string | null; plaintext: boolean;
	scopes: string; enabled: boolean; created: string; last_used: string | null; last_client: string;
}
export interface NewKey extends Key {
	secret: string; sendgrid: string; postmark_token: string; smtp: { user: string; password: string }; replaces?: string;
}
export interface Suppression {
	address: string; group: number | null; stream: string; reason: string; message: number; incident: number; at: string;
	note: string;
}
/* An order to forget a person; it does not say whom. */
export interface Erasure {
	id: string; account: string; hash: string; state: "pending" | "running" | "done"; reason: string; asked: string; done: string | null;
	late: boolean; found: Record<string, number>;
}
export interface ErasureCount { messages: number; suppressions: number; contact: boolean; queued: number }
/* A stream of the account's own. */
export interface OwnStream { stream: string; name: string; kind: "transactional" | "broadcast"; archived: string | null }
export interface Webhook {
	id: string; label: string; url: string; format: string; events: string[]; signed: boolean; state: "on" | "off" | "dead";
	why: string | null; created: string; position: string; failing_since: string | null; failures: number; secret?: string;
}
export interface WebhookPost {
	number: number; at: string; event: string; events: number; status: number; took_ms: number; result: string; why: string;
	request: string; answer: string;
}
export interface DeadLetters { number: number; at: string; behind: string; upto: string; why: string }

export interface TemplateRow {
	id: string; name: string; version: number | null; published: number | null; versions: number; changed: boolean;
	from: { email: string; name: string }; created: string; updated: string; dialect: string; stream: string;
	language: string; layout: string | null; subject: string; reply_to: string; preheader: string;
}
export interface Template extends TemplateRow { html: string; text: string; mjml: string }
export interface Values { name: string; vars: JsonObject; contact: JsonObject; updated: string }
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject { [name: string]: Json }
export interface Note { part: string; line: number; column: number; why: string; name?: string /* of a value that is missing */ }
export interface Variable {
	name?: string; type: "condition" | "scalar" | "object" | "list"; part: string; line: number; column: number;
	default?: string; members?: Variable[]; item?: Variable;
}
export interface Advice { id: string; level: "good" | "hint" | "warning" | "problem"; seen: string; why: string; fix: string }
export interface Rendered {
	subject: string | null; from_email: string | null; from_name: string | null; reply_to: string | null;
	preheader: string | null; html: string | null; text: string | null; text_made: boolean; errors: Note[];
	warnings: Note[]; variables: { vars: Variable[]; contact: Variable[]; mj: Variable[] };
	sample: { vars: JsonObject; contact: JsonObject }; advice: Advice[];
}
export interface User {
	id: string; email: string; name: string; role: string; language: string; account: string | null; enabled: boolean;
	pending: boolean; totp?: boolean; created: string; last_seen: string | null; link?: string;
}
export interface Deed {
	id: string; at: string; account: string | null; who: { kind: string; id: string | null; name: string }; from: string;
	what: string; on: string; reason: string;
}
export interface Proof {
	ok: boolean | null; upto: number; head: { seq: number; hash: string } | null; removed: number | null; redacted: number; since: string | null; adopted: number;
	problem: { entry: number; kind: string; text: string } | null; next: string | null; account: string | null;
}
export interface Finding {
	check: string; title: string; subject: string; state: "ok" | "unknown" | "warn" | "fail"; code: string; found: string; why: string; todo: string | null;
}
export interface Tester { address: string; name: string; created: string }
export interface QueueCounts {
	queued: number; due: number; active: number; held: number; quarantined: number; oldest: string | null; next: string | null;
}
export type Stream = "transactional" | "broadcast" | "inbound";
export interface QueueLane extends QueueCounts { account: string | null; domain: string; stream: Stream }
export interface QueueProvider extends QueueCounts {
	provider: string; last_reply: { at: string; event: "delivered" | "deferred" | "bounced"; reply: string } | null;
	door: { connections: number; connections_max: number; rate: number | null; resting_until: string | null; stuck: boolean } | null;
	lanes: QueueLane[];
}
export interface Queue { totals: QueueCounts; data: QueueProvider[]; others: number }
export interface QueueRow {
	id: string; message: string; account: string | null; from: string; to: string; state: "queued" | "active" | "held" | "quarantined";
	attempts: number; size: number; accepted: string; next: string | null; stream: Stream;
}
export type QueueFilters = Partial<Record<"provider" | "domain" | "sender" | "to" | "state" | "stream" | "older", string>>;
export interface QueueChanged { count?: number; changed?: number; skipped: number; oldest?: string | null }
export interface SinkRow {
	id: string; at: string; client: string; helo: string; from: string; to: string[]; subject: string; bytes: number; message_id: string;
	outcome: "kept" | "in_doubt"; recipient: string | null; account: string | null;
}
export interface SinkMail extends SinkRow { stream: Stream | null; advice: Advice[] }
export interface Finding {
	check: string; title: string; subject: string; state: "ok" | "unknown" | "warn" | "fail"; code: string; found: string; why: string; todo: string | null;
}
export interface Alert { code: string; subject: string; state: "warn" | "fail"; found: string | null; todo: string | null; since: string }
export interface Report { state: string; counts: Record<Finding["state"], number>; checks: Finding[]; version: string; hostname: string; at: string }
export interface Status {
	version: string; hostname: string; ready: boolean; reason: string | null; engine: "running" | "restarting"; uptime_s: number;
	roles: { role: string; number: number; pid: number; ready: boolean; state: string }[]; warnings: string[];
	webhooks: { endpoints: number; failing: number };
	queue?: Record<"queued" | "active" | "held" | "quarantined", number>; conservation?: { drift: number };
	port25?: { state: "open" | "blocked" | "unknown"; words: string };
	keep: { content_s: number; transcripts_s: number; events_s: number; statistics_s: number | null };
}
