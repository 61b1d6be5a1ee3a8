/*
 * Hash maps. Keys are bytes (map) or 64-bit numbers (nmap); values are pointers or numbers
 * that the map does not own. Seeded, so that outside keys cannot be chosen to collide.
 * Open addressing; grows at 3/4 load; iteration order is undefined.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

/* 64-bit hash of bytes (XXH3). */
uint64_t hash_bytes(uint64_t seed, struct str s);

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t cap, used, dead;
	uint64_t seed;
};

void map_init(struct map *m, uint64_t seed);
void map_done(struct map *m);
/* The value of key, NULL when it is not there. */
void *map_get(const struct map *m, struct str key);
/* Sets key to value (not NULL). The key's bytes are borrowed for as long as the entry
 * lives: point into the value. Returns the value that was there before, or NULL. */
void *map_put(struct map *m, struct str key, void *value);
/* Removes and returns the value, NULL when it was not there. */
void *map_del(struct map *m, struct str key);
/* Iteration: *pos starts at 0; false at the end. Deleting the entry just seen is allowed. */
bool map_next(const struct map *m, size_t *pos, struct str *ret_key, void **ret_value);

struct nmap_slot;

struct nmap {
	struct nmap_slot *slots;
	size_t cap, used, dead;
};

void nmap_init(struct nmap *m);
void nmap_done(struct nmap *m);
/* Room for n entries in all, so that no put before the n-th pays for growing. */
void nmap_reserve(struct nmap *m, size_t n);
/* Gives back the room that is too much for what is in. */
void nmap_shrink(struct nmap *m);
/* Keys 0 and UINT64_MAX are not allowed. Values may be any number. */
bool nmap_get(const struct nmap *m, uint64_t key, uint64_t *ret_value);
void nmap_put(struct nmap *m, uint64_t key, uint64_t value);
bool nmap_del(struct nmap *m, uint64_t key);
bool nmap_next(const struct nmap *m, size_t *pos, uint64_t *ret_key, uint64_t *ret_value);

#endif
