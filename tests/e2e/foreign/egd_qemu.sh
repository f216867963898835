#!/bin/sh
# SPDX-License-Identifier: MIT
# QEMU's rng-egd: a guest of Debian's cloud kernel, emulated without KVM, reads 64
# bytes from /dev/hwrng, behind which is a virtio-rng device with the daemon as its
# backend. script/setup --ci puts the kernel into the cache.
set -eu

here=$(dirname -- "$0")
# shellcheck source=tests/e2e/foreign/egd.sh
. "$here/egd.sh"
needs qemu-system-x86_64 busybox cpio socat jq
guest=${XDG_CACHE_HOME:-${HOME-}/.cache}/entropyd/guest
set -- "$guest"/boot/vmlinuz-*
kernel=$1
[ -e "$kernel" ] ||
    skip "there is no kernel for the guest; script/setup --ci installs it"
modules=$guest/lib/modules/${kernel##*/vmlinuz-}/kernel/drivers

dir=$(mktemp -d "${TMPDIR:-/tmp}/entropyd-qemu.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# In the order in which they depend on each other.
mkdir -p "$dir/root/bin" "$dir/root/dev" "$dir/root/proc" "$dir/root/sys"
set -- virtio/virtio_ring virtio/virtio virtio/virtio_pci_modern_dev \
    virtio/virtio_pci_legacy_dev virtio/virtio_pci char/hw_random/virtio-rng
for module in "$@"; do
    cp "$modules/$module.ko" "$dir/root/"
done
cp "$(command -v busybox)" "$dir/root/bin/busybox"
cat >"$dir/root/init" <<END
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
/bin/busybox mount -t sysfs none /sys
for module in $*; do
    /bin/busybox insmod /\${module##*/}.ko
done
echo "GUEST kernel \$(/bin/busybox uname -r)"
echo "GUEST hwrng \$(/bin/busybox cat /sys/class/misc/hw_random/rng_current)"
echo "GUEST bytes \$(/bin/busybox dd if=/dev/hwrng bs=64 count=1 iflag=fullblock |
    /bin/busybox od -An -v -tx1 | /bin/busybox tr -d ' \n')"
/bin/busybox reboot -f
END
chmod 755 "$dir/root/init"
(cd "$dir/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$dir/initrd"

requests=$(count requests_total)
bytes=$(count bytes_total)
qemu-system-x86_64 --version | head -n 1
status=0
timeout 500 qemu-system-x86_64 -accel tcg -cpu max -m 128 -nodefaults \
    -no-user-config -no-reboot -display none -serial stdio \
    -kernel "$kernel" -initrd "$dir/initrd" \
    -append 'console=ttyS0 quiet panic=-1' \
    -chardev "socket,path=$egd,id=egd0" \
    -object rng-egd,chardev=egd0,id=rng0 \
    -device virtio-rng-pci,rng=rng0 \
    </dev/null >"$dir/console" 2>"$dir/errors" || status=$?
tr -d '\r' <"$dir/console" | grep '^GUEST ' || true
got=$(tr -d '\r' <"$dir/console" | sed -n 's/^GUEST bytes //p')
if [ "$status" != 0 ] || [ "${#got}" != 128 ] || ! is_random "$got"; then
    cat "$dir/console" "$dir/errors" >&2
    fail "QEMU ended with $status; the guest read '$got', not 64 random bytes"
fi
grep -q 'GUEST hwrng virtio_rng' "$dir/console" ||
    fail "the guest's hwrng is not virtio_rng"
moved requests_total 1 "$requests"
moved bytes_total 64 "$bytes"
