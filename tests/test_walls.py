"""The tests themselves cannot reach the network or send mail."""

import smtplib
import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_a_connection_to_another_machine_is_refused():
    with socket.socket() as s, pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        s.connect(("192.0.2.1", 80))


def test_mail_is_refused():
    with pytest.raises(AssertionError, match="real mail"):
        smtplib.SMTP("127.0.0.1", 2525)


def test_loopback_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as s:
        assert s.getpeername() == server.getsockname()
