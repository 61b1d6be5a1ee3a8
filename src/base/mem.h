/*
 * Heap memory that never fails: out of memory stops the process (promise P5: no 2xx was
 * given). Only base/ calls malloc; everything else allocates through here or an arena.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory of count * size bytes. The caller frees it with mem_free. */
void *mem_new(size_t count, size_t size);

/* Grows or shrinks to count * size bytes; the added part is not zeroed. */
void *mem_grow(void *p, size_t count, size_t size);

/* Frees p; NULL is fine. */
void mem_free(void *p);

/* Gives what was freed back to the machine: after much of it was freed at once. It walks the
 * whole heap. */
void mem_trim(void);

/* Overwrites n bytes in a way the compiler keeps: for secrets. */
void mem_wipe(void *p, size_t n);

/* In builds with the address sanitizer a touch of these bytes stops the process; nothing
 * otherwise. For memory that is ours but holds nothing: freed records, unused room. */
void mem_poison(const void *p, size_t n);
void mem_unpoison(const void *p, size_t n);
/* Always false without the sanitizer. */
bool mem_poisoned(const void *p);

/* mem_new for one object of the pointer's type: struct x *x = MEM_NEW(x). */
#define MEM_NEW(ptr) mem_new(1, sizeof *(ptr))

#endif
