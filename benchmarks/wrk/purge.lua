-- SPDX-FileCopyrightText: 2026 The CDN refresh authors
-- SPDX-License-Identifier: Apache-2.0
--
-- PURGE of objects /PREFIX/0 to /PREFIX/COUNT-1, each once. Each of the two threads prints "purged COUNT SECONDS" when its
-- half is done; wrk itself goes on until its time is over:
--   wrk -t2 -c64 -d60s -s benchmarks/wrk/purge.lua http://127.0.0.1:PORT -- HOST PREFIX COUNT
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long micros; } refresh_time;
  int gettimeofday(refresh_time *now, void *zone);
]]

local threads = 0

local function now()
  local time = ffi.new("refresh_time")
  ffi.C.gettimeofday(time, nil)
  return tonumber(time.seconds) + tonumber(time.micros) / 1e6
end

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  prefix = args[2]
  last = tonumber(args[3])
  at = id
  answered = 0
  gone = 0
  begin = 0
  wrk.headers["Host"] = args[1]
end

-- the even and the odd ones
function request()
  if begin == 0 then
    begin = now()
  end
  local path = string.format("/%s/%d", prefix, at < last and at or last - 1)
  at = at + 2
  return wrk.format("PURGE", path)
end

function response(status)
  answered = answered + 1
  if status == 200 then
    gone = gone + 1
  end
  if answered == math.floor(last / 2) then
    io.write(string.format("purged %d %.6f\n", gone, now() - begin))
    io.flush()
    wrk.thread:stop()
  end
end
