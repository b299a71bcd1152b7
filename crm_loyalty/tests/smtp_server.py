# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""A mail server in a thread: the few commands that a client needs, and its mailbox.

The standard library no longer has one; this one takes everything and forwards nothing.
"""

import contextlib
import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy


@dataclass
class Letter:
    """What was received: the envelope, and the message in it."""

    sender: str
    recipients: list
    message: object

    @property
    def subject(self):
        return self.message["Subject"]

    @property
    def text(self):
        return self.message.get_body(("html", "plain")).get_content()

    @property
    def files(self):
        """{name: content} of what is attached."""
        return {
            part.get_filename(): part.get_content()
            for part in self.message.iter_attachments()
        }


@dataclass
class _Envelope:
    sender: str = ""
    recipients: list = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    """One connection, line by line."""

    def handle(self):
        self.envelope = _Envelope()
        self._say("220 mailbox ready")
        while line := self.rfile.readline():
            command = line.decode().strip()
            if command.upper() == "QUIT":
                self._say("221 bye")
                return
            self._answer(command)

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def _answer(self, command):
        verb = command.upper()
        if verb.startswith("MAIL FROM:"):
            self.envelope = _Envelope(_address(command))
        elif verb.startswith("RCPT TO:"):
            self.envelope.recipients.append(_address(command))
        elif verb == "DATA":
            self._say("354 go on")
            self._receive()
        elif verb == "RSET":
            self.envelope = _Envelope()
        elif not verb.startswith(("EHLO", "HELO", "NOOP")):
            self._say("502 not known here")
            return
        self._say("250 ok")

    def _receive(self):
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            # a dot at the beginning of a line was doubled by the client
            lines.append(line[1:] if line.startswith(b".") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        self.server.letters.append(
            Letter(self.envelope.sender, self.envelope.recipients, message)
        )


def _address(command):
    return command.split("<", 1)[1].split(">", 1)[0]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def mailbox():
    """A server on a free port of this machine.

    :return: (port, list of the letters it has received so far)
    """
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.letters = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1], server.letters
        finally:
            server.shutdown()
            thread.join()
