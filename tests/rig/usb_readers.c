/* USB card readers of which a test pulls the cable, for the real pcscd.
 *
 * pcscd runs with this library preloaded (LD_PRELOAD), once for each reader: each has a copy as its driver, which
 * holds its state also while it is unplugged. It plays two parts, and pcscd's own code does the rest:
 *
 * - libudev, with a USB on which the readers are that have a file of their number ("0", "1") in the folder
 *   $NOCOPY_USB. When the file is removed, pcscd is told that the reader was unplugged; when it is made again, that
 *   one was plugged in. A file that is renamed is a loose cable: the reader answers no more, and nobody was told.
 * - their driver: each call goes on to vsmartcard's, so that a reader's card is the client of port 35963 + number.
 *   Without its file a reader answers nothing but IFD_NO_SUCH_DEVICE. A card stays in its reader all the while.
 *
 * pcscd looks for drivers in a fixed folder: here in $NOCOPY_USB_DRIVERS in its place, where their names begin with
 * "usb".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <ifdhandler.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define DRIVERS "/usr/lib/pcsc/drivers"
#define VPCD DRIVERS "/serial/libifdvpcd.so"
#define READERS 2
#define PORT "/dev/null:0x8C7B" /* 35963; vpcd adds the number of the slot */

static void *next(const char *function) { return dlsym(RTLD_NEXT, function); }

/* ---- the folder of drivers */

static const char *moved(const char *path, char *room) {
    if (path == NULL || (strcmp(path, DRIVERS) != 0 && strncmp(path, DRIVERS "/usb", strlen(DRIVERS "/usb")) != 0))
        return path;
    snprintf(room, FILENAME_MAX, "%s%s", getenv("NOCOPY_USB_DRIVERS"), path + strlen(DRIVERS));
    return room;
}

DIR *opendir(const char *path) {
    char room[FILENAME_MAX];
    DIR *(*real)(const char *) = next("opendir");
    return real(moved(path, room));
}

FILE *fopen(const char *path, const char *mode) {
    char room[FILENAME_MAX];
    FILE *(*real)(const char *, const char *) = next("fopen");
    return real(moved(path, room), mode);
}

void *dlopen(const char *path, int flags) {
    char room[FILENAME_MAX];
    void *(*real)(const char *, int) = next("dlopen");
    return real(moved(path, room), flags);
}

/* ---- the USB */

static int plugged(int reader) {
    char path[FILENAME_MAX];
    snprintf(path, sizeof path, "%s/%d", getenv("NOCOPY_USB"), reader);
    return access(path, F_OK) == 0;
}

/* A device is a reader's interface and the reader itself at once; what is new is said at the device that changed. */
struct udev_device {
    char name[2];
    char node[32];
    char product[8];
    const char *action;
};

/* Every other thing of libudev is one and the same here. */
static struct {
    int changes;
} usb;

static struct udev_device *device(char number, const char *action) {
    struct udev_device *made = calloc(1, sizeof *made);
    made->name[0] = number;
    snprintf(made->node, sizeof made->node, "/dev/bus/usb/001/00%c", number);
    snprintf(made->product, sizeof made->product, "000%c", number);
    made->action = action;
    return made;
}

void *udev_new(void) { return &usb; }
void *udev_unref(void *it) { return it; }
void *udev_enumerate_new(void *it) { return it; }
int udev_enumerate_add_match_subsystem(void *it, const char *subsystem) { return 0; }
int udev_enumerate_scan_devices(void *it) { return 0; }
void *udev_enumerate_unref(void *it) { return it; }
void *udev_monitor_new_from_netlink(void *it, const char *name) { return it; }
int udev_monitor_filter_add_match_subsystem_devtype(void *it, const char *s, const char *d) { return 0; }

/* A list entry is the name of a device. */
static const char *entry(int reader) {
    static const char *names[READERS] = {"0", "1"};
    while (reader < READERS && !plugged(reader)) reader++;
    return reader < READERS ? names[reader] : NULL;
}
const char *udev_enumerate_get_list_entry(void *it) { return entry(0); }
const char *udev_list_entry_get_next(const char *at) { return entry(at[0] - '0' + 1); }
const char *udev_list_entry_get_name(const char *at) { return at; }
struct udev_device *udev_device_new_from_syspath(void *it, const char *path) { return device(path[0], NULL); }

int udev_monitor_enable_receiving(void *it) {
    usb.changes = inotify_init1(IN_CLOEXEC);
    return inotify_add_watch(usb.changes, getenv("NOCOPY_USB"), IN_CREATE | IN_DELETE) < 0 ? -1 : 0;
}
int udev_monitor_get_fd(void *it) { return usb.changes; }

