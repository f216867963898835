# SPDX-License-Identifier: MIT
"""The bench: starts the references and the daemon, alternates between them, and
prints ratios.

Every comparison is interleaved: reference and daemon alternate within a round,
so that a busy minute of the machine hits both. What is printed is a median of
rounds with its spread; what decides is processor time a request of the
server's main thread, which other load disturbs least.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

GET = '{"jsonrpc":"2.0","id":1,"method":"get","params":{"bytes":32}}'
BULK = ('{"jsonrpc":"2.0","id":1,"method":"get","params":'
        '{"bytes":1048576,"encoding":"binary"}}')
STATUS = '{"jsonrpc":"2.0","id":1,"method":"status"}'
CONDITIONED = ('{"jsonrpc":"2.0","id":1,"method":"get","params":'
               '{"bytes":%d,"quality":"conditioned"}}')
# What one user may do to another: a line that takes long to parse, a batch that
# takes long to answer. No account needs to have these uids.
COSTLY_LINE = '[' + '{},' * 20000 + '{}]'
COSTLY_STRING = '["' + '\\n' * 32000 + '"]'  # the most that is parsed
COSTLY_BATCH = '[' + ','.join(
    ['{"jsonrpc":"2.0","id":1,"method":"sources"}'] * 64) + ']'
ALICE, BOB, CAROL = 12345, 12346, 12347
CONFIGURATIONS = [(1, 1), (16, 1), (256, 1), (1, 16), (16, 16), (256, 16)]
GROWTH_CONNECTIONS = [1, 4, 16, 64, 256, 900]
MANY_CONNECTIONS = [1000, 3000, 10000]
GROWTH_BYTES = [32, 128, 512, 2048, 8192, 65536]
GROWTH_BATCHES = [2, 8, 64]
GROWTH_SOURCES = {'1 source': ['sources.epoll_events.enabled=false'],
                  '2 sources': []}
GOALS = {(1, 1): 0.92, (16, 1): 0.92, (256, 1): 0.90, (1, 16): 0.85,
         (16, 16): 0.70, (256, 16): 0.68}
# With one request in flight the kernel does nearly all of the work of both.
EGD_GOALS = {(16, 16): 0.6, (256, 16): 0.6}


class Bench:
    def __init__(self, options):
        self.options = options
        self.directory = tempfile.mkdtemp(prefix='entropyd-bench-')
        self.is_root = os.geteuid() == 0 and shutil.which('chrt') is not None
        self.running = []
        self.count = 0  # of echoes, each with a socket of its own
        self.results = {}

    def program(self, name):
        return os.path.join(self.options.build, name)

    def path(self, name):
        return os.path.join(self.directory, name)

    def pinned(self, core, arguments):
        """On a core of its own, with priority over everything else."""
        command = ['taskset', '-c', str(core)]
        if self.is_root:
            command += ['chrt', '-f', '1']
        return command + arguments

    def start(self, arguments):
        process = subprocess.Popen(arguments)
        self.running.append(process)
        return process

    def start_daemon(self, name='daemon', settings=(), wait_full=True,
                     has_priority=True):
        """Its main thread has priority over everything else, unless the workers
        are to be measured too: libuv's loop spins while another thread is inside
        uv_async_send(), which on the same core never ends."""
        path = self.path(name)
        arguments = ['taskset', '-c', '0', self.program('entropyd'),
                     '--socket', path, '--log-level', 'error']
        for setting in settings:
            arguments += ['--set', setting]
        process = self.start(arguments)
        self.await_socket(path)
        if wait_full:
            self.await_parked(path)
        if self.is_root and has_priority:
            subprocess.run(['chrt', '-f', '-p', '1', str(process.pid)],
                           check=True)
        return path, process

    def start_echo(self, name, reply_bytes, raw_bytes=0):
        self.count += 1
        path = self.path(f'{name}{self.count}')
        process = self.start(self.pinned(
            0, [self.program('bench/bench_echo'), path, str(reply_bytes),
                str(raw_bytes)]))
        self.await_socket(path)
        return path, process

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait()
        self.running.remove(process)

    def close(self):
        for process in list(self.running):
            self.stop(process)
        shutil.rmtree(self.directory, ignore_errors=True)

    def await_socket(self, path):
        for _ in range(2000):
            try:
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(path)
                return
            except OSError:
                time.sleep(0.005)
        sys.exit('bench: no process listens on ' + path)

    def ask(self, path, method, params=None):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            request = {'jsonrpc': '2.0', 'id': 1, 'method': method}
            if params:
                request['params'] = params
            s.sendall(json.dumps(request).encode() + b'\n')
            with s.makefile('rb') as replies:
                return json.loads(replies.readline())['result']

    def await_parked(self, path):
        """Waits until the rings are full and the workers asleep."""
        for _ in range(1200):
            sources = [x for x in self.ask(path, 'status')['sources']
                       if x['enabled']]
            if all(x['parked'] for x in sources):
                return
            time.sleep(0.1)
        sys.exit('bench: the rings did not fill up')

    def load(self, path, process, connections, depth, seconds, request,
             raw_bytes=0):
        output = subprocess.run(
            self.pinned(1, [self.program('bench/bench_load'), path,
                            str(process.pid), str(connections), str(depth),
                            str(seconds), request, str(raw_bytes)]),
            check=True, capture_output=True, text=True).stdout
        return json.loads(output)

    def reply_bytes(self, path, request=GET):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            s.sendall(request.encode() + b'\n')
            with s.makefile('rb') as replies:
                return len(replies.readline())

    def beside(self, echo, own, connections, depth, request=GET):
        """Microseconds per request of the echo and of entropyd, medians; each of
        the two is a pair of path and process."""
        costs = ([], [])
        for _ in range(self.options.rounds):
            for (path, process), list_ in zip((echo, own), costs):
                list_.append(self.load(path, process, connections, depth, 0.2,
                                       request)['cpu_us'])
        return [statistics.median(list_) for list_ in costs]


def spread(values):
    return [round(min(values), 4), round(statistics.median(values), 4),
            round(max(values), 4)]


def line(what, value, goal, unit='', is_low_good=False):
    verdict = ''
    if goal is not None:
        good = value <= goal if is_low_good else value >= goal
        verdict = 'reached' if good else 'MISSED'
    sign = '<=' if is_low_good else '>='
    goal_text = '' if goal is None else f'{sign} {goal:g}{unit}'
    print(f'{what:<52} {value:>10.3f}{unit:<4} {goal_text:<12} {verdict}',
          flush=True)


def run_requests(bench):
    """A get of 32 bytes compared with a bare echo of equal reply size."""
    path, daemon = bench.start_daemon()
    echo_path, echo = bench.start_echo('echo', bench.reply_bytes(path))
    results = []
    for connections, depth in CONFIGURATIONS:
        ratios, p99s, cpu, rates = [], [], [], []
        for _ in range(bench.options.rounds):
            reference = bench.load(echo_path, echo, connections, depth, 0.3,
                                   GET)
            own = bench.load(path, daemon, connections, depth, 0.3, GET)
            ratios.append(reference['cpu_us'] / own['cpu_us'])
            p99s.append(own['p99_us'] / reference['p99_us'])
            cpu.append(own['cpu_us'])
            rates.append(own['per_second'])
        results.append({'connections': connections, 'depth': depth,
                        'ratio': spread(ratios), 'p99_ratio': spread(p99s),
                        'cpu_us': spread(cpu), 'per_second': spread(rates)})
        line(f'get 32 B, {connections} connections x {depth}: of the echo',
             statistics.median(ratios), GOALS.get((connections, depth)))
        if (connections, depth) == (1, 1):
            line('  its p99 to the echo\'s', statistics.median(p99s), 1.2,
                 is_low_good=True)
        print(f'  {statistics.median(cpu):.3f} us per request, '
              f'{statistics.median(rates):,.0f} requests/s')
    bench.stop(daemon)
    bench.stop(echo)
    return results


def run_egd(bench):
    """A read of 32 bytes by EGD compared with a get of 32 bytes."""
    egd_path = bench.path('egd')
    path, daemon = bench.start_daemon(settings=['egd.path=' + egd_path])
    results = []
    for connections, depth in CONFIGURATIONS:
        ratios, cpu = [], []
        for _ in range(bench.options.rounds):
            json_rpc = bench.load(path, daemon, connections, depth, 0.3, GET)
            egd = bench.load(egd_path, daemon, connections, depth, 0.3, 'egd',
                             32)
            ratios.append(egd['cpu_us'] / json_rpc['cpu_us'])
            cpu.append(egd['cpu_us'])
        results.append({'connections': connections, 'depth': depth,
                        'ratio': spread(ratios), 'cpu_us': spread(cpu)})
        line(f'EGD 32 B, {connections} connections x {depth}: of the get',
             statistics.median(ratios), EGD_GOALS.get((connections, depth)),
             is_low_good=True)
        print(f'  {statistics.median(cpu):.3f} us per request')
    bench.stop(daemon)
    return results


def line_costs(bench, own):
    """The cost of a get by how its line is written."""
    escaped = GET.replace('"id":1', '"id":"\\u0061"')
    lines = [['plain', GET, 1], ['with a blank', ' ' + GET, 1],
             ['with an escape', escaped, 1]]
    for size in GROWTH_BATCHES:
        lines.append([f'in a batch of {size}',
                      '[' + ','.join([GET] * size) + ']', size])
    results = []
    for name, text, size in lines:
        costs = [bench.load(*own, 16, 4, 0.3, text)['cpu_us'] / size
                 for _ in range(bench.options.rounds)]
        results.append([name, statistics.median(costs)])
        print('  {}: {:.2f} us per get'.format(*results[-1]))
    return results


def run_growth(bench):
    """The cost of a get with more connections, more bytes, more sources."""
    own = bench.start_daemon()
    results = {'connections': [], 'bytes': [], 'sources': {}}
    echo = bench.start_echo('echo', bench.reply_bytes(own[0]))
    for connections in GROWTH_CONNECTIONS:
        costs = bench.beside(echo, own, connections, 1)
        results['connections'].append([connections] + costs)
        print('  {:>5} connections: {:6.2f} us per get of 32 B, the echo '
              '{:6.2f}'.format(connections, costs[1], costs[0]))
    bench.stop(echo[1])
    for size in GROWTH_BYTES:
        get = GET.replace('32', str(size))
        echo = bench.start_echo('echo', bench.reply_bytes(own[0], get))
        costs = bench.beside(echo, own, 16, 4, get)
        bench.stop(echo[1])
        results['bytes'].append([size] + costs)
        print('  {:>5} bytes: {:6.2f} us per get, the echo of as many '
              '{:6.2f}'.format(size, costs[1], costs[0]))
    results['lines'] = line_costs(bench, own)
    bench.stop(own[1])
    for name, settings in GROWTH_SOURCES.items():
        own = bench.start_daemon(settings=settings)
        echo = bench.start_echo('echo', bench.reply_bytes(own[0], STATUS))
        get = bench.beside(echo, own, 16, 4)[1]
        status = bench.beside(echo, own, 16, 4, STATUS)[1]
        length = bench.reply_bytes(own[0], STATUS)
        bench.stop(own[1])
        bench.stop(echo[1])
        results['sources'][name] = {'get_us': get, 'status_us': status,
                                    'status_bytes': length}
        print(f'  {name}: {get:.2f} us per get')
        line(f'  status of {length} bytes', status, 7, ' us', True)
    return results


def run_bulk(bench):
    """Binary bulk compared with what generator and socket allow together."""
    path, daemon = bench.start_daemon()
    echo_path, echo = bench.start_echo('bulk', 200, 1 << 20)
    ratios, rows = [], []
    for _ in range(bench.options.rounds):
        generator = json.loads(subprocess.run(
            bench.pinned(0, [bench.program('bench/bench_generator')]),
            check=True, capture_output=True, text=True).stdout)
        reference = bench.load(echo_path, echo, 1, 1, 0.5, GET, 1 << 20)
        own = bench.load(path, daemon, 1, 1, 0.5, BULK, 1 << 20)
        socket_cost = reference['cpu_us'] / (1 << 20)
        generator_cost = 1 / generator['bulk_mb_per_second']
        possible = socket_cost + generator_cost
        ratios.append(possible / (own['cpu_us'] / (1 << 20)))
        rows.append({'generator_mb_per_second':
                     generator['bulk_mb_per_second'],
                     'echo_mb_per_second': reference['mb_per_second'],
                     'mb_per_second': own['mb_per_second']})
    line('binary bulk 1 MiB: of generator and socket together',
         statistics.median(ratios), 0.95)
    print('  {:.0f} MB/s'.format(
        statistics.median(r['mb_per_second'] for r in rows)))
    bench.stop(daemon)
    bench.stop(echo)
    return {'ratio': spread(ratios), 'rounds': rows}


def run_greedy(bench):
    """16 polite clients beside one that keeps 64 requests in flight."""
    path, daemon = bench.start_daemon()
    p99s = []
    for _ in range(bench.options.rounds):
        greedy = subprocess.Popen(
            bench.pinned(1, [bench.program('bench/bench_load'), path,
                             str(daemon.pid), '1', '64', '0.6', GET]),
            stdout=subprocess.DEVNULL)
        polite = bench.load(path, daemon, 16, 1, 0.4, GET)
        greedy.wait()
        p99s.append(polite['p99_us'])
    line('polite client beside a greedy one: p99', statistics.median(p99s),
         150, ' us', True)
    bench.stop(daemon)
    return {'p99_us': spread(p99s)}


def load_as(bench, uid, path, daemon, connections, seconds, request,
            priority=()):
    """A load from another user's processes; on the core that is not the
    daemon's, and without priority over each other unless it is given."""
    return subprocess.Popen(
        ['taskset', '-c', '1', *priority, 'setpriv', f'--reuid={uid}',
         f'--regid={uid}', '--clear-groups', bench.program('bench/bench_load'),
         path, str(daemon.pid), str(connections), '1', str(seconds), request],
        stdout=subprocess.PIPE, text=True)


