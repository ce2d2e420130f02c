#!/usr/bin/env bash
# Installs nocopy. `./install.sh help` lists what it can do; it may be run again at any time.
#
# Where things go:
#   .venv beside this file   practice and test. The program runs from this folder itself, so a changed source needs no new installation.
#   /opt/nocopy/<number>     install: a whole copy, which does not need this folder any more. The number is made of the sources and
#                            the locks; a new version is finished and tried in its own folder before the `nocopy` command points to it.
#   the books                never touched here. They lie where $NOCOPY_HOME says, or in the user's own data folder.
# $DESTDIR may stand before /opt and /usr/local/bin, as for packages.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$here"

opt=${DESTDIR:-}/opt/nocopy
link=${DESTDIR:-}/usr/local/bin/nocopy
venv=$here/.venv
work=''     # temporary folder, made when first needed
python=''   # the Python that makes the venv
missing=()  # Debian packages that are not there
elevated=() # `as_root` where the program's own folder asks for it

# A person's own Python settings must not reach into these venvs.
unset PYTHONHOME PYTHONPATH
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

say() { printf '%s\n' "nocopy: $*"; }

# fail ENGLISH [THAI]: what happened and what to do, in both languages, for whoever stands before the PC.
fail() {
  printf '\nnocopy: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf 'nocopy: %s\n' "$2" >&2
  exit 1
}

clean() { [ -z "$work" ] || rm -rf "$work"; }
trap clean EXIT

workplace() { [ -n "$work" ] || work=$(mktemp -d "${TMPDIR:-/tmp}/nocopy.XXXXXX"); }

# ---------------------------------------------------------------- running what takes long

# Keeps a long command's output in the log and shows only that it goes on.
progress() {
  awk -v terminal="$([ -t 1 ] && echo 1 || echo 0)" '
    /^(Collecting|Building wheel|Installing|Get:|Unpacking|Setting up)/ {
      if (terminal) { printf "\r\033[K  %.72s", $0; fflush() } }
    END { if (terminal) printf "\r\033[K" }'
}

# quietly ENGLISH THAI COMMAND...: the two sentences are said, after the last lines of the log, if the command fails.
quietly() {
  local english=$1 thai=$2
  shift 2
  workplace
  if "$@" </dev/null 2>&1 | tee "$work/log" | progress; then return; fi
  tail -n 12 "$work/log" >&2
  if grep -q 'CERTIFICATE_VERIFY_FAILED' "$work/log"; then
    english="$english A certificate was not trusted: open the network's sign-in page, and look whether this PC's date is right."
    thai="$thai ใบรับรองของเครือข่ายไม่น่าเชื่อถือ กรุณาลงชื่อเข้าใช้เครือข่ายและตรวจวันที่ของเครื่องนี้"
  elif grep -q -E 'Temporary failure|Name or service not known|NewConnectionError|Network is unreachable|timed out|Could not resolve|Connection refused|Failed to fetch' "$work/log"; then
    english="$english The network could not be reached. Connect this PC to the internet and run this again; what was already fetched is kept."
    thai="$thai เชื่อมต่ออินเทอร์เน็ตไม่ได้ กรุณาต่ออินเทอร์เน็ตแล้วสั่งอีกครั้ง ส่วนที่ดาวน์โหลดแล้วไม่ต้องโหลดใหม่"
  fi
  fail "$english" "$thai"
}

# sudo forgets the way out of the office's network: these are handed over by name.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    local kept=() name
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE "${!PIP_@}"; do
      [ -z "${!name:-}" ] || kept+=("$name=${!name}")
    done
    sudo env "${kept[@]}" "$@"
  else
    fail "This step needs the administrator (root), and there is no sudo here: $*. Log in as root and run this again." \
      "ขั้นตอนนี้ต้องใช้สิทธิ์ผู้ดูแลเครื่อง (root) กรุณาให้ผู้ดูแลเครื่องสั่งคำสั่งนี้"
  fi
}

