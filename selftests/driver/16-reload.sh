#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind
#
# The driver leaves while traffic hits the NIC and comes back, fifty times:
# every time the NIC works again, nothing is left behind in between (no
# interrupt, no module, no mapping), no memory is lost in the long run, and
# the kernel has nothing to say about it.
#
# MODULE names the module file, if it is neither beside the tests nor
# installed. A driver that others use too is unbound instead of removed.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

rounds=50
warm=10

unload()
{
	if ours; then
		rmmod "$DRIVER"
	else
		device=$(readlink -f "/sys/class/net/$NETIF/device")
		echo "${device##*/}" > "$device/driver/unbind"
	fi
}

load()
{
	if ! ours; then
		echo "${device##*/}" > "/sys/bus/virtio/drivers/$DRIVER/bind"
	elif [ -e "$MODULE" ]; then
		insmod "$MODULE"
	else
		modprobe "$DRIVER"
	fi
}

received()
{
	[ "$(< "/sys/class/net/$NETIF/statistics/rx_packets")" -ge "$1" ]
}

# the peer's end needs nothing: its NIC stays
revive()
{
	local name

	wait_for 10 nic_has_interface || return 1
	name=$(nic_interface)
	{
		if [ "$name" != "$NETIF" ]; then
			echo "link set $name down"
			echo "link set $name name $NETIF"
		fi
		echo "link set $NETIF up"
		echo "addr replace $LOCAL4/24 dev $NETIF"
		echo "neigh replace $PEER4 lladdr $PEER_MAC dev $NETIF" \
			"nud permanent"
	} | ip -batch -
}

# comes back even if a check ends the test early
restore()
{
	nic_has_interface || load
	revive
}

# Into $used and $slab: kilobytes that are used up for good, and how many of them
# are for objects. Not what is read from files, slabs that are empty, objects that
# KASAN keeps from being used again, and pages that CPUs keep though they are free.
measure()
{
	local cache

	sync
	echo 3 > /proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		[ ! -w "$cache" ] || echo 1 > "$cache"
	done
	read -r used slab < <(awk -v page="$(($(getconf PAGESIZE) / 1024))" '
		$1 == "MemTotal:" { used += $2 }
		$1 == "MemFree:" { used -= $2 }
		$1 == "count:" { used -= page * $2 }
		$1 == "SUnreclaim:" || $1 == "Percpu:" { slab += $2 }
		END { print used, slab }' /proc/meminfo /proc/zoneinfo)
}

: "${MODULE:=$LIB/../../vionic.ko}"
need ping
net_setup
static_neighbours
override=$(cat "/sys/bus/pci/devices/$NIC_PCI/driver_override")
on_exit restore

# these go on while there is nothing to send through
nsenter --net="/run/netns/$PEERNS" \
	ping -q -i 0.002 -s 1400 $LOCAL4 > /dev/null 2>&1 &
in=$!
on_exit stop_child $in
ping -q -i 0.002 -s 1400 $PEER4 > /dev/null 2>&1 &
out=$!
on_exit stop_child $out

leftovers=
for ((i = 1; i <= rounds; i++)); do
	unload || break
	if nic_has_interface; then
		leftovers+=" interface($i)"
	fi
	if ours; then
		leftovers+=$(grep -H vionic /proc/interrupts /proc/iomem \
			/proc/modules /proc/vmallocinfo)
	fi
	load || break
	revive || break
	wait_for 10 received 20 || break
	if [ $i = $warm ]; then
		measure
		before=$used slab_before=$slab
	fi
done
check_num "the driver went and came with traffic" $((i - 1)) -eq $rounds
check "traffic was offered to the end" kill -0 $in $out
check_eq "nothing was left behind" "$leftovers" ""
measure
used=$((used - ${before:-0}))
slab=$((slab - ${slab_before:-0}))
diag "over $((rounds - warm)) rounds: $used kB used, $slab kB of it slab"
# one receive ring's buffers a round would be 40 MB
check_num "no memory is lost" $used -le 4096
check_num "no slab or per-CPU memory is lost" $slab -le 2048
check_eq "the NIC is on the same driver" \
	"$(ethtool -i "$NETIF" | awk '$1 == "driver:" { print $2 }')" "$DRIVER"
check_eq "the device kept its override" \
	"$(cat "/sys/bus/pci/devices/$NIC_PCI/driver_override")" "$override"
check "UDP and TCP work" traffic verify --server ".,$LOCAL4" \
	--client "$PEERNS,$PEER4" --udp 0,1,1472,9000 --tcp 1,300000
ksft_done
