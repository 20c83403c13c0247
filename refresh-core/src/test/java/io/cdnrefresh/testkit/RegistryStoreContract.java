// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.Tenant;
import io.cdnrefresh.spi.Access;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistryChange.DeviceHeld;
import io.cdnrefresh.spi.RegistryChange.DeviceMoved;
import io.cdnrefresh.spi.RegistryChange.DeviceSeen;
import io.cdnrefresh.spi.RegistryChange.HostPut;
import io.cdnrefresh.spi.RegistryChange.HostRemoved;
import io.cdnrefresh.spi.RegistryChange.KeyPut;
import io.cdnrefresh.spi.RegistryChange.KeyRemoved;
import io.cdnrefresh.spi.RegistryChange.PausePut;
import io.cdnrefresh.spi.RegistryChange.PauseRemoved;
import io.cdnrefresh.spi.RegistryChange.TenantPut;
import io.cdnrefresh.spi.RegistryChange.TenantRemoved;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link RegistryStore} promises. Implementations extend it and pass it. */
public abstract class RegistryStoreContract {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00.123Z");

    private RegistryStore registry;

    /** A new registry with nothing in it. */
    protected abstract RegistryStore openRegistry();

    /** Closes what {@link #openRegistry} gave. */
    protected abstract void closeRegistry(RegistryStore opened);

    @BeforeEach
    final void openIt() {
        registry = openRegistry();
    }

    @AfterEach
    final void closeIt() {
        closeRegistry(registry);
    }

    @Test
    void apply_deviceHeld_staysAsTheOperatorWantsUntilItIsReleased() {
        Device.Hold hold = new Device.Hold("disk of the rack, größer", NOON.plusSeconds(60));
        registry.apply(List.of(seen("h", "eu", "1.0"), new DeviceHeld("h", DeviceState.MAINTENANCE, NOON, hold)));
        registry.apply(List.of(new DeviceMoved("h", DeviceState.ONLINE, NOON.plusSeconds(5))));
        assertThat(registry.load().devices().get(0).state()).isEqualTo(DeviceState.MAINTENANCE);
        assertThat(registry.load().devices().get(0).hold()).isEqualTo(hold);
        registry.apply(List.of(new DeviceHeld("h", DeviceState.ONLINE, NOON.plusSeconds(9), null)));
        assertThat(registry.load().devices().get(0).isHeld()).isFalse();
        registry.apply(List.of(new DeviceMoved("h", DeviceState.OFFLINE, NOON.plusSeconds(10))));
        assertThat(registry.load().devices().get(0).state()).isEqualTo(DeviceState.OFFLINE);
    }

    @Test
    void claimEngine_newId_isTheFirstEpoch() {
        EngineClaim claim = registry.claimEngine(OptionalInt.of(1_023), "a", LONG);
        assertThat(claim.epoch().engine()).isEqualTo(1_023);
        assertThat(claim.epoch().epoch()).isEqualTo(1);
        assertThat(claim.isRestart()).isFalse();
    }

    @Test
    void claimEngine_auto_takesTheLowestFreeId() {
        registry.claimEngine(OptionalInt.of(1), "x", LONG);
        assertThat(auto("a")).isEqualTo(0);
        assertThat(auto("b")).isEqualTo(2);
        assertThat(auto("a")).as("the same owner comes back").isEqualTo(0);
    }

