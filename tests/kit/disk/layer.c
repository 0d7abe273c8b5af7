/* A layer between a program and its files, loaded with LD_PRELOAD. Of files whose path ends in one of the names below it writes every
 * change and every sync to a journal, in their order, so that the state of the disk after a loss of power at any moment can be made; and
 * it makes writes or syncs fail while a file says so.
 *
 * DISK_JOURNAL  where the journal goes
 * DISK_TROUBLE  a file that holds "sync" or "write" while such calls are to fail; missing or empty where all is well
 *
 * A record of the journal: kind (1 write, 2 truncate, 3 sync, 4 unlink), file (0 the ledger, 1 its log), offset and length as
 * 64-bit little endian, then the bytes of a write.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, SYNC = 3, UNLINK = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int ends(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static int file_of(const char *path) {
    if (ends(path, ".sqlite")) return 0;
    if (ends(path, ".sqlite-wal")) return 1;
    return -1;
}

static int file_of_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    return file_of(path);
}

static ssize_t (*real_write(void))(int, const void *, size_t) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "write");
    return real;
}

static void record(int kind, int file, uint64_t offset, const void *bytes, uint64_t length) {
    static int journal = -2;
    pthread_mutex_lock(&lock);
    if (journal == -2) {
        const char *path = getenv("DISK_JOURNAL");
        journal = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    }
    if (journal >= 0) {
        unsigned char *all = malloc(18 + length);
        all[0] = (unsigned char)kind;
        all[1] = (unsigned char)file;
        memcpy(all + 2, &offset, 8);
        memcpy(all + 10, &length, 8);
        if (bytes) memcpy(all + 18, bytes, length);
        /* One write for each record: whoever reads the journal sees whole records. */
        if (real_write()(journal, all, 18 + (bytes ? length : 0)) < 0) abort();
        free(all);
    }
    pthread_mutex_unlock(&lock);
}

static int troubled(const char *what) {
    const char *path = getenv("DISK_TROUBLE");
    char said[16] = {0};
    if (!path) return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t count = read(fd, said, sizeof said - 1);
    close(fd);
    return count > 0 && strncmp(said, what, strlen(what)) == 0;
}

static ssize_t put(const char *name, int fd, const void *bytes, size_t length, off64_t offset) {
    ssize_t (*real)(int, const void *, size_t, off64_t);
    *(void **)&real = dlsym(RTLD_NEXT, name);
    int file = file_of_fd(fd);
    if (file >= 0 && troubled("write")) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t done = real(fd, bytes, length, offset);
    if (file >= 0 && done > 0) record(WRITE, file, (uint64_t)offset, bytes, (uint64_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return put("pwrite", fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return put("pwrite64", fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    int file = file_of_fd(fd);
    if (file < 0) return real_write()(fd, bytes, length);
    if (troubled("write")) {
        errno = ENOSPC;
        return -1;
    }
    off64_t offset = lseek64(fd, 0, SEEK_CUR);
    ssize_t done = real_write()(fd, bytes, length);
    if (done > 0) record(WRITE, file, (uint64_t)offset, bytes, (uint64_t)done);
    return done;
}

static int cut(const char *name, int fd, off64_t length) {
    int (*real)(int, off64_t);
    *(void **)&real = dlsym(RTLD_NEXT, name);
    int done = real(fd, length);
    int file = file_of_fd(fd);
    if (file >= 0 && done == 0) record(TRUNCATE, file, (uint64_t)length, NULL, 0);
    return done;
}

int ftruncate(int fd, off_t length) { return cut("ftruncate", fd, length); }

int ftruncate64(int fd, off64_t length) { return cut("ftruncate64", fd, length); }

static int sync_fd(const char *name, int fd) {
    int (*real)(int);
    *(void **)&real = dlsym(RTLD_NEXT, name);
    int file = file_of_fd(fd);
    if (file < 0) return real(fd);
    if (troubled("sync")) {
        errno = EIO;
        return -1;
    }
    /* The disk itself need not be waited for: what it would hold is what the journal says. */
    record(SYNC, file, 0, NULL, 0);
    return 0;
}

int fsync(int fd) { return sync_fd("fsync", fd); }

int fdatasync(int fd) { return sync_fd("fdatasync", fd); }

int unlink(const char *path) {
    int (*real)(const char *);
    *(void **)&real = dlsym(RTLD_NEXT, "unlink");
    int done = real(path);
    int file = file_of(path);
    if (file >= 0 && done == 0) record(UNLINK, file, 0, NULL, 0);
    return done;
}
