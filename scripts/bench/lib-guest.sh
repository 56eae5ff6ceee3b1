# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the guest's parts of benchmarks share: one NIC driven by either driver.

pci=/sys/bus/pci
peer() { nsenter --net=/run/netns/peer "$@"; }

# until_true COMMAND...: at most ten seconds
until_true() {
	for ((i = 0; i < 500; i++)); do
		! "$@" 2> /dev/null || return 0
		sleep 0.02
	done
	echo "waited in vain: $*"
	return 1
}

# netdev_of ADDRESS: sets dev
netdev_of() {
	for dev in "$pci/devices/$1"/net/* "$pci/devices/$1"/virtio*/net/*; do
		if [ -e "$dev" ]; then
			dev=${dev##*/}
			return
		fi
	done
	return 1
}

is_up() { [ "$(cat /sys/class/net/vio0/operstate)" = up ]; }

# leave: the in-tree driver has the NIC, as if it had just been plugged in
leave() {
	local driver

	driver=$(readlink -f "$pci/devices/$NIC_PCI/driver")
	if [ "${driver##*/}" = vionic ]; then
		/vionic/scripts/vionic-bind unbind "$NIC_PCI" > /dev/null
	else
		echo "$NIC_PCI" > "$driver/unbind"
		echo "$NIC_PCI" > "$driver/bind"
	fi
}

# All interrupts of the NIC on the last CPU, away from what generates traffic: where
# they would land otherwise is chance
pin() {
	local dir

	for dir in "$pci/devices/$NIC_PCI"/msi_irqs/*; do
		nproc | awk '{ print $1 - 1 }' > "/proc/irq/${dir##*/}/smp_affinity_list"
	done
}

# The NIC, with the settings that all have
prepare() {
	until_true netdev_of "$NIC_PCI"
	ip link set "$dev" down
	[ "$dev" = vio0 ] || ip link set "$dev" name vio0
	sysctl -qw net.ipv6.conf.vio0.disable_ipv6=1
	ip addr replace 192.0.2.1/24 dev vio0
	ip link set vio0 up
	until_true is_up
	pin
	ip neigh replace 192.0.2.2 lladdr 52:54:00:00:00:02 dev vio0 nud permanent
	# somebody whom the peer's NIC does not listen to
	ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev vio0 nud permanent
}

# to DRIVER: fresh
to() {
	ip link set vio0 down
	leave
	[ "$1" != vionic ] ||
		/vionic/scripts/vionic-bind bind "$NIC_PCI" > /dev/null
	prepare
}

# set_pktgen DEVICE COUNT BURST MAC [FLOWS [PAIRS]]: to send 60 bytes each to nobody's
# address
set_pktgen() {
	local dir=/proc/net/pktgen set flows=${5:-1} pairs=${6:-1}

	echo rem_device_all > $dir/kpktgend_0
	echo "add_device $1" > $dir/kpktgend_0
	for set in "count $2" "pkt_size 60" "dst 192.0.2.9" "dst_mac $4" \
		"delay 0" "clone_skb 0" "burst $3" "udp_src_min 1024" \
		"udp_src_max $((1024 + flows))" "queue_map_max $((pairs - 1))"
	do
		echo "$set" > "$dir/$1"
	done
}

# program VERDICT: what becomes of all frames that vio0 receives: drop, tx (to whom they
# came from), redirect (out of vio0), socket
program() {
	ip -force link set vio0 xdpdrv object /vionic/selftests/lib/xdp.bpf.o \
		program "x_all_${1/tx/return}" 2> /dev/null
	[ "$1" != redirect ] ||
		bpftool map update name vionic_conf key 0 0 0 0 \
			value hex "$(printf %02x "$(cat /sys/class/net/vio0/ifindex)")" 00 00 00
}

no_program() {
	ip link set vio0 xdpdrv off
}

# A socket that gets all frames and gives its memory back: without copies where the
# driver can. Until xsk_ends and no_program
xsk_reader() {
	program socket
	/vionic/selftests/lib/xsk -w count vio0 0 "$(bpftool -j map |
		jq 'map(select(.name == "vionic_sockets") | .id) | max')" \
		> /run/xsk &
	xsk=$!
	until_true grep -q ready /run/xsk
}

# xsk_sender COUNT: one that sends so many to nobody, likewise, at each xsk_sends. Until
# xsk_ends
xsk_sender() {
	mkfifo /run/xsk
	head -c 60 /dev/zero | /vionic/selftests/lib/xsk -w -s -N "$1" \
		send vio0 0 0 > /run/xsk &
	xsk=$!
	exec 5< /run/xsk
	read -r <&5
}

xsk_sends() {
	kill -USR1 "$xsk"
	read -r <&5
}

xsk_ends() {
	kill "$xsk"
	wait "$xsk" 2> /dev/null || true
	exec 5<&-
	rm /run/xsk
}
