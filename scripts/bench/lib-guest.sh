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

# set_pktgen DEVICE COUNT BURST MAC [FLOWS]: to send 60 bytes each to nobody's address
set_pktgen() {
	local dir=/proc/net/pktgen set flows=${5:-1}

	echo rem_device_all > $dir/kpktgend_0
	echo "add_device $1" > $dir/kpktgend_0
	for set in "count $2" "pkt_size 60" "dst 192.0.2.9" "dst_mac $4" \
		"delay 0" "clone_skb 0" "burst $3" "udp_src_min 1024" \
		"udp_src_max $((1024 + flows))"
	do
		echo "$set" > "$dir/$1"
	done
}
