#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: tools trace slow
#
# What docs/packet-path.md tells to type works: its blocks marked "sh run", each in
# a shell of its own that ends at the first command that fails.
#
# timeout: 900

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/tracing.sh
. "$LIB/tracing.sh"

top=$(cd "$(dirname "$0")/../.." && pwd)
doc=$top/docs/packet-path.md

[ -r "$doc" ] || skip_all "no docs/packet-path.md here"
need jq nft tcpdump iperf3 socat ping
net_setup
ours || skip_all "the tutorial is about vionic, not $DRIVER"
[ "$NETIF $PEERIF $PEERNS" = "vio0 peer0 peer" ] ||
	skip_all "its examples are for a guest's shell"
[ -e /sys/kernel/tracing/kprobe_events ] || skip_all "this kernel has no kprobes"
! rings_fixed || skip_all "a legacy device's rings have a fixed size"
set_rings rx 256
trace_safely

awk -v to="$KSFT_TMP/example" '
	/^```sh run$/ { file = sprintf("%s.%02d", to, ++n); next }
	/^```/ { file = "" }
	file { print > file }' "$doc"
examples=("$KSFT_TMP"/example.*)
# what a pattern was not found in
cat > "$KSFT_TMP/env" <<-'SH'
	grep()
	{
		[ -p /dev/stdin ] || { command grep "$@"; return; }
		tee /dev/stderr | command grep "$@"
	}
SH
for file in "${examples[@]}"; do
	check "$(head -n 1 "$file")" \
		env -C "$top" "BASH_ENV=$KSFT_TMP/env" bash -e -o pipefail "$file"
done
check_num "those were the examples" ${#examples[@]} -ge 20
check "ping works" can_ping
ksft_done
