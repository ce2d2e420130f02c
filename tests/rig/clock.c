/* Preloaded: the time of day is $TESTS_CLOCK_AHEAD ("seconds nanoseconds") ahead of this PC's, or
 * behind it where the seconds are negative.
 *
 * Nothing else is changed: the monotonic clock, sleeps and the times of files are the true ones. libfaketime is not
 * used, because it holds a lock in each call: processes with several threads were delayed by it, or hung.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000L

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, clock, at);
    const char *ahead = getenv("TESTS_CLOCK_AHEAD");
    if (!failed && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        char *rest;
        at->tv_sec += strtoll(ahead, &rest, 10);
        at->tv_nsec += strtol(rest, NULL, 10);
        if (at->tv_nsec >= SECOND) {
            at->tv_nsec -= SECOND;
            at->tv_sec++;
        }
    }
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return -1;
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