# Asked once and in the open, before the output of a step is put into the log.
ask_for_root() {
  if [ "$(id -u)" != 0 ]; then
    say "The administrator's password may be asked for now (sudo): $*"
    as_root true
  fi
}

# ---------------------------------------------------------------- what the PC must have

# need PACKAGE TEST...: the Debian package is missing if the test fails.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

get_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail \
    "This PC lacks: ${missing[*]} (Debian's names). Install them by this system's own means, then run this again." \
    "เครื่องนี้ยังขาดส่วนประกอบ: ${missing[*]} กรุณาติดตั้งก่อนแล้วสั่งอีกครั้ง"
  say "Installing Debian packages: ${missing[*]}"
  ask_for_root "to install Debian packages"
  workplace
  # A broken list of some other software must not stop us: what counts is whether the install below succeeds.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update </dev/null >"$work/update" 2>&1 || say "The list of packages could not be renewed in full; trying with what is known."
  quietly "Debian packages could not be installed: ${missing[*]}." "ติดตั้งส่วนประกอบของระบบไม่สำเร็จ: ${missing[*]}" \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  missing=()
}

# Every Python that really runs and is new enough; this system's own first, for that one every user of the PC can run.
pythons() {
  local name path
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    for path in $(PATH=/usr/bin:/usr/local/bin:$PATH type -aP "$name"); do
      # A name on the PATH may be a shim with nothing behind it: only running it tells.
      "$path" -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null || true
    done
  done
}

# Sets $python to one that can make a venv; Debian keeps that part of Python in a package apart.
choose_python() {
  local candidate
  for candidate in $(pythons); do
    if "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
      python=$candidate
      return
    fi
  done
  return 1
}

python_package() { printf 'python%s-%s' "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$2"; }

find_python() {
  local found
  if choose_python; then return; fi
  found=$(pythons | head -n 1)
  if [ -n "$found" ]; then missing+=("$(python_package "$found" venv)"); else missing+=(python3-venv); fi
  get_missing
  choose_python || fail "Python 3.11 or newer is needed, and this PC has $(python3 -V 2>/dev/null || echo none). Debian 12 and later bring it." \
    "ต้องใช้ Python 3.11 ขึ้นไป เครื่องนี้มี $(python3 -V 2>/dev/null || echo รุ่นที่ใช้ไม่ได้) ระบบ Debian 12 ขึ้นไปมีมาให้แล้ว"
}

# What compiling pyscard takes; it has no ready-made wheel for Linux.
need_compiler() {
  need build-essential eval 'command -v cc && command -v make'
  need swig command -v swig
  need libpcsclite-dev test -e /usr/include/PCSC/winscard.h
  need "$(python_package "$python" dev)" "$python" -c \
    'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
}

# ---------------------------------------------------------------- venvs

sum() { cat "$@" | sha256sum | cut -c 1-16; }

# get_part VENV PART: a lock's packages. All but pyscard must come as ready-made wheels: nothing is compiled by surprise.
get_part() {
  local into=$1 part=$2 wheels=(--only-binary :all:)
  if [ "$part" = pyscard ]; then wheels=(); fi
  say "Installing what $part.lock names"
  quietly "The packages of $part.lock could not be installed." "ติดตั้งส่วนประกอบของโปรแกรมไม่สำเร็จ ($part)" \
    "${elevated[@]}" "$into/bin/python" -m pip install --progress-bar off --retries 3 \
    --no-build-isolation --require-hashes "${wheels[@]}" -r "$part.lock"
}

# What .venv must be made of; a line changes when it has to be made anew.
wanted() {
  local part
  printf 'place %s\n' "$("$venv/bin/python" -c 'import sys; print(sys.prefix, sys.version_info[:2])' 2>/dev/null)"
  for part in "$@"; do printf '%s %s\n' "$part" "$(sum "$part.lock")"; done
}

