# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Test results as TAP 13 on stdout, a cleanup stack, and bounded waiting.
# A test sources this, calls the check_* functions and ends with ksft_done.
# Whatever ends it before that is a failure, never a silent pass.

KSFT_PASS=0
KSFT_FAIL=1
KSFT_SKIP=4

ksft_num=0
ksft_failures=0
ksft_finished=
ksft_cleanups=()
KSFT_TMP=$(mktemp -d "${TMPDIR:-/tmp}/ksft.XXXXXX") || exit "$KSFT_FAIL"

diag()
{
	local line

	while IFS= read -r line; do
		printf '# %s\n' "$line"
	done <<< "$*"
}

ok()
{
	ksft_num=$((ksft_num + 1))
	echo "ok $ksft_num - $*"
}

# not_ok DESCRIPTION [DETAIL...]: the details become diagnostic lines
not_ok()
{
	ksft_num=$((ksft_num + 1))
	ksft_failures=$((ksft_failures + 1))
	echo "not ok $ksft_num - $1"
	shift
	[ $# -eq 0 ] || diag "$*"
}

# skip DESCRIPTION REASON: one check that cannot be made here
skip()
{
	ksft_num=$((ksft_num + 1))
	echo "ok $ksft_num - $1 # SKIP $2"
}

# skip_all REASON: nothing of this test can run here
skip_all()
{
	# what has failed before stays failed
	[ "$ksft_failures" -eq 0 ] || ksft_done
	ksft_finished=$KSFT_SKIP
	echo "1..0 # SKIP $*"
	exit "$KSFT_SKIP"
}

# bail REASON: the test cannot go on, and that is a failure
bail()
{
	not_ok "$@"
	ksft_done
}

# check_num DESCRIPTION GOT OPERATOR WANT: operators are those of test(1)
check_num()
{
	local text="$1" got="$2" op="$3" want="$4"

	if [[ "$got" =~ ^-?[0-9]+$ ]] && test "$got" "$op" "$want"; then
		ok "$text ($got)"
	else
		not_ok "$text" "got '$got', wanted $op $want"
	fi
}

# check_eq DESCRIPTION GOT WANT: compares strings
check_eq()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got '$2', wanted '$3'"
	fi
}

# check DESCRIPTION COMMAND...: passes if the command does; its output is
# shown if it does not
check()
{
	local text="$1" out status

	shift
	out=$("$@" 2>&1)
	status=$?
	if [ $status -eq 0 ]; then
		ok "$text"
	else
		not_ok "$text" "'$*' returned $status: $out"
	fi
}

# check_refused DESCRIPTION COMMAND...: passes if the command fails
check_refused()
{
	local text="$1" out

	shift
	if out=$("$@" 2>&1); then
		not_ok "$text" "'$*' was accepted: $out"
	else
		ok "$text"
	fi
}

# A pipe that nobody writes to: "read" from it waits, and starts no process
exec {ksft_never}<> <(:)

# nap SECONDS: as sleep(1), without a process
nap()
{
	read -r -t "$1" -u "$ksft_never" _
	return 0
}

# wait_for SECONDS COMMAND...: until the command succeeds. The limit is a number of tries,
# 20 for each second, five times as many where a busy machine takes time from the guest. It
# only matters to a test that fails.
wait_for()
{
	local tries=$((20 * $1 * ${SLOWNESS:-1}))

	[ "${CLOCK:-host}" = instructions ] || tries=$((5 * tries))

	shift
	until "$@" > /dev/null 2>&1; do
		[ $((tries--)) -gt 0 ] || return 1
		nap 0.05
	done
}

# file_has REGEX FILE: a line of the file matches. Unlike grep, this starts no process.
file_has()
{
	local line

	while IFS= read -r line || [ -n "$line" ]; do
		[[ $line =~ $1 ]] && return
	done < "$2"
	return 1
}

# on_exit COMMAND...: run at the end of the test, last registered first
on_exit()
{
	ksft_cleanups+=("$(printf '%q ' "$@")")
}

# Reap a background child that may already be gone, and what it waits for: that
# of a shell function is a shell
stop_child()
{
	local children=''

	# as pkill -P, without a search of /proc where the kernel tells
	if [ -e "/proc/$$/task/$$/children" ]; then
		read -r children 2> /dev/null < "/proc/$1/task/$1/children"
	else
		pkill -P "$1" 2> /dev/null
	fi
	# shellcheck disable=SC2086 # numbers
	kill $children "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

# The kernel log from here on belongs to this test
ksft_mark_log()
{
	ksft_mark="selftest ${0##*/} $$ begins"
	echo "$ksft_mark" > /dev/kmsg
}

# ksft_expect REGEX: such lines in the log are what this test is about
ksft_expect()
{
	echo "selftest expects: $1" > /dev/kmsg
}

ksft_log()
{
	# all of it if the mark was pushed out
	dmesg | awk -v mark="$ksft_mark" '
		index($0, mark) { n = 0; next }
		{ line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

ksft_done()
{
	local alarms

	if [ -n "${ksft_mark:-}" ]; then
		alarms=$(ksft_log | "$LIB/scan-log")
		check_eq "the kernel log has no alarm" "$alarms" ""
	fi
	echo "1..$ksft_num"
	ksft_finished=$((ksft_failures ? KSFT_FAIL : KSFT_PASS))
	exit "$ksft_finished"
}

ksft_exit()
{
	local i

	trap '' INT TERM
	for ((i = ${#ksft_cleanups[@]} - 1; i >= 0; i--)); do
		eval "${ksft_cleanups[i]}" > /dev/null 2>&1
	done
	rm -rf "$KSFT_TMP"
	if [ -z "$ksft_finished" ]; then
		echo "Bail out! ended before its last check"
		exit "$KSFT_FAIL"
	fi
	exit "$ksft_finished"
}

trap ksft_exit EXIT
trap 'exit 1' INT TERM HUP
echo "TAP version 13"
