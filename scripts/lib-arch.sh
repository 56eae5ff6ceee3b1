# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Architectures of guests, by Debian's names, and what differs between them: for
# scripts that have sourced lib.sh.
#
# shellcheck disable=SC2034

ARCHS="amd64 arm64 s390x"

# use_arch NAME: sets
#
#	arch		it
#	arch_suffix	of what is made for it, in the cache and in build/
#	arch_kernels	kernels that there are for it
#	arch_watchers	likewise, those that are built here
#	arch_qemu	QEMU's name for it, and the package with that QEMU
#	arch_machines	machines to emulate, the usual one first
#	arch_cpu	the fastest of the CPUs that an emulator has
#	arch_image	what is booted, in the cache of a kernel
#	arch_ports	the guest's names of three terminals: the kernel's console,
#			what is printed, and the way to the host
#	arch_nic	PCI address of the NIC under test, in the guest
#	arch_properties	that NIC has to have, for QEMU
#	arch_slowness	by which time limits are to be multiplied
#	arch_triplet	GNU name, prefix of the compiler's; none if this machine's
#	arch_packages	for this machine to emulate it
use_arch() {
	arch=$1 arch_slowness=3 arch_suffix=-$1 arch_kernels=6.1 arch_image=image
	arch_nic=0000:00:10.0 arch_properties='' arch_watchers=''
	case $1 in
	amd64)
		arch_suffix='' arch_slowness=1 arch_kernels=$KERNELS arch_image=vmlinux
		arch_watchers=$WATCHERS
		arch_qemu=x86_64 arch_packages=qemu-system-x86
		arch_machines="pc q35 microvm"
		# what the CPU does fast by bytes, its emulation does slowly
		arch_cpu=max,-erms,-fsrm
		arch_ports="ttyS0 ttyS1 ttyS2" arch_triplet=
		;;
	arm64)
		arch_qemu=aarch64 arch_packages=qemu-system-arm
		arch_machines=virt
		# the architecture's own algorithm of pointer authentication
		# would take half of the time
		arch_cpu=max,pauth-impdef=on
		arch_ports="ttyAMA0 hvc0 hvc1"
		arch_triplet=aarch64-linux-gnu
		;;
	s390x)
		arch_qemu=s390x arch_packages=qemu-system-misc
		arch_machines=s390-ccw-virtio
		arch_cpu=max
		arch_ports="ttysclp0 hvc0 hvc1"
		arch_triplet=s390x-linux-gnu
		# a domain for each function, by the user's identifier of it
		arch_nic=0010:00:00.0
		# where DMA is translated, always
		arch_properties=disable-legacy=on,iommu_platform=on
		;;
	*)
		usage_error "no such architecture: $1 (there are $ARCHS)" ;;
	esac
	[ -z "$arch_triplet" ] ||
		arch_packages+=" binutils-${arch_triplet/_/-}"
}

# kernel_dir KERNEL: where setup puts it
kernel_dir() { echo "$CACHE/kernel-$1$arch_suffix"; }

# has_kernel KERNEL: for the architecture in use
has_kernel() {
	case " $arch_kernels $arch_watchers " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}
