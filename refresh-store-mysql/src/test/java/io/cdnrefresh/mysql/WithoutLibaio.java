// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Lets a mysqld that is linked to libaio.so.1 start on a machine without it: its NEEDED entry is pointed at librt, which
 * it needs anyway, and the version it asks for is marked weak. Only with {@code --innodb-use-native-aio=0}, since the
 * functions are not there.
 */
final class WithoutLibaio {
    private static final int ELF_MAGIC = 0x464c457f;
    private static final int SECTION_VERSIONS_NEEDED = 0x6ffffffe;
    private static final int WEAK = 2;
    private static final byte[] OLD = "libaio.so.1\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "librt.so.1\0\0".getBytes(StandardCharsets.US_ASCII);

    private WithoutLibaio() {}

    static void patch(Path binary) throws IOException {
        byte[] file = Files.readAllBytes(binary);
        ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (elf.getInt(0) != ELF_MAGIC || file[4] != 2) {
            throw new IOException("not a 64-bit ELF file: " + binary);
        }
        int section = section(elf, SECTION_VERSIONS_NEEDED);
        if (section < 0) {
            return;
        }
        int strings = (int) elf.getLong(sectionAt(elf, elf.getInt(section + 40)) + 24);
        int at = (int) elf.getLong(section + 24);
        for (int i = elf.getInt(section + 44); i > 0; i--) {
            int name = strings + elf.getInt(at + 4);
            if (Arrays.equals(file, name, name + OLD.length, OLD, 0, OLD.length)) {
                // the NEEDED entry shares this string
                System.arraycopy(NEW, 0, file, name, NEW.length);
                markWeak(elf, at);
            }
            at += elf.getInt(at + 12);
        }
        Files.write(binary, file);
    }

    private static void markWeak(ByteBuffer elf, int library) {
        int version = library + elf.getInt(library + 8);
        for (int i = elf.getShort(library + 2); i > 0; i--) {
            elf.putShort(version + 4, (short) (elf.getShort(version + 4) | WEAK));
            version += elf.getInt(version + 12);
        }
    }

    private static int sectionAt(ByteBuffer elf, int index) {
        return (int) (elf.getLong(0x28) + (long) index * elf.getShort(0x3a));
    }

    private static int section(ByteBuffer elf, int type) {
        for (int i = 0; i < elf.getShort(0x3c); i++) {
            int section = sectionAt(elf, i);
            if (elf.getInt(section + 4) == type) {
                return section;
            }
        }
        return -1;
    }
}
