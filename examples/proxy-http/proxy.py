#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
"""A whole proxy: polls an engine over HTTP and purges URLs from one cache. proxy.py ENGINE DEVICE CACHE"""
import json, os, sys, time, urllib.error, urllib.request, uuid

ENGINE, DEVICE, CACHE = sys.argv[1:4]  # http://127.0.0.1:9181 edge-1 http://127.0.0.1:8080
TOKEN = os.environ.get("REFRESH_PROXY_TOKEN")
me = {"device": DEVICE, "bootId": str(uuid.uuid4())}
cursor, epoch, window = 0, 0, {}


def call(path, body):
    headers = {"Content-Type": "application/json"}
    if TOKEN:
        headers["Authorization"] = "Bearer " + TOKEN
    request = urllib.request.Request(ENGINE + path, json.dumps({**me, **body}).encode(), headers)
    with urllib.request.urlopen(request, timeout=70) as answer:
        return json.load(answer)


def purge(url):
    host, _, path = url.split("://", 1)[1].partition("/")
    request = urllib.request.Request(CACHE + "/" + path, headers={"Host": host}, method="PURGE")
    try:
        with urllib.request.urlopen(request, timeout=5):
            return "purged", ""
    except urllib.error.HTTPError as refusal:
        return ("absent", "") if refusal.code == 404 else ("failed", "status %d" % refusal.code)
    except OSError as fault:
        return "failed", str(fault)


def execute(command):
    if (command["id"], command["step"]) not in window:  # a command that comes again is answered, not executed
        if command["type"] == "url" and command["mode"] == "hard":
            results = [purge(url) for url in command["targets"]]
            others = [{"target": n, "outcome": o, "reason": r} for n, (o, r) in enumerate(results) if o != "purged"]
            window[command["id"], command["step"]] = {"outcome": "purged", "exceptions": others}
        else:
            window[command["id"], command["step"]] = {"outcome": "unsupported"}
        if len(window) > 10000:
            del window[next(iter(window))]
    return {"id": command["id"], "step": command["step"], "sequence": command["sequence"],
            **window[command["id"], command["step"]]}


while True:
    try:
        poll = call("/v1/proxy/poll", {"cursor": cursor, "epoch": epoch, "maxWait": "25s", "abilities": ["url"]})
        epoch, commands = poll["epoch"], poll["commands"]
        if commands:  # the answer comes when the engine has made the reports durable
            call("/v1/proxy/report", {"reports": [execute(command) for command in commands]})
            cursor = commands[-1]["sequence"] + 1
    except urllib.error.HTTPError as refusal:
        if b"other-epoch" in refusal.read():
            cursor = 0
        time.sleep(float(refusal.headers.get("Retry-After", 0.2)))
    except OSError:
        time.sleep(1)
