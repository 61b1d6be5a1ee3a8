#include "account/seal.h"

#include "base/mem.h"
#include "base/must.h"
#include "base/text.h"
#include "io/file.h"
#include "io/random.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 256
#define NONCE    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG      crypto_aead_xchacha20poly1305_ietf_ABYTES

#define KDF_CONTEXT "facteur1" /* names this derivation: changing it changes every key */
#define KDF_TRACKS  "facteurt" /* keys 2.. of track tokens: the subkey is their id */
enum { KDF_BOX = 1, KDF_PEPPER, KDF_TOKEN, KDF_IDS, KDF_TRACK, KDF_AUDIT, KDF_ERASE };

_Static_assert(crypto_kdf_KEYBYTES == SEAL_KEY, "the master key feeds the KDF as it is");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == SEAL_KEY, "box key");

static int
read_private(const char *file, struct buf *text)
{
	struct stat st;
	char *at = buf_room(text, FILE_MAX);
	long n;
	int err = 0, fd = file_open(file, O_RDONLY, 0);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		err = -errno;
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		err = -EPERM;
	n = err ? err : file_pread(fd, at, FILE_MAX, 0);
	file_close(fd);
	if (n < 0)
		return (int)n;
	buf_added(text, (size_t)n);
	return 0;
}

static int
folder_of(char dst[PATH_MAX], const char *file)
{
	struct str path = str_z(file);
	size_t slash = str_rfind(path, '/');

	path = slash == path.n ? STR_LIT(".") : str_head(path, slash ? slash : 1);
	return str_copy_z(dst, PATH_MAX, path) ? -ENAMETOOLONG : 0;
}

/* link(2) makes the finished file appear at once, or finds that another process was first. */
static int
make_file(const char *file, struct str text)
{
	char fresh[PATH_MAX], dir[PATH_MAX];
	int n = snprintf(fresh, sizeof fresh, "%s.new.%d", file, (int)getpid());
	int err = n < 0 || (size_t)n >= sizeof fresh ? -ENAMETOOLONG : folder_of(dir, file);

	err = err ? err : file_mkdirs(dir, 0750);
	err = err ? err : file_replace(fresh, text, 0600);
	if (err)
		return err;
	err = file_link(fresh, file);
	if (err == -EEXIST)
		err = 0;
	(void)file_unlink(fresh);
	return err ? err : file_sync_dir(dir);
}

static void
derive(struct seal_keys *k, const uint8_t master[SEAL_KEY])
{
	must(crypto_kdf_derive_from_key(k->box, SEAL_KEY, KDF_BOX, KDF_CONTEXT, master) == 0);
	must(crypto_kdf_derive_from_key(k->pepper, SEAL_KEY, KDF_PEPPER, KDF_CONTEXT, master) ==
		0);
	must(crypto_kdf_derive_from_key(
		     k->track[0], SEAL_KEY, KDF_TRACK, KDF_CONTEXT, master) == 0);
	for (unsigned id = 2; id <= SEAL_TRACK_KEYS; id++)
		must(crypto_kdf_derive_from_key(
			     k->track[id - 1], SEAL_KEY, id, KDF_TRACKS, master) == 0);
	must(crypto_kdf_derive_from_key(k->erase, SEAL_KEY, KDF_ERASE, KDF_CONTEXT, master) ==
		0);
	must(crypto_kdf_derive_from_key(k->ids, SEAL_KEY, KDF_IDS, KDF_CONTEXT, master) == 0);
	must(crypto_kdf_derive_from_key(k->audit, SEAL_KEY, KDF_AUDIT, KDF_CONTEXT, master) ==
		0);
	must(crypto_kdf_derive_from_key(k->token, SEAL_KEY, KDF_TOKEN, KDF_CONTEXT, master) ==
		0);
}

static int
make_master(const char *file)
{
	uint8_t master[SEAL_KEY];
	struct buf text;
	int err;

	buf_init(&text, FILE_MAX);
	random_bytes(master, sizeof master);
	must(text_b64(&text, str_of(master, sizeof master)) == 0 &&
		buf_put_c(&text, '\n') == 0);
	err = make_file(file, buf_str(&text));
	mem_wipe(master, sizeof master);
	mem_wipe(text.p, text.n);
	buf_done(&text);
	return err;
}

int
seal_load(const char *file, struct seal_keys *ret_k)
{
	struct buf text, master;
	int err;

	must(sodium_init() >= 0);
	buf_init(&text, FILE_MAX);
	buf_init(&master, FILE_MAX);
	err = read_private(file, &text);
	if (err == -ENOENT) {
		err = make_master(file);
		err = err ? err : read_private(file, &text);
	}
	if (!err && text_b64_decode(&master, str_trim_all(buf_str(&text))))
		err = -EINVAL;
	if (!err && master.n != SEAL_KEY)
		err = -EINVAL;
	if (!err)
		derive(ret_k, (const uint8_t *)master.p);
	if (text.p)
		mem_wipe(text.p, text.cap);
	if (master.p)
		mem_wipe(master.p, master.cap);
	buf_done(&text);
	buf_done(&master);
	return err;
}

void
seal_wipe(struct seal_keys *k)
{
	mem_wipe(k, sizeof *k);
}

int
seal_close_for(
	struct buf *out, const uint8_t box[SEAL_KEY], struct str context, struct str plain)
{
	size_t n = NONCE + plain.n + TAG;
	uint8_t *at = (uint8_t *)buf_room(out, n);
	unsigned long long sealed_n;

	if (!at)
		return -E2BIG;
	random_bytes(at, NONCE);
	must(crypto_aead_xchacha20poly1305_ietf_encrypt(at + NONCE, &sealed_n,
		     (const uint8_t *)plain.p, plain.n, (const uint8_t *)context.p, context.n,
		     NULL, at, box) == 0);
	must(sealed_n == plain.n + TAG);
	buf_added(out, n);
	return 0;
}

int
seal_open_for(
	struct buf *out, const uint8_t box[SEAL_KEY], struct str context, struct str sealed)
{
	const uint8_t *in = (const uint8_t *)sealed.p;
	unsigned long long n;
	uint8_t *at;

	if (sealed.n < NONCE + TAG)
		return -EBADMSG;
	/* At least one byte: buf_room(0) of an empty buffer may have no address. */
	at = (uint8_t *)buf_room(out, sealed.n - NONCE - TAG + 1);
	if (!at)
		return -E2BIG;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(at, &n, NULL, in + NONCE,
		    sealed.n - NONCE, (const uint8_t *)context.p, context.n, in, box))
		return -EBADMSG;
	buf_added(out, (size_t)n);
	return 0;
}

int
seal_close(struct buf *out, const uint8_t box[SEAL_KEY], struct str plain)
{
	return seal_close_for(out, box, STR_NONE, plain);
}

int
seal_open(struct buf *out, const uint8_t box[SEAL_KEY], struct str sealed)
{
	return seal_open_for(out, box, STR_NONE, sealed);
}

void
seal_hash(uint8_t ret_hash[32], const uint8_t pepper[SEAL_KEY], struct str secret)
{
	must(crypto_generichash(
		     ret_hash, 32, (const uint8_t *)secret.p, secret.n, pepper, SEAL_KEY) == 0);
}
