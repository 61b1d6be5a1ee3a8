/*
 * DKIM signing (RFC 6376, 8301, 8463): relaxed/relaxed canonicalisation, the digest to sign
 * and the DKIM-Signature field. No key ever comes here: the engine signs 32 bytes.
 */
#ifndef WIRE_DKIM_H
#define WIRE_DKIM_H

#include "base/buf.h"

#include <openssl/evp.h>

#define DKIM_HASH_SIZE 32

enum dkim_algo { DKIM_RSA_SHA256 = 1, DKIM_ED25519_SHA256 = 2 };

/* Relaxed body hash, fed in pieces of any size (RFC 6376 3.4.4). A lone CR or LF is a byte like
 * any other. Large (4 KiB): one for a connection, initialised again for each message. */
struct dkim_body {
	EVP_MD_CTX *md;
	unsigned crlfs;      /* held back: maybe the empty lines at the end */
	bool space, cr, any; /* pending WSP; pending CR; something hashed */
	char out[4096];
	size_t n;
};

void dkim_body_init(struct dkim_body *d);
void dkim_body_feed(struct dkim_body *d, struct str bytes);
void dkim_body_end(struct dkim_body *d, uint8_t ret_hash[DKIM_HASH_SIZE]);
/* For a body that is given up. Fine after _end. */
void dkim_body_done(struct dkim_body *d);

struct dkim_params {
	enum dkim_algo algo;
	struct str domain, selector; /* A-labels */
	int64_t signed_at;           /* seconds, t= */
	int64_t expires_at;          /* seconds, x=; 0 = none */
	const uint8_t *body_hash;    /* DKIM_HASH_SIZE bytes */
};

/*
 * Over-signs From To Cc Subject Date Message-ID Reply-To MIME-Version Content-Type
 * Content-Transfer-Encoding Content-ID Content-Description List-Unsubscribe
 * List-Unsubscribe-Post (each name once more than it occurs), from the bottom up
 * (RFC 6376 5.4.2, 8.15). Appends to field the complete DKIM-Signature header field without
 * b= content and without CRLF, folded; *ret_digest is what must be signed (for Ed25519 too:
 * RFC 8463 3 signs the SHA-256 value). Lines that are no field are passed over. 0 or -E2BIG
 * (field as it was).
 */
int dkim_prepare(struct buf *field, struct str header_block, const struct dkim_params *p,
	uint8_t ret_digest[DKIM_HASH_SIZE]);

/* Appends the signature in base64, folded, and the final CRLF to what dkim_prepare made.
 * 0 or -E2BIG. */
int dkim_finish(struct buf *field, struct str signature);

/* The TXT record's text for a public key (DER SubjectPublicKeyInfo for RSA, 32 raw bytes for
 * Ed25519): "v=DKIM1; k=rsa; p=…". 0 or -E2BIG. */
int dkim_record(struct buf *out, enum dkim_algo algo, struct str public_key);
/* Are two such texts the same? White space does not count (RFC 6376 3.6.1). */
bool dkim_record_same(struct str a, struct str b);

#endif
