/*
 * Names of extent files: <spool>/<writer, 2 hex>/<counter, 6 hex>.ext. Used by extent.c and
 * extent_read.c only.
 */
#ifndef IO_EXTENT_PATH_H
#define IO_EXTENT_PATH_H

#include <stdint.h>

#define EXTENT_PATH_MAX 4096

/* 0 or -ENAMETOOLONG: then no longer path in this folder can be too long for the others. */
int extent_path_folder(char dst[EXTENT_PATH_MAX], const char *spool, uint8_t writer);
/* The file of an extent in its writer's folder. */
void extent_path_in(char dst[EXTENT_PATH_MAX], const char *folder, uint32_t extent);
int extent_path(char dst[EXTENT_PATH_MAX], const char *spool, uint32_t extent);
/* 0, or -EINVAL when the name is none of ours. */
int extent_path_counter(const char *name, uint32_t *ret_counter);
int extent_path_writer(const char *name, uint8_t *ret_writer);

#endif
