# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# Varnish 7 with vmod xkey (Debian: varnish, varnish-modules) for driver "varnish". Replace
#   @PROXY@                        address that the refresh proxy asks from, such as 127.0.0.1
#   @ORIGIN_HOST@ @ORIGIN_PORT@    the origin
# Start: varnishd -F -a 127.0.0.1:8080 -f default.vcl -s malloc,1G -p vsl_mask=-Hash
#
# What the driver asks (from an address in "refreshers" only; 405 for everybody else):
#   PURGE url                                    all variants of one URL: 200, or 404 if there was none
#   PURGE url    X-Refresh-Soft: 1               the same, stale instead of gone
#   BAN /        X-Refresh-Host, and one of      all objects of the host ...
#                  X-Refresh-Url  (regex)        ... whose path and query match
#                  X-Refresh-Tag  (regex)        ... that carry a tag
#                  neither                       ... without exception
#   BAN /        X-Refresh-Keys: key ...         the same softly, by keys of vmod xkey: h:HOST, w:PARENT-DOMAIN, t:HOST/TAG,
#                                                all
#   GET url      X-Refresh-Witness: tag or -     stores a small object under a key of its own, without a fetch: what a ban
#                                                must remove
#   GET url      X-Refresh-Probe: 1              never fetches: 200 and X-Refresh-Stored, or 504 when absent
#
# Every ban tests obj.* only, so that the ban lurker works through old bans in the background, and carries the host.
vcl 4.1;

import purge;
import std;
import xkey;

backend default {
  .host = "@ORIGIN_HOST@";
  .port = "@ORIGIN_PORT@";
}

acl refreshers {
  "@PROXY@";
}

sub vcl_recv {
  # Only the server itself writes these.
  unset req.http.X-Refresh-Stored;
  unset req.http.X-Refresh-Count;
  if (client.ip !~ refreshers) {
    unset req.http.X-Refresh-Witness;
  }
  # Before anything else: one key, and one purge, for every spelling of a host.
  set req.http.Host = regsub(std.tolower(req.http.Host), "\.?(:80|:443)?$", "");

  if (req.method == "PURGE" || req.method == "BAN" || req.http.X-Refresh-Probe) {
    if (client.ip !~ refreshers) {
      return (synth(405, "Not allowed"));
    }
    if (req.method == "BAN") {
      # The parts of a ban are divided by white space: none may come from outside.
      if (req.http.X-Refresh-Host ~ "\s" || req.http.X-Refresh-Url ~ "\s" || req.http.X-Refresh-Tag ~ "\s") {
        return (synth(400, "White space"));
      }
      if (req.http.X-Refresh-Keys) {
        set req.http.X-Refresh-Count = xkey.softpurge(req.http.X-Refresh-Keys);
        return (synth(200, "Marked"));
      }
      if (!req.http.X-Refresh-Host) {
        return (synth(400, "X-Refresh-Host missing"));
      }
      set req.http.X-Refresh-Ban = "obj.http.x-refresh-host ~ " + req.http.X-Refresh-Host;
      if (req.http.X-Refresh-Url) {
        set req.http.X-Refresh-Ban = req.http.X-Refresh-Ban + " && obj.http.x-refresh-url ~ " + req.http.X-Refresh-Url;
      }
      if (req.http.X-Refresh-Tag) {
        set req.http.X-Refresh-Ban = req.http.X-Refresh-Ban + " && obj.http.x-refresh-tags ~ " + req.http.X-Refresh-Tag;
      }
      if (std.ban(req.http.X-Refresh-Ban)) {
        return (synth(200, "Banned"));
      }
      return (synth(400, std.ban_error()));
    }
    # A look-up that does not queue behind a fetch, and answers from vcl_hit, vcl_miss or vcl_pass.
    set req.hash_ignore_busy = true;
    return (hash);
  }
  if (req.http.X-Refresh-Witness) {
    return (hash);
  }
}

sub vcl_hash {
  # Never the place of a real object.
  if (req.http.X-Refresh-Witness) {
    hash_data("refresh witness");
  }
}

