// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The Lua scripts. Each touches only its KEYS, all of one hash tag, and may be repeated after an unknown end: a repeat
 * changes nothing that it should not.
 *
 * @param text what Redis runs
 * @param sha its name in Redis' script cache
 * @param output what it returns
 */
record Script(String text, String sha, ScriptOutputType output) {
    /**
     * Renews or acquires: 1 = was mine and is renewed, 2 = was free and is mine now, 0 = another's.
     *
     * <p>KEYS lock; ARGV owner, ttl in ms.
     */
    static final Script LEASE = of(ScriptOutputType.INTEGER, """
            local holder = redis.call('get', KEYS[1])
            if holder == ARGV[1] then
              redis.call('pexpire', KEYS[1], ARGV[2])
              return 1
            end
            if holder then return 0 end
            redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return 2
            """);

    /** Deletes a lock if it is mine. KEYS lock; ARGV owner. */
    static final Script RELEASE = of(ScriptOutputType.INTEGER, """
            if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
            return 0
            """);

    /**
     * Renews a member unless a newer epoch of it is there; drops those whose lease is over; lists the rest.
     *
     * <p>KEYS hash of members, sorted set of their ends in ms of Redis' clock; ARGV ttl in ms and, to renew, id, epoch,
     * words.
     */
    static final Script BEAT = of(ScriptOutputType.MULTI, """
            local t = redis.call('time')
            local now = t[1] * 1000 + math.floor(t[2] / 1000)
            if ARGV[2] then
              local old = redis.call('hget', KEYS[1], ARGV[2])
              if not old or tonumber(string.match(old, '^%d+')) <= tonumber(ARGV[3]) then
                redis.call('hset', KEYS[1], ARGV[2], ARGV[3] .. '\\n' .. ARGV[4])
                redis.call('zadd', KEYS[2], string.format('%.0f', now + ARGV[1]), ARGV[2])
              end
            end
            for _, id in ipairs(redis.call('zrangebyscore', KEYS[2], '-inf', string.format('%.0f', now))) do
              redis.call('hdel', KEYS[1], id)
              redis.call('zrem', KEYS[2], id)
            end
            return redis.call('hgetall', KEYS[1])
            """);

    /** Removes a member if it is of this epoch. KEYS as for BEAT; ARGV id, epoch. */
    static final Script LEAVE = of(ScriptOutputType.INTEGER, """
            local old = redis.call('hget', KEYS[1], ARGV[1])
            if old and string.match(old, '^%d+') == ARGV[2] then
              redis.call('zrem', KEYS[2], ARGV[1])
              return redis.call('hdel', KEYS[1], ARGV[1])
            end
            return 0
            """);

    /**
     * Appends to a queue unless it is at its bound (−1); its length. KEYS waiting list, sorted set of the drained; ARGV
     * bound, entries.
     */
    static final Script PARK = of(ScriptOutputType.INTEGER, """
            local length = redis.call('llen', KEYS[1]) + redis.call('zcard', KEYS[2])
            if length >= tonumber(ARGV[1]) then return -1 end
            for i = 2, #ARGV, 1000 do
              redis.call('rpush', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
            end
            return length + #ARGV - 1
            """);

    /** Puts drained entries back to the front, in order. */
    private static final String TAKE_BACK = """
            local function takeBack()
              local back = redis.call('zrevrange', KEYS[2], 0, -1)
              for i = 1, #back, 1000 do
                redis.call('lpush', KEYS[1], unpack(back, i, math.min(i + 999, #back)))
              end
              redis.call('del', KEYS[2])
            end
            """;

    /**
     * Moves the oldest entries to the drained set of the holder and gives them. Without a lease the drained set goes
     * back to the front first.
     *
     * <p>KEYS waiting list, drained set, drain lease; ARGV holder, lease in ms, limit.
     */
    static final Script DRAIN = of(ScriptOutputType.MULTI, TAKE_BACK + """
            local holder = redis.call('get', KEYS[3])
            if holder and holder ~= ARGV[1] then return {} end
            if not holder then takeBack() end
            redis.call('set', KEYS[3], ARGV[1], 'PX', ARGV[2])
            if ARGV[3] == '0' then return {} end
            local last = redis.call('zrevrange', KEYS[2], 0, 0, 'WITHSCORES')
            local at = tonumber(last[2] or '0')
            local oldest = redis.call('lrange', KEYS[1], 0, ARGV[3] - 1)
            redis.call('ltrim', KEYS[1], ARGV[3], -1)
            local given = {}
            for _, entry in ipairs(oldest) do
              at = at + 1
              if redis.call('zadd', KEYS[2], 'NX', at, entry) == 1 then given[#given + 1] = entry end
            end
            return given
            """);

    /**
     * Forgets drained entries, also after the lease as long as nobody else drains: the work was done.
     *
     * <p>KEYS as for DRAIN; ARGV holder, entries.
     */
    static final Script ACKNOWLEDGE = of(ScriptOutputType.INTEGER, """
            local holder = redis.call('get', KEYS[3])
            if holder and holder ~= ARGV[1] then return 0 end
            local gone = 0
            for i = 2, #ARGV, 1000 do
              gone = gone + redis.call('zrem', KEYS[2], unpack(ARGV, i, math.min(i + 999, #ARGV)))
            end
            return gone
            """);

    /** KEYS waiting list, drained set. */
    static final Script LENGTH =
            of(ScriptOutputType.INTEGER, "return redis.call('llen', KEYS[1]) + redis.call('zcard', KEYS[2])");

    /** Ends a drain, unless it is another's; what is left. KEYS as for DRAIN; ARGV holder. */
    static final Script FINISH = of(ScriptOutputType.INTEGER, TAKE_BACK + """
            local holder = redis.call('get', KEYS[3])
            if not holder or holder == ARGV[1] then
              takeBack()
              redis.call('del', KEYS[3])
            end
            return redis.call('llen', KEYS[1]) + redis.call('zcard', KEYS[2])
            """);

    /**
     * Gives a value that is set once, and the name of this life of the server: one that was started again, or has taken
     * over, may lack the last writes. KEYS the value; ARGV what it becomes if absent.
     */
    static final Script GENERATION = of(ScriptOutputType.VALUE, """
            redis.call('set', KEYS[1], ARGV[1], 'NX')
            local info = redis.pcall('info', 'server')
            local life = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
            return redis.call('get', KEYS[1]) .. '/' .. life
            """);

    /**
     * Takes one engine's totals and gives everybody's sums, in the order asked. A total that does not rise changes
     * nothing.
     *
     * <p>KEYS hash of the window; ARGV seconds to keep, engine, then key and total by turns.
     */
    static final Script COUNT = of(ScriptOutputType.MULTI, """
            local sums = {}
            for i = 3, #ARGV, 2 do
              local own = ARGV[2] .. '\\n' .. ARGV[i]
              local all = '\\n' .. ARGV[i]
              local more = tonumber(ARGV[i + 1]) - tonumber(redis.call('hget', KEYS[1], own) or '0')
              if more > 0 then
                redis.call('hset', KEYS[1], own, ARGV[i + 1])
                redis.call('hincrby', KEYS[1], all, string.format('%.0f', more))
              end
              sums[#sums + 1] = redis.call('hget', KEYS[1], all) or '0'
            end
            redis.call('expire', KEYS[1], ARGV[1])
            return sums
            """);

    private static Script of(ScriptOutputType output, String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return new Script(text, HexFormat.of().formatHex(hash), output);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