def polite_load(bench, path, daemon, seconds, request):
    polite = load_as(bench, BOB, path, daemon, 1, seconds, request,
                     ('chrt', '-f', '2'))
    return json.loads(polite.communicate()[0])


def beside_greedy(bench, path, daemon, greedy, seconds, request):
    """A polite user's load while greedy ones (uid, connections, request) are
    at work."""
    loads = [load_as(bench, uid, path, daemon, n, seconds + 3, request_)
             for uid, n, request_ in greedy]
    time.sleep(2)
    result = polite_load(bench, path, daemon, seconds, request)
    for load in loads:
        load.communicate()
    while bench.ask(path, 'status')['server']['connections'] > 1:
        time.sleep(0.1)  # it is still at work for those who have left
    return result


def run_users(bench):
    """A polite user beside greedy ones with other uids."""
    if not bench.is_root or shutil.which('setpriv') is None:
        print('  users: skipped, needs root, chrt and setpriv')
        return {}
    os.chmod(bench.directory, 0o755)
    path, daemon = bench.start_daemon(
        'users', ['socket.mode=0666', 'server.max_waiting=64'],
        has_priority=False)
    rows = {}
    for name, request in (('lines', COSTLY_LINE), ('strings', COSTLY_STRING),
                          ('batches', COSTLY_BATCH)):
        result = beside_greedy(bench, path, daemon, [(ALICE, 1000, request)], 2,
                               GET)
        rows[f'{name}_p99_ms'] = result['p99_us'] / 1000
        line(f'get 32 B beside 1,000 connections with costly {name}: p99',
             result['p99_us'] / 1000, 20, ' ms', True)
    # What the rings hold is used up first: it would count for the first load only.
    polite_load(bench, path, daemon, 4, CONDITIONED % 32)
    alone = polite_load(bench, path, daemon, 4, CONDITIONED % 32)
    for count in (1, 2):
        greedy = [(uid, 1, CONDITIONED % 4096) for uid in (ALICE, CAROL)[:count]]
        result = beside_greedy(bench, path, daemon, greedy, 4, CONDITIONED % 32)
        ratio = alone['per_second'] / result['per_second']
        rows[f'conditioned_ratio_{count}'] = ratio
        line(f'conditioned 32 B beside {count} with 4,096: to alone', ratio,
             3 if count == 1 else None, ' x', True)  # a third of all, at best
    before = bench.ask(path, 'status')['server']['errors_total']['busy']
    result = beside_greedy(bench, path, daemon,
                           [(ALICE, 900, CONDITIONED % 32)], 2, CONDITIONED % 32)
    busy = bench.ask(path, 'status')['server']['errors_total']['busy'] - before
    rows['conditioned_900_max_ms'] = result['p99_us'] / 1000
    print(f'  conditioned beside 900 connections for 64 places: p99 '
          f'{result["p99_us"] / 1000:.0f} ms, {busy} busy in all')
    bench.stop(daemon)
    return rows