sub vcl_backend_fetch {
  if (bereq.http.X-Refresh-Witness) {
    return (error(200, "Witness"));
  }
}

sub vcl_backend_error {
  if (bereq.http.X-Refresh-Witness) {
    set beresp.ttl = 1h;
    set beresp.http.Cache-Tag = bereq.http.X-Refresh-Witness;
    set beresp.http.X-Refresh-Witness = "1";
    set beresp.body = "witness";
    call refresh_stamp;
    return (deliver);
  }
}

sub vcl_hit {
  call refresh_purge;
  if (req.http.X-Refresh-Probe) {
    set req.http.X-Refresh-Stored = obj.http.x-refresh-stored;
    return (synth(200, "Present"));
  }
}

sub vcl_miss {
  call refresh_purge;
  if (req.http.X-Refresh-Probe) {
    return (synth(504, "Absent"));
  }
}

sub vcl_pass {
  # What is marked "pass" holds no copy.
  if (req.method == "PURGE") {
    return (synth(404, "Absent"));
  }
  if (req.http.X-Refresh-Probe) {
    return (synth(504, "Absent"));
  }
}

sub refresh_purge {
  if (req.method == "PURGE") {
    if (req.http.X-Refresh-Soft) {
      set req.http.X-Refresh-Count = purge.soft(0s);
    } else {
      set req.http.X-Refresh-Count = purge.hard();
    }
    if (req.http.X-Refresh-Count == "0") {
      return (synth(404, "Absent"));
    }
    return (synth(200, "Purged"));
  }
}

sub vcl_backend_response {
  call refresh_stamp;
}

sub refresh_stamp {
  set beresp.http.x-refresh-host = bereq.http.Host;
  set beresp.http.x-refresh-url = bereq.url;
  # Seconds with milliseconds of this machine's clock: what proves that a copy is newer than a purge.
  set beresp.http.x-refresh-stored = std.time2real(now, 0.0);
  # ",a,b,c," of Cache-Tag (or Surrogate-Key, or xkey), however it was divided.
  std.collect(beresp.http.Cache-Tag);
  std.collect(beresp.http.Surrogate-Key);
  std.collect(beresp.http.xkey);
  if (beresp.http.Cache-Tag) {
    set beresp.http.x-refresh-tags = "," + regsuball(beresp.http.Cache-Tag, "[ ,]+", ",") + ",";
  } else if (beresp.http.Surrogate-Key) {
    set beresp.http.x-refresh-tags = "," + regsuball(beresp.http.Surrogate-Key, "[ ,]+", ",") + ",";
  } else if (beresp.http.xkey) {
    set beresp.http.x-refresh-tags = "," + regsuball(beresp.http.xkey, "[ ,]+", ",") + ",";
  }
  # What soft purges go by. The host is part of every tag.
  set beresp.http.xkey = "all h:" + bereq.http.Host + " w:" + regsub(bereq.http.Host, "^[^.]+\.", "")
    + regsuball(beresp.http.x-refresh-tags, ",([^,]+)(?=,)", " t:" + bereq.http.Host + "/\1");
}

sub vcl_deliver {
  unset resp.http.x-refresh-host;
  unset resp.http.x-refresh-url;
  unset resp.http.x-refresh-tags;
  unset resp.http.x-refresh-stored;
  unset resp.http.xkey;
  if (obj.hits > 0) {
    set resp.http.X-Cache = "HIT";
  } else {
    set resp.http.X-Cache = "MISS";
  }
}

sub vcl_synth {
  if (req.http.X-Refresh-Stored) {
    set resp.http.X-Refresh-Stored = req.http.X-Refresh-Stored;
  }
  if (req.method == "BAN" && resp.status == 200) {
    set resp.http.X-Refresh-Banned = "1";
  }
  if (req.method == "PURGE" || req.method == "BAN" || req.http.X-Refresh-Probe) {
    set resp.http.Content-Type = "text/plain";
    set resp.body = resp.reason + {"
"};
    return (deliver);
  }
}
