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

# to DRIVER: fresh, with the settings that all have
to() {
	ip link set vio0 down
	case $1 in
	vionic) /vionic/scripts/vionic-bind bind "$NIC_PCI" ;;
	*) /vionic/scripts/vionic-bind unbind "$NIC_PCI" ;;
	esac > /dev/null
	until_true netdev_of "$NIC_PCI"
	ip link set "$dev" down
	[ "$dev" = vio0 ] || ip link set "$dev" name vio0
	sysctl -qw net.ipv6.conf.vio0.disable_ipv6=1
	ip addr replace 192.0.2.1/24 dev vio0
	ip link set vio0 up
	until_true is_up
	ip neigh replace 192.0.2.2 lladdr 52:54:00:00:00:02 dev vio0 nud permanent
	# somebody whom the peer's NIC does not listen to
	ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev vio0 nud permanent
}

# set_pktgen DEVICE COUNT BURST MAC: to send 60 bytes each to nobody's address
set_pktgen() {
	local dir=/proc/net/pktgen set

	echo rem_device_all > $dir/kpktgend_0
	echo "add_device $1" > $dir/kpktgend_0
	for set in "count $2" "pkt_size 60" "dst 192.0.2.9" "dst_mac $4" \
		"delay 0" "clone_skb 0" "burst $3"
	do
		echo "$set" > "$dir/$1"
	done
}
