// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which addresses a URL of a tenant may lead to: public ones, and those of the networks that the operator allows. Immutable.
 *
 * <p>Refused are "this host", loopback, private, carrier-grade NAT, link-local with the metadata services, unique local,
 * multicast, documentation, benchmark and reserved addresses of IPv4 and IPv6; and IPv6 addresses that hold one of those
 * (IPv4-mapped and -compatible, NAT64, 6to4, Teredo). Source: the special-purpose registries of IANA (RFC 6890).
 */
public final class AddressRules implements Predicate<InetAddress> {
    private static final List<Network> REFUSED = List.of(
            Network.parse("0.0.0.0/8"),
            Network.parse("10.0.0.0/8"),
            Network.parse("100.64.0.0/10"), // and Alibaba's metadata service, 100.100.100.200
            Network.parse("127.0.0.0/8"),
            Network.parse("168.63.129.16/32"), // Azure's wire server
            Network.parse("169.254.0.0/16"), // and nearly everybody's metadata service, 169.254.169.254
            Network.parse("172.16.0.0/12"),
            Network.parse("192.0.0.0/24"),
            Network.parse("192.0.2.0/24"),
            Network.parse("192.88.99.0/24"),
            Network.parse("192.168.0.0/16"),
            Network.parse("198.18.0.0/15"),
            Network.parse("198.51.100.0/24"),
            Network.parse("203.0.113.0/24"),
            Network.parse("224.0.0.0/3"), // multicast, reserved, broadcast
            Network.parse("::/96"), // unspecified, loopback, IPv4-compatible
            Network.parse("100::/64"),
            Network.parse("2001::/23"), // Teredo and other special ones
            Network.parse("2001:db8::/32"),
            Network.parse("fc00::/7"), // and AWS's metadata service, fd00:ec2::254
            Network.parse("fe80::/10"),
            Network.parse("fec0::/10"),
            Network.parse("ff00::/8"));

    private static final Network NAT64 = Network.parse("64:ff9b::/96");
    private static final Network LOCAL_NAT64 = Network.parse("64:ff9b:1::/48");
    private static final Network SIX_TO_FOUR = Network.parse("2002::/16");
    private static final Network MAPPED = new Network(mapped(), 96);

    private final List<Network> allowed;

    private AddressRules(List<Network> allowed) {
        this.allowed = allowed;
    }

    /**
     * Public addresses and these networks, such as {@code 10.1.0.0/16} or {@code fd00::/8}.
     *
     * @throws IllegalArgumentException if one is not a network
     */
    public static AddressRules allowing(List<String> networks) {
        return new AddressRules(networks.stream().map(Network::parse).toList());
    }

    private static byte[] mapped() {
        byte[] bytes = new byte[16];
        bytes[10] = (byte) 0xff;
        bytes[11] = (byte) 0xff;
        return bytes;
    }

    /** Whether the address may be connected to. */
    @Override
    public boolean test(InetAddress address) {
        return isAllowed(address.getAddress());
    }

    private boolean isAllowed(byte[] address) {
        if (allowed.stream().anyMatch(network -> network.holds(address))) {
            return true;
        }
        if (address.length == 16 && (MAPPED.holds(address) || NAT64.holds(address))) {
            return isAllowed(Arrays.copyOfRange(address, 12, 16));
        }
        if (address.length == 16 && SIX_TO_FOUR.holds(address)) {
            return isAllowed(Arrays.copyOfRange(address, 2, 6));
        }
        return !LOCAL_NAT64.holds(address) && REFUSED.stream().noneMatch(network -> network.holds(address));
    }

    /** The addresses that begin with the same bits. */
    private record Network(byte[] address, int bits) {
        static Network parse(String text) {
            int slash = text.indexOf('/');
            String host = slash < 0 ? text : text.substring(0, slash);
            try {
                // only figures: a name would be looked up
                if (host.matches("[0-9a-fA-F:.]+")
                        && (host.indexOf(':') >= 0 || host.matches("[0-9]+(\\.[0-9]+){3}"))) {
                    InetAddress parsed = InetAddress.getByName(host);
                    int most = parsed instanceof Inet4Address ? 32 : 128;
                    int bits = slash < 0 ? most : bits(text.substring(slash + 1));
                    if (bits >= 0 && bits <= most) {
                        return new Network(parsed.getAddress(), bits);
                    }
                }
            } catch (UnknownHostException malformed) {
                // said below
            }
            throw new IllegalArgumentException("network: " + text + " (expected: ADDRESS/BITS)");
        }

        private static int bits(String text) {
            return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
        }

        boolean holds(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = bits / 8;
            if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
                return false;
            }
            int mask = 0xff00 >> bits % 8 & 0xff;
            return mask == 0 || ((address[whole] ^ other[whole]) & mask) == 0;
        }
    }

    /** Texts that are no networks, of those given. */
    public static List<String> malformed(List<String> networks) {
        List<String> wrong = new ArrayList<>();
        for (String text : networks) {
            try {
                Network.parse(text);
            } catch (IllegalArgumentException e) {
                wrong.add(text);
            }
        }
        return wrong;
    }
}
