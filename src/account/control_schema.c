#include "account/control_schema.h"

/* A domain may be claimed by many tenants but be verified by one only: the partial index. */
static const char *const steps[] = {
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL);"
	"INSERT INTO meta (name, value) VALUES ('version', 1);"
	"CREATE TABLE accounts ("
	" tenant INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" state TEXT NOT NULL DEFAULT 'ok', created BIGINT NOT NULL);"
	"CREATE TABLE keys ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" name TEXT NOT NULL UNIQUE, secret_hash BLOB NOT NULL, token_hash BLOB NOT NULL "
	"UNIQUE,"
	" label TEXT NOT NULL, stream BIGINT NOT NULL, networks TEXT NOT NULL,"
	" expires BIGINT NOT NULL, plaintext BIGINT NOT NULL, scopes TEXT NOT NULL,"
	" enabled BIGINT NOT NULL DEFAULT 1, created BIGINT NOT NULL,"
	" last_used BIGINT NOT NULL DEFAULT 0, last_client TEXT NOT NULL DEFAULT '');"
	"CREATE TABLE domains ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" domain TEXT NOT NULL, verified BIGINT NOT NULL DEFAULT 0,"
	" verified_at BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL,"
	" UNIQUE (tenant, domain));"
	"CREATE UNIQUE INDEX domains_verified ON domains (domain) WHERE verified = 1;"
	"CREATE TABLE signers ("
	" tenant BIGINT NOT NULL, domain_id BIGINT NOT NULL REFERENCES domains (id),"
	" algo BIGINT NOT NULL, selector TEXT NOT NULL, sealed BLOB NOT NULL,"
	" record TEXT NOT NULL, PRIMARY KEY (domain_id, selector));"
	"CREATE TABLE routes ("
	" tenant BIGINT NOT NULL DEFAULT 0, domain TEXT NOT NULL PRIMARY KEY,"
	" sealed BLOB NOT NULL)",

	/* Of webhook_posts, webhook_dead and webhook_replays rows go with their webhook. */
	"CREATE TABLE webhooks ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" label TEXT NOT NULL, format TEXT NOT NULL, kinds BIGINT NOT NULL,"
	" people_only BIGINT NOT NULL, first_only BIGINT NOT NULL, stream BIGINT NOT NULL,"
	" event TEXT NOT NULL, is_backup BIGINT NOT NULL,"
	" url BLOB NOT NULL, fields BLOB NOT NULL, secret BLOB NOT NULL,"
	" old_secret BLOB NOT NULL, rolled BIGINT NOT NULL DEFAULT 0, key BLOB NOT NULL,"
	" state BIGINT NOT NULL, why TEXT NOT NULL DEFAULT '', created BIGINT NOT NULL,"
	" seq BIGINT NOT NULL, failing_since BIGINT NOT NULL DEFAULT 0,"
	" failures BIGINT NOT NULL DEFAULT 0);"
	"CREATE INDEX webhooks_tenant ON webhooks (tenant);"
	"CREATE TABLE webhook_posts ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, webhook BIGINT NOT NULL,"
	" at BIGINT NOT NULL, event TEXT NOT NULL, events BIGINT NOT NULL,"
	" status BIGINT NOT NULL, took_ms BIGINT NOT NULL, result TEXT NOT NULL,"
	" why TEXT NOT NULL, request BLOB NOT NULL, answer BLOB NOT NULL);"
	"CREATE INDEX webhook_posts_webhook ON webhook_posts (webhook, id);"
	"CREATE TABLE webhook_dead ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, webhook BIGINT NOT NULL,"
	" at BIGINT NOT NULL, behind BIGINT NOT NULL, upto BIGINT NOT NULL,"
	" why TEXT NOT NULL);"
	"CREATE INDEX webhook_dead_webhook ON webhook_dead (webhook, id);"
	"CREATE TABLE webhook_replays ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, webhook BIGINT NOT NULL,"
	" at BIGINT NOT NULL, behind BIGINT NOT NULL, upto BIGINT NOT NULL);"
	"CREATE INDEX webhook_replays_webhook ON webhook_replays (webhook, id)",

	/* A host may be claimed by many tenants but be verified by one only. */
	"CREATE TABLE tracking ("
	" tenant INTEGER PRIMARY KEY REFERENCES accounts (tenant),"
	" opens BIGINT NOT NULL DEFAULT 0, clicks BIGINT NOT NULL DEFAULT 0,"
	" url TEXT NOT NULL DEFAULT '', host TEXT NOT NULL DEFAULT '',"
	" state BIGINT NOT NULL DEFAULT 0, forced BIGINT NOT NULL DEFAULT 0,"
	" why TEXT NOT NULL DEFAULT '', checked BIGINT NOT NULL DEFAULT 0,"
	" verified_at BIGINT NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX tracking_host ON tracking (host) WHERE state = 1",
	/* An address may be named by many tenants; the directory says whose it is. */
	"CREATE TABLE inbound ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" address TEXT NOT NULL, format TEXT NOT NULL, spam_check BIGINT NOT NULL,"
	" ours BIGINT NOT NULL, url BLOB NOT NULL, secret BLOB NOT NULL,"
	" created BIGINT NOT NULL, UNIQUE (tenant, address));"
	"CREATE TABLE forwards (tenant INTEGER PRIMARY KEY, what BIGINT NOT NULL)",

	/* One that is gone keeps its row: links of old mail name its number, which must not
	 * become another one's. */
	"CREATE TABLE groups ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" name TEXT NOT NULL, description TEXT NOT NULL,"
	" is_default BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL,"
	" gone BIGINT NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX groups_name ON groups (tenant, name) WHERE gone = 0",

	/* found: what the last check said of each record, a letter for each; seen: a bit for
	 * each that was found since the domain is verified; warned, due: 0 none. Domains that
	 * were here before are checked soon. */
	"ALTER TABLE domains ADD COLUMN found TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE domains ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE domains ADD COLUMN warned BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE domains ADD COLUMN since BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE domains ADD COLUMN checked BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE domains ADD COLUMN due BIGINT NOT NULL DEFAULT 0;"
	"UPDATE domains SET since = CASE WHEN verified = 1 THEN verified_at ELSE created END,"
	" due = 1;"
	"CREATE INDEX domains_due ON domains (due) WHERE due > 0",

	/* Of templates and faces one that is gone keeps its row, as a group does. Version 0 is
	 * the draft; the others are never updated. templates.same: the version that the draft
	 * equals; extra: what vendors' calls keep that has no place elsewhere, JSON. A version
	 * keeps the texts of its layout; version 0 has none. Its long texts stand last: SQLite
	 * reads all that is before a column. A face is a version as SendGrid has it, which may
	 * be changed: it names the one that it shows. testers.hour, sent: how many tests a
	 * tester got in that hour since 1970; one who is gone keeps the row while it counts. */
	"CREATE TABLE templates ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" name TEXT NOT NULL, published BIGINT NOT NULL DEFAULT 0,"
	" versions BIGINT NOT NULL DEFAULT 0, same BIGINT NOT NULL DEFAULT 0,"
	" created BIGINT NOT NULL, updated BIGINT NOT NULL, gone BIGINT NOT NULL DEFAULT 0,"
	" extra TEXT NOT NULL DEFAULT '');"
	"CREATE UNIQUE INDEX templates_name ON templates (tenant, name) WHERE gone = 0;"
	"CREATE TABLE template_versions ("
	" template BIGINT NOT NULL REFERENCES templates (id), version BIGINT NOT NULL,"
	" tenant BIGINT NOT NULL, dialect TEXT NOT NULL, stream TEXT NOT NULL,"
	" language TEXT NOT NULL, layout BIGINT NOT NULL DEFAULT 0,"
	" layout_version BIGINT NOT NULL DEFAULT 0,"
	" subject TEXT NOT NULL, from_email TEXT NOT NULL,"
	" from_name TEXT NOT NULL, reply_to TEXT NOT NULL, preheader TEXT NOT NULL,"
	" bytes BIGINT NOT NULL, created BIGINT NOT NULL,"
	" html TEXT NOT NULL, text TEXT NOT NULL, mjml TEXT NOT NULL,"
	" layout_html TEXT NOT NULL DEFAULT '', layout_text TEXT NOT NULL DEFAULT '',"
	" PRIMARY KEY (template, version));"
	"CREATE INDEX template_versions_tenant ON template_versions (tenant, bytes);"
	"CREATE TABLE template_values ("
	" template BIGINT NOT NULL REFERENCES templates (id), name TEXT NOT NULL,"
	" tenant BIGINT NOT NULL, bytes BIGINT NOT NULL, updated BIGINT NOT NULL,"
	" vars TEXT NOT NULL, contact TEXT NOT NULL, PRIMARY KEY (template, name));"
	"CREATE INDEX template_values_tenant ON template_values (tenant, bytes);"
	"CREATE TABLE template_faces ("
	" template BIGINT NOT NULL REFERENCES templates (id), face BIGINT NOT NULL,"
	" tenant BIGINT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL,"
	" extra TEXT NOT NULL, bytes BIGINT NOT NULL, updated BIGINT NOT NULL,"
	" gone BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (template, face));"
	"CREATE INDEX template_faces_tenant ON template_faces (tenant, bytes);"
	"CREATE TABLE testers ("
	" tenant BIGINT NOT NULL REFERENCES accounts (tenant), address TEXT NOT NULL,"
	" name TEXT NOT NULL, created BIGINT NOT NULL, hour BIGINT NOT NULL DEFAULT 0,"
	" sent BIGINT NOT NULL DEFAULT 0, gone BIGINT NOT NULL DEFAULT 0,"
	" PRIMARY KEY (tenant, address))",

	/* Of users tenant 0 is the platform; of an account the newest who is gone may keep an
	 * empty row, so that his id never becomes another's. Of sessions and links there are
	 * hashes alone. audit is only ever added to: names stand in it as they were. */
	"CREATE TABLE users ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, email TEXT NOT NULL,"
	" name TEXT NOT NULL, role TEXT NOT NULL, language TEXT NOT NULL,"
	" password TEXT NOT NULL DEFAULT '', enabled BIGINT NOT NULL DEFAULT 1,"
	" created BIGINT NOT NULL, seen BIGINT NOT NULL DEFAULT 0,"
	" gone BIGINT NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX users_email ON users (email) WHERE gone = 0;"
	"CREATE INDEX users_tenant ON users (tenant);"
	"CREATE TABLE sessions ("
	" id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, tenant BIGINT NOT NULL,"
	" user_id BIGINT NOT NULL REFERENCES users (id), created BIGINT NOT NULL,"
	" seen BIGINT NOT NULL, client TEXT NOT NULL, agent TEXT NOT NULL);"
	"CREATE INDEX sessions_user ON sessions (user_id);"
	"CREATE TABLE user_links ("
	" hash BLOB PRIMARY KEY, tenant BIGINT NOT NULL, user_id BIGINT NOT NULL,"
	" kind BIGINT NOT NULL, email TEXT NOT NULL, expires BIGINT NOT NULL);"
	"CREATE TABLE audit ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL, at BIGINT NOT NULL,"
	" kind BIGINT NOT NULL, who BIGINT NOT NULL, name TEXT NOT NULL,"
	" client TEXT NOT NULL, what TEXT NOT NULL, target TEXT NOT NULL,"
	" reason TEXT NOT NULL DEFAULT '');"
	"CREATE INDEX audit_tenant ON audit (tenant, id);"
	"CREATE INDEX audit_at ON audit (at)",

	/* What the administrator was told and is not over. */
	"CREATE TABLE alerts ("
	" tenant BIGINT NOT NULL, code TEXT NOT NULL, subject TEXT NOT NULL,"
	" since BIGINT NOT NULL, PRIMARY KEY (tenant, code, subject))",

	/* address '': the whole list. */
	"CREATE TABLE forgotten ("
	" tenant BIGINT NOT NULL REFERENCES accounts (tenant), list BIGINT NOT NULL,"
	" address TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (tenant, list, address));"
	"CREATE TABLE batches ("
	" tenant BIGINT NOT NULL REFERENCES accounts (tenant), batch TEXT NOT NULL,"
	" state BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (tenant, batch));"
	"CREATE TABLE inbound_rules ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" rule TEXT NOT NULL, UNIQUE (tenant, rule))",

	/* key: the address as it is compared. properties: a JSON object, last since it may be
	 * long. contact_totals: how many rows and bytes an account has. */
	"CREATE TABLE contacts ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" key TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,"
	" bytes BIGINT NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL,"
	" properties TEXT NOT NULL, UNIQUE (tenant, key));"
	"CREATE TABLE contact_totals ("
	" tenant INTEGER PRIMARY KEY REFERENCES accounts (tenant),"
	" contacts BIGINT NOT NULL DEFAULT 0, bytes BIGINT NOT NULL DEFAULT 0)",

	/* Of an account (key_id 0) or one of its keys; 0: no limit. */
	"CREATE TABLE limits ("
	" tenant BIGINT NOT NULL REFERENCES accounts (tenant), key_id BIGINT NOT NULL,"
	" per_hour BIGINT NOT NULL, per_day BIGINT NOT NULL, per_month BIGINT NOT NULL,"
	" sessions BIGINT NOT NULL, PRIMARY KEY (tenant, key_id))",

	/* tenant: the user's, 0 the platform's. */
	"CREATE TABLE views ("
	" tenant BIGINT NOT NULL, user_id BIGINT NOT NULL REFERENCES users (id),"
	" place BIGINT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL,"
	" PRIMARY KEY (user_id, place))",

	/* The second factor of users. confirmed 0: its first code is awaited; since: when it
	 * was begun, or confirmed; step: of the last code, none of before is taken; wrong:
	 * codes in a row. half_sessions: the password was right, a code is missing. */
	"CREATE TABLE totp ("
	" user_id INTEGER PRIMARY KEY REFERENCES users (id), tenant BIGINT NOT NULL,"
	" sealed BLOB NOT NULL, confirmed BIGINT NOT NULL DEFAULT 0, since BIGINT NOT NULL,"
	" step BIGINT NOT NULL DEFAULT 0, wrong BIGINT NOT NULL DEFAULT 0);"
	"CREATE TABLE recovery_codes ("
	" hash BLOB PRIMARY KEY, tenant BIGINT NOT NULL,"
	" user_id BIGINT NOT NULL REFERENCES users (id));"
	"CREATE INDEX recovery_codes_user ON recovery_codes (user_id);"
	"CREATE TABLE half_sessions ("
	" hash BLOB PRIMARY KEY, tenant BIGINT NOT NULL,"
	" user_id BIGINT NOT NULL REFERENCES users (id), expires BIGINT NOT NULL,"
	" tries BIGINT NOT NULL DEFAULT 0);"
	"CREATE INDEX half_sessions_user ON half_sessions (user_id)",

	/* The mode sandbox. key: the address as it is compared; hash: of the code that was
	 * mailed; proved 0: it was not answered yet. proved_mails: of an hour. */
	"ALTER TABLE accounts ADD COLUMN mode TEXT NOT NULL DEFAULT 'live';"
	"CREATE TABLE proved ("
	" tenant BIGINT NOT NULL REFERENCES accounts (tenant), key TEXT NOT NULL,"
	" address TEXT NOT NULL, asked BIGINT NOT NULL, hash BLOB NOT NULL UNIQUE,"
	" proved BIGINT NOT NULL DEFAULT 0, PRIMARY KEY (tenant, key));"
	"CREATE TABLE proved_mails ("
	" tenant INTEGER PRIMARY KEY REFERENCES accounts (tenant),"
	" hour BIGINT NOT NULL, sent BIGINT NOT NULL)",

	/* The audit log's chains (control_chain): rows that are there have seq 0 until they are
	 * in one. A head without a seal was never used. */
	"ALTER TABLE audit ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN salt BLOB;"
	"ALTER TABLE audit ADD COLUMN hash BLOB;"
	"ALTER TABLE audit ADD COLUMN seal BLOB;"
	"CREATE INDEX audit_chain ON audit (tenant, seq);"
	"CREATE TABLE audit_chains ("
	" tenant INTEGER PRIMARY KEY, seq BIGINT NOT NULL DEFAULT 0, hash BLOB,"
	" since BIGINT NOT NULL DEFAULT 0, adopted BIGINT NOT NULL DEFAULT 0,"
	" damaged BIGINT NOT NULL DEFAULT 0, seal BLOB);"
	"INSERT INTO audit_chains (tenant) SELECT 0 UNION SELECT tenant FROM accounts"
	" UNION SELECT tenant FROM audit;"
	"CREATE TABLE audit_cuts ("
	" tenant BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL,"
	" hash BLOB NOT NULL, seal BLOB NOT NULL, PRIMARY KEY (tenant, first));"
	"CREATE UNIQUE INDEX audit_cuts_last ON audit_cuts (tenant, last)",

	/* A key that took another one's place: whose use of the quota it continues, the first
	 * one's of all that were rolled. */
	"CREATE TABLE rolled_keys ("
	" key_id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" counted_as BIGINT NOT NULL)",

	/* kind: enum stream_kind. No row ever goes: its number names suppressions, its name is
	 * the account's for good. webhooks.own_stream: the name of one. */
	"CREATE TABLE streams ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" stream TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,"
	" kind BIGINT NOT NULL, unsubscribe BIGINT NOT NULL, created BIGINT NOT NULL,"
	" updated BIGINT NOT NULL DEFAULT 0, archived BIGINT NOT NULL DEFAULT 0,"
	" UNIQUE (tenant, stream));"
	"ALTER TABLE webhooks ADD COLUMN own_stream TEXT NOT NULL DEFAULT ''",

	/* address: sealed, empty once it is done. */
	"CREATE TABLE erasures ("
	" id INTEGER PRIMARY KEY, tenant BIGINT NOT NULL REFERENCES accounts (tenant),"
	" hash TEXT NOT NULL, address BLOB NOT NULL, reason TEXT NOT NULL,"
	" state BIGINT NOT NULL, asked BIGINT NOT NULL, done BIGINT NOT NULL,"
	" found TEXT NOT NULL);"
	"CREATE INDEX erasures_tenant ON erasures (tenant, id);"
	"CREATE INDEX erasures_open ON erasures (state, id) WHERE state < 3",
};

const struct store_schema control_schema = { steps, sizeof steps / sizeof steps[0], true };

int
control_schema_dkim(struct buf *b, uint32_t tenant, struct str domain, struct str selector)
{
	return buf_printf(
		b, "dkim/%u/%.*s/%.*s", (unsigned)tenant, STR_ARG(domain), STR_ARG(selector));
}

int
control_schema_webhook(struct buf *b, uint32_t tenant, const char *what)
{
	return buf_printf(b, "webhook/%u/%s", (unsigned)tenant, what);
}

int
control_schema_inbound(struct buf *b, uint32_t tenant, struct str address, const char *what)
{
	return buf_printf(b, "inbound/%u/%.*s/%s", (unsigned)tenant, STR_ARG(address), what);
}

int
control_schema_totp(struct buf *b, int64_t user)
{
	return buf_printf(b, "totp/%lld", (long long)user);
}

int
control_schema_erasure(struct buf *b, uint32_t tenant, struct str hash)
{
	return buf_printf(b, "erasure/%u/%.*s", (unsigned)tenant, STR_ARG(hash));
}

int
control_schema_route(struct buf *b, struct str domain)
{
	return buf_printf(b, "route/%.*s", STR_ARG(domain));
}