def task_sums(pid):
    switches = nanoseconds = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/status') as f:
            for text in f:
                if 'ctxt_switches' in text:
                    switches += int(text.split()[1])
        with open(f'/proc/{pid}/task/{task}/schedstat') as f:
            nanoseconds += int(f.read().split()[0])
    return switches, nanoseconds


def run_idle(bench):
    """Full rings, no clients, thirty seconds."""
    _, daemon = bench.start_daemon()
    switches, nanoseconds = task_sums(daemon.pid)
    time.sleep(bench.options.idle_seconds)
    after = task_sums(daemon.pid)
    seconds = bench.options.idle_seconds
    wakeups = (after[0] - switches) / seconds
    cpu = (after[1] - nanoseconds) / seconds / 1e9 * 100
    line('idle, rings full: wake-ups a second', wakeups, 0, '', True)
    line('idle, rings full: processor', cpu, 0.005, ' %', True)
    bench.stop(daemon)
    return {'wakeups_per_second': wakeups, 'cpu_percent': cpu}


def memory_of(pid):
    values = {}
    with open(f'/proc/{pid}/smaps_rollup') as f:
        for text in f:
            fields = text.split()
            if fields[0] in ('Rss:', 'Private_Dirty:'):
                values[fields[0]] = int(fields[1]) * 1024
    return values['Rss:'], values['Private_Dirty:']


