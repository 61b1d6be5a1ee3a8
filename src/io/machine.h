/*
 * What this machine is like, for those who operate it: clock, disk, confinement, its own
 * addresses towards the Internet. Asks the kernel, changes nothing, sends nothing. Inside a
 * sandbox some of it cannot be asked: -EPERM.
 */
#ifndef IO_MACHINE_H
#define IO_MACHINE_H

#include "io/net.h"

struct machine_clock {
	bool synced;      /* the kernel was told the time within the last hours (NTP) */
	int64_t error_us; /* the most it may be off by then, as the kernel reckons */
};
/* 0 or -errno. */
int machine_clock(struct machine_clock *ret_c);

struct machine_space {
	uint64_t bytes, bytes_free; /* free: for an ordinary user */
	uint64_t files, files_free; /* 0, 0: the file system counts none */
	bool read_only;
};
/* Of the file system that path, or the nearest folder above that is there, lies on: 0 or
 * -errno. */
int machine_space(const char *path, struct machine_space *ret_s);

/* Version of Landlock's interface, 0: the kernel has none. */
int machine_landlock(void);
bool machine_seccomp(void);

/* The address from which the kernel would send to the public Internet over this family
 * (AF_INET, AF_INET6), port 0: 0 or -errno (-ENETUNREACH: no way there). */
int machine_source(int family, struct net_addr *ret_a);

/* "Linux 6.1.0-13-amd64" */
#define MACHINE_KERNEL 160
void machine_kernel(char dst[MACHINE_KERNEL]);

/* Versions of the libraries that run here, "OpenSSL 3.0.15, c-ares 1.18.1, …". */
#define MACHINE_LIBRARIES 200
void machine_libraries(char dst[MACHINE_LIBRARIES]);

#endif
