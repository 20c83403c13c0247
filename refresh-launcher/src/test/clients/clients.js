// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
//
// Real clients, unchanged, in front of a real engine: node clients.js DIALECTS_URL CACHE_URL CONTROL_URL ENGINE_URL
// REFRESH_TEST_KEY, _ID and _SECRET are a key, its id and its signing secret.
//
// Each step fills the cache, changes the origin, purges through a client, and looks at what the cache serves. Prints a line a
// step; the exit code is 0 only if all went well.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const http = require('node:http');

const Cloudflare = require('cloudflare');
const Fastly = require('fastly');
const Cdn = require('@alicloud/cdn20180510');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const Pop = require('@alicloud/pop-core');

const [dialects, cache, control, engine] = process.argv.slice(2);
const { REFRESH_TEST_KEY: KEY, REFRESH_TEST_ID: ID, REFRESH_TEST_SECRET: SECRET } = process.env;
const HOST = 'www.example.com';
const ZONE = 'shop';

/** One request without keep-alive. */
function send(base, path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(base + path, { method, headers, agent: false }, response => {
      const parts = [];
      response.on('data', part => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
    request.end();
  });
}

const served = async path => (await send(cache, path, { headers: { Host: HOST } })).body;
const ask = (path, method) => send(engine, path, { method, headers: { Authorization: `Bearer ${KEY}` } });
const task = async id => JSON.parse((await ask(`/v1/engine/task/${id}`)).body);

async function ended(id) {
  const waited = await ask(`/v1/engine/task/${id}/wait?until=applied&timeout=30s`);
  assert.equal(waited.status, 200, waited.body);
}

/** Fills the cache, changes the origin, purges, and sees the new content. */
async function purges(name, path, purge) {
  let old;
  do {
    // a broad purge of an earlier step is applied once more after its fence: that may be just now
    old = await served(path);
    await send(control, '/bump');
  } while ((await served(path)) !== old);
  const id = await purge();
  if (id) {
    await ended(id);
  }
  assert.notEqual(await served(path), old, `${name}: the copy is still there`);
  console.log(`ok ${name}`);
}

/** Expects an error that the function accepts. */
async function refuses(name, call, check) {
  let error;
  try {
    await call();
  } catch (e) {
    error = e;
  }
  assert.ok(error, `${name}: no error`);
  check(error);
  console.log(`ok ${name}`);
}

/** A front that loses or replaces the first answers: `spoil` gets the number of the request and the response to it. */
async function front(spoil) {
  let count = 0;
  const server = http.createServer((request, response) => {
    const number = ++count;
    const { method, url, headers } = request;
    const onward = http.request(dialects + url, { method, headers, agent: false }, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('end', () => {
        if (!spoil(number, response)) {
          response.writeHead(answer.statusCode, answer.headers);
          response.end(Buffer.concat(parts));
        }
      });
    });
    request.pipe(onward);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    count: () => count,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function tasksOf(client) {
  return JSON.parse((await ask(`/v1/engine/task?label=client:${client}&limit=1000`)).body).tasks.length;
}

async function cloudflare() {
  const client = new Cloudflare({ apiToken: KEY, baseURL: `${dialects}/client/v4` });
  const purge = async body => (await client.cache.purge({ zone_id: ZONE, ...body })).id;
  await purges('cloudflare files', '/cf1', () => purge({ files: [`http://${HOST}/cf1`] }));
  await purges('cloudflare objects', '/cf2', () => purge({ files: [{ url: `http://${HOST}/cf2`, headers: {} }] }));
  await purges('cloudflare tags', '/cf3?tag=tagged', () => purge({ tags: ['tagged'] }));
  await purges('cloudflare hosts', '/cf4', () => purge({ hosts: [HOST] }));
  await purges('cloudflare prefixes', '/dir/cf5', () => purge({ prefixes: [`${HOST}/dir`] }));
  await purges('cloudflare everything', '/cf6', () => purge({ purge_everything: true }));
  const invalidated = await client.cache.invalidate({ zone_id: ZONE, files: [`http://${HOST}/cf7`] });
  assert.equal((await task(invalidated.id)).task.mode, 'soft');
  await refuses(
    'cloudflare unknown zone',
    () => client.cache.purge({ zone_id: 'other', purge_everything: true }),
    e => assert.deepEqual([e instanceof Cloudflare.NotFoundError, e.errors[0].code], [true, 7003]));
  const stranger = new Cloudflare({ apiToken: 'rk_no_key', baseURL: `${dialects}/client/v4` });
  await refuses(
    'cloudflare unknown key',
    () => stranger.cache.purge({ zone_id: ZONE, purge_everything: true }),
    e => assert.deepEqual([e instanceof Cloudflare.AuthenticationError, e.errors[0].code], [true, 10000]));
  await refuses(
    'cloudflare two kinds',
    () => client.cache.purge({ zone_id: ZONE, purge_everything: true, tags: ['a'] }),
    e => assert.deepEqual([e instanceof Cloudflare.BadRequestError, e.errors[0].code], [true, 1012]));

  const before = await tasksOf('cloudflare');
  const lost = await front((number, response) => number < 3 && (response.destroy(), true));
  const patient = new Cloudflare({ apiToken: KEY, baseURL: `${lost.url}/client/v4` });
  await patient.cache.purge({ zone_id: ZONE, files: [`http://${HOST}/cf8`] });
  assert.deepEqual([lost.count(), await tasksOf('cloudflare')], [3, before + 1], 'three attempts are one task');
  lost.close();
  console.log('ok cloudflare answers lost');

  const slow = await front(number => number < 2);
  const hasty = new Cloudflare({ apiToken: KEY, baseURL: `${slow.url}/client/v4`, timeout: 1500, maxRetries: 8 });
  await hasty.cache.purge({ zone_id: ZONE, files: [`http://${HOST}/cf9`] });
  assert.ok(slow.count() >= 2);
  assert.equal(await tasksOf('cloudflare'), before + 2, 'all attempts are one task');
  slow.close();
  console.log('ok cloudflare answer too late');
}

async function fastly() {
  const client = Fastly.ApiClient.instance;
  client.authenticate(KEY);
  client.plugins = [request => {
    request.url = request.url.replace('https://api.fastly.com', dialects);
  }];
  const api = new Fastly.PurgeApi();
  await purges('fastly url', '/f1?a=b%20c', async () => {
    const answer = await api.purgeSingleUrl({ cached_url: `${HOST}/f1?a=b%20c` });
    assert.equal(answer.status, 'ok');
    return answer.id;
  });
  await purges('fastly key', '/f2?tag=tagged', async () =>
    (await api.purgeTag({ service_id: ZONE, surrogate_key: 'tagged' })).id);
  await purges('fastly batch', '/f3?tag=tagged', async () => {
    const answer = await api.bulkPurgeTagWithHttpInfo({
      service_id: ZONE,
      purge_response: { surrogate_keys: ['other', 'tagged'] },
    });
    const ids = answer.response.body;
    assert.deepEqual(Object.keys(ids), ['other', 'tagged']);
    return ids.tagged;
  });
  await purges('fastly batch by header', '/f4?tag=tagged', async () => {
    const answer = await api.bulkPurgeTagWithHttpInfo({ service_id: ZONE, surrogate_key: 'other tagged' });
    return answer.response.body.tagged;
  });
  await purges('fastly all', '/f5', async () => {
    assert.equal((await api.purgeAll({ service_id: ZONE })).status, 'ok');
    const newest = JSON.parse((await ask('/v1/engine/task?label=client:fastly&limit=1')).body).tasks[0];
    return newest.id;
  });
  await refuses(
    'fastly unknown service',
    () => api.purgeAll({ service_id: 'other' }),
    e => assert.deepEqual([e.status, e.body.msg], [404, 'Record not found']));
  client.authenticate('rk_no_key');
  await refuses(
    'fastly unknown key',
    () => api.purgeAll({ service_id: ZONE }),
    e => assert.deepEqual([e.status, e.body.msg], [401, 'Provided credentials are missing or invalid']));
  client.authenticate(KEY);
  await refuses(
    'fastly too many keys',
    () => api.bulkPurgeTag({
      service_id: ZONE,
      purge_response: { surrogate_keys: Array.from({ length: 257 }, (_, i) => `k${i}`) },
    }),
    e => assert.deepEqual([e.status, e.body.status], [400, 'fail']));
}

async function alibaba(signatureAlgorithm) {
  const name = signatureAlgorithm === 'v2' ? 'alibaba hmac-sha1' : 'alibaba acs3';
  const path = signatureAlgorithm === 'v2' ? '/a1' : '/a2';
  const connect = secret => new Cdn.default(new $OpenApiUtil.Config({
    accessKeyId: ID,
    accessKeySecret: secret,
    endpoint: new URL(dialects).host,
    protocol: 'http',
    signatureAlgorithm,
  }));
  const client = connect(SECRET);
  const refresh = async (objectPath, objectType) =>
    (await client.refreshObjectCaches(new Cdn.RefreshObjectCachesRequest({ objectPath, objectType }))).body.refreshTaskId;
  let id;
  await purges(`${name} file`, path, async () => {
    id = await refresh(`http://${HOST}${path}\nhttp://${HOST}${path}-2`, 'File');
    return id;
  });
  await purges(`${name} directory`, `/dir${path}`, () => refresh(`http://${HOST}/dir/`, 'Directory'));
  await purges(`${name} regex`, `/re${path}`, () => refresh(`http://${HOST}/re/a[0-9]`, 'Regex'));
  const pushed = (await client.pushObjectCache(new Cdn.PushObjectCacheRequest({ objectPath: `http://push.example.com${path}` })))
    .body.pushTaskId;
  await ended(pushed);
  const byId = (await client.describeRefreshTaskById(new Cdn.DescribeRefreshTaskByIdRequest({ taskId: id }))).body;
  assert.deepEqual([byId.totalCount, byId.tasks[0].objectPath], [2, `http://${HOST}${path}`]);
  const tasks = (await client.describeRefreshTasks(new Cdn.DescribeRefreshTasksRequest({ objectType: 'preload' }))).body;
  assert.equal(tasks.tasks.CDNTask[0].taskId, pushed);
  const quota = (await client.describeRefreshQuota(new Cdn.DescribeRefreshQuotaRequest({}))).body;
  assert.match(quota.urlRemain, /^[0-9]+$/);
  await refuses(
    `${name} malformed`,
    () => refresh('nonsense', 'File'),
    e => assert.deepEqual([e.code, e.statusCode], ['InvalidParameter', 400]));
  await refuses(
    `${name} wrong secret`,
    () => connect('wrong').describeRefreshQuota(new Cdn.DescribeRefreshQuotaRequest({})),
    e => assert.equal(e.code, 'SignatureDoesNotMatch'));
  console.log(`ok ${name} questions`);
}

async function pop() {
  const client = new Pop({ endpoint: dialects, apiVersion: '2018-05-10', accessKeyId: ID, accessKeySecret: SECRET });
  for (const method of ['GET', 'POST']) {
    await purges(`pop ${method}`, `/p${method}`, async () =>
      (await client.request('RefreshObjectCaches', { ObjectPath: `http://${HOST}/p${method}` }, { method })).RefreshTaskId);
  }
  await refuses(
    'pop unknown action',
    () => client.request('Nothing', {}),
    e => assert.equal(e.code, 'InvalidAction.NotFound'));
}

function curl(...args) {
  return execFileSync('curl', ['-s', '-m', '40', '-w', ' %{http_code}', '-H', `Host: ${HOST}`, '-u', `x:${KEY}`, ...args]).toString();
}

async function plain() {
  await purges('curl PURGE', '/c1', async () => assert.match(curl('-X', 'PURGE', `${dialects}/c1`), /^Purged \d+\s+200$/));
  await purges('curl BAN', '/img/c2', async () =>
    assert.match(curl('-X', 'BAN', '-H', 'X-Url: ^/img/', `${dialects}/`), /^Purged \d+\s+200$/));
  await purges('curl PURGEKEYS', '/c3?tag=tagged', async () =>
    assert.match(curl('-X', 'PURGEKEYS', '-H', 'xkey-purge: tagged', `${dialects}/`), /^Purged \d+\s+200$/));
  assert.match(curl('-X', 'BAN', '-H', 'X-Url: ^/(a+)+$', `${dialects}/`), /repeated group.* 400$/s);
  assert.match(curl('-u', 'x:rk_no_key', '-X', 'PURGE', `${dialects}/c1`), / 401$/);
  console.log('ok curl refused');
}

(async () => {
  await plain();
  await cloudflare();
  await fastly();
  await alibaba(undefined);
  await alibaba('v2');
  await pop();
  await ask('/v1/engine/drain', 'POST');
  const impatient = new Cloudflare({ apiToken: KEY, baseURL: `${dialects}/client/v4`, maxRetries: 0 });
  await refuses(
    'cloudflare draining',
    () => impatient.cache.purge({ zone_id: ZONE, files: [`http://${HOST}/x`] }),
    e => assert.deepEqual([e instanceof Cloudflare.InternalServerError, e.status], [true, 503]));
  assert.match(curl('-X', 'PURGE', `${dialects}/x`), / 503$/);
  console.log('all ok');
  process.exit(0);
})().catch(e => {
  console.error(e);
  process.exit(1);
});
