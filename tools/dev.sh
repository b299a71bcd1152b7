#!/usr/bin/env bash
# Installs what only the system's package manager can install, then hands over to tools/dev (Python).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
action=${1:-help}

fail() { printf '\nERROR: %s\n  What to do: %s\n' "$1" "$2" >&2; exit 1; }

libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p)
has_library() { [[ $libraries == *"$1"* ]]; }

has_command() { command -v "$1" >/dev/null; }

has_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has_command initdb; }

has_browser() { has_command google-chrome || has_command chromium || has_command chromium-browser; }

# The Debian packages that are missing here, judged by what they bring, not by their name.
missing_packages() {
    python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3 python3-venv
    has_postgresql || echo postgresql
    has_browser || echo chromium
    has_command pdftotext || echo poppler-utils
    has_library libmagic.so.1 || echo libmagic1
    has_library libXrender.so.1 || echo libxrender1
    has_library libXext.so.6 || echo libxext6
    has_library libfontconfig.so.1 || echo libfontconfig1
    compgen -G '/usr/share/fonts/truetype/dejavu/*' >/dev/null || echo fonts-dejavu-core
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
}

install_packages() {
    local sudo=() command="apt-get install --no-install-recommends $*"
    has_command apt-get || fail "missing on this system: $*" "install them with your package manager, then run this again"
    if [ "$(id -u)" != 0 ]; then
        has_command sudo || fail "missing system packages ($*), and there is no sudo" "ask an administrator to run: $command"
        sudo=(sudo)
        [ -t 0 ] || sudo+=(--non-interactive)
        "${sudo[@]}" true || fail "missing system packages ($*), and sudo was refused" "ask an administrator to run: $command"
    fi
    echo "== System packages: $*"
    local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update || fail "the package lists could not be fetched" "check the network and the machine's package sources, then run this again"
    "${apt[@]}" install --yes --no-install-recommends "$@" </dev/null \
        || fail "apt-get could not install: $*" "read its message above; check network and free disk space, then run this again"
}

case $action in
    stop | clean | help) ;;
    *)
        mapfile -t missing < <(missing_packages | tr ' ' '\n')
        [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
        ;;
esac
has_command python3 || fail "python3 is not installed" "run 'make prepare' first"

cd "$root"
PYTHONPATH="$root/tools" PYTHONDONTWRITEBYTECODE=1 exec python3 -m dev "$@"