def run_memory(bench):
    """The daemon alone, then with a thousand idle connections."""
    path, daemon = bench.start_daemon()
    rss, private = memory_of(daemon.pid)
    clients = []
    for _ in range(900):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        s.sendall(GET.encode() + b'\n')
        s.recv(4096)
        clients.append(s)
    _, after = memory_of(daemon.pid)
    each = (after - private) / len(clients)
    for s in clients:
        s.close()
    line('memory without clients', rss / 1e6, 4.194304, ' MB', True)
    line('memory per idle connection', each, 448, ' B', True)
    bench.stop(daemon)
    return {'rss_bytes': rss, 'bytes_per_connection': each}


def main_thread_us(pid):
    """Processor time of the main thread so far."""
    with open(f'/proc/{pid}/schedstat') as f:
        return int(f.read().split()[0]) / 1000


def connect_many(path, count):
    """Connections that have each been answered once, one after the other."""
    clients = []
    for _ in range(count):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        s.sendall(GET.encode() + b'\n')
        s.recv(4096)
        clients.append(s)
    return clients


def measure_many(bench, count):
    path, daemon = bench.start_daemon(
        f'many{count}', [f'server.max_connections={count + 100}'])
    _, before = memory_of(daemon.pid)
    begin = main_thread_us(daemon.pid)
    clients = connect_many(path, count)
    connect_us = (main_thread_us(daemon.pid) - begin) / count
    _, after = memory_of(daemon.pid)
    begin = main_thread_us(daemon.pid)
    for s in clients:
        s.close()
    while bench.ask(path, 'status')['server']['connections'] > 1:
        time.sleep(0.05)
    close_us = (main_thread_us(daemon.pid) - begin) / count
    get_us = bench.load(path, daemon, count, 1, 1, GET)['cpu_us']
    clients = connect_many(path, count)
    begin = time.monotonic()
    bench.stop(daemon)
    stop_ms = (time.monotonic() - begin) * 1000
    for s in clients:
        s.close()
    return {'connections': count, 'connect_us': connect_us,
            'close_us': close_us, 'get_us': get_us,
            'bytes': (after - before) / count, 'stop_ms': stop_ms}


