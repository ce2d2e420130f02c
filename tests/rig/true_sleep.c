/* Preloaded before libfaketime: a sleep is the system's own, as the monotonic clock is.
 *
 * With FAKETIME_DONT_FAKE_MONOTONIC libfaketime 0.9.10 leaves the monotonic clock alone, but moves the moment up to
 * which a process sleeps by that clock: the sleep then fails with EINVAL, and so does Python's time.sleep().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left) {
    int before = errno;
    int failed = syscall(SYS_clock_nanosleep, clock, flags, until, left) ? errno : 0;
    errno = before;
    return failed; /* by POSIX the number itself, and errno stays */
}
