"""``engram demo --web``: where the page is, how it ends, and what keeps it from beginning."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlx", reason="running needs the run extra")
pytest.importorskip("uvicorn", reason="the page needs the web extra")

from engram.web.doors import address_of, doors
from tests.cli.trained import engram, trained_run, web_page

WITHOUT_UVICORN = """
import sys
sys.modules["uvicorn"] = None
from engram.__main__ import main
main()
"""
HAVE_IPV6 = socket.has_ipv6 and Path("/proc/net/if_inet6").exists()


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return trained_run(tmp_path_factory.mktemp("page"))


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_ctrl_c_ends_it_without_a_complaint(chosen: list[str], busy: bool) -> None:
    with web_page(chosen) as (process, address):
        connection = http.client.HTTPConnection(address.split("/")[2], timeout=60)
        kind = {"Content-Type": "application/json"}
        connection.request("POST", "/ask", json.dumps({"prompt": "hello 1"}), kind)
        answer = connection.getresponse()
        assert "bye 1" in json.loads(answer.readline())["card"]
        assert busy or json.loads(answer.read().splitlines()[-1])["done"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.endswith("\nEnded.\n")
    assert "Traceback" not in err
    assert "error" not in err.lower()


def test_no_other_machine_can_reach_it() -> None:
    with doors(None) as opened:
        assert [one.getsockname()[0] for one in opened] == ["127.0.0.1"]
        assert address_of(opened).startswith("http://127.0.0.1:")


@pytest.mark.skipif(not HAVE_IPV6, reason="there is no IPv6 here")
def test_ipv6_is_served_by_the_same_port_if_asked() -> None:
    with doors(None, ipv6=True) as opened:
        assert [one.getsockname()[0] for one in opened] == ["127.0.0.1", "::1"]
        assert len({one.getsockname()[1] for one in opened}) == 1


def test_a_port_in_use_is_named(chosen: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with doors(None) as opened:
        port = address_of(opened).rpartition(":")[2].rstrip("/")
        assert engram("demo", *chosen, "--web", "--port", port) == 2
    err = capsys.readouterr().err
    assert f"Port {port} of 127.0.0.1 cannot be listened on: it is in use." in err


def test_what_is_missing_is_named_with_how_to_install_it(chosen: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT_UVICORN, "demo", *chosen, "--web"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "package uvicorn is not installed" in done.stderr
    assert "pip install 'engram[web]'" in done.stderr
