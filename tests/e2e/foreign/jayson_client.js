// SPDX-License-Identifier: MIT
// A JSON-RPC library of others (jayson) drives the daemon over its socket.
//
//     node jayson_client.js MODULES SOCKET SOURCE
//
// MODULES is the node_modules directory that has jayson. The library opens a
// connection for each request or batch.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');

const [modules, socket, source] = process.argv.slice(2);
const jayson = require(path.join(modules, 'jayson'));
const client = jayson.Client.tcp({path: socket, delimiter: '\n'});

function call(method, params) {
    return new Promise((resolve, reject) =>
        client.request(method, params, (failure, reply) =>
            failure ? reject(failure) : resolve(reply)));
}

async function result(method, params) {
    const reply = await call(method, params);
    assert.equal(reply.error, undefined, JSON.stringify(reply));
    return reply.result;
}

async function refused(code, method, params) {
    const reply = await call(method, params);
    assert.equal(reply.error?.code, code, JSON.stringify(reply));
    return reply.error;
}

async function requests() {
    assert.equal((await result('ping', {})).protocol, 1);
    const named = await result('get', {bytes: 32});
    const positional = await result('get', [32, 'base64']);
    assert.match(named.data, /^[0-9a-f]{64}$/);
    assert.equal(Buffer.from(positional.data, 'base64').length, 32);
    assert.notEqual(named.data,
        Buffer.from(positional.data, 'base64').toString('hex'));
    const most = await result('get', {bytes: 65536});
    assert.equal(most.data.length, 2 * 65536);
    const fresh = await result('get',
        {bytes: 64, quality: 'conditioned', timeout_ms: 20000});
    assert.equal(fresh.credited_bits, 640);
    assert.equal((await result('status', {})).seeded, true);
    assert.equal((await result('health', {})).sources[source], 'healthy');
    const raw = await result('raw', {source, samples: 8});
    assert.equal(raw.data.length, 8 * 8 * 2);
    const tested = await result('selftest', [source]);
    assert.equal(tested.sources[0].passed, true);
}

async function errors() {
    await refused(-32601, 'no_such_method', {});
    const missing = await refused(-32602, 'get', {});
    assert.equal(missing.data.param, 'bytes');
    const range = await refused(-32602, 'get', {bytes: 0});
    assert.deepEqual(range.data.range, [1, 65536]);
    await refused(-32602, 'get', {bytes: 2 ** 70});
    await refused(-32002, 'raw', ['nobody', 1]);
}

async function batches() {
    const replies = await new Promise((resolve, reject) =>
        client.request([
            client.request('get', {bytes: 16}, undefined, false),
            client.request('ping', {}, null, false), // a notification
            client.request('no_such_method', {}, undefined, false),
            client.request('health', {}, undefined, false),
        ], (failure, all) => failure ? reject(failure) : resolve(all)));
    assert.equal(replies.length, 3, JSON.stringify(replies));
    assert.equal(replies[0].result.data.length, 32);
    assert.equal(replies[1].error.code, -32601);
    assert.ok(['ok', 'degraded'].includes(replies[2].result.health));
}

async function notification() {
    await new Promise((resolve, reject) =>
        client.request('get', {bytes: 1}, null,
            (failure) => failure ? reject(failure) : resolve()));
    assert.equal((await result('ping', {})).protocol, 1);
}

async function manyAtOnce() {
    const replies = await Promise.all(
        Array.from({length: 200}, () => result('get', {bytes: 16})));
    assert.equal(new Set(replies.map((reply) => reply.data)).size, 200);
}

async function main() {
    await requests();
    await errors();
    await batches();
    await notification();
    await manyAtOnce();
    console.log('requests, errors, batches and notifications by jayson');
}

main().catch((failure) => {
    console.error(failure);
    process.exitCode = 1;
});
