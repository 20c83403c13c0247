-- SPDX-FileCopyrightText: 2026 The CDN refresh authors
-- SPDX-License-Identifier: Apache-2.0
--
-- Submissions of one URL each, no URL twice:
--   wrk -t2 -c800 -d10s --latency -s benchmarks/wrk/task.lua http://127.0.0.1:9181/v1/engine/task

local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init(args)
  count = 0
  -- another run has other URLs
  run = string.format("%x-%d", os.time(), id)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  local body = string.format('{"targets":["https://www.example.com/assets/site/image-%s-%08d.jpg"]}', run, count)
  return wrk.format(nil, nil, nil, body)
end
