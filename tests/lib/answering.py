# SPDX-License-Identifier: MIT
"""Servers on any node: TCP and UDP, IPv4 and IPv6, one thread for all that listens.

Each answers a line `TOKEN from ADDRESS to ADDRESS`: the caller's address as it was seen here, and
the one that was called.
"""

import selectors
import socket
import struct
import threading

IP_PKTINFO = 8
ANY = {socket.AF_INET: '0.0.0.0', socket.AF_INET6: '::'}
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM


class Answering:
    """Listens on all addresses of the node at these ports, until closed. `seen`: every caller, as
    (protocol, caller's address, called address, port), in order. `only`: an IPv4 address instead.
    """

    def __init__(self, node, ports, token=None, answer=None, only=None):
        self.token = token or node.name
        self._only = only
        self.seen = []
        self._answer = answer
        self._selector = selectors.DefaultSelector()
        self._sockets = [self._listen(node, family, kind, port)
                         for family in ANY for kind in (TCP, UDP) for port in ports
                         if not only or family == socket.AF_INET]
        self._end, self._asked_to_end = socket.socketpair()
        self._selector.register(self._asked_to_end, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _listen(self, node, family, kind, port):
        listener = node.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        listener.bind((self._only or ANY[family], port))
        if kind == TCP:
            listener.listen(1024)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        return listener

    def _serve(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._asked_to_end:
                    return
                try:
                    handle = self._accept if key.fileobj.type == TCP else self._receive
                    handle(key.fileobj)
                except OSError:
                    pass   # the caller has gone

    def _accept(self, listener):
        connection, caller = listener.accept()
        threading.Thread(target=self._talk, args=(connection, caller[0]), daemon=True).start()

    def _talk(self, connection, caller):
        with connection:
            try:
                connection.settimeout(60)
                called = connection.getsockname()
                text = self._note('tcp', caller, called[0], called[1])
                if self._answer:
                    text = self._answer(connection.recv(65536), 'tcp')
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):   # closing before it is all read would be a reset
                    pass
            except OSError:
                pass

    def _receive(self, listener):
        data, extra, _, caller = listener.recvmsg(65536, 256)
        level, kind, info = extra[0]
        if level == socket.IPPROTO_IPV6:
            called = socket.inet_ntop(socket.AF_INET6, info[:16])
            info = info[:16] + bytes(4)
        else:
            called = socket.inet_ntop(socket.AF_INET, info[8:12])
            info = struct.pack('i', 0) + info[8:12] + bytes(4)   # answer from the called address
        text = self._note('udp', caller[0], called, listener.getsockname()[1])
        listener.sendmsg([self._answer(data, 'udp') if self._answer else text],
                         [(level, kind, info)], 0, caller)

    def _note(self, protocol, caller, called, port):
        self.seen.append((protocol, caller, called, port))
        return f'{self.token} from {caller} to {called}\n'.encode()

    def callers(self):
        """The addresses that have called until now."""
        return {caller for _, caller, _, _ in self.seen}

    def close(self):
        self._end.send(b'x')
        self._thread.join()
        for one in (*self._sockets, self._end, self._asked_to_end):
            one.close()
        self._selector.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
