// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRulesTest {
    private static boolean isAllowed(AddressRules rules, String address) throws UnknownHostException {
        return rules.test(InetAddress.getByName(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "127.255.255.254",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "100.100.100.200",
                "169.254.169.254",
                "169.254.0.1",
                "168.63.129.16",
                "192.0.0.1",
                "192.0.2.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.7",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::10.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:169.254.169.254",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1",
                "64:ff9b::7f00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::1",
                "2002:7f00:1::",
                "2002:c0a8:101::1",
                "2001::1",
                "2001:db8::1",
                "100::1"
            })
    void test_specialAddress_isRefused(String address) throws UnknownHostException {
        assertThat(isAllowed(AddressRules.allowing(List.of()), address)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00:1450::1",
                "64:ff9b::101:101",
                "2002:101:101::1"
            })
    void test_publicAddress_isAllowed(String address) throws UnknownHostException {
        assertThat(isAllowed(AddressRules.allowing(List.of()), address)).isTrue();
    }

    @Test
    void test_mappedBytes_areSeenThrough() {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        mapped[12] = 127;
        mapped[15] = 1;
        AddressRules rules = AddressRules.allowing(List.of());
        // Java itself makes IPv4 of such bytes in most places, but not in all
        assertThat(rules.test(new RawAddress(mapped).asInet())).isFalse();
    }

    private record RawAddress(byte[] bytes) {
        InetAddress asInet() {
            try {
                return java.net.Inet6Address.getByAddress(null, bytes, 0);
            } catch (UnknownHostException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    @Test
    void allowing_network_allowsItAndNothingBeside() throws UnknownHostException {
        AddressRules rules = AddressRules.allowing(List.of("10.1.0.0/20", "fd12::/16", "127.0.0.1"));
        assertThat(isAllowed(rules, "10.1.15.255")).isTrue();
        assertThat(isAllowed(rules, "10.1.16.0")).isFalse();
        assertThat(isAllowed(rules, "fd12:1::1")).isTrue();
        assertThat(isAllowed(rules, "fd13::1")).isFalse();
        assertThat(isAllowed(rules, "127.0.0.1")).isTrue();
        assertThat(isAllowed(rules, "127.0.0.2")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10", "10.0.0.0/33", "10.0.0.0/-1", "localhost/8", "fd00::/129", "10.0.0.0/8/8", "1.2.3.4.5"
            })
    void allowing_noNetwork_isRefusedByItsText(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AddressRules.allowing(List.of(text)))
                .withMessageContaining("ADDRESS/BITS");
        assertThat(AddressRules.malformed(List.of("10.0.0.0/8", text))).containsExactly(text);
    }
}