def run_many(bench):
    """What thousands of connections cost: nothing may grow faster than they."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = []
    for count in MANY_CONNECTIONS:
        if count + 200 > hard:
            print(f'  {count} connections: skipped, the limit of descriptors '
                  f'is {hard}')
            continue
        row = measure_many(bench, count)
        rows.append(row)
        print('  {connections:>5} connections: {connect_us:5.1f} us to connect '
              'and get, {get_us:5.2f} us per get, {close_us:5.1f} us to close, '
              '{bytes:4.0f} B each, stop {stop_ms:4.0f} ms'.format(**row))
    return rows


def run_start(bench):
    path = bench.path('start')
    result = json.loads(subprocess.run(
        [bench.program('bench/bench_start'), '20', path,
         bench.program('entropyd'), '--socket', path, '--log-level', 'error'],
        check=True, capture_output=True, text=True).stdout)
    line('first byte after exec, tested and seeded, median of 20',
         result['median_ms'], 20, ' ms', True)
    return result


def run_collect(bench):
    """Credited bits per second of processor time, all threads."""
    names = ['jitterentropy', 'epoll_events', 'unix_ipc']
    bits = {name: [] for name in names}
    for _ in range(bench.options.rounds):
        for name in names:
            result = json.loads(subprocess.run(
                [bench.program('bench/bench_collect'), name, '1'],
                check=True, capture_output=True, text=True).stdout)
            if 'skipped' in result:
                print(f'  {name}: skipped, {result["skipped"]}')
                continue
            bits[name].append(result['credited_bits_per_cpu_second'])
    for name, goal in (('epoll_events', 3), ('unix_ipc', 1)):
        own = statistics.median(bits[name])
        if bits['jitterentropy']:
            line(f'{name}: credited bits a CPU second, of jitterentropy\'s',
                 own / statistics.median(bits['jitterentropy']), goal)
        print(f'  {own / 1000:.1f} kbit per CPU second')
    return {name: spread(values) for name, values in bits.items() if values}


def run_peers(bench):
    """Other programs that are installed, for comparison; no goal."""
    rows = {}
    path, daemon = bench.start_daemon()
    commands = {
        'entropyctl get 64M --binary':
            [bench.program('entropyctl'), '--socket', path, 'get', '67108864',
             '--binary'],
        'getrandom (head -c 256M /dev/urandom)':
            ['head', '-c', '268435456', '/dev/urandom'],
        'openssl rand 256M': ['openssl', 'rand', '268435456'],
        'haveged -n 256M -f -':
            ['haveged', '-n', '268435456', '-f', '-'],
    }
    for name, command in commands.items():
        if shutil.which(command[0]) is None:
            print(f'  {name}: skipped, not installed')
            continue
        times = []
        for _ in range(3):
            begin = time.monotonic()
            subprocess.run(command, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
            times.append(time.monotonic() - begin)
        megabytes = 67.108864 if '64M' in name else 268.435456
        rows[name] = megabytes / statistics.median(times)
        print(f'  {name}: {rows[name]:.0f} MB/s')
    bench.stop(daemon)
    run_esdm(rows)
    return rows


def run_esdm(rows):
    """ESDM's own benchmark of its server: the line for its largest request."""
    if shutil.which('esdm-tool') is None:
        print('  esdm-tool --benchmark-mode full: skipped, not installed')
        return
    result = subprocess.run(['esdm-tool', '--benchmark-mode', 'full'],
                            capture_output=True, text=True, check=False)
    lines = [x for x in result.stdout.splitlines() if 'Data Rate' in x]
    rows['esdm'] = lines[-1] if lines else f'failed: {result.stderr.strip()}'
    print(f'  esdm-tool --benchmark-mode full: {rows["esdm"]}')


