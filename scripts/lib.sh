# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Shared by the scripts: messages, the cache, and running things in a root file
# system of another Debian release. Source it; it sets TOP and CACHE.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034
CACHE=${VIONIC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vionic}
# used by the scripts that source this file
# shellcheck disable=SC2034
KERNELS="6.1 6.12 7.2"

info() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
usage_error() { printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2; exit 2; }

# The build root that has a kernel's headers
build_root_of() {
	case $1 in
	6.1|6.12) echo bookworm ;;
	7.2) echo forky ;;
	*) usage_error "no such kernel: $1" ;;
	esac
}

# Become root over namespaces of our own: really root, or mapped to it
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		unshare --user --map-root-user --map-auto "$@"
	fi
}

# in_root ROOT COMMAND...: run a command in a root file system, /proc mounted
# (objtool wants it); the directory $TOP/build is /build there.
in_root() {
	local root=$1
	shift
	mkdir -p "$TOP/build"
	# shellcheck disable=SC2016
	as_root unshare --mount --pid --fork --kill-child sh -c '
		set -e
		mount -t proc proc "$1/proc"
		mkdir -p "$1/build"
		mount --bind "$2" "$1/build"
		root=$1
		shift 2
		exec chroot "$root" "$@"' sh "$root" "$TOP/build" "$@"
}
