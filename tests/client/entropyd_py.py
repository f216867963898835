# SPDX-License-Identifier: MIT
"""docs/examples/entropyd.py against the real daemon, and against servers that do
what the daemon never does.

    entropyd_py.py ENTROPYD EXAMPLES    (unittest's options after them)
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, sys.argv.pop(1))
sys.dont_write_bytecode = True
import entropyd  # noqa: E402
from entropyd import Client, Error, Random  # noqa: E402

# One slow timer: twenty seconds until the first seed.
SLOW = ['sources.unix_ipc.enabled=false', 'sources.epoll_events.num_sockets=0',
        'sources.epoll_events.num_file_watchers=0',
        'sources.epoll_events.num_timers=1',
        'sources.epoll_events.timer_min_us=20000',
        'sources.epoll_events.timer_max_us=20100']


class Daemon:
    def __init__(self, path, settings=()):
        self.path, self.settings = path, settings
        self.start()

    def start(self):
        sets = [word for each in self.settings for word in ('--set', each)]
        self.process = subprocess.Popen(
            [PROGRAM, '--socket', self.path, *sets],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if ' listening ' in line:
                break
        else:
            raise AssertionError('the daemon does not start')
        # Its log must not fill the pipe.
        self.reader = threading.Thread(target=self.process.stderr.read)
        self.reader.start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()


@contextlib.contextmanager
def fake(*conversations):
    """A server that sends each connection what its conversation returns for the
    request line (None: nothing), and closes it. Its socket's path."""
    with tempfile.TemporaryDirectory() as directory, \
            socket.socket(socket.AF_UNIX) as server:
        path = directory + '/socket'
        server.bind(path)
        server.listen()

        def serve():
            for answer in conversations:
                connection, _ = server.accept()
                with connection:
                    request = connection.makefile('rb').readline()
                    reply = answer(request)
                    if reply is not None:
                        connection.sendall(reply)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path
        thread.join()


class Case(unittest.TestCase):
    @contextlib.contextmanager
    def fails(self, name):
        with self.assertRaises(Error) as caught:
            yield caught
        self.assertEqual(caught.exception.name, name, caught.exception)

    def environment(self, **variables):
        for name in ('ENTROPYD_SOCKET', 'XDG_RUNTIME_DIR', 'HOME'):
            before = os.environ.get(name)
            if before is None:
                self.addCleanup(os.environ.pop, name, None)
            else:
                self.addCleanup(os.environ.__setitem__, name, before)
            os.environ.pop(name, None)
        os.environ.update(variables)