def cost(command):
    """Processor seconds, seconds and MB of a command and its children."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return (usage.ru_utime + usage.ru_stime, time.monotonic() - begin,
            usage.ru_maxrss / 1024)


def noise_file(bench, symbols):
    """Symbols of 8 bits, the same ones each time."""
    path = bench.path(f'noise-{symbols}')
    with open(path, 'wb') as f:
        f.write(random.Random(90).randbytes(symbols))
    return path


def lab_costs(bench, symbols, rounds):
    """Medians of CPU time, time and memory of each program, in turns: with one
    thread on one processor, and with as many as there are on all."""
    nist = os.environ.get('NIST_EA', '')
    tool = shutil.which('ea_non_iid', path=nist or None)
    path = noise_file(bench, symbols)
    own = [bench.program('entropylab'), 'assess', path]
    first = ['chrt', '-f', '1'] if bench.is_root else []
    one = [*first, 'taskset', '-c', '1']
    commands = {'entropylab, one thread': one + own + ['--threads', '1'],
                'entropylab, all processors': first + own}
    if tool is not None:
        commands['ea_non_iid'] = one + [tool, path, '8']
    costs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(cost(command))
    os.unlink(path)
    rows = {name: [statistics.median(x) for x in zip(*values)]
            for name, values in costs.items()}
    for name, (cpu, wall, megabytes) in rows.items():
        print(f'  {symbols} symbols, {name}: {cpu:.2f} CPU s, '
              f'{wall:.2f} s, {megabytes:.0f} MB')
    if tool is None:
        print('  ea_non_iid: skipped, not installed; set NIST_EA to the folder '
              'that holds it')
        return rows
    other = rows['ea_non_iid']
    single, parallel = (rows[f'entropylab, {x}']
                        for x in ('one thread', 'all processors'))
    line('assess: CPU time, of ea_non_iid\'s', single[0] / other[0], 1 / 3,
         '', True)
    line('assess: memory, of ea_non_iid\'s', single[2] / other[2], 1 / 3, '',
         True)
    line(f'assess: time on {os.cpu_count()} processors, of ea_non_iid\'s',
         parallel[1] / other[1], 1 / 5, '', True)
    return rows


def run_lab(bench):
    """entropylab beside NIST's tool, a million symbols."""
    return lab_costs(bench, 1_000_000, bench.options.rounds)


