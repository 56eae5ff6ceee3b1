# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Which QEMU emulates which machine, what differs between them, and what this
# machine is good for: for scripts that have sourced lib.sh. What is meant for
# QEMU's command line comes as an array that is named in the comment.
#
# shellcheck disable=SC2034

# The last one is used if nobody says otherwise: bookworm's emulation may let a CPU run
# code as it was before another CPU changed it, and kernels hang or panic at an "int3"
# when tracing starts, the newest ones at any time. Nor can it share memory with the
# dpdk and device backends.
QEMUS="bookworm forky"

# one_of WORD WORDS
one_of() {
	case " $2 " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# qemu_items NAME: what scripts/setup has to have made for it
qemu_items() {
	[ "$1" = bookworm ] || echo qemu
}

# use_qemu NAME: sets qemu. bookworm's is this machine's own, forky's in the cache.
use_qemu() {
	local root=$CACHE/qemu/fs lib=$CACHE/qemu/fs/usr/lib/x86_64-linux-gnu

	qemu=("qemu-system-${arch_qemu:-x86_64}")
	[ "$1" != bookworm ] || return 0
	qemu=(env "QEMU_MODULE_DIR=$lib/qemu"
		"$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib"
		"$root/usr/bin/qemu-system-x86_64"
		-L "$root/usr/share/qemu" -L "$root/usr/share/seabios")
}

# qemu_lacks PROPERTIES: sets missing to the first of a NIC's properties, p=v,...,
# that the QEMU in use does not know. Fails if it knows them all.
declare -A nic_properties
qemu_lacks() {
	local key=${qemu[*]} p

	[ -n "${nic_properties[$key]:-}" ] ||
		nic_properties[$key]=$("${qemu[@]}" -device virtio-net-pci,help |
			sed -n 's/^ *\([^ =]*\)=<.*/ \1 /p')
	for p in ${1//,/ }; do
		missing=${p%%=*}
		[[ ${nic_properties[$key]} == *" $missing "* ]] || return 0
	done
	return 1
}

# bare_boot IMAGE OPTION...: what a kernel without a root file system says
bare_boot() {
	local image=$1
	shift

	timeout 20 "${qemu[@]}" "$@" -m 256M -nodefaults -no-user-config \
		-nographic -no-reboot -serial stdio -kernel "$image" \
		-append "console=ttyS0 panic=-1" < /dev/null 2>&1 | tr -d '\r'
}

# cached NAME COMMAND...: what it prints, found out once as long as this machine
# runs the same kernel
cached() {
	local file
	file=$CACHE/$1-$(uname -n)-$(uname -r)
	shift

	if [ ! -e "$file" ]; then
		"$@" > "$file.$$"
		mv "$file.$$" "$file"
	fi
	cat "$file"
}

# Does KVM work here? That a guest comes as far as having no root file system
# shows it.
try_kvm() {
	info "trying whether KVM works here"
	if bare_boot "$1" -accel kvm -cpu max |
		grep 'Kernel panic - not syncing: VFS' > /dev/null
	then
		echo yes
	else
		echo no
	fi
}

# kvm_works IMAGE
kvm_works() {
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	[ "$(cached kvm try_kvm "$1")" = yes ]
}

# An emulated CPU's clock counts at the rate of this machine's, in kHz
try_clock() {
	bare_boot "$1" -machine pc -accel tcg |
		sed -n 's/.*tsc: Detected \([0-9]*\)\.\([0-9]\{3\}\) MHz.*/\1\2/p'
}

# use_machine NAME IOMMU ACCELERATOR IMAGE THREADS: sets machine, and kernel_words,
# which the kernel wants to be told. Three serial ports follow: console, tap, host.
use_machine() {
	local ports=(-serial chardev:console)

	machine=(-machine "$1") kernel_words=
	# On a busy machine, ticks are not to be counted by wall time
	[[ $1 == virt || $1 == s390* ]] || kernel_words=no_timer_check
	# and the CPU's clock not compared with others, which are slow to read;
	# microvm has none. With a thread for each CPU it is left as it was: what
	# takes turns can't differ.
	if [[ $1 == microvm || $5 == single ]] && [ "$3" != kvm ]; then
		kernel_words+=" tsc=reliable"
		kernel_words+=" tsc_early_khz=$(cached clock try_clock "$4")"
	fi
	if [ "$1" = virt ] || [ "$1" = s390-ccw-virtio ]; then
		case $1 in
		virt) machine[1]+=,gic-version=3 ;;
		*) machine+=(-device "zpci,uid=16,fid=16,target=nic") ;;
		esac
		# they have one serial port
		ports+=(-device "virtio-serial-pci,id=ports"
			-device "virtconsole,bus=ports.0,chardev=tap"
			-device "virtconsole,bus=ports.0,chardev=host")
	elif [ "$1" = microvm ]; then
		# PCI is found by ACPI, whose tables its other firmware puts
		# where the initrd is; of the serial ports, one is its own
		machine[1]+=,pcie=on,acpi=on,rtc=on
		machine+=(-bios qboot.rom)
		ports+=(-device "isa-serial,index=1,chardev=tap"
			-device "isa-serial,index=2,chardev=host")
	else
		ports+=(-serial chardev:tap -serial chardev:host)
	fi
	if [ -n "$2" ]; then
		machine+=(-device "intel-iommu,intremap=on,device-iotlb=on")
		kernel_words+=" intel_iommu=on"
	fi
	machine+=("${ports[@]}")
}