class WithDaemon(Case):
    """One daemon for all."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix='entropyd-py-')
        cls.daemon = Daemon(cls.directory + '/socket')
        with Client(cls.daemon.path) as client:
            client.get(1)
            while client.health() != 'ok':
                time.sleep(0.01)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.stop()
        subprocess.run(['rm', '-rf', cls.directory], check=True)

    def setUp(self):
        self.client = Client(self.daemon.path)
        self.addCleanup(self.client.close)

    def test_get_returns_that_many_bytes_and_how_they_were_made(self):
        for n in (1, 32, 65537, 1 << 20):
            self.assertEqual(len(self.client.get(n)), n)
        self.assertNotEqual(self.client.get(32), self.client.get(32))
        self.assertEqual(len(self.client.get(33, quality='conditioned')), 33)
        self.assertEqual(self.client.made['credited_bits'], 640)
        self.assertEqual(self.client.made['quality'], 'conditioned')

    def test_more_than_one_request_may_have_is_asked_for_in_pieces(self):
        most, entropyd.BINARY_MAX = entropyd.BINARY_MAX, 1000
        try:
            before = self.client.status()['server']['requests_total']
            self.assertEqual(len(self.client.get(2500)), 2500)
            after = self.client.status()['server']['requests_total']
        finally:
            entropyd.BINARY_MAX = most
        self.assertEqual(after - before, 4)

    def test_every_method_can_be_called(self):
        self.assertEqual(self.client.health(), 'ok')
        self.assertTrue(self.client.status()['seeded'])
        self.assertEqual(self.client.call('ping')['protocol'], 1)
        tested = self.client.call('selftest', source='unix_ipc')
        self.assertTrue(tested['sources'][0]['passed'])

    def test_the_daemons_errors_keep_their_names_and_the_connection(self):
        before = self.client._socket.fileno()
        for n in (0, -1):
            with self.fails('invalid_params') as caught:
                self.client.get(n)
            self.assertEqual(caught.exception.data['range'], [1, 67108864])
            self.assertIn(f'not {n}', str(caught.exception))
        with self.fails('method_not_found'):
            self.client.call('pong')
        with self.fails('unknown_source'):
            self.client.call('raw', source='nobody', samples=1)
        self.assertEqual(self.client._socket.fileno(), before)
        self.assertEqual(len(self.client.get(1)), 1)

    def test_events_come_on_a_connection_of_their_own(self):
        events = self.client.events('status', interval_ms=1000)
        self.assertEqual(next(events)['protocol'], 1)
        self.assertEqual(len(self.client.get(32)), 32)
        self.assertEqual(next(events)['protocol'], 1)
        events.close()
        while self.client.status()['server']['subscriptions'] > 0:
            time.sleep(0.01)
        with self.fails('invalid_params'):
            next(self.client.events('health', interval_ms=1000))

    def test_a_child_asks_on_a_connection_of_its_own(self):
        mine = self.client.get(32)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, self.client.get(32))
            os._exit(0)
        os.close(writing)
        with open(reading, 'rb') as pipe:
            theirs = pipe.read()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(len(theirs), 32)
        self.assertEqual(len({mine, theirs, self.client.get(32)}), 3)

    def test_a_closed_client_connects_again(self):
        self.client.close()
        self.assertEqual(len(self.client.get(8)), 8)

    def test_random_is_all_that_random_is_but_seeded(self):
        numbers = Random(self.client)
        values = [numbers.random() for _ in range(1000)]
        self.assertTrue(all(0 <= value < 1 for value in values))
        self.assertTrue(0.4 < sum(values) / 1000 < 0.6)
        self.assertEqual(len(set(values)), 1000)
        for bits in (0, 1, 7, 8, 9, 64, 1000):
            union = 0
            for _ in range(60):
                value = numbers.getrandbits(bits)
                self.assertTrue(0 <= value < 1 << bits)
                union |= value
            self.assertEqual(union, (1 << bits) - 1)
        with self.assertRaises(ValueError):
            numbers.getrandbits(-1)
        self.assertEqual(numbers.randbytes(0), b'')
        self.assertEqual(len(numbers.randbytes(5)), 5)
        cards = list(range(52))
        numbers.shuffle(cards)
        self.assertEqual(sorted(cards), list(range(52)))
        self.assertIn(numbers.randint(1, 6), range(1, 7))
        self.assertIsInstance(numbers.gauss(0, 1), float)
        self.assertEqual(len(numbers.sample(range(10), 3)), 3)
        self.assertIsInstance(numbers, random.Random)
        for refused in (lambda: numbers.seed(1), numbers.getstate,
                        lambda: numbers.setstate(())):
            self.assertRaises(NotImplementedError, refused)

    def test_the_default_path_is_found_and_its_directory_checked(self):
        directory = self.directory + '/entropyd'
        os.mkdir(directory, 0o700)
        os.symlink(self.daemon.path, directory + '/entropyd.sock')
        self.environment(XDG_RUNTIME_DIR=self.directory)
        with Client() as client:
            self.assertEqual(len(client.get(4)), 4)
            numbers = Random()
            self.assertEqual(len(numbers.randbytes(4)), 4)
            numbers.client.close()
        os.chmod(directory, 0o770)
        with self.fails('untrusted_server') as caught:
            Client()
        self.assertIn(directory, str(caught.exception))
        os.chmod(directory, 0o700)
        if os.geteuid() == 0:
            os.chown(directory, 12345, 12345)
            with self.fails('untrusted_server'):
                Client()
            os.chown(directory, 0, 0)
        os.rename(directory, self.directory + '/real')
        os.symlink('real', directory)
        with self.fails('untrusted_server'):
            Client()
        # Who names a path trusts it.
        self.environment(ENTROPYD_SOCKET=directory + '/entropyd.sock')
        with Client() as client:
            self.assertEqual(client.health(), 'ok')


class WithoutDaemon(Case):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix='entropyd-py-')
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.path = self.directory + '/socket'

    def test_no_daemon_is_an_error_that_names_each_path(self):
        with self.fails('not_reachable') as caught:
            Client(self.path)
        self.assertIn(self.path, str(caught.exception))
        self.environment(XDG_RUNTIME_DIR=self.directory)
        if not os.path.exists('/run/entropyd/entropyd.sock'):
            with self.fails('not_reachable') as caught:
                Client()
            self.assertIn(self.directory + '/entropyd/', str(caught.exception))
            self.assertIn('/run/entropyd/', str(caught.exception))

    def test_a_wrong_path_is_an_error(self):
        for path in ('socket', '/' + 'x' * 200):
            with self.fails('bad_path'):
                Client(path)
        with open(self.path, 'w', encoding='ascii'):
            pass
        with self.fails('not_reachable'):
            Client(self.path)

    def test_a_closed_directory_denies_access(self):
        os.mkdir(self.directory + '/closed', 0)
        if os.geteuid() == 0:  # who may enter every directory
            self.addCleanup(os.seteuid, 0)
            os.seteuid(12345)
        with self.fails('access_denied'):
            Client(self.directory + '/closed/socket')

    def test_a_daemon_that_is_restarted_is_asked_again(self):
        daemon = Daemon(self.path)
        with Client(self.path) as client:
            client.get(8)
            events = client.events('status')
            next(events)
            daemon.stop()
            with self.fails('disconnected'):
                while next(events):
                    pass
            with self.fails('not_reachable'):
                client.get(8)
            daemon.start()
            self.assertEqual(len(client.get(8)), 8)
        daemon.stop()

    def test_a_daemon_that_is_not_seeded_says_so_and_what_changes(self):
        daemon = Daemon(self.path, SLOW)
        with Client(self.path) as client:
            self.assertEqual(client.health(), 'starting')
            with self.fails('not_seeded'):
                client.get(1, wait=0.01)
            self.assertEqual(client.health(), 'starting')
        daemon.stop()

    def test_a_refusal_is_told_by_the_daemons_name(self):
        busy = (b'{"jsonrpc":"2.0","id":null,"error":{"code":-32007,"message":'
                b'"too many","data":{"name":"busy"}}}\n')
        with fake(lambda _: busy) as path, Client(path) as client:
            with self.fails('busy'):
                client.get(1)

    def test_a_late_answer_never_meets_the_next_request(self):
        gone = threading.Event()

        def late(_):
            gone.wait()

        with fake(late, lambda _: b'{"jsonrpc":"2.0","id":2,"result":{"x":1}}\n'
                  ) as path:
            with Client(path, timeout=0.1) as client:
                with self.fails('no_answer'):
                    client.call('ping')
                gone.set()
                client.timeout = 10
                self.assertEqual(client.call('ping'), {'x': 1})

    def test_a_server_that_accepts_no_one_is_not_waited_for(self):
        server = socket.socket(socket.AF_UNIX)
        server.bind(self.path)
        server.listen(0)
        clients = []
        with self.fails('no_answer'), server:
            for _ in range(3):
                clients.append(Client(self.path, timeout=0.1))
        for client in clients:
            client.close()

    def test_what_is_no_reply_is_refused(self):
        for reply in (b'nonsense\n', b'[]\n', b'{"jsonrpc":"2.0","id":1}\n',
                      b'{"jsonrpc":"2.0","id":1,"error":{}}\n', b'\xff\n'):
            with fake(lambda _: reply) as path, Client(path) as client:
                with self.fails('bad_reply'):
                    client.call('ping')

    def test_fewer_bytes_than_promised_are_discarded(self):
        short = b'{"jsonrpc":"2.0","id":1,"result":{"bytes":32}}\n' + bytes(31)
        with fake(lambda _: short) as path, Client(path) as client:
            with self.fails('disconnected'):
                client.get(32)
        with fake(lambda _: b'{"json', lambda _: b'{"json') as path:
            with Client(path) as client, self.fails('disconnected'):
                client.get(32)


if __name__ == '__main__':
    unittest.main()
