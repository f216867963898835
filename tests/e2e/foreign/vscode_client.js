// SPDX-License-Identifier: MIT
// A JSON-RPC library of others that frames with Content-Length headers
// (vscode-jsonrpc) drives the daemon over its socket.
//
//     node vscode_client.js MODULES SOCKET SOURCE
//
// MODULES is the node_modules directory that has vscode-jsonrpc. The library has
// no batches; the last part writes one through its message writer.
'use strict';

const assert = require('node:assert/strict');
const net = require('node:net');
const path = require('node:path');

const [modules, socket, source] = process.argv.slice(2);
const rpc = require(path.join(modules, 'vscode-jsonrpc', 'node'));

async function openStream() {
    const stream = net.createConnection(socket);
    await new Promise((resolve, reject) =>
        stream.once('connect', resolve).once('error', reject));
    return stream;
}

async function connect() {
    const stream = await openStream();
    const connection = rpc.createMessageConnection(
        new rpc.SocketMessageReader(stream),
        new rpc.SocketMessageWriter(stream));
    connection.onError((failure) => {
        throw new Error(`the library took offence: ${failure}`);
    });
    connection.listen();
    return connection;
}

async function refused(code, call) {
    try {
        await call;
    } catch (failure) {
        assert.ok(failure instanceof rpc.ResponseError, String(failure));
        assert.equal(failure.code, code, failure.message);
        return failure;
    }
    throw new Error(`no error, where ${code} was due`);
}

async function requests(c) {
    assert.equal((await c.sendRequest('ping')).protocol, 1);
    const named = await c.sendRequest('get', {bytes: 32});
    assert.match(named.data, /^[0-9a-f]{64}$/);
    const positional = await c.sendRequest('get', 32, 'base64');
    assert.equal(Buffer.from(positional.data, 'base64').length, 32);
    const most = await c.sendRequest('get', {bytes: 65536});
    assert.equal(most.data.length, 2 * 65536);
    const fresh = await c.sendRequest('get',
        {bytes: 64, quality: 'conditioned', timeout_ms: 20000});
    assert.equal(fresh.credited_bits, 640);
    assert.equal((await c.sendRequest('status')).seeded, true);
    assert.equal((await c.sendRequest('health')).sources[source], 'healthy');
    const listed = await c.sendRequest('sources');
    assert.ok(listed.sources.some((entry) => entry.name === source));
    const raw = await c.sendRequest('raw', {source, samples: 8});
    assert.equal(raw.data.length, 8 * 8 * 2);
    const tested = await c.sendRequest('selftest', {source});
    assert.equal(tested.sources[0].passed, true);
}

async function errors(c) {
    await refused(-32601, c.sendRequest('no_such_method'));
    const missing = await refused(-32602, c.sendRequest('get'));
    assert.equal(missing.data.param, 'bytes');
    const range = await refused(-32602, c.sendRequest('get', {bytes: 0}));
    assert.deepEqual(range.data.range, [1, 65536]);
    await refused(-32002, c.sendRequest('raw', 'nobody', 1));
    const binary = await refused(-32602,
        c.sendRequest('get', {bytes: 1, encoding: 'binary'}));
    assert.match(binary.message, /Content-Length/);
    const long = await refused(-32602,
        c.sendRequest('get', {bytes: 1, encoding: 'x'.repeat(60000)}));
    assert.equal(long.data.param, 'encoding');
    assert.equal((await c.sendRequest('ping')).protocol, 1);
}

async function notifications(c) {
    await c.sendNotification('get', {bytes: 1});
    await c.sendNotification('no_such_method');
    assert.equal((await c.sendRequest('ping')).protocol, 1);
}

async function manyInFlight(c) {
    const replies = await Promise.all(Array.from({length: 200},
        () => c.sendRequest('get', {bytes: 16})));
    assert.equal(new Set(replies.map((reply) => reply.data)).size, 200);
}

async function events(c) {
    const heard = new Promise((resolve) => c.onNotification('status', resolve));
    assert.deepEqual(await c.sendRequest('subscribe', {events: 'status'}),
        {subscribed: ['status'], interval_ms: 1000});
    await c.sendRequest('subscribe', {events: 'health'});
    assert.equal((await heard).protocol, 1);
    assert.equal((await c.sendRequest('ping')).protocol, 1);
    await c.sendRequest('unsubscribe', {events: 'status'});
    const none = await c.sendRequest('unsubscribe', {events: 'health'});
    assert.deepEqual(none.subscribed, []);
}

async function batch() {
    const stream = await openStream();
    const reader = new rpc.SocketMessageReader(stream);
    const writer = new rpc.SocketMessageWriter(stream);
    const reply = new Promise((resolve, reject) => {
        reader.onError(reject);
        reader.listen(resolve);
    });
    await writer.write([
        {jsonrpc: '2.0', id: 1, method: 'get', params: {bytes: 16}},
        {jsonrpc: '2.0', method: 'ping'},
        {jsonrpc: '2.0', id: 2, method: 'no_such_method'},
        {jsonrpc: '2.0', id: 'three', method: 'health'},
    ]);
    const replies = await reply;
    assert.equal(replies.length, 3, JSON.stringify(replies));
    assert.equal(replies[0].result.data.length, 32);
    assert.equal(replies[1].error.code, -32601);
    assert.equal(replies[2].id, 'three');
    stream.end();
}

async function main() {
    const c = await connect();
    await requests(c);
    await errors(c);
    await notifications(c);
    await manyInFlight(c);
    await events(c);
    const more = await Promise.all(Array.from({length: 20}, connect));
    await Promise.all(more.map(manyInFlight));
    for (const each of [c, ...more])
        each.end();
    await batch();
    console.log('requests, errors, notifications, events and a batch, all ' +
        'with headers, by vscode-jsonrpc');
}

main().catch((failure) => {
    console.error(failure);
    process.exitCode = 1;
});
