#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh OUTDIR - builds OUTDIR/guest.elf and OUTDIR/guest.img
#
# It needs gcc, GNU as, ld and objcopy for x86.  It needs no multilib: no library
# and no header of a 32-bit system is used, only <linux/serial_reg.h>.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 OUTDIR" >&2
    exit 2
fi
here=$(CDPATH='' cd "$(dirname "$0")" && pwd)
out=$1
objects=$out/guest-objects
CC=${GUEST_CC:-gcc}
LD=${GUEST_LD:-ld}
OBJCOPY=${GUEST_OBJCOPY:-objcopy}

# The compiler makes code for a plain 686, without x87 and SSE, so that Xen need not
# save and restore such registers.  It must not turn loops into calls of memcpy:
# memory.c would call itself.
flags="-std=gnu11 -m32 -march=i686 -mgeneral-regs-only -O2 -g0
    -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none
    -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns
    -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes"

mkdir -p "$objects"
rm -f "$objects"/*.o
for source in "$here"/*.c "$here"/start.S "$here"/interrupt_entry.S "$here"/processor_entry.S; do
    name=$(basename "$source")
    # shellcheck disable=SC2086 # flags is a list of words
    $CC $flags -c -o "$objects/${name%.*}.o" "$source"
done
$LD -m elf_i386 --build-id=none -z noexecstack --no-warn-rwx-segments \
    -T "$here/guest.ld" -o "$out/guest.elf" "$objects"/*.o

# The floppy is the boot sector, the program and zeros up to 1.44 MB.
$OBJCOPY -O binary "$out/guest.elf" "$objects/program.bin"
bytes=$(wc -c <"$objects/program.bin")
sectors=$(((bytes + 511) / 512))
$CC -m32 -c -Wa,--defsym,PROGRAM_SECTORS=$sectors \
    -o "$objects/boot.sector.o" "$here/boot.S"
$LD -m elf_i386 --build-id=none --oformat binary -Ttext 0x7c00 -e boot \
    -o "$objects/boot.bin" "$objects/boot.sector.o"
cat "$objects/boot.bin" "$objects/program.bin" >"$out/guest.img"
truncate -s 1474560 "$out/guest.img"

# The ROM is for selftest.py.
$CC -m32 -c -Wa,-I,"$objects" -o "$objects/rom.sector.o" "$here/rom.S"
$LD -m elf_i386 --build-id=none --oformat binary -Ttext 0 -e 0 \
    -o "$objects/guest.rom" "$objects/rom.sector.o"
echo "$out/guest.elf $out/guest.img: program of $bytes bytes"
