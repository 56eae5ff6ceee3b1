#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: pci irq iommu root-port
#
# The NIC is driven by the best interface that it has, as its configuration
# space tells: virtio 1.x if it has the structures of that, else the legacy one;
# by vectors if it has them, else by its interrupt line or a single vector. No
# feature is in use that the device did not offer, nor one that the place it
# sits in forbids. Virtual functions come and go.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

: "${VIONIC_BIND:=$LIB/../../scripts/vionic-bind}"
F_ACCESS_PLATFORM=33 F_SR_IOV=37 F_NOTIFICATION_DATA=38 F_NOTIF_CONFIG_DATA=39

# read_config: config, bytes of the configuration space
read_config()
{
	mapfile -t config <<< "$(od -An -v -t u1 -w1 "$sysfs/config" |
		tr -d ' ')"
}

# le OFFSET BYTES: a number in it
le()
{
	local i n=0

	for ((i = $2 - 1; i >= 0; i--)); do
		n=$((n << 8 | config[$1 + i]))
	done
	echo $n
}

# capabilities ID: where they are, one a line
capabilities()
{
	local at=${config[0x34]} left=48

	while [ "$at" -ge 64 ] && [ $((left--)) -gt 0 ]; do
		[ "${config[at]}" != "$1" ] || echo "$at"
		at=$((config[at + 1] & ~3))
	done
}

# structure TYPE: where the first such structure of virtio 1.x is described
structure()
{
	local at

	for at in $(capabilities 9); do
		[ "${config[at + 3]}" != "$1" ] || { echo "$at"; return; }
	done
	return 1
}

# register N: word of the register dump
register()
{
	ethtool -d "$NETIF" raw on | od -An -v -t u4 -w4 | sed -n "$(($1 + 1))p"
}

# which bits of mask $1 are not in mask $2
beyond()
{
	echo $(($1 & ~$2))
}

# is a device's DMA translated?
translated()
{
	grep -q DMA "$1/iommu_group/type" 2> /dev/null
}

check_interface()
{
	local common notify bits

	bits=$(cat "$sysfs/vionic/features" 2> /dev/null)
	check "features are 128 bits" grep -qE '^[01]{128}$' <<< "$bits"
	if common=$(structure 1); then
		diag "virtio 1.x, common structure of $(le $((common + 12)) 4)"
		check "virtio 1.x: VERSION_1 is in use" has_feature "$F_VERSION_1"
		notify=$(structure 2)
		if has_feature "$F_NOTIFICATION_DATA"; then
			check_num "notification data: doorbells of 4 bytes" \
				$(($(le $((notify + 16)) 4) % 4)) -eq 0
		fi
		if has_feature "$F_NOTIF_CONFIG_DATA"; then
			check_num "notification by data: the device has it" \
				"$(le $((common + 12)) 4)" -ge 58
		fi
	else
		diag "legacy: revision ${config[8]}, device $(le 2 2)"
		check_num "legacy: a transitional device" "$(le 2 2)" -eq 4096
		check_num "with registers in I/O space" \
			$((config[0x10] & 1)) -eq 1
		check_eq "legacy: one word of features" "${bits:32}" \
			"$(printf '%096d' 0)"
		check_eq "legacy: rings are as the device says" "$(rings)" \
			"$(ring rx max) $(ring tx max)"
	fi
	if translated "$sysfs"; then
		check "behind an IOMMU: ACCESS_PLATFORM is in use" \
			has_feature "$F_ACCESS_PLATFORM"
	fi
}

# In the dump: four words that are offered, nine words later those in use
check_offered()
{
	local i offered used

	for i in 0 1 2 3; do
		offered=$(register $i)
		used=$(register $((i + 9)))
		diag "$(printf 'word %u: offered %08x, in use %08x' $i \
			"$offered" "$used")"
		check_num "word $i: nothing in use that is not offered" \
			"$(beyond "$used" "$offered")" -eq 0
	done
}

# controllers of the NIC's interrupts, from /proc/interrupts
controllers()
{
	local irq

	for irq in $(nic_irqs); do
		grep -E "^ *$irq:" /proc/interrupts
	done | grep -oE '(IO-APIC|PCI-MSI[^ ]*|XT-PIC)' | sort -u
}

