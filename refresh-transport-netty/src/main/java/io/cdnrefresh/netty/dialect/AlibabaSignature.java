// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.EngineClock;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Says whose request it is, by either of Alibaba Cloud's signatures: HMAC-SHA1 over the parameters (RPC style, version 1.0),
 * or ACS3-HMAC-SHA256 over request line, headers and body. The AccessKeyId is the id of a key, the AccessKeySecret its
 * signing secret. A request that was signed more than {@link #WINDOW} from now, or that was seen before, is refused.
 *
 * <p>Thread-safe; takes time in proportion to the body.
 */
final class AlibabaSignature {
    static final Duration WINDOW = Duration.ofMinutes(15);
    /** As long as a request can be repeated: it may have been signed by a clock that is ahead. */
    static final Duration MEMORY = WINDOW.multipliedBy(2);

    private static final int MAX_NONCES = 50_000;
    private static final String ACS3 = "ACS3-HMAC-SHA256";
    private static final Pattern AUTHORIZATION = Pattern.compile(
            ACS3 + " +Credential=([^,]{1,128}), *SignedHeaders=([^,]{1,1024}), *Signature=([0-9a-f]{64})");
    private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    /** What has to be signed: else it could be changed on the way. */
    private static final List<String> SIGNED = List.of(
            "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version");

    private final @Nullable UnaryOperator<String> secrets;
    private final EngineClock clock;
    private final Recent nonces;

    /**
     * What a signature has proven.
     *
     * @param keyId the key
     * @param use names this request among all of all keys
     */
    record Proof(String keyId, String use) {}

    /** Without {@code secrets} nothing is proven, and what the engine lets everybody do is what remains. */
    AlibabaSignature(@Nullable UnaryOperator<String> secrets, EngineClock clock) {
        this.secrets = secrets;
        this.clock = clock;
        nonces = new Recent(MAX_NONCES, MEMORY, clock);
    }

    /**
     * What the request's signature proves; null if it carries none, or none can be checked here.
     *
     * @param query its parameters
     * @param all those and the fields of its form
     * @throws Refusal if the signature is wrong, too old or seen before
     */
    @Nullable
    Proof proven(ApiRequest request, SortedMap<String, String> query, SortedMap<String, String> all) {
        String authorization = request.header("Authorization");
        if (secrets == null) {
            return null;
        }
        if (authorization != null) {
            return acs3(request, authorization, query);
        }
        return all.containsKey("Signature") ? rpc(request, all) : null;
    }

    private Proof rpc(ApiRequest request, SortedMap<String, String> all) {
        if (!"HMAC-SHA1".equals(all.get("SignatureMethod")) || !"1.0".equals(all.get("SignatureVersion"))) {
            throw incomplete("SignatureMethod HMAC-SHA1 and SignatureVersion 1.0");
        }
        StringBuilder canonical = new StringBuilder();
        for (Map.Entry<String, String> field : all.entrySet()) {
            if (!field.getKey().equals("Signature")) {
                canonical.append(canonical.isEmpty() ? "" : "&").append(Percent.encode(field.getKey()));
                canonical.append('=').append(Percent.encode(field.getValue()));
            }
        }
        String text = request.method() + "&%2F&" + Percent.encode(canonical.toString());
        String keyId = keyId(all.getOrDefault("AccessKeyId", ""));
        byte[] expected = mac("HmacSHA1", secret(keyId) + '&', text);
        byte[] given = Base64.getEncoder().encode(expected);
        if (!MessageDigest.isEqual(given, all.getOrDefault("Signature", "").getBytes(UTF_8))) {
            throw wrong();
        }
        return fresh(keyId, all.getOrDefault("Timestamp", ""), all.getOrDefault("SignatureNonce", ""));
    }

    private Proof acs3(ApiRequest request, String authorization, SortedMap<String, String> query) {
        Matcher parts = AUTHORIZATION.matcher(authorization);
        if (!parts.matches()) {
            throw incomplete(ACS3 + " Credential=…,SignedHeaders=…,Signature=…");
        }
        List<String> signed =
                Arrays.asList(parts.group(2).toLowerCase(Locale.ROOT).split(";", -1));
        if (!signed.containsAll(SIGNED)) {
            throw incomplete("signed headers " + String.join(", ", SIGNED));
        }
        String bodyHash = HexFormat.of().formatHex(sha256(request.body()));
        if (!bodyHash.equals(request.header("x-acs-content-sha256"))) {
            throw wrong();
        }
        StringBuilder text = new StringBuilder(request.method()).append("\n/\n");
        boolean isFirst = true;
        for (Map.Entry<String, String> field : query.entrySet()) {
            text.append(isFirst ? "" : "&").append(Percent.encode(field.getKey()));
            text.append('=').append(Percent.encode(field.getValue()));
            isFirst = false;
        }
        text.append('\n');
        for (String name : signed) {
            String value = request.header(name);
            text.append(name)
                    .append(':')
                    .append(value == null ? "" : value.strip())
                    .append('\n');
        }
        text.append('\n').append(String.join(";", signed)).append('\n').append(bodyHash);
        String hash = HexFormat.of().formatHex(sha256(text.toString().getBytes(UTF_8)));
        String keyId = keyId(parts.group(1));
        byte[] expected = mac("HmacSHA256", secret(keyId), ACS3 + '\n' + hash);
        if (!MessageDigest.isEqual(expected, HexFormat.of().parseHex(parts.group(3)))) {
            throw wrong();
        }
        return fresh(keyId, header(request, "x-acs-date"), header(request, "x-acs-signature-nonce"));
    }

    private static String header(ApiRequest request, String name) {
        String value = request.header(name);
        return value == null ? "" : value.strip();
    }

    /** After the signature is known to be right, so that nobody without a secret can fill the memory of nonces. */
    private Proof fresh(String keyId, String time, String nonce) {
        Instant signedAt;
        try {
            signedAt = Instant.parse(time);
        } catch (DateTimeException malformed) {
            throw new Refusal(
                    400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.");
        }
        if (Duration.between(signedAt, clock.now()).abs().compareTo(WINDOW) > 0) {
            throw new Refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
        }
        if (nonce.isEmpty() || nonce.length() > 128) {
            throw incomplete("a nonce of 1 to 128 characters");
        }
        String name = keyId + ' ' + nonce;
        if (nonces.get(name) != null) {
            throw used();
        }
        if (!nonces.put(name, "")) {
            throw new Refusal(429, "Throttling", "Request was denied due to request throttling.", 60);
        }
        return new Proof(keyId, name);
    }

    static Refusal used() {
        return new Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.");
    }

    private static String keyId(String text) {
        if (!KEY_ID.matcher(text).matches()) {
            throw new Refusal(401, "unknown-key", "Specified access key is not found.");
        }
        return text;
    }

    private String secret(String keyId) {
        if (secrets == null) {
            throw new IllegalStateException("no secrets");
        }
        return secrets.apply(keyId);
    }

    private static Refusal incomplete(String expected) {
        return new Refusal(400, "IncompleteSignature", "The request signature does not conform to: " + expected);
    }

    private static Refusal wrong() {
        return new Refusal(400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.");
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256", e); // every Java platform has it
        }
    }

    private static byte[] mac(String algorithm, String secret, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), algorithm));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(algorithm, e); // every Java platform has it
        }
    }
}