    @Test
    void claimEngine_liveClaimOfAnother_isRefused() {
        registry.claimEngine(OptionalInt.of(3), "a", LONG);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> registry.claimEngine(OptionalInt.of(3), "b", LONG))
                .withMessageContaining("3")
                .returns(Category.PERMANENT, StoreException::category);
        assertThat(registry.claimEngine(OptionalInt.of(3), "a", LONG).epoch().epoch())
                .as("a refused claim raises nothing")
                .isEqualTo(2);
    }

    @Test
    void claimEngine_sameOwnerOrLeaseRunOut_raisesTheEpochForEver() {
        EngineClaim first = registry.claimEngine(OptionalInt.of(3), "a", LONG);
        EngineClaim second = registry.claimEngine(OptionalInt.of(3), "a", Duration.ofMillis(1));
        assertThat(second.isRestart()).isTrue();
        assertThat(second.epoch().epoch()).isEqualTo(first.epoch().epoch() + 1);
        await().until(() -> isClaimed(3, "b", Duration.ofMillis(1)));
        EngineClaim fourth = await().until(() -> registry.claimEngine(OptionalInt.of(3), "b", LONG), claim -> true);
        assertThat(fourth.epoch().epoch()).isEqualTo(first.epoch().epoch() + 3);
    }

    @Test
    void claimEngine_autoAfterALeaseRanOut_takesThatIdAgain() {
        registry.claimEngine(OptionalInt.of(0), "a", Duration.ofMillis(1));
        await().until(() -> isClaimed(0, "b", LONG));
        assertThat(auto("c")).isEqualTo(1);
    }

    @Test
    void claimEngine_autoByManyAtOnce_givesEachItsOwn() throws Exception {
        List<FutureTask<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String owner = "owner" + i;
            calls.add(StoreContract.inThread(() -> StoreContract.untilAccepted(() -> auto(owner))));
        }
        List<Integer> ids = new ArrayList<>();
        for (FutureTask<Integer> call : calls) {
            ids.add(call.get());
        }
        assertThat(ids).containsExactlyInAnyOrder(0, 1, 2, 3);
    }

    @Test
    void renewEngine_ownClaim_keepsItAlive() {
        EngineClaim claim = registry.claimEngine(OptionalInt.of(3), "a", Duration.ofMillis(1));
        assertThat(registry.renewEngine(claim, "a", LONG)).isTrue();
        assertThat(registry.renewEngine(claim, "a", LONG)).isTrue();
        assertThat(isClaimed(3, "b", LONG)).isFalse();
    }

    @Test
    void renewEngine_otherOwnerOrEpoch_isRefused() {
        EngineClaim claim = registry.claimEngine(OptionalInt.of(3), "a", LONG);
        assertThat(registry.renewEngine(claim, "b", LONG)).isFalse();
        registry.claimEngine(OptionalInt.of(3), "a", LONG);
        assertThat(registry.renewEngine(claim, "a", LONG)).isFalse();
    }

    @Test
    void load_nothingRegistered_isEmpty() {
        RegistrySnapshot empty = registry.load();
        assertThat(empty.devices()).isEmpty();
        assertThat(empty.hosts()).isEmpty();
    }

    @Test
    void apply_newDevices_getRisingOrdinals() {
        RegistrySnapshot after = registry.apply(List.of(seen("d1", "eu", "1.0"), seen("d0", "us", "1.1")));
        assertThat(after.devices())
                .containsExactly(
                        new Device(0, "d1", "eu", "edge", DeviceState.ONLINE, "1.0", NOON),
                        new Device(1, "d0", "us", "edge", DeviceState.ONLINE, "1.1", NOON));
        assertThat(registry.load()).isEqualTo(after);
    }

    @Test
    void apply_knownDevice_keepsOrdinalStateAndSince() {
        registry.apply(List.of(seen("d", "eu", "1.0"), new DeviceMoved("d", DeviceState.OFFLINE, NOON.plusSeconds(5))));
        RegistrySnapshot after = registry.apply(
                List.of(new DeviceSeen("d", "us", "parent", "2.0", DeviceState.ONLINE, NOON.plusSeconds(9))));
        assertThat(after.devices())
                .containsExactly(new Device(0, "d", "us", "parent", DeviceState.OFFLINE, "2.0", NOON.plusSeconds(5)));
    }

    @Test
    void apply_removedDevice_keepsItsOrdinalForEver() {
        registry.apply(List.of(seen("d0", "eu", "1"), seen("d1", "eu", "1")));
        registry.apply(List.of(new DeviceMoved("d1", DeviceState.REMOVED, NOON)));
        RegistrySnapshot after = registry.apply(List.of(seen("d2", "eu", "1"), seen("d1", "eu", "2")));
        assertThat(after.devices()).extracting(Device::id).containsExactly("d0", "d1", "d2");
        assertThat(after.devices()).extracting(Device::ordinal).containsExactly(0, 1, 2);
        assertThat(after.devices().get(1).state()).isEqualTo(DeviceState.REMOVED);
    }

    @Test
    void apply_idsThatDifferInCase_areTwoDevices() {
        assertThat(registry.apply(List.of(seen("d", "eu", "1"), seen("D", "eu", "1")))
                        .devices())
                .hasSize(2);
    }

    @Test
    void apply_unknownDeviceMoved_isIgnored() {
        assertThat(registry.apply(List.of(new DeviceMoved("nobody", DeviceState.OFFLINE, NOON)))
                        .devices())
                .isEmpty();
    }

    @Test
    void apply_anyChange_raisesTheVersion() {
        long before = registry.load().version();
        RegistrySnapshot first = registry.apply(List.of(seen("d", "eu", "1")));
        RegistrySnapshot second = registry.apply(List.of(new DeviceMoved("d", DeviceState.SUSPECT, NOON)));
        assertThat(first.version()).isGreaterThan(before);
        assertThat(second.version()).isGreaterThan(first.version());
        assertThat(registry.apply(List.of())).isEqualTo(second);
    }

    @Test
    void apply_hostRules_areReplacedAndRemovedInOrder() {
        HostRule www = new HostRule(
                "www.example.com",
                "shop",
                List.of("eu", "us"),
                "{host}{path}",
                List.of("Accept-Encoding: gzip", "X: ü"),
                List.of("https"));
        HostRule star = new HostRule("*.example.com", "", List.of(), "", List.of(), List.of());
        HostRule other = new HostRule("www.example.com", "press", List.of(), "", List.of(), List.of());
        assertThat(registry.apply(List.of(new HostPut(www), new HostPut(star))).hosts())
                .containsExactly(star, www);
        assertThat(registry.apply(List.of(new HostPut(other), new HostRemoved("*.example.com")))
                        .hosts())
                .containsExactly(other);
        assertThat(registry.apply(List.of(new HostRemoved("nobody.example"), new HostRemoved("www.example.com")))
                        .hosts())
                .isEmpty();
    }

    @Test
    void apply_pauses_areKeptByTextOnceAndLiftedExactly() {
        PauseRule all = new PauseRule(null, null, null, null);
        PauseRule one = new PauseRule("shop", TaskKind.PREFIX, "eu.1", new TaskId(1L << 62));
        PauseRule tenant = new PauseRule("shop", null, null, null);
        RegistrySnapshot paused =
                registry.apply(List.of(new PausePut(one), new PausePut(all), new PausePut(tenant), new PausePut(one)));
        assertThat(paused.pauses()).containsExactly(all, tenant, one);
        assertThat(registry.load()).isEqualTo(paused);
        assertThat(registry.apply(List.of(new PauseRemoved(tenant), new PauseRemoved(tenant)))
                        .pauses())
                .containsExactly(all, one);
        assertThat(registry.load().pauses()).containsExactly(all, one);
        assertThat(registry.apply(List.of(new PauseRemoved(all), new PauseRemoved(one), new PausePut(tenant)))
                        .pauses())
                .containsExactly(tenant);
        assertThat(registry.load().pauses()).containsExactly(tenant);
    }

    @Test
    void apply_sameNewDevicesByManyThreads_getsEachOneOrdinal() throws Exception {
        List<FutureTask<RegistrySnapshot>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            List<RegistryChange> changes = new ArrayList<>();
            for (int k = 0; k < 20; k++) {
                changes.add(seen("d" + (i % 2 == 0 ? k : 19 - k), "eu", "1"));
            }
            calls.add(StoreContract.inThread(() -> StoreContract.untilAccepted(() -> registry.apply(changes))));
        }
        for (FutureTask<RegistrySnapshot> call : calls) {
            call.get();
        }
        List<Device> devices = registry.load().devices();
        assertThat(devices).hasSize(20);
        assertThat(devices.get(19).ordinal()).isEqualTo(19);
    }

    @Test
    void auditLog_records_areNewestFirst() {
        assertThat(registry.auditLog(10)).isEmpty();
        AuditRecord first = record("task.submit", "x".repeat(1_000));
        AuditRecord second = record("device.state", "Zürich 日本 😀");
        AuditRecord third = record("drain", "");
        registry.audit(List.of(first, second));
        registry.audit(List.of(third));
        registry.audit(List.of());
        assertThat(registry.auditLog(2)).containsExactly(third, second);
        assertThat(registry.auditLog(1_000)).containsExactly(third, second, first);
    }

    @Test
    void auditLog_longDetail_isCut() {
        registry.audit(List.of(record("drain", "y".repeat(1_001))));
        assertThat(registry.auditLog(1).get(0).detail()).isEqualTo("y".repeat(1_000));
    }

    @Test
    void auditLog_filterAndPlace_giveTheNextPage() {
        for (int i = 0; i < 5; i++) {
            registry.audit(List.of(
                    new AuditRecord(NOON.plusSeconds(i), i % 2 == 0 ? "ops" : "ci", "shop", "key.add", "k" + i, "")));
        }
        AuditFilter ops = new AuditFilter(NOON.plusSeconds(1), "ops", "key.add", "shop");
        List<AuditFilter.Entry> page = registry.auditLog(ops, Long.MAX_VALUE, 1);
        assertThat(page).extracting(entry -> entry.record().subject()).containsExactly("k4");
        assertThat(registry.auditLog(ops, page.get(0).place(), 10))
                .extracting(entry -> entry.record().subject())
                .containsExactly("k2");
        assertThat(registry.auditLog(new AuditFilter(null, null, null, "rival"), Long.MAX_VALUE, 10))
                .isEmpty();
    }

    @Test
    void apply_tenantsAndKeys_areThereWithAllTheyHave() {
        Tenant shop = new Tenant("shop", RateLimit.parse("1000/s 5000000/d"), NOON);
        ApiKey full = new ApiKey(
                "abc",
                "shop-ci",
                "shop",
                new Rights(
                        List.of("www.shop.test", "**.shop.test"),
                        Set.of(TaskKind.URL, TaskKind.REGEX),
                        false,
                        List.of("eu", "us"),
                        RateLimit.parse("10/s")),
                "a".repeat(64),
                "b".repeat(64),
                NOON.plusSeconds(60),
                NOON,
                NOON.plusSeconds(3_600));
        ApiKey plain = new ApiKey("ops", "ops", "", Rights.ALL, "c".repeat(64), "", null, NOON, null);
        RegistrySnapshot after = registry.apply(List.of(new TenantPut(shop), new KeyPut(full), new KeyPut(plain)));
        assertThat(after.access()).isEqualTo(new Access(List.of(shop), List.of(full, plain)));
        assertThat(registry.load()).isEqualTo(after);

        ApiKey rotated = new ApiKey("ops", "ops", "", Rights.NONE, "d".repeat(64), "", null, NOON, NOON.plusSeconds(1));
        Tenant slower = new Tenant("shop", List.of(), NOON);
        registry.apply(List.of(new KeyPut(rotated), new KeyRemoved("abc"), new TenantPut(slower)));
        assertThat(registry.load().access()).isEqualTo(new Access(List.of(slower), List.of(rotated)));
        RegistrySnapshot gone = registry.apply(List.of(new TenantRemoved("shop"), new KeyRemoved("nobody")));
        assertThat(gone.access()).isEqualTo(new Access(List.of(), List.of(rotated)));
        assertThat(registry.load()).isEqualTo(gone);
        assertThat(gone.version()).isEqualTo(after.version() + 2);
    }

    private int auto(String owner) {
        return registry.claimEngine(OptionalInt.empty(), owner, LONG).epoch().engine();
    }

    private boolean isClaimed(int id, String owner, Duration lease) {
        try {
            registry.claimEngine(OptionalInt.of(id), owner, lease);
            return true;
        } catch (StoreException stillAlive) {
            assertThat(stillAlive.category()).isEqualTo(Category.PERMANENT);
            return false;
        }
    }

    private static DeviceSeen seen(String id, String group, String version) {
        return new DeviceSeen(id, group, "edge", version, DeviceState.ONLINE, NOON);
    }

    private static AuditRecord record(String action, String detail) {
        return new AuditRecord(NOON, "key-1", "tenant", action, "42", detail);
    }
}
