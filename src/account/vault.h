/*
 * A stream under a passphrase (libsodium: argon2id, then secretstream XChaCha20-Poly1305): what
 * was changed, cut, moved or left out does not open. The file's own head is not its part.
 *
 *   u8 salt[16]  u64 operations  u64 memory (bytes)  u8 head[24]
 *   pieces: u32 length | sealed piece; the last one has the tag FINAL
 */
#ifndef ACCOUNT_VAULT_H
#define ACCOUNT_VAULT_H

#include "base/buf.h"

#define VAULT_PIECE    (256u << 10) /* plain bytes of a piece at most */
#define VAULT_OVERHEAD 21u          /* of a piece */
#define VAULT_HEAD     56u
#define VAULT_PASS_MIN 8u
#define VAULT_MEMORY                                                                           \
	(256u << 20) /* while the key is made; a reader takes up to four times it */
#define VAULT_OPERATIONS 3u

struct vault_out;
/* random_start first. Appends the head. 0, or -ENOMEM: no VAULT_MEMORY to be had. Takes about a
 * second. */
int vault_out_new(struct str passphrase, struct buf *out, struct vault_out **ret_v);
void vault_out_free(struct vault_out **v);
/* Appends one piece; bytes: at most VAULT_PIECE. After the last one nothing may follow. */
void vault_out_put(struct vault_out *v, struct buf *out, struct str bytes, bool last);

struct vault_in;
struct vault_in *vault_in_new(struct str passphrase);
void vault_in_free(struct vault_in **v);
/* Takes bytes from *s and appends a piece's plain bytes (out: room for VAULT_PIECE): 1; 0 when
 * it needs more; -EACCES the passphrase is another one, or the beginning is damaged; -EBADMSG
 * damaged; -E2BIG it asks for more memory or time than we give; -ENOMEM. */
int vault_in_next(struct vault_in *v, struct str *s, struct buf *out);
/* 0, or -ENODATA: the last piece did not come. */
int vault_in_finish(const struct vault_in *v);

#endif
