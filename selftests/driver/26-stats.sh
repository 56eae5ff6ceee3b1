#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stats offload netlink
#
# Counters are true to the wire: a frame that the device cuts counts as what it
# becomes there, one that it has joined as what it was. Evidence: the counters of
# the peer, which cuts and joins nothing. Those of the kernel's statistics by
# queue, where it has them, add up to those of the interface.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# a device may drop what a ring of 256 has no room for, and this counts each frame:
# the stream and its ACKs fit, should the guest come to poll only afterwards
bytes=200000
F_DEVICE_STATS=50

# qstat NAME [QUEUE]: of all queues, with those that are gone, or of one
qstat()
{
	awk -v queue="${2:-all}" -v name="$1" '
		$1 == queue && $2 == name { print $3 }' "$KSFT_TMP/qstats"
}

read_qstats()
{
	py "$LIB/netdev.py" "$NETIF" qstats > "$KSFT_TMP/qstats" 2>&1
}

# stat NAME: of the interface
stat()
{
	cat "/sys/class/net/$NETIF/statistics/$1"
}

# as many on both ends: same DESCRIPTION OURS THEIRS
same()
{
	check_num "$1" "$(delta "$2")" -eq "$(delta "$3")"
}

net_setup
ours || skip_all "$DRIVER does not promise this"
net_quiet
for what in tso gso; do
	offload "$NETIF" $what on
done

count_start
check "a stream out" traffic verify --server "$PEERNS,$PEER4" \
	--client ".,$LOCAL4" --tcp $bytes
count_stop
diag "cut: $(delta 'nic_tx[0-9]+_gso') into $(delta 'nic_tx[0-9]+_gso_frames')"
same "its frames are those that the peer got" tx_packets peer_rx_packets
same "its bytes, too" tx_bytes peer_rx_bytes
same "frames in" rx_packets peer_tx_packets
same "bytes in" rx_bytes peer_tx_bytes
if [ "$(feature tcp-segmentation-offload)" = on ]; then
	check_delta "the device cut some" 'nic_tx[0-9]+_gso' -ge 5
	check_num "which became more" "$(delta 'nic_tx[0-9]+_gso_frames')" \
		-gt "$(delta 'nic_tx[0-9]+_gso')"
fi

# the peer's device cuts what the peer does not; ours may get it whole
peer_offload tso on gso on tx on
count_start
check "a stream in" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --tcp $bytes
count_stop
diag "joined: $(delta 'nic_rx[0-9]+_gso') of $(delta 'nic_rx[0-9]+_gso_frames')"
segments=$(($(delta peer_TcpOutSegs) + $(delta peer_TcpRetransSegs)))
check_num "its frames are TCP's segments, $segments" \
	"$(delta rx_packets)" -ge "$segments"
check_num "and no more" "$(delta rx_packets)" -le $((segments + 3))
check_num "with a header each" "$(delta rx_bytes)" -ge \
	$((bytes + $(delta rx_packets) * 66 - 14 * 66))

mac=$(ethtool -S "$NETIF" --groups eth-mac)
for way in Transmitted Received; do
	short=${way:0:1}
	check_eq "the standard's count of frames, ${way,,}" \
		"$(sed -n "s/.*Frames${way}OK: //p" <<< "$mac")" \
		"$(stat "$(tr TR tr <<< "$short")x_packets")"
done
if read_qstats; then
	for way in rx tx; do
		for what in packets bytes; do
			check_eq "by queue: ${way}_$what of all" \
				"$(qstat ${way}_$what)" "$(stat ${way}_$what)"
		done
	done
	check_num "wire frames of those that were cut" \
		"$(qstat tx_hw_gso_wire_packets)" -ge \
		"$(qstat tx_hw_gso_packets)"
	check_num "checksums that the device made" \
		"$(qstat tx_needs_csum)" -ge 1
	check_eq "the queues together have what all have" "$(awk '
		$1 ~ /^rx[0-9]+$/ && $2 == "packets" { n += $3 }
		END { print n }' "$KSFT_TMP/qstats")" "$(qstat rx_packets)"
else
	skip "statistics by queue" "this kernel has none: $(< "$KSFT_TMP/qstats")"
fi
if has_feature $F_DEVICE_STATS; then
	count_start
	check "frames come and go" ping -q -c 50 -i 0.01 -W 5 "$PEER4"
	count_stop
	check_delta "the device counted them to us" \
		'nic_device_rx[0-9]+_packets' -ge 50
	check_eq "as often as the driver" "$(delta 'nic_device_rx[0-9]+_packets')" \
		"$(delta 'nic_rx[0-9]+_packets')"
	check_eq "and those from us" "$(delta 'nic_device_tx[0-9]+_packets')" \
		"$(delta 'nic_tx[0-9]+_packets')"
	check_delta "and its interrupts" 'nic_device_rx[0-9]+_interrupts' -ge 1
fi
ksft_done