def run_lab_growth(bench):
    """The same with ten million, once: minutes."""
    return lab_costs(bench, 10_000_000, 1)


SECTIONS = {'requests': run_requests, 'egd': run_egd, 'growth': run_growth,
            'bulk': run_bulk, 'greedy': run_greedy, 'users': run_users,
            'idle': run_idle, 'memory': run_memory, 'many': run_many,
            'start': run_start, 'collect': run_collect, 'lab': run_lab,
            'lab_growth': run_lab_growth, 'peers': run_peers}


def processor_ticks():
    """Processor time that the host took, and the total."""
    with open('/proc/stat') as f:
        ticks = [int(x) for x in f.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def table(name, rows):
    lines = [' '.join(str(x) for x in row) for row in rows]
    return [f'${name} << E'] + lines + ['E']


def plot(results, path):
    """Requests beside the echo; cost by connections; cost by bytes."""
    requests = [
        (i, f'"{r["connections"]} x {r["depth"]}"', *r['ratio'],
         GOALS.get((r['connections'], r['depth']), '-'))
        for i, r in enumerate(results.get('requests', []))]
    growth = results.get('growth', {})
    script = table('requests', requests)
    script += table('connections', growth.get('connections', []))
    script += table('bytes', growth.get('bytes', []))
    script += [
        "set terminal svg size 1080,320 dynamic font 'sans-serif,11' "
        "background 'white'",
        f"set output '{path}'", 'set multiplot layout 1,3',
        'set key top right samplen 2', 'set boxwidth 0.6',
        'set style fill solid 0.5', 'set yrange [0:1.25]',
        "set xtics font ',9'", 'set xrange [-0.6:5.6]',
        "set ylabel 'of the echo'", "set xlabel 'connections x in flight'",
        'set datafile missing "-"',
        "plot $requests using 1:4:xtic(2) with boxes title 'get 32 B', "
        "'' using 1:4:3:5 with yerrorbars pointsize 0 linecolor black "
        "notitle, "
        "'' using 1:6 with points pointtype 9 linecolor rgb 'red' "
        "title 'goal'",
        'set logscale x 2', 'set autoscale y', 'set autoscale x',
        'set yrange [0:*]', "set xtics auto", "set format x '%g'",
        "set ylabel 'us of processor a get of 32 B'",
        "set xlabel 'connections, one request each'",
        "plot $connections using 1:3 with linespoints pointtype 7 "
        "title 'entropyd', '' using 1:2 with linespoints pointtype 6 "
        "title 'echo'",
        'set logscale y', 'set yrange [*:*]', 'set key top left',
        "set ylabel 'us of CPU time per get'", "set xlabel 'bytes, in hex'",
        "plot $bytes using 1:3 with linespoints pointtype 7 title 'entropyd', "
        "'' using 1:2 with linespoints pointtype 6 title 'echo'",
        'unset multiplot']
    subprocess.run(['gnuplot'], input='\n'.join(script) + '\n', text=True,
                   check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', required=True)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--idle-seconds', type=int, default=30)
    parser.add_argument('--json')
    parser.add_argument('--plot')
    parser.add_argument('sections', nargs='*')
    options = parser.parse_args()
    for name in options.sections:
        if name not in SECTIONS:
            parser.error(f'{name}: one of {" ".join(SECTIONS)}')
    bench = Bench(options)
    print(f'{options.rounds} rounds, medians; '
          + ('pinned, SCHED_FIFO' if bench.is_root else
             'pinned, ordinary priority: expect noise')
          + '; load {:.1f} {:.1f} {:.1f}'.format(*os.getloadavg()))
    begin = processor_ticks()
    try:
        for name in options.sections or SECTIONS:
            bench.results[name] = SECTIONS[name](bench)
    finally:
        bench.close()
    end = processor_ticks()
    stolen = 100 * (end[0] - begin[0]) / max(end[1] - begin[1], 1)
    print(f'{stolen:.1f} % of the time was taken by the host; above 2, '
          'measure again')
    bench.results['stolen_percent'] = stolen
    if options.json:
        with open(options.json, 'w') as f:
            json.dump(bench.results, f, indent=1)
    if options.plot:
        plot(bench.results, options.plot)


if __name__ == '__main__':
    main()
