#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rx resize host host-traffic
#
# A burst larger than the receive ring makes the host drop frames, which the
# driver sees as an exhausted ring; in a ring large enough the same burst
# passes and neither happens. Polling is held off during the burst, so that
# the ring alone decides: that is deterministic however slow the machine is.
#
# The host must tell what its side of the cable dropped.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

port=5012
frames=800

# burst_into RING: counts; sets $dropped to what the host dropped and $burst
# to what the sender says
burst_into()
{
	local before

	set_rings rx "$1"
	count_port here $port
	napi_hold 400
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --count 1 > /dev/null
	before=$(tap vut tx_dropped)
	count_start
	burst=$(traffic burst --source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--ip "$PEER4,$LOCAL4" --port $port --count $frames |
		paste -s -d ' ')
	wait_for 8 settled "$before"
	count_stop
	napi_release
	dropped=$(($(tap vut tx_dropped) - before))
	diag "ring of $(ring rx): $burst, dropped=$dropped"
}

settled()
{
	[ $(($(counted here) + $(tap vut tx_dropped) - $1)) -ge $frames ]
}

can_host || skip_all "no vm-host: the host's counters cannot be asked for"
need nft jq
net_setup
net_quiet
queue=$(vm-host tapstats | jq '.[] | select(.ifname == "vut") | .txqlen')
vm-host txqlen vut 100 > /dev/null
on_exit vm-host txqlen vut "${queue:-500}"

! rings_fixed || skip_all "a legacy device's rings have a fixed size"
burst_into 64
check_num "the ring is small" "$(ring rx)" -eq 64
check_num "the host dropped frames" "$dropped" -ge 100
check_num "the others arrived" "$(counted here)" -eq $((frames - dropped))
check_delta "the driver saw the ring exhausted" \
	'nic_rx[0-9]+_ring_exhausted' -ge 1
check_delta "told the device of new buffers" 'nic_rx[0-9]+_kicks' -ge 1
check_delta "and had memory for them" 'nic_rx[0-9]+_refill_fail' -eq 0

burst_into 1024
check_num "the ring is large" "$(ring rx)" -eq 1024
check_num "the host dropped nothing" "$dropped" -eq 0
check_num "all frames arrived" "$(counted here)" -eq $frames
check_delta "the ring was not exhausted" \
	'nic_rx[0-9]+_ring_exhausted' -eq 0
check "ping works" can_ping
ksft_done
