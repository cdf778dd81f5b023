/* Journal of what a process writes to a SQLite database and when it syncs it, for tests/faults/power.py.

   Loaded with LD_PRELOAD. Each record is one write to POWER_JOURNAL, opened with O_APPEND: processes share it, and its
   order is that of their calls. A write is recorded before it is done, a sync when it begins and when it has ended. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct record {
    uint64_t kind, token, offset, length, path_length;
};

#define SYNC_MICROSECONDS 5000

static int journal = -1;
static uint64_t count;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int is_ours(const char *path) {
    size_t length = strlen(path);
    return (length > 3 && !strcmp(path + length - 3, ".db")) || (length > 4 && !strcmp(path + length - 4, "-wal"));
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static void note(char kind, uint64_t token, const char *path, off_t offset, const void *data, size_t length) {
    if (journal < 0) {
        const char *name = getenv("POWER_JOURNAL");
        if (!name) return;
        journal = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    struct record head = {(uint64_t)kind, token, (uint64_t)offset, length, strlen(path)};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, strlen(path)}, {(void *)data, data ? length : 0}};
    static ssize_t (*writes)(int, const struct iovec *, int);
    if (!writes) writes = real("writev");
    if (writes(journal, parts, 3) < 0) abort();
}

static uint64_t token(void) { return ((uint64_t)getpid() << 32) | __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED); }

#define WRITES(name, offset_type)                                                                                    \
    ssize_t name(int fd, const void *data, size_t length, offset_type offset) {                                      \
        static ssize_t (*next)(int, const void *, size_t, offset_type);                                              \
        char path[4096];                                                                                             \
        if (!next) next = real(#name);                                                                               \
        if (path_of(fd, path, sizeof path)) note('W', 0, path, offset, data, length);                                \
        return next(fd, data, length, offset);                                                                       \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t length) {
    static ssize_t (*next)(int, const void *, size_t);
    char path[4096];
    if (!next) next = real("write");
    if (path_of(fd, path, sizeof path)) note('W', 0, path, lseek(fd, 0, SEEK_CUR), data, length);
    return next(fd, data, length);
}

#define SYNCS(name)                                                                                                  \
    int name(int fd) {                                                                                               \
        static int (*next)(int);                                                                                     \
        char path[4096];                                                                                             \
        if (!next) next = real(#name);                                                                               \
        if (!path_of(fd, path, sizeof path)) return next(fd);                                                        \
        uint64_t own = token();                                                                                      \
        note('B', own, path, 0, NULL, 0);                                                                            \
        /* As a disk does: what is cut off is mostly cut off here. */                                                \
        usleep(SYNC_MICROSECONDS);                                                                                   \
        int done = next(fd);                                                                                         \
        if (!done) note('E', own, path, 0, NULL, 0);                                                                 \
        return done;                                                                                                 \
    }
SYNCS(fsync)
SYNCS(fdatasync)

#define TRUNCATES(name, offset_type)                                                                                 \
    int name(int fd, offset_type length) {                                                                           \
        static int (*next)(int, offset_type);                                                                        \
        char path[4096];                                                                                             \
        if (!next) next = real(#name);                                                                               \
        if (path_of(fd, path, sizeof path)) note('T', 0, path, length, NULL, 0);                                     \
        return next(fd, length);                                                                                     \
    }
TRUNCATES(ftruncate, off_t)
TRUNCATES(ftruncate64, off64_t)

int unlink(const char *path) {
    static int (*next)(const char *);
    if (!next) next = real("unlink");
    if (is_ours(path)) note('U', 0, path, 0, NULL, 0);
    return next(path);
}