# ready PARTS...: .venv is whole and holds these parts as they are locked today.
ready() {
  [ -f "$venv/nocopy-parts" ] && ! grep -q -vxF -f "$venv/nocopy-parts" <(wanted "$@")
}

# prepare PARTS...: brings .venv to the state that `ready` asks for. nocopy-parts stands in the venv only while it is whole: whatever
# is interrupted here is begun anew next time.
prepare() {
  local have=() part
  if ready "$@"; then return; fi
  if [ -e "$venv" ] && [ ! -f "$venv/nocopy-venv" ]; then
    fail "$venv was not made by this script, and is left alone. Move it away and run this again."
  fi
  [ -w "$here" ] || fail "This folder cannot be written to: $here. Copy it to your own folder and run this again." \
    "เขียนลงโฟลเดอร์นี้ไม่ได้: $here กรุณาคัดลอกไปไว้ในโฟลเดอร์ของท่านแล้วสั่งอีกครั้ง"
  if [ -f "$venv/nocopy-parts" ]; then mapfile -t have < <(sed -n '/^place/!s/ .*//p' "$venv/nocopy-parts"); fi
  if [ ${#have[@]} = 0 ] || ! ready "${have[@]}"; then
    find_python
    say "Making a venv with $("$python" -V) in $venv"
    rm -rf "$venv"
    mkdir "$venv"
    touch "$venv/nocopy-venv"
    quietly "The venv could not be made." "เตรียมที่ติดตั้งโปรแกรมไม่สำเร็จ" "$python" -m venv "$venv"
    have=()
  fi
  rm -f "$venv/nocopy-parts"
  for part in "$@"; do
    if [[ " ${have[*]} " == *" $part "* ]]; then continue; fi
    get_part "$venv" "$part"
    have+=("$part")
  done
  wanted "${have[@]}" >"$venv/nocopy-parts.new"
  mv "$venv/nocopy-parts.new" "$venv/nocopy-parts"
}

# write_command VENV: its bin/nocopy. Python runs isolated (-I): no PYTHON... variable, no folder where one stands and no packages of the
# user's own bring other code in. It stands here and not in the program, which could only start Python a second time.
write_command() {
  local command=$1/bin/nocopy path=$1/bin/python
  printf "#!/bin/sh\nexec '%s' -I -c 'from tui.cli import main; main()' \"\$@\"\n" "${path//\'/\'\\\'\'}" |
    "${elevated[@]}" tee "$command" >/dev/null
  "${elevated[@]}" chmod 755 "$command"
}

# .venv runs the program from this folder; only pyproject.toml tells pip something new.
link_program() {
  local now
  now=$(sum pyproject.toml)
  if [ "$(cat "$venv/nocopy-program" 2>/dev/null)" = "$now" ]; then return; fi
  quietly "The program could not be put into the venv." "ติดตั้งตัวโปรแกรมไม่สำเร็จ" \
    "$venv/bin/python" -m pip install --no-index --no-deps --no-build-isolation --editable .
  write_command "$venv"
  printf '%s' "$now" >"$venv/nocopy-program"
}

# ---------------------------------------------------------------- the office's books: looked for, never touched

there() { [ -e "$1" ] || { [ "$(id -u)" != 0 ] && sudo -n test -e "$1" 2>/dev/null; }; }

# Every folder with an office's books that this user (or the administrator) can see.
homes_with_books() {
  local folder
  {
    printf '%s\n' "${NOCOPY_HOME:-}" "${XDG_DATA_HOME:+$XDG_DATA_HOME/nocopy}" "${HOME:-/root}/.local/share/nocopy"
    { getent passwd | cut -d: -f6; printf '%s\n' /home/*; } | sed 's|$|/.local/share/nocopy|'
  } | sort -u | while read -r folder; do
    if [ -n "$folder" ] && there "$folder/books.db"; then printf '%s\n' "$folder"; fi
  done
}

# ---------------------------------------------------------------- the commands

practice() {
  if ! ready build run; then
    say "Preparing practice: invented citizens, no card reader, nothing to compile. About 60 MB are fetched, this once."
    prepare build run
  fi
  link_program
  clean
  exec "$venv/bin/nocopy" practice "$@"
}

run_tests() {
  local books checks=0 tests=0
  books=$(homes_with_books)
  # The virtual card's port is open to the network, and the tests stop and start the PC's card service.
  [ -z "$books" ] || fail "This PC holds an office's real books ($books). The tests must not run here." \
    "เครื่องนี้มีข้อมูลจริงของหน่วยงาน ($books) จึงไม่ให้ทดสอบบนเครื่องนี้"
  find_python
  need_compiler
  need pcscd test -x /usr/sbin/pcscd
  need vsmartcard-vpcd test -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so
  need procps test -x /bin/kill
  need tmux command -v tmux
  need poppler-utils command -v pdftotext
  get_missing
  prepare build run pyscard centre test
  link_program
  clean
  say "Format, lint, types, floors"
  make --no-print-directory --keep-going BIN="$venv/bin" format lint types floors || checks=$?
  say "Tests"
  "$venv/bin/python" -m pytest -p tests.no_skips -n 2 --dist worksteal "$@" || tests=$?
  [ "$checks" = 0 ] || say "The tests are over; format, lint, types or floors failed above."
  [ "$checks" = 0 ] && [ "$tests" = 0 ]
}

# The number of what would be installed: another source or lock, another number.
number_of() {
  {
    find reader store sync tui -type f ! -name '*.py[co]' -print0 | sort -z | xargs -0 sha256sum
    sha256sum pyproject.toml "${@/%/.lock}"
  } | sha256sum | cut -c 1-12
}

install_program() {
  local parts=(build run pyscard) target before
  case ${1:-} in
    '') ;;
    --centre) parts+=(centre) ;;
    *) fail "install knows only --centre, not: $1" ;;
  esac
  umask 022
  target=$opt/$(number_of "${parts[@]}")
  before=$(readlink "$link" || true)
  if [ -e "$link" ] && [[ $before != "$opt"/* ]]; then
    fail "$link exists and is not ours. Move it away and run this again."
  fi
  need pcscd test -x /usr/sbin/pcscd
  if [ ! -f "$target/nocopy-whole" ]; then
    find_python
    need_compiler
  fi
  get_missing
  if [ ! -f "$target/nocopy-whole" ] || [ "$before" != "$target/bin/nocopy" ]; then
    put "$target" "${before:-$target/bin/nocopy}" "${parts[@]}"
  fi
  if [ -z "${DESTDIR:-}" ]; then start_pcscd; fi
  say "Installed: $link. Begin with: nocopy setup --from FILE (docs/operate.md says what stands in it)"
}

# put FOLDER LINKED PARTS...: the folder filled, and the command turned from the LINKED program to it.
put() {
  local target=$1 before=$2 bin
  shift 2
  bin=$(dirname "$link")
  if ! { mkdir -p "$opt" "$bin" 2>/dev/null && [ -w "$opt" ] && [ -w "$bin" ]; }; then
    ask_for_root "to write to $opt and $bin"
    elevated=(as_root)
    as_root mkdir -p "$opt" "$bin"
  fi
  if [ ! -f "$target/nocopy-whole" ]; then fill "$target" "$@"; fi
  "${elevated[@]}" ln -sfn "$target/bin/nocopy" "$link.new"
  "${elevated[@]}" mv -T "$link.new" "$link"
  sweep "$target" "$(dirname "$(dirname "$before")")"
}

# fill FOLDER PARTS...: a whole venv with a copy of the program in it, tried before it counts.
fill() {
  local target=$1 part
  shift
  say "Installing into $target with $("$python" -V)"
  "${elevated[@]}" rm -rf "$target"
  quietly "The venv could not be made." "เตรียมที่ติดตั้งโปรแกรมไม่สำเร็จ" "${elevated[@]}" "$python" -m venv "$target"
  for part in "$@"; do get_part "$target" "$part"; done
  say "Installing the program"
  # From a copy: setuptools leaves its traces where it builds, and would find there what an older version left.
  "${elevated[@]}" mkdir "$target/source"
  "${elevated[@]}" cp -r pyproject.toml README.md LICENSE reader store sync tui "$target/source"
  quietly "The program could not be installed." "ติดตั้งตัวโปรแกรมไม่สำเร็จ" \
    "${elevated[@]}" "$target/bin/python" -m pip install --no-index --no-deps --no-build-isolation "$target/source"
  "${elevated[@]}" rm -rf "$target/source"
  write_command "$target"
  quietly "The installed program does not start." "ติดตั้งแล้วแต่เปิดโปรแกรมไม่ได้" "$target/bin/nocopy" --help
  quietly "The installed program cannot speak to card readers." "ติดตั้งแล้วแต่ใช้เครื่องอ่านบัตรไม่ได้" \
    "$target/bin/python" -c 'import smartcard.scard'
  "${elevated[@]}" touch "$target/nocopy-whole"
}

# sweep NEW BEFORE: older copies go. The one before stays: it may be open on a counter's screen at this moment.
sweep() {
  local folder
  for folder in "$opt"/*; do
    if [ "$folder" != "$1" ] && [ "$folder" != "$2" ]; then "${elevated[@]}" rm -rf "$folder"; fi
  done
}

start_pcscd() {
  if [ ! -d /run/systemd/system ]; then
    say "systemd does not run here, so the card service is not started by itself. Start it with: pcscd"
  elif ! systemctl is-enabled --quiet pcscd.socket || ! systemctl is-active --quiet pcscd.socket; then
    ask_for_root "to start the card service"
    as_root systemctl enable --now pcscd.socket || fail "The card service (pcscd) could not be started. Try: systemctl status pcscd.socket" \
      "เปิดบริการเครื่องอ่านบัตร (pcscd) ไม่สำเร็จ"
  fi
}

uninstall() {
  local target folder
  target=$(readlink "$link" || true)
  if [[ $target != "$opt"/* ]] && [ ! -e "$opt" ]; then
    say "nocopy is not installed here."
  else
    if ! { [ -w "$(dirname "$opt")" ] && [ -w "$(dirname "$link")" ]; }; then
      ask_for_root "to remove $opt and $link"
      elevated=(as_root)
    fi
    if [[ $target == "$opt"/* ]]; then "${elevated[@]}" rm -f "$link"; fi
    "${elevated[@]}" rm -rf "$opt"
    say "Removed: $opt and $link. The card service (pcscd) stays."
  fi
  homes_with_books | while read -r folder; do
    say "The office's books are untouched, in $folder"
    say "ข้อมูลของหน่วยงานยังอยู่ครบที่ $folder"
  done
}

help() {
  cat <<'TEXT'
./install.sh practice     install what practice needs and open the program with invented citizens (เปิดโหมดฝึกใช้งาน)
./install.sh install      install nocopy on this PC, for its real work (ติดตั้งใช้งานจริง); --centre adds the ministry's side
./install.sh uninstall    remove the program; the office's books stay (ถอนโปรแกรม ข้อมูลของหน่วยงานยังอยู่)
./install.sh test         install what the tests need and run them all; what follows goes to pytest
./install.sh help         this text

For Debian 12 or later. Run it as root, or as a user who may use sudo: it asks only when it must.
TEXT
}

command=${1:-help}
[ $# = 0 ] || shift
case $command in
  practice) practice "$@" ;;
  test) run_tests "$@" ;;
  install) install_program "$@" ;;
  uninstall) uninstall ;;
  help | -h | --help) help ;;
  *)
    help >&2
    exit 2
    ;;
esac