struct udev_device *udev_monitor_receive_device(void *it) {
    union {
        struct inotify_event event;
        char room[sizeof(struct inotify_event) + 16]; /* for one event: no name is longer */
    } read_;
    if (read(usb.changes, &read_, sizeof read_) < (ssize_t)sizeof read_.event) return NULL;
    return device(read_.event.name[0], read_.event.mask & IN_CREATE ? "add" : "remove");
}

const char *udev_device_get_action(struct udev_device *it) { return it->action; }
const char *udev_device_get_devnode(struct udev_device *it) { return it->node; }
const char *udev_device_get_sysname(struct udev_device *it) { return it->name; }
struct udev_device *udev_device_get_parent_with_subsystem_devtype(
    struct udev_device *it, const char *subsystem, const char *devtype) {
    return it;
}
const char *udev_device_get_sysattr_value(struct udev_device *it, const char *attribute) {
    if (strcmp(attribute, "idVendor") == 0) return "0001";
    return strcmp(attribute, "idProduct") == 0 ? it->product : NULL;
}
struct udev_device *udev_device_unref(struct udev_device *it) {
    free(it);
    return NULL;
}

/* ---- the driver */

static int mine = -1; /* the number of this driver's reader */
static int is_open;

static void *vpcd(const char *function) {
    static void *driver;
    if (driver == NULL) driver = dlopen(VPCD, RTLD_NOW | RTLD_DEEPBIND); /* its own calls stay its own */
    return driver == NULL ? NULL : dlsym(driver, function);
}

/* One call of vpcd's driver, if the reader is there before and after it. */
#define FORWARD(function, types, ...)                        \
    RESPONSECODE(*real) types = vpcd(function);        \
    if (!plugged(mine)) return IFD_NO_SUCH_DEVICE;     \
    RESPONSECODE answer = real(mine, ##__VA_ARGS__);   \
    return plugged(mine) ? answer : IFD_NO_SUCH_DEVICE

RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR name) {
    RESPONSECODE (*real)(DWORD, LPSTR) = vpcd("IFDHCreateChannelByName");
    mine = name[strlen(name) - 1] - '0';
    if (!plugged(mine)) return IFD_NO_SUCH_DEVICE;
    if (is_open) return IFD_SUCCESS; /* its card stayed in it */
    RESPONSECODE answer = real(mine, PORT);
    is_open = answer == IFD_SUCCESS;
    return answer;
}

RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD channel) { return IFD_NOT_SUPPORTED; }

RESPONSECODE IFDHCloseChannel(DWORD Lun) {
    RESPONSECODE (*power)(DWORD, DWORD, PUCHAR, PDWORD) = vpcd("IFDHPowerICC");
    UCHAR atr[MAX_ATR_SIZE];
    DWORD length = sizeof atr;
    power(mine, IFD_POWER_DOWN, atr, &length);
    return IFD_SUCCESS;
}

RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD tag, PDWORD length, PUCHAR value) {
    RESPONSECODE (*real)(DWORD, DWORD, PDWORD, PUCHAR) = vpcd("IFDHGetCapabilities");
    if (tag != TAG_IFD_SLOTS_NUMBER) return real(mine, tag, length, value);
    *length = 1;
    value[0] = 1;
    return IFD_SUCCESS;
}

RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD tag, DWORD length, PUCHAR value) {
    FORWARD("IFDHSetCapabilities", (DWORD, DWORD, DWORD, PUCHAR), tag, length, value);
}

RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD protocol, UCHAR flags, UCHAR a, UCHAR b, UCHAR c) {
    FORWARD("IFDHSetProtocolParameters", (DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR), protocol, flags, a, b, c);
}

RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD action, PUCHAR atr, PDWORD length) {
    FORWARD("IFDHPowerICC", (DWORD, DWORD, PUCHAR, PDWORD), action, atr, length);
}

RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER send, PUCHAR command, DWORD size, PUCHAR data,
                               PDWORD length, PSCARD_IO_HEADER received) {
    FORWARD("IFDHTransmitToICC", (DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER), send,
            command, size, data, length, received);
}

RESPONSECODE IFDHControl(DWORD Lun, DWORD code, PUCHAR command, DWORD size, PUCHAR data, DWORD room,
                         LPDWORD length) {
    FORWARD("IFDHControl", (DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD, LPDWORD), code, command, size, data, room,
            length);
}

RESPONSECODE IFDHICCPresence(DWORD Lun) { FORWARD("IFDHICCPresence", (DWORD)); }