check_interrupts()
{
	local at vectors=0 pin kind lines

	at=$(capabilities 17 | head -n 1)
	[ -z "$at" ] || vectors=$((($(le $((at + 2)) 2) & 0x7ff) + 1))
	pin=${config[0x3d]}
	kind=$(controllers | paste -s -d ' ')
	lines=$(nic_interrupts | wc -l)
	diag "$vectors vectors, pin $pin: $lines in use, of $kind"
	if [ "$vectors" -ge 2 ]; then
		check "vectors: they are in use" has_msix
		check_num "no more than there are" "$lines" -le "$vectors"
		check_num "and MSI-X is on" \
			$(($(le $((at + 2)) 2) >> 15)) -eq 1
	elif [ "$pin" != 0 ]; then
		check_refused "no vector for each kind: none is in use" has_msix
		check_num "but the line" "$lines" -eq 1
		[ -z "$at" ] || check_num "and MSI-X is off" \
			$(($(le $((at + 2)) 2) >> 15)) -eq 0
	else
		check_num "no line: the one vector" "$lines" -eq 1
	fi
	count_start
	check "datagrams and a stream" traffic verify --server ".,$LOCAL4" \
		--client "$PEERNS,$PEER4" --udp 1-200 --tcp 100000
	count_stop
	check_delta "interrupts came" irqs -ge 1
}

# every VF that there is now
virtual_functions()
{
	local link

	for link in "$sysfs"/virtfn*; do
		[ ! -e "$link" ] || basename "$(readlink -f "$link")"
	done
}

vf_driver()
{
	basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"
}

check_virtual_functions()
{
	local total vf

	total=$(cat "$sysfs/sriov_totalvfs" 2> /dev/null || echo 0)
	if [ "$total" = 0 ]; then
		skip "virtual functions" "the device has no SR-IOV capability"
		check_refused "SR_IOV is not in use" has_feature "$F_SR_IOV"
		return
	fi
	check "SR_IOV is in use" has_feature "$F_SR_IOV"
	on_exit put_knob 0 "$sysfs/sriov_numvfs"
	set_knob 0 "$sysfs/sriov_drivers_autoprobe"
	check_refused "one more than $total is refused" \
		put_knob $((total + 1)) "$sysfs/sriov_numvfs"
	check "$total virtual functions" put_knob "$total" \
		"$sysfs/sriov_numvfs"
	check_num "there they are" "$(virtual_functions | wc -l)" -eq "$total"
	vf=$(virtual_functions | head -n 1)
	put_knob vionic "/sys/bus/pci/devices/$vf/driver_override"
	check "one is bound" put_knob "$vf" /sys/bus/pci/drivers_probe
	check_eq "by the same driver" "$(vf_driver "$vf")" vionic
	check_num "it has an interface" \
		"$(find "/sys/bus/pci/devices/$vf/net" -mindepth 1 \
			-maxdepth 1 | wc -l)" -eq 1
	check "the NIC goes on" can_ping
	check "none" put_knob 0 "$sysfs/sriov_numvfs"
	check_num "and they are gone" "$(virtual_functions | wc -l)" -eq 0
	check "the NIC still goes on" can_ping
}

# Another NIC, in-tree's and not the peer's, whose device would go past the
# IOMMU that it is behind
past_iommu()
{
	local features dev

	for features in "$1"/devices/*/virtio*/features; do
		dev=$(readlink -f "${features%/*/*}")
		[ -n "$(ls "${features%/*}/net" 2> /dev/null)" ] &&
			translated "$dev" &&
			[ "$(cut -c $((F_ACCESS_PLATFORM + 1)) "$features")" = 0 ] &&
			basename "$dev"
	done | head -n 1
}

check_past_iommu()
{
	local dev drivers=/sys/bus/pci/drivers

	dev=$(past_iommu /sys/bus/pci)
	if [ -z "$dev" ]; then
		skip "a device that goes past its IOMMU" "there is none"
		return
	fi
	check_refused "$dev, which goes past its IOMMU, is refused" \
		"$VIONIC_BIND" bind "$dev"
	check "the log says why" grep -qE \
		"$dev: .*behind an IOMMU .*ACCESS_PLATFORM" <<< "$(dmesg)"
	check "who had it has it again" [ -e "$drivers/virtio-pci/$dev" ]
}

net_setup
ours || skip_all "$DRIVER does not show what it uses"
sysfs=/sys/bus/pci/devices/$NIC_PCI
read_config
check_interface
check_offered
check_interrupts
check_virtual_functions
check_past_iommu
ksft_done
